#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# deb.sh - the Debian packages: lintian has nothing to say, they hold what they should, and in a bare root (debootstrap) they
# install, run and remove without a trace. Of that root PACKAGES_ROOT, if set, is a tarball to take or to make, which
# saves minutes. Speaks TAP.

. "$srcdir/tests/lint/lib.sh"

debs=$builddir/packages/deb
root=$scratch/root
mock=
# What runs in the root ends before the root goes.
trap '[ -z "$mock" ] || kill "$mock" 2> /dev/null; rm -rf "$scratch"' EXIT

listed() { dpkg-deb -c "$debs/$1"_*.deb | awk '{ print $6 }'; }
lacks() { listed "$1" | grep -e "$2"; }
has() { finds "$1 has $2" "$2" listed "$1"; }

# --- What they are ------------------------------------------------------------------------------

if command -v lintian > /dev/null 2>&1; then
	clean "lintian has nothing to say" lintian --allow-root --fail-on error,warning,info "$debs"/*.changes
else
	skip "lintian has nothing to say" "no lintian here"
fi
has librocketmq-c0 '/librocketmq-c\.so\.0$'
has librocketmq-c-dev '/rocketmq/rocketmq\.h$'
has librocketmq-c-dev '/rocketmq/message\.h$'
has librocketmq-c-dev '/cmake/rocketmq-c/rocketmq-c-config\.cmake$'
has librocketmq-c-mock-dev '/rocketmq/mock\.h$'
has rmq-mock '/usr/bin/rmq-mock$'
has rmq-mock '/man1/rmq-mock\.1\.gz$'
has rmq-cli '/usr/bin/rmq-cli$'
has rmq-cli '/man1/rmq-cli\.1\.gz$'
clean "the headers of the mock come with the mock" lacks librocketmq-c-dev '/rocketmq/mock'

# symbols PACKAGE LIST: what differs between the list of the project and the package.
symbols() {
	dpkg-deb -I "$debs/$1"_*.deb symbols | sed -n 's/^ \(rmq_[a-z0-9_]*@[A-Z_]*[0-9.]*\) .*/\1/p' | sort > "$scratch/packaged"
	sed 's/@@/@/' "$2" | sort | diff - "$scratch/packaged"
}
clean "each function of the client is in its symbols file" symbols librocketmq-c0 "$srcdir/src/rocketmq-c.sym"
clean "each function of the mock is in its" symbols librocketmq-c-mock0 "$srcdir/mock-broker/rocketmq-c-mock.sym"

# --- In a bare root -----------------------------------------------------------------------------

if ! command -v debootstrap > /dev/null 2>&1 || [ "$(id -u)" -ne 0 ]; then
	skip "they install, run and remove" "needs root and debootstrap"
	finish
fi

suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
# What they depend on and no more; of apt and the rest nothing is needed to install files.
needs=$(for deb in "$debs"/*.deb; do dpkg-deb -f "$deb" Depends; done |
	tr ',' '\n' | sed 's/ *(.*//; s/|.*//; s/^ *//' | grep -v -e rocketmq -e rmq- -e '^$' | sort -u | tr '\n' ',')
bootstrap() { debootstrap --variant=minbase --include="${needs%,}" "$@" > "$scratch/debootstrap.log" 2>&1; }
if [ -n "${PACKAGES_ROOT-}" ]; then
	[ -f "$PACKAGES_ROOT" ] || bootstrap --make-tarball="$PACKAGES_ROOT" "$suite" "$scratch/made"
	bootstrap --unpack-tarball="$PACKAGES_ROOT" "$suite" "$root"
else
	bootstrap "$suite" "$root"
fi
status=$?
[ $status -eq 0 ] || tail -n 20 "$scratch/debootstrap.log" | sed 's/^/# /'
ok "a bare root" $status
[ $status -eq 0 ] || finish

# What a package may leave: what dpkg and ldconfig note.
tree_of() { (cd "$root" && find . -xdev ! -path './var/lib/dpkg/*' ! -path './var/log/*' ! -name ld.so.cache ! -path ./proc/\* | sort); }
inside() { LC_ALL=C chroot "$root" "$@"; }
inside_quietly() {
	inside "$@" > "$scratch/inside.log" 2>&1
	status=$?
	[ $status -eq 0 ] || sed 's/^/# /' "$scratch/inside.log"
	return $status
}

tree_of > "$scratch/before"
mkdir "$root/debs"
cp "$debs"/*.deb "$root/debs/"
inside_quietly dpkg -i $(cd "$root" && ls debs/*.deb)
ok "they install with what they depend on" $?
rm -rf "$root/debs"
clean "dpkg --audit has nothing to say" inside dpkg --audit

# A program of the examples, built outside of the root with what is in it.
flags=$(PKG_CONFIG_LIBDIR=$(echo "$root"/usr/lib/*/pkgconfig) PKG_CONFIG_SYSROOT_DIR=$root pkg-config --cflags --libs rocketmq-c-mock)
built=0
for example in produce test_with_mock; do
	# The words of the flags are meant to split.
	# shellcheck disable=SC2086
	$LINT_CC -std=c11 -pthread "$srcdir/examples/$example.c" -o "$root/tmp/$example" $flags -Wl,-rpath-link,"$root/usr/lib/$(uname -m)-linux-gnu" \
		> "$scratch/cc.log" 2>&1 || { built=1; sed 's/^/# /' "$scratch/cc.log"; }
done
ok "programs are built with them" $built

mkfifo "$scratch/ready"
LC_ALL=C chroot "$root" rmq-mock cluster > "$scratch/ready" 2> "$scratch/mock.log" &
mock=$!
read -r ready < "$scratch/ready"
sent=$(printf 'one\ntwo\n' | NAMESRV_ADDR="${ready#NAMESRV_ADDR=}" inside /tmp/produce PackagedTopic 2> "$scratch/sent")
status=$?
sed 's/^/# /' "$scratch/sent" "$scratch/mock.log"
[ $status -eq 0 ] && [ "$(echo "$sent" | wc -l)" -eq 2 ]
ok "a program sends to the daemon" $?
kill "$mock"
wait "$mock"
ok "which ends cleanly" $?
mock=
finds "a test has a cluster in its process" '^2 deliveries' inside /tmp/test_with_mock
rm -f "$root/tmp/produce" "$root/tmp/test_with_mock"

names=$(for deb in "$debs"/*.deb; do dpkg-deb -f "$deb" Package; done)
# shellcheck disable=SC2086
inside_quietly dpkg -P $names
ok "they go" $?
left() { tree_of | diff "$scratch/before" -; }
clean "and leave nothing" left
finish
