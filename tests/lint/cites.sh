#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# cites.sh - a page that is named anywhere in the tree is in the tree.
#
# A name of a page (thing.md) counts from the root of the tree, or from the folder
# of the file that names it. What stands behind "://" is of another place. Of scripts
# and makefiles the comments count.

. "$(dirname "$0")/lib.sh"

# texts ROOT: the files that a reader reads, relative to ROOT. This folder names pages
# that are not there, to show that it sees them.
texts() {
	(cd "$1" && find . \( -name '.git' -o -name 'build*' -o -path ./tests/lint \
		-o -path ./tests/data -o -path ./autom4te.cache \) -prune -o -type f \
		\( -name '*.[ch]' -o -name '*.def' -o -name '*.in' -o -name '*.am' -o -name '*.mk' \
		-o -name '*.ac' -o -name '*.md' -o -name '*.sh' -o -name '*.py' -o -name '*.java' \
		-o -name bootstrap -o -name run -o -name 'check-*' \) -print) |
		sed -e 's|^\./||' -e '/^Makefile\.in$/d' -e '/^config\.h\.in$/d' | sort
}

# Every page named: "file:line: page".
names() {
	texts "$1" | (cd "$1" && xargs "$awk" '
	{
		line = $0
		if (FILENAME !~ /\.([ch]|def|in|java|md)$/) sub(/^[^#]*/, "", line)
		gsub(/[a-z]+:\/\/[^ )>"]*/, "", line)
		while (match(line, /[A-Za-z0-9_.\/-]*[A-Za-z0-9_-]\.md/)) {
			page = substr(line, RSTART, RLENGTH)
			line = substr(line, RSTART + RLENGTH)
			if (line !~ /^[A-Za-z0-9_]/) print FILENAME ":" FNR ": " page
		}
	}' /dev/null)
}

findings() {
	names "$1" | while IFS=' ' read -r where page; do
		file=${where%%:*}
		[ -f "$1/$page" ] || [ -f "$1/$(dirname "$file")/$page" ] ||
			echo "$where $page is not in the tree"
	done
}

bad=$scratch/bad
put "$bad/src/codec/a.h" '/* A rule (wire.md 1.2), the layout (doc/gone.md). */'
put "$bad/tests/net/t_b.c" '/* see broker.md. */'
put "$bad/tests/local.mk" '# proof.md'
put "$bad/doc/c.md" 'See [there](reference/d.md) and [nowhere](e.md).'
put "$bad/doc/reference/d.md" 'Back to [c](../c.md); <https://example.org/other.md>.'
put "$bad/src/codec/good.h" '/* doc/c.md; doc/reference/d.md. x->md.mdx = "*.md"; */'
put "$bad/tests/e.sh" 'cat doc/f.md # doc/c.md'

finds "refuses a page that is not there" '^src/codec/a.h:1: wire.md is not' findings "$bad"
finds "refuses the second one of a line" '^src/codec/a.h:1: doc/gone.md' findings "$bad"
finds "refuses one in a test" '^tests/net/t_b.c:1: broker.md' findings "$bad"
finds "refuses one in a makefile" '^tests/local.mk:1: proof.md' findings "$bad"
finds "refuses a dead link of a page" '^doc/c.md:1: e.md' findings "$bad"
rm "$bad/src/codec/a.h" "$bad/tests/net/t_b.c" "$bad/tests/local.mk"
put "$bad/doc/c.md" 'See [there](reference/d.md).'
clean "accepts names from the root and from the folder of the file" findings "$bad"

clean "this tree names no page that it has not" findings "$srcdir"
finish
