#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# examples.sh - the examples do what they say, against rmq-mock. Speaks TAP.

echo 1..3
work=$(mktemp -d) || exit 1
mock=
finish() {
	test -z "$mock" || kill "$mock" 2>/dev/null
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

# result NUMBER STATUS NAME
result() {
	if test "$2" -eq 0; then echo "ok $1 - $3"; else echo "not ok $1 - $3"; fi
}

mkfifo "$work/ready"
tools/rmq-mock cluster --brokers 2 --store "$work/store" >"$work/ready" 2>"$work/mock.log" &
mock=$!
read -r ready <"$work/ready" || { sed 's/^/# /' "$work/mock.log"; exit 1; }
NAMESRV_ADDR=${ready#NAMESRV_ADDR=}
export NAMESRV_ADDR

printf 'first line\nsecond line\nthird line\n' >"$work/in"
examples/produce ExampleTopic <"$work/in" >"$work/sent" 2>&1
status=$?
sed 's/^/# /' "$work/sent"
test "$status" -eq 0 && test "$(wc -l <"$work/sent")" -eq 3
result 1 $? "produce sends a message a line"

timeout 60 examples/consume ExampleTopic example-group 3 >"$work/got" 2>"$work/events"
status=$?
sed 's/^/# /' "$work/got"
cut -d' ' -f2- "$work/got" | sort >"$work/lines"
sort "$work/in" >"$work/expected"
test "$status" -eq 0 && cmp -s "$work/lines" "$work/expected"
result 2 $? "consume prints what was sent and ends after COUNT messages"

examples/test_with_mock >"$work/mocked" 2>&1
status=$?
sed 's/^/# /' "$work/mocked"
test "$status" -eq 0 && grep -q '^2 deliveries in 1[0-9] s of cluster time' "$work/mocked"
result 3 $? "test_with_mock sees the retry after 10 s of virtual time"
