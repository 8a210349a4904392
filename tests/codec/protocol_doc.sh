#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# protocol_doc.sh - the tables of doc/protocol.md are those of src/codec/schema.def.

. "$(dirname "$0")/../lint/lib.sh"

generator=$builddir/doc/gen_protocol
page=$srcdir/doc/protocol.md

# Prints what `make update-docs` would change.
outdated() {
	"$generator" "$1" > "$scratch/new" && diff "$1" "$scratch/new"
}

if test -x "$generator"; then
	sed 's/PULL_MESSAGE/PUSH_MESSAGE/' "$page" > "$scratch/bad.md"
	finds "finds a table that is out of date" 'PUSH_MESSAGE' outdated "$scratch/bad.md"
	clean "doc/protocol.md is up to date (else: make update-docs)" outdated "$page"
else
	skip "doc/protocol.md is up to date" "no $generator"
fi
finish
