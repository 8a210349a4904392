#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# group_broken.sh - rmq-cli group where something is wrong: a broker that is away, or old, or whose clock is another
# one. A rmq-mock of its own, as it breaks it.

. "$srcdir/tests/cli/lib.sh"
unset RMQ_CLI_NAMESRV
if [ "${1-}" != old ]; then
	cluster --brokers 2
fi
cd "$scratch" || exit 99
ctl() { rmq-mock ctl "$@" > ctl.out 2>&1 || sed 's/^/# ctl: /' ctl.out; }
check() {
	good=$?
	[ $good -eq 0 ] || show
	ok "$1" $good
}

t=$(topic broken --queues 2)
g=$me-broken
seq 10 | rmq-cli -P -t "$t" -p broker-a:0
rmq-cli -G "$g" -t "$t" -o min -c 4 > /dev/null
rmq-cli group reset "$g" -t "$t" --to earliest --yes > /dev/null
rmq-cli group reset "$g" -t "$t" --to 4 -p broker-a:0 --yes > /dev/null

# --- A broker that is of before 5.2 -------------------------------------------------------------------------

if [ "${1-}" = old ]; then
	rmq-cli -G "$g" -t "$t" > /dev/null 2>&1 &
	pid=$!
	is_online() { rmq-cli group show "$g" -J | grep -q '"language":"CPP"'; }
	until_true "that it is online" is_online
	run rmq-cli group reset "$g" -t "$t" --to 3 -p 0 --yes
	[ $status -eq 1 ] && grep -q 'stop its members first' out && grep -q 'is online with 1 member' err
	check "an old broker moves no single queue of a group that is online, and it is told what to do"
	kill -INT $pid
	wait $pid
	run rmq-cli group reset "$g" -t "$t" --to 3 -p 0 --yes
	[ $status -eq 0 ] && grep -q '^broker-a  *0  *[0-9]*  *3  *-*[0-9]*  *-$' out && ! grep -q 'is online' err
	check "it does when they are stopped"
	finish
fi
RMQ_CLI_MOCK=old rmq-mock exec --emulate 4.9 -- sh "$srcdir/tests/cli/group_broken.sh" old > old 2>&1
sed 's/^/# old: /' old
[ "$(grep -c '^ok' old)" -eq 2 ] && ! grep -q '^not ok' old
ok "with a broker of 4.9" $?

# --- A broker that is away ----------------------------------------------------------------------------------

seq 20 | rmq-cli -P -t "$t" -p broker-b:1
rmq-cli group lag "$g" --watch=100ms -J > watched 2> told &
pid=$!
until_true "lines" grep -q '"broker":"broker-b".*"error":null' watched
# Known to the name server, and of no use.
ctl fault add --node broker-b --close rst
until_true "that it is told" grep -q '"broker":"broker-b".*"error":"' watched
ok "group lag --watch: a broker that goes away is told" $?
run rmq-cli group lag "$g"
[ $status -eq 6 ] && grep -q '^-  *broker-b  *-  *-  *-  *-  *-  *-  *-  *[a-zA-Z0-9]' out && grep -q "^$t  *broker-a  *0  *10  *4 " out
check "group lag: its row says so, the others have numbers"
run rmq-cli group lag
[ $status -eq 6 ] && grep -q "^$g  *[-0-9]*  *6  *[0-9]*  *[0-9.]*  *broker-b: " out
check "group lag of all: so does each row"
run rmq-cli group show "$g" -J
[ $status -eq 6 ] && grep -q '"broker":"broker-a","enabled":true' out && grep -q '"broker":"broker-b","error":"' out
check "group show: so does its setting"
ends "group ls names it" 6 '^rmq-cli: broker-b: ' rmq-cli group ls
grep -q "^$g " out
ok "and has the groups of the others" $?
ends "group alter needs all of them" 6 'broker-b' rmq-cli group alter "$g" --retry-max 3
run rmq-cli group reset "$g" -t "$t" --to earliest --yes
[ $status -eq 6 ] && grep -q '^broker-a  *0  *4  *0  *-4  *-$' out && grep -q '^broker-b  *1  *-  *-  *-  *[a-zA-Z0-9]' out
check "group reset moves what it can, and tells the rest"
ctl fault rm 1
: > watched
until_true "that it is back" grep -q '"broker":"broker-b".*"error":null' watched
ok "group lag --watch goes on when it is back" $?
kill -INT $pid
wait $pid
ok "and ends at SIGINT" $(($? != 130))

# --- Another clock ------------------------------------------------------------------------------------------

ctl node skew broker-a 3600000
seq 5 | rmq-cli -P -t "$t" -p broker-a:0
rmq-cli group reset "$g" -t "$t" --to latest --yes > /dev/null 2>&1
ends "a clock that is behind the broker's is told" 0 'the clock of this machine is behind: a message was stored 3[56][0-9][0-9] s from now' \
	rmq-cli group reset "$g" -t "$t" --to -15m --dry-run
finish
