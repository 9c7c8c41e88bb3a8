/* SPDX-License-Identifier: Apache-2.0 */
/* The door: what was seen comes in; step by step it is let through; what comes out was compared. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "room.h"

#define ARENA_BYTES ((size_t)1 << 30)

void suggestion_free(struct suggestion *suggestion)
{
	struct arena *arena;

	if (!suggestion)
		return;
	free(suggestion->steps.line);
	free(suggestion->opens.line);
	free(suggestion->warnings.line);
	free(suggestion->notes.line);
	arena = suggestion->arena;
	free(suggestion);
	arena_free(arena);
}

void suggestion_freep(struct suggestion **suggestion)
{
	suggestion_free(*suggestion);
	*suggestion = NULL;
}

static bool same_kind(const struct event *a, const struct event *b)
{
	if (a->has_call != b->has_call)
		return false;
	if (a->has_call)
		return a->call.foreign == b->call.foreign && a->call.nr == b->call.nr &&
		       a->call.audit_arch == b->call.audit_arch;
	return a->class == b->class && (!a->operation) == (!b->operation) &&
	       (!a->operation || strcmp(a->operation, b->operation) == 0);
}

/* It may hold names of files, and what the compiler said. */
static const char *safe_line(struct work *work, const char *line)
{
	size_t length = strlen(line), size = 4 * length + 1;
	char *safe = arena_alloc(work->arena, size, 1);

	if (safe)
		escape_text(line, length, safe, size);
	work->failed |= !safe;
	return safe;
}

/* Questions of hooks. -ENOTSUP: out->reason says why there is none. */
static int read_questions(struct work *work)
{
	int r = 0;

	work->questions = arena_alloc(work->arena, work->n, sizeof(*work->questions));
	if (!work->questions)
		return -ENOMEM;
	for (size_t i = 0; i < work->n && r == 0; i++)
		r = read_question(work, work->events[i], &work->questions[i], &work->out->reason);
	return r;
}

static int start(struct work *work, const struct policy_files *files, struct diag *diag)
{
	const char *path = policy_files_first(files), *text;
	size_t length = 0;
	int r;

	text = policy_files_text(files, &length);
	if (!text || !path)
		return -EINVAL;
	work->out->file = arena_strndup(work->arena, path, strlen(path));
	text = arena_strndup(work->arena, text, length); /* the suggestion may outlive the files */
	if (!work->out->file || !text)
		return -ENOMEM;
	r = policy_files_edited(files, text, length, &work->before.files);
	/* Both states are made of the same text; the first goes with its steps. */
	if (r == 0)
		r = state_make(work, text, length, diag, &work->now);
	return r;
}

/* The policy as it was, once more, to compare. */
static int remember(struct work *work, struct diag *diag)
{
	struct policy_files *files = work->before.files;
	int r = state_make(work, work->now.text, work->now.length, diag, &work->before);

	policy_files_free(files);
	if (r < 0)
		work->before.files = NULL;
	return r;
}

static int prove(struct work *work)
{
	const struct filter_mode mode = {.audit = false};
	struct filter_proof proof;
	int r;

	if (!work->calls)
		return ruleset_check(work->now.set.blocks, work->now.set.n_blocks, NULL);
	r = filter_prove(work->now.filter->code, work->now.filter->length, work->now.policy, &mode,
			 NULL, &proof);
	return r;
}

static void add_notes(struct work *work, const struct policy_rule *rule)
{
	struct suggest_list *notes = &work->out->notes;

	if (rule && !is_own(work->before.policy, rule) && rule->pos.file)
		add_line(work, notes,
			 say(work,
			     "%s decided, which %s includes; the change is to %s, and %s stays as "
			     "it is",
			     place_of(work, rule), work->out->file, work->out->file,
			     rule->pos.file));
	if (strncmp(work->out->file, "shipped/", 8) == 0)
		add_line(work, notes,
			 say(work,
			     "%s is inside the program: write the changed one to "
			     "/etc/bailiff/policies/%s, which goes before it",
			     work->out->file, work->out->file + 8));
	if (work->before.policy->audit)
		add_line(work, notes, "the policy is in mode: audit, so nothing was refused yet");
	if (work->class == CLASS_CAPABILITIES)
		add_line(
			work, notes,
			"a policy gives no capability: the program has it only where it is started "
			"with it");
}

static const struct policy_rule *decider(const struct work *work)
{
	const struct policy *policy = work->before.policy;
	struct policy_decision decision;
	struct answer answer = {.rule = POLICY_NO_RULE};
	const struct event_call *call;

	for (size_t i = 0; i < work->n; i++) {
		if (work->calls) {
			call = &work->events[i]->call;
			decision = call->foreign ? policy_decide_foreign(policy)
						 : policy_decide(policy, call->arch, call->nr,
								 call->args);
			answer = (struct answer){decision.action, decision.rule};
		} else if (!ask(&work->before, &work->questions[i], &answer)) {
			continue;
		}
		if (answer.action != ACTION_ALLOW && answer.rule < policy->n_rules)
			return &policy->rules[answer.rule];
	}
	return NULL;
}

static int finish(struct work *work)
{
	struct suggestion *out = work->out;
	CLEANUP(free_ptr) char *diff = NULL;

	out->reason = NULL;
	if (prove(work) < 0) {
		out->reason =
			"the filter of the changed policy is not what the policy says; please "
			"report this fault of bailiff";
		return 0;
	}
	if (!(work->calls ? compare_calls(work) : compare_sets(work))) {
		if (!work->failed)
			out->reason = "the change would refuse something else that is allowed now";
		return work->failed ? -ENOMEM : 0;
	}
	add_notes(work, decider(work));
	warn_all(work);
	diff = suggest_diff(out->file, work->before.text, work->before.length, work->now.text,
			    work->now.length);
	if (!diff || work->failed)
		return -ENOMEM;
	out->diff = arena_strndup(out->arena, diff, strlen(diff));
	out->text = work->now.text;
	out->length = work->now.length;
	return out->diff ? 0 : -ENOMEM;
}

static int run(struct work *work, const struct policy_files *files, struct diag *diag)
{
	struct suggestion *out = work->out;
	int r, steps;

	r = start(work, files, diag);
	if (r == 0)
		r = remember(work, diag);
	if (r == 0 && !work->calls)
		r = read_questions(work);
	if (r < 0)
		return r == -ENOTSUP ? 0 : r;
	out->already = in_the_way(work, &work->now) == 0;
	for (steps = 0; in_the_way(work, &work->now) > 0; steps++) {
		r = steps < MAX_STEPS ? (work->calls ? step_call(work) : step_object(work)) : 0;
		if (r < 0)
			return r;
		if (r == 0 && !out->reason)
			out->reason = "what was seen differs in too much for a few rules; write a "
				      "wider one by hand";
		if (r == 0) {
			out->steps.n = 0;
			return 0;
		}
	}
	return finish(work);
}

static void work_clear(struct work *work)
{
	state_clear(&work->now);
	state_clear(&work->before);
	suggestion_free(work->out);
}

/* Work for these events. */
static int prepare(const struct event *const *events, size_t n_events, struct work *work)
{
	struct suggestion *out = calloc(1, sizeof(*out));

	*work = (struct work){.out = out, .events = events, .n = n_events};
	if (!out || arena_new(ARENA_BYTES, &out->arena) < 0)
		return -ENOMEM;
	if (n_events == 0 || n_events > SUGGEST_MAX_EVENTS)
		return -EINVAL;
	for (size_t i = 1; i < n_events; i++)
		if (!same_kind(events[0], events[i]))
			return -EINVAL;
	work->arena = out->arena;
	work->calls = events[0]->has_call;
	work->class = work->calls ? CLASS_SYSCALLS : events[0]->class;
	return 0;
}

int suggest(const struct policy_files *files, const struct event *const *events, size_t n_events,
	    struct diag *diag, struct suggestion **ret_suggestion)
{
	struct work work;
	int r = prepare(events, n_events, &work);

	if (r == 0)
		r = run(&work, files, diag);
	if (r == 0 && work.out->reason)
		work.out->reason = safe_line(&work, work.out->reason);
	if (r == 0 && work.failed)
		r = -ENOMEM;
	if (r == 0)
		*ret_suggestion = STEAL(work.out);
	work_clear(&work);
	return r;
}

int suggest_place(const struct policy_files *files, const struct event *const *events,
		  size_t n_events, struct diag *diag, struct suggest_place *ret_place)
{
	const struct policy_rule *rule;
	struct work work;
	int r = prepare(events, n_events, &work);

	*ret_place = (struct suggest_place){.line = 0};
	if (r == 0)
		r = start(&work, files, diag);
	if (r == 0)
		r = remember(&work, diag);
	if (r == 0 && !work.calls)
		r = read_questions(&work);
	if (r == 0 && work.failed)
		r = -ENOMEM;
	rule = r == 0 ? decider(&work) : NULL;
	if (r == 0)
		ret_place->allowed = in_the_way(&work, &work.before) == 0;
	if (rule && rule->pos.file) {
		ret_place->own = is_own(work.before.policy, rule);
		ret_place->line = rule->pos.line;
		snprintf(ret_place->file, sizeof(ret_place->file), "%s", rule->pos.file);
	}
	work_clear(&work);
	return r;
}
