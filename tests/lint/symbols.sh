#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# symbols.sh - the public headers declare, the lists name and the shared libraries
# export the same functions, and nothing else.
#
# src/rocketmq-c.sym and mock-broker/rocketmq-c-mock.sym are the lists, with lines
# NAME@@VERSION-NODE; the build makes the version scripts from them. Internal names
# (rmqi_*) are not listed: librocketmq-c exports those that librocketmq-c-mock takes,
# under the private node of this very release.
#
# With --update the lists follow the headers: a new function goes to the node of
# this release, one that is gone is dropped, all others stay where they are. Look at
# the difference before you commit it.

. "$(dirname "$0")/lib.sh"

nm=${LINT_NM:-nm}
client_list=$srcdir/src/rocketmq-c.sym
mock_list=$srcdir/mock-broker/rocketmq-c-mock.sym
client=$builddir/.libs/librocketmq-c.so
mock=$builddir/.libs/librocketmq-c-mock.so
private=ROCKETMQ_C_PRIVATE_$LINT_VERSION
release=$(echo "$LINT_VERSION" | cut -d. -f1-2)
headers=$srcdir/include/rocketmq

# The functions that are declared RMQ_API in these headers.
declared() {
	cat "$@" | "$awk" '
	{
		while (match($0, /\/\*([^*]|\*+[^*\/])*\*+\//)) $0 = substr($0, 1, RSTART - 1) substr($0, RSTART + RLENGTH)
		text = text " " $0
	}
	END {
		while (match(text, /\/\*([^*]|\*+[^*\/])*\*+\//)) text = substr(text, 1, RSTART - 1) substr(text, RSTART + RLENGTH)
		while (match(text, /RMQ_API[^;{]*/)) {
			declaration = substr(text, RSTART, RLENGTH); text = substr(text, RSTART + RLENGTH)
			if (match(declaration, /rmq_[a-z0-9_]* *\(/)) {
				name = substr(declaration, RSTART, RLENGTH); sub(/ *\($/, "", name); print name
			}
		}
	}' | LC_ALL=C sort -u
}

in_client() {
	for header in "$headers"/*.h "$headers"/*.h.in; do
		case $header in "$headers"/mock*.h) ;; *) echo "$header" ;; esac
	done | xargs cat | declared
}

in_mock() { declared "$headers"/mock*.h; }

# NAME@@NODE of each exported symbol, without the lines of the nodes themselves.
exported() {
	$nm -D --defined-only --with-symbol-versions "$1" |
		"$awk" '$2 != "A" && NF == 3 { sub(/ .*/, "", $3); print $3 }' | LC_ALL=C sort
}

# The internal names that a library takes from others.
taken() {
	$nm -D --undefined-only "$1" | "$awk" '{ sub(/@.*/, "", $2); print $2 }' | grep '^rmqi_' | LC_ALL=C sort
}

# Reads exported symbols; prints those that are not private ones of this release.
public() {
	grep -v -e "^rmqi_[A-Za-z0-9_]*@@$private\$"
}

# differences LEFT-WORDS RIGHT-WORDS LEFT RIGHT: both sorted.
differences() {
	diff "$3" "$4" | sed -n -e "s/^< \\(.*\\)/\\1 $1/p" -e "s/^> \\(.*\\)/\\1 $2/p"
}

# findings LIST: reads exported symbols, prints how they differ from the list.
findings() {
	public | differences "is listed but not exported" "is exported but not listed" "$1" -
}

# undeclared LIST: reads declared functions, prints how they differ from the list.
undeclared() {
	sed 's/@@.*//' "$1" > "$scratch/names"
	differences "is listed but not declared" "is declared but not listed" "$scratch/names" -
}

# unneeded LIBRARY: reads exported symbols, prints internal ones that it does not take.
unneeded() {
	grep '^rmqi_' | sed 's/@@.*//' > "$scratch/private"
	taken "$1" | differences "is exported but not taken by the mock" "is not exported" "$scratch/private" -
}

# update LIST NODE: reads declared functions, writes the list that belongs to them.
update() {
	"$awk" -v node="$2" 'NR == FNR { split($0, at, "@@"); of[at[1]] = at[2]; next }
		{ print $1 "@@" ($1 in of ? of[$1] : node) }' "$1" - > "$scratch/new" && cat "$scratch/new" > "$1"
}

of_file() { exported "$1" | findings "$2"; }
of_text() { printf '%s\n' "$1" | findings "$2"; }

if [ "${1:-}" = --update ]; then
	in_client | update "$client_list" "RMQ_$release"
	in_mock | update "$mock_list" "RMQ_MOCK_$release"
	exit 0
fi

# --- The headers and the lists -------------------------------------------------------------------

mkdir "$scratch/include"
cat > "$scratch/include/a.h" << 'EOF'
/* RMQ_API int rmq_in_a_comment(void); */
RMQ_API int rmq_a(void (*fn)(void *arg), int b);
/* two
 * RMQ_API lines */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_b(struct rmq_thing *x);
static inline int rmq_not_exported(void) { return rmq_a(0, 0); }
EOF
printf '%s\n' rmq_a@@RMQ_0.1 rmq_b@@RMQ_0.1 > "$scratch/list"
printf '%s\n' rmq_a@@RMQ_0.1 rmq_gone@@RMQ_0.1 > "$scratch/old"
a_header() { declared "$scratch/include/a.h"; }
undeclared_in() { a_header | undeclared "$1"; }
updated() {
	cp "$scratch/old" "$scratch/updated"
	a_header | update "$scratch/updated" RMQ_0.2
	printf '%s\n' rmq_a@@RMQ_0.1 rmq_b@@RMQ_0.2 | diff - "$scratch/updated"
}

clean "reads declarations" undeclared_in "$scratch/list"
finds "finds a function that is not listed" 'rmq_b is declared but not listed' undeclared_in "$scratch/old"
finds "finds a listed function that is gone" 'rmq_gone is listed but not declared' undeclared_in "$scratch/old"
clean "update keeps nodes, adds to that of this release, drops what is gone" updated
of_client() { in_client | undeclared "$client_list"; }
of_mock() { in_mock | undeclared "$mock_list"; }
clean "src/rocketmq-c.sym lists what the headers declare" of_client
clean "mock-broker/rocketmq-c-mock.sym lists what mock*.h declare" of_mock

# --- The version script ----------------------------------------------------------------------------

script_of() { AWK=$awk sh "$srcdir/src/exports.sh" map "$1" | tr -d '\n\t' | grep -v -x -F "$2"; }
printf '%s\n' rmq_a@@RMQ_0.10 rmq_b@@RMQ_0.9 > "$scratch/nodes"
clean "a later node stands on the one before" script_of "$scratch/nodes" \
	'RMQ_0.9 {global:rmq_b;local:*;};RMQ_0.10 {global:rmq_a;} RMQ_0.9;'

# --- The libraries -----------------------------------------------------------------------------------

if [ "$LINT_SHARED" != yes ]; then
	skip "exported symbols" "no shared libraries with symbol versions in this build"
	finish
fi

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
unneeded_of() { printf 'rmqi_nobody_has_this@@%s\n' "$private" | unneeded "$mock"; }
finds "finds an internal symbol that the mock does not take" 'rmqi_nobody_has_this is exported' unneeded_of

unneeded_here() { exported "$client" | unneeded "$mock"; }
clean "librocketmq-c exports what is listed" of_file "$client" "$client_list"
clean "librocketmq-c-mock exports what is listed" of_file "$mock" "$mock_list"
clean "librocketmq-c exports the internal symbols that the mock takes" unneeded_here
finish
