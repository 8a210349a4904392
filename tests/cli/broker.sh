#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# broker.sh - rmq-cli broker: how brokers do and how they are set. A rmq-mock of its own, as it sets them.

. "$srcdir/tests/cli/lib.sh"
unset RMQ_CLI_NAMESRV
cluster --brokers 2 --broker-settings configAllowList=shortPollingTimeMills
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
t=$(topic broker --queues 1)

run rmq-cli broker ls
[ $status -eq 0 ] && [ "$(wc -l < out)" -eq 3 ] && grep -q '^DefaultCluster  *broker-a  *0  *127.0.0.1:[0-9]*  *V5_3_3 ' out
check "broker ls"
address=$(rmq-cli broker ls -J | sed -n 's/.*"broker":"broker-b".*"address":"\([^"]*\)".*/\1/p')
run rmq-cli broker ls -J --cluster DefaultCluster
[ $status -eq 0 ] && is_json && [ "$(wc -l < out)" -eq 2 ]
check "broker ls -J"

for name in broker-b "$address"; do
	run rmq-cli broker stats "$name"
	[ $status -eq 0 ] && grep -q "^$address  *brokerVersionDesc  *V5_3_3  *-$" out && ! grep -q '^broker-a' out
	check "broker stats $name"
done
run rmq-cli broker stats broker-b -J
[ $status -eq 0 ] && is_json && grep -q "^{\"server\":\"$address\",\"name\":\"brokerVersionDesc\",\"value\":\"V5_3_3\",\"error\":null}$" out
check "broker stats -J"
ends "broker stats: no such broker" 1 'no such broker' rmq-cli broker stats nobody

# --- Settings ---------------------------------------------------------------------------------------------------

run rmq-cli broker config broker-a
[ $status -eq 0 ] && grep -q '^broker-a  *brokerName  *broker-a  *-$' out && [ "$(wc -l < out)" -gt 10 ]
check "broker config: all"
prints "broker config: one" '{"server":"broker-a","name":"brokerName","value":"broker-a","error":null}
' rmq-cli broker config broker-a brokerName -J
prints "broker config: set" "" rmq-cli broker config broker-a shortPollingTimeMills=1500
prints "it is set" '{"server":"broker-a","name":"shortPollingTimeMills","value":"1500","error":null}
' rmq-cli broker config broker-a shortPollingTimeMills -J
prints "the other broker is as it was" '{"server":"broker-b","name":"shortPollingTimeMills","value":"1000","error":null}
' rmq-cli broker config broker-b shortPollingTimeMills -J
ends "a setting that there is not" 1 'no setting noSuchThing' rmq-cli broker config broker-a noSuchThing
ends "nor can it be set" 1 'no setting noSuchThing' rmq-cli broker config broker-a noSuchThing=1
ends "a setting that the broker lets nobody set" 5 NO_PERMISSION rmq-cli broker config broker-a flushDiskType=SYNC_FLUSH
ends "a value without a name" 2 'NAME=VALUE' rmq-cli broker config broker-a =1
ends "a value of two lines" 2 'broker-a' rmq-cli broker config broker-a "shortPollingTimeMills=1000
x=y"
ends "settings of no broker" 1 'nobody' rmq-cli broker config nobody
run rmq-cli broker namesrv
[ $status -eq 0 ] && grep -q '^127.0.0.1:[0-9]*  *listenPort  *[0-9]*  *-$' out
check "broker namesrv"
run rmq-cli broker namesrv -J
[ $status -eq 0 ] && is_json && grep -q '"name":"listenPort"' out
check "broker namesrv -J"

# --- Who may be sent to --------------------------------------------------------------------------------------------

ends "broker wipe asks" 2 '--yes' rmq-cli broker wipe broker-b
run rmq-cli broker wipe broker-b --yes
[ $status -eq 0 ] && grep -q '^127.0.0.1:[0-9]*  *[1-9][0-9]*  *-$' out
check "broker wipe"
seq 20 | rmq-cli -P -t "$t"
prints "nothing is sent to it" '{"broker":"broker-b","queue":0,"position":"max","offset":0,"error":null}
' rmq-cli -Q "$t" -p broker-b:0 -o max -J
run rmq-cli broker add broker-b
[ $status -eq 0 ] && grep -q '^127.0.0.1:[0-9]*  *[1-9][0-9]*  *-$' out
check "broker add"
ends "broker wipe: no such broker" 1 'nobody: there is no such broker' rmq-cli broker wipe nobody --yes
ends "broker add: no such broker" 1 'nobody: there is no such broker' rmq-cli broker add nobody

# --- What is not there -----------------------------------------------------------------------------------------------

for command in ls 'stats x' 'config x' 'wipe x --yes' 'add x' namesrv; do
	# shellcheck disable=SC2086
	ends "no cluster: broker $command" 6 refused rmq-cli broker $command -n 127.0.0.1:1
done
rmq-mock ctl fault add --node broker-b --close rst > /dev/null
run rmq-cli broker ls
[ $status -eq 6 ] && grep -q '^DefaultCluster  *broker-a .*-$' out && grep -q "^DefaultCluster  *broker-b  *0  *$address  *-" out
check "broker ls: one that is away says so"
run rmq-cli broker stats broker-b -J
[ $status -eq 6 ] && is_json && grep -q "^{\"server\":\"$address\",\"name\":null,\"value\":null,\"error\":\"..*\"}$" out
check "broker stats: so does its row"
ends "broker config of one that is away" 6 'broker-b' rmq-cli broker config broker-b
finish
