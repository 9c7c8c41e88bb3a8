#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The words of lab tests. Source it first: . "$(dirname "$0")/lib.sh". It brings tests/common/lib.sh.
#
#   for series in $(lab_kernels 6.1); do
#       lab_run "$series" hooks --add "$BAILIFF_BUILD/lab/hooks:/bin/hooks" -- hooks
#   done
. "$(dirname "${BASH_SOURCE[0]}")/../common/lib.sh"
lab=$(dirname "${BASH_SOURCE[0]}")

# lab_kernels [--few | --one] [FLOOR]: prints the series there are, from FLOOR on; --few leaves out those between
# the mandatory ones and the newest, --one all but FLOOR (6.1 checks the programs in half the time of the others),
# for what takes long and is the same there. One that can't be had is a result of its own on standard error, where
# the runner sees it: SKIP, or FAIL where it must be there.
# BAILIFF_LAB_KERNELS="6.12 newest" looks at no others, by hand.
lab_kernels() {
	local few= floor name word series rest rows wanted=()
	case ${1:-} in
	--few | --one)
		few=$1
		shift
		;;
	esac
	floor=${1:-0}
	name=$(basename "$0" .sh)
	read -ra wanted <<<"${BAILIFF_LAB_KERNELS:-}"
	case ${#wanted[@]}$few in
	0--few) wanted=(5.10 6.1 6.12 newest) ;;
	0--one) wanted=("$floor") ;;
	esac
	rows=$(python3 "$lab/kernels.py" "${wanted[@]}" 2>&1) || [ $? = 1 ] || rows="lost all $rows"
	while read -r word series rest; do
		[ "$(printf '%s\n' "$floor" "$series" | sort -V | head -n 1)" = "$floor" ] || continue
		case $word in
		have) echo "$series" ;;
		none) skip "$series $name" "$rest" >&2 ;;
		*) fail "$series $name" "this kernel must be there: $rest" >&2 ;;
		esac
	done <<<"$rows"
}

# lab_run SERIES NAME [options of boot.py] -- COMMAND...: the results that the guest prints, with the
# series before their names; and FAIL for a guest that does not boot, prints no result, or whose
# command fails without saying what. The guest has /words.sh (guest/words.sh). Its whole output is left in $TMPDIR/SERIES-NAME.
lab_run() {
	local series=$1 name=$2 status=0 out
	out=$TMPDIR/$series-${name//\//-}
	shift 2
	python3 "$lab/boot.py" "$series" --add "$lab/guest/words.sh:/words.sh" "$@" >"$out" 2>"$out.err" || status=$?
	sed -E "s/^(PASS|FAIL|SKIP) /\\1 $series /" "$out"
	cat "$out.err" >&2
	if [ "$status" = 99 ]; then
		fail "$series $name" "$(head -n 1 "$out.err")"
	elif [ "$status" != 0 ] && ! grep -q '^FAIL ' "$out"; then
		fail "$series $name" "the command's status is $status"
	elif ! grep -qE '^(PASS|FAIL|SKIP) ' "$out"; then
		fail "$series $name" "no result was printed"
	fi
}
