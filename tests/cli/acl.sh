#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# acl.sh - rmq-cli acl: users, policies and accounts are made, shown, altered and deleted; secrets are seen nowhere.

. "$srcdir/tests/cli/lib.sh"
RMQ_CLI_NAMESRV='' # a cluster with an operator of its own
cluster --brokers 2 --broker-settings "$(printf 'authenticationEnabled=true\nauthorizationEnabled=true\ninitAuthenticationUser={"username":"operator1","password":"open.sesame"}')"
cd "$scratch" || exit 99

printf 'open.sesame\n' > operator
printf 's3cret-of-alice\n' > alice
printf '#!/bin/sh\nexec rmq-cli acl "$@" --ak operator1 --sk-file operator\n' > acl
chmod +x acl
PATH=$PWD:$PATH
# shows NAME PATTERN COMMAND...: status 0, and a line of stdout that has the pattern.
shows() {
	name=$1 pattern=$2
	shift 2
	run "$@"
	[ "$status" -eq 0 ] && grep -q -e "$pattern" out && ! grep -q -e s3cret -e sesame out err
	good=$?
	[ $good -eq 0 ] || { echo "# status $status"; show; }
	ok "$name" $good
}

# --- Users -------------------------------------------------------------------------------------------------

ends "who has no key may do nothing" 5 '.' rmq-cli acl users
ends "a password is no argument" 2 'password-file is wanted' rmq-cli acl add-user alice
ends "add-user" 0 '' acl add-user alice --password-file alice
[ "$(acl users alice -J | grep -c '"user":"alice","type":"normal","status":"enabled","error":null}$')" -eq 2 ]
ok "it is at both brokers" $?
ends "one that is there is refused" 1 '.' acl add-user alice --password-file alice
ends "nothing to set" 2 'nothing to set' acl set-user alice
ends "set-user" 0 '' acl set-user alice --status disabled --type super
shows "that is what it is then" '^broker-a  *alice  *super  *disabled  *-$' acl users
ends "of what is typed" 0 'secret:\|^$' sh -c 'printf "another-s3cret\n" | acl set-user alice --password-file -; echo >&2'
ends "a file that is not there" 2 'no-such-file' acl set-user alice --password-file no-such-file

# --- Policies ----------------------------------------------------------------------------------------------

ends "set-policy" 0 '' acl set-policy User:alice 'Topic:orders*' Pub,Sub --source-ips 10.0.0.0/8
shows "it is shown" 'User:alice  *Topic:orders\*  *.*[Pp]ub.*[Aa]llow' acl policies alice
ends "set-policy --deny" 0 '' acl set-policy User:alice Topic:secret Sub --deny
[ "$(acl policies User:alice -J | grep -c '"subject":"User:alice".*"error":null}$')" -eq 4 ]
ok "two at each broker" $?
ends "actions that are none" 1 '.' acl set-policy User:alice Topic:t Dance
ends "nobody can be asked" 2 'yes is wanted' acl rm-policy User:alice Topic:secret
ends "rm-policy of a resource" 0 '' acl rm-policy User:alice Topic:secret --yes
[ "$(acl policies User:alice -J | grep -c '"resource":"Topic:orders')" -eq 2 ] &&
	! acl policies User:alice | grep -q Topic:secret
ok "the other one is there" $?
ends "rm-policy of all" 0 '' acl rm-policy User:alice --yes
! acl policies User:alice | grep -q orders
ok "there is none" $?
ends "rm-user" 0 '' acl rm-user alice --yes
! acl users | grep -q alice
ok "it is gone" $?

# --- Accounts ----------------------------------------------------------------------------------------------

ends "a setting that there is not" 2 'is not admin, ' acl set-account bob1234 colour=red
ends "a key that is too short" 2 'no access key' acl set-account bob
ends "brokers of 5.3 have no accounts" 1 '.' acl set-account bob1234 defaultTopicPerm=SUB --password-file alice

# Brokers of 4.9 have them, and no users.
cat > old.sh <<'END'
acl set-account bob1234 defaultTopicPerm=SUB 'topicPerms=T=PUB,U=PUB|SUB' --password-file alice &&
	acl accounts -J && acl white 10.0.0.7 && acl rm-account bob1234 --yes && acl accounts -J
END
printf 'accounts:\n- accessKey: operator1\n  secretKey: open.sesame\n  admin: true\n' > plain_acl.yml
run rmq-mock exec --broker-settings "$(printf 'emulate=4.9\naclEnable=true\nrocketmq.acl.plain.file=%s' "$PWD/plain_acl.yml")" -- sh old.sh
[ "$status" -eq 0 ] && grep -q '"accessKey":"bob1234",.*"defaultTopicPerm":"SUB",.*"error":null}$' out &&
	! tail -n 1 out | grep -q bob1234 && ! grep -q -e s3cret -e sesame out err
good=$?
[ $good -eq 0 ] || show
ok "accounts of 4.9 are made, shown and deleted" $good
finish
