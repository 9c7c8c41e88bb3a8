#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Boots a kernel in a throw-away guest (QEMU, no KVM) and runs a command there, as root.

The status is that of the command, where the machine's exit status and what its serial port says agree.
It is 99 where they do not: a panic, a time that was over, a guest that could not be set up; the end
of the kernel's log is then shown. The guest has busybox and what --add brings; no disk, no network.
"""
import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True  # nothing beside the sources
import initramfs
import kernels
import userland

BUILD = os.path.join(kernels.ROOT, os.environ.get("BAILIFF_BUILD") or "build")
LSM = "landlock,lockdown,yama,apparmor,bpf"
CPU = "max,-erms"  # with erms the kernel copies and clears by bytes, which emulated takes twice the time
NO_VERDICT = 99
SETUP_FAILED = 0x3f
TAIL_LINES = 80  # a panic with its registers and its way there
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"


def options():
    parser = argparse.ArgumentParser(description=__doc__, usage="%(prog)s KERNEL [options] -- COMMAND...",
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kernel", help="a series of kernels.py (6.12), or a directory with a vmlinuz")
    parser.add_argument("--add", action="append", default=[], metavar="FILE[:GUESTPATH]",
                        help="a file or directory of this machine, with its libraries")
    parser.add_argument("--env", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--modules", default="", metavar="A,B", help="loaded at boot, after those they need")
    parser.add_argument("--append", action="append", default=[], metavar="WORDS", help="for the kernel")
    parser.add_argument("--cmdline-lsm", default=LSM, metavar="LIST",
                        help="the value of lsm=; 'default' leaves it to the kernel")
    parser.add_argument("--audit", action="store_true", help="the kernel audits (audit=1); else it can't (audit=0)")
    parser.add_argument("--smp", type=int, default=2)
    parser.add_argument("--parallel", action="store_true",
                        help="CPUs really at the same time; one guest in thirty dies of it (see the source)")
    parser.add_argument("--mem", type=int, default=512, metavar="MB")
    parser.add_argument("--icount", action="store_true",
                        help="count: one CPU whose clock advances a nanosecond an instruction")
    parser.add_argument("--userland", action="store_true",
                        help="this machine's files, read-only, below what the guest writes; needs root")
    parser.add_argument("--timeout", type=float, default=120, metavar="SECONDS")
    parser.add_argument("--log", metavar="FILE", help="where to leave the kernel's log")
    arguments = sys.argv[1:]
    if "--" not in arguments:
        parser.parse_args(arguments)
        parser.error("no command: it comes after --")
    split = arguments.index("--")
    parsed = parser.parse_args(arguments[:split])
    parsed.command = arguments[split + 1:]
    if not parsed.command:
        parser.error("no command: it comes after --")
    return parsed


def find_kernel(name):
    """(release, directory)"""
    if os.path.isdir(name):
        releases = os.listdir(os.path.join(name, "lib/modules"))
        return releases[0], os.path.abspath(name)
    _, _, release, place, why = kernels.provide([name])[0]
    if not release:
        raise kernels.Unavailable(f"no kernel {name}: {why}")
    return release, place


def add_modules(archive, release, place, names):
    """Puts modules, and those they need, into the guest, and the order to load them in."""
    order = []
    for name in filter(None, names.split(",")):
        try:
            shown = kernels.call(["modprobe", "-d", place, "-S", release, "--show-depends", name])
        except kernels.Unavailable as error:
            raise kernels.Unavailable(f"module {name}: kernel {release} does not have it ({error}); "
                                      "which ones are kept, says kernels.py") from error
        order += [line.split()[1] for line in shown.splitlines() if line.startswith("insmod ")]
    listed = []
    for path in dict.fromkeys(order):
        listed.append("/" + os.path.relpath(path, place))
        archive.file(path, listed[-1], libraries=False)
    archive.text("/lab/modules", "".join(path + "\n" for path in listed))


def strings(words):
    return "".join(word + "\0" for word in words)


def build_archive(args, release, place, path):
    init = os.path.join(BUILD, "lab/init")
    if not os.path.exists(init):
        raise FileNotFoundError(f"{init} is not built: make {os.path.relpath(init, kernels.ROOT)}")
    archive = initramfs.Archive()
    archive.file(init, "/init", libraries=False)
    top = ""
    if args.userland:
        top = "lab/add/"
        archive.directory(top)
    else:
        archive.busybox(shutil.which("busybox") or "busybox")
    for word in args.add:
        source, _, target = word.partition(":")
        archive.file(source, top + archive.place(target or os.path.abspath(source)), not args.userland)
    add_modules(archive, release, place, f"{userland.MODULES if args.userland else ''},{args.modules}")
    archive.text("/lab/argv", strings(args.command))
    archive.text("/lab/environ", strings([f"PATH={PATH}", "HOME=/root", "TERM=dumb", "LC_ALL=C.UTF-8",
                                          "TMPDIR=/tmp", "LAB=1", *args.env]))
    archive.write(path)


def qemu_command(args, place, archive, log):
    words = ["console=ttyS0", "quiet", "panic=-1", "mitigations=off", "nokaslr", f"audit={int(args.audit)}"]
    if args.cmdline_lsm != "default":
        words.append("lsm=" + args.cmdline_lsm)
    # CPUs take turns: before 8.1, QEMU's own threads race where one translates what another patches, and
    # a kernel that patches itself (static keys, BPF trampolines) now and then dies of a stale int3.
    accel = "tcg,thread=multi" if args.parallel and not args.icount else "tcg,thread=single"
    smp = 1 if args.icount else args.smp
    argv = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-machine", "q35", "-accel", accel, "-cpu", CPU, "-smp", str(smp), "-m", str(args.mem),
            "-kernel", os.path.join(place, "vmlinuz"), "-initrd", archive,
            "-chardev", f"file,id=log,path={log}", "-serial", "chardev:log",
            "-chardev", "stdio,id=out,signal=off", "-serial", "chardev:out",
            "-device", "isa-debug-exit,iobase=0xf4,iosize=4", "-append", " ".join(words + args.append)]
    return argv + (["-icount", "shift=0,sleep=off"] if args.icount else [])


class Guest:
    """One run of QEMU: passes on what the guest prints, and knows how it ended."""

    def __init__(self, argv, seconds):
        self.booted, self.said, self.timed_out = False, None, False
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        preexec_fn=userland.die_with_parent)
        timer = threading.Timer(seconds, self.too_late)
        timer.daemon = True  # or whoever ends us waits for it
        timer.start()
        self.read()
        self.status = self.process.wait()
        timer.cancel()

    def too_late(self):
        self.timed_out = True
        self.process.kill()

    def read(self):
        blank = False  # init ends an unfinished line before it says the status
        for line in self.process.stdout:
            told = re.fullmatch(rb"bailiff-lab: (?:(booted)|status (\d+))\n", line)
            if told:
                self.booted = self.booted or bool(told.group(1))
                self.said = int(told.group(2)) if told.group(2) else self.said
                blank = False
                continue
            if not self.booted and not line.startswith(b"bailiff-lab:"):
                continue  # what the firmware may print
            if blank:
                sys.stdout.buffer.write(b"\n")
            blank = line == b"\n"
            if not blank:
                sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()

    def verdict(self, seconds):
        """(status of the command, why there is none)"""
        if self.timed_out:
            return None, f"not done within {seconds:g} s"
        code = self.status >> 1 if self.status & 1 else None
        if code == SETUP_FAILED and self.said is None:
            return None, "the guest could not be set up"
        if not self.booted:
            return None, f"it did not boot (QEMU's status is {self.status})"
        if self.said is None or code is None:
            return None, f"it stopped before the command was done: a panic? (QEMU's status is {self.status})"
        if code != 0x20 | min(self.said, 31):
            return None, f"the serial port says status {self.said}, the machine's exit says {code & 31}"
        return self.said, None


def main():
    args = options()
    with tempfile.TemporaryDirectory(prefix="lab.") as scratch:
        log = args.log or os.path.join(scratch, "log")
        try:
            release, place = find_kernel(args.kernel)
            archive = os.path.join(scratch, "initramfs")
            build_archive(args, release, place, archive)
            with open(log, "wb"):  # so that there is one, whatever QEMU does
                pass
            argv = qemu_command(args, place, archive, log)
            files = userland.Userland(scratch, args.mem) if args.userland else None
            guest = Guest(argv + (files.qemu if files else []), args.timeout)
            if files:
                files.stop()
        except (OSError, kernels.Unavailable, subprocess.CalledProcessError) as error:
            print(f"lab: {error}", file=sys.stderr)
            return NO_VERDICT
        status, why = guest.verdict(args.timeout)
        if why:
            with open(log, encoding="utf-8", errors="replace") as f:
                tail = f.read().splitlines()[-TAIL_LINES:]
            print(f"lab: {release}: {why}", *(["the kernel's last words:", *tail] if tail else []),
                  sep="\n", file=sys.stderr)
        return NO_VERDICT if why else status


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
