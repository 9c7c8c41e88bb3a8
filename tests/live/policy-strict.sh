#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# strict, under programs that compute: the same output as without it, and nothing reported. Then an
# attack, as a program that is fed hostile input would try it.
# timeout: 90
. "$(dirname "$0")/../common/lib.sh"
. "$(dirname "$0")/../common/policies.sh"
enter_work
own_dir "$work/out" nobody

/usr/bin/python3 -c 'import random; r = random.Random(1)
for i in range(200000): print(r.randrange(10**9), "bailiff", i)' >"$work/input"

# same NAME COMMAND...: reads $work/input
same() {
	same_name=$1
	shift
	"$@" <"$work/input" >"$work/plain"
	rm -f "$work/out/report"
	as nobody "$BAILIFF" run -p policies/strict.yaml --report "$work/out/report" -- "$@" \
		<"$work/input" >"$work/governed" 2>"$work/err"
	expect "$same_name: status" 0 $?
	if cmp -s "$work/plain" "$work/governed"; then
		pass "$same_name: output"
	else
		fail "$same_name: output" "$(head -n 3 "$work/err")"
	fi
	expect_quiet "$same_name: nothing denied" "$work/out/report"
}

same sort sort --parallel=4 -S 64M -n
LC_ALL=C.UTF-8 same sort-by-locale sort -k2
same gzip gzip -nc
same sha256sum sha256sum
same awk awk '{ n += $1 } END { print n }'
same wc wc
same tr tr a-z A-Z
if have xz; then same xz xz -T2 -0 -c; else skip xz "xz is not there"; fi
if have busybox; then
	same busybox-gzip busybox gzip -c
	same busybox-sha512sum busybox sha512sum
	same busybox-sort busybox sort -n
else
	skip busybox "busybox is not there"
fi

if [ ! -x "$BAILIFF_BUILD/live/attack" ]; then
	skip attack "build/live/attack is not built"
	exit 0
fi
install -m 755 "$BAILIFF_BUILD/live/attack" bin/attack
cat >policies/strict-here.yaml <<END
version: 1
name: strict-here
architectures: [x86_64]
include: [strict]
files: {default: deny, allow: [{paths: [$work/bin/attack], access: [read, execute]}]}
END
rm -f "$work/out/report"
as nobody "$BAILIFF" run -p policies/strict-here.yaml --report "$work/out/report" -- bin/attack \
	exec socket raw kill read-file write-file make-file link rwx make-exec ptrace io-uring unshare clone tiocsti x32 >"$work/tried"
expect "attack: the program's view" "ptrace EPERM
io-uring $uring
unshare EPERM
clone EPERM
tiocsti EPERM
exec EPERM
rwx EPERM
make-exec EPERM
write-file EPERM
read-file EACCES
make-file EPERM
link EPERM
raw EPERM
socket EPERM
kill EPERM
x32 ENOSYS" "$(cat "$work/tried")"
deny="denied EPERM @ policies/strict.yaml: default: deny"
kernel="denied EPERM @ policies/strict.yaml: deny: [modules, kexec, bpf, perf, mount, namespaces, ptrace, keyring, io-uring, clock, reboot, raw-io, log]"
expect_violations "attack: the report" "$work/out/report" <<END
clone 1 denied EPERM @ policies/strict.yaml: capabilities: {default: deny}
clone 1 $deny
getpid 1 denied ENOSYS @ policies/strict-here.yaml: architectures: [x86_64]
io_uring_setup 1 denied EPERM @ policies/strict-here.yaml: files: {default: deny, allow: [{paths: [$work/bin/attack], access: [read, execute]}]}
ioctl 1 $deny
kill 1 $deny
linkat 1 $deny
mmap 1 $deny
mprotect 1 $deny
openat 2 $deny
ptrace 1 $kernel
socket 2 $deny
unshare 1 denied EPERM @ policies/strict.yaml: capabilities: {default: deny}
END
