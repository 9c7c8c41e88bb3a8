#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 900
# load --try always goes back: from policies that govern whoever is to go back, when the loader is killed,
# while somebody else has the lock, to another build's; and what can't be gone back to is not tried.
. "$(dirname "$0")/lib.sh"
w=$TMPDIR

cat >"$w/app.yaml" <<'END'
version: 1
name: app
scope: {executables: [/governed/**]}
files: {default: allow, deny: [/secret/**]}
END
cat >"$w/house.yaml" <<'END'
version: 1
name: house
scope: {host: true}
files: {default: allow, deny: [/never]}
END
# Whoever loads it is governed by it himself, and not by policies for the host alone.
cat >"$w/root.yaml" <<'END'
version: 1
name: root
scope: {users: [root]}
files: {default: allow, deny: [/never]}
END

cat >"$w/guest.sh" <<'END'
. /words.sh
loaded() { bailiff status --json | grep -o '"name":"[a-z]*"' | cut -d'"' -f4 | tr '\n' ' '; }
back() { # back NAME WHAT: within so many seconds
	i=0
	until [ "$(loaded)" = "$2" ] || [ $((i += 1)) -gt 60 ]; do sleep 0.5; done
	is "$1" "$2" "$(loaded)"
}
echo x >/never

for policy in root house; do
	bailiff load --lock --try 3s /pol/$policy.yaml >/tmp/out 2>&1
	say "$policy-on-trial" $? "$(cat /tmp/out)"
	cat /never >/dev/null 2>&1
	is "$policy-in-force" 1 $?
	sleep 4
	i=0
	while pidof bailiff >/dev/null && [ $((i += 1)) -lt 50 ]; do sleep 0.2; done
	is "$policy-goes-back" "" "$(ls /sys/fs/bpf)"
	cat /never >/dev/null 2>&1
	is "$policy-is-gone" 0 $?
	is "$policy-left" "lock" "$(ls /run/bailiff)"
	bailiff unload --all >/dev/null 2>&1
done

bailiff load /pol/app.yaml >/tmp/out 2>&1
say first $? "$(cat /tmp/out)"

# Killed when it has just published, before it can say so.
bailiff load --try 4s /pol/house.yaml >/tmp/out 2>&1 &
pins kill $!
wait $!
is loader-killed 137 $?
is loader-killed-in-force "app house " "$(loaded)"
bailiff status | grep -q "on trial for another"
say loader-killed-on-trial $? "$(bailiff status | head -n 2 | tr '\n' ' ')"
back loader-killed-goes-back "app "

# Somebody has the lock when its time is over: it is on trial until it goes back.
bailiff load --try 2s /pol/house.yaml >/tmp/out 2>&1
say busy-on-trial $? "$(cat /tmp/out)"
pins lock 400 &
sleep 6
[ -e /run/bailiff/trial ]
say busy-is-on-trial $? "it is not"
is busy-still "app house " "$(loaded)"
sleep 34
back busy-goes-back "app "
is busy-left "loaded lock" "$(ls /run/bailiff | tr '\n' ' ' | sed 's/ $//')"

# Another build, and one whose maps are of no use to this.
other load --try 3s /pol/house.yaml >/tmp/out 2>&1
say build-on-trial $? "$(cat /tmp/out)"
sleep 3
back build-goes-back "app "
pins abi 99
bailiff load --try 3s /pol/house.yaml >/tmp/out 2>&1
say version-on-trial $? "$(cat /tmp/out)"
before=$(bailiff status | sed -n 's/^generation \([0-9]*\),.*/\1/p')
sleep 3
back version-goes-back "app "
is version-generation $((before + 1)) "$(bailiff status | sed -n 's/^generation \([0-9]*\),.*/\1/p')"
bailiff load /pol/house.yaml >/tmp/out 2>&1
say version-then-load $? "$(cat /tmp/out)"
bailiff unload house >/dev/null

# What others may do with its file: nothing.
bailiff load --try 2s /pol/house.yaml >/dev/null 2>&1
su user -c 'exec 9</run/bailiff/trial' >/dev/null 2>&1
say file-is-closed "$(($? == 0))" "anybody may open it, and lock it"
back file-goes-back "app "

# The copies of what is in force are lost.
rm -r /run/bailiff/loaded
sed 's/secret/other/' /pol/app.yaml >/tmp/app.yaml
bailiff load --try 2s /tmp/app.yaml >/tmp/out 2>&1
is lost-is-not-tried 1 $?
grep -q "no way back" /tmp/out
say lost-says-so $? "$(cat /tmp/out)"
sleep 4
is lost-stays "app " "$(loaded)"
END

# Another build.
python3 "$lab/other.py" "$BAILIFF_STATIC" "$w/other"

for series in $(lab_kernels --one 6.1); do
	lab_run "$series" trial --add "$BAILIFF_STATIC:/bin/bailiff" --add "$w/other:/bin/other" \
		--add "$BAILIFF_BUILD/lab/pins:/bin/pins" --add "$w/app.yaml:/pol/app.yaml" \
		--add "$w/house.yaml:/pol/house.yaml" --add "$w/root.yaml:/pol/root.yaml" \
		--add "$w/guest.sh:/guest.sh" --timeout 800 -- sh /guest.sh
done
