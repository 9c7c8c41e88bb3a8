#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What path rules cost each open, in instructions that are counted in guests, beside a bare Landlock ruleset of the
same rights; and what it costs that denials are read from audit records. (Not every machine has auditing on.)

  confined.py BAILIFF BENCH [SERIES...]

BAILIFF is the static program. Instructions repeat to within 0.1 %, and say nothing of cache misses.
"""
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # nothing beside the sources
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lab"))
import kernels

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PLACES = range(3, 100)
GUEST = r"""
for i in $(seq 3 99); do mkdir -p /places/$i; echo x >/places/$i/file; done
figure() { name=$1; shift; echo "FIGURE $name $("$@")"; }
open="/bin/bench --open /places/42/file"
for round in 1 2 3; do
    figure plain $open
    figure bare $open /list
    figure ours bailiff run -p /wide.yaml -r none -- $open
    figure told bailiff run -p /wide.yaml -r /told -- $open
    figure filtered bailiff run -p /narrow.yaml -r none -- $open
done
bailiff run -p /wide.yaml -r /told -- /bin/bench --open /secret/file
echo "DENIALS $(grep -c '"plane":"landlock"' /told)"
echo DONE
"""


def policy(name, more="", rest=""):
    text = f"version: 1\nname: {name}\nfiles:\n  default: deny\n  allow:\n{more}"
    for place in ["/bin/**", "/lib/**", "/lib64/**", "/usr/**"] + [f"/places/{i}/**" for i in PLACES]:
        text += f"    - {{paths: [{place}], access: [read, execute]}}\n"
    return text + rest


def measure(series, bailiff, bench, where):
    argv = [sys.executable, f"{ROOT}/tests/lab/boot.py", series, "--icount", "--audit", "--timeout", "900",
            "--add", f"{bailiff}:/bin/bailiff", "--add", f"{bench}:/bin/bench"]
    for name in ("guest.sh", "wide.yaml", "narrow.yaml", "list", "secret"):
        argv += ["--add", f"{where}/{name}:/{name}"]
    out = subprocess.run(argv + ["--", "sh", "/guest.sh"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                         errors="replace", check=False).stdout
    figures = {}
    for name, value in re.findall(r"^FIGURE (\S+) ([\d.]+)\s*$", out, re.M):
        figures[name] = min(float(value), figures.get(name, float(value)))
    denials = re.search(r"^DENIALS (\d+)", out, re.M)
    if "DONE" not in out or len(figures) != 5:
        print(f"  {series}: not measured: {out[-1500:]}", flush=True)
        return
    told = "read" if denials and denials.group(1) != "0" else "not read here"
    print(f"\nInstructions of an open and a close in a guest of {series}\n")
    for what, name, peer, goal in (("not governed", "plain", None, ""),
                                   ("a bare Landlock ruleset, 100 places", "bare", None, ""),
                                   ("bailiff run, 100 path rules, --report none", "ours", "bare", "nothing on top"),
                                   (f"the same with reports, audit records {told}", "told", "ours", "<= 1.1 x"),
                                   ("with a filter: chmod and the like, memfd_create", "filtered", "bare", "")):
        ratio = f"{figures[name] / figures[peer]:.2f} x {peer}" if peer else ""
        print(f"| {what:<56} | {figures[name]:>8,.0f} | {ratio:<12} | {goal:<14} |", flush=True)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="bailiff-bench.") as where:
        os.mkdir(f"{where}/secret")
        texts = {"guest.sh": GUEST, "secret/file": "x\n",
                 "wide.yaml": policy("wide", "    - {paths: [/**], access: [chmod, chown, xattr, link]}\n"),
                 "narrow.yaml": policy("narrow", rest="exec: {default: deny, allow: [/bin/**]}\n"),
                 "list": "".join(f"{p}\n" for p in ["/bin", "/lib", "/lib64", "/usr"] +
                                 [f"/places/{i}" for i in PLACES])}
        for name, text in texts.items():
            with open(f"{where}/{name}", "w", encoding="ascii") as f:
                f.write(text)
        for series, _, release, _, why in kernels.provide(sys.argv[3:] or ["6.1", "6.12", "6.18", "newest"]):
            if release:
                measure(series, os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), where)
            else:
                print(f"  {series}: not measured: {why}", flush=True)


if __name__ == "__main__":
    main()
