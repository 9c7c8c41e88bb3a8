#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 86400
# `load` and `unload` with a fault at each of their system calls: see tests/faults/guest/faults.sh. Each takes its time
# in a guest, so there are some of them here, and all with BAILIFF_FAULTS=long, as `make faults` says;
# BAILIFF_FAULTS_FIRST and BAILIFF_FAULTS_CHANGES are other numbers.
. "$(dirname "$0")/lib.sh"
f=$PWD/tests/faults
first=1 changes=12 limit=900
if [ "${BAILIFF_FAULTS:-short}" = long ]; then
	first=0 changes=0 limit=86000
fi
first=${BAILIFF_FAULTS_FIRST:-$first}
changes=${BAILIFF_FAULTS_CHANGES:-$changes}

for series in $(lab_kernels --one 6.1); do
	# How far it is, while it goes on.
	: >"$TMPDIR/$series-faults"
	tail -f "$TMPDIR/$series-faults" | grep --line-buffered '^\.\.' &
	lab_run "$series" faults --add "$BAILIFF_STATIC:/bin/bailiff" --add "$BAILIFF_BUILD/lab/pins:/bin/pins" \
		--add "$BAILIFF_BUILD/faults/inject:/bin/inject" --add "$f/guest/faults.sh:/guest.sh" --timeout "$limit" -- \
		sh /guest.sh "$first" "$changes"
	kill $(jobs -p) 2>/dev/null
done
