#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 1500
# The service: loads a directory and tells the manager and the watchers; a changed set is in force, a
# broken one is not; killed or ended, enforcement goes on, and the next one adopts it; it has no
# privileges where it reads what others wrote; `run` starts programs under what is loaded; and what is
# told names the rule, of filters too, and leaves out what bailiff itself does.
. "$(dirname "$0")/lib.sh"
w=$TMPDIR

cat >"$w/user.yaml" <<'END'
version: 1
name: user
scope: {users: [user]}
files:
  default: allow
  deny:
    - {paths: [/forbidden/**], why: it is forbidden}
END
cat >"$w/app.yaml" <<'END'
version: 1
name: app
scope: {launched: true}
files:
  default: allow
  deny:
    - {paths: [/secret/**], why: it is secret}
syscalls:
  default: allow
  deny:
    - {calls: [mkdir, mkdirat], why: no directories}
    - {calls: [rmdir], report: no, action: errno EACCES}
END

cat >"$w/more.sh" <<'END'
. /words.sh
line() { # line NAME FILE TEXT...: in one line, within ten seconds
	name=$1 file=$2 i=0
	shift 2
	until [ $((i += 1)) -gt 50 ]; do
		cp "$file" /tmp/lines
		for text in "$@"; do
			grep -F -- "$text" /tmp/lines >/tmp/less
			mv /tmp/less /tmp/lines
		done
		[ ! -s /tmp/lines ] || break
		sleep 0.2
	done
	[ -s /tmp/lines ]
	say "$name" $? "no line with $* in $(tail -c 1500 "$file" | tr '\n' ' ')"
}
process() { # process NAME PID 'FIELD:VALUE'...: as its status has it
	name=$1 pid=$2
	shift 2
	for field in "$@"; do
		grep -qE "^${field%%:*}:	${field#*:}\$" /proc/$pid/status
		say "$name-${field%%:*}" $? "$field, not $(grep "^${field%%:*}:" /proc/$pid/status)"
	done
}
start() { # start LOG: the service, until it is ready
	: >"$1"
	NOTIFY_SOCKET=/tmp/notify bailiff guard --report /tmp/report 2>"$1" &
	guard=$!
	i=0
	until grep -q ready "$1" || [ $((i += 1)) -gt 900 ]; do sleep 0.2; done
	front=$(pidof bailiff-front)
}
ask() { peer ask /run/bailiff/socket "$@" 2>&1; }
try() { su user -c "cat $1" >/dev/null 2>&1; }
peer listen /tmp/notify >/tmp/notified &
mkdir -p /etc/bailiff/policies /secret /forbidden /other /byhand
echo x | tee /secret/x /forbidden/x /byhand/x >/other/x
until [ -S /tmp/notify ]; do sleep 0.1; done
END

cat >"$w/guest.sh" <<'END'
. /more.sh

# Nothing can be loaded: it says so, and ends.
echo 'version: 1' >/etc/bailiff/policies/user.yaml
bailiff guard 2>/tmp/log
say wrong-from-the-start "$(($? != 1))" "$(cat /tmp/log)"
has wrong-from-the-start-why /tmp/log "/etc/bailiff/policies/user.yaml:1"
[ ! -e /sys/fs/bpf/bailiff/now ]
say wrong-from-the-start-loads-nothing $? "there is something"
bailiff run -p /app.yaml --loaded cat /other/x >/tmp/out 2>&1
say run-without-service "$(($? != 125))" "$(cat /tmp/out)"
bailiff guard --reload 2>/tmp/none
say reload-without-service "$(($? != 1))" "$(cat /tmp/none)"
has run-without-service-why /tmp/out 'is `bailiff guard` running'

cp /user.yaml /app.yaml /etc/bailiff/policies
start /tmp/log
has ready /tmp/notified "READY=1"
has status /tmp/notified "STATUS=Generation 1"
try /forbidden/x
say enforced "$(($? == 0))" "it could be read"
try /other/x
say nothing-else $? "it could not be read"
has report /tmp/report '"object":"/forbidden/x"'
has report-rule /tmp/report '"rule":"/etc/bailiff/policies/user.yaml:7"'
has report-cgroup /tmp/report '"cgroup":"/"'
has report-ancestor /tmp/report '"exe":"/init"'

# Who it is.
process front $front 'Uid:65534	65534	65534	65534' 'Gid:65534	65534	65534	65534' 'Groups: *' \
	'CapPrm:0+' 'CapEff:0+' 'CapBnd:0+' 'CapAmb:0+' 'NoNewPrivs:1' 'Seccomp:2' 'Seccomp_filters:2'
process keeper $guard 'CapInh:0+' 'CapPrm:000000c4002801e4' 'CapEff:000000c4002801e4' \
	'CapBnd:000000c4002801e4' 'CapAmb:0+' 'NoNewPrivs:1' 'Seccomp:2' 'Seccomp_filters:1'
# It gives way to those who are governed: in the scheduler's eyes, and as a session.
is front-gives-way 10 "$(cut -d' ' -f19 /proc/$front/stat)"
[ ! -e /proc/$front/autogroup ] || has front-gives-way-as-session /proc/$front/autogroup "nice 10"
# Of what is loaded it holds the ring and a program, and no map whose memory is the switch.
is_held() { ls -l /proc/$front/fd | grep -c "$1"; }
[ "$(is_held bpf-map)" = 1 ] && [ "$(is_held bpf.link)" = 0 ] && [ "$(is_held bpf-prog)" = 1 ]
say front-holds-no-switch $? "$(is_held bpf-map) maps, $(is_held bpf.link) links"
bailiff guard 2>/tmp/second
say one-service "$(($? == 0))" "there were two"
has one-service-why /tmp/second "as process $guard"

# Watchers.
bailiff watch --json >/tmp/json 2>/tmp/json.err &
has watching /tmp/json.err watching
try /forbidden/x
has watcher-hears /tmp/json '"object":"/forbidden/x"'
su user -c 'bailiff watch' >/tmp/out 2>&1
say only-root-watches "$(($? == 0))" "$(cat /tmp/out)"
ask nonsense >/tmp/out
has no-request /tmp/out "no that is no request"

# Launched: by its label alone, for no filter knows of files.
cat /secret/x >/dev/null
say not-launched $? "it is not governed"
bailiff run -p app --loaded cat /secret/x >/tmp/out 2>&1
say launched "$(($? != 1))" "$(cat /tmp/out)"
su user -c 'bailiff run -p app cat /secret/x' >/tmp/out 2>&1
say launched-by-default "$(($? != 1))" "$(cat /tmp/out)"
bailiff run -p app --report /tmp/own cat /secret/x >/tmp/out 2>&1
say launched-with-a-report "$(($? != 1))" "$(cat /tmp/out)"
bailiff run -p app sh -c 'sh -c "cat /secret/x"' >/tmp/out 2>&1
say what-it-starts "$(($? != 1))" "$(cat /tmp/out)"
chmod 600 /etc/bailiff/policies/app.yaml # its rules are known by the copy of what is loaded
bailiff run -p app sh -c 'mkdir /tmp/d' >/tmp/out 2>&1
has filter-told /tmp/out "Operation not permitted"
for file in /tmp/report /tmp/json; do
	line filter-event-${file##*/} $file '"operation":"mkdir"' '"plane":"seccomp"' '"policy":"app"' \
		'"rule":"/etc/bailiff/policies/app.yaml:11"' '"why":"no directories"' '"verdict":"denied"' '"errno":"EPERM"'
done
mkdir /tmp/d
bailiff run -p app sh -c 'rmdir /tmp/d' >/tmp/out 2>&1
has filter-quiet /tmp/out "Permission denied"
sed 's/x is/y is/; s,/secret/,/secrets/,' /app.yaml >/tmp/app.yaml
bailiff run -p /tmp/app.yaml --loaded cat /other/x >/tmp/out 2>&1
say another-text "$(($? != 125))" "$(cat /tmp/out)"
has another-text-why /tmp/out "says something else"
sed 's/name: app/name: none/' /app.yaml >/tmp/none.yaml
bailiff run -p /tmp/none.yaml --loaded cat /other/x >/tmp/out 2>&1
has another-name-why /tmp/out "no policy none is loaded"
hash=0000000000000000
ask "govern app $hash" nnp >/tmp/out
has wrong-hash /tmp/out "says something else"
ask "govern user $hash" nnp >/tmp/out
has wrong-scope /tmp/out "has no scope"
ask "govern app $hash" >/tmp/out
has without-no-new-privs /tmp/out "does not have no_new_privs"
ask "govern app $hash" nnp thread >/tmp/out
has with-threads /tmp/out "has 2 threads"
# Its number is another's by the time that the keeper comes to it.
hash=$(bailiff status --json | grep -o '"name":"app"[^}]*"hash":"[0-9a-f]*"' | sed 's/.*"\([0-9a-f]*\)"$/\1/')
ask "govern app $hash" nnp >/tmp/out
has right-hash /tmp/out "ok "
pins lock 8 &
sleep 0.2
peer ask /run/bailiff/socket "govern app $hash" nnp >/dev/null 2>&1 &
number=$!
sleep 0.2
kill -9 $number
wait $number 2>/dev/null
echo $((number - 1)) >/proc/sys/kernel/ns_last_pid
sh -c 'sleep 1; cat /secret/x' >/tmp/out 2>&1 &
[ $! = $number ]
say number-again $? "it is $!, not $number"
wait $!
say number-again-is-not-governed $? "$(cat /tmp/out)"
sysctl -qw kernel.seccomp.actions_logged="kill_process log"
bailiff run -p app cat /other/x >/tmp/out 2>&1
say not-logged "$(($? != 125))" "$(cat /tmp/out)"
sysctl -qw kernel.seccomp.actions_logged="kill_process kill_thread trap errno user_notif trace log"

# What an administrator does to what is bailiff's is told, but for what the installed bailiff does.
bailiff status >/dev/null
bailiff mode user enforce >/dev/null
cp /bin/bailiff /tmp/other
/tmp/other status >/dev/null
line self-told /tmp/report '"operation":"self"' '"verdict":"audited"' '"object":"bpf"' '"exe":"/tmp/other"'
grep '"operation":"self"' /tmp/report | grep -v '"exe":"/tmp/other","comm":"other"' >/tmp/own
say self-untold "$(wc -l </tmp/own)" "$(head -n 3 /tmp/own)"

# Governed root can't reach it; whoever is not governed can.
bailiff run -p app sh -c "kill -9 $guard" >/tmp/out 2>&1
say signal-to-keeper "$(($? == 0))" "it went through"
bailiff run -p app sh -c "kill -9 $front" >/tmp/out 2>&1
say signal-to-front "$(($? == 0))" "it went through"
kill -9 $front
has front-killed /tmp/log "killed by signal 9"
try /forbidden/x
say front-killed-enforced "$(($? == 0))" "it could be read"
sleep 2
[ "$(pidof bailiff-front)" ] && [ "$(pidof bailiff-front)" != "$front" ]
say front-again $? "there is none"
: >/tmp/report
try /forbidden/x
has front-tells /tmp/report '"object":"/forbidden/x"'

# Changes.
sed 's,/forbidden,/other,' /user.yaml >/etc/bailiff/policies/user.yaml
has changed-log /tmp/log "generation 2"
has reloading /tmp/notified "RELOADING=1,MONOTONIC_USEC="
try /other/x
say changed "$(($? == 0))" "it could be read"
try /forbidden/x
say changed-the-other $? "it could not be read"
has changed-report /tmp/report '"generation":2'
echo '  deny: []' >>/etc/bailiff/policies/user.yaml
has broken-log /tmp/log "/etc/bailiff/policies/user.yaml:8"
has broken-status /tmp/notified "has errors"
try /other/x
say broken "$(($? == 0))" "it could be read"
mkdir /more /extra
echo x >/extra/x
sed 's,^scope,include: [/more/extra.txt]\n&,' /user.yaml >/etc/bailiff/policies/user.yaml
has no-include /tmp/log "/more/extra.txt"
printf 'version: 1\nname: extra\nfiles: {default: allow, deny: [/none]}\n' >/more/extra.txt
has mended /tmp/log "generation 3"
sed s,/none,/extra/x, /more/extra.txt >/more/.new
mv /more/.new /more/extra.txt
has included /tmp/log "generation 4"
try /extra/x
say included-denies "$(($? == 0))" "it could be read"
bailiff guard --reload
say reload $? "its status"
has as-before /tmp/log "generation 4, as before"

# By hand, beside it: it tells of what others load, and leaves it there.
sed 's,/forbidden,/byhand,; s/name: user/name: hand/' /user.yaml >/tmp/hand.yaml
bailiff load /tmp/hand.yaml >/tmp/out 2>&1
say by-hand $? "$(cat /tmp/out)"
try /byhand/x
say by-hand-enforced "$(($? == 0))" "it could be read"
try /forbidden/x
say by-hand-beside "$(($? == 0))" "it could be read"
has by-hand-told /tmp/report '"rule":"/tmp/hand.yaml:7"'
rm /etc/bailiff/policies/app.yaml
has taken-out /tmp/log "generation 6"
bailiff run -p /app.yaml --loaded cat /secret/x >/tmp/out 2>&1
has taken-out-is-gone /tmp/out "no policy app is loaded"
try /byhand/x
say by-hand-stays "$(($? == 0))" "it could be read"
cp /app.yaml /etc/bailiff/policies/app.yaml
has put-back /tmp/log "generation 7"

# Ends.
bailiff run -p app sh -c 'echo >/tmp/runs; until [ -e /tmp/go ]; do sleep 0.1; done; mkdir /tmp/e' &
until [ -e /tmp/runs ]; do sleep 0.1; done
kill -9 $guard
sleep 1
try /forbidden/x
say killed-enforced "$(($? == 0))" "it could be read"
[ -z "$(pidof bailiff-front)" ]
say killed-front-too $? "it is there"
bailiff watch --json >/tmp/alone 2>/tmp/alone.err &
watch=$!
has watches-alone /tmp/alone.err watching
touch /tmp/go
line filter-event-alone /tmp/alone '"operation":"mkdir"' '"rule":"/etc/bailiff/policies/app.yaml:11"'
kill $watch
wait $watch
start /tmp/log
has adopts /tmp/log "generation 7, as before"
has adopts-missed /tmp/report '"generation":7'
bailiff run -p app --loaded cat /secret/x >/tmp/out 2>&1
say launched-again "$(($? != 1))" "$(cat /tmp/out)"
kill -TERM $guard
wait $guard
say ends $? "its status"
has stopping /tmp/notified "STOPPING=1"
[ ! -e /run/bailiff/socket ]
say no-socket $? "it is there"
try /forbidden/x
say ended-enforced "$(($? == 0))" "it could be read"
echo 'version: 1' >/etc/bailiff/policies/user.yaml
start /tmp/log
has wrong-but-loaded /tmp/log "what was loaded before is still in force"
kill -TERM $guard
END

cat >"$w/off.sh" <<'END'
. /more.sh
cp /user.yaml /etc/bailiff/policies
NOTIFY_SOCKET=/tmp/notify bailiff guard 2>/tmp/log &
has off-ready /tmp/notified "READY=1"
has off-says /tmp/log "bailiff=off"
try /forbidden/x
say off-loads-nothing $? "it could not be read"
[ ! -e /sys/fs/bpf/bailiff/now ]
say off-pins-nothing $? "there is something"
kill -TERM $!
wait $!
say off-ends $? "its status"
END

for series in $(lab_kernels --few 6.1); do
	for part in guest off; do
		more=()
		[ $part = guest ] || more=(--append bailiff=off)
		lab_run "$series" "guard-$part" --add "$BAILIFF_BUILD/lab/peer:/bin/peer" \
			--add "$BAILIFF_BUILD/lab/pins:/bin/pins" \
			--add "$BAILIFF_STATIC:/bin/bailiff" --add "$w/user.yaml:/user.yaml" \
			--add "$w/app.yaml:/app.yaml" --add "$w/more.sh:/more.sh" \
			--add "$w/$part.sh:/guest.sh" "${more[@]}" --timeout 600 -- sh /guest.sh
	done
done
