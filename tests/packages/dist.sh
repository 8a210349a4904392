#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# dist.sh - `make dist` gives the same file each time: once more here, and from the tree that is in the tarball, by a user with
# other habits. Speaks TAP.

. "$srcdir/tests/lint/lib.sh"

tarball=rocketmq-c-$LINT_VERSION.tar.xz
first=$builddir/packages/$tarball
sum() { sha256sum < "$1"; }
# The time of what is in it is that of the release.
SOURCE_DATE_EPOCH=$(stat -c %Y "$first")
export SOURCE_DATE_EPOCH
unset MAKEFLAGS MFLAGS MAKELEVEL

echo "# $(sum "$first")"
mkdir "$scratch/tree" "$scratch/build"
tar -xf "$first" -C "$scratch/tree" --strip-components=1
(
	umask 077
	cd "$scratch/build" && TZ=Asia/Tokyo LC_ALL=C.UTF-8 "$scratch/tree/configure" -q --disable-static && TZ=Asia/Tokyo make -s dist
) > "$scratch/dist.log" 2>&1
status=$?
[ $status -eq 0 ] || sed 's/^/# /' "$scratch/dist.log"
ok "the tree of the tarball makes a tarball" $status
[ "$(sum "$first")" = "$(sum "$scratch/build/$tarball")" ]
ok "which is the same, byte for byte" $?

# What a release has and has not.
listed() { tar -tf "$first" | sed 's|^[^/]*/||'; }
for file in configure Makefile.in LICENSE CHANGELOG.md packaging/debian/control packaging/static/Cargo.lock tests/packages/dist.sh; do
	finds "it has $file" "^$file\$" listed
done
litter() { listed | grep -e '\.o$' -e '\.la$' -e '^build/' -e '^build-[^a]' -e '^build-a[^u]' -e '__pycache__' -e '/node_modules/' -e '\.git'; }
clean "it has no litter" litter
owners() { tar -tvf "$first" | awk '$2 != "0/0"'; }
clean "its files are nobody's" owners
finish
