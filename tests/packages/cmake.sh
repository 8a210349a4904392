#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# cmake.sh - programs are built from the Debian packages, unpacked elsewhere: with CMake and with pkg-config, shared and
# static, and each of them runs. Speaks TAP.

. "$srcdir/tests/lint/lib.sh"

root=$scratch/root
for deb in "$builddir"/packages/deb/librocketmq-*.deb; do dpkg-deb -x "$deb" "$root"; done
lib=$(echo "$root"/usr/lib/*-linux-gnu*)

# runs PROGRAM: a test with a cluster in its process, with the libraries of the packages or none.
runs() { LD_LIBRARY_PATH=$2 "$1" > "$scratch/ran" 2>&1 && grep -q '^2 deliveries' "$scratch/ran"; }

# ours PROGRAM: libraries of this project that it asks for.
ours() { readelf -d "$1" | grep NEEDED | grep rocketmq; }

# quietly COMMAND...: its output is shown when it fails.
quietly() {
	"$@" > "$scratch/log" 2>&1
	status=$?
	[ $status -eq 0 ] || sed 's/^/# /' "$scratch/log"
	return $status
}

# --- CMake ----------------------------------------------------------------------------------------

# project FOLDER STATIC
project() {
	put "$1/CMakeLists.txt" "cmake_minimum_required(VERSION 3.7...3.25)
project(shop C)
set(ROCKETMQ_C_USE_STATIC_LIBS $2)
find_package(rocketmq-c ${LINT_VERSION%.*} CONFIG REQUIRED COMPONENTS client mock)
find_package(rocketmq-c CONFIG REQUIRED) # A second time, as a part of a larger project would.
add_executable(shop test_shop.c)
target_link_libraries(shop PRIVATE rocketmq::mock)"
	cp "$srcdir/examples/test_with_mock.c" "$1/test_shop.c"
	cmake -S "$1" -B "$1/build" -DCMAKE_PREFIX_PATH="$root/usr" && make -C "$1/build"
}

if command -v cmake > /dev/null 2>&1; then
	quietly project "$scratch/shared" OFF && runs "$scratch/shared/build/shop" ''
	ok "CMake, shared: it runs from where it was built" $?
	finds "and takes the shared libraries" 'librocketmq-c-mock\.so\.0' ours "$scratch/shared/build/shop"
	quietly project "$scratch/static" ON && runs "$scratch/static/build/shop" ''
	ok "CMake, static: it runs" $?
	clean "and asks for no library of ours" ours "$scratch/static/build/shop"
	mkdir "$scratch/away"
	mv "$lib"/librocketmq-c*.so "$scratch/away/"
	quietly project "$scratch/none" OFF && runs "$scratch/none/build/shop" ''
	ok "CMake, no shared libraries: the static ones are taken" $?
	mv "$scratch/away"/* "$lib/"
	mv "$lib/librocketmq-c.a" "$scratch/away/"
	finds "CMake, no static library: it is told" 'no librocketmq-c of the kind' project "$scratch/neither" ON
	mv "$scratch/away"/* "$lib/"
else
	skip "CMake" "no cmake here"
fi

# --- pkg-config -------------------------------------------------------------------------------------

flags_of() {
	PKG_CONFIG_PATH=$lib/pkgconfig pkg-config --define-variable=prefix="$root/usr" \
		--define-variable=libdir="$lib" --define-variable=includedir="$root/usr/include" "$@" rocketmq-c-mock
}
# The words of the flags are meant to split.
# shellcheck disable=SC2046
with_pkg_config() {
	program=$1
	shift
	$LINT_CC -std=c11 -Wall -Wextra -Werror -pthread "$srcdir/examples/test_with_mock.c" -o "$program" "$@"
}

# shellcheck disable=SC2046
quietly with_pkg_config "$scratch/with-shared" $(flags_of --cflags --libs) && runs "$scratch/with-shared" "$lib"
ok "pkg-config, shared: it runs" $?
# All that --static says, and our two libraries from their archives.
# shellcheck disable=SC2046
quietly with_pkg_config "$scratch/with-static" $(flags_of --static --cflags --libs |
	sed 's/-lrocketmq-c-mock /-l:librocketmq-c-mock.a /; s/-lrocketmq-c /-l:librocketmq-c.a /') &&
	runs "$scratch/with-static" ''
ok "pkg-config, static: it runs" $?
clean "and asks for no library of ours" ours "$scratch/with-static"
finish
