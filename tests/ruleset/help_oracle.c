/* SPDX-License-Identifier: Apache-2.0 */
#include "help_oracle.h"

#include <fnmatch.h>
#include <netinet/in.h>
#include <string.h>

#define DEPTH 32

struct split {
	char text[512];
	const char *part[DEPTH];
	int n;
};

static void split(const char *text, bool names, struct split *out)
{
	char *at = out->text;

	out->n = 0;
	strncpy(out->text, text, sizeof(out->text) - 1);
	out->text[sizeof(out->text) - 1] = '\0';
	if (!names) {
		at++;
		if (!*at)
			return;
	}
	for (char *next = at; next && out->n < DEPTH;)
		out->part[out->n++] = strsep(&next, "/");
}

static bool match_parts(const char *const *pattern, int n_pattern, const char *const *path, int n)
{
	if (n_pattern == 0)
		return n == 0;
	if (strcmp(pattern[0], "**") == 0)
		return match_parts(pattern + 1, n_pattern - 1, path, n) ||
		       (n > 0 && match_parts(pattern, n_pattern, path + 1, n - 1));
	return n > 0 && fnmatch(pattern[0], path[0], FNM_NOESCAPE) == 0 &&
	       match_parts(pattern + 1, n_pattern - 1, path + 1, n - 1);
}

/* How deep the last written component lies where the pattern matches; -1: it does not. */
static int match_depth(const char *pattern, const char *path, bool names, int *ret_written)
{
	struct split p, t;
	bool final = false;

	split(pattern, names, &p);
	split(path, names, &t);
	while (p.n > 0 && strcmp(p.part[p.n - 1], "**") == 0) {
		p.n--;
		final = true;
	}
	*ret_written = 3;
	if (p.n > 0 && strcmp(p.part[p.n - 1], "*") == 0)
		*ret_written = 1;
	else if (p.n > 0 && strpbrk(p.part[p.n - 1], "*?["))
		*ret_written = 2;
	for (int depth = t.n; depth >= (final ? 0 : t.n); depth--)
		if (match_parts(p.part, p.n, t.part, depth))
			return depth;
	return -1;
}

bool oracle_matches(const char *pattern, const char *path, bool names)
{
	int written;

	return match_depth(pattern, path, names, &written) >= 0;
}

static bool holds(const struct policy_rule *rule, const char *exe)
{
	for (uint32_t i = 0; i < rule->n_by; i++)
		if (oracle_matches(rule->by[i], exe, false))
			return true;
	return rule->n_by == 0;
}

/* What is compared, the most important first. */
#define KEYS 8
struct rank {
	int key[KEYS];
};

/* 1: better; 0: of equal rank; -1: worse. */
static int compare(const struct rank *a, const struct rank *b)
{
	for (int i = 0; i < KEYS; i++)
		if (a->key[i] != b->key[i])
			return a->key[i] > b->key[i] ? 1 : -1;
	return 0;
}

static void propose(struct answer *best, struct rank *best_rank, const struct policy_rule *rule,
		    struct rank rank)
{
	int order = best->governed ? compare(&rank, best_rank) : 1;

	if (order < 0)
		return;
	if (order == 0) {
		if (rule->action == ACTION_ERRNO && rule->error != best->rule->error)
			best->conflict = true;
		/* One that reports, then the first. */
		if (!(best->rule->quiet && !rule->quiet) &&
		    !(best->rule->quiet == rule->quiet && rule < best->rule))
			return;
		best->rule = rule;
		return;
	}
	*best = (struct answer){true, false, rule->action, rule};
	*best_rank = rank;
}

static void propose_default(struct answer *best, struct rank *rank, const struct policy *policy,
			    enum policy_class class)
{
	uint32_t rule = policy->default_rule[class];

	if (rule != POLICY_NO_RULE)
		propose(best, rank, &policy->rules[rule], (struct rank){{-1}});
}

static void propose_pattern(struct answer *best, struct rank *best_rank,
			    const struct policy_rule *rule, const char *pattern, const char *path,
			    bool names)
{
	int written, depth = match_depth(pattern, path, names, &written);

	if (depth >= 0)
		propose(best, best_rank, rule,
			(struct rank){{depth, written, rule->n_by > 0, rule->action}});
}

struct answer oracle_path(const struct policy *policy, const char *exe, enum bl_op op, bool names,
			  const char *path)
{
	enum policy_class class = op <= BL_OP_EXECUTE ? CLASS_FILES
				  : op <= BL_OP_MAP   ? CLASS_EXEC
						      : CLASS_NETWORK;
	struct answer best = {.governed = false};
	struct rank rank;

	if (op != BL_OP_MAP && !(names && class != CLASS_NETWORK))
		propose_default(&best, &rank, policy, class);
	for (uint32_t i = 0; i < policy->n_path_rules && !names; i++) {
		const struct policy_path_rule *p = &policy->path_rules[i];
		const struct policy_rule *rule = &policy->rules[p->rule];

		if (rule->class != class || !holds(rule, exe) ||
		    (class == CLASS_FILES && !(p->access >> op & 1)))
			continue;
		for (uint32_t j = 0; j < p->n_patterns; j++)
			propose_pattern(&best, &rank, rule, p->patterns[j], path, names);
	}
	for (uint32_t i = 0; i < policy->n_net_rules && class == CLASS_NETWORK; i++) {
		const struct policy_net_rule *n = &policy->net_rules[i];
		const struct policy_rule *rule = &policy->rules[n->rule];

		if (n->op != (op == BL_OP_UNIX_BIND ? NET_BIND : NET_CONNECT) || !holds(rule, exe))
			continue;
		for (uint32_t j = 0; j < n->n_addresses; j++) {
			const struct policy_net_address *a = &n->addresses[j];

			if (a->kind == (names ? NET_UNIX_ABSTRACT : NET_UNIX_PATH))
				propose_pattern(&best, &rank, rule, a->pattern + names, path,
						names);
		}
	}
	return best;
}

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	for (unsigned i = 0; i < bits; i++)
		if (((a[i / 8] ^ b[i / 8]) >> (7 - i % 8)) & 1)
			return false;
	return true;
}

static void propose_address(struct answer *best, struct rank *best_rank,
			    const struct policy_rule *rule, const struct policy_net_address *a,
			    bool own, int family, const uint8_t *address, uint16_t port,
			    int protocol)
{
	bool any = a->port_low == 0 && a->port_high == 65535;
	int prefix = a->kind == NET_ANY ? 0 : a->prefix;

	if ((a->kind == NET_INET && family != AF_INET) ||
	    (a->kind == NET_INET6 && family != AF_INET6) || a->kind > NET_INET6 ||
	    (prefix && !same_bits(a->address, address, (unsigned)prefix)) || port < a->port_low ||
	    port > a->port_high || (a->protocol >= 0 && a->protocol != protocol))
		return;
	propose(best, best_rank, rule,
		(struct rank){{prefix,
			       a->port_low == a->port_high ? 2
			       : any			   ? 0
							   : 1,
			       a->protocol >= 0, rule->n_by > 0, own, rule->action}});
}

struct answer oracle_address(const struct policy *policy, const char *exe, enum bl_op op,
			     int family, const uint8_t *address, uint16_t port, int protocol)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	enum policy_net_op own = op == BL_OP_BIND      ? NET_BIND
				 : op == BL_OP_CONNECT ? NET_CONNECT
						       : NET_LISTEN;
	struct answer best = {.governed = false};
	struct rank rank;

	if (family == AF_INET6 && memcmp(address, mapped, 12) == 0) {
		family = AF_INET;
		address += 12;
	}
	propose_default(&best, &rank, policy, CLASS_NETWORK);
	for (uint32_t i = 0; i < policy->n_net_rules; i++) {
		const struct policy_net_rule *n = &policy->net_rules[i];
		const struct policy_rule *rule = &policy->rules[n->rule];

		if ((n->op != own && !(own == NET_LISTEN && n->op == NET_BIND)) ||
		    !holds(rule, exe))
			continue;
		for (uint32_t j = 0; j < n->n_addresses; j++)
			propose_address(&best, &rank, rule, &n->addresses[j], n->op == own, family,
					address, port, protocol);
	}
	return best;
}

/* Could an allowed address be of this family? */
static bool implies(const struct policy_net_rule *n, uint32_t family)
{
	for (uint32_t i = 0; i < n->n_addresses; i++) {
		uint8_t kind = n->addresses[i].kind;
		bool inet = kind == NET_ANY || kind == NET_INET || kind == NET_INET6;

		if (inet ? family == AF_INET || family == AF_INET6
			 : kind != NET_FAMILY && family == AF_UNIX)
			return true;
	}
	return false;
}

struct answer oracle_socket(const struct policy *policy, const char *exe, uint32_t family,
			    uint32_t type)
{
	uint32_t by_default = policy->default_rule[CLASS_NETWORK];
	struct answer best = {.governed = false};
	const struct policy_rule *implied = NULL;
	struct rank rank;

	propose_default(&best, &rank, policy, CLASS_NETWORK);
	for (uint32_t i = 0; i < policy->n_net_rules; i++) {
		const struct policy_net_rule *n = &policy->net_rules[i];
		const struct policy_rule *rule = &policy->rules[n->rule];

		if (!holds(rule, exe))
			continue;
		if (n->op != NET_SOCKET) {
			if (rule->action < ACTION_ERRNO && implies(n, family) &&
			    (!implied || rule < implied))
				implied = rule;
			continue;
		}
		for (uint32_t j = 0; j < n->n_addresses; j++)
			if (n->addresses[j].family == family &&
			    (!n->addresses[j].type || n->addresses[j].type == type))
				propose(&best, &rank, rule,
					(struct rank){{n->addresses[j].type != 0, rule->n_by > 0,
						       rule->action}});
	}
	if (implied && best.governed && best.rule == &policy->rules[by_default] &&
	    best.action >= ACTION_ERRNO) {
		best.action = ACTION_ALLOW;
		best.rule = implied;
	}
	return best;
}

struct answer oracle_word(const struct policy *policy, const char *exe, enum bl_word word)
{
	uint16_t bit =
		word == BL_WORD_ANONYMOUS ? EXEC_ANONYMOUS_MEMORY : EXEC_WRITABLE_THEN_EXECUTABLE;
	struct answer best = {.governed = false};
	struct rank rank;

	for (uint32_t i = 0; i < policy->n_path_rules; i++) {
		const struct policy_path_rule *p = &policy->path_rules[i];
		const struct policy_rule *rule = &policy->rules[p->rule];

		if (p->words & bit && holds(rule, exe))
			propose(&best, &rank, rule, (struct rank){{rule->n_by > 0, rule->action}});
	}
	return best;
}
