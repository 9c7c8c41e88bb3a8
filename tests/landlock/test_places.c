/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random policies. What the room says of a path is what the host plane's compiler says; what may be
 * granted at a place is allowed everywhere below; what is allowed is never out of reach.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/landlock.h"
#include "bailiff/ruleset.h"

#define POLICIES 400
#define PATHS	 60

static uint64_t seed;

static unsigned pick(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static const char *const names[] = {"a", "b", "ab", "ba", "a.so", "c"};
static const char *const wild[] = {"*", "a*", "[ab]", "?", "*.so", "[!a]*"};
#define PICK(list) (list)[pick(sizeof(list) / sizeof((list)[0]))]

static void put_pattern(char *text)
{
	unsigned depth = pick(4), i;

	*text = '\0';
	for (i = 0; i < depth; i++) {
		strcat(text, "/");
		strcat(text, pick(4) ? PICK(names) : PICK(wild));
	}
	if (!depth || pick(2))
		strcat(text, pick(8) || depth ? "/**" : "/");
}

static void put_path(char *text, unsigned depth)
{
	unsigned i;

	strcpy(text, depth ? "" : "/");
	for (i = 0; i < depth; i++) {
		strcat(text, "/");
		strcat(text, PICK(names));
	}
}

static void put_policy(char *text)
{
	static const char *const words[] = {"read",   "write", "create",
					    "delete", "mknod", "execute"};
	static const char *const defaults[] = {"allow", "deny"};
	char pattern[64];
	unsigned n, i, list;

	text += sprintf(text, "version: 1\nname: x\nfiles:\n  default: %s\n", PICK(defaults));
	for (list = 0; list < 2; list++) {
		text += sprintf(text, "  %s:\n", list ? "deny" : "allow");
		n = 1 + pick(4);
		for (i = 0; i < n; i++) {
			put_pattern(pattern);
			text += sprintf(text, "    - {paths: [\"%s\"], access: [%s, %s]}\n",
					pattern, PICK(words), PICK(words));
		}
	}
	put_pattern(pattern);
	sprintf(text, "exec:\n  default: %s\n  %s: [\"%s\"]\n", PICK(defaults),
		pick(2) ? "allow" : "deny", pattern);
}

struct both {
	struct diag *diag;
	struct policy *policy;
	struct landlock *landlock;
	struct ruleset set;
};

static void both_make(struct both *both, const char *text, unsigned abi)
{
	struct landlock_options options = {.abi = abi};
	struct ruleset_options other = {.key = {1, 3}, .scopeless = true};
	const struct policy *policies[1];

	memset(both, 0, sizeof(*both));
	cr_assert_eq(diag_new(&both->diag), 0);
	if (policy_parse(text, strlen(text), "x.yaml", both->diag, &both->policy) < 0) {
		diag_print(both->diag, stderr);
		cr_assert_fail("%s", text);
	}
	cr_assert_eq(landlock_compile(both->policy, &options, both->diag, &both->landlock), 0);
	policies[0] = both->policy;
	cr_assert_eq(ruleset_compile(policies, 1, &other, both->diag, &both->set), 0, "%s", text);
}

static void both_clear(struct both *both)
{
	ruleset_clear(&both->set);
	landlock_free(both->landlock);
	policy_free(both->policy);
	diag_free(both->diag);
}

static bool host_denies(const struct both *both, const char *path, enum bl_op op)
{
	struct ruleset_verdict verdict;

	cr_assert_eq(ruleset_ask_path(&both->set, BL_STATE_ROOT, path, op, ~0ull, &verdict), 0);
	return verdict.deny != 0;
}

/* Of each right, as the host plane would have it. */
static bool host_allows(const struct both *both, const char *path, unsigned bit)
{
	switch (1u << bit) {
	case LANDLOCK_EXECUTE:
		return !host_denies(both, path, BL_OP_EXECUTE) &&
		       !host_denies(both, path, BL_OP_EXEC);
	case LANDLOCK_WRITE_FILE:
	case LANDLOCK_TRUNCATE:
		return !host_denies(both, path, BL_OP_WRITE);
	case LANDLOCK_READ_FILE:
	case LANDLOCK_READ_DIR:
		return !host_denies(both, path, BL_OP_READ);
	case LANDLOCK_IOCTL_DEV:
		return !host_denies(both, path, BL_OP_READ) ||
		       !host_denies(both, path, BL_OP_WRITE);
	case LANDLOCK_REMOVE_DIR:
	case LANDLOCK_REMOVE_FILE:
		return !host_denies(both, path, BL_OP_DELETE);
	case LANDLOCK_MAKE_CHAR:
	case LANDLOCK_MAKE_FIFO:
	case LANDLOCK_MAKE_BLOCK:
		return !host_denies(both, path, BL_OP_MKNOD);
	case LANDLOCK_RESOLVE_UNIX:
		return !host_denies(both, path, BL_OP_UNIX_CONNECT);
	default:
		return !host_denies(both, path, BL_OP_CREATE);
	}
}

static const struct landlock_place *place_of(struct both *both, const char *path)
{
	const struct landlock_place *place = landlock_root(both->landlock);
	char copy[256], *rest = copy, *name;

	snprintf(copy, sizeof(copy), "%s", path);
	while ((name = strsep(&rest, "/")))
		if (*name)
			place = landlock_step(both->landlock, place, name);
	cr_assert_not_null(place);
	return place;
}

/* From the root on, each step of the way is one that who looks for this right takes. */
static void check_way(struct both *both, const char *path, uint64_t right)
{
	const struct landlock_place *place = landlock_root(both->landlock);
	char copy[128], *rest = copy, *name;
	const char *known;
	size_t i;

	snprintf(copy, sizeof(copy), "%s", path);
	while ((name = strsep(&rest, "/"))) {
		if (!*name)
			continue;
		if (landlock_all(place) & right)
			return;
		cr_assert(landlock_some(place) & right, "way: %s at %s", path, name);
		if (!(landlock_listed(place) & right)) {
			for (i = 0; (known = landlock_named(place, i)); i++)
				if (strcmp(known, name) == 0)
					break;
			cr_assert_not_null(known, "listed: %s at %s", path, name);
		}
		place = landlock_step(both->landlock, place, name);
	}
}

static void check_path(struct both *both, const char *text, const char *path)
{
	const struct landlock_place *place = place_of(both, path);
	uint64_t handled = landlock_handled(both->landlock).fs, all = landlock_all(place);
	char below[512], more[64];
	uint32_t rule;

	for (unsigned bit = 0; bit < LANDLOCK_FS_BITS; bit++) {
		uint64_t right = 1ull << bit;
		bool allowed = host_allows(both, path, bit);

		if (right == LANDLOCK_REFER)
			continue;
		cr_assert_eq(landlock_allows(both->landlock, bit, path, &rule), allowed,
			     "%s of %s\n%s", landlock_fs_name(bit), path, text);
		if (right & LANDLOCK_OF_FILES & handled) {
			cr_assert_eq(!!(landlock_file(place) & right), allowed,
				     "file: %s of %s\n%s", landlock_fs_name(bit), path, text);
			cr_assert(!allowed || landlock_some(place) & right, "some: %s of %s\n%s",
				  landlock_fs_name(bit), path, text);
			if (allowed)
				check_way(both, path, right);
		}
		/* What a directory is granted is about what is in it, but for its being listed. */
		if (all & right & LANDLOCK_READ_DIR)
			cr_assert(allowed, "all: %s at %s\n%s", landlock_fs_name(bit), path, text);
		for (unsigned i = 0; all & right && i < 4; i++) {
			put_path(more, 1 + pick(3));
			snprintf(below, sizeof(below), "%s%s", path[1] ? path : "", more);
			cr_assert(host_allows(both, below, bit), "all: %s at %s, not at %s\n%s",
				  landlock_fs_name(bit), path, below, text);
		}
	}
}

Test(places, agree_with_the_host_plane_and_grant_nothing_that_is_denied)
{
	char text[4096], path[128];
	unsigned granted = 0;
	struct both both;

	for (unsigned i = 0; i < POLICIES; i++) {
		seed = i + 1;
		put_policy(text);
		both_make(&both, text, LANDLOCK_ABI_NEWEST);
		for (unsigned j = 0; j < PATHS; j++) {
			put_path(path, pick(5));
			check_path(&both, text, path);
			granted += !!(landlock_all(place_of(&both, path)) & LANDLOCK_READ_FILE);
		}
		both_clear(&both);
	}
	/* Neither nothing nor everything. */
	cr_assert(granted > POLICIES * PATHS / 10 && granted < POLICIES * PATHS, "%u", granted);
}

static bool is_none(void *context, const char *path)
{
	unsigned *deepest = context;
	unsigned depth = 0;

	for (; *path; path++)
		depth += *path == '/';
	*deepest = depth > *deepest ? depth : *deepest;
	return false;
}

/* As deep as a pattern can be: the way down takes no more stack than there is. */
Test(places, patterns_of_two_thousand_components)
{
	static char pattern[4096], text[8192];
	unsigned deepest = 0;
	struct both both;

	for (unsigned i = 0; i < 2040; i++)
		strcat(pattern, "/a");
	snprintf(text, sizeof(text),
		 "version: 1\nname: x\nfiles:\n  default: allow\n  deny:\n"
		 "    - {paths: [%s], access: [read, execute]}\n",
		 pattern);
	both_make(&both, text, LANDLOCK_ABI_NEWEST);
	cr_assert_not(landlock_listable(landlock_root(both.landlock), "/", is_none, &deepest));
	cr_assert_eq(deepest, 2040);
	both_clear(&both);
}

/* A filter refuses links only where no rule allows any, be it one that another outweighs. */
Test(places, links_that_neither_a_filter_nor_landlock_refuses)
{
	static const char shape[] = "version: 1\nname: x\nfiles:\n  default: deny\n  allow:\n"
				    "    - {paths: [/d/**], access: [create%s]}\n"
				    "  deny:\n    - {paths: [/d/**], access: [link]}\n";
	const struct landlock_lack *lacks;
	char text[256];
	struct both both;
	size_t n;

	for (unsigned i = 0; i < 2; i++) {
		snprintf(text, sizeof(text), shape, i ? ", link" : "");
		both_make(&both, text, LANDLOCK_ABI_NEWEST);
		lacks = landlock_lacks(both.landlock, &n);
		cr_assert_eq(n, i, "%s", text);
		cr_assert(!n || both.policy->rules[lacks[0].rule].pos.line == 8);
		both_clear(&both);
	}
}

/* However many names there are in a directory, those that no wildcard is about are one place. */
Test(places, names_that_no_wildcard_matches)
{
	static const char text[] = "version: 1\nname: x\nfiles:\n  default: deny\n  allow:\n"
				   "    - {paths: [/d/*.so, /d/*/e], access: [read, execute]}\n";
	const struct landlock_place *d;
	struct both both;

	both_make(&both, text, LANDLOCK_ABI_NEWEST);
	d = place_of(&both, "/d");
	cr_assert_eq(landlock_step(both.landlock, d, "a"), landlock_step(both.landlock, d, "b"));
	cr_assert_neq(landlock_step(both.landlock, d, "a"),
		      landlock_step(both.landlock, d, "a.so"));
	cr_assert(landlock_file(landlock_step(both.landlock, d, "a.so")) & LANDLOCK_READ_FILE);
	cr_assert_not(landlock_file(landlock_step(both.landlock, d, "a")) & LANDLOCK_READ_FILE);
	both_clear(&both);
}

/* No path that a process is at has such a link in it: the rule would never decide. */
Test(places, links_in_proc_that_go_by_who_asks)
{
	static const struct {
		const char *pattern;
		size_t lacks;
	} rows[] = {
		{"/proc/self/environ", 1}, {"/proc/self", 1},	    {"/proc/thread-self/**", 1},
		{"/proc/mounts", 1},	   {"/proc/net/tcp", 1},    {"/proc/*/environ", 0},
		{"/proc/selfless", 0},	   {"/proc/sys/net/**", 0}, {"/srv/proc/self", 0},
	};
	char text[256];
	struct both both;
	size_t n;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text),
			 "version: 1\nname: x\nfiles:\n  default: allow\n  deny:\n"
			 "    - {paths: [\"%s\"], access: [write]}\n",
			 rows[i].pattern);
		both_make(&both, text, LANDLOCK_ABI_NEWEST);
		landlock_lacks(both.landlock, &n);
		cr_assert_eq(n, rows[i].lacks, "%s", rows[i].pattern);
		both_clear(&both);
	}
}

/* What no socket can do needs no Landlock: on kernels without, and in audit mode. */
Test(places, a_network_that_is_shut_is_the_filters)
{
	static const struct {
		const char *text;
		size_t lacks;
	} rows[] = {
		{"version: 1\nname: x\nnetwork: {default: deny}\n", 0},
		{"version: 1\nname: x\nmode: audit\nnetwork: {default: deny}\n", 0},
		/* A stream socket of a pair can be bound to a path. */
		{"version: 1\nname: x\nnetwork: {default: deny, allow: [{bind: [\"*:*/tcp\"], "
		 "connect: [\"*:*/tcp\"]}]}\n",
		 1},
	};
	struct landlock_options options = {.abi = 0};
	struct both both;
	size_t n;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		both_make(&both, rows[i].text, 0);
		landlock_free(both.landlock);
		options.audit = both.policy->audit;
		options.abi = options.audit ? LANDLOCK_ABI_NEWEST : 0;
		cr_assert_eq(landlock_compile(both.policy, &options, both.diag, &both.landlock), 0);
		landlock_lacks(both.landlock, &n);
		cr_assert_eq(n, rows[i].lacks, "%s: %zu", rows[i].text, n);
		both_clear(&both);
	}
}

/* /d/link leads to the root, /bin to /usr/bin. */
static int follow(void *context, const char *pattern, char **ret_path)
{
	static const char *const links[][2] = {{"/d/link", ""}, {"/bin", "/usr/bin"}};
	char text[256];

	(void)context;
	*ret_path = NULL;
	for (unsigned i = 0; i < 2; i++) {
		size_t length = strlen(links[i][0]);

		if (strncmp(pattern, links[i][0], length) != 0 ||
		    (pattern[length] && pattern[length] != '/'))
			continue;
		snprintf(text, sizeof(text), "%s%s", links[i][1], pattern + length);
		*ret_path = strdup(text);
		return *ret_path ? 0 : -1;
	}
	return 0;
}

/* One that a program could have made the last time it ran leads where it wants to have what is allowed. */
Test(places, links_that_the_program_may_make)
{
#define SHAPE "version: 1\nname: x\nfiles:\n  default: %s\n  allow:\n"
	static const struct {
		const char *by_default, *rules;
		bool lacks, granted;
	} rows[] = {
		{"deny",
		 "    - {paths: [/d/**], access: [read, execute, create]}\n"
		 "    - {paths: [/d/link/**], access: [read, execute]}\n",
		 true, false},
		{"deny",
		 "    - {paths: [/d/**], access: [read, execute, create]}\n"
		 "    - {paths: [/d/link/a*/b], access: [read, execute]}\n",
		 true, false},
		{"deny",
		 "    - {paths: [/d/**], access: [read, execute]}\n"
		 "    - {paths: [/d/link/**], access: [read, execute]}\n",
		 false, true},
		{"allow",
		 "    - {paths: [/d/link/**], access: [read, execute]}\n"
		 "  deny:\n    - {paths: [/x], access: [read, execute]}\n",
		 true, false},
		{"allow",
		 "    - {paths: [/q], access: [read]}\n"
		 "  deny:\n    - {paths: [/bin/sh], access: [write]}\n",
		 false, true},
	};
	struct landlock_options options = {.abi = LANDLOCK_ABI_NEWEST, .resolve = follow};
	char text[512];
	struct both both;
	uint32_t rule;
	size_t n;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), SHAPE "%s", rows[i].by_default, rows[i].rules);
		both_make(&both, text, LANDLOCK_ABI_NEWEST);
		landlock_free(both.landlock);
		cr_assert_eq(landlock_compile(both.policy, &options, both.diag, &both.landlock), 0);
		landlock_lacks(both.landlock, &n);
		cr_assert_eq(n, rows[i].lacks, "%u: %zu", i, n);
		cr_assert_eq(landlock_allows(both.landlock, 2, "/x", &rule), rows[i].granted, "%u",
			     i);
		both_clear(&both);
	}
}
