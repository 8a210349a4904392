#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# json.sh - JSON in both directions, whatever bytes a message has: a reader of another library (jansson, in
# --json-in) must take each line.

. "$srcdir/tests/cli/lib.sh"
cluster
cd "$scratch" || exit 99

# Bodies that break careless writers of JSON: binary, quotes, control characters, half a character, surrogates.
from=$(topic from --queues 1)
i=0
for body in '\377\376\000binary' 'say "hi" \\ and / \b\f\n\r\t' '\001\002\037\177' 'caf\303\251 \360\237\230\200' \
	'\303' '\355\240\200' '\300\257' '\364\220\200\200' '{"a":[1,2.50,"x y"],"b":null}' ' [1 , 2 ] ' 'null'; do
	i=$((i + 1))
	# shellcheck disable=SC2059
	printf "$body" > "body$i"
	rmq-cli -P -t "$from" -T t -k "k$i" -H 'quoted="1"' -H 'text=caf\u00e9' "body$i" || echo "# $i was not sent"
done

# every FORM: all of them printed with --json-body FORM can be read again and are the same.
every() {
	copy=$(topic "copy$tests_run-$1" --queues 1)
	rmq-cli -C -t "$from" -e -J --json-body "$1" > "lines-$1"
	input=lines-$1
	ends "each line of --json-body $1 is JSON" 0 '' rmq-cli -P -t "$copy" --json-in
	unset input
	[ "$(wc -l < "lines-$1")" -eq $i ]
	ok "one line a message with $1" $?
}

# bodies TOPIC: what they are, byte for byte, with what goes with them.
bodies() { rmq-cli -C -t "$1" -e -f '%x %k %g %{h:quoted} %{h:text}\n'; }

bodies "$from" > all
for form in auto base64; do
	every $form
	bodies "$copy" | diff all - > different
	status=$?
	sed 's/^/# /' different
	ok "$form: bodies, keys, tags and properties come back as they were" $status
done
every string
sed -n 1p lines-string | grep -q '"body":"\\*[^"]*\\u0000binary","bodyEncoding":"utf8"'
ok "string: bad bytes become a character" $?
every json
grep -q '"body":{"a":\[1,2.50,"x y"\],"b":null},"bodyEncoding":"json"' lines-json
ok "json: a body that is JSON stands as it is, digits kept" $?
grep -q '"body":\[1,2\],"bodyEncoding":"json"' lines-json
ok "json: on one line" $?
grep -q '"bodyEncoding":"base64"' lines-json
ok "json: what is none is base64" $?
grep -q '"properties":{[^}]*"quoted":"\\"1\\""' lines-auto
ok "properties are an object of texts" $?

# Brokers keep a property of a batch twice.
from=$(topic batch --queues 1)
seq 3 | rmq-cli -P -t "$from" --batch 3
i=3
every auto

# --- What --json-in takes -----------------------------------------------------------------------------

to=$(topic to --queues 4)
line() { printf '%s\n' "$1" > line; }
# takes NAME LINE FORMAT PRINTED
takes() {
	line "$2"
	input=line
	run rmq-cli -P -t "$to" --json-in
	unset input
	[ $status -eq 0 ] || { echo "# not sent"; show; }
	printed=$(rmq-cli -C -t "$to" -e -f "$3\n" | tail -n 1)
	[ "$printed" = "$4" ] || echo "# printed: $printed"
	[ "$printed" = "$4" ]
	ok "$1" $?
	rmq-cli topic create "$to" > /dev/null # nothing: it is there
	to=$(topic "to$tests_run" --queues 4)
}
takes "a text" '{"body":"a\u0000b"}' '%x' 610062
takes "base64" '{"body":"AP8=","bodyEncoding":"base64"}' '%x' 00ff
takes "a JSON value as the body" '{"body":{"a": [1, 2]},"bodyEncoding":"json"}' '%s' '{"a":[1,2]}'
takes "keys as a list" '{"body":"b","keys":["x","y"]}' '%k' 'x y'
takes "keys as a text" '{"body":"b","keys":"x y"}' '%k' 'x y'
takes "tag, flag and properties" '{"body":"b","tag":"T","flag":3,"properties":{"p":"q","UNIQ_KEY":"theirs"}}' \
	'%g %{h:p}' 'T q'

# refuses NAME PATTERN LINE
refuses() {
	line "$3"
	input=line
	ends "$1" 2 "message 1: .*$2" rmq-cli -P -t "$to" --json-in
	unset input
}
refuses "no JSON" 'no JSON object' 'hello'
refuses "half an object" 'no JSON object' '{"body":"x"'
refuses "a list" 'no JSON object' '["body"]'
refuses "no body" 'body' '{"tag":"x"}'
refuses "a member that means nothing" '"bdy" means nothing' '{"body":"x","bdy":"y"}'
refuses "a number as the body" '"body": a text' '{"body":1}'
refuses "base64 that is none" '"body": base64' '{"body":"A*==","bodyEncoding":"base64"}'
refuses "an encoding that is none" 'utf8, base64 or json' '{"body":"x","bodyEncoding":"latin1"}'
refuses "a property that is no text" '"n": a text' '{"body":"x","properties":{"n":1}}'
refuses "a queue that is no number" '"queue": a number' '{"body":"x","queue":"0"}'
refuses "the same member twice" 'duplicate' '{"body":"x","body":"y"}'
printf '{"body":"good"}\n{"body":1}\n{"body":"good"}\n' > line
input=line
ends "good lines are sent beside bad ones" 3 '2 sent, 1 failed' rmq-cli -P -t "$to" --json-in
printf '{"topic":"%s","body":"named"}\n' "$to" > line
ends "a line may name its topic" 0 '' rmq-cli -P --json-in
printf '{"body":"x"}\n' > line
ends "and must when nobody else does" 2 'names a topic' rmq-cli -P --json-in
ends "options that the line has are refused" 2 'the line says it' rmq-cli -P -t "$to" --json-in -k key
unset input
finish
