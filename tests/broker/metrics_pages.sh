#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# metrics_pages.sh - the pages of t_metrics, read by the parsers of Prometheus: prometheus_client of Python (Debian:
# python3-prometheus-client) for both forms, and promtool for the text.

. "$(dirname "$0")/../lint/lib.sh"

program=$builddir/tests/broker/t_metrics
python=${PYTHON:-python3}

pages() { # the folder
	RMQ_METRICS_KEEP=$1 "$program" > "$scratch/output" 2>&1 || cat "$scratch/output"
}

# parsed FORM FILE: what the parser has against it, or that a family it should have is missing.
parsed() {
	"$python" - "$1" "$2" << 'P' 2>&1 | tail -n 1
import sys
form, path = sys.argv[1:]
if form == "open":
    from prometheus_client.openmetrics.parser import text_string_to_metric_families
else:
    from prometheus_client.parser import text_string_to_metric_families
found = {}
for family in text_string_to_metric_families(open(path, encoding="utf-8").read()):
    found[family.name] = (family.type, len(family.samples))
for name, kind in (("rocketmq_messages_in", "counter"), ("rocketmq_message_size", "histogram"),
                   ("rocketmq_consumer_lag_messages", "gauge")):
    if found.get(name, ("", 0))[0] != kind or found[name][1] == 0:
        print("no samples of the %s %s" % (kind, name))
P
}

# The units are RocketMQ's, not the advice.
linted() {
	promtool check metrics < "$1" 2>&1 | grep -v 'use base unit "seconds" instead of "milliseconds"'
}

mkdir "$scratch/pages"
pages "$scratch/pages" > "$scratch/failed"
if ! test -x "$program"; then
	skip "pages of metrics are read by others" "no $program"
elif test -s "$scratch/failed"; then
	clean "the pages are made" cat "$scratch/failed"
else
	if "$python" -c 'import prometheus_client' 2> /dev/null; then
		sed '2s/ gauge\| counter/ sundial/' "$scratch/pages/metrics.open" > "$scratch/bad"
		finds "finds a page that is none" 'sundial' parsed open "$scratch/bad"
		clean "prometheus_client reads the text" parsed text "$scratch/pages/metrics.txt"
		clean "prometheus_client reads OpenMetrics" parsed open "$scratch/pages/metrics.open"
	else
		skip "prometheus_client reads both forms" "no python3-prometheus-client"
	fi
	if command -v promtool > /dev/null; then
		clean "promtool reads the text" linted "$scratch/pages/metrics.txt"
	else
		skip "promtool reads the text" "no promtool"
	fi
fi
finish
