/* SPDX-License-Identifier: Apache-2.0 */
/* What who walks the file system asks: which directories may be listed, what is a directory alone, who is to
 * blame. And what there is to be handled at all. */
#include <criterion/criterion.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/landlock.h"

#define OPEN "files:\n  default: allow\n  deny:\n" /* rules from line 6 on */
#define SHUT "files:\n  default: deny\n  allow:\n"

struct made {
	struct policy *policy;
	struct landlock *landlock;
};

static struct made make(const char *classes, unsigned abi)
{
	struct landlock_options options = {.abi = abi};
	struct made made = {NULL, NULL};
	struct diag *diag = NULL;
	char text[1024];
	int n = snprintf(text, sizeof(text), "version: 1\nname: t\n%s", classes);

	cr_assert_eq(diag_new(&diag), 0);
	cr_assert_eq(policy_parse(text, (size_t)n, "t.yaml", diag, &made.policy), 0, "%s", text);
	cr_assert_eq(landlock_compile(made.policy, &options, diag, &made.landlock), 0);
	diag_free(diag);
	return made;
}

static void clear(struct made *made)
{
	landlock_free(made->landlock);
	policy_free(made->policy);
}

static const struct landlock_place *at(const struct made *made, const char *path)
{
	const struct landlock_place *place = landlock_root(made->landlock);
	char copy[256], *rest = copy, *name;

	snprintf(copy, sizeof(copy), "%s", path);
	while ((name = strsep(&rest, "/")))
		if (*name)
			place = landlock_step(made->landlock, place, name);
	return place;
}

static unsigned line_of(const struct made *made, uint32_t rule)
{
	return rule == POLICY_NO_RULE ? 0 : made->policy->rules[rule].pos.line;
}

/* --- Listing -------------------------------------------------------------------------------------- */

/* The files that are there: what begins with "/d/f". */
static bool is_file(void *context, const char *path)
{
	unsigned *asked = context;

	(*asked)++;
	return strncmp(path, "/d/f", 4) == 0;
}

Test(walk, what_may_be_listed)
{
	static const struct {
		const char *classes, *path;
		bool listable;
		unsigned asked;
	} rows[] = {
		{OPEN "    []\n", "/", true, 0},
		{OPEN "    - {paths: [/d/f], access: [write]}\n", "/", true, 0},
		/* One name, and a file is behind it: nothing there could be listed. */
		{OPEN "    - {paths: [/d/f], access: [read]}\n", "/", true, 1},
		{OPEN "    - {paths: [/d/f], access: [read]}\n", "/d", true, 1},
		{OPEN "    - {paths: [/d/f], access: [read]}\n", "/d/f", true, 1},
		{OPEN "    - {paths: [/d/f, /d/f2, /d/f3], access: [read]}\n", "/", true, 3},
		{OPEN "    - {paths: [/d/f, /d/g, /d/h], access: [read]}\n", "/", false, 2},
		{OPEN "    - {paths: [/d/g], access: [read]}\n", "/", false, 1},
		{OPEN "    - {paths: [/d/g], access: [read]}\n", "/e", true, 0},
		/* A tree, all names in one, or some of them: there may be directories. */
		{OPEN "    - {paths: [/d/f/**], access: [read]}\n", "/", false, 0},
		{OPEN "    - {paths: [\"/d/f*\"], access: [read]}\n", "/", false, 0},
		{OPEN "    - {paths: [\"/d/a*\"], access: [write]}\n"
		      "    - {paths: [\"/d/f*\"], access: [read]}\n",
		 "/", false, 0},
		{OPEN "    - {paths: [\"/d/f*\"], access: [read]}\n"
		      "    - {paths: [\"/d/a*\"], access: [write]}\n",
		 "/", false, 0},
		{OPEN "    - {paths: [\"/d/*\"], access: [read]}\n", "/", false, 0},
		{OPEN "    - {paths: [\"/d/f*\"], access: [write]}\n", "/", true, 0},
		/* It is denied itself, but not what is in it. */
		{OPEN "    - {paths: [/d, /d/f], access: [read]}\n", "/", false, 0},
		{OPEN "    - {paths: [/d/f, /d/f/x], access: [read]}\n", "/", false, 0},
		{SHUT "    - {paths: [/d/**], access: [read]}\n", "/", false, 0},
		{SHUT "    - {paths: [/d/**], access: [read]}\n", "/d", true, 0},
		{SHUT "    - {paths: [/d/**], access: [read]}\n"
		      "  deny:\n    - {paths: [/d/f], access: [read]}\n",
		 "/d", true, 1},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct made made = make(rows[i].classes, LANDLOCK_ABI_NEWEST);
		unsigned asked = 0;

		cr_expect_eq(
			landlock_listable(at(&made, rows[i].path), rows[i].path, is_file, &asked),
			rows[i].listable, "%zu: %s%s", i, rows[i].classes, rows[i].path);
		cr_expect_eq(asked, rows[i].asked, "%zu: asked %u times: %s", i, asked,
			     rows[i].classes);
		clear(&made);
	}
}

static bool has_length(void *context, const char *path)
{
	*(size_t *)context = strlen(path);
	return true;
}

/* The longest path that there is, and one byte more. */
Test(walk, how_long_a_path_may_be)
{
	static char path[PATH_MAX + 1], classes[512];
	struct made made;
	char name[256] = "";
	size_t seen = 0;

	memset(name, 'n', 200);
	snprintf(classes, sizeof(classes), OPEN "    - {paths: [\"/*/%s\"], access: [read]}\n",
		 name);
	made = make(classes, LANDLOCK_ABI_NEWEST);
	memset(path, 'a', PATH_MAX);
	path[0] = '/';
	path[PATH_MAX - 202] = '\0';
	cr_expect(landlock_listable(at(&made, "/a"), path, has_length, &seen));
	cr_expect_eq(seen, PATH_MAX - 1);
	path[PATH_MAX - 202] = 'a';
	path[PATH_MAX - 201] = '\0';
	cr_expect_not(landlock_listable(at(&made, "/a"), path, has_length, &seen));
	path[PATH_MAX - 201] = 'a';
	cr_expect_not(landlock_listable(at(&made, "/a"), path, has_length, &seen));
	clear(&made);
}

/* --- Directories alone ---------------------------------------------------------------------------- */

Test(walk, directories_alone)
{
	static const struct {
		const char *classes, *path;
		unsigned line;
	} rows[] = {
		{SHUT "    - {paths: [/d], access: [read, execute]}\n", "/d", 6},
		{SHUT "    - {paths: [/d], access: [read, execute]}\n", "/", 0},
		{SHUT "    - {paths: [/d], access: [read, execute]}\n", "/d/e", 0},
		{SHUT "    - {paths: [/d/**], access: [read, execute]}\n", "/d", 0},
		{SHUT "    - {paths: [/d, /d/e/**], access: [read, execute]}\n", "/d", 6},
		{SHUT "    - {paths: [/d], access: [write]}\n", "/d", 0},
		{OPEN "    - {paths: [/d/e/**], access: [read]}\n", "/d", 0},
		/* Of equal rank the stricter decides. */
		{OPEN "    - {paths: [/d/**], access: [read]}\n"
		      "  allow:\n    - {paths: [/d], access: [read]}\n",
		 "/d", 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct made made = make(rows[i].classes, LANDLOCK_ABI_NEWEST);

		cr_expect_eq(line_of(&made, landlock_alone(at(&made, rows[i].path))), rows[i].line,
			     "%zu", i);
		clear(&made);
	}
}

/* --- Blame ---------------------------------------------------------------------------------------- */

#define BIT(right) ((unsigned)__builtin_ctz(LANDLOCK_##right))

Test(walk, who_is_to_blame)
{
	static const struct {
		const char *classes;
		unsigned bit;
		const char *path;
		unsigned line;
	} rows[] = {
		{OPEN "    - {paths: [/d/f], access: [read]}\n", BIT(READ_FILE), "/d/f", 6},
		{OPEN
		 "    - {paths: [/a], access: [read]}\n    - {paths: [/d/f], access: [read]}\n",
		 BIT(READ_FILE), "/d/f", 7},
		/* What could not be granted for the sake of something in it, or beside it. */
		{OPEN
		 "    - {paths: [/a], access: [read]}\n    - {paths: [/d/f], access: [read]}\n",
		 BIT(READ_DIR), "/d", 7},
		{OPEN "    - {paths: [/a/x], access: [read]}\n"
		      "    - {paths: [/d/f], access: [read]}\n",
		 BIT(READ_FILE), "/d/new", 7},
		{OPEN "    - {paths: [/a/x], access: [read]}\n"
		      "    - {paths: [/d/f], access: [read]}\n",
		 BIT(READ_FILE), "/a/b/c", 6},
		{OPEN "    - {paths: [/a/x], access: [read]}\n"
		      "    - {paths: [/d/f], access: [read]}\n",
		 BIT(READ_FILE), "/e", 6},
		/* That of the directory itself comes before those of others, be they the first. */
		{OPEN "    - {paths: [/a/a/x], access: [read]}\n"
		      "    - {paths: [/a/b/f, /a/c/f], access: [read]}\n"
		      "    - {paths: [/b/f], access: [read]}\n",
		 BIT(READ_FILE), "/a/b/new", 7},
		{OPEN "    - {paths: [/a/a/x], access: [read]}\n"
		      "    - {paths: [/a/b/f, /a/c/f], access: [read]}\n"
		      "    - {paths: [/b/f], access: [read]}\n",
		 BIT(READ_FILE), "/b/new", 8},
		{OPEN "    - {paths: [/b/x], access: [read]}\n"
		      "    - {paths: [/a/f], access: [read]}\n",
		 BIT(READ_FILE), "/a/new/of/it", 7},
		{OPEN "    - {paths: [\"/a/*.so\"], access: [create]}\n", BIT(MAKE_REG), "/a", 6},
		{OPEN "    - {paths: [/a/b/**], access: [delete]}\n", BIT(REMOVE_FILE), "/a/b", 6},
		{OPEN "    - {paths: [/a/b/**], access: [delete]}\n", BIT(MAKE_REG), "/a/b", 0},
		{SHUT "    - {paths: [/a/**], access: [read]}\n", BIT(WRITE_FILE), "/a/f", 4},
		{"exec:\n  default: allow\n  deny: [/a/x]\n" OPEN
		 "    - {paths: [/a/y], access: [read, execute]}\n",
		 BIT(EXECUTE), "/a/x", 5},
		{"exec:\n  default: allow\n  deny: [/a/x]\n" OPEN
		 "    - {paths: [/a/y], access: [read, execute]}\n",
		 BIT(EXECUTE), "/a/y", 9},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct made made = make(rows[i].classes, LANDLOCK_ABI_NEWEST);
		uint32_t rule = landlock_blame(made.landlock, rows[i].bit, rows[i].path);

		cr_expect_eq(line_of(&made, rule), rows[i].line, "%zu: line %u", i,
			     line_of(&made, rule));
		clear(&made);
	}
}

/* --- What is handled ------------------------------------------------------------------------------- */

#define ALL_OF_1 ((1u << 13) - 1)

Test(walk, what_is_handled)
{
	static const struct {
		const char *classes;
		unsigned abi;
		uint64_t fs, scoped;
		bool mdwe, no_truncation;
	} rows[] = {
		{OPEN "    []\n", 7, 0, 0, false, false},
		{OPEN "    - {paths: [/a], access: [read]}\n", 7,
		 LANDLOCK_READ_FILE | LANDLOCK_READ_DIR | LANDLOCK_REFER, 0, false, false},
		{OPEN "    - {paths: [/a], access: [read]}\n", 1,
		 LANDLOCK_READ_FILE | LANDLOCK_READ_DIR, 0, false, false},
		{OPEN "    - {paths: [/a], access: [write]}\n", 3,
		 LANDLOCK_WRITE_FILE | LANDLOCK_TRUNCATE | LANDLOCK_REFER, 0, false, false},
		{OPEN "    - {paths: [/a], access: [write]}\n", 2,
		 LANDLOCK_WRITE_FILE | LANDLOCK_REFER, 0, false, true},
		{OPEN "    - {paths: [/a], access: [write]}\n", 0, 0, 0, false, false},
		{OPEN "    - {paths: [/a], access: [read, write]}\n", 4,
		 LANDLOCK_READ_FILE | LANDLOCK_READ_DIR | LANDLOCK_WRITE_FILE | LANDLOCK_TRUNCATE |
			 LANDLOCK_REFER,
		 0, false, false},
		{OPEN "    - {paths: [/a], access: [read, write]}\n", 5,
		 LANDLOCK_READ_FILE | LANDLOCK_READ_DIR | LANDLOCK_WRITE_FILE | LANDLOCK_TRUNCATE |
			 LANDLOCK_REFER | LANDLOCK_IOCTL_DEV,
		 0, false, false},
		{OPEN "    - {paths: [/a/**], access: [create]}\n", 2,
		 LANDLOCK_MAKE_DIR | LANDLOCK_MAKE_REG | LANDLOCK_MAKE_SOCK | LANDLOCK_MAKE_SYM |
			 LANDLOCK_REFER,
		 0, false, false},
		{OPEN "    - {paths: [/a/**], access: [mknod]}\n", 2,
		 LANDLOCK_MAKE_CHAR | LANDLOCK_MAKE_FIFO | LANDLOCK_MAKE_BLOCK | LANDLOCK_REFER, 0,
		 false, false},
		{OPEN "    - {paths: [/a/**], access: [delete]}\n", 2,
		 LANDLOCK_REMOVE_DIR | LANDLOCK_REMOVE_FILE | LANDLOCK_REFER, 0, false, false},
		{"files: {default: deny}\n", 1, ALL_OF_1, 0, false, true},
		{"files: {default: deny}\n", 2, ALL_OF_1 | LANDLOCK_REFER, 0, false, true},
		{"exec: {default: allow, deny: [/a]}\n", 7, LANDLOCK_EXECUTE | LANDLOCK_REFER, 0,
		 false, false},
		{"exec: {default: allow, deny: [writable-then-executable]}\n", 7, 0, 0, true,
		 false},
		{"exec: {default: allow, audit: [writable-then-executable]}\n", 7, 0, 0, false,
		 false},
		{"exec: {default: allow, deny: [anonymous-memory]}\n", 7, 0, 0, false, false},
		{"network: {default: allow, deny: [{connect: [\"unix:@**\"]}]}\n", 6, 0,
		 LANDLOCK_SCOPE_ABSTRACT_UNIX, false, false},
		{"network: {default: allow, deny: [{connect: [\"unix:/a/**\"]}]}\n", 9,
		 LANDLOCK_RESOLVE_UNIX | LANDLOCK_REFER, 0, false, false},
		{"network: {default: allow, deny: [{bind: [\"unix:/a/**\"]}]}\n", 6,
		 LANDLOCK_MAKE_SOCK | LANDLOCK_REFER, 0, false, false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct made made = make(rows[i].classes, rows[i].abi);
		struct landlock_handled handled = landlock_handled(made.landlock);

		cr_expect_eq(handled.fs, rows[i].fs, "%zu: %#llx", i,
			     (unsigned long long)handled.fs);
		cr_expect_eq(handled.scoped, rows[i].scoped, "%zu", i);
		cr_expect_eq(handled.mdwe, rows[i].mdwe, "%zu", i);
		cr_expect_eq(handled.no_truncation, rows[i].no_truncation, "%zu", i);
		cr_expect_eq(landlock_abi(made.landlock), rows[i].abi);
		clear(&made);
	}
}

/* /d/link leads to /e. */
static int follow(void *context, const char *pattern, char **ret_path)
{
	(void)context;
	*ret_path = NULL;
	if (strncmp(pattern, "/d/link", 7) == 0)
		*ret_path = strdup("/e");
	return 0;
}

/* What a rule lacks for one reason hides no other. */
Test(walk, two_lacks_of_one_rule)
{
	static const char text[] =
		"version: 1\nname: t\nfiles:\n  default: deny\n  allow:\n"
		"    - {paths: [/d/**], access: [read, execute, create]}\n"
		"network:\n  default: allow\n  deny:\n    - {bind: ['unix:/d/link', '*:*/tcp']}\n";
	struct landlock_options options = {.abi = LANDLOCK_ABI_NEWEST, .resolve = follow};
	const struct landlock_lack *lacks;
	struct made made = {NULL, NULL};
	struct diag *diag = NULL;
	bool link = false, listen = false;
	size_t n;

	cr_assert_eq(diag_new(&diag), 0);
	cr_assert_eq(policy_parse(text, strlen(text), "t.yaml", diag, &made.policy), 0);
	cr_assert_eq(landlock_compile(made.policy, &options, diag, &made.landlock), 0);
	lacks = landlock_lacks(made.landlock, &n);
	for (size_t i = 0; i < n; i++) {
		link |= line_of(&made, lacks[i].rule) == 10 &&
			strstr(lacks[i].reason, "the link /d/link");
		listen |= line_of(&made, lacks[i].rule) == 10 &&
			  strstr(lacks[i].reason, "allow listen");
	}
	cr_expect(link);
	cr_expect(listen);
	diag_free(diag);
	clear(&made);
}

/* As include/uapi/linux/landlock.h has them, and since when, by the kernel's own documentation. */
Test(walk, names_and_numbers_of_rights)
{
	static const struct {
		const char *name;
		unsigned since;
	} names[LANDLOCK_FS_BITS] = {
		{"execute", 1},	     {"write_file", 1},	 {"read_file", 1}, {"read_dir", 1},
		{"remove_dir", 1},   {"remove_file", 1}, {"make_char", 1}, {"make_dir", 1},
		{"make_reg", 1},     {"make_sock", 1},	 {"make_fifo", 1}, {"make_block", 1},
		{"make_sym", 1},     {"refer", 2},	 {"truncate", 3},  {"ioctl_dev", 5},
		{"resolve_unix", 9},
	};
	static const unsigned ports[LANDLOCK_NET_BITS] = {4, 4, 10, 10};

	for (unsigned bit = 0; bit < LANDLOCK_FS_BITS; bit++) {
		cr_expect_str_eq(landlock_fs_name(bit), names[bit].name);
		cr_expect_eq(landlock_fs_since(bit), names[bit].since, "%s", names[bit].name);
	}
	for (unsigned bit = 0; bit < LANDLOCK_NET_BITS; bit++)
		cr_expect_eq(landlock_net_since(bit), ports[bit]);
	cr_expect_gt(landlock_fs_since(LANDLOCK_FS_BITS), LANDLOCK_ABI_NEWEST);
	cr_expect_gt(landlock_net_since(LANDLOCK_NET_BITS), LANDLOCK_ABI_NEWEST);
	cr_expect_str_eq(landlock_kernel(1), "5.13");
	cr_expect_str_eq(landlock_kernel(2), "5.19");
	cr_expect_str_eq(landlock_kernel(4), "6.7");
	cr_expect_str_eq(landlock_kernel(6), "6.12");
	cr_expect_null(landlock_kernel(0));
	cr_expect_null(landlock_kernel(LANDLOCK_ABI_NEWEST + 1));
}
