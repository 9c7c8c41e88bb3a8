#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 120
# bailiff as PID 1 of runc's containers.
. "$(dirname "$0")/../common/containers.sh"

containers_prepare runc
oci_runtime runc
contain probe -- /program exit 7 >"$TMPDIR/out" 2>&1
[ $? = 7 ] || skip_all "runc runs no container here: $(tail -n 1 "$TMPDIR/out")"

look_everywhere
landlock_everywhere
try_bundles
try_shipped
try_unsupervised
try_statuses
try_store "a store on the host" 0
try_stop
try_orphans
try_rootless
