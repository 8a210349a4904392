# Shared by the shapes acl1 and acl2: a cluster that admits accounts only, and whose brokers have an account of their own.
# The conformance behaviours run with the account of RMQ_ACCESS_KEY; those of b_acl.c show the refusals.

# Some need more than their topic: the topics of half messages, of replies, of trace.
admitted=acl__,admin_access__,transport__,consume__,offsets__,topics__,retry__delay,batch__,request__,reply__,trace__,recall__message
admitted=$admitted,transaction__is_seen,transaction__that_was_left_open,transaction__of_a_producer

# All their lines are the shape's.
behaviours() {
    export RMQ_ACCESS_KEY=operator1 RMQ_SECRET_KEY=open.sesame
    conformance_lines "$admitted"
}

# commands plain|users LINE...: what mqadmin does with accounts, on this cluster and on the mock, whose brokers get these lines.
commands() {
    local accounts=$1 line
    shift
    printf '%s\n' "$@" >"$work/mock.conf"
    while read -r line; do
        case $line in
        "ok - "*) ok "${line#*- }" ;;
        "not ok - "*) not_ok "${line#*- }" ;;
        *) printf '# %s\n' "${line#\# }" ;;
        esac
    done < <("$apache_here/check-mqadmin" --accounts "$accounts" --conf "$work/mock.conf" "$namesrv" "$version" 2>&1)
}
