#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every shipped policy: its head, `check` without a warning, its filter proved and small, and the same
# inside the program as in its file.
. "$(dirname "$0")/common/lib.sh"

# The most instructions that each may come to; a new policy needs a line.
most='container-default 84
nginx 200
postgresql 210
python 180
redis 200
strict 130'

expect "the shipped policies" "$(echo "$most" | cut -d ' ' -f 1)" \
	"$(for file in policies/*.yaml; do basename "$file" .yaml; done)"

for file in policies/*.yaml; do
	name=$(basename "$file" .yaml)
	expect "$name: licence" "# SPDX-License-Identifier: Apache-2.0" "$(head -n 1 "$file")"
	for word in "tried" "leaves open:"; do
		if sed '/^[^#]/,$d' "$file" | tr '\n' ' ' | grep -qi "$word"; then
			pass "$name: the head says '$word'"
		else
			fail "$name: the head says '$word'" "it does not"
		fi
	done
	expect "$name: its own name" "$name" "$(sed -n 's/^name: //p' "$file")"
	expect_status "$name: check" 0 "$BAILIFF" check "$file"
	expect "$name: no warning" "" "$(cat "$TMPDIR/out" "$TMPDIR/err" | grep -E 'warning:|error:')"
	expect_status "$name: check by name" 0 "$BAILIFF" check "$name"
	expect_status "$name: held by run on Linux 6.1" 0 "$BAILIFF" check --plane run --abi 2 "$file"
	expect_status "$name: compile" 0 "$BAILIFF" compile "$file" -f bpf -o "$TMPDIR/file.bpf"
	expect_status "$name: compile by name" 0 "$BAILIFF" compile "$name" -f bpf -o "$TMPDIR/name.bpf"
	if cmp -s "$TMPDIR/file.bpf" "$TMPDIR/name.bpf"; then
		pass "$name: the same inside the program"
	else
		fail "$name: the same inside the program" "another filter"
	fi
	size=$(($(wc -c <"$TMPDIR/file.bpf") / 8))
	limit=$(echo "$most" | sed -n "s/^$name //p")
	if [ "$size" -gt 0 ] && [ "$size" -le "${limit:-0}" ]; then
		pass "$name: $size instructions"
	else
		fail "$name: size" "$size instructions, not 1 to ${limit:-0}"
	fi
	for call in 'clone(CLONE_NEWUSER, 0, 0, 0, 0)' 'socket(AF_VSOCK, SOCK_STREAM, 0)' 'io_uring_setup(1, 0)' \
		'bpf(0, 0, 0)' 'mount(0, 0, 0, 0, 0)' 'clone3(0, 0)'; do
		"$BAILIFF" explain "$file" "$call" >"$TMPDIR/out" 2>&1
		if head -n 1 "$TMPDIR/out" | grep -q 'denied with'; then
			pass "$name: ${call%%(*} is denied"
		else
			fail "$name: ${call%%(*} is denied" "$(head -n 1 "$TMPDIR/out")"
		fi
	done
done

# Policies of hosts, to be loaded: tests/lab/docs.sh and unit.sh do it.
for file in examples/host/*.yaml; do
	name=host/$(basename "$file" .yaml)
	expect "$name: licence" "# SPDX-License-Identifier: Apache-2.0" "$(head -n 1 "$file")"
	expect "$name: its own name" "${name#host/}" "$(sed -n 's/^name: //p' "$file")"
	expect "$name: a scope" 1 "$(grep -c '^scope: {' "$file")"
	expect_status "$name: check" 0 "$BAILIFF" check "$file"
	expect "$name: no warning" "" "$(cat "$TMPDIR/out" "$TMPDIR/err" | grep -E 'warning:|error:')"
done
