/* SPDX-License-Identifier: Apache-2.0 */
/* Unix sockets: their paths are places; abstract names are reached or not as a whole. */
#include <string.h>

#include "room.h"

/* What is said of all abstract names, unless another rule says otherwise. */
struct abstract {
	uint32_t rule, other; /* POLICY_NO_RULE: none */
};

static struct abstract weigh_names(const struct landlock *landlock, uint8_t op)
{
	const struct policy *policy = landlock->policy;
	struct abstract found = {policy->default_rule[CLASS_NETWORK], POLICY_NO_RULE};
	bool whole = false;
	uint32_t i, j;

	for (i = 0; i < policy->n_net_rules; i++) {
		const struct policy_net_rule *rule = &policy->net_rules[i];

		for (j = 0; rule->op == op && j < rule->n_addresses; j++) {
			const struct policy_net_address *a = &rule->addresses[j];

			if (a->kind != NET_UNIX_ABSTRACT ||
			    landlock->lacked[rule->rule] & LACK_RULE)
				continue;
			if (strcmp(a->pattern + 1, "**") != 0)
				found.other = rule->rule;
			else if (!whole || policy->rules[rule->rule].action >
						   policy->rules[found.rule].action) {
				found.rule = rule->rule;
				whole = true;
			}
		}
	}
	if (found.other != POLICY_NO_RULE &&
	    rule_denies(landlock, found.other) == rule_denies(landlock, found.rule))
		found.other = POLICY_NO_RULE;
	return found;
}

void weigh_unix(struct landlock *landlock)
{
	struct abstract bind, connect;

	if (landlock->policy->default_rule[CLASS_NETWORK] == POLICY_NO_RULE ||
	    policy_closed_unix(landlock->policy))
		return;
	bind = weigh_names(landlock, NET_BIND);
	connect = weigh_names(landlock, NET_CONNECT);
	if (connect.other != POLICY_NO_RULE)
		add_lack(landlock, LACK_UNIX, connect.other,
			 "Landlock tells abstract unix names from paths, and not from each other; "
			 "write unix:@**");
	if (rule_denies(landlock, connect.rule) && landlock->audit)
		lack_audit(landlock, connect.rule);
	else if (rule_denies(landlock, connect.rule) && landlock->abi >= 6) {
		landlock->handled.scoped |= LANDLOCK_SCOPE_ABSTRACT_UNIX;
		landlock->abstract = connect.rule;
	} else if (rule_denies(landlock, connect.rule))
		add_lack(landlock, LACK_ABI, connect.rule,
			 "keeping a program from abstract unix sockets takes Landlock ABI 6 (Linux "
			 "%s), "
			 "and this kernel has %s%.0u; allow connect: [\"unix:@**\"], or no unix "
			 "sockets at all",
			 landlock_kernel(6), landlock->abi ? "ABI " : "none", landlock->abi);
	if ((rule_denies(landlock, bind.rule) || bind.other != POLICY_NO_RULE) &&
	    !policy_shut_call(landlock->policy, NET_BIND, NET_UNIX_ABSTRACT))
		add_lack(landlock, LACK_UNIX,
			 rule_denies(landlock, bind.rule) ? bind.rule : bind.other,
			 "Landlock does not see who binds an abstract unix name; allow bind: "
			 "[\"unix:@**\"], or no unix sockets at all");
}
