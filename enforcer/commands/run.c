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
#include "bailiff/sink.h"
#include "commands.h"

struct job {
	const char *policy_path;
	bool partial;
	struct diag *diag;
	struct policy *policy; /* the image's, or own_policy */
	struct policy *own_policy;
	struct image *image;
	struct filter *own_filter;
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

	if (rule->class == CLASS_CAPABILITIES && job->plan.mode.audit &&
	    rule->action > ACTION_AUDIT && rule->list != LIST_IMPLIED)
		return "a capability that is dropped can't be audited";
	return command_unenforced_reason(job->policy, index);
}

/* A policy is enforced whole or refused. */
static int check_enforceable(struct job *job)
{
	const struct policy *policy = job->policy;
	const char *reason;
	int r;

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

/* The filter for the plan's mode, compiled and proved, unless the image brought it so. */
static int make_filter(struct job *job)
{
	struct launch_plan *plan = &job->plan;
	struct filter_proof proof;
	int r;

	if (!policy_wants_filter(job->policy))
		return 0;
	if (job->image) {
		plan->filter = job->image->filters[image_mode(&plan->mode)];
		return plan->filter ? 0 : -EINVAL;
	}
	r = filter_compile(job->policy, &plan->mode, job->diag, &job->own_filter);
	if (r == 0)
		r = filter_prove(job->own_filter->code, job->own_filter->length, job->policy,
				 &plan->mode, job->diag, &proof);
	plan->filter = job->own_filter;
	return r;
}

static int prepare(struct job *job, const char *user)
{
	struct launch_plan *plan = &job->plan;
	int r = read_policy(job);

	if (r < 0)
		return r;
	plan->policy = job->policy;
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
	filter_free(job->own_filter);
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

static int run_program(const struct command *self, const struct command_input *input)
{
	struct job job = {.policy_path = command_value(self, input, "policy")};
	int status = EXIT_RUN_FAILED;

	if (!job.policy_path) {
		fputs("bailiff run: error: it wants a policy; name one with -p\n", stderr);
		return EXIT_USAGE;
	}
	job.partial = command_value(self, input, "partial") != NULL;
	job.plan.last_words = last_words;
	job.plan.report = command_value(self, input, "report");
	job.plan.mode.supervised = !job.plan.report || strcmp(job.plan.report, "none") != 0;
	job.plan.mode.audit = command_value(self, input, "audit") != NULL;
	job.plan.argv = input->argv;
	job.plan.envp = environ;
	if (diag_new(&job.diag) < 0)
		return EXIT_RUN_FAILED;
	if (prepare(&job, command_value(self, input, "user")) == 0 && print_and_renew(&job) == 0)
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
			 "where violations go: a file, unix:PATH, - or none (standard error)",
			 "file"},
			{'a', "audit", NULL, "block nothing, report everything", NULL},
			{0, "partial", NULL, "start without what cannot be enforced, and say what",
			 NULL},
			{'u', "user", "UID[:GID]", "the user and group to run as", NULL},
		},
	.run = run_program,
};
