#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""attack.py [PORT]: asks the web server on PORT for its page, then tries what somebody tries who has
got into it. Each is harmless where it succeeds. Prints a line for each."""
import ctypes
import errno
import fcntl
import os
import socket
import sys
import time
import urllib.request

libc = ctypes.CDLL(None, use_errno=True)


def call(name, *args):
    if getattr(libc, name)(*args) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def type_into_terminal():
    fcntl.ioctl(0, 0x5412, b"x")  # TIOCSTI


def new_user_namespace():
    if os.fork() == 0:
        try:
            call("unshare", 0x10000000)  # CLONE_NEWUSER
        except OSError as error:
            os._exit(error.errno)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.wait()[1])
    if status:
        raise OSError(status, os.strerror(status))


def be_traced():
    call("ptrace", 0, 0, 0, 0)  # PTRACE_TRACEME


def talk_to_hypervisor():
    socket.socket(40, socket.SOCK_STREAM).close()  # AF_VSOCK


def raw_packets():
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()


def load_bpf():
    call("syscall", 280 if os.uname().machine == "aarch64" else 321, 0, 0, 0)  # BPF_MAP_CREATE


ATTACKS = [
    ("ioctl(0, TIOCSTI): type into the terminal", type_into_terminal),
    ("unshare(CLONE_NEWUSER): all capabilities back", new_user_namespace),
    ("ptrace(PTRACE_TRACEME)", be_traced),
    ("socket(AF_VSOCK): talk to the hypervisor", talk_to_hypervisor),
    ("socket(AF_PACKET): read raw packets", raw_packets),
    ("bpf(): load programs into the kernel", load_bpf),
]


def fetch(port):
    for _ in range(100):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
                return page.read().decode().strip()
        except OSError:
            time.sleep(0.05)
    return "no answer"


if len(sys.argv) > 1:
    print(f"  {'GET /':48} {fetch(int(sys.argv[1]))}")
for what, attack in ATTACKS:
    try:
        attack()
        outcome = "done"
    except OSError as error:
        outcome = errno.errorcode.get(error.errno, str(error.errno))
    print(f"  {what:48} {outcome}", flush=True)
