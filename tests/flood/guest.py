#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Floods of violations from all CPUs of a guest at once, through the ring of the host plane.

  guest.py BAILIFF FLOOD [COUNT [SERIES]]

Every call's result is what the policy says, and the allowed one after it is allowed; the calls are as many as
the kernel has counted, as a reader of the service's stream has been told and told that are lost, and as the
store has; the service's memory is bounded. COUNT is 10000000, of one kind; a hundredth more are of a thousand
kinds. Then, where instructions are counted, what a program beside gets done, which only does what is allowed.
BAILIFF is the static program. Emulated CPUs are slow: ten million take half an hour.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MEMORY_KB, GROWTH_KB = 40960, 1024  # each process of the service; from a tenth of the flood of one kind on
RATIO = 0.8
NO_VERDICT = 99  # of boot.py: the guest died; with CPUs at the same time one in thirty does
POLICY = """version: 1
name: web
scope: {cgroups: [/governed/**]}
files: {default: allow, deny: [{paths: [/forbidden/**], why: it is forbidden}]}
"""
BEGIN = r"""
governed() { sh -c 'echo $$ >/sys/fs/cgroup/governed/a/cgroup.procs; exec "$@"' sh "$@"; }
mkdir -p /etc/bailiff/policies /forbidden /other /sys/fs/cgroup/governed/a /var/lib
i=0
while [ $i -lt 1000 ]; do echo x >/forbidden/$i; i=$((i + 1)); done
echo x >/other/0
cp /web.yaml /etc/bailiff/policies
bailiff guard --report /dev/null 2>/tmp/log &
guard=$!
i=0
until grep -q ready /tmp/log || [ $((i += 1)) -gt 4500 ]; do sleep 0.2; done
memory() {
	for name in front store; do
		echo "FACT memory-$name-$1 kb=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' /proc/$(pidof bailiff-$name)/status)"
	done
}
"""
COUNT = BEGIN + r"""
bailiff watch --json 2>/tmp/watch | flood sum >/tmp/stream &
until grep -q watching /tmp/watch || [ $((i += 1)) -gt 9000 ]; do sleep 0.2; done
flood() { # NAME PATH COUNT KINDS
	echo "FACT $1 $(governed flood all $2 1 $(nproc) $3 $4)"
}
sleep 1
echo "FACT front before=$(pidof bailiff-front)"
flood tenth /forbidden/0 $(($1 / 10)) 1
sleep 2
memory before
flood rest /forbidden/0 $(($1 - $1 / 10)) 1
sleep 2
memory middle
flood kinds /forbidden $(($1 / 100)) 1000
last=
until [ "$(bailiff report --json 2>/dev/null | head -c 400 | grep -o '"violations.*lost":[0-9]*')" = "$last" ] &&
	bailiff status --json | grep -q '"ring_waiting":0,'; do
	last=$(bailiff report --json 2>/dev/null | head -c 400 | grep -o '"violations.*lost":[0-9]*')
	sleep 3
done
memory after
kill -INT $(for p in $(pidof bailiff); do tr '\0' ' ' </proc/$p/cmdline | grep -q ' watch' && echo $p; done)
sleep 2
echo "FACT stream $(cat /tmp/stream)"
bailiff report --json >/tmp/kept
echo "KEPT $(grep -o '"summary":{[^}]*}' /tmp/kept | head -n 1)"
echo "COUNTED $(bailiff status --json | grep -o '"counters":{[^}]*}')"
echo "FACT ended $(pidof bailiff-front | sed 's/^/after=/')"
sed 's/^/LOG /' /tmp/log
echo "FACT cpus n=$(nproc)"
"""
BESIDE = BEGIN + r"""
sleep 3
for threads in 1 2; do
	for round in $(seq $1); do
		echo "FACT denied-$threads $(governed flood beside /forbidden/0 1 $threads 1000 1)"
		sleep 2
		echo "FACT allowed-$threads $(governed flood beside /other/0 0 $threads 1000 1)"
	done
done
"""


class Bench:
    def __init__(self, bailiff, flood, series, where):
        self.bailiff, self.flood, self.series, self.where, self.failed = bailiff, flood, series, where, False

    def check(self, name, good, what):
        print(f"PASS {name}" if good else f"FAIL {name}: {what}", flush=True)
        self.failed |= not good

    def boot(self, script, options, *words):
        """What the guest printed, or None."""
        for name, text in (("guest.sh", script), ("web.yaml", POLICY)):
            with open(f"{self.where}/{name}", "w", encoding="ascii") as f:
                f.write(text)
        argv = [sys.executable, f"{TESTS}/lab/boot.py", self.series, *options, "--mem", "1024",
                "--add", f"{self.bailiff}:/bin/bailiff", "--add", f"{self.flood}:/bin/flood",
                "--add", f"{self.where}/guest.sh:/guest.sh", "--add", f"{self.where}/web.yaml:/web.yaml", "--",
                "sh", "/guest.sh", *map(str, words)]
        for _ in range(3):
            done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                                  check=False)
            if done.returncode != NO_VERDICT:
                return done.stdout
            print(f"NOTE the guest died, once more: {done.stdout[-300:]!r}", flush=True)
        return None

    def count(self, count):
        out = self.boot(COUNT, ["--parallel", "--timeout", str(1800 + count // 2000)], count)
        if out is None:
            self.check("flood", False, "the guest died three times")
            return
        facts = {name: {key: int(float(value)) for key, value in re.findall(r"(\w+)=([-\d.]+)", rest)}
                 for name, rest in re.findall(r"^FACT (\S+) (.*)$", out, re.M)}
        failed = self.failed
        try:
            self.judge(count, facts, json.loads("{" + re.search(r"^KEPT (.*)$", out, re.M).group(1) + "}")["summary"],
                       json.loads("{" + re.search(r"^COUNTED (.*)$", out, re.M).group(1) + "}")["counters"])
        except (KeyError, AttributeError, ValueError) as error:
            self.check("flood", False, f"{error!r} in {out[-2000:]}")
        if self.failed and not failed:
            print("\n".join(re.findall(r"^LOG .*$", out, re.M)), flush=True)

    def judge(self, count, facts, kept, counted):
        floods = [facts[name] for name in ("tenth", "rest", "kinds")]
        done, stream = sum(flood["done"] for flood in floods), facts["stream"]
        self.check("verdicts", done >= count and not any(f["wrong"] or f["barred"] for f in floods), str(floods))
        self.check("all-cpus", facts["rest"]["cpus"] == facts["cpus"]["n"] > 1, str(facts))
        self.check("counted", counted["denied"] == done, f"{done} done, {counted}")
        # What bailiff itself does to what is loaded is told too.
        more = counted["audited"]
        self.check("told", stream["told"] + stream["lost"] in range(done, done + more + 1),
                   f"{done} done and {more}, {stream}")
        self.check("kept", kept["denied"] + kept["lost"] in range(done, done + more + 1),
                   f"{done} done and {more}, {kept}")
        self.check("service-lived", facts["front"]["before"] == facts["ended"]["after"], "another front took over")
        self.check("lost-is-known", kept["lost"] == counted["lost-lsm"], f"{kept}, {counted}")
        seconds = facts["tenth"]["seconds"] + facts["rest"]["seconds"]
        print(f"NOTE {done} violations, {count} of them in {seconds} s; stream: {stream['told']} told, {stream['lost']} "
              f"lost; store: {kept['denied']} kept, {kept['lost']} lost", flush=True)
        for name in ("front", "store"):
            before, middle, after = (facts[f"memory-{name}-{when}"]["kb"] for when in ("before", "middle", "after"))
            what = f"{before} kB after a tenth, {middle} kB after all of one kind, {after} kB in the end"
            self.check(f"memory-{name}", 0 < before <= middle <= before + GROWTH_KB and after <= MEMORY_KB, what)
            print(f"NOTE memory of bailiff-{name} at its highest: {what}", flush=True)

    def beside(self, rounds):
        out = self.boot(BESIDE, ["--icount", "--timeout", "3600"], rounds) or ""
        rows = [(name, int(threads), {key: float(value) for key, value in re.findall(r"(\w+)=([-\d.]+)", rest)})
                for name, threads, rest in re.findall(r"^FACT (\w+)-(\d) (.*)$", out, re.M)]
        for threads in 1, 2:
            work = [sorted(row["work"] for name, n, row in rows if (name, n) == (which, threads))
                    for which in ("denied", "allowed")]
            wrong = [row for _, n, row in rows if n == threads and (row["wrong"] or row["barred"] or not row["done"])]
            if len(work[0]) != rounds or len(work[1]) != rounds or wrong:
                self.check(f"beside-{threads}", False, f"{wrong} {out[-2000:]}")
                continue
            ratio = work[0][rounds // 2] / work[1][rounds // 2]
            self.check(f"beside-{threads}", ratio >= RATIO, f"{ratio:.2f}: {work}")
            print(f"NOTE beside {threads} flooding threads on one CPU: {ratio:.2f} x what it gets done beside as many whose "
                  f"calls are allowed ({work[0][rounds // 2]:.0f}, {work[1][rounds // 2]:.0f} a second)", flush=True)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 10000000
    series = sys.argv[4] if len(sys.argv) > 4 else "6.12"
    with tempfile.TemporaryDirectory(prefix="bailiff-flood.") as where:
        bench = Bench(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), series, where)
        bench.count(count)
        bench.beside(3)
    return 1 if bench.failed else 0


if __name__ == "__main__":
    sys.exit(main())
