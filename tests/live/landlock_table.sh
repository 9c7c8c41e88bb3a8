#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 120
# What a program under bailiff run may do with files, programs and the network, against what the policy
# says by itself: policies of every shape, and random ones; as root and as an ordinary user. On other
# kernels: lab/landlock.
. "$(dirname "$0")/../common/lib.sh"
judge=$BAILIFF_BUILD/lab/landlock
operate=$BAILIFF_BUILD/live/operate
[ -x "$judge" ] && [ -x "$operate" ] || skip_all "make programs has not been run"
"$BAILIFF" probe 2>/dev/null | grep -qi 'landlock' || skip_all "this kernel has no Landlock"

run() { # run WHO DIRECTORY BAILIFF ARGUMENT...
	run_who=$1
	shift
	"$@" | sed -E "s/^(PASS|FAIL|SKIP|NOTE) /&$run_who, /"
}

# The random ones are the same each time; others are asked for by BAILIFF_SEED=NUMBER.
seed=${BAILIFF_SEED:-20261122}
mkdir -p "$TMPDIR/w"
chmod 755 "$TMPDIR" 2>/dev/null
if is_root; then
	run root "$judge" "$TMPDIR/w" "$BAILIFF" "$operate" table
	run root "$judge" "$TMPDIR/w" "$BAILIFF" "$operate" random "${seed}000" 150
fi
as_user true
user=$TMPDIR/user
mkdir -p "$user"
cp "$judge" "$user/landlock"
cp "$operate" "$user/operate"
chmod 755 "$user/landlock" "$user/operate"
# shellcheck disable=SC2016
as_user sh -c 'mkdir -p "$TMPDIR/w" && exec "$0/landlock" "$TMPDIR/w" "$BAILIFF" "$0/operate" table' "$user" >"$TMPDIR/out"
run user cat "$TMPDIR/out"
# shellcheck disable=SC2016
as_user sh -c 'exec "$0/landlock" "$TMPDIR/w" "$BAILIFF" "$0/operate" compiled' "$user" >"$TMPDIR/out"
run "user, compiled" cat "$TMPDIR/out"
# shellcheck disable=SC2016
as_user sh -c 'exec "$0/landlock" "$TMPDIR/w" "$BAILIFF" "$0/operate" random "$1" 150' "$user" "${seed}500" >"$TMPDIR/out"
run user cat "$TMPDIR/out"
# shellcheck disable=SC2016
as_user sh -c 'exec "$0/landlock" "$TMPDIR/w" "$BAILIFF" "$0/operate" network "$1" 150' "$user" "${seed}000" >"$TMPDIR/out"
run user cat "$TMPDIR/out"
