#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 900
# What keeps the host plane from working has its own message with what to do, its status, and leaves
# nothing in the kernel.
. "$(dirname "$0")/lib.sh"
w=$TMPDIR

cat >"$w/p.yaml" <<'END'
version: 1
name: p
scope: {host: true}
files: {default: allow, deny: [/never]}
END
cat >"$w/guest.sh" <<'END'
none=$(pins count)
refused() { # refused NAME STATUS TEXT NEXT COMMAND...
	name=$1 want=$2 text=$3 next=$4
	shift 4
	got=0
	"$@" >/tmp/out 2>&1 </dev/null || got=$?
	why=
	[ "$got" = "$want" ] || why="status $got, not $want; "
	grep -qF -- "$text" /tmp/out || why="${why}no '$text'; "
	grep -qF -- "$next" /tmp/out || why="${why}no '$next'; "
	[ "$(pins count)" = "$none" ] || why="${why}something was loaded; "
	[ ! -e /sys/fs/bpf/bailiff ] || why="${why}something was pinned; "
	if [ "$why" ]; then echo "FAIL $name: $why$(head -c 400 /tmp/out | tr '\n' ' ')"; else echo "PASS $name"; fi
}
both() { # both NAME STATUS TEXT NEXT: load and probe say the same
	refused "$@" bailiff load /p.yaml
	shift
	refused "$name-probe" "$@" bailiff probe
}
chown root /p.yaml
END

cat >"$w/each.sh" <<'END'
. /guest.sh
user() { su nobody -s /bin/sh -c "$*"; }
refused not-root 4 CAP_SYS_ADMIN "as root" user bailiff load /p.yaml
refused not-root-unload 4 "" root user bailiff unload --all
own() { unshare -Ur "$@"; }
refused user-namespace 4 "user namespace of its own" "as root of the machine" own bailiff load /p.yaml

echo 2 >/proc/sys/kernel/kptr_restrict
both symbols 3 rename_lock kernel.kptr_restrict=1
echo 0 >/proc/sys/kernel/kptr_restrict

echo 0 >/proc/sys/kernel/ftrace_enabled
if [ "$(cat /proc/sys/kernel/ftrace_enabled)" = 0 ]; then
	both ftrace 3 "programs would attach and never be called" kernel.ftrace_enabled=1
	echo 1 >/proc/sys/kernel/ftrace_enabled
else
	echo "SKIP ftrace: this kernel does not let it be switched off"
fi

umount /sys/fs/bpf
both no-bpffs 3 "/sys/fs/bpf is no bpf file system" "mount -t bpf bpf /sys/fs/bpf"
mount -t bpf bpf /sys/fs/bpf

umount /sys/fs/cgroup
both no-cgroup2 3 "no cgroup2 is mounted" "mount -t cgroup2"
mount -t cgroup2 none /sys/fs/cgroup

mount -t tmpfs none /sys/kernel/btf
both no-types 3 "the kernel's types" CONFIG_DEBUG_INFO_BTF
umount /sys/kernel/btf

# Not mounted is no reason: bailiff looks for itself.
umount /sys/kernel/security
got=0
bailiff probe >/tmp/out 2>&1 || got=$?
if [ "$got" = 0 ]; then echo "PASS no-securityfs"; else echo "FAIL no-securityfs: $(cat /tmp/out)"; fi
mount -t securityfs none /sys/kernel/security

echo integrity >/sys/kernel/security/lockdown
got=0
bailiff probe >/tmp/out 2>&1 || got=$?
if [ "$got" = 0 ]; then echo "PASS integrity"; else echo "FAIL integrity: $(cat /tmp/out)"; fi
echo confidentiality >/sys/kernel/security/lockdown
both confidentiality 3 "confidentiality mode" "lockdown=integrity"
END

cat >"$w/old.sh" <<'END'
. /guest.sh
both old-kernel 3 "is older than 6.1" "bailiff run"
END

cat >"$w/list.sh" <<'END'
. /guest.sh
both no-bpf-lsm 3 "bpf is not among the LSMs" "lsm="
END

lab_refuse() { # lab_refuse SERIES PART [options of boot.py]
	local series=$1 part=$2
	shift 2
	lab_run "$series" "refuse-$part" --add "$BAILIFF_STATIC:/bin/bailiff" --add "$w/p.yaml:/p.yaml" \
		--add "$BAILIFF_BUILD/lab/pins:/bin/pins" --add "$w/guest.sh:/guest.sh" \
		--add "$w/$part.sh:/part.sh" "$@" --timeout 200 -- sh /part.sh
}
for series in $(lab_kernels); do
	case $series in
	5.*) lab_refuse "$series" old ;;
	*)
		lab_refuse "$series" each
		lab_refuse "$series" list --cmdline-lsm landlock,lockdown,yama
		;;
	esac
done
