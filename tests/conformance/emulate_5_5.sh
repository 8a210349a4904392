#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# emulate_5_5.sh - the behaviours against the mock as a cluster of 5.5, in virtual time: what that release has not is
# skipped with its reason.
exec "${abs_top_builddir:-.}/tests/conformance/conformance" --target mock --emulate 5.5
