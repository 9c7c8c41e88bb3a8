#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the host plane costs: instructions that it adds, counted in guests, beside Landlock and AppArmor,
iptables and nftables in the same boot. A figure is the best of five rounds.

  host.py BAILIFF [SERIES...]

BAILIFF is the static program. Instructions repeat to within 0.1 %, and say nothing of cache misses.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

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
fi
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


def measure(series, bailiff, where):
    script = os.path.join(where, "guest.sh")
    with open(script, "w", encoding="ascii") as f:
        f.write(GUEST % {"deep": DEEP, "file": FILE})
    argv = [sys.executable, f"{ROOT}/tests/lab/boot.py", series, "--icount", "--mem", "2048",
            "--timeout", "1500", "--add", f"{bailiff}:/bin/bailiff", "--add",
            f"{BUILD}/lab/cost:/bin/cost", "--add", f"{script}:/guest.sh",
            "--modules", "nf_tables,iptable_filter,xt_tcpudp"]
    for name in ("policies-many", "policies-few", "policies-net", "rules.nft", "rules.ipt"):
        argv += ["--add", f"{where}/{name}:/{name}"]
    for tool in ("apparmor_parser", "nft", "iptables-legacy-restore"):
        if shutil.which(tool):
            argv += ["--add", shutil.which(tool)]
    if os.path.isdir("/usr/lib/x86_64-linux-gnu/xtables"):
        argv += ["--add", "/usr/lib/x86_64-linux-gnu/xtables"]
    done = subprocess.run(argv + ["--", "sh", "/guest.sh"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    out = done.stdout.decode("utf-8", "replace")
    if "DONE" not in out:
        print(f"  {series}: the guest did not come to its end:\n{out[-3000:]}")
    return {name: int(value) for name, value in re.findall(r"FIGURE (\S+) (\d+)", out)}, out


ROWS = [  # what, operation, ours, peers, goal
    ("open+close, governed, 160,000 rules, 64 policies", "open", "many", ["landlock", "apparmor"]),
    ("the same, 10 rules, 1 policy", "open", "few", ["many"]),
    ("first open in a known directory", "first", "many", ["landlock", "apparmor"]),
    ("after a rename elsewhere", "renamed", "many", ["landlock", "apparmor"]),
    ("open+close, not governed", "open", "outside", ["landlock", "apparmor"]),
    ("read+write of a byte, not governed", "rw", "outside", ["apparmor"]),
    ("read+write of a byte, governed", "rw", "many", ["apparmor"]),
    ("fork+exec+exit, governed", "exec", "many", ["apparmor", "landlock"]),
    ("connect+close, 160,000 network rules", "connect", "net", ["nft", "iptables"]),
]


def show(series, figures):
    print(f"\n{series}: instructions added, by bailiff and by peers in the same boot")
    for what, operation, ours, peers in ROWS:
        own = "base" if ours == "outside" else "cgroup"
        base, mine = figures.get(f"base-{operation}"), figures.get(f"{ours}-{operation}")
        if mine is not None and base is not None:
            mine -= figures.get(f"{own}-{operation}", base) - base
        if base is None or mine is None:
            print(f"  {what:50} not measured")
            continue
        cells = []
        for peer in peers:
            other = figures.get(f"{peer}-{operation}")
            if other is not None and peer in ("many", "few"):
                other -= figures.get(f"cgroup-{operation}", base) - base
            if other is not None:
                ratio = (mine - base) / (other - base) if other != base else float("inf")
                cells.append(f"{peer} {other - base:,} ({ratio:.2f})")
        print(f"  {what:50} {mine - base:>8,}   {', '.join(cells)}")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    bailiff = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="bailiff-bench.") as where:
        policies(where)
        for series in sys.argv[2:] or ["6.1", "6.12", "newest"]:
            figures, out = measure(series, bailiff, where)
            show(series, figures)
            status = re.search(r"STATUS (.*)", out)
            if status:
                print(f"  status: {status.group(1)[:400]}")


if __name__ == "__main__":
    main()
