#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Changes the compiler, the verdict and the matcher in small ways, one at a time, and asks the tests.

  mutation.py [--count N] [--seed N] [--only TEXT] [--fresh]     the sample, and the table at its end
  mutation.py --chosen FILE                                      the changes that FILE names, and no others

Everything happens in BUILD/mutation, in copies of the sources; what is not changed is linked from BUILD,
which `make mutation` makes before. A change that the compiler refuses (with the warnings of the build), or
after which it writes the same code (-O2), is not counted: another is drawn. The responsible unit programs run,
then shell tests; the first failure ends it, and so does a program that does not end. Results are kept in BUILD/mutation/results.tsv: what was interrupted goes on there,
and what once lived is tried again when tests have changed. (--fresh: nothing is taken from there.)

known.txt names the survivors that no test can notice and says why: path, line, change, reason, with a tab
between each. A score is that of the others. Status 1: less than 95 % of them were noticed, or an entry of
known.txt was noticed after all.
"""
import argparse
import concurrent.futures
import fcntl
import fnmatch
import glob
import hashlib
import os
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import mutants

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HERE = os.path.join(ROOT, "tests/mutation")
SOURCES = ["enforcer", "bpf", "include", "tests", "policies", "examples", "README.md", "Makefile"]
GOAL = 95.0
JOBS = min(2, os.cpu_count() or 1)
SCRIPT_SECONDS = 600
MEMORY = 6 << 30

# What is changed. (print.c only shows filters; nothing is decided there.)
TARGETS = ["enforcer/filter/*.c", "enforcer/ruleset/*.c", "enforcer/policy/lower.c", "enforcer/policy/paths.c",
           "enforcer/policy/closed.c", "enforcer/policy/decide.c", "bpf/verdict.h", "enforcer/landlock/*.c"]
SPARED = ["enforcer/filter/print.c"]
# Who is asked, the likeliest first: unit programs, those that have the changed object in them; then scripts.
# A fault of the prover lets faults of the compiler pass: filter/seeded.sh has those. (It changes files of the
# compiler itself, which must be as it knows them.) The kernel's half of bpf/verdict.h stays as it was, so that
# lsm, which compares both, would see any difference: it is not asked then.
FILTER_SCRIPTS = ["tests/commands/explain.sh", "tests/commands/too_large.sh", "tests/live/run_basics.sh"]
RULESET_SCRIPTS = ["tests/commands/plane.sh", "tests/commands/output.sh", "tests/commands/status.sh"]
LANDLOCK_SCRIPTS = ["tests/commands/plane.sh", "tests/live/landlock_refusals.sh", "tests/live/landlock_table.sh"]
RULESET_UNITS = ["landlock", "image", "ruleset", "suggest", "report", "launch"]
ASKED = [
    ("enforcer/filter/prove.c", ["filter", "seeded", "oci"], ["tests/filter/seeded.sh", *FILTER_SCRIPTS]),
    ("enforcer/filter/run.c", ["filter", "seeded", "launch"], ["tests/filter/seeded.sh", *FILTER_SCRIPTS]),
    ("enforcer/filter/*", ["seeded", "policy", "oci", "filter", "launch"], FILTER_SCRIPTS),
    ("enforcer/ruleset/ask.c", [*RULESET_UNITS, "lsm"], RULESET_SCRIPTS),
    ("enforcer/ruleset/*", RULESET_UNITS, RULESET_SCRIPTS),
    ("bpf/*", RULESET_UNITS, RULESET_SCRIPTS),
    ("enforcer/policy/*", ["policy", "landlock", "suggest", "oci", "ruleset"], LANDLOCK_SCRIPTS),
    ("enforcer/landlock/*", ["landlock", "launch"], LANDLOCK_SCRIPTS),
]


def digest(*parts):
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


running = set()


def stop(*_):
    """Ends at once, with what it has started; results.tsv has all that is known."""
    for process in list(running):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    print(flush=True)
    os._exit(143)


def limits(cpu_seconds):
    def set_them():
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return set_them


class Known:
    """known.txt."""

    def __init__(self, path):
        self.why = {}
        for line in read(path).splitlines():
            if line and not line.startswith("#"):
                name, source, change, why = line.split("\t")
                self.why[name, source, change] = why

    def of(self, mutant):
        return self.why.get((mutant.path, mutant.source, mutant.change))

    def stale(self, everything):
        found = {(m.path, m.source, m.change) for m in everything}
        return sorted(key for key in self.why if key not in found)


class Build:
    """What `make` has built, without debugging information: the objects that are linked to a changed one."""

    def __init__(self, build, place):
        self.build, self.place = build, place
        self.base = os.path.join(place, "base")
        words = shlex.split(read(os.path.join(build, ".flags")))
        self.libs = [w for w in words if w.startswith("-l")]
        words = [w for w in words if not w.startswith("-l") and w != "-g"]
        # Generated headers are the real ones; each copy of the tree has build/ as a link to them.
        self.compiler = [re.sub(r"^-I.*/gen$", "-I" + build + "/gen", w) for w in words]
        self.compile = [w for w in self.compiler if not w.startswith(("-Wl,", "-pie"))]
        self.rooms = sorted({room for _, units, _ in ASKED for room in units})
        self.programs = {}
        self.copy()

    def copy(self):
        shutil.rmtree(self.base, ignore_errors=True)
        shutil.copytree(os.path.join(self.build, "obj/tests"), os.path.join(self.base, "obj/tests"),
                        ignore=lambda where, names: [n for n in names if "." in n and not n.endswith(".o")])
        for name in ("libbailiff.a", "libcommands.a", "enforcer/main.o"):
            shutil.copy(os.path.join(self.build, name), self.base)
        objects = glob.glob(self.base + "/**/*.o", recursive=True) + glob.glob(self.base + "/*.a")
        subprocess.run(["strip", "-g", *objects], check=True)
        # The prover over drawn policies is a program like those of the rooms.
        seeded = os.path.join(self.base, "obj/tests/seeded")
        os.mkdir(seeded)
        subprocess.run([*self.compile, "-Wno-conversion", "-Itests/filter", "-Ienforcer/filter", "-c",
                        "tests/filter/seeded.c", "-o", seeded + "/test_seeded.o"], check=True)

    def objects(self, program):
        if program == "bailiff":
            return [self.base + "/main.o", self.base + "/libcommands.a"]
        return sorted(glob.glob(f"{self.base}/obj/tests/{program}/*.o")) + \
            ([self.base + "/libcommands.a"] if program == "commands" else [])

    def link(self, program, changed, out, cwd):
        """Links a program with changed objects: {object of a test: changed one, source: changed one}."""
        ours = [changed.get(o, o) for o in self.objects(program)]
        more = [new for old, new in changed.items() if old.startswith("enforcer/")]
        argv = [*self.compiler, *ours[:1], *more, *ours[1:], self.base + "/libbailiff.a"]
        if program != "bailiff":
            argv += ["-lcriterion", "-lseccomp"]
        done = subprocess.run([*argv, *self.libs, "-o", out], cwd=cwd, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{program} can't be linked: {done.stderr}")

    def symbols(self, path):
        out = subprocess.run(["nm", "--defined-only", path], stdout=subprocess.PIPE, text=True, check=True)
        return {line.split()[2] for line in out.stdout.splitlines() if line.split()[1] in "TDBRC"}

    def measure(self):
        """Links and runs each program as it is: what it has in it, and how long it takes."""
        tree, memory = Tree(self, "whole"), os.path.join(self.place, "measured.tsv")
        known = dict(line.split("\t") for line in read(memory).splitlines()) if os.path.exists(memory) else {}
        with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
            def one(room):
                out = os.path.join(tree.place, "programs", room)
                self.link(room, {}, out, tree.place)
                symbols, name = self.symbols(out), hashlib.sha256(read_bytes(out)).hexdigest()
                if room == "bailiff" or name in known:
                    return room, symbols, float(known.get(name, 0)), None
                before = time.monotonic()
                failed = tree.run_unit(room, out, 600)
                seconds = time.monotonic() - before
                if not failed:
                    with open(memory, "a", encoding="utf-8") as f:
                        f.write(f"{name}\t{seconds:.1f}\n")
                return room, symbols, seconds, failed
            for room, symbols, seconds, failed in pool.map(one, [*self.rooms, "bailiff"]):
                if failed:
                    print(f"  {room} is not asked: it fails as it is ({failed})", flush=True)
                else:
                    self.programs[room] = (symbols, seconds)

    def having(self, objects):
        """The programs that have one of these objects in them."""
        wanted = set().union(*(self.symbols(o) for o in objects))
        return [p for p, (symbols, _) in self.programs.items() if symbols & wanted]

    def includers(self, path):
        """The sources and the objects of tests that a file is compiled into."""
        if path.endswith(".c"):
            return [path], {}
        sources, tests = [], {}
        for dependencies in glob.glob(self.build + "/enforcer/**/*.d", recursive=True) + \
                glob.glob(self.build + "/obj/tests/**/*.d", recursive=True):
            text = read(dependencies)
            if re.search(rf"(^|[ /]){re.escape(path)}\b", text, re.M):
                name = os.path.relpath(dependencies, self.build)[:-2]
                if name.startswith("obj/"):
                    tests[name[4:] + ".c"] = f"{self.base}/{name}.o"
                else:
                    sources.append(name + ".c")
        return sources, {s: o for s, o in tests.items() if os.path.exists(o)}


class Tree:
    """A copy of the sources in which one change is made at a time."""

    def __init__(self, build, name):
        self.build = build
        self.place = os.path.join(build.place, name)
        shutil.rmtree(self.place, ignore_errors=True)
        os.makedirs(self.place + "/programs")
        for source in SOURCES:
            if os.path.isdir(source):
                shutil.copytree(source, os.path.join(self.place, source), symlinks=True,
                                ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, self.place)
        os.mkdir(self.place + "/build")
        for entry in os.listdir(build.build):
            if entry not in ("mutation", "tests", "bailiff"):
                os.symlink(os.path.join(build.build, entry), f"{self.place}/build/{entry}")
        self.originals = {}

    def compile(self, source, out):
        done = subprocess.run([*self.build.compile, "-Itests", "-c", source, "-o", out], cwd=self.place,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
                              preexec_fn=limits(120))
        return done.returncode == 0

    def original(self, source):
        """The object of a source as it is."""
        if source not in self.originals:
            out = os.path.join(self.place, "programs", digest(source) + ".original.o")
            if not self.compile(source, out):
                raise RuntimeError(f"{source} does not build as it is")
            self.originals[source] = out
        return self.originals[source]

    def run(self, argv, wall, cpu, scratch):
        """Its status and what it printed; status None: it did not end."""
        env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "B", "V")}
        env.update(LC_ALL="C.UTF-8", BAILIFF_TEST_SHORT="1", TMPDIR=scratch, BAILIFF_BUILD=self.place + "/build",
                   BAILIFF=self.place + "/build/bailiff", BAILIFF_STATIC=self.place + "/build/bailiff-static")
        with tempfile.TemporaryFile() as log:
            process = subprocess.Popen(argv, cwd=self.place, env=env, stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=limits(cpu))
            running.add(process)
            try:
                status = process.wait(timeout=wall)
            except subprocess.TimeoutExpired:
                status = None
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
            running.discard(process)
            log.seek(0)
            return status, log.read().decode("utf-8", "replace")

    def run_unit(self, room, program, seconds):
        """What failed, or None."""
        with tempfile.TemporaryDirectory(prefix="bailiff-mutation.") as scratch:
            os.chmod(scratch, 0o755)
            tap = scratch + "/tap"
            options = [] if room == "seeded" else ["--jobs=1", "--fail-fast", "--tap=" + tap]
            status, _ = self.run([program, *options], 30 + 8 * seconds, 20 + int(4 * seconds), scratch)
            if status == 0:
                return None
            failed = re.search(r"^not ok - (\S+)", read(tap) if os.path.exists(tap) else "", re.M)
            return f"{room} {failed.group(1)}" if failed else f"{room} " + \
                ("does not end" if status is None else f"ends with {status}")

    def run_script(self, script):
        with tempfile.TemporaryDirectory(prefix="bailiff-mutation.", ignore_cleanup_errors=True) as scratch:
            os.chmod(scratch, 0o755)
            status, output = self.run(["sh", script], SCRIPT_SECONDS, SCRIPT_SECONDS, scratch)
            failed = re.search(r"^FAIL ([^:\n]*)", output, re.M)
            if failed or status != 0:
                return f"{script[6:-3]}: " + (failed.group(1) if failed else f"status {status}")
            return None


class Result:
    """What came of a change: `fate` is noticed, lived, refused (by the compiler) or same (the code is)."""

    def __init__(self, fate, by, seconds):
        self.fate, self.by, self.seconds = fate, by, seconds

    @property
    def counts(self):
        return self.fate in ("noticed", "lived")


class Trial:
    def __init__(self, build, scripts, trusted):
        self.build, self.scripts, self.trusted = build, scripts, trusted
        self.trees, self.lock = [], threading.Lock()

    def try_one(self, mutant, text):
        with self.lock:
            tree = self.trees.pop()
        before = time.monotonic()
        try:
            write(os.path.join(tree.place, mutant.path), mutant.apply(text))
            fate, by = self.judge(tree, mutant)
        finally:
            write(os.path.join(tree.place, mutant.path), text)
            with self.lock:
                self.trees.append(tree)
        return Result(fate, by, time.monotonic() - before)

    def judge(self, tree, mutant):
        sources, tests = self.build.includers(mutant.path)
        changed, whole = {}, []
        for number, source in enumerate([*sources, *tests]):
            with open(os.path.join(tree.place, mutant.path), encoding="utf-8") as f:
                text = f.read()
            if source not in tree.originals:
                write(os.path.join(tree.place, mutant.path), read(mutant.path))
                tree.original(source)
                write(os.path.join(tree.place, mutant.path), text)
            out = os.path.join(tree.place, "programs", f"changed-{number}.o")
            if not tree.compile(source, out):
                return "refused", ""
            if read_bytes(out) != read_bytes(tree.original(source)):
                changed[tests.get(source, source)] = out
                if source in sources:
                    whole.append(tree.original(source))
        if not whole:
            return "same", ""
        if self.trusted and self.trusted.of(mutant):
            return "lived", "trusted"
        by = self.units(tree, mutant, changed, whole) or self.later(tree, mutant, changed, whole)
        return ("noticed", by) if by else ("lived", "")

    def units(self, tree, mutant, changed, whole):
        having = self.build.having(whole)
        for room in (p for p in asked(mutant.path)[0] if p in having):
            out = os.path.join(tree.place, "programs", room)
            self.build.link(room, changed, out, tree.place)
            failed = tree.run_unit(room, out, self.build.programs[room][1])
            os.unlink(out)
            if failed:
                return failed
        return None

    def later(self, tree, mutant, changed, whole):
        scripts = [s for s in asked(mutant.path)[1] if s in self.scripts]
        if not scripts or "bailiff" not in self.build.having(whole):
            return None
        self.build.link("bailiff", changed, tree.place + "/build/bailiff", tree.place)
        for script in scripts:
            failed = tree.run_script(script)
            if failed:
                return failed
        return None


def read_bytes(path):
    with open(path, "rb") as f:
        return f.read()


def asked(path):
    """The unit programs and the scripts for a file."""
    for pattern, units, scripts in ASKED:
        if fnmatch.fnmatch(path, pattern):
            return units, scripts
    raise KeyError(path)


def digest_of_tests():
    names = [n for pattern in ("c", "h", "sh", "py", "yaml") for n in
             glob.glob(f"tests/**/*.{pattern}", recursive=True) if "/mutation/" not in n]
    return digest(*(read(n) for n in sorted(names)))


class Results:
    """results.tsv."""

    def __init__(self, path, texts, fresh):
        self.path, self.tests = path, digest_of_tests()
        self.texts = {name: digest(text) for name, text in texts.items()}
        self.found, self.lock = {}, threading.Lock()
        if fresh and os.path.exists(path):
            os.unlink(path)
        for line in read(path).splitlines() if os.path.exists(path) else []:
            key, text, tests, fate, by, seconds, *_ = line.split("\t")
            if fate != "lived" or (tests == self.tests and by != "trusted"):
                self.found[key, text] = Result(fate, by, float(seconds))

    def get(self, mutant):
        return self.found.get((mutant.key, self.texts[mutant.path]))

    def put(self, mutant, result):
        with self.lock:
            self.found[mutant.key, self.texts[mutant.path]] = result
            with open(self.path, "a", encoding="utf-8") as f:
                f.write("\t".join([mutant.key, self.texts[mutant.path], self.tests, result.fate, result.by,
                                   f"{result.seconds:.1f}", f"{mutant.path}:{mutant.line}", mutant.kind,
                                   mutant.source, mutant.change]) + "\n")


class Progress:
    def __init__(self, count):
        self.count, self.start, self.fates = count, time.monotonic(), {}
        self.tty = sys.stdout.isatty()

    def tell(self, mutant, result):
        self.fates[result.fate] = self.fates.get(result.fate, 0) + 1
        noticed, lived = self.fates.get("noticed", 0), self.fates.get("lived", 0)
        line = (f"  {noticed + lived:4}/{self.count}  {noticed} noticed, {lived} lived, "
                f"{self.fates.get('refused', 0) + self.fates.get('same', 0)} not counted, "
                f"{time.monotonic() - self.start:.0f} s  ")
        if result.fate == "lived" or not self.tty:
            print(("\r\033[K" if self.tty else "") + f"  {result.fate:8} {result.seconds:5.1f} s  "
                  f"{mutant.path}:{mutant.line}  {mutant.kind}: {mutant.change[:90]}  {result.by}", flush=True)
        if self.tty:
            print("\r\033[K" + line, end="", flush=True)


def run_all(order, texts, trial, results, count):
    """Tries them in their order until `count` of them counted. Returns those, and all that were tried."""
    progress, tried = Progress(count), {}
    waiting, queue = {}, iter(order)
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        def fill():
            while len(waiting) < JOBS and sum(r.counts for r in tried.values()) + len(waiting) < count:
                mutant = next(queue, None)
                if mutant is None:
                    return
                old = results.get(mutant)
                if old:
                    tried[mutant.key] = old
                    progress.tell(mutant, old)
                else:
                    waiting[pool.submit(trial.try_one, mutant, texts[mutant.path])] = mutant
        fill()
        while waiting:
            done, _ = concurrent.futures.wait(waiting, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in done:
                mutant = waiting.pop(future)
                tried[mutant.key] = future.result()
                results.put(mutant, tried[mutant.key])
                progress.tell(mutant, tried[mutant.key])
            fill()
    print("\r\033[K" if progress.tty else "", end="")
    return [(m, tried[m.key]) for m in order if m.key in tried]


def share(rows, known):
    """Noticed, lived, equivalent, score."""
    noticed = sum(r.fate == "noticed" for _, r in rows)
    equal = sum(r.fate == "lived" and bool(known.of(m)) for m, r in rows)
    lived = sum(r.fate == "lived" for _, r in rows) - equal
    return noticed, lived, equal, 100.0 * noticed / (noticed + lived) if noticed + lived else 100.0


def table(title, groups, known):
    print(f"\n{title:36} {'changes':>8} {'noticed':>8} {'lived':>6} {'equivalent':>11} {'score':>8}")
    for name, rows in groups:
        noticed, lived, equal, score = share(rows, known)
        print(f"{name:36} {len(rows):8} {noticed:8} {lived:6} {equal:11} {score:7.1f} %")


def grouped(rows, key):
    return [(name, [row for row in rows if key(row[0]) == name]) for name in sorted({key(m) for m, _ in rows})]


def report(tried, known):
    """Prints it all; returns the status."""
    rows = [(m, r) for m, r in tried if r.counts]
    table("by file", grouped(rows, lambda m: m.path), known)
    table("by kind", [*grouped(rows, lambda m: m.kind), ("all", rows)], known)
    fates = [r.fate for _, r in tried]
    print(f"\nnot counted: {fates.count('refused')} refused by the compiler, {fates.count('same')} without "
          "effect on the code")
    alive = [(m, r) for m, r in rows if r.fate == "lived"]
    if alive:
        print("\nsurvivors:")
    for mutant, _ in sorted(alive, key=lambda row: (row[0].path, row[0].line)):
        print(f"  {mutant.path}:{mutant.line}: {mutant.kind}: {mutant.change}\n"
              f"      in: {mutant.source}\n      why: {known.of(mutant) or 'NOT KNOWN: a test is missing'}")
    wrong = [m for m, r in rows if r.fate == "noticed" and known.of(m)]
    for mutant in wrong:
        print(f"known.txt is wrong: {mutant.path}:{mutant.line}: {mutant.change} was noticed")
    noticed, lived, equal, score = share(rows, known)
    print(f"\n{noticed} of {noticed + lived} noticed: {score:.1f} % (and {equal} equivalent)")
    return 0 if score >= GOAL and not wrong and rows else 1


def chosen(path, everything):
    """The changes that a file names: path, line, change, with a tab between each."""
    by_name = {}
    for mutant in everything:
        by_name.setdefault((mutant.path, mutant.source, mutant.change), mutant)
    wanted = [tuple(line.split("\t")[:3]) for line in read(path).splitlines()
              if line and not line.startswith("#")]
    for name in wanted:
        if name not in by_name:
            sys.exit(f"mutation.py: there is no such change any more: {name}")
    return [by_name[name] for name in wanted]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=240)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="only files with this text in their path")
    parser.add_argument("--chosen", help="a file that names changes")
    parser.add_argument("--place", help="the directory to work in, instead of BUILD/mutation")
    parser.add_argument("--units", default="", help="only these unit programs, and no scripts")
    parser.add_argument("--quick", action="store_true", help="no scripts")
    parser.add_argument("--trust", action="store_true", help="do not try what known.txt has: it lives")
    parser.add_argument("--fresh", action="store_true", help="take nothing from results.tsv")
    parser.add_argument("--list", action="store_true", help="print all changes that could be made")
    return parser.parse_args()


def find_scripts(build):
    """Those that can be asked: they pass as it is."""
    tree = Tree(build, "whole")
    os.symlink(os.path.join(build.build, "bailiff"), tree.place + "/build/bailiff")
    good = []
    for script in sorted({s for _, _, scripts in ASKED for s in scripts}):
        failed = tree.run_script(script)
        if failed:
            print(f"  {script} is not asked: it fails as it is ({failed})", flush=True)
        else:
            good.append(script)
    return good


def main():
    options = arguments()
    os.chdir(ROOT)
    os.umask(0o022)
    paths = sorted({p for t in TARGETS for p in glob.glob(t)} - set(SPARED))
    texts = {p: read(p) for p in paths}
    everything = [m for p in paths for m in mutants.find(p, texts[p])]
    known = Known(os.path.join(HERE, "known.txt"))
    for name in known.stale(everything):
        print("known.txt: there is no such change any more: " + " | ".join(name))
    if options.list:
        for mutant in everything:
            print("\t".join([f"{mutant.path}:{mutant.line}", mutant.kind, mutant.source, mutant.change]))
        return 0
    built = os.path.abspath(os.environ.get("B") or "build")
    place = os.path.abspath(options.place or os.path.join(built, "mutation"))
    os.makedirs(place, exist_ok=True)
    with open(os.path.join(place, "lock"), "w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"mutation.py: another one is at work in {place}")
        return work(options, Build(built, place), texts, everything, known)


def work(options, build, texts, everything, known):
    if options.units:
        build.rooms = [r for r in build.rooms if r in options.units.split(",")]
    print(f"{len(everything)} changes could be made; measuring the tests as they are", flush=True)
    build.measure()
    trial = Trial(build, [] if options.units or options.quick else find_scripts(build),
                  known if options.trust else None)
    trial.trees = [Tree(build, f"tree-{n}") for n in range(JOBS)]
    if options.chosen:
        order = chosen(options.chosen, everything)
        results = Results(os.path.join(build.place, "chosen.tsv"), texts, True)
        return report(run_all(order, texts, trial, results, len(order) + 1), known)
    order = mutants.draw([m for m in everything if options.only in m.path], options.seed)
    results = Results(os.path.join(build.place, "results.tsv"), texts, options.fresh)
    return report(run_all(order, texts, trial, results, options.count), known)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    sys.exit(main())
