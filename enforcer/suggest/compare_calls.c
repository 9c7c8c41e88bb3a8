/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filters of the policy before and after, asked the same: every number, and where the rules of a
 * call changed, each argument that any rule looks at (or that has a meaning of its own) at all the
 * boundaries of its conditions, with what was seen and combined.
 */
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "room.h"

#define MAX_PRODUCT 8192u
#define MAX_LISTED  6

struct values {
	uint64_t *items;
	size_t n, size;
};

struct call_view {
	struct work *work;
	enum arch arch;
	uint32_t nr;
	const struct name_call *call;
	unsigned asked;			/* arguments that a rule looks at */
	unsigned told;			/* and those that have a meaning of their own */
	struct values edges[CALL_ARGS]; /* what is tried */
	struct values open[CALL_ARGS];	/* what of it was opened, beside what was seen */
	struct values named[CALL_ARGS]; /* what was seen, and what rules name by itself */
	bool opened, shut;
};

static void add(struct call_view *v, struct values *values, uint64_t value)
{
	if (grow_array(&values->items, &values->size, values->n + 1, sizeof(*values->items)) < 0)
		v->work->failed = true;
	else
		values->items[values->n++] = value;
}

static void add_once(struct call_view *v, struct values *values, uint64_t value)
{
	for (size_t i = 0; i < values->n; i++)
		if (values->items[i] == value)
			return;
	add(v, values, value);
}

/* Allowed; allowed and told; anything else. */
static int grade(const struct filter *filter, const struct seccomp_data *data)
{
	uint32_t is =
		filter_run(filter->code, filter->length, data, NULL) & SECCOMP_RET_ACTION_FULL;

	return is == SECCOMP_RET_ALLOW ? 0 : is == SECCOMP_RET_LOG ? 1 : 2;
}

static bool was_seen(const struct call_view *v, const uint64_t args[CALL_ARGS])
{
	for (size_t i = 0; i < v->work->n; i++) {
		const struct event_call *call = &v->work->events[i]->call;
		unsigned arg;

		if (call->foreign || call->arch != v->arch || call->nr != v->nr)
			continue;
		for (arg = 0; arg < CALL_ARGS; arg++)
			if (((v->asked | v->told) >> arg & 1) &&
			    ((args[arg] ^ call->args[arg]) & argument_mask(v->call, arg)))
				break;
		if (arg == CALL_ARGS)
			return true;
	}
	return false;
}

static void try(struct call_view *v, const uint64_t args[CALL_ARGS])
{
	struct seccomp_data data = {.nr = (int)v->nr, .arch = arch_audit(v->arch)};
	int before, now;

	memcpy(data.args, args, sizeof(data.args));
	before = grade(v->work->before.filter, &data);
	now = grade(v->work->now.filter, &data);
	v->work->out->compared++;
	v->shut |= now > before;
	if (now >= before || was_seen(v, args))
		return;
	v->opened = true;
	for (unsigned arg = 0; arg < CALL_ARGS; arg++)
		add_once(v, &v->open[arg], args[arg] & argument_mask(v->call, arg));
}

static bool same_match(const struct policy *a, const struct policy_match *x, const struct policy *b,
		       const struct policy_match *y)
{
	const struct policy_rule *p = &a->rules[x->rule], *q = &b->rules[y->rule];

	if (p->action != q->action || p->error != q->error || p->quiet != q->quiet ||
	    x->level != y->level || x->class != y->class || x->n_conds != y->n_conds)
		return false;
	for (uint32_t i = 0; i < x->n_conds; i++) {
		const struct policy_cond *c = &a->conds[x->first_cond + i];
		const struct policy_cond *d = &b->conds[y->first_cond + i];

		if (c->arg != d->arg || c->op != d->op || c->mask != d->mask ||
		    c->n_values != d->n_values ||
		    memcmp(a->values + c->first_value, b->values + d->first_value,
			   c->n_values * sizeof(*a->values)) != 0)
			return false;
	}
	return true;
}

static bool same_rules(const struct work *work, const struct policy_call *x,
		       const struct policy_call *y)
{
	const struct policy *a = work->before.policy, *b = work->now.policy;

	if (!x || !y || x->n_matches != y->n_matches)
		return false;
	for (uint32_t i = 0; i < x->n_matches; i++)
		if (!same_match(a, &a->matches[x->first_match + i], b,
				&b->matches[y->first_match + i]))
			return false;
	return true;
}

static void add_edges(struct call_view *v, const struct policy *policy,
		      const struct policy_call *call)
{
	for (uint32_t i = 0; call && i < call->n_matches; i++) {
		const struct policy_match *match = &policy->matches[call->first_match + i];

		for (uint32_t j = 0; j < match->n_conds; j++) {
			const struct policy_cond *cond = &policy->conds[match->first_cond + j];
			struct values *edges = &v->edges[cond->arg];

			v->asked |= 1u << cond->arg;
			for (uint32_t k = 0; k < cond->n_values; k++) {
				uint64_t value = policy->values[cond->first_value + k];

				add(v, edges, value);
				if (cond->op != COND_RANGE &&
				    cond->mask == argument_mask(v->call, cond->arg))
					add(v, &v->named[cond->arg], value);
				add(v, edges, value + 1);
				add(v, edges, value - 1);
				add(v, edges, value | ~cond->mask);
			}
			for (unsigned bit = 0; bit < 64; bit++)
				if (cond->mask != argument_mask(v->call, cond->arg) &&
				    (cond->mask >> bit & 1))
					add(v, edges, (uint64_t)1 << bit);
			add(v, edges, cond->mask);
		}
	}
}

/* Every combination, or as many, drawn by a fixed seed. */
static void try_product(struct call_view *v, const uint64_t base[CALL_ARGS])
{
	uint64_t args[CALL_ARGS], total = 1, random = 0x62616c6966663135u, rest;
	bool every;

	memcpy(args, base, sizeof(args));
	for (unsigned i = 0; i < CALL_ARGS && total <= MAX_PRODUCT; i++)
		total *= v->edges[i].n ? v->edges[i].n : 1;
	every = total <= MAX_PRODUCT;
	for (uint64_t n = 0; n < (every ? total : MAX_PRODUCT); n++) {
		rest = n;
		for (unsigned i = 0; i < CALL_ARGS; i++) {
			if (!v->edges[i].n)
				continue;
			if (!every) {
				random ^= random << 13;
				random ^= random >> 7;
				random ^= random << 17;
			}
			args[i] = v->edges[i].items[(every ? rest : random) % v->edges[i].n];
			rest /= v->edges[i].n;
		}
		try(v, args);
	}
	/* One or two arguments at a time from what is given, however many there are. */
	for (unsigned i = 0; !every && i < CALL_ARGS; i++)
		for (size_t j = 0; j < v->edges[i].n; j++) {
			memcpy(args, base, sizeof(args));
			args[i] = v->edges[i].items[j];
			try(v, args);
		}
}

/* Was the value seen, or is it one that a rule names by itself? */
static bool is_named(const struct call_view *v, unsigned arg, uint64_t value)
{
	for (size_t i = 0; i < v->named[arg].n; i++)
		if (v->named[arg].items[i] == value)
			return true;
	return false;
}

static const char *open_values(struct work *work, const struct call_view *v, unsigned arg)
{
	const char *name = v->call->args[arg].name, *text = "", *value;
	bool listed = v->open[arg].n <= MAX_LISTED;

	for (size_t i = 0; i < v->open[arg].n && listed; i++)
		listed = is_named(v, arg, v->open[arg].items[i]);
	if (!(v->asked >> arg & 1) || v->open[arg].n >= v->edges[arg].n)
		return say(work, "any %s", name);
	if (!listed)
		return say(work, "any %s that no other rule refuses", name);
	for (size_t i = 0; i < v->open[arg].n && text; i++) {
		value = value_text(work, v->arch, v->call, arg, v->open[arg].items[i]);
		text = value ? say(work, "%s%s%s", text, i ? " or " : "", value) : NULL;
	}
	return text ? say(work, "%s %s", name, text) : NULL;
}

static void describe(struct call_view *v, bool native)
{
	struct work *work = v->work;
	const char *text = "";

	for (unsigned i = 0; v->asked && text && (int)i < v->call->nargs; i++) {
		const char *values;

		if (!((v->asked | v->told) >> i & 1))
			continue;
		values = open_values(work, v, i);
		text = values ? say(work, "%s%s%s", text, *text ? ", " : " with ", values) : NULL;
	}
	if (!text)
		return;
	add_line(work, &work->out->opens,
		 say(work, "%s%s%s%s", v->call->name,
		     v->asked || !v->call->nargs ? text : ", whatever its arguments",
		     native ? "" : " on ", native ? "" : arch_name(v->arch)));
}

static void see(struct call_view *v)
{
	for (size_t i = 0; i < v->work->n; i++) {
		const struct event_call *call = &v->work->events[i]->call;

		for (unsigned arg = 0; arg < CALL_ARGS; arg++)
			if (v->edges[arg].n && call->nr == v->nr && call->arch == v->arch) {
				add(v, &v->edges[arg], call->args[arg]);
				add(v, &v->named[arg],
				    call->args[arg] & argument_mask(v->call, arg));
			}
	}
}

static bool compare_call(struct work *work, enum arch arch, const struct name_call *known)
{
	static const uint64_t zero[CALL_ARGS];
	const struct policy_call *before = policy_call(work->before.policy, arch, known->nr);
	const struct policy_call *now = policy_call(work->now.policy, arch, known->nr);
	struct call_view v = {.work = work, .arch = arch, .nr = known->nr, .call = known};

	if (same_rules(work, before, now)) {
		try(&v, zero);
	} else {
		add_edges(&v, work->before.policy, before);
		add_edges(&v, work->now.policy, now);
		for (unsigned i = 0; (int)i < known->nargs; i++)
			if (is_telling(&known->args[i]))
				v.told |= 1u << i;
		for (unsigned i = 0; i < CALL_ARGS; i++)
			if ((v.asked | v.told) >> i & 1) {
				add(&v, &v.edges[i], 0);
				add(&v, &v.edges[i], argument_mask(known, i));
			}
		see(&v);
		for (unsigned i = 0; i < CALL_ARGS; i++) {
			for (size_t j = 0; j < v.edges[i].n; j++)
				v.edges[i].items[j] &= argument_mask(known, i);
			v.edges[i].n = sort_unique(v.edges[i].items, v.edges[i].n);
		}
		try_product(&v, zero);
		for (size_t i = 0; i < work->n; i++)
			if (work->events[i]->call.nr == known->nr)
				try_product(&v, work->events[i]->call.args);
	}
	if (v.opened)
		describe(&v, arch == work->events[0]->call.arch);
	for (unsigned i = 0; i < CALL_ARGS; i++) {
		free(v.edges[i].items);
		free(v.open[i].items);
		free(v.named[i].items);
	}
	return !v.shut;
}

/* What a rule does not ask for. */
static void tell_free(struct work *work)
{
	const struct event_call *call = &work->events[0]->call;
	const struct name_call *known = names_call_by_nr(call->arch, call->nr);
	const struct policy_call *rules = policy_call(work->now.policy, call->arch, call->nr);
	const char *names = "";
	unsigned asked = 0;

	for (uint32_t i = 0; rules && i < rules->n_matches; i++) {
		const struct policy_match *m = &work->now.policy->matches[rules->first_match + i];

		for (uint32_t j = 0; j < m->n_conds; j++)
			asked |= 1u << work->now.policy->conds[m->first_cond + j].arg;
	}
	for (unsigned i = 0; known && names && (int)i < known->nargs; i++)
		if (!(asked >> i & 1) && !is_telling(&known->args[i]))
			names = say(work, "%s%s%s", names, *names ? ", " : "", known->args[i].name);
	if (names && *names)
		add_line(work, &work->out->notes,
			 say(work,
			     "no rule asks for %s of %s: addresses, descriptors and counts differ "
			     "from run to run, so they may be anything",
			     names, known->name));
}

/* Numbers between and behind the known ones. */
static bool compare_holes(struct work *work, enum arch arch, uint32_t nr)
{
	struct seccomp_data data = {.nr = (int)nr, .arch = arch_audit(arch)};
	int before = grade(work->before.filter, &data), now = grade(work->now.filter, &data);

	work->out->compared++;
	if (now < before && !names_call_by_nr(arch, nr))
		add_line(work, &work->out->opens, say(work, "call number %u", nr));
	return now <= before || names_call_by_nr(arch, nr);
}

bool compare_calls(struct work *work)
{
	const struct name_call *calls;
	bool good = true;
	size_t count;

	for (enum arch arch = 0; arch < ARCH_COUNT; arch++) {
		calls = names_calls(arch, &count);
		for (size_t i = 0; i < count && good; i++) {
			if (work->now.policy->abi[arch].governed)
				good = compare_call(work, arch, &calls[i]);
			good = good && compare_holes(work, arch, calls[i].nr + 1) &&
			       compare_holes(work, arch, calls[i].nr - 1);
		}
	}
	if (work->out->steps.n)
		tell_free(work);
	return good && !work->failed;
}
