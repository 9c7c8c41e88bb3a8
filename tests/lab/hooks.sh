#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 1200
# What rules of `network`, `capabilities` and `kernel` deny, audit and allow, by every way to it; what a
# governed task may trace; what it tries on bailiff itself, who else may touch that; and what filters
# tell. One guest a kernel: what the first program loads, the others use.
. "$(dirname "$0")/lib.sh"
w=$TMPDIR

# --- network
cat >"$w/open.yaml" <<'END'
version: 1
name: house
scope: {cgroups: [/governed/**]}
network:
  default: allow
  deny:
    - {connect: ["127.0.0.1:7001/tcp", "[::1]:7001/tcp", "127.0.0.1:7002/udp"]}
    - {connect: ["127.0.0.1:7007/tcp"], action: errno ENETDOWN}
    - {connect: ["127.0.0.0/8:6400-6600/*"]}
    - {bind: ["*:7003/tcp", "*:7003/udp", "*:0/udp", "0.0.0.0/0:7006/tcp"]}
    - {listen: ["*:7004/tcp", "*:0/tcp"]}
    - {socket: [AF_PACKET, AF_VSOCK, AF_ALG, AF_XDP]}
    - {socket: [AF_INET], type: [SOCK_RAW]}
    - {connect: ["unix:/tmp/denied/**", "unix:@denied/**", "unix:@exact", "unix:@wild-*"]}
    - {bind: ["unix:@held"]}
  allow:
    - {connect: ["127.0.0.0/8:6550/udp"]}
  audit:
    - {connect: ["127.0.0.1:7005/tcp", "[::1]:7005/tcp", "127.0.0.1:7032/udp"]}
    - {bind: ["*:7030/tcp", "unix:@heard-too", "unix:/tmp/heard-new"]}
    - {listen: ["*:7031/tcp"]}
    - {connect: ["unix:/tmp/heard", "unix:/tmp/heard-dgram", "unix:@heard"]}
    - {socket: [AF_NETLINK]}
    - {socket: [AF_INET6], type: [SOCK_RAW]}
END
cat >"$w/closed.yaml" <<'END'
version: 1
name: house
scope: {cgroups: [/governed/**]}
network:
  default: deny
  allow:
    - {connect: ["127.0.0.1:7010/tcp", "unix:/tmp/allowed"]}
    - {bind: ["*:7020/tcp"]}
    - {listen: ["*:7020/tcp"]}
END
sed -e 's/^name:.*/&\nmode: audit/' "$w/open.yaml" >"$w/watched.yaml"

# --- capabilities, kernel
policy() { # NAME [MODE], and the classes on standard input
	{
		printf 'version: 1\nname: house\nscope: {cgroups: [/governed/**]}\n%s' "${2:+mode: $2
}"
		cat
	} >"$w/$1.yaml"
}
policy caps <<'END'
capabilities:
  default: allow
  deny: [CHOWN, DAC_OVERRIDE, SYS_CHROOT, SYS_PTRACE, NET_BIND_SERVICE]
  audit: [SETGID]
END
policy kernel <<'END'
kernel:
  default: allow
  deny: [modules, kexec, bpf, perf, mount, namespaces, ptrace, keyring, io-uring, clock, reboot, raw-io, log]
END
policy both <<'END'
kernel: {default: deny}
capabilities: {default: deny}
END
policy looks audit <<'END'
kernel:
  default: allow
  deny: [namespaces, ptrace, raw-io]
  audit: [clock, mount, perf, bpf, io-uring]
capabilities: {default: allow, deny: [SYS_CHROOT]}
END

# What the tables of `caps` and `kernel` deny, audited; the same by the mode of the policy.
sed '/^  audit:/d; s/^  deny:/  audit:/' "$w/caps.yaml" "$w/kernel.yaml" | awk '!/^(version|name|scope):/ || !seen[$0]++' \
	>"$w/heard.yaml"
sed 's/^  audit:/  deny:/; s/^name:.*/&\nmode: audit/' "$w/heard.yaml" >"$w/would.yaml"

# --- bailiff itself
cat >"$w/cgroup.yaml" <<'END'
version: 1
name: house
scope: {cgroups: [/governed/**]}
kernel: {default: allow, deny: [reboot]}
END
sed 's/^scope:.*/scope: {host: true}/; s/house/everyone/' "$w/cgroup.yaml" >"$w/host.yaml"

sed 's/^name:.*/&\nmode: audit/' "$w/cgroup.yaml" >"$w/mode.yaml"

cat >"$w/guest.sh" <<'END'
status=0
try_network /open.yaml /closed.yaml /watched.yaml || status=1
try_surfaces /caps.yaml /kernel.yaml /both.yaml /looks.yaml /heard.yaml /would.yaml || status=1
try_self /cgroup.yaml /host.yaml /mode.yaml || status=1
exit $status
END

for series in $(lab_kernels 6.1); do
	adds=()
	for program in try_network try_surfaces try_self; do
		adds+=(--add "$BAILIFF_BUILD/lab/$program:/bin/$program")
	done
	for policy in "$w"/*.yaml; do adds+=(--add "$policy:/${policy##*/}"); done
	lab_run "$series" hooks "${adds[@]}" --add "$w/guest.sh:/guest.sh" --timeout 400 -- sh /guest.sh
done
