#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 14400
# `bailiff run` with a fault at each of its system calls: see tests/faults/run.py. BAILIFF_FAULTS=long, of
# `make faults`, tries all.
. "$(dirname "$0")/../common/lib.sh"
here=$PWD/tests/faults
cd "$TMPDIR" || exit 1
chmod 755 . 2>/dev/null
python3 "$here/run.py" "${BAILIFF_FAULTS:-short}" "$BAILIFF_BUILD/faults" "$BAILIFF_STATIC"
