/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of names against libseccomp, measured widths, and tables of their own. */
#include "bailiff/base.h"
#include "bailiff/names.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

/* Tests run from the top of the tree. */
static FILE *open_data(const char *path)
{
	FILE *file = fopen(path, "re");

	cr_assert_not_null(file, "%s: %s (run from the top of the tree)", path, strerror(errno));
	return file;
}

static const struct name_call *call_of(enum arch arch, const char *name)
{
	const struct name_call *call = names_call_by_name(arch, name);

	cr_assert_not_null(call, "%s is missing on %s", name, arch_name(arch));
	return call;
}

static const struct name_arg *arg_of(enum arch arch, const char *name, const char *arg)
{
	const struct name_call *call = call_of(arch, name);
	unsigned index;

	cr_assert_eq(names_arg(call, arg, &index), 0, "%s has no %s", name, arg);
	return &call->args[index];
}

static const struct {
	enum arch arch;
	uint32_t scmp;
	size_t calls;	   /* rows of this ABI */
	size_t agree;	   /* of them known to libseccomp 2.5.4; later versions know more */
	size_t pseudo_max; /* numbers it invents: i386 socket and ipc calls, x32 map_shadow_stack */
} abis[] = {
	{ARCH_X86_64, SCMP_ARCH_X86_64, 386, 366, 0},
	{ARCH_I386, SCMP_ARCH_X86, 462, 415, 27},
	{ARCH_X32, SCMP_ARCH_X32, 375, 355, 1},
	{ARCH_AARCH64, SCMP_ARCH_AARCH64, 328, 308, 0},
};

Test(names, numbers_agree_with_libseccomp)
{
	for (size_t i = 0; i < ARRAY_LEN(abis); i++) {
		size_t count, agree = 0, pseudo = 0;
		const struct name_call *calls = names_calls(abis[i].arch, &count);

		cr_expect_eq(count, abis[i].calls, "%s: %zu calls", arch_name(abis[i].arch), count);
		for (size_t j = 0; j < count; j++) {
			int nr = seccomp_syscall_resolve_name_arch(abis[i].scmp, calls[j].name);

			if (nr == __NR_SCMP_ERROR)
				continue;
			if (nr < 0) {
				pseudo++;
				continue;
			}
			agree++;
			cr_expect_eq((uint32_t)nr, calls[j].nr, "%s on %s: %u, libseccomp %d",
				     calls[j].name, arch_name(abis[i].arch), calls[j].nr, nr);
		}
		cr_expect_geq(agree, abis[i].agree, "%s: only %zu compared",
			      arch_name(abis[i].arch), agree);
		cr_expect_leq(pseudo, abis[i].pseudo_max, "%s: %zu pseudo numbers",
			      arch_name(abis[i].arch), pseudo);
	}
}

Test(names, no_number_of_libseccomp_is_missing)
{
	for (size_t i = 0; i < ARRAY_LEN(abis); i++) {
		uint32_t base = abis[i].arch == ARCH_X32 ? X32_BIT : 0;

		for (uint32_t nr = 0; nr < 600; nr++) {
			char *name =
				seccomp_syscall_resolve_num_arch(abis[i].scmp, (int)(base + nr));
			const struct name_call *call = names_call_by_nr(abis[i].arch, base + nr);

			if (name)
				cr_expect(call && strcmp(call->name, name) == 0,
					  "%s %u is %s to libseccomp, %s here",
					  arch_name(abis[i].arch), nr, name,
					  call ? call->name : "nothing");
			free(name);
		}
	}
}

Test(names, tables_are_sorted_and_found_again)
{
	for (unsigned arch = 0; arch < ARCH_COUNT; arch++) {
		size_t count;
		const struct name_call *calls = names_calls((enum arch)arch, &count);

		for (size_t i = 0; i < count; i++) {
			cr_expect(i == 0 || calls[i - 1].nr < calls[i].nr, "%s is out of order",
				  calls[i].name);
			cr_expect_eq(names_call_by_nr((enum arch)arch, calls[i].nr), &calls[i]);
			cr_expect_eq(names_call_by_name((enum arch)arch, calls[i].name), &calls[i],
				     "%s is not found by name", calls[i].name);
			cr_expect(names_call_exists(calls[i].name));
			cr_expect_eq((calls[i].nr & X32_BIT) != 0, arch == ARCH_X32);
			cr_expect_leq(calls[i].nargs, CALL_ARGS);
			for (int j = 0; j < calls[i].nargs; j++)
				cr_expect(arch != ARCH_I386 || calls[i].args[j].width <= 32,
					  "%s %s is wider than a register", calls[i].name,
					  calls[i].args[j].name);
		}
	}
}

Test(names, unknown_names_and_numbers)
{
	static const struct {
		enum arch arch;
		uint32_t nr;
	} holes[] = {
		{ARCH_X86_64, 400},
		{ARCH_X86_64, 0xffffffffu},
		{ARCH_X86_64, X32_BIT},
		{ARCH_X86_64, 0x80000000u},
		{ARCH_X32, 0},
		{ARCH_X32, X32_BIT + 13}, /* is 512 there */
		{ARCH_I386, 0xffff},
		{ARCH_AARCH64, 244},
		{ARCH_AARCH64, 0x7fffffffu},
		{ARCH_COUNT, 0},
	};
	static const char *const nothing[] = {"",      "opena", "openat3", "OPEN",
					      "read ", "zzz",	"@default"};

	for (size_t i = 0; i < ARRAY_LEN(holes); i++)
		cr_expect_null(names_call_by_nr(holes[i].arch, holes[i].nr), "row %zu", i);
	for (size_t i = 0; i < ARRAY_LEN(nothing); i++) {
		cr_expect_null(names_call_by_name(ARCH_X86_64, nothing[i]), "'%s'", nothing[i]);
		cr_expect_not(names_call_exists(nothing[i]), "'%s'", nothing[i]);
	}
	cr_expect_null(names_call_by_name(ARCH_AARCH64, "open"), "aarch64 has openat only");
	cr_expect_null(names_call_by_name(ARCH_X86_64, "socketcall"));
	cr_expect_null(names_call_by_name(ARCH_COUNT, "read"));
	cr_expect(names_call_exists("socketcall"), "on i386");
	cr_expect(names_call_exists("fstatat"), "a historic alias of a group");
	cr_expect(names_call_exists("riscv_hwprobe"), "another machine's, in a group");
}

Test(names, arches)
{
	static const struct {
		uint32_t audit, nr;
		int result;
		enum arch arch;
	} calls[] = {
		{AUDIT_ARCH_X86_64, 0, 0, ARCH_X86_64},
		{AUDIT_ARCH_X86_64, X32_BIT | 1, 0, ARCH_X32},
		{AUDIT_ARCH_X86_64, 0xffffffffu, 0, ARCH_X86_64}, /* a tracer's -1 */
		{AUDIT_ARCH_I386, X32_BIT | 1, 0, ARCH_I386},
		{AUDIT_ARCH_AARCH64, 56, 0, ARCH_AARCH64},
		{AUDIT_ARCH_ARM, 1, -ENOENT, ARCH_COUNT},
	};
	enum arch arch;

	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		arch = ARCH_COUNT;
		cr_expect_eq(arch_of_call(calls[i].audit, calls[i].nr, &arch), calls[i].result);
		cr_expect_eq(arch, calls[i].arch, "row %zu: %s", i, arch_name(arch));
	}
	for (unsigned i = 0; i < ARCH_COUNT; i++) {
		cr_expect_eq(arch_from_name(arch_name((enum arch)i), &arch), 0);
		cr_expect_eq(arch, i);
	}
	cr_expect_eq(arch_from_name("x86-64", &arch), -ENOENT);
	cr_expect_eq(arch_audit(ARCH_X32), arch_audit(ARCH_X86_64));
	cr_expect_eq(arch_audit(arch_native()), seccomp_arch_native() == SCMP_ARCH_AARCH64
							? AUDIT_ARCH_AARCH64
							: AUDIT_ARCH_X86_64);
}

/* Widths that raw calls showed on four kernels. */
Test(names, widths_as_measured)
{
	CLEANUP(close_file) FILE *file = open_data("enforcer/names/data/width-checks.tsv");
	char line[256], call[64], arg[64], narrow[8];
	unsigned width;
	size_t rows = 0;

	while (fgets(line, sizeof(line), file)) {
		if (line[0] == '#')
			continue;
		cr_assert_eq(sscanf(line, "%63s %63s %u %7s", call, arg, &width, narrow), 4);
		const struct name_arg *found = arg_of(ARCH_X86_64, call, arg);
		unsigned expected = strcmp(narrow, "32") == 0 ? 32 : width;
		enum name_narrow how = strcmp(narrow, "32") == 0    ? NARROW_ALWAYS
				       : strcmp(narrow, "32?") == 0 ? NARROW_SOMETIMES
								    : NARROW_NO;

		cr_expect_eq(found->width, expected, "%s %s: %u bits", call, arg, found->width);
		cr_expect_eq(found->narrow, how, "%s %s", call, arg);
		rows++;
	}
	cr_expect_eq(rows, 142);
}

Test(names, arguments_of_each_abi)
{
	static const struct {
		enum arch arch;
		const char *call, *arg;
		unsigned index, width;
		enum name_kind kind;
	} rows[] = {
		{ARCH_X86_64, "clone", "tls", 4, 64, KIND_POINTER},
		{ARCH_AARCH64, "clone", "tls", 3, 64, KIND_POINTER},
		{ARCH_I386, "clone", "tls", 3, 32, KIND_POINTER},
		{ARCH_X32, "clone", "clone_flags", 0, 32, KIND_BITS}, /* narrowed there too */
		{ARCH_AARCH64, "clone", "clone_flags", 0, 32, KIND_BITS},
		{ARCH_X86_64, "mmap", "fd", 4, 32, KIND_FD},
		{ARCH_X86_64, "mmap", "off", 5, 64, KIND_SCALAR},
		{ARCH_I386, "mmap", "arg", 0, 32, KIND_POINTER}, /* one block of arguments */
		{ARCH_I386, "mmap2", "pgoff", 5, 32, KIND_SCALAR},
		{ARCH_I386, "setuid", "uid", 0, 16, KIND_SCALAR},
		{ARCH_I386, "setuid32", "uid", 0, 32, KIND_SCALAR},
		{ARCH_I386, "openat", "filename", 1, 32, KIND_POINTER},
		{ARCH_I386, "openat", "mode", 3, 16, KIND_BITS},
		{ARCH_I386, "pread64", "pos_hi", 4, 32, KIND_SCALAR},
		{ARCH_X32, "ioctl", "arg", 2, 32, KIND_SCALAR},
		{ARCH_X86_64, "ioctl", "arg", 2, 64, KIND_SCALAR},
		{ARCH_X32, "preadv2", "flags", 4, 32, KIND_BITS},
		{ARCH_X32, "preadv2", "fd", 0, 32, KIND_FD},
		{ARCH_X86_64, "preadv2", "flags", 5, 32, KIND_BITS},
		{ARCH_X32, "rt_sigaction", "sigsetsize", 3, 32, KIND_SCALAR},
		{ARCH_X86_64, "read", "buf", 1, 64, KIND_POINTER},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct name_call *call = call_of(rows[i].arch, rows[i].call);
		unsigned index = 99;

		cr_expect_eq(names_arg(call, rows[i].arg, &index), 0, "row %zu", i);
		cr_assert_eq(index, rows[i].index, "%s %s on %s: %u", rows[i].call, rows[i].arg,
			     arch_name(rows[i].arch), index);
		cr_expect_eq(call->args[index].width, rows[i].width, "%s %s on %s: %u bits",
			     rows[i].call, rows[i].arg, arch_name(rows[i].arch),
			     call->args[index].width);
		cr_expect_eq(call->args[index].kind, rows[i].kind, "row %zu", i);
	}
	cr_expect_eq(arg_of(ARCH_X86_64, "fcntl", "arg")->narrow, NARROW_SOMETIMES);
	cr_expect_eq(arg_of(ARCH_X32, "preadv2", "fd")->narrow, NARROW_ALWAYS);
	cr_expect_eq(arg_of(ARCH_I386, "mmap2", "fd")->narrow, NARROW_NO, "all of it is used");
	cr_expect_eq(call_of(ARCH_X86_64, "vserver")->nargs, -1);
	cr_expect_eq(call_of(ARCH_X86_64, "getpid")->nargs, 0);
	cr_expect_str_eq(call_of(ARCH_X86_64, "clone3")->since, "5.3");
	cr_expect_str_eq(call_of(ARCH_X86_64, "read")->since, "old");
	cr_expect_str_eq(arg_of(ARCH_X86_64, "read", "fd")->type, "unsigned int");
}

Test(names, arguments_answer_to_their_other_names)
{
	static const struct {
		const char *call, *arg;
		int index; /* -1: no such argument */
	} rows[] = {
		{"openat", "dfd", 0},	   {"openat", "dirfd", 0},
		{"openat", "path", 1},	   {"openat", "pathname", 1},
		{"openat", "filename", 1}, {"openat", "arg3", 3},
		{"openat", "arg5", 5},	   {"openat", "arg6", -1},
		{"openat", "arg", -1},	   {"openat", "arg01", -1},
		{"openat", "", -1},	   {"openat", "Flags", -1},
		{"ioctl", "cmd", 1},	   {"ioctl", "op", 1},
		{"ioctl", "request", 1},   {"socket", "domain", 0},
		{"socket", "family", 0},   {"personality", "persona", 0},
		{"unshare", "flags", 0},   {"clone", "flags", 0},
		{"prctl", "op", 0},	   {"prctl", "option", 0},
		{"prctl", "arg2", 1}, /* the kernel's own name wins */
		{"prctl", "arg0", 0},	   {"prctl", "arg1", 1},
		{"add_key", "type", 0},	   {"add_key", "_type", 0},
		{"fsopen", "fs_name", 0},  {"fsopen", "fsname", 0},
		{"ptrace", "op", 0},	   {"mount", "mountflags", 3},
		{"mount", "flags", 3},	   {"vserver", "arg2", 2}, /* its arguments are not known */
		{"vserver", "flags", -1},  {"getpid", "arg0", 0},
		{"getpid", "pid", -1},	   {"madvise", "advice", 2},
		{"kill", "sig", 1},	   {"flock", "operation", 1},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		unsigned index = 99;
		int result = names_arg(call_of(ARCH_X86_64, rows[i].call), rows[i].arg, &index);

		cr_expect_eq(result, rows[i].index < 0 ? -ENOENT : 0, "%s %s", rows[i].call,
			     rows[i].arg);
		cr_expect_eq(index, rows[i].index < 0 ? 99 : (unsigned)rows[i].index, "%s %s: %u",
			     rows[i].call, rows[i].arg, index);
	}
	cr_expect_str_eq(arg_of(ARCH_X86_64, "openat", "dfd")->alias, "dirfd");
	cr_expect_str_eq(arg_of(ARCH_X86_64, "ioctl", "cmd")->alias, "op");
	cr_expect_str_eq(arg_of(ARCH_X86_64, "ioctl", "cmd")->alias2, "request");
	cr_expect_null(arg_of(ARCH_X86_64, "read", "fd")->alias);
	cr_expect_str_eq(arg_of(ARCH_I386, "chown32", "user")->alias, "owner");
}

static const char *innermost_in(const char *group, const char *call)
{
	size_t count = 0;
	const struct name_member *members = names_group(group, &count);

	cr_assert_not_null(members, "%s", group);
	for (size_t i = 0; i < count; i++)
		if (strcmp(members[i].call, call) == 0)
			return members[i].innermost;
	return "";
}

Test(names, groups_expand)
{
	static const struct {
		const char *group, *call, *innermost;
	} rows[] = {
		{"@default", "read", ""},
		{"@default", "brk", "@default"},
		{"@default", "seccomp", "@sandbox"},
		{"@system-service", "seccomp", "@sandbox"}, /* through @default */
		{"@system-service", "read", "@basic-io"},
		{"@system-service", "brk", "@default"},
		{"@system-service", "mount", ""},
		{"@privileged", "init_module", "@module"},
		{"@privileged", "chown", "@chown"},
		{"@file-system", "fstatat", "@file-system"}, /* on none of our ABIs */
		{"@known", "cachestat", "@known"},
		{"@known", "stime", "@obsolete"},	   /* and in @known itself */
		{"@system-service", "capget", "@process"}, /* and in @system-service itself */
		{"@system-service", "close", "@basic-io"}, /* and as deep in @file-system */
		{"@known", "_sysctl", "@obsolete"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		cr_expect_str_eq(innermost_in(rows[i].group, rows[i].call), rows[i].innermost,
				 "%s in %s: '%s'", rows[i].call, rows[i].group,
				 innermost_in(rows[i].group, rows[i].call));
}

Test(names, groups_are_whole)
{
	size_t groups;
	const char *const *list = names_groups(&groups);

	cr_expect_eq(groups, 30);
	for (size_t i = 0; i < groups; i++) {
		size_t count = 0;
		const struct name_member *members = names_group(list[i], &count);

		cr_assert_not_null(members, "%s", list[i]);
		cr_expect_gt(count, 0);
		cr_expect(i == 0 || strcmp(list[i - 1], list[i]) < 0);
		for (size_t j = 0; j < count; j++) {
			cr_expect(j == 0 || strcmp(members[j - 1].call, members[j].call) < 0,
				  "%s: %s", list[i], members[j].call);
			cr_expect_neq(members[j].call[0], '@', "%s is not expanded", list[i]);
			cr_expect(names_call_exists(members[j].call), "%s", members[j].call);
		}
	}
	size_t count = 77;

	cr_expect_null(names_group("@defaults", &count));
	cr_expect_null(names_group("default", &count));
	cr_expect_eq(count, 77, "written although there is no such group");
}

/* Every name of the tables but one, long dead, is one of @known. */
Test(names, known_knows_all)
{
	for (size_t i = 0; i < ARRAY_LEN(abis); i++) {
		size_t count;
		const struct name_call *calls = names_calls(abis[i].arch, &count);

		for (size_t j = 0; j < count; j++)
			cr_expect(*innermost_in("@known", calls[j].name) ||
					  strcmp(calls[j].name, "nfsservctl") == 0,
				  "%s", calls[j].name);
	}
}
