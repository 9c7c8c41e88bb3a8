#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 600
# Somebody who may takes pins away. That is told, and mended by the next load, or at least by `unload
# --all`; nothing is said to be in force that is not.
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
now=/sys/fs/bpf/bailiff/now
mkdir /secret
echo x >/secret/x
none=$(pins count)

bailiff load /pol/user.yaml >/tmp/out 2>&1
say load $? "$(cat /tmp/out)"
links=$(ls $now | grep -c link_)
rm $now/link_file_open
bailiff status >/tmp/out 2>&1
printed link-gone-told "taken away 1 of the $links programs"
bailiff load /pol/user.yaml >/tmp/out 2>&1
is link-gone-load 0 $?
try
is link-put-back 1 $?
is links-all-there "$links" "$(ls $now | grep -c link_)"
bailiff status 2>/tmp/out >/dev/null
is link-put-back-quiet "" "$(cat /tmp/out)"

for map in map_control map_meta; do
	rm $now/$map
	bailiff load /pol/user.yaml >/tmp/out 2>&1
	is $map-gone-load 5 $?
	printed $map-gone-told "taken away part of what is loaded"
	try
	is $map-gone-enforced 1 $?
	bailiff unload --all >/tmp/out 2>&1
	is $map-gone-unload 0 $?
	is $map-gone-pins "" "$(ls /sys/fs/bpf)"
	left $map-gone-leaves-nothing "$none"
	bailiff load /pol/user.yaml >/tmp/out 2>&1
	is $map-gone-load-again 0 $?
done
END

for series in $(lab_kernels --one 6.1); do
	lab_run "$series" torn --add "$BAILIFF_STATIC:/bin/bailiff" --add "$BAILIFF_BUILD/lab/pins:/bin/pins" \
		--add "$w/user.yaml:/pol/user.yaml" --add "$w/guest.sh:/guest.sh" --timeout 500 -- sh /guest.sh
done
