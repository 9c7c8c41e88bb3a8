/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy -> graph. The shape: load arch, one test an architecture; load nr, one tree over the
 * maximal runs of numbers with one outcome; argument checks as leaves. Whatever has one outcome for
 * all arguments is reached by loads of arch and nr and comparisons alone, so the kernel's bitmap of
 * allowed calls can hold it.
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "filter_internal.h"

struct compiler {
	const struct policy *policy;
	const struct filter_mode *mode;
	struct graph graph;
	struct interval *intervals;
	size_t count, capacity;
};

void filter_free(struct filter *filter)
{
	if (!filter)
		return;
	free(filter->code);
	free(filter);
}

void filter_freep(struct filter **filter)
{
	filter_free(*filter);
	*filter = NULL;
}

uint32_t filter_return(const struct filter_mode *mode, const struct policy_decision *decision)
{
	bool quiet = decision->quiet && decision->action == ACTION_ERRNO;

	if (decision->action == ACTION_ALLOW || (quiet && mode->part == FILTER_TOLD) ||
	    (!quiet && mode->part == FILTER_QUIET))
		return SECCOMP_RET_ALLOW;
	if (mode->audit && decision->quiet)
		return SECCOMP_RET_ALLOW;
	if (mode->audit || decision->action == ACTION_AUDIT)
		return mode->supervised ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_LOG;
	switch (decision->action) {
	case ACTION_ERRNO:
		if (mode->supervised && !decision->quiet)
			return SECCOMP_RET_USER_NOTIF;
		return SECCOMP_RET_ERRNO | (decision->error & SECCOMP_RET_DATA);
	case ACTION_TRAP:
		return SECCOMP_RET_TRAP;
	case ACTION_KILL_THREAD:
		return SECCOMP_RET_KILL_THREAD;
	default:
		/* KILL, and whatever is none of the actions: the strictest, never an opening. */
		return SECCOMP_RET_KILL_PROCESS;
	}
}

struct filter_needs filter_needs(const struct filter *filter)
{
	struct filter_needs needs = {false, false};
	size_t i;
	uint32_t action;

	for (i = 0; i < filter->length; i++) {
		if (BPF_CLASS(filter->code[i].code) != BPF_RET)
			continue;
		action = filter->code[i].k & SECCOMP_RET_ACTION_FULL;
		if (action == SECCOMP_RET_USER_NOTIF)
			needs.listener = true;
		if (action == SECCOMP_RET_KILL_PROCESS || action == SECCOMP_RET_KILL_THREAD ||
		    action == SECCOMP_RET_TRAP)
			needs.deadly = true;
	}
	return needs;
}

static struct policy_decision of_rule(const struct policy *policy, uint32_t rule)
{
	const struct policy_rule *r;

	if (rule == POLICY_NO_RULE)
		return (struct policy_decision){ACTION_ALLOW, 0, false, rule};
	r = &policy->rules[rule];
	return (struct policy_decision){r->action, r->error, r->quiet, rule};
}

/* The stricter of two; the first where they are equal (classes come in the order of their numbers).
 */
static struct policy_decision stricter(struct policy_decision a, struct policy_decision b)
{
	return b.action > a.action ? b : a;
}

/* The default of a class for a call none of whose matches held. Only `syscalls` has one: `kernel`
 * and `capabilities` have lowered theirs to matches of the calls that they govern. */
static uint32_t fallback(const struct policy *policy, uint8_t class)
{
	return class == CLASS_SYSCALLS ? policy->default_rule[CLASS_SYSCALLS] : POLICY_NO_RULE;
}

static bool mergeable(const struct compiler *c, const struct policy_match *a,
		      const struct policy_match *b)
{
	const struct policy_cond *x = &c->policy->conds[a->first_cond];
	const struct policy_cond *y = &c->policy->conds[b->first_cond];
	struct policy_decision da = of_rule(c->policy, a->rule), db = of_rule(c->policy, b->rule);

	return a->class == b->class && a->n_conds == 1 && b->n_conds == 1 && x->op == COND_IN &&
	       y->op == COND_IN && x->arg == y->arg && x->mask == y->mask &&
	       da.action == db.action && da.error == db.error && da.quiet == db.quiet;
}

/* Alternatives on one argument, as `n` matches in a row, become one search among all their values.
 */
static node_id build_union(struct compiler *c, const struct policy_match *matches, uint32_t n,
			   node_id yes, node_id no)
{
	struct policy_cond cond = c->policy->conds[matches[0].first_cond];
	CLEANUP(free_ptr) uint64_t *values = NULL;
	size_t capacity = 0, count = 0, i;
	const struct policy_cond *part;

	assert(n > 0);
	if (c->graph.error) /* of what is below: it must not be forgotten */
		return NODE_NONE;
	for (i = 0; i < n; i++) {
		part = &c->policy->conds[matches[i].first_cond];
		c->graph.error =
			grow_array(&values, &capacity, count + part->n_values, sizeof(*values));
		if (c->graph.error)
			return NODE_NONE;
		memcpy(values + count, c->policy->values + part->first_value,
		       part->n_values * sizeof(*values));
		count += part->n_values;
	}
	cond.n_values = (uint32_t)sort_unique(values, count);
	return graph_cond(&c->graph, &cond, values, yes, no);
}

/*
 * Builds what remains to be asked from match `next` on, given what the classes before have decided
 * (`so_far`, the strictest of them). Matches are sorted by class, then level, then strictness:
 * within a class the first that holds decides, and the class's others are skipped.
 */
static node_id build_call(struct compiler *c, const struct policy_call *call, uint32_t next,
			  struct policy_decision so_far)
{
	const struct policy_match *matches = c->policy->matches + call->first_match, *m;
	uint32_t after = next, n = 1, i;
	node_id yes, no;

	if (c->graph.error)
		return NODE_NONE;
	if (next == call->n_matches)
		return graph_return(&c->graph, filter_return(c->mode, &so_far));
	m = &matches[next];
	while (after < call->n_matches && matches[after].class == m->class)
		after++;
	yes = build_call(c, call, after, stricter(so_far, of_rule(c->policy, m->rule)));
	if (m->n_conds == 0)
		return yes;
	while (next + n < after && mergeable(c, m, &matches[next + n]))
		n++;
	if (next + n < after)
		no = build_call(c, call, next + n, so_far);
	else
		no = build_call(
			c, call, after,
			stricter(so_far, of_rule(c->policy, fallback(c->policy, m->class))));
	if (n > 1)
		return build_union(c, m, n, yes, no);
	for (i = m->n_conds; i-- > 0;)
		yes = graph_cond(&c->graph, &c->policy->conds[m->first_cond + i],
				 c->policy->values +
					 c->policy->conds[m->first_cond + i].first_value,
				 yes, no);
	return yes;
}

static node_id build_whole_call(struct compiler *c, const struct policy_call *call)
{
	struct policy_decision start = of_rule(c->policy, POLICY_NO_RULE);

	if (call->n_matches > FILTER_MAX) {
		/* More alternatives than a filter has instructions. */
		c->graph.error = -E2BIG;
		return NODE_NONE;
	}
	if (!call->n_matches || c->policy->matches[call->first_match].class != CLASS_SYSCALLS)
		start = of_rule(c->policy, fallback(c->policy, CLASS_SYSCALLS));
	return build_call(c, call, 0, start);
}

static void add_interval(struct compiler *c, uint32_t start, node_id target, double weight)
{
	if (c->count && c->intervals[c->count - 1].start == start)
		c->count--;
	if (!c->graph.error)
		c->graph.error = grow_array(&c->intervals, &c->capacity, c->count + 1,
					    sizeof(*c->intervals));
	if (!c->graph.error)
		c->intervals[c->count++] = (struct interval){start, target, weight};
}

/* How often, relatively, a call's path is walked: calls that the bitmap allows never enter the
 * filter, so those with argument checks weigh most; denied ones least. */
static double weight_of(const struct graph *graph, node_id target)
{
	const struct node *node;

	if (graph->error)
		return 0;
	node = &graph->nodes[target];
	if (node->op != NODE_RETURN)
		return 2;
	return node->k == SECCOMP_RET_ALLOW ? 1 : 0.05;
}

/* The numbers from `start` up to the next block, which all belong to one ABI. */
static void add_block(struct compiler *c, uint32_t audit, uint32_t start, uint32_t last)
{
	const struct policy_abi *abi;
	struct policy_decision d;
	node_id unknown, target;
	enum arch arch;
	uint32_t i;

	if (arch_of_call(audit, start, &arch) < 0 || !c->policy->abi[arch].governed) {
		d = policy_decide_foreign(c->policy);
		add_interval(c, start, graph_return(&c->graph, filter_return(c->mode, &d)), 0);
		return;
	}
	abi = &c->policy->abi[arch];
	d = of_rule(c->policy, c->policy->unknown_rule);
	unknown = graph_return(&c->graph, filter_return(c->mode, &d));
	add_interval(c, start, unknown, 0);
	for (i = 0; i < abi->n_calls && !c->graph.error; i++) {
		if (abi->calls[i].nr < start || abi->calls[i].nr > last)
			continue;
		target = build_whole_call(c, &abi->calls[i]);
		add_interval(c, abi->calls[i].nr, target, weight_of(&c->graph, target));
		if (abi->calls[i].nr < last)
			add_interval(c, abi->calls[i].nr + 1, unknown, 0);
	}
}

/* All numbers of one AUDIT_ARCH. The ABI can change only with the two upper bits (x32's is one of
 * them). */
static node_id build_audit_arch(struct compiler *c, uint32_t audit)
{
	uint32_t quarter;

	c->count = 0;
	for (quarter = 0; quarter < 4; quarter++)
		add_block(c, audit, quarter << 30, (quarter << 30) + 0x3fffffff);
	if (c->graph.error)
		return NODE_NONE;
	return graph_switch(&c->graph, WORD_NR, UINT32_MAX, c->intervals, c->count);
}

static node_id build_policy(struct compiler *c)
{
	struct policy_decision foreign = policy_decide_foreign(c->policy);
	node_id root = graph_return(&c->graph, filter_return(c->mode, &foreign));
	enum arch order[ARCH_COUNT], arch;
	size_t n = 0;

	/* Built backwards: the native one is asked for first. x32 has x86_64's AUDIT_ARCH. */
	for (arch = 0; arch < ARCH_COUNT; arch++)
		if (arch != arch_native() && arch_audit(arch) != arch_audit(arch_native()))
			order[n++] = arch;
	order[n++] = arch_native();
	for (size_t i = 0; i < n && !c->graph.error; i++)
		root = graph_test(&c->graph,
				  &(struct node){.op = NODE_EQ,
						 .word = WORD_ARCH,
						 .mask = UINT32_MAX,
						 .k = arch_audit(order[i]),
						 .yes = build_audit_arch(c, arch_audit(order[i])),
						 .no = root});
	return root;
}

/* How much a call asks of its arguments. Each value is an instruction or more. */
struct demand {
	enum arch arch;
	uint32_t nr;
	uint64_t values;
	uint32_t conds;
};

static struct demand demand_of(const struct policy *policy, enum arch arch,
			       const struct policy_call *call)
{
	struct demand demand = {.arch = arch, .nr = call->nr};

	for (uint32_t i = 0; i < call->n_matches; i++) {
		const struct policy_match *match = &policy->matches[call->first_match + i];

		demand.conds += match->n_conds;
		for (uint32_t j = 0; j < match->n_conds; j++)
			demand.values += policy->conds[match->first_cond + j].n_values;
	}
	return demand;
}

static struct demand greatest_demand(const struct policy *policy)
{
	struct demand most = {.nr = 0}, demand;

	for (enum arch arch = 0; arch < ARCH_COUNT; arch++) {
		const struct policy_abi *abi = &policy->abi[arch];

		for (uint32_t i = 0; abi->governed && i < abi->n_calls; i++) {
			demand = demand_of(policy, arch, &abi->calls[i]);
			if (demand.values > most.values)
				most = demand;
		}
	}
	return most;
}

static void complain_size(const struct policy *policy, struct diag *diag)
{
	struct diag_pos pos = {.file = policy->path};
	struct demand most = greatest_demand(policy);
	const struct name_call *call = names_call_by_nr(most.arch, most.nr);

	if (most.values == 0) /* without conditions every policy fits */
		diag_error(diag, &pos, "the filter needs more than %d instructions", FILTER_MAX);
	else
		diag_error(
			diag, &pos,
			"the filter needs more than %d instructions, the kernel's limit; most go "
			"to %s on %s, which has %u conditions with %" PRIu64
			" values; fewer of them, or fewer architectures, would fit",
			FILTER_MAX, call ? call->name : "a call", arch_name(most.arch), most.conds,
			most.values);
}

int filter_compile(const struct policy *policy, const struct filter_mode *mode, struct diag *diag,
		   struct filter **ret_filter)
{
	struct compiler c = {.policy = policy, .mode = mode};
	node_id root = build_policy(&c);
	int r = graph_emit(&c.graph, root, ret_filter);

	if (r == -E2BIG)
		complain_size(policy, diag);
	graph_close(&c.graph);
	free(c.intervals);
	return r;
}
