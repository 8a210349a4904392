#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# fault_matrix.sh - doc/fault-matrix.md is what the matrix of faults gives now.

. "$(dirname "$0")/../lint/lib.sh"

matrix=$builddir/tests/api/t_fault_matrix
page=$srcdir/doc/fault-matrix.md

# Prints what `make update-docs` would change.
outdated() {
	diff "$1" "$scratch/new"
}

if test -x "$matrix"; then
	"$matrix" page "$scratch/new" > /dev/null
	sed 's/| sync |/| async |/' "$page" > "$scratch/bad.md"
	finds "finds a table that is out of date" 'async' outdated "$scratch/bad.md"
	clean "doc/fault-matrix.md is up to date (else: make update-docs)" outdated "$page"
else
	skip "doc/fault-matrix.md is up to date" "no $matrix"
fi
finish
