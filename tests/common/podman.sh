# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# The words of containers.sh for Podman. Source it after that.

# podman_flags OPTION... -- ARGV...: into $flags
podman_flags() {
	flags=
	flags_seccomp=unconfined
	while [ "$1" != -- ]; do
		case $1 in
		user=*) flags="$flags --user ${1#user=}" ;;
		seccomp=*) flags_seccomp=${1#seccomp=} ;;
		readonly) flags="$flags --read-only" ;;
		nocaps) flags="$flags --cap-drop=all" ;;
		nonewprivs) flags="$flags --security-opt no-new-privileges" ;;
		userns) flags="$flags --uidmap 0:100000:65536 --gidmap 0:100000:65536" ;;
		*) return 1 ;;
		esac
		shift
	done
	[ "$flags_seccomp" = default ] || flags="$flags --security-opt seccomp=$flags_seccomp"
}

# The ids of containers are Podman's own. What it keeps lies below $1.
podman_words() {
	PODMAN="podman --root $1/root --runroot $1/runroot --tmpdir $1/tmp --storage-driver=vfs \
		--cgroup-manager=cgroupfs --events-backend=none --runtime $2"
	# An ordinary machine would do without the limits; where root may not raise any, these are low.
	PODMAN_RUN="run --rm --network=none --pull=never --log-driver=none \
		--ulimit nofile=1024:1024 --ulimit nproc=1000:1000"
	# shellcheck disable=SC2086 # words
	contain() {
		contain_id=$1
		shift
		podman_flags "$@" || return 125
		while [ "$1" != -- ]; do shift; done
		shift
		as_owner $PODMAN $PODMAN_RUN $flags --volume "$OUT:/out" --name "c$contain_id" \
			--cidfile "$podman_home/$contain_id" contained "$@"
	}
	# shellcheck disable=SC2086 # words
	signal_container() {
		if [ "$2" = TERM ]; then
			as_owner $PODMAN stop --time 10 "c$1"
		else
			as_owner $PODMAN kill --signal "$2" "c$1"
		fi
	}
	# shellcheck disable=SC2086 # words
	container_pid() { as_owner $PODMAN inspect --format '{{.State.Pid}}' "c$1"; }
	container_id() { cat "$podman_home/$1"; }
	podman_home=$1
	mkdir -p "$podman_home"
}

import_image() {
	# shellcheck disable=SC2086 # words
	tar -C "$ROOTFS" --owner=0 --group=0 -c . | as_owner $PODMAN import - contained
}

# podman_runtime RUNTIME: as root; with cgroups if it can, or the whole script is skipped
podman_runtime() {
	as_owner() { "$@"; }
	podman_words "$HERE/podman" "$1"
	PODMAN_OF_ROOT=$PODMAN
	# shellcheck disable=SC2086 # words
	remove_containers() {
		podman_end_rootless
		$PODMAN_OF_ROOT rm --all --force --time 0
		# Empty, and forgotten by Podman where cgroups are of both versions.
		find "$HERE/podman" -maxdepth 1 -type f -exec cat {} + | fold -w 64 >"$HERE/ids"
		find /sys/fs/cgroup -depth -type d -name '*libpod-*' | grep -F -f "$HERE/ids" |
			xargs -r rmdir
	}
	import_image >"$TMPDIR/out" 2>&1 || skip_all "Podman takes no image: $(tail -n 1 "$TMPDIR/out")"
	contain probe -- /program exit 0 >"$TMPDIR/out" 2>&1 && return
	cp "$TMPDIR/out" "$TMPDIR/first"
	PODMAN_RUN="$PODMAN_RUN --cgroups=disabled"
	contain probe-2 -- /program exit 0 >"$TMPDIR/out" 2>&1 ||
		skip_all "Podman with $1 runs no container here: $(tail -n 1 "$TMPDIR/first")"
}

# podman_rootless RUNTIME: from now on as an ordinary user, who is root in the container
podman_rootless() {
	rootless=$HERE/rootless
	rootless_run=$PODMAN_RUN
	install -d -m 755 -o 65534 -g 65534 "$rootless"
	install -d -m 700 -o 65534 -g 65534 "$rootless/run"
	as_owner() {
		(cd "$rootless" && env HOME="$rootless" XDG_RUNTIME_DIR="$rootless/run" TMPDIR="$rootless" \
			setpriv --reuid 65534 --regid 65534 --clear-groups -- "$@")
	}
	podman_words "$rootless" "$1"
	PODMAN_RUN=$rootless_run
	import_image >"$TMPDIR/out" 2>&1
}

# Podman leaves a process that holds the user's namespaces.
podman_end_rootless() {
	# shellcheck disable=SC2086 # words
	[ ! -d "$HERE/rootless" ] || as_owner $PODMAN rm --all --force --time 0 >/dev/null 2>&1
	for end_file in "$HERE"/rootless/tmp/pause.pid "$HERE"/rootless/run/libpod/tmp/pause.pid; do
		[ ! -s "$end_file" ] || kill "$(cat "$end_file")"
	done
}
