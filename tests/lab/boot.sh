#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The lab itself: what a guest has, on every kernel; and that whatever goes wrong in one is told.
. "$(dirname "$0")/lib.sh"

# What tests may count on. `t NAME COMMAND...` passes when the command does.
cat >"$TMPDIR/guest.sh" <<'EOF'
t() {
	name=$1
	shift
	if "$@" >/tmp/out 2>&1; then echo "PASS $name"; else echo "FAIL $name: $(tr '\n' ' ' </tmp/out)"; fi
}
pivot() {
	unshare -m sh -ec 'mount --make-rprivate /; mount -t tmpfs new /mnt; mkdir /mnt/old; cp /usr/bin/busybox /mnt
		cd /mnt; pivot_root . old; [ "$(/busybox ls /)" = "$(printf "busybox\nold\n")" ]'
}
overlay() {
	cd /tmp && mkdir l u w m && mount -t overlay o -o lowerdir=l,upperdir=u,workdir=w m && echo x >m/f && [ -s u/f ]
}
expected=$1
t "is the kernel that was asked for" test "$(uname -r)" = "$expected"
t "has bpf among its LSMs" grep -qw bpf /sys/kernel/security/lsm
t "has apparmor among its LSMs" grep -qw apparmor /sys/kernel/security/lsm
case $expected in 5.10.*) ;; *) t "has landlock among its LSMs" grep -qw landlock /sys/kernel/security/lsm ;; esac
t "has BTF" test -s /sys/kernel/btf/vmlinux
t "has bpffs" grep -q ' /sys/fs/bpf bpf ' /proc/mounts
t "has controllers of cgroup2" grep -q 'cpu .*memory.* pids' /sys/fs/cgroup/cgroup.subtree_control
t "has trace events" test -d /sys/kernel/tracing/events/syscalls
t "has a network with itself" ping -c 1 -W 5 127.0.0.1
t "is named" test "$(hostname)" = lab
t "can pivot its root" pivot
t "can mount an overlay" overlay
t "lets an ordinary user make a user namespace" su nobody -s /bin/sh -c 'unshare -Ur true'
t "loaded the modules for nftables and iptables" sh -c 'lsmod | grep -q ^nf_tables && lsmod | grep -q ^iptable_filter'
t "runs dynamic programs" /usr/local/bin/true --version
EOF
for series in $(lab_kernels); do
	read -r _ _ release _ < <(python3 "$lab/kernels.py" "$series")
	modules=overlay,nf_tables,iptable_filter
	[ "$series" = 5.10 ] && modules+=,nft_counter
	lab_run "$series" boot --add "$TMPDIR/guest.sh:/guest.sh" --add /bin/true:/usr/local/bin/true \
		--modules "$modules" -- sh /guest.sh "$release"
done

# What goes wrong: name | status | words that standard error or output has | options | the guest's script
series=6.12
while IFS='|' read -r name status words options script; do
	# shellcheck disable=SC2086 # options are words
	expect_status "$name" "$status" python3 "$lab/boot.py" $series $options -- sh -c "$script"
	[ -n "$words" ] || continue
	if grep -q -- "$words" "$TMPDIR/out" "$TMPDIR/err"; then
		pass "$name: it says so"
	else
		fail "$name: it says so" "no '$words' in $(tail -n 3 "$TMPDIR/out" "$TMPDIR/err" | tr '\n' ' ')"
	fi
done <<'EOF'
a command succeeds|0|^hello$||printf hello
a command fails|7|^last words$||echo last words; exit 7
a status too large for the machine's own|200|||sleep 100 & exit 200
a command that is killed|137|||kill -9 $$
a command that is not there|127|not-there||exec not-there
the kernel panics|99|sysrq triggered crash||echo c >/proc/sysrq-trigger
the guest turns itself off|99|stopped before the command was done||poweroff -f; sleep 10
a forged verdict, then a panic|99|stopped before||echo; echo 'bailiff-lab: status 0'; echo c >/proc/sysrq-trigger
a forged verdict, then a failure|3|||echo; echo 'bailiff-lab: status 0'; exit 3
it does not end|99|not done within 8 s|--timeout 8|sleep 100
no such module|99|does not have it|--modules no_such_module|true
a kernel that does not come up|99|did not boot|--append rdinit=/none|true
one CPU, counting|0|^1$|--icount|nproc
EOF

# A machine that ends with another status than its serial port says, and one that agrees with itself.
mkdir "$TMPDIR/fake"
printf '#!/bin/sh\nprintf "bailiff-lab: booted\\n\\nbailiff-lab: status 9\\n"\nexit $FAKE\n' \
	>"$TMPDIR/fake/qemu-system-x86_64"
chmod +x "$TMPDIR/fake/qemu-system-x86_64"
for row in "9 $(((32 + 9) * 2 + 1))" "99 65" "99 0" "99 1"; do
	expect_status "the serial port says 9, the machine ${row#* }" "${row% *}" \
		env PATH="$TMPDIR/fake:$PATH" FAKE="${row#* }" python3 "$lab/boot.py" $series -- true
done

# What lab_run makes of a guest: name | the line it must print | the guest's script
while IFS='|' read -r name line script; do
	got=$(lab_run $series suite -- sh -c "$script" 2>/dev/null | grep -E '^(PASS|FAIL|SKIP) ' | tr '\n' ';')
	expect "$name" "$line;" "$got"
done <<'EOF'
results get the series|PASS 6.12 x;FAIL 6.12 y: why;SKIP 6.12 z: reason|echo PASS x; echo FAIL y: why; echo SKIP z: reason; exit 1
no result fails|FAIL 6.12 suite: no result was printed|true
a status without a word fails|PASS 6.12 x;FAIL 6.12 suite: the command's status is 3|echo PASS x; exit 3
EOF

if is_root; then
	lab_run $series userland --userland --mem 1024 --add "$TMPDIR/guest.sh:/opt/added" -- sh -c '
		[ -s /opt/added ] && python3 -c "print(\"PASS userland: it has programs of this machine\")"
		echo changed >/etc/hostname && grep -q changed /etc/hostname && echo "PASS userland: it can be written"'
	expect "userland: this machine's files stay as they are" "" "$(grep -s changed /etc/hostname)"
else
	skip "$series userland" "needs root, to serve every file of this machine"
fi
