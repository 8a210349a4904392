#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# demo.sh - rmq-demo proves what it shows, and shows it fit for a page. Speaks TAP.

echo 1..4
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# result NUMBER STATUS NAME
result() {
	if test "$2" -eq 0; then echo "ok $1 - $3"; else echo "not ok $1 - $3"; fi
}

# Lines longer than a page is wide, empty ones, bytes that are no text, and no newline at the end.
awk 'BEGIN {
	for (i = 0; i < 300; i++) {
		for (j = 0; j < i; j++) printf "%c", 65 + j % 26
		if (i % 7 == 0) printf "\033[31m\001"
		print i % 5 == 0 ? "\n" : ""
	}
	printf "the last"
}' >"$work/in"
tools/rmq-demo "$work/in" >"$work/out" 2>"$work/err"
status=$?
sed 's/^/# /' "$work/out" "$work/err"
test "$status" -eq 0 && test ! -s "$work/err" &&
	test "$(grep -c ' 0 missing, 0 twice' "$work/out")" -eq 2 &&
	grep -q 'committed all but 0' "$work/out"
result 1 $? "each group gets each of its orders once, and commits"

awk 'length > 100 || /[^ -~]/ { bad = 1; print "# too long, or no text: " $0 } END { exit bad }' "$work/out"
result 2 $? "long lines and bytes that are no text do not reach the page"

grep -q '^refused     by billing: order-' "$work/out" &&
	grep -q 'reconsume times 1), and was taken' "$work/out"
result 3 $? "what billing refused comes again and is taken"

tools/rmq-demo "$work/none" >"$work/out" 2>"$work/err"
status=$?
sed 's/^/# /' "$work/err"
test "$status" -eq 1 && grep -q 'No such file' "$work/err"
result 4 $? "a file that is not there is told by name"
