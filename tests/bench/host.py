#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the host plane costs: instructions that it adds, counted in guests, beside Landlock and AppArmor,
iptables and nftables in the same boot. A figure is the best of five rounds.

  host.py BAILIFF [SERIES...]

BAILIFF is the static program; without a series, all kernels that can be had. Instructions repeat to within
0.1 %, and say nothing of cache misses.
"""
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # nothing beside the sources
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lab"))
import kernels

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("BAILIFF_BUILD") or "build")
RULES, POLICIES = 160000, 64
DEEP = "/usr/lib/x86_64-linux-gnu/perl/auto/List/Util"  # its file is nine names deep
FILE = DEEP + "/deep/Util.so"

GUEST = r"""
mkdir -p %(deep)s/deep /aa; echo x >%(deep)s/deep/Util.so; cp /bin/cost /aa/cost
figure() { name=$1; shift; echo "FIGURE $name $("$@")"; }
all() {
    figure $1-open $2 open %(file)s; figure $1-renamed $2 renamed %(file)s
    mkdir -p /tmp/$1; figure $1-first $2 first /tmp/$1; rm -r /tmp/$1
    figure $1-rw $2 rw /tmp/rw; figure $1-exec $2 exec /aa/cost
}
sleep 30
mkdir -p /sys/fs/cgroup/governed
# A task in a cgroup pays for that alone: it has a base of its own.
all base /aa/cost
all cgroup "/aa/cost --cgroup /sys/fs/cgroup/governed"
figure base-connect /aa/cost connect x
figure cgroup-connect /aa/cost --cgroup /sys/fs/cgroup/governed connect x
all landlock "/aa/cost --landlock"
if command -v apparmor_parser >/dev/null; then
    printf 'profile cost /aa/cost {\n /** rwmlk,\n /aa/cost ix,\n network,\n}\n' >/tmp/profile
    apparmor_parser -r --skip-cache -I / /tmp/profile && all apparmor /aa/cost
    apparmor_parser -R /tmp/profile
fi
show() {
    all $1 "/aa/cost --cgroup /sys/fs/cgroup/governed"
}
for set in many few; do
    start=$(cut -d' ' -f1 /proc/uptime)
    bailiff load /policies-$set/*.yaml >/tmp/out 2>&1 || { cat /tmp/out; exit 1; }
    echo "LOADED $set $start $(cut -d' ' -f1 /proc/uptime)"
    sleep 5
    show $set
    [ $set = few ] || { all outside /aa/cost; bailiff status --json | tr -d '\n' | sed 's/^/STATUS /'; echo; }
    bailiff unload --all >/dev/null
done
bailiff load /policies-net/*.yaml >/tmp/out 2>&1 || { cat /tmp/out; exit 1; }
sleep 2
figure net-connect /aa/cost --cgroup /sys/fs/cgroup/governed connect x
figure netoutside-connect /aa/cost connect x
bailiff unload --all >/dev/null
if [ -e /rules.nft ]; then
    nft -f /rules.nft && figure nft-connect /aa/cost connect x
    nft flush ruleset
    iptables-legacy-restore </rules.ipt && figure iptables-connect /aa/cost --times 20 connect x
    iptables-legacy -F
fi
# What takes long differs by a hundredth from one time to the next, so the bases are taken once more.
figure base-exec /aa/cost exec /aa/cost
figure cgroup-exec /aa/cost --cgroup /sys/fs/cgroup/governed exec /aa/cost
figure base-connect /aa/cost connect x
figure cgroup-connect /aa/cost --cgroup /sys/fs/cgroup/governed connect x
echo DONE
"""


def policies(where):
    """The rule sets: many (160,000 rules of 64 policies), few (10 of one), and network rules."""
    scope = "scope: {cgroups: [/governed/**]}\n"
    for name in ("many", "few", "net"):
        os.makedirs(f"{where}/policies-{name}")
    for p in range(POLICIES):
        with open(f"{where}/policies-many/p{p:02}.yaml", "w", encoding="ascii") as f:
            f.write(f"version: 1\nname: p{p:02}\n{scope}files:\n  default: allow\n  deny:\n")
            for i in range(RULES // POLICIES):
                top = ("/srv", "/usr/lib", DEEP, "/opt")[i % 4]
                f.write(f"    - {top}/p{p:02}/d{i // 50}/f{i}\n")
    with open(f"{where}/policies-few/p00.yaml", "w", encoding="ascii") as f:
        f.write(f"version: 1\nname: p00\n{scope}files:\n  default: allow\n  deny:\n")
        for i in range(10):
            f.write(f"    - {('/srv', '/usr/lib', DEEP, '/opt')[i % 4]}/p00/d0/f{i}\n")
    with open(f"{where}/policies-net/net.yaml", "w", encoding="ascii") as f, \
            open(f"{where}/rules.nft", "w", encoding="ascii") as nft, \
            open(f"{where}/rules.ipt", "w", encoding="ascii") as ipt:
        f.write(f"version: 1\nname: net\n{scope}network:\n  default: allow\n  deny:\n")
        nft.write("table inet t {\n set s { type ipv4_addr . inet_service; elements = {\n")
        ipt.write("*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n")
        for i in range(RULES):
            address, port = f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}", 1 + i % 60000
            f.write(f'    - {{connect: ["{address}:{port}/tcp"]}}\n')
            nft.write(f"  {address} . {port},\n")
            ipt.write(f"-A OUTPUT -d {address} -p tcp --dport {port} -j DROP\n")
        nft.write(" }\n }\n chain c { type filter hook output priority 0; "
                  "ip daddr . tcp dport @s drop\n }\n}\n")
        ipt.write("COMMIT\n")


def guest(series, bailiff, where):
    argv = [sys.executable, f"{ROOT}/tests/lab/boot.py", series, "--icount", "--mem", "2048",
            "--timeout", "3000", "--add", f"{bailiff}:/bin/bailiff", "--add",
            f"{BUILD}/lab/cost:/bin/cost", "--add", f"{where}/guest.sh:/guest.sh",
            "--modules", "nf_tables,iptable_filter,xt_tcpudp"]
    for name in ("policies-many", "policies-few", "policies-net", "rules.nft", "rules.ipt"):
        argv += ["--add", f"{where}/{name}:/{name}"]
    for tool in ("apparmor_parser", "nft", "iptables-legacy", "iptables-legacy-restore"):
        found = shutil.which(tool, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        if found:
            argv += ["--add", found]
    if os.path.isdir("/usr/lib/x86_64-linux-gnu/xtables"):
        argv += ["--add", "/usr/lib/x86_64-linux-gnu/xtables"]
    return argv + ["--", "sh", "/guest.sh"]


def measure(series, bailiff, where):
    """The figures of one kernel, by "whose-operation". Says what it is at as it goes."""
    figures, tail, stage = {}, [], None
    with subprocess.Popen(guest(series, bailiff, where), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace") as process:
        for line in process.stdout:
            tail = tail[-20:] + [line[:200].rstrip() + "\n"]
            word, _, rest = line.strip().partition(" ")
            if word == "FIGURE" and re.fullmatch(r"\S+ \d+", rest):
                name, value = rest.split()
                figures[name] = min(int(value), figures.get(name, int(value)))
                if name.split("-")[0] != stage:
                    stage = name.split("-")[0]
                    print(f"  {series}: measuring {STAGES.get(stage, stage)}", file=sys.stderr, flush=True)
            elif word == "STATUS":
                figures["many-memory"] = json.loads(rest)["kernel_bytes"]
            elif word == "LOADED":
                figures[rest.split()[0] + "-load"] = float(rest.split()[2]) - float(rest.split()[1])
    if process.returncode or not any("DONE" in line for line in tail):
        print(f"  {series}: the guest did not come to its end:\n{''.join(tail)}", file=sys.stderr)
    return figures


STAGES = {"base": "nothing loaded", "cgroup": "nothing loaded, in a cgroup", "landlock": "Landlock",
          "apparmor": "AppArmor", "many": "bailiff, 160,000 rules of 64 policies",
          "outside": "... a task that is not governed", "few": "bailiff, 10 rules of one policy",
          "net": "bailiff, 160,000 network rules", "netoutside": "... a task that is not governed",
          "nft": "nftables", "iptables": "iptables"}
BOTH = ["landlock", "apparmor"]
# What, operation, whose, peers, goal: ("<=", instructions, those on 6.1), ("x", peer, ratio) or None.
ROWS = [
    ("open+close, governed, 160,000 rules, 64 policies", "open", "many", BOTH, ("<=", 450, 600)),
    ("... 10 rules, 1 policy", "open", "few", ["many"], ("~", "many", 0.02)),
    ("... first open in a known directory", "first", "many", BOTH, ("<=", 2000, 2000)),
    ("... after a rename elsewhere", "renamed", "many", BOTH, ("<=", 1200, 1200)),
    ("... not governed", "open", "outside", BOTH, ("<=", 340, 340)),
    ("read+write of a byte, not governed", "rw", "outside", ["apparmor"], ("x", "apparmor", 0.5)),
    ("... governed", "rw", "many", ["apparmor"], ("x", "apparmor", 1.0)),
    ("fork+exec+exit of a static program, governed", "exec", "many", BOTH, ("x", "apparmor", 0.5)),
    ("... not governed", "exec", "outside", BOTH, None),
    ("connect+close, 160,000 network rules", "connect", "net", ["nft", "iptables"], ("x", "nft", 1.0)),
    ("... not governed", "connect", "netoutside", ["nft", "iptables"], None),
]


def added(figures, whose, operation):
    """The instructions that it adds. A task in a cgroup pays for that alone, so its base has one too."""
    own = "cgroup" if whose in ("many", "few", "net") else "base"
    value, base = figures.get(f"{whose}-{operation}"), figures.get(f"{own}-{operation}")
    return None if value is None or base is None else value - base


def judge(goal, mine, others, series):
    """The goal in words, and whether it is met."""
    if not goal or mine is None:
        return "", ""
    if goal[0] == "<=":
        most = goal[2] if series == "6.1" else goal[1]
        return f"<= {most:,}", "met" if mine <= most else "MISSED"
    peer = others.get(goal[1])
    if goal[0] == "~":
        return f"within {goal[2]:.0%}", "" if peer is None else \
            "met" if abs(mine - peer) <= goal[2] * peer else "MISSED"
    return f"<= {goal[2]:.1f} x {goal[1]}", "" if peer is None else "met" if mine <= goal[2] * peer else "MISSED"


def line(*cells):
    print("| {:<48} | {:>8} | {:<46} | {:<17} | {:<6} |".format(*cells), flush=True)


def show(series, release, figures):
    print(f"\nInstructions added in a guest of {series} ({release}); peers in the same boot, (our share of them)\n")
    line("figure", "bailiff", "peers", "goal", "")
    line(*("-" * n for n in (48, 8, 46, 17, 6)))
    for what, operation, ours, peers, goal in ROWS:
        mine = added(figures, ours, operation)
        others = {peer: added(figures, peer, operation) for peer in peers}
        others = {peer: value for peer, value in others.items() if value is not None}
        cells = [f"{peer} {value:,} ({mine / value:.2f})" if mine is not None and value else
                 f"{peer} {value:,}" for peer, value in others.items()]
        line(what, "-" if mine is None else f"{mine:,}", ", ".join(cells), *judge(goal, mine, others, series))
    memory = figures.get("many-memory")
    if memory is not None:
        line("kernel memory, 160,000 rules of 64 policies, MiB", f"{memory / 2**20:.1f}", "", "<= 48",
             "met" if memory <= 48 << 20 else "MISSED")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    bailiff = os.path.abspath(sys.argv[1])
    rows = kernels.provide(sys.argv[2:] or ["6.1", "6.12", "6.18", "newest"])
    have = {row[0]: row[2] for row in rows if row[2]}
    for series, _, release, _, why in rows:
        if not release:
            print(f"  {series}: not measured: {why}", flush=True)
    with tempfile.TemporaryDirectory(prefix="bailiff-bench.") as where:
        policies(where)
        with open(f"{where}/guest.sh", "w", encoding="ascii") as f:
            f.write(GUEST % {"deep": DEEP, "file": FILE})
        # Guests count instructions, not time: they may run side by side.
        with concurrent.futures.ThreadPoolExecutor(min(os.cpu_count() or 1, 4)) as pool:
            jobs = {series: pool.submit(measure, series, bailiff, where) for series in have}
            for series, job in jobs.items():
                show(series, have[series], job.result())


if __name__ == "__main__":
    main()
