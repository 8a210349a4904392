#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# hygiene.sh - functions that are not used here, and how long things may become.
#
#   anywhere                    no strcpy, sprintf, atoi, gmtime and the like
#   src/ and mock-broker/       memory, time and sleep come from src/base
#   a function                  over 70 lines is refused, in tests too
#   a file                      over 800 lines is refused
#
# allowed.txt lists the exceptions, each with its reason.

. "$(dirname "$0")/lib.sh"

everywhere='strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|atof'
everywhere="$everywhere|gmtime|localtime|asctime|ctime"
only_base='malloc|calloc|realloc|free|strdup|strndup|aligned_alloc|posix_memalign'
only_base="$only_base|clock_gettime|gettimeofday|time|sleep|usleep|nanosleep"

# banned ROOT FOLDERS NAMES: calls of NAMES; a member (x->free) is not one.
banned() {
	# Folders and names are lists of words.
	# shellcheck disable=SC2086
	sources "$1" $2 | grep -v "${4:-^$}" | code "$1" | "$awk" -v names="$3" '
	{
		split($0, at, ":"); line = substr($0, length(at[1] ":" at[2] ":") + 1)
		while (match(line, "(^|[^A-Za-z0-9_.>])(" names ")[ \t]*\\(")) {
			name = substr(line, RSTART, RLENGTH)
			gsub(/[^A-Za-z0-9_]/, "", name)
			print at[1] ":" at[2] ": " name " is not used here"
			line = substr(line, RSTART + RLENGTH)
		}
	}'
}

# A function is what stands between a "{" and a "}" in the first column; that of a
# test has its name in the brackets of START_TEST.
long_functions() {
	sources "$1" src mock-broker tools examples bench doc tests | code "$1" | "$awk" -v over="$2" '
	{ split($0, at, ":"); line = substr($0, length(at[1] ":" at[2] ":") + 1) }
	line ~ /^[A-Za-z_].*\(/ {
		name = line; sub(/^START_TEST\(/, "", name)
		sub(/[ \t]*[()].*/, "", name); sub(/.*[^A-Za-z0-9_]/, "", name)
	}
	line ~ /^{/ { start = at[2] }
	line ~ /^}/ && start {
		lines = at[2] - start - 1
		if (lines > over) print at[1] ":" start ": " name " has " lines " lines"
		start = 0
	}'
}

long_files() {
	sources "$1" include src mock-broker tools examples bench | (cd "$1" && xargs wc -l /dev/null) |
		"$awk" '$1 > 800 && $2 != "total" { print $2 ":1: size is " $1 " lines" }'
}

# Drops what allowed.txt excuses: the file and the word after the line number.
excused() {
	"$awk" 'excuse { if ($0 !~ /^#/ && NF > 2) pass[$1 " " $2]; next }
	{ file = $1; sub(/:.*/, "", file); if (!((file " " $2) in pass)) print
	}' excuse=1 "${1:-/dev/null}" excuse=0 -
}

findings() {
	{
		banned "$1" "src mock-broker tools examples bench" "$everywhere"
		banned "$1" "src mock-broker" "$only_base" '^src/base/'
		long_functions "$1" 70
		long_files "$1"
	} | excused "$2"
}

repeat() {
	"$awk" -v n="$1" -v text="$2" 'BEGIN { while (n-- > 0) print text }'
}

bad=$scratch/bad
put "$bad/src/base/a.c" 'int f(void) { return atoi(s); }'
put "$bad/src/codec/b.c" '	p = malloc(3); /* free( */
	x->free(p); rmqi_free(p); s = "free(p)";'
put "$bad/mock-broker/c.c" '	now = time(NULL);'
put "$bad/tools/d.c" "static int big(int a,
	int b)
{
$(repeat 71 '	a++;')
}
static int fits(void)
{
$(repeat 70 '	;')
}"
put "$bad/tests/base/t_e.c" "START_TEST(thing__does_all)
{
$(repeat 71 '	;')
}
END_TEST"
put "$bad/src/base/e.c" "$(repeat 801 ';')"
put "$bad/src/base/mem.c" '	return malloc(n);'
printf 'tools/d.c big made for this test\ntests/base/t_e.c thing__does_all so is this\n' \
	> "$scratch/allowed"

finds "refuses atoi" '^src/base/a.c:1: atoi' findings "$bad"
finds "refuses malloc outside base" '^src/codec/b.c:1: malloc' findings "$bad"
finds "refuses the system clock outside base" '^mock-broker/c.c:1: time' findings "$bad"
finds "refuses a function of 71 lines" '^tools/d.c:3: big has 71' findings "$bad"
finds "refuses a test of 71 lines" '^tests/base/t_e.c:2: thing__does_all has 71' findings "$bad"
finds "refuses a file of over 800 lines" '^src/base/e.c:1: size' findings "$bad"
rm "$bad/src/base/a.c" "$bad/mock-broker/c.c" "$bad/src/base/e.c"
put "$bad/src/codec/b.c" '	x->free(p); rmqi_free(p); s = "free(p)"; /* free(
	free(p) */ rmqi_time(a);'
clean "leaves alone comments, strings, members, base and exceptions" \
	findings "$bad" "$scratch/allowed"

clean "this tree keeps the rules" findings "$srcdir" "$srcdir/tests/lint/allowed.txt"
finish
