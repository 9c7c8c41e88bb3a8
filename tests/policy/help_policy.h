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

#define SYSCALLS(default, rest) HEAD "syscalls:\n  default: " default "\n" rest
/* Over a 32-bit argument, in the half of the register that the kernel does not read. */
#define JUNK 0xdeadbeef00000000

#define LINE_NONE 0 /* nothing governs the call */

struct row {
	const char *name, *text, *call;
	uint64_t args[CALL_ARGS];
	enum policy_action action;
	int error;
	unsigned line;
	enum arch arch;
};

static inline void check(const struct row *row)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	CLEANUP(policy_freep) struct policy *policy = good_policy(row->text, &diag);
	const struct name_call *call = names_call_by_name(row->arch, row->call);
	struct policy_decision d;

	cr_assert_not_null(call, "%s", row->call);
	d = policy_decide(policy, row->arch, call->nr, row->args);
	cr_expect_eq(d.action, row->action, "%s: action %d", row->name, d.action);
	cr_expect_eq(d.error, row->error, "%s: errno %d", row->name, d.error);
	cr_expect_eq(d.rule == POLICY_NO_RULE, row->line == LINE_NONE, "%s", row->name);
	if (d.rule != POLICY_NO_RULE && row->line != LINE_NONE)
		cr_expect_eq(policy->rules[d.rule].pos.line, row->line, "%s: line %u", row->name,
			     policy->rules[d.rule].pos.line);
}

static inline void check_all(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check(&rows[i]);
}

#endif
