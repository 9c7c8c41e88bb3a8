#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds what a contained program printed against what bailiff reported, for tests in containers.

contained.py look OUTPUT REPORT POLICY ID [WORD=VALUE...]
    The output of `contained look` under contained.yaml, and the whole report. WORD=VALUE: this line
    was printed, or this came of the call. ID: what process.container must be where the container's own cgroup paths have it.
contained.py killed REPORT         the report has one program that was killed, and nothing else
contained.py same OUTPUT OUTPUT    two outputs of `contained calls`, the second under the filter that
                                   an OCI runtime made of the profile that bailiff wrote
contained.py processes PID         how many processes, and how many zombies, its pid namespace has

Says what is wrong, one fault a line.
"""
import json
import os
import re
import sys

# The errnos of contained.yaml that nothing else would give.
ERRNOS = ("EUCLEAN", "EXDEV")
SYMLINK_LINE = 9
X32 = 0x40000000
# Not carried by an OCI profile, as `compile --format oci` says.
NOT_CARRIED = re.compile(r"call (unknown|unknown-far|x32-\w+) ")


def read_lines(path):
    with open(path, encoding="utf-8") as f:
        return f.read().splitlines()


def read_report(path):
    if not os.path.exists(path):
        return []
    records = [json.loads(line) for line in read_lines(path)]
    # An ordinary user, or a read-only root, has no place for the default store; that is said once.
    errors = [record["error"] for record in records if "error" in record]
    assert len(errors) <= 1 and all(error.startswith("violations are not stored: ") for error in errors), errors
    return [record for record in records if "error" not in record]


def printed(lines):
    """The lines as a dictionary of their first words, and the calls as one of their names."""
    words = dict(line.split(" ", 1) for line in lines if not line.startswith("call "))
    calls = dict(line.split(" ")[1:3] for line in lines if line.startswith("call "))
    return words, calls


def faults_of_process(event, words, expected_id, cgroups):
    process, pid = event["process"], int(words["pid"].split()[0])
    if process["tid"] != pid:
        yield f"reported of thread {process['tid']}, not of {pid}"
    if words["proc"] != "yes":
        known = [process[key] for key in ("pid", "exe", "comm", "uid", "cgroup", "container")]
        if any(value is not None for value in known) or event["ancestors"]:
            yield f"known without /proc: {process} {event['ancestors']}"
        return
    if (process["pid"], process["exe"], process["comm"]) != (pid, "/program", "program"):
        yield f"the process is {process['pid']} {process['exe']} ({process['comm']}), not {pid}"
    if f"{process['uid']}:{process['gid']}" != words["user"]:
        yield f"the user is {process['uid']}:{process['gid']}, not {words['user']}"
    if event["ancestors"] != [{"pid": 1, "exe": "/bailiff", "comm": "bailiff"}]:
        yield f"the ancestors are {event['ancestors']}"
    known = expected_id if any(expected_id in line for line in cgroups) else None
    if process["container"] != known:
        yield f"the container is {process['container']}, not {known}"


def faults_of_report(events, calls, policy):
    told = sum(event["count"] for event in events if event.get("errno") in ERRNOS)
    met = sum(result in ERRNOS for result in calls.values())
    if told != met:
        yield f"{met} calls were denied by the policy, {told} are in the report"
    for name in ("symlink", "symlinkat"):
        mine = [event for event in events if event.get("operation") == name]
        if len(mine) != 1:
            yield f"{len(mine)} reports of {name}"
            continue
        seen = [mine[0][key] for key in ("policy", "rule", "why", "verdict", "errno")]
        wanted = ["contained", f"{policy}:{SYMLINK_LINE}", "one name a file", "denied", "EXDEV"]
        if seen != wanted:
            yield f"{name} is reported as {seen}, not {wanted}"


def look(output, report, policy, expected_id, *expected):
    lines = read_lines(output)
    words, calls = printed(lines)
    for word, value in (pair.split("=", 1) for pair in expected):
        seen = words.get(word, calls.get(word))
        if seen != value:
            yield f"{word} is {seen}, not {value}"
    if not words.get("pid", "").endswith(" of 1"):
        yield f"the parent is not PID 1: {words.get('pid')}"
        return
    for name, value in (("getpid", "done"), ("socket-unix", "done"), ("symlink", "EXDEV"),
                        ("symlinkat", "EXDEV"), ("clone3", "ENOSYS")):
        if calls.get(name) != value:
            yield f"{name}: {calls.get(name)}, not {value}"
    for name in ("unshare", "mount", "keyctl", "bpf", "socket-alg"):
        if calls.get(name) not in ("EUCLEAN", "EPERM"):  # the runtime's own profile, if any
            yield f"{name}: {calls.get(name)}"
    events = read_report(report)
    yield from faults_of_report(events, calls, policy)
    cgroups = [line for line in lines if line.startswith("cgroup ")]
    for event in (e for e in events if e["syscall"]["number"] < X32):  # those a child makes
        yield from faults_of_process(event, words, expected_id, cgroups)


def killed(report):
    seen = [(event.get("verdict"), event["process"]["comm"], event["rule"])
            for event in read_report(report)]
    if seen != [("killed", "program", None)]:
        yield f"reported is {seen}"


def same(ours, theirs):
    left, right = read_lines(ours), read_lines(theirs)
    if len(left) != len(right) or len(left) < 20:
        yield f"{len(left)} and {len(right)} calls"
    for mine, other in zip(left, right):
        if NOT_CARRIED.match(mine):
            if other.endswith(" done"):
                yield f"{other}, which no policy lets through"
        elif mine != other:
            yield f"bailiff: {mine}, the runtime: {other}"


def processes(pid):
    namespace = os.readlink(f"/proc/{pid}/ns/pid")
    states = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{entry}/ns/pid") != namespace:
                continue
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as f:
                states.append(f.read().rpartition(")")[2].split()[0])
        except OSError:
            continue  # gone meanwhile
    yield f"{len(states)} {states.count('Z')}"


if __name__ == "__main__":
    checks = {"look": look, "killed": killed, "same": same, "processes": processes}
    for fault in checks[sys.argv[1]](*sys.argv[2:]):
        print(fault)
