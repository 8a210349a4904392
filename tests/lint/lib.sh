# SPDX-License-Identifier: Apache-2.0
#
# lib.sh - what the lint scripts share. Sourced by them; POSIX sh, any awk.
#
# A lint is a function that prints its findings for a tree, one a line. A test of
# it has two halves: a tiny bad tree must give the expected finding, and this tree
# must give none. Output is TAP.

srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
builddir=${builddir:-$srcdir}
awk=${LINT_AWK:-awk}
tests_run=0
scratch=$(mktemp -d "${TMPDIR:-/tmp}/rmq-lint.XXXXXX") || exit 99
trap 'rm -rf "$scratch"' EXIT
trap 'exit 99' HUP INT TERM

# ok NAME STATUS: one TAP line; STATUS 0 is a pass.
ok() {
	tests_run=$((tests_run + 1))
	if [ "$2" -eq 0 ]; then
		echo "ok $tests_run - $1"
	else
		echo "not ok $tests_run - $1"
	fi
}

skip() {
	tests_run=$((tests_run + 1))
	echo "ok $tests_run - $1 # SKIP $2"
}

finish() {
	echo "1..$tests_run"
	exit 0
}

# clean NAME COMMAND...: passes when COMMAND prints nothing.
clean() {
	name=$1
	shift
	"$@" > "$scratch/found" 2>&1
	sed 's/^/# /' "$scratch/found"
	test ! -s "$scratch/found"
	ok "$name" $?
}

# finds NAME PATTERN COMMAND...: the self-test; passes when COMMAND prints PATTERN.
finds() {
	name=$1 pattern=$2
	shift 2
	"$@" > "$scratch/found" 2>&1
	if grep -q -e "$pattern" "$scratch/found"; then
		ok "$name" 0
	else
		echo "# expected: $pattern"
		sed 's/^/# found: /' "$scratch/found"
		ok "$name" 1
	fi
}

# put FILE TEXT: writes a file of a small tree of a self-test, with its folders.
put() {
	mkdir -p "$(dirname "$1")" && printf '%s\n' "$2" > "$1"
}

# sources ROOT FOLDER...: the C files below those folders, relative to ROOT.
sources() {
	root=$1
	shift
	for dir in "$@"; do
		[ ! -e "$root/$dir" ] || (cd "$root" && find "$dir" -name '*.[ch]')
	done | sort
}

# code ROOT: reads file names, prints "file:line:text" without comments and
# without what stands between quotes.
code() {
	(cd "$1" && xargs "$awk" '
	FNR == 1 { comment = 0 }
	{
		rest = $0; out = ""
		while (rest != "") {
			if (comment) {
				end = index(rest, "*/")
				if (!end) { rest = ""; break }
				rest = substr(rest, end + 2); comment = 0; out = out " "
			} else if (match(rest, /\/\*|\/\/|"([^"\\]|\\.)*"|'\''([^'\''\\]|\\.)*'\''/)) {
				token = substr(rest, RSTART, 2)
				out = out substr(rest, 1, RSTART - 1)
				if (token == "//") { rest = ""; break }
				rest = substr(rest, RSTART + RLENGTH)
				if (token == "/*") comment = 1
				else out = out "\"\""
			} else { out = out rest; rest = "" }
		}
		print FILENAME ":" FNR ":" out
	}' /dev/null)
}
