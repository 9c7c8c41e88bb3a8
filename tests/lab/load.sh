#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 1800
# load, unload, mode, status, confirm: what is loaded governs, stays, changes as a whole or not at all,
# survives a loader that is killed, and leaves nothing behind. A prober that a policy keeps from a file
# tries it all the time, and must never succeed before the end. Having the kernel check all programs is dear
# in a guest, so what needs another load beyond the second happens on one kernel alone.
. "$(dirname "$0")/lib.sh"
w=$TMPDIR

cat >"$w/app.yaml" <<'END'
version: 1
name: app
scope: {executables: [/governed/**]}
files:
  default: allow
  deny:
    - {paths: [/secret/**], why: it is secret}
END
cat >"$w/house.yaml" <<'END'
version: 1
name: house
scope: {host: true}
files:
  default: allow
  deny:
    - {paths: [/link/never], access: [read], action: errno EACCES}
END
cat >"$w/wrong.yaml" <<'END'
version: 1
name: app
files: {default: perhaps}
END
cat >"$w/noscope.yaml" <<'END'
version: 1
name: noscope
files: {default: allow, deny: [/nothing]}
END

# Another build.
python3 "$lab/other.py" "$BAILIFF_STATIC" "$w/other"

cat >"$w/guest.sh" <<'END'
. /words.sh
b() { # b STATUS NAME COMMAND...: bailiff's status
	want=$1 name=$2
	echo "$name" >/tmp/step
	shift 2
	"$@" >/tmp/out 2>&1 </dev/null
	is "$name" "$want" $?
}
governed() { /governed/sh -c 'read x <"$0"' "$1" 2>/dev/null; }
generation() { bailiff status | sed -n 's/^generation \([0-9]*\),.*/\1/p'; }
modes() { bailiff status | awk '$2 == "enforce" || $2 == "audit" {printf "%s %s;", $1, $2}'; }

mkdir -p /governed /secret /real
cp /bin/busybox /governed/sh
cp /bin/crowd /governed/crowd
ln -s /real /link
echo x | tee /secret/x >/real/never
chown -R root /pol
none=$(pins count)

b 1 wrong-policy bailiff load /pol/wrong.yaml
printed wrong-policy-why "default"
b 1 no-scope bailiff load /pol/noscope.yaml
b 0 nothing-yet bailiff status
printed nothing-yet-says "nothing is loaded"
b 1 adopt-nothing bailiff mode app audit
b 1 unload-nothing bailiff unload app
b 1 watch-nothing bailiff watch
b 1 confirm-no-trial bailiff confirm
b 0 unload-all-nothing bailiff unload --all
left wrong-leaves-nothing "$none"

# Killed while the kernel checks the programs, before anything is pinned.
bailiff load /pol/app.yaml >/dev/null 2>&1 &
sleep 2
kill -9 $!
wait $! 2>/dev/null

b 0 first-load bailiff load --ring 64K --tasks 1K /pol/app.yaml
printed first-load-says "generation 1 is in force: 1 policy"
governed /secret/x
is governed-denied 1 $?
cat /secret/x >/dev/null
say others-allowed $? "they were not"
b 0 status bailiff status --hooks
printed status-policy "/pol/app.yaml"
printed status-rule "{paths: [/secret/**], why: it is secret}"
printed status-counter "verdicts that refused"
printed ring-size "of 65536 bytes"
b 0 status-json bailiff status --json
printed status-json-rule '"text":"{paths: [/secret/**], why: it is secret}","decided":1'

# Its own executable is in no scope: it is governed for what has started it.
/governed/sh -c 'exec /bin/busybox sh -c "
	echo \$\$ >/tmp/prober
	while [ ! -e /tmp/stop ]; do
		if cat /secret/x >/dev/null 2>&1; then cat /tmp/step >>/tmp/leaks; fi
		echo >>/tmp/tries
		usleep 10000
	done"' &

# What was loaded stays as it was, whatever its file says now.
cp /pol/wrong.yaml /pol/app.yaml
b 0 second bailiff load /pol/house.yaml
printed second-both "2 policies"
printed second-resolved "/real/never"
read -r x </real/never 2>/dev/null
is second-denies 1 $?
governed /secret/x
is second-keeps 1 $?
before=$(generation)
b 1 failed-load bailiff load /pol/app.yaml /pol/house.yaml
printed failed-load-says "nothing has changed"
is failed-load-generation "$before" "$(generation)"

b 0 mode-audit bailiff mode house audit
read -r x </real/never
say mode-audit-allows $? "it was refused"
is modes "app enforce;house audit;" "$(modes)"
b 2 mode-word bailiff mode house maybe
b 1 mode-name bailiff mode nobody audit
sed 's/name: app/name: third/' /pol/third.yaml >/pol/third
b 0 third bailiff load /pol/third.yaml
is modes-kept "app enforce;house audit;third enforce;" "$(modes)"
b 0 mode-enforce bailiff mode house enforce
read -r x </real/never 2>/dev/null
is mode-enforce-denies 1 $?

b 0 unload-one bailiff unload house third
read -r x </real/never
say unload-one-allows $? "it was refused"
is unload-one-keeps "app enforce;" "$(modes)"
b 1 unload-none bailiff unload house
printed unload-none-says "no policy named house"
b 2 unload-nothing-named bailiff unload

# Several at once: one after the other, or refused.
before=$(generation)
pids= done=0 odd=
for i in 1 2 3 4; do
	bailiff load /pol/house.yaml >/dev/null 2>&1 &
	pids="$pids $!"
done
for i in $pids; do
	wait $i
	case $? in 0) done=$((done + 1)) ;; 5) ;; *) odd=yes ;; esac
done
is at-once "" "$odd"
is at-once-generations $((before + done)) "$(generation)"
is at-once-modes "app enforce;house enforce;" "$(modes)"

# Killed at any moment.
for delay in 02 04 06 08 10 13 16 20 25 30; do
	bailiff load /pol/house.yaml >/dev/null 2>&1 &
	usleep ${delay}0000
	kill -9 $! 2>/dev/null
	wait $! 2>/dev/null
done
pins prepare
b 0 killed-then-load bailiff load /pol/house.yaml
is killed-leaves-now now "$(ls /sys/fs/bpf/bailiff)"
is killed-modes "app enforce;house enforce;" "$(modes)"
is killed-copies 1 "$(ls /run/bailiff/loaded | wc -l)"

# Another build of the same version (on one kernel), and one of another version. (Under `house`, no other
# program would get at what is pinned.)
b 0 unload-before-build bailiff unload house
links=$(pins count)
if [ "$1" = all ]; then
	b 0 other-build other load /pol/third.yaml
	printed other-build-says "another build were replaced"
	left other-build-leaves-no-more "$links"
	is other-build-modes "app enforce;third enforce;" "$(modes)"
	next=bailiff
else
	next=other
fi
pins abi 99
b 3 other-version bailiff status
printed other-version-says "another version"
b 0 other-version-load $next load /pol/third.yaml
printed other-version-replaced "another build were replaced"
is other-version-modes "app enforce;third enforce;" "$(modes)"
left other-version-leaves-no-more "$links"
kill -0 "$(cat /tmp/prober)"
say prober-lives $? "it is gone"
[ "$(wc -l </tmp/tries)" -gt 20 ]
say prober-tried $? "only $(wc -l </tmp/tries) times"
is prober-never "" "$(sort /tmp/leaks 2>/dev/null | uniq -c | tr '\n' ' ')"

# On trial.
b 0 unload-before-trial bailiff unload third
b 137 try setsid sh -c 'bailiff load --try 8s /pol/house.yaml; kill -9 0'
b 5 try-shuts-out bailiff unload app
printed try-shuts-out-says "on trial"
read -r x </real/never 2>/dev/null
is try-denies 1 $?
i=0
until read -r x 2>/dev/null </real/never || [ $((i += 1)) -gt 120 ]; do sleep 0.5; done
read -r x </real/never
say try-goes-back $? "it was refused"
is try-modes "app enforce;" "$(modes)"
governed /secret/x
is try-keeps 1 $?
b 0 try-again bailiff load --try 4s /pol/house.yaml
b 0 confirm bailiff confirm
b 1 confirm-nothing bailiff confirm
sleep 6
read -r x </real/never 2>/dev/null
is confirmed-denies 1 $?
is prober-never-on-trial "" "$(sort /tmp/leaks 2>/dev/null | uniq -c | tr '\n' ' ')"

# More tasks than there is room for.
touch /tmp/stop
while kill -0 "$(cat /tmp/prober)" 2>/dev/null; do usleep 100000; done
/governed/crowd 1024 /secret/x

b 0 unload-all bailiff unload --all
governed /secret/x
say unload-all-allows $? "it was refused"
b 0 unload-all-status bailiff status
printed unload-all-says "nothing is loaded"
left unload-all-leaves-nothing "$none"
is unload-all-pins "" "$(ls /sys/fs/bpf)"
is unload-all-copies "lock" "$(ls /run/bailiff)"
b 0 unload-again bailiff unload --all

# A load with more tasks than it has room for changes nothing.
[ "$1" = all ] || exit 0
crowd 1500 wait >/tmp/crowd &
until [ -s /tmp/crowd ]; do usleep 100000; done
b 5 too-many-tasks bailiff load --tasks 1K /pol/house.yaml
printed too-many-tasks-says "--tasks"
kill $!
read -r x </real/never
say too-many-tasks-allows $? "it was refused"
left too-many-tasks-leaves-nothing "$none"
is too-many-tasks-pins "" "$(ls /sys/fs/bpf)"

# Nothing of the first time is in the way of the second. A trial with nothing before it unloads.
b 0 attach-again bailiff load --try 3s /pol/house.yaml
read -r x </real/never 2>/dev/null
is attach-again-denies 1 $?
i=0
while [ -e /sys/fs/bpf/bailiff ] && [ $((i += 1)) -lt 100 ]; do sleep 0.2; done
is try-unloads "" "$(ls /sys/fs/bpf)"
END
sed 's/name: app/name: third/; s/secret/third/' "$w/app.yaml" >"$w/third.yaml"

for series in $(lab_kernels --few 6.1); do
	adds=()
	part=most
	[ "$series" != 6.12 ] || part=all
	for policy in app house wrong noscope third; do adds+=(--add "$w/$policy.yaml:/pol/$policy.yaml"); done
	lab_run "$series" load "${adds[@]}" --add "$BAILIFF_STATIC:/bin/bailiff" --add "$w/other:/bin/other" \
		--add "$BAILIFF_BUILD/lab/pins:/bin/pins" --add "$BAILIFF_BUILD/lab/crowd:/bin/crowd" \
		--add "$w/guest.sh:/guest.sh" --timeout 900 -- sh /guest.sh $part
done
