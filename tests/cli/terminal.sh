#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# terminal.sh - rmq-cli on a terminal: the live table, progress, statistics, what is not echoed. terminal.py has a
# pseudo-terminal and the tests.

. "$srcdir/tests/cli/lib.sh"
if ! command -v python3 > /dev/null 2>&1; then
	skip "rmq-cli on a terminal" "no python3"
	finish
fi
cluster
cd "$scratch" || exit 99

t=$(topic terminal --queues 2)
g=$me-terminal
seq 30 | rmq-cli -P -t "$t" -p 0
seq 10 | rmq-cli -P -t "$t" -p 1
rmq-cli -G "$g" -t "$t" -o min -c 1 > /dev/null
rmq-cli group reset "$g" -t "$t" --to earliest --yes > /dev/null 2>&1
case $srcdir in
/*) ;;
*) echo "# srcdir is not absolute" ;;
esac
python3 "$srcdir/tests/cli/terminal.py" "$t" "$g"
exit $?
