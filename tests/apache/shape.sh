# Shared by the files of shapes/; to be sourced by them, after they have said "version=..." and "shape=...". Each starts a
# cluster of its own shape, changes it while clients are under way (tests/conformance/shape.c), and judges what they say.
#
# Every wait is for a condition, and its limit says what it waited for.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
resolve "$version"
build=${RMQ_BUILDDIR:-$apache_here/../../build}
program=${RMQ_SHAPE:-$build/tests/conformance/shape}
conformance=${RMQ_CONFORMANCE:-$build/tests/conformance/conformance}
[ -x "$program" ] || die "there is no program $program"
work=$(mktemp -d "${TMPDIR:-/tmp}/rmq-shape-$shape.XXXXXX") || die "cannot make a temporary folder"
cluster=$work/cluster
passed=0 failed=0 run=$$x$RANDOM
load='' # the client that runs, its output is in $out
load_options=()

ok() { passed=$((passed + 1)); printf 'ok - %s: %s\n' "$shape" "$*"; }
not_ok() { failed=$((failed + 1)); printf 'not ok - %s: %s\n' "$shape" "$*"; }

finish() {
    exec 7>&- 2>/dev/null
    [ -z "$load" ] || kill "$load" 2>/dev/null
    [ ! -e "$cluster/cluster.conf" ] || "$apache_here/cluster" stop "$cluster"
    if [ -n "${RMQ_APACHE_KEEP:-}" ]; then say "kept: $work"; else rm -rf "$work"; fi
}
trap finish EXIT
trap 'exit 1' INT TERM HUP

# conclude: the last line, for the sum of check-apache.
conclude() {
    printf 'shape %s on %s: %d passed, %d failed\n' "$shape" "$server_version" "$passed" "$failed"
    [ "$failed" -eq 0 ]
    exit
}

# await SECONDS WHAT COMMAND...: until the command succeeds. The limit is that of a machine with nothing else to do: one with
# much to do has five times as long.
await() {
    local end=$((SECONDS + $1 * 5)) limit=$(($1 * 5)) what=$2
    shift 2
    until "$@"; do
        if [ $SECONDS -ge $end ]; then printf '# waited %s s in vain until %s\n' "$limit" "$what"; return 1; fi
        sleep 0.2
    done
}

ctl() { # VERB [NODE]
    local verb=$1
    shift
    "$apache_here/cluster" "$verb" "$@" "$cluster" || { not_ok "the cluster's $verb $*"; return 1; }
}

# begin OPTION...: the cluster; nothing else of the shape can be shown without it.
begin() {
    need_java
    "$apache_here/cluster" start "$version" "$cluster" --owner $$ --heap 256m "$@"
    local code=$?
    [ $code -ne 77 ] || exit 77
    [ $code -eq 0 ] || { not_ok "the cluster starts"; conclude; }
    ok "the cluster starts"
    eval "$("$apache_here/cluster" env "$cluster")"
    namesrv=$NAMESRV_ADDR
}

# admin COMMAND OPTION...: mqadmin, once more while it fails (its limits are short for a slow machine). Its exit code says
# nothing, so what it prints is looked at.
admin() {
    await 120 "mqadmin $1 ends without an exception" admin_once "$@" && return 0
    not_ok "mqadmin $*"
    sed 's/^/#   /' "$work/admin" | tail -n 5
    return 1
}
admin_once() {
    "$apache_here/cluster" admin "$cluster" "$@" >"$work/admin" 2>&1
    ! grep -q 'Exception' "$work/admin"
}

# conformance_lines KIND,KIND...: these behaviours on the cluster of NAMESRV_ADDR; their lines are the shape's.
conformance_lines() {
    local line
    export NAMESRV_ADDR RMQ_APACHE_VERSION
    while read -r line; do
        case $line in
        *"# SKIP"*) ;;
        "ok "*) ok "${line#*- }" ;;
        "not ok "*) not_ok "${line#*- }" ;;
        "#"*) printf '%s\n' "$line" ;;
        esac
    done < <("$conformance" --target external --only "$1" 2>&1)
}

# topic NAME QUEUES: on every broker. By our own admin: a JVM takes seconds, and its tool gives up early.
topic() {
    client create-topic --topic "$1" --queues "$2" --patience 300 && return 0
    not_ok "the topic $1"
    show_said
    return 1
}

# client VERB OPTION...: runs it to its end; what it says goes to $said.
client() {
    local verb=$1
    shift
    said=$(timeout 600 "$program" "$verb" --namesrv "$namesrv" "${load_options[@]}" "$@" 2>&1)
}

says() { # WORD...: does the client's output have a line that begins so?
    grep -q "^$1" <<<"$said"
}

show_said() { sed 's/^/#   /' <<<"$said" | grep -v PROGRESS | tail -n 12; }

# load_start OPTION...: clients in the background; load_stop: they end, and $summary is what they counted.
load_start() {
    out=$work/load.$RANDOM
    rm -f "$work/orders"
    mkfifo "$work/orders" || die "cannot make a fifo"
    "$program" load --namesrv "$namesrv" --patience 300 "${load_options[@]}" "$@" <"$work/orders" >"$out" 2>&1 &
    load=$!
    exec 7>"$work/orders"
}

# progress FIELD: its value in the last progress line, 0 when there is none.
progress() {
    local line
    line=$(grep '^PROGRESS' "$out" | tail -n 1)
    case $line in *" $1="*) line=${line#* "$1"=}; echo "${line%% *}" ;; *) echo 0 ;; esac
}
has() { [ "$(progress "$1")" -eq "$2" ]; } # FIELD NUMBER
has_come_to() { [ "$(progress "$1")" -ge "$2" ]; } # FIELD NUMBER
# more FIELD NUMBER SECONDS: that many more than now.
more() {
    local goal=$(($(progress "$1") + $2))
    await "$3" "$1 is $2 more, $goal" has_come_to "$1" "$goal" || { tail -n 3 "$out" | sed 's/^/#   /'; return 1; }
}
ready() { await 60 "$1 members hold their queues" has_come_to ready "$1"; }
# settled SECONDS WHEN: no queue has two readers.
settled() {
    if await "$1" "no queue has two readers" has shared 0; then ok "each queue has one reader: $2"; else
        not_ok "each queue has one reader: $2"
        tail -n 3 "$out" | sed 's/^/#   /'
    fi
}

load_stop() {
    echo stop >&7
    exec 7>&-
    timeout 600 tail --pid="$load" -f /dev/null || { say "the clients did not end"; kill -KILL "$load"; }
    wait "$load"
    load=''
    summary=$(grep '^SUMMARY' "$out")
    printf '# %s\n' "$summary"
}

# counted FIELD: of the summary.
counted() {
    local rest=${summary#* "$1"=}
    [ "$rest" != "$summary" ] || { echo -1; return; }
    echo "${rest%% *}"
}

# check WHAT TEST...: a test(1) of numbers.
check() {
    local what=$1
    shift
    if [ "$@" ]; then ok "$what"; else
        not_ok "$what ($*)"
        [ -z "${out:-}" ] || grep -v '^PROGRESS' "$out" | tail -n 12 | sed 's/^/#   /'
    fi
}
