/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bailiff run: a policy, made ready whole or refused, and the program started under it. Every
 * failure before the start is 125 (usage errors are 2), so that a program's own status can be told
 * from bailiff's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bailiff/image.h"
#include "bailiff/launch.h"
#include "bailiff/load.h"
#include "bailiff/service.h"
#include "bailiff/sink.h"
#include "bailiff/store.h"
#include "commands.h"

struct job {
	const char *policy_path;
	bool partial;
	struct diag *diag;
	struct policy *policy; /* the image's, or own_policy */
	struct policy *own_policy;
	struct image *image;
	struct filter *own_filter, *quiet_filter, *before;
	struct landlock *landlock;
	bool loaded; /* governed by the loaded policy of the same name too */
	char ask[SERVICE_REQUEST];
	struct event_partial *partials;
	size_t partials_size;
	struct launch_plan plan;
};

static void last_words(const char *text, size_t length)
{
	(void)!write(STDERR_FILENO, text, length);
}

static int renew(struct job *job)
{
	diag_free(job->diag);
	job->diag = NULL;
	return diag_new(&job->diag);
}

static int read_policy(struct job *job)
{
	int r = image_read(job->policy_path, job->diag, &job->image);

	if (r != -ENOEXEC) {
		job->policy = r < 0 ? NULL : job->image->policy;
		return r;
	}
	r = policy_read(job->policy_path, job->diag, &job->own_policy);
	job->policy = job->own_policy;
	/* Warnings are for who writes a policy, and `check` tells them; a program's standard error
	 * is no place for them at every start. */
	return r < 0 ? r : renew(job);
}

/* A rule that `run` can't enforce: an error, or with --partial a warning and a record. */
static int not_enforced(struct job *job, const struct policy_rule *rule, const char *reason)
{
	struct launch_plan *plan = &job->plan;

	command_tell_unenforced(rule, reason, job->partial, job->diag);
	if (!job->partial)
		return 0;
	if (grow_array(&job->partials, &job->partials_size, plan->n_partials + 1,
		       sizeof(*job->partials)) < 0)
		return -ENOMEM;
	job->partials[plan->n_partials++] = (struct event_partial){
		.rule_file = rule->pos.file,
		.rule_line = rule->pos.line,
		.class = policy_class_name(rule->class),
		.reason = reason,
	};
	plan->partials = job->partials;
	return 0;
}

/* Why this rule can't be enforced by this `run`; NULL: it can, or asks for nothing. */
static const char *shortcoming(const struct job *job, uint32_t index)
{
	const struct policy_rule *rule = &job->policy->rules[index];

	if (job->loaded && rule->class == CLASS_CAPABILITIES)
		return NULL; /* the host plane holds it */
	if (rule->class == CLASS_CAPABILITIES && job->plan.mode.audit &&
	    rule->action > ACTION_AUDIT && rule->list != LIST_IMPLIED)
		return command_dropped_unaudited;
	return command_unenforced_reason(job->policy, index);
}

/* Of `files`, `exec` and `network`. The host plane, where it governs too, holds them whole. */
static int make_landlock(struct job *job)
{
	const struct landlock_lack *lacks;
	size_t n;
	int r = job->loaded ? 0
			    : command_confine(job->policy, job->plan.mode.audit, job->diag,
					      &job->landlock);

	if (r < 0 || !job->landlock)
		return r;
	lacks = landlock_lacks(job->landlock, &n);
	for (size_t i = 0; i < n && r == 0; i++)
		r = not_enforced(job, &job->policy->rules[lacks[i].rule], lacks[i].reason);
	if (r == 0)
		r = command_no_truncation(job->policy, job->landlock, job->diag, &job->before);
	job->plan.before = job->before;
	job->plan.landlock = job->landlock;
	return r;
}

/* A policy is enforced whole or refused. */
static int check_enforceable(struct job *job)
{
	const struct policy *policy = job->policy;
	const char *reason;
	int r = make_landlock(job);

	if (r < 0)
		return r;

	for (uint32_t i = 0; i < policy->n_rules; i++) {
		reason = shortcoming(job, i);
		r = reason ? not_enforced(job, &policy->rules[i], reason) : 0;
		if (r < 0)
			return r;
	}
	if (!policy->no_new_privs && !launch_may_keep_privileges())
		diag_error(job->diag, &(struct diag_pos){.file = policy->path},
			   "no-new-privileges: false takes CAP_SYS_ADMIN, which this process does "
			   "not have; leave it out, or run as root");
	return diag_errors(job->diag) ? -EINVAL : 0;
}

/* --- Under the loaded policy too ---------------------------------------------------------------- */

/* What filters refuse is told by the service, which hears of it where the kernel logs it. */
static int check_logged(struct diag *diag)
{
	static const char path[] = "/proc/sys/kernel/seccomp/actions_logged";
	CLEANUP(close_file) FILE *file = fopen(path, "re");
	char text[256] = " ";
	size_t n = file ? fread(text + 1, 1, sizeof(text) - 3, file) : 0;

	text[n + 1] = '\0';
	text[strcspn(text, "\n")] = ' ';
	if (strstr(text, " errno ") && strstr(text, " log "))
		return 0;
	diag_error(diag, NULL,
		   "%s does not have errno and log, so the service would not hear what the filter "
		   "refuses; add them, or name a --report",
		   path);
	return -EOPNOTSUPP;
}

static bool denies_quietly(const struct policy *policy)
{
	for (uint32_t i = 0; i < policy->n_rules; i++)
		if (policy->rules[i].quiet && policy->rules[i].action == ACTION_ERRNO)
			return true;
	return false;
}

static int refuse_loaded(struct job *job, const char *reason)
{
	diag_error(job->diag, &(struct diag_pos){.file = job->policy_path}, "%s", reason);
	return -EINVAL;
}

/* By name: the default one supervises nothing that would not be supervised without it. */
static bool wants_store(const struct job *job)
{
	return job->plan.store && !store_is_none(job->plan.store);
}

/* Asked for by --loaded; and by a policy that says so, where there is a service to ask. */
static int prepare_loaded(struct job *job, bool asked, bool audit)
{
	const struct policy *policy = job->policy;
	uint64_t hash;
	int r;

	if (!asked && (!policy->scope.launched || access(SERVICE_SOCKET, F_OK) < 0))
		return 0;
	if (job->image)
		return refuse_loaded(job, "a compiled policy does not hold what the loaded one is "
					  "compared with; name the text for --loaded");
	if (!policy->scope.launched)
		return refuse_loaded(job, "--loaded takes a policy with `scope: {launched: true}`");
	if (!policy->no_new_privs)
		return refuse_loaded(job, "the service governs only what has no_new_privs; take "
					  "`no-new-privileges: false` out, or the scope");
	if (audit)
		return refuse_loaded(job, "--audit is of `run` alone, and the loaded policy would "
					  "deny; `bailiff mode` sets it to audit");
	r = load_hash(policy, job->diag, &hash);
	if (r < 0)
		return r;
	service_ask(policy->name, hash, job->ask);
	job->plan.ask = job->ask;
	job->plan.ask_socket = SERVICE_SOCKET;
	job->loaded = true;
	if (job->plan.report || wants_store(job))
		return 0;
	job->plan.report = "none";
	job->plan.log = true;
	job->plan.mode.supervised = false;
	return policy_wants_filter(policy) ? check_logged(job->diag) : 0;
}

static int make_one(struct job *job, enum filter_part part, struct filter **ret_filter)
{
	struct filter_mode mode = job->plan.mode;
	struct filter_proof proof;
	int r;

	mode.part = part;
	r = filter_compile(job->policy, &mode, job->diag, ret_filter);
	if (r == 0)
		r = filter_prove((*ret_filter)->code, (*ret_filter)->length, job->policy, &mode,
				 job->diag, &proof);
	return r;
}

/* What is told and what is not, apart. */
static int make_filters(struct job *job)
{
	int r;

	if (!job->plan.log || !denies_quietly(job->policy))
		return make_one(job, FILTER_WHOLE, &job->own_filter);
	r = make_one(job, FILTER_TOLD, &job->own_filter);
	if (r == 0)
		r = make_one(job, FILTER_QUIET, &job->quiet_filter);
	job->plan.quiet = job->quiet_filter;
	return r;
}

/* The filter for the plan's mode, compiled and proved, unless the image brought it so. */
static int make_filter(struct job *job)
{
	struct launch_plan *plan = &job->plan;
	int r;

	if (!policy_wants_filter(job->policy))
		return 0;
	if (job->image) {
		plan->filter = job->image->filters[image_mode(&plan->mode)];
		return plan->filter ? 0 : -EINVAL;
	}
	r = make_filters(job);
	plan->filter = job->own_filter;
	return r;
}

static int prepare(struct job *job, const char *user, bool loaded)
{
	struct launch_plan *plan = &job->plan;
	int r = read_policy(job);

	if (r < 0)
		return r;
	plan->policy = job->policy;
	r = prepare_loaded(job, loaded, plan->mode.audit);
	if (r < 0)
		return r;
	plan->mode.audit |= job->policy->audit;
	plan->summary = plan->mode.audit;
	/* In audit mode nothing may be blocked, and a capability that is gone blocks. */
	plan->drop_caps = job->policy->default_rule[CLASS_CAPABILITIES] != POLICY_NO_RULE &&
			  !plan->mode.audit;
	r = check_enforceable(job);
	if (r == 0)
		r = make_filter(job);
	if (r == 0 && user)
		r = launch_user_parse(user, job->diag, &plan->user);
	return r;
}

static void job_clear(struct job *job)
{
	launch_user_clear(&job->plan.user);
	free(job->partials);
	landlock_free(job->landlock);
	filter_free(job->before);
	filter_free(job->own_filter);
	filter_free(job->quiet_filter);
	policy_free(job->own_policy);
	image_free(job->image);
	diag_free(job->diag);
}

/* Messages come before the program's own, and are not told twice. */
static int print_and_renew(struct job *job)
{
	diag_print(job->diag, stderr);
	return renew(job);
}

bool command_rotation(const char *text, struct sink_rotation *ret_rotation)
{
	const char *at = text;
	uint64_t bytes, keep = 5;

	if (!command_take_size(&at, &bytes))
		return false;
	if (*at == ',') {
		at++;
		if (!take_number(&at, 10, &keep) || !keep || keep > SINK_ROTATE_KEEP)
			return false;
	}
	*ret_rotation = (struct sink_rotation){bytes, (unsigned)keep};
	return !*at && bytes >= SINK_ROTATE_MIN;
}

static int run_program(const struct command *self, const struct command_input *input)
{
	struct job job = {.policy_path = command_value(self, input, "policy")};
	const char *rotation = command_value(self, input, "rotate");
	int status = EXIT_RUN_FAILED;

	if (!job.policy_path) {
		fputs("bailiff run: error: it wants a policy; name one with -p\n", stderr);
		return EXIT_USAGE;
	}
	if (rotation && !command_rotation(rotation, &job.plan.rotation)) {
		fprintf(stderr,
			"bailiff run: error: --rotate takes a size from 64K, and how many files to "
			"keep (1 to %u): as in 64M,5\n",
			SINK_ROTATE_KEEP);
		return EXIT_USAGE;
	}
	job.partial = command_value(self, input, "partial") != NULL;
	job.plan.last_words = last_words;
	job.plan.report = command_value(self, input, "report");
	job.plan.metrics = command_value(self, input, "metrics");
	job.plan.store = command_value(self, input, "store");
	job.plan.mode.supervised =
		!job.plan.report || strcmp(job.plan.report, "none") != 0 || wants_store(&job);
	job.plan.mode.audit = command_value(self, input, "audit") != NULL;
	job.plan.argv = input->argv;
	job.plan.envp = environ;
	if (diag_new(&job.diag) < 0)
		return EXIT_RUN_FAILED;
	if (prepare(&job, command_value(self, input, "user"),
		    command_value(self, input, "loaded") != NULL) == 0 &&
	    print_and_renew(&job) == 0)
		(void)launch_run(&job.plan, job.diag, &status);
	if (job.diag)
		diag_print(job.diag, stderr);
	job_clear(&job);
	return status;
}

const struct command command_run = {
	.name = "run",
	.operands = "[--] COMMAND [ARG...]",
	.summary = "start a program under a policy, and report what it may not do",
	.stops = true,
	.min_operands = 1,
	.max_operands = -1,
	.options =
		{
			{'p', "policy", "POLICY", "the policy: a file, a compiled one, or a name",
			 "policy"},
			{'r', "report", "TARGET",
			 "where violations go: a file, unix:PATH, journal:, syslog:, - or none "
			 "(standard error)",
			 "file"},
			{0, "rotate", "SIZE",
			 "begin another report file at that size; SIZE,KEEP: and keep so many",
			 NULL},
			{0, "metrics", "TARGET",
			 "serve metrics for Prometheus on 127.0.0.1:PORT, [::1]:PORT or unix:PATH",
			 "file"},
			{0, "store", "FILE",
			 "where violations are stored, for report; none: nowhere", "file"},
			{'a', "audit", NULL, "block nothing, report everything", NULL},
			{0, "partial", NULL, "start without what cannot be enforced, and say what",
			 NULL},
			{0, "loaded", NULL, "start only under the loaded policy of this name too",
			 NULL},
			{'u', "user", "UID[:GID]", "the user and group to run as", NULL},
		},
	.run = run_program,
};
