/* SPDX-License-Identifier: Apache-2.0 */
/* argv[0] in PATH, as execvp finds it, and why a program could not be executed. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../enforcer/launch/room.h"

static char dir[] = "/tmp/lookup-test-XXXXXX";
static char cwd[PATH_MAX];

static void write_tool(const char *name, const char *text, mode_t mode)
{
	FILE *file = fopen(name, "we");

	cr_assert_not_null(file);
	fputs(text, file);
	fclose(file);
	cr_assert_eq(chmod(name, mode), 0);
}

static void setup(void)
{
	cr_assert_not_null(getcwd(cwd, sizeof(cwd)));
	cr_assert_not_null(mkdtemp(dir));
	cr_assert_eq(chmod(dir, 0755), 0);
	cr_assert_eq(chdir(dir), 0);
	cr_assert_eq(mkdir("a", 0755), 0);
	cr_assert_eq(mkdir("b", 0755), 0);
	cr_assert_eq(mkdir("c", 0755), 0);
	cr_assert_eq(mkdir("a/tool", 0755), 0);
	write_tool("b/tool", "", 0644);
	write_tool("c/tool", "", 0755);
	write_tool("b/plain", "", 0644);
	write_tool("here", "#!/bin/sh\n", 0755);
	write_tool("lost", "#! /nonexistent/i -x\n", 0755);
	write_tool("empty-line", "#!\n", 0755);
}

static void teardown(void)
{
	cr_assert_eq(chdir(cwd), 0);
	if (fork() == 0)
		execlp("rm", "rm", "-rf", dir, NULL);
}

TestSuite(lookup, .init = setup, .fini = teardown);

static char long_name[PATH_MAX + 10];

static const struct lookup_case {
	const char *name, *program, *path_list;
	int error;
	const char *found;
} lookup_cases[] = {
	{"the first executable regular file", "tool", "a:b:c", 0, "c/tool"},
	{"the order is the list's", "tool", "c:a", 0, "c/tool"},
	{"a directory is no program", "tool", "a", EACCES, NULL},
	{"found, but not executable", "tool", "b", EACCES, NULL},
	{"not executable is worse than not found, wherever it lies", "plain", "b:a:c", EACCES,
	 NULL},
	{"not found", "nothing", "a:b:c", ENOENT, NULL},
	{"a list element that is no directory", "tool", "here:c", 0, "c/tool"},
	{"an empty element is the working directory", "here", "a::b", 0, "./here"},
	{"a colon at the end, too", "here", "a:", 0, "./here"},
	{"an empty list", "here", "", 0, "./here"},
	{"a slash means no list", "./here", "a", 0, "./here"},
	{"a slash, and nothing there", "c/here", "a", ENOENT, NULL},
	{"a slash, not executable", "b/tool", "c", EACCES, NULL},
	{"no name", "", "a:b:c", ENOENT, NULL},
	{"too long a name", long_name, "a", ENOENT, NULL},
};

Test(lookup, as_execvp_does)
{
	char path[PATH_MAX];

	memset(long_name, 'x', sizeof(long_name) - 1);
	for (size_t i = 0; i < ARRAY_LEN(lookup_cases); i++) {
		const struct lookup_case *c = &lookup_cases[i];

		cr_expect_eq(lookup_program(c->program, c->path_list, path), c->error, "%s",
			     c->name);
		if (c->found)
			cr_expect_str_eq(path, c->found, "%s", c->name);
	}
	memset(long_name, '/', sizeof(long_name) - 1);
	cr_expect_eq(lookup_program(long_name, "a", path), ENAMETOOLONG);
}

/* A directory of PATH that others may not enter says nothing of the program. */
Test(lookup, a_directory_that_cannot_be_searched)
{
	char path[PATH_MAX];
	int status;

	cr_assert_eq(chmod("a", 0), 0);
	if (fork() == 0) {
		if (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0)
			_exit(9);
		if (lookup_program("nothing", "a:b", path) != ENOENT)
			_exit(1);
		if (lookup_program("tool", "a:b", path) != EACCES)
			_exit(2);
		_exit(lookup_program("./a/x", "", path) == EACCES ? 0 : 3);
	}
	wait(&status);
	cr_expect_eq(status, 0, "step %d", WEXITSTATUS(status));
	cr_assert_eq(chmod("a", 0755), 0);
}

Test(lookup, the_path_of_an_environment)
{
	char *with[] = {"A=1", "PATHS=no", "PATH=/x", NULL}, *without[] = {"A=1", NULL};

	cr_expect_str_eq(lookup_path(with), "/x");
	cr_expect_not_null(strstr(lookup_path(without), "/usr/bin"));
}

Test(lookup, interpreters)
{
	char interpreter[PATH_MAX];

	cr_expect_eq(lookup_inspect("here", interpreter, sizeof(interpreter)), 0);
	cr_expect_str_eq(interpreter, "/bin/sh");
	cr_expect_eq(lookup_inspect("lost", interpreter, sizeof(interpreter)), ENOENT);
	cr_expect_str_eq(interpreter, "/nonexistent/i");
	cr_expect_eq(lookup_inspect("empty-line", interpreter, sizeof(interpreter)), ENOEXEC);
	cr_expect_eq(lookup_inspect("/bin/true", interpreter, sizeof(interpreter)), 0);
	cr_expect_not_null(strstr(interpreter, "ld-linux"));
	cr_expect_eq(lookup_inspect("c/tool", interpreter, sizeof(interpreter)), 0);
}

static const struct explain_case {
	const char *name, *program, *path;
	int error, status;
	const char *says;
} explain_cases[] = {
	{"not found", "tool", "", ENOENT, 127, "PATH"},
	{"a path that is not there", "./x", "./x", ENOENT, 127, "No such file"},
	{"an interpreter that is missing", "./lost", "./lost", ENOENT, 127,
	 "interpreter /nonexistent/i is missing"},
	{"not executable", "b/tool", "b/tool", EACCES, 126, "noexec"},
	{"no known format", "c/tool", "c/tool", ENOEXEC, 126, "#! line"},
	{"no name", "", "", ENOENT, 127, "\"\""},
	{"anything else", "here", "./here", E2BIG, 126, "too long"},
};

Test(lookup, explanations)
{
	for (size_t i = 0; i < ARRAY_LEN(explain_cases); i++) {
		const struct explain_case *c = &explain_cases[i];
		CLEANUP(diag_freep) struct diag *diag = NULL;

		cr_assert_eq(diag_new(&diag), 0);
		cr_expect_eq(lookup_explain(c->program, c->path, c->error, diag), c->status, "%s",
			     c->name);
		cr_assert_eq(diag_count(diag), 1, "%s", c->name);
		cr_expect_not_null(strstr(diag_at(diag, 0)->text, c->says), "%s: %s", c->name,
				   diag_at(diag, 0)->text);
	}
}
