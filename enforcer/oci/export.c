/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy as a profile. A profile's rules hold by name on every architecture at once, so a call is
 * written as the widest of its ABIs has it, and what libseccomp makes of that on the others is held
 * against the policy: a difference is an error, never silence.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cubes.h"
#include "profile.h"

#define LOW ((uint64_t)UINT32_MAX)

/* A call by name: its rules (cubes that do not decide as the default), and its ABIs. */
struct named {
	const char *name;
	const struct policy_call *on[ARCH_COUNT];
	struct cubes rules;
};

struct exporter {
	const struct policy *policy;
	struct diag *diag;
	struct outcome otherwise;
	struct named *calls; /* sorted by name */
	size_t count;
	size_t rules; /* of all calls */
};

static void exporter_free(struct exporter *exporter)
{
	for (size_t i = 0; i < exporter->count; i++)
		cubes_free(&exporter->calls[i].rules);
	free(exporter->calls);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

static int list_calls(struct exporter *exporter)
{
	const struct policy *policy = exporter->policy;
	size_t total = 0, found = 0, kept = 0;

	for (unsigned arch = 0; arch < ARCH_COUNT; arch++)
		total += policy->abi[arch].governed ? policy->abi[arch].n_calls : 0;
	exporter->calls = calloc(total + 1, sizeof(*exporter->calls));
	if (!exporter->calls)
		return -ENOMEM;
	for (unsigned arch = 0; arch < ARCH_COUNT; arch++) {
		const struct policy_abi *abi = &policy->abi[arch];

		for (uint32_t i = 0; abi->governed && i < abi->n_calls; i++) {
			const struct name_call *call =
				names_call_by_nr((enum arch)arch, abi->calls[i].nr);

			if (!call)
				continue;
			exporter->calls[found].name = call->name;
			exporter->calls[found++].on[arch] = &abi->calls[i];
		}
	}
	qsort(exporter->calls, found, sizeof(*exporter->calls), by_name);
	for (size_t i = 0; i < found; i++) {
		struct named this = exporter->calls[i];

		if (!kept || strcmp(exporter->calls[kept - 1].name, this.name) != 0)
			exporter->calls[kept++] = this;
		for (unsigned arch = 0; arch < ARCH_COUNT; arch++)
			if (this.on[arch])
				exporter->calls[kept - 1].on[arch] = this.on[arch];
	}
	exporter->count = kept;
	return 0;
}

/* E2BIG is the policy's fault and said of it, everything else the machine's. */
static int refuse_size(struct exporter *exporter, const char *call, unsigned limit, int error)
{
	if (error != -E2BIG)
		return error;
	diag_error(exporter->diag, NULL,
		   "%s: its conditions come to more than %u comparisons of a profile; give the "
		   "policy fewer values or a simpler range",
		   call, limit);
	return -EINVAL;
}

/* What an import refuses for its size is not written either. */
static int count_rules(struct exporter *exporter, const struct named *call)
{
	if (call->rules.count > OCI_MAX_ALTERNATIVES)
		return refuse_size(exporter, call->name, OCI_MAX_ALTERNATIVES, -E2BIG);
	exporter->rules += call->rules.count;
	if (exporter->rules > OCI_MAX_CONDITIONAL)
		return refuse_size(exporter, "all calls together", OCI_MAX_CONDITIONAL, -E2BIG);
	return 0;
}

static int collect_rules(struct exporter *exporter, struct named *call)
{
	static const enum arch widest_first[] = {ARCH_X86_64, ARCH_AARCH64, ARCH_X32, ARCH_I386};
	CLEANUP(cubes_free) struct cubes all = {0};
	bool uniform = true;
	size_t i;

	for (i = 0; !call->on[widest_first[i]]; i++)
		;
	cubes_of_call(exporter->policy, call->on[widest_first[i]], &all);
	if (all.error)
		return refuse_size(exporter, call->name, CUBES_MAX, all.error);
	for (i = 1; i < all.count; i++)
		uniform &= same_result(all.items[i].outcome, all.items[0].outcome);
	if (uniform) {
		all.items[0] = (struct cube){.outcome = all.items[0].outcome};
		all.count = 1;
	}
	for (i = 0; i < all.count; i++)
		if (!same_result(all.items[i].outcome, exporter->otherwise))
			cubes_add(&call->rules, &all.items[i]);
	return call->rules.error ? call->rules.error : count_rules(exporter, call);
}

/* libseccomp compares the lower halves alone on ABIs that it counts as 32 bits wide. */
static struct cube seen_on(enum arch arch, const struct cube *cube)
{
	struct cube seen = *cube;

	for (unsigned i = 0; i < CALL_ARGS && (arch == ARCH_I386 || arch == ARCH_X32); i++) {
		seen.mask[i] &= LOW;
		seen.value[i] &= LOW;
	}
	return seen;
}

/* What registers can hold: those of i386 have no upper half. */
static struct cube possible_on(enum arch arch, const struct cube *cube)
{
	struct cube possible = *cube;

	for (unsigned i = 0; i < CALL_ARGS && arch == ARCH_I386; i++)
		possible.mask[i] |= ~LOW;
	return possible;
}

/* The rules on a call as libseccomp will have them on one ABI. */
static void effective_rules(const struct named *call, enum arch arch, struct cubes *rules)
{
	struct cube cube;

	for (size_t i = 0; i < call->rules.count; i++) {
		cube = seen_on(arch, &call->rules.items[i]);
		cubes_add(rules, &cube);
	}
}

/* Whether the effective rules decide as the policy wherever it decides so. */
static int agrees(const struct exporter *exporter, const struct cubes *rules, enum arch arch,
		  const struct cube *wanted, bool *ret_agrees)
{
	struct cube here = possible_on(arch, wanted), both;

	for (size_t i = 0; i < rules->count; i++) {
		if (cube_meet(&here, &rules->items[i], &both) &&
		    !same_result(rules->items[i].outcome, wanted->outcome)) {
			*ret_agrees = false;
			return 0;
		}
	}
	*ret_agrees = true;
	if (same_result(wanted->outcome, exporter->otherwise))
		return 0;
	return cubes_cover(rules, &here, ret_agrees);
}

static int check_arch(struct exporter *exporter, const struct named *call, enum arch arch)
{
	CLEANUP(cubes_free) struct cubes wanted = {0}, rules = {0};
	bool good = true;
	int r;

	cubes_of_call(exporter->policy, call->on[arch], &wanted);
	effective_rules(call, arch, &rules);
	r = wanted.error ? wanted.error : rules.error;
	for (size_t i = 0; i < wanted.count && r == 0 && good; i++)
		r = agrees(exporter, &rules, arch, &wanted.items[i], &good);
	if (r < 0)
		return refuse_size(exporter, call->name, CUBES_MAX, r);
	if (good)
		return 0;
	diag_error(exporter->diag, NULL,
		   "%s: libseccomp would decide otherwise than the policy on %s, where it "
		   "compares other bits of the arguments; leave %s out of architectures",
		   call->name, arch_name(arch), arch_name(arch));
	return -EINVAL;
}

/* libseccomp opens those by itself, and a profile can't keep it from that. */
static void warn_multiplexers(const struct exporter *exporter)
{
	for (size_t i = 0; i < exporter->count; i++) {
		const char *by = oci_multiplexer(exporter->calls[i].name);

		if (exporter->calls[i].on[ARCH_I386] && by) {
			diag_warning(
				exporter->diag, NULL,
				"on i386, libseccomp lets %s do %s as well, without the "
				"conditions on its arguments, and whatever else of this kind the "
				"profile names; leave i386 out of architectures to avoid that",
				by, exporter->calls[i].name);
			return;
		}
	}
}

static int check_calls(struct exporter *exporter)
{
	int worst = 0, r;

	warn_multiplexers(exporter);

	for (size_t i = 0; i < exporter->count; i++) {
		for (unsigned arch = 0; arch < ARCH_COUNT; arch++) {
			if (!exporter->calls[i].on[arch])
				continue;
			r = check_arch(exporter, &exporter->calls[i], (enum arch)arch);
			if (r < 0 && r != -EINVAL)
				return r;
			worst = r < 0 ? r : worst;
		}
	}
	return worst;
}

static const char *action_word(struct outcome outcome)
{
	switch (outcome.action) {
	case ACTION_ALLOW:
		return "SCMP_ACT_ALLOW";
	case ACTION_AUDIT:
		return "SCMP_ACT_LOG";
	case ACTION_ERRNO:
		return "SCMP_ACT_ERRNO";
	case ACTION_TRAP:
		return "SCMP_ACT_TRAP";
	case ACTION_KILL_THREAD:
		return "SCMP_ACT_KILL_THREAD";
	case ACTION_KILL:
		break;
	}
	return "SCMP_ACT_KILL_PROCESS";
}

static void write_action(FILE *out, struct outcome outcome)
{
	fprintf(out, "\t\t\t\"action\": \"%s\"", action_word(outcome));
	if (outcome.action == ACTION_ERRNO)
		fprintf(out, ",\n\t\t\t\"errnoRet\": %u", outcome.error);
}

static void write_args(FILE *out, const struct cube *cube)
{
	const char *separator = "";

	fputs(",\n\t\t\t\"args\": [", out);
	for (unsigned i = 0; i < CALL_ARGS; i++) {
		if (!cube->mask[i])
			continue;
		if (cube->mask[i] == UINT64_MAX)
			fprintf(out,
				"%s\n\t\t\t\t{\"index\": %u, \"value\": %" PRIu64
				", \"op\": \"SCMP_CMP_EQ\"}",
				separator, i, cube->value[i]);
		else
			fprintf(out,
				"%s\n\t\t\t\t{\"index\": %u, \"value\": %" PRIu64
				", \"valueTwo\": %" PRIu64 ", \"op\": \"SCMP_CMP_MASKED_EQ\"}",
				separator, i, cube->mask[i], cube->value[i]);
		separator = ",";
	}
	fputs("\n\t\t\t]", out);
}

/* All calls that are decided in the same way whatever their arguments. */
static void write_plain(const struct exporter *exporter, FILE *out, size_t first,
			const char **separator)
{
	struct outcome outcome = exporter->calls[first].rules.items[0].outcome;
	const char *comma = "";

	fprintf(out, "%s\n\t\t{\n\t\t\t\"names\": [", *separator);
	for (size_t i = first; i < exporter->count; i++) {
		const struct cubes *rules = &exporter->calls[i].rules;

		if (rules->count != 1 || !cube_everything(&rules->items[0]) ||
		    !same_result(rules->items[0].outcome, outcome))
			continue;
		fprintf(out, "%s\n\t\t\t\t\"%s\"", comma, exporter->calls[i].name);
		comma = ",";
	}
	fputs("\n\t\t\t],\n", out);
	write_action(out, outcome);
	fputs("\n\t\t}", out);
	*separator = ",";
}

static bool first_of_plain(const struct exporter *exporter, size_t index)
{
	const struct cubes *rules = &exporter->calls[index].rules;

	if (rules->count != 1 || !cube_everything(&rules->items[0]))
		return false;
	for (size_t i = 0; i < index; i++) {
		const struct cubes *other = &exporter->calls[i].rules;

		if (other->count == 1 && cube_everything(&other->items[0]) &&
		    same_result(other->items[0].outcome, rules->items[0].outcome))
			return false;
	}
	return true;
}

static void write_rules(const struct exporter *exporter, FILE *out)
{
	const char *separator = "";

	for (size_t i = 0; i < exporter->count; i++)
		if (first_of_plain(exporter, i))
			write_plain(exporter, out, i, &separator);
	for (size_t i = 0; i < exporter->count; i++) {
		const struct cubes *rules = &exporter->calls[i].rules;

		for (size_t j = 0; j < rules->count; j++) {
			if (cube_everything(&rules->items[j]))
				continue;
			fprintf(out, "%s\n\t\t{\n\t\t\t\"names\": [\"%s\"],\n", separator,
				exporter->calls[i].name);
			write_action(out, rules->items[j].outcome);
			write_args(out, &rules->items[j]);
			fputs("\n\t\t}", out);
			separator = ",";
		}
	}
}

static int write_profile(const struct exporter *exporter, char **ret_json)
{
	CLEANUP(free_ptr) char *text = NULL;
	const char *separator = "";
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return -ENOMEM;
	fprintf(out, "{\n\t\"defaultAction\": \"%s\",\n", action_word(exporter->otherwise));
	if (exporter->otherwise.action == ACTION_ERRNO)
		fprintf(out, "\t\"defaultErrnoRet\": %u,\n", exporter->otherwise.error);
	fputs("\t\"architectures\": [", out);
	for (unsigned arch = 0; arch < ARCH_COUNT; arch++) {
		if (!exporter->policy->abi[arch].governed)
			continue;
		fprintf(out, "%s\"%s\"", separator, oci_arch_name((enum arch)arch));
		separator = ", ";
	}
	fputs("],\n\t\"syscalls\": [", out);
	write_rules(exporter, out);
	fputs("\n\t]\n}\n", out);
	if (fclose(out) != 0)
		return -ENOMEM;
	*ret_json = STEAL(text);
	return 0;
}

/* What a profile has no word for. Errors where it would decide otherwise, warnings where it says
 * less than the policy. */
static int check_policy(const struct policy *policy, struct diag *diag)
{
	int r = 0;

	for (uint32_t i = 0; i < policy->n_rules; i++) {
		const struct policy_rule *rule = &policy->rules[i];

		if (rule->n_by && (rule->class == CLASS_SYSCALLS || rule->class == CLASS_KERNEL)) {
			diag_error(diag, &rule->pos, "a profile has no `by`; leave the rule out");
			r = -EINVAL;
		}
		if (rule->action == ACTION_ERRNO && rule->error >= 4095) {
			diag_error(diag, &rule->pos,
				   "libseccomp refuses errno %u; a profile's are below 4095",
				   rule->error);
			r = -EINVAL;
		}
	}
	for (unsigned class = CLASS_FILES; class < CLASS_END; class ++)
		if (class != CLASS_KERNEL && policy->default_rule[class] != POLICY_NO_RULE)
			diag_warning(diag, NULL, "%s: %s; a profile speaks of calls alone",
				     class == CLASS_CAPABILITIES ? "not carried"
								 : "carried in part",
				     policy_class_name((enum policy_class) class));
	diag_note(diag, NULL,
		  "not carried: reports, and ENOSYS for the calls of other ABIs and for "
		  "numbers that no table has: runc kills the former, and gives the latter "
		  "its default or ENOSYS");
	return r;
}

int oci_export(const struct policy *policy, struct diag *diag, char **ret_json)
{
	CLEANUP(exporter_free)
	struct exporter exporter = {
		.policy = policy,
		.diag = diag,
		.otherwise = cubes_outcome(policy, policy->default_rule[CLASS_SYSCALLS]),
	};
	int r = check_policy(policy, diag);

	if (r == 0)
		r = list_calls(&exporter);
	for (size_t i = 0; i < exporter.count && r == 0; i++)
		r = collect_rules(&exporter, &exporter.calls[i]);
	if (r == 0)
		r = check_calls(&exporter);
	if (r == 0)
		r = write_profile(&exporter, ret_json);
	return r;
}
