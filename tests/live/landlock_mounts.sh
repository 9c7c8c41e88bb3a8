#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The kernel grants directories, not paths: one that is mounted twice would be granted by both.
. "$(dirname "$0")/../common/lib.sh"
is_root || skip_all "it takes root to mount"
"$BAILIFF" probe 2>/dev/null | grep -qi 'landlock' || skip_all "this kernel has no Landlock"
unshare -m true 2>/dev/null || skip_all "nothing can be mounted here"

w=$TMPDIR/mounts
mkdir -p "$w/all/open" "$w/all/shut" "$w/again"
echo open >"$w/all/open/file"
cat >"$w/policy.yaml" <<END
version: 1
name: mounts
files:
  default: deny
  allow:
    - {paths: [/usr/**, /lib/**, /lib64/**, /bin/**, /dev/**, "$w/again/**"], access: [read, execute]}
    - {paths: ["$w/all/open/**"], access: [read, execute]}
END
export w
# What is mounted below one of the two is not seen by the other.
# shellcheck disable=SC2016
in_mounts() { # in_mounts WHAT FILE
	unshare -m sh -c 'mount -t tmpfs none "$w/all/shut" && echo shut >"$w/all/shut/file" &&
		mount --bind "$1" "$w/again" && exec "$BAILIFF" run -p "$w/policy.yaml" --store none -- cat "$2"' x "$1" "$2"
}
expect_status mounts-above 125 in_mounts "$w/all" "$w/all/shut/file"
if grep -qF "$w/again and $w/all are one directory, mounted twice" "$TMPDIR/err"; then
	pass mounts-above-says
else
	fail mounts-above-says "$(cat "$TMPDIR/out" "$TMPDIR/err")"
fi
expect_status mounts-alike 0 in_mounts "$w/all/open" "$w/all/open/file"
expect_status mounts-beside 1 in_mounts "$w/all/open" "$w/all/shut/file"
