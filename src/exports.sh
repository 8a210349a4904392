#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# exports.sh - what a shared library exports, from the checked list of its functions.
#
#     exports.sh map LIST [NODE ARCHIVE]       a version script for the linker
#     exports.sh names LIST [NODE ARCHIVE]     the names alone, for libtool -export-symbols
#
# Lines of LIST: NAME@@NODE, e.g. rmq_producer_new@@RMQ_0.1. A node is the promise of a release: a later
# one adds a node of its own, which stands on the one before, and never moves a name.
#
# ARCHIVE is what takes internal functions (rmqi_*) from the library: those, and no others, are exported
# under the private NODE. The linker refuses what is not exported, so the list cannot be too short.
#
# From the environment: NM, AWK.

set -eu
form=$1 list=$2 private=${3-} archive=${4-}

imports() {
	[ -n "$archive" ] || return 0
	${NM:-nm} -u "$archive" | ${AWK:-awk} '$1 == "U" && $2 ~ /^_?rmqi_/ { sub(/^_/, "", $2); print $2 }' |
		LC_ALL=C sort -u
}

names() {
	sed 's/@@.*//' "$list"
	imports
}

# The nodes of the list, the oldest first; each one stands on the one before.
map() {
	imports | ${AWK:-awk} -v private="$private" '
	# "RMQ_0.10" after "RMQ_0.9".
	function age(node, part) {
		split(node, part, /[^0-9]+/)
		return part[2] * 1000 + part[3]
	}
	NR == FNR { split($0, at, "@@"); names[at[2]] = names[at[2]] "\t\t" at[1] ";\n"; next }
	{ internal = internal "\t\t" $1 ";\n" }
	END {
		for (n in names) {
			for (i = count++; i > 0 && age(nodes[i - 1]) > age(n); i--) nodes[i] = nodes[i - 1]
			nodes[i] = n
		}
		for (i = 0; i < count; i++) {
			printf "%s {\n\tglobal:\n%s", nodes[i], names[nodes[i]]
			print i ? "} " nodes[i - 1] ";" : "\tlocal:\n\t\t*;\n};"
		}
		if (internal != "") printf "%s {\n\tglobal:\n%s};\n", private, internal
	}' "$list" -
}

case $form in
map | names) $form ;;
*)
	echo "usage: exports.sh map|names LIST [NODE ARCHIVE]" >&2
	exit 2
	;;
esac
