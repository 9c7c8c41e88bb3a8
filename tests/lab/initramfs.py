# SPDX-License-Identifier: Apache-2.0
"""Writes the initramfs of a guest: a cpio archive (newc), made here so that no root is needed for it."""
import os
import stat
import subprocess

MERGED = ("bin", "sbin", "lib", "lib64")  # as on Debian, links into usr/
FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/tmp:/bin/sh\n"
                  "nobody:x:65534:65534:nobody:/nonexistent:/bin/sh\n",
    "etc/group": "root:x:0:\ntty:x:5:\nuser:x:1000:\nnogroup:x:65534:\n",
    "etc/hosts": "127.0.0.1 localhost\n::1 localhost\n127.0.1.1 lab\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "etc/subuid": "user:100000:65536\n",
    "etc/subgid": "user:100000:65536\n",
}


class Archive:
    """What is in the guest: {path: (mode, content)}. A path added twice holds what came last."""

    def __init__(self):
        self.entries = {}
        for name in MERGED:
            self.link("usr/" + name, "/" + name)
        for path in ("/root", "/var/tmp", "/usr/local/bin", "/lab/root", "/mnt", "/proc", "/sys", "/dev",
                     "/tmp", "/run", "/etc", "/opt", "/srv", "/home"):
            self.directory(path)
        self.directory("/var/tmp", 0o1777)
        self.node("/dev/console", stat.S_IFCHR | 0o600, b"", (5, 1))
        for path, text in FILES.items():
            self.text(path, text)

    def place(self, path):
        """The name in the archive: /bin/sh is usr/bin/sh."""
        path = os.path.normpath("/" + path).lstrip("/")
        head = path.split("/", 1)
        return "usr/" + path if head[0] in MERGED and len(head) == 2 else path

    def node(self, path, mode, content, device=(0, 0)):
        path = self.place(path)
        self.parents(path)
        self.entries[path] = (mode, content, device)

    def parents(self, path):
        for end in [i for i, c in enumerate(path) if c == "/"]:
            self.entries.setdefault(path[:end], (stat.S_IFDIR | 0o755, b"", (0, 0)))

    def directory(self, path, mode=0o755):
        self.node(path, stat.S_IFDIR | mode, b"")

    def link(self, target, path):
        path = os.path.normpath(path).lstrip("/")
        path = path if path in MERGED else self.place(path)
        self.parents(path)
        self.entries[path] = (stat.S_IFLNK | 0o777, os.fsencode(target), (0, 0))

    def text(self, path, text, mode=0o644):
        self.node(path, stat.S_IFREG | mode, text.encode())

    def busybox(self, program):
        self.file(program, "/usr/bin/busybox")
        applets = subprocess.run([program, "--list-full"], capture_output=True, text=True, check=True)
        for name in applets.stdout.split():
            if "/" in name and self.place(name) not in self.entries:
                self.link("/usr/bin/busybox", name)

    def file(self, source, path, libraries=True):
        """A file, with the libraries it needs; a directory, with what is in it."""
        source = os.path.realpath(source)
        if os.path.isdir(source):
            self.tree(source, path, libraries)
            return
        with open(source, "rb") as f:
            content = f.read()
        self.node(path, stat.S_IFREG | stat.S_IMODE(os.stat(source).st_mode), content)
        if libraries and content[:4] == b"\x7fELF":
            for library in shared_libraries(source):
                self.file(library, library, libraries=False)

    def tree(self, source, path, libraries):
        self.directory(path, stat.S_IMODE(os.stat(source).st_mode))
        for name in sorted(os.listdir(source)):
            inner, place = os.path.join(source, name), os.path.join(path, name)
            if os.path.islink(inner):
                self.link(os.readlink(inner), place)
            elif os.path.isfile(inner) or os.path.isdir(inner):
                self.file(inner, place, libraries)

    def write(self, path):
        with open(path, "wb") as out:
            number = 0
            for name, (mode, content, device) in [*sorted(self.entries.items()),
                                                  ("TRAILER!!!", (0, b"", (0, 0)))]:
                number += 1
                name = os.fsencode(name) + b"\0"
                links = 2 if stat.S_ISDIR(mode) else 1
                numbers = (number, mode, 0, 0, links, 0, len(content), 0, 0, *device, len(name), 0)
                out.write(b"070701" + b"".join(b"%08X" % n for n in numbers) + name)
                out.write(b"\0" * (-(6 + 13 * 8 + len(name)) % 4) + content + b"\0" * (-len(content) % 4))


def shared_libraries(program):
    """The libraries and the interpreter of an ELF file; none where it is static."""
    done = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    found = []
    for line in done.stdout.splitlines():
        words = line.split()
        if "not found" in line:
            raise FileNotFoundError(f"{program}: {words[0]} is not found")
        found += [word for word in words if word.startswith("/") and not word.endswith(":")]
    return found
