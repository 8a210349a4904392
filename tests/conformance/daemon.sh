#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# daemon.sh - the behaviours against rmq-mock over TCP. (The program alone, as make check
# runs it, takes the mock in its own process.)
exec "${abs_top_builddir:-.}/tests/conformance/conformance" --target daemon
