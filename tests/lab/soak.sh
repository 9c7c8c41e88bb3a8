#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 2400
# The beginning of a soak (tests/soak), with its sets loaded, swapped, unloaded and loaded again under a load:
# what was produced is stored to the last one, no verdict is wrong, and nothing is left. What grows takes `make soak`.
. "$(dirname "$0")/lib.sh"

for series in $(lab_kernels --one); do
	if python3 "$lab/../soak/soak.py" 0.3 5 --counts --kernel "$series" --log "$TMPDIR/log" >"$TMPDIR/out" 2>&1; then
		pass "$series soak"
	else
		fail "$series soak" "$(tail -n 1 "$TMPDIR/out")"
		cat "$TMPDIR/out"
	fi
done
