/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help_reading.h"

/* Numbers that jansson can't hold are texts here: see load(). */
static uint64_t number(const json_t *object, const char *key, uint64_t absent)
{
	const json_t *value = json_object_get(object, key);

	if (!value || json_is_null(value))
		return absent;
	return json_is_string(value) ? strtoull(json_string_value(value), NULL, 10)
				     : (uint64_t)json_integer_value(value);
}

/* jansson stops at 2^63: numbers of 19 digits and more are put in quotes before it sees them. */
static json_t *load(const char *text, size_t length)
{
	char *copy = malloc(3 * length + 1), *to = copy;
	bool quoted = false;
	json_t *root;

	for (size_t i = 0; i < length;) {
		size_t digits = 0;

		while (!quoted && i + digits < length && strchr("0123456789", text[i + digits]))
			digits++;
		if (digits >= 19)
			*to++ = '"';
		memcpy(to, text + i, digits ? digits : 1);
		to += digits ? digits : 1;
		if (digits >= 19)
			*to++ = '"';
		quoted ^= text[i] == '"' && (i == 0 || text[i - 1] != '\\');
		i += digits ? digits : 1;
	}
	root = json_loadb(copy, (size_t)(to - copy), 0, NULL);
	free(copy);
	return root;
}

static const char *string(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static bool listed(const json_t *list, const char *text)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i,
			   item) if (strcmp(json_string_value(item), text) == 0) return true;
	return false;
}

static size_t caps_held(const json_t *list, uint64_t caps)
{
	const json_t *item;
	size_t i, held = 0;
	unsigned cap;

	json_array_foreach(list, i, item) held +=
		names_cap_value(json_string_value(item), &cap) == 0 && (caps >> cap & 1);
	return held;
}

static bool kernel_reached(const char *text, const unsigned have[2])
{
	unsigned want[2] = {0, 0};

	if (sscanf(text, "%u.%u", &want[0], &want[1]) != 2)
		return false;
	return have[0] * 1000 + have[1] >= want[0] * 1000 + want[1];
}

static bool taken(const struct reading *reading, const json_t *rule,
		  const struct oci_options *options)
{
	const json_t *in = json_object_get(rule, "includes"),
		     *ex = json_object_get(rule, "excludes");
	const char *host = reading->archs[ARCH_X86_64] || reading->archs[ARCH_X32] ? "amd64"
			   : reading->archs[ARCH_AARCH64]			   ? "arm64"
										   : "x86";
	const json_t *arches = json_object_get(in, "arches"), *caps = json_object_get(in, "caps");

	if (listed(json_object_get(ex, "arches"), host) ||
	    caps_held(json_object_get(ex, "caps"), options->caps))
		return false;
	if (*string(ex, "minKernel") && kernel_reached(string(ex, "minKernel"), options->kernel))
		return false;
	if (json_array_size(arches) && !listed(arches, host))
		return false;
	if (caps_held(caps, options->caps) < json_array_size(caps))
		return false;
	return !*string(in, "minKernel") ||
	       kernel_reached(string(in, "minKernel"), options->kernel);
}

static unsigned error_of(const json_t *object, const char *number_key, const char *name_key)
{
	int named;

	if (names_errno_value(string(object, name_key), &named) == 0)
		return (unsigned)named;
	return (unsigned)number(object, number_key, EPERM) & 0xffff;
}

static bool same_action(const char *a, const char *b)
{
	if (strcmp(a, "SCMP_ACT_KILL_THREAD") == 0)
		a = "SCMP_ACT_KILL";
	if (strcmp(b, "SCMP_ACT_KILL_THREAD") == 0)
		b = "SCMP_ACT_KILL";
	return strcmp(a, b) == 0;
}

static bool has_data(const char *action)
{
	return strcmp(action, "SCMP_ACT_ERRNO") == 0 || strcmp(action, "SCMP_ACT_TRACE") == 0;
}

static void read_conds(const json_t *object, struct said_rule *rule)
{
	const json_t *args = json_object_get(object, "args"), *item;
	size_t i;

	json_array_foreach(args, i, item)
	{
		struct said_cond *cond = &rule->conds[rule->n_conds++];

		cond->arg = (unsigned)number(item, "index", 0);
		cond->value = number(item, "value", 0);
		cond->two = number(item, "valueTwo", 0);
		snprintf(cond->op, sizeof(cond->op), "%s", string(item, "op"));
		for (size_t j = 0; j + 1 < rule->n_conds; j++)
			rule->alternatives |= rule->conds[j].arg == cond->arg;
	}
}

static void add_rule(struct reading *reading, const json_t *object, const char *name)
{
	struct said_rule *rule = &reading->rules[reading->n_rules];

	*rule = (struct said_rule){.error = error_of(object, "errnoRet", "errno")};
	snprintf(rule->action, sizeof(rule->action), "%s", string(object, "action"));
	if (same_action(rule->action, reading->default_action) &&
	    (!has_data(rule->action) || rule->error == reading->default_error))
		return;
	read_conds(object, rule);
	rule->name = strdup(name);
	reading->n_rules++;
}

static void read_rules(struct reading *reading, const json_t *root,
		       const struct oci_options *options)
{
	const json_t *rules = json_object_get(root, "syscalls"), *object, *names, *item;
	size_t i, j, total = json_array_size(rules);

	json_array_foreach(rules, i, object) total +=
		json_array_size(json_object_get(object, "names"));
	reading->rules = calloc(total + 1, sizeof(*reading->rules));
	json_array_foreach(rules, i, object)
	{
		if (!taken(reading, object, options))
			continue;
		names = json_object_get(object, "names");
		if (*string(object, "name"))
			add_rule(reading, object, string(object, "name"));
		json_array_foreach(names, j, item)
			add_rule(reading, object, json_string_value(item));
	}
}

static void read_arch(struct reading *reading, const char *name)
{
	if (strcmp(name, "SCMP_ARCH_X86_64") == 0)
		reading->archs[ARCH_X86_64] = true;
	if (strcmp(name, "SCMP_ARCH_X86") == 0)
		reading->archs[ARCH_I386] = true;
	if (strcmp(name, "SCMP_ARCH_X32") == 0)
		reading->archs[ARCH_X32] = true;
	if (strcmp(name, "SCMP_ARCH_AARCH64") == 0)
		reading->archs[ARCH_AARCH64] = true;
}

static bool any_arch(const struct reading *reading)
{
	for (unsigned i = 0; i < ARCH_COUNT; i++)
		if (reading->archs[i])
			return true;
	return false;
}

static void read_archs(struct reading *reading, const json_t *root,
		       const struct oci_options *options)
{
	static const char *const hosts[] = {"SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"};
	const json_t *map = json_object_get(root, "archMap"), *item, *sub;
	size_t i, j;

	if (options->archs_given) {
		memcpy(reading->archs, options->archs, sizeof(reading->archs));
		return;
	}
	json_array_foreach(json_object_get(root, "architectures"), i, item)
		read_arch(reading, json_string_value(item));
	for (size_t host = 0; host < 2 && !any_arch(reading); host++) {
		json_array_foreach(map, i, item)
		{
			if (strcmp(string(item, "architecture"), hosts[host]) != 0)
				continue;
			read_arch(reading, hosts[host]);
			json_array_foreach(json_object_get(item, "subArchitectures"), j, sub)
				read_arch(reading, json_string_value(sub));
		}
	}
	if (!any_arch(reading))
		reading->archs[ARCH_X86_64] = true;
}

struct reading *reading_new(const char *text, size_t length, const struct oci_options *options)
{
	json_t *root = load(text, length);
	struct reading *reading;

	if (!root)
		return NULL;
	reading = calloc(1, sizeof(*reading));
	snprintf(reading->default_action, sizeof(reading->default_action), "%s",
		 string(root, "defaultAction"));
	reading->default_error = error_of(root, "defaultErrnoRet", "defaultErrno");
	read_archs(reading, root, options);
	read_rules(reading, root, options);
	json_decref(root);
	return reading;
}

void reading_free(struct reading *reading)
{
	for (size_t i = 0; reading && i < reading->n_rules; i++)
		free(reading->rules[i].name);
	if (reading)
		free(reading->rules);
	free(reading);
}

static struct said_verdict carried(const char *action, unsigned error)
{
	if (strcmp(action, "SCMP_ACT_ALLOW") == 0)
		return (struct said_verdict){.action = ACTION_ALLOW};
	if (strcmp(action, "SCMP_ACT_LOG") == 0)
		return (struct said_verdict){.action = ACTION_AUDIT};
	if (strcmp(action, "SCMP_ACT_TRAP") == 0)
		return (struct said_verdict){.action = ACTION_TRAP};
	if (strcmp(action, "SCMP_ACT_KILL_PROCESS") == 0)
		return (struct said_verdict){.action = ACTION_KILL};
	if (same_action(action, "SCMP_ACT_KILL"))
		return (struct said_verdict){.action = ACTION_KILL_THREAD};
	if (strcmp(action, "SCMP_ACT_ERRNO") != 0)
		error = ENOSYS;
	if (error == 0)
		error = EPERM;
	return (struct said_verdict){.action = ACTION_ERRNO, .error = error > 4095 ? 4095 : error};
}

struct said_verdict reading_default(const struct reading *reading)
{
	return carried(reading->default_action, reading->default_error);
}

static bool met(const struct said_cond *cond, uint64_t x)
{
	const char *op = cond->op + strlen("SCMP_CMP_");

	if (strcmp(op, "NE") == 0)
		return x != cond->value;
	if (strcmp(op, "LT") == 0)
		return x < cond->value;
	if (strcmp(op, "LE") == 0)
		return x <= cond->value;
	if (strcmp(op, "GE") == 0)
		return x >= cond->value;
	if (strcmp(op, "GT") == 0)
		return x > cond->value;
	if (strcmp(op, "MASKED_EQ") == 0)
		return (x & cond->value) == (cond->two & cond->value);
	return x == cond->value;
}

bool reading_wide(const struct reading *reading, const char *call)
{
	for (size_t i = 0; i < reading->n_rules; i++) {
		const struct said_rule *rule = &reading->rules[i];

		for (size_t j = 0; j < rule->n_conds && strcmp(rule->name, call) == 0; j++)
			if (rule->conds[j].value > UINT32_MAX || rule->conds[j].two > UINT32_MAX)
				return true;
	}
	return false;
}

static bool cond_unsayable(const struct reading *reading, const struct said_cond *cond,
			   const char *call)
{
	bool wide = cond->value > UINT32_MAX || cond->two > UINT32_MAX, full = false, half = false;

	for (unsigned arch = 0; arch < ARCH_COUNT; arch++) {
		const struct name_call *on = names_call_by_name((enum arch)arch, call);

		if (!reading->archs[arch] || !on)
			continue;
		if (on->nargs >= 0 && cond->arg >= (unsigned)on->nargs)
			return true;
		full |= on->nargs < 0 || on->args[cond->arg].width == 64;
		half |= reading_most((enum arch)arch, on, cond->arg) <= UINT32_MAX;
	}
	return wide && full && half;
}

bool reading_unsayable(const struct reading *reading, const char *call)
{

	for (size_t i = 0; i < reading->n_rules; i++) {
		const struct said_rule *rule = &reading->rules[i];

		if (strcmp(rule->name, call) != 0)
			continue;
		for (size_t j = 0; j < rule->n_conds; j++)
			if (cond_unsayable(reading, &rule->conds[j], call))
				return true;
	}
	return false;
}

uint64_t reading_most(enum arch arch, const struct name_call *call, unsigned arg)
{
	unsigned width = arch == ARCH_I386 ? 32 : 64;

	if (call->nargs > 0 && arg < (unsigned)call->nargs)
		width = call->args[arg].narrow == NARROW_SOMETIMES ? 32 : call->args[arg].width;
	return width >= 64 ? UINT64_MAX : ((uint64_t)1 << width) - 1;
}

static bool rule_holds(const struct said_rule *rule, const uint64_t args[CALL_ARGS])
{
	bool all = true, any = false, here;

	for (size_t i = 0; i < rule->n_conds; i++) {
		here = met(&rule->conds[i], args[rule->conds[i].arg]);
		all &= here;
		any |= here;
	}
	return rule->alternatives ? any : all;
}

struct said_verdict reading_decide(const struct reading *reading, const struct name_call *call,
				   const uint64_t args[CALL_ARGS])
{
	struct said_verdict verdict = {0}, one;

	for (size_t i = 0; i < reading->n_rules; i++) {
		const struct said_rule *rule = &reading->rules[i];

		if (!rule->n_conds && strcmp(rule->name, call->name) == 0)
			return carried(rule->action, rule->error);
	}
	for (size_t i = 0; i < reading->n_rules; i++) {
		const struct said_rule *rule = &reading->rules[i];

		if (strcmp(rule->name, call->name) != 0 || !rule_holds(rule, args))
			continue;
		one = carried(rule->action, rule->error);
		verdict.contested |= verdict.action &&
				     (verdict.action != one.action || verdict.error != one.error);
		if (one.action > verdict.action) {
			verdict.action = one.action;
			verdict.error = one.error;
		}
	}
	if (!verdict.action) {
		one = reading_default(reading);
		verdict.action = one.action;
		verdict.error = one.error;
	}
	return verdict;
}
