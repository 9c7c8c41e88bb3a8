#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 900
# The service runs out of memory, or the file system that its enforcement is pinned to is covered, torn or gone.
# What is denied stays denied as long as the kernel has what denies it; nothing is said to be in force that is not.
. "$(dirname "$0")/lib.sh"
w=$TMPDIR

cat >"$w/user.yaml" <<'END'
version: 1
name: user
scope: {users: [user]}
files: {default: allow, deny: [/secret/**]}
END

cat >"$w/guest.sh" <<'END'
. /words.sh
try() { su user -c 'cat /secret/x' >/dev/null 2>&1; }
start() { # start LOG: the service, until it is ready
	: >"$1"
	bailiff guard --store none --report /tmp/report 2>"$1" &
	guard=$!
	i=0
	until grep -q ready "$1" || [ $((i += 1)) -gt 1500 ]; do sleep 0.2; done
	front=$(pidof bailiff-front)
}
denied() { # denied NAME, ten times
	through=
	for i in 1 2 3 4 5 6 7 8 9 10; do if try; then through=$i; fi; done
	is "$1" "" "$through"
}
# Fills what it may have until it is killed.
starve() { # starve PID
	echo $1 >/sys/fs/cgroup/small/cgroup.procs
	echo 0 >/sys/fs/cgroup/small/memory.swap.max 2>/dev/null
	echo 4K >/sys/fs/cgroup/small/memory.max
}
mkdir -p /etc/bailiff/policies /secret
echo x >/secret/x
cp /user.yaml /etc/bailiff/policies
start /tmp/log
has started /tmp/log ready
denied started-denied

# Out of memory: first whoever tells, then all of the service.
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
mkdir /sys/fs/cgroup/small
starve $front
i=0
while kill -0 $front 2>/dev/null && [ $((i += 1)) -lt 100 ]; do try; sleep 0.1; done
grep -q 'oom_kill [1-9]' /sys/fs/cgroup/small/memory.events
say front-out-of-memory $? "$(tr '\n' ' ' </sys/fs/cgroup/small/memory.events)"
denied front-out-of-memory-denied
echo max >/sys/fs/cgroup/small/memory.max
i=0
until [ "$(pidof bailiff-front)" ] && [ "$(pidof bailiff-front)" != "$front" ] || [ $((i += 1)) -gt 150 ]; do sleep 0.2; done
[ "$(pidof bailiff-front)" != "$front" ] && [ "$(pidof bailiff-front)" ]
say front-comes-back $? "$(tail -n 3 /tmp/log | tr '\n' ' ')"
: >/tmp/report
su user -c 'cat /secret/x' >/dev/null 2>&1
has front-back-tells /tmp/report /secret/x
kill -9 $guard $(pidof bailiff-front)
wait $guard 2>/dev/null
denied service-killed-denied
start /tmp/log
has service-again /tmp/log ready
denied service-again-denied

# The kernel calls no program any more: nothing can be done about it here, but nobody is told otherwise.
echo 0 >/proc/sys/kernel/ftrace_enabled
has silent-service-says /tmp/log "the kernel calls no program, and nothing is enforced"
try
say silent-is-not-denied $? "what is above would not be true"
bailiff status >/tmp/out 2>&1
printed silent-status "the kernel calls no program, and nothing is enforced"
bailiff status --json >/tmp/out 2>/dev/null
printed silent-status-json '"called":false'
bailiff load /user.yaml >/tmp/out 2>&1
is silent-load 3 $?
printed silent-load-says "sysctl kernel.ftrace_enabled=1"
echo 1 >/proc/sys/kernel/ftrace_enabled
has called-again /tmp/log "the kernel calls the programs again"
denied called-again-denied
bailiff status --json >/tmp/out 2>&1
printed called-again-status-json '"called":true'

# Covered: what is pinned is where it was, and in force; it can't be told, and is not said to be gone for good.
mount -t bpf none /sys/fs/bpf
denied covered-denied
bailiff status >/tmp/out 2>&1
printed covered-status "nothing is loaded"
has covered-service-says /tmp/log "nothing is loaded any more: it was unloaded, or /sys/fs/bpf/bailiff can't be seen"
bailiff unload --all >/tmp/out 2>&1
denied covered-unload-denied
umount /sys/fs/bpf
bailiff status >/tmp/out 2>&1
printed uncovered-status "generation 1"

# Torn, while the service runs.
rm /sys/fs/bpf/bailiff/now/link_file_open
bailiff status >/tmp/out 2>&1
printed torn-told "taken away 1 of"
kill -0 $guard
say torn-service-lives $? "$(tail -n 3 /tmp/log | tr '\n' ' ')"

# Gone. Whoever can do that could have unloaded it.
umount /sys/fs/bpf
sleep 1
bailiff status >/tmp/out 2>&1
is gone-status 1 "$(grep -c 'no bpf file system\|nothing is loaded' /tmp/out)"
kill -TERM $guard
i=0
while kill -0 $guard 2>/dev/null && [ $((i += 1)) -lt 100 ]; do sleep 0.2; done
kill -0 $guard 2>/dev/null
say gone-service-ends "$(($? == 0))" "it goes on"
i=0 # the kernel frees later
until try || [ $((i += 1)) -gt 100 ]; do sleep 0.2; done
try
say gone-is-not-denied $? "what was above would not have shown that it is"
bailiff load /user.yaml >/tmp/out 2>&1
is gone-load 3 $?
printed gone-load-says "mount -t bpf"
END

for series in $(lab_kernels --one 6.1); do
	lab_run "$series" faults_service --add "$BAILIFF_STATIC:/bin/bailiff" --add "$w/user.yaml:/user.yaml" \
		--add "$w/guest.sh:/guest.sh" --timeout 800 -- sh /guest.sh
done
