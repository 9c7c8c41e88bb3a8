#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 1500
# What the service tells it also keeps: as many violations of each plane as were done, in the store and in
# the report, which turns over and has them all; floods, whose every violation is kept or told to be lost;
# a disk that is full, stands still, or is another; processes of the service that are killed.
. "$(dirname "$0")/lib.sh"
w=$TMPDIR

cat >"$w/web.yaml" <<'END'
version: 1
name: web
scope: {cgroups: [/governed/**]}
files:
  default: allow
  deny:
    - {paths: [/forbidden/**], why: it is forbidden}
exec: {default: allow, deny: [/bin/noexec]}
network:
  default: allow
  deny:
    - {connect: ["127.0.0.1:7001/tcp"]}
capabilities: {default: allow, deny: [SYS_CHROOT]}
END
cat >"$w/app.yaml" <<'END'
version: 1
name: app
scope: {launched: true}
syscalls:
  default: allow
  deny:
    - {calls: [mkdir, mkdirat], why: no directories}
END

cat >"$w/words.sh" <<'END'
say() { # say NAME CONDITION-STATUS WHAT
	if [ "$2" = 0 ]; then echo "PASS $1"; else echo "FAIL $1: $3"; fi
}
is() { if [ "$2" = "$3" ]; then echo "PASS $1"; else echo "FAIL $1: wanted '$2', got '$3'${4:+; $4}"; fi; }
has() { # has NAME FILE TEXT, within twenty seconds
	i=0
	until grep -qF -- "$3" "$2" || [ $((i += 1)) -gt 100 ]; do sleep 0.2; done
	grep -qF -- "$3" "$2"
	say "$1" $? "no $3 in $(tail -c 1500 "$2" | tr '\n' ' ')"
}
start() { # start [OPTIONS]: the service, until it is ready
	: >/tmp/log
	bailiff guard --report /tmp/report "$@" 2>>/tmp/log &
	guard=$!
	i=0
	until grep -q ready /tmp/log || [ $((i += 1)) -gt 900 ]; do sleep 0.2; done
}
end() {
	kill -TERM $guard
	wait $guard
}
governed() { sh -c 'echo $$ >/sys/fs/cgroup/governed/a/cgroup.procs; exec "$@"' sh "$@"; }
lines() { cat $(ls -r /tmp/report.* 2>/dev/null) /tmp/report; }
told() { lines | violate sum 0 "\"$1\":\"$2\""; } # told KEY VALUE: by the report
told_lost() { lines | violate sum 0 '{"lost":'; }
all_told() { lines | violate sum 0 '"verdict":'; }
report() { bailiff report --json "$@" 2>/tmp/report.err; }
kept() { report --by "$1" | tr '{' '\n' | violate sum 0 "\"$1\":\"$2\""; }
summed() { report | grep -o "\"$1\":[0-9]*" | head -n 1 | cut -d: -f2; }
settle() { # until what is kept has been the same for two seconds
	last=-1
	until [ "$(summed violations)" = "$last" ]; do
		last=$(summed violations)
		sleep 2
	done
}
sound() { # sound NAME: the file is no worse for it
	bailiff store check >/tmp/out 2>&1
	say "$1" $? "$(cat /tmp/out)"
}
mkdir -p /etc/bailiff/policies /forbidden /sys/fs/cgroup/governed/a /var/lib
ip link set lo up
echo x >/forbidden/x
cp "$(readlink -f /bin/sh)" /bin/noexec
cp /web.yaml /app.yaml /etc/bailiff/policies
END

cat >"$w/short.sh" <<'END'
. /words.sh
start --rotate 64K,100
# Of the names each is a kind of its own, some 600 bytes of the report: however they come, it turns over
# after the first of them, and after the others, which come when the first are all there.
violate make 200 /forbidden >/dev/null
is names 200 "$(governed violate names 200 /forbidden)"
settle
is open 300 "$(governed violate open 300 /forbidden/x)"
is names-again 200 "$(governed violate names 200 /forbidden)"
is exec 40 "$(governed violate exec 40 /bin/noexec)"
is connect 30 "$(governed violate connect 30 7001)"
is chroot 20 "$(governed violate chroot 20)"
is mkdir 60 "$(bailiff run -p app --loaded violate mkdir 60)"
settle
is kept-files 700 "$(kept class files)"
is kept-exec 40 "$(kept class exec)"
is kept-network 30 "$(kept class network)"
is kept-capabilities 20 "$(kept class capabilities)"
is kept-syscalls 60 "$(kept class syscalls)"
is kept-plane-seccomp 60 "$(kept plane seccomp)"
for class in files exec network capabilities syscalls; do
	is told-$class "$(kept class $class)" "$(told class $class)"
done
is kept-as-told "$(all_told)" "$(summed violations)" "$(tail -n 3 /tmp/log)"
is nothing-lost 0 "$(summed lost)"
report >/tmp/out
has rule /tmp/out '"rule":"/etc/bailiff/policies/web.yaml:7"'
has why /tmp/out '"why":"it is forbidden"'
is mode 600 "$(stat -c %a /var/lib/bailiff/violations.db)"
writer=$(pidof bailiff-store)
grep -q '^CapPrm:	0*$' /proc/$writer/status && grep -q '^Seccomp_filters:	2$' /proc/$writer/status
say writer-has-nothing $? "$(cat /proc/$writer/status)"
[ -z "$(ls -l /proc/$(pidof bailiff-front)/fd | grep violations)" ]
say front-has-no-file $? "$(ls -l /proc/$(pidof bailiff-front)/fd)"

# The report has turned over more than once, and each line is whole.
[ -e /tmp/report.2 ]
say rotated $? "$(ls -l /tmp/report* | tr '\n' ' ')"
is rotated-size 0 "$(find /tmp/report.* -size +400k | wc -l)"
is rotated-whole 0 "$(lines | grep -vc '^{.*}$')"
is rotated-mode 600 "$(stat -c %a /tmp/report.1)"

# Ended, begun again: it goes on in the same store.
end
is ended-all-stored 0 "$(grep -c 'not stored' /tmp/log)"
start
governed violate open 7 /forbidden/x >/dev/null
settle
is goes-on 707 "$(kept class files)"
sound sound
end
END

cat >"$w/long.sh" <<'END'
. /words.sh
violate make 20000 /forbidden >/dev/null

# A store that was asked for and can't be had; one that nobody asked for; none.
mkdir -m 777 /open
timeout 60 bailiff guard --store /open/v.db 2>/tmp/out
[ $? != 0 ] && grep -q "users other than root" /tmp/out
say named-store-is-refused $? "$(cat /tmp/out)"
mkdir /var/lib/bailiff
chmod 777 /var/lib/bailiff
start
has default-store-is-missed /tmp/log "users other than root"
has default-store-is-missed-told /tmp/log "the store can't be written to"
is unstored 5 "$(governed violate open 5 /forbidden/x)"
chmod 700 /var/lib/bailiff
i=0
until grep -q "written to again" /tmp/log || [ $((i += 1)) -gt 100 ]; do sleep 0.5; done
settle
is stored-later 5 "$(kept class files)"
is missed-once 1 "$(grep -c "users other than root" /tmp/log)"
end
start --store none
governed violate open 5 /forbidden/x >/dev/null
sleep 2
is none-is-none 5 "$(kept class files)"
is none-has-no-writer "" "$(pidof bailiff-store)"
end

# A flood of one kind, and of many: kept or told to be lost, in the store as in the report.
rm -rf /var/lib/bailiff /tmp/report*
start
before=$(date +%s)
flood=
for i in 1 2 3 4; do
	governed violate open 25000 /forbidden/x >/tmp/done$i &
	flood="$flood $!"
done
governed violate names 20000 /forbidden >/tmp/done5
wait $flood
done=$(cat /tmp/done? | awk '{n += $1} END {print n}')
echo "# $done in $(($(date +%s) - before)) s"
settle
is flood-done 120000 "$done"
files=$(kept class files)
lost=$(summed lost)
is flood-exact "$done" $((files + lost))
is flood-as-told $(($(all_told) + $(told_lost))) $(($(summed violations) + lost))
echo "# the report: $(all_told) told, $(told_lost) lost"
[ "$files" -gt 10000 ]
say flood-kept $? "$files kept, $lost lost"
echo "# $files kept, $lost lost; $(du -k /var/lib/bailiff/violations.db | cut -f1) KiB"
sound flood-sound

end
rm -rf /var/lib/bailiff /tmp/report*
start

# Killed: what was acknowledged, that is what a report says, is there again.
for victim in bailiff-store bailiff-front keeper; do
	governed violate open 3000 /forbidden/x >/dev/null &
	violating=$!
	sleep 1.5
	before=$(summed violations)
	if [ $victim = keeper ]; then kill -9 $guard; else kill -9 $(pidof $victim); fi
	wait $violating
	if [ $victim = keeper ]; then
		sleep 3
		start
	fi
	sleep 2
	settle
	after=$(summed violations)
	[ "$after" -ge "$before" ] && [ "$before" -gt 0 ]
	say killed-$victim $? "$before before, $after after"
	sound killed-$victim-sound
	governed violate open 11 /forbidden/x >/dev/null
	settle
	[ "$(summed violations)" -ge $((after + 11)) ]
	say killed-$victim-goes-on $? "$after, then $(summed violations); $(tail -n 3 /tmp/log)"
	# The front was not killed: then it all arrives, and once.
	[ $victim != bailiff-store ] || is killed-writer-exact \
		$(($(all_told) + $(told_lost))) $(($(summed violations) + $(summed lost)))
done

# Killed with what the store does not have yet: that is lost, and counted. (Of the moment itself one may count twice.)
counted() { bailiff status --json | grep -o '"\(denied\|audited\)":[0-9]*' | awk -F: '{n += $2} END {print n}'; }
settle
stored=$(($(summed violations) + $(summed lost))) told=$(($(all_told) + $(told_lost))) done=$(counted)
kill -STOP $(pidof bailiff-store)
governed violate open 1000 /forbidden/x >/dev/null
sleep 2
governed violate open 2000 /forbidden/x >/dev/null
sleep 1
kill -9 $(pidof bailiff-front)
governed violate open 100 /forbidden/x >/dev/null
sleep 2
kill -CONT $(pidof bailiff-store)
i=0
until report | grep -q '"kind":"service-ended"' || [ $((i += 1)) -gt 100 ]; do sleep 0.2; done
settle
stored=$(($(summed violations) + $(summed lost) - stored)) told=$(($(all_told) + $(told_lost) - told))
done=$(($(counted) - done))
[ "$done" -ge 3100 ] && [ $((stored - done)) -ge 0 ] && [ $((stored - done)) -le 1 ]
say ended-store-exact $? "$stored of $done; $(tail -n 3 /tmp/log)"
[ $((told - done)) -ge 0 ] && [ $((told - done)) -le 1 ]
say ended-report-exact $? "$told of $done"
lost=$(report | sed -n 's/.*"kind":"service-ended","count":\([0-9]*\).*/\1/p')
[ "${lost:-0}" -ge 1000 ]
say ended-store-says $? "$(report | grep -o '"lost":.*' | head -c 600)"
sound ended-sound

# Another in its place: it is said, and the new one is written.
rm -rf /var/lib/bailiff/*
governed violate open 13 /forbidden/x >/dev/null
has removed-is-said /tmp/log "was removed or put elsewhere"
settle
is removed-is-new 13 "$(kept class files)"
mv /var/lib/bailiff /var/lib/away
governed violate open 17 /forbidden/x >/dev/null
sleep 5
settle
is directory-is-new 17 "$(kept class files)" "$(tail -n 5 /tmp/log)"
end
END

cat >"$w/disk.sh" <<'END'
. /words.sh
violate make 2000 /forbidden >/dev/null

# A disk that stands still: the ring is read, and it is all there when the disk is.
mkdir -m 700 /var/lib/bailiff
dd if=/dev/zero of=/tmp/disk bs=1M count=24 2>/dev/null
mke2fs -F /tmp/disk >/dev/null 2>&1
loop=$(losetup -f)
if losetup $loop /tmp/disk && mount -t ext4 $loop /var/lib/bailiff; then
	chmod 700 /var/lib/bailiff
	start
	governed violate open 10 /forbidden/x >/dev/null
	settle
	fsfreeze --freeze /var/lib/bailiff
	say frozen $? "it could not be"
	for i in 1 2 3 4 5; do
		governed violate open 4000 /forbidden/x >/dev/null
		governed violate names 500 /forbidden >/dev/null
		sleep 1
	done
	is frozen-told 22510 $(($(told class files) + $(told_lost)))
	echo "# frozen: $(told_lost) lost"
	fsfreeze --unfreeze /var/lib/bailiff
	settle
	is thawed-kept 22510 $(($(kept class files) + $(summed lost)))
	is thawed-as-told $(($(all_told) + $(told_lost))) $(($(summed violations) + $(summed lost)))
	end
	umount /var/lib/bailiff
else
	say frozen 1 "no file system on a loop: $(dmesg | tail -n 3)"
fi

# A full disk: said; what is known is counted on; and all of it is written when there is room.
rm -f /tmp/report*
mount -t tmpfs -o size=600k,mode=700 none /var/lib/bailiff
start
governed violate names 1500 /forbidden >/dev/null
has full-is-said /tmp/log "the store can't be written to (No space left on device)"
governed violate open 100 /forbidden/0 >/dev/null
sleep 2
mount -o remount,size=60m /var/lib/bailiff
has room-is-said /tmp/log "the store is written to again"
settle
is full-exact 1600 $(($(kept class files) + $(summed lost)))
is full-as-told $(($(all_told) + $(told_lost))) $(($(summed violations) + $(summed lost)))
sound full-sound
end
END

for series in $(lab_kernels --few 6.1); do
	add=(--add "$BAILIFF_BUILD/lab/violate:/bin/violate" --add "$BAILIFF_STATIC:/bin/bailiff"
		--add "$w/web.yaml:/web.yaml" --add "$w/app.yaml:/app.yaml" --add "$w/words.sh:/words.sh")
	lab_run "$series" store --mem 768 "${add[@]}" --add "$w/short.sh:/guest.sh" --timeout 600 -- sh /guest.sh
	[ "$series" = 6.12 ] || continue
	for part in long disk; do
		lab_run "$series" "store-$part" --mem 1024 --modules loop,ext4 "${add[@]}" \
			--add "$w/$part.sh:/guest.sh" --timeout 1200 -- sh /guest.sh
	done
done
