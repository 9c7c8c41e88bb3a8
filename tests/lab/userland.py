# SPDX-License-Identifier: Apache-2.0
"""Gives a guest this machine's root file system, read-only, by virtiofs; what it writes stays there.

init.c lays an overlay over it: /lab/add of the initramfs above, and a tmpfs that takes what is written.
"""
import ctypes
import os
import shutil
import signal
import subprocess
import time

MODULES = "virtio_pci,virtiofs,overlay"
DAEMONS = ("/usr/lib/qemu/virtiofsd", "/usr/libexec/virtiofsd")
SERVE = 'mount --bind / "$1" && mount -o remount,bind,ro "$1" && exec "$2" --socket-path="$3" ' \
        '-o source="$1" -o cache=always --rlimit-nofile=0'


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Userland:
    """virtiofsd, until the guest that it serves ends, and what QEMU is to be told about it."""

    def __init__(self, scratch, megabytes):
        daemon = next(filter(os.path.exists, DAEMONS), None) or shutil.which("virtiofsd")
        if not daemon:
            raise FileNotFoundError("there is no virtiofsd here: sudo make deps FOR=test")
        if os.getuid() != 0:
            raise PermissionError("--userland needs root, to serve every file of this machine")
        place, socket = os.path.join(scratch, "userland"), os.path.join(scratch, "virtiofs")
        os.mkdir(place)
        with open(os.path.join(scratch, "virtiofsd.log"), "w+b") as log:
            self.process = subprocess.Popen(["unshare", "-m", "sh", "-c", SERVE, "sh", place, daemon, socket],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            preexec_fn=die_with_parent)
            for _ in range(500):
                if os.path.exists(socket) or self.process.poll() is not None:
                    break
                time.sleep(0.01)
            if not os.path.exists(socket):
                self.stop()
                log.seek(0)
                raise OSError("virtiofsd: " + log.read().decode("utf-8", "replace").strip())
        self.qemu = ["-object", f"memory-backend-memfd,id=memory,size={megabytes}M,share=on",
                     "-machine", "memory-backend=memory", "-chardev", f"socket,id=fs,path={socket}",
                     "-device", "vhost-user-fs-pci,chardev=fs,tag=userland"]

    def stop(self):
        """It ends by itself when QEMU has."""
        try:
            self.process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
