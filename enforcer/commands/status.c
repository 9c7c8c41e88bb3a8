/* SPDX-License-Identifier: Apache-2.0 */
/* bailiff status: what is loaded on this host, and what has come of it. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bailiff/load.h"
#include "commands.h"

#define TOP_RULES 10

struct report {
	struct lsm_status status;
	uint32_t generation; /* of the image */
	struct ruleset set;
	uint64_t *counts;
	uint32_t n_rules;
	uint32_t top[TOP_RULES]; /* rules that decided most often */
	size_t n_top;
	struct load_trial trial;
	bool on_trial;
};

static void report_clear(struct report *report)
{
	ruleset_clear(&report->set);
	free(report->counts);
}

/* Inserts by count, greatest first. */
static void rank(struct report *report, uint32_t rule)
{
	size_t at = report->n_top;

	while (at > 0 && report->counts[report->top[at - 1]] < report->counts[rule])
		at--;
	if (at == TOP_RULES)
		return;
	if (report->n_top < TOP_RULES)
		report->n_top++;
	memmove(&report->top[at + 1], &report->top[at],
		(report->n_top - at - 1) * sizeof(report->top[0]));
	report->top[at] = rule;
}

static int look(struct lsm *lsm, struct diag *diag, struct report *report)
{
	int r = lsm_image(lsm, &report->generation, &report->set);
	uint32_t i;

	if (r < 0) {
		diag_system(diag, -r, "read", "the rules in force", NULL);
		return r;
	}
	report->n_rules = ((const struct bl_header *)report->set.blocks)->n_rules;
	report->counts = calloc(report->n_rules + 1, sizeof(*report->counts));
	if (!report->counts)
		return -ENOMEM;
	r = lsm_counts(lsm, report->counts, report->n_rules);
	if (r == 0)
		r = lsm_status(lsm, diag, &report->status);
	for (i = 0; r == 0 && i < report->n_rules; i++)
		if (report->counts[i])
			rank(report, i);
	report->on_trial = load_trial(&report->trial) == 0;
	return r;
}

static bool in_audit(const struct report *report, const struct ruleset_policy *policy)
{
	return policy->places && (report->status.audit & policy->places) == policy->places;
}

static uint64_t policy_count(const struct report *report, const struct ruleset_policy *policy)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < policy->n_rules && policy->first_rule + i < report->n_rules; i++)
		sum += report->counts[policy->first_rule + i];
	return sum;
}

/* --- For a person --------------------------------------------------------------------------------- */

static void print_safely(const char *text)
{
	char out[1024];

	escape_text(text, strlen(text), out, sizeof(out));
	fputs(out, stdout);
}

static void print_policies(const struct report *report)
{
	struct ruleset_policy policy;
	size_t i;

	printf("\n%-24s %-8s %8s %12s  %s\n", "policy", "mode", "rules", "decided", "file");
	for (i = 0; ruleset_policy(&report->set, i, &policy) == 0; i++) {
		printf("%-24s %-8s %8u %12" PRIu64 "  ", policy.name,
		       in_audit(report, &policy) ? "audit" : "enforce", policy.n_rules,
		       policy_count(report, &policy));
		print_safely(policy.path);
		fputc('\n', stdout);
	}
}

static void print_top(const struct report *report)
{
	struct ruleset_rule rule;
	size_t i;

	if (report->n_top)
		printf("\n%12s  %s\n", "decided", "rule");
	for (i = 0; i < report->n_top; i++) {
		if (ruleset_rule(&report->set, report->top[i], &rule) < 0)
			continue;
		printf("%12" PRIu64 "  %s: ", report->counts[report->top[i]], rule.policy);
		print_safely(rule.file);
		printf(":%u: ", rule.line);
		print_safely(rule.text);
		fputc('\n', stdout);
	}
}

static void print_counters(const struct lsm_status *status)
{
	unsigned i;

	fputc('\n', stdout);
	for (i = 0; i < BL_COUNTERS; i++)
		if (status->counters[i] && lsm_counter_name(i))
			printf("%12" PRIu64 "  %-16s %s\n", status->counters[i],
			       lsm_counter_name(i), lsm_counter_meaning(i));
}

static void print_hooks(const struct lsm_status *status)
{
	size_t i;

	printf("\n%-20s %-28s %12s %8s\n", "program", "hook", "checked", "missed");
	for (i = 0; i < status->n_hooks; i++)
		printf("%-20s %-28s %12u %8" PRIu64 "\n", status->hooks[i].program,
		       status->hooks[i].hook, status->hooks[i].instructions,
		       status->hooks[i].missed);
}

static void print_report(const struct report *report, bool hooks)
{
	const struct lsm_status *status = &report->status;
	time_t at = (time_t)status->loaded_at;
	char when[32];
	struct tm local;

	(void)localtime_r(&at, &local);
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &local);
	printf("generation %u, in force since %s%s\n", status->generation, when,
	       status->locked ? ", locked until reboot" : "");
	if (report->on_trial && report->trial.alive)
		printf("on trial for another %" PRId64 " s; `bailiff confirm` keeps it\n",
		       report->trial.until - (int64_t)time(NULL));
	else if (report->on_trial)
		puts("was on trial, and the process that was to go back is gone: it stays");
	printf("%" PRIu64 " of %" PRIu64
	       " tasks are governed, by %zu programs; kernel memory %.1f MiB; "
	       "%u of %u bytes wait in the ring\n",
	       status->governed, status->tasks, status->n_hooks,
	       (double)status->kernel_bytes / (1 << 20), status->ring_waiting, status->ring_bytes);
	print_policies(report);
	print_top(report);
	print_counters(status);
	if (hooks)
		print_hooks(status);
}

/* --- As JSON -------------------------------------------------------------------------------------- */

static void json_policies(const struct report *report)
{
	struct ruleset_policy policy;
	size_t i;

	fputs(",\"policies\":[", stdout);
	for (i = 0; ruleset_policy(&report->set, i, &policy) == 0; i++) {
		printf("%s{\"name\":", i ? "," : "");
		command_json_text(policy.name, stdout);
		printf(",\"mode\":\"%s\",\"rules\":%u,\"decided\":%" PRIu64
		       ",\"hash\":\"%016" PRIx64 "\",\"file\":",
		       in_audit(report, &policy) ? "audit" : "enforce", policy.n_rules,
		       policy_count(report, &policy), policy.hash);
		command_json_text(policy.path, stdout);
		fputc('}', stdout);
	}
	fputc(']', stdout);
}

static void json_rules(const struct report *report)
{
	struct ruleset_rule rule;
	const char *between = "";
	uint32_t i;

	fputs(",\"rules\":[", stdout);
	for (i = 0; i < report->n_rules; i++) {
		if (!report->counts[i] || ruleset_rule(&report->set, i, &rule) < 0)
			continue;
		printf("%s{\"policy\":", between);
		command_json_text(rule.policy, stdout);
		fputs(",\"file\":", stdout);
		command_json_text(rule.file, stdout);
		printf(",\"line\":%u,\"text\":", rule.line);
		command_json_text(rule.text, stdout);
		printf(",\"decided\":%" PRIu64 "}", report->counts[i]);
		between = ",";
	}
	fputc(']', stdout);
}

static void json_hooks(const struct lsm_status *status)
{
	size_t i;

	fputs(",\"hooks\":[", stdout);
	for (i = 0; i < status->n_hooks; i++)
		printf("%s{\"hook\":\"%s\",\"program\":\"%s\",\"checked\":%u,\"missed\":%" PRIu64
		       "}",
		       i ? "," : "", status->hooks[i].hook, status->hooks[i].program,
		       status->hooks[i].instructions, status->hooks[i].missed);
	fputc(']', stdout);
}

static void json_report(const struct report *report)
{
	const struct lsm_status *status = &report->status;
	const char *between = "";
	unsigned i;

	printf("{\"loaded\":true,\"generation\":%u,\"abi\":%u,\"loaded_at\":%" PRIu64
	       ",\"locked\":%s",
	       status->generation, status->abi, status->loaded_at,
	       status->locked ? "true" : "false");
	if (report->on_trial)
		printf(",\"trial\":{\"until\":%" PRId64 ",\"before\":%u,\"alive\":%s}",
		       report->trial.until, report->trial.before,
		       report->trial.alive ? "true" : "false");
	printf(",\"tasks\":%" PRIu64 ",\"governed\":%" PRIu64 ",\"kernel_bytes\":%" PRIu64
	       ",\"ring_bytes\":%u,\"ring_waiting\":%u,\"called\":%s",
	       status->tasks, status->governed, status->kernel_bytes, status->ring_bytes,
	       status->ring_waiting, status->silent ? "false" : "true");
	json_policies(report);
	json_rules(report);
	fputs(",\"counters\":{", stdout);
	for (i = 0; i < BL_COUNTERS; i++) {
		if (!lsm_counter_name(i))
			continue;
		printf("%s\"%s\":%" PRIu64, between, lsm_counter_name(i), status->counters[i]);
		between = ",";
	}
	fputc('}', stdout);
	json_hooks(status);
	puts("}");
}

static int run_status(const struct command *self, const struct command_input *input)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	CLEANUP(lsm_closep) struct lsm *lsm = NULL;
	bool json = command_value(self, input, "json") != NULL;
	struct report report = {.generation = 0};
	int r = diag_new(&diag);

	if (r == 0)
		r = lsm_open(NULL, diag, &lsm);
	if (r == -ENOENT) {
		puts(json ? "{\"loaded\":false}" : "nothing is loaded");
		return EXIT_DONE;
	}
	if (r == 0)
		r = look(lsm, diag, &report);
	diag_print(diag, stderr);
	if (r == 0 && json)
		json_report(&report);
	else if (r == 0)
		print_report(&report, command_value(self, input, "hooks") != NULL);
	report_clear(&report);
	return command_status(r);
}

const struct command command_loaded = {
	.name = "status",
	.operands = "",
	.summary = "say what is loaded, whom it governs, and what it has decided",
	.min_operands = 0,
	.max_operands = 0,
	.options =
		{
			{0, "json", NULL, "print one JSON object, with all rules that have decided",
			 NULL},
			{0, "hooks", NULL, "list the programs in the kernel too", NULL},
		},
	.run = run_status,
};
