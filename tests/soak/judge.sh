#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The judge of soaks: a sound log passes, and each thing that may go wrong in one makes it fail.
exec python3 "$(dirname "$0")/judged.py"
