#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Floods of violations from all CPUs at once, through the supervisor of `bailiff run`.

  native.py BAILIFF FLOOD [COUNT]

In each: every call's result is what the policy says, and the allowed one after it is allowed; the calls are
as many as the report and the store have and say they have lost; the supervisor's memory is bounded. Then
what a program beside gets done, which only does what is allowed. COUNT is 10000000: of one kind. Of as many
kinds as calls there is a tenth, in audit mode too, and a hundredth while signals come.
"""
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

POLICY = "version: 1\nname: flood\nsyscalls: {default: allow, deny: [{calls: [%s], action: errno EACCES}]}\n"
EACCES, EAFNOSUPPORT = 13, 97
MEMORY_KB = 4096  # of its own, with the store and SQLite's pages
RATIO = 0.8


class Report:
    """A socket that reports go to: adds them up as they come."""

    def __init__(self, path):
        self.told = self.lost = self.records = 0
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(path)
        self.server.listen()
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        connection, _ = self.server.accept()
        rest = b""
        while True:
            more = connection.recv(1 << 20)
            if not more:
                break
            lines = (rest + more).split(b"\n")
            rest = lines.pop()
            for line in lines:
                self.add(line)
        assert not rest, rest

    def add(self, line):
        self.records += 1
        record = json.loads(line)
        if "lost" in record:
            self.lost += record["lost"]["count"]
        else:
            self.told += record["count"]


class Memory(threading.Thread):
    """The most that a process has of its own (RssAnon), and in all (VmHWM), in kB."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.path, self.own, self.all = f"/proc/{pid}/status", 0, 0
        self.start()

    def run(self):
        while True:
            try:
                with open(self.path, encoding="ascii") as f:
                    text = f.read()
            except OSError:
                return
            found = {key: int(kb) for key, kb in re.findall(r"^(RssAnon|VmHWM):\s+(\d+)", text, re.M)}
            if len(found) < 2:
                return
            self.own, self.all = max(self.own, found["RssAnon"]), max(self.all, found["VmHWM"])
            time.sleep(0.02)


def fields(text):
    return {key: float(value) for key, value in re.findall(r"(\w+)=([-\d.]+)", text)}


def missing(err, where):
    found = re.search(rf"bailiff: (\d+) violations? {where}", err)
    return int(found.group(1)) if found else 0


class Bench:
    def __init__(self, bailiff, flood):
        self.bailiff, self.flood, self.failed = os.path.abspath(bailiff), os.path.abspath(flood), False

    def check(self, name, good, what):
        print(f"PASS {name}" if good else f"FAIL {name}: {what}", flush=True)
        self.failed |= not good

    def run(self, policy, words, options=()):
        """(what the program printed, report, memory, standard error)"""
        for name in ("socket", "store"):
            if os.path.exists(name):
                os.unlink(name)
        report = Report("socket")
        argv = [self.bailiff, "run", "-p", policy, "--report", "unix:socket", "--store", "store", *options, "--",
                self.flood, *map(str, words)]
        process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        memory = Memory(process.pid)
        out, err = process.communicate()
        memory.join()
        if not report.records:  # it is connected to at the first violation
            socket.socket(socket.AF_UNIX).connect("socket")
        report.thread.join()
        if process.returncode:
            raise ValueError(f"{' '.join(argv)}: status {process.returncode}: {out}{err}")
        return fields(out), report, memory, err

    def stored(self):
        out = subprocess.run([self.bailiff, "report", "--store", "store", "--json"], check=True,
                             stdout=subprocess.PIPE).stdout
        summary = json.loads(out)["summary"]
        return summary["violations"], summary["lost"]

    def exact(self, name, words, count, options=()):
        threads = os.cpu_count()
        what, report, memory, err = self.run("denied.yaml", ["all", *words[:2], threads, count, words[2]], options)
        done = int(what["done"])
        self.check(f"{name}-verdicts", done == count // threads * threads and not what["wrong"] and
                   not what["barred"], str(what))
        self.check(f"{name}-all-cpus", what["cpus"] == len(os.sched_getaffinity(0)), str(what))
        unreported = missing(err, "could not be reported")
        self.check(f"{name}-reported", done == report.told + report.lost + unreported,
                   f"{done} done; {report.told} told, {report.lost} + {unreported} lost: {err}")
        kept, lost = self.stored()
        unstored = missing(err, "(?:is|are) not stored")
        self.check(f"{name}-stored", done == kept + lost + unstored,
                   f"{done} done; {kept} kept, {lost} + {unstored} lost: {err}")
        self.check(f"{name}-memory", "asan" in self.bailiff or 0 < memory.own <= MEMORY_KB, f"{memory.own} kB")
        print(f"NOTE {name}: {done} violations in {what['seconds']:.1f} s, {report.records} records; report: "
              f"{report.told} told, {report.lost + unreported} lost; store: {kept} kept, {lost + unstored} lost; "
              f"the supervisor's memory: {memory.own} kB of its own, {memory.all} kB in all", flush=True)

    def beside(self, name, kinds, rounds, ms):
        threads, ratios, rows = os.cpu_count(), [], []
        for _ in range(rounds):
            work = []
            for policy, result in (("denied.yaml", EACCES), ("allowed.yaml", EAFNOSUPPORT)):
                what = self.run(policy, ["beside", "socket", result, threads, ms, kinds])[0]
                if what["wrong"] or what["barred"] or not what["done"]:
                    self.check(f"{name}-verdicts", False, str(what))
                work.append(what["work"])
                rows.append(what["done"])
            ratios.append(work[0] / max(work[1], 1))
        ratio = statistics.median(ratios)
        self.check(name, ratio >= RATIO, f"{ratios}")
        print(f"NOTE {name}: {ratio:.2f} x ({min(ratios):.2f} to {max(ratios):.2f}) what it gets done beside as many "
              f"threads whose calls are allowed; calls of theirs: {rows[0]:.0f} denied, {rows[1]:.0f} allowed",
              flush=True)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    bench = Bench(*sys.argv[1:3])
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 10000000
    rounds, ms = (9, 2000) if count >= 1000000 else (3, 500)
    with tempfile.TemporaryDirectory(prefix="bailiff-flood.") as scratch:
        os.chdir(scratch)
        for name, call in (("denied", "socket"), ("allowed", "mkdir")):
            with open(f"{name}.yaml", "w", encoding="ascii") as f:
                f.write(POLICY % call)
        every = 1 << 30  # a kind of its own each
        bench.exact("one-kind", ("socket", EACCES, 1), count)
        bench.exact("many-kinds", ("socket", EACCES, every), count // 10)
        bench.exact("audit", ("socket", EAFNOSUPPORT, 1), count // 10, ["--audit"])
        bench.exact("signals", ("socket:S", EACCES, 1), count // 100)
        bench.beside("beside-one-kind", 1, rounds, ms)
        bench.beside("beside-many-kinds", every, rounds, ms)
        os.chdir("/")
    return 1 if bench.failed else 0


if __name__ == "__main__":
    sys.exit(main())
