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

# cmake_says FOLDER [ARGUMENT...]: a project that asks for our package, of what was installed.
cmake_says() {
	folder=$1
	shift
	(cd "$folder" && CC=${LINT_CC##* } CFLAGS="$LINT_SANITIZER" cmake -DCMAKE_PREFIX_PATH="$prefix" "$@" .) 2>&1
}

# asks NAME ARGUMENTS: the folder of a project that only looks for it.
asks() {
	put "$scratch/$1/CMakeLists.txt" "cmake_minimum_required(VERSION 3.7...3.25)
project(shop C)
find_package(rocketmq-c $2)
message(STATUS \"FOUND \${rocketmq-c_FOUND}\")"
	echo "$scratch/$1"
}

if command -v cmake > /dev/null 2>&1; then
	mkdir -p "$scratch/cmake"
	cp "$srcdir/examples/produce.c" "$scratch/cmake/main.c"
	cp "$srcdir/examples/test_with_mock.c" "$scratch/cmake/test_shop.c"
	{
		echo 'cmake_minimum_required(VERSION 3.7...3.25)'
		echo 'project(shop C)'
		sed -n '/^```cmake$/,/^```$/{/^```/!p;}' "$srcdir/README.md" | sed 's/your-program/shop/'
		echo 'add_executable(test_shop test_shop.c)'
		echo 'target_link_libraries(test_shop PRIVATE rocketmq::mock)'
	} > "$scratch/cmake/CMakeLists.txt"
	cmake_says "$scratch/cmake" > "$scratch/cmake.log" && make -C "$scratch/cmake" >> "$scratch/cmake.log" 2>&1
	status=$?
	[ $status -eq 0 ] || sed 's/^/# /' "$scratch/cmake.log"
	ok "programs are built with CMake" $status
	(
		unset LD_LIBRARY_PATH
		echo three | "$scratch/cmake/shop" InstalledTopic && "$scratch/cmake/test_shop"
	) > "$scratch/ran" 2>&1
	status=$?
	[ $status -eq 0 ] || sed 's/^/# /' "$scratch/ran"
	ok "they find their libraries and run" $status
	finds "an older release of the same minor version is served" 'FOUND TRUE\|FOUND 1' \
		cmake_says "$(asks older "${LINT_VERSION%.*}.0 CONFIG")"
	finds "a newer release than this is refused" 'compatible with requested version' \
		cmake_says "$(asks newer "99.0 CONFIG REQUIRED")"
	finds "a component that there is not is refused" 'its component nothing is not installed' \
		cmake_says "$(asks component "CONFIG REQUIRED COMPONENTS client nothing")"
	rm -f "$prefix"/lib*/librocketmq-c-mock.so
	finds "without the mock library there is no component mock" 'its component mock is not installed' \
		cmake_says "$(asks mockless "CONFIG REQUIRED COMPONENTS mock")"
	finds "but the client" 'FOUND TRUE\|FOUND 1' cmake_says "$(asks client "CONFIG REQUIRED COMPONENTS client")"
else
	skip "programs are built with CMake" "no cmake here"
fi

env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$builddir" -s uninstall DESTDIR="$root" > "$scratch/uninstall.log" 2>&1
clean "make uninstall leaves no file" find "$root" ! -type d
clean "nor a folder of ours" find "$root" -name '*rocketmq*'

finish
