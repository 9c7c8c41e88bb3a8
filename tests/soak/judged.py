#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Logs of soaks that never were, one sound, the others each with one thing wrong, before the judge."""
import contextlib
import io
import json
import os
import random
import re
import sys

sys.dont_write_bytecode = True  # nothing beside the sources
import judge

HERE = os.path.dirname(os.path.abspath(__file__))
MINUTES, UNLOADS = 120, 8
# Of each gauge what it may be; it is noisy by a part of it.
LEVELS = {"SUnreclaim": 20000, "Percpu": 600, "VmallocUsed": 29000, "KernelStack": 1400, "PageTables": 1100,
          "kernel_bytes": 17000000, "progs": 78, "maps": 15, "links": 78, "pins": 89, "tasks": 86, "files": 192,
          "AnonPages": 16000, "Shmem": 20000, "keeper_rss": 9724, "front_rss": 17492, "store_rss": 9744,
          "keeper_fds": 97, "front_fds": 14, "store_fds": 7, "run_rss": 3650, "run_fds": 11, "store_bytes": 2200000,
          "wal_bytes": 8240680, "report_bytes": 3000000}
RISING = [name for name, _ in judge.WORK]


def columns():
    """As the guest's script names them: the two must agree."""
    with open(os.path.join(HERE, "guest/soak.sh"), encoding="utf-8") as f:
        return re.search(r'head_names="([^"]*)"', f.read()).group(1).split()


def rows(names, change):
    chance = random.Random(1)
    for minute in range(MINUTES + 1):
        row = {name: 0 for name in names}
        for name, level in LEVELS.items():
            row[name] = level + (int(level * 0.01 * chance.uniform(-1, 1)) if level > 100 else 0)
        row |= {name: 300 * minute for name in (*RISING, "denied", "audited")}
        row |= {"t": 60 * minute, "loaded": 1, "cgroups": "4+4"}
        row["all_unloads"] = minute * UNLOADS // MINUTES
        change(minute, row)
        yield "soak-row\t" + "\t".join(str(row[name]) for name in names)


def checks(change):
    """One before each time that all was unloaded, and another at the end."""
    for i in range(1, UNLOADS + 2):
        told = {"produced": 100 * i, "delivered": 40 * i, "lost": 60 * i, "wrong": 0, "broken": 0, "refused": 60 * i,
                "launched": 10 * i, "filtered": 20 * i, "kind": "store-size"}
        change(i, told)
        own = told["filtered"]
        # In each part of the time 70 were denied, 10 audited, and 20 refused by run alone.
        counters = {"denied": 70, "would-deny": 0, "audited": told["produced"] // i - 70 - own // i}
        summary = {"violations": told["delivered"], "lost": told["lost"]}
        lost = [{"kind": told["kind"], "count": told["lost"]}]
        yield (f"soak-check\t{i * 800}\tdone=9 refused={told['refused']} wrong={told['wrong']} "
               f"broken={told['broken']} filtered={own} launched={told['launched']} all_unloads={i - 1}\t\"counters\":{json.dumps(counters)}\t"
               f"\"summary\":{json.dumps(summary)}\t\"lost\":{json.dumps(lost)}}}")


def log(row=lambda *_: None, check=lambda *_: None, more=(), checked=True, end=True):
    names = columns()
    lines = ["soak-head\t" + "\t".join(names), *rows(names, row), *(checks(check) if checked else ()), *more]
    if end:
        lines += ["soak: 7300 s: the service's end: 0", "soak: 7310 s: the end: progs maps links 0 0 0, pins 1"]
    return judge.Log(line + "\n" for line in lines)


def growing(name, by):
    """By so much over the whole time, beside its noise."""
    def change(minute, row):
        value = row[name] if isinstance(row[name], int) else 8
        row[name] = value + int(by * minute / MINUTES)
    return change


def setting(name, value, after=0):
    def change(at, row):
        if at >= after:
            row[name] = value
    return change


def adding(name, value):
    def change(_, told):
        told[name] += value
    return change


def at(minute, name, value):
    def change(now, row):
        if now == minute:
            row[name] = value
    return change


def cases():
    """(name, what the judge has to find, how the log differs)"""
    yield "sound", [], {}
    yield "growth-within-bounds", [], {"row": growing("SUnreclaim", 600)}
    for name, what, least, part in judge.GAUGES:
        level = LEVELS.get(name, 8)
        # Half of what is added over the time lies between the middles of the two quarters.
        by = 2.3 * max(least, part * level) + 0.04 * level * (level > 100)
        limits = ["most: " + what for n, what, limit in judge.LIMITS if n == name and level + by > limit]
        yield "leak-" + name, [what, *limits], {"row": growing(name, by)}
    yield "never-measured", ["service: front, KiB"], {"row": setting("front_rss", "-")}
    for name, what, limit in judge.LIMITS:
        yield "beyond-" + name, ["most: " + what], {"row": at(70, name, limit + 1)}
    for name, _ in judge.WORK:
        yield "standstill-" + name, ["work in a quarter: " + name], {"row": setting(name, 20000, 60)}
    last = UNLOADS + 1
    yield "wrong-verdict", ["verdicts wrong"], {"check": setting("wrong", 1, last)}
    yield "broken-operation", ["operations broken"], {"check": setting("broken", 1, last)}
    delivery, refusals = "produced - delivered - lost", "refusals that the programs saw - denials counted"
    yield "one-not-delivered", [delivery], {"check": adding("delivered", -1)}
    yield "one-too-many", [delivery], {"check": adding("lost", 1)}
    yield "one-not-counted", [refusals], {"check": adding("refused", 1)}
    yield "never-full", ["taken out of the full store"], {"check": setting("kind", "lsm")}
    yield "never-checked", ["checks of what was counted"], {"checked": False}
    yield "not-loaded", ["complaints"], {"more": ["soak: 5 s: NOT LOADED: core 10: error"]}
    yield "wrong-verdict-told", ["complaints"], {"more": ["soak: WRONG open-forbidden: done, state 1, process 9"]}
    told = "soak: 99 s: all unloaded: progs maps links"
    yield "nothing-left", [], {"more": [told + " 0 0 0, pins 1, Slab: 20316 kB"]}
    yield "a-map-left", ["all unloaded: left something in the kernel"], {"more": [told + " 0 1 0, pins 1, Slab: 9 kB"]}
    yield "short-sound", [], {"row": growing("SUnreclaim", 9000)}
    yield "short-never-unloaded", ["work: all_unloads"], {"row": setting("all_unloads", 0)}
    yield "short-wrong-verdict", ["verdicts wrong"], {"check": setting("wrong", 1, last)}
    yield "no-end", ["ended, and left nothing in the kernel"], {"end": False}


def main():
    failed = False
    for name, wanted, words in cases():
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            found = judge.judge(log(**words), counts=name.startswith("short-"))
        found = [re.sub(r"^(in \d+ checks: |\d+ times )", "", what) for what in found]
        if found == wanted:
            print(f"PASS judge-{name}")
        else:
            failed = True
            print(f"FAIL judge-{name}: wanted {wanted}, got {found}\n{out.getvalue()}")
    with contextlib.redirect_stdout(io.StringIO()):
        found = judge.judge(judge.Log([]))
    print("PASS judge-empty" if found else "FAIL judge-empty: it passed")
    return 1 if failed or not found else 0


if __name__ == "__main__":
    sys.exit(main())
