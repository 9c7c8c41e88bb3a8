/* SPDX-License-Identifier: Apache-2.0 */
/* Prints metrics of every family, with names that are meant to break a reader: what tests/metrics/prometheus.sh
 * has promtool and Prometheus read. */
#include <stdio.h>

#include "bailiff/metrics.h"

static const char *const names[] = {
	"web",
	"quote\"} 1\nbailiff_violations_total 99",
	"back\\slash\\",
	"\x80\xff\xc3(",
	"\x1b[31mred\x07",
	"\xe2\x80\xaeoverride",
	"umlaut \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
	"",
};

static void fill(struct metrics *metrics)
{
	const struct metrics_kernel kernel = {
		.generation = 3,
		.published = 1700000000,
		.enforced = 2,
		.audited = 1,
		.tasks = 300,
		.governed = 12,
		.memory_bytes = 50000000,
		.ring_bytes = 4194304,
		.ring_waiting = 1000,
	};
	struct event event = {.class = CLASS_FILES, .plane = "lsm", .rule_line = 7};

	metrics_reading(metrics, true);
	metrics_store(metrics, 5, 28);
	metrics_kernel(metrics, &kernel);
	metrics_counter(metrics, "denied", 42);
	metrics_counter(metrics, "closed-depth", 1);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		event.policy = event.rule_file = names[i];
		for (event.verdict = VERDICT_DENIED; event.verdict <= VERDICT_AUDITED;
		     event.verdict++) {
			event.count = 10 * i + event.verdict;
			metrics_event(metrics, &event);
		}
		metrics_rule(metrics, names[i], names[i], 7, 100 + i);
		metrics_lost(metrics, names[i], 1 + i);
	}
	event.policy = "crowd";
	event.rule_file = "/etc/crowd.yaml";
	event.verdict = VERDICT_DENIED;
	event.count = 1;
	for (unsigned i = 0; i < 2 * METRICS_SERIES; i++) {
		event.rule_line = i + 1;
		metrics_event(metrics, &event);
		metrics_rule(metrics, event.policy, event.rule_file, event.rule_line, 1);
	}
}

int main(void)
{
	struct metrics *metrics;
	size_t length;
	char *text;

	if (metrics_new(-1, NULL, NULL, &metrics) < 0)
		return 1;
	fill(metrics);
	if (metrics_text(metrics, &text, &length) < 0)
		return 1;
	return fwrite(text, 1, length, stdout) != length;
}
