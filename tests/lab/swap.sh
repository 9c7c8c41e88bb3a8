#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 1200
# Policies are swapped a thousand times while tasks of every kind try what both forbid: none may ever
# get in. Once more on a kernel that preempts wherever it can.
. "$(dirname "$0")/lib.sh"
swaps=${BAILIFF_SWAPS:-1000}
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
mkdir -p /forbidden /sys/fs/cgroup/governed/a /sys/fs/cgroup/elsewhere
echo secret >/forbidden/x
chmod 644 /forbidden/x
if cat /forbidden/x >/dev/null; then echo "PASS $1-open-before"; else echo "FAIL $1-open-before: not readable"; fi
swap 1 /a.yaml /b.yaml || exit 1
pids=
for way in open fork exec thread cgroup into uid; do
	sh -c "echo \$\$ >/sys/fs/cgroup/governed/cgroup.procs; exec prober $way /forbidden/x" >/tmp/$way 2>&1 &
	pids="$pids $!"
done
sleep 1
swap $2 /b.yaml /a.yaml >/tmp/swaps 2>&1 && echo "PASS $1-swaps: $(cat /tmp/swaps)" || echo "FAIL $1-swaps: $(cat /tmp/swaps)"
kill $pids 2>/dev/null
for way in open fork exec thread cgroup into uid; do
	set -- "$1" $2 $pids
done
wait
for way in open fork exec thread cgroup into uid; do
	if grep -q '^refused' /tmp/$way; then echo "PASS $1-$way: $(cat /tmp/$way)"; else echo "FAIL $1-$way: $(cat /tmp/$way)"; fi
done
END

add=(--add "$BAILIFF_BUILD/lab/swap:/bin/swap" --add "$BAILIFF_BUILD/lab/prober:/bin/prober"
	--add "$w/a.yaml:/a.yaml" --add "$w/b.yaml:/b.yaml" --add "$w/guest.sh:/guest.sh" --timeout 1100)
lab_run 6.12 swap "${add[@]}" -- sh /guest.sh plain "$swaps" &
lab_run 6.1 swap "${add[@]}" --append preempt=full -- sh /guest.sh preempt "$swaps" &
wait
