#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py short|long TOOLS BAILIFF [CASE...]: `bailiff run` with a fault at each of its system calls.

TOOLS has inject and witness. Each case is a policy, and what the witness tries under it. One run without a
fault tells which calls there are, and one without bailiff that the witness can be free. Then, one call at
a time, it fails, or whoever makes it is killed. Whatever happens:
  the program never ran, and bailiff's status and words say so; or all that it tried was denied;
  nobody is left, nor a file beside report and store; the store is sound.
long: every call with each errno that the kernel could answer, once and for ever after; short: some of them.
Prints PASS, FAIL and NOTE lines; these count the outcomes.
"""
import collections
import ctypes
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

STARTUP = {"brk", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64", "readlink", "readlinkat",
           "getrandom", "mprotect"}
LASTING = {"ENOMEM", "EMFILE", "ENOSPC", "EIO"}
SAMPLE = 9
SHORT = 80  # faults a case, spread over all its calls, beside those of the calls that confine it
DECISIVE = {"prctl", "capset", "setgroups", "setresgid", "setresuid", "seccomp", "landlock_restrict_self",
            "landlock_create_ruleset", "clone", "execve", "epoll_ctl"}
FREE = 7  # the status of the witness

HEAD = "version: 1\nname: {name}\n"
SYSCALLS = "syscalls: {{default: allow, deny: [{{calls: [mkdir], action: errno EACCES}}]}}\n"
ONLY = """syscalls:
  default: errno EACCES
  allow: [write, brk, mmap, munmap, mprotect, arch_prctl, set_tid_address, set_robust_list, rseq, prlimit64,
          readlink, readlinkat, getrandom, newfstatat, fstat, exit_group, getpid, clock_nanosleep, rt_sigprocmask]
"""
ALLOW = """files:
  default: allow
  deny: [{{paths: [{place}/link/**], access: [read, write, execute, create, delete, rename, mknod]}}]
"""
DENY = """files: {{default: deny, allow: [{{paths: [/usr/**, {place}/witness], access: [read, execute]}}]}}
network: {{default: deny}}
"""
CAPS = "capabilities: {{default: deny, allow: [CHOWN]}}\n"
SECRET = "read={place}/secret/file"

# name, policy, what is tried, more options of run; "compiled": its policy is compiled before
CASES = [
    ("syscalls", SYSCALLS, ["mkdir"], []),
    ("syscalls-unsupervised", SYSCALLS, ["mkdir"], ["--report", "none", "--store", "none"]),
    ("only", ONLY, ["mkdir", SECRET, "exec=/bin/true"], []),
    ("files", ALLOW + SYSCALLS, [SECRET, "mkdir"], []),
    ("closed", DENY, [SECRET, "create={place}/made", "connect=1"], []),
    ("closed-unsupervised", DENY, [SECRET, "create={place}/made", "connect=1"], ["--report", "none", "--store", "none"]),
    ("compiled", SYSCALLS + DENY, ["mkdir", SECRET, "create={place}/made", "connect=1"], []),
    ("stored", SYSCALLS, ["mkdir"], ["--report", "{place}/out/report", "--store", "{place}/out/store.db"]),
    ("user", SYSCALLS + CAPS, ["mkdir", "caps"], ["--user", "65534:65534"]),
    ("privileged", SYSCALLS + CAPS + "no-new-privileges: false\n", ["mkdir", "caps"], []),
]


class Case:
    def __init__(self, tools, bailiff, name, policy, tries, options):
        self.tools, self.bailiff, self.name = tools, bailiff, name
        self.place = tempfile.mkdtemp(prefix="fault.", dir=os.environ.get("TMPDIR"))
        os.chmod(self.place, 0o777)
        shutil.copy(f"{tools}/witness", self.place)
        for directory in "secret", "out":
            os.mkdir(f"{self.place}/{directory}")
        os.symlink("secret", f"{self.place}/link")
        with open(f"{self.place}/secret/file", "w", encoding="ascii") as f:
            f.write("secret\n")
        self.policy = f"{self.place}/{name}.yaml"
        with open(self.policy, "w", encoding="ascii") as f:
            f.write((HEAD + policy).format(name=name, place=self.place))
        if name == "compiled":
            self.policy = f"{self.place}/{name}.bailiff"
            subprocess.run([bailiff, "compile", self.policy[:-7] + "yaml", "-o", self.policy], check=True)
        self.witness = [f"{self.place}/witness"] + [t.format(place=self.place) for t in tries]
        options = [o.format(place=self.place) for o in options]
        if "--store" not in options:
            options += ["--store", "none"]
        self.run = [bailiff, "run", "-p", self.policy] + options + ["--"] + self.witness
        self.files = self.listing()
        self.calls = []
        self.outcomes = collections.Counter()
        self.faults = []

    def listing(self):
        return sorted(p for p in glob.glob(self.place + "/**", recursive=True) if not p.startswith(self.place + "/out/"))

    def inject(self, number, what, *options):
        """What it came to: status, the witness's words, bailiff's words, the tool's."""
        tell = f"{self.place}.tell"
        p = subprocess.run([f"{self.tools}/inject", "-t", "60", *options, "-o", tell, str(number), what, "--"] + self.run,
                           cwd=self.place, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        with open(tell, encoding="ascii") as f:
            told = f.read()
        return p.returncode, p.stdout.decode(), p.stderr.decode("utf-8", "replace"), told

    def prepare(self):
        """Without bailiff it is free, and with it confined; which calls there are."""
        p = subprocess.run(self.witness, cwd=self.place, capture_output=True, check=False)
        free = p.stdout.decode().split()
        if set(free) != {"UNCONFINED"} | set(self.witness[1:]):
            return f"without a policy the witness says {free}"
        status, said, err, told = self.inject(0, "none", "-l")
        if (status, said) != (FREE, "confined\n"):
            return f"without a fault: status {status}, '{said}', {err[:300]}"
        for number, name, errnos in re.findall(r"^call (\d+) (\S+) ?(\S*)$", told, re.M):
            self.calls.append((int(number), name, errnos.split(",") if errnos else []))
        return None

    def fail(self, what, why):
        self.faults.append(f"{what}: {why}")

    def judge(self, number, what, result):
        status, said, err, told = result
        did = re.search(r"^did (.*)$", told, re.M)
        what = f"{did.group(1)}" if did else f"{number} {what}"
        if re.search(r"^left ", told, re.M):
            self.fail(what, "left " + ", ".join(re.findall(r"^left \d+ (.*)$", told, re.M)) + " " + err[:200])
        if not did:
            self.outcomes["past the end"] += 1
            return
        if said == "confined\n":
            self.outcomes["ran confined"] += 1
            if status != FREE and not what.endswith(("kill", "orphan")):
                self.fail(what, f"it ran, and the status is {status}: {err[:300]}")
        elif said:
            self.fail(what, f"{said.strip()}; status {status}: {err[:300]}")
        else:
            self.never_ran(number, what, status, err)
        self.look_around(what)

    def never_ran(self, number, what, status, err):
        self.outcomes["never ran"] += 1
        if what.endswith("kill") and status == 137:
            return
        # Its start was known to have succeeded: it has the status of what was killed.
        if status == 137 and "it is killed" in err + self.report():
            return
        if status == 0 or status == FREE:
            self.fail(what, f"it never ran, and the status is {status}: {err[:300]}")
        if number <= self.startup():
            return
        if status not in (125, 126, 127):
            self.fail(what, f"it never ran, and the status is {status}: {err[:300]}")
        if not re.search(r"error: \S+ \S+", err):
            self.fail(what, f"it never ran, and nothing says why: '{err[:300]}'")

    def report(self):
        try:
            with open(f"{self.place}/out/report", encoding="utf-8") as f:
                return f.read()
        except OSError:
            return ""

    def startup(self):
        """The last call of the C library's before main."""
        for number, name, _ in self.calls:
            if name not in STARTUP:
                return number - 1
        return 0

    def look_around(self, what):
        more = [p for p in self.listing() if p not in self.files]
        if more:
            self.fail(what, f"left the files {more}")
            for path in more:
                os.unlink(path)
        self.look_at_store(what)
        try:
            for line in self.report().split("\n")[:-1]:
                json.loads(line)
        except ValueError as error:
            self.fail(what, f"the report: {error}")
        for path in glob.glob(f"{self.place}/out/*"):
            os.unlink(path)

    def look_at_store(self, what):
        """It is sound, or was not made yet, and is by the next violation."""
        store = f"{self.place}/out/store.db"
        check = [self.bailiff, "store", "check", "--store", store]
        if not os.path.exists(store) or subprocess.run(check, capture_output=True, check=False).returncode == 0:
            return
        was = os.path.getsize(store)
        again = subprocess.run(self.run, cwd=self.place, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        p = subprocess.run(check, capture_output=True, check=False)
        if again.returncode != FREE or p.returncode:
            self.fail(what, f"a store of {was} bytes is not sound: {again.stderr.decode()[:200]} {p.stderr.decode()[:200]}")

    def points(self, long):
        """Every (number, what) to be tried: all calls until the supervisor first waits, and some of the rest,
    of which how many there are is a matter of time."""
        child = waited = False
        for number, name, errnos in self.calls:
            waited = waited or name == "epoll_wait"
            if waited and not long and number % SAMPLE:
                continue
            if long:
                yield from ((number, e) for e in errnos)
                yield from ((number, e + "+") for e in errnos if e in LASTING)
            elif errnos:
                errno = errnos[number % len(errnos)]
                yield number, errno + ("+" if errno in LASTING and number % 2 else "")
            yield number, "kill"
            if child:
                yield number, "orphan"
            child = name == "clone" or (child and name != "execve")


def supported(name, policy):
    """Why this machine can't hold it; None: it can."""
    if ("capabilities" in policy or "privileges" in policy) and os.getuid():
        return "not root"
    # landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION)
    abi = ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1) if "files:" in policy else 4
    if abi < (4 if "network:" in policy else 3):
        return "this kernel's Landlock can't hold it"
    return None


def main():
    long, tools, bailiff = sys.argv[1] == "long", sys.argv[2], sys.argv[3]
    only = sys.argv[4:]
    for name, policy, tries, options in CASES:
        if only and name not in only:
            continue
        why = supported(name, policy)
        if why:
            print(f"SKIP {name}: {why}")
            continue
        case = Case(tools, bailiff, name, policy, tries, options)
        wrong = case.prepare()
        if wrong:
            print(f"FAIL {name}: {wrong}", flush=True)
            continue
        points = list(case.points(long))
        names, nth, seen = {}, {}, collections.Counter()
        for number, call, _ in case.calls:
            seen[call] += 1
            names[number], nth[number] = call, seen[call]
        if not long and len(points) > SHORT:
            decisive = [p for p in points if names[p[0]] in DECISIVE and p[1] not in ("kill", "orphan")]
            rest = [p for p in points if p not in decisive]
            points = decisive + [rest[i * len(rest) // SHORT] for i in range(min(SHORT, len(rest)))]
        for i, (number, what) in enumerate(points):
            if long and i % 100 == 0:
                print(f".. {name}: {i} of {len(points)}", flush=True)
            case.judge(number, what, case.inject(nth[number], what, "-n", names[number]))
        for fault in case.faults[:40]:
            print(f"FAIL {name}: {fault!r}")
        if not case.faults:
            print(f"PASS {name}")
        outcomes = ", ".join(f"{count} {outcome}" for outcome, count in sorted(case.outcomes.items()))
        print(f"NOTE {name}: {len(points)} faults at {len(case.calls)} calls: {outcomes}", flush=True)
        shutil.rmtree(case.place, ignore_errors=True)
        os.unlink(case.place + ".tell")
    return 0


if __name__ == "__main__":
    sys.exit(main())
