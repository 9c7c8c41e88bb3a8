/* SPDX-License-Identifier: Apache-2.0 */
/* An image says of every question what the rules say by the language's definition. */
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "help_generate.h"
#include "help_oracle.h"

#ifdef __SANITIZE_ADDRESS__
#define SETS 300
#else
#define SETS (getenv("BAILIFF_TEST_SHORT") ? 400 : 1500)
#endif
#define PATHS	  80 /* a set: 120,000 in all, each asked for every operation */
#define ADDRESSES 80
#define MAX_WRONG 5

static unsigned wrong;

static void show(const struct generated *made, const char *exe, const char *what)
{
	wrong++;
	for (size_t i = 0; i < made->n_policies; i++)
		fprintf(stderr, "%s", made->texts[i]);
	fprintf(stderr, "asked: %s, by %s\n", what, exe);
}

/* The places that a task under all policies has; each policy has one. */
static uint64_t places_of(const struct generated *made, const char *exe, uint64_t place[8])
{
	struct ruleset_policy policy;
	uint64_t policies, by, places;

	cr_assert_eq(ruleset_ask_scope(&made->set, exe, NULL, 0, &policies, &by), 0);
	places = ruleset_places(&made->set, policies, by);
	for (size_t i = 0; i < made->n_policies; i++) {
		cr_assert_eq(ruleset_policy(&made->set, i, &policy), 0);
		place[i] = places & policy.places;
		cr_assert_eq(__builtin_popcountll(place[i]), 1);
	}
	return places;
}

/* One policy's part of an answer; and asked for alone, who decided it. */
static void judge(const struct generated *made, size_t i, const struct answer *right,
		  uint64_t place, const struct ruleset_verdict *all,
		  const struct ruleset_verdict *alone, const char *exe, const char *what)
{
	bool deny = right->governed && right->action >= ACTION_ERRNO;
	bool audit = right->governed && right->action == ACTION_AUDIT;
	struct ruleset_rule rule;
	uint32_t index;
	char text[320];

	if (wrong >= MAX_WRONG)
		return;
	snprintf(text, sizeof(text), "p%zu: %s", i, what);
	if (right->conflict) {
		show(made, exe, text);
		cr_expect(false, "%s: a conflict was not found", text);
		return;
	}
	if (deny != ((all->deny & place) != 0) || audit != ((all->audit & place) != 0) ||
	    deny != (alone->deny != 0) || audit != (alone->audit != 0)) {
		show(made, exe, text);
		cr_expect(false, "%s: deny %d audit %d, not %d %d; line %u", text,
			  (all->deny & place) != 0, (all->audit & place) != 0, deny, audit,
			  right->governed ? right->rule->pos.line : 0);
		return;
	}
	if (!right->governed) {
		cr_expect_eq(alone->rule, BL_NO_RULE, "%s", text);
		return;
	}
	index = (uint32_t)(right->rule - made->policies[i]->rules);
	if (ruleset_rule(&made->set, alone->rule, &rule) < 0 ||
	    rule.line != right->rule->pos.line || strcmp(rule.text, right->rule->text) != 0 ||
	    rule.quiet != right->rule->quiet || rule.error != right->rule->error) {
		show(made, exe, text);
		cr_expect(false, "%s: rule %u, not %u of line %u", text, alone->rule, index,
			  right->rule->pos.line);
	}
}

static void judge_path(const struct generated *made, const char *exe, const uint64_t *place,
		       uint64_t places, bool names, const char *path)
{
	uint32_t from = names ? BL_STATE_NAMES : BL_STATE_ROOT;

	for (enum bl_op op = 0; op < BL_OP_SCOPE; op++) {
		struct ruleset_verdict all, alone;
		char what[192];

		snprintf(what, sizeof(what), "op %d on %s'%s'", op, names ? "@" : "", path);
		cr_assert_eq(ruleset_ask_path(&made->set, from, path, op, places, &all), 0);
		cr_assert_eq((all.deny | all.audit) & ~places, 0);
		for (size_t i = 0; i < made->n_policies; i++) {
			struct answer right = oracle_path(made->policies[i], exe, op, names, path);

			cr_assert_eq(ruleset_ask_path(&made->set, from, path, op, place[i], &alone),
				     0);
			judge(made, i, &right, place[i], &all, &alone, exe, what);
		}
	}
}

static void judge_address(const struct generated *made, struct generator *g, const char *exe,
			  const uint64_t *place, uint64_t places)
{
	struct ruleset_verdict all, alone;
	uint8_t address[16];
	int family, protocol;
	uint16_t port;
	char what[192];

	generate_address(g, &family, address, &port, &protocol);
	for (enum bl_op op = BL_OP_BIND; op <= BL_OP_LISTEN; op++) {
		snprintf(what, sizeof(what), "op %d on %s %d.%d.%d.%d...%d port %u protocol %d", op,
			 family == AF_INET ? "IPv4" : "IPv6", address[0], address[1], address[2],
			 address[3], address[15], port, protocol);
		cr_assert_eq(ruleset_ask_address(&made->set, op, family, address, port, protocol,
						 places, &all),
			     0);
		for (size_t i = 0; i < made->n_policies; i++) {
			struct answer right = oracle_address(made->policies[i], exe, op, family,
							     address, port, protocol);

			cr_assert_eq(ruleset_ask_address(&made->set, op, family, address, port,
							 protocol, place[i], &alone),
				     0);
			judge(made, i, &right, place[i], &all, &alone, exe, what);
		}
	}
}

static void judge_numbers(const struct generated *made, const char *exe, const uint64_t *place,
			  uint64_t places)
{
	static const uint32_t families[] = {AF_UNIX,	AF_INET,   AF_INET6,
					    AF_NETLINK, AF_PACKET, AF_VSOCK};
	static const uint32_t types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW};
	struct ruleset_verdict all, alone;
	char what[192];

	for (size_t f = 0; f < ARRAY_LEN(families) * ARRAY_LEN(types) + BL_WORDS; f++) {
		bool word = f < BL_WORDS;
		enum bl_op op = word ? BL_OP_WORD : BL_OP_SOCKET;
		uint32_t a = word ? (uint32_t)f : families[(f - BL_WORDS) / ARRAY_LEN(types)];
		uint32_t b = word ? 0 : types[(f - BL_WORDS) % ARRAY_LEN(types)];

		snprintf(what, sizeof(what), "op %d on %u %u", op, a, b);
		cr_assert_eq(ruleset_ask_number(&made->set, op, a, b, places, &all), 0);
		for (size_t i = 0; i < made->n_policies; i++) {
			struct answer right =
				word ? oracle_word(made->policies[i], exe, (enum bl_word)a)
				     : oracle_socket(made->policies[i], exe, a, b);

			cr_assert_eq(ruleset_ask_number(&made->set, op, a, b, place[i], &alone), 0);
			judge(made, i, &right, place[i], &all, &alone, exe, what);
		}
	}
}

static void judge_set(struct generator *g, const struct generated *made)
{
	uint64_t place[8], places;
	char path[128];

	cr_assert_eq(ruleset_check(made->set.blocks, made->set.n_blocks, made->diag), 0);
	for (unsigned i = 0; i < PATHS && wrong < MAX_WRONG; i++) {
		const char *exe = generate_executable(g);
		bool names = generate_number(g, 4) == 0;

		places = places_of(made, exe, place);
		generate_path(g, names, path, sizeof(path));
		judge_path(made, exe, place, places, names, path);
	}
	for (unsigned i = 0; i < ADDRESSES && wrong < MAX_WRONG; i++) {
		const char *exe = generate_executable(g);

		places = places_of(made, exe, place);
		judge_address(made, g, exe, place, places);
		if (i % 16 == 0)
			judge_numbers(made, exe, place, places);
	}
}

static void run(uint64_t seed, unsigned sets)
{
	struct generator g = {.state = seed};

	wrong = 0;
	for (unsigned i = 0; i < sets && wrong < MAX_WRONG; i++) {
		struct generated made;

		generate_set(&g, &made);
		if (made.error)
			diag_print(made.diag, stderr);
		cr_assert_eq(made.error, 0, "set %u", i);
		judge_set(&g, &made);
		generated_clear(&made);
	}
}

/* --- Two errnos of equal rank --------------------------------------------------------------------- */

/* Is there anything on which two rules contradict each other? */
static bool contradicts_at(const struct policy *policy, struct generator *g)
{
	const char *exe = generate_executable(g);
	char path[256];
	uint8_t address[16];
	int family, protocol;
	uint16_t port;

	if (policy->n_path_rules > 0) {
		const struct policy_path_rule *rule =
			&policy->path_rules[generate_number(g, policy->n_path_rules)];

		if (rule->n_patterns > 0) {
			generate_match(g, rule->patterns[generate_number(g, rule->n_patterns)],
				       path, sizeof(path));
			for (enum bl_op op = 0; op <= BL_OP_MAP; op++)
				if (oracle_path(policy, exe, op, false, path).conflict)
					return true;
		}
	}
	generate_path(g, true, path, sizeof(path));
	for (enum bl_op op = BL_OP_UNIX_BIND; op <= BL_OP_UNIX_CONNECT; op++)
		if (oracle_path(policy, exe, op, true, path).conflict)
			return true;
	generate_path(g, false, path, sizeof(path));
	for (enum bl_op op = BL_OP_UNIX_BIND; op <= BL_OP_UNIX_CONNECT; op++)
		if (oracle_path(policy, exe, op, false, path).conflict)
			return true;
	generate_address(g, &family, address, &port, &protocol);
	for (enum bl_op op = BL_OP_BIND; op <= BL_OP_LISTEN; op++)
		if (oracle_address(policy, exe, op, family, address, port, protocol).conflict)
			return true;
	for (uint32_t f = AF_UNIX; f <= AF_PACKET; f++)
		if (oracle_socket(policy, exe, f, SOCK_STREAM).conflict ||
		    oracle_socket(policy, exe, f, SOCK_RAW).conflict)
			return true;
	return oracle_word(policy, exe, BL_WORD_ANONYMOUS).conflict ||
	       oracle_word(policy, exe, BL_WORD_WX).conflict;
}

/* What is refused contradicts itself somewhere; what is not, nowhere that is looked at (judge()). */
Test(oracle, contradictions)
{
	struct generator g = {.state = 77, .two_errnos = true};
	unsigned refused = 0;

	for (unsigned i = 0; i < 300 && wrong < MAX_WRONG; i++) {
		struct generated made;
		bool found = false;

		generate_set(&g, &made);
		if (!made.error) {
			judge_set(&g, &made);
			generated_clear(&made);
			continue;
		}
		refused++;
		cr_assert_not_null(strstr(diag_at(made.diag, diag_count(made.diag) - 1)->text,
					  "of equal rank"));
		for (unsigned j = 0; j < 30000 && !found; j++)
			found = contradicts_at(made.policies[j % made.n_policies], &g);
		if (!found) {
			diag_print(made.diag, stderr);
			show(&made, "any", "where do two rules contradict each other?");
		}
		cr_expect(found, "set %u", i);
		generated_clear(&made);
	}
	cr_expect(refused > 20 && refused < 280, "%u refused", refused);
}

/* In parts: Criterion runs them beside each other. */
Test(oracle, sets_1)
{
	run(1, SETS / 3);
}

Test(oracle, sets_2)
{
	run(2, SETS / 3);
}

Test(oracle, sets_3)
{
	run(3, SETS / 3);
}
