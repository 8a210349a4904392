#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# msg.sh - rmq-cli msg: messages by id, key, place and time, and what became of them.

. "$srcdir/tests/cli/lib.sh"
cluster --brokers 2
cd "$scratch" || exit 99
check() {
	good=$?
	[ $good -eq 0 ] || show
	ok "$1" $good
}
if command -v python3 > /dev/null 2>&1; then
	is_json() { python3 -c 'import json, sys
for line in sys.stdin.buffer: json.loads(line)' < out 2> err; }
else
	is_json() { :; }
fi

t=$(topic msg --queues 1)
printf 'one' | rmq-cli -P -t "$t" -p broker-a:0 -k red -T paid -H a=b
printf 'two' | rmq-cli -P -t "$t" -p broker-a:0 -k blue
printf '\377\000\033' > raw
rmq-cli -P -t "$t" -p broker-b:0 -k blue raw
rmq-cli -C -t "$t" -p broker-a:0 -c 1 -f '%i %I %W\n' > ids
read -r offset_id unique_id stored < ids

# --- By an id, by a key ---------------------------------------------------------------------------------------

prints "msg id" "one" rmq-cli msg id "$offset_id" -f %s
run rmq-cli msg id "$offset_id"
[ $status -eq 0 ] && grep -q "^Topic  *$t$" out && grep -q '^Queue  *[^ ]*:0$' out && grep -q '^Keys  *red$' out &&
	grep -q '^Property  *a=b$' out && grep -q '^Body  *3 bytes$' out && grep -q '^one$' out
check "msg id for people"
run rmq-cli msg id "$offset_id" -J
[ $status -eq 0 ] && grep -q "^{\"topic\":\"$t\",.*\"msgId\":\"$offset_id\",\"uniqId\":\"$unique_id\",\"tag\":\"paid\",\"keys\":\[\"red\"\].*\"body\":\"one\"" out && is_json
check "msg id -J"
# A broker writes its index a moment after the message.
found() { [ "$(rmq-cli msg key "$1" -t "$t" -f x 2> /dev/null)" = "$2" ]; }
until_true "the index" found red x && until_true "the index" found blue xx
check "the brokers' index has the keys"
prints "msg uniq" "one" rmq-cli msg uniq "$unique_id" -t "$t" -f %s
sorted "msg key: of all brokers" "blue broker-a
blue broker-b
" rmq-cli msg key blue -t "$t" -f '%k %B\n'
prints "msg key -p: of one queue" "two" rmq-cli msg key blue -t "$t" -p broker-a:0 -f %s
run rmq-cli msg key blue -t "$t" -p broker-b:0 -J
[ $status -eq 0 ] && grep -q '"body":"/wAb","bodyEncoding":"base64"' out && is_json
check "a body that is no text is base64 in JSON"
run rmq-cli msg key blue -t "$t" -p broker-b:0
[ $status -eq 0 ] && grep -q '^Body  *3 bytes, as base64$' out && grep -q '^/wAb$' out
check "and for people"

# --- By its place, by time --------------------------------------------------------------------------------------

prints "msg at" "two" rmq-cli msg at "$t" broker-a:0 1 -f %s
prints "msg at -c" "one two " rmq-cli msg at "$t" broker-a:0 0 -c 9 -f '%s '
ends "msg at: an offset that the queue does not hold" 1 "$t" rmq-cli msg at "$t" broker-a:0 77
ends "msg at: no such broker" 6 nobody rmq-cli msg at "$t" nobody:0 0
ends "msg at: no queue" 2 'BROKER:N is wanted' rmq-cli msg at "$t" 0 0
ends "msg at: no offset" 2 'an offset is wanted' rmq-cli msg at "$t" broker-a:0 -- -1
run rmq-cli msg range "$t" -f 'x\n'
[ $status -eq 0 ] && [ "$(wc -l < out)" -eq 3 ]
check "msg range: all"
prints "msg range --to: before there was any" "" rmq-cli msg range "$t" --to $((stored - 100000))
prints "msg range --from --to, -c" "one" rmq-cli msg range "$t" --from "$stored" --to +1h -c 1 -f %s
ends "msg range: the wrong way round" 2 'later than' rmq-cli msg range "$t" --from now --to -1h
ends "msg range: no time" 2 'a time is wanted' rmq-cli msg range "$t" --to yesterday

# --- What became of it ------------------------------------------------------------------------------------------

g=$me-msg
patiently rmq-cli -G "$g" -t "$t" -o min -c 3 > /dev/null
tracked() { rmq-cli msg who "$unique_id" -t "$t" > who 2>&1 && grep -q "^$g  *NOT_ONLINE" who; }
until_true "that the group is gone" tracked
check "msg who: the group is not online"
run rmq-cli msg who "$offset_id" -J
[ $status -eq 0 ] && grep -q "^{\"group\":\"$g\",\"track\":\"NOT_ONLINE\"" out && is_json
check "msg who -J"
rmq-cli -G "$g" -t "$t" > consumed 2> /dev/null &
pid=$!
is_online() { rmq-cli msg who "$offset_id" | grep -q "^$g  *CONSUMED"; }
until_true "that it is online" is_online
check "msg who: the group consumed it"
client=$(rmq-cli group show "$g" -J | sed -n 's/.*"clientId":"\([^"]*\)".*/\1/p' | head -n 1)
run rmq-cli msg consume "$offset_id" "$g" "$client"
[ $status -eq 0 ] && grep -q '^CR_SUCCESS ' out
check "msg consume: a member consumes it again"
ends "msg consume: no such member" 1 "$offset_id" rmq-cli msg consume "$offset_id" "$g" nobody
kill -INT $pid
wait $pid

n=$me-traced
printf 'traced' | rmq-cli -P -t "$t" -X enableTrace=true
traced_id=$(rmq-cli msg range "$t" -f '%s %I\n' | sed -n 's/^traced //p')
has_trace() { rmq-cli msg trace "$traced_id" > trace 2>&1 && grep -q ' send  *ok ' trace; }
until_true "the trace" has_trace
check "msg trace"
run rmq-cli msg trace "$traced_id" -J
[ $status -eq 0 ] && grep -q '"kind":"send","status":"ok",' out && is_json
check "msg trace -J"

# --- What is not there -------------------------------------------------------------------------------------------

ends "no topic" 2 'topic is needed' rmq-cli msg key red
ends "an unknown topic" 1 "$n" rmq-cli msg key red -t "$n"
ends "an unknown key" 1 'no such message' rmq-cli msg key nothing -t "$t"
ends "an unknown unique id" 1 'no such message' rmq-cli msg uniq 00000000000000000000000000000000 -t "$t"
ends "no id" 2 'no offset message id' rmq-cli msg id abc
ends "who: no id" 2 'no offset message id' rmq-cli msg who abc
ends "who: no such message" 1 'no such message' rmq-cli msg who 00000000000000000000000000000000 -t "$t"
ends "trace of nothing" 1 'nobody told of it' rmq-cli msg trace 00000000000000000000000000000000
ends "-J and -f" 2 'exclude' rmq-cli msg id "$offset_id" -J -f x
ends "-c of an id" 2 'names one' rmq-cli msg id "$offset_id" -c 3
ends "-p of an id" 2 'go with' rmq-cli msg id "$offset_id" -p broker-a:0
ends "-c 0" 2 'count' rmq-cli msg range "$t" -c 0
ends "no cluster" 6 refused rmq-cli msg key red -t "$t" -n 127.0.0.1:1

if is_mock; then
	head -c 4000000 /dev/zero | tr '\0' x > big
	patiently rmq-cli -P -t "$t" -p broker-a:0 big
	last() { rmq-cli -Q "$t" -p broker-a:0 -o -1 -J | sed 's/.*"offset":\([0-9]*\).*/\1/'; }
	run rmq-cli msg at "$t" broker-a:0 "$(last)" -f %s
	[ $status -eq 0 ] && cmp -s big out
	check "a body of 4 MB is whole"
	printf 'esc\033[31m' | rmq-cli -P -t "$t" -p broker-a:0
	run rmq-cli msg at "$t" broker-a:0 "$(last)"
	[ $status -eq 0 ] && grep -q '^esc?\[31m$' out
	check "a terminal is not told what to do by a body"
	rmq-mock ctl fault add --node broker-b --close rst > /dev/null
	run rmq-cli msg key blue -t "$t" -f '%s\n'
	[ $status -eq 6 ] && grep -q '^two$' out && grep -q 'broker-b' err
	check "msg key: a broker that is away is told beside what the others have"
fi
finish
