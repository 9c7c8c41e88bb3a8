#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 900
# What rules of `network` deny, audit and allow, by every way to it, on each kernel.
. "$(dirname "$0")/lib.sh"
w=$TMPDIR

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
    - {connect: ["127.0.0.1:7005/tcp"]}
    - {socket: [AF_NETLINK]}
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

for series in $(lab_kernels 6.1); do
	lab_run "$series" network --add "$BAILIFF_BUILD/lab/try_network:/bin/try_network" \
		--add "$w/open.yaml:/open.yaml" --add "$w/closed.yaml:/closed.yaml" \
		--add "$w/watched.yaml:/watched.yaml" --timeout 280 -- \
		try_network /open.yaml /closed.yaml /watched.yaml
done
