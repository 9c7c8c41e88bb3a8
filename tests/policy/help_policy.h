/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of this room share. */
#ifndef BAILIFF_HELP_POLICY_H
#define BAILIFF_HELP_POLICY_H

#include "bailiff/policy.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAME "test.yaml"

/* Three lines: a class stands on the fourth. */
#define HEAD "version: 1\nname: t\narchitectures: [x86_64]\n"
/* One rule, on line 7, from column 7 on. */
#define ALLOW(class, rule) HEAD class ":\n  default: deny\n  allow:\n    - " rule "\n"
#define DENY(class, rule)  HEAD class ":\n  default: allow\n  deny:\n    - " rule "\n"

/* The policy, which must be good; *ret_diag holds its warnings. */
static inline struct policy *good_policy(const char *text, struct diag **ret_diag)
{
	struct policy *policy = NULL;
	int error;

	cr_assert_eq(diag_new(ret_diag), 0);
	error = policy_parse(text, strlen(text), NAME, *ret_diag, &policy);
	if (error < 0)
		diag_print(*ret_diag, stderr);
	cr_assert_eq(error, 0, "%s", text);
	cr_assert_eq(diag_errors(*ret_diag), 0u);
	return policy;
}

static inline bool has_entry(const struct diag *diag, enum diag_severity severity, unsigned line,
			     unsigned column, const char *says)
{
	for (size_t i = 0; i < diag_count(diag); i++) {
		const struct diag_entry *entry = diag_at(diag, i);

		if (entry->severity == severity && entry->pos.line == line &&
		    (column == 0 || entry->pos.column == column) && strstr(entry->text, says))
			return true;
	}
	return false;
}

#endif
