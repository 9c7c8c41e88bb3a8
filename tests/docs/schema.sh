#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The JSON Schema of policies and `bailiff check` agree on every policy below tests/docs/schema:
#   good/         both accept it
#   bad/          both refuse it
#   parser-only/  check refuses what the schema can't know; the first line says what that is
# Run at the top of the repository.
. tests/common/lib.sh

schema=enforcer/policy/bailiff-policy.schema.json
python=/usr/bin/python3
"$python" -c 'import yaml, jsonschema' 2>"$TMPDIR/why" ||
	skip_all "python3-yaml or python3-jsonschema is missing: $(tail -n 1 "$TMPDIR/why")"

# Copies: root reads policies only from root's own files, and a checkout may be a user's.
policies=$TMPDIR/schema
rm -rf "$policies"
cp -r tests/docs/schema "$policies"
chmod -R go-w "$policies"

"$python" tests/docs/schema.py "$schema" "$policies"/*/*.yaml >"$TMPDIR/verdicts" || {
	fail schema-is-valid "see above"
	exit 0
}
pass schema-is-valid

agree() { # agree FOLDER SCHEMA-SAYS CHECK-STATUS
	count=0
	for file in "$policies/$1"/*.yaml; do
		count=$((count + 1))
		name=schema-$1-$(basename "$file" .yaml)
		says=$(grep -F "$file " "$TMPDIR/verdicts" | cut -c $((${#file} + 2))-)
		status=0
		"$BAILIFF" check "$file" >"$TMPDIR/out" 2>"$TMPDIR/err" || status=$?
		case $says in
		$2 | "$2: "*) ;;
		*)
			fail "$name" "the schema says $says"
			continue
			;;
		esac
		if [ "$status" = "$3" ]; then
			pass "$name"
		else
			fail "$name" "check ends with $status, not $3: $(grep -m 1 error: "$TMPDIR/err")"
		fi
	done
	[ "$count" -ge 15 ] || fail "schema-$1" "only $count policies"
}
agree good good 0
agree bad bad 1
agree parser-only good 1

# What the schema lists, the parser knows.
listed() { # the words of a definition, separated by commas
	"$python" tests/docs/schema.py "$schema" --enum "$1" | tr '\n' ',' | sed 's/,$//'
}
printf 'version: 1\nname: t\ncapabilities: {default: deny, allow: [%s]}\n' "$(listed capability)" \
	>"$TMPDIR/caps.yaml"
expect_status schema-capabilities-are-known 0 "$BAILIFF" check "$TMPDIR/caps.yaml"
expect schema-capabilities-are-all "$(sed -n 's/^#define NAMES_CAP_COUNT //p' include/bailiff/names.h)" \
	"$(listed capability | tr ',' '\n' | grep -vc ^CAP_)"
printf 'version: 1\nname: t\nfiles: {default: allow, deny: [{paths: [/x], access: [%s]}]}\n' \
	"$(listed access)" >"$TMPDIR/access.yaml"
expect_status schema-accesses-are-known 0 "$BAILIFF" check "$TMPDIR/access.yaml"

# And the test can fail: a schema that takes any document disagrees with every bad policy.
echo '{"definitions": {}}' >"$TMPDIR/any.json"
if "$python" tests/docs/schema.py "$TMPDIR/any.json" "$policies"/bad/*.yaml | grep -q ' bad: '; then
	fail schema-can-fail "a schema that takes everything refuses a policy"
else
	pass schema-can-fail
fi
