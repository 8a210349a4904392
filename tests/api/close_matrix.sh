#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# close_matrix.sh - doc/close-matrix.md is what the matrix of closes gives now.

. "$(dirname "$0")/../lint/lib.sh"

matrix=$builddir/tests/api/t_close_matrix
page=$srcdir/doc/close-matrix.md

# Prints what `make update-docs` would change.
outdated() {
	diff "$1" "$scratch/new"
}

if test -x "$matrix"; then
	"$matrix" page "$scratch/new" > /dev/null
	sed 's/| none |/| no fault |/' "$page" > "$scratch/bad.md"
	finds "finds a table that is out of date" 'no fault' outdated "$scratch/bad.md"
	clean "doc/close-matrix.md is up to date (else: make update-docs)" outdated "$page"
else
	skip "doc/close-matrix.md is up to date" "no $matrix"
fi
finish
