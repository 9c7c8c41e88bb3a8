#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# asan: yes
# bailiff run under pressure: floods, full disks, readers that are slow or gone, descendants that
# outlive the program, a supervisor that is killed. Counts add up in every one of them.
. "$(dirname "$0")/../common/lib.sh"
cd "$TMPDIR" || exit 1
chmod 755 . 2>/dev/null # for as_user
probe=$TMPDIR/probe
cp "$BAILIFF_BUILD/live/probe" "$probe"
cat >web.yaml <<'YAML'
version: 1
name: web
syscalls: {default: allow, deny: [{calls: [mkdir, socket], action: errno EACCES}]}
YAML
cat >tests.py <<'PY'
import glob, json, os, re, signal, socket, subprocess, sys, threading, time
bailiff, probe = sys.argv[1:3]
asan = "BAILIFF_ASAN" in os.environ or "asan" in bailiff
PROBE = [probe]

def command(report, *program, options=()):
    return [bailiff, "run", "-p", "web.yaml", *options] + (["--report", report] if report else []) + list(program)

def read(name):
    with open(name, "rb") as f:
        text = f.read()
    assert not text or text.endswith(b"\n"), text[-200:]
    return add(text)

def add(text):
    told = lost = 0
    for line in text.splitlines():
        record = json.loads(line)
        if "lost" in record:
            lost += record["lost"]["count"]
        else:
            told += record["count"]
    return told, lost

def missing(err):
    found = re.search(rb"bailiff: (\d+) violations? could not be reported to \S+: (.*); the verdicts", err)
    return int(found.group(1)) if found else 0

def highest_memory(p):
    """The most memory of its own that the supervisor has, in kB, as long as it lives: without the pages
    of its program and libraries, SQLite's among them, which lie in the page cache."""
    peak = 0
    while p.poll() is None:
        try:
            with open(f"/proc/{p.pid}/status") as f:
                peak = max([peak] + [int(x) for x in re.findall(r"RssAnon:\s+(\d+)", f.read())])
        except OSError:
            pass
        time.sleep(0.02)
    return peak

def flood_from_eight_threads():
    p = subprocess.Popen(command("report.flood", probe, "flood", "8", "20000"), stdout=subprocess.PIPE)
    peak = highest_memory(p)
    assert p.stdout.read() == b"0\n", "a denial had another errno"
    assert p.returncode == 0
    assert read("report.flood") == (160000, 0), read("report.flood")
    records = len(open("report.flood").readlines())
    assert records < 1000, records
    assert asan or 0 < peak <= 4096, f"{peak} kB"

def flood_of_kinds():
    p = subprocess.Popen(command("report.kinds", probe, "kinds", "20000"), stdout=subprocess.PIPE)
    peak = highest_memory(p)
    assert p.stdout.read() == b"0\n"
    assert sum(read("report.kinds")) == 20000, read("report.kinds")
    assert asan or 0 < peak <= 4096, f"{peak} kB"

def flood_on_standard_error():
    p = subprocess.run(command(None, probe, "flood", "4", "5000"), stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, check=True)
    total = 0
    for line in p.stderr.decode().splitlines():
        if line.startswith("bailiff: denied"):
            many = re.search(r", (\d+) times$", line)
            total += int(many.group(1)) if many else 1
    assert total == 20000, total
    assert re.search(rb"^ +20000  denied +mkdir +web.yaml:3$", p.stderr, re.M), p.stderr[-300:]

def allowed_calls_are_not_stalled():
    other = subprocess.Popen(command("report.other", probe, "flood", "8", "30000"), stdout=subprocess.DEVNULL)
    p = subprocess.run(command("report.keep", probe, "keepalive", "500"), stdout=subprocess.PIPE, check=True)
    assert int(p.stdout) < 100, p.stdout
    assert other.wait() == 0

def full_device():
    p = subprocess.run(command("/dev/full", probe, "flood", "2", "3000"), stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE)
    assert p.returncode == 0 and p.stdout == b"0\n"
    assert missing(p.stderr) == 6000 and b"No space left" in p.stderr, p.stderr

def full_disk():
    os.makedirs("small", exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", "small"], check=True)
    try:
        p = subprocess.run(command("small/report", probe, "kinds", "3000"), stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE)
        told, lost = read("small/report")
        assert p.returncode == 0 and p.stdout == b"0\n"
        assert told > 10 and missing(p.stderr) > 0, (told, p.stderr)
        assert told + lost + missing(p.stderr) == 3000, (told, lost, p.stderr)
    finally:
        subprocess.run(["umount", "-l", "small"], check=True)

def listen(name):
    server = socket.socket(socket.AF_UNIX)
    server.bind(name)
    server.listen()
    return server

def reader_is_gone():
    server = listen("gone")
    def take_one():
        connection, _ = server.accept()
        first.append(connection.recv(1 << 20))
        connection.shutdown(socket.SHUT_RDWR)
        connection.close()
    first = []
    thread = threading.Thread(target=take_one)
    thread.start()
    p = subprocess.run(command("unix:gone", "sh", "-c", '"$0" call 83 0 0; sleep 0.2; "$0" flood 2 3000',
                               probe), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    thread.join()
    assert p.returncode == 0 and p.stdout.split() == [b"-13", b"0"], p.stdout
    assert sum(add(first[0])) + missing(p.stderr) == 6001, (add(first[0]), p.stderr)
    assert missing(p.stderr) >= 5990

def reader_is_slow():
    server = listen("slow")
    text = []
    def take_late():
        connection, _ = server.accept()
        done.wait(20)
        while True:
            more = connection.recv(1 << 16)
            if not more:
                break
            text.append(more)
    done = threading.Event()
    thread = threading.Thread(target=take_late)
    thread.start()
    p = subprocess.Popen(command("unix:slow", "sh", "-c", '"$0" kinds 5000; echo done', probe),
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    start = time.monotonic()
    assert p.stdout.readline() == b"0\n"
    assert p.stdout.readline() == b"done\n"
    took = time.monotonic() - start
    done.set()
    err = p.stderr.read()
    assert p.wait() == 0
    thread.join()
    told, lost = add(b"".join(text))
    assert took < 10, f"the program waited for the reader: {took} s"
    assert told > 100 and told + lost + missing(err) == 5000, (told, lost, err)

def reader_never_reads():
    server = listen("never")
    start = time.monotonic()
    p = subprocess.run(command("unix:never", probe, "kinds", "5000"), stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE)
    took = time.monotonic() - start
    assert p.returncode == 0 and 4.5 < took < 15, took
    assert missing(p.stderr) > 0 and b"too slow" in p.stderr, p.stderr
    connection, _ = server.accept()
    text = b""
    while True:
        more = connection.recv(1 << 16)
        if not more:
            break
        text += more
    told, lost = add(text[:text.rfind(b"\n") + 1])
    assert told + lost + missing(p.stderr) == 5000, (told, lost, p.stderr)

def standard_error_stays_blocking_and_slow():
    reader, writer = os.pipe()
    p = subprocess.Popen(command(None, "sh", "-c", '"$0" kinds 5000; echo done', probe), stdout=subprocess.PIPE,
                         stderr=writer)
    assert p.stdout.readline() == b"0\n"
    assert p.stdout.readline() == b"done\n"
    assert os.get_blocking(writer)
    os.close(writer)
    while os.read(reader, 65536):
        pass
    assert p.wait() == 0

def reporters(report):
    """Processes with that report on their command line."""
    found = []
    for name in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(name, "rb") as f:
                if report.encode() in f.read().split(b"\0"):
                    found.append(int(name.split("/")[2]))
        except OSError:
            pass
    return found

def descendants_keep_their_reporter():
    start = time.monotonic()
    p = subprocess.run(command(f"report.outlive.{os.getpid()}", probe, "outlive", "700", "500"), stdout=subprocess.PIPE)
    took = time.monotonic() - start
    assert p.returncode == 0 and took < 0.6 + asan, took
    assert len(reporters(f"report.outlive.{os.getpid()}")) == 1
    end = time.monotonic() + 10
    while reporters(f"report.outlive.{os.getpid()}") and time.monotonic() < end:
        time.sleep(0.05)
    assert not reporters(f"report.outlive.{os.getpid()}"), "the reporter stays"
    assert read(f"report.outlive.{os.getpid()}") == (500, 0), read(f"report.outlive.{os.getpid()}")

def descendants_of_a_captured_command():
    """$(bailiff run ...) must not wait for the reporter."""
    start = time.monotonic()
    subprocess.run(command("report.captured", probe, "outlive", "2000", "1"), stdout=subprocess.PIPE,
                   stderr=subprocess.PIPE)
    assert time.monotonic() - start < 1.5

def supervisor_is_killed():
    for options in [], ["--audit"]:
        p = subprocess.run(command("report.killed", "sh", "-c", 'kill -9 $PPID; sleep 0.2; "$0" call 83 0 0',
                                   probe, options=options), stdout=subprocess.PIPE)
        assert p.returncode == -9
        assert p.stdout == b"-38\n", p.stdout

def two_runs_one_file():
    ps = [subprocess.Popen(command("report.two", probe, "flood", "2", "5000"), stdout=subprocess.DEVNULL)
          for _ in range(4)]
    assert [p.wait() for p in ps] == [0] * 4
    assert read("report.two") == (40000, 0), read("report.two")

def without_proc():
    root = os.path.realpath("root")
    os.makedirs(root, exist_ok=True)
    for path in os.environ["BAILIFF_STATIC"], probe, "web.yaml":
        subprocess.run(["cp", path, root], check=True)
    name = os.path.basename(os.environ["BAILIFF_STATIC"])
    p = subprocess.run(["chroot", root, "/" + name, "run", "-p", "/web.yaml", "--report", "-", "/probe", "flood",
                        "4", "500"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    lines = p.stdout.splitlines()
    assert p.returncode == 0 and b"0" in lines, (p.returncode, p.stderr)
    records = [json.loads(line) for line in lines if line != b"0"]
    assert sum(r["count"] for r in records) == 2000
    assert records[0]["process"]["exe"] is None and records[0]["process"]["tid"] > 0, records[0]

tests = [flood_from_eight_threads, flood_of_kinds, flood_on_standard_error, allowed_calls_are_not_stalled, full_device,
         reader_is_gone, reader_is_slow, reader_never_reads, standard_error_stays_blocking_and_slow,
         descendants_keep_their_reporter, descendants_of_a_captured_command, supervisor_is_killed, two_runs_one_file]
for test in tests + [full_disk, without_proc]:
    name = test.__name__.replace("_", "-")
    if test in (full_disk, without_proc) and os.getuid() != 0:
        print(f"SKIP {name}: not root")
        continue
    try:
        test()
        print("PASS", name, flush=True)
    except (AssertionError, OSError, ValueError, IndexError, KeyError) as error:
        trace = error.__traceback__.tb_next or error.__traceback__
        print(f"FAIL {name}: line {trace.tb_lineno}: {str(error)[:300]!r}", flush=True)
PY
python3 tests.py "$BAILIFF" "$probe"
