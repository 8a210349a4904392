#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# install.sh - what `make install` leaves is enough: a program is built from it with pkg-config, another
# one with CMake, and the installed rmq-mock serves them. Speaks TAP.

. "$srcdir/tests/lint/lib.sh"

mock=
stop_mock() {
	test -z "$mock" || kill "$mock" 2> /dev/null
	rm -rf "$scratch"
}
trap stop_mock EXIT

if [ "$LINT_SHARED" != yes ]; then
	skip "what is installed is enough" "no shared library in this build"
	finish
fi

root=$scratch/root
# The jobs of the make that runs this test are not ours.
env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$builddir" -s install DESTDIR="$root" > "$scratch/install.log" 2>&1
status=$?
[ $status -eq 0 ] || sed 's/^/# /' "$scratch/install.log"
ok "make install" $status

pc=$(find "$root" -name rocketmq-c.pc)
PKG_CONFIG_PATH=${pc%/*}${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
export PKG_CONFIG_PATH
# The prefix that the .pc files name, under DESTDIR.
prefix=$root$(pkg-config --variable=prefix rocketmq-c)
LD_LIBRARY_PATH=$prefix/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH
flags_of() { pkg-config --define-variable=prefix="$prefix" --cflags --libs "$1"; }

# build SOURCE PACKAGE: words of the flags are meant to split.
# shellcheck disable=SC2046,SC2086
build() {
	program=${1##*/}
	$LINT_CC -std=c11 -Wall -Wextra -Werror $LINT_SANITIZER -pthread "$1" -o "$scratch/${program%.c}" \
		$(flags_of "$2")
}

clean "a program is built with pkg-config rocketmq-c" build "$srcdir/examples/produce.c" rocketmq-c
clean "a test is built with pkg-config rocketmq-c-mock" build "$srcdir/examples/test_with_mock.c" rocketmq-c-mock

mkfifo "$scratch/ready"
"$prefix/bin/rmq-mock" cluster > "$scratch/ready" 2> "$scratch/mock.log" &
mock=$!
read -r ready < "$scratch/ready"
export NAMESRV_ADDR="${ready#NAMESRV_ADDR=}"
printf 'one\ntwo\n' | "$scratch/produce" InstalledTopic > "$scratch/sent" 2>&1
status=$?
sed 's/^/# /' "$scratch/sent" "$scratch/mock.log"
[ $status -eq 0 ] && [ "$(wc -l < "$scratch/sent")" -eq 2 ]
ok "it sends to the rmq-mock that was installed" $?

"$scratch/test_with_mock" > "$scratch/mocked" 2>&1 && grep -q '^2 deliveries' "$scratch/mocked"
status=$?
sed 's/^/# /' "$scratch/mocked"
ok "the test runs its own cluster" $status

# --- CMake, by the lines of the README ------------------------------------------------------------

if command -v cmake > /dev/null 2>&1; then
	# The sysroot is one: CMake wants the folders of its other packages, too.
	mkdir -p "$scratch/cmake" "$root/usr/include" "$root/usr/lib"
	cp "$srcdir/examples/produce.c" "$scratch/cmake/main.c"
	{
		echo 'cmake_minimum_required(VERSION 3.7)'
		echo 'project(shop C)'
		sed -n '/^```cmake$/,/^```$/{/^```/!p;}' "$srcdir/README.md" | sed 's/your-program/shop/'
	} > "$scratch/cmake/CMakeLists.txt"
	grep -q target_link_libraries "$scratch/cmake/CMakeLists.txt" &&
		(cd "$scratch/cmake" && PKG_CONFIG_SYSROOT_DIR=$root CC=${LINT_CC##* } CFLAGS=$LINT_SANITIZER \
			cmake . && make) > "$scratch/cmake.log" 2>&1
	status=$?
	[ $status -eq 0 ] || sed 's/^/# /' "$scratch/cmake.log"
	ok "a program is built with CMake" $status
else
	skip "a program is built with CMake" "no cmake here"
fi

finish
