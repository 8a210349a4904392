#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# headers.sh - each header compiles alone, and twice in a row.
#
# Public headers as strict C11 and as C++17; internal ones as C11.

. "$(dirname "$0")/lib.sh"

cc=${LINT_CC:-cc}
cxx=${LINT_CXX:-c++}
warnings='-Wall -Wextra -pedantic -Werror'

# compiles KIND FLAGS HEADER...: prints what the compiler says about each header.
compiles() {
	kind=$1 flags=$2
	shift 2
	if [ "$kind" = c ]; then compiler="$cc -std=c11"; else compiler="$cxx -std=c++17"; fi
	for header in "$@"; do
		printf '#include %s\n#include %s\ntypedef int lint_not_empty;\n' "$header" "$header" \
			> "$scratch/one.$kind"
		# The words of the flags are meant to split.
		# shellcheck disable=SC2086
		$compiler $warnings -fsyntax-only $flags "$scratch/one.$kind" > "$scratch/out" 2>&1 ||
			{ echo "$header as $kind:"; head -n 6 "$scratch/out"; }
	done
}

# Headers of a folder as the compiler is to see them: public ones in <>, others in "".
public() {
	for dir in "$1/include" "$2/include"; do
		[ ! -d "$dir" ] || (cd "$dir" && find rocketmq -name '*.h' | sed 's/.*/<&>/')
	done | sort -u
}
internal() {
	[ ! -d "$1/src" ] || (cd "$1/src" && find . -name '*.h' | sed 's|^\./\(.*\)|"\1"|')
	[ ! -d "$1/mock-broker" ] || (cd "$1" && find mock-broker -name '*.h' | sed 's/.*/"&"/')
}

mkdir -p "$scratch/include"
put "$scratch/include/needs_more.h" 'size_t lint_f(void);'
put "$scratch/include/no_guard.h" 'struct lint_s { int a; };'
put "$scratch/include/not_cxx.h" '#ifndef N_H
#define N_H
int lint_f(int class);
#endif'
finds "refuses a header that needs another" needs_more \
	compiles c "-I$scratch/include" '"needs_more.h"'
finds "refuses a header without a guard" no_guard compiles c "-I$scratch/include" '"no_guard.h"'

# A C++ compiler is not needed to build the library.
echo 'int lint_x;' > "$scratch/try.cc"
if $cxx -std=c++17 -fsyntax-only "$scratch/try.cc" 2> /dev/null; then
	finds "refuses a public header that is not C++" not_cxx \
		compiles cc "-I$scratch/include" '"not_cxx.h"'
	have_cxx=yes
else
	have_cxx=no
fi

public_flags="-I$srcdir/include -I$builddir/include"
# shellcheck disable=SC2046
clean "public headers compile alone as C11" compiles c "$public_flags" \
	$(public "$srcdir" "$builddir")
if [ $have_cxx = yes ]; then
	# shellcheck disable=SC2046
	clean "public headers compile alone as C++17" compiles cc "$public_flags" \
		$(public "$srcdir" "$builddir")
else
	skip "public headers compile alone as C++17" "no C++17 compiler"
fi
# shellcheck disable=SC2046
clean "internal headers compile alone as C11" \
	compiles c "${LINT_CPPFLAGS:-$public_flags -I$srcdir/src -I$srcdir -D_GNU_SOURCE}" \
	$(internal "$srcdir")
finish
