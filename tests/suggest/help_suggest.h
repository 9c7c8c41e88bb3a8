/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of this room share. */
#ifndef BAILIFF_HELP_SUGGEST_H
#define BAILIFF_HELP_SUGGEST_H

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/suggest.h"

#define MAX_SEEN 4

/* One suggestion: a policy, what was seen, and what must come of it. */
struct row {
	const char *name;
	const char *file; /* of this tree; NULL: text, as t.yaml */
	const char *text;
	const char *include; /* the text of b.yaml beside it; NULL: none */
	/* What was seen: a call with its arguments, once or more; or an object. */
	const char *call;
	uint64_t args[MAX_SEEN][CALL_ARGS];
	size_t n; /* 0 is 1 */
	enum policy_class class;
	const char *operation, *object, *exe;

	const char *diff;	 /* whole; NULL: there is a reason instead */
	const char *golden;	 /* the same, in tests/suggest/golden/NAME.diff */
	const char *reason;	 /* part of it */
	const char *opens;	 /* lines, joined; NULL: nothing else */
	const char *warnings[3]; /* parts of lines that must be there */
	const char *notes[2];
	bool unwarned; /* no warning at all */
};

/* As policy_files_unpack() takes them. */
static inline struct policy_files *files_of(const char *text, size_t length, const char *include)
{
	struct policy_files *files = NULL;
	char *bytes = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&bytes, &size);

	cr_assert_not_null(out);
	fprintf(out, "bailiff-files 1 %d\n", include ? 2 : 1);
	fprintf(out, "6 6 %zu\nt.yamlt.yaml", length);
	fwrite(text, 1, length, out);
	if (include)
		fprintf(out, "6 6 %zu\nb.yamlb.yaml%s", strlen(include), include);
	cr_assert_eq(fclose(out), 0);
	cr_assert_eq(policy_files_unpack(bytes, size, &files), 0);
	free(bytes);
	return files;
}

static inline struct policy_files *row_files(const struct row *row, struct diag *diag)
{
	struct policy_files *files = NULL;
	struct policy *policy = NULL;
	int r;

	if (!row->file)
		return files_of(row->text, strlen(row->text), row->include);
	cr_assert_eq(policy_files_new(&files), 0);
	r = policy_read_files(row->file, diag, files, &policy);
	if (r < 0)
		diag_print(diag, stderr);
	cr_assert_eq(r, 0, "%s", row->name);
	policy_free(policy);
	return files;
}

static inline struct suggestion *suggest_row(const struct row *row, struct diag *diag)
{
	const struct event_process process = {.exe = row->exe};
	const struct event *seen[MAX_SEEN];
	struct event events[MAX_SEEN] = {{.policy = "t"}};
	struct policy_files *files = row_files(row, diag);
	struct suggestion *out = NULL;
	size_t n = row->n ? row->n : 1;
	int r;

	for (size_t i = 0; i < n; i++) {
		struct event *event = &events[i];
		const struct name_call *call =
			row->call ? names_call_by_name(ARCH_X86_64, row->call) : NULL;

		*event = (struct event){.policy = "t",
					.class = row->call ? CLASS_SYSCALLS : row->class,
					.verdict = VERDICT_DENIED,
					.has_call = row->call != NULL,
					.operation = row->operation,
					.object = row->object,
					.process = row->exe ? &process : NULL};
		if (row->call) {
			cr_assert_not_null(call, "%s", row->name);
			event->call = (struct event_call){.arch = ARCH_X86_64,
							  .audit_arch = arch_audit(ARCH_X86_64),
							  .nr = call->nr};
			memcpy(event->call.args, row->args[i], sizeof(row->args[i]));
		}
		seen[i] = event;
	}
	r = suggest(files, seen, n, diag, &out);
	if (r < 0)
		diag_print(diag, stderr);
	cr_assert_eq(r, 0, "%s: %d", row->name, r);
	policy_files_free(files);
	return out;
}

static inline bool has_line(const struct suggest_list *list, const char *part)
{
	for (size_t i = 0; i < list->n; i++)
		if (strstr(list->line[i], part))
			return true;
	return false;
}

static inline char *joined(const struct suggest_list *list)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	cr_assert_not_null(out);
	for (size_t i = 0; i < list->n; i++)
		fprintf(out, "%s%s", i ? "\n" : "", list->line[i]);
	fclose(out);
	return text;
}

/* What must come out; "" where it can't be read, which then differs. */
static inline char *expected(const struct row *row)
{
	char path[256], *text = NULL;
	size_t length;

	if (!row->golden)
		return row->diff ? strdup(row->diff) : NULL;
	snprintf(path, sizeof(path), "tests/suggest/golden/%s.diff", row->golden);
	return read_file(path, 65536, 0, &text, &length) == 0 ? text : strdup("");
}

static inline void check(const struct row *row)
{
	CLEANUP(free_ptr) char *diff = expected(row);
	CLEANUP(diag_freep) struct diag *diag = NULL;
	CLEANUP(suggestion_freep) struct suggestion *out = NULL;
	CLEANUP(free_ptr) char *opens = NULL;
	CLEANUP(free_ptr) char *warnings = NULL;
	CLEANUP(free_ptr) char *notes = NULL;

	cr_assert_eq(diag_new(&diag), 0);
	out = suggest_row(row, diag);
	opens = joined(&out->opens);
	warnings = joined(&out->warnings);
	notes = joined(&out->notes);
	if (!diff) {
		cr_assert_not_null(out->reason, "%s: %s", row->name, out->diff);
		cr_expect_null(out->diff, "%s", row->name);
		cr_expect_not_null(strstr(out->reason, row->reason), "%s: %s", row->name,
				   out->reason);
		return;
	}
	cr_assert_not_null(out->diff, "%s: %s", row->name, out->reason);
	cr_expect_str_eq(out->diff, diff, "%s:\n%s", row->name, out->diff);
	cr_expect_str_eq(opens, row->opens ? row->opens : "", "%s opens:\n%s", row->name, opens);
	cr_expect_gt(out->compared, 500u, "%s", row->name);
	for (size_t i = 0; i < ARRAY_LEN(row->warnings) && row->warnings[i]; i++)
		cr_expect(has_line(&out->warnings, row->warnings[i]), "%s warns:\n%s", row->name,
			  warnings);
	cr_expect(!row->unwarned || !out->warnings.n, "%s warns:\n%s", row->name, warnings);
	for (size_t i = 0; i < ARRAY_LEN(row->notes) && row->notes[i]; i++)
		cr_expect(has_line(&out->notes, row->notes[i]), "%s notes:\n%s", row->name, notes);
}

static inline void check_all(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check(&rows[i]);
}

#endif
