#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kernels.py [--update] [SERIES...]: kernels to boot in guests, fetched from Debian and kept.

Prints a line for each series (all of them, if none is named):
  have SERIES RELEASE DIRECTORY     DIRECTORY holds vmlinuz, config and lib/modules/RELEASE
  none SERIES REASON                an optional series that can't be had now
  lost SERIES REASON                the same of one that must be there; the status is then 1

They lie in $BAILIFF_LAB, or $XDG_CACHE_HOME/bailiff-lab, or ~/.cache/bailiff-lab, or build/lab-kernels.
What is there is used as it is; --update looks for newer ones. The packages are downloaded and
unpacked, not installed, with an apt state beside them: the machine's own is only asked where its
Debian mirror is. Several may run at once. Only the modules in KEPT, and what these need, stay.
"""
import fcntl
import glob
import lzma
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# series, how its releases look, suite, whether it must be there
SERIES = [("5.10", r"5\.10\.\d+-\d+", "bullseye-security", False),
          ("6.1", r"6\.1\.\d+-\d+", "bookworm-security", True),
          ("6.12", r"6\.12\.\d+\+deb12", "bookworm-security", True),
          ("6.18", r"6\.18\.\d+\+deb13", "trixie-backports", False),
          ("newest", r"(?:6\.(?!18\.)\d+|[7-9]\.\d+)\.\d+\+deb13", "trixie-backports", False)]
# Container file systems; the peers of the network figures; interfaces to filter on.
KEPT = """overlay virtiofs virtio_pci fuse squashfs loop
 nf_tables nfnetlink nft_counter nft_ct nft_limit nft_log nft_meta nft_reject_inet nft_compat
 nft_chain_nat nft_socket nft_hash nf_conntrack
 ip_tables ip6_tables iptable_filter ip6table_filter x_tables xt_tcpudp xt_owner xt_cgroup xt_conntrack
 xt_multiport xt_comment xt_bpf xt_set ip_set ip_set_hash_ip ip_set_hash_net ip_set_hash_ipport
 veth dummy bridge tun vsock vsock_loopback sch_ingress cls_bpf act_bpf""".split()
STAMP = "layout 1: " + " ".join(KEPT)  # in each directory: one with another text is made anew
RETRY_SECONDS = 3600  # how long the absence of an optional series is believed
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


class Unavailable(Exception):
    """It can't be had; the text says why."""


def cache_dir():
    """Where kernels are kept: the first of the places that can be written."""
    if os.environ.get("BAILIFF_LAB"):
        return os.path.abspath(os.environ["BAILIFF_LAB"])
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.environ.get("HOME") or "/nonexistent",
                                                            ".cache")
    try:
        path = os.path.join(home, "bailiff-lab")
        os.makedirs(path, exist_ok=True)
        if os.access(path, os.W_OK):
            return path
    except OSError:
        pass
    return os.path.join(ROOT, "build", "lab-kernels")


def call(argv, **kwargs):
    """Its output. Raises Unavailable with its last words."""
    kwargs["env"] = dict(os.environ, LC_ALL="C", PATH=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL, **kwargs)
    except OSError as error:
        raise Unavailable(f"{argv[0]}: {error.strerror}") from error
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise Unavailable(f"{argv[0]}: {words[-1] if words else f'status {done.returncode}'}")
    return done.stdout


class Apt:
    """A private apt state over the suites the series come from, on the mirror the machine uses."""

    def __init__(self, cache):
        self.directory = os.path.join(cache, "apt")
        for part in ("lists/partial", "cache/archives/partial"):
            os.makedirs(os.path.join(self.directory, part), exist_ok=True)
        self.options = []
        for key, value in (("Dir::Etc::sourcelist", "sources.list"), ("Dir::State::lists", "lists"),
                           ("Dir::Cache", "cache")):
            self.options += ["-o", f"{key}={self.directory}/{value}"]
        for setting in ("Dir::Etc::sourceparts=-", "Acquire::Retries=2", "Acquire::http::Timeout=20",
                        "Acquire::https::Timeout=20", "Acquire::Languages=none",
                        f"APT::Sandbox::User={'root' if os.getuid() == 0 else ''}"):
            self.options += ["-o", setting]

    def update(self):
        """Reads the lists of all suites. Returns what it had to say: one that fails stops no other."""
        form = "$(CREATED_BY) $(RELEASE) $(REPO_URI)"
        targets = [line.split() for line in call(["apt-get", "indextargets", "--format", form]).splitlines()]
        main = [t[2] for t in targets if t[0] == "Packages" and re.fullmatch(r"[a-z]+", t[1])
                and "debian" in t[2]]
        security = [t[2] for t in targets if t[0] == "Packages" and t[1].endswith("-security")]
        if not main and not security:
            raise Unavailable("apt has no Debian mirror configured")
        keys = f" [signed-by={KEYRING}]" if os.path.exists(KEYRING) else ""
        with open(os.path.join(self.directory, "sources.list"), "w", encoding="utf-8") as f:
            for suite in sorted({s[2] for s in SERIES}):
                for mirror in (security if suite.endswith("-security") else main)[:1]:
                    f.write(f"deb{keys} {mirror} {suite} main\n")
        # One that fails is a warning only; what was said goes with the series that is then not found.
        said = call(["sh", "-c", '"$@" 2>&1 || true', "sh", "apt-get", *self.options, "update", "-q"])
        return [line for line in said.splitlines() if re.match(r"(Err|E|W):", line)]

    def packages(self):
        return call(["apt-cache", *self.options, "pkgnames", "linux-"]).split()

    def unpack(self, package, into):
        with tempfile.TemporaryDirectory(dir=self.directory) as scratch:
            call(["apt-get", *self.options, "download", "-q", package], cwd=scratch)
            for deb in glob.glob(os.path.join(scratch, "*.deb")):
                call(["dpkg", "-x", deb, into])


def natural(text):
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", text)]


def choose(names, pattern):
    """The newest release that fits, and the packages it consists of."""
    found = re.compile(rf"linux-(?:image|binary)-({pattern})-cloud-amd64")
    releases = {m.group(1) for m in map(found.fullmatch, names) if m}
    if not releases:
        return None, []
    release = max(releases, key=natural) + "-cloud-amd64"
    parts = [f"linux-{kind}-{release}" for kind in ("binary", "modules", "base")]
    return release, [p for p in parts if p in names] or [f"linux-image-{release}"]


def prune(tree, release):
    """Leaves only the modules in KEPT and what they need, uncompressed, with their tables."""
    base = os.path.join(tree, "lib/modules", release)
    call(["depmod", "-b", tree, release])
    keep = set()
    for module in KEPT:
        try:
            shown = call(["modprobe", "-d", tree, "-S", release, "--show-depends", module])
        except Unavailable:
            continue  # built in, or not of this series: boot.py tells which when one is asked for
        keep.update(os.path.realpath(line.split()[1]) for line in shown.splitlines()
                    if line.startswith("insmod "))
    for path in glob.glob(os.path.join(base, "**/*.ko*"), recursive=True):
        if os.path.realpath(path) not in keep:
            os.unlink(path)
        elif path.endswith(".xz"):
            with lzma.open(path) as packed, open(path[:-3], "wb") as plain:
                shutil.copyfileobj(packed, plain)
            os.unlink(path)
    call(["depmod", "-b", tree, release])


def complete(place):
    try:
        with open(os.path.join(place, "stamp"), encoding="utf-8") as f:
            return f.read() == STAMP
    except OSError:
        return False


def install(apt, cache, release, packages):
    """Unpacks a kernel; the directory gets its name only when it is complete."""
    place = os.path.join(cache, release)
    if complete(place):
        return
    with tempfile.TemporaryDirectory(dir=cache, prefix=".new-") as scratch:
        raw, tree = os.path.join(scratch, "raw"), os.path.join(scratch, "tree")
        for package in packages:
            apt.unpack(package, raw)
        os.makedirs(os.path.join(tree, "lib/modules"))
        images = glob.glob(os.path.join(raw, "boot/vmlinuz-*")) + \
            glob.glob(os.path.join(raw, "usr/lib/modules/*/vmlinuz"))
        if not images:
            raise Unavailable(f"{' '.join(packages)}: no vmlinuz in it")
        shutil.copyfile(images[0], os.path.join(tree, "vmlinuz"))
        for config in glob.glob(os.path.join(raw, "boot/config-*")) + \
                glob.glob(os.path.join(raw, "usr/lib/modules/*/config")):
            shutil.copyfile(config, os.path.join(tree, "config"))
        for where in ("lib", "usr/lib"):
            modules = os.path.join(raw, where, "modules", release)
            if os.path.isdir(modules):
                shutil.copytree(modules, os.path.join(tree, "lib/modules", release), dirs_exist_ok=True,
                                symlinks=True, ignore=shutil.ignore_patterns("build", "source", "vmlinuz"))
        prune(tree, release)
        with open(os.path.join(tree, "stamp"), "w", encoding="utf-8") as f:
            f.write(STAMP)
        os.chmod(tree, 0o755)
        if os.path.isdir(place):
            os.rename(place, os.path.join(scratch, "old"))
        os.rename(tree, place)


def link(cache, series):
    return os.path.join(cache, "series-" + series)


def cached(cache, series):
    """(release, directory) of a series that is here, or None."""
    try:
        release = os.readlink(link(cache, series))
    except OSError:
        return None
    place = os.path.join(cache, release)
    return (release, place) if complete(place) else None


def fetch(cache, wanted):
    """Gets the series that are wanted; returns {series: reason} of those that can't be had."""
    missing = {}
    try:
        apt = Apt(cache)
        said = apt.update()
        names = set(apt.packages())
    except Unavailable as error:
        return {series: str(error) for series, *_ in wanted}
    for series, pattern, suite, _ in wanted:
        try:
            release, packages = choose(names, pattern)
            if not release:
                errors = [line for line in said if suite in line and line[0] in "EW"] or said
                raise Unavailable(f"no kernel {series} in {suite}" + (f" ({errors[0]})" if errors else ""))
            install(apt, cache, release, packages)
            temporary = link(cache, series) + ".new"
            if os.path.lexists(temporary):
                os.unlink(temporary)
            os.symlink(release, temporary)
            os.rename(temporary, link(cache, series))
        except (Unavailable, OSError) as error:
            missing[series] = str(error)
    return missing


def absence(cache, series):
    """Why an optional series could not be had a short while ago, or None."""
    path = os.path.join(cache, "missing-" + series)
    try:
        if time.time() - os.stat(path).st_mtime < RETRY_SECONDS:
            with open(path, encoding="utf-8") as f:
                return f.read().strip()
    except OSError:
        pass
    return None


def provide(names=(), update=False):
    """[(series, mandatory, release, directory, reason)]: release is None where it can't be had."""
    wanted = [row for row in SERIES if not names or row[0] in names]
    unknown = set(names) - {row[0] for row in SERIES}
    if unknown:
        raise Unavailable(f"no series {' '.join(sorted(unknown))}; there are "
                          f"{' '.join(row[0] for row in SERIES)}")
    cache = cache_dir()
    os.makedirs(cache, exist_ok=True)
    reasons = {}
    if update or any(not cached(cache, row[0]) for row in wanted):
        with open(os.path.join(cache, "lock"), "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            absent = {row[0]: absence(cache, row[0]) for row in wanted if not row[3] and not update}
            reasons = {series: why for series, why in absent.items() if why}
            get = [row for row in wanted if row[0] not in reasons
                   and (update or not cached(cache, row[0]))]
            for series, why in (fetch(cache, get) if get else {}).items():
                reasons[series] = why
                with open(os.path.join(cache, "missing-" + series), "w", encoding="utf-8") as f:
                    f.write(why)
    rows = []
    for series, _, _, mandatory in wanted:
        release, place = cached(cache, series) or (None, None)
        rows.append((series, mandatory, release, place, reasons.get(series, "not found")))
    return rows


def main():
    arguments = sys.argv[1:]
    if "-h" in arguments or "--help" in arguments:
        print(__doc__.strip())
        return 0
    update = "--update" in arguments
    status = 0
    try:
        rows = provide([a for a in arguments if a != "--update"], update)
    except (Unavailable, OSError) as error:
        print(f"kernels: {error}", file=sys.stderr)
        return 2
    for series, mandatory, release, place, why in rows:
        if release:
            print(f"have {series} {release} {place}")
        else:
            print(f"{'lost' if mandatory else 'none'} {series} {why}")
            status = 1 if mandatory else status
    return status


if __name__ == "__main__":
    sys.exit(main())
