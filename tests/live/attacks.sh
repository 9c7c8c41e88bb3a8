#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 600
# The attacks of tests/attacks under `bailiff run`, and on what bailiff reads: as root, as an ordinary user, and
# in a container. Each is tried without the policy too. lab/attacks has the host plane and other kernels.
. "$(dirname "$0")/../common/lib.sh"

attacks=$BAILIFF_BUILD/attacks
policies=$PWD/tests/attacks/policies
[ -x "$attacks" ] || skip_all "make programs has not been run"
"$attacks" markdown >/dev/null || exit 1
prefix() { sed -E "s/^(PASS|FAIL|SKIP|NOTE) /\1 $1 /"; }

# Shorter than what a unix socket's path may be.
place() { # place NAME [OWNER]
	mkdir -p "$TMPDIR/$1" && cp "$attacks" "$TMPDIR/$1/attacks" && cp -r "$policies" "$TMPDIR/$1/policies" &&
		cp "$BAILIFF_STATIC" "$TMPDIR/$1/bailiff" && chmod -R a+rX "$TMPDIR/$1" &&
		{ [ -z "${2:-}" ] || chown -R "$2" "$TMPDIR/$1"; }
}
in_place() { # in_place PLANE NAME [OPTION...]
	in_plane=$1 in_name=$2
	shift 2
	"$TMPDIR/$in_name/attacks" run "$in_plane" "$TMPDIR/$in_name" "$TMPDIR/$in_name/policies" \
		"$TMPDIR/$in_name/bailiff" "$@"
}

if is_root; then
	place root
	in_place run root strict | prefix root
	in_place input root strict | prefix input
	place user 65534:65534
	# shellcheck disable=SC2016
	setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all --inh-caps -all -- \
		"$TMPDIR/user/attacks" run run "$TMPDIR/user" "$TMPDIR/user/policies" "$TMPDIR/user/bailiff" | prefix user
else
	place user
	in_place run user | prefix user
	in_place input user | prefix input
	skip root "needs root"
fi
