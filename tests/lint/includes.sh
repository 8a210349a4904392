#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# includes.sh - who may include whom.
#
#     base < codec < net < client < send < { producer, consumer, admin } < api
#
# Includes go downward only; rooms of the same height do not know each other. The
# mock uses base, codec and net. Programs use the public headers.
#
# And in which order: a source's own header, libc, libraries, <rocketmq/...>, ours;
# each group sorted (.clang-format says the same, `make format` does it).

. "$(dirname "$0")/lib.sh"

# Every include of the tree: "file:line kind target", kind is q(uoted) or a(ngle).
list() {
	sources "$1" src mock-broker include tools examples bench | (cd "$1" && xargs "$awk" '
	/^[ \t]*#[ \t]*include/ {
		if (match($0, /"[^"]*"/)) kind = "q"
		else if (match($0, /<[^>]*>/)) kind = "a"
		else next
		print FILENAME ":" FNR, kind, substr($0, RSTART + 1, RLENGTH - 2)
	}' /dev/null)
}

findings() {
	list "$1" | "$awk" '
	BEGIN {
		split("base codec net client send producer consumer admin api", rooms)
		split("1 2 3 4 5 6 6 6 7", heights)
		for (i in rooms) height[rooms[i]] = heights[i]

		# Which folders a foreign header may appear in.
		allow["openssl"] = "^src/(net|codec)/"
		allow["jansson.h"] = "^(tests|tools/cli)/"
		allow["zlib.h"] = allow["zstd.h"] = allow["lz4frame.h"] = "^src/codec/"
		allow["libdeflate.h"] = "^src/codec/"
		allow["sqlite3.h"] = "^examples/"
	}
	function report(why) { print $1 ": " $3 ": " why }
	function quoted(file, target,    top, room, to) {
		if (target ~ /(^|\/)\.\.?\//) { report("write it from the root of src/"); return }
		if (target == "config.h") {
			if (file ~ /^include\//) report("config.h is private")
			return
		}
		to = target; sub(/\/.*/, "", to)
		top = file; sub(/\/.*/, "", top)
		if (top == "src") {
			split(file, parts, "/"); room = parts[2]
			if (!(to in height) || target !~ /\//)
				report("not a room: write it from the root of src/")
			else if (to != room && height[to] >= height[room])
				report(room " may not use " to)
		} else if (top == "mock-broker") {
			if (to != "mock-broker" && !(to in height && height[to] <= 3))
				report("mock-broker may use base, codec and net only")
		} else if (top == "include") {
			report("a public header includes nothing of src/")
		} else if (file ~ /^tools\/rmq_mock/) {
			if (to != "tools" && to != "mock-broker" && !(to in height && height[to] <= 3))
				report("rmq-mock may use mock-broker, base, codec and net only")
		} else if (top == "bench") {
			# It may measure a single room.
			if (to != "bench" && to != "mock-broker" && !(to in height))
				report("not a room")
		} else if (to != top) {
			report("programs use public headers only")
		}
	}
	function angle(file, target,    to) {
		to = target; sub(/\/.*/, "", to)
		if (to in allow && file !~ allow[to]) report("not allowed in this folder")
		if (target == "net/if.h") return
		if (to in height || to == "mock-broker") report("our headers are written in quotes")
		if (target ~ /^rocketmq\/mock/ && file ~ /^src\//) report("the client knows no mock")
	}
	{
		file = $1; sub(/:.*/, "", file)
		if ($2 == "q") quoted(file, $3)
		else angle(file, $3)
	}'
}

# A run of includes ends at the first line that is neither one nor blank.
order() {
	sources "$1" src mock-broker include tools examples bench doc tests |
		(cd "$1" && LC_ALL=C xargs "$awk" '
	function stem(path) { sub(/.*\//, "", path); sub(/\.[^.]*$/, "", path); return path }
	function rank(line) {
		if (line ~ /^#include "/) return 4
		if (line ~ /^#include <rocketmq\//) return 3
		if (line ~ /^#include <(check|jansson|libdeflate|lz4.*|openssl\/.*|sqlite3|zlib|zstd)\.h>/) return 2
		return 1
	}
	FNR == 1 { last = 0; text = "" }
	/^[ \t]*$/ { next }
	!/^#include [<"]/ { last = 0; text = ""; next }
	{
		now = rank($0)
		if (!last && FILENAME ~ /\.c$/ && now == 4 && stem($2) == stem(FILENAME)) next
		if (now < last || (now == last && $0 < text))
			print FILENAME ":" FNR ": " $2 " stands behind " text
		last = now; text = $0
	}' /dev/null)
}

bad=$scratch/bad
put "$bad/src/base/a.c" '#include "codec/frame.h"'
put "$bad/src/base/b.c" '#include <jansson.h>'
put "$bad/src/codec/c.c" '#include "../base/buf.h"'
put "$bad/src/codec/d.c" '#include "frame.h"'
put "$bad/src/producer/e.c" '#include "consumer/pull.h"'
put "$bad/src/client/f.c" '#include <rocketmq/mock.h>'
put "$bad/src/client/k.c" '#include "send/core.h"'
put "$bad/src/send/l.c" '#include "producer/producer.h"'
put "$bad/src/api/g.c" '#include "mock-broker/store/log.h"'
put "$bad/mock-broker/store/h.c" '#include "client/route.h"'
put "$bad/include/rocketmq/i.h" '#include "base/buf.h"'
put "$bad/examples/j.c" '#include "producer/send.h"'
put "$bad/tools/rmq_mock.c" '#include "client/route.h"'

finds "refuses an include upward" '^src/base/a.c:1: .*base may not use codec' findings "$bad"
finds "refuses a library outside its room" '^src/base/b.c:1: jansson.h' findings "$bad"
finds "refuses a relative path" '^src/codec/c.c:1: .*root of src' findings "$bad"
finds "refuses a path without its room" '^src/codec/d.c:1: .*root of src' findings "$bad"
finds "refuses a neighbour" '^src/producer/e.c:1: .*producer may not use consumer' findings "$bad"
finds "refuses the mock in the client" '^src/client/f.c:1' findings "$bad"
finds "refuses the send core in the client" '^src/client/k.c:1: .*client may not use send' findings "$bad"
finds "refuses a handle in the send core" '^src/send/l.c:1: .*send may not use producer' findings "$bad"
finds "refuses mock-broker in src" '^src/api/g.c:1' findings "$bad"
finds "refuses the client in the mock" '^mock-broker/store/h.c:1' findings "$bad"
finds "refuses src in a public header" '^include/rocketmq/i.h:1' findings "$bad"
finds "refuses src in an example" '^examples/j.c:1' findings "$bad"
finds "refuses the client in rmq-mock" '^tools/rmq_mock.c:1' findings "$bad"

put "$bad/src/net/k.c" '#include "net/k.h"

#include "base/buf.h"

#include <string.h>'
put "$bad/tests/net/t_l.c" '#include <check.h>
#include <stdio.h>'
put "$bad/src/net/m.h" '#include "net/b.h"
#include "net/a.h"'
finds "refuses libc behind ours" '^src/net/k.c:5: <string.h>' order "$bad"
finds "refuses libc behind a library" '^tests/net/t_l.c:2: <stdio.h>' order "$bad"
finds "refuses a group that is not sorted" '^src/net/m.h:2: "net/a.h"' order "$bad"

good=$scratch/good
put "$good/src/consumer/a.c" '#include "config.h"
#include "consumer/pull.h"
#include "client/route.h"
#include <rocketmq/error.h>
#include <stdlib.h>'
put "$good/src/codec/b.c" '# include <libdeflate.h>'
put "$good/mock-broker/store/c.c" '#include "mock-broker/store/log.h"
#include "net/loop.h"'
clean "accepts what is allowed" findings "$good"
put "$good/src/consumer/a.c" '#include "consumer/a.h"

#include <stdlib.h>
#include <sys/uio.h>

#include <jansson.h>

#include <rocketmq/error.h>

#include "client/route.h"
#include "config.h"

#define HEADER(h)
#include "codec/schema.def"'
clean "accepts the order" order "$good"

clean "this tree keeps the order of the rooms" findings "$srcdir"
clean "this tree keeps the order of its includes" order "$srcdir"
finish
