#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# group.sh - rmq-cli group: listed, shown, how far behind, created, altered, moved, deleted.

. "$srcdir/tests/cli/lib.sh"
cluster
cd "$scratch" || exit 99

# has NAME PATTERN COMMAND...: status 0, nothing on stderr, and a line that has the pattern. With -J: valid JSON.
has() {
	name=$1 pattern=$2
	shift 2
	run "$@"
	[ "$status" -eq 0 ] && grep -q -e "$pattern" out && [ ! -s err ]
	good=$?
	case " $* " in
	*' -J '*)
		if [ $good -eq 0 ] && command -v python3 > /dev/null 2>&1; then
			python3 -c 'import json, sys
for line in sys.stdin.buffer: json.loads(line)' < out 2> err
			good=$?
		fi
		;;
	esac
	[ $good -eq 0 ] || { echo "# status $status; wanted: $pattern"; show; }
	ok "$name" $good
}

t=$(topic one --queues 2)
g=$me-g
seq 10 | rmq-cli -P -t "$t" -p 0
seq 5 | rmq-cli -P -t "$t" -p 1
rmq-cli -G "$g" -t "$t" -o min -c 15 > /dev/null

has "group ls" "^$g  *normal$" rmq-cli group ls
! grep -q 'system$' out
ok "group ls: those of users" $?
has "group ls --all -J" '"kind":"system"}$' rmq-cli group ls --all -J

# --- How far behind -----------------------------------------------------------------------------------------

has "group lag" "^$t  *[^ ]*  *0  *10  *10  *0  *[0-]  *20..-..-..T[0-9:.]*Z  *-  *-$" rmq-cli group lag "$g"
grep -q '^In all 0 behind' out
ok "and the sum" $?
seq 3 | rmq-cli -P -t "$t" -p 1
has "group lag -J" "^{\"topic\":\"$t\",\"broker\":\"[^\"]*\",\"queue\":1,\"max\":8,\"committed\":5,\"lag\":3,.*\"last\":\"20" \
	rmq-cli group lag "$g" -t "$t" -J

has "group lag of all groups" "^$g  *0  *3  *[0-9]*  *[0-9.]*  *-$" rmq-cli group lag
has "group lag -J of all groups" "^{\"group\":\"$g\",\"members\":0,\"lag\":3,\"inFlight\":[0-9]*,\"outPerSecond\":[0-9.]*,\"error\":null}$" \
	rmq-cli group lag -J
ends "group lag --watch of all" 2 'want a GROUP' rmq-cli group lag --watch

# --- Again and again ----------------------------------------------------------------------------------------

has "group lag --watch: not on a terminal, tables" "^20[^ ]*Z  *$t  *[^ ]*  *1  *8  *5  *3  *[0-9.]*  *[0-9.]*  *-  *-$" \
	rmq-cli group lag "$g" --watch=100ms -c 3
[ "$(grep -c '^TIME ' out)" -eq 3 ]
ok "each time one" $?
has "group lag --watch -J" '"queue":1,"max":8,"committed":5,"lag":3,"inPerSecond":0.0,"outPerSecond":0.0,"secondsLeft":null,' \
	rmq-cli group lag "$g" --watch=100ms -c 2 -J
: > watched
rmq-cli group lag "$g" --watch=100ms > watched 2> err &
pid=$!
until_true "a second table" grep -q '^$' watched
kill -INT $pid
wait $pid
[ $? -eq 130 ] && [ ! -s err ]
ok "SIGINT ends it" $?
rmq-cli group lag "$g" --watch=100ms 2> err | head -n 1 > watched
[ -s watched ] && [ ! -s err ]
ok "and a reader that leaves" $?
ends "-c alone" 2 'goes with --watch' rmq-cli group lag "$g" -c 3
ends "group lag --watch of one that is not there" 1 'has no group' rmq-cli group lag "$me-no" --watch

# --- Who is in it -------------------------------------------------------------------------------------------

has "group show: nobody is online" '^Nobody is online' rmq-cli group show "$g"
rmq-cli -G "$g" -t "$t" -s 'a || b' > /dev/null 2>&1 &
pid=$!
is_owned() { rmq-cli group lag "$g" -t "$t" -J | grep -q '"queue":1,.*"owner":"[^"]'; }
until_true "that a member holds queue 1" is_owned
ok "group lag tells the owner" $?
has "group show" "^[^ ]*@[^ ]*  *[0-9.]*:[0-9]*  *CPP  *[0-9.]*  *[1-9]  *-$" rmq-cli group show "$g"
grep -q "^$t  *TAG  *a || b$" out
ok "and what it reads" $?
has "group show -J" "\"language\":\"CPP\".*\"queues\":\\[{\"topic\":.*\"topic\":\"$t\",\"type\":\"TAG\",\"expression\":\"a || b\"}\\]}$" \
	rmq-cli group show "$g" -J
[ "$(wc -l < out)" -eq 1 ]
ok "as one object" $?

# --- A group that is online ---------------------------------------------------------------------------------

ends "group reset --dry-run of a group that is online tells so" 0 'is online with 1 member' \
	rmq-cli group reset "$g" -t "$t" --to earliest --dry-run -J
grep -q '"queue":0,"before":10,"after":0,"moved":-10,"error":null}$' out
ok "and what would become of it" $?
ends "group reset of a group that is online tells so" 0 'is online with 1 member' \
	rmq-cli group reset "$g" -t "$t" --to earliest --yes
kill -INT $pid
wait $pid
ok "the member ends" $(($? != 130))

# --- Moving -------------------------------------------------------------------------------------------------

move() { rmq-cli group reset "$g" -t "$t" --yes "$@"; }
committed() { rmq-cli group lag "$g" -t "$t" -J | sed -n 's/.*"queue":\([0-9]*\),.*"committed":\([0-9]*\),.*/\1:\2/p' | tr '\n' ' '; }
is_at() { [ "$(committed)" = "$1" ]; }
is() {
	is_at "$2"
	good=$?
	[ $good -eq 0 ] || echo "# $(committed), not $2"
	ok "$1" $good
}
move --to earliest > /dev/null
is "--to earliest" '0:0 1:0 '
move --to latest --dry-run > out 2> err
[ $? -eq 2 ] && grep -q 'exclude each other' err
ok "--dry-run --yes" $?
is "nothing was moved" '0:0 1:0 '
move --to latest > /dev/null
is "--to latest" '0:10 1:8 '
move --to 4 -p 0 > /dev/null
is "--to 4 -p 0: one queue" '0:4 1:8 '
move --to latest --back-only > /dev/null
is "--back-only: not forward" '0:4 1:8 '
move --to -1h > /dev/null
is "--to -1h" '0:0 1:0 '
ends "a time that is yet to come is told" 0 'yet to come by the clock' rmq-cli group reset "$g" -t "$t" --to +1h --yes
# Of brokers before 5.0 it is the last message.
is_at '0:10 1:8 ' || is_at '0:9 1:7 '
ok "and means the end" $?
move --to latest > /dev/null
run rmq-cli group reset "$g" -t "$t" --to 5000 -p 1 --yes -J
[ $status -eq 2 ] && grep -q '"after":null,.*"error":"5000 is outside of queue 1 of' out
good=$?
[ $good -eq 0 ] || show
ok "an offset outside of the queue" $good
is "moves nothing" '0:10 1:8 '
ends "a queue that is not there" 1 'has no queue as -p says' rmq-cli group reset "$g" -t "$t" --to latest -p 77 --yes
ends "a topic that is not there" 1 'unknown to the name server' rmq-cli group reset "$g" -t "$me-no" --to latest --yes
ends "nobody can be asked" 2 'yes is wanted' rmq-cli group reset "$g" -t "$t" --to latest
ends "an offset of all queues" 2 'that of one queue' rmq-cli group reset "$g" -t "$t" --to 3 --yes
ends "no place" 2 'earliest, latest' rmq-cli group reset "$g" -t "$t" --to there --yes
ends "no --to" 2 'to is wanted' rmq-cli group reset "$g" -t "$t" --yes
ends "no topic" 2 '-t TOPIC is wanted' rmq-cli group reset "$g" --to latest --yes

# --- The settings -------------------------------------------------------------------------------------------

n=$me-new
ends "group create" 0 '' rmq-cli group create "$n" --retry-max 3 --broadcast-enabled no
# A group is known to the broker that has made it.
is_made() { rmq-cli group show "$n" -J 2> /dev/null | grep -q '"enabled":true,"broadcast":false,.*"retryMax":3,'; }
until_true "that it is there" is_made
ok "as it was said" $?
ends "group alter" 0 '' rmq-cli group alter "$n" --enabled no
is_altered() { rmq-cli group show "$n" -J | grep -q '"enabled":false,"broadcast":false,.*"retryMax":3,'; }
until_true "that it is altered" is_altered
ok "what is not said stays" $?
ends "too many retry queues" 2 '0 .. 1024' rmq-cli group alter "$n" --retry-queues 1025
ends "an attribute that is none" 2 'NAME=VALUE' rmq-cli group alter "$n" --attribute x
ends "a policy that is no JSON" 2 'JSON' rmq-cli group alter "$n" --retry-policy '{'
ends "a name that is none" 2 'illegal characters' rmq-cli group create "a b"
ends "a name that is no UTF-8" 2 'illegal characters' rmq-cli group show "$(printf 'a\377b')"

# --- Clone, delete ------------------------------------------------------------------------------------------

move --to 4 -p 0 > /dev/null
has "group clone --dry-run" '"queue":0,"before":[0nul]*,"after":4,' rmq-cli group clone "$g" "$n" -t "$t" --dry-run -J
has "group clone" '"queue":0,"before":[0nul]*,"after":4,' rmq-cli group clone "$g" "$n" -t "$t" --yes -J
has "goes on there" '"queue":0,"max":10,"committed":4,' rmq-cli group lag "$n" -J
ends "group clone with --to" 2 'as they are' rmq-cli group clone "$g" "$n" -t "$t" --to latest
ends "group rm asks, and nobody can answer" 2 'yes is wanted' rmq-cli group rm "$n"
ends "group rm" 0 '' rmq-cli group rm "$n" --also all --yes
is_gone() { ! rmq-cli group ls | grep -q "^$n "; }
until_true "that it is gone" is_gone
ok "deletes it" $?
for command in "show $n" "lag $n" "rm $n --yes" "alter $n --retry-max 1" "reset $n -t $t --to latest --yes" \
	"clone $n $g -t $t --yes"; do
	# shellcheck disable=SC2086
	ends "unknown: group ${command%% *}" 1 "has no group $n" rmq-cli group $command
done
for command in ls "show $g" "lag $g" "create $g" "rm $g --yes" "reset $g -t $t --to latest --yes"; do
	# shellcheck disable=SC2086
	ends "no cluster: group ${command%% *}" 6 'refused' rmq-cli group $command -n 127.0.0.1:1
done
ends "a cluster that is not there" 1 nowhere rmq-cli group ls --cluster nowhere
finish
