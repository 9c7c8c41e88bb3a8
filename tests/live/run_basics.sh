#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# asan: yes
# bailiff run: what comes out of it, by status and by report, as root and as an ordinary user.
. "$(dirname "$0")/../common/lib.sh"
cd "$TMPDIR" || exit 1
chmod 755 . 2>/dev/null # for as_user

cat >web.yaml <<'YAML'
version: 1
name: web
syscalls:
  default: allow
  deny:
    - {calls: [mkdir, mkdirat], action: errno EACCES, why: no directories}
    - {calls: [swapon, swapoff], action: errno EACCES, report: no}
    - {calls: [acct], action: kill}
    - {calls: [syslog], action: trap}
  audit: [sched_yield]
YAML
printf 'version: 1\nname: quiet\nsyscalls: {default: allow, deny: [{calls: [swapon], report: no}]}\n' >quiet.yaml
printf 'version: 1\nname: none\nsyscalls: {default: alow}\n' >wrong.yaml
printf 'version: 1\nname: files\nfiles: {default: allow, deny: [{paths: [/etc/shadow], access: [read], by: [/usr/bin/cat]}]}\n' >files.yaml
printf '#!/nonexistent/interpreter\n' >script.sh
printf 'neither\n' >neither
printf '#!/bin/sh\necho found\n' >found
chmod 755 script.sh neither found
mkdir -p first second
printf 'x' >first/tool
printf '#!/bin/sh\necho second\n' >second/tool
chmod 644 first/tool
chmod 755 second/tool
probe=$TMPDIR/probe
cp "$BAILIFF_BUILD/live/probe" "$probe"
chmod 755 "$probe"

run() { "$BAILIFF" run "$@"; }

# statuses
expect_status status-zero 0 run -p web.yaml true
expect_status status-own 7 run -p web.yaml -- sh -c 'exit 7'
expect_status status-signal 143 run -p web.yaml -- sh -c 'kill -TERM $$'
expect_status status-own-255 255 run -p web.yaml -- sh -c 'exit 255'
expect_status not-found 127 run -p web.yaml nonexistent-program
grep -q 'nonexistent-program: No such file.*PATH' err && pass not-found-says-so || fail not-found-says-so "$(cat err)"
expect_status not-found-path 127 run -p web.yaml ./nonexistent
expect_status not-executable 126 run -p web.yaml ./quiet.yaml
expect_status a-directory 126 run -p web.yaml /tmp
expect_status wrong-format 126 run -p web.yaml ./neither
expect_status missing-interpreter 127 run -p web.yaml ./script.sh
grep -q 'interpreter /nonexistent/interpreter is missing' err && pass interpreter-named || fail interpreter-named "$(cat err)"
expect_status missing-interpreter-unsupervised 127 run -p web.yaml --report none ./script.sh
grep -q 'interpreter /nonexistent/interpreter is missing' err && pass interpreter-named-unsupervised || fail interpreter-named-unsupervised "$(cat err)"
expect_status wrong-format-unsupervised 126 run -p web.yaml --report none ./neither
grep -q 'execute ./neither: Exec format error' err && pass last-words || fail last-words "$(cat err)"
expect_status not-found-unsupervised 127 run -p web.yaml --report none nonexistent-program
expect_status not-executable-unsupervised 126 run -p quiet.yaml ./quiet.yaml
expect_status no-policy 2 run true
expect_status no-command 2 run -p web.yaml
expect_status policy-not-there 125 run -p nonexistent.yaml true
expect_status policy-wrong 125 run -p wrong.yaml touch started
expect_status policy-not-enforced 125 run -p files.yaml touch started
grep -q '^files.yaml:3:.*files' err && pass policy-not-enforced-says-where || fail policy-not-enforced-says-where "$(cat err)"
expect_status report-not-there 125 run -p web.yaml --report /nonexistent/dir/report touch started
expect_status user-unknown 125 run -p web.yaml --user nonexistent-user touch started
[ -e started ] && fail nothing-started "it was started" || pass nothing-started
expect path-order second "$(PATH=$TMPDIR/first:$TMPDIR/second run -p quiet.yaml tool 2>&1)"
expect path-empty-element found "$(PATH=:/usr/bin:/bin run -p web.yaml found 2>&1)"

# --partial
expect_status partial 0 run -p files.yaml --partial --report report.partial true
grep -q '^{"partial":{"rule":"files.yaml:3","class":"files","reason":"' report.partial && pass partial-recorded || fail partial-recorded "$(cat report.partial)"
grep -q 'files.yaml:3.*not enforced' err && pass partial-told || fail partial-told "$(cat err)"

# verdicts
expect denied -13 "$(run -p web.yaml "$probe" call 83 0 0 2>err)"
grep -q '^bailiff: denied mkdir(pathname=0x0, mode=[0-9]*) = EACCES by web.yaml:6 (no directories) in .*/probe\[[0-9]*\]$' err && pass denied-told || fail denied-told "$(cat err)"
grep -q '^ *1  denied  *mkdir  *web.yaml:6$' err && pass summary || fail summary "$(cat err)"
expect quiet -13 "$(run -p web.yaml "$probe" call 167 0 0 2>err)"
expect quiet-is-quiet '' "$(cat err)"
expect_status killed 159 run -p web.yaml "$probe" call 163 0
grep -q '^bailiff: killed for a forbidden call in .*/probe\[' err && pass killed-told || fail killed-told "$(cat err)"
expect_status trapped 159 run -p web.yaml "$probe" call 103 3 0 0
run -p web.yaml --report report.killed -- sh -c '("$0" call 163 0 &); sleep 0.3' "$probe" 2>err
expect killed-orphan-told 1 "$(grep -c '"verdict":"killed".*"syscall":null.*"comm":"probe"' report.killed)"
expect_status killed-unsupervised 159 run -p web.yaml --report none "$probe" call 163 0
expect denied-unsupervised -13 "$(run -p web.yaml --report none "$probe" call 83 0 0 2>err)"
expect denied-unsupervised-is-quiet '' "$(cat err)"
run -p web.yaml "$probe" call 24 >out 2>err
grep -q '^bailiff: audited sched_yield(' err && pass audited-told || fail audited-told "$(cat err)"

# --audit
expect audit-lets-through -14 "$(run -p web.yaml --audit "$probe" call 83 0 0 2>err)"
grep -q '^bailiff: would deny mkdir(.*= EACCES by web.yaml:6' err && pass audit-tells || fail audit-tells "$(cat err)"
expect audit-kills-nobody -14 "$(run -p web.yaml --audit "$probe" call 163 1 2>err | sed 's/-1$/-14/')"
grep -q 'would deny acct(' err && pass audit-tells-of-kills || fail audit-tells-of-kills "$(cat err)"
run -p web.yaml --audit --report report.audit true 2>err
grep -q 'there were no violations' err && pass audit-always-sums-up || fail audit-always-sums-up "$(cat err)"

sed 's/^name: web/&\nmode: audit/' web.yaml >audit.yaml
expect audit-by-the-policy -14 "$(run -p audit.yaml "$probe" call 83 0 0 2>err)"
run -p audit.yaml --report report.audit true 2>err
grep -q 'there were no violations' err && pass audit-by-the-policy-sums-up || fail audit-by-the-policy-sums-up "$(cat err)"

# reports
run -p web.yaml --report report.json "$probe" call 83 0 0 >out 2>err
expect report-file-only '' "$(cat err)"
run -p web.yaml --report - "$probe" call 83 0 0 2>err | grep '^{' >report.stdout
for report in report.json report.stdout; do
	python3 - $report <<'PY' && pass "$report-is-right" || fail "$report-is-right" "$(cat $report)"
import json, os, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
assert len(lines) == 1, lines
e = lines[0]
assert list(e) == ["time", "policy", "rule", "why", "class", "operation", "verdict", "errno", "plane",
                   "syscall", "object", "process", "ancestors", "host", "generation", "count"]
assert (e["policy"], e["rule"], e["why"], e["class"]) == ("web", "web.yaml:6", "no directories", "syscalls")
assert (e["operation"], e["verdict"], e["errno"], e["plane"]) == ("mkdir", "denied", "EACCES", "seccomp")
assert e["syscall"]["name"] == "mkdir" and e["syscall"]["number"] == 83
p = e["process"]
assert p["exe"] == os.path.realpath("probe") and p["comm"] == "probe" and p["pid"] == p["tid"]
assert p["uid"] == os.getuid() and p["start"] <= e["time"] and p["cgroup"]
assert e["ancestors"][0]["comm"] in ("bailiff", "bailiff-static"), e["ancestors"]
assert e["count"] == 1 and e["host"] == os.uname().nodename
PY
done
expect report-mode 600 "$(stat -c %a report.json)"

# compiled policies
if "$BAILIFF" compile quiet.yaml -o quiet.bailiff 2>/dev/null && "$BAILIFF" compile web.yaml -o web.bailiff; then
	expect compiled -13 "$(run -p web.bailiff "$probe" call 83 0 0 2>err)"
	grep -q 'by web.yaml:6' err && pass compiled-knows-its-lines || fail compiled-knows-its-lines "$(cat err)"
else
	skip compiled "bailiff compile does not work here"
fi

# an ordinary user
as_user sh -c '"$BAILIFF" run -p "$0" "$1" call 83 0 0' "$TMPDIR/web.yaml" "$probe" >out 2>err
expect user-denied -13 "$(cat out)"
grep -q "= EACCES by .*web.yaml:6 (no directories) in $probe\[" err && pass user-told || fail user-told "$(cat err)"
expect_status user-cannot-change-user 125 as_user sh -c '"$BAILIFF" run -p "$0" --user 1:1 true' "$TMPDIR/web.yaml"
