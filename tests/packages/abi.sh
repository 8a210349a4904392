#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# abi.sh - what the shared libraries promise: each exported name stands under a named node, and nothing that the last tag
# exported has gone or changed (abidiff). Speaks TAP.

. "$srcdir/tests/lint/lib.sh"

if [ "$LINT_SHARED" != yes ]; then
	skip "the promise of the libraries" "no shared library in this build"
	finish
fi

# bare LIBRARY: exported names without a node of ours.
bare() {
	nm -D --defined-only --with-symbol-versions "$1" | awk '{ print $3 }' |
		grep -v -E -e '@@(RMQ|RMQ_MOCK)_[0-9]+\.[0-9]+$' -e '@@ROCKETMQ_C_PRIVATE_[0-9.]+$' -e '^(RMQ|RMQ_MOCK|ROCKETMQ_C_PRIVATE)_[0-9.]+(@@.*)?$'
}

# made NAME SOURCE [FLAG...]: a small library.
made() {
	name=$1
	put "$scratch/$name.c" "$2"
	shift 2
	$LINT_CC -g -shared -fPIC -Wl,-soname,libsmall.so.0 "$@" "$scratch/$name.c" -o "$scratch/$name.so" && echo "$scratch/$name.so"
}

small='int rmq_one(int a); int rmq_one(int a) { return a; } int rmq_two(int a); int rmq_two(int a) { return a; }'
old=$(made old "$small")
finds "a name without a node is found" '^rmq_one$' bare "$old"
for library in librocketmq-c librocketmq-c-mock; do
	clean "each name of $library stands under a node" bare "$builddir/.libs/$library.so.0"
done

# --- Against the last tag -------------------------------------------------------------------------------

if ! command -v abidiff > /dev/null 2>&1; then
	skip "the same as at the last tag" "no abidiff here"
	finish
fi

# broken OLD NEW: functions that went or changed; new ones may come. Bits 4 and 8 of the status say so, 1 and 2 that it could
# not compare.
broken() {
	abidiff --no-added-syms --headers-dir1 "$srcdir/include" --headers-dir2 "$srcdir/include" "$1" "$2" > "$scratch/abidiff"
	[ $? -eq 0 ] || cat "$scratch/abidiff"
}
less=$(made less 'int rmq_one(int a); int rmq_one(int a) { return a; }')
other=$(made other "$(echo "$small" | sed 's/rmq_two(int a)/rmq_two(char *a)/g; s/return a; }$/return *a; }/')")
more=$(made more "$small int rmq_three(void); int rmq_three(void) { return 3; }")
finds "a function that went is found" 'rmq_two' broken "$old" "$less"
finds "one whose arguments changed is found" 'rmq_two' broken "$old" "$other"
clean "one that came is no change" broken "$old" "$more"

tag=$(git -C "$srcdir" describe --tags --abbrev=0 2> /dev/null)
if [ -z "$tag" ]; then
	skip "the same as at the last tag" "there is no tag yet"
	finish
fi
mkdir "$scratch/tag"
git -C "$srcdir" archive "$tag" | tar -x -C "$scratch/tag"
(
	unset MAKEFLAGS MFLAGS MAKELEVEL
	cd "$scratch/tag" && autoreconf -fi && ./configure -q --disable-static --disable-werror &&
		make -s -j"$(nproc)" librocketmq-c.la librocketmq-c-mock.la
) > "$scratch/tag.log" 2>&1
status=$?
[ $status -eq 0 ] || tail -n 20 "$scratch/tag.log" | sed 's/^/# /'
ok "$tag is built" $status
for library in librocketmq-c librocketmq-c-mock; do
	clean "what $library of $tag exports is still there, and the same" \
		broken "$scratch/tag/.libs/$library.so.0" "$builddir/.libs/$library.so.0"
done
finish
