#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `probe` says of each kernel which Landlock it has, or why none, and which rules that holds under `run`.
. "$(dirname "$0")/lib.sh"
w=$TMPDIR

cat >"$w/guest.sh" <<'END'
. /words.sh
ask() { su nobody -s /bin/sh -c "bailiff probe" >/tmp/out 2>&1 </dev/null; }
shows() { # shows NAME TEXT: a line of what it prints has it
	if grep -qF -- "$2" /tmp/out; then echo "PASS $1"; else echo "FAIL $1: no '$2' in: $(tail -n 9 /tmp/out | tr '\n' '|')"; fi
}
ask
case $1 in
none)
	shows probe-none "landlock   NO   this kernel has no Landlock"
	shows probe-none-next "CONFIG_SECURITY_LANDLOCK=y"
	;;
off)
	shows probe-off "landlock   NO   Landlock is in this kernel, but was not turned on"
	shows probe-off-next "boot with landlock in lsm="
	;;
*) shows probe-abi "landlock   ok   ABI $1" ;;
esac
# held ABI WORDS
held() {
	if [ "$abi" -ge "$1" ]; then word=ok; else word=NO; fi
	got=$(grep -F -- "$2" /tmp/out | sed "s|.*$2 *||; s| .*||")
	if [ "$got" = "$word" ]; then echo "PASS probe $2"; else echo "FAIL probe $2: '$got', not $word"; fi
}
abi=$1
case $abi in none | off) abi=0 ;; esac
held 0 "anonymous-memory, writable-then-executable"
held 1 "read, write, create, delete, mknod, execute"
held 2 "rename, link: from one directory to another"
held 3 "write: truncate(2), where it is allowed"
held 4 "bind, connect: tcp ports"
held 5 "read, write: ioctl on devices, too"
held 6 "connect: unix:@abstract"
held 9 "connect: unix:/path"
held 10 "bind, connect: udp ports"
END

lab_probe() { # lab_probe SERIES WHAT [options of boot.py]
	local series=$1 what=$2
	shift 2
	lab_run "$series" "probe-$what" --add "$BAILIFF_STATIC:/bin/bailiff" --add "$w/guest.sh:/guest.sh" \
		"$@" --timeout 200 -- sh /guest.sh "$what"
}
for series in $(lab_kernels); do
	case $series in
	5.10) lab_probe "$series" none ;;
	6.1) lab_probe "$series" 2 ;;
	6.12) lab_probe "$series" 6 && lab_probe "$series" off --cmdline-lsm lockdown,yama,bpf ;;
	6.18) lab_probe "$series" 7 ;;
	*) lab_probe "$series" 11 ;; # 11: quiet rules, no right more
	esac
done
