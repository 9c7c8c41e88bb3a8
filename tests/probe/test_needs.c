/* SPDX-License-Identifier: Apache-2.0 */
/* What rules ask of hooks. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/probe.h"

#define HEAD "version: 1\nname: t\nscope: {host: true}\n"
#define FILES                                                                                      \
	(PROBE_OP(BL_OP_READ) | PROBE_OP(BL_OP_WRITE) | PROBE_OP(BL_OP_CREATE) |                   \
	 PROBE_OP(BL_OP_DELETE) | PROBE_OP(BL_OP_RENAME) | PROBE_OP(BL_OP_LINK) |                  \
	 PROBE_OP(BL_OP_CHMOD) | PROBE_OP(BL_OP_CHOWN) | PROBE_OP(BL_OP_XATTR) |                   \
	 PROBE_OP(BL_OP_MKNOD) | PROBE_OP(BL_OP_EXECUTE))

static const struct row {
	const char *name, *text;
	uint64_t needs; /* of all rules together */
} rows[] = {
	{"one access", "files: {default: allow, deny: [{paths: [/a], access: [chmod]}]}\n",
	 PROBE_OP(BL_OP_CHMOD) | PROBE_ESCAPE},
	{"all of it", "files: {default: allow, deny: [/a]}\n", FILES | PROBE_ESCAPE},
	{"a default", "files: {default: deny, allow: [/a]}\n", FILES | PROBE_ESCAPE},
	{"told of is held too", "files: {default: audit}\n", FILES | PROBE_ESCAPE},
	{"nothing is asked", "files: {default: allow, allow: [/a]}\n", 0},
	{"programs", "exec: {default: allow, deny: [/a]}\n",
	 PROBE_OP(BL_OP_EXEC) | PROBE_OP(BL_OP_MAP) | PROBE_ESCAPE},
	{"words", "exec: {default: allow, deny: [anonymous-memory]}\n", PROBE_WORD},
	{"connect", "network: {default: allow, deny: [{connect: [\"*:1/tcp\"]}]}\n", PROBE_CONNECT},
	{"a unix path", "network: {default: allow, deny: [{bind: [\"unix:/a\"]}]}\n",
	 PROBE_BIND | PROBE_OP(BL_OP_UNIX_BIND)},
	{"families", "network: {default: allow, deny: [{socket: [AF_NETLINK]}]}\n", PROBE_SOCKET},
	{"capabilities", "capabilities: {default: deny, allow: [CHOWN]}\n", PROBE_CAPABILITY},
	{"a surface", "kernel: {default: allow, deny: [kexec]}\n", PROBE_SURFACE(BL_SURFACE_KEXEC)},
	{"all but one surface",
	 "kernel: {default: deny, allow: [modules, kexec, bpf, perf, mount, namespaces, ptrace, "
	 "keyring, io-uring, clock, reboot, raw-io]}\n",
	 PROBE_SURFACE(BL_SURFACE_LOG)},
};

Test(needs, of_rules)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct policy *policy = NULL;
		struct diag *diag = NULL;
		uint64_t all = 0, *needs;
		char text[600];

		snprintf(text, sizeof(text), HEAD "%s", rows[i].text);
		cr_assert_eq(diag_new(&diag), 0);
		if (policy_parse(text, strlen(text), "t.yaml", diag, &policy) < 0)
			diag_print(diag, stderr);
		cr_assert_not_null(policy, "%s", rows[i].name);
		needs = calloc(policy->n_rules, sizeof(*needs));
		probe_needs(policy, needs);
		for (uint32_t j = 0; j < policy->n_rules; j++)
			all |= needs[j];
		cr_expect_eq(all, rows[i].needs, "%s: %llx, not %llx", rows[i].name,
			     (unsigned long long)all, (unsigned long long)rows[i].needs);
		free(needs);
		policy_free(policy);
		diag_free(diag);
	}
}

Test(needs, surfaces_have_their_names)
{
	cr_expect_str_eq(probe_purpose(32 + BL_SURFACE_IO_URING), "io-uring");
	cr_expect_str_eq(probe_purpose(32 + BL_SURFACE_LOG), "log");
	cr_expect_str_eq(probe_purpose(BL_OP_ESCAPE), "other names");
	cr_expect_null(probe_purpose(63));
}
