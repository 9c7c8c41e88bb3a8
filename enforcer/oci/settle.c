/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From "first rule in a tree" to "the most specific rule, then the strictest": conditions that
 * the argument's width decides are taken out, and where two conditional rules of different actions
 * can hold at once, that is said.
 */
#include <inttypes.h>

#include "profile.h"

static void tell_fit(const struct oci_reader *reader, const struct oci_call *call,
		     const struct oci_cond *cond, enum oci_truth truth, bool widen)
{
	if (truth == OCI_UNSAYABLE)
		oci_warn(reader,
			 "not carried: %s compares argument %u with 0x%" PRIx64
			 ", which the kernel "
			 "does not read so on every architecture; %s",
			 call->name, cond->arg, cond->value,
			 widen ? "the rule decides whatever it is" : "the rule is left out");
	else
		oci_note(reader,
			 "%s: the comparison of argument %u with 0x%" PRIx64
			 " %s, as the kernel reads "
			 "that argument; carried so",
			 call->name, cond->arg, cond->value,
			 truth == OCI_NEVER ? "never holds" : "always holds");
}

enum fate { FATE_KEPT, FATE_NEVER, FATE_UNSAID };

/*
 * Takes out conditions that always hold. What can't be said falls to the stricter side: a rule
 * stricter than the default does without the condition, another is left out.
 */
static enum fate reduce(const struct oci_reader *reader, const struct oci_call *call,
			enum policy_action otherwise, struct oci_alternative *alternative)
{
	bool denies = alternative->as.action > ACTION_AUDIT;
	bool widen = alternative->as.action > otherwise;
	struct oci_alternative reduced = *alternative;
	enum fate fate = FATE_KEPT;

	reduced.n_conds = 0;
	for (size_t i = 0; i < alternative->n_conds; i++) {
		struct oci_cond cond = alternative->conds[i];
		enum oci_truth truth = oci_fit(call, denies, &cond);

		if (truth == OCI_SOMETIMES)
			reduced.conds[reduced.n_conds++] = cond;
		else
			tell_fit(reader, call, &cond, truth, widen);
		if (truth == OCI_NEVER)
			fate = FATE_NEVER;
		if (truth == OCI_UNSAYABLE && !widen && fate == FATE_KEPT)
			fate = FATE_UNSAID;
	}
	if (fate == FATE_KEPT)
		*alternative = reduced;
	return fate;
}

static bool same_outcome(const struct oci_carried *a, const struct oci_carried *b)
{
	return a->action == b->action && a->error == b->error;
}

static bool same_cond(const struct oci_cond *a, const struct oci_cond *b)
{
	return a->arg == b->arg && a->op == b->op && a->value == b->value &&
	       (a->op != OCI_MASKED_EQ || a->value_two == b->value_two);
}

/* Does `narrow` ask for all that `wide` asks for? */
static bool within(const struct oci_alternative *narrow, const struct oci_alternative *wide)
{
	for (size_t i = 0; i < wide->n_conds; i++) {
		bool found = false;

		for (size_t j = 0; j < narrow->n_conds; j++)
			found |= same_cond(&wide->conds[i], &narrow->conds[j]);
		if (!found)
			return false;
	}
	return true;
}

static bool same_conds(const struct oci_alternative *a, const struct oci_alternative *b)
{
	return a->n_conds == b->n_conds && within(a, b);
}

/* May both hold for one call? */
static bool meet(const struct oci_alternative *a, const struct oci_alternative *b)
{
	for (size_t i = 0; i < a->n_conds; i++)
		for (size_t j = 0; j < b->n_conds; j++)
			if (a->conds[i].arg == b->conds[j].arg &&
			    !oci_conds_meet(&a->conds[i], &b->conds[j]))
				return false;
	return true;
}

static void drop_void(struct oci_call *call)
{
	size_t kept = 0;

	for (size_t i = 0; i < call->n_some; i++)
		if (!call->some[i].dropped)
			call->some[kept++] = call->some[i];
	call->n_some = kept;
}

/* A rule beside which one with fewer conditions has the same outcome says nothing. */
static void drop_contained(struct oci_call *call)
{
	for (size_t i = 0; i < call->n_some; i++)
		for (size_t j = 0; j < call->n_some; j++)
			call->some[i].dropped |=
				call->some[j].n_conds < call->some[i].n_conds &&
				same_outcome(&call->some[i].as, &call->some[j].as) &&
				within(&call->some[i], &call->some[j]);
	drop_void(call);
}

/*
 * With a rule that is left out, weaker ones that can hold at once with it would decide in its place:
 * they go too, and the default, which is stricter than all of these, decides.
 */
static void drop_weaker(struct oci_call *call)
{
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < call->n_some; i++) {
			struct oci_alternative *this = &call->some[i];

			for (size_t j = 0; j < call->n_some && !this->dropped; j++) {
				this->dropped = call->some[j].dropped &&
						this->as.action < call->some[j].as.action &&
						meet(this, &call->some[j]);
				more |= this->dropped;
			}
		}
	}
	drop_void(call);
}

static void reduce_all(const struct oci_reader *reader, enum policy_action otherwise,
		       struct oci_call *call)
{
	bool unsaid = false;
	size_t kept = 0;

	for (size_t i = 0; i < call->n_some; i++) {
		enum fate fate = reduce(reader, call, otherwise, &call->some[i]);

		unsaid |= fate == FATE_UNSAID;
		call->some[i].dropped = fate == FATE_UNSAID;
		if (fate != FATE_NEVER)
			call->some[kept++] = call->some[i];
	}
	call->n_some = kept;
	if (unsaid)
		drop_weaker(call);
}

static void tell_conflict(const struct oci_reader *reader, const struct oci_call *call)
{
	oci_warn(
		reader,
		"not carried as it stands: conditional rules for %s with different actions can "
		"hold "
		"at once; the strictest decides (libseccomp goes by the number of the argument, or "
		"refuses the profile)",
		call->name);
}

/*
 * A rule that always holds is no conditional rule in the language, which would let any conditional
 * one win: only stricter ones may stay beside it. The weaker ones come out as never deciding.
 */
static size_t strictest_always(const struct oci_call *call)
{
	size_t found = call->n_some;

	for (size_t i = 0; i < call->n_some; i++)
		if (!call->some[i].n_conds &&
		    (found == call->n_some ||
		     call->some[i].as.action > call->some[found].as.action))
			found = i;
	return found;
}

/* Does an earlier kept alternative make this one void? Notes whether they contradict each other. */
static bool void_beside(const struct oci_call *call, size_t kept, struct oci_alternative *new,
			bool *conflict)
{
	for (size_t i = 0; i < kept; i++) {
		const struct oci_alternative *old = &call->some[i];

		if (same_outcome(&old->as, &new->as)) {
			if (same_conds(old, new))
				return true;
			continue;
		}
		if (!meet(old, new))
			continue;
		*conflict = true;
		if (same_conds(old, new) && old->as.action >= new->as.action)
			return true;
		/* two errnos at equal rank are an error of the language */
		if (old->as.action == new->as.action)
			new->as = old->as;
	}
	return false;
}

void oci_settle(const struct oci_reader *reader, enum policy_action otherwise,
		struct oci_call *call)
{
	size_t kept = 0, always;
	bool conflict = false;

	if (call->decided)
		return;
	reduce_all(reader, otherwise, call);
	drop_contained(call);
	always = strictest_always(call);
	for (size_t i = 0; i < call->n_some; i++) {
		struct oci_alternative *this = &call->some[i];

		if (always < call->n_some && i != always &&
		    this->as.action <= call->some[always].as.action) {
			conflict |= !same_outcome(&this->as, &call->some[always].as);
			continue;
		}
		if (!void_beside(call, kept, this, &conflict)) {
			struct oci_alternative copy = *this;

			if (i == always)
				always = kept;
			call->some[kept++] = copy;
		}
	}
	call->n_some = kept;
	if (conflict)
		tell_conflict(reader, call);
}
