#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# cluster.sh - rmq-cli cluster, and -L: which brokers there are, and how they do. A rmq-mock of its own, as one of
# them goes away.

. "$srcdir/tests/cli/lib.sh"
unset RMQ_CLI_NAMESRV
cluster --brokers 2
cd "$scratch" || exit 99
ctl() { rmq-mock ctl "$@" > ctl.out 2>&1 || sed 's/^/# ctl: /' ctl.out; }
if command -v python3 > /dev/null 2>&1; then
	is_json() { python3 -c 'import json, sys
for line in sys.stdin.buffer: json.loads(line)' < out 2> err; }
else
	is_json() { :; }
fi

t=$(topic cluster --queues 2)
seq 20 | rmq-cli -P -t "$t" -p broker-b:0

run rmq-cli cluster ls
[ $status -eq 0 ] && grep -q '^DefaultCluster  *2  *0  *0  *[0-9.]*  *[0-9.]*$' out
good=$?
[ $good -eq 0 ] || show
ok "cluster ls" $good
run rmq-cli cluster ls -J
[ $status -eq 0 ] && grep -q '^{"cluster":"DefaultCluster","masters":2,"slaves":0,"away":0,"inPerSecond":[0-9.]*,' out && is_json
good=$?
[ $good -eq 0 ] || show
ok "cluster ls -J" $good

run rmq-cli cluster show
[ $status -eq 0 ] && [ "$(wc -l < out)" -eq 3 ] &&
	grep -q '^DefaultCluster  *broker-b  *0  *127.0.0.1:[0-9]*  *V5_3_3  *[-0-9.]*  *[-0-9.]*  *20  *0  *[0-9]*  *0  *[0-9]*  *-$' out
good=$?
[ $good -eq 0 ] || show
ok "cluster show: version, rates, today, yesterday, disk" $good
run rmq-cli cluster show DefaultCluster -J
[ $status -eq 0 ] && grep -q '"broker":"broker-b","id":0,.*"version":"V5_3_3",.*"inToday":20,"inYesterday":0,.*"error":null}$' out && is_json
good=$?
[ $good -eq 0 ] || show
ok "cluster show -J" $good
ends "a cluster that is not there" 1 nowhere rmq-cli cluster show nowhere
for command in 'cluster ls' 'cluster show' -L; do
	# shellcheck disable=SC2086
	ends "no cluster: $command" 6 refused rmq-cli $command -n 127.0.0.1:1
done

run rmq-cli -L
[ $status -eq 0 ] && grep -q '^DefaultCluster  *broker-a ' out && grep -q "^$t  *normal$" out
good=$?
[ $good -eq 0 ] || show
ok "-L: brokers and topics" $good
run rmq-cli -L -J
[ $status -eq 0 ] && [ "$(wc -l < out)" -eq 1 ] && is_json && grep -q '^{"namesrv":\["127.0.0.1:[0-9]*"\],"clusters":\[{"name":"DefaultCluster","brokers":\[{"name":"broker-a","addrs":{"0":"127.0.0.1:[0-9]*"},"version":"V5_3_3","error":null},' out &&
	grep -q "{\"name\":\"$t\",\"kind\":\"normal\"}" out
good=$?
[ $good -eq 0 ] || show
ok "-L -J: one object" $good

# Known to the name server, and of no use.
ctl fault add --node broker-b --close rst
run rmq-cli cluster show
[ $status -eq 6 ] && grep -q '^DefaultCluster  *broker-a  *0 .*-$' out && grep -q '^DefaultCluster  *broker-b  *0  *127.0.0.1:[0-9]*  *-  *-  *-  *-  *-  *-  *-  *-  *[a-zA-Z0-9]' out
good=$?
[ $good -eq 0 ] || show
ok "cluster show: a broker that is away says so" $good
run rmq-cli cluster ls -J
grep -q '"masters":2,"slaves":0,"away":1,' out
good=$?
[ $good -eq 0 ] || show
ok "cluster ls counts it" $good
run rmq-cli -L -J
[ $status -eq 6 ] && is_json && grep -q '"name":"broker-b","addrs":{"0":"[0-9.:]*"},"version":null,"error":"' out
good=$?
[ $good -eq 0 ] || show
ok "-L -J: it says so, too" $good
finish
