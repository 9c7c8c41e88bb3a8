#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A soak: policies that come and go in a guest under a load, for hours, and a judgement: soak.py MINUTES [EVERY]

The guest (guest/soak.sh) samples every so many seconds (30); its serial port is written to
build/soak/log as it comes, so judge.py can judge it even where the guest has died, or while it runs.
"""
import argparse
import os
import subprocess
import sys

sys.dont_write_bytecode = True  # nothing beside the sources
import judge

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(ROOT, os.environ.get("BAILIFF_BUILD") or "build")
SLACK = 3600  # to boot, to load, and to come to an end


def guest(args, log):
    seconds = int(args.minutes * 60)
    added = {"soak/load": "/bin/load", "soak/bailiff": "/bin/bailiff", "soak/nothing": "/bin/nothing",
             "lab/pins": "/bin/pins"}
    argv = [sys.executable, os.path.join(ROOT, "tests/lab/boot.py"), args.kernel, "--mem", "768",
            "--timeout", str(seconds + SLACK)]
    for source, target in added.items():
        argv += ["--add", f"{os.path.join(BUILD, source)}:{target}"]
    argv += ["--add", f"{HERE}/guest/soak.sh:/soak.sh", "--", "sh", "/soak.sh", str(seconds), str(args.every)]
    return subprocess.run(argv, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("minutes", type=float)
    parser.add_argument("every", type=int, nargs="?", default=30)
    parser.add_argument("--kernel", default="6.12")
    parser.add_argument("--counts", action="store_true", help="a short one: judge what was counted, not what grows")
    parser.add_argument("--log", default=os.path.join(BUILD, "soak/log"))
    args = parser.parse_args()
    print(f"soak: {args.minutes:g} minutes on kernel {args.kernel}; its log: {args.log}", flush=True)
    with open(args.log, "wb") as log:
        status = guest(args, log)
    if status:
        print(f"soak: FAILED: the guest's status is {status}; the end of its log:")
        sys.stdout.flush()
        subprocess.run(["tail", "-n", "30", args.log])
    failed = judge.judge(judge.read(args.log), counts=args.counts)
    return 1 if failed or status else 0


if __name__ == "__main__":
    sys.exit(main())
