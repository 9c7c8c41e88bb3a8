/* SPDX-License-Identifier: Apache-2.0 */
/* What of `exec` and `files` a filter holds. */
#include "help_policy.h"

#include <sys/mman.h>

#define SHARED_EXEC 0100000
#define IMPLIES	    0x0400000
#define NOEXEC_SEAL 8

#define EXEC(default, rest)  HEAD "exec:\n  default: " default "\n" rest
#define FILES(default, rest) HEAD "files:\n  default: " default "\n" rest
#define I386		     "version: 1\nname: t\narchitectures: [i386, x32, x86_64]\n"

static const char anonymous[] = EXEC("allow", "  deny: [anonymous-memory]\n");
static const char writable[] =
	EXEC("allow", "  deny: [{paths: [writable-then-executable], action: errno EACCES}]\n");

Test(memory, words_of_exec)
{
	static const struct row rows[] = {
		{"new memory",
		 anonymous,
		 "mmap",
		 {0, 0, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS},
		 ACTION_ERRNO,
		 EPERM,
		 6,
		 0},
		{"not to be executed",
		 anonymous,
		 "mmap",
		 {0, 0, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS},
		 ACTION_ALLOW,
		 0,
		 LINE_NONE,
		 0},
		{"a library",
		 anonymous,
		 "mmap",
		 {0, 0, PROT_READ | PROT_EXEC, MAP_PRIVATE},
		 ACTION_ALLOW,
		 0,
		 LINE_NONE,
		 0},
		{"a file, to be written too",
		 anonymous,
		 "mmap",
		 {0, 0, PROT_WRITE | PROT_EXEC, MAP_SHARED},
		 ACTION_ALLOW,
		 0,
		 LINE_NONE,
		 0},
		{"made executable",
		 anonymous,
		 "mprotect",
		 {0, 0, PROT_EXEC},
		 ACTION_ERRNO,
		 EPERM,
		 6,
		 0},
		{"made readable",
		 anonymous,
		 "mprotect",
		 {0, 0, PROT_READ},
		 ACTION_ALLOW,
		 0,
		 LINE_NONE,
		 0},
		{"with a key",
		 anonymous,
		 "pkey_mprotect",
		 {0, 0, PROT_EXEC},
		 ACTION_ERRNO,
		 EPERM,
		 6,
		 0},
		{"shared memory",
		 anonymous,
		 "shmat",
		 {0, 0, SHARED_EXEC},
		 ACTION_ERRNO,
		 EPERM,
		 6,
		 0},
		{"shared memory to be read",
		 anonymous,
		 "shmat",
		 {0, 0, 010000},
		 ACTION_ALLOW,
		 0,
		 LINE_NONE,
		 0},
		{"a personality that makes all executable",
		 anonymous,
		 "personality",
		 {IMPLIES},
		 ACTION_ERRNO,
		 EPERM,
		 6,
		 0},
		{"which personality is it",
		 anonymous,
		 "personality",
		 {JUNK | 0xffffffff},
		 ACTION_ALLOW,
		 0,
		 LINE_NONE,
		 0},
		{"another personality",
		 anonymous,
		 "personality",
		 {0x0040000},
		 ACTION_ALLOW,
		 0,
		 LINE_NONE,
		 0},
		{"a file without a place",
		 anonymous,
		 "memfd_create",
		 {0, 1},
		 ACTION_ERRNO,
		 EPERM,
		 6,
		 0},
		{"one that can't be started, but mapped",
		 anonymous,
		 "memfd_create",
		 {0, NOEXEC_SEAL | 1},
		 ACTION_ERRNO,
		 EPERM,
		 6,
		 0},
		{"written and executed",
		 writable,
		 "mmap",
		 {0, 0, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED},
		 ACTION_ERRNO,
		 EACCES,
		 6,
		 0},
		{"executed alone",
		 writable,
		 "mmap",
		 {0, 0, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS},
		 ACTION_ALLOW,
		 0,
		 LINE_NONE,
		 0},
		{"written before",
		 writable,
		 "mprotect",
		 {0, 0, PROT_EXEC},
		 ACTION_ERRNO,
		 EACCES,
		 6,
		 0},
		{"written in a file",
		 writable,
		 "memfd_create",
		 {0, 0},
		 ACTION_ALLOW,
		 0,
		 LINE_NONE,
		 0},
	};

	check_all(rows, ARRAY_LEN(rows));
}

Test(memory, who_decides_on_a_word)
{
	static const char strict[] = EXEC("allow", "  allow: [anonymous-memory]\n"
						   "  deny: [anonymous-memory]\n");
	static const char by[] =
		EXEC("allow", "  allow: [{paths: [anonymous-memory], by: [/bin/x]}]\n"
			      "  deny: [anonymous-memory, writable-then-executable]\n");
	static const char denied_by[] =
		EXEC("allow", "  deny: [{paths: [anonymous-memory], by: [/bin/x]}]\n");
	static const char denied[] = EXEC("kill", "");
	static const char both[] = EXEC("deny", "  deny: [anonymous-memory]\n");
	static const struct row rows[] = {
		{"the stricter", strict, "mprotect", {0, 0, PROT_EXEC}, ACTION_ERRNO, EPERM, 7, 0},
		{"somebody may",
		 by,
		 "mmap",
		 {0, 0, PROT_EXEC, MAP_ANONYMOUS},
		 ACTION_ALLOW,
		 0,
		 LINE_NONE,
		 0},
		{"the other word is nobody's",
		 by,
		 "mprotect",
		 {0, 0, PROT_EXEC},
		 ACTION_ERRNO,
		 EPERM,
		 7,
		 0},
		{"somebody may not",
		 denied_by,
		 "mprotect",
		 {0, 0, PROT_EXEC},
		 ACTION_ALLOW,
		 0,
		 LINE_NONE,
		 0},
		{"audited",
		 EXEC("allow", "  audit: [anonymous-memory]\n"),
		 "mprotect",
		 {0, 0, PROT_EXEC},
		 ACTION_AUDIT,
		 0,
		 6,
		 0},
		{"words have no default",
		 denied,
		 "mprotect",
		 {0, 0, PROT_EXEC},
		 ACTION_ALLOW,
		 0,
		 LINE_NONE,
		 0},
		{"but no path names a memfd",
		 denied,
		 "memfd_create",
		 {0, 0},
		 ACTION_ERRNO,
		 EPERM,
		 5,
		 0},
		{"one that can't be executed",
		 denied,
		 "memfd_create",
		 {0, NOEXEC_SEAL},
		 ACTION_ALLOW,
		 0,
		 LINE_NONE,
		 0},
		{"a word tells more than the default",
		 both,
		 "memfd_create",
		 {0, 0},
		 ACTION_ERRNO,
		 EPERM,
		 6,
		 0},
		{"two words, two errnos: no contradiction",
		 EXEC("allow", "  deny:\n    - anonymous-memory\n"
			       "    - {paths: [writable-then-executable], action: errno 13}\n"),
		 "mprotect",
		 {0, 0, PROT_EXEC},
		 ACTION_ERRNO,
		 EPERM,
		 7,
		 0},
		{"no class",
		 HEAD "files: {default: deny}\n",
		 "memfd_create",
		 {0, 0},
		 ACTION_ALLOW,
		 0,
		 LINE_NONE,
		 0},
	};

	check_all(rows, ARRAY_LEN(rows));
}

Test(memory, words_on_every_architecture)
{
	static const char all[] = I386 "exec:\n  default: allow\n  deny: [anonymous-memory]\n";
	static const char kill[] = I386 "exec:\n  default: allow\n  deny:\n"
					"    - {paths: [writable-then-executable], action: kill}\n";
	static const char audit[] = I386 "exec:\n  default: allow\n  audit: [anonymous-memory]\n";
	static const struct row rows[] = {
		{"x32",
		 all,
		 "mmap",
		 {0, 0, PROT_EXEC, MAP_ANONYMOUS},
		 ACTION_ERRNO,
		 EPERM,
		 6,
		 ARCH_X32},
		{"i386",
		 all,
		 "mmap2",
		 {0, 0, PROT_EXEC, MAP_ANONYMOUS},
		 ACTION_ERRNO,
		 EPERM,
		 6,
		 ARCH_I386},
		{"a library",
		 all,
		 "mmap2",
		 {0, 0, PROT_EXEC, MAP_PRIVATE},
		 ACTION_ALLOW,
		 0,
		 LINE_NONE,
		 ARCH_I386},
		{"arguments in memory", all, "mmap", {0}, ACTION_ERRNO, ENOSYS, 4, ARCH_I386},
		{"even where the word kills",
		 kill,
		 "mmap",
		 {0},
		 ACTION_ERRNO,
		 ENOSYS,
		 4,
		 ARCH_I386},
		{"written and executed",
		 kill,
		 "mmap2",
		 {0, 0, PROT_WRITE | PROT_EXEC, 0},
		 ACTION_KILL,
		 0,
		 7,
		 ARCH_I386},
		{"audited", audit, "mmap", {0}, ACTION_AUDIT, 0, 6, ARCH_I386},
		{"shmat by ipc",
		 all,
		 "ipc",
		 {JUNK | 21, 0, SHARED_EXEC},
		 ACTION_ERRNO,
		 EPERM,
		 6,
		 ARCH_I386},
		{"of some version",
		 all,
		 "ipc",
		 {0x10015, 0, SHARED_EXEC},
		 ACTION_ERRNO,
		 EPERM,
		 6,
		 ARCH_I386},
		{"not to be executed",
		 all,
		 "ipc",
		 {21, 0, 0},
		 ACTION_ALLOW,
		 0,
		 LINE_NONE,
		 ARCH_I386},
		{"not shmat",
		 all,
		 "ipc",
		 {23, 0, SHARED_EXEC},
		 ACTION_ALLOW,
		 0,
		 LINE_NONE,
		 ARCH_I386},
		{"shmat by itself",
		 all,
		 "shmat",
		 {0, 0, SHARED_EXEC},
		 ACTION_ERRNO,
		 EPERM,
		 6,
		 ARCH_I386},
	};

	check_all(rows, ARRAY_LEN(rows));
}

/* Every call of an access that is denied everywhere, on every ABI that has it; and no other. */
Test(files, accesses_that_no_path_allows)
{
	static const struct {
		const char *call;
		unsigned access;
	} calls[] = {
		{"chmod", ACCESS_CHMOD},
		{"fchmod", ACCESS_CHMOD},
		{"fchmodat", ACCESS_CHMOD},
		{"fchmodat2", ACCESS_CHMOD},
		{"chown", ACCESS_CHOWN},
		{"fchown", ACCESS_CHOWN},
		{"lchown", ACCESS_CHOWN},
		{"fchownat", ACCESS_CHOWN},
		{"chown32", ACCESS_CHOWN},
		{"fchown32", ACCESS_CHOWN},
		{"lchown32", ACCESS_CHOWN},
		{"setxattr", ACCESS_XATTR},
		{"lsetxattr", ACCESS_XATTR},
		{"fsetxattr", ACCESS_XATTR},
		{"setxattrat", ACCESS_XATTR},
		{"removexattr", ACCESS_XATTR},
		{"lremovexattr", ACCESS_XATTR},
		{"fremovexattr", ACCESS_XATTR},
		{"removexattrat", ACCESS_XATTR},
		{"link", ACCESS_LINK},
		{"linkat", ACCESS_LINK},
		{"getxattr", 0},
		{"fgetxattr", 0},
		{"listxattr", 0},
		{"unlink", 0},
		{"rename", 0},
		{"symlink", 0},
		{"open", 0},
		{"utimensat", 0},
	};
	static const char *const words[] = {
		[__builtin_ctz(ACCESS_LINK)] = "link",
		[__builtin_ctz(ACCESS_CHMOD)] = "chmod",
		[__builtin_ctz(ACCESS_CHOWN)] = "chown",
		[__builtin_ctz(ACCESS_XATTR)] = "xattr",
	};
	static const uint64_t none[CALL_ARGS];

	for (unsigned bit = 0; bit < ARRAY_LEN(words); bit++) {
		CLEANUP(diag_freep) struct diag *diag = NULL;
		CLEANUP(policy_freep) struct policy *policy = NULL;
		char text[256];

		if (!words[bit])
			continue;
		snprintf(text, sizeof(text),
			 I386 "files:\n  default: allow\n  deny:\n    - {paths: [\"/**\"], "
			      "access: [%s, write], action: errno EACCES}\n",
			 words[bit]);
		policy = good_policy(text, &diag);
		cr_expect_eq(policy_closed_access(policy), 1u << bit | ACCESS_WRITE);
		for (enum arch arch = 0; arch < ARCH_AARCH64; arch++)
			for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
				const struct name_call *call =
					names_call_by_name(arch, calls[i].call);
				struct policy_decision d;

				if (!call)
					continue;
				d = policy_decide(policy, arch, call->nr, none);
				cr_expect_eq(d.error, calls[i].access == 1u << bit ? EACCES : 0,
					     "%s on %s under a denied %s", calls[i].call,
					     arch_name(arch), words[bit]);
				cr_expect(!d.error || policy->rules[d.rule].pos.line == 7);
			}
	}
}

Test(files, what_is_closed)
{
	static const struct {
		const char *name, *text;
		uint32_t closed;
	} rows[] = {
		{"no class", EXEC("deny", ""), 0},
		{"all", FILES("deny", ""), ACCESS_ALL},
		{"audited", FILES("audit", ""), 0},
		{"one path allows", FILES("deny", "  allow: [{paths: [/a], access: [chmod]}]\n"),
		 ACCESS_ALL & ~ACCESS_CHMOD},
		{"one path audits", FILES("deny", "  audit: [{paths: [/a], access: [link]}]\n"),
		 ACCESS_ALL & ~ACCESS_LINK},
		{"one path allows all", FILES("deny", "  allow: [/a]\n"), 0},
		{"one executable may",
		 FILES("deny", "  allow: [{paths: [\"/**\"], access: [chmod], by: [/bin/x]}]\n"
			       "  deny: [{paths: [\"/**\"], access: [chmod]}]\n"),
		 ACCESS_ALL & ~ACCESS_CHMOD},
		{"one executable may not",
		 FILES("allow", "  deny: [{paths: [\"/**\"], access: [chmod], by: [/bin/x]}]\n"),
		 0},
		{"denied below",
		 FILES("allow", "  deny: [{paths: [\"/a/**\"], access: [chmod]}]\n"), 0},
		{"denied everywhere",
		 FILES("allow", "  deny: [{paths: [\"/**\"], access: [chmod, xattr]}]\n"),
		 ACCESS_CHMOD | ACCESS_XATTR},
		{"and allowed below",
		 FILES("allow", "  deny: [{paths: [\"/**\"], access: [chmod, xattr]}]\n"
				"  allow: [{paths: [\"/a/*\"], access: [xattr]}]\n"),
		 ACCESS_CHMOD},
		{"of equals the stricter",
		 FILES("deny", "  allow: [\"/**\"]\n"
			       "  deny: [{paths: [\"/**\"], access: [link]}]\n"),
		 ACCESS_LINK},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(diag_freep) struct diag *diag = NULL;
		CLEANUP(policy_freep) struct policy *policy = good_policy(rows[i].text, &diag);

		cr_expect_eq(policy_closed_access(policy), rows[i].closed, "%s: %#x", rows[i].name,
			     policy_closed_access(policy));
	}
}

Test(files, io_uring_links_unseen)
{
	static const struct row rows[] = {
		{"closed", FILES("deny", ""), "io_uring_setup", {0}, ACTION_ERRNO, EPERM, 4, 0},
		{"by the default's own rule",
		 FILES("errno EACCES", ""),
		 "link",
		 {0},
		 ACTION_ERRNO,
		 EACCES,
		 5,
		 0},
		{"open", FILES("allow", ""), "io_uring_setup", {0}, ACTION_ALLOW, 0, LINE_NONE, 0},
		{"reading is left alone",
		 FILES("deny", ""),
		 "openat",
		 {0},
		 ACTION_ALLOW,
		 0,
		 LINE_NONE,
		 0},
	};

	check_all(rows, ARRAY_LEN(rows));
}
