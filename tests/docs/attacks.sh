#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The README's table of attacks is the one of tests/attacks/table.h, which live/attacks and lab/attacks hold
# against what happens; and every attack has its row.
. tests/common/lib.sh

[ -x "$BAILIFF_BUILD/attacks" ] || skip_all "make programs has not been run"
expect_status "the README's table" 0 python3 tests/attacks/readme.py "$BAILIFF_BUILD/attacks" README.md check
cp README.md "$TMPDIR/README.md"
sed -i 's/stopped, reported/stopped/' "$TMPDIR/README.md"
expect_status "another table is noticed" 1 python3 tests/attacks/readme.py "$BAILIFF_BUILD/attacks" "$TMPDIR/README.md" check
for name in $(sed -n 's/^ATTACK(\([a-z0-9_]*\),.*/\1/p' tests/attacks/*.c); do
	grep -q "^ROW($name," tests/attacks/table.h || fail "row of $name" "table.h has none"
done
