/* SPDX-License-Identifier: Apache-2.0 */
/* What happened, by verdict, call (or what else was done) and rule. A fixed table; what no longer fits is one line. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "room.h"

#define KINDS 512u /* a power of two */

struct kind {
	uint64_t count; /* 0: free */
	uint32_t audit_arch, nr;
	const char *rule_file;
	unsigned rule_line;
	enum event_verdict verdict;
	const char *operation; /* where there is no call; of a few words */
	bool has_call, foreign;
	enum arch arch;
};

struct summary {
	uint64_t others;
	uint32_t used;
	struct kind *kinds; /* KINDS of them, or NULL before the first */
};

int summary_new(struct summary **ret_summary)
{
	struct summary *summary = calloc(1, sizeof(*summary));

	if (!summary)
		return -ENOMEM;
	*ret_summary = summary;
	return 0;
}

void summary_free(struct summary *summary)
{
	if (summary)
		free(summary->kinds);
	free(summary);
}

void summary_reset(struct summary *summary)
{
	free(summary->kinds);
	*summary = (struct summary){.used = 0};
}

bool summary_is_empty(const struct summary *summary)
{
	return summary->used == 0 && summary->others == 0;
}

static bool same(const struct kind *a, const struct kind *b)
{
	/* Rules' files are the policy's own strings: one pointer a file. */
	return a->audit_arch == b->audit_arch && a->nr == b->nr && a->rule_file == b->rule_file &&
	       a->rule_line == b->rule_line && a->verdict == b->verdict &&
	       a->has_call == b->has_call && a->operation == b->operation;
}

void summary_add(struct summary *summary, const struct event *event, uint64_t count)
{
	struct kind kind = {
		.count = count,
		.audit_arch = event->has_call ? event->call.audit_arch : 0,
		.nr = event->has_call ? event->call.nr : 0,
		.rule_file = event->rule_file,
		.rule_line = event->rule_line,
		.verdict = event->verdict,
		.operation = event->has_call ? NULL : event->operation,
		.has_call = event->has_call,
		.foreign = event->call.foreign,
		.arch = event->call.arch,
	};
	uint32_t at = (kind.nr * 31 + kind.rule_line * 7 + kind.audit_arch) % KINDS;

	if (!summary->kinds)
		summary->kinds = calloc(KINDS, sizeof(*summary->kinds));
	if (!summary->kinds) {
		summary->others += count;
		return;
	}
	/* A quarter stays free, so that the search ends. */
	for (; summary->kinds[at].count; at = (at + 1) % KINDS) {
		if (!same(&summary->kinds[at], &kind))
			continue;
		summary->kinds[at].count += count;
		return;
	}
	if (summary->used >= KINDS / 4 * 3) {
		summary->others += count;
		return;
	}
	summary->kinds[at] = kind;
	summary->used++;
}

static int by_count(const void *left, const void *right)
{
	const struct kind *a = *(const struct kind *const *)left;
	const struct kind *b = *(const struct kind *const *)right;

	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return a->nr < b->nr ? -1 : a->nr > b->nr;
}

static void put(struct sink *out, const char *text, int length, size_t size)
{
	if (length > 0)
		sink_line(out, text, (size_t)length < size ? (size_t)length : size - 1);
}

static void print_kind(const struct kind *kind, struct sink *out)
{
	const struct name_call *call =
		kind->has_call && !kind->foreign ? names_call_by_nr(kind->arch, kind->nr) : NULL;
	char text[512], file[256] = "-", name[64] = "-";
	size_t length;

	if (call)
		snprintf(name, sizeof(name), "%s%s%s", call->name,
			 kind->arch == arch_native() ? "" : "/",
			 kind->arch == arch_native() ? "" : arch_name(kind->arch));
	else if (kind->has_call)
		snprintf(name, sizeof(name), "number %d", (int)kind->nr);
	else if (kind->operation)
		snprintf(name, sizeof(name), "%s", kind->operation);
	if (kind->rule_file) {
		length = escape_text(kind->rule_file, strlen(kind->rule_file), file,
				     sizeof(file) - 16);
		if (kind->rule_line)
			snprintf(file + length, sizeof(file) - length, ":%u", kind->rule_line);
	}
	put(out, text,
	    snprintf(text, sizeof(text), "%10llu  %-10s  %-24s  %s\n",
		     (unsigned long long)kind->count, event_verdict_name(kind->verdict), name,
		     file),
	    sizeof(text));
}

void summary_print(const struct summary *summary, struct sink *out)
{
	const struct kind *order[KINDS] = {NULL};
	char text[128];
	size_t n = 0, i;

	for (i = 0; summary->kinds && i < KINDS; i++)
		if (summary->kinds[i].count)
			order[n++] = &summary->kinds[i];
	qsort(order, n, sizeof(order[0]), by_count);
	put(out, text,
	    snprintf(text, sizeof(text), "bailiff: %s\n",
		     summary_is_empty(summary) ? "there were no violations"
					       : "the violations, in all:"),
	    sizeof(text));
	if (n)
		put(out, text,
		    snprintf(text, sizeof(text), "%10s  %-10s  %-24s  %s\n", "count", "verdict",
			     "call", "rule"),
		    sizeof(text));
	for (i = 0; i < n; i++)
		print_kind(order[i], out);
	if (summary->others)
		put(out, text,
		    snprintf(text, sizeof(text), "%10llu  of other kinds\n",
			     (unsigned long long)summary->others),
		    sizeof(text));
}
