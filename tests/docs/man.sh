#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The manual pages are well-formed, say of commands and options what `bailiff help` says and nothing
# else, and their examples work: every line "$ bailiff ..." runs, in a directory with a copy of examples/.
# Run at the top of the repository.
. tests/common/lib.sh

one=enforcer/commands/bailiff.1
five=enforcer/policy/bailiff-policy.5
have mandoc || skip_all "mandoc is not installed"

for page in "$one" "$five"; do
	if mandoc -T lint -W warning "$page" >"$TMPDIR/lint" 2>&1; then
		pass "man-lint-$(basename "$page")"
	else
		fail "man-lint-$(basename "$page")" "$(head -n 3 "$TMPDIR/lint" | tr '\n' ' ')"
	fi
done

plain() { # plain PAGE: as text, without overstriking, in lines that do not wrap
	mandoc -T ascii -O width=300 "$1" | col -bx
}
plain "$one" >"$TMPDIR/one"
plain "$five" >"$TMPDIR/five"
section() { # section NAME FILE: of text; its lines without indentation
	awk -v name="$1" '/^[A-Z]/ { on = $0 == name; next } on { sub(/^ +/, ""); print }' "$2"
}

"$BAILIFF" help >"$TMPDIR/help"
commands=$(sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' "$TMPDIR/help")
usages=$(for command in $commands; do "$BAILIFF" "$command" --help | sed -n 's/^usage: //p'; done)
[ -n "$commands" ] || fail man-commands "help lists none"
expect man-synopsis "$usages" \
	"$(section SYNOPSIS "$TMPDIR/one" | grep . | grep -v -e '^bailiff help' -e '^bailiff --')"
expect man-commands "$(echo "$commands" general | tr ' ' '\n')" \
	"$(sed -n '/^\.Sh COMMANDS/,/^\.Sh REPORTS/s/^\.Ss //p' "$one" | tr 'A-Z' 'a-z')"

# An option's head is the same line in --help and in the page: "-p, --policy POLICY".
heads() { grep -oE '^ +(-[a-z], )?--[a-z-]+( [A-Z][]A-Z:[]*)?' | sed 's/^ *//' | grep -v '^--help$'; }
for command in $commands; do
	"$BAILIFF" "$command" --help | heads >"$TMPDIR/helped"
	awk -v name="$command" '/^   [a-zA-Z]/ { on = $1 == name && NF == 1; next }
		/^[A-Z]/ { on = 0 } on' "$TMPDIR/one" | heads >"$TMPDIR/written"
	expect "man-options-of-$command" "$(cat "$TMPDIR/helped")" "$(cat "$TMPDIR/written")"
done
for word in --version --help --bash-completion; do
	expect_status "man-bailiff$word" 0 "$BAILIFF" "$word"
	grep -q -- "^ *bailiff .*$word" "$TMPDIR/one" || fail "man-has-$word" "the page does not"
done

# Every status that commands.h names, and no other.
statuses() { tr -s '=,' ' ' | grep -oE '\b[0-9]+\b' | LC_ALL=C sort -un | tr '\n' ' '; }
expect man-exit-status \
	"$(sed -n 's/^\tEXIT_[A-Z_]* = \([0-9]*\),.*/\1/p' enforcer/commands/commands.h | statuses)" \
	"$(section 'EXIT STATUS' "$TMPDIR/one" | grep -oE '^[0-9]+ ' | statuses)"

# Fields of a report, as a real one has them.
place=$TMPDIR/man
rm -rf "$place"
mkdir -p "$place/bin"
cp -r examples "$place/examples"
chmod -R go-w "$place"
ln -s "$(realpath "$BAILIFF")" "$place/bin/bailiff"
fields() {
	/usr/bin/python3 -c '
import json, sys
r = json.loads(sys.stdin.readline())
print("\n".join(r))
print("\n".join(list(r["syscall"]) + list(r["process"]) + list(r["ancestors"][0])))' | LC_ALL=C sort -u
}
printf 'version: 1\nname: t\nsyscalls: {default: allow, deny: [uname]}\n' >"$place/t.yaml"
(cd "$place" && "$place/bin/bailiff" run -p t.yaml --report t.jsonl -- uname >out 2>&1)
if [ -s "$place/t.jsonl" ]; then
	fields <"$place/t.jsonl" >"$TMPDIR/fields"
	missing=$(section REPORTS "$TMPDIR/one" | tr -cs 'a-z' '\n' | LC_ALL=C sort -u |
		LC_ALL=C comm -23 "$TMPDIR/fields" - | tr '\n' ' ')
	expect man-report-fields "" "$missing"
else
	fail man-report-fields "no report: $(head -n 1 "$place/out")"
fi

# The examples.
examples() { sed -n 's/^\.Dl \$ //p' "$1"; }
for page in "$one" "$five"; do
	examples "$page" >"$TMPDIR/examples"
	number=0
	while read -r line; do
		number=$((number + 1))
		expect_status "man-example-$(basename "$page")-$number" 0 \
			env PATH="$place/bin:$PATH" sh -c 'cd "$1" && eval "$2"' example "$place" "$line"
	done <"$TMPDIR/examples"
done
[ "$(examples "$one" | wc -l)" -ge 5 ] || fail man-examples "bailiff.1 has hardly any"

# The policy at the head of bailiff-policy.5.
awk '/^\.Bd -literal/ { n++; next } /^\.Ed/ { exit } n == 1' "$five" >"$place/example.yaml"
expect_status man-policy-example 0 "$place/bin/bailiff" check "$place/example.yaml"

# The limits that the page names are those of the headers.
limits() { grep -hoE '\b[0-9][0-9,]*\b' | tr -d ,; }
section LIMITS "$TMPDIR/five" | limits >"$TMPDIR/limits"
for limit in "POLICY_MAX_INCLUDES policy" "POLICY_MAX_RULES policy" "POLICY_MAX_WILD_RULES policy" \
	"DOC_MAX_DEPTH doc" "DOC_MAX_NODES doc" "FILTER_MAX filter"; do
	name=${limit% *}
	value=$(sed -n "s/^#define $name[ 	]*\([0-9]*\)u\?\( .*\|	.*\)\?$/\1/p" "include/bailiff/${limit#* }.h")
	if [ -n "$value" ] && grep -qx "$value" "$TMPDIR/limits"; then
		pass "man-limit-$name"
	else
		fail "man-limit-$name" "'$value' of the header is not in $five"
	fi
done
