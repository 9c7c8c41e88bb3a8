#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Texts of governed programs through every form of a report, read back by Python's json, csv and html.
. "$(dirname "$0")/../common/lib.sh"

python3 tests/report/hostile.py make "$TMPDIR/hostile.jsonl"
python3 tests/report/hostile.py check "$BAILIFF" "$TMPDIR/hostile.jsonl"
