#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Rooms include downwards only, a library is included by one room only, only commands print, only
# main exits; functions, files and the top level keep their measure. See tests/common/layers.py.
exec python3 "$(dirname "$0")/common/layers.py" "$(dirname "$0")/.."
