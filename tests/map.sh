#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The map in enforcer/main.c shows every source file, and nothing that is not there.
. "$(dirname "$0")/common/lib.sh"

map=$(sed -n '/^ \*/p' enforcer/main.c)
missing=
for file in enforcer/*/*.c enforcer/*/*.py; do
	printf '%s\n' "$map" | grep -qw -- "$(basename "$file")" || missing="$missing $file"
done
expect "the map shows every file" "" "$missing"

gone=
for name in $(printf '%s\n' "$map" | grep -oE '[a-z_-]+\.(c|h|py)\b' | sort -u); do
	[ -n "$(find enforcer tests -name "$name")" ] || gone="$gone $name"
done
expect "the map shows only what is there" "" "$gone"
