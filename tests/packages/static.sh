#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# static.sh - the static programs: nothing is asked of the system, they are small, and run in a root that has nothing else; they
# serve clients, over TLS as well. Speaks TAP.

. "$srcdir/tests/lint/lib.sh"

programs=$builddir/packages/static/bin
mock=
trap '[ -z "$mock" ] || kill "$mock" 2> /dev/null; rm -rf "$scratch"' EXIT

wanted() { readelf -lW "$1" | grep INTERP; readelf -d "$1" | grep NEEDED; }
larger() { find "$programs" -type f -size +4096k; }

for program in "$programs"/*; do
	name=${program##*/}
	clean "$name asks for no loader and no library" wanted "$program"
	echo "# $name has $(stat -c %s "$program") bytes"
done
clean "none has more than 4 MiB" larger

if [ "$(id -u)" -ne 0 ]; then
	skip "they run in an empty root" "needs root"
	finish
fi

# --- In a root with nothing but the programs and a folder for files ------------------------------------

root=$scratch/root
mkdir -p "$root/tmp"
cp "$programs"/* "$root/"
for program in "$programs"/*; do
	finds "${program##*/} runs there" "$LINT_VERSION" chroot "$root" "/${program##*/}" --version
done

openssl req -x509 -newkey rsa:2048 -nodes -keyout "$root/tmp/key.pem" -out "$root/tmp/cert.pem" -days 2 \
	-subj /CN=localhost > "$scratch/openssl.log" 2>&1
ok "a certificate" $?
mkfifo "$scratch/ready"
chroot "$root" /rmq-mock cluster --control 127.0.0.1:0 --tls-cert-file /tmp/cert.pem --tls-key-file /tmp/key.pem \
	> "$scratch/ready" 2> "$scratch/mock.log" &
mock=$!
{
	read -r ready
	read -r control
} < "$scratch/ready"
ready=${ready#NAMESRV_ADDR=} control=${control#RMQ_MOCK_CONTROL=}
[ -n "$ready" ] && [ -n "$control" ]
status=$?
[ $status -eq 0 ] || sed 's/^/# /' "$scratch/mock.log"
ok "it serves" $status

send() { printf 'one\ntwo\n' | NAMESRV_ADDR=$ready "$builddir/examples/produce" "$1"; }
sent=$(send StaticTopic 2> "$scratch/sent")
status=$?
[ $status -eq 0 ] || sed 's/^/# /' "$scratch/sent" "$scratch/mock.log"
ok "a client sends to it" $status
finds "and it tells what it has" '"messages":2' chroot "$root" /rmq-mock ctl --control "${control#http://}" -J topic list

# TLS of our own client has its tests; here another implementation of it greets the cut down one.
greet() { openssl s_client -connect "$ready" "$@" < /dev/null 2>&1; }
finds "TLS 1.3 is spoken" 'TLSv1.3, Cipher is TLS_' greet -tls1_3
finds "TLS 1.2 is spoken" 'TLSv1.2, Cipher is ECDHE-' greet -tls1_2
finds "with AES-128 as well, as Java of old" 'Cipher is ECDHE-RSA-AES128-GCM-SHA256' greet -tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256
finds "TLS 1.1 is refused" 'Cipher is (NONE)' greet -tls1_1

kill "$mock"
wait "$mock"
ok "it ends cleanly" $?
mock=
clean "and leaves no file" find "$root/tmp" -mindepth 1 ! -name '*.pem'
finish
