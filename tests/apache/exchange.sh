# Shared by check-interop and check-store; to be sourced after lib.sh. Runs the C and the Java side of an exchange, and
# compares and counts. The caller sets work (a folder), version and namesrv.

passed=0 failed=0 child=''

ok() { passed=$((passed + 1)); printf 'ok - %s\n' "$*"; }
not_ok() { failed=$((failed + 1)); printf 'not ok - %s\n' "$*"; }
left_out() { printf 'left out - %s: %s\n' "$1" "$2"; }
show() { sed 's/^/#   /' "$1" | cut -c1-200 | head -n 20; }

# step NAME OUTPUT COMMAND...: runs a program with a limit of time; says what it said when it fails.
step() {
    local name=$1 out=$2 code
    shift 2
    timeout 120 "$@" >"$out" 2>"$out.err" &
    child=$!
    wait "$child"
    code=$?
    child=''
    [ $code -ne 77 ] || { cat "$out.err" >&2; exit 77; }
    [ $code -eq 0 ] || { printf '# %s ended with code %s\n' "$name" $code; show "$out.err"; show "$out"; }
    return $code
}

java_driver() { # NAME OUTPUT COMMAND OPTION...
    local name=$1 out=$2 command=$3
    shift 3
    step "$name" "$out" "$apache_here/java-driver" "$version" "$command" --namesrv "$namesrv" "$@"
}

c_program() { # NAME OUTPUT COMMAND OPTION...
    local name=$1 out=$2 command=$3 more=()
    shift 3
    # As the Java driver does it: all that is there, not only what comes.
    [ "$command" != consume ] || more=(--set consumeFromWhere=CONSUME_FROM_FIRST_OFFSET)
    step "$name" "$out" "$RMQ_INTEROP" "$command" --namesrv "$namesrv" "${more[@]}" "$@"
}

# bodies WORD FILE: the bodies of these lines, sorted.
bodies() { sed -n "s/^$1 \([^	]*\).*/\1/p" "$2" | sort; }

# same NAME SENT-FILE CONSUMED-FILE EXPECTED-COUNT: never fails, only counts.
same() {
    bodies SENT "$2" >"$work/a"
    bodies MSG "$3" >"$work/b"
    if [ "$(wc -l <"$work/a")" -ne "$4" ]; then not_ok "$1: $(wc -l <"$work/a") sent instead of $4"
    elif cmp -s "$work/a" "$work/b"; then ok "$1: $(wc -l <"$work/b") messages"
    else
        not_ok "$1: the bodies differ (< sent, > consumed)"
        diff "$work/a" "$work/b" >"$work/diff"
        show "$work/diff"
    fi
}

# For "step && step && same || not_ok": same never fails, so that is reached when a step did.
