#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Puts the table of attacks into the README, or says whether it is there as it is: readme.py ATTACKS README [check]."""
import subprocess
import sys

BEGIN, END = "<!-- attacks: written by `make attacks` -->\n", "<!-- attacks: end -->\n"


def main():
    program, path = sys.argv[1:3]
    with open(path, encoding="utf-8") as f:
        before, begin, rest = f.read().partition(BEGIN)
    old, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit(f"{path}: has no place for the table: {BEGIN.strip()} ... {END.strip()}")
    table = subprocess.run([program, "markdown"], check=True, capture_output=True, text=True).stdout
    new = "\n" + table + "\n"
    if "check" in sys.argv[3:]:
        sys.exit(0 if new == old else f"{path}: the table of attacks is not that of tests/attacks/table.h: make attacks")
    with open(path, "w", encoding="utf-8") as f:
        f.write(before + begin + new + end + after)


if __name__ == "__main__":
    main()
