#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 900
# The service's metrics, scraped from a guest: the numbers are those of what was done, and those of
# `bailiff status`; they follow another set, an end of the front, and violations that were lost; and the
# front serves them with no more privileges than before.
. "$(dirname "$0")/lib.sh"
w=$TMPDIR
library=$(ldconfig -p | sed -n 's/.*libmicrohttpd\.so\.12.* => //p' | head -n 1)
[ -n "$library" ] && have curl || skip_all "libmicrohttpd or curl is not installed"

policy() { # policy NAME MODE PATH
	printf 'version: 1\nname: %s\nmode: %s\nscope: {users: [user]}\nfiles:\n  default: allow\n' "$1" "$2"
	printf '  deny:\n    - {paths: [%s], why: it is forbidden}\n' "$3"
}
policy user enforce '/forbidden/**' >"$w/user.yaml"
policy look audit '/looked/**' >"$w/look.yaml"

cat >"$w/guest.sh" <<'END'
say() { # say NAME CONDITION-STATUS WHAT
	if [ "$2" = 0 ]; then echo "PASS $1"; else echo "FAIL $1: $3"; fi
}
scrape() { curl -s -m 20 http://127.0.0.1:9090/metrics >/tmp/metrics; }
value() { # value SERIES: of the last scrape; TEXT is the whole name with its labels
	awk -v name="$1" '!/^#/ { at = match($0, / [^ ]*$/); if (substr($0, 1, at - 1) == name) print substr($0, at + 1) }' /tmp/metrics
}
is() { # is NAME SERIES VALUE, within five seconds
	i=0
	until scrape; [ "$(value "$2")" = "$3" ] || [ $((i += 1)) -gt 20 ]; do sleep 0.25; done
	[ "$(value "$2")" = "$3" ]
	say "$1" $? "$2 is '$(value "$2")', not $3: $(grep -v '^#' /tmp/metrics | tr '\n' ' ' | head -c 1500)"
}
try() { su user -c "i=0; while [ \$i -lt $2 ]; do read x <$1; i=\$((i + 1)); done" 2>/dev/null; }
start() { # start TARGET: the service, until it is ready
	: >/tmp/log
	bailiff guard --report /tmp/report --metrics "$1" 2>/tmp/log &
	guard=$!
	i=0
	until grep -q ready /tmp/log || [ $((i += 1)) -gt 900 ]; do sleep 0.2; done
	front=$(pidof bailiff-front)
}
judged() { echo $(($(status denied) + $(status would-deny) + $(status audited))); } # what there is to tell
status() { bailiff status --json | sed "s/.*\"$1\":\([0-9]*\).*/\1/"; }
ifconfig lo up
mkdir -p /etc/bailiff/policies /forbidden /looked /var/lib
echo x | tee /forbidden/x >/looked/x
cp /user.yaml /look.yaml /etc/bailiff/policies

bailiff-static guard --metrics 127.0.0.1:9090 2>/tmp/out
[ $? != 0 ] && grep -q 'static binary, which has no --metrics' /tmp/out
say static-says-so $? "$(cat /tmp/out)"
bailiff guard --metrics 0.0.0.0:9090 2>/tmp/out
[ $? != 0 ] && grep -q 'this machine alone' /tmp/out
say not-for-the-network $? "$(cat /tmp/out)"
[ ! -e /sys/fs/bpf/bailiff/now ]
say refused-before-it-loads $? "something is loaded"

start 127.0.0.1:9090
user='{policy="user",rule="/etc/bailiff/policies/user.yaml:8"'
look='{policy="look",rule="/etc/bailiff/policies/look.yaml:8"'
try /forbidden/x 7
try /looked/x 3
is denied "bailiff_violations_total$user,class=\"files\",verdict=\"denied\",plane=\"lsm\"}" 7
is would-deny "bailiff_violations_total$look,class=\"files\",verdict=\"would-deny\",plane=\"lsm\"}" 3
is decisions "bailiff_rule_decisions_total$user}" 7
is decisions-in-audit "bailiff_rule_decisions_total$look}" 3
is kernel-denied 'bailiff_kernel_events_total{event="denied"}' "$(status denied)"
is kernel-would-deny 'bailiff_kernel_events_total{event="would-deny"}' 3
is loaded bailiff_loaded 1
is generation bailiff_generation 1
is enforcing 'bailiff_policies{mode="enforce"}' 1
is auditing 'bailiff_policies{mode="audit"}' 1
is reading bailiff_reading 1
is stored bailiff_store_unstored_violations 0
is store-is-well bailiff_store_commit_error 0
is nothing-lost 'bailiff_lost_total{kind="lsm"}' ""
is governed bailiff_governed_tasks 0
su user -c 'sleep 100' &
i=0
until pidof sleep >/dev/null || [ $((i += 1)) -gt 50 ]; do sleep 0.1; done
is governed-too bailiff_governed_tasks "$(status governed)"
[ "$(value bailiff_governed_tasks)" -ge 1 ]
say governed-some $? "$(value bailiff_governed_tasks)"
is ring bailiff_ring_size_bytes "$(status ring_bytes)"
is ring-is-read bailiff_ring_used_bytes 0
off=$(($(value bailiff_kernel_memory_bytes) - $(status kernel_bytes))) # a task more or less has a label
[ ${off#-} -lt 65536 ]
say memory $? "$(value bailiff_kernel_memory_bytes)"
is published bailiff_published_timestamp_seconds "$(status loaded_at)"
curl -s -i -d x=1 http://127.0.0.1:9090/metrics | grep -q '^HTTP/1.1 405'
say post-is-refused $? "it is not"

# What it does not take away from the front's being nobody.
grep -q '^CapEff:	0*$' /proc/$front/status && grep -q '^Seccomp_filters:	2' /proc/$front/status
say front-is-nobody $? "$(grep -E '^(Cap|Sec)' /proc/$front/status | tr '\n' ' ')"

# Another set.
sed 's,/forbidden,/looked,' /user.yaml >/etc/bailiff/policies/user.yaml
is another-generation bailiff_generation 2
is its-rules-begin-again "bailiff_rule_decisions_total$user}" ""
is told-stays "bailiff_violations_total$user,class=\"files\",verdict=\"denied\",plane=\"lsm\"}" 7
try /looked/x 2
is its-rules "bailiff_rule_decisions_total$user}" 2
is told-goes-on "bailiff_violations_total$user,class=\"files\",verdict=\"denied\",plane=\"lsm\"}" 9

# Another front, at the same socket: it counts from nothing, the kernel goes on; and what was more than the
# ring holds is told as lost, so that the sum is what the kernel has counted: each is denied by one policy,
# would be by the other, and signals to the front are told too.
before=$(status denied)
judged=$(judged)
kill -STOP $front
su user -c 'i=0; while [ $i -lt 30000 ]; do read x <$0; i=$((i + 1)); done' /looked/x 2>/dev/null
kill -9 $front
i=0
until [ "$(pidof bailiff-front)" ] && scrape && [ "$(value bailiff_loaded)" ] || [ $((i += 1)) -gt 60 ]; do sleep 0.5; done
is the-kernel-goes-on 'bailiff_kernel_events_total{event="denied"}' $((before + 30000))
judged=$(($(judged) - judged))
i=0
while
	scrape
	told=$(awk '/^bailiff_violations_total/ { n += $NF } END { print n + 0 }' /tmp/metrics)
	lost=$(awk '/^bailiff_lost_total/ { n += $NF } END { print n + 0 }' /tmp/metrics)
	[ $((told + lost)) -lt $judged ] && [ $((i += 1)) -lt 100 ]
do sleep 0.3; done
[ $((told + lost)) = $judged ] && [ $judged -ge 60000 ] && [ "$lost" -gt 0 ]
say told-and-lost $? "$told told, $lost lost, of $judged"
is lost-by-kind 'bailiff_lost_total{kind="lsm"}' "$lost"
echo "  $told told, $lost lost"

# Nothing is loaded any more.
bailiff unload --all
is unloaded bailiff_loaded 0
kill -TERM $guard
wait $guard
say ends $? "its status"

start unix:/run/bailiff/metrics
[ "$(stat -c '%a %U %F' /run/bailiff/metrics)" = "660 root socket" ]
say socket $? "$(stat -c '%a %U %F' /run/bailiff/metrics)"
curl -s -m 20 --unix-socket /run/bailiff/metrics http://bailiff/metrics >/tmp/metrics
[ "$(value bailiff_loaded)" = 1 ]
say by-socket $? "$(head -c 500 /tmp/metrics)"
kill -TERM $guard
wait $guard
[ ! -e /run/bailiff/metrics ]
say socket-goes $? "it is there"
END

for series in $(lab_kernels --one 6.12); do
	lab_run "$series" metrics --add "$BAILIFF:/bin/bailiff" --add "$BAILIFF_STATIC:/bin/bailiff-static" \
		--add "$(command -v curl):/bin/curl" --add "$library:/usr/lib/x86_64-linux-gnu/libmicrohttpd.so.12" \
		--add "$w/user.yaml:/user.yaml" --add "$w/look.yaml:/look.yaml" \
		--add "$w/guest.sh:/guest.sh" --timeout 600 -- sh /guest.sh
done
