#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The service's processes for the store, where nothing is loaded: what the writer has in its hands, and
# that there is none where nothing is to be stored.
. "$(dirname "$0")/../common/lib.sh"

is_root || skip_all "the service is root's"
unshare -m true 2>/dev/null || skip_all "no mount namespaces here"

# Its own /run, /var/lib and pins.
cat >"$TMPDIR/serve.sh" <<'END2'
for directory in /run /var/lib /sys/fs/bpf; do mount -t tmpfs none $directory || exit 9; done
mkdir /run/none
exec <&- >&-
"$BAILIFF" guard --report none --metrics unix:/run/metrics /run/none 2>"$TMPDIR/log" &
guard=$!
i=0
until grep -q ready "$TMPDIR/log" || [ $((i += 1)) -gt 200 ]; do sleep 0.05; done
writer_of() {
	for process in $(cat /proc/$guard/task/$guard/children); do
		[ "$(cat /proc/$process/comm)" = bailiff-store ] && echo $process
	done
}
i=0
until [ -e /var/lib/bailiff/violations.db-shm ] || [ $((i += 1)) -gt 40 ]; do sleep 0.05; done
writer_of >"$TMPDIR/writer"
[ ! -s "$TMPDIR/writer" ] || ls -l /proc/$(cat "$TMPDIR/writer")/fd >"$TMPDIR/descriptors"
kill $guard
wait $guard
END2
serve() { rm -f "$TMPDIR/descriptors" && env "$@" TMPDIR="$TMPDIR" BAILIFF="$BAILIFF" unshare -m sh "$TMPDIR/serve.sh"; }

expect_status serve 0 serve -u BAILIFF_STORE
expect writer-has-the-store 1 "$(grep -c 'violations.db$' "$TMPDIR/descriptors")"
# The front's alone: not the one where metrics are asked for.
expect writer-has-one-socket 1 "$(grep -c 'socket:' "$TMPDIR/descriptors")"
expect_status serve-none 0 serve BAILIFF_STORE=none
expect none-has-no-writer "" "$(cat "$TMPDIR/writer")"
expect none-is-no-mistake 0 "$(grep -c 'BAILIFF_STORE\|written' "$TMPDIR/log")"
# What it says of itself: its own policies are right, and nothing more is in them than decides.
expect no-warning 0 "$(grep -c 'warning' "$TMPDIR/log")"
