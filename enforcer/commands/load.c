/* SPDX-License-Identifier: Apache-2.0 */
/* bailiff load, unload, mode, confirm: what changes what is loaded on this host. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bailiff/load.h"
#include "commands.h"

/* One line on a terminal, overwritten and taken away. */
static void progress(void *context, const char *doing)
{
	(void)context;
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K%s...", doing);
}

static void progress_end(void)
{
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

/* A number with a unit. false: it is none, or not within the bounds (usage, told). */
static bool read_number(const struct command *self, const char *option, const char *text,
			const char *units, const uint64_t *factors, uint64_t low, uint64_t high,
			uint64_t *ret_value)
{
	const char *unit;
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(text, &end, 10);
	unit = *end ? strchr(units, *end) : units + strlen(units);
	if (end == text || *text < '0' || *text > '9' || errno || !unit || (*end && end[1]) ||
	    (*end && n > high / factors[unit - units])) {
		n = 0;
		low = 1; /* said below */
	} else if (*end) {
		n *= factors[unit - units];
	}
	if (n >= low && n <= high) {
		*ret_value = n;
		return true;
	}
	fprintf(stderr,
		"bailiff %s: error: --%s %s is not within %" PRIu64 " and %" PRIu64
		"; units are one letter of '%s'\n",
		self->name, option, text, low, high, units);
	return false;
}

static const char size_units[] = "KMG", time_units[] = "smh";
static const uint64_t size_factors[] = {1u << 10, 1u << 20, 1u << 30},
		      time_factors[] = {1, 60, 3600};

static bool read_options(const struct command *self, const struct command_input *input,
			 struct load_options *options)
{
	const char *text;
	uint64_t n;

	text = command_value(self, input, "try");
	if (text) {
		if (!read_number(self, "try", text, time_units, time_factors, 1, 86400, &n))
			return false;
		options->try_seconds = (unsigned)n;
	}
	text = command_value(self, input, "ring");
	if (text) {
		if (!read_number(self, "ring", text, size_units, size_factors, 64 << 10, 1 << 30,
				 &n))
			return false;
		if (n & (n - 1)) {
			fprintf(stderr, "bailiff load: error: --ring %s is not a power of two\n",
				text);
			return false;
		}
		options->lsm.ring_bytes = (uint32_t)n;
	}
	text = command_value(self, input, "tasks");
	if (text) {
		if (!read_number(self, "tasks", text, size_units, size_factors, 1024, 1 << 24, &n))
			return false;
		options->lsm.max_tasks = (uint32_t)n;
	}
	options->partial = command_value(self, input, "partial") != NULL;
	options->lock = command_value(self, input, "lock") != NULL;
	return true;
}

static void print_loaded(const struct load_result *result, unsigned try_seconds)
{
	char when[16];
	time_t until = time(NULL) + try_seconds;
	struct tm local;

	printf("generation %u is in force: %u %s, %u rules, %" PRIu64 " KiB\n", result->generation,
	       result->n_policies, result->n_policies == 1 ? "policy" : "policies", result->n_rules,
	       result->image_bytes >> 10);
	if (result->replaced)
		puts("the programs of another build were replaced");
	if (!result->keeper)
		return;
	(void)localtime_r(&until, &local);
	strftime(when, sizeof(when), "%H:%M:%S", &local);
	printf("on trial: process %d goes back to %s at %s, unless `bailiff confirm` comes "
	       "before\n",
	       (int)result->keeper, result->before ? "what was loaded before" : "nothing loaded",
	       when);
}

static int apply(const struct load_options *options)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	struct load_result result;
	int r = diag_new(&diag);

	if (r < 0)
		return command_status(r);
	r = load_apply(options, diag, &result);
	progress_end();
	diag_print(diag, stderr);
	if (r == 0 && result.generation)
		print_loaded(&result, options->try_seconds);
	else if (r == 0)
		puts("nothing is loaded any more");
	else if (r == -EINVAL)
		fputs("bailiff: nothing has changed\n", stderr);
	/* With policies to read, it may be a file that is missing. */
	return options->n_paths ? command_status(r) : command_status_loaded(r);
}

static int run_load(const struct command *self, const struct command_input *input)
{
	struct load_options options = {
		.paths = (const char *const *)input->argv,
		.n_paths = (size_t)input->argc,
		.progress = progress,
	};

	return read_options(self, input, &options) ? apply(&options) : EXIT_USAGE;
}

const struct command command_load = {
	.name = "load",
	.operands = "POLICY...",
	.summary = "put tasks of this host under policies, beside those that are loaded",
	.complete = "policy",
	.min_operands = 1,
	.max_operands = -1,
	.options =
		{
			{0, "try", "DURATION",
			 "go back unless `bailiff confirm` comes in time (60s, 5m)", NULL},
			{0, "partial", NULL,
			 "go ahead without what this kernel can't hold, and say what", NULL},
			{0, "lock", NULL,
			 "until reboot, no exception for administrators under policies", NULL},
			{0, "ring", "BYTES",
			 "room for violations that wait (4M); at the first load", NULL},
			{0, "tasks", "N", "how many tasks there may be; at the first load", NULL},
		},
	.run = run_load,
};

static int unload_all(void)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	int r = diag_new(&diag);

	if (r == 0)
		r = load_clear(NULL, diag);
	if (r == -ENOENT) { /* which is what was asked for */
		puts("nothing is loaded");
		return EXIT_DONE;
	}
	diag_print(diag, stderr);
	if (r == 0)
		puts("nothing is loaded any more");
	return command_status(r);
}

static int run_unload(const struct command *self, const struct command_input *input)
{
	struct load_options options = {
		.drop = (const char *const *)input->argv,
		.n_drop = (size_t)input->argc,
		.progress = progress,
	};
	bool all = command_value(self, input, "all") != NULL;

	if (all == (input->argc > 0)) {
		fprintf(stderr, "bailiff unload: error: name policies, or say --all\n");
		return EXIT_USAGE;
	}
	return all ? unload_all() : apply(&options);
}

const struct command command_unload = {
	.name = "unload",
	.operands = "[NAME...]",
	.summary = "free tasks from loaded policies",
	.min_operands = 0,
	.max_operands = -1,
	.options =
		{
			{'a', "all", NULL, "all of them, and leave nothing in the kernel", NULL},
		},
	.run = run_unload,
};

/* The places of a loaded policy. */
static int find_places(struct lsm *lsm, const char *name, struct diag *diag, uint64_t *ret_places)
{
	struct ruleset_policy policy;
	struct ruleset set;
	uint32_t generation;
	int r = lsm_image(lsm, &generation, &set);
	size_t i;

	if (r < 0) {
		diag_system(diag, -r, "read", "the rules in force", NULL);
		return r;
	}
	for (i = 0; ruleset_policy(&set, i, &policy) == 0; i++)
		if (strcmp(policy.name, name) == 0)
			break;
	r = ruleset_policy(&set, i, &policy);
	if (r == 0)
		*ret_places = policy.places;
	else
		diag_error(diag, NULL,
			   "no policy named %s is loaded; `bailiff status` lists those that are",
			   name);
	ruleset_clear(&set);
	return r == 0 ? 0 : -EINVAL;
}

static int set_mode(const char *name, bool audit, struct diag *diag)
{
	const struct lsm_options options = {.take = LSM_ADOPT};
	CLEANUP(lsm_closep) struct lsm *lsm = NULL;
	uint64_t places;
	bool replaced;
	int r = lsm_take(&options, diag, &lsm, &replaced);

	if (r == 0)
		r = find_places(lsm, name, diag, &places);
	if (r == 0)
		r = lsm_mode(lsm, places, audit, diag);
	return r;
}

static int run_mode(const struct command *self, const struct command_input *input)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	bool audit = strcmp(input->argv[1], "audit") == 0;
	int r;

	if (!audit && strcmp(input->argv[1], "enforce") != 0) {
		fprintf(stderr, "bailiff %s: error: the mode is enforce or audit, not %s\n",
			self->name, input->argv[1]);
		return EXIT_USAGE;
	}
	r = diag_new(&diag);
	if (r == 0)
		r = set_mode(input->argv[0], audit, diag);
	diag_print(diag, stderr);
	if (r == 0)
		printf("%s: mode %s\n", input->argv[0], input->argv[1]);
	return command_status_loaded(r);
}

const struct command command_mode = {
	.name = "mode",
	.operands = "NAME enforce|audit",
	.summary = "have a loaded policy refuse, or only tell what it would",
	.complete = "enforce audit",
	.min_operands = 2,
	.max_operands = 2,
	.run = run_mode,
};

static int run_confirm(const struct command *self, const struct command_input *input)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	struct load_trial trial;
	int r = diag_new(&diag);

	(void)self;
	(void)input;
	if (r == 0)
		r = load_confirm(diag, &trial);
	diag_print(diag, stderr);
	if (r == 0)
		printf("generation %u stays\n", trial.generation);
	return command_status_loaded(r);
}

const struct command command_confirm = {
	.name = "confirm",
	.operands = "",
	.summary = "keep what `load --try` has loaded",
	.min_operands = 0,
	.max_operands = 0,
	.run = run_confirm,
};
