/* SPDX-License-Identifier: Apache-2.0 */
/* What `kernel` and `capabilities` make of calls, and what else is asked of a policy. */
#include "help_policy.h"

#include <sched.h>
#include <signal.h>

#define KERNEL(rest) HEAD "kernel:\n" rest

Test(decide, kernel_surfaces)
{
	static const char denied[] =
		KERNEL("  default: allow\n  deny: [namespaces, mount, ptrace]\n");
	static const char closed[] = KERNEL("  default: deny\n  allow: [mount]\n  audit: [bpf]\n");
	static const char loud[] =
		KERNEL("  default: allow\n"
		       "  deny:\n    - {surfaces: [namespaces], action: kill, why: none}\n");
	static const char audited[] = KERNEL("  default: allow\n  audit: [namespaces]\n");
	static const char both[] = HEAD "kernel:\n  default: allow\n  deny: [bpf]\n"
					"syscalls:\n  default: allow\n  deny:\n"
					"    - {calls: [bpf], action: errno EACCES}\n" /* 10 */
					"    - {calls: [mount], action: kill}\n"       /* 11 */
					"  audit: [reboot]\n";
	static const char kexec[] = KERNEL("  default: allow\n  deny: [kexec]\n");
	static const char opened[] =
		KERNEL("  default: deny\n  allow: [kexec]\n  deny: [reboot]\n");
	static const struct row rows[] = {
		{"kexec by reboot", kexec, "reboot", {0, 0, 0x45584543}, ACTION_ERRNO, EPERM, 6, 0},
		{"kexec by reboot, with junk",
		 kexec,
		 "reboot",
		 {0, 0, JUNK | 0x45584543},
		 ACTION_ERRNO,
		 EPERM,
		 6,
		 0},
		{"a plain reboot",
		 kexec,
		 "reboot",
		 {0, 0, 0x1234567},
		 ACTION_ALLOW,
		 0,
		 LINE_NONE,
		 0},
		{"kexec allowed, by name",
		 opened,
		 "reboot",
		 {0, 0, 0x45584543},
		 ACTION_ALLOW,
		 0,
		 6,
		 0},
		{"and reboot not", opened, "reboot", {0, 0, 0x1234567}, ACTION_ERRNO, EPERM, 7, 0},
		{"unshare of a namespace",
		 denied,
		 "unshare",
		 {CLONE_NEWNET},
		 ACTION_ERRNO,
		 EPERM,
		 6,
		 0},
		{"unshare of an empty mount namespace",
		 denied,
		 "unshare",
		 {0x100000},
		 ACTION_ERRNO,
		 EPERM,
		 6,
		 0},
		{"unshare of time", denied, "unshare", {0x80}, ACTION_ERRNO, EPERM, 6, 0},
		{"unshare of files",
		 denied,
		 "unshare",
		 {CLONE_FILES},
		 ACTION_ALLOW,
		 0,
		 LINE_NONE,
		 0},
		{"clone of a namespace",
		 denied,
		 "clone",
		 {CLONE_NEWPID | SIGCHLD},
		 ACTION_ERRNO,
		 EPERM,
		 6,
		 0},
		{"fork, as glibc makes it",
		 denied,
		 "clone",
		 {CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | SIGCHLD},
		 ACTION_ALLOW,
		 0,
		 LINE_NONE,
		 0},
		{"clone's signal byte is no namespace of time",
		 denied,
		 "clone",
		 {0x80},
		 ACTION_ALLOW,
		 0,
		 LINE_NONE,
		 0},
		{"setns", denied, "setns", {3, 0}, ACTION_ERRNO, EPERM, 6, 0},
		{"clone3 falls back", denied, "clone3", {0}, ACTION_ERRNO, ENOSYS, 6, 0},
		{"mount", denied, "mount", {0}, ACTION_ERRNO, EPERM, 6, 0},
		{"open_tree that clones",
		 denied,
		 "open_tree",
		 {0, 0, 1},
		 ACTION_ERRNO,
		 EPERM,
		 6,
		 0},
		{"open_tree that opens",
		 denied,
		 "open_tree",
		 {0, 0, 0x80000},
		 ACTION_ALLOW,
		 0,
		 LINE_NONE,
		 0},
		{"chroot is no mount", denied, "chroot", {0}, ACTION_ALLOW, 0, LINE_NONE, 0},
		{"ptrace's relatives", denied, "process_vm_readv", {0}, ACTION_ERRNO, EPERM, 6, 0},
		{"another call", denied, "read", {0}, ACTION_ALLOW, 0, LINE_NONE, 0},
		{"a default reaches a surface's calls",
		 closed,
		 "init_module",
		 {0},
		 ACTION_ERRNO,
		 EPERM,
		 5,
		 0},
		{"and its conditions", closed, "clone", {CLONE_NEWUSER}, ACTION_ERRNO, EPERM, 5, 0},
		{"but no fork", closed, "clone", {SIGCHLD}, ACTION_ALLOW, 0, LINE_NONE, 0},
		{"and clone3", closed, "clone3", {0}, ACTION_ERRNO, ENOSYS, 5, 0},
		{"but no call of no surface", closed, "read", {0}, ACTION_ALLOW, 0, LINE_NONE, 0},
		{"a surface allowed by name", closed, "mount", {0}, ACTION_ALLOW, 0, 6, 0},
		{"a surface audited", closed, "bpf", {0}, ACTION_AUDIT, 0, 7, 0},
		{"kill", loud, "setns", {0}, ACTION_KILL, 0, 7, 0},
		{"clone3 falls back even so", loud, "clone3", {0}, ACTION_ERRNO, ENOSYS, 7, 0},
		{"audit reports clone3, whose flags are out of sight",
		 audited,
		 "clone3",
		 {0},
		 ACTION_AUDIT,
		 0,
		 6,
		 0},
		{"a tie: syscalls first", both, "bpf", {0}, ACTION_ERRNO, EACCES, 10, 0},
		{"the stricter of two classes", both, "mount", {0}, ACTION_KILL, 0, 11, 0},
		{"syscalls' default", both, "read", {0}, ACTION_ALLOW, 0, 8, 0},
	};

	check_all(rows, ARRAY_LEN(rows));
}

Test(decide, every_surface_names_calls_that_exist)
{
	size_t count;
	const struct policy_surface *surfaces = policy_surfaces(&count);

	cr_expect_eq(count, 13u);
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < surfaces[i].n_calls; j++) {
			const struct policy_surface_call *entry = &surfaces[i].calls[j];

			cr_expect(names_call_exists(entry->call) ||
					  strncmp(entry->call, "pciconfig", 9) == 0,
				  "%s", entry->call);
			for (enum arch arch = 0; entry->arg && arch < ARCH_COUNT; arch++) {
				const struct name_call *call =
					names_call_by_name(arch, entry->call);
				unsigned index;

				cr_assert_not_null(call);
				cr_expect_eq(names_arg(call, entry->arg, &index), 0, "%s.%s on %s",
					     entry->call, entry->arg, arch_name(arch));
				for (size_t v = 0; entry->values[v]; v++) {
					uint64_t value;
					bool negative;

					cr_expect_eq(names_constant(arch, entry->values[v], &value,
								    &negative),
						     0, "%s", entry->values[v]);
				}
			}
		}
	}
}

Test(decide, capabilities_shut_user_namespaces)
{
	static const char dropped[] =
		HEAD "capabilities:\n  default: deny\n  allow: [CAP_CHOWN, KILL]\n";
	static const char one[] = HEAD "capabilities:\n  default: allow\n  deny: [SYS_ADMIN]\n";
	static const char full[] = HEAD "capabilities:\n  default: allow\n  audit: [SYS_ADMIN]\n";
	static const char beside[] = HEAD "capabilities: {default: deny}\n"
					  "syscalls:\n  default: allow\n  deny:\n"
					  "    - {calls: [unshare], action: kill}\n"	     /* 8 */
					  "    - {calls: [clone3], action: errno EACCES}\n"; /* 9 */
	static const struct row rows[] = {
		{"unshare",
		 dropped,
		 "unshare",
		 {CLONE_NEWUSER | CLONE_NEWNS},
		 ACTION_ERRNO,
		 EPERM,
		 4,
		 0},
		{"unshare of another namespace",
		 dropped,
		 "unshare",
		 {CLONE_NEWNS},
		 ACTION_ALLOW,
		 0,
		 LINE_NONE,
		 0},
		{"clone", dropped, "clone", {CLONE_NEWUSER}, ACTION_ERRNO, EPERM, 4, 0},
		{"fork", dropped, "clone", {SIGCHLD}, ACTION_ALLOW, 0, LINE_NONE, 0},
		{"setns of a user namespace",
		 dropped,
		 "setns",
		 {3, CLONE_NEWUSER},
		 ACTION_ERRNO,
		 EPERM,
		 4,
		 0},
		{"setns of anything", dropped, "setns", {3, 0}, ACTION_ERRNO, EPERM, 4, 0},
		{"setns of anything, with junk",
		 dropped,
		 "setns",
		 {3, JUNK & ~0xffffffffull},
		 ACTION_ERRNO,
		 EPERM,
		 4,
		 0},
		{"setns of a network namespace",
		 dropped,
		 "setns",
		 {3, CLONE_NEWNET},
		 ACTION_ALLOW,
		 0,
		 LINE_NONE,
		 0},
		{"clone3", dropped, "clone3", {0}, ACTION_ERRNO, ENOSYS, 4, 0},
		{"one capability is enough",
		 one,
		 "unshare",
		 {CLONE_NEWUSER},
		 ACTION_ERRNO,
		 EPERM,
		 4,
		 0},
		{"all of them kept",
		 full,
		 "unshare",
		 {CLONE_NEWUSER},
		 ACTION_ALLOW,
		 0,
		 LINE_NONE,
		 0},
		{"the stricter class", beside, "unshare", {CLONE_NEWUSER}, ACTION_KILL, 0, 8, 0},
		{"the tie", beside, "clone3", {0}, ACTION_ERRNO, EACCES, 9, 0},
	};

	check_all(rows, ARRAY_LEN(rows));
}

Test(decide, quiet_denials)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	CLEANUP(policy_freep)
	struct policy *policy =
		good_policy(DENY("syscalls", "clone3: {action: errno ENOSYS, report: no}"), &diag);
	const struct name_call *call = names_call_by_name(ARCH_X86_64, "clone3");
	uint64_t args[CALL_ARGS] = {0};
	struct policy_decision d = policy_decide(policy, ARCH_X86_64, call->nr, args);

	cr_expect(d.quiet);
	cr_expect_eq(d.error, ENOSYS);
	cr_expect_not(policy_decide_foreign(policy).quiet);
	cr_expect_eq(policy_decide_foreign(policy).error, ENOSYS);
}

Test(decide, the_nearest_rule)
{
	static const struct {
		const char *name, *call;
		uint64_t args[CALL_ARGS];
		unsigned line; /* 0: none */
	} rows[] = {
		{"a condition that did not hold", "socket", {3}, 7},
		{"a group under a name", "brk", {0}, 8},
		{"the default under a group", "rt_sigreturn", {0}, 5},
		{"nothing but the default", "openat", {0}, 0},
	};
	CLEANUP(diag_freep) struct diag *diag = NULL;
	CLEANUP(policy_freep)
	struct policy *policy = good_policy(SYSCALLS("deny", "  allow:\n"
							     "    - socket: {domain: 1}\n" /* 7 */
							     "    - \"@default\"\n"	   /* 8 */
							     "  deny: [brk]\n"),
					    &diag);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint32_t nr = names_call_by_name(ARCH_X86_64, rows[i].call)->nr, nearest;
		struct policy_decision d = policy_decide(policy, ARCH_X86_64, nr, rows[i].args);

		nearest = policy_nearest(policy, ARCH_X86_64, nr, &d);
		cr_expect_eq(nearest == POLICY_NO_RULE ? 0 : policy->rules[nearest].pos.line,
			     rows[i].line, "%s", rows[i].name);
	}
}

Test(decide, who_wants_a_filter)
{
	static const struct {
		const char *text;
		bool wants;
	} rows[] = {
		{HEAD "syscalls: {default: allow}\n", true},
		{HEAD "kernel: {default: allow}\n", true},
		{HEAD "capabilities: {default: deny}\n", true},
		{HEAD "capabilities: {default: allow}\n", false},
		{HEAD "files: {default: deny}\n", true},
		{HEAD "files: {default: deny, allow: [{paths: [/a], access: [chmod, chown, xattr, "
		      "link]}]}\n",
		 false},
		{HEAD "exec: {default: deny}\n", true},
		{HEAD "exec: {default: allow}\n", false},
		{HEAD "exec: {default: allow, audit: [anonymous-memory]}\n", true},
		{HEAD "network: {default: deny}\n", true},
		{HEAD "network: {default: audit}\n", true},
		{HEAD "network: {default: allow, allow: [{socket: [AF_ALG]}]}\n", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(diag_freep) struct diag *diag = NULL;
		CLEANUP(policy_freep) struct policy *policy = good_policy(rows[i].text, &diag);

		cr_expect_eq(policy_wants_filter(policy), rows[i].wants, "%s", rows[i].text);
	}
}

/* By name, or by the default; of two rules the stricter, of equals one that reports. */
Test(decide, who_decides_on_a_surface)
{
	static const struct {
		const char *name, *surface;
		unsigned line;
	} rows[] = {
		{"the default", "modules", 5},	 {"allowed by name", "mount", 6},
		{"audited by name", "bpf", 7},	 {"denied and allowed", "log", 9},
		{"quiet and loud", "clock", 11},
	};
	CLEANUP(diag_freep) struct diag *diag = NULL;
	CLEANUP(policy_freep)
	struct policy *policy = good_policy(
		KERNEL("  default: deny\n  allow: [mount, log]\n  audit: [bpf]\n  deny:\n"
		       "    - log\n"
		       "    - {surfaces: [clock], report: no}\n"
		       "    - clock\n"),
		&diag);
	size_t count, i, j;
	const struct policy_surface *surfaces = policy_surfaces(&count);

	for (i = 0; i < ARRAY_LEN(rows); i++)
		for (j = 0; j < count; j++)
			if (strcmp(surfaces[j].name, rows[i].surface) == 0)
				cr_expect_eq(policy->rules[policy->surface_rule[j]].pos.line,
					     rows[i].line, "%s: line %u", rows[i].name,
					     policy->rules[policy->surface_rule[j]].pos.line);
	for (j = count; j < POLICY_MAX_SURFACES; j++)
		cr_expect_eq(policy->surface_rule[j], POLICY_NO_RULE);
}
