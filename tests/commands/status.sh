#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The same kind of mistake has the same exit status: 1 what is no policy, 4 not permitted, 5 what can't
# be had. Run at the top of the repository.
. tests/common/lib.sh

place=$TMPDIR/status
mkdir -p "$place"
printf 'version: 1\nname: t\nsyscalls: {default: allow, deny: [mkdir]}\n' >"$place/good.yaml"
printf 'version: 2\n' >"$place/bad.yaml"
mkfifo "$place/fifo.yaml"
chmod -R go-w "$place"

for command in check compile\ --stats; do
	name=${command% *}
	# shellcheck disable=SC2086
	for row in "0 ./good.yaml" "1 ./bad.yaml" "1 ./fifo.yaml" "1 ./" "1 /dev/null" \
		"5 ./missing.yaml" "5 ./missing/x.yaml" "5 ./good.yaml/x.yaml"; do
		expect_status "status-$name-${row#* }" "${row%% *}" \
			timeout 20 env -C "$place" "$BAILIFF" $command "${row#* }"
	done
	# shellcheck disable=SC2086
	expect_status "status-$name-of-no-name" 5 "$BAILIFF" $command no-such-policy
done
for row in "1 ./bad.yaml" "1 ./fifo.yaml" "1 ./" "1 /dev/null" "5 ./missing.json"; do
	expect_status "status-import-${row#* }" "${row%% *}" \
		timeout 20 env -C "$place" "$BAILIFF" import "${row#* }"
done

# Not permitted: nobody's file for a user, everybody's file for root.
cp "$place/good.yaml" "$place/shut.yaml"
if is_root; then
	chmod 666 "$place/shut.yaml"
	expect_status status-of-a-file-that-others-write 4 "$BAILIFF" check "$place/shut.yaml"
fi
chmod 000 "$place/shut.yaml"
# shellcheck disable=SC2016
expect_status status-of-an-unreadable-file 4 as_user sh -c '"$BAILIFF" check "$1"' x "$place/shut.yaml"
# shellcheck disable=SC2016
expect_status status-of-an-unwritable-output 4 as_user sh -c \
	'"$BAILIFF" compile "$1" -f asm -o /proc/version' x "$place/good.yaml"

# A misspelt name: what there is, and what was meant.
first=$(for f in policies/*.yaml; do basename "$f" .yaml; done | head -n 1)
"$BAILIFF" check "${first}x" >"$TMPDIR/out" 2>&1
for f in policies/*.yaml; do
	if grep -q "among.*$(basename "$f" .yaml)" "$TMPDIR/out"; then
		pass "misspelt-name-lists-$(basename "$f" .yaml)"
	else
		fail "misspelt-name-lists-$(basename "$f" .yaml)" "$(cat "$TMPDIR/out")"
	fi
done
if grep -q "did you mean $first?" "$TMPDIR/out"; then
	pass misspelt-name-nearest
else
	fail misspelt-name-nearest "$(cat "$TMPDIR/out")"
fi

# Who watches where nothing is loaded learns what would be seen.
if [ "$("$BAILIFF" status 2>/dev/null)" = "nothing is loaded" ]; then
	expect_status status-of-watch-for-nothing 1 timeout 20 "$BAILIFF" watch
	expect watch-for-nothing-says 1 "$(grep -c 'what `bailiff run` denies is in `bailiff report`' "$TMPDIR/err")"
else
	skip watch-for-nothing "policies are loaded here, or can't be asked for"
fi
