#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# embed.sh FILE - the lines of a text file as C strings, for an array.

LC_ALL=C exec "${AWK-awk}" '{
	gsub(/\\/, "\\\\")
	gsub(/"/, "\\\"")
	gsub(/\t/, "\\t")
	gsub(/\?\?/, "?\"\"?")
	print "\"" $0 "\\n\","
}' "$1"
