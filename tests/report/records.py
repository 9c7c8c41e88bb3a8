# SPDX-License-Identifier: Apache-2.0
"""Records as bailiff writes them, made up: realistic ones for pictures, and many with hostile names for tests."""
import json
import math
import random
import time

HOUR = 3600
NUMBERS = {"ioctl": 16, "socket": 41, "ptrace": 101, "openat": 257, "unshare": 272, "bpf": 321}
WEB = "/etc/bailiff/policies/web.yaml"
CI = "/etc/bailiff/policies/ci.yaml"
KEYS = "/etc/bailiff/policies/keys.yaml"
EVERYONE = "/etc/bailiff/policies/everyone.yaml"
NGINX = "9f2c61d0b7aa4e15c8d3f6020b9e7741aa35ce0d9be14f7782d6c1a0e3b54f96"
RUNNER = "41d7be90c2537fa8160ed94ab3cf8825e60b17d9f4a26c3851de7b0f928ac64d"

POLICIES = {
    "web.yaml": """\
version: 1
name: web
description: nginx that serves static files
scope: {launched: true}
include: [container-default]

syscalls:
  default: deny
  deny:
    - ioctl: {cmd: [TIOCSTI, TIOCLINUX], why: nothing types into terminals here}
    - socket: {domain: {not: [AF_UNIX, AF_INET, AF_INET6]}, why: a web server speaks TCP}
    - {calls: [ptrace, process_vm_writev], action: kill, why: nothing here debugs}

exec:
  default: deny
  allow: [/usr/sbin/nginx, /usr/lib/**]
network:
  default: deny
  allow:
    - {bind: ["*:80/tcp", "*:443/tcp"]}
    - {connect: ["10.0.0.0/8:5432/tcp"], why: a database and nothing else}
capabilities:
  default: deny
  allow: [CHOWN, SETGID, SETUID, NET_BIND_SERVICE]
kernel: {default: deny}
""",
    "ci.yaml": """\
version: 1
name: ci
description: jobs of the build machine, watched for a week before it enforces
mode: audit
scope: {cgroups: [/ci.slice/**]}

files:
  default: allow
  deny:
    - {paths: [/root/**, /home/**], why: people's files}
    - {paths: [/var/run/docker.sock], why: whoever has it has the host}
exec:
  default: allow
  deny:
    - {paths: [/tmp/**, /dev/shm/**], why: dropped there and then started}
    - writable-then-executable
network:
  default: deny
  allow:
    - {connect: ["10.20.0.0/16:443/tcp"], why: mirrors}
kernel:
  default: allow
  deny: [bpf, perf, namespaces, io-uring]
""",
    "keys.yaml": """\
version: 1
name: keys
description: who may read passwords and host keys
scope: {cgroups: [/user.slice/**]}
files:
  default: allow
  deny:
    - {paths: [/etc/shadow, /etc/gshadow], access: [read], why: only what checks passwords reads them}
    - {paths: [/etc/ssh/ssh_host_*_key], access: [read], why: only sshd shows who this machine is}
  allow:
    - paths: [/etc/shadow, /etc/gshadow]
      access: [read]
      by: [/usr/sbin/unix_chkpwd, /usr/bin/su, /usr/bin/sudo, /usr/bin/passwd]
    - {paths: [/etc/ssh/ssh_host_*_key], access: [read], by: [/usr/sbin/sshd, /usr/bin/ssh-keygen]}
""",
    "everyone.yaml": """\
version: 1
name: everyone
description: parts of the kernel that are shut on this host
scope: {host: true}
kernel:
  default: allow
  deny:
    - {surfaces: [kexec, raw-io], why: nobody replaces this kernel while it runs}
    - {surfaces: [io-uring], why: nothing here uses it}
""",
}


def stamp(at):
    whole = math.floor(at)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole)) + f".{int((at - whole) * 1e9):09d}Z"


def chain(*tasks):
    """(pid, exe) from the far end: the process, and its ancestors with the nearest first."""
    known = [{"pid": pid, "exe": exe, "comm": (exe or "?").rsplit("/", 1)[-1][:15]} for pid, exe in tasks]
    return known[-1], known[-2::-1]


def violation(at, tasks, count=1, args=None, **more):
    process, ancestors = chain(*tasks)
    record = {
        "time": stamp(at), "policy": "web", "rule": None, "why": None, "class": "syscalls", "operation": "socket",
        "verdict": "denied", "errno": "EPERM", "plane": "lsm" if args is None else "seccomp",
        "syscall": None, "object": None,
        "process": {**process, "tid": process["pid"], "start": stamp(at - 30), "uid": 0, "user": "root", "gid": 0, "group": "root",
                    "cgroup": "/", "container": None},
        "ancestors": ancestors, "host": "web-03.example.net", "generation": None, "count": count}
    for key in ("uid", "user", "gid", "group", "cgroup", "container", "exe", "comm"):
        if key in more:
            record["process"][key] = more.pop(key)
    record.update(more)
    if args is not None:
        record["syscall"] = {"name": record["operation"], "number": NUMBERS.get(record["operation"], 1), "arch": "x86_64", "args": args}
    return json.dumps(record)


SYSTEMD = (1, "/usr/lib/systemd/systemd")
SHIM = (1412, "/usr/bin/containerd-shim-runc-v2")
BOX = [SYSTEMD, SHIM, (20114, "/usr/bin/bailiff"), (20131, "/usr/sbin/nginx")]
JOB = [SYSTEMD, (988, "/usr/bin/gitlab-runner"), (31007, "/usr/bin/bash"), (31050, "/usr/bin/make")]
LOGIN = [SYSTEMD, (702, "/usr/sbin/sshd"), (40210, "/usr/sbin/sshd"), (40213, "/usr/bin/bash")]


def line_of(path, text):
    lines = POLICIES[path.rsplit("/", 1)[-1]].split("\n")
    return f"{path}:{next(i for i, line in enumerate(lines, 1) if text in line)}"


def realistic(now):
    """A day and a half of a web server that somebody got into, a build machine and people who log in."""
    dice, lines = random.Random(4), []
    web = {"policy": "web", "container": NGINX, "cgroup": f"/system.slice/docker-{NGINX}.scope", "uid": 33, "user": "www-data", "gid": 33, "group": "www-data"}
    ci = {"policy": "ci", "container": RUNNER, "cgroup": "/ci.slice/job-8841", "uid": 998, "user": "gitlab-runner", "gid": 998, "group": "gitlab-runner",
          "verdict": "would-deny", "host": "web-03.example.net"}

    def put(ago, tasks, count=1, times=1, apart=HOUR, **more):
        for i in range(times):
            lines.append((now - ago * HOUR + i * apart + dice.random() * min(apart, 900), tasks, count if times == 1 else max(1, int(count * (0.4 + dice.random()))), more))

    def night(i):
        return 0.15 + math.sin((i % 24) / 24 * math.pi) ** 2

    worker = BOX + [(20140, "/usr/sbin/nginx")]
    shell = worker + [(22871, "/usr/bin/dash")]
    for i in range(36):
        put(36 - i, JOB + [(31200 + i, "/usr/bin/cargo")], int(140 * night(i)) + 1, class_="", **{})
        lines[-1][3].update(ci, **{"class": "network", "operation": "connect", "object": "151.101.2.132:443/tcp", "errno": "EACCES",
                                   "rule": line_of(CI, "default: deny"), "why": None})
        lines[-1][3].pop("class_")
        if i % 3 == 0:
            put(36 - i, JOB + [(31400 + i, "/usr/bin/python3.11")], int(60 * night(i)) + 1, **ci, **{"class": "exec", "operation": "exec",
                "object": f"/tmp/pip-build-env-{'k3x9'}/overlay/bin/ninja", "errno": "EACCES", "rule": line_of(CI, "/tmp/**"), "why": "dropped there and then started"})
    # somebody in the web server's container
    put(7.4, worker, 1, **web, **{"class": "exec", "operation": "exec", "object": "/usr/bin/dash", "errno": "EACCES", "rule": line_of(WEB, "exec:") , "why": None})
    put(7.3, shell, 38, **web, **{"class": "network", "operation": "connect", "object": "185.199.110.133:443/tcp", "errno": "EACCES", "rule": line_of(WEB, "network:"), "why": None})
    put(7.1, shell + [(22903, "/usr/bin/curl")], 412, 3, HOUR / 2, **web, **{"class": "network", "operation": "connect", "object": "185.199.110.133:443/tcp", "errno": "EACCES", "rule": line_of(WEB, "network:"), "why": None})
    put(6.8, shell + [(22940, "/usr/bin/python3.11")], 3, args={"request": "PTRACE_ATTACH", "pid": 20131}, **web, operation="ptrace", verdict="killed", errno=None,
        rule=line_of(WEB, "ptrace"), why="nothing here debugs")
    put(6.7, shell + [(22951, "/tmp/.x/k")], 88, args={"family": "AF_ALG", "type": "SOCK_SEQPACKET", "protocol": 0}, **web, operation="socket", rule=line_of(WEB, "socket:"), why="a web server speaks TCP")
    put(6.7, shell + [(22951, "/tmp/.x/k")], 231, args={"family": "AF_VSOCK", "type": "SOCK_STREAM", "protocol": 0}, **web, operation="socket", rule=line_of(WEB, "socket:"), why="a web server speaks TCP")
    put(6.6, shell + [(22951, "/tmp/.x/k")], 640, args={"family": "AF_NETLINK", "type": "SOCK_RAW", "protocol": "NETLINK_NETFILTER"}, **web, operation="socket", rule=line_of(WEB, "socket:"), why="a web server speaks TCP")
    put(6.5, shell, 5, args={"fd": 0, "cmd": "TIOCSTI"}, **web, operation="ioctl", rule=line_of(WEB, "TIOCSTI"), why="nothing types into terminals here")
    put(6.4, shell + [(22951, "/tmp/.x/k")], 19, args={"unshare_flags": "CLONE_NEWUSER|CLONE_NEWNS"}, **web, **{"class": "kernel"}, operation="unshare", rule=line_of(WEB, "kernel:"), why=None)
    put(6.4, shell + [(22951, "/tmp/.x/k")], 7, args={"cmd": "BPF_PROG_LOAD"}, **web, **{"class": "kernel"}, operation="bpf", rule=line_of(WEB, "kernel:"), why=None)
    put(5.9, worker, 2, **web, **{"class": "capabilities", "operation": "capability", "object": "SYS_ADMIN", "rule": line_of(WEB, "capabilities:"), "why": None})
    # the rest of the build machine
    put(9, JOB + [(31207, "/usr/bin/docker")], 4, 2, 4 * HOUR, **ci, **{"class": "files", "operation": "write", "object": "/var/run/docker.sock", "errno": "EACCES", "rule": line_of(CI, "docker.sock"), "why": "whoever has it has the host"})
    put(20, JOB + [(31290, "/usr/bin/node")], 22, 4, 5 * HOUR, **ci, **{"class": "exec", "operation": "word", "object": "writable-then-executable", "errno": "EACCES", "rule": line_of(CI, "writable"), "why": None})
    put(14, JOB + [(31311, "/usr/bin/tar")], 61, 2, 3 * HOUR, **ci, **{"class": "files", "operation": "read", "object": "/home/anna/.netrc", "errno": "EACCES", "rule": line_of(CI, "/home/**"), "why": "people's files"})
    # people
    host = {"policy": "keys", "class": "files", "operation": "read", "errno": "EACCES", "cgroup": "/user.slice/user-1000.slice/session-12.scope", "uid": 0, "user": "root"}
    put(3.2, LOGIN + [(40377, "/usr/bin/sudo"), (40381, "/usr/bin/cat")], 2, **host, object="/etc/shadow", rule=line_of(KEYS, "[/etc/shadow"), why="only what checks passwords reads them")
    put(30, LOGIN + [(40512, "/usr/bin/rsync")], 3, 3, 8 * HOUR, **host, object="/etc/ssh/ssh_host_ed25519_key", rule=line_of(KEYS, "ssh_host"), why="only sshd shows who this machine is")
    put(28, LOGIN + [(40620, "/usr/bin/fio")], 12, **{**host, "policy": "everyone", "class": "kernel", "operation": "surface", "errno": "EPERM"}, object="io-uring", rule=line_of(EVERYONE, "io-uring"), why="nothing here uses it", verdict="audited")
    lines.sort(key=lambda put: put[0])
    done = [violation(min(at, now - 40), tasks, count, **more) for at, tasks, count, more in lines]
    return done + [json.dumps({"lost": {"kind": "lsm", "count": 1204}})]


# --- Hostile ones

def hostile_names():
    """Names that a program can give itself or a file; as they stand in a record's JSON text."""
    return [
        "/tmp/<img src=x onerror=alert(1)>", "/tmp/</script><script>alert(2)</script>", "/tmp/\"><svg onload=alert(3)>",
        "/tmp/'-alert(4)-'", "/tmp/<!--<script>", "/tmp/&lt;b&gt;&amp;", "/tmp/${alert(5)}{{7*7}}", "javascript:alert(6)",
        "/tmp/\u202egnp.exe\u2066", "/tmp/\u200b\u200fzero\ufeffwidth", "/tmp/\x1b[2J\x1b]0;owned\x07", "/tmp/new\nline\ttab\rreturn",
        "/tmp/c1\u0085\u009b", "/tmp/bytes\\xff\\xfe", "/tmp/" + "a\u0301\u0302\u0303\u0304" * 40, "/tmp/\u05e9\u05dc\u05d5\u05dd/\u0645\u0631\u062d\u0628\u0627",
        "/" + "/".join(["d" * 62] * 64), "/" + "x" * 4094, "=cmd|' /C calc'!A0", "__proto__", "constructor", " leading and trailing ",
        "/tmp/]]><![CDATA[", "/tmp/\U000e0041\U000e0042tags", "/tmp/\U0001f600", "/tmp/%3Cscript%3E", "/tmp/\\u003cscript\\u003e", "-", "\u2028\u2029",
        "/tmp/--></textarea></noscript></title></style></table><h1 id=injected>x</h1>",
    ]


def hostile(now, kinds=500):
    """Lines of JSON: that many kinds, in every second a hostile name somewhere; over five days."""
    dice, names, lines = random.Random(7), hostile_names(), []
    verdicts = ["denied"] * 6 + ["killed", "would-deny", "audited"]
    for i in range(kinds):
        name = names[i // 2 % len(names)] if i % 2 == 0 else f"/srv/data/{dice.randrange(10**6)}"
        exe = f"/usr/bin/tool{i % 37}" if i % 4 else names[i // 4 % len(names)]
        box = [None, "web", "9" * 64, "<b>box</b>", names[8]][i % 5]
        for _ in range(dice.randrange(1, 5)):
            at = now - dice.random() * 5 * 24 * HOUR - 60
            args = {"fd": i, "cmd": dice.choice(["TIOCSTI", "TIOCLINUX", "<u>0x1</u>"])} if i % 7 == 0 else None
            lines.append(violation(at, [SYSTEMD, (77, names[i % len(names)]), (1000 + i, exe)], dice.randrange(1, 5000), args, verdict=verdicts[i % 9],
                                   operation=["openat", "connect", "ioctl", "exec", "<i>op</i>"][i % 5], policy=["web", "ci", "<s>p</s>", names[10]][i % 4],
                                   rule=[f"/etc/p{i % 3}.yaml:{i % 120 + 1}", f"rel.yaml:{i % 90 + 1}", "/etc/<b>.yaml:9", None][i % 4], why=names[(i * 7) % len(names)],
                                   object=f"{name}#{i}" if i % 9 else None, container=box, user=names[i % 7], group=names[i % 11], cgroup="/" + names[i % 5], host=names[1] if i % 50 == 3 else "h",
                                   comm=names[(i * 3) % len(names)][:15]))
    dice.shuffle(lines)
    return lines + [json.dumps({"lost": {"kind": "<b>lost</b>", "count": 12}}), json.dumps({"lost": {"kind": "store-full", "count": 3}})]
