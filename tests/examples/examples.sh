#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# examples.sh - the examples do what they say, against rmq-mock. Speaks TAP.

work=$(mktemp -d) || exit 1
mock=
victim=
finish() {
	test -z "$victim" || kill -9 "$victim" 2>/dev/null
	test -z "$mock" || { kill "$mock" 2>/dev/null && wait "$mock"; }
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

# result STATUS NAME, or skip NAME: they count themselves.
count=0
result() {
	count=$((count + 1))
	if test "$1" -eq 0; then echo "ok $count - $2"; else echo "not ok $count - $2"; fi
}
skip() {
	count=$((count + 1))
	echo "ok $count # SKIP $1"
}

mkfifo "$work/ready"
# It asks about transactions soon, allows recalls, filters by SQL92, and knows priorities and lite topics.
printf 'emulate=5.5\nenableLmq=true\nenableMultiDispatch=true\ntransactionTimeOut=1000\ntransactionCheckInterval=500\ntransactionOpBatchInterval=100\nrecallMessageEnable=true\nenablePropertyFilter=true\n' \
	>"$work/broker.conf"
tools/rmq-mock cluster --brokers 2 --store "$work/store" -c "$work/broker.conf" >"$work/ready" 2>"$work/mock.log" &
mock=$!
read -r ready <"$work/ready" || { sed 's/^/# /' "$work/mock.log"; exit 1; }
NAMESRV_ADDR=${ready#NAMESRV_ADDR=}
export NAMESRV_ADDR

printf 'first line\nsecond line\nthird line\n' >"$work/in"
examples/produce ExampleTopic <"$work/in" >"$work/sent" 2>&1
status=$?
sed 's/^/# /' "$work/sent"
test "$status" -eq 0 && test "$(wc -l <"$work/sent")" -eq 3
result $? "produce sends a message a line"

timeout 60 examples/consume ExampleTopic example-group 3 >"$work/got" 2>"$work/events"
status=$?
sed 's/^/# /' "$work/got"
cut -d' ' -f2- "$work/got" | sort >"$work/lines"
sort "$work/in" >"$work/expected"
test "$status" -eq 0 && cmp -s "$work/lines" "$work/expected"
result $? "consume prints what was sent and ends after COUNT messages"

examples/test_with_mock >"$work/mocked" 2>&1
status=$?
sed 's/^/# /' "$work/mocked"
test "$status" -eq 0 && grep -q '^2 deliveries in 1[0-9] s of cluster time' "$work/mocked"
result $? "test_with_mock sees the retry after 10 s of virtual time"

examples/send_async AsyncTopic <"$work/in" >"$work/async" 2>&1
status=$?
sed 's/^/# /' "$work/async"
test "$status" -eq 0 && grep -qx '3 stored, 0 failed' "$work/async"
result $? "send_async hears of the end of each message"

examples/send_oneway OnewayTopic <"$work/in" >"$work/oneway" 2>&1
status=$?
sed 's/^/# /' "$work/oneway"
test "$status" -eq 0 && timeout 60 examples/consume OnewayTopic oneway-group 3 2>>"$work/events" | cut -d' ' -f2- | sort \
	| cmp -s - "$work/expected"
result $? "send_oneway sends what arrives"

examples/send_batch BatchTopic <"$work/in" >"$work/batch" 2>&1
status=$?
sed 's/^/# /' "$work/batch"
test "$status" -eq 0 && test "$(cut -d' ' -f2-4 "$work/batch" | sort -u | wc -l)" -eq 1 &&
	test "$(cut -d' ' -f6 "$work/batch" | tr '\n' ' ')" = '0 1 2 '
result $? "send_batch sends all lines at once, to one queue"

examples/statistics StatisticsTopic >"$work/metrics" 2>&1
status=$?
grep -v _bucket "$work/metrics" | sed 's/^/# /'
test "$status" -eq 0 && grep -q '^rocketmq_producer_send_messages_total{.*topic="StatisticsTopic"} 100$' "$work/metrics" &&
	test "$(tail -1 "$work/metrics")" = '# EOF'
result $? "statistics prints what was counted as OpenMetrics"

timeout 60 examples/consumer_statistics StatisticsTopic statistics-group 100 >"$work/consumed" 2>&1
status=$?
grep -v _bucket "$work/consumed" | sed 's/^/# /'
test "$status" -eq 0 && grep -q '^rocketmq_consumer_consume_messages_total{.*topic="StatisticsTopic"} 100$' "$work/consumed" &&
	test "$(tail -1 "$work/consumed")" = '# EOF'
result $? "consumer_statistics prints what a consumer counted"

printf 'red 1\nblue 1\nred 2\nred 3\nblue 2\n' | examples/send_ordered OrderedTopic >"$work/ordered" 2>&1
status=$?
sed 's/^/# /' "$work/ordered"
test "$status" -eq 0 && test "$(wc -l <"$work/ordered")" -eq 5 && test "$(sort -u "$work/ordered" | wc -l)" -eq 2
result $? "send_ordered sends equal keys to one queue"

examples/trace TracedTopic TraceTopic <"$work/in" >"$work/traced" 2>&1 &&
	timeout 60 examples/consume TraceTopic trace-group 1 >"$work/records" 2>>"$work/events"
status=$?
tr '\001\002' ' \n' <"$work/records" | sed 's/^/# /'
test "$status" -eq 0 && test "$(wc -l <"$work/traced")" -eq 3 &&
	test "$(tr '\002' '\n' <"$work/records" | grep -c 'Pub.*TracedTopic.*true$')" -eq 3
result $? "trace has each of its messages traced"

printf 'one\ntwo\n' | timeout 100 examples/request_reply RequestTopic >"$work/replies" 2>"$work/unanswered"
status=$?
sed 's/^/# /' "$work/replies" "$work/unanswered"
test "$status" -eq 0 && test "$(tr '\n' ' ' <"$work/replies")" = 'ONE TWO '
result $? "request_reply prints the reply to each line"

# Two orders; one whose process is killed between the database and the commit; and a process that answers for it.
printf 'order 1\norder 2\n' | examples/transaction OrderTopic "$work/database" place >"$work/orders" 2>&1 &&
	{ echo 'order 3' | examples/transaction OrderTopic "$work/database" die 2>>"$work/orders"
	timeout 60 examples/transaction OrderTopic "$work/database" answer 1; } >>"$work/orders" 2>&1 &&
	timeout 60 examples/consume OrderTopic order-group 3 >"$work/delivered" 2>>"$work/events"
status=$?
sed 's/^/# /' "$work/orders"
test "$status" -eq 0 && test "$(cut -d' ' -f2- "$work/database" | sort)" = "$(cut -d' ' -f2- "$work/delivered" | sort)" &&
	test "$(wc -l <"$work/database")" -eq 3
result $? "transaction delivers what is in its database, also when it is killed"

timeout 60 examples/rate_limit ExampleTopic rate-group 10 3 >"$work/rated" 2>&1
status=$?
sed 's/^/# /' "$work/rated"
# The third comes 0.2 s after the first.
test "$status" -eq 0 && grep -Eq '^3 messages in (0\.[2-9]|[1-9][0-9]*\.[0-9]) s' "$work/rated"
result $? "rate_limit takes its time"

examples/flow FlowTopic <"$work/in" >"$work/flow" 2>&1
status=$?
sed 's/^/# /' "$work/flow"
test "$status" -eq 0 && test "$(tr '\n' ' ' <"$work/flow")" = '3 accepted, 0 in flight 0 undelivered '
result $? "flow delivers all and lists nothing"

head -1 "$work/in" | examples/hooks HookedTopic >"$work/hooked" 2>&1
status=$?
sed 's/^/# /' "$work/hooked"
test "$status" -eq 0 && grep -qx 'HookedTopic: success' "$work/hooked" &&
	grep -qx 'not sent: refused by a hook: only topics of this service are allowed' "$work/hooked"
result $? "hooks see each send, and refuse one"

timeout 60 examples/consume_hooks HookedTopic hooked-group 1 >"$work/calls" 2>&1
status=$?
sed 's/^/# /' "$work/calls"
test "$status" -eq 0 && grep -Eqx '00-0+5eed-0+facade-01: 1 of 1 done, success' "$work/calls"
result $? "consume_hooks sees each call, and the trace context that was sent"

examples/timed TimedTopic 10 >"$work/timed" 2>&1 &&
	timeout 60 examples/consume TimedTopic timed-group 1 >"$work/reminded" 2>>"$work/events"
status=$?
sed 's/^/# /' "$work/timed"
test "$status" -eq 0 && grep -qx 'taken back' "$work/timed" && test "$(cut -d' ' -f2- "$work/reminded")" = 'pay the bill'
result $? "timed delivers one reminder and takes the other one back"

printf 'low\n!!high\n!middle\n' | examples/priority PriorityTopic >"$work/ranks" 2>&1
status=$?
sed 's/^/# /' "$work/ranks"
test "$status" -eq 0 && test "$(cut -d: -f1 "$work/ranks" | tr '\n' ' ')" = 'queue 0 queue 2 queue 1 '
result $? "priority has each message in the queue of its rank"

printf 'ship 1\nno ship 2\nship 3\n' | examples/transaction_async AsyncOrderTopic >"$work/begun" 2>&1 &&
	timeout 60 examples/consume AsyncOrderTopic async-order-group 2 >"$work/shipped" 2>>"$work/events"
status=$?
sed 's/^/# /' "$work/begun"
test "$status" -eq 0 && test "$(cut -d' ' -f2- "$work/shipped" | sort | tr '\n' ' ')" = 'ship 1 ship 3 '
result $? "transaction_async delivers what it commits"

printf 'one\nset startDetectorEnable true\nset sendMsgTimeout 1\ntwo\n' | examples/tune TunedTopic >"$work/tuned" 2>&1
status=$?
sed 's/^/# /' "$work/tuned"
test "$status" -eq 0 && grep -qx 'SEND_OK: one' "$work/tuned" && grep -qx 'startDetectorEnable is true' "$work/tuned" &&
	grep -q '^not set: sendMsgTimeout cannot be set once' "$work/tuned" && grep -qx 'SEND_OK: two' "$work/tuned"
result $? "tune changes its producer while it runs"

examples/send_autobatch AutoBatchTopic <"$work/in" >"$work/auto" 2>&1
status=$?
sed 's/^/# /' "$work/auto"
test "$status" -eq 0 && test "$(wc -l <"$work/auto")" -eq 3 && test "$(cut -d' ' -f1 "$work/auto" | sort -u | wc -l)" -eq 3 &&
	timeout 60 examples/consume AutoBatchTopic autobatch-group 3 2>>"$work/events" | cut -d' ' -f2- | sort | cmp -s - "$work/expected"
result $? "send_autobatch tells each line its own id and place"

timeout 100 examples/namespace NamespaceTopic >"$work/spaces" 2>&1
status=$?
sed 's/^/# /' "$work/spaces"
test "$status" -eq 0 && test "$(sort "$work/spaces" | tr '\n' ';')" = \
	'east, topic NamespaceTopic: order of east;west, topic NamespaceTopic: order of west;'
result $? "namespace keeps two services with the same names apart"

timeout 100 examples/global_order GlobalTopic global-group 200 >"$work/global" 2>&1
status=$?
sed 's/^/# /' "$work/global"
test "$status" -eq 0 && grep -qx '1 to 200 in order, 20 of them delivered twice' "$work/global"
result $? "global_order gets all messages in the order in which they were sent"

timeout 100 examples/partial_order PartialTopic partial-group >"$work/partial" 2>&1
status=$?
test "$status" -eq 0 || sed 's/^/# /' "$work/partial"
tail -1 "$work/partial" | sed 's/^/# /'
test "$status" -eq 0 && test "$(grep -c '^\(one\|two\): order' "$work/partial")" -eq 160 &&
	test "$(sed -n 's/^[a-z]*: order 7 //p' "$work/partial" | tr '\n' ' ')" = 'created paid packed shipped '
result $? "partial_order keeps the steps of each order, whoever has its queue"

examples/produce LitePullTopic <"$work/in" >"$work/produced" 2>&1 &&
	timeout 60 examples/lite_pull LitePullTopic lite-group 3 >"$work/polled" 2>>"$work/events" &&
	timeout 60 examples/lite_pull LitePullTopic replay-group 3 replay >"$work/replayed" 2>>"$work/events"
status=$?
sed 's/^/# /' "$work/polled" "$work/replayed"
test "$status" -eq 0 && cut -d' ' -f2- "$work/polled" | sort | cmp -s - "$work/expected" &&
	cut -d' ' -f2- "$work/replayed" | sort | cmp -s - "$work/expected"
result $? "lite_pull polls what was sent, and replays it"

# Killed again and again, wherever it is when its file has changed: within a pull, within the next save, between them.
seq 1 400 | examples/produce SumTopic >"$work/produced" 2>&1
points=
for _ in 1 2 3 4 5 6 7 8; do
	before=$(cat "$work/sum" 2>/dev/null)
	examples/pull_exactly_once SumTopic sum-group "$work/sum" 400 >>"$work/events" 2>&1 &
	victim=$!
	for _ in $(seq 3000); do
		test "$(cat "$work/sum" 2>/dev/null)" = "$before" && kill -0 "$victim" 2>/dev/null || break
		sleep 0.02
	done
	kill -9 "$victim" 2>/dev/null
	wait "$victim" 2>/dev/null
	victim=
	points="$points $(head -1 "$work/sum" | cut -d' ' -f1)"
done
timeout 60 examples/pull_exactly_once SumTopic sum-group "$work/sum" 400 >"$work/summed" 2>>"$work/events"
status=$?
echo "# killed at$points of 400"
sed 's/^/# /' "$work/summed" "$work/sum"
test "$status" -eq 0 && test "$(cat "$work/summed")" = '400 numbers, sum 80200'
result $? "pull_exactly_once adds each number once, wherever it is killed"

# A new process goes on with the counts of the one before.
mkdir "$work/counts"
examples/produce CountedTopic <"$work/in" >"$work/sent" 2>&1 &&
	timeout 60 examples/queues_changed CountedTopic counting-group "$work/counts" 3 >"$work/counted" 2>&1 &&
	examples/produce CountedTopic <"$work/in" >>"$work/sent" 2>&1 &&
	timeout 60 examples/queues_changed CountedTopic counting-group "$work/counts" 3 >>"$work/counted" 2>&1
status=$?
sed 's/^/# /' "$work/counted"
test "$status" -eq 0 && test "$(cat "$work/counts"/* | awk '{n += $1} END {print n}')" -eq 6
result $? "queues_changed keeps a count for each queue"

printf '5 tea\n50 shoes\n500 bicycle\n' |
	timeout 100 examples/filter_sql ExampleTopic 'amount between 10 and 100' 1 >"$work/filtered" 2>&1
status=$?
printf '1 x\n' | timeout 100 examples/filter_sql ExampleTopic 'amount > > 10' 1 2>&1 | sed 's/^/# /' | tee "$work/refused"
sed 's/^/# /' "$work/filtered"
test "$status" -eq 0 && test "$(cat "$work/filtered")" = '50 shoes' && grep -q 'Encountered' "$work/refused"
result $? "filter_sql gets what matches, and the words of the broker when it refuses"

printf 'one\n!two\nthree\n' | examples/produce WorkTopic >"$work/given" 2>&1 &&
	timeout 60 examples/simple_consumer WorkTopic workers 3 >"$work/worked" 2>&1
status=$?
sed 's/^/# /' "$work/worked"
test "$status" -eq 0 && test "$(grep -c '^done: ' "$work/worked")" -eq 3 && grep -qx 'given back: !two' "$work/worked" &&
	grep -qx 'done: !two' "$work/worked"
result $? "simple_consumer does all work, and one piece at the second try"

timeout 60 examples/lite_topics LiteTopic lite-group one two >"$work/lite" 2>&1
status=$?
sed 's/^/# /' "$work/lite"
test "$status" -eq 0 && test "$(grep '^one: ' "$work/lite")" = "$(printf 'one: line 1 of one\none: line 2 of one')" &&
	test "$(grep '^two: ' "$work/lite")" = "$(printf 'two: line 1 of two\ntwo: line 2 of two')"
result $? "lite_topics tells the lines of each session in order"

# Its mode is set at each broker, so each must have the topic, which is made where something is sent: to each of 8 queues.
seq 8 | examples/produce PopTopic >"$work/given" 2>&1 &&
	timeout 60 examples/push_pop PopTopic poppers 8 >"$work/popped" 2>&1
status=$?
sed 's/^/# /' "$work/popped"
test "$status" -eq 0 && test "$(grep -c '^done: ' "$work/popped")" -eq 8
result $? "push_pop does all work that brokers hand it"

cast() { # NODE COUNT
	timeout 60 examples/broadcast BroadcastTopic broadcast-group "$1" "$work/offsets" "$2" 2>>"$work/events"
}
examples/produce BroadcastTopic <"$work/in" >>"$work/sent" 2>&1 && cast north 3 >"$work/cast-north" && cast south 3 >"$work/cast-south"
status=$?
sed 's/^/# /' "$work/cast-north"
test "$status" -eq 0 && test "$(cat "$work/cast-north" "$work/cast-south" | cut -d' ' -f2- | sort | uniq -c | grep -c '^ *2 ')" -eq 3 &&
	echo 'fourth line' | examples/produce BroadcastTopic >>"$work/sent" 2>&1 && test "$(cast north 1)" = 'north: fourth line'
result $? "broadcast gives every node all, and each goes on where it stopped"

# Killed within an order, and each order sent again: the database has each once.
orders() { seq "$1" "$2" | sed 's/.*/order-& &/'; }
if test -x examples/idempotent; then
	orders 1 50 | examples/idempotent send OnceTopic >"$work/once" 2>&1
	timeout 60 examples/idempotent book OnceTopic once-group "$work/orders.db" 50 20 >"$work/victim" 2>>"$work/events"
	died=$?
	{ orders 1 50; orders 51 60; } | examples/idempotent send OnceTopic >>"$work/once" 2>&1 &&
		timeout 60 examples/idempotent book OnceTopic once-group "$work/orders.db" 60 >>"$work/once" 2>>"$work/events"
	status=$?
	sed 's/^/# /' "$work/once"
	test "$status" -eq 0 && test "$died" -eq 137 && test ! -s "$work/victim" &&
		test "$(grep -c '^60 orders, balance 1830, ' "$work/once")" -eq 1
	result $? "idempotent books each order once, also when it is killed"
else
	skip "idempotent: built without SQLite"
fi

# The end: what stands behind it is not counted.
echo "1..$count"
