#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 1200
# examples/bailiff.service under systemd: systemd finds nothing wrong with it; it starts, is ready, loads
# examples/host, loads again, and stops, and what it has loaded stays; it comes from no privilege that the
# unit takes away; bailiff=off keeps it from starting. nginx serves under its example policy.
. "$(dirname "$0")/lib.sh"
w=$TMPDIR
systemd=/lib/systemd/systemd
[ -x $systemd ] && have systemd-analyze || skip_all "systemd is not installed"

mkdir -p "$w/units"
sed "s,/usr/local/bin/bailiff,$(realpath "$BAILIFF")," examples/bailiff.service >"$w/units/bailiff.service"
systemd-analyze verify --man=no "$w/units/bailiff.service" >"$w/verify" 2>&1
expect "systemd finds nothing wrong" "" "$(grep -i bailiff "$w/verify")"
expect_status "its exposure" 0 systemd-analyze security --offline=true --threshold=30 "$w/units/bailiff.service"
is_root || skip_all "needs root, to serve every file of this machine"

cat >"$w/guest.sh" <<'END'
mkdir -p /etc/bailiff/policies
cp /opt/host/*.yaml /etc/bailiff/policies
chmod -R go-w /etc/bailiff && chown -R root:root /etc/bailiff
cp /opt/bailiff.service /etc/systemd/system
# The guest's root is an overlay, which writes by other names what it has below.
for place in /var/log/nginx /var/lib/nginx; do mkdir -p $place && mount -t tmpfs tmpfs $place; done
cat >/etc/systemd/system/lab.service <<'UNIT'
[Unit]
DefaultDependencies=no
Wants=bailiff.service
After=bailiff.service
[Service]
Type=oneshot
ExecStart=-/bin/sh /opt/inside.sh
ExecStopPost=/bin/systemctl --no-block --force poweroff
StandardOutput=append:/root/out
StandardError=append:/root/out
UNIT
export SYSTEMD_PROC_CMDLINE="$(cat /proc/cmdline)" # a container would have none
timeout 420 unshare --pid --fork --mount --mount-proc --kill-child /lib/systemd/systemd --unit=lab.service \
	--log-target=console >/root/log 2>&1
grep -E '^(PASS|FAIL) ' /root/out || { echo "FAIL unit-runs: systemd says: $(tail -n 5 /root/log | tr '\n' ' ')"; exit 1; }
sed 's/^/  /' /root/out
END
cat >"$w/inside.sh" <<'END'
. /words.sh
mark=unit-
show() { systemctl show bailiff -p "$1" --value; }
if grep -q bailiff=off /proc/cmdline; then
	[ "$(show ConditionResult) $(show ActiveState)" = "no inactive" ]
	say off-does-not-start $? "$(systemctl status bailiff --no-pager)"
	[ ! -e /sys/fs/bpf/bailiff ]
	say off-loads-nothing $? "there is something"
	exit
fi
[ "$(show ActiveState) $(show StatusText)" = "active Generation 1" ]
say ready $? "$(systemctl status bailiff --no-pager)"
main=$(show MainPID)
grep -q 'Seccomp:	2' /proc/$main/status && grep -q 'CapEff:	000000c4002801e4' /proc/$main/status
say keeps-little $? "$(grep -E 'Seccomp|CapEff' /proc/$main/status)"
mkdir -p /sys/fs/cgroup/user.slice/lab
shadow() { sh -c 'echo 0 >/sys/fs/cgroup/user.slice/lab/cgroup.procs && exec cat /etc/shadow >/dev/null 2>&1'; }
shadow
say denies-root "$(($? == 0))" "it could be read"
i=0
until bailiff report --json 2>/root/report | grep -q '"object":"/etc/shadow"' || [ $((i += 1)) -gt 20 ]; do sleep 0.5; done
bailiff report --json | grep -q '"object":"/etc/shadow"'
say stores $? "$(cat /root/report; ls -la /var/lib/bailiff; systemctl status bailiff --no-pager)"
[ "$(stat -c %a:%U /var/lib/bailiff)" = 700:root ]
say stores-for-root $? "$(ls -ld /var/lib/bailiff)"
cat /etc/shadow >/dev/null
say denies-nobody-else $? "it could not be read"
setpriv --reuid www-data --regid www-data --clear-groups ls /root >/dev/null 2>&1
say denies-user "$(($? == 0))" "it could be read"
cp /bin/true /tmp/true
setpriv --reuid www-data --regid www-data --clear-groups /tmp/true 2>/dev/null
say denies-what-was-dropped "$(($? == 0))" "it was started"
if [ -x /usr/sbin/nginx ]; then
	mkdir -p /var/www/html
	echo served >/var/www/html/index.html
	bailiff watch --policy web >/root/watched 2>/dev/null &
	sleep 1
	/usr/sbin/nginx 2>&1 </dev/null | cat >/tmp/nginx
	python3 -c 'import urllib.request as r; print(r.urlopen("http://127.0.0.1/index.html").read())' 2>&1 | grep -q served
	say nginx-serves $? "it does not: $(cat /tmp/nginx)"
	sleep 1
	say nginx-violates-nothing "$(wc -l </root/watched)" "$(tr '\n' ';' </root/watched)"
fi
printf 'version: 1\nname: more\nscope: {users: [games]}\nfiles: {default: allow, deny: [/opt/more]}\n' >/opt/more
cp /opt/more /etc/bailiff/policies/more.yaml
i=0
until [ "$(show StatusText)" = "Generation 2" ] || [ $((i += 1)) -gt 60 ]; do sleep 0.5; done
[ "$(show StatusText)" = "Generation 2" ]
say changed $? "$(systemctl status bailiff --no-pager)"
systemctl reload bailiff
say reloads $? "its status"
systemctl stop bailiff
say stops $? "$(systemctl status bailiff --no-pager)"
shadow
say stays-enforced "$(($? == 0))" "it could be read"
bailiff unload --all >/dev/null
shadow
say unloads $? "it could not be read"
END

for series in $(lab_kernels --one 6.12); do
	for part in on off; do
		more=()
		[ $part = on ] || more=(--append bailiff=off)
		lab_run "$series" "unit-$part" --userland --mem 1024 --add "$BAILIFF_STATIC:/usr/local/bin/bailiff" \
			--add examples/bailiff.service:/opt/bailiff.service --add examples/host:/opt/host \
			--add "$w/guest.sh:/opt/guest.sh" --add "$w/inside.sh:/opt/inside.sh" "${more[@]}" \
			--timeout 500 -- sh /opt/guest.sh
	done
done
