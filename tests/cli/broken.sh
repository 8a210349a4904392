#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# broken.sh - rmq-cli where something is wrong with the cluster, the network or who reads: an exit status and a
# sentence each time, and no message lost or told twice. A rmq-mock of its own, as it breaks it.

. "$srcdir/tests/cli/lib.sh"
unset RMQ_CLI_NAMESRV
cluster --brokers 2 --record 1000
cd "$scratch" || exit 99
ctl() { rmq-mock ctl "$@" > ctl.out 2>&1 || sed 's/^/# ctl: /' ctl.out; }

# --- Nobody there -----------------------------------------------------------------------------------------

# A port of which nobody listens: that of a listener that has ended.
for mode in "-C -e" "-Q" "-L" "topic show"; do
	# shellcheck disable=SC2086
	ends "no cluster: $mode" 6 'refused' rmq-cli $mode nobody -n 127.0.0.1:1
done
echo x > line
input=line
ends "no cluster: -P" 6 'message 1: .*refused' rmq-cli -P -t "$me-t" -n 127.0.0.1:1
unset input
ends "no cluster: -G" 6 'refused' rmq-cli -G "$me-g" -t "$me-t" -n 127.0.0.1:1
ends "a host without an address" 6 'no.such.host.invalid' rmq-cli -C "$me-t" -e -n no.such.host.invalid:9876
ends "a port of something else" 6 'closed the connection' rmq-cli -L "$me-t" -n "${RMQ_MOCK_CONTROL#http://}" --timeout 20s

# --- Unknown, refused -------------------------------------------------------------------------------------

ends "an unknown topic: -C" 1 'unknown to the name server' rmq-cli -C "$me-nosuch" -e
ends "an unknown topic: -Q" 1 'unknown to the name server' rmq-cli -Q "$me-nosuch"
ends "an unknown topic: topic show" 1 'unknown to the name server' rmq-cli topic show "$me-nosuch"

t=$(topic denied --queues 1)
seq 3 | rmq-cli -P -t "$t"
ctl fault add --code SEND_MESSAGE_V2 --reply NO_PERMISSION --remark 'not this one'
input=line
run rmq-cli -P -t "$t"
unset input
[ $status -eq 1 ] && grep -q 'not this one' err
good=$?
[ $good -eq 0 ] || show
ok "no permission, in the broker's words" $good
ctl fault rm 1
ctl fault add --code PULL_MESSAGE --reply NO_PERMISSION --remark 'not to be read'
run rmq-cli -C "$t" -e
[ $status -eq 1 ] && grep -q 'not to be read' err
good=$?
[ $good -eq 0 ] || show
ok "no permission to read" $good
ctl fault rm 2

# --- A broker that dies in the middle ------------------------------------------------------------------------

t=$(topic dies --queues 1)
seq 1000 | rmq-cli -P -t "$t" -p broker-a:0
seq 1001 2000 | rmq-cli -P -t "$t" -p broker-b:0
: > printed
rmq-cli -C "$t" > printed 2> told &
pid=$!
has() { [ "$(wc -l < printed)" -eq "$1" ]; }
until_true "2000 messages" has 2000
ctl node stop broker-b
until_true "that it is told" grep -q 'broker-b: .*trying again' told
ok "a broker that dies is told" $?
seq 2001 2010 | rmq-cli -P -t "$t" -p broker-a:0
until_true "messages of the other one" has 2010
ok "the others are read meanwhile" $?
ctl node start broker-b
until_true "that it is back" grep -q 'broker-b is back' told
seq 2011 2020 | rmq-cli -P -t "$t" -p broker-b:0
until_true "messages of it" has 2020
ok "and it goes on when the broker is back" $?
kill -INT $pid
wait $pid
[ $? -eq 130 ] && [ "$(sort -n printed | uniq | wc -l)" -eq 2020 ]
ok "each message was printed once" $?
# Known to the name server, and of no use.
ctl fault add --node broker-b --close rst
run rmq-cli -C "$t" -e
[ $status -eq 6 ] && grep -q 'broker-b' err && [ "$(wc -l < out)" -eq 1010 ]
good=$?
[ $good -eq 0 ] || show
ok "with an end to come to: exit 6, and what the others have" $good
run rmq-cli topic show "$t"
[ $status -eq 6 ] && grep -q 'broker-b .*-  *-  *-  *-  *[a-z]' out && grep -q 'broker-a *0 *0 *1010' out
good=$?
[ $good -eq 0 ] || show
ok "topic show: its rows say so, the others have numbers" $good
ctl fault rm 3

# --- Who reads ------------------------------------------------------------------------------------------------

rmq-cli -C "$t" 2> err | head -n 3 > three
[ "$(wc -l < three)" -eq 3 ] && [ ! -s err ]
ok "a reader that has enough ends it, quietly" $?
if [ -e /dev/full ]; then
	patiently rmq-cli -C "$t" -e > /dev/full 2> err
	[ $? -eq 1 ] && grep -q 'stdout: No space left' err
	ok "a full disk is told" $?
fi
big=$(topic big --queues 1)
awk 'BEGIN { for (i = 1; i <= 100; i++) printf "%d %04000d\n", i, 0 }' | rmq-cli -P -t "$big"
# The pipe is opened and not read: it is full after 64 KiB.
for signal in INT TERM; do
	mkfifo "pipe-$signal"
	sleep 600 < "pipe-$signal" &
	sleeper=$!
	rmq-cli -C "$big" > "pipe-$signal" 2> told &
	pid=$!
	is_full() { [ "$(sed -n 's/^wchar: //p' "/proc/$pid/io")" -ge 65536 ]; }
	until_true "that it is full" is_full
	kill "-$signal" $pid
	wait $pid
	[ $? -eq 130 ]
	ok "a full pipe does not keep SIG$signal from ending it" $?
	kill $sleeper
	wait $sleeper 2> /dev/null
done
finish
