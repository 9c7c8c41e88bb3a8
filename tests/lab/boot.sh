#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The lab itself: every kernel boots to an LSM list with bpf in it, and what goes wrong in a guest is told.
. "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2016 # what is in single quotes is for the guest
guest='
case $(uname -r) in "$1".*) echo "PASS boots" ;; *) echo "FAIL boots: this is $(uname -r)" ;; esac
case ,$(cat /sys/kernel/security/lsm), in
*,bpf,*) echo "PASS bpf is among the LSMs" ;;
*) echo "FAIL bpf is among the LSMs: $(cat /sys/kernel/security/lsm)" ;;
esac'
for series in $(lab_kernels); do
	release=$(python3 "$lab/kernels.py" "$series" | cut -d ' ' -f 3)
	release=${release%%[-+]*}
	lab_run "$series" boot -- sh -c "$guest" guest "${release%.*}"
done
