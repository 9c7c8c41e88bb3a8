#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What live/landlock_table and live/landlock_attacks try, on each ABI of Landlock that a kernel of the lab has,
# and on one without any.
# timeout: 900
. "$(dirname "$0")/lib.sh"
w=$TMPDIR

cat >"$w/guest.sh" <<'END'
status=0
ip link set lo up
mkdir -p /w
landlock /w /bin/bailiff /bin/operate table || status=1
landlock /w /bin/bailiff /bin/operate random "$SEED" 10 || status=1
landlock /w /bin/bailiff /bin/operate network "$SEED" 12 || status=1
mkdir -p /a
cp /bin/trespass /a/trespass
sh /attacks.sh within /a /bin/bailiff "attacks, " || status=1
exit $status
END

for series in $(lab_kernels 5.10); do
	lab_run "$series" landlock --timeout 280 --env "SEED=${BAILIFF_SEED:-20261122}000" \
		--add "$BAILIFF_BUILD/lab/landlock:/bin/landlock" \
		--add "$BAILIFF_BUILD/live/operate:/bin/operate" \
		--add "$BAILIFF_BUILD/live/trespass:/bin/trespass" \
		--add "$lab/../live/landlock_attacks.sh:/attacks.sh" \
		--add "$BAILIFF_STATIC:/bin/bailiff" --add "$w/guest.sh:/guest.sh" -- sh /guest.sh
done
