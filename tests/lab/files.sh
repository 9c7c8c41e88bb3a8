#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 2400
# Files and programs on the host plane: every way to do something with a file, where one access is denied
# (fileops); and other names, other trees, programs and memory (escapes).
. "$(dirname "$0")/lib.sh"

for series in $(lab_kernels 6.1); do
	lab_run "$series" fileops --timeout 400 --add "$BAILIFF_BUILD/lab/fileops:/bin/fileops" -- fileops
	lab_run "$series" escapes --timeout 400 --modules overlay --add "$BAILIFF_BUILD/lab/escapes:/bin/escapes" \
		-- escapes
done
