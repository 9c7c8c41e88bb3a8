#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the config.json of an OCI container for tests.

bundle.py CONFIG ROOTFS [OPTION...] -- ARGV...

  user=UID:GID   who runs it (0:0)          seccomp=FILE     the runtime's own profile (none)
  mount=FROM:TO  a directory, writable      readonly         the root file system
  nocaps         no capability at all       nonewprivs       no_new_privs set by the runtime
  noproc         no /proc                   cgroup=PATH      where it is put
  userns         a user namespace: ids from 100000 on; userns=UID: of that one user, without root
  nocgroup       no limits, no cgroup    profile=FILE     what seccomp=default means
"""
import json
import sys

# What Docker and Podman leave to a container.
CAPS = ["CAP_" + name for name in (
    "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE", "SETFCAP", "SETGID",
    "SETPCAP", "SETUID", "SYS_CHROOT")]


def mounts(options):
    dev = {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
           "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]}
    proc = {"destination": "/proc", "type": "proc", "source": "proc"}
    binds = [{"destination": to, "type": "bind", "source": origin, "options": ["bind", "rw"]}
             for origin, to in (value.split(":") for key, value in options if key == "mount")]
    return ([] if ("noproc", "") in options else [proc]) + [dev] + binds


def user_namespace(uid):
    if uid:
        return [{"containerID": 0, "hostID": int(uid), "size": 1}]
    return [{"containerID": 0, "hostID": 100000, "size": 65536}]


def config(rootfs, options, argv):
    named = dict(options)
    uid, gid = (int(n) for n in named.get("user", "0:0").split(":"))
    caps = [] if "nocaps" in named else CAPS
    kept = caps if uid == 0 else []
    linux = {"namespaces": [{"type": t} for t in ("pid", "network", "ipc", "uts", "mount")],
             "maskedPaths": [] if "noproc" in named else ["/proc/kcore", "/proc/keys"],
             "readonlyPaths": [] if "noproc" in named else ["/proc/bus", "/proc/sys"]}
    if "userns" in named:
        linux["namespaces"].append({"type": "user"})
        linux["uidMappings"] = linux["gidMappings"] = user_namespace(named["userns"])
    if "nocgroup" not in named:
        linux["resources"] = {"devices": [{"allow": False, "access": "rwm"}]}
        linux["cgroupsPath"] = named["cgroup"]
    if "seccomp" in named:
        default = named["seccomp"] == "default"
        with open(named["profile" if default else "seccomp"], encoding="utf-8") as f:
            linux["seccomp"] = json.load(f)
    return {
        "ociVersion": "1.0.2",
        "process": {
            "terminal": False, "cwd": "/", "args": argv, "env": ["PATH=/"],
            "user": {"uid": uid, "gid": gid},
            "capabilities": {"bounding": caps, "permitted": kept, "effective": kept},
            "noNewPrivileges": "nonewprivs" in named,
        },
        "root": {"path": rootfs, "readonly": "readonly" in named},
        "hostname": "contained", "mounts": mounts(options), "linux": linux,
    }


def main():
    cut = sys.argv.index("--")
    path, rootfs, *words = sys.argv[1:cut]
    options = [tuple((word + "=").split("=")[:2]) for word in words]
    with open(path, "w", encoding="utf-8") as f:
        json.dump(config(rootfs, options, sys.argv[cut + 1:]), f, indent=1)


if __name__ == "__main__":
    main()
