#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# asan: yes
# What run puts into the store: as many as the programs did, whoever is killed, however full the disk.
. "$(dirname "$0")/../common/lib.sh"
cd "$TMPDIR" || exit 1
chmod 755 . 2>/dev/null # for as_user
cp "$BAILIFF_BUILD/live/probe" probe
cat >web.yaml <<'YAML'
version: 1
name: web
syscalls: {default: allow, deny: [{calls: [mkdir, socket], action: errno EACCES}, {calls: [acct], action: kill}]}
YAML
printf 'version: 1\nname: bare\nsyscalls: {default: allow, deny: [{calls: [mkdir, socket], action: errno EACCES}]}\n' >bare.yaml
printf 'capabilities: {default: deny}\n' >>bare.yaml
cat >tests.py <<'PY'
import json, os, re, resource, shutil, signal, sqlite3, subprocess, sys, time
bailiff, probe = sys.argv[1:3]
asan = "BAILIFF_ASAN" in os.environ
top = os.getcwd()
os.environ.pop("BAILIFF_STORE")
MKDIR = ("call", "83", "0", "0")
HELD = re.compile(rb"bailiff: (\d+) violations? (?:is|are) not stored: (.*); the verdicts stood")

def environment(**more):
    return {k: v for k, v in {**os.environ, **more}.items() if v is not None}

def command(store, *program, report=None, options=(), policy="web.yaml"):
    return [bailiff, "run", "-p", policy, *options] + (["--store", store] if store else []) + \
        (["-r", report] if report else []) + list(program)

def run(argv, want=0, **more):
    p = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
    assert p.returncode == want, (p.returncode, p.stderr[-400:])
    return p

def report(*options, **more):
    return json.loads(run([bailiff, "report", "--json", "--sort", "id", *options], **more).stdout)

def summary(store):
    if not os.path.exists(store):
        return 0, 0
    s = report("--store", store)["summary"]
    return s["violations"], s["lost"]

def check(store, **more):
    run([bailiff, "store", "check", "--store", store], **more)

def unstored(err):
    found = HELD.findall(err)
    assert len(found) <= 1 and err.count(b"violations are not stored: ") <= 2, err
    return int(found[0][0]) if found else 0

def by_operation(document):
    sums = {}
    for kind in document["kinds"]:
        sums[kind["operation"]] = sums.get(kind["operation"], 0) + kind["count"]
    return sums

def eight_at_once(argv, **more):
    ps = [subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **more) for _ in range(8)]
    for p in ps:
        err = p.communicate()[1]
        assert p.returncode == 0 and b"not stored" not in err, (p.returncode, err[-300:])

DO = ("sh", "-c", 'set -e; "$0" flood 2 1000; "$0" kinds 50; "$0" call 83 0 0', probe)

def eight_supervisors_one_store():
    eight_at_once(command("eight/s.db", *DO, report="none"))
    document = report("--store", "eight/s.db")
    assert by_operation(document) == {"mkdir": 8 * 2001, "socket": 8 * 50}, document["summary"]
    assert document["summary"]["violations"] == 8 * 2051 and document["summary"]["lost"] == 0
    # The same again: the kinds are known.
    eight_at_once(command("eight/s.db", *DO, report="none"))
    again = report("--store", "eight/s.db")
    assert by_operation(again) == {"mkdir": 16 * 2001, "socket": 16 * 50}
    assert [k["id"] for k in again["kinds"]] == [k["id"] for k in document["kinds"]]
    check("eight/s.db")

def an_ordinary_user_default_store():
    if os.getuid():
        who = {}
    else:
        os.makedirs("user")
        os.chown("user", 65534, 65534)
        who = {"user": 65534, "group": 65534, "extra_groups": []}
    env = environment(XDG_STATE_HOME=top + "/user/state", HOME=None)
    eight_at_once(command(None, *DO), env=env, **who)
    document = report(env=env, **who)
    assert by_operation(document) == {"mkdir": 8 * 2001, "socket": 8 * 50}, document["summary"]
    path = run([bailiff, "store", "path"], env=env, **who).stdout
    assert path == f"{top}/user/state/bailiff/violations.db\n".encode(), path
    st = os.stat("user/state/bailiff/violations.db")
    assert st.st_mode & 0o777 == 0o600 and (os.getuid() or st.st_uid == 65534)

def nothing_violated_leaves_nothing():
    env = environment(BAILIFF_STORE=top + "/quiet/s.db")
    run(command(None, "true"), env=env)
    assert not os.path.exists("quiet")
    assert report(env=env)["summary"]["violations"] == 0 and not os.path.exists("quiet")
    run(command(None, probe, *MKDIR), env=env)
    assert summary("quiet/s.db") == (1, 0)

def none_leaves_no_file():
    env = environment(BAILIFF_STORE=top + "/none/s.db")
    p = run(command("none", probe, *MKDIR, report="none.jsonl"), env=env)
    assert p.stdout == b"-13\n" and not p.stderr and not os.path.exists("none")
    p = run(command(None, probe, *MKDIR, report="none.jsonl"), env=environment(BAILIFF_STORE="none"))
    assert p.stdout == b"-13\n" and not p.stderr and not os.path.exists("none")
    # A store that is named overrides that.
    run(command("named/s.db", probe, *MKDIR, report="none.jsonl"), env=environment(BAILIFF_STORE="none"))
    assert summary("named/s.db") == (1, 0)
    p = run(command(None, probe, *MKDIR, report="none.jsonl"), env=environment(BAILIFF_STORE="relative"))
    assert p.stdout == b"-13\n" and b"not the whole path" in p.stderr, p.stderr

def a_named_store_must_open():
    with open("text", "w") as f:
        f.write("no store at all\n" * 100)
    os.makedirs("open", exist_ok=True)
    os.chmod("open", 0o777)
    os.symlink("elsewhere", "link")
    for store in "text", "open/s.db", "link", "/proc/none/s.db", ":memory:", "open":
        p = run(command(store, "sh", "-c", "echo started"), want=125)
        assert not p.stdout and b"error: " in p.stderr, (store, p.stdout, p.stderr)
    assert open("text").read(7) == "no stor" and not os.path.exists("elsewhere")

def no_report_but_a_store():
    p = run(command("alone/s.db", probe, *MKDIR, report="none"))
    assert p.stdout == b"-13\n" and not p.stderr, p.stderr
    assert summary("alone/s.db") == (1, 0)

def killed_calls_are_stored():
    p = run(command("sigsys/s.db", probe, "call", "163", "0", report="none"), want=128 + signal.SIGSYS)
    assert not p.stderr
    kinds = report("--store", "sigsys/s.db")["kinds"]
    assert [(k["verdict"], k["count"], k["exe"]) for k in kinds] == [("killed", 1, os.path.realpath(probe))], kinds

def without_capabilities():
    run(command("bare/s.db", *DO, policy="bare.yaml", report="bare.jsonl"))
    assert summary("bare/s.db") == (2051, 0)
    if os.getuid():
        return
    # Root could reach it with a capability that the supervisor does not keep: better said at the start.
    os.makedirs("closed/within")
    os.chown("closed", 65534, 65534)
    os.chmod("closed", 0o700)
    p = run(command("closed/within/s.db", "sh", "-c", "echo started"), want=125)
    assert not p.stdout and b"error: " in p.stderr, p.stderr

def no_descriptor_is_inherited():
    p = run(command("fds/s.db", "sh", "-c", '"$0" call 83 0 0; sleep 1.5; "$0" call 83 0 0; exec "$0" fds', probe,
                    report="fds.jsonl"))
    assert p.stdout == b"-13\n-13\n0 1 2 \n", p.stdout
    assert summary("fds/s.db") == (2, 0)

def descendants_are_stored_too():
    run(command("outlive/s.db", probe, "outlive", "500", "300", report="outlive.jsonl"))
    end = time.monotonic() + 20
    while summary("outlive/s.db") != (300, 0) and time.monotonic() < end:
        time.sleep(0.1)
    assert summary("outlive/s.db") == (300, 0), summary("outlive/s.db")

def flooding(store, **more):
    return subprocess.Popen(command(store, "sh", "-c", 'while :; do "$0" flood 1 100; done', probe, report="none"),
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, **more)

def a_killed_supervisor_loses_no_more_than_waits():
    for _ in range(3):
        before = summary("killed/s.db")[0]
        p = flooding("killed/s.db")
        seen, end = before, time.monotonic() + 30
        while seen <= before and time.monotonic() < end:
            time.sleep(0.05)
            # Its file is there a moment before it is a store.
            now = subprocess.run([bailiff, "report", "--json", "--store", "killed/s.db"], stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL)
            seen = json.loads(now.stdout)["summary"]["violations"] if now.returncode == 0 else before
        p.send_signal(signal.SIGKILL)
        p.wait()
        os.killpg(p.pid, signal.SIGKILL)
        check("killed/s.db")
        assert seen > before and summary("killed/s.db")[0] >= seen, (seen, summary("killed/s.db"))
    before = summary("killed/s.db")[0]
    run(command("killed/s.db", probe, "flood", "1", "77", report="none"))
    assert summary("killed/s.db")[0] == before + 77

# Denied calls for three seconds; how many, and the slowest in milliseconds.
SLOWEST = """
import os, time
calls, slowest, end = 0, 0, time.monotonic() + 3
while time.monotonic() < end:
    begin = time.monotonic()
    try:
        os.mkdir("/nonexistent", calls % 512)
    except PermissionError:
        calls += 1
    slowest = max(slowest, time.monotonic() - begin)
print(calls, round(slowest * 1000))
"""

def another_writer_delays_nobody():
    run(command("busy/s.db", probe, *MKDIR, report="none"))
    other = sqlite3.connect("busy/s.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    p = subprocess.Popen(command("busy/s.db", sys.executable, "-c", SLOWEST, report="none"), stdout=subprocess.PIPE)
    time.sleep(3.3)
    other.execute("ROLLBACK")
    calls, slowest = map(int, p.communicate()[0].split())
    assert p.returncode == 0 and slowest < 300, f"{slowest} ms"
    assert summary("busy/s.db") == (calls + 1, 0), (calls, summary("busy/s.db"))

# --- Disks that fail ---

def mounted(name, options):
    os.makedirs(name, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", name], check=True)

def unmount(name):
    subprocess.run(["umount", "-l", name], check=True)

def full_disk():
    env = environment(BAILIFF_STORE=top + "/small/s.db")
    for size, opens in ("8k", False), ("600k", True):
        mounted("small", f"size={size},mode=700")
        try:
            if opens:
                run(command("small/s.db", probe, *MKDIR, report="none"))
                with open("small/fill", "wb", 0) as f:
                    try:
                        while True:
                            f.write(bytes(4096))
                    except OSError:
                        pass
            p = run(command(None, probe, "flood", "2", "1500", report="full.jsonl"), env=env)
            assert p.stdout == b"0\n", "a denial had another errno"
            assert unstored(p.stderr) == 3000, p.stderr
            records = [json.loads(line) for line in open("full.jsonl")]
            assert sum(r.get("count", 0) for r in records) == 3000
            assert len([r for r in records if "error" in r]) == 1, records
            os.unlink("full.jsonl")
            p = run(command(None, probe, "flood", "2", "1500"), env=env)
            assert unstored(p.stderr) == 3000 and p.stderr.count(b"not stored") == 2, p.stderr
            if opens:
                os.unlink("small/fill")
                check("small/s.db")
                run(command("small/s.db", probe, *MKDIR, report="none"))
                assert summary("small/s.db") == (2, 0), summary("small/s.db")
        finally:
            unmount("small")

def room_comes_back():
    mounted("back", "size=600k,mode=700")
    try:
        run(command("back/s.db", probe, *MKDIR, report="none"))
        with open("back/fill", "wb", 0) as f:
            try:
                while True:
                    f.write(bytes(4096))
            except OSError:
                pass
        p = run(command(None, "sh", "-c", '"$0" flood 1 500; sleep 1; rm back/fill; sleep 12; "$0" flood 1 500', probe,
                        report="back.jsonl"), env=environment(BAILIFF_STORE=top + "/back/s.db"))
        assert unstored(p.stderr) == 0, p.stderr
        stored, lost = summary("back/s.db")
        assert stored + lost == 1001 and stored >= 501, (stored, lost)
        assert open("back.jsonl").read().count("violations are not stored: ") == 1
        # Full only when the store is open already: all of it waits, and is told once.
        before = sum(summary("back/s.db"))
        p = run(command(None, "sh", "-c", '"$0" flood 1 500; sleep 1.5; dd if=/dev/zero of=back/fill 2>/dev/null;'
                        '"$0" flood 1 500; sleep 4; rm back/fill; "$0" flood 1 500; sleep 1.5', probe,
                        report="later.jsonl"), env=environment(BAILIFF_STORE=top + "/back/s.db"))
        assert unstored(p.stderr) == 0 and sum(summary("back/s.db")) == before + 1500, (p.stderr, summary("back/s.db"))
        assert open("later.jsonl").read().count("violations are not stored: ") == 1, open("later.jsonl").read()
    finally:
        unmount("back")

def read_only():
    mounted("fixed", "size=1m,mode=700")
    try:
        run(command("fixed/s.db", probe, *MKDIR, report="none"))
        subprocess.run(["mount", "-o", "remount,ro", "fixed"], check=True)
        for path in "fixed/s.db", "fixed/new.db":
            p = run(command(None, probe, *MKDIR), env=environment(BAILIFF_STORE=f"{top}/{path}"))
            assert p.stdout == b"-13\n" and unstored(p.stderr) == 1, p.stderr
            p = run(command(path, "sh", "-c", "echo started"), want=125)
            assert not p.stdout, path
    finally:
        unmount("fixed")

def a_directory_of_others():
    os.makedirs("theirs", exist_ok=True)
    os.chmod("theirs", 0o555)
    who = {} if os.getuid() else {"user": 65534, "group": 65534, "extra_groups": []}
    env = environment(XDG_STATE_HOME=top + "/theirs", HOME=None)
    p = run(command(None, probe, "flood", "1", "30"), env=env, **who)
    assert p.stdout == b"0\n" and unstored(p.stderr) == 30, p.stderr
    p = run(command(None, probe, "flood", "1", "30"), env=environment(XDG_STATE_HOME=None, HOME=None), **who)
    assert p.stdout == b"0\n" and (not who or unstored(p.stderr) == 30), p.stderr

def a_limit_of_file_size():
    run(command("limit/s.db", probe, *MKDIR, report="none"))
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    for target in "limit.jsonl", "-":
        p = run(command(None, probe, "flood", "1", "40", report=target), preexec_fn=limit,
                env=environment(BAILIFF_STORE=top + "/limit/s.db"))
        assert p.stdout.startswith(b"0\n") or b"\n0\n" in p.stdout, p.stdout
        assert unstored(p.stderr) == 40, p.stderr
    run(command("limit/s.db", "true"), preexec_fn=limit, want=125)
    assert summary("limit/s.db") == (1, 0)
    check("limit/s.db")

def a_store_that_goes_away():
    run(command("gone/s.db", "sh", "-c", '"$0" flood 1 20; sleep 1.5; rm -rf gone; "$0" flood 1 30', probe,
                report="gone.jsonl"))
    assert summary("gone/s.db") == (30, 0), summary("gone/s.db")

# --- The same by other ways ---

def without_times(document):
    document.pop("generated")
    for kind in document["kinds"]:
        kind.pop("id")
    document["kinds"].sort(key=json.dumps)
    return document

def from_and_import_equal_the_store():
    hostile = os.fsencode(top) + b"/\x1b[31mred\x07\n\xff\xe2\x80\xae<b>,=1+1"
    shutil.copy(probe, hostile)
    run(command("same/s.db", "sh", "-c", '"$0" flood 2 700; "$0" kinds 40; "$1" call 83 0 0', probe, hostile,
                report="same.jsonl", options=("--partial",)))
    stored = without_times(report("--store", "same/s.db"))
    assert stored["summary"]["violations"] == 1441, stored["summary"]
    assert without_times(report("--from", "same.jsonl")) == stored
    said = run([bailiff, "store", "import", "same.jsonl", "--store", "same/i.db"]).stdout
    records = len(open("same.jsonl").readlines())
    assert said == f"same.jsonl: {records} records, 1441 violations\n".encode(), said
    assert without_times(report("--store", "same/i.db")) == stored
    with open("same.jsonl", "rb") as f:
        said = subprocess.run([bailiff, "store", "import", "-", "--store", "same/j.db"], stdin=f,
                              stdout=subprocess.PIPE, check=True).stdout
    assert said.startswith(b"-: ") and without_times(report("--store", "same/j.db")) == stored
    # Hostile, and told so that a terminal is safe.
    exes = {k["exe"] for k in stored["kinds"]}
    assert any(exe and "\x1b[31mred" in exe for exe in exes), exes
    for store in "same/s.db", "same/i.db":
        for out in (run([bailiff, "report", "--store", store]).stdout,
                    run([bailiff, "report", "--store", store, "--json"]).stdout,
                    run([bailiff, "report", "--store", store, "show", "3"]).stdout):
            bad = [c for c in out.decode() if (ord(c) < 32 and c != "\n") or c == "\u202e"]
            assert not bad, (bad, out)

def import_says_what_is_bad():
    run(command("none", probe, "flood", "1", "10", report="mixed.jsonl"))
    with open("mixed.jsonl", "a") as f:
        f.write('not json\n{"lost":{"kind":"report-full","count":7}}\n{"partial":{"rule":"x:1","class":"files",'
                '"reason":"y"}}\n{"error":"so"}\n\n' + "x" * (1 << 21) + "\n")
    p = run([bailiff, "store", "import", "mixed.jsonl", "--store", "mixed/s.db"])
    assert p.stdout == b"mixed.jsonl: 5 records, 10 violations, 7 told as lost, 1 of rules not enforced, 2 lines " \
        b"skipped, the first is line 3\n", p.stdout
    assert p.stderr.count(b"warning: ") == 2 and summary("mixed/s.db") == (10, 7), p.stderr
    before = report("--store", "mixed/s.db")
    run([bailiff, "store", "import", "text", "--store", "mixed/s.db"], want=1)
    run([bailiff, "store", "import", "absent", "--store", "mixed/s.db"], want=5)
    run([bailiff, "store", "import", "--store", "mixed/s.db"], want=2)
    assert without_times(report("--store", "mixed/s.db")) == without_times(before)

def check_and_trim():
    run([bailiff, "store", "check", "--store", "absent.db"], want=5)
    run([bailiff, "store", "trim", "--store", "absent.db"], want=5)
    assert not os.path.exists("absent.db")
    run([bailiff, "store", "import", "same.jsonl", "--store", "trim/s.db"])
    with open("old.jsonl", "w") as f:
        record = json.loads(open("same.jsonl").readline())
        record["time"] = time.strftime("%Y-%m-%dT00:00:00.000000000Z", time.gmtime(time.time() - 40 * 86400))
        record["policy"] = "old"
        f.write(json.dumps(record) + "\n")
    run([bailiff, "store", "import", "old.jsonl", "--store", "trim/s.db"])
    kinds = report("--store", "trim/s.db")["summary"]["kinds"]
    said = run([bailiff, "store", "trim", "--days", "30", "--store", "trim/s.db"]).stdout
    left = report("--store", "trim/s.db")["summary"]["kinds"]
    assert (kinds, left, said) == (4, 3, b"4 kinds, of which 1 are gone now\n"), (kinds, left, said)
    for wrong in (["trim", "--days", "0"], ["trim", "--size", "x"], ["check", "--days", "3"], ["check", "x"], ["up"]):
        run([bailiff, "store", *wrong], want=2)
    with open("trim/s.db", "r+b") as f:
        f.seek(3 * 8192)
        f.write(b"\xa5" * 8192 * 3)
    run([bailiff, "store", "check", "--store", "trim/s.db"], want=1)

def progress_on_a_terminal():
    with open("long.jsonl", "wb") as f:
        line = open("same.jsonl", "rb").readline()
        for _ in range(150000):
            f.write(line)
    master, slave = os.openpty()
    p = subprocess.Popen([bailiff, "store", "import", "long.jsonl", "--store", "long/s.db"], stdout=subprocess.PIPE,
                         stderr=slave)
    os.close(slave)
    said = b""
    try:
        while True:
            said += os.read(master, 65536)
    except OSError:
        pass
    assert p.stdout.read().startswith(b"long.jsonl: 150000 records") and p.wait() == 0
    assert re.search(rb"\rlong.jsonl: \d+%", said) and said.endswith(b"\r"), said[-200:]
    quiet = run([bailiff, "store", "import", "long.jsonl", "--store", "long/s.db"]).stderr
    assert quiet == b"", quiet

tests = [eight_supervisors_one_store, an_ordinary_user_default_store, nothing_violated_leaves_nothing,
         none_leaves_no_file, a_named_store_must_open, no_report_but_a_store, killed_calls_are_stored,
         without_capabilities, no_descriptor_is_inherited, descendants_are_stored_too,
         a_killed_supervisor_loses_no_more_than_waits, another_writer_delays_nobody, a_directory_of_others,
         a_limit_of_file_size, a_store_that_goes_away, from_and_import_equal_the_store, import_says_what_is_bad,
         check_and_trim, progress_on_a_terminal]
mounting = [full_disk, room_comes_back, read_only]
for test in tests + mounting:
    name = test.__name__.replace("_", "-")
    if len(sys.argv) > 3 and name not in sys.argv[3:]:
        continue
    if test in mounting and os.getuid() != 0:
        print(f"SKIP {name}: not root")
        continue
    try:
        test()
        print("PASS", name, flush=True)
    except (AssertionError, OSError, ValueError, IndexError, KeyError, subprocess.CalledProcessError) as error:
        trace = error.__traceback__.tb_next or error.__traceback__
        print(f"FAIL {name}: line {trace.tb_lineno}: {str(error)[:600]!r}", flush=True)
PY
if is_root; then
	# Where an ordinary user can come to.
	cp "$BAILIFF" bailiff
	chmod 755 bailiff
	BAILIFF=$TMPDIR/bailiff
fi
python3 tests.py "$BAILIFF" "$TMPDIR/probe" "$@"
