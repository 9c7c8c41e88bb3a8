#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 1200
# Policies are swapped, loaders are killed, and the service is killed and started again, while tasks of
# every kind try without pause what all of it forbids: none may ever get in. On 6.1 with a kernel that
# preempts wherever it can.
. "$(dirname "$0")/lib.sh"
w=$TMPDIR

cat >"$w/a.yaml" <<'END'
version: 1
name: prober
scope: {cgroups: [/governed/**]}
files:
  default: allow
  deny:
    - {paths: [/forbidden/**]}
END
sed 's,^    - {paths.*,&\n    - /opt/*/unrelated.so\n    - /srv/x/y,' "$w/a.yaml" >"$w/b.yaml"

cat >"$w/guest.sh" <<'END'
kind=$1 swaps=$2 restarts=$3
ways="open fork exec thread cgroup into uid"
. /words.sh
mark=$kind-
mkdir -p /forbidden /sys/fs/cgroup/governed/a /sys/fs/cgroup/elsewhere /etc/bailiff/policies
echo secret >/forbidden/x
chmod 644 /forbidden/x
cat /forbidden/x >/dev/null
say open-before $? "not readable"
swap 1 /a.yaml /b.yaml || exit 1
pids=
for way in $ways; do
	sh -c "echo \$\$ >/sys/fs/cgroup/governed/cgroup.procs; exec prober $way /forbidden/x" >/tmp/$way 2>&1 &
	pids="$pids $!"
done
sleep 1
swap $((swaps / 10)) /b.yaml /a.yaml >/tmp/swaps 2>&1
status=$?
# What waits for grace periods waits less: more swaps a second.
echo 1 >/sys/kernel/rcu_expedited
swap $((swaps - swaps / 10)) /b.yaml /a.yaml >>/tmp/swaps 2>&1 && [ $status = 0 ]
say "$swaps-swaps" $? "$(tr '\n' ' ' </tmp/swaps)"
tr '\n' ' ' </tmp/swaps
echo

# Both are killed at another moment each time; the service by turns while it begins, and when it has taken
# up a changed policy.
i=0 ready=0
while [ $i -lt "$restarts" ]; do
	i=$((i + 1))
	bailiff load /a.yaml >/dev/null 2>&1 &
	usleep $((i * 40000))
	kill -9 $! 2>/dev/null
	wait $! 2>/dev/null
	cp /b.yaml /etc/bailiff/policies/prober.yaml
	bailiff guard 2>/tmp/log &
	guard=$!
	if [ $((i % 2)) = 0 ]; then
		tries=0
		until grep -q ready /tmp/log || [ $((tries += 1)) -gt 600 ]; do usleep 100000; done
		grep -q ready /tmp/log && ready=$((ready + 1))
		cp /a.yaml /etc/bailiff/policies/prober.yaml
	fi
	usleep $((i * 60000))
	kill -9 $guard
	wait $guard 2>/dev/null
done
[ $ready = $((restarts / 2)) ]
say "$restarts-restarts" $? "$ready came up: $(tail -n 5 /tmp/log | tr '\n' ' ')"
bailiff status >/tmp/status 2>&1
say still-loaded $? "$(cat /tmp/status)"
kill $pids 2>/dev/null
for pid in $pids; do wait $pid; done
for way in $ways; do
	grep -q '^refused' /tmp/$way
	say "$way" $? "$(cat /tmp/$way)"
	cat /tmp/$way
done
END

run() { # run SERIES KIND SWAPS RESTARTS [options of boot.py]
	local series=$1 kind=$2 swaps=${BAILIFF_SWAPS:-$3} restarts=$4
	shift 4
	lab_run "$series" "$kind" --add "$BAILIFF_BUILD/lab/swap:/bin/swap" --timeout 500 \
		--add "$BAILIFF_BUILD/lab/prober:/bin/prober" --add "$BAILIFF_STATIC:/bin/bailiff" \
		--add "$w/a.yaml:/a.yaml" --add "$w/b.yaml:/b.yaml" --add "$w/guest.sh:/guest.sh" "$@" -- \
		sh /guest.sh "$kind" "$swaps" "$restarts"
}
for series in $(lab_kernels --few 6.1); do
	case $series in
	6.1) run "$series" preempt 1000 6 --append preempt=full ;;
	6.12) run "$series" plain 1000 6 ;;
	*) run "$series" plain 100 4 ;;
	esac
done
