#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Judges a soak by what its guest wrote to the serial port: judge.py LOG

Each gauge is a median over the second quarter of the time, when all is warm, beside the median over the last one; it
may have grown by so much, or by that part of itself. Beyond that: no verdict was wrong, all that was
produced was stored or counted as lost, the store stayed within its limit though it was full, and
work went on to the end. The status is 0 where all of that is so. --so-far judges one that is still going on.
"""
import argparse
import json
import os
import re
import statistics
import sys

# name of the column, what it is, may grow by (at least), or by this part
KIB, FEW = 1024, 0.75
GAUGES = [
    ("SUnreclaim", "kernel slab, KiB", 1024, 0.03),
    ("Percpu", "kernel per CPU, KiB", 64, 0.03),
    ("VmallocUsed", "kernel vmalloc, KiB", 1024, 0.03),
    ("KernelStack", "kernel stacks, KiB", 64, 0.03),
    ("PageTables", "page tables, KiB", 256, 0.05),
    ("kernel_bytes", "BPF programs and maps, bytes", 256 * KIB, 0.03),
    ("progs", "BPF programs", FEW, 0),
    ("maps", "BPF maps", FEW, 0),
    ("links", "BPF links", FEW, 0),
    ("pins", "files in bpffs", FEW, 0),
    ("tasks", "tasks", 3, 0),
    ("files", "open files", 32, 0.05),
    ("cgroups", "cgroups, dying ones too", 4, 0),
    ("AnonPages", "memory of processes, KiB", 2048, 0.05),
    ("Shmem", "files in memory, KiB", 2048, 0.05),
    ("keeper_rss", "service: keeper, KiB", 512, 0.03),
    ("front_rss", "service: front, KiB", 512, 0.03),
    ("store_rss", "service: writer, KiB", 1024, 0.05),
    ("run_rss", "run's supervisor, KiB", 256, 0.03),
    ("keeper_fds", "service: keeper, descriptors", FEW, 0),
    ("front_fds", "service: front, descriptors", 2, 0),
    ("store_fds", "service: writer, descriptors", FEW, 0),
    ("run_fds", "run's supervisor, descriptors", FEW, 0),
    ("store_bytes", "store, bytes", 512 * KIB, 0),
]
# name, what it is, never more than
LIMITS = [
    ("store_bytes", "store, bytes", 3 << 20),       # 2 MiB, and what is free in the file
    ("wal_bytes", "store's log, bytes", 24 << 20),
    ("report_bytes", "report and its older ones, bytes", 4 << 20),
]
# what has to happen in each quarter
WORK = [("done", 200), ("refused", 50), ("filtered", 1), ("loads", 2), ("unloads", 1), ("watches", 2), ("reports", 1)]
BAD = re.compile(r"soak: (?:\d+ s: )?(WRONG|BROKEN|NOT LOADED|NOT UNLOADED|NOT RELOADED|NO REPORT|DAMAGED|KERNEL|"
                 r"still busy)")
NOTHING = "progs maps links 0 0 0, pins 1"
LEAST_ROWS = 16


class Log:
    """What the guest wrote."""

    def __init__(self, lines):
        self.head, self.rows, self.checks, self.bad, self.ends, self.unloaded = [], [], [], [], [], []
        for line in lines:
            word, _, rest = line.rstrip("\n").partition("\t")
            if word == "soak-head":
                self.head = rest.split("\t")
            elif word == "soak-row":
                self.row(rest.split("\t"))
            elif word == "soak-check":
                self.check(rest)
            elif BAD.match(line):
                self.bad.append(line.strip())
            elif re.match(r"soak: \d+ s: (the service's end|the end):", line):
                self.ends.append(line.strip())
            elif re.match(r"soak: \d+ s: all unloaded:", line):
                self.unloaded.append(line.strip())

    def row(self, values):
        if len(values) == len(self.head):
            self.rows.append({name: number(value) for name, value in zip(self.head, values)})

    def check(self, text):
        pairs = dict(re.findall(r"([a-z_]+)=(\d+)", text))
        counters = re.search(r'"counters":(\{[^}]*\})', text)
        summary = re.search(r'"summary":(\{[^}]*\})', text)
        lost = re.search(r'"lost":(\[[^]]*\])', text)
        if counters and summary:
            self.checks.append((int(text.split("\t")[0]), {k: int(v) for k, v in pairs.items()},
                                json.loads(counters.group(1)), json.loads(summary.group(1)),
                                json.loads(lost.group(1)) if lost else []))


def read(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return Log(f)


def number(text):
    """Of a row's value; a sum where there are several."""
    try:
        return sum(int(part) for part in text.split("+"))
    except ValueError:
        return None


def quarters(rows):
    begin, end = rows[0]["t"], rows[-1]["t"]
    parts = [[], [], [], []]
    for row in rows:
        parts[min(3, int(4 * (row["t"] - begin) / max(1, end - begin)))].append(row)
    return parts


def middle(rows, name):
    """The median: one sample in the midst of a load, which takes much and gives it back, is no growth."""
    values = [row[name] for row in rows
              if row[name] is not None and row["loaded"] == 1 and row["generation"] is not None]
    return statistics.median(values) if values else None


class Verdict:
    def __init__(self):
        self.table, self.failed = [], []

    def add(self, what, first, last, growth, allowed, good):
        self.table.append((what, first, last, growth, allowed, "ok" if good else "FAIL"))
        if not good:
            self.failed.append(what.strip())

    def show(self):
        head = ("", "2nd quarter", "last quarter", "growth", "allowed", "")
        table = [head, *([cell if isinstance(cell, str) else f"{cell:,.1f}".removesuffix(".0") for cell in row]
                         for row in self.table)]
        widths = [max(len(row[i]) for row in table) for i in range(6)]
        for row in table:
            print("  ".join(cell.ljust(w) if i in (0, 5) else cell.rjust(w)
                            for i, (cell, w) in enumerate(zip(row, widths))).rstrip())


def judge_gauges(log, verdict):
    parts = quarters(log.rows)
    for name, what, least, part in GAUGES:
        first, last = middle(parts[1], name), middle(parts[3], name)
        if first is None or last is None:
            verdict.add(what, "none", "none", "", "", False)
            continue
        allowed = max(least, part * first)
        verdict.add(what, first, last, last - first, allowed, last - first <= allowed)
    for name, what, limit in LIMITS:
        most = [max((row[name] or 0 for row in part), default=0) for part in parts]
        verdict.add("most: " + what, most[1], max(most), "", limit, max(most) <= limit)
    for name, least in WORK:
        steps = [(part[-1][name] or 0) - (part[0][name] or 0) if part else 0 for part in parts]
        verdict.add(f"work in a quarter: {name}", steps[1], steps[3], "", f">= {least}", min(steps) >= least)


def judge_counts(log, verdict, full=True):
    """Each check was made while nobody did anything. The kernel's counters begin anew after `unload --all`."""
    before, last, unloads = {}, {}, 0
    off = refusals_off = 0
    for _, pairs, counters, summary, _ in log.checks:
        if pairs.get("all_unloads", 0) != unloads:
            before = {k: before.get(k, 0) + last.get(k, 0) for k in last}
            unloads = pairs["all_unloads"]
        last = counters
        total = {k: before.get(k, 0) + counters[k] for k in counters}
        produced = total["denied"] + total["would-deny"] + total["audited"] + pairs["filtered"]
        off = max(off, abs(produced - summary["violations"] - summary["lost"]))
        refusals_off = max(refusals_off, abs(total["denied"] - pairs["refused"] - pairs.get("launched", 0)))
    if not log.checks:
        verdict.add("checks of what was counted", "", "none", "", ">= 1", False)
        return
    _, pairs, _, summary, lost = log.checks[-1]
    verdict.add(f"in {len(log.checks)} checks: produced - delivered - lost", "", off, "", 0, off == 0)
    verdict.add("  refusals that the programs saw - denials counted", "", refusals_off, "", 0, refusals_off == 0)
    trimmed = sum(entry.get("count", 0) for entry in lost if entry.get("kind") == "store-size")
    verdict.add("  delivered and kept", "", summary["violations"], "", "", True)
    verdict.add("  taken out of the full store", "", trimmed, "", ">= 1" if full else "", trimmed > 0 or not full)
    verdict.add("  lost otherwise", "", summary["lost"] - trimmed, "", "", True)
    verdict.add("verdicts judged", "", pairs["done"], "", "", True)
    verdict.add("verdicts wrong", "", pairs["wrong"], "", 0, pairs["wrong"] == 0)
    verdict.add("operations broken", "", pairs["broken"], "", 0, pairs["broken"] == 0)


def judge(log, so_far=False, counts=False):
    """What failed."""
    verdict = Verdict()
    if len(log.rows) < (1 if counts else LEAST_ROWS):
        print(f"soak: {len(log.rows)} samples are too few to judge")
        return ["samples"]
    if counts:
        for name in ("done", "denied", "audited", "loads", "unloads", "all_unloads", "watches", "reports"):
            most = max(row[name] or 0 for row in log.rows)
            verdict.add("work: " + name, "", most, "", ">= 1", most > 0)
    else:
        judge_gauges(log, verdict)
    judge_counts(log, verdict, not counts)
    left = [line for line in log.unloaded if NOTHING not in line]
    verdict.add(f"{len(log.unloaded)} times all unloaded: left something in the kernel", "", len(left), "", 0,
                not left)
    if not so_far:
        clean = [line for line in log.ends if re.search(r"end: 0$", line) or NOTHING in line]
        verdict.add("ended, and left nothing in the kernel", "", len(clean), "", 2, len(clean) == 2)
    verdict.add("complaints", "", len(log.bad), "", 0, not log.bad)
    print(f"soak: {len(log.rows)} samples in {(log.rows[-1]['t'] - log.rows[0]['t']) / 60:.0f} minutes; "
          + ", ".join(f"{log.rows[-1][name]} {name.replace('_', ' ')}"
                      for name in ("loads", "unloads", "all_unloads", "watches", "reports")))
    verdict.show()
    for line in log.bad[:20]:
        print("  " + line)
    print("soak: " + ("FAILED: " + "; ".join(verdict.failed) if verdict.failed else "passed"))
    return verdict.failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log")
    parser.add_argument("--so-far", action="store_true", help="it has not come to its end")
    parser.add_argument("--counts", action="store_true", help="a short one: leave out what grows")
    args = parser.parse_args()
    return 1 if judge(read(args.log), args.so_far, args.counts) else 0


if __name__ == "__main__":
    sys.exit(main())
