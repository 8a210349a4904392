#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# member.sh - rmq-cli -G: a member of a group, by pushing and by popping; what it printed is done, and nothing else.

. "$srcdir/tests/cli/lib.sh"
cluster
cd "$scratch" || exit 99

# lag TOPIC GROUP: of all queues.
lag() {
	rmq-cli topic show "$1" --consumer-group "$2" |
		awk 'NR > 1 { n += $6 == "-" ? $4 - $3 : $6 } END { print n }'
}

for kind in '' --orderly --pop '--pop --orderly'; do
	t=$(topic "t$tests_run" --queues 2)
	g=$me-g$tests_run
	seq 10 | rmq-cli -P -t "$t"
	# shellcheck disable=SC2086
	run rmq-cli -G "$g" -t "$t" -o min -c 4 $kind
	cp out first
	[ $status -eq 0 ] && [ "$(wc -l < first)" -eq 4 ]
	good=$?
	[ $good -eq 0 ] || show
	ok "takes four messages ${kind:-by pushing}" $good
	# shellcheck disable=SC2086
	run rmq-cli -G "$g" -t "$t" -o min -c 6 $kind
	[ $status -eq 0 ] && [ "$(sort -n first out | tr '\n' ' ')" = '1 2 3 4 5 6 7 8 9 10 ' ]
	good=$?
	[ $good -eq 0 ] || { sed 's/^/# first: /' first; show; }
	ok "the next one takes those that are left, ${kind:-by pushing}" $good
done

t=$(topic lag --queues 1)
seq 5 | rmq-cli -P -t "$t" -p 0
prints "what was printed is committed" '1
2
3
' rmq-cli -G "$me-lag" -t "$t" -o min -c 3
[ "$(lag "$t" "$me-lag")" -eq 2 ]
ok "and no more" $?
prints "another one looks where the group stands" '4
5
' rmq-cli -C -t "$t" -o stored --stored-group "$me-lag" -e
[ "$(lag "$t" "$me-lag")" -eq 2 ]
ok "and leaves it there" $?

# --- The end --------------------------------------------------------------------------------------------

# interrupted SIGNAL NAME OPTION...: a member that was told to end has committed what it printed and left.
interrupted() {
	signal=$1 name=$2
	shift 2
	t=$(topic "end$tests_run" --queues 1)
	g=$me-end$tests_run
	seq 5 | rmq-cli -P -t "$t" -p 0
	: > printed
	rmq-cli -G "$g" -t "$t" -o min "$@" > printed 2> told &
	pid=$!
	has_five() { [ "$(wc -l < printed)" -eq 5 ]; }
	until_true "five messages" has_five
	kill "-$signal" $pid
	wait $pid
	[ $? -eq 130 ]
	good=$?
	[ $good -eq 0 ] || sed 's/^/# /' told
	ok "$name: exit status 130" $good
	[ "$(lag "$t" "$g")" -eq 0 ]
	ok "$name: what was printed is committed" $?
	echo 6 | rmq-cli -P -t "$t" -p 0
	prints "$name: the group was left, the next one has the queue" '6
' rmq-cli -G "$g" -t "$t" -c 1 "$@"
}
interrupted INT "SIGINT"
interrupted TERM "SIGTERM"
interrupted INT "SIGINT, orderly" --orderly
interrupted INT "SIGINT, popping" --pop

# A reader that leaves while there is more than a pipe holds: the next member goes on behind what was written.
t=$(topic pipe --queues 1)
awk 'BEGIN { for (i = 1; i <= 200; i++) printf "%d %02000d\n", i, 0 }' | rmq-cli -P -t "$t" -p 0
rmq-cli -G "$me-pipe" -t "$t" -o min --orderly 2> err | head -n 5 > five
[ "$(wc -l < five)" -eq 5 ] && [ ! -s err ]
ok "a reader that leaves ends it, quietly" $?
left=$(lag "$t" "$me-pipe")
[ "$left" -gt 0 ] && [ "$left" -lt 200 ]
ok "some were written, others were not" $?
prints "which the next one gets" "$(seq $((201 - left)) 200)
" sh -c "rmq-cli -G $me-pipe -t $t -c $left --orderly | cut -d ' ' -f 1"

# --- What becomes of a message ----------------------------------------------------------------------------

t=$(topic ack --queues 1)
echo again | rmq-cli -P -t "$t"
prints "--ack later: the message comes" 'again
' rmq-cli -G "$me-ack" -t "$t" -o min -c 1 --ack later
prints "and comes again" 'again 1' rmq-cli -G "$me-ack" -t "$t" -c 1 -f '%s %r'
echo kept | rmq-cli -P -t "$t"
for turn in first second; do
	sorted "--ack never: popped, and left alone, $turn time" 'again
kept
' rmq-cli -G "$me-never" -t "$t" -o min -c 2 --pop --ack never --invisible 2s
done
prints "--broadcast" 'again
kept
' env HOME="$scratch" rmq-cli -G "$me-all" -t "$t" -o min -c 2 --broadcast
prints "two topics as words" 2 sh -c "rmq-cli -G $me-two -o min -c 2 $t $(topic two --queues 1) | wc -l | tr -d ' \n'"
ends "so long, and fewer than required" 4 '0 messages came' \
	rmq-cli -G "$me-none" -t "$(topic none --queues 1)" --timeout 2s --require 1

# --- Wrong usage ------------------------------------------------------------------------------------------

ends "a topic that is not there" 1 'unknown to the name server\|no route' rmq-cli -G "$me-x" -t "$me-nosuch"
ends "never without --pop" 2 'goes with --pop' rmq-cli -G g -t "$t" --ack never
ends "popping all for each" 2 'exclude each other' rmq-cli -G g -t "$t" --pop --broadcast
ends "an offset of one queue" 2 'min, max or s@TIME' rmq-cli -G g -t "$t" -o 5
ends "no topic" 2 'needs a topic' rmq-cli -G g
finish
