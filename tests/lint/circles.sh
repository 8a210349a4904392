#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# circles.sh - no circle of files: what stands on what is a tree that can be read,
# tested and replaced from below.
#
# A module is a name's .h and .c together, with its private header (NAME_impl.h,
# NAME_state.h). It uses those whose headers it includes. Circles that stay are listed
# here, each with its reason; doc/architecture.md names them too.

. "$(dirname "$0")/lib.sh"

# "modules: reason". A circle may be smaller than its line, not larger.
allowed() {
	cat << 'EOF'
src/codec/command src/codec/command_form src/codec/schema: a header is written in one of two forms, which command.c chooses; both need the fields that schema.h describes, and these the types of command.h
src/net/conn src/net/explain src/net/hooks src/net/rpc: the inside of a connection knows the client side that owns it, and both say in words why a call failed
src/net/stream src/net/tls: a TLS stream takes the context of tls.h, which says errors in words with a helper of stream.h
mock-broker/store/expiry mock-broker/store/follow mock-broker/store/recovery mock-broker/store/store: one store in several files around its state
mock-broker/namesrv/internal mock-broker/namesrv/namesrv: the private header of the name server
mock-broker/namesrv/route_rows mock-broker/namesrv/routes: the rows of the table of routes
mock-broker/broker/broker mock-broker/broker/check_points mock-broker/broker/clients mock-broker/broker/door mock-broker/broker/figures mock-broker/broker/groups mock-broker/broker/ha mock-broker/broker/hold mock-broker/broker/internal mock-broker/broker/lites mock-broker/broker/offsets mock-broker/broker/pop mock-broker/broker/pop_order mock-broker/broker/pop_wait mock-broker/broker/pull mock-broker/broker/registration mock-broker/broker/request_mode mock-broker/broker/revive mock-broker/broker/revive_log mock-broker/broker/schedule mock-broker/broker/send mock-broker/broker/slave_sync mock-broker/broker/static_topics mock-broker/broker/timers mock-broker/broker/topics mock-broker/broker/transactions: one broker: its parts reach each other through the broker that holds them all (internal.h)
EOF
}

# edges ROOT: "module module", each use once.
edges() {
	sources "$1" src mock-broker | (cd "$1" && xargs "$awk" '
	function module(file) {
		sub(/\.[ch]$/, "", file); sub(/_(impl|state)$/, "", file)
		return file
	}
	/^[ \t]*#[ \t]*include[ \t]*"/ {
		match($0, /"[^"]*"/)
		to = substr($0, RSTART + 1, RLENGTH - 2)
		if (to !~ /^mock-broker\//) to = "src/" to
		print module(FILENAME), module(to)
	}' /dev/null) | sort -u
}

# circles ROOT: the modules of each circle in a line.
circles() {
	edges "$1" | "$awk" '
	$1 != $2 { uses[$1] = uses[$1] " " $2; known[$1]; known[$2] }
	function reach(from,    stack, top, list, n, i, at) {
		top = 1; stack[1] = from
		while (top > 0) {
			at = stack[top--]
			n = split(uses[at], list, " ")
			for (i = 1; i <= n; i++)
				if (!((from, list[i]) in reached)) {
					reached[from, list[i]]
					stack[++top] = list[i]
				}
		}
	}
	END {
		for (m in known) reach(m)
		for (m in known) {
			if (!((m, m) in reached)) continue
			for (o in known)
				if ((m, o) in reached && (o, m) in reached) print m, o
		}
	}' | sort | "$awk" '
	$1 != last { if (line != "") print line; line = $1 ":"; last = $1 }
	{ line = line " " $2 }
	END { if (line != "") print line }' | sed 's/^[^:]*: //' | sort -u
}

# findings ROOT ALLOWED: circles that no line allows, and lines that nothing needs.
findings() {
	circles "$1" > "$scratch/circles"
	"$2" | "$awk" '
	FILENAME != "-" { circle[++circles] = $0; next }
	{ sub(/:.*/, ""); line[++lines] = $0 }
	function shared(a, b,    x, y, n, i, count, set) {
		n = split(b, y, " ")
		for (i = 1; i <= n; i++) set[y[i]]
		n = split(a, x, " ")
		for (i = 1; i <= n; i++) count += x[i] in set
		return count
	}
	END {
		for (c = 1; c <= circles; c++) {
			fits = 0
			for (l = 1; l <= lines; l++) {
				common = shared(circle[c], line[l])
				if (common == split(circle[c], words, " ")) fits = 1
				if (common > 1) used[l] = 1
			}
			if (!fits) print "circle: " circle[c]
		}
		for (l = 1; l <= lines; l++)
			if (!(l in used)) print "no circle any more, take it out of the list: " line[l]
	}' "$scratch/circles" -
}

nothing() { :; }
lent() { echo 'src/base/a src/base/b: for this test'; }

bad=$scratch/bad
put "$bad/src/base/a.c" '#include "base/b.h"'
put "$bad/src/base/a.h" ''
put "$bad/src/base/b.h" ''
put "$bad/src/base/b.c" '#include "base/c.h"'
put "$bad/src/base/c.h" '#include "base/a.h"'
put "$bad/mock-broker/x.h" ''
put "$bad/mock-broker/x.c" '# include "mock-broker/y.h"'
put "$bad/mock-broker/y.h" '#include "mock-broker/x.h"'
finds "finds a circle that goes through .c and .h" \
	'^circle: src/base/a src/base/b src/base/c$' findings "$bad" nothing
finds "finds a circle in the mock" '^circle: mock-broker/x mock-broker/y$' findings "$bad" nothing
finds "finds a circle that is larger than its line" '^circle: src/base/a' findings "$bad" lent

good=$scratch/good
put "$good/src/base/a.c" '#include "base/b.h"
#include "base/a.h"
#include "base/a_impl.h"'
put "$good/src/base/a_impl.h" '#include "base/a.h"'
put "$good/src/base/b.h" '#include "base/c.h"'
put "$good/src/base/c.h" ''
clean "accepts a tree, and a private header" findings "$good" nothing
finds "finds a line that nothing needs" 'take it out of the list: src/base/a' findings "$good" lent
put "$good/src/base/b.c" '#include "base/a.h"'
clean "accepts a circle that is listed" findings "$good" lent

clean "this tree has no circle that is not listed" findings "$srcdir" allowed
finish
