#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# wheel.sh - the Python wheel: pip installs it from the file, its program runs, and RmqMock starts, serves and ends a cluster.
# Speaks TAP.

. "$srcdir/tests/lint/lib.sh"

wheel=$(echo "$builddir"/packages/wheel/*.whl)
if ! python3 -c 'import ensurepip, venv' 2> /dev/null; then
	skip "a wheel" "no python3 with venv here"
	finish
fi

python3 -m venv "$scratch/venv"
PATH=$scratch/venv/bin:$PATH
PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
export PATH PIP_NO_CACHE_DIR PIP_DISABLE_PIP_VERSION_CHECK
pip install --no-index "$wheel" > "$scratch/pip.log" 2>&1
status=$?
[ $status -eq 0 ] || sed 's/^/# /' "$scratch/pip.log"
ok "pip installs it from the file" $status
finds "it brings rmq-mock" "$LINT_VERSION" rmq-mock --version
finds "python -m rmq_mock is the same" "$LINT_VERSION" python -m rmq_mock --version
finds "a command runs beside a cluster" '^at 127.0.0.1:' rmq-mock exec -- sh -c 'echo "at $NAMESRV_ADDR"'

cp "$srcdir/tests/packages/wheel_test.py" "$scratch/"
(cd "$scratch" && python wheel_test.py) > "$scratch/python.log" 2>&1
status=$?
sed 's/^/# /' "$scratch/python.log"
ok "its tests" $status

# The same file of the same content.
"$srcdir/packaging/build-wheel" "$builddir/packages/static/bin/rmq-mock" "$LINT_VERSION" "$scratch/first" > /dev/null
"$srcdir/packaging/build-wheel" "$builddir/packages/static/bin/rmq-mock" "$LINT_VERSION" "$scratch/second" > /dev/null
cmp "$scratch"/first/*.whl "$scratch"/second/*.whl
ok "two builds give the same file" $?

pip uninstall -y rmq-mock > "$scratch/pip.log" 2>&1
ok "pip takes it away" $?
clean "and nothing of it stays" find "$scratch/venv" -name '*rmq*'
finish
