#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 300
# While mounts come and go and directories are renamed without a pause, what is allowed is not refused: who looks
# for a path waits while the kernel changes the tree, which a virtual CPU that does not run makes long.
. "$(dirname "$0")/lib.sh"
w=$TMPDIR

cat >"$w/web.yaml" <<'END'
version: 1
name: web
scope: {cgroups: [/governed/**]}
files:
  default: allow
  deny:
    - {paths: [/data/a/b/c/d/e/f/secret], access: [read]}
END
cat >"$w/guest.sh" <<'END'
. /words.sh
mkdir -p /data/a/b/c/d/e/f /sys/fs/cgroup/governed/a
echo x | tee /data/a/b/c/d/e/f/open >/data/a/b/c/d/e/f/secret
bailiff load /web.yaml >/tmp/out 2>&1
say load $? "$(cat /tmp/out)"
storm 2000 /data/a/b/c/d/e/f/open /sys/fs/cgroup/governed/a/cgroup.procs >/tmp/out
is open "none refused, 0 otherwise failed; many mounts, many renames" "$(head -n 1 /tmp/out)"
tail -n 1 /tmp/out
umount -l /storm
rm -rf /storm
storm 100 /data/a/b/c/d/e/f/secret /sys/fs/cgroup/governed/a/cgroup.procs >/tmp/out
is secret "all refused, 0 otherwise failed" "$(sed 's/;.*//;q' /tmp/out)"
bailiff status --json | grep -o '"closed-torn":[0-9]*' >/tmp/out
is torn '"closed-torn":0' "$(cat /tmp/out)"
END

for series in $(lab_kernels --one 6.1); do
	lab_run "$series" storm --timeout 250 --add "$BAILIFF_BUILD/lab/storm:/bin/storm" --add "$w/web.yaml:/web.yaml" \
		--add "$BAILIFF_STATIC:/bin/bailiff" --add "$w/guest.sh:/guest.sh" -- sh /guest.sh
done
