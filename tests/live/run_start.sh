#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# asan: yes
# bailiff run: what the program starts with, and what it does not get: descriptors, signals, users,
# capabilities, a second listener; and the policies that deny the launcher's own steps.
. "$(dirname "$0")/../common/lib.sh"
cd "$TMPDIR" || exit 1
chmod 755 . 2>/dev/null # for as_user
probe=$TMPDIR/probe
cp "$BAILIFF_BUILD/live/probe" "$probe"
chmod 755 "$probe"
run() { "$BAILIFF" run "$@"; }

cat >web.yaml <<'YAML'
version: 1
name: web
syscalls: {default: allow, deny: [{calls: [mkdir], action: errno EACCES}], audit: [sched_yield]}
YAML
cat >noexec.yaml <<'YAML'
version: 1
name: noexec
syscalls: {default: allow, deny: [{calls: [execve, execveat], action: errno EACCES}]}
YAML
sed 's/errno EACCES/kill/; s/noexec/killexec/' noexec.yaml >killexec.yaml
cat >only.yaml <<'YAML'
version: 1
name: only
syscalls:
  default: kill
  allow: [write, writev, brk, mmap, munmap, mprotect, arch_prctl, set_tid_address, set_robust_list, rseq,
          prlimit64, readlink, readlinkat, getrandom, newfstatat, fstat, exit_group, poll, ioctl, uname, futex,
          rt_sigprocmask, fcntl]
YAML
sed 's/default: kill/default: deny/; s/^name: only/name: onlydeny/' only.yaml >onlydeny.yaml

# descriptors: as a plain start has them
exec 7</dev/null
"$probe" fds >want
run -p web.yaml "$probe" fds >out 2>err
expect fds-supervised "$(cat want)" "$(cat out)"
run -p noexec.yaml "$probe" fds >out 2>err
expect fds-with-a-gate "$(cat want)" "$(cat out)"
run -p web.yaml --report none "$probe" fds >out 2>err
expect fds-unsupervised "$(cat want)" "$(cat out)"
run -p web.yaml --report report.fds "$probe" fds >out 2>err
expect fds-with-a-report "$(cat want)" "$(cat out)"
"$probe" fds >want 0<&-
run -p web.yaml "$probe" fds >out 2>err 0<&-
expect fds-closed-input "$(cat want)" "$(cat out)"
expect closed-standard-descriptors -13 "$(run -p web.yaml --report report.closed "$probe" call 83 0 0 0<&- 2>&-)"
expect closed-standard-descriptors-report 1 "$(grep -c '"verdict":"denied"' report.closed)"
python3 - "$BAILIFF" "$probe" <<'PY' && pass nothing-standard-at-all || fail nothing-standard-at-all "a descriptor took another's place"
import json, os, subprocess, sys
p = subprocess.run([sys.argv[1], "run", "-p", "web.yaml", "--report", "report.nothing", sys.argv[2], "flood", "1", "1"],
                   preexec_fn=lambda: [os.close(fd) for fd in (0, 1, 2)], timeout=20)
records = [json.loads(line) for line in open("report.nothing")]
assert len(records) == 1 and records[0]["process"]["exe"] == os.path.realpath(sys.argv[2]), records
PY
exec 7<&-

# an end of a pipe that the program closes is closed
python3 - "$BAILIFF" "$probe" <<'PY' && pass output-closed-by-the-program || fail output-closed-by-the-program "the supervisor holds it"
import subprocess, sys, time
p = subprocess.Popen([sys.argv[1], "run", "-p", "web.yaml", sys.argv[2], "closed", "1500"], stdout=subprocess.PIPE)
start = time.monotonic()
assert p.stdout.read() == b""
assert time.monotonic() - start < 1.2
assert p.wait() == 0
PY

# environment and signals
expect environment "$(env -i A=1 B=2 /usr/bin/env)" "$(env -i A=1 B=2 "$BAILIFF" run -p web.yaml /usr/bin/env)"
python3 - "$BAILIFF" "$probe" <<'PY' && pass signals-as-inherited || fail signals-as-inherited "masks or dispositions differ"
import os, signal, subprocess, sys
def setup():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, {signal.SIGUSR1})
def setup_ignored():
    setup()
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
def out(argv, how):
    return subprocess.run(argv, preexec_fn=how, stdout=subprocess.PIPE, restore_signals=False, check=False)
for how in setup, setup_ignored:
    want = out([sys.argv[2], "signals"], how)
    for options in [], ["--report", "none"]:
        got = out([sys.argv[1], "run", "-p", "web.yaml"] + options + [sys.argv[2], "signals"], how)
        assert got.returncode == 0, got.returncode
        assert [l for l in want.stdout.split(b"\n") if b"SigQ" not in l] == \
               [l for l in got.stdout.split(b"\n") if b"SigQ" not in l], (want.stdout, got.stdout)
PY

# the launcher's own steps (unanswered, they would wait for ever)
expect exec-denied-yet-started -13 "$(timeout 20 "$BAILIFF" run -p noexec.yaml "$probe" call 59 0 0 0 2>err)"
grep -q 'denied execve(' err && pass exec-denied-told || fail exec-denied-told "$(cat err)"
expect_status exec-killed-yet-started 159 run -p killexec.yaml "$probe" call 59 0 0 0
expect exec-denied-unsupervised -13 "$(run -p noexec.yaml --report none "$probe" call 59 0 0 0 2>err)"
expect_status exec-denied-not-found 127 run -p noexec.yaml ./nonexistent
expect_status exec-denied-missing-interpreter 127 sh -c 'printf "#!/nonexistent/i\n" >s; chmod 755 s; exec "$0" run -p noexec.yaml ./s' "$BAILIFF"
expect exec-audited -13 "$(run -p noexec.yaml --audit "$probe" call 83 0 0 2>err | sed 's/-14/-13/')"
grep -q 'would deny execve' err && fail own-exec-not-told "$(cat err)" || pass own-exec-not-told
for guess in 1 0 0xffffffffffffffff; do
	expect "gate-is-shut-$guess" -13 "$(run -p noexec.yaml "$probe" call 59 0 0 0 $guess $guess $guess 2>err)"
done
expect_status only-what-is-needed 0 run -p only.yaml "$probe" fds
expect_status only-what-is-needed-kills 159 run -p only.yaml "$probe" call 39
grep -q "killed for a forbidden call in $probe\[" err && pass killed-at-once-is-named || fail killed-at-once-is-named "$(cat err)"
expect only-what-is-needed-denies -1 "$(run -p onlydeny.yaml "$probe" call 39 2>err)"

# the filter may forbid even the launcher's last words: it dies, and no core is left
cp /dev/null neither && chmod 755 neither
sed 's/write, //; s/exit_group, //; s/^name: only/name: mute/' only.yaml >mute.yaml
expect_status start-that-fails-under-a-mute-policy 126 run -p mute.yaml ./neither
grep -q 'Exec format error' err && pass start-that-fails-says-so || fail start-that-fails-says-so "$(cat err)"

# the supervisor is out of the program's reach, even under the same user
as_user sh -c '"$BAILIFF" run -p "$0" sh -c "ls /proc/\$PPID/fd; cat /proc/\$PPID/maps; cat /proc/\$PPID/environ"' "$TMPDIR/web.yaml" >out 2>err
expect supervisor-is-out-of-reach '' "$(cat out)"
expect supervisor-says-no 3 "$(grep -c 'Permission denied' err)"

# one listener
expect_status nested 125 run -p web.yaml -- "$BAILIFF" run -p web.yaml touch started
grep -q 'inside a `bailiff run`.*--report none' err && pass nested-says-so || fail nested-says-so "$(cat err)"
[ -e started ] && fail nested-starts-nothing "it was started" || pass nested-starts-nothing
expect_status nested-unsupervised 0 run -p web.yaml -- "$BAILIFF" run -p web.yaml --report none true
expect nested-outer-keeps-reporting -13 "$(run -p web.yaml -- "$BAILIFF" run -p noexec.yaml --report none "$probe" call 83 0 0 2>err)"
grep -q 'denied mkdir' err && pass nested-outer-tells || fail nested-outer-tells "$(cat err)"

# no_new_privs
expect no-new-privs 1 "$(run -p web.yaml "$probe" status NoNewPrivs | tr -dc 01)"
sed 's/^name: web/&\nno-new-privileges: false/' web.yaml >privs.yaml
expect_status privileges-without-privilege 125 as_user sh -c '"$BAILIFF" run -p "$0" true' "$TMPDIR/privs.yaml"
grep -q 'no-new-privileges: false takes CAP_SYS_ADMIN' err && pass privileges-says-so || fail privileges-says-so "$(cat err)"

if ! is_root; then
	skip capabilities "not root"
	exit 0
fi
expect privileges-kept 0 "$(run -p privs.yaml "$probe" status NoNewPrivs | tr -dc 01)"
expect privileges-kept-user 65534 "$(run -p privs.yaml --user 65534:65534 "$probe" status Uid | cut -f2)"
expect privileges-kept-user-has-none 0000000000000000 "$(run -p privs.yaml --user 65534:65534 "$probe" status CapPrm | cut -f2)"

# users
expect user-ids '65534 65534 65534 65534' "$(run -p web.yaml --user nobody "$probe" status Uid | cut -f2- | tr '\t' ' ')"
expect user-groups "$(id -G nobody)" "$(run -p web.yaml --user nobody "$probe" status Groups | cut -f2- | sed 's/ $//')"
expect user-no-groups '' "$(run -p web.yaml --user 1234:5678 "$probe" status Groups | cut -f2- | tr -d ' ')"
expect user-gid 5678 "$(run -p web.yaml --user 1234:5678 "$probe" status Gid | cut -f2)"
expect user-unsupervised 1234 "$(run -p web.yaml --report none --user 1234:5678 "$probe" status Uid | cut -f2)"
expect_status user-without-group 125 run -p web.yaml --user 1234 true
chmod 700 . && cp "$probe" /tmp/probe.$$ && chmod 755 /tmp/probe.$$
expect_status user-may-not-execute 126 run -p web.yaml --user 1234:5678 "$probe" fds
expect user-told '"exe":"/tmp/probe.'$$'"' "$(run -p web.yaml --report - --user 1234:5678 /tmp/probe.$$ call 83 0 0 2>err | grep -o '"exe":"/tmp/probe[^"]*"')"
rm -f /tmp/probe.$$
chmod 755 .

# capabilities
cat >caps.yaml <<'YAML'
version: 1
name: caps
syscalls: {default: allow, deny: [{calls: [mkdir], action: errno EACCES}]}
capabilities: {default: deny, allow: [NET_BIND_SERVICE, CHOWN]}
YAML
mask=0000000000000401
for options in '' '--report none'; do
	for set in CapPrm CapEff CapBnd; do
		# shellcheck disable=SC2086
		expect "caps-$set$options" $mask "$(run -p caps.yaml $options "$probe" status $set | cut -f2)"
	done
	# shellcheck disable=SC2086
	expect "caps-ambient$options" 0000000000000000 "$(setpriv --inh-caps +sys_admin,+chown --ambient-caps +sys_admin "$BAILIFF" run -p caps.yaml $options "$probe" status CapAmb | cut -f2)"
	# shellcheck disable=SC2086
	expect "caps-inheritable$options" 0000000000000001 "$(setpriv --inh-caps +sys_admin,+chown "$BAILIFF" run -p caps.yaml $options "$probe" status CapInh | cut -f2)"
done
# CLONE_NEWUSER by unshare, and clone3
expect caps-no-user-namespace -1 "$(run -p caps.yaml "$probe" call 272 0x10000000 2>err)"
expect caps-no-clone3 -38 "$(run -p caps.yaml "$probe" call 435 0 0 2>err)"
expect caps-not-in-the-bounding-set $mask "$(setpriv --bounding-set -setpcap "$BAILIFF" run -p caps.yaml "$probe" status CapPrm 2>&1 | cut -f2)"
expect_status caps-audit 125 run -p caps.yaml --audit true
expect_status caps-audit-partial 0 run -p caps.yaml --audit --partial true
full=$(setpriv --bounding-set +all "$probe" status CapPrm | cut -f2)
expect caps-audit-partial-keeps "$full" "$(run -p caps.yaml --audit --partial "$probe" status CapPrm 2>err | cut -f2)"
expect caps-user 0000000000000000 "$(run -p caps.yaml --user nobody "$probe" status CapPrm | cut -f2)"
expect caps-still-told 1 "$(run -p caps.yaml --report - "$probe" call 83 0 0 2>err | grep -c "\"exe\":\"$probe\"")"

# Whose rule keeps the program from being started is said with a supervisor and without.
if "$BAILIFF" probe 2>/dev/null | grep -qi 'landlock'; then
	printf 'version: 1\nname: nowhere\nexec: {default: deny, allow: [/nowhere/*]}\n' >nowhere.yaml
	for report in - none; do
		expect_status "denied-by-report-$report" 126 run -p nowhere.yaml --store none --report "$report" true
		if grep -q 'nowhere.yaml:3' "$TMPDIR/err"; then
			pass "denied-by-report-$report-says"
		else
			fail "denied-by-report-$report-says" "$(cat "$TMPDIR/err")"
		fi
	done
else
	skip denied-by "this kernel has no Landlock"
fi
