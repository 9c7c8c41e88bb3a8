# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# The words of shell tests. Source it first: . "$(dirname "$0")/../common/lib.sh"
# (from tests/live; tests/*.sh say common/lib.sh). The runner gives BAILIFF, BAILIFF_STATIC,
# BAILIFF_BUILD and TMPDIR; by hand, the plain build and a directory that is removed.

: "${BAILIFF_BUILD:=$PWD/build}"
: "${BAILIFF:=$BAILIFF_BUILD/bailiff}"
: "${BAILIFF_STATIC:=$BAILIFF_BUILD/bailiff-static}"
if [ -z "${TMPDIR:-}" ]; then
	TMPDIR=$(mktemp -d)
	chmod 755 "$TMPDIR"
	trap 'rm -rf "$TMPDIR"' EXIT
fi
# The default store: never the one of who runs the tests.
BAILIFF_STORE=$TMPDIR/store/violations.db
export BAILIFF BAILIFF_STATIC BAILIFF_BUILD BAILIFF_STORE TMPDIR

pass() { echo "PASS $1"; }
fail() { # fail NAME WHY...: the script goes on, and the runner counts it
	fail_name=$1
	shift
	echo "FAIL $fail_name: $*"
}
skip() { # skip NAME REASON...
	skip_name=$1
	shift
	echo "SKIP $skip_name: $*"
}
skip_all() { # skip_all REASON...: nothing of this script can run here
	skip "$(basename "$0" .sh)" "$@"
	exit 0
}

# expect NAME WANT GOT: equal texts
expect() {
	if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "wanted '$2', got '$3'"; fi
}

# expect_status NAME STATUS COMMAND...: what it prints is left in $TMPDIR/out and $TMPDIR/err
expect_status() {
	expect_name=$1
	expect_want=$2
	shift 2
	expect_got=0
	"$@" >"$TMPDIR/out" 2>"$TMPDIR/err" || expect_got=$?
	if [ "$expect_got" = "$expect_want" ]; then
		pass "$expect_name"
	else
		fail "$expect_name" "status $expect_got, not $expect_want: $(head -c 300 "$TMPDIR/err" | tr '\n' ' ')"
	fi
}

is_root() { [ "$(id -u)" = 0 ]; }
have() { command -v "$1" >/dev/null; }

# as_user COMMAND...: as an ordinary user, whoever we are. Not every user can come to where the
# programs were built (a home directory, say), so for root BAILIFF is then a copy in $TMPDIR.
as_user() {
	if ! is_root; then
		"$@"
		return
	fi
	as_user_home=$TMPDIR/user
	if [ ! -d "$as_user_home" ]; then
		install -d -m 755 -o 65534 -g 65534 "$as_user_home"
		install -m 755 "$BAILIFF" "$as_user_home/bailiff"
		install -m 755 "$BAILIFF_STATIC" "$as_user_home/bailiff-static"
	fi
	env BAILIFF="$as_user_home/bailiff" BAILIFF_STATIC="$as_user_home/bailiff-static" \
		HOME="$as_user_home" TMPDIR="$as_user_home" BAILIFF_STORE="$as_user_home/store/violations.db" \
		setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all --inh-caps -all -- "$@"
}
