#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# symbols.sh LIBRARY LIST - the .symbols file of a library, from the checked list of its functions: NAME@@NODE a line.
# RMQ_0.1 is what release 0.1.0 brought, so a program that takes none of a later node does not ask for a later package.
# What the mock takes of the inside of the client stands under a node of the exact release, and its package asks for the
# same version.

set -eu
printf '%s.so.0 %s0 #MINVER#\n* Build-Depends-Package: %s-dev\n' "$1" "$1" "$1"
sed 's/.*@@//' "$2" | LC_ALL=C sort -u | sed 's/\(.*_\)\(.*\)/ \1\2@\1\2 \2.0/'
sed 's/\(.*\)@@\(.*_\)\(.*\)/ \1@\2\3 \3.0/' "$2"
if [ "$1" = librocketmq-c ]; then
	echo ' (regex)"@ROCKETMQ_C_PRIVATE_" 0'
fi
