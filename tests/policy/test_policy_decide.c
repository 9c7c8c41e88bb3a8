/* SPDX-License-Identifier: Apache-2.0 */
/* What policies mean: text, call, arguments -> verdict and the line that decided. */
#include "help_policy.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

Test(decide, levels_and_strictness)
{
	static const char levels[] = SYSCALLS("deny", "  allow:\n"
						      "    - \"@default\"\n"	    /* 7 */
						      "    - getpid\n"		    /* 8 */
						      "    - socket: {domain: 1}\n" /* 9 */
						      "    - read\n"		    /* 10 */
						      "  deny:\n"
						      "    - \"@basic-io\"\n" /* 12 */
						      "    - brk\n"	      /* 13 */
						      "    - read: {fd: 0}\n" /* 14 */
						      "  audit:\n"
						      "    - read: {fd: [0, 1]}\n"); /* 16 */
	static const char one_level[] =
		SYSCALLS("allow", "  deny:\n"
				  "    - read: {fd: 9}\n"			     /* 7 */
				  "    - read: {fd: 1, action: kill-thread}\n"	     /* 8 */
				  "    - read: {fd: 1, action: trap}\n"		     /* 9 */
				  "    - read: {fd: [1, 2], action: errno 5}\n"	     /* 10 */
				  "    - write: {fd: 1, action: kill}\n"	     /* 11 */
				  "    - write: {fd: [1, 2], action: kill-thread}\n" /* 12 */
				  "  audit:\n"
				  "    - write: {fd: [1, 3]}\n"); /* 14 */
	static const struct row rows[] = {
		{"a default", levels, "openat", {0}, ACTION_ERRNO, EPERM, 5, 0},
		{"a group over the default", levels, "uname", {0}, ACTION_ERRNO, EPERM, 5, 0},
		{"a member of an allowed group",
		 levels,
		 "rt_sigreturn",
		 {0},
		 ACTION_ALLOW,
		 0,
		 7,
		 0},
		{"a name denied over a group allowed",
		 levels,
		 "brk",
		 {0},
		 ACTION_ERRNO,
		 EPERM,
		 13,
		 0},
		{"a name allowed over a group denied", levels, "read", {5}, ACTION_ALLOW, 0, 10, 0},
		{"an argument over a name, denied beats audit",
		 levels,
		 "read",
		 {0},
		 ACTION_ERRNO,
		 EPERM,
		 14,
		 0},
		{"an argument over a name, audit beats allow",
		 levels,
		 "read",
		 {1},
		 ACTION_AUDIT,
		 0,
		 16,
		 0},
		{"a group denied", levels, "write", {5}, ACTION_ERRNO, EPERM, 12, 0},
		{"an argument that matches", levels, "socket", {1}, ACTION_ALLOW, 0, 9, 0},
		{"an argument that does not", levels, "socket", {2}, ACTION_ERRNO, EPERM, 5, 0},
		{"kill-thread over trap", one_level, "read", {1}, ACTION_KILL_THREAD, 0, 8, 0},
		{"an errno of its own", one_level, "read", {2}, ACTION_ERRNO, 5, 10, 0},
		{"kill over kill-thread over audit",
		 one_level,
		 "write",
		 {1},
		 ACTION_KILL,
		 0,
		 11,
		 0},
		{"kill-thread over audit", one_level, "write", {2}, ACTION_KILL_THREAD, 0, 12, 0},
		{"audit over allow", one_level, "write", {3}, ACTION_AUDIT, 0, 14, 0},
		{"no rule of the call", one_level, "close", {3}, ACTION_ALLOW, 0, 5, 0},
	};

	check_all(rows, ARRAY_LEN(rows));
}

Test(decide, conditions)
{
#define WITH(condition) DENY("syscalls", condition)
#define HIT		ACTION_ERRNO, EPERM, 7, 0
#define MISS		ACTION_ALLOW, 0, 5, 0
	static const struct row rows[] = {
		{"a value", WITH("read: {fd: 3}"), "read", {3}, HIT},
		{"another value", WITH("read: {fd: 3}"), "read", {4}, MISS},
		{"a list", WITH("read: {fd: [9, 3, 5]}"), "read", {5}, HIT},
		{"not", WITH("read: {fd: {not: [1, 2]}}"), "read", {3}, HIT},
		{"not, one of them", WITH("read: {fd: {not: [1, 2]}}"), "read", {2}, MISS},
		{"lt below", WITH("read: {count: {lt: 10}}"), "read", {0, 0, 9}, HIT},
		{"lt at", WITH("read: {count: {lt: 10}}"), "read", {0, 0, 10}, MISS},
		{"le at", WITH("read: {count: {le: 10}}"), "read", {0, 0, 10}, HIT},
		{"le above", WITH("read: {count: {le: 10}}"), "read", {0, 0, 11}, MISS},
		{"gt at", WITH("read: {count: {gt: 10}}"), "read", {0, 0, 10}, MISS},
		{"gt above", WITH("read: {count: {gt: 10}}"), "read", {0, 0, 11}, HIT},
		{"gt is unsigned",
		 WITH("read: {count: {gt: 10}}"),
		 "read",
		 {0, 0, UINT64_MAX},
		 HIT},
		{"ge at", WITH("read: {count: {ge: 10}}"), "read", {0, 0, 10}, HIT},
		{"ge below", WITH("read: {count: {ge: 10}}"), "read", {0, 0, 9}, MISS},
		{"a range, inside", WITH("read: {count: {ge: 3, lt: 5}}"), "read", {0, 0, 4}, HIT},
		{"a range, at its end",
		 WITH("read: {count: {ge: 3, lt: 5}}"),
		 "read",
		 {0, 0, 5},
		 MISS},
		{"an empty range", WITH("read: {count: {gt: 5, lt: 3}}"), "read", {0, 0, 4}, MISS},
		{"gt the greatest",
		 WITH("read: {fd: {gt: 0xffffffff}}"),
		 "read",
		 {UINT32_MAX},
		 MISS},
		{"lt nothing", WITH("read: {fd: {lt: 0}}"), "read", {0}, MISS},
		{"any-of, one",
		 WITH("personality: {persona: {any-of: [0x10, 0x20]}}"),
		 "personality",
		 {0x21},
		 HIT},
		{"any-of, none",
		 WITH("personality: {persona: {any-of: 0x10|0x20}}"),
		 "personality",
		 {0x41},
		 MISS},
		{"all-of, all",
		 WITH("personality: {persona: {all-of: [0x10, 0x20]}}"),
		 "personality",
		 {0x31},
		 HIT},
		{"all-of, one",
		 WITH("personality: {persona: {all-of: [0x10, 0x20]}}"),
		 "personality",
		 {0x11},
		 MISS},
		{"none-of, none",
		 WITH("personality: {persona: {none-of: [0x10, 0x20]}}"),
		 "personality",
		 {0x01},
		 HIT},
		{"none-of, one",
		 WITH("personality: {persona: {none-of: [0x10, 0x20]}}"),
		 "personality",
		 {0x21},
		 MISS},
		{"mask",
		 WITH("socket: {type: {mask: 0xf, is: [SOCK_RAW, SOCK_PACKET]}}"),
		 "socket",
		 {2, SOCK_RAW | SOCK_CLOEXEC},
		 HIT},
		{"mask, another",
		 WITH("socket: {type: {mask: 0xf, is: SOCK_RAW}}"),
		 "socket",
		 {2, SOCK_DGRAM | SOCK_CLOEXEC},
		 MISS},
		{"two operators",
		 WITH("socket: {type: {mask: 0xf, is: 3, all-of: 0x800}}"),
		 "socket",
		 {2, SOCK_RAW},
		 MISS},
		{"both arguments", WITH("socket: {domain: 2, type: 3}"), "socket", {2, 3}, HIT},
		{"one of both arguments",
		 WITH("socket: {domain: 2, type: 3}"),
		 "socket",
		 {2, 2},
		 MISS},
		{"by position", WITH("socket: {arg0: 2}"), "socket", {2}, HIT},
		{"by the kernel's name", WITH("socket: {family: AF_INET}"), "socket", {2}, HIT},
		{"octal, as Python writes it", WITH("read: {fd: 0o17}"), "read", {15}, HIT},
		{"hexadecimal", WITH("read: {fd: 0xF}"), "read", {15}, HIT},
		{"flags or'ed",
		 WITH("unshare: {unshare_flags: CLONE_NEWNS|CLONE_NEWPID}"),
		 "unshare",
		 {CLONE_NEWNS | CLONE_NEWPID},
		 HIT},
	};

	check_all(rows, ARRAY_LEN(rows));
}

Test(decide, widths_and_extensions)
{
#define MINUS(n)    ((uint64_t)(int64_t) - (n))
#define MINUS_32(n) ((uint64_t)(uint32_t) - (n))
#define CLOSED	    ACTION_ERRNO, EPERM, 5, 0
#define GRANTED	    ACTION_ALLOW, 0, 7, 0
	static const struct row rows[] = {
		{"junk above an int",
		 WITH("ioctl: {cmd: TIOCSTI}"),
		 "ioctl",
		 {0, JUNK | 0x5412},
		 HIT},
		{"junk above a mode",
		 WITH("fchmod: {mode: 0o4755}"),
		 "fchmod",
		 {0, 0xffff0000 | 04755},
		 HIT},
		{"junk above clone's long",
		 WITH("clone: {clone_flags: {any-of: CLONE_NEWUSER}}"),
		 "clone",
		 {JUNK | CLONE_NEWUSER},
		 HIT},
		{"junk alone is no flag",
		 WITH("clone: {clone_flags: {any-of: CLONE_NEWUSER}}"),
		 "clone",
		 {JUNK & ~0xffffffffull},
		 MISS},
		{"-1 of an int, zero-extended",
		 WITH("personality: {persona: -1}"),
		 "personality",
		 {MINUS_32(1)},
		 HIT},
		{"-1 of an int, sign-extended",
		 WITH("personality: {persona: -1}"),
		 "personality",
		 {MINUS(1)},
		 HIT},
		{"AT_FDCWD, zero-extended",
		 WITH("openat: {dfd: AT_FDCWD}"),
		 "openat",
		 {MINUS_32(100)},
		 HIT},
		{"AT_FDCWD, sign-extended",
		 WITH("openat: {dfd: AT_FDCWD}"),
		 "openat",
		 {MINUS(100)},
		 HIT},
		{"-1 of a plain long",
		 WITH("kexec_load: {flags: -1}"),
		 "kexec_load",
		 {0, 0, 0, MINUS(1)},
		 HIT},
		{"-1 of a plain long is no 0xffffffff",
		 WITH("kexec_load: {flags: -1}"),
		 "kexec_load",
		 {0, 0, 0, MINUS_32(1)},
		 MISS},
		{"a negative constant of a plain long",
		 WITH("kexec_load: {flags: AT_FDCWD}"),
		 "kexec_load",
		 {0, 0, 0, MINUS(100)},
		 HIT},
		{"a negative constant is not its low half",
		 WITH("kexec_load: {flags: AT_FDCWD}"),
		 "kexec_load",
		 {0, 0, 0, MINUS_32(100)},
		 MISS},
		{"a deny of a sometimes narrow argument ignores junk",
		 WITH("fcntl: {cmd: F_SETFL, arg: 0x800}"),
		 "fcntl",
		 {0, 4, JUNK | 0x800},
		 HIT},
		{"an allow of one does not",
		 ALLOW("syscalls", "fcntl: {cmd: F_SETFL, arg: 0x800}"),
		 "fcntl",
		 {0, 4, JUNK | 0x800},
		 CLOSED},
		{"an allow without junk",
		 ALLOW("syscalls", "fcntl: {cmd: F_SETFL, arg: 0x800}"),
		 "fcntl",
		 {0, 4, 0x800},
		 GRANTED},
		{"an allow of -1, sign-extended",
		 ALLOW("syscalls", "fcntl: {arg: -1}"),
		 "fcntl",
		 {0, 0, MINUS(1)},
		 GRANTED},
		{"an allow of -1, zero-extended",
		 ALLOW("syscalls", "fcntl: {arg: -1}"),
		 "fcntl",
		 {0, 0, MINUS_32(1)},
		 GRANTED},
		{"an allow of -1, junk",
		 ALLOW("syscalls", "fcntl: {arg: -1}"),
		 "fcntl",
		 {0, 0, 0x12345678ffffffff},
		 CLOSED},
		{"a deny of what is not 1 holds for 1 with junk",
		 WITH("fcntl: {arg: {not: 1}}"),
		 "fcntl",
		 {0, 0, JUNK | 1},
		 HIT},
		{"an allow of what is not 1 does not hold for 1 with junk",
		 ALLOW("syscalls", "fcntl: {arg: {not: 1}}"),
		 "fcntl",
		 {0, 0, JUNK | 1},
		 CLOSED},
		{"an allow of what is not 1",
		 ALLOW("syscalls", "fcntl: {arg: {not: 1}}"),
		 "fcntl",
		 {0, 0, 2},
		 GRANTED},
		{"a deny below 5 holds with junk",
		 WITH("fcntl: {arg: {lt: 5}}"),
		 "fcntl",
		 {0, 0, JUNK | 4},
		 HIT},
		{"an allow below 5 does not",
		 ALLOW("syscalls", "fcntl: {arg: {lt: 5}}"),
		 "fcntl",
		 {0, 0, JUNK | 4},
		 CLOSED},
		{"a deny above 5 holds for a wide number",
		 WITH("fcntl: {arg: {gt: 5}}"),
		 "fcntl",
		 {0, 0, 0x100000000},
		 HIT},
		{"an allow above 5 does not hold where the low half is small",
		 ALLOW("syscalls", "fcntl: {arg: {gt: 5}}"),
		 "fcntl",
		 {0, 0, 0x100000001},
		 CLOSED},
		{"an allow above 5",
		 ALLOW("syscalls", "fcntl: {arg: {gt: 5}}"),
		 "fcntl",
		 {0, 0, 6},
		 GRANTED},
	};

	check_all(rows, ARRAY_LEN(rows));
}

#define ALL_ABIS                                                                                   \
	"version: 1\nname: t\narchitectures: [x86_64, i386, x32, aarch64]\n"                       \
	"syscalls:\n  default: allow\n  deny:\n    - "

Test(decide, each_abi_has_its_own_table)
{
	static const struct row rows[] = {
		{"i386",
		 ALL_ABIS "openat: {flags: {any-of: O_DIRECTORY}}\n",
		 "openat",
		 {0, 0, 0x10000},
		 ACTION_ERRNO,
		 EPERM,
		 7,
		 ARCH_I386},
		{"x32",
		 ALL_ABIS "openat: {flags: {any-of: O_DIRECTORY}}\n",
		 "openat",
		 {0, 0, 0x10000},
		 ACTION_ERRNO,
		 EPERM,
		 7,
		 ARCH_X32},
		{"aarch64's own value",
		 ALL_ABIS "openat: {flags: {any-of: O_DIRECTORY}}\n",
		 "openat",
		 {0, 0, 0x4000},
		 ACTION_ERRNO,
		 EPERM,
		 7,
		 ARCH_AARCH64},
		{"another ABI's value",
		 ALL_ABIS "openat: {flags: {any-of: O_DIRECTORY}}\n",
		 "openat",
		 {0, 0, 0x10000},
		 ACTION_ALLOW,
		 0,
		 5,
		 ARCH_AARCH64},
		{"tls is the fourth on i386",
		 ALL_ABIS "clone: {tls: 5}\n",
		 "clone",
		 {0, 0, 0, 5, 0},
		 ACTION_ERRNO,
		 EPERM,
		 7,
		 ARCH_I386},
		{"and the fifth on x86_64",
		 ALL_ABIS "clone: {tls: 5}\n",
		 "clone",
		 {0, 0, 0, 5, 0},
		 ACTION_ALLOW,
		 0,
		 5,
		 ARCH_X86_64},
		{"a call of one ABI alone",
		 ALL_ABIS "socketcall\n",
		 "socketcall",
		 {0},
		 ACTION_ERRNO,
		 EPERM,
		 7,
		 ARCH_I386},
		{"an ABI that the policy leaves out",
		 WITH("read"),
		 "read",
		 {0},
		 ACTION_ERRNO,
		 ENOSYS,
		 3,
		 ARCH_I386},
		{"x32, left out", WITH("read"), "read", {0}, ACTION_ERRNO, ENOSYS, 3, ARCH_X32},
	};

	check_all(rows, ARRAY_LEN(rows));
}

Test(decide, unknown_numbers)
{
	static const struct {
		const char *text;
		enum policy_action action;
		int error;
	} rows[] = {
		{SYSCALLS("deny", ""), ACTION_ERRNO, ENOSYS},
		{SYSCALLS("kill", ""), ACTION_ERRNO, ENOSYS},
		{SYSCALLS("allow", ""), ACTION_ALLOW, 0},
		{HEAD "kernel: {default: deny}\n", ACTION_ALLOW, 0},
		{HEAD "files: {default: deny}\n", ACTION_ALLOW, 0},
	};
	static const uint32_t numbers[] = {1000, 0x3fffffff, 0x80000000, UINT32_MAX, 400};
	uint64_t args[CALL_ARGS] = {0};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(diag_freep) struct diag *diag = NULL;
		CLEANUP(policy_freep) struct policy *policy = good_policy(rows[i].text, &diag);

		for (size_t n = 0; n < ARRAY_LEN(numbers); n++) {
			struct policy_decision d =
				policy_decide(policy, ARCH_X86_64, numbers[n], args);

			cr_expect_eq(d.action, rows[i].action, "%s %u", rows[i].text, numbers[n]);
			cr_expect_eq(d.error, rows[i].error);
			cr_expect_null(policy_call(policy, ARCH_X86_64, numbers[n]));
		}
	}
}

/* Conditions against a plain reading of them: every value and its neighbours, of lists of every length. */
Test(decide, conditions_by_their_lists)
{
	uint64_t values[9];
	struct policy policy = {.values = values};

	for (uint32_t n = 1; n <= ARRAY_LEN(values); n++) {
		for (uint32_t i = 0; i < n; i++)
			values[i] = i ? values[i - 1] + 2 + i % 3 : 1;
		for (uint64_t value = 0; value <= values[n - 1] + 2; value++) {
			struct policy_cond cond = {.mask = 0xff, .n_values = n};
			bool in = false;

			for (uint32_t i = 0; i < n; i++)
				in |= values[i] == value;
			for (unsigned junk = 0; junk < 2; junk++) {
				uint64_t asked = value | (junk ? 0xff00 : 0);

				cond.op = COND_IN;
				cr_assert_eq(policy_cond_holds(&policy, &cond, asked), in);
				cond.op = COND_NOT_IN;
				cr_assert_eq(policy_cond_holds(&policy, &cond, asked), !in);
				cond.op = COND_RANGE;
				if (n >= 2)
					cr_assert_eq(policy_cond_holds(&policy, &cond, asked),
						     value >= values[0] && value <= values[1]);
			}
		}
	}
}

/* Every call of every ABI is found, and no number beside one. */
Test(decide, calls_by_their_numbers)
{
	struct diag *diag;
	struct policy *policy = good_policy("version: 1\nname: t\n"
					    "architectures: [x86_64, i386, x32]\n"
					    "syscalls: {default: deny}\n",
					    &diag);

	for (enum arch arch = 0; arch < ARCH_COUNT; arch++) {
		const struct policy_abi *abi = &policy->abi[arch];

		cr_assert_eq(abi->governed, arch != ARCH_AARCH64);
		if (!abi->governed) {
			cr_assert_null(policy_call(policy, arch, 1));
			continue;
		}
		for (uint32_t i = 0; i < abi->n_calls; i++) {
			uint32_t nr = abi->calls[i].nr;

			cr_assert_eq(policy_call(policy, arch, nr), &abi->calls[i]);
			if (i + 1 == abi->n_calls || abi->calls[i + 1].nr != nr + 1)
				cr_assert_null(policy_call(policy, arch, nr + 1));
		}
	}
	cr_assert_null(policy_call(policy, ARCH_COUNT, 1));
	policy_free(policy);
	diag_free(diag);
}

/* Who lets through every capability that there is, wants no filter for their sake. */
Test(decide, every_capability_and_no_filter)
{
	char text[4096] = "version: 1\nname: t\ncapabilities: {default: deny, allow: [";
	struct policy *policy;
	struct diag *diag;
	size_t last = 0;

	for (unsigned i = 0; names_cap(i); i++) {
		last = strlen(text);
		sprintf(text + last, "%s%s", i ? ", " : "", names_cap(i));
	}
	strcat(text, "]}\n");
	policy = good_policy(text, &diag);
	cr_expect_not(policy_wants_filter(policy));
	policy_free(policy);
	diag_free(diag);
	strcpy(text + last, "]}\n");
	policy = good_policy(text, &diag);
	cr_expect(policy_wants_filter(policy));
	policy_free(policy);
	diag_free(diag);
}
