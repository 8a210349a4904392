#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# listed.sh - every C file stands in a local.mk; what does not is in no release.

. "$(dirname "$0")/lib.sh"

findings() {
	sources "$1" include src mock-broker tools compat examples bench tests > "$scratch/files"
	(cd "$1" && find . -name local.mk -exec cat {} +) |
		sed 's/#.*//' | tr ' \t\\=' '\n\n\n\n' | sort -u > "$scratch/words"
	# tests/apache, tests/data and the corpus are shipped as whole folders.
	grep -v -e '^tests/apache/' -e '^tests/data/' -e '^tests/fuzz/corpus/' "$scratch/files" |
		grep -v -x -F -f "$scratch/words" | sed 's/$/: in no local.mk/'
}

bad=$scratch/bad
put "$bad/src/base/local.mk" 'x_SOURCES = \
	src/base/buf.c \
	src/base/buf.h
# src/base/lost.c'
put "$bad/src/base/buf.c" ''
put "$bad/src/base/buf.h" ''
put "$bad/src/base/lost.c" ''
finds "finds a file that was forgotten" '^src/base/lost.c' findings "$bad"
rm "$bad/src/base/lost.c"
clean "accepts files that are listed" findings "$bad"

clean "every C file of this tree is listed" findings "$srcdir"
finish
