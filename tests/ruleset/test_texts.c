/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of an image with any one number changed: what is still told of it lies in it, and makes sense. */
#include "help_ruleset.h"

static const char first[] = NAMED("one") "description: said\nscope: {host: true}\n"
					 "files:\n  default: allow\n  deny:\n"
					 "    - {paths: [/a], action: errno ENOENT, why: because}\n"
					 "    - {paths: [/b], action: kill}\n";
static const char second[] = NAMED("two") "mode: audit\nscope: {users: [0]}\n"
					  "exec: {default: deny, allow: [/a], audit: [/b]}\n";

/* A string of the image, or none. */
static bool is_inside(const struct ruleset *set, const char *text, bool needed)
{
	const char *from = (const char *)set->blocks;
	const char *end = from + (size_t)set->n_blocks * BL_BLOCK;

	if (!text)
		return !needed;
	return text >= from && text < end && memchr(text, 0, (size_t)(end - text));
}

static void check_policies(const struct ruleset *set, uint32_t n_rules, const char *what)
{
	struct ruleset_policy policy;

	for (size_t i = 0; i <= BL_PLACES; i++) {
		int error = ruleset_policy(set, i, &policy);

		cr_assert(error == 0 || error == -EINVAL || error == -ENOENT, "%s: %d", what,
			  error);
		if (error < 0)
			continue;
		cr_assert(is_inside(set, policy.name, true), "%s", what);
		cr_assert(is_inside(set, policy.path, true), "%s", what);
		cr_assert(is_inside(set, policy.description, false), "%s", what);
		cr_assert_lt(policy.bit, BL_PLACES, "%s", what);
		cr_assert_leq((uint64_t)policy.first_rule + policy.n_rules, n_rules, "%s", what);
	}
}

static void check_rules(const struct ruleset *set, uint32_t n_rules, const char *what)
{
	struct ruleset_rule rule;

	for (uint32_t i = 0; i < n_rules + 2; i++) {
		int error = ruleset_rule(set, i, &rule);

		cr_assert(error == 0 || error == -EINVAL || error == -ENOENT, "%s: %d", what,
			  error);
		cr_assert(error < 0 || i < n_rules, "%s", what);
		if (error < 0)
			continue;
		cr_assert(is_inside(set, rule.policy, true), "%s", what);
		cr_assert(is_inside(set, rule.file, true), "%s", what);
		cr_assert(is_inside(set, rule.why, false), "%s", what);
		cr_assert(is_inside(set, rule.text, true), "%s", what);
		cr_assert(rule.class >= CLASS_SYSCALLS && rule.class < CLASS_END, "%s", what);
		cr_assert(rule.list >= LIST_DEFAULT && rule.list <= LIST_IMPLIED, "%s", what);
		cr_assert(rule.action >= ACTION_ALLOW && rule.action <= ACTION_KILL, "%s", what);
		cr_assert(rule.error >= 0 && rule.error <= 4095, "%s", what);
	}
}

static uint32_t count_rules(const struct ruleset *set)
{
	struct ruleset_rule rule;
	uint32_t n = 0;

	while (ruleset_rule(set, n, &rule) == 0)
		n++;
	return n;
}

Test(texts, with_any_number_changed)
{
	static const char *const texts[] = {first, second, NULL};
	static const uint32_t values[] = {0,  1,  2,	3,    5,	  6,	      7,	 8,
					  63, 64, 4095, 4096, 0x7fffffff, 0xfffffffe, UINT32_MAX};
	struct made made = make_all(texts, (struct ruleset_options){.partial = false});
	struct bl_header *h = (struct bl_header *)(void *)made.set.blocks;
	uint8_t *bytes = made.set.blocks + (size_t)h->texts * BL_BLOCK;
	uint32_t n_rules, before;
	char what[80];

	cr_assert_eq(made.error, 0);
	n_rules = count_rules(&made.set);
	cr_assert_eq(n_rules, made.policies[0]->n_rules + made.policies[1]->n_rules);
	/* Where the strings begin, changed letters are no harm. */
	for (size_t at = 0; at + 4 <= h->texts_bytes; at += 2)
		for (size_t i = 0; i < ARRAY_LEN(values) + 2; i++) {
			uint32_t value;

			memcpy(&before, bytes + at, sizeof(before));
			value = i < ARRAY_LEN(values)	 ? values[i]
				: i == ARRAY_LEN(values) ? before + 1
							 : before - 1;
			memcpy(bytes + at, &value, sizeof(value));
			snprintf(what, sizeof(what), "%u at %zu, once %u", value, at, before);
			check_policies(&made.set, n_rules + 1, what);
			check_rules(&made.set, n_rules, what);
			memcpy(bytes + at, &before, sizeof(before));
		}
	cr_assert_eq(count_rules(&made.set), n_rules);
	made_clear(&made);
}

/* A section of another length than it says. */
Test(texts, with_another_length)
{
	static const char *const texts[] = {first, second, NULL};
	struct made made = make_all(texts, (struct ruleset_options){.partial = false});
	struct bl_header *h = (struct bl_header *)(void *)made.set.blocks;
	struct ruleset_policy policy;
	struct ruleset_rule rule;
	uint32_t length = h->texts_bytes, start = h->texts;
	uint32_t n_rules = made.policies[0]->n_rules + made.policies[1]->n_rules;
	static const uint32_t lengths[] = {0, 1, 15, 16, UINT32_MAX};

	for (size_t i = 0; i < ARRAY_LEN(lengths) + 2; i++) {
		h->texts_bytes = i < ARRAY_LEN(lengths)	   ? lengths[i]
				 : i == ARRAY_LEN(lengths) ? length - 1
							   : length + 1;
		cr_expect_eq(ruleset_policy(&made.set, 0, &policy), -EINVAL, "%u", h->texts_bytes);
		cr_expect_eq(ruleset_rule(&made.set, 0, &rule), -EINVAL, "%u", h->texts_bytes);
	}
	h->texts_bytes = length;
	for (uint32_t i = made.set.n_blocks; i < made.set.n_blocks + 2; i++) {
		h->texts = i;
		cr_expect_eq(ruleset_policy(&made.set, 0, &policy), -EINVAL, "%u", i);
	}
	h->texts = start;
	h->abi++;
	cr_expect_eq(ruleset_policy(&made.set, 0, &policy), -EINVAL);
	h->abi--;
	cr_expect_eq(ruleset_policy(&made.set, 0, &policy), 0);
	cr_expect_eq(ruleset_policy(&made.set, 2, &policy), -ENOENT);
	cr_expect_eq(ruleset_rule(&made.set, n_rules - 1, &rule), 0);
	cr_expect_str_eq(rule.policy, "two");
	cr_expect_eq(ruleset_rule(&made.set, n_rules, &rule), -ENOENT);
	made_clear(&made);
}
