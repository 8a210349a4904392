#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# symbols.sh - the shared libraries export what the lists say, and nothing else.
#
# Lines of a list: NAME@@VERSION-NODE. Internal names (rmqi_*) are not listed, but
# each must carry the private node of this very release. With --update the lists
# are written anew: look at the difference before you commit it.

. "$(dirname "$0")/lib.sh"

nm=${LINT_NM:-nm}
lists=$srcdir/tests/lint
client=$builddir/.libs/librocketmq-c.so
mock=$builddir/.libs/librocketmq-c-mock.so
private=ROCKETMQ_C_PRIVATE_$LINT_VERSION

# NAME@@NODE of each exported symbol, without the lines of the nodes themselves.
exported() {
	$nm -D --defined-only --with-symbol-versions "$1" |
		"$awk" '$2 != "A" && NF == 3 { sub(/ .*/, "", $3); print $3 }' | sort
}

# Reads exported symbols; prints those that are not private ones of this release.
public() {
	grep -v -e "^rmqi_[A-Za-z0-9_]*@@$private\$"
}

# findings LIST: reads exported symbols, prints how they differ from the list.
findings() {
	public | diff "$1" - | sed -n \
		-e 's/^< \(.*\)/\1 is listed but not exported/p' \
		-e 's/^> \(.*\)/\1 is exported but not listed/p'
}

of_file() { exported "$1" | findings "$2"; }
of_text() { printf '%s\n' "$1" | findings "$2"; }

if [ "$LINT_SHARED" != yes ]; then
	echo "1..0 # SKIP no shared libraries with symbol versions in this build"
	exit 0
fi

if [ "${1:-}" = --update ]; then
	exported "$client" | public > "$lists/librocketmq-c.sym"
	exported "$mock" | public > "$lists/librocketmq-c-mock.sym"
	exit 0
fi

printf '%s\n' rmq_a@@RMQ_0.1 rmq_b@@RMQ_0.1 > "$scratch/list"
finds "finds a symbol that is not listed" 'rmq_c@@RMQ_0.1 is exported' \
	of_text 'rmq_a@@RMQ_0.1
rmq_b@@RMQ_0.1
rmq_c@@RMQ_0.1' "$scratch/list"
finds "finds a symbol that is gone" 'rmq_b@@RMQ_0.1 is listed' \
	of_text rmq_a@@RMQ_0.1 "$scratch/list"
finds "finds a symbol that moved to another node" 'rmq_b@@RMQ_0.2 is exported' \
	of_text 'rmq_a@@RMQ_0.1
rmq_b@@RMQ_0.2' "$scratch/list"
finds "finds an internal symbol without the private node" 'rmqi_x@@RMQ_0.1 is exported' \
	of_text 'rmqi_x@@RMQ_0.1' "$scratch/list"
clean "accepts the list and private symbols" of_text "rmq_a@@RMQ_0.1
rmq_b@@RMQ_0.1
rmqi_x@@$private" "$scratch/list"

clean "librocketmq-c exports what is listed" of_file "$client" "$lists/librocketmq-c.sym"
clean "librocketmq-c-mock exports what is listed" of_file "$mock" "$lists/librocketmq-c-mock.sym"
finish
