/* SPDX-License-Identifier: Apache-2.0 */
/* gen.py must refuse tables that are malformed or contradict each other. */
#include "bailiff/base.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *why, *table;
	const char *script; /* of sed, for that table */
	const char *message;
} wrong[] = {
	{"the tables as they are", "syscalls.tsv", "", NULL},
	{"a header of other columns", "groups.tsv", "1s/member/name/", "header"},
	{"a column too few", "syscalls.tsv", "/^read\t/s/\t[^\t]*$//", "columns"},
	{"an empty cell", "groups.tsv", "s/^@aio\tio_submit$/@aio\t/", "empty cell"},
	{"a number taken twice", "syscalls.tsv", "/^close\t/s/\t3\t/\t0\t/", "already"},
	{"an x32 number without its bit", "syscalls.tsv", "/^read\t/s/1073741824/0/", "x32 bit"},
	{"a call twice", "syscalls.tsv", "s/^getpid\t39/getppid\t399/", "getppid twice"},
	{"a width that no register has", "syscalls.tsv", "/^dup\t/s/\t32\tf/\t33\tf/", "width 33"},
	{"fewer widths than arguments", "syscalls.tsv", "/^dup2\t/s/32,32/32/", "length"},
	{"an unknown kind", "syscalls.tsv", "/^dup\t/s/\t32\tf/\t32\tq/", "kind"},
	{"more than six arguments", "syscalls.tsv", "/^dup\t/s/\t1\tfildes/\t7\tfildes/", "range"},
	{"narrow without its argument", "syscalls.tsv", "s/clone_flags=32/flags=32/", "narrow"},
	{"another number in the ABI table", "syscalls-abi.tsv", "s/\t182\t/\t183\t/", "number"},
	{"a 64-bit argument on i386", "syscalls-abi.tsv", "/^setuid\t/s/\t16\t/\t64\t/",
	 "too wide"},
	{"man names of another list", "argnames-man.tsv", "/^ioctl\t/s/fd,cmd,arg/fd,cmd/",
	 "other"},
	{"an alias for two arguments", "argnames-more.tsv", "s/^flock\tcmd\t.*/flock\tcmd\tfd/",
	 "two"},
	{"a constant twice", "constants.tsv", "s/\tAF_INET\t/\tAF_UNIX\t/", "twice"},
	{"a value that is no number", "constants.tsv", "/\tAF_INET\t/s/0x2/two/", "no number"},
	{"an x86_64 value told twice", "constants-arch.tsv", "/O_DIRECT\t/s/0x4000/0x8/",
	 "differs"},
	{"a negative that is none", "constants-negative.tsv", "s/^AT_FDCWD$/AF_INET/", "negative"},
	{"a hole in the capabilities", "constants.tsv", "/\tCAP_BPF\t/d", "holes"},
	{"a nested group that is none", "groups.tsv", "s/\t@sandbox$/\t@sandpit/", "no group"},
	{"a group within itself", "groups.tsv", "s/^@sandbox\tseccomp$/@sandbox\t@default/",
	 "itself"},
	{"a family that is none", "arg-families.tsv", "s/=socket_domain:/=domains:/", "no family"},
	{"a pattern without a match", "arg-families.tsv", "s/AF_\\*/AX_\\*/", "nothing like"},
	{"an argument that is none", "arg-families.tsv", "s/^shutdown\thow/shutdown\twhy/", "why"},
	{"fields that overlap", "arg-families.tsv", "s/octal.0xfff/octal\\/0xffff/", "share bits"},
	{"a constant outside of its field", "arg-families.tsv",
	 "s/value.0x3=open/value\\/0x1=open/", "does not fit"},
	{"a flag of no bits", "arg-families.tsv", "s/,!PROT_NONE//", "no flag"},
	{"a flag wider than its argument", "arg-families.tsv",
	 "s/^setns\t\\(.*\\)CLONE_NEW\\*/setns\t"
	 "\\1CLONE_*,!CSIGNAL/",
	 "wider"},
};

static void run(char *out, size_t size, const char *format, ...) PRINTF_LIKE(3, 4);
static int last_status;

/* Runs a command in the shell and keeps what it prints. */
static void run(char *out, size_t size, const char *format, ...)
{
	char command[2048];
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	cr_assert_lt((size_t)length, sizeof(command));
	FILE *pipe = popen(command, "r");
	cr_assert_not_null(pipe);
	out[fread(out, 1, size - 1, pipe)] = '\0';
	last_status = pclose(pipe);
}

Test(gen, refuses_wrong_tables)
{
	char directory[] = "/tmp/names-gen-XXXXXX", out[1024];

	cr_assert_not_null(mkdtemp(directory));
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		run(out, sizeof(out), "cp enforcer/names/data/*.tsv %s/ 2>&1", directory);
		cr_assert_eq(last_status, 0, "%s (run from the top of the tree)", out);
		run(out, sizeof(out), "sed -i '%s' %s/%s 2>&1", wrong[i].script, directory,
		    wrong[i].table);
		cr_assert_eq(last_status, 0, "%s: %s", wrong[i].why, out);
		run(out, sizeof(out), "cmp -s %s/%s enforcer/names/data/%s", directory,
		    wrong[i].table, wrong[i].table);
		cr_expect_eq(last_status == 0, wrong[i].message == NULL,
			     "%s: the script does nothing", wrong[i].why);
		run(out, sizeof(out), "python3 enforcer/names/gen.py %s %s/tables.c 2>&1",
		    directory, directory);
		cr_expect_eq(last_status == 0, wrong[i].message == NULL, "%s: %s", wrong[i].why,
			     out);
		if (wrong[i].message)
			cr_expect(strstr(out, "gen.py: ") == out && strstr(out, wrong[i].message),
				  "%s: %s", wrong[i].why, out);
	}
	run(out, sizeof(out), "rm -r %s", directory);
}
