#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# status-page.sh - the status page of a cluster in a real browser, headless Chromium: what its script makes of the
# answers of the control plane. STATUS_PAGE_PNG=FILE keeps a picture (doc/status-page.png was made so).

builddir=${abs_top_builddir-.}
browser=
for name in chromium chromium-browser google-chrome; do
	test -n "$browser" || browser=`command -v $name`
done
if test -z "$browser"; then
	echo "1..0 # SKIP there is no Chromium (Debian: chromium)"
	exit 0
fi

scratch=`mktemp -d` || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

cat > "$scratch/fixture.json" <<'END'
{"topics":[{"topic":"orders","queues":4},{"topic":"invoices","queues":2}],
 "messages":[{"topic":"orders","body":"first"},{"topic":"orders","body":"second"},
             {"topic":"orders","body":"third"},{"topic":"invoices","body":"1"}]}
END

# No GPU, no shared memory of a desktop; --no-sandbox for root in a container.
cat > "$scratch/inside.sh" <<'END'
look() {
	"$BROWSER" --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars \
		--user-data-dir="$SCRATCH/profile" --window-size=1280,900 --virtual-time-budget=5000 \
		"$@" "$RMQ_MOCK_CONTROL/" 2>> "$SCRATCH/err"
}
"$MOCK" ctl node stop broker-b || exit 1
look --dump-dom > "$SCRATCH/page" || exit 1
test -z "$STATUS_PAGE_PNG" || look --screenshot="$STATUS_PAGE_PNG"
END
MOCK=$builddir/tools/rmq-mock BROWSER=$browser SCRATCH=$scratch
export MOCK BROWSER SCRATCH STATUS_PAGE_PNG

number=0 failed=0
tell() {
	number=`expr $number + 1`
	if test "$1" = 0; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2"
		failed=1
	fi
}
has() {
	grep -q -F -e "$2" "$scratch/page"
	tell $? "$1"
}

echo 1..6
"$MOCK" exec --brokers 2 --fixture "$scratch/fixture.json" -- sh "$scratch/inside.sh"
tell $? "the browser shows it"
has "the page has heard from the cluster" '<span id="live" class="tag good">live</span>'
has "a node that runs" '<td class="">broker-a</td><td class="">master</td>'
has "a node that is stopped" '<span class="tag bad">stopped</span>'
has "a topic, its queues and messages" \
	'<td class="">orders</td><td class="">broker-a</td><td class="number">4</td><td class="number">3</td>'
has "requests by their names" '<td class="">REGISTER_BROKER</td>'
test $failed = 0 || sed 's/^/# /' "$scratch/err"
exit $failed
