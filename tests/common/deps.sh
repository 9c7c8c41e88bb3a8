#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# deps.sh PURPOSE...: installs the packages of tests/packages.txt that these purposes need and that
# are not installed. Says nothing when there is nothing to do. Needs root only if something is missing.
#
# nginx, redis, postgresql and prometheus come for their programs: tests start their own. So a service that
# arrives here is neither started nor left to start with the machine; one that was there before is
# not touched.
set -eu

list=${BAILIFF_PACKAGES:-$(dirname "$0")/../packages.txt}
rc=/usr/sbin/policy-rc.d

needed() { # prints "package why" for each that one of the purposes needs
	for purpose; do
		awk -v p="$purpose" '!/^#/ && NF { n = split($2, f, ",")
			for (i = 1; i <= n; i++) if (f[i] == p) {
				why = $0; sub(/^[^ ]+ +[^ ]+ +/, "", why); print $1, why } }' "$list"
	done | sort -u
}

absent() { # of "package why" lines, those that are not installed
	while read -r package why; do
		case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
		installed) ;;
		*) echo "$package $why" ;;
		esac
	done
}

if ! command -v dpkg-query >/dev/null; then
	echo "deps: not a Debian machine: install what tests/packages.txt names for: $*" >&2
	exit 0
fi
missing=$(needed "$@" | absent)
[ -n "$missing" ] || exit 0

echo "Debian packages that are missing (for: $*):"
echo "$missing" | while read -r package why; do printf '  %-24s %s\n' "$package" "$why"; done
if [ "$(id -u)" != 0 ]; then
	echo "deps: they need root to install: sudo make deps FOR=\"$*\"" >&2
	exit 1
fi

log=$(mktemp)
ours=
cleanup() {
	[ -z "$ours" ] || rm -f "$rc"
	rm -f "$log"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

quietly() { # runs a command; shows what it printed only if it fails
	"$@" >"$log" 2>&1 </dev/null || {
		tail -n 40 "$log" >&2
		echo "deps: failed: $*" >&2
		exit 1
	}
}

if [ ! -e "$rc" ]; then
	ours=yes
	printf '#!/bin/sh\nexit 101\n' >"$rc"
	chmod 755 "$rc"
fi
export DEBIAN_FRONTEND=noninteractive
packages=$(echo "$missing" | cut -d ' ' -f 1)
echo "Installing them with apt-get, and what they depend on ..."
quietly apt-get update -q
# shellcheck disable=SC2086 # a list of words
quietly apt-get install -y -q --no-install-recommends $packages

command -v systemctl >/dev/null || exit 0
for package in $packages; do
	case $package in
	nginx-light) service=nginx ;;
	redis-server | postgresql | prometheus) service=$package ;;
	*) continue ;;
	esac
	systemctl disable "$service" >/dev/null 2>&1 || true
done
