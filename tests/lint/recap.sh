#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# recap.sh - tests/support/recap.sh tells what failed, from each kind of output that it reads.

. "$(dirname "$0")/lib.sh"

recap() {
	LINT_AWK=$awk sh "$srcdir/tests/support/recap.sh" "$@"
}

# told MOST: all of the outputs below.
told() {
	{
		recap find suite "$scratch/suite.log"
		recap find part "$scratch/part"
	} | recap fit "$1"
}

put "$scratch/suite.log" '# TOTAL: 9
FAIL: tests/net/t_check
=======================

ok 1 - good
PASS: tests/net/t_check 1 - good
not ok 2 - /home/x/tests/net/t_check.c:suite:bad: Assertion failed
FAIL: tests/net/t_check 2 - /home/x/tests/net/t_check.c:suite:bad: Assertion failed

ERROR: tests/net/t_dead
=======================

ok 1 - good
ERROR: tests/net/t_dead - exited with status 139 (terminated by signal 11?)

ERROR: tests/net/t_race
=======================

==================
WARNING: ThreadSanitizer: data race (pid=1)
  Write of size 8 at 0x7b by thread T1:
    #0 store tests/net/t_race.c:5

SUMMARY: ThreadSanitizer: data race
==================
ok 1 - good

FAIL: tests/lint/x.sh
=====================

# found: the finding
not ok 1 - a lint
FAIL: tests/lint/x.sh 1 - a lint

ERROR: tests/net/t_mute
=======================

no such file'
put "$scratch/part" 'ok 1 - good
# of the good one
ok 2 - good
not ok 3 - consume__comes
# audit: 1 lost
# again: conformance --only consume__comes
# the C consumer ended with code 1
#   its words
not ok - C to Java
# the Java sender ended with code 1
#   1
#   2
#   3
#   4
#   5
#   6
#   7
#   8
#   9
#   10
#   11
#   12
not ok - Java to C'

finds "an assertion, without the path of the machine" \
	'^suite: tests/net/t_check: not ok 2 - tests/net/t_check.c:suite:bad: Assertion failed$' told 60
finds "a program that died" '^suite: tests/net/t_dead: exited with status 139' told 60
finds "a race" '^suite: tests/net/t_race: WARNING: ThreadSanitizer: data race' told 60
finds "its stack" '#0 store tests/net/t_race.c:5' told 60
finds "a lint with what it found" '# found: the finding' told 60
finds "the last lines of what names no test" 'no such file' told 60
finds "a behaviour" '^part: not ok 3 - consume__comes$' told 60
finds "its words" '# audit: 1 lost' told 60
finds "words that come before" '#   its words' told 60
test "$(told 60 | sed -n '/C to Java/{n;n;n;p;}')" = "part: not ok - Java to C"
ok "each with its own words" $?
test "$(told 60 | sed -n '/Java to C/,$s/.*#   //p' | tr '\n' ' ')" = "1 2 3 4 5 7 8 9 10 11 12 "
ok "the first and the last of many words" $?
finds "the names before the words" '^part: not ok - C to Java$' told 8
finds "how many more there are" '^\.\.\. and 5 more$' told 4

test "$(told 60 | grep -c -e good)" -eq 0
ok "nothing of what passed" $?
test "$(told 8 | wc -l)" -le 8
ok "no more than it may" $?
put "$scratch/broken" 'x.c:1:1: error: no such thing
make: *** [all] Error 1'
finds "the compiler's error of a part that broke" 'x.c:1:1: error: no such thing' \
	recap tail suite "$scratch/broken"
finish
