#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# npm.sh - the npm package: npm installs it from the file, its program runs, and RmqMock starts, serves and ends a cluster.
# Speaks TAP.

. "$srcdir/tests/lint/lib.sh"

package=$(echo "$builddir"/packages/npm/*.tgz)
if ! command -v npm > /dev/null 2>&1; then
	skip "an npm package" "no npm here"
	finish
fi

mkdir "$scratch/shop"
cd "$scratch/shop" || exit 99
echo '{ "name": "shop", "private": true }' > package.json
npm install --offline --no-audit --no-fund --cache "$scratch/cache" "$package" > "$scratch/npm.log" 2>&1
status=$?
[ $status -eq 0 ] || sed 's/^/# /' "$scratch/npm.log"
ok "npm installs it from the file" $status
finds "it brings rmq-mock" "$LINT_VERSION" node_modules/.bin/rmq-mock --version
finds "a command runs beside a cluster" '^at 127.0.0.1:' node_modules/.bin/rmq-mock exec -- sh -c 'echo "at $NAMESRV_ADDR"'

cp "$srcdir/tests/packages/npm_test.js" .
node --test npm_test.js > "$scratch/node.log" 2>&1
status=$?
sed 's/^/# /' "$scratch/node.log"
ok "its tests" $status

npm uninstall --offline --no-audit --no-fund --cache "$scratch/cache" rmq-mock > "$scratch/npm.log" 2>&1
ok "npm takes it away" $?
clean "and nothing of it stays" find "$scratch/shop" -name '*rmq*'
finish
