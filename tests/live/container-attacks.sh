#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 600
# The attacks of tests/attacks under `bailiff run` in a container that crun starts, by its root. live/attacks has
# them outside.
. "$(dirname "$0")/../common/containers.sh"

containers_prepare crun
[ -x "$BAILIFF_BUILD/attacks" ] || skip_all "make programs has not been run"
crun_runtime
mkdir -p "$OUT/a"
cp "$BAILIFF_BUILD/attacks" "$OUT/a/attacks"
cp "$BAILIFF_STATIC" "$OUT/a/bailiff"
cp -r tests/attacks/policies "$OUT/a/policies"
chmod -R a+rX "$OUT/a"
contain "$(new_id attacks)" -- /out/a/attacks run run /out/a /out/a/policies /out/a/bailiff
