#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# asan: yes
# bailiff run as a parent: signals, terminals, orphans, and life as PID 1.
. "$(dirname "$0")/../common/lib.sh"
cd "$TMPDIR" || exit 1
probe=$TMPDIR/probe
cp "$BAILIFF_BUILD/live/probe" "$probe"
printf 'version: 1\nname: web\nsyscalls: {default: allow, deny: [{calls: [mkdir], action: errno EACCES}]}\n' >web.yaml
run() { "$BAILIFF" run -p web.yaml "$@"; }

expect orphans-are-reaped 0 "$(run "$probe" orphans 20)"

cat >tests.py <<'PY'
import ctypes, fcntl, os, pty, select, signal, subprocess, sys, termios, time
bailiff, probe = sys.argv[1:3]
command = [bailiff, "run", "-p", "web.yaml", probe]

def lines(fd, until, seconds=5):
    """What comes until `until` does."""
    text, end = b"", time.monotonic() + seconds
    while until not in text and time.monotonic() < end:
        if select.select([fd], [], [], 0.1)[0]:
            try:
                more = os.read(fd, 4096)
            except OSError:
                break
            if not more:
                break
            text += more
    return text.decode().replace("\r", "")

def forwarded():
    p = subprocess.Popen(command + ["wait", "1", "2", "10", "12", "14", "34"], stdout=subprocess.PIPE)
    out = p.stdout.fileno()
    assert "ready" in lines(out, b"ready\n")
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM):
        p.send_signal(number)
        assert lines(out, b"\n") == f"{int(number)} 0 0\n", number
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.sigqueue(p.pid, 34, ctypes.c_void_p(77)) == 0
    assert lines(out, b"\n") == "34 1 77\n"
    p.terminate()
    assert lines(out, b"\n") == "15 0 0\n"
    assert p.wait() == 0

def alarm_of_before_is_forwarded():
    p = subprocess.Popen(command + ["wait", "14"], stdout=subprocess.PIPE,
                         preexec_fn=lambda: signal.alarm(1))
    assert "14 0 0" in lines(p.stdout.fileno(), b"14 0 0\n")
    p.terminate()
    assert p.wait() == 0

def killed_by_a_forwarded_signal():
    p = subprocess.Popen([bailiff, "run", "-p", "web.yaml", "sleep", "100"])
    time.sleep(0.3)
    p.terminate()
    assert p.wait() == 143, p.returncode

def signals_to_the_own_group_come_once():
    once = ("import os, signal, time\n"
            "n = 0\n"
            "def count(*_):\n global n; n += 1\n"
            "signal.signal(signal.SIGUSR1, count)\n"
            "os.kill(0, signal.SIGUSR1); time.sleep(0.4); print(n)\n")
    p = subprocess.run([bailiff, "run", "-p", "web.yaml", sys.executable, "-c", once],
                       stdout=subprocess.PIPE, start_new_session=True, check=True)
    assert p.stdout == b"1\n", p.stdout

def in_terminal(argv, leader):
    """Runs argv in a terminal of its own, as its session's leader or in a job of a leader."""
    pid, master = pty.fork()
    if pid == 0:
        if leader:
            os.execv(argv[0], argv)
        job = os.fork()
        if job == 0:
            os.setpgid(0, 0)
            signal.signal(signal.SIGTTOU, signal.SIG_IGN)
            os.tcsetpgrp(0, os.getpid())
            signal.signal(signal.SIGTTOU, signal.SIG_DFL)
            os.execv(argv[0], argv)
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        while True:
            _, status = os.waitpid(job, os.WUNTRACED)
            if os.WIFSTOPPED(status):
                print("stopped", flush=True)
                time.sleep(0.2)
                os.tcsetpgrp(0, job)
                os.kill(-job, signal.SIGCONT)
                print("continued", flush=True)
                continue
            print("ended", os.WEXITSTATUS(status), flush=True)
            os._exit(0)
    return pid, master

def interrupt_comes_once():
    for leader in True, False:
        pid, master = in_terminal(command + ["wait", "2", "28"], leader)
        assert "ready" in lines(master, b"ready")
        os.write(master, b"\x03")
        got = lines(master, b"2 0 0")
        assert got.count("2 0 0") == 1, got
        time.sleep(0.3)
        # The window's size is told to the foreground group too.
        fcntl.ioctl(master, termios.TIOCSWINSZ, b"\x20\0\x50\0\0\0\0\0")
        got = lines(master, b"28 0 0")
        assert got.count("28 0 0") == 1 and "2 0 0" not in got.replace("28 0 0", ""), got
        time.sleep(0.3)
        os.write(master, b"\x03")
        got = lines(master, b"2 0 0")
        assert "28" not in got, got
        os.kill(pid, signal.SIGKILL)
        os.close(master)
        os.waitpid(pid, 0)

def suspend_and_resume():
    pid, master = in_terminal(command + ["keepalive", "1500"], False)
    time.sleep(0.4)
    os.write(master, b"\x1a")
    got = lines(master, b"stopped")
    assert "stopped" in got, got
    got = lines(master, b"ended 0")
    assert "continued" in got and "ended 0" in got, got
    os.waitpid(pid, 0)

def as_pid_1(program, *options):
    return ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", bailiff, "run", "-p", "web.yaml",
            *options] + program

def pid_1_status():
    assert subprocess.run(as_pid_1(["sh", "-c", "exit 7"])).returncode == 7
    assert subprocess.run(as_pid_1(["sh", "-c", "kill -TERM $$"])).returncode == 143
    p = subprocess.run(as_pid_1([probe, "orphans", "20"]), stdout=subprocess.PIPE)
    assert p.stdout == b"0\n", p.stdout

def pid_1_forwards():
    p = subprocess.Popen(as_pid_1([probe, "wait", "10"]), stdout=subprocess.PIPE)
    assert "ready" in lines(p.stdout.fileno(), b"ready\n")
    child = int(open(f"/proc/{p.pid}/task/{p.pid}/children").read().split()[0])
    assert os.path.basename(os.readlink(f"/proc/{child}/exe")).startswith("bailiff")
    os.kill(child, signal.SIGUSR1)
    assert lines(p.stdout.fileno(), b"\n") == "10 0 0\n"
    os.kill(child, signal.SIGTERM)
    assert lines(p.stdout.fileno(), b"\n") == "15 0 0\n"
    assert p.wait() == 0

def pid_1_takes_all_with_it():
    start = time.monotonic()
    p = subprocess.run(as_pid_1(["sh", "-c", "sleep 30 & exit 3"]))
    assert p.returncode == 3 and time.monotonic() - start < 5, (p.returncode, time.monotonic() - start)

def pid_1_reports():
    p = subprocess.run(as_pid_1([probe, "flood", "4", "1000"], "--report", "report.pid1"),
                       stdout=subprocess.PIPE)
    import json
    assert p.stdout == b"0\n"
    records = [json.loads(line) for line in open("report.pid1")]
    assert sum(r["count"] for r in records) == 4000
    assert records[0]["process"]["pid"] == 2 and records[0]["ancestors"][0]["pid"] == 1, records[0]

def pid_1_becomes_the_program_when_unsupervised():
    p = subprocess.run(as_pid_1(["sh", "-c", "echo $$"], "--report", "none"), stdout=subprocess.PIPE)
    assert p.stdout == b"1\n", p.stdout

def pid_1_in_an_empty_image():
    """Nothing but the static program, the policy and the probe; not even /proc."""
    import json
    static = os.environ["BAILIFF_STATIC"]
    os.mkdir("image")
    for path in static, probe, "web.yaml":
        subprocess.run(["cp", path, "image"], check=True)
    p = subprocess.run(["unshare", "--pid", "--fork", "chroot", "image", "/" + os.path.basename(static), "run",
                        "-p", "/web.yaml", "--report", "/report", "--user", "1000:1000", "/probe", "flood", "2",
                        "500"], stdout=subprocess.PIPE)
    assert (p.returncode, p.stdout) == (0, b"0\n"), p
    records = [json.loads(line) for line in open("image/report")]
    assert sum(r["count"] for r in records) == 1000
    assert records[0]["process"]["exe"] is None, records[0]

here = [forwarded, alarm_of_before_is_forwarded, killed_by_a_forwarded_signal,
        signals_to_the_own_group_come_once, interrupt_comes_once, suspend_and_resume]
first = [pid_1_status, pid_1_forwards, pid_1_takes_all_with_it, pid_1_reports,
         pid_1_becomes_the_program_when_unsupervised, pid_1_in_an_empty_image]
for test in here + (first if os.getuid() == 0 else []):
    name = test.__name__.replace("_", "-")
    try:
        test()
        print("PASS", name, flush=True)
    except (AssertionError, OSError, ValueError, IndexError) as error:
        print(f"FAIL {name}: line {error.__traceback__.tb_next.tb_lineno if error.__traceback__.tb_next else error.__traceback__.tb_lineno}: {str(error)[:300]!r}", flush=True)
if os.getuid() != 0:
    for test in first:
        print(f"SKIP {test.__name__.replace('_', '-')}: not root")
PY
python3 tests.py "$BAILIFF" "$probe"
