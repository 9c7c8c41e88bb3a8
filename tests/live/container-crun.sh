#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 120
# bailiff as PID 1 of crun's containers. Where the machine's cgroups are of both versions, which crun
# refuses, the containers have none, and crun sees those of version 2 in a mount namespace of its own.
. "$(dirname "$0")/../common/containers.sh"

containers_prepare crun
crun_runtime

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
