#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 300
# A short flood (`make flood` has the long one): verdicts, exact counts, memory, a program beside it.
. "$(dirname "$0")/../common/lib.sh"
python3 tests/flood/native.py "$BAILIFF_STATIC" "$BAILIFF_BUILD/live/flood" 100000
