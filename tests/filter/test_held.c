/* SPDX-License-Identifier: Apache-2.0 */
/* What filters hold of files, exec and network, from a policy's text to code that is proved. */
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/socket.h>

#include "bailiff/filter.h"

#define HEAD "version: 1\nname: t\narchitectures: [x86_64, i386, x32, aarch64]\n"

static const char client[] =
	HEAD "network:\n"
	     "  default: deny\n"
	     "  allow:\n"
	     "    - {connect: [\"10.0.0.0/8:443/tcp\", \"unix:/run/**\"]}\n"
	     "    - {connect: [\"*:53/udp\"]}\n"
	     "    - {socket: [AF_NETLINK, AF_PACKET], type: [SOCK_DGRAM, SOCK_RAW]}\n"
	     "  deny:\n"
	     "    - {socket: [AF_INET6], action: kill}\n"
	     "    - {socket: [AF_INET], type: [SOCK_RAW], action: errno EACCES}\n"
	     "  audit:\n"
	     "    - {socket: [AF_NETLINK], type: [SOCK_RAW]}\n"
	     "exec:\n"
	     "  default: deny\n"
	     "  deny:\n"
	     "    - {paths: [anonymous-memory], action: kill}\n"
	     "    - {paths: [writable-then-executable], report: no}\n"
	     "files: {default: errno EROFS}\n";
/* The same calls, restricted by `syscalls` as well. */
static const char both[] =
	HEAD "network:\n"
	     "  default: allow\n"
	     "  deny:\n"
	     "    - {bind: [\"*:*/sctp\"], connect: [\"*:*/sctp\"], listen: [\"*:*/sctp\"]}\n"
	     "    - {bind: [\"*:25/tcp\"]}\n"
	     "    - {socket: [AF_ALG, AF_VSOCK, AF_BLUETOOTH, AF_CAN, AF_RDS, AF_TIPC]}\n"
	     "syscalls:\n"
	     "  default: deny\n"
	     "  allow:\n"
	     "    - \"@system-service\"\n"
	     "  deny:\n"
	     "    - socket: {family: {not: [AF_UNIX, AF_INET, AF_INET6, AF_VSOCK]}}\n"
	     "    - socket: {type: {mask: 0xf, is: [SOCK_RAW]}, action: trap}\n"
	     "    - mprotect: {prot: {any-of: 4}, addr: 0}\n"
	     "exec:\n"
	     "  default: allow\n"
	     "  audit: [writable-then-executable]\n"
	     "kernel: {default: deny}\n";

static struct policy *parse(const char *text)
{
	struct policy *policy = NULL;
	struct diag *diag = NULL;

	cr_assert_eq(diag_new(&diag), 0);
	if (policy_parse(text, strlen(text), "t.yaml", diag, &policy) < 0)
		diag_print(diag, stderr);
	diag_free(diag);
	cr_assert_not_null(policy);
	return policy;
}

Test(held, every_mode_is_proved)
{
	static const char *const texts[] = {client, both};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct policy *policy = parse(texts[i]);

		for (unsigned m = 0; m < 4; m++) {
			struct filter_mode mode = {.supervised = m & 1, .audit = m & 2};
			struct filter_proof proof;
			struct filter *filter = NULL;
			struct diag *diag = NULL;

			cr_assert_eq(diag_new(&diag), 0);
			cr_assert_eq(filter_compile(policy, &mode, diag, &filter), 0);
			if (filter_prove(filter->code, filter->length, policy, &mode, diag,
					 &proof) < 0)
				diag_print(diag, stderr);
			cr_expect_eq(diag_errors(diag), 0, "text %zu, mode %u", i, m);
			diag_free(diag);
			filter_free(filter);
		}
		policy_free(policy);
	}
}

/* The proof is against the policy's tables; this is against what the kernel would be told. */
Test(held, what_comes_out)
{
	static const struct {
		const char *name, *call;
		enum arch arch;
		uint64_t args[CALL_ARGS];
		uint32_t value;
	} rows[] = {
		{"TCP", "socket", ARCH_X86_64, {AF_INET, SOCK_STREAM, 0}, SECCOMP_RET_ALLOW},
		{"MPTCP",
		 "socket",
		 ARCH_X32,
		 {AF_INET, SOCK_STREAM, 262},
		 SECCOMP_RET_ERRNO | EPROTONOSUPPORT},
		{"a raw socket, of which its own rule speaks",
		 "socket",
		 ARCH_AARCH64,
		 {AF_INET, SOCK_RAW, 1},
		 SECCOMP_RET_ERRNO | EACCES},
		{"IPv6, killed for",
		 "socket",
		 ARCH_I386,
		 {AF_INET6, SOCK_STREAM, 132},
		 SECCOMP_RET_KILL_PROCESS},
		{"new executable memory",
		 "mmap2",
		 ARCH_I386,
		 {0, 0, 4, 0x20},
		 SECCOMP_RET_KILL_PROCESS},
		{"memory written and executed",
		 "mmap",
		 ARCH_X86_64,
		 {0, 0, 6, 2},
		 SECCOMP_RET_ERRNO | EPERM},
		{"a mode", "fchmodat2", ARCH_X86_64, {0}, SECCOMP_RET_ERRNO | EROFS},
	};
	struct policy *policy = parse(client);
	struct filter_mode mode = {.supervised = false};
	struct filter *filter = NULL;

	cr_assert_eq(filter_compile(policy, &mode, NULL, &filter), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct seccomp_data data = {.arch = arch_audit(rows[i].arch)};
		unsigned steps = 0;

		data.nr = (int)names_call_by_name(rows[i].arch, rows[i].call)->nr;
		memcpy(data.args, rows[i].args, sizeof(data.args));
		cr_expect_eq(filter_run(filter->code, filter->length, &data, &steps), rows[i].value,
			     "%s", rows[i].name);
	}
	filter_free(filter);
	policy_free(policy);
}
