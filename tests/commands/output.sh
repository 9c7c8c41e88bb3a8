#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What can't be written to standard output is an error; -o - is standard output; usage errors name the
# option. Run at the top of the repository.
. tests/common/lib.sh

place=$TMPDIR/output
mkdir -p "$place/empty"
policy=$place/t.yaml
printf 'version: 1\nname: t\nsyscalls: {default: allow, deny: [mkdir]}\n' >"$policy"
chmod -R go-w "$place"
"$BAILIFF" compile "$policy" -f oci -o "$place/t.json" 2>/dev/null

# Each line of output that there is, onto a full device and where there is no standard output at all.
while read -r words; do
	for sink in '/dev/full' '&-'; do
		# shellcheck disable=SC2016
		expect_status "output-$(echo "$words" | sed 's/ [^ ]*\/[^ ]*//g; s/ /-/g')->$sink" 5 \
			sh -c "\"\$BAILIFF\" $words >$sink"
		grep -q "write standard output: " "$TMPDIR/err" ||
			fail "output-says-$words>$sink" "$(cat "$TMPDIR/err")"
	done
done <<END
--version
--help
help
help run
run --help
check -h
--bash-completion
check $policy
explain $policy mkdir
compile --stats $policy
compile -f asm $policy
compile -f asm -o - $policy
import $place/t.json
END
expect_status output-none-needed 0 sh -c '"$BAILIFF" run -p "$1" --report none -- true >&-' x "$policy"

# -o - is no file's name.
for format in bpf asm oci; do
	expect_status "output-dash-$format" 0 env -C "$place/empty" "$BAILIFF" compile -f "$format" -o - "$policy"
	cp "$TMPDIR/out" "$place/dash"
	"$BAILIFF" compile -f "$format" "$policy" >"$place/plain" 2>/dev/null
	cmp -s "$place/dash" "$place/plain" && [ -s "$place/dash" ] ||
		fail "output-dash-$format-is-the-same" "it differs from what no -o prints"
done
expect_status output-dash-bailiff 1 env -C "$place/empty" "$BAILIFF" compile -o - "$policy"
grep -q "not for the screen" "$TMPDIR/err" || fail output-dash-bailiff-says "$(cat "$TMPDIR/err")"
expect output-dash-makes-no-file "" "$(ls "$place/empty")"

# A hint that is wrong is worse than none.
mkdir "$place/directory"
for target in "$place/directory" /dev/full; do
	status=0
	"$BAILIFF" compile "$policy" -o "$target" >/dev/null 2>"$TMPDIR/err" || status=$?
	expect "output-fails-$(basename "$target")" 5 "$status"
	grep -q "disk full" "$TMPDIR/err" && fail "output-hint-$(basename "$target")" "$(cat "$TMPDIR/err")"
done

# (By a pipe, for the limit holds for a file of messages, too.)
# shellcheck disable=SC2016
expect output-fails-too-large "bailiff: error: write $place/empty/t.bailiff: File too large 5" "$(sh -c '
	trap "" XFSZ
	ulimit -f 0
	"$BAILIFF" compile "$1" -o "$2" 2>&1
	echo $?' x "$policy" "$place/empty/t.bailiff" | tr '\n' ' ' | sed 's/ $//')"
expect output-leaves-no-part "" "$(ls "$place/empty")"

usage() { # usage NAME TEXT WORD...
	name=$1 text=$2
	shift 2
	expect_status "usage-$name" 2 "$BAILIFF" "$@"
	grep -qF -- "error: $text" "$TMPDIR/err" || fail "usage-$name-says" "no '$text' in: $(cat "$TMPDIR/err")"
}
usage letter-twice "-p is given twice" run -p a -p b true
usage long-twice "--policy is given twice" run --policy a --policy=b true
usage flag-twice "-a is given twice" run -aa -p b true
usage unknown "--nothing is no option" check --nothing "$policy"
usage unknown-letter "-z is no option" run -az -p b true
usage no-argument "-o wants an argument" compile "$policy" -o
usage argument-of-a-flag "--stats takes no argument" compile --stats=3 "$policy"

# A filter for others says what of the policy is not in it.
printf 'version: 1\nname: t\nsyscalls: {default: allow, deny: [mkdir]}\nnetwork: {default: deny}\n' >"$place/net.yaml"
chmod go-w "$place/net.yaml"
expect_status output-filter-in-part 0 "$BAILIFF" compile -f bpf -o "$place/t.bpf" "$place/net.yaml"
if grep -qF "net.yaml: warning: network: a filter alone holds at most a part of it" "$TMPDIR/err"; then
	pass output-filter-in-part-says
else
	fail output-filter-in-part-says "$(cat "$TMPDIR/err")"
fi
expect_status output-filter-whole 0 "$BAILIFF" compile -f bpf -o "$place/t.bpf" "$policy"
if [ -s "$TMPDIR/err" ]; then fail output-filter-whole-says "$(cat "$TMPDIR/err")"; fi
