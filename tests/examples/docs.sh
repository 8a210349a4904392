#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# docs.sh - the pages made from tables are those that the tables make. Speaks TAP.

echo 1..1
if doc/gen_configuration | diff - "$srcdir/doc/CONFIGURATION.md" | sed 's/^/# /' | grep .; then
	echo "not ok 1 - doc/CONFIGURATION.md: run make update-docs"
else
	echo "ok 1 - doc/CONFIGURATION.md is up to date"
fi
