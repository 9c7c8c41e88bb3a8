#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The metrics before their readers: promtool and a real Prometheus take them, hostile names and all; every
# metric is in the manual page; the alerts and the dashboard of examples/metrics use none that is not there,
# Prometheus can evaluate all that they ask, and the alerts come when they should. `bailiff run --metrics`
# counts what its report tells.
# Run at the top of the repository.
. tests/common/lib.sh

exposition=$BAILIFF_BUILD/lab/exposition
examples=examples/metrics
place=$TMPDIR/prometheus
rm -rf "$place"
mkdir -p "$place"
have promtool && have prometheus && have curl || skip_all "prometheus or curl is not installed"

"$exposition" >"$place/all" || fail metrics-exposition "it can't be printed"
expect_status metrics-promtool 0 promtool check metrics <"$place/all"
expect metrics-promtool-says-nothing "" "$(cat "$TMPDIR/out" "$TMPDIR/err")"
sed 's/^bailiff_loaded 1/bailiff_loaded one/' "$place/all" >"$place/bad"
expect_status metrics-promtool-can-fail 1 promtool check metrics <"$place/bad"

names() { grep -oE '\b(bailiff|process)_[a-z_]+\b' "$@" | sort -u; }
sed -n 's/^# TYPE \([^ ]*\) .*/\1/p' "$place/all" | sort >"$place/names"
expect metrics-in-the-manual-page "$(cat "$place/names")" \
	"$(sed -n '/^\.Sh METRICS/,/^\.Sh [^M]/s/^\.It Cm //p' enforcer/commands/bailiff.1 | sort)"
for file in alerts.yml dashboard.json; do
	names -h "$examples/$file" >"$place/used"
	expect "metrics-of-$file" "" "$(comm -23 "$place/used" "$place/names" | tr '\n' ' ')"
	[ "$(wc -l <"$place/used")" -ge 6 ] || fail "metrics-of-$file-some" "it uses $(cat "$place/used")"
done
expect_status metrics-config 0 promtool check config "$examples/prometheus.yml"
expect_status metrics-alerts 0 promtool test rules tests/metrics/alerts-test.yml

# A program that violates, and reads its own metrics.
cat >"$place/policy.yaml" <<'END'
version: 1
name: demo
syscalls:
  default: allow
  deny:
    - {calls: [mkdir, mkdirat], why: no directories}
    - {calls: [rmdir], why: none to remove}
END
cat >"$place/violate.sh" <<'END'
for i in 1 2 3; do mkdir "$1/no"; done 2>/dev/null
rmdir "$1/none" 2>/dev/null
sleep 1.3 # what repeats is told within a second
curl -s --unix-socket "$1/socket" http://bailiff/metrics >"$1/scraped"
END
expect_status metrics-of-run 0 "$BAILIFF" run -p "$place/policy.yaml" --report "$place/report" \
	--metrics "unix:$place/socket" -- sh "$place/violate.sh" "$place"
rows() { sed -n 's/^bailiff_violations_total{.*rule="[^"]*:\([0-9]*\)".*verdict="denied".*} /\1 /p' "$place/scraped"; }
expect metrics-of-run-counts "6 3
7 1" "$(rows)"
expect metrics-of-run-as-reported "$(grep -o '"count":[0-9]*' "$place/report" | awk -F: '{ n += $2 } END { print n }')" \
	"$(rows | awk '{ n += $2 } END { print n }')"
[ ! -e "$place/socket" ] || fail metrics-of-run-socket "it is still there"
expect_status metrics-without-supervisor 125 "$BAILIFF" run -p "$place/policy.yaml" --report none \
	--metrics "unix:$place/socket" -- true
expect_status metrics-of-static 125 "$BAILIFF_STATIC" run -p "$place/policy.yaml" \
	--metrics "unix:$place/socket" -- true
grep -q 'static binary, which has no --metrics' "$TMPDIR/err" || fail metrics-of-static-why "$(cat "$TMPDIR/err")"

# The units: what they hand on is what the socket has.
proxy=/lib/systemd/systemd-socket-proxyd
if [ -x $proxy ] && have systemd-analyze; then
	mkdir "$place/units"
	cp "$examples"/bailiff-metrics.* "$place/units"
	systemd-analyze verify --man=no "$place/units/bailiff-metrics.socket" \
		"$place/units/bailiff-metrics.service" >"$place/verify" 2>&1
	expect metrics-units "" "$(grep -i bailiff "$place/verify")"
	port=$(python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
	systemd-socket-activate -l "127.0.0.1:$port" $proxy "$place/socket" 2>"$place/proxy" &
	proxy=$!
	"$BAILIFF" run -p "$place/policy.yaml" --report "$place/report" --metrics "unix:$place/socket" -- \
		curl -s --retry 20 --retry-connrefused --retry-delay 1 "http://127.0.0.1:$port/metrics" \
		-o "$place/proxied"
	kill $proxy
	grep -q '^bailiff_build_info{' "$place/proxied" && pass metrics-units-hand-on ||
		fail metrics-units-hand-on "$(cat "$place/proxy")"
else
	skip metrics-units "systemd is not installed"
fi

python3 tests/metrics/prometheus.py "$BAILIFF" "$place" "$examples"
