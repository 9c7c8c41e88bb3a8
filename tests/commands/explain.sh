#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `explain` takes a number as a filter sees it, and refuses what is no call.
# Run at the top of the repository.
. tests/common/lib.sh

place=$TMPDIR/explain
mkdir -p "$place"
printf 'version: 1\nname: t\narchitectures: [%s]\nsyscalls: {default: allow, deny: [{calls: [mkdir], action: kill}]}\n' \
	x86_64 >"$place/one.yaml"
sed 's/\[x86_64\]/[x86_64, x32, i386]/' "$place/one.yaml" >"$place/all.yaml"
chmod -R go-w "$place"

says() { # says NAME FILE TEXT CALL [OPTION...]
	name=$1 file=$2 text=$3 call=$4
	shift 4
	expect "$name" "$text" "$("$BAILIFF" explain "$@" "$place/$file" "$call" 2>&1 | head -n 1)"
}
refuses() { # refuses NAME TEXT CALL
	expect_status "$1" 1 "$BAILIFF" explain "$place/one.yaml" "$3"
	grep -q -- "$2" "$TMPDIR/err" || fail "$1-says" "no '$2' in: $(head -n 1 "$TMPDIR/err")"
}

if [ "$(uname -m)" = x86_64 ]; then
	says explain-number one.yaml "mkdir(pathname=any, mode=any) on x86_64: kills the process" 83
	says explain-x32-number all.yaml "mkdir(pathname=any, mode=any) on x32: kills the process" 0x40000053
	says explain-x32-number-where-shut one.yaml \
		"mkdir(pathname=any, mode=any) on x32: denied with ENOSYS, and reported" 0x40000053
	says explain-x32-number-without-bit all.yaml \
		"mkdir(pathname=any, mode=any) on x86_64: kills the process" 83 --arch x32
	says explain-number-below-zero all.yaml \
		"call 4294967295, which bailiff does not know () on x86_64: allowed" 4294967295
	says explain-i386-number all.yaml "mkdir(pathname=any, mode=any) on i386: kills the process" 39 -a i386
else
	skip explain-numbers "not on x86_64"
fi
refuses explain-number-too-great "from 0 to 4294967295" 4294967296
refuses explain-number-far-too-great "from 0 to 4294967295" 99999999999999999999
refuses explain-number-and-letters "from 0 to 4294967295" 12x
refuses explain-argument-twice "mode is given twice" "mkdir(mode=1, mode=2)"
refuses explain-argument-by-place-and-name "pathname is given twice" "mkdir(NULL, pathname=NULL)"
