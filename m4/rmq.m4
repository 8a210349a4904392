# rmq.m4 - the few configure macros of this project.
#
# None of them changes CFLAGS, CPPFLAGS, LDFLAGS or LIBS for good.

# RMQ_CFLAGS_ADD(VARIABLE, FLAGS)
# Appends to VARIABLE each of FLAGS that the C compiler takes. clang accepts a
# warning option that it does not know, with a warning: hence -Werror.
AC_DEFUN([RMQ_CFLAGS_ADD],[
AC_LANG_PUSH([C])
for rmq_flag in m4_normalize([$2]); do
	AC_MSG_CHECKING([whether $CC takes $rmq_flag])
	rmq_saved=$CFLAGS
	CFLAGS="$CFLAGS -Werror $rmq_flag"
	AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[]],[[]])],
		[AC_MSG_RESULT([yes])
		 AS_VAR_APPEND([$1],[" $rmq_flag"])],
		[AC_MSG_RESULT([no])])
	CFLAGS=$rmq_saved
done
AC_SUBST([$1])
AC_LANG_POP([C])
])

# RMQ_LDFLAGS_ADD(VARIABLE, FLAGS)
# The same for the linker.
AC_DEFUN([RMQ_LDFLAGS_ADD],[
AC_LANG_PUSH([C])
for rmq_flag in m4_normalize([$2]); do
	AC_MSG_CHECKING([whether the linker takes $rmq_flag])
	rmq_saved=$LDFLAGS
	LDFLAGS="$LDFLAGS $rmq_flag"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([[]],[[]])],
		[AC_MSG_RESULT([yes])
		 AS_VAR_APPEND([$1],[" $rmq_flag"])],
		[AC_MSG_RESULT([no])])
	LDFLAGS=$rmq_saved
done
AC_SUBST([$1])
AC_LANG_POP([C])
])

# RMQ_OPTIONAL_LIB(NAME, PREFIX, PKG-CONFIG MODULE, HEADER)
# Serves --with-NAME=yes|no|check: defines HAVE_PREFIX, sets with_NAME to what
# was found and NAME_PC to the module for Requires.private. An explicit yes that
# cannot be served is an error.
AC_DEFUN([RMQ_OPTIONAL_LIB],[
rmq_asked=$with_$1
$2_PC=
AS_IF([test "$rmq_asked" != no],[
	PKG_CHECK_MODULES([$2],[$3],[with_$1=yes],[with_$1=no])
	AS_IF([test "$with_$1" = yes],[
		rmq_saved=$CPPFLAGS
		CPPFLAGS="$CPPFLAGS $$2_CFLAGS"
		AC_CHECK_HEADER([$4],,[with_$1=no])
		CPPFLAGS=$rmq_saved])
	AS_IF([test "$with_$1" = yes],
		[AC_DEFINE([HAVE_$2],[1],[Define to 1 when built with $1.])
		 $2_PC=m4_bpatsubst([$3],[ .*],[])],
		[test "$rmq_asked" = yes],
		[AC_MSG_ERROR([--with-$1: $4 or its pkg-config module is missing])])
])
AC_SUBST([$2_PC])
])

# RMQ_SANITIZER(LIST)
# Fills SANITIZER_CFLAGS, for the compiler and for the linker.
AC_DEFUN([RMQ_SANITIZER],[
AS_CASE([$1],
	[no|''],[with_sanitizer=no],
	[yes],[AC_MSG_ERROR([--with-sanitizer needs a list: address,undefined or thread])],
	[SANITIZER_CFLAGS="-fsanitize=$1 -fno-sanitize-recover=all -fno-omit-frame-pointer"
	 AC_MSG_CHECKING([whether $CC links with -fsanitize=$1])
	 rmq_saved=$CFLAGS
	 CFLAGS="$CFLAGS $SANITIZER_CFLAGS"
	 AC_LINK_IFELSE([AC_LANG_PROGRAM([[]],[[]])],
		[AC_MSG_RESULT([yes])],
		[AC_MSG_RESULT([no])
		 AC_MSG_ERROR([--with-sanitizer=$1 does not work with $CC])])
	 CFLAGS=$rmq_saved])
AC_SUBST([SANITIZER_CFLAGS])
])

# RMQ_FUZZER(YES OR NO)
# Fills FUZZER_CFLAGS (coverage in every object) and FUZZER_LDFLAGS (the driver,
# only for the programs of tests/fuzz).
AC_DEFUN([RMQ_FUZZER],[
AS_IF([test "$1" = yes],
	[FUZZER_CFLAGS=-fsanitize=fuzzer-no-link
	 FUZZER_LDFLAGS=-fsanitize=fuzzer
	 AC_MSG_CHECKING([whether $CC links with -fsanitize=fuzzer])
	 rmq_saved=$CFLAGS
	 CFLAGS="$CFLAGS -fsanitize=fuzzer"
	 AC_LINK_IFELSE([AC_LANG_SOURCE([[
#include <stddef.h>
#include <stdint.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) { return data && size ? 0 : 0; }
]])],
		[AC_MSG_RESULT([yes])],
		[AC_MSG_RESULT([no])
		 AC_MSG_ERROR([--with-fuzzer needs clang with libFuzzer (CC=clang)])])
	 CFLAGS=$rmq_saved],
	[with_fuzzer=no])
AC_SUBST([FUZZER_CFLAGS])
AC_SUBST([FUZZER_LDFLAGS])
])

# RMQ_VERSION_SCRIPT
# Conditional HAVE_VERSION_SCRIPT: does the linker take a GNU version script?
AC_DEFUN([RMQ_VERSION_SCRIPT],[
AC_MSG_CHECKING([whether the linker takes a version script])
cat > conftest.map <<'EOM'
V_1 { global: a_*; local: *; };
V_2 { global: b_*; };
EOM
rmq_saved=$LDFLAGS
LDFLAGS="$LDFLAGS -shared -fPIC -Wl,--version-script=conftest.map"
AC_LINK_IFELSE([AC_LANG_SOURCE([[int a_one(void); int a_one(void) { return 1; }]])],
	[rmq_version_script=yes],[rmq_version_script=no])
LDFLAGS=$rmq_saved
rm -f conftest.map
AC_MSG_RESULT([$rmq_version_script])
AM_CONDITIONAL([HAVE_VERSION_SCRIPT],[test "$rmq_version_script" = yes])
])
