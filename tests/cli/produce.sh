#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# produce.sh - rmq-cli -P: what it reads, what it sends, what it tells.

. "$srcdir/tests/cli/lib.sh"
cluster
cd "$scratch" || exit 99

t=$(topic lines --queues 1)
printf 'one\ntwo\nthree' > lines
input=lines
ends "sends the lines of stdin" 0 '' rmq-cli -P -t "$t"
unset input
prints "in their order, the last one without its end too" 'one
two
three
' rmq-cli -C -t "$t" -e

t=$(topic meta --queues 1)
echo body > line
input=line
ends "tag, keys and properties" 0 '' rmq-cli -P -t "$t" -T paid -k k1 -k k2 -H a=b -H 'c=d=e'
unset input
prints "arrive" 'paid|k1 k2|b|d=e|body' rmq-cli -C -t "$t" -e -f '%g|%k|%{h:a}|%{h:c}|%s'

t=$(topic keyed --queues 1)
printf 'k1:red|body 1;k2:blue|body:2;' > keyed
input=keyed
ends "keys, tags and other delimiters within the text" 0 '' rmq-cli -P -t "$t" -D ';' -K : --tag-delim '|'
unset input
prints "are cut off" 'k1 red body 1
k2 blue body:2
' rmq-cli -C -t "$t" -e -f '%k %g %s\n'

t=$(topic null --queues 1)
printf 'a\nb\000c\000' > nulls
input=nulls
ends "zero bytes as delimiters" 0 '' rmq-cli -P -t "$t" -Z
unset input
prints "keep line ends" '3 1 ' rmq-cli -C -t "$t" -e -f '%S '

t=$(topic files --queues 1)
printf 'line 1\nline 2\n' > f1
printf '\377\000\001' > f2
ends "each file is a message" 0 '' rmq-cli -P -t "$t" f1 f2
prints "with all of its bytes" '14 6c696e6520310a6c696e6520320a
3 ff0001
' rmq-cli -C -t "$t" -e -f '%S %x\n'
ends "a file that is not there is told, the others are sent" 1 'nowhere: No such file' \
	rmq-cli -P -t "$t" nowhere f2
ends "a folder is no file" 1 'Is a directory' rmq-cli -P -t "$t" "$scratch"
ends "lines of files" 0 '' rmq-cli -P -t "$t" -l f1
prints "are messages" 'line 1
line 2
' rmq-cli -C -t "$t" -e -o -2

t=$(topic shard --queues 8)
seq 20 > numbers
input=numbers
ends "a sharding key" 0 '' rmq-cli -P -t "$t" --shard-key same
unset input
prints "keeps all in one queue, in order" "$(seq 20)
" rmq-cli -C -t "$t" -e
input=numbers
t=$(topic chosen --queues 4)
ends "a queue that is chosen" 0 '' rmq-cli -P -t "$t" -p 2
unset input
prints "has all, in order" "$(seq 20)
" rmq-cli -C -t "$t" -e -p 2
input=numbers
ends "a queue that is not there" 2 'selector' rmq-cli -P -t "$t" -p 77
unset input

t=$(topic kinds --queues 1)
for kind in '--batch 7' --oneway '--tx commit' '--tx rollback' '-z zlib' '-z none' '--in-flight 3'; do
	input=numbers
	# shellcheck disable=SC2086
	ends "twenty with $kind" 0 '' rmq-cli -P -t "$t" $kind
done
unset input
# One-way sends may be written after the program went on; all but those rolled back are there at last.
has_all() { [ "$(rmq-cli -C -t "$t" -e -f 'x' | wc -c)" -eq 120 ]; }
until_true "120 messages" has_all
ok "are there, but for those that were rolled back" $?

t=$(topic later --queues 1)
input=line
ends "a delay level" 0 '' rmq-cli -P -t "$t" --delay-level 1
unset input
prints "delivers later" body rmq-cli -C -t "$t" -c 1 -f '%s'
input=line

ends "-J tells each result" 0 '' rmq-cli -P -t "$t" -J
grep -q '^{"record":1,"status":"SEND_OK","msgId":"[0-9A-F]*",.*"queue":0,"offset":[0-9]*}$' out
ok "as an object" $?

printf 'a\n\n\nb\n' > gaps
input=gaps
ends "empty messages are left out, and told" 0 '2 empty messages' rmq-cli -P -t "$t"
ends "but not with -q" 0 '' rmq-cli -P -t "$t" -q
input=numbers
prints "--tee copies stdin" "$(seq 20)
" rmq-cli -P -t "$t" --tee
ends "-c sends so many" 0 'sent 3 messages, 3 bytes' rmq-cli -P -t "$t" -c 3 -v
unset input

# --- Failures -----------------------------------------------------------------------------------------

t=$(topic bad --queues 1)
head -c 5000000 /dev/zero > huge
ends "a body that is too large" 1 'message 1: .*4194304.*' rmq-cli -P -t "$t" huge
ends "among others: some were sent" 3 '1 sent, 1 failed' rmq-cli -P -t "$t" huge line
head -c 4000000 /dev/zero > large
ends "a body of 4 MB" 0 '' rmq-cli -P -t "$t" -z none large
[ "$(rmq-cli -C -t "$t" -o -1 -e -f '%s' | cksum)" = "$(cksum < large)" ]
ok "comes back whole" $?
ends "a topic of bad letters" 2 'illegal characters' rmq-cli -P -t 'no topic' line
ends "no topic" 2 'needs a topic' rmq-cli -P
ends "a property without a value" 2 'NAME=VALUE' rmq-cli -P -t "$t" -H novalue line
ends "two delays" 2 'exclude each other' rmq-cli -P -t "$t" --delay 1s --delay-level 3 line
ends "two kinds of sending" 2 'exclude each other' rmq-cli -P -t "$t" --oneway --batch 3 line
ends "a queue and a sharding key" 2 'exclude each other' rmq-cli -P -t "$t" -p 0 --shard-key x line
ends "a batch that is too large" 2 '1 .. 1000' rmq-cli -P -t "$t" --batch 1001 line
ends "an escape that is none" 2 'escape' rmq-cli -P -t "$t" -D '\q' line
finish
