# Shared by check-interop and check-store; to be sourced after lib.sh. Runs the C and the Java side of an exchange, and
# compares and counts. The caller sets work (a folder), version and namesrv.

passed=0 failed=0 child='' java_asked=0
# For a program that hangs: the programs have limits of their own, for what they wait for.
hang=1200

ok() { passed=$((passed + 1)); printf 'ok - %s\n' "$*"; }
not_ok() { failed=$((failed + 1)); printf 'not ok - %s\n' "$*"; }
left_out() { printf 'left out - %s: %s\n' "$1" "$2"; }
show() { sed 's/^/#   /' "$1" | cut -c1-200 | head -n 20; }

# step NAME OUTPUT COMMAND...: runs a program; says what it said when it fails.
step() {
    local name=$1 out=$2 code
    shift 2
    timeout $hang "$@" >"$out" 2>"$out.err" &
    child=$!
    wait "$child"
    code=$?
    child=''
    [ $code -ne 77 ] || { cat "$out.err" >&2; exit 77; }
    [ $code -ne 124 ] || printf '# %s did not end within %s s\n' "$name" $hang
    [ $code -eq 0 ] || { printf '# %s ended with code %s\n' "$name" $code; show "$out.err"; show "$out"; }
    return $code
}

# What RMQ_JAVA_OPTIONS is for needs a JVM of its own; all others share one, which ends with its input.
java_driver() { # NAME OUTPUT COMMAND OPTION...
    local name=$1 out=$2 command=$3
    shift 3
    if [ -n "${RMQ_JAVA_OPTIONS:-}" ]; then
        step "$name" "$out" "$apache_here/java-driver" "$version" "$command" --namesrv "$namesrv" "$@"
        return
    fi
    java_begin "$out" "$command" "$@" && java_end "$name" "$out"
}

# The two halves of java_driver, for what goes on meanwhile; only with the JVM that all share.
java_begin() { # OUTPUT COMMAND OPTION...
    local out=$1 command=$2
    shift 2
    set -- "$command" --namesrv "$namesrv" "$@"
    [ -n "${JAVA_PID:-}" ] || coproc JAVA { exec "$apache_here/java-driver" "$version" serve 2>"$work/java.err"; }
    java_asked=$((java_asked + 1))
    local IFS=$'\t'
    printf '%s\n' "$java_asked"$'\t'"$out"$'\t'"$out.err"$'\t'"$*" >&"${JAVA[1]}"
}

# An answer has the number of its line: that of a line that nobody waited for, after a failure, is passed over.
java_end() { # NAME OUTPUT
    local code='' of='' end=$((SECONDS + hang))
    until [ "$of" = "$java_asked" ] || ! read -r -t $((end > SECONDS ? end - SECONDS : 1)) -u "${JAVA[0]}" of code; do :; done
    [ "$of" = "$java_asked" ] || code=''
    [ "$code" = 0 ] || { printf '# %s ended with code %s\n' "$1" "${code:-none, or not within $hang s}"
        show "$2.err"; show "$2"; show "$work/java.err"; }
    [ "$code" = 0 ]
}

c_program() { # NAME OUTPUT COMMAND OPTION...
    local name=$1 out=$2 command=$3 more=()
    shift 3
    # As the Java driver does it: all that is there, not only what comes.
    case $command in consume | reply | read-trace | hold) ;; *) false ;; esac && more=(--set consumeFromWhere=CONSUME_FROM_FIRST_OFFSET)
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

# details WORD FILE PREFIX FIELD...: of these lines whose body begins so, the body and these fields, sorted.
details() {
    local word=$1 file=$2 prefix=$3
    shift 3
    awk -F'\t' -v start="$word $prefix" -v names="$*" 'index($0, start) == 1 {
        line = $1
        sub(/^[^ ]* /, "", line)
        n = split(names, name, " ")
        for (i = 1; i <= n; i++) {
            value = "?"
            for (f = 2; f <= NF; f++) if (index($f, name[i] "=") == 1) value = $f
            line = line "\t" value
        }
        print line
    }' "$file" | sort
}

# same_details NAME SENT-FILE CONSUMED-FILE PREFIX FIELD...: of all that was sent and of what came with that prefix.
same_details() {
    local name=$1 sent=$2 consumed=$3 prefix=$4
    shift 4
    details SENT "$sent" "" "$@" >"$work/a"
    details MSG "$consumed" "$prefix" "$@" >"$work/b"
    if [ -s "$work/a" ] && cmp -s "$work/a" "$work/b"; then ok "$name: $(wc -l <"$work/b") messages with $*"; else
        not_ok "$name: they differ (< sent, > consumed)"
        diff "$work/a" "$work/b" >"$work/diff"
        show "$work/diff"
    fi
}

# For "step && step && same || not_ok": same never fails, so that is reached when a step did.
