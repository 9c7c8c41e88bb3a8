#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 600
# Violations come out of the ring: who, what, by which rule, through changes of generation; one reader;
# clean ends; storms, whose every record is told or told to be lost.
. "$(dirname "$0")/lib.sh"
w=$TMPDIR

cat >"$w/a.yaml" <<'END'
version: 1
name: web
scope: {cgroups: [/governed/**]}
files:
  default: allow
  deny:
    - {paths: [/forbidden/**], why: it is forbidden}
  audit:
    - {paths: [/watched/**], access: [read]}
END
sed 's,^  deny:,  # one line more\n&,' "$w/a.yaml" >"$w/b.yaml"

cat >"$w/guest.sh" <<'END'
series=$1
. /words.sh
ready() { # ready FILE: waits until watch says that it watches
	i=0
	until grep -q watching "$1" || [ $((i += 1)) -gt 100 ]; do sleep 0.1; done
}
governed() { sh -c 'echo $$ >/sys/fs/cgroup/governed/a/cgroup.procs; exec "$@"' sh "$@"; }

mkdir -p /forbidden /watched /sys/fs/cgroup/governed/a
echo secret >/forbidden/x
echo x >/watched/y
bailiff watch 2>/tmp/err
say nothing-loaded "$(($? != 1))" "its status"
has nothing-loaded-why /tmp/err "nothing is loaded"

swap 1 /a.yaml /b.yaml || exit 1
bailiff watch --json >/tmp/json 2>/tmp/json.err &
watch=$!
ready /tmp/json.err
governed cat /forbidden/x >/dev/null 2>&1
governed cat /watched/y >/dev/null
sleep 1
grep '"operation":"read"' /tmp/json | grep -F '"object":"/forbidden/x"' >/tmp/line
for part in '"policy":"web"' '"rule":"/a.yaml:7"' '"why":"it is forbidden"' '"class":"files"' \
	'"verdict":"denied"' '"errno":"EPERM"' '"plane":"lsm"' '"syscall":null' '"uid":0,"user":"root"' \
	'"cgroup":"/governed/a"' '"generation":1' '"count":1' '"comm":"cat"' '"ancestors":[{"pid":' \
	'"exe":"/usr/bin/busybox"'; do
	has "record-$(echo "$part" | tr -dc 'a-z0-9')" /tmp/line "$part"
done
has audited /tmp/json '"verdict":"audited"'
has audited-rule /tmp/json '"rule":"/a.yaml:9"'

bailiff watch 2>/tmp/second
say one-reader "$(($? == 0))" "there were two"
has one-reader-why /tmp/second "$watch reads"

swap 1 /b.yaml /a.yaml || exit 1
governed cat /forbidden/x >/dev/null 2>&1
sleep 1
has next-generation /tmp/json '"rule":"/b.yaml:8"'

kill -TERM "$watch"
wait "$watch"
say ends-cleanly $? "its status"

# What happens while nobody looks waits in the ring.
governed cat /forbidden/x >/dev/null 2>&1
bailiff watch --count 1 >/tmp/text 2>/dev/null
say count $? "its status"
has waited /tmp/text "bailiff: denied read /forbidden/x = EPERM by /b.yaml:8 (it is forbidden) in"
governed cat /forbidden/x >/dev/null 2>&1
bailiff watch --policy nobody >/tmp/none 2>/dev/null &
watch=$!
sleep 1
kill -INT "$watch"
wait "$watch"
say other-policy "$(wc -l </tmp/none)" "$(cat /tmp/none)"

# A storm: as much as is counted in the kernel comes out, or is told to be lost.
governed sh -c 'i=0; while [ $i -lt 20000 ]; do read x </forbidden/x; i=$((i + 1)); done' 2>/dev/null
bailiff watch --json >/tmp/storm 2>/tmp/storm.err &
watch=$!
ready /tmp/storm.err
sleep 3
kill "$watch"
wait "$watch"
told=$(grep -c '"operation":' /tmp/storm)
lost=$(sed -n 's/^{"lost":{"kind":"lsm","count":\([0-9]*\)}}$/\1/p' /tmp/storm)
# (What bailiff itself does to what is loaded is told too.)
[ $((told + lost)) -ge 20000 ] && [ $((told + lost)) -lt 20050 ] && [ "$lost" -gt 0 ]
say storm $? "$told told, $lost lost"
bailiff watch --json >/tmp/again 2>/tmp/again.err &
watch=$!
ready /tmp/again.err
sleep 0.5
kill "$watch"
wait "$watch"
say loss-is-told-once "$(grep -vc '"operation":"self"' /tmp/again)" "$(cat /tmp/again)"
END

for series in $(lab_kernels --few 6.1); do
	lab_run "$series" watch --add "$BAILIFF_BUILD/lab/swap:/bin/swap" \
		--add "$BAILIFF_STATIC:/bin/bailiff" --add "$w/a.yaml:/a.yaml" --add "$w/b.yaml:/b.yaml" \
		--add "$w/guest.sh:/guest.sh" --timeout 500 -- sh /guest.sh "$series" &
done
wait
