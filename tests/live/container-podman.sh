#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 120
# bailiff as PID 1 of Podman's containers, by runc and by crun, and of those that an ordinary user
# has by Podman. The image has no file but bailiff and the program.
if [ $# = 0 ]; then
	for runtime in runc crun; do
		{ sh "$0" $runtime || echo "FAIL script: exit status $?"; } |
			sed "s/^\(PASS\|FAIL\|SKIP\) /&$runtime, /"
	done
	exit
fi
. "$(dirname "$0")/../common/containers.sh"
. "$(dirname "$0")/../common/podman.sh"

RUNTIME=$1
containers_prepare podman "$RUNTIME"
[ "$RUNTIME" = runc ] || unify_cgroups
podman_runtime "$RUNTIME"

look_everywhere
landlock_everywhere
try_look "in a user namespace" "$(policy_of 100000)" userns user=0:0
try_shipped
try_unsupervised
try_statuses
try_store "a store on the host" 0
try_stop
try_orphans

# An ordinary user needs no ids but the own one.
podman_rootless "$RUNTIME"
if contain probe -- /program exit 7 >"$TMPDIR/out" 2>&1 || [ $? = 7 ]; then
	try_look "of an ordinary user" "$(policy_of 65534)" "" user=0:0
	try_look "of an ordinary user, with all the rest" "$(policy_of 65534)" \
		"seccomp=default readonly nocaps nonewprivs" user=0:0 root=EROFS $none
	try_landlock "of an ordinary user" 65534
else
	skip "of an ordinary user" "Podman runs none here: $(tail -n 1 "$TMPDIR/out")"
fi
podman_end_rootless
