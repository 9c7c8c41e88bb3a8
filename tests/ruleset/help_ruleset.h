/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of this room share. */
#ifndef BAILIFF_HELP_RULESET_H
#define BAILIFF_HELP_RULESET_H

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/ruleset.h"

#define NAMED(name) "version: 1\nname: " name "\n"
/* Three lines: a class stands on the fourth. */
#define HEAD NAMED("t") "scope: {host: true}\n"
#define KEY                                                                                        \
	{                                                                                          \
		0x0123456789abcdefu, 0xfedcba9876543210u                                           \
	}

struct made {
	struct policy *policies[80];
	size_t n;
	struct diag *diag;
	struct ruleset set;
	int error;
};

static inline void made_clear(struct made *made)
{
	for (size_t i = 0; i < made->n; i++)
		policy_free(made->policies[i]);
	diag_free(made->diag);
	ruleset_clear(&made->set);
}

/* Policies (NULL-terminated), compiled. */
static inline struct made make_all(const char *const *texts, struct ruleset_options options)
{
	struct made made = {.n = 0};

	cr_assert_eq(diag_new(&made.diag), 0);
	for (; texts[made.n]; made.n++) {
		int error = policy_parse(texts[made.n], strlen(texts[made.n]), "t.yaml", made.diag,
					 &made.policies[made.n]);

		if (error < 0)
			diag_print(made.diag, stderr);
		cr_assert_eq(error, 0, "%s", texts[made.n]);
	}
	if (!options.key[0])
		options.key[0] = 7;
	made.error = ruleset_compile((const struct policy *const *)made.policies, made.n, &options,
				     made.diag, &made.set);
	if (made.error == 0)
		cr_assert_eq(ruleset_check(made.set.blocks, made.set.n_blocks, made.diag), 0);
	return made;
}

static inline struct made make_one(const char *text)
{
	const char *texts[] = {text, NULL};
	struct made made = make_all(texts, (struct ruleset_options){.partial = false});

	if (made.error < 0)
		diag_print(made.diag, stderr);
	cr_assert_eq(made.error, 0, "%s", text);
	return made;
}

static inline bool says(const struct diag *diag, enum diag_severity severity, unsigned line,
			const char *text)
{
	for (size_t i = 0; i < diag_count(diag); i++) {
		const struct diag_entry *entry = diag_at(diag, i);

		if (entry->severity == severity && (!line || entry->pos.line == line) &&
		    strstr(entry->text, text))
			return true;
	}
	return false;
}

#endif
