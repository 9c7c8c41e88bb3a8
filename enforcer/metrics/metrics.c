/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted, and what is only handed on. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "room.h"

#define OTHERS 24u /* verdicts by planes */

static int64_t realtime_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

int metrics_new(int listen, metrics_ask *ask, void *context, struct metrics **ret_metrics)
{
	struct metrics *metrics = calloc(1, sizeof(*metrics));
	int r = metrics ? 0 : -ENOMEM;

	if (r < 0)
		return r;
	metrics->ask = ask;
	metrics->context = context;
	metrics->started_ns = realtime_ns();
	r = table_new(METRICS_SERIES, &metrics->violations);
	if (r == 0)
		r = table_new(METRICS_SERIES, &metrics->rules);
	if (r == 0)
		r = table_new(OTHERS, &metrics->others);
	if (r == 0)
		r = table_new(METRICS_KINDS, &metrics->lost);
	if (r == 0)
		r = table_new(METRICS_KINDS, &metrics->counters);
	if (r == 0 && listen >= 0)
		r = server_new(metrics, listen, &metrics->server);
	if (r < 0)
		metrics_free(metrics);
	else
		*ret_metrics = metrics;
	return r;
}

void metrics_free(struct metrics *metrics)
{
	if (!metrics)
		return;
	server_free(metrics->server);
	table_clear(&metrics->violations);
	table_clear(&metrics->rules);
	table_clear(&metrics->others);
	table_clear(&metrics->lost);
	table_clear(&metrics->counters);
	free(metrics);
}

/* --- What happens ------------------------------------------------------------------------------ */

static const char *verdict_of(const struct event *event)
{
	return event->verdict >= VERDICT_DENIED && event->verdict <= VERDICT_AUDITED
		       ? event_verdict_name(event->verdict)
		       : "other";
}

/* The words that there are: so those of the others are few. */
static const char *plane_of(const struct event *event)
{
	static const char *const planes[] = {"seccomp", "lsm", "landlock"};

	for (size_t i = 0; event->plane && i < ARRAY_LEN(planes); i++)
		if (strcmp(event->plane, planes[i]) == 0)
			return planes[i];
	return "other";
}

void metrics_event(struct metrics *metrics, const struct event *event)
{
	const char *verdict = verdict_of(event), *plane = plane_of(event);
	char labels[LABELS_MAX] = "";

	label_add(labels, "policy", event->policy);
	label_add_rule(labels, event->rule_file, event->rule_line);
	label_add(labels, "class", policy_class_name(event->class));
	label_add(labels, "verdict", verdict);
	label_add(labels, "plane", plane);
	if (table_add(&metrics->violations, labels, event->count))
		return;
	labels[0] = '\0';
	label_add(labels, "policy", "other");
	label_add(labels, "rule", "other");
	label_add(labels, "class", "other");
	label_add(labels, "verdict", verdict);
	label_add(labels, "plane", plane);
	(void)table_add(&metrics->others, labels, event->count);
	count_add(&metrics->folded, event->count);
}

void metrics_lost(struct metrics *metrics, const char *kind, uint64_t count)
{
	char labels[LABELS_MAX] = "";

	label_add(labels, "kind", kind);
	if (strcmp(kind, "other") == 0 || !table_add(&metrics->lost, labels, count))
		count_add(&metrics->lost_otherwise, count);
}

/* --- How things stand --------------------------------------------------------------------------- */

void metrics_reading(struct metrics *metrics, bool reading)
{
	metrics->has_reading = true;
	metrics->reading = reading;
}

void metrics_store(struct metrics *metrics, uint64_t missing, int error)
{
	metrics->has_store = true;
	metrics->store_missing = missing;
	metrics->store_error = error < 0 ? -error : error;
}

void metrics_kernel(struct metrics *metrics, const struct metrics_kernel *kernel)
{
	/* Which rules have series of their own is settled until there are other rules: so none of them
	 * ever falls. */
	if (kernel->generation != metrics->kernel.generation ||
	    kernel->published != metrics->kernel.published)
		table_forget(&metrics->rules);
	table_zero(&metrics->rules);
	table_forget(&metrics->counters);
	metrics->unruled = 0;
	metrics->kernel = *kernel;
	metrics->kernel_at = realtime_ns() / 1000000000;
	metrics->has_kernel = true;
}

void metrics_counter(struct metrics *metrics, const char *name, uint64_t count)
{
	char labels[LABELS_MAX] = "";

	label_add(labels, "event", name);
	(void)table_add(&metrics->counters, labels, count);
}

void metrics_rule(struct metrics *metrics, const char *policy, const char *file, unsigned line,
		  uint64_t count)
{
	char labels[LABELS_MAX] = "";

	label_add(labels, "policy", policy);
	label_add_rule(labels, file, line);
	if (!table_add(&metrics->rules, labels, count))
		count_add(&metrics->unruled, count);
}

void metrics_ready(struct metrics *metrics)
{
	if (metrics->server)
		server_ready(metrics->server);
}

/* --- Serving ------------------------------------------------------------------------------------ */

int metrics_fd(const struct metrics *metrics)
{
	return metrics->server ? server_fd(metrics->server) : -1;
}

int metrics_wait_ms(const struct metrics *metrics)
{
	return metrics->server ? server_wait_ms(metrics->server) : -1;
}

void metrics_turn(struct metrics *metrics)
{
	if (metrics->server)
		server_turn(metrics->server);
}
