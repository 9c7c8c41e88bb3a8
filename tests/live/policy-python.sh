#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Python under its policy: the tests of its os and socket modules end under bailiff just as they do
# without it, each of them, and nothing is denied but what they ask only to know whether it is there.
# Then an attack, by calls that a Python program makes through ctypes.
# timeout: 180
. "$(dirname "$0")/../common/lib.sh"
. "$(dirname "$0")/../common/policies.sh"
python=/usr/bin/python3
"$python" -c 'import test.test_os, test.test_socket' 2>/dev/null ||
	skip_all "Python's test suite is not there (libpython3.11-testsuite)"
enter_work
here python "$work/*.py" "$work/governed/**, $work/attack/**"

cat >results.py <<'END'
"""How each test ended, from the output of python3 -m test -v; a skip by its name alone."""
import re, sys
for line in sorted(set(re.findall(
        r"^(\w+ \([\w.]+\).*?) \.\.\. .*?\b(ok|FAIL|ERROR|skipped|expected failure)\b",
        open(sys.argv[1], encoding="utf-8", errors="replace").read(), re.M))):
    print(*line)
END

# Not those that list "/", which Landlock grants with all below or not at all, and not those of SCTP, which
# the policy shuts.
# suite HOW COMMAND...: in a directory of its own; leaves HOW.log and HOW.results
suite() {
	suite_how=$1
	shift
	own_dir "$work/$suite_how" nobody
	cd "$work/$suite_how" || exit 1
	as nobody env -i PATH=/usr/bin:/bin HOME="$PWD" TMPDIR="$PWD" LC_ALL=C.UTF-8 "$@" \
		"$python" -m test -v -i '*Pep383Tests.test_listdir' -i '*SCTP*' test_os test_socket >"$work/$suite_how.log" 2>&1
	suite_status=$?
	cd "$work" || exit 1
	"$python" results.py "$suite_how.log" >"$suite_how.results"
}

suite plain
plain_status=$suite_status
suite governed "$BAILIFF" run -p "$work/policies/python-here.yaml" --report "$work/governed/report" --
expect "test suite: status" "$plain_status" "$suite_status"
count=$(wc -l <plain.results)
if [ "$count" -gt 500 ]; then
	pass "test suite: $count tests were run"
else
	fail "test suite: tests were run" "only $count"
fi
if cmp -s plain.results governed.results; then
	pass "test suite: each test ends as without bailiff"
else
	fail "test suite: each test ends as without bailiff" "$(diff plain.results governed.results | grep '^[<>]' | head -n 20 | tr '\n' ';')"
fi
family="@ policies/python.yaml: - socket: {family: {not: [AF_UNIX, AF_INET, AF_INET6, AF_NETLINK]}, action: errno EAFNOSUPPORT}"
expect_violations "test suite: nothing but probes for families" "$work/governed/report" <<END
socket 3 denied EPERM @ policies/python.yaml: default: deny
socket 7 denied EAFNOSUPPORT $family
END

own_dir "$work/attack" nobody
cat >attack.py <<'END'
import ctypes, errno, os, socket, subprocess, tempfile
libc = ctypes.CDLL(None, use_errno=True)
zeros = ctypes.create_string_buffer(256)
for name, number, *arguments in (
        ("ptrace", 101, 0, 0, 0, 0), ("io_uring_setup", 425, 1, zeros), ("unshare", 272, 0x10000000),
        ("clone", 56, 0x10000011, 0, 0, 0, 0), ("socket", 41, 40, 1, 0), ("socket", 41, 38, 5, 0),
        ("ioctl", 16, 0, 0x100005412, b"x"), ("keyctl", 250, 0, -3, 0), ("bpf", 321, 0, zeros, 72),
        ("userfaultfd", 323, 0), ("perf_event_open", 298, zeros, 0, -1, -1, 0),
        ("process_vm_readv", 310, 1, zeros, 0, zeros, 0, 0), ("personality", 135, 0x400000),
        ("mount", 165, 0, 0, 0, 0, 0), ("init_module", 175, zeros, 256, b""), ("setns", 308, -1, 0),
        ("mknod", 133, b"null", 0x2000, 0x103), ("add_key", 248, b"user", b"a", b"b", 1, -2),
        ("getpid", 0x40000027)):
    ctypes.set_errno(0)
    longs = [a if isinstance(a, (bytes, ctypes.Array)) else ctypes.c_long(a) for a in arguments]
    result = libc.syscall(ctypes.c_long(number), *longs)
    print(name, "done" if result != -1 else errno.errorcode[ctypes.get_errno()])

handle, made = tempfile.mkstemp(dir="/tmp")
os.write(handle, b"#!/bin/sh\n")
os.fchmod(handle, 0o700)
os.close(handle)
for name, attack in (
        ("read-file", lambda: open("/var/lib/dpkg/status")),
        ("list", lambda: os.listdir("/var")),
        ("make-file", lambda: open("/run/lock/bailiff-attack", "w")), # where everybody may write
        ("make-directory", lambda: os.mkdir("/run/lock/bailiff-attack.d")),
        ("move", lambda: os.rename(made, "/run/lock/bailiff-attack")),
        ("start-made", lambda: subprocess.run([made])),
        ("raw", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)),
        ("sctp", lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP))):
    try:
        attack()
        print(name, "done")
    except OSError as error:
        print(name, errno.errorcode[error.errno])
os.unlink(made)
END
as nobody "$BAILIFF" run -p policies/python-here.yaml --report "$work/attack/report" -- \
	"$python" attack.py >tried 2>&1 </dev/null
expect "attack: the program's view" "ptrace EPERM
io_uring_setup $uring
unshare EPERM
clone EPERM
socket EAFNOSUPPORT
socket EAFNOSUPPORT
ioctl EPERM
keyctl EPERM
bpf EPERM
userfaultfd EPERM
perf_event_open EPERM
process_vm_readv EPERM
personality EPERM
mount EPERM
init_module EPERM
setns EPERM
mknod EPERM
add_key EPERM
getpid ENOSYS
read-file EACCES
list EACCES
make-file EACCES
make-directory EACCES
move EACCES
start-made EACCES
raw EPERM
sctp EPERM" "$(cat tried)"
default='@ policies/python.yaml: default: deny'
kernel='@ policies/python.yaml: deny: [modules, kexec, bpf, perf, mount, namespaces, ptrace, keyring, io-uring, clock, reboot, raw-io, log]'
expect_violations "attack: the report" "$work/attack/report" <<END
add_key 1 denied EPERM $kernel
bpf 1 denied EPERM $kernel
clone 1 denied EPERM @ policies/python.yaml: capabilities:
getpid 1 denied ENOSYS @ policies/python-here.yaml: architectures: [x86_64]
init_module 1 denied EPERM $kernel
io_uring_setup 1 denied EPERM @ policies/python.yaml: network:
ioctl 1 denied EPERM @ policies/python.yaml: - ioctl: {cmd: [TIOCSTI, TIOCLINUX], why: typing on the terminal of another}
keyctl 1 denied EPERM $kernel
mknod 1 denied EPERM @ policies/python.yaml: - mknod: {mode: {mask: 0xf000, is: [S_IFCHR, S_IFBLK]}, why: no devices}
mount 1 denied EPERM $kernel
perf_event_open 1 denied EPERM $kernel
personality 1 denied EPERM $default
process_vm_readv 1 denied EPERM @ policies/python.yaml: deny: [modules, kexec, bpf, perf, mount, namespaces, ptrace, keyring, io-uring, clock, reboot, raw-io, log]
ptrace 1 denied EPERM $kernel
setns 1 denied EPERM @ policies/python.yaml: capabilities:
socket 2 denied EPERM $default
socket 2 denied EAFNOSUPPORT @ policies/python.yaml: - socket: {family: {not: [AF_UNIX, AF_INET, AF_INET6, AF_NETLINK]}, action: errno EAFNOSUPPORT}
unshare 1 denied EPERM @ policies/python.yaml: capabilities:
userfaultfd 1 denied EPERM $default
END
