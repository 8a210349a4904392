#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# topic.sh - rmq-cli topic: made, listed, shown, altered in part, deleted.

. "$srcdir/tests/cli/lib.sh"
cluster
cd "$scratch" || exit 99

t=$(topic one --queues 3)
run rmq-cli topic ls
grep -q "^$t  *normal$" out && ! grep -q 'system$' out
good=$?
[ $good -eq 0 ] || show
ok "topic ls: those of users" $good
run rmq-cli topic ls --all -J
grep -q "^{\"topic\":\"$t\",\"kind\":\"normal\"}$" out && grep -q '"kind":"system"}$' out
good=$?
[ $good -eq 0 ] || show
ok "topic ls --all -J: those of brokers, too" $good
run rmq-cli -L
grep -q "^$t  *normal$" out
ok "-L lists them" $?
ends "a cluster that is not there" 1 nowhere rmq-cli topic ls --cluster nowhere

run rmq-cli topic config "$t" -J
grep -q '"readQueues":3,"writeQueues":3,"permission":"rw","ordered":"no","type":"[A-Z]*",.*"error":null}$' out
good=$?
[ $good -eq 0 ] || show
ok "topic config" $good
ends "topic alter" 0 '' rmq-cli topic alter "$t" --permission r --write-queues 2
# Name servers hear of it from the brokers.
is_altered() { rmq-cli topic config "$t" -J | grep -q '"readQueues":3,"writeQueues":2,"permission":"r"'; }
until_true "that it is altered" is_altered
ok "what is not said stays" $?
ends "topic alter of one that is not there" 1 'unknown to the name server' rmq-cli topic alter "$me-nosuch" --queues 2
ends "topic alter: too many queues" 2 '1 .. 1024' rmq-cli topic alter "$t" --queues 0

ends "topic rm asks, and nobody can answer" 2 'yes is wanted' rmq-cli topic rm "$t"
ends "topic rm --yes" 0 '' rmq-cli topic rm "$t" --yes
is_gone() { ! rmq-cli topic ls | grep -q "^$t "; }
until_true "that it is gone" is_gone
ok "deletes it" $?
finish
