#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 1200
# Files and programs on the host plane: every way to do something with a file, where one access is denied
# (fileops); other names, other trees, programs and memory (escapes); and whom policies govern (scopes). One
# guest a kernel: what the first loads, the others use. And what the verifier of each kernel has to do for
# every program.
. "$(dirname "$0")/lib.sh"
w=$TMPDIR

cat >"$w/guest.sh" <<'END'
status=0
fileops || status=1
rm -rf /t
escapes || status=1
# (Where `host` policies govern, as in scopes, only who has loaded may look.)
bailiff status --hooks | awk '/^program /{p = 1; next} p && NF {print "instructions", $1, $3}'
scopes || status=1
exit $status
END

# The verifier gives up after a million instructions. Other kernels need others: a quarter is what may be
# used here.
limit=250000
judge_instructions() { # judge_instructions SERIES
	awk -v series="$1" -v limit=$limit '
		$1 == "instructions" {n++; sum += $3; if ($3 > most) {most = $3; name = $2}}
		END {
			text = n " programs, " sum " instructions to check, most for " name ": " most
			print "NOTE " series ": " text
			print (n >= 60 && most > 0 && most <= limit ? "PASS " : "FAIL ") series \
				" instructions-processed: " text
		}' "$w/$1-files"
}

for series in $(lab_kernels --few 6.1); do
	lab_run "$series" files --timeout 400 --modules overlay --add "$BAILIFF_BUILD/lab/fileops:/bin/fileops" \
		--add "$BAILIFF_BUILD/lab/escapes:/bin/escapes" --add "$BAILIFF_BUILD/lab/scopes:/bin/scopes" \
		--add "$BAILIFF_STATIC:/bin/bailiff" --add "$w/guest.sh:/guest.sh" -- sh /guest.sh
	judge_instructions "$series"
done
