#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 120
# The script that changes the sources: changes that the tests surely notice are noticed, one that does nothing is
# not counted, one that nothing can notice lives. `make mutation` is the long form.
. "$(dirname "$0")/../common/lib.sh"

have gcc || skip_all "gcc is not installed"
have strip || skip_all "binutils are not installed"
[ -d "$BAILIFF_BUILD/obj/tests" ] || skip_all "the unit programs have not been built"

try() { # try FILE: the changes of tests/mutation/FILE
	B=$BAILIFF_BUILD python3 tests/mutation/mutation.py --chosen "tests/mutation/$1" \
		--units seeded,policy,landlock --place "$TMPDIR/place" >"$TMPDIR/$1.log" 2>&1 || echo "status $?"
	tail -1 "$TMPDIR/$1.log"
}

expect "five faults are noticed" "5 of 5 noticed: 100.0 % (and 0 equivalent)" "$(try noticed.txt)"
sources=$(git status --porcelain enforcer bpf 2>/dev/null)
expect "what lives and is known is no failure" "0 of 0 noticed: 100.0 % (and 1 equivalent)" "$(try lives.txt)"
expect "what has no effect is not counted" 1 \
	"$(grep -c '^not counted: 1 refused by the compiler, 1 without effect' "$TMPDIR/lives.txt.log")"
expect "the sources stay as they are" "$sources" "$(git status --porcelain enforcer bpf 2>/dev/null)"
expect "known.txt speaks of what is there" "" "$(grep '^known.txt' "$TMPDIR/noticed.txt.log")"
