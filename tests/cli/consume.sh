#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# consume.sh - rmq-cli -C, -Q, -L and topic: from where to where, what is let through, how it is printed.

. "$srcdir/tests/cli/lib.sh"
cluster
cd "$scratch" || exit 99

t=$(topic span --queues 1)
seq 10 | rmq-cli -P -t "$t" -p 0
middle=$(rmq-cli -C -t "$t" -o -1 -e -f '%W')
# What comes now is stored in a later millisecond.
until_true "the next millisecond" test "$(rmq-cli -C -t "$t" -o -1 -e -f x)" -a "$(date +%s%3N)" -gt "$((middle + 1))"
seq 11 20 | rmq-cli -P -t "$t" -p 0

prints "all, to the end" "$(seq 20)
" rmq-cli -C -t "$t" -e
prints "the topic as a word" "$(seq 20)
" rmq-cli -C "$t" -e
prints "from an offset on" "$(seq 16 20)
" rmq-cli -C -t "$t" -o 15 -e
prints "the last ones" "$(seq 18 20)
" rmq-cli -C -t "$t" -o -3 -e
prints "more than there are" "$(seq 20)
" rmq-cli -C -t "$t" -o -300 -e
prints "nothing from the end on" '' rmq-cli -C -t "$t" -o max -e
prints "so many" "$(seq 4)
" rmq-cli -C -t "$t" -c 4
prints "from a time on" "$(seq 11 20)
" rmq-cli -C -t "$t" -o "s@$((middle + 1))" -e
prints "until a time" "$(seq 10)
" rmq-cli -C -t "$t" -o "e@$((middle + 1))"
prints "from a quarter of an hour ago on" "$(seq 20)
" rmq-cli -C -t "$t" -o s@-15m -e
prints "from a date on" "$(seq 20)
" rmq-cli -C -t "$t" -o s@2020-01-31T12:00:00+02:00 -e
prints "it follows until it has enough, across what comes" "$(seq 25)
" sh -c "rmq-cli -C -t $t -c 25 & sleep 0; seq 21 25 | rmq-cli -P -t $t -p 0; wait"

ends "an offset beyond the end is told" 0 'no offset 99, the queue has 0 .. 25; going on at 25' \
	rmq-cli -C -t "$t" -o 99 -e
ends "--require" 4 '0 messages came, 1 are required' rmq-cli -C -t "$t" -o max -e --require 1
ends "-c that is not reached in time" 4 'of 4 messages came in time' rmq-cli -C -t "$t" -o -3 -c 4 --timeout 10s

# --- Filters ------------------------------------------------------------------------------------------

t=$(topic filter --queues 2)
for tag in red blue green red; do echo "$tag" | rmq-cli -P -t "$t" -T $tag -H "size=${#tag}"; done
sorted "by tags" 'blue
red
red
' rmq-cli -C -t "$t" -e -s 'red || blue'
sorted "nothing has the tag" '' rmq-cli -C -t "$t" -e -s black
ends "tags and SQL" 2 'exclude each other' rmq-cli -C -t "$t" -e -s red --sql 'a > 1'
if is_mock; then
	run rmq-cli -C -t "$t" -e --sql 'size > 3'
	[ $status -ne 0 ] && grep -q 'filter' err
	ok "SQL is refused by a broker that does not allow it, in its words" $?
fi

# --- Queues, formats ----------------------------------------------------------------------------------

t=$(topic queues --queues 3)
for q in 0 1 2; do echo "in $q" | rmq-cli -P -t "$t" -p $q -k "key $q" -H "q=$q"; done
sorted "two of the queues" 'in 0
in 2
' rmq-cli -C -t "$t" -e -p 0 -p 2
broker=$(rmq-cli -C -t "$t" -e -p 1 -f '%B')
prints "a queue of a broker" 'in 1
' rmq-cli -C -t "$t" -e -p "$broker:1"
ends "a queue that is not there" 1 'has no such queue' rmq-cli -C -t "$t" -e -p 7
ends "a queue of nobody" 1 'has no such queue' rmq-cli -C -t "$t" -e -p nobody:1
prints "a format" "$t/1/0/4/aW4gMQ==/69 6e 20 31 is not printed %/key 1/1/
" rmq-cli -C -t "$t" -e -p 1 -f '%t/%p/%o/%S/%b/69 6e 20 31 is not printed %%/%k/%{h:q}/%{h:nothing}\n'
prints "bytes of a format" 'A	in 1|' rmq-cli -C -t "$t" -e -p 1 -f '\x41\t%s|'
prints "the length as bytes" '00000004' sh -c "rmq-cli -C -t $t -e -p 1 -f %R | od -An -tx1 | tr -d ' \n'"
prints "a time by a format" "$(date -u +%Y)" rmq-cli -C -t "$t" -e -p 1 -f '%{T:%Y}'
prints "another end, and the key" 'key 1:in 1;' rmq-cli -C -t "$t" -e -p 1 -K : -D ';'
ends "a token that is none" 2 'there is no %q' rmq-cli -C -t "$t" -e -f '%q'
ends "braces that do not close" 2 '{h:NAME}' rmq-cli -C -t "$t" -e -f '%{h:a'
ends "a format and JSON" 2 'exclude each other' rmq-cli -C -t "$t" -e -f '%s' -J
ends "a position that is none" 2 'is wanted' rmq-cli -C -t "$t" -o yesterday
ends "two beginnings" 2 'said before' rmq-cli -C -t "$t" -o 1 -o 2
ends "two ends" 2 'exclude each other' rmq-cli -C -t "$t" -e -o e@now
ends "stored without a group" 2 'go together' rmq-cli -C -t "$t" -o stored
ends "no topic" 2 'needs a topic' rmq-cli -C
ends "too many words" 2 'is too much' rmq-cli -C "$t" other

# --- Offsets, topics ----------------------------------------------------------------------------------

prints "-Q: min and max" "BROKER    QUEUE  POSITION  OFFSET  ERROR
$broker      1  min            0  -
$broker      1  max            1  -
" rmq-cli -Q -t "$t" -p 1
prints "-Q -J: a position" "{\"broker\":\"$broker\",\"queue\":1,\"position\":\"s@2020-01-01\",\"offset\":0,\"error\":null}
" rmq-cli -Q "$t" -p 1 -o s@2020-01-01 -J
prints "topic show -J" "{\"broker\":\"$broker\",\"queue\":0,\"min\":0,\"max\":1,\"committed\":null,\"lag\":null,\"error\":null}
{\"broker\":\"$broker\",\"queue\":1,\"min\":0,\"max\":1,\"committed\":null,\"lag\":null,\"error\":null}
{\"broker\":\"$broker\",\"queue\":2,\"min\":0,\"max\":1,\"committed\":null,\"lag\":null,\"error\":null}
" rmq-cli topic show "$t" -J
ends "topic create: a queue more" 0 '' rmq-cli topic create "$t" --queues 4
[ "$(rmq-cli -L "$t" -J | wc -l)" -eq 4 ]
ok "is there" $?
ends "too many queues" 2 '1 .. 1024' rmq-cli topic create "$t" --queues 1025
ends "a cluster that is not there" 1 'nowhere' rmq-cli topic create "$t" --cluster nowhere
finish
