#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 1800
# The attacks of tests/attacks against the host plane on each kernel, all policies loaded at once; and under
# `bailiff run` where the kernel tells of what Landlock denies. live/attacks has `run` on this machine.
. "$(dirname "$0")/lib.sh"
w=$TMPDIR

cat >"$w/guest.sh" <<'END'
plane=$1
shift
. /words.sh
dmesg -n 1
ip link set lo up
mkdir -p /a /var/lib
# A file system with handles and layers, as machines have them.
mount -t tmpfs -o mode=755 attacks /a
cp /bin/attacks /a/attacks
if [ "$plane" = run ]; then
	/a/attacks run run /a /policies /bin/bailiff strict audited "$@"
	exit
fi
# shellcheck disable=SC2046 # paths
if ! bailiff load $(/a/attacks policies /a /policies) >/tmp/out 2>&1; then
	echo "FAIL load: $(tail -n 5 /tmp/out | tr '\n' ' ')"
	exit 1
fi
bailiff watch --json >/stream 2>/tmp/err &
has watching /tmp/err watching
/a/attacks run host /a /policies /bin/bailiff strict stream=/stream "$@"
END

# BAILIFF_ATTACKS="files_ exec_": only those whose names begin so, by hand.
read -ra names <<<"${BAILIFF_ATTACKS:-}"
add=(--add "$BAILIFF_BUILD/attacks:/bin/attacks" --add "$BAILIFF_STATIC:/bin/bailiff"
	--add tests/attacks/policies:/policies --add "$w/guest.sh:/guest.sh"
	--add /bin/cat:/bin/linked-cat)
auditor=/usr/lib/x86_64-linux-gnu/audit/sotruss-lib.so
[ -f "$auditor" ] && add+=(--add "$auditor:/lib/x86_64-linux-gnu/audit/sotruss-lib.so")
for series in $(lab_kernels --few 6.1); do
	lab_run "$series" host --timeout 800 --modules overlay,loop,vsock,tun "${add[@]}" -- sh /guest.sh host "${names[@]}" |
		sed -E 's/^([A-Z]+ [^ ]+) /\1 host /'
	[ "$series" = newest ] || continue
	lab_run "$series" run --timeout 400 --modules overlay,loop,vsock,tun --audit --append audit_backlog_limit=8192 "${add[@]}" \
		-- sh /guest.sh run "${names[@]}" | sed -E 's/^([A-Z]+ [^ ]+) /\1 run /'
done
