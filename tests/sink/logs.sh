#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 120
# Reports to the logs of the host, which run here, in a mount namespace of their own: systemd-journald,
# read by journalctl, and rsyslogd, whose parser takes the structured data apart.
. "$(dirname "$0")/../common/lib.sh"
is_root || skip_all "a mount namespace takes root"

cat >"$TMPDIR/web.yaml" <<'END'
version: 1
name: web
syscalls:
  default: allow
  deny: [{calls: [unshare], why: 'no "new\ ]ones'}]
END
cat >"$TMPDIR/inside.sh" <<'END'
. "$LIB"
denied() { # denied TARGET: three violations, two of them one after the other
	"$BAILIFF" run -p "$TMPDIR/web.yaml" --report "$1" -- unshare --user id >"$TMPDIR/out" 2>&1
	expect "denied $1" 1 $?
}
await() { # await COMMAND...: for ten seconds
	n=0
	until "$@" >/dev/null 2>&1 || [ $n = 100 ]; do
		sleep 0.1
		n=$((n + 1))
	done
}
mount -t tmpfs none /run && mkdir -p /run/systemd/journal /run/systemd/journald.conf.d || exit 1

journal() {
	id=$(cat /etc/machine-id 2>/dev/null) || id=
	[ "$id" ] || { skip journal "this machine has no /etc/machine-id"; return; }
	mkdir -p "/run/log/journal/$id"
	printf '[Journal]\nStorage=volatile\nReadKMsg=no\nAudit=no\n' >/run/systemd/journald.conf.d/test.conf
	/lib/systemd/systemd-journald >"$TMPDIR/journald" 2>&1 &
	journald=$!
	await test -S /run/systemd/journal/socket
	denied journal:
	n=0
	until [ $n = 100 ] || journalctl -D /run/log/journal -t bailiff -o json --no-pager 2>/dev/null | grep -q MESSAGE; do
		sleep 0.1
		n=$((n + 1))
	done
	journalctl -D /run/log/journal -t bailiff -o json --no-pager >"$TMPDIR/journal.json"
	"$PYTHON" - "$TMPDIR/journal.json" "$TMPDIR/web.yaml" <<-'PY'
		import json, os, sys
		entries = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
		want = {"BAILIFF_VERDICT": "denied", "BAILIFF_POLICY": "web", "BAILIFF_RULE": sys.argv[2] + ":5",
		        "BAILIFF_WHY": 'no "new\\ ]ones', "BAILIFF_CLASS": "syscalls", "BAILIFF_OPERATION": "unshare",
		        "ERRNO": "1", "PRIORITY": "4", "BAILIFF_COUNT": "1", "BAILIFF_COMM": "unshare",
		        "BAILIFF_EXE": os.path.realpath("/usr/bin/unshare"), "SYSLOG_FACILITY": "10"}
		if len(entries) != 1:
		    print(f"FAIL journal-entries: {len(entries)}, not 1")
		    sys.exit()
		wrong = {k: entries[0].get(k) for k, v in want.items() if entries[0].get(k) != v}
		print(f"FAIL journal-fields: {wrong}" if wrong else "PASS journal-fields")
		message = entries[0]["MESSAGE"]
		right = message.startswith("denied unshare(") and "web.yaml:5" in message and "\n" not in message
		print("PASS journal-message" if right else f"FAIL journal-message: {message}")
	PY
	# A log that is started again is found again, and what it missed in between waited for it.
	"$BAILIFF" run -p "$TMPDIR/web.yaml" --report journal: -- sh -c '
		kill '$journald'; while kill -0 '$journald' 2>/dev/null; do sleep 0.05; done
		unshare --user id
		/lib/systemd/systemd-journald >/dev/null 2>&1 & sleep 3; kill -USR1 $!; sleep 1; kill $!' >"$TMPDIR/out" 2>&1
	got=$(journalctl -D /run/log/journal -t bailiff -o json --no-pager | grep -c MESSAGE)
	expect journal-restarted 2 "$got"
}
[ -x /lib/systemd/systemd-journald ] && journal || skip journal "no systemd-journald here"

syslog() {
	cat >"$TMPDIR/rsyslog.conf" <<-CONF
		module(load="imuxsock" SysSock.Use="off")
		input(type="imuxsock" Socket="/run/log.sock" UseSpecialParser="off" ParseHostname="on" RateLimit.Interval="0")
		module(load="imudp")
		input(type="imudp" address="127.0.0.1" port="5514")
		template(name="t" type="list") {
		  property(name="syslogpriority-text") constant(value=" ")
		  property(name="syslogfacility-text") constant(value=" ")
		  property(name="app-name") constant(value=" ") property(name="msgid") constant(value=" ")
		  property(name="timereported" dateFormat="rfc3339") constant(value="\n")
		  property(name="structured-data") constant(value="\n")
		  property(name="msg") constant(value="\n") }
		action(type="omfile" file="$TMPDIR/log" template="t" fileOwner="root")
	CONF
	ip link set lo up 2>/dev/null || true
	rsyslogd -n -f "$TMPDIR/rsyslog.conf" -i /run/rsyslog.pid >"$TMPDIR/rsyslogd" 2>&1 &
	rsyslogd=$!
	await test -S /run/log.sock
	sleep 0.5
	for target in syslog:/run/log.sock syslog:udp:127.0.0.1:5514; do
		: >"$TMPDIR/log"
		denied "$target"
		await grep -q "in /" "$TMPDIR/log"
		expect "$target header" "warning authpriv bailiff denied" "$(sed -n 1p "$TMPDIR/log" | cut -d' ' -f1-4)"
		expect "$target data" "[bailiff@32473 verdict=\"denied\" policy=\"web\" rule=\"$TMPDIR/web.yaml:5\" why=\"no \\\"new\\\\x5c \\]ones\"" \
			"$(sed -n 2p "$TMPDIR/log" | sed 's/ class=.*//')"
		case $(sed -n 3p "$TMPDIR/log") in
		"denied unshare("*web.yaml:5*) pass "$target message" ;;
		*) fail "$target message" "$(cat "$TMPDIR/log")" ;;
		esac
		expect "$target lines" 3 "$(wc -l <"$TMPDIR/log")"
	done
	kill $rsyslogd
}
have rsyslogd && syslog || skip syslog "no rsyslogd here"

expect_status "no log there" 125 "$BAILIFF" run -p "$TMPDIR/web.yaml" --report syslog:/nowhere -- true
rm -rf /run/systemd/journal
expect_status "no journal there" 125 "$BAILIFF" run -p "$TMPDIR/web.yaml" --report journal: -- true
expect "no journal there, and where" "bailiff: error: report to /run/systemd/journal/socket: No such file or directory; \
is a log running there?" "$(cat "$TMPDIR/err")"
for target in syslog:udp:localhost:514 syslog:udp:127.0.0.1 syslog:here journal:there; do
	expect_status "wrong $target" 125 "$BAILIFF" run -p "$TMPDIR/web.yaml" --report "$target" -- true
done
exit 0
END
LIB=$(cd "$(dirname "$0")/../common" && pwd)/lib.sh PYTHON=${PYTHON:-python3}
export LIB PYTHON
unshare -m sh "$TMPDIR/inside.sh"
