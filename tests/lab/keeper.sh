#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 900
# The service's keeper is stopped, or finds that somebody else is changing what is loaded: violations are
# told meanwhile, its other process is left alone, and what had to wait is done later. And its memory.
. "$(dirname "$0")/lib.sh"
w=$TMPDIR

cat >"$w/user.yaml" <<'END'
version: 1
name: user
scope: {users: [user]}
files: {default: allow, deny: [/forbidden/**]}
END
cat >"$w/app.yaml" <<'END'
version: 1
name: app
scope: {launched: true}
files: {default: allow, deny: [/secret/**]}
END

cat >"$w/guest.sh" <<'END'
. /words.sh
start() { # start LOG: the service, until it is ready
	: >"$1"
	bailiff guard --report /tmp/report 2>"$1" &
	guard=$!
	i=0
	until grep -q ready "$1" || [ $((i += 1)) -gt 900 ]; do sleep 0.2; done
	front=$(pidof bailiff-front)
}
mkdir -p /etc/bailiff/policies /secret /forbidden /other
cp /user.yaml /app.yaml /etc/bailiff/policies
start /tmp/log

# The first load takes some 20 MB for a while: they are given back, before others are forked from it, too. (The third
# process and the first hold what such a program holds, 8.8 MB on 6.1; the second maps the ring twice beside.)
for pid in $guard $(pidof bailiff-store); do
	kb=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' /proc/$pid/status)
	[ "$kb" -lt 12288 ]
	say "memory-$(cat /proc/$pid/comm)" $? "$kb KiB"
done

# The keeper is busy, or stopped: what is not allowed is told all the same, and soon.
kill -STOP $guard
for i in 1 2 3 4 5 6; do
	mkdir /sys/fs/cgroup/late$i
	echo x >/forbidden/late$i
	(echo 0 >/sys/fs/cgroup/late$i/cgroup.procs; exec su user -c "cat /forbidden/late$i") >/dev/null 2>&1
done
has keeper-busy-is-told /tmp/report '"object":"/forbidden/late6"'
sleep 12
kill -CONT $guard
sleep 3
[ "$(pidof bailiff-front)" = $front ]
say keeper-busy-same-front $? "another: $(tail -n 3 /tmp/log)"
(echo 0 >/sys/fs/cgroup/late6/cgroup.procs; exec su user -c "cat /forbidden/late1") >/dev/null 2>&1
has keeper-free-cgroup /tmp/report '"cgroup":"/late6"'

# Somebody is changing what is loaded when it starts, for longer than it waits: it is done later.
kill -TERM $guard
wait $guard
sed 's,/forbidden,/other,' /user.yaml >/etc/bailiff/policies/user.yaml
pins lock 250 &
locker=$!
start /tmp/log
has started-while-busy /tmp/log "what was loaded before is still in force"
wait $locker
has loaded-when-free /tmp/log "generation 2"
sleep 2
bailiff run -p app --loaded true >/tmp/out 2>&1
say can-be-launched $? "$(cat /tmp/out)"
bailiff run -p app --loaded sh -c "kill -9 $guard" >/tmp/out 2>&1
say labelled-when-free "$(($? == 0))" "it went through"
kill -0 $guard
say labelled-when-free-lives $? "it is gone"
kill -TERM $guard
END

for series in $(lab_kernels --one 6.1); do
	lab_run "$series" keeper --add "$BAILIFF_BUILD/lab/pins:/bin/pins" --add "$BAILIFF_STATIC:/bin/bailiff" \
		--add "$w/user.yaml:/user.yaml" --add "$w/app.yaml:/app.yaml" --add "$w/guest.sh:/guest.sh" \
		--timeout 400 -- sh /guest.sh
done
