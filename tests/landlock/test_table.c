/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policies that are held against kernels elsewhere, for every ABI that those have: below that of its row a
 * policy lacks something, by line and words, and from there on nothing.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lab/linked/confined_table.h"
#include "bailiff/landlock.h"

/* As there: the class stands on line 3. */
static struct policy *parse(const char *classes)
{
	static char text[16384];
	struct policy *policy = NULL;
	struct diag *diag = NULL;
	size_t n = (size_t)snprintf(text, sizeof(text), "version: 1\nname: t\n");

	for (; *classes; classes++)
		if (*classes == '$')
			n += (size_t)sprintf(text + n, "/t");
		else if (*classes == '%')
			n += (size_t)sprintf(text + n, "/p");
		else
			text[n++] = *classes;
	text[n] = '\0';
	cr_assert_eq(diag_new(&diag), 0);
	if (policy_parse(text, n, "t.yaml", diag, &policy) < 0)
		diag_print(diag, stderr);
	diag_free(diag);
	cr_assert_not_null(policy, "%s", text);
	return policy;
}

static struct landlock *compile(const struct policy *policy, unsigned abi)
{
	struct landlock_options options = {.abi = abi, .audit = policy->audit};
	struct landlock *landlock = NULL;

	cr_assert_eq(landlock_compile(policy, &options, NULL, &landlock), 0);
	return landlock;
}

/* One of the texts, which a bar parts, is in the reason. */
static bool says(const char *reason, const char *texts)
{
	char copy[1024], *rest = copy, *text;

	snprintf(copy, sizeof(copy), "%s", texts);
	while ((text = strsep(&rest, "|")))
		if (strstr(reason, text))
			return true;
	return false;
}

static void check_row(const struct row *row, unsigned abi)
{
	struct policy *policy = parse(row->classes);
	struct landlock *landlock = compile(policy, abi);
	const struct landlock_lack *lacks;
	bool found = false;
	size_t n;

	lacks = landlock_lacks(landlock, &n);
	for (size_t i = 0; i < n; i++)
		found |= (!row->line || policy->rules[lacks[i].rule].pos.line == row->line) &&
			 says(lacks[i].reason, abi || row->abi == NEVER ? row->says : "");
	if ((int)abi >= row->abi)
		cr_expect_eq(n, 0, "%s: ABI %u lacks line %u: %s", row->name, abi,
			     n ? policy->rules[lacks[0].rule].pos.line : 0,
			     n ? lacks[0].reason : "");
	else
		cr_expect(found, "%s: of %zu that ABI %u lacks none is on line %u: %s", row->name,
			  n, abi, row->line, row->says);
	landlock_free(landlock);
	policy_free(policy);
}

Test(table, what_each_kernel_lacks)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (unsigned abi = 0; abi <= LANDLOCK_ABI_NEWEST; abi++)
			/* ABI 1 is below. What a directory alone lacks is found by who walks the file system. */
			if (abi != 1 && strncmp(rows[i].says, ONLY_WHOLE, strlen(ONLY_WHOLE)) != 0)
				check_row(&rows[i], abi);
}

/* ABI 1 refuses all moves between directories, and can't be told not to. */
Test(table, the_first_abi_moves_nothing)
{
	static const struct {
		const char *classes;
		unsigned line; /* 0: it lacks nothing */
	} first[] = {
		{OPEN "    - {paths: [$/a/f], access: [read]}\n", 4},
		{SHUT OWN, 0},
		{SHUT "    - /**\n", 0}, /* nothing is handled: no ruleset refuses anything */
		{SHUT OWN "    - {paths: [$/a/**], access: [create, delete, rename]}\n", 4},
		{SHUT OWN "    - {paths: [$/a/**], access: [create, link, rename]}\n", 4},
		{SHUT OWN "    - {paths: [$/a/**], access: [create, delete]}\n"
			  "  deny:\n    - {paths: [$/a/**], access: [rename, link]}\n",
		 9},
	};

	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
		struct policy *policy = parse(first[i].classes);
		struct landlock *landlock = compile(policy, 1);
		const struct landlock_lack *lacks;
		unsigned line = 0;
		size_t n;

		lacks = landlock_lacks(landlock, &n);
		for (size_t j = 0; j < n; j++)
			line = policy->rules[lacks[j].rule].pos.line;
		cr_expect_eq(line, first[i].line, "%zu: %zu lacks, line %u", i, n, line);
		landlock_free(landlock);
		landlock = compile(policy, 2);
		lacks = landlock_lacks(landlock, &n);
		for (size_t j = 0; j < n; j++)
			cr_expect_null(strstr(lacks[j].reason, "moving files"), "%zu", i);
		landlock_free(landlock);
		policy_free(policy);
	}
}

/* Who denies a port lacks, and who allows one does not. */
Test(table, ports_lack_at_the_rule_that_denies)
{
	static const struct {
		const char *classes;
		unsigned abi, line;
	} denied[] = {
		{NET "    - {bind: [\"*:20001/tcp\"]}\n", 3, 6},
		{NET "    - {connect: [\"*:20001/udp\"]}\n", 9, 6},
		{NET "    - {connect: [\"*:20000-20002/tcp\"]}\n  allow:\n"
		     "    - {connect: [\"*:20002/tcp\"]}\n",
		 3, 6},
		{ALONE "  allow:\n    - {connect: [\"*:20001/tcp\"]}\n", 3, 4},
	};

	for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]); i++) {
		struct policy *policy = parse(denied[i].classes);
		struct landlock *landlock = compile(policy, denied[i].abi);
		const struct landlock_lack *lacks;
		unsigned told = 0;
		size_t n;

		lacks = landlock_lacks(landlock, &n);
		for (size_t j = 0; j < n; j++)
			if (says(lacks[j].reason, "ports of tcp take|ports of udp take")) {
				told++;
				cr_expect_eq(policy->rules[lacks[j].rule].pos.line, denied[i].line,
					     "%zu: line %u", i,
					     policy->rules[lacks[j].rule].pos.line);
			}
		cr_expect_eq(told, 1, "%zu: %u", i, told);
		landlock_free(landlock);
		policy_free(policy);
	}
}
