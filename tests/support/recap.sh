#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# recap.sh - what failed, in few words, for the end of an output of which only the end is kept.
#
#     recap.sh find LABEL FILE    the failures in what test programs printed: in one output, or in automake's
#                                 test-suite.log
#     recap.sh tail LABEL FILE    of what ended without naming a failure: the compiler's errors and the last lines
#     recap.sh fit LINES          reads these from its input and prints so many lines at most
#
# Of each failing test the line "not ok", the "#" lines around it (before it, the first and the last ones), and what a sanitizer says; of a program that
# ended otherwise what automake says of it. When there is too much, each has the same part, and the names go before
# the words. The lines between these commands: "!" and a name, "|" and a word about it.

awk=${LINT_AWK:-awk}

find_failures() {
	"$awk" -v label="$1" '
	function say(mark, text) {
		gsub(/[^ :]*\/tests\//, "tests/", text) # no path of the build machine
		print mark substr(text, 1, 220)
	}
	function head(text) {
		say("!", label ": " (program == "" ? "" : program ": ") text)
		heads++
		left = 14
		for (i = 1; i <= kept; i++) say("|", before[i])
		kept = 0
	}
	function end_of_section() {
		if (program != "" && heads == 0) {
			head("it failed, and names no test; its last lines:")
			for (i = last > 8 ? last - 7 : 1; i <= last; i++) say("|", lines[i])
		}
		program = ""; last = 0; heads = 0; kept = 0; mode = ""
	}
	/^(FAIL|ERROR): [^ ]+$/ { end_of_section(); program = $2; next }
	/^(SKIP|XPASS|PASS): [^ ]+$/ { end_of_section(); next }
	/^(PASS|FAIL|SKIP|XFAIL|XPASS): [^ ]+ [0-9]+/ || /^=+$/ { if (mode == "report") mode = ""; next }
	/^ERROR: [^ ]+ - / { sub(/^ERROR: [^ ]+ - /, ""); head($0); mode = ""; next }
	/^not ok/ { head($0); mode = "words"; next }
	/(ERROR: |WARNING: )(Address|Leak|Thread|Memory)Sanitizer|runtime error: / && !/^#/ { head($0); mode = "report"; next }
	mode == "report" {
		if ($0 ~ /^[ \t]*$/) next
		if (left-- > 0) say("|", $0)
		if ($0 ~ /^SUMMARY:/) mode = ""
		next
	}
	# A step that failed: the name of what it was a step of comes after it.
	/^# .* (ended with code |did not end within )/ { mode = "" }
	/^#/ && mode == "words" { if (left-- > 0) say("|", $0); next }
	/^#/ {
		if (kept == 12) { for (i = 7; i < 12; i++) before[i] = before[i + 1]; kept-- }
		before[++kept] = $0
		next
	}
	{ mode = ""; kept = 0; if ($0 !~ /^ok/ && program != "") lines[++last] = $0 }
	END { end_of_section() }' "$2"
}

# The whole of a long output may hold warnings; an error of the compiler has its line, and so has one of make.
last_words() {
	printf '!%s: its last words:\n' "$1"
	grep -E '(^|[ :])(fatal )?error: |undefined reference|\*\*\* ' "$2" | cut -c1-220 | head -n 6 | sed 's/^/|/'
	tail -n 6 "$2" | cut -c1-220 | sed 's/^/|/'
}

fit() {
	"$awk" -v most="$1" '
	/^!/ { names++; text[names] = "" ; name[names] = substr($0, 2); words[names] = 0; total++; next }
	names { words[names]++; total++; line[names, words[names]] = substr($0, 2) }
	END {
		share = total <= most ? total : int(most / (names ? names : 1)) - 1
		for (n = 1; n <= names; n++) {
			if (n >= most && n < names) { print "... and " (names - n + 1) " more"; break }
			print name[n]
			for (i = 1; i <= words[n] && i <= share; i++) print "    " line[n, i]
		}
	}'
}

case ${1-}:$# in
find:3) find_failures "$2" "$3" ;;
tail:3) last_words "$2" "$3" ;;
fit:2) fit "$2" ;;
*) sed -n '3,/^$/s/^#\{0,1\} \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
