#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 120
# What `compile --format oci` writes, in the hands of those it is for: runc, crun and Podman take it as
# a container's seccomp profile, and the filter that they load answers real calls as bailiff does.
. "$(dirname "$0")/../common/containers.sh"
. "$(dirname "$0")/../common/podman.sh"

containers_prepare runc crun podman

# Allowed with conditions, denied with conditions, at several errnos and widths, by groups, and with
# a default that lets through.
cat >"$OUT/denials.yaml" <<'POLICY'
version: 1
name: denials
syscalls:
  default: allow
  deny:
    - "@swap"
    - socket: {domain: [AF_VSOCK, AF_ALG], action: errno EDOM}
    - socket: {type: {any-of: [SOCK_CLOEXEC]}, action: errno EDOM}
    - personality: {persona: {mask: 0xf000000, is: [0x8000000]}, action: errno ERANGE}
    - unshare: {unshare_flags: {all-of: [0x40]}, action: errno EUCLEAN}
    - keyctl: {arg0: {ge: 0xfffffff0}, action: errno EXDEV}
    - quotactl: {arg0: {lt: 5}, action: errno EXDEV}
    - {calls: [mount, umount2, ptrace], action: errno ENOTNAM}
    - clone3: {action: errno ENOSYS, report: no}
POLICY

# profile_of POLICY: what bailiff writes for it
profile_of() {
	profile=$HERE/$(basename "$1" .yaml).json
	"$BAILIFF" compile --format oci -o "$profile" "$1" 2>"$TMPDIR/err"
}

# try_profile NAME POLICY: the policy by `bailiff run`, and by the runtime; statuses and calls
try_profile() {
	if ! profile_of "$2"; then
		fail "$1" "no profile: $(head -c 300 "$TMPDIR/err")"
		return
	fi
	cp "$2" "$OUT/policy.yaml"
	profile_ours=0 profile_theirs=0
	contain "$(new_id "ours $1")" -- /bailiff run -p /out/policy.yaml --report none -- \
		/program calls >"$TMPDIR/ours" 2>"$TMPDIR/err" || profile_ours=$?
	contain "$(new_id "theirs $1")" "seccomp=$profile" -- \
		/program calls >"$TMPDIR/theirs" 2>"$TMPDIR/err" || profile_theirs=$?
	expect "$1" "0 0 " "$profile_ours $profile_theirs $(contained same "$TMPDIR/ours" "$TMPDIR/theirs" |
		head -5 | tr '\n' ';')"
}

try_all() {
	try_profile "$1: what Docker allows" policies/container-default.yaml
	try_profile "$1: no call that Docker denies has the kernel's errno" "$OUT/contained.yaml"
	try_profile "$1: arguments" "$OUT/denials.yaml"
	expect "$1: arguments deny" "EDOM EUCLEAN" "$(
		sed -n 's/call \(socket-alg\|unshare\) //p' "$TMPDIR/theirs" | tr '\n' ' ' | sed 's/ $//')"
}

oci_runtime runc
if contain probe -- /program exit 0 >"$TMPDIR/out" 2>&1; then
	try_all runc
else
	skip runc "runc runs no container here: $(tail -n 1 "$TMPDIR/out")"
fi

# In a subshell: what it skips is Podman alone.
(
	podman_runtime runc
	try_all Podman
	remove_containers >/dev/null 2>&1
)

crun_runtime
try_all crun
