/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "room.h"

#define TEXT_LIMIT (1ull << 30)

static int copy(struct report *report, const char **text)
{
	if (!*text)
		return 0;
	*text = arena_strndup(report->texts, *text, strlen(*text));
	return *text ? 0 : -ENOMEM;
}

static int take_kind(void *context, const struct store_kind *kind)
{
	struct report *report = context;
	struct store_kind *to;
	int r = grow_array(&report->kinds, &report->kinds_capacity, report->n_kinds + 1,
			   sizeof(*report->kinds));

	if (r < 0)
		return r;
	to = &report->kinds[report->n_kinds];
	*to = *kind;
	if (copy(report, &to->policy) < 0 || copy(report, &to->rule_file) < 0 ||
	    copy(report, &to->why) < 0 || copy(report, &to->plane) < 0 ||
	    copy(report, &to->operation) < 0 || copy(report, &to->object) < 0 ||
	    copy(report, &to->exe) < 0 || copy(report, &to->container) < 0 ||
	    copy(report, &to->host) < 0 || copy(report, &to->note) < 0)
		return -ENOMEM;
	report->n_kinds++;
	return 0;
}

static int take_hour(void *context, int64_t hour, enum event_verdict verdict, uint64_t count)
{
	struct report *report = context;
	struct hour *last = report->n_hours ? &report->hours[report->n_hours - 1] : NULL;
	int r;

	if (!last || last->hour != hour) {
		r = grow_array(&report->hours, &report->hours_capacity, report->n_hours + 1,
			       sizeof(*report->hours));
		if (r < 0)
			return r;
		last = &report->hours[report->n_hours++];
		*last = (struct hour){.hour = hour};
	}
	if ((unsigned)verdict < ARRAY_LEN(last->count))
		last->count[verdict] += count;
	return 0;
}

static int take_loss(void *context, const char *kind, uint64_t count, int64_t first_hour,
		     int64_t last_hour)
{
	struct report *report = context;
	struct loss loss = {.count = count, .first_hour = first_hour, .last_hour = last_hour};
	int r = grow_array(&report->losses, &report->losses_capacity, report->n_losses + 1,
			   sizeof(*report->losses));

	if (r < 0)
		return r;
	loss.kind = arena_strndup(report->texts, kind, strlen(kind));
	if (!loss.kind)
		return -ENOMEM;
	report->losses[report->n_losses++] = loss;
	return 0;
}

static int told(int r, struct diag *diag)
{
	if (r == -ENOMEM && diag)
		diag_error(diag, NULL,
			   "the report does not fit into memory; ask for less of it with "
			   "--limit, --since or --policy");
	return r;
}

int report_new(struct store *store, const struct store_filter *filter, struct diag *diag,
	       struct report **ret_report)
{
	CLEANUP(report_freep) struct report *report = calloc(1, sizeof(*report));
	int r = report ? arena_new(TEXT_LIMIT, &report->texts) : -ENOMEM;

	if (r == 0) {
		report->filter = *filter;
		r = store_summarize(store, filter, diag, &report->summary);
	}
	if (r == 0)
		r = store_kinds(store, filter, take_kind, report, diag);
	if (r == 0)
		r = store_losses(store, filter, take_loss, report, diag);
	if (r == 0)
		*ret_report = STEAL(report);
	return told(r, diag);
}

int report_timeline(struct report *report, struct store *store, struct diag *diag)
{
	report->n_hours = 0;
	return told(store_hours(store, &report->filter, take_hour, report, diag), diag);
}

void report_free(struct report *report)
{
	if (!report)
		return;
	free(report->kinds);
	free(report->hours);
	free(report->losses);
	arena_free(report->texts);
	free(report);
}

void report_freep(struct report **report)
{
	report_free(*report);
	*report = NULL;
}

const struct store_summary *report_summary(const struct report *report)
{
	return &report->summary;
}
