#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# docs.sh - pages are made from what they tell of, and what they show can be built and called.
#
#   doc/CONFIGURATION.md    is what the tables of keys make
#   make doc-html           every public function has a comment and a place in the reference, and a manual page
#   README.md, doc/*.md     each block ```c compiles, warnings are errors; each flag of a line
#                           "rmq-mock COMMAND ..." is one that this command has; each `rmq_...` is public
#   doc/troubleshooting.md  each text of its tables is one that the sources say; "..." stands for what varies
#
# A block with a main() or an #include stands alone. Others stand on prelude.h and on the blocks of their
# page before them: one that starts at the margin with `static`, `struct`, `enum` or `typedef` is code of a
# file, all else is the inside of a function. The example of mock.h is read as such a block.
#
# Speaks TAP. Each check shows first that it can fail.

. "$srcdir/tests/lint/lib.sh"

# --- Blocks of C ---------------------------------------------------------------------------------

# blocks PAGE FOLDER: writes each block ```c to FOLDER/NN.block.
blocks() {
	"$awk" -v folder="$2" '
		/^```/ { if (file) { close(file); file = "" }
			else if ($0 == "```c") { file = sprintf("%s/%02d.block", folder, ++n); printf "" > file; next }
			else skip = !skip
			next }
		file { print > file }' "$1"
}

# comment_example HEADER FOLDER: the same for the indented lines of the first comment.
comment_example() {
	"$awk" '/^ \*\// { if (++ends == 1) exit } sub(/^ \*     /, "")' "$1" > "$2/01.block"
}

is_file_code() { head -n 1 "$1" | grep -q -E '^(static|struct|enum|typedef|#include)'; }

# compile_blocks FOLDER NAME: prints what the compiler says about its blocks.
compile_blocks() {
	: > "$1/before.c"
	for block in "$1"/*.block; do
		[ -e "$block" ] || continue
		out=$1/block.c
		if grep -q -E '^#include|^int main' "$block"; then
			cat "$block" > "$out"
		else
			echo '#include "tests/examples/prelude.h"' > "$out"
			cat "$1/before.c" >> "$out"
			is_file_code "$block" || echo 'void run(void) {' >> "$out"
			echo "#line 1 \"$2, block $(basename "$block" .block)\"" >> "$out"
			cat "$block" >> "$out"
			if is_file_code "$block"; then cat "$block" >> "$1/before.c"; else echo '}' >> "$out"; fi
		fi
		# CC and its flags are lists of words.
		# shellcheck disable=SC2086
		$LINT_CC -std=c11 -c -o "$1/block.o" -Wall -Wextra -Werror -Wno-unused-parameter \
			-Wno-unused-function -Wno-unused-variable $LINT_CPPFLAGS "$out" 2>&1
	done
}

# c_of PAGE [READER]: what is wrong with its blocks.
c_of() {
	folder=$scratch/c-$(basename "$1")
	rm -rf "$folder" && mkdir -p "$folder"
	${2:-blocks} "$1" "$folder"
	compile_blocks "$folder" "$(basename "$1")"
}

# --- Lines for a shell -----------------------------------------------------------------------------

# flags_of PAGE: flags in lines "rmq-mock COMMAND ..." that the help of COMMAND does not show.
flags_of() {
	sed -n 's/^[ $]*rmq-mock \([a-z].*\)/\1/p' "$1" | sed 's/#.*//' | while read -r command words; do
		if [ "$command" = ctl ]; then
			# Each verb has its own.
			verb=$(echo "$words" | sed -n 's/^\([a-z]* [a-z]*\).*/\1/p')
			# shellcheck disable=SC2086
			{ tools/rmq-mock ctl $verb --help && tools/rmq-mock ctl --help; } > "$scratch/help" 2>&1 ||
				echo "rmq-mock ctl $verb: no such verb"
		else
			tools/rmq-mock "$command" --help > "$scratch/help" 2>&1 || echo "rmq-mock $command: no such command"
		fi
		for word in $words; do
			case $word in
			--) break ;; # another program's
			-*) grep -q -E -e "(^| )${word%%=*}( |$)" "$scratch/help" ||
				echo "rmq-mock $command has no $word" ;;
			esac
		done
	done
}

# --- Texts of errors -----------------------------------------------------------------------------------

# What stands between quotes in the sources, with literals that follow each other joined.
all_texts() {
	find "$srcdir/src" "$srcdir/mock-broker" -name '*.[ch]' -exec cat {} + | tr '\n\t' '  ' |
		sed 's/" *PRI[a-z]*[0-9]* *"/ /g; s/" *"//g' > "$scratch/texts"
}

# texts_of PAGE: texts in the first column of its tables that no source has.
texts_of() {
	[ -s "$scratch/texts" ] || all_texts
	sed -n 's/^| `\([^`]*\)` .*/\1/p' "$1" | while IFS= read -r text; do
		printf '%s\n' "$text" | sed 's/ *\.\.\. */\n/g' | while IFS= read -r part; do
			[ -z "$part" ] || grep -q -F -e "$part" "$scratch/texts" || echo "nothing says: $text"
		done
	done
}

# --- Names -----------------------------------------------------------------------------------------------

# names_of PAGE: what is called rmq_... there, and by no public header; topics and metrics are texts of the sources.
names_of() {
	[ -s "$scratch/names" ] || {
		cat "$srcdir"/include/rocketmq/*.h | grep -o 'rmq_[a-z0-9_]*'
		find "$srcdir/src" "$srcdir/mock-broker" -name '*.[ch]' -exec cat {} + | grep -o '"rmq_[a-z0-9_]*' | tr -d '"'
	} | LC_ALL=C sort -u > "$scratch/names"
	grep -o '`rmq_[a-z0-9_]*[a-z0-9]`' "$1" | tr -d '`' | LC_ALL=C sort -u |
		LC_ALL=C comm -23 - "$scratch/names" |
		sed 's/^/no header has /'
}

# --- The tests -----------------------------------------------------------------------------------------

page=$scratch/page.md
put "$page" '```c
static int two(void)
{
	return 2;
}
```
```c
rmq_no_such_function(two());
```'
finds "finds a call of what is not declared" 'page.md, block 02:1.*rmq_no_such_function' c_of "$page"
put "$page" '```c
rmq_mock_cluster_advance(cluster, 1, &detail);
```'
finds "finds a result that must be used" 'rmq_mock_cluster_advance.*warn_unused_result' c_of "$page"
put "$page" '    rmq-mock cluster --brokrs 2
    rmq-mock ctl topic create T --color red
    rmq-mock dance'
finds "finds a flag that rmq-mock does not have" 'cluster has no --brokrs' flags_of "$page"
finds "finds a flag that a verb of ctl does not have" 'ctl has no --color' flags_of "$page"
finds "finds a command that rmq-mock does not have" 'dance: no such command' flags_of "$page"
put "$page" '| `the moon is made of cheese` | | |'
finds "finds a text that no source says" 'nothing says: the moon' texts_of "$page"
put "$page" 'Call `rmq_no_such_thing`, not `rmq_producer_send`.'
finds "finds a name that no header has" 'no header has rmq_no_such_thing' names_of "$page"
put "$page" 'RMQ_API int rmq_silent(void);'
# It writes one page and ends: what it holds then is no leak.
ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0
export ASAN_OPTIONS
undocumented() { doc/gen_reference 0 "$page" 2>&1 > /dev/null; }
finds "finds a function without a comment" 'rmq_silent has no comment' undocumented

configuration() { doc/gen_configuration | diff - "$srcdir/doc/CONFIGURATION.md"; }
clean "doc/CONFIGURATION.md is up to date (make update-docs)" configuration

for page in "$srcdir"/README.md "$srcdir"/doc/*.md "$srcdir"/doc/*/*.md; do
	[ -e "$page" ] || continue
	title=${page#"$srcdir"/}
	! grep -q '^```c$' "$page" || clean "the C of $title compiles" c_of "$page"
	! grep -q '`rmq_' "$page" || clean "the names in $title are there" names_of "$page"
	! grep -q '^[ $]*rmq-mock ' "$page" || clean "the flags of rmq-mock in $title are there" flags_of "$page"
done
clean "the texts of doc/troubleshooting.md are those of the sources" texts_of "$srcdir/doc/troubleshooting.md"
clean "the example of mock.h compiles" c_of "$srcdir/include/rocketmq/mock.h" comment_example

reference() { doc/gen_reference 0 "$srcdir"/include/rocketmq/*.h include/rocketmq/version.h; }
reference > "$scratch/reference.html" 2> "$scratch/complaints"
clean "everything public has a comment" cat "$scratch/complaints"
unplaced() {
	sed 's/@@.*//' "$srcdir"/src/rocketmq-c.sym "$srcdir"/mock-broker/rocketmq-c-mock.sym |
		while read -r name; do
			grep -q "id=\"$name\"" "$scratch/reference.html" || echo "$name is not in the reference"
		done
}
clean "every exported function is in the reference" unplaced
mkdir "$scratch/man3"
doc/gen_reference --man "$scratch/man3" 0 "$srcdir"/include/rocketmq/*.h include/rocketmq/version.h
unpaged() {
	sed 's/@@.*//' "$srcdir"/src/rocketmq-c.sym "$srcdir"/mock-broker/rocketmq-c-mock.sym |
		while read -r name; do
			[ -s "$scratch/man3/$name.3" ] || echo "$name has no manual page"
		done
}
clean "every exported function has a manual page" unpaged
if command -v groff > /dev/null 2>&1; then
	typeset_pages() { for page in "$scratch"/man3/rocketmq*.3; do groff -man -Tutf8 -ww -z "$page" 2>&1; done; }
	echo '.no_such_request' > "$scratch/odd.3"
	finds "groff tells of what it does not know" 'no_such_request' groff -man -Tutf8 -ww -z "$scratch/odd.3"
	clean "groff reads the manual pages without a warning" typeset_pages
fi
finish
