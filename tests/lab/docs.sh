#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 1000
# What README.md and bailiff(1) tell a host's root to type works, in a guest, one line after the other: the
# sh blocks of "For the whole host", and the page's lines that begin with "# ". Each must end with status 0;
# one that ends in "&" stays, and the next comes when it says that it is ready. `unload --all` comes once, at
# the end, for the programs take a guest a minute to load.
. "$(dirname "$0")/lib.sh"
w=$TMPDIR

awk '/^## / { host = /^## For the whole host/ }
	$0 == "```" { on = 0 } on && host { print } $0 == "```sh" { on = 1 }' README.md |
	sed 's/^sudo //' >"$w/readme"
sed -n 's/^\.Dl # //p' enforcer/commands/bailiff.1 >"$w/page"
for part in readme page; do
	[ "$(wc -l <"$w/$part")" -ge 5 ] && ! grep -vE '^(bailiff|mkdir|install|rm) ' "$w/$part" >"$w/other"
	expect "commands of the $part" "0 " "$? $(head -n 1 "$w/other" 2>/dev/null)"
done

cat >"$w/guest.sh" <<'END'
mkdir -p /etc/ssh /usr/sbin
echo root:x: >/etc/shadow
printf "www-data:x:33:33::/:/bin/sh\nmail:x:8:8::/:/bin/sh\n" >>/etc/passwd
cp -r /lab-examples /root/examples
chown -R root:root /root && chmod -R go-w /root/examples
mkdir -p /sys/fs/cgroup/user.slice
(echo 0 >/sys/fs/cgroup/user.slice/cgroup.procs; while :; do cat /etc/shadow; sleep 0.5; done) >/dev/null 2>&1 & # so that there is something to watch
cd /root
echo 'bailiff unload --all' >/end
for part in readme page end; do
	number=0
	while read -r line; do
		number=$((number + 1))
		[ "$part" = end ] || [ "$line" != "$(cat /end)" ] || continue
		case $line in
		*'&')
			sh -c "exec ${line%&}" >/tmp/back 2>&1 </dev/null &
			i=0
			until grep -q ready /tmp/back || [ $((i += 1)) -gt 600 ]; do sleep 0.2; done
			grep -q ready /tmp/back
			;;
		*) timeout 120 sh -c "$line" >/tmp/out 2>&1 </dev/null ;;
		esac
		status=$?
		name=$part-$number-$(echo "$line" | cut -d ' ' -f 1-2 | tr ' ' -)
		if [ $status = 0 ]; then
			echo "PASS $name"
		else
			echo "FAIL $name: status $status of '$line': $(tail -n 3 /tmp/out /tmp/back 2>&1 | tr '\n' ' ')"
		fi
	done <"/$part"
	kill $(pidof bailiff) 2>/dev/null || :
done
END

for series in $(lab_kernels --one 6.12); do
	lab_run "$series" docs --add "$BAILIFF_STATIC:/bin/bailiff" --add /usr/bin/install:/bin/install --add examples:/lab-examples \
		--add "$w/readme:/readme" --add "$w/page:/page" --add "$w/guest.sh:/guest.sh" \
		--timeout 900 -- sh /guest.sh
done
