/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The front's metrics. Violations are counted as they are told; what the kernel counts the keeper is asked
 * for, when somebody wants it, and once a second at most.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "bailiff/metrics.h"
#include "room.h"

#define FRESH_NS 1000000000ll

struct exporter {
	struct metrics *metrics;
	int end;       /* of the channel */
	int64_t asked; /* when; 0: an answer has come */
	bool again;    /* for the last was of another generation */
	int64_t taken;
};

static bool ask(void *context)
{
	const struct message message = {.kind = MESSAGE_MEASURE};
	struct exporter *exporter = context;

	if (!is_due_again(exporter->asked))
		return true;
	if (exporter->taken && now_ns() - exporter->taken < FRESH_NS)
		return false;
	exporter->asked = channel_send(exporter->end, &message, -1) == 0 ? now_ns() : 0;
	return exporter->asked != 0;
}

int exporter_new(int listen, int end, bool reading, struct diag *diag,
		 struct exporter **ret_exporter)
{
	struct exporter *exporter = calloc(1, sizeof(*exporter));
	int r = exporter ? metrics_new(listen, ask, exporter, &exporter->metrics) : -ENOMEM;

	if (r < 0) {
		diag_system(diag, -r, "serve", "the metrics", NULL);
		free(exporter);
		return r;
	}
	exporter->end = end;
	metrics_reading(exporter->metrics, reading);
	*ret_exporter = exporter;
	return 0;
}

void exporter_free(struct exporter *exporter)
{
	if (!exporter)
		return;
	metrics_free(exporter->metrics);
	free(exporter);
}

void exporter_event(struct exporter *exporter, const struct event *event)
{
	if (exporter)
		metrics_event(exporter->metrics, event);
}

void exporter_lost(struct exporter *exporter, const char *kind, uint64_t count)
{
	if (exporter)
		metrics_lost(exporter->metrics, kind, count);
}

void exporter_store(struct exporter *exporter, uint64_t missing, int error)
{
	if (exporter)
		metrics_store(exporter->metrics, missing, error);
}

/* --- The kernel's figures ----------------------------------------------------------------------- */

static void count_policies(const struct ruleset *image, uint64_t audit,
			   struct metrics_kernel *kernel)
{
	struct ruleset_policy policy;

	for (size_t i = 0; ruleset_policy(image, i, &policy) == 0; i++) {
		if (policy.places && (audit & policy.places) == policy.places)
			kernel->audited++;
		else
			kernel->enforced++;
	}
}

static void tell_rules(struct metrics *metrics, const struct figures *figures,
		       const struct ruleset *image)
{
	struct ruleset_rule rule;

	for (uint32_t i = 0; i < figures->n_rules; i++)
		if (figures->counts[i] && ruleset_rule(image, i, &rule) == 0)
			metrics_rule(metrics, rule.policy, rule.file, rule.line,
				     figures->counts[i]);
}

static void tell(struct metrics *metrics, const struct figures *figures,
		 const struct ruleset *image)
{
	const struct lsm_status *status = &figures->status;
	struct metrics_kernel kernel = {
		.generation = status->generation,
		.published = status->loaded_at,
		.tasks = status->tasks,
		.governed = status->governed,
		.memory_bytes = status->kernel_bytes,
		.ring_bytes = status->ring_bytes,
		.ring_waiting = status->ring_waiting,
	};

	count_policies(image, status->audit, &kernel);
	metrics_kernel(metrics, &kernel);
	for (unsigned i = 0; i < BL_COUNTERS; i++)
		if (lsm_counter_name(i))
			metrics_counter(metrics, lsm_counter_name(i), status->counters[i]);
	tell_rules(metrics, figures, image);
}

static bool take(struct exporter *exporter, const struct figures *figures, size_t size,
		 const struct ruleset *image, uint32_t generation)
{
	if (figures->n_rules != (size - sizeof(*figures)) / sizeof(figures->counts[0]))
		return true;
	if (generation != figures->status.generation)
		return false;
	tell(exporter->metrics, figures, image);
	return true;
}

bool exporter_take(struct exporter *exporter, const struct message *message, int fd,
		   const struct ruleset *image, uint32_t generation)
{
	const struct metrics_kernel none = {.generation = 0};
	size_t size = message->number;
	bool same = true;
	void *p;

	if (!exporter)
		return true;
	exporter->asked = 0;
	if (message->result == -ENOENT) {
		metrics_kernel(exporter->metrics, &none);
	} else if (message->result == 0 && fd >= 0 && size >= sizeof(struct figures)) {
		p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
		if (p != MAP_FAILED) {
			same = take(exporter, p, size, image, generation);
			munmap(p, size);
		}
	}
	exporter->again = !same && !exporter->again;
	if (exporter->again)
		return false;
	exporter->taken = now_ns();
	metrics_ready(exporter->metrics);
	return true;
}

void exporter_again(struct exporter *exporter)
{
	(void)ask(exporter);
}

/* --- Serving ------------------------------------------------------------------------------------ */

int exporter_fd(const struct exporter *exporter)
{
	return exporter ? metrics_fd(exporter->metrics) : -1;
}

int exporter_wait_ms(const struct exporter *exporter, int ms)
{
	int own = exporter ? metrics_wait_ms(exporter->metrics) : -1;

	return own >= 0 && own < ms ? own : ms;
}

void exporter_turn(struct exporter *exporter)
{
	if (exporter)
		metrics_turn(exporter->metrics);
}
