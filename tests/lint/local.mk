# tests/lint - scripts that keep the house in order; each shows first that it can fail.
LINT_TESTS = \
	tests/lint/circles.sh \
	tests/lint/cites.sh \
	tests/lint/headers.sh \
	tests/lint/hygiene.sh \
	tests/lint/includes.sh \
	tests/lint/listed.sh \
	tests/lint/planted.sh \
	tests/lint/recap.sh \
	tests/lint/symbols.sh
TESTS += $(LINT_TESTS)

# What the scripts need to know of the build.
LINT_ENV = env \
	srcdir='$(abs_top_srcdir)' builddir='$(abs_top_builddir)' \
	LINT_CC='$(CC)' LINT_CXX='$(CXX)' LINT_NM='$(NM)' LINT_AWK='$(AWK)' \
	LINT_SANITIZER='$(SANITIZER_CFLAGS)' LINT_VERSION='$(PACKAGE_VERSION)' LINT_SHARED='$(LINT_SHARED)' \
	LINT_CPPFLAGS='-I$(abs_top_builddir) -I$(abs_top_srcdir)/include -I$(abs_top_builddir)/include -I$(abs_top_srcdir)/src -I$(abs_top_srcdir) -D_GNU_SOURCE $(OPENSSL_CFLAGS) $(JANSSON_CFLAGS) $(ZLIB_CFLAGS) $(DEFLATE_CFLAGS) $(LZ4_CFLAGS) $(ZSTD_CFLAGS) $(SQLITE_CFLAGS)'
SH_LOG_COMPILER = $(LINT_ENV) $(SHELL)
if ENABLE_SHARED
if HAVE_VERSION_SCRIPT
LINT_SHARED = yes
endif
endif

EXTRA_DIST += \
	$(LINT_TESTS) \
	tests/lint/allowed.txt \
	tests/lint/lib.sh \
	tests/support/recap.sh
