/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text format. Label values must be UTF-8, or Prometheus throws all of a scrape away: what is not, and
 * what could deceive a reader, is written \xNN, as everywhere in bailiff.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "room.h"

#define VALUE_MAX 224 /* bytes of a label's value; what is cut to the same is counted together */
#define FILE_MAX  208 /* of a rule's file, for the line must be seen */

struct text {
	char *data;
	size_t length, capacity;
	int error;
};

static void say(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);
static void say(struct text *text, const char *format, ...)
{
	size_t room = LABELS_MAX + 256;
	va_list args;
	int n;

	if (!text->error && text->capacity - text->length < room)
		text->error = grow_array(&text->data, &text->capacity, text->length + room, 1);
	if (text->error)
		return;
	va_start(args, format);
	n = vsnprintf(text->data + text->length, room, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= room)
		text->error = -EMSGSIZE;
	else
		text->length += (size_t)n;
}

/* --- Labels ------------------------------------------------------------------------------------- */

void label_add(char labels[LABELS_MAX], const char *name, const char *value)
{
	char safe[VALUE_MAX + 1], out[2 * VALUE_MAX + 1];
	size_t length = strlen(labels), n, i, to = 0;

	n = value ? escape_text(value, strlen(value), safe, sizeof(safe)) : 0;
	for (i = 0; i < n; i++) {
		if (safe[i] == '"' || safe[i] == '\\')
			out[to++] = '\\';
		out[to++] = safe[i];
	}
	out[to] = '\0';
	snprintf(labels + length, LABELS_MAX - length, "%s%s=\"%s\"", length ? "," : "", name, out);
}

void label_add_rule(char labels[LABELS_MAX], const char *file, unsigned line)
{
	char text[FILE_MAX + 16], safe[4 * sizeof(text)];

	if (!file) {
		label_add(labels, "rule", "");
		return;
	}
	/* Its end tells more than its beginning; a character that is cut in two is escaped. */
	if (strlen(file) > FILE_MAX)
		file += strlen(file) - FILE_MAX;
	do
		snprintf(text, sizeof(text), "%s:%u", file++, line);
	while (escape_text(text, strlen(text), safe, sizeof(safe)) > VALUE_MAX);
	label_add(labels, "rule", text);
}

/* --- Families ----------------------------------------------------------------------------------- */

static void family(struct text *text, const char *name, const char *type, const char *help)
{
	say(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void gauge(struct text *text, const char *name, const char *help, uint64_t value)
{
	family(text, name, "gauge", help);
	say(text, "%s %" PRIu64 "\n", name, value);
}

static void rows(struct text *text, const char *name, const struct table *table)
{
	for (uint32_t i = 0; i < table->n; i++)
		say(text, "%s{%s} %" PRIu64 "\n", name, table->items[i].labels,
		    table->items[i].count);
}

static void say_counts(struct text *text, const struct metrics *metrics)
{
	family(text, "bailiff_build_info", "gauge", "The version of bailiff that serves this.");
	say(text, "bailiff_build_info{version=\"%s\"} 1\n", BAILIFF_VERSION);
	family(text, "process_start_time_seconds", "gauge",
	       "When the process began to count, in seconds since the epoch.");
	say(text, "process_start_time_seconds %" PRId64 ".%03" PRId64 "\n",
	    metrics->started_ns / 1000000000, metrics->started_ns / 1000000 % 1000);
	family(text, "bailiff_violations_total", "counter",
	       "Violations that were told, by policy, rule (file:line), class, verdict and plane.");
	rows(text, "bailiff_violations_total", &metrics->violations);
	rows(text, "bailiff_violations_total", &metrics->others);
	family(text, "bailiff_violations_folded_total", "counter",
	       "Violations in series whose rule is other, for there were too many.");
	say(text, "bailiff_violations_folded_total %" PRIu64 "\n", metrics->folded);
	family(text, "bailiff_lost_total", "counter",
	       "Violations that were not told, by the kind of loss; the verdicts stood.");
	rows(text, "bailiff_lost_total", &metrics->lost);
	if (metrics->lost_otherwise)
		say(text, "bailiff_lost_total{kind=\"other\"} %" PRIu64 "\n",
		    metrics->lost_otherwise);
}

static void say_kernel(struct text *text, const struct metrics *metrics)
{
	const struct metrics_kernel *kernel = &metrics->kernel;

	gauge(text, "bailiff_loaded", "Are policies in force on this host?",
	      kernel->generation != 0);
	gauge(text, "bailiff_kernel_read_timestamp_seconds",
	      "When the kernel was asked for what is below, in seconds since the epoch.",
	      (uint64_t)metrics->kernel_at);
	if (!kernel->generation)
		return;
	gauge(text, "bailiff_generation", "The generation of policies in force.",
	      kernel->generation);
	gauge(text, "bailiff_published_timestamp_seconds",
	      "When that generation came into force, in seconds since the epoch.",
	      kernel->published);
	family(text, "bailiff_policies", "gauge", "Policies in force, by mode.");
	say(text, "bailiff_policies{mode=\"enforce\"} %u\nbailiff_policies{mode=\"audit\"} %u\n",
	    kernel->enforced, kernel->audited);
	gauge(text, "bailiff_tasks", "Threads on this host.", kernel->tasks);
	gauge(text, "bailiff_governed_tasks", "Threads that some policy governs.",
	      kernel->governed);
	gauge(text, "bailiff_ring_size_bytes", "The ring that violations wait in.",
	      kernel->ring_bytes);
	gauge(text, "bailiff_ring_used_bytes", "How much of it waited to be read.",
	      kernel->ring_waiting);
	gauge(text, "bailiff_kernel_memory_bytes", "Kernel memory of programs and maps.",
	      kernel->memory_bytes);
	family(text, "bailiff_kernel_events_total", "counter",
	       "What the kernel's side counts since it was loaded, by what it is.");
	rows(text, "bailiff_kernel_events_total", &metrics->counters);
	family(text, "bailiff_rule_decisions_total", "counter",
	       "How often a rule has decided in the kernel, since its generation came into force.");
	rows(text, "bailiff_rule_decisions_total", &metrics->rules);
	if (metrics->unruled)
		say(text,
		    "bailiff_rule_decisions_total{policy=\"other\",rule=\"other\"} %" PRIu64 "\n",
		    metrics->unruled);
}

int metrics_text(const struct metrics *metrics, char **ret_text, size_t *ret_length)
{
	struct text text = {.data = NULL};

	say_counts(&text, metrics);
	if (metrics->has_reading)
		gauge(&text, "bailiff_reading",
		      "Does this process read the host's violations? Another may.",
		      metrics->reading);
	if (metrics->has_store) {
		gauge(&text, "bailiff_store_unstored_violations",
		      "Violations that wait for the store, or that it could not keep.",
		      metrics->store_missing);
		gauge(&text, "bailiff_store_commit_error",
		      "The errno of the store's last commit; 0: it went well.",
		      (uint64_t)metrics->store_error);
	}
	if (metrics->has_kernel)
		say_kernel(&text, metrics);
	if (text.error) {
		free(text.data);
		return text.error;
	}
	*ret_text = text.data;
	*ret_length = text.length;
	return 0;
}
