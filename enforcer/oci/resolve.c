/* SPDX-License-Identifier: Apache-2.0 */
/* What libseccomp makes of a profile's rules, call by call. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profile.h"

struct resolver {
	const struct oci_reader *reader;
	const struct oci_profile *profile;
	struct oci_calls calls;
	const char **unknown; /* malloc'ed; names of no table, as often as they came */
	size_t n_unknown, unknown_room;
	size_t serial, alternatives;
	bool behind_multiplexers; /* i386 calls that socketcall or ipc stand for are allowed */
};

static int compare_calls(const void *a, const void *b)
{
	return strcmp(((const struct oci_call *)a)->name, ((const struct oci_call *)b)->name);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static struct oci_call *find_call(const struct oci_calls *calls, const char *name)
{
	const struct oci_call key = {.name = name};

	return bsearch(&key, calls->calls, calls->count, sizeof(key), compare_calls);
}

/* Every call of the governed ABIs once, with its entry on each. */
static int list_calls(struct resolver *resolver)
{
	struct oci_calls *calls = &resolver->calls;
	const struct name_call *table;
	size_t count, total = 0, kept = 0;

	for (unsigned arch = 0; arch < ARCH_COUNT; arch++) {
		names_calls((enum arch)arch, &count);
		total += count;
	}
	calls->calls = calloc(total, sizeof(*calls->calls));
	if (!calls->calls)
		return -ENOMEM;
	for (unsigned arch = 0; arch < ARCH_COUNT; arch++) {
		table = names_calls((enum arch)arch, &count);
		for (size_t i = 0; resolver->profile->archs[arch] && i < count; i++) {
			calls->calls[calls->count].name = table[i].name;
			calls->calls[calls->count++].on[arch] = &table[i];
		}
	}
	if (calls->count)
		qsort(calls->calls, calls->count, sizeof(*calls->calls), compare_calls);
	for (size_t i = 0; i < calls->count; i++) {
		if (!kept || strcmp(calls->calls[kept - 1].name, calls->calls[i].name) != 0)
			calls->calls[kept++] = calls->calls[i];
		for (unsigned arch = 0; arch < ARCH_COUNT; arch++)
			if (calls->calls[i].on[arch])
				calls->calls[kept - 1].on[arch] = calls->calls[i].on[arch];
	}
	calls->count = kept;
	return 0;
}

static int add_alternative(struct resolver *resolver, struct oci_call *call,
			   const struct oci_rule *rule, const struct oci_cond *conds, size_t count)
{
	struct oci_alternative *new;
	int r;

	if (call->decided)
		return 0;
	if (!count) { /* the first without condition stands, and makes all others void */
		call->decided = true;
		resolver->alternatives -= call->n_some;
		call->n_some = 0;
	}
	if (call->n_some >= OCI_MAX_ALTERNATIVES || resolver->alternatives >= OCI_MAX_CONDITIONAL) {
		oci_error(
			resolver->reader,
			"%s: more conditional rules than a filter can hold; the limits are %u for "
			"a call and %u in all",
			call->name, OCI_MAX_ALTERNATIVES, OCI_MAX_CONDITIONAL);
		return -EINVAL;
	}
	r = grow_array(&call->some, &call->room, call->n_some + 1, sizeof(*call->some));
	if (r < 0)
		return r;
	new = &call->some[call->n_some++];
	resolver->alternatives++;
	*new = (struct oci_alternative){.comment = rule->comment,
					.as = oci_carry(rule->action),
					.n_conds = count,
					.serial = resolver->serial++};
	for (size_t i = 0; i < count; i++) {
		new->conds[i] = conds[i];
		new->conds[i].value_two &= conds[i].value; /* as libseccomp does */
	}
	return 0;
}

/* The rule on the call itself: one conjunction, or an alternative for every condition. */
static int add_rule(struct resolver *resolver, struct oci_call *call, const struct oci_rule *rule)
{
	int r = 0;

	if (!rule->alternatives)
		return add_alternative(resolver, call, rule, rule->conds, rule->n_conds);
	for (size_t i = 0; i < rule->n_conds && r == 0; i++)
		r = add_alternative(resolver, call, rule, &rule->conds[i], 1);
	return r;
}

static int add_unknown(struct resolver *resolver, const char *name)
{
	int r;

	if (names_call_exists(name)) /* of another architecture */
		return 0;
	r = grow_array(&resolver->unknown, &resolver->unknown_room, resolver->n_unknown + 1,
		       sizeof(*resolver->unknown));
	if (r == 0)
		resolver->unknown[resolver->n_unknown++] = name;
	return r;
}

static int add_name(struct resolver *resolver, const struct oci_rule *rule, const char *name)
{
	struct oci_call *call = find_call(&resolver->calls, name);

	if (resolver->profile->archs[ARCH_I386] && oci_multiplexer(name) &&
	    oci_carry(rule->action).action <= ACTION_AUDIT)
		resolver->behind_multiplexers = true;
	return call ? add_rule(resolver, call, rule) : add_unknown(resolver, name);
}

/* Not carried, for it opens what the profile does not name, and without its conditions: the call's first argument
 * lies behind a pointer there. */
static void tell_multiplexers(const struct resolver *resolver)
{
	if (resolver->behind_multiplexers)
		oci_note(resolver->reader,
			 "not carried: on i386 libseccomp also opens the entries of socketcall and "
			 "ipc that stand for calls which the profile allows, without what it asks "
			 "of their arguments; programs older than Linux 4.3 need them: allow "
			 "socketcall or ipc by name");
}

static void tell_unknown(const struct resolver *resolver)
{
	CLEANUP(free_ptr) char *list = NULL;
	size_t length, shown = 0, distinct = 0;
	FILE *out;

	if (!resolver->n_unknown)
		return;
	qsort(resolver->unknown, resolver->n_unknown, sizeof(*resolver->unknown), compare_names);
	out = open_memstream(&list, &length);
	if (!out)
		return;
	for (size_t i = 0; i < resolver->n_unknown; i++) {
		if (i && strcmp(resolver->unknown[i - 1], resolver->unknown[i]) == 0)
			continue;
		if (distinct++ < 6 && ++shown)
			fprintf(out, "%s%.48s", shown > 1 ? ", " : "", resolver->unknown[i]);
	}
	if (distinct > shown)
		fprintf(out, " and %zu more", distinct - shown);
	if (fclose(out) == 0)
		oci_note(resolver->reader, "not carried: %zu call%s that bailiff does not know: %s",
			 distinct, distinct == 1 ? "" : "s", list);
}

static int add_rules(struct resolver *resolver)
{
	const struct oci_profile *profile = resolver->profile;
	int r = 0;

	for (size_t i = 0; i < profile->n_rules && r == 0; i++) {
		const struct oci_rule *rule = &profile->rules[i];

		if (oci_same_action(rule->action, profile->deny))
			continue; /* runc drops it */
		for (size_t j = 0; j < rule->n_names && r == 0; j++)
			r = add_name(resolver, rule, rule->names[j]);
	}
	return r;
}

int oci_resolve(const struct oci_reader *reader, const struct oci_profile *profile,
		struct oci_calls *ret_calls)
{
	struct resolver resolver = {.reader = reader, .profile = profile};
	int r = list_calls(&resolver);

	if (r == 0)
		r = add_rules(&resolver);
	if (r == 0)
		tell_unknown(&resolver);
	if (r == 0)
		tell_multiplexers(&resolver);
	free(resolver.unknown);
	if (r < 0) {
		oci_calls_free(&resolver.calls);
		return r;
	}
	for (size_t i = 0; i < resolver.calls.count; i++)
		oci_settle(reader, oci_carry(profile->deny).action, &resolver.calls.calls[i]);
	*ret_calls = resolver.calls;
	return 0;
}

void oci_calls_free(struct oci_calls *calls)
{
	for (size_t i = 0; i < calls->count; i++)
		free(calls->calls[i].some);
	free(calls->calls);
	*calls = (struct oci_calls){0};
}
