#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 1500
# Programs that are started in a governed cgroup: what gets ready there may mount until it executes them
# (entering); and real container runtimes under a policy with rules for files.
. "$(dirname "$0")/lib.sh"
w=$TMPDIR

cat >"$w/p.yaml" <<'END_POLICY'
version: 1
name: containers
scope: {cgroups: [/containers/**]}
files:
  default: allow
  deny: [/etc/denied, {paths: [/srv/**], access: [write, create, delete, rename]}]
END_POLICY

# In the container: what it may, in one line. (busybox is root there, with all capabilities.)
cat >"$w/entry" <<'END_ENTRY'
#!/bin/sh
cat /etc/allowed
cat /etc/denied 2>/dev/null && echo "read what is denied"
mount -t tmpfs x /mnt 2>/dev/null && echo "mounted"
umount /dev/mqueue 2>/dev/null && echo "unmounted"
(: >/srv/new) 2>/dev/null && echo "made"
echo end
END_ENTRY
cat >"$w/config.py" <<'END_PYTHON'
import json
import sys

c = json.load(open("config.json"))
c["process"].update(args=["/entry"], terminal=False)
for kind in c["process"]["capabilities"]:
    c["process"]["capabilities"][kind] = ["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE"]
c["linux"]["cgroupsPath"] = "/containers/" + sys.argv[1]
c["root"]["readonly"] = False
json.dump(c, open("config.json", "w"))
END_PYTHON
cat >"$w/guest.sh" <<'END_GUEST'
mkdir -p /tmp/c/rootfs/bin /tmp/c/rootfs/etc /tmp/c/rootfs/mnt /tmp/c/rootfs/srv /tmp/c/rootfs/proc /sys/fs/cgroup/containers
cd /tmp/c
cp /bin/busybox rootfs/bin/ && for name in sh cat mount umount; do ln -s busybox rootfs/bin/$name; done
cp /opt/entry rootfs/entry && chmod +x rootfs/entry
echo allowed >rootfs/etc/allowed && echo secret >rootfs/etc/denied
run() { # run NAME RUNTIME WANTED
	rm -f config.json
	$2 spec && python3 /opt/config.py "$1"
	got=$($2 --root /tmp/state run "$1" </dev/null 2>&1 | tr '\n' ' ')
	if [ "$got" = "$3" ]; then echo "PASS $1"; else echo "FAIL $1: $got"; fi
}
run crun-ungoverned crun "allowed secret read what is denied mounted unmounted made end "
run runc-ungoverned runc "allowed secret read what is denied mounted unmounted made end "
cp /opt/p.yaml /p.yaml && bailiff load /p.yaml >/tmp/out 2>&1 || echo "FAIL load: $(cat /tmp/out)"
run crun crun "allowed end "
run runc runc "allowed end "
# The time between is not the runtime's own any more.
rm -f config.json
runc spec && python3 /opt/config.py later && runc --root /tmp/state create later </dev/null >/tmp/later 2>&1
runc --root /tmp/state start later
n=0
until grep -q end /tmp/later || [ $n = 30 ]; do sleep 1; n=$((n + 1)); done
got=$(tr '\n' ' ' </tmp/later)
if [ "$got" = "allowed end " ]; then echo "PASS runc create and start"; else echo "FAIL runc create and start: $got"; fi
END_GUEST

for series in $(lab_kernels --few 6.1); do
	lab_run "$series" entering --timeout 300 --add "$BAILIFF_BUILD/lab/entering:/bin/entering" -- entering
	if ! is_root; then
		skip "$series entry" "needs root, to serve every file of this machine"
		continue
	fi
	lab_run "$series" entry --userland --mem 1024 --timeout 300 --add "$BAILIFF_STATIC:/bin/bailiff" \
		--add "$w/p.yaml:/opt/p.yaml" --add "$w/entry:/opt/entry" --add "$w/config.py:/opt/config.py" \
		--add "$w/guest.sh:/opt/guest.sh" -- sh /opt/guest.sh
done
