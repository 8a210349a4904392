#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# acl.sh - the behaviours of who is refused, against rmq-mock with accounts of a file (4.9) and with users (5.3). The
# same lines run against Apache: tests/apache/shapes/acl1 and acl2.
build=${abs_top_builddir:-.}
mock=$build/rmq-mock
[ -x "$mock" ] || mock=$build/tools/rmq-mock
work=$(mktemp -d) || exit 99
pid=
trap '[ -n "$pid" ] && kill "$pid" 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT
export RMQ_ACCESS_KEY=operator1 RMQ_SECRET_KEY=open.sesame

cat >"$work/plain_acl.yml" <<'P'
globalWhiteRemoteAddresses: []
accounts:
- accessKey: operator1
  secretKey: open.sesame
  whiteRemoteAddress:
  admin: true
P
cat >"$work/file.conf" <<P
emulate=4.9
aclEnable=true
rocketmq.acl.plain.file=$work/plain_acl.yml
P
cat >"$work/users.conf" <<'P'
authenticationEnabled=true
authorizationEnabled=true
initAuthenticationUser={"username":"operator1","password":"open.sesame"}
P

# behaviours KIND VERSION: a cluster with KIND.conf, and what clients see of it.
behaviours() {
    "$mock" cluster --brokers 2 --store "$work/$1" --broker-conf-file "$work/$1.conf" >"$work/$1.said" 2>"$work/$1.log" &
    pid=$!
    until grep -q '^NAMESRV_ADDR=' "$work/$1.said"; do
        kill -0 "$pid" 2>/dev/null || { cat "$work/$1.log" >&2; return 1; }
        sleep 0.1
    done
    NAMESRV_ADDR=$(sed -n 's/^NAMESRV_ADDR=//p' "$work/$1.said") RMQ_APACHE_VERSION=$2 \
        "$build/tests/conformance/conformance" --target external --only acl__,admin_access__,transport__,consume__,batch__ >"$work/$1.lines" 2>&1
    # Skipped is what needs another cluster; who is refused must not be.
    grep -E '^(not )?ok ' "$work/$1.lines" | grep -v '# SKIP' | sed "s/^\(not \)\{0,1\}ok [0-9]* -* */\1$1 /" >>"$work/lines"
    grep -E '^#' "$work/$1.lines" >&2
    kill "$pid" && wait "$pid"
    pid=
}

: >"$work/lines"
behaviours file 4.9.7 || echo "not file: the cluster did not start" >>"$work/lines"
behaviours users 5.3.3 || echo "not users: the cluster did not start" >>"$work/lines"
echo "1..$(($(wc -l <"$work/lines") + 2))"
n=0
while read -r line; do
    n=$((n + 1))
    case $line in
    "not "*) echo "not ok $n - ${line#not }" ;;
    *) echo "ok $n - $line" ;;
    esac
done <"$work/lines"
for kind in file users; do
    n=$((n + 1))
    if [ "$(grep -c "^$kind acl" "$work/lines")" -ge 5 ]; then echo "ok $n - $kind: refusals were looked at"; else echo "not ok $n - $kind: refusals were looked at"; fi
done
