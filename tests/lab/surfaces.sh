#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 900
# What rules of `capabilities` and `kernel` deny, audit and allow, and what a governed task may trace, on
# each kernel.
. "$(dirname "$0")/lib.sh"
w=$TMPDIR

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
policy watched audit <<'END'
kernel:
  default: allow
  deny: [namespaces, ptrace, raw-io]
  audit: [clock, mount, perf, bpf, io-uring]
capabilities: {default: allow, deny: [SYS_CHROOT]}
END

for series in $(lab_kernels 6.1); do
	lab_run "$series" surfaces --add "$BAILIFF_BUILD/lab/try_surfaces:/bin/try_surfaces" \
		--add "$w/caps.yaml:/caps.yaml" --add "$w/kernel.yaml:/kernel.yaml" \
		--add "$w/both.yaml:/both.yaml" --add "$w/watched.yaml:/watched.yaml" --timeout 280 -- \
		try_surfaces /caps.yaml /kernel.yaml /both.yaml /watched.yaml
done
