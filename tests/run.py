#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every test of bailiff, or those whose name contains one of the arguments.

  unit/ROOM    build/tests/ROOM            Criterion; each of its tests counts
  asan/ROOM    build/asan/tests/ROOM       the same, sanitized
  sh/NAME      tests/[ROOM/]NAME.sh        prints "PASS name", "FAIL name: why", "SKIP name: reason", and
                                           "NOTE text": a figure, shown below the name of the suite
  fuzz/NAME    build/fuzz/fuzz_NAME        a minute each (BAILIFF_FUZZ_SECONDS), from a copy of
                                           tests/fuzz/corpus/NAME; counts as one test. They walk the
                                           same way each time; BAILIFF_SEED=NUMBER is another
  live/NAME    tests/live/NAME.sh          as sh/, one after the other, when nothing else runs
  lab/NAME     tests/lab/NAME.sh           as live/, two at a time, with a limit of 600: they boot guests
  asan-live/NAME                           those of them that say "# asan: yes", sanitized

A header line "# timeout: SECONDS" of a script changes its limit of 300. Scripts run at the top of
the repository with BAILIFF, BAILIFF_STATIC (programs), BAILIFF_BUILD (directory) and an empty
TMPDIR of their own; what they leave running is killed. Whole output is in build/test-logs/.
The last line is "N passed, N failed, N skipped"; the status is not 0 where a test failed or none ran.
"""
import base64
import concurrent.futures
import ctypes
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.abspath(os.path.join(ROOT, os.environ.get("B") or "build"))
LOGS = os.path.join(BUILD, "test-logs")
JOBS = os.cpu_count() or 1
SCRIPT_SECONDS = {"lab": 600}  # of other kinds: 300
LAB_JOBS = min(2, JOBS)
UNIT_SECONDS = 900
SHOWN_BYTES = 48 * 1024
SANITIZER = re.compile(r"ERROR: (Address|Leak)Sanitizer|runtime error: |LeakSanitizer has encountered")

running = set()
running_lock = threading.Lock()


class Suite:
    """One program to run, and what came of it."""

    def __init__(self, name, argv, runner, limit, asan=False):
        self.name, self.argv, self.runner, self.limit, self.asan = name, argv, runner, limit, asan
        self.passed, self.failures, self.skips, self.notes = 0, [], [], []
        self.output, self.seconds = "", 0.0
        self.flat = name.replace("/", "-")
        self.scratch = None

    def fail(self, test, why):
        self.failures.append((test, why))


def environment(suite):
    env = {k: v for k, v in os.environ.items()
           if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "B", "V", "ONLY")}
    env.update(LC_ALL="C.UTF-8", TMPDIR=suite.scratch, BAILIFF_BUILD=BUILD,
               BAILIFF=os.path.join(BUILD, "asan" if suite.asan else "", "bailiff"),
               BAILIFF_STATIC=os.path.join(BUILD, "bailiff-static"))
    env.pop("BAILIFF_ASAN", None)
    if suite.asan:
        san = os.path.join(suite.scratch, "sanitizer")
        os.mkdir(san)
        os.chmod(san, 0o1777)
        # Its own status, and files: a leak is found after Criterion has heard that the test passed.
        # Leaks of a unit program are judged by those files alone: Criterion has some of its own.
        env.update(BAILIFF_ASAN="1", LSAN_OPTIONS="exitcode=0" if suite.runner is run_unit else "",
                   UBSAN_OPTIONS="print_stacktrace=1",
                   ASAN_OPTIONS=f"exitcode=99:log_path={san}/report:allocator_may_return_null=1:"
                                "detect_stack_use_after_return=1")
    return env


def kill_group(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def execute(suite, argv):
    """Runs it in a session of its own. Returns its status, or None when its time was over."""
    log_path = os.path.join(LOGS, suite.flat + ".log")
    with open(log_path, "w+b") as log:
        process = subprocess.Popen(argv, cwd=ROOT, env=environment(suite), stdin=subprocess.DEVNULL,
                                   stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        with running_lock:
            running.add(process)
        try:
            status = process.wait(timeout=suite.limit)
        except subprocess.TimeoutExpired:
            status = None
        kill_group(process)
        process.wait()
        with running_lock:
            running.discard(process)
        log.seek(0)
        suite.output = log.read().decode("utf-8", "replace")
    return status


def how_it_ended(status, limit):
    if status is None:
        return f"not done within {limit} s"
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"


def run_unit(suite):
    tap_path = os.path.join(suite.scratch, "tap")
    status = execute(suite, suite.argv + [f"--tap={tap_path}", f"--jobs={JOBS}"])
    try:
        with open(tap_path, encoding="utf-8", errors="replace") as f:
            tap = f.read()
    except OSError:
        tap = ""
    for verdict, test, rest in re.findall(r"^(ok|not ok) - (\S+)(.*)$", tap, re.M):
        skip = re.search(r"# SKIP ?(.*)", rest)
        if verdict == "not ok":
            suite.fail(test, re.sub(r"\s*\([0-9.]+s\)$", "", rest).strip())
        elif skip:
            suite.skips.append((test, skip.group(1) or "no reason given"))
        else:
            suite.passed += 1
    plan = re.search(r"^1\.\.(\d+)$", tap, re.M)
    count = suite.passed + len(suite.failures) + len(suite.skips)
    if not plan or int(plan.group(1)) != count or not count:
        suite.fail("program", f"{how_it_ended(status, suite.limit)}; {count} results of "
                   f"{plan.group(1) if plan else 'an unknown number'}")
    elif status != 0 and not suite.failures:
        suite.fail("program", how_it_ended(status, suite.limit))


def run_script(suite):
    status = execute(suite, suite.argv)
    suite.notes = re.findall(r"^NOTE (.+)$", suite.output, re.M)
    for word, rest in re.findall(r"^(PASS|FAIL|SKIP) (.+)$", suite.output, re.M):
        test, _, why = rest.partition(": ")
        if word == "PASS":
            suite.passed += 1
        elif word == "FAIL":
            suite.fail(test, why)
        else:
            suite.skips.append((test, why or "no reason given"))
    if status is None or (status != 0 and not suite.failures):
        suite.fail("script", how_it_ended(status, suite.limit))
    elif not (suite.passed or suite.failures or suite.skips):
        suite.fail("script", "no result was printed")


def fuzzer_digest(output, found):
    """What somebody who sees only the beginning of a failed fuzzer's output needs: the error, the frames
    of our own, what was said before, and the input itself."""
    status = list(re.finditer(r"^#\d+\s+\S.*$", output, re.M))
    tail = output[status[-1].end():] if status else output
    start = re.search(r"^(==\d+== ?ERROR: |==\d+== ?WARNING: |.*runtime error: |ALARM: )", tail, re.M)
    said, trace = (tail[:start.start()], tail[start.start():]) if start else (tail, "")
    said = [line for line in said.splitlines() if not re.match(r"INFO: |Dictionary: ", line)]
    if len(said) > 30:
        said = said[:15] + ["..."] + said[-14:]
    lines = trace.splitlines()[:1] + re.findall(r"^SUMMARY: .*$", trace, re.M)
    lines += re.findall(r"^ +#\d+ .*(?:/enforcer/|/tests/|/bpf/).*$", trace, re.M)[:12] + said
    for path in sorted(glob.glob(os.path.join(found, "*"))):
        with open(path, "rb") as f:
            data = f.read(8192)
        lines += [f"{os.path.basename(path)}, base64 (of at most 8 KiB):",
                  base64.b64encode(data).decode("ascii")]
    return "\n".join(line[:12000] for line in lines if line)


def run_fuzzer(suite):
    seconds = int(os.environ.get("BAILIFF_FUZZ_SECONDS") or 60)
    seed = int(os.environ.get("BAILIFF_SEED") or 1)
    name = suite.name.partition("/")[2]
    corpus = os.path.join(suite.scratch, "corpus")
    shipped = os.path.join(ROOT, "tests/fuzz/corpus", name)
    found = os.path.join(LOGS, "found-" + name)
    words = os.path.join(ROOT, "tests/fuzz", name + ".dict")
    if os.path.isdir(shipped):
        shutil.copytree(shipped, corpus)
    else:
        os.mkdir(corpus)
    shutil.rmtree(found, ignore_errors=True)
    os.mkdir(found)
    suite.limit = seconds + 300
    # The time of one input is that on the clock, of a machine that has more to do.
    argv = suite.argv + [corpus, f"-max_total_time={seconds}" if seconds > 0 else "-runs=0",
                         f"-seed={seed}", "-timeout=120", "-report_slow_units=120",
                         "-rss_limit_mb=2560", "-print_final_stats=1", "-verbosity=1",
                         f"-artifact_prefix={found}/"]
    status = execute(suite, argv + ([f"-dict={words}"] if os.path.exists(words) else []))
    runs = re.search(r"^Done (\d+) runs", suite.output, re.M)
    if status != 0 or not runs or int(runs.group(1)) == 0:
        suite.output = fuzzer_digest(suite.output, found)
        error = re.search(r"SUMMARY: (.*)", suite.output)
        suite.fail(name, f"{how_it_ended(status, suite.limit)}{', ' + error[1] if error else ''}; "
                   f"inputs are in {found}")
    else:
        suite.passed = 1
        suite.notes = [f"{runs.group(1)} inputs"]


def criterion_leaks(report):
    """Is this a report of nothing but leaks of Criterion's own, with no frame of ours in them?"""
    leaks = re.split(r"\n(?=(?:Direct|Indirect) leak of )", report)[1:]
    frames = [frame for leak in leaks for frame in re.findall(r"^ +#\d+ .*$", leak, re.M)]
    return "LeakSanitizer: detected" in report and bool(frames) and \
        all("libcriterion" in frame or "libsanitizer" in frame for frame in frames)


def judge_sanitizer(suite, reports):
    """Errors that no failed test stands for: leaks, and those of a process that nobody waited for."""
    found = ""
    for path in reports:
        with open(path, encoding="utf-8", errors="replace") as f:
            report = f.read()
        found += "" if criterion_leaks(report) else report
    suite.output += found
    if "LeakSanitizer" in found or (SANITIZER.search(suite.output) and not suite.failures):
        suite.fail("sanitizer", "reported an error (see its output)")


def run(suite, scratch):
    suite.scratch = os.path.join(scratch, suite.flat)
    os.mkdir(suite.scratch)
    start = time.monotonic()
    try:
        suite.runner(suite)
        if suite.asan:
            judge_sanitizer(suite, glob.glob(os.path.join(suite.scratch, "sanitizer", "report*")))
    except (OSError, ValueError) as error:
        suite.fail("program", str(error))
    suite.seconds = time.monotonic() - start
    return suite


def header(path, key):
    with open(path, encoding="utf-8", errors="replace") as f:
        for line in f:
            if not line.startswith("#"):
                return None
            match = re.match(rf"# {key}: *(\S+)", line)
            if match:
                return match.group(1)
    return None


def script(kind, path, asan=False):
    with open(path, encoding="utf-8", errors="replace") as f:
        shell = "bash" if "bash" in f.readline() else "sh"
    limit = int(header(path, "timeout") or SCRIPT_SECONDS.get(kind, 300)) * (2 if asan else 1)
    name = os.path.basename(path)[:-3]
    return Suite(f"{kind}/{name}", [shell, path], run_script, limit, asan)


def find_suites():
    """All suites: those that may run together, those of the lab, and those that run alone."""
    together, lab, alone = [], [], []
    for path in sorted(glob.glob("tests/fuzz/fuzz_*.c")):
        name = os.path.basename(path)[5:-2]
        together.append(Suite("fuzz/" + name, [f"{BUILD}/fuzz/fuzz_{name}"], run_fuzzer, 0))
    for room in sorted({os.path.basename(os.path.dirname(p)) for p in glob.glob("tests/*/test_*.c")}):
        for kind, where in (("unit", BUILD), ("asan", BUILD + "/asan")):
            together.append(Suite(f"{kind}/{room}", [f"{where}/tests/{room}"], run_unit,
                                  UNIT_SECONDS, kind == "asan"))
    for path in sorted(glob.glob("tests/*.sh") + glob.glob("tests/*/*.sh")):
        if os.path.dirname(path) not in ("tests/live", "tests/common", "tests/lab"):
            together.append(script("sh", path))
    for path in sorted(glob.glob("tests/lab/*.sh")):
        if os.path.basename(path) != "lib.sh":
            lab.append(script("lab", path))
    lab.sort(key=lambda suite: -suite.limit)  # the long ones first: the end is not one alone
    for path in sorted(glob.glob("tests/live/*.sh")):
        alone.append(script("live", path))
        if header(path, "asan") == "yes":
            alone.append(script("asan-live", path, asan=True))
    return together, lab, alone


def tell(suite):
    parts = [f"{suite.passed} passed"]
    parts += [f"{len(suite.failures)} failed"] if suite.failures else []
    parts += [f"{len(suite.skips)} skipped"] if suite.skips else []
    print(f"  {'FAILED' if suite.failures else 'ok':6}  {suite.name:24} {suite.seconds:6.1f} s  "
          f"{', '.join(parts)}", flush=True)
    for note in suite.notes:
        print(f"          {note}", flush=True)
    for test, why in suite.failures:
        print(f"          {test}{': ' if why else ''}{why}", flush=True)


def kill_orphans():
    """Ends what a script has left running: it came to us, for nobody else is its parent."""
    for _ in range(100):
        try:
            with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as f:
                children = [int(pid) for pid in f.read().split()]
        except OSError:
            return
        if not children:
            return
        for pid in children:
            try:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            except OSError:
                pass


def summarize(suites):
    for suite in (s for s in suites if s.failures):
        print(f"\n--- {suite.name}: output", flush=True)
        if len(suite.output) > SHOWN_BYTES:
            print(f"... (the whole is in {LOGS}/{suite.flat}.log)")
        print(suite.output[-SHOWN_BYTES:].rstrip("\n"))
        for test, why in suite.failures:
            print(f"FAILED {suite.name} {test}{': ' if why else ''}{why}")
    skips = [(s.name, test, why) for s in suites for test, why in s.skips]
    if skips:
        print("\nskipped:")
    for reason in dict.fromkeys(why for _, _, why in skips):
        names = [f"{name} {test}" for name, test, why in skips if why == reason]
        print(f"  {reason}: {', '.join(names)}")
    passed = sum(s.passed for s in suites)
    failed = sum(len(s.failures) for s in suites)
    print(f"\n{passed} passed, {failed} failed, {len(skips)} skipped", flush=True)
    return 0 if passed and not failed else 1


def main():
    while os.open(os.devnull, os.O_RDWR) <= 2:  # a closed stdin must not become a log's descriptor
        pass
    os.chdir(ROOT)
    os.umask(0o022)
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER: see kill_orphans()
    os.makedirs(LOGS, exist_ok=True)
    wanted = sys.argv[1:]
    together, lab, alone = ([s for s in suites if not wanted or any(w in s.name for w in wanted)]
                            for suites in find_suites())
    scratch = tempfile.mkdtemp(prefix="bailiff-test.")
    os.chmod(scratch, 0o755)
    pools = [concurrent.futures.ThreadPoolExecutor(jobs) for jobs in (JOBS, LAB_JOBS)]
    try:
        for pool, suites in zip(pools, (together, lab)):
            for done in concurrent.futures.as_completed([pool.submit(run, s, scratch) for s in suites]):
                tell(done.result())
            kill_orphans()
        for suite in alone:
            tell(run(suite, scratch))
            kill_orphans()
    finally:
        for pool in pools:
            pool.shutdown(wait=False, cancel_futures=True)
        with running_lock:
            for process in running:
                kill_group(process)
        shutil.rmtree(scratch, ignore_errors=True)
    return summarize(together + lab + alone)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
