# SPDX-License-Identifier: Apache-2.0
#
# lib.sh - what the tests of rmq-cli share. Sourced by them; TAP by tests/lint/lib.sh.
#
# They run against the cluster of RMQ_CLI_NAMESRV, or else start a rmq-mock around themselves. Names of topics
# and groups begin with $me, so that several can use one cluster. Nothing is judged by seconds: `patiently` only ends
# what hangs.

. "${srcdir:-.}/tests/lint/lib.sh"

unset RMQ_ACCESS_KEY RMQ_SECRET_KEY RMQ_SECURITY_TOKEN
# A machine with much else to do is slow, and a send that is tried again may be stored twice.
printf 'sendMsgTimeout=60000\nmqClientApiTimeout=60000\nconnectTimeout=60000\n' > "$scratch/usual.conf"
RMQ_CLI_CONFIG=$scratch/usual.conf
export RMQ_CLI_CONFIG
PATH=$builddir/tools:$PATH
export PATH
me=${RMQ_CLI_ME:-cli$$}

if ! [ -x "$builddir/tools/rmq-cli" ]; then
	skip "rmq-cli" "it is not built"
	finish
fi

# cluster [OPTION...]: a cluster to talk to; begins the script anew within rmq-mock when there is none.
cluster() {
	if [ -n "${RMQ_CLI_NAMESRV-}" ]; then
		NAMESRV_ADDR=$RMQ_CLI_NAMESRV
		export NAMESRV_ADDR
	elif [ -z "${RMQ_CLI_MOCK-}" ]; then
		rm -rf "$scratch"
		RMQ_CLI_MOCK=yes
		export RMQ_CLI_MOCK srcdir builddir
		exec rmq-mock exec "$@" -- sh "$0"
	fi
}

is_mock() { [ -n "${RMQ_CLI_MOCK-}" ]; }

patiently() { timeout -k 10 300 "$@"; }

# Shown when a test fails.
show() { sed 's/^/# /' "$scratch/err" "$scratch/out" | head -n 40; }

# run COMMAND...: leaves out, err and status.
run() {
	patiently "$@" > "$scratch/out" 2> "$scratch/err" < "${input:-/dev/null}"
	status=$?
}

# ends NAME STATUS PATTERN COMMAND...: with this exit status, and a line of stderr that has the pattern ("": stderr
# is empty).
ends() {
	name=$1 wanted=$2 pattern=$3
	shift 3
	run "$@"
	if [ -n "$pattern" ]; then
		grep -q -e "$pattern" "$scratch/err"
	else
		[ ! -s "$scratch/err" ]
	fi
	[ $? -eq 0 ] && [ "$status" -eq "$wanted" ]
	good=$?
	[ $good -eq 0 ] || { echo "# status $status, not $wanted, or not '$pattern' on stderr"; show; }
	ok "$name" $good
}

# prints NAME TEXT COMMAND...: status 0, and TEXT on stdout.
prints() {
	name=$1 text=$2
	shift 2
	run "$@"
	printf '%s' "$text" > "$scratch/wanted"
	[ "$status" -eq 0 ] && cmp -s "$scratch/wanted" "$scratch/out"
	good=$?
	[ $good -eq 0 ] || { echo "# status $status; wanted:"; sed 's/^/# /' "$scratch/wanted"; show; }
	ok "$name" $good
}

# sorted NAME TEXT COMMAND...: the same of sorted lines, as queues have no order among each other.
sorted() {
	name=$1 text=$2
	shift 2
	run "$@"
	sort "$scratch/out" > "$scratch/sorted"
	printf '%s' "$text" > "$scratch/wanted"
	[ "$status" -eq 0 ] && cmp -s "$scratch/wanted" "$scratch/sorted"
	good=$?
	[ $good -eq 0 ] || { echo "# status $status; wanted:"; sed 's/^/# /' "$scratch/wanted"; show; }
	ok "$name" $good
}

# topic NAME [OPTION...]: creates $me-NAME and says its name; routes reach clients at once.
topic() {
	name=$me-$1
	shift
	rmq-cli topic create "$name" --timeout 2m "$@" > /dev/null || echo "# $name was not created" >&2
	printf '%s' "$name"
}

# until_true WHAT COMMAND...: waits for a condition, for five minutes at most.
until_true() {
	what=$1
	shift
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		if [ $tries -gt 3000 ]; then
			echo "# never came: $what"
			return 1
		fi
		sleep 0.1
	done
}
