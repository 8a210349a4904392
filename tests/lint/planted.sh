#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# planted.sh - the mistakes of src/base/planted.def are made in tests/simulation/t_planted and nowhere else: nothing but
# tests/simulation/local.mk says RMQI_PLANTS, each source that asks for a mistake is compiled for that program, each mistake
# is made somewhere, and no library knows the variable.

. "$(dirname "$0")/lib.sh"

nm=${LINT_NM:-nm}

# sources TREE: those that ask for a mistake.
sources() {
	(cd "$1" && grep -rl 'RMQI_PLANTED(' src mock-broker --include='*.c')
}

# mistakes TREE: their names, as the list has them.
mistakes() {
	sed -n 's/^P(\([A-Z_]*\),.*/\1/p' "$1/src/base/planted.def"
}

# findings TREE
findings() {
	(cd "$1" && grep -rl 'DRMQI_PLANTS' --include='local.mk' --include='Makefile.am' --include='configure.ac' . |
		grep -v -x './tests/simulation/local.mk') | sed 's/$/ switches mistakes on/'
	for file in $(sources "$1"); do
		grep -q "	$file\( \\\\\)*\$" "$1/tests/simulation/local.mk" || echo "$file is not compiled with its mistakes"
		sed -n 's/.*RMQI_PLANTED(\([A-Z_]*\)).*/\1/p' "$1/$file"
	done > "$scratch/asked"
	grep ' ' "$scratch/asked"
	for mistake in $(mistakes "$1"); do
		grep -q -x "$mistake" "$scratch/asked" || echo "$mistake is made nowhere"
	done
	for mistake in $(grep -v ' ' "$scratch/asked"); do
		mistakes "$1" | grep -q -x "$mistake" || echo "$mistake is not in the list"
	done
}

# known TEXT: the symbols of a library.
known() {
	grep 'rmqi_planted' | sed 's/$/ is in a library/'
}

put() {
	mkdir -p "$(dirname "$1")"
	printf '%b' "$2" > "$1"
}

bad=$scratch/bad
mkdir -p "$bad/mock-broker"
put "$bad/src/base/planted.def" 'P(ONE, "x")\nP(TWO, "y")\n'
put "$bad/src/a.c" 'if (RMQI_PLANTED(ONE))\n'
put "$bad/src/b.c" 'if (RMQI_PLANTED(THREE))\n'
put "$bad/src/local.mk" 'x_CPPFLAGS = -DRMQI_PLANTS\n'
put "$bad/tests/simulation/local.mk" 'planted_sources = \\\n\tsrc/a.c\n'

finds "refuses the switch elsewhere" '^./src/local.mk switches' findings "$bad"
finds "refuses a source that is not compiled for it" '^src/b.c is not compiled' findings "$bad"
finds "refuses a mistake that nobody makes" '^TWO is made nowhere' findings "$bad"
finds "refuses one that is not in the list" '^THREE is not in the list' findings "$bad"
put "$bad/src/base/planted.def" 'P(ONE, "x")\n'
rm "$bad/src/b.c" "$bad/src/local.mk"
clean "accepts what belongs together" findings "$bad"
a_library() { echo '0000 B rmqi_planted' | known; }
finds "refuses a library that knows them" 'is in a library' a_library

clean "the mistakes of this tree belong together" findings "$srcdir"
of_libraries() {
	for library in "$builddir"/src/.libs/lib*.a "$builddir"/mock-broker/.libs/lib*.a; do
		[ ! -f "$library" ] || $nm "$library" 2> "$scratch/complaints" | known
	done
}
clean "no library knows them" of_libraries
finish
