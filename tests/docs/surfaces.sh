#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What bailiff-policy(5) and the schema say of surfaces and groups is what the code's tables say.
# `sh tests/docs/surfaces.sh --write` rewrites those parts of the page: the lines between
# BEGIN NAME and END NAME.
# Run at the top of the repository.
. tests/common/lib.sh

page=enforcer/policy/bailiff-policy.5
schema=enforcer/policy/bailiff-policy.schema.json
dir=$TMPDIR/surfaces
mkdir -p "$dir"

printer() { # printer SOURCE: compiles the printer with this table
	${CC:-gcc} -D_GNU_SOURCE -Iinclude -Ienforcer/policy -o "$dir/print" \
		tests/docs/print_surfaces.c "$1" 2>"$dir/cc.err"
}

groups() {
	tail -n +2 enforcer/names/data/groups.tsv | cut -f 1 | LC_ALL=C sort -u |
		sed 's/.*/.Li &/; $!s/$/ ,/; $s/$/ ./'
}

part() { # part NAME: what the page should have there
	case $1 in
	surfaces) "$dir/print" man ;;
	user-namespaces) "$dir/print" user ;;
	groups) groups ;;
	esac
}

renewed() { # the page with every part made anew
	cp "$page" "$dir/new"
	for name in surfaces user-namespaces groups; do
		part "$name" >"$dir/part"
		awk -v name="$name" -v part="$dir/part" '
			$0 == ".\\\" END " name { skip = 0; found++ }
			!skip { print }
			$0 == ".\\\" BEGIN " name { skip = 1; found++
				while ((getline line < part) > 0) print line }
			END { exit found != 2 }' "$dir/new" >"$dir/newer" || {
			echo "no part $name in $page" >&2
			return 1
		}
		mv "$dir/newer" "$dir/new"
	done
}

if ! printer enforcer/policy/surfaces.c; then
	fail surfaces-compile "$(head -n 3 "$dir/cc.err" | tr '\n' ' ')"
	exit 0
fi
renewed || {
	fail surfaces-parts "a BEGIN or END line is missing in $page"
	exit 0
}
if [ "${1:-}" = --write ]; then
	cat "$dir/new" >"$page"
	exit 0
fi

if cmp -s "$dir/new" "$page"; then
	pass surfaces-page-is-current
else
	fail surfaces-page-is-current "$page is stale; sh tests/docs/surfaces.sh --write, then: $(
		diff "$page" "$dir/new" | grep '^[<>]' | head -n 4 | tr '\n' ' ')"
fi

expect surfaces-in-schema \
	"$("$dir/print" names | LC_ALL=C sort | tr '\n' ' ')" \
	"$(/usr/bin/python3 -c '
import json, sys
print("\n".join(json.load(open(sys.argv[1]))["definitions"]["surface"]["enum"]))' "$schema" |
		LC_ALL=C sort | tr '\n' ' ')"

# The check itself must be able to fail: with another table the page is stale.
sed 's/CALL("kexec_load")/CALL("kexec_load_renamed")/' enforcer/policy/surfaces.c >"$dir/surfaces.c"
if cmp -s "$dir/surfaces.c" enforcer/policy/surfaces.c; then
	fail surfaces-stale-page-is-found "the table has no kexec_load to change"
elif printer "$dir/surfaces.c" && renewed && ! cmp -s "$dir/new" "$page"; then
	pass surfaces-stale-page-is-found
else
	fail surfaces-stale-page-is-found "a changed table makes no difference"
fi
