/* SPDX-License-Identifier: Apache-2.0 */
/* Where patterns lead through symbolic links. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/load.h"

static char top[] = "/tmp/bailiff-load.XXXXXX";
static struct load_machine *machine;

static void enter(void)
{
	static const char *const directories[] = {"real", "real/sub", "odd[*]"};
	static const struct {
		const char *to, *name;
	} links[] = {
		{"real", "link"},      {"../real/sub", "real/up"}, {"nowhere", "dangling"},
		{"link/sub", "chain"}, {"odd[*]", "strange"},	   {"/", "root"},
		{"loop", "loop"},      {"sub/file", "real/leaf"},
	};
	FILE *file;

	cr_assert_not_null(mkdtemp(top));
	cr_assert_eq(chdir(top), 0);
	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
		cr_assert_eq(mkdir(directories[i], 0755), 0);
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		cr_assert_eq(symlink(links[i].to, links[i].name), 0);
	file = fopen("real/sub/file", "w");
	cr_assert_not_null(file);
	cr_assert_eq(fclose(file), 0);
	cr_assert_eq(load_machine_new(&machine), 0);
}

static void leave(void)
{
	char command[64];

	load_machine_free(machine);
	snprintf(command, sizeof(command), "rm -rf %s", top);
	cr_expect_eq(system(command), 0);
}

/* Both are below the directory of the test; NULL: it stays as it is. '=' begins what is not below. */
static const struct row {
	const char *pattern, *wanted;
} rows[] = {
	{"/real/sub/file", NULL},
	{"/link/sub/file", "/real/sub/file"},
	{"/link", "/real"},
	{"/link/**", "/real/**"},
	{"/link/sub/*.so", "/real/sub/*.so"},
	{"/link/s*/file", "/real/s*/file"},
	{"/l*/sub", NULL},
	{"/real/up/file", "/real/sub/file"},
	{"/real/leaf", "/real/sub/file"},
	{"/link/leaf", "/real/sub/file"},
	{"/link/none/at/all", "/real/none/at/all"},
	{"/link/none/at/*", "/real/none/at/*"},
	{"/none/at/all", NULL},
	{"/dangling", NULL},
	{"/dangling/x", NULL},
	{"/loop/x", NULL},
	{"/chain/file", "/real/sub/file"},
	{"/chain/file/beyond", "/real/sub/file/beyond"},
	{"/strange/x", "/odd[[][*]]/x"},
	{"/strange", "/odd[[][*]]"},
	{"/real/[a]", NULL},
	{"/root/etc", "=/etc"},
	{"/root/**", "=/**"},
	{"=/", NULL},
	{"=/**", NULL},
	{"=/*", NULL},
	{"=/proc/self/exe", NULL},
};

static const char *full(const char *path, char *out, size_t size)
{
	if (*path == '=')
		snprintf(out, size, "%s", path + 1);
	else
		snprintf(out, size, "%s%s", top, path);
	return out;
}

static void check_all(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char pattern[256], wanted[256], *got = NULL;

		full(rows[i].pattern, pattern, sizeof(pattern));
		cr_assert_eq(load_resolve(machine, pattern, &got), 0, "%s", pattern);
		if (rows[i].wanted)
			cr_expect_str_eq(got ? got : "(itself)",
					 full(rows[i].wanted, wanted, sizeof(wanted)), "%s: %s",
					 pattern, got ? got : "(itself)");
		else
			cr_expect_null(got, "%s: %s", pattern, got ? got : "");
		free(got);
	}
}

TestSuite(resolve, .init = enter, .fini = leave, .timeout = 20);

Test(resolve, patterns)
{
	check_all();
	check_all(); /* what is known by now answers the same */
}

/* More directories than the table begins with, twice. */
Test(resolve, many_directories)
{
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 3000; i++) {
			char pattern[256], wanted[256], *got = NULL;

			snprintf(pattern, sizeof(pattern), "%s/link/d%d/e%d/f", top, i, i % 7);
			snprintf(wanted, sizeof(wanted), "%s/real/d%d/e%d/f", top, i, i % 7);
			cr_assert_eq(load_resolve(machine, pattern, &got), 0);
			cr_assert_not_null(got);
			cr_assert_str_eq(got, wanted);
			free(got);
		}
}

Test(resolve, users)
{
	uint32_t uid = 1;

	cr_expect_eq(load_user(NULL, "root", &uid), 0);
	cr_expect_eq(uid, 0u);
	cr_expect_eq(load_user(NULL, "no-such-user", &uid), -ENOENT);
}

/* What can't be looked up must not pass for what is there no link for. */
Test(resolve, want_of_descriptors_is_an_error)
{
	struct rlimit before, few = {.rlim_cur = 0};
	char pattern[64], *path = NULL;
	int r;

	snprintf(pattern, sizeof(pattern), "%s/link", top);
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	few.rlim_max = before.rlim_max;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	r = load_resolve(machine, pattern, &path);
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	cr_expect_eq(r, -EMFILE, "%d, %s", r, path ? path : "itself");
	free(path);
	cr_expect_eq(load_resolve(machine, pattern, &path), 0);
	cr_assert_not_null(path);
	free(path);
}
