#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# usage.sh - what rmq-cli says without a cluster: help, completions, wrong usage, keys, secrets.

. "$srcdir/tests/cli/lib.sh"
unset NAMESRV_ADDR
cd "$scratch" || exit 99

# --- Help, made of the tables ---------------------------------------------------------------------------

run rmq-cli --help
[ $status -eq 0 ] && [ "$(wc -l < out)" -le 24 ] && ! grep -q '.\{81\}' out
good=$?
[ $good -eq 0 ] || show
ok "--help fits a screen of 24 lines and 80 columns" $good
cp out help
prints "-h is the same" "$(cat help)
" rmq-cli -h
run rmq-cli --help-all
cp out all
! grep -q '.\{81\}' all
ok "--help-all fits 80 columns" $?
rmq-cli completion man > page
# Every option of the table stands in all of them.
names=$(sed -n 's/^OPTION([a-z_]*, "\([a-z-]*\)".*/\1/p' "$srcdir/tools/cli/options.def")
[ "$(echo "$names" | wc -l)" -gt 50 ]
ok "the table can be read" $?
missing=
for n in $names; do
	escaped=$(echo "$n" | sed 's/-/\\-/g')
	grep -q -e "--$n\b" all && grep -q -F -e "\\-\\-$escaped" page || missing="$missing $n"
done
[ -z "$missing" ] || echo "# missing:$missing"
[ -z "$missing" ]
ok "each option stands in --help-all and in the manual page" $?
diff "$srcdir/doc/rmq-cli.1" page > different
status=$?
sed 's/^/# /' different
ok "doc/rmq-cli.1 is up to date (make update-docs)" $status
if command -v man > /dev/null 2>&1 && command -v groff > /dev/null 2>&1; then
	groff -man -Tascii -ww page > formatted 2> err
	[ ! -s err ]
	good=$?
	sed 's/^/# /' err
	ok "groff has nothing to say of the page" $good
fi
run rmq-cli --version
grep -q '^rmq-cli [0-9.]*$' out
ok "--version" $?

# --- Completions ----------------------------------------------------------------------------------------

# completes LINE... : what bash offers for the last word.
completes() {
	bash -c '. ./completion.bash
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_rmq_cli
printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
}
if command -v bash > /dev/null 2>&1; then
	rmq-cli completion bash > completion.bash
	[ "$(completes rmq-cli --json-i)" = --json-in ] && completes rmq-cli to | grep -qx topic &&
		completes rmq-cli topic cr | grep -qx create && [ "$(completes rmq-cli -P --tx com)" = commit ]
	ok "bash completes options, nouns, verbs and choices" $?
	touch some.pem
	[ "$(completes rmq-cli --tls-ca some.p)" = some.pem ]
	ok "bash completes files" $?
else
	skip "bash completes" "no bash"
fi
if command -v zsh > /dev/null 2>&1; then
	rmq-cli completion zsh > _rmq-cli
	zsh -n _rmq-cli && zsh -f -c 'fpath=($PWD $fpath); autoload -U compinit; compinit -u -d ./dump
[[ $_comps[rmq-cli] = _rmq-cli ]] && autoload +X -U _rmq-cli && grep -q -- "--json-in" _rmq-cli'
	ok "zsh loads its completion" $?
else
	skip "zsh completes" "no zsh"
fi
if command -v fish > /dev/null 2>&1; then
	rmq-cli completion fish > completion.fish
	HOME=$scratch fish --no-config -c 'source completion.fish
complete -C "rmq-cli --json-i"; complete -C "rmq-cli topic cr"; complete -C "rmq-cli -P --tx com"' > offered 2>&1
	grep -q '^--json-in' offered && grep -q '^create' offered && grep -q '^commit' offered
	good=$?
	[ $good -eq 0 ] || sed 's/^/# /' offered
	ok "fish completes options, verbs and choices" $good
else
	skip "fish completes" "no fish"
fi
for shell in bash zsh fish; do
	rmq-cli completion $shell | grep -q -e '--sk[^-a-z]\|-l sk '
	[ $? -eq 1 ]
	ok "$shell is not offered what is refused" $?
done

# --- Wrong usage ----------------------------------------------------------------------------------------

ends "nothing at all" 2 'a mode (-P -C -G -L -Q) or a command' rmq-cli
ends "an option that is near another one" 2 'did you mean --format?' rmq-cli -C -t t --formt x
ends "a letter that is none" 2 'there is no option -w' rmq-cli -C -w
ends "an option without its argument" 2 'an argument is wanted' rmq-cli -C -t
ends "a flag with an argument" 2 'takes no argument' rmq-cli -C -t t --exit-eof=yes
ends "an option of another mode" 2 'batch belongs to -P, not to -C' rmq-cli -C -t t --batch 3
ends "two modes" 2 'exclude each other' rmq-cli -P -C -t t
ends "a number that is none" 2 'a number is wanted' rmq-cli -C -t t -c many
ends "a time that is none" 2 'a time such as' rmq-cli -C -t t --timeout soon
ends "a choice that is none" 2 'commit|rollback|unknown is wanted' rmq-cli -P -t t --tx maybe
ends "a noun that is near another one" 2 'did you mean topic?' rmq-cli topc show x
ends "a noun alone" 2 'topic: which of' rmq-cli topic
ends "a verb that is none" 2 'topic destroy: there is no such command' rmq-cli topic destroy x
ends "a word that is missing" 2 'TOPIC is wanted' rmq-cli topic show
ends "a word too many" 2 'is too much' rmq-cli topic show a b
ends "no name server" 2 'no name server is given' rmq-cli -C -t t -e
ends "an address that is none" 2 'nothing' rmq-cli -n nothing -C -t t -e
ends "a topic without a mode is -P when stdin is no terminal" 2 'no name server' rmq-cli -t t

# --- Keys -----------------------------------------------------------------------------------------------

run rmq-cli -X list
grep -q '^sendMsgTimeout  *integer' out
ok "-X list: the keys of the library" $?
run rmq-cli -X list -J
grep -q '^{"name":"sendMsgTimeout","type":"integer","range":"1..3600000","default":"3000","unit":"ms"' out
ok "-X list -J" $?
printf '# a comment\n sendMsgTimeout = 1234 \r\n\nsecretKey=s3cret\naccessKey=me' > keys
run rmq-cli -F keys -X dump
grep -qx 'sendMsgTimeout=1234' out && grep -qx 'secretKey=\*\*\*' out && grep -qx 'accessKey=me' out
ok "-X dump: a file of keys, secrets hidden" $?
run rmq-cli -F keys -X sendMsgTimeout=99 -X dump
grep -qx 'sendMsgTimeout=99' out
ok "an option wins over the file" $?
RMQ_CLI_CONFIG=keys run rmq-cli -X dump
grep -qx 'sendMsgTimeout=1234' out
ok "the file of the environment" $?
mkdir -p home/.config && cp keys home/.config/rmq-cli.conf
run env -u RMQ_CLI_CONFIG -u XDG_CONFIG_HOME HOME="$scratch/home" rmq-cli -X dump
grep -qx 'sendMsgTimeout=1234' out
ok "the file at home" $?
ends "a key that is near another one" 2 'sendMsgTimeout' rmq-cli -C -t t -X sendMsgTimout=1
ends "a value out of range" 2 'sendMsgTimeout' rmq-cli -C -t t -X sendMsgTimeout=0
ends "no pair" 2 'key=value, list or dump' rmq-cli -C -t t -X what
printf 'good\n' > bad
ends "a line that is no pair" 2 'bad:1: not key=value' rmq-cli -C -t t -F bad
ends "a file that is not there" 2 'gone: No such file' rmq-cli -C -t t -F gone

# --- Secrets --------------------------------------------------------------------------------------------

for refused in '--sk hush' '--sk=hush' '-X secretKey=hush' '-X tlsKeyPassword=hush'; do
	# shellcheck disable=SC2086
	run rmq-cli -C -t t $refused
	[ $status -eq 2 ] && grep -q 'refused: other users see' err && ! grep -q hush out err
	ok "${refused%hush}is refused, and not told" $?
done
printf 'hush\n' > secret
run rmq-cli --ak me --sk-file secret -X dump
grep -qx 'secretKey=\*\*\*' out && ! grep -q hush out err
ok "--sk-file" $?
RMQ_ACCESS_KEY=me RMQ_SECRET_KEY=hush run rmq-cli -X dump
grep -qx 'secretKey=\*\*\*' out && grep -qx 'accessKey=me' out
ok "the environment" $?
input=secret
run rmq-cli --ak me --sk-file - -X dump
unset input
grep -qx 'secretKey=\*\*\*' out
ok "--sk-file -: stdin" $?
ends "a file of a secret that is not there" 2 'sk-file: gone' rmq-cli --ak me --sk-file gone -X dump
printf 'two\nlines\n' > secret
run rmq-cli --ak me --sk-file secret -X dump
! grep -q 'lines' err
ok "a secret that is none is not told either" $?
printf 'tlsKeyPem=hush\nnokey=hush\n' > keys
run rmq-cli -F keys -X dump
[ $status -eq 2 ] && ! grep -q hush err
ok "a bad line of a file is named, its value is not" $?
finish
