/* SPDX-License-Identifier: Apache-2.0 */
/* Random rules about ports: what is granted is what the host plane's compiler allows, port by port, and a
 * denial goes back to a rule that denies. */
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/landlock.h"
#include "bailiff/ruleset.h"

#define POLICIES 100

static uint64_t seed;

static unsigned pick(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static size_t put_address(char *text)
{
	static const char *const ports[] = {"0",   "1",	  "2",	     "80",	"65534",   "65535",
					    "0-1", "1-3", "80-2000", "1-65535", "0-65534", "*"};
	static const char *const protocols[] = {"tcp", "udp", "tcp", "udp", "*"};

	return (size_t)sprintf(text, "'*:%s/%s'", ports[pick(12)], protocols[pick(5)]);
}

static void put_policy(char *text)
{
	static const char *const ops[] = {"bind", "connect", "bind", "connect", "listen"};

	text += sprintf(text, "version: 1\nname: x\nnetwork:\n  default: %s\n",
			pick(2) ? "allow" : "deny");
	for (unsigned list = 0; list < 2; list++) {
		text += sprintf(text, "  %s:\n", list ? "deny" : "allow");
		for (unsigned i = 0, n = 1 + pick(3); i < n; i++) {
			text += sprintf(text, "    - {%s: [", ops[pick(5)]);
			text += put_address(text);
			if (pick(2)) {
				text += sprintf(text, ", ");
				text += put_address(text);
			}
			text += sprintf(text, "]}\n");
		}
	}
}

static const struct {
	enum bl_op op;
	int protocol;
} rights[LANDLOCK_NET_BITS] = {{BL_OP_BIND, IPPROTO_TCP},
			       {BL_OP_CONNECT, IPPROTO_TCP},
			       {BL_OP_BIND, IPPROTO_UDP},
			       {BL_OP_CONNECT, IPPROTO_UDP}};

static bool host_allows(const struct ruleset *set, unsigned bit, uint16_t port)
{
	static const uint8_t address[4] = {10, 1, 2, 3};
	struct ruleset_verdict verdict;

	cr_assert_eq(ruleset_ask_address(set, rights[bit].op, AF_INET, address, port,
					 rights[bit].protocol, ~0ull, &verdict),
		     0);
	return !verdict.deny;
}

static bool granted(const struct landlock *landlock, unsigned bit, uint16_t port)
{
	size_t n;
	const struct landlock_ports *ports = landlock_ports(landlock, &n);

	for (size_t i = 0; i < n; i++)
		if (ports[i].port == port && ports[i].rights & 1ull << bit)
			return true;
	return false;
}

static void check_bit(const struct policy *policy, const struct landlock *landlock,
		      const struct ruleset *set, unsigned bit, const char *text)
{
	static const uint16_t ports[] = {0,  1,	   2,	 3,	4,     79,   80,
					 81, 2000, 2001, 65533, 65534, 65535};
	bool handled = landlock_handled(landlock).net >> bit & 1;
	size_t n_lacks, n_allowed = 0, n = sizeof(ports) / sizeof(ports[0]);

	for (size_t i = 0; i < n; i++) {
		bool allowed = host_allows(set, bit, ports[i]);
		uint32_t rule = landlock_blame_port(landlock, bit, ports[i]);

		n_allowed += allowed;
		if (!handled) {
			cr_assert_eq(rule, POLICY_NO_RULE);
			cr_assert_not(granted(landlock, bit, ports[i]));
			continue;
		}
		cr_assert_eq(granted(landlock, bit, ports[i]), allowed, "%s of %u\n%s",
			     landlock_net_name(bit), ports[i], text);
		/* Of a port that is allowed it is the only rule that denies another, if there is one. */
		if (allowed && rule == POLICY_NO_RULE)
			continue;
		cr_assert_lt(rule, policy->n_rules);
		cr_assert_geq(policy->rules[rule].action, ACTION_ERRNO, "%s of %u\n%s",
			      landlock_net_name(bit), ports[i], text);
	}
	landlock_lacks(landlock, &n_lacks);
	if (!handled && !n_lacks)
		cr_assert(n_allowed == n || n_allowed == 0, "%s is not held\n%s",
			  landlock_net_name(bit), text);
	/* A right that is handled is not for nothing. */
	cr_assert(!handled || n_allowed < n, "%s for nothing\n%s", landlock_net_name(bit), text);
}

Test(ports, agree_with_the_host_plane)
{
	struct ruleset_options other = {.key = {1, 3}, .scopeless = true};
	unsigned held[LANDLOCK_NET_BITS] = {0};
	char text[4096];

	for (unsigned i = 0; i < POLICIES; i++) {
		struct landlock_options options = {.abi = LANDLOCK_ABI_NEWEST - 1 + i % 2};
		const struct policy *policies[1];
		struct policy *policy = NULL;
		struct landlock *landlock = NULL;
		struct diag *diag = NULL;
		struct ruleset set = {0};

		seed = i + 1;
		put_policy(text);
		cr_assert_eq(diag_new(&diag), 0);
		cr_assert_eq(policy_parse(text, strlen(text), "x.yaml", diag, &policy), 0, "%s",
			     text);
		cr_assert_eq(landlock_compile(policy, &options, diag, &landlock), 0);
		policies[0] = policy;
		cr_assert_eq(ruleset_compile(policies, 1, &other, diag, &set), 0, "%s", text);
		for (unsigned bit = 0; bit < LANDLOCK_NET_BITS; bit++) {
			check_bit(policy, landlock, &set, bit, text);
			held[bit] += (unsigned)(landlock_handled(landlock).net >> bit) & 1;
			if (landlock_net_since(bit) > options.abi)
				cr_assert_not(landlock_handled(landlock).net >> bit & 1);
		}
		ruleset_clear(&set);
		landlock_free(landlock);
		policy_free(policy);
		diag_free(diag);
	}
	for (unsigned bit = 0; bit < LANDLOCK_NET_BITS; bit++)
		cr_expect_gt(held[bit], POLICIES / 10, "%s", landlock_net_name(bit));
	cr_expect_null(landlock_net_name(LANDLOCK_NET_BITS));
	cr_expect_null(landlock_fs_name(LANDLOCK_FS_BITS));
}
