#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Where a filter is too large, the call that asks most of it is named.
# Run at the top of the repository.
. tests/common/lib.sh

policy=$TMPDIR/large.yaml
{
	printf 'version: 1\nname: t\narchitectures: [x86_64]\nsyscalls:\n  default: allow\n  deny:\n'
	printf '    - kill: {sig: [1, 2, 3]}\n    - ptrace\n'
	/usr/bin/python3 -c 'for i in range(3): print("    - ioctl: {cmd: %s}" % [i * 100000 + 7 * j for j in range(2000)])'
} >"$policy"
chmod go-w "$policy"
for command in "check" "compile --stats"; do
	# shellcheck disable=SC2086
	"$BAILIFF" $command "$policy" >"$TMPDIR/out" 2>"$TMPDIR/err"
	status=$?
	expect "too-large-${command%% *}" 1 "$status"
	if grep -q "4096 instructions.*ioctl on x86_64.* 3 conditions with 6000 values" "$TMPDIR/err"; then
		pass "too-large-${command%% *}-names-the-call"
	else
		fail "too-large-${command%% *}-names-the-call" "$(head -n 3 "$TMPDIR/err")"
	fi
done
