#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 900
# What governed tasks try on bailiff itself: its maps, programs, links, pins and service; who else may
# touch them; and what filters tell.
. "$(dirname "$0")/lib.sh"
w=$TMPDIR

cat >"$w/cgroup.yaml" <<'END'
version: 1
name: house
scope: {cgroups: [/governed/**]}
kernel: {default: allow, deny: [reboot]}
END
sed 's/^scope:.*/scope: {host: true}/; s/house/everyone/' "$w/cgroup.yaml" >"$w/host.yaml"

for series in $(lab_kernels 6.1); do
	lab_run "$series" self --add "$BAILIFF_BUILD/lab/try_self:/bin/try_self" \
		--add "$w/cgroup.yaml:/cgroup.yaml" --add "$w/host.yaml:/host.yaml" --timeout 280 -- \
		try_self /cgroup.yaml /host.yaml
done
