#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# bench.sh - rmq-cli bench: it counts what it sends and what comes, keeps a rate by count, ends when it is to, and tells
# what fails. Nothing is judged by how fast it is.

. "$srcdir/tests/cli/lib.sh"
cluster
cd "$scratch" || exit 99

t=$(topic bench --queues 4)

# last PATTERN: is the last line of the output a whole object that has it?
last() { tail -n 1 out | grep -q "^{.*$1.*}$"; }

# says NAME STATUS PATTERN COMMAND...: with this exit status, and a last line of JSON that has the pattern.
says() {
	name=$1 wanted=$2 pattern=$3
	shift 3
	run "$@"
	[ "$status" -eq "$wanted" ] && last "$pattern"
	good=$?
	[ $good -eq 0 ] || { echo "# status $status"; show; }
	ok "$name" $good
}

says "produce: so many are stored" 0 '"messages":500,"bytes":64000,.*"failed":0,"rate":null' \
	rmq-cli bench produce -t "$t" -c 500 -J
says "consume: a group of its own gets them" 0 '"bench":"consume","interval":null,.*"messages":500,"bytes":64000' \
	rmq-cli bench consume -t "$t" -c 500 -J
says "consume: for the next one they are there again" 0 '"messages":100,' rmq-cli bench consume -t "$t" -c 100 -J
says "produce: of sizes from to, at a rate" 0 '"messages":40,.*"rate":200,"latencyFrom":"the time when each was to be sent","latencyUs":{"count":40,' \
	rmq-cli bench produce -t "$t" -c 40 --rate 200 --size 16..4096 --random -J
says "produce: one-way" 0 '"messages":20,"bytes":200,' rmq-cli bench produce -t "$t" -c 20 --oneway --size 10 -J
says "latency: what was sent came" 0 '"bench":"latency","interval":null,.*"messages":50,"bytes":6400,.*"failed":0,"rate":500,' \
	rmq-cli bench latency -t "$t" -c 50 --rate 500 --hdr hgrm --timeout 4m -J
grep -q '1.000000000000 *50$' hgrm && grep -q '^#\[Max ' hgrm
good=$?
[ $good -eq 0 ] || sed 's/^/# /' hgrm
ok "latency: --hdr has the distribution" $good
says "an interval is a line" 0 '"interval":null' rmq-cli bench produce -t "$t" --rate 10 --for 2500ms -J
[ "$(grep -c '"interval":[1-9]' out)" -ge 1 ]
ok "there is one for a second" $?

run rmq-cli bench produce -t "$t" -c 100
[ "$status" -eq 0 ] && grep -q '^100 messages sent in .*; 0 failed$' out && grep -q '^ *99.99 % ' out
good=$?
[ $good -eq 0 ] || show
ok "for people: rates and percentiles" $good

# --- What ends it ------------------------------------------------------------------------------------------

rmq-cli bench produce -t "$t" --rate 5 --for 1h -J > out 2> err &
pid=$!
i=0
until grep -q '"interval":1' out || [ $i -ge 600 ]; do
	sleep 0.1
	i=$((i + 1))
done
kill -INT $pid
wait $pid
status=$?
[ "$status" -eq 130 ] && last '"interval":null,.*"failed":0'
good=$?
[ $good -eq 0 ] || { echo "# status $status"; show; }
ok "SIGINT ends it with all figures" $good

# --- What is wrong -----------------------------------------------------------------------------------------

ends "no topic" 2 'needs a topic' rmq-cli bench produce
ends "no size" 2 'neither N nor LO..HI' rmq-cli bench produce -t "$t" --size 9..1
ends "no rate" 2 '--rate: 1 .. ' rmq-cli bench produce -t "$t" --rate 0
ends "too small for a mark" 2 'at least 16 bytes' rmq-cli bench latency -t "$t" --size 4
ends "an option of another mode" 2 'batch' rmq-cli bench produce -t "$t" --batch 3
run rmq-cli bench consume -t "$me-nowhere" -c 1 --timeout 2s
[ "$status" -ne 0 ] && grep -q 'not ready' err
ok "a topic that is not there" $?
ends "a name that is none" 2 'illegal characters' rmq-cli bench produce -t 'no topic' -c 3
ends "a file that cannot be written" 1 'no/such/file' rmq-cli bench produce -t "$t" -c 1 --hdr no/such/file
says "no cluster" 6 '"messages":0,.*"failed":3,.*"errors":{"[a-z ]*":3}' \
	rmq-cli bench produce -n 127.0.0.1:1 -t "$t" -c 3 -X sendMsgTimeout=2000 -J
finish
