/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From "first rule in a tree" to "the most specific rule, then the strictest": conditions that
 * the argument's width decides are taken out, and where two conditional rules of different actions
 * can hold at once, that is said.
 */
#include <inttypes.h>

#include "profile.h"

static void tell_fit(const struct oci_reader *reader, const struct oci_call *call,
		     const struct oci_cond *cond, enum oci_truth truth, bool denies)
{
	if (truth == OCI_UNSAYABLE)
		oci_warn(reader,
			 "not carried: %s compares argument %u with 0x%" PRIx64 ", which the kernel "
			 "does not read so on every architecture; %s",
			 call->name, cond->arg, cond->value,
			 denies ? "the rule denies whatever it is" : "the rule is left out");
	else
		oci_note(reader,
			 "%s: the comparison of argument %u with 0x%" PRIx64 " %s, as the kernel reads "
			 "that argument; carried so",
			 call->name, cond->arg, cond->value,
			 truth == OCI_NEVER ? "never holds" : "always holds");
}

/*
 * Takes out conditions that always hold; false when one of them never does. What can't be said
 * falls to the stricter side: an allowance is left out, a denial does without the condition.
 */
static bool reduce(const struct oci_reader *reader, const struct oci_call *call,
		   struct oci_alternative *alternative)
{
	bool denies = alternative->as.action > ACTION_AUDIT, possible = true;
	size_t kept = 0;

	for (size_t i = 0; i < alternative->n_conds; i++) {
		struct oci_cond cond = alternative->conds[i];
		enum oci_truth truth = oci_fit(call, denies, &cond);

		if (truth != OCI_SOMETIMES)
			tell_fit(reader, call, &cond, truth, denies);
		possible &= truth != OCI_NEVER && (truth != OCI_UNSAYABLE || denies);
		if (truth == OCI_SOMETIMES)
			alternative->conds[kept++] = cond;
	}
	alternative->n_conds = kept;
	return possible;
}

static bool same_outcome(const struct oci_carried *a, const struct oci_carried *b)
{
	return a->action == b->action && a->error == b->error;
}

static bool same_conds(const struct oci_alternative *a, const struct oci_alternative *b)
{
	if (a->n_conds != b->n_conds)
		return false;
	for (size_t i = 0; i < a->n_conds; i++) {
		const struct oci_cond *x = &a->conds[i], *y = &b->conds[i];

		if (x->arg != y->arg || x->op != y->op || x->value != y->value ||
		    (x->op == OCI_MASKED_EQ && x->value_two != y->value_two))
			return false;
	}
	return true;
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

static void tell_conflict(const struct oci_reader *reader, const struct oci_call *call)
{
	oci_warn(reader,
		 "not carried as it stands: conditional rules for %s with different actions can hold "
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

void oci_settle(const struct oci_reader *reader, struct oci_call *call)
{
	size_t kept = 0, always;
	bool conflict = false;

	if (call->decided)
		return;
	for (size_t i = 0; i < call->n_some; i++)
		if (reduce(reader, call, &call->some[i]))
			call->some[kept++] = call->some[i];
	call->n_some = kept;
	always = strictest_always(call);
	kept = 0;
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
