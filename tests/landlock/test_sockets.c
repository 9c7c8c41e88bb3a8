/* SPDX-License-Identifier: Apache-2.0 */
/* Random rules about the network: what the filter refuses of socket(2) is what the host plane's compiler denies, or
 * a socket with which nothing may be done; and what the host plane denies, the filter refuses. */
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "bailiff/policy.h"
#include "bailiff/ruleset.h"

#define POLICIES 400

static uint64_t seed;

static unsigned pick(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static const struct {
	const char *name;
	int family;
} families[] = {{"AF_INET", AF_INET},
		{"AF_INET6", AF_INET6},
		{"AF_UNIX", AF_UNIX},
		{"AF_NETLINK", AF_NETLINK},
		{"AF_PACKET", AF_PACKET}};
static const struct {
	const char *name;
	int type;
} types[] = {{"SOCK_STREAM", SOCK_STREAM}, {"SOCK_DGRAM", SOCK_DGRAM}, {"SOCK_RAW", SOCK_RAW}};

static size_t put_rule(char *text)
{
	static const char *const ops[] = {"bind", "connect", "listen"};
	static const char *const addresses[] = {
		"*:*/tcp",  "*:*/udp", "*:*/*",		  "*:80/tcp",	"unix:/**",
		"unix:@**", "unix:/a", "0.0.0.0/0:*/tcp", "[::/0]:*/*", "10.0.0.0/8:1/udp"};
	const char *address = addresses[pick(10)];

	switch (pick(4)) {
	case 0:
		return (size_t)sprintf(text, "    - {socket: [%s]}\n", families[pick(5)].name);
	case 1:
		return (size_t)sprintf(text, "    - {socket: [%s], type: [%s]}\n",
				       families[pick(5)].name, types[pick(3)].name);
	default:
		return (size_t)sprintf(text, "    - {%s: ['%s']}\n",
				       ops[strncmp(address, "unix", 4) ? pick(3) : pick(2)],
				       address);
	}
}

static void put_policy(char *text)
{
	text += sprintf(text,
			"version: 1\nname: x\narchitectures: [x86_64]\nnetwork:\n  default: %s\n",
			pick(2) ? "allow" : "deny");
	for (unsigned list = 0; list < 2; list++) {
		text += sprintf(text, "  %s:\n", list ? "deny" : "allow");
		for (unsigned i = 0, n = 1 + pick(4); i < n; i++)
			text += put_rule(text);
	}
}

static bool host_denies_socket(const struct ruleset *set, uint32_t family, uint32_t type)
{
	struct ruleset_verdict verdict;

	cr_assert_eq(ruleset_ask_number(set, BL_OP_SOCKET, family, type, ~0ull, &verdict), 0);
	return verdict.deny;
}

/* May anything be done with an internet socket of a protocol, at the addresses and ports that rules name or not? */
static bool host_allows_some(const struct ruleset *set, int protocol)
{
	static const uint8_t v4[][4] = {{10, 1, 2, 3}, {11, 1, 2, 3}},
			     v6[16] = {[0] = 0x20, [15] = 1};
	static const uint16_t ports[] = {0, 1, 2, 80, 81};
	struct ruleset_verdict verdict;

	for (enum bl_op op = BL_OP_BIND; op <= BL_OP_LISTEN; op++)
		for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
			for (unsigned j = 0; j < 3; j++) {
				cr_assert_eq(ruleset_ask_address(set, op,
								 j < 2 ? AF_INET : AF_INET6,
								 j < 2 ? v4[j] : v6, ports[i],
								 protocol, ~0ull, &verdict),
					     0);
				if (!verdict.deny)
					return true;
			}
	return false;
}

static bool filter_denies(const struct policy *policy, uint64_t family, uint64_t type,
			  uint64_t protocol)
{
	const uint64_t args[CALL_ARGS] = {family, type, protocol};
	const struct name_call *call = names_call_by_name(ARCH_X86_64, "socket");

	return policy_decide(policy, ARCH_X86_64, call->nr, args).action >= ACTION_ERRNO;
}

/* Where a rule is about single ports or addresses and another denies the same, the filter is in doubt: something
 * is open then. */
static void check_protocol(bool denied, bool open, bool refused, const char *text)
{
	bool doubt = strstr(text, ":80/") || strstr(text, ":1/");

	if (refused)
		cr_assert(denied || !open, "refused\n%s", text);
	else
		cr_assert(!denied && (open || doubt), "not refused\n%s", text);
}

static void check_sockets(const struct policy *policy, const struct ruleset *set, const char *text)
{
	bool tcp = host_allows_some(set, IPPROTO_TCP), udp = host_allows_some(set, IPPROTO_UDP);

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		for (size_t j = 0; j < sizeof(types) / sizeof(types[0]); j++) {
			uint32_t family = (uint32_t)families[i].family,
				 type = (uint32_t)types[j].type;
			bool denied = host_denies_socket(set, family, type);
			bool refused = filter_denies(policy, family, type | SOCK_CLOEXEC, 0);
			bool inet = family == AF_INET || family == AF_INET6;

			if (denied)
				cr_assert(refused, "%s %s is denied, and not refused\n%s",
					  families[i].name, types[j].name, text);
			if (inet && type != SOCK_RAW)
				check_protocol(denied, type == SOCK_STREAM ? tcp : udp, refused,
					       text);
			else if (!inet && family != AF_UNIX)
				cr_assert_eq(refused, denied, "%s %s\n%s", families[i].name,
					     types[j].name, text);
		}
}

Test(sockets, agree_with_the_host_plane)
{
	struct ruleset_options options = {.key = {1, 3}, .scopeless = true};
	char text[4096];

	for (unsigned i = 0; i < POLICIES; i++) {
		const struct policy *policies[1];
		struct policy *policy = NULL;
		struct diag *diag = NULL;
		struct ruleset set = {0};

		seed = i + 1;
		put_policy(text);
		cr_assert_eq(diag_new(&diag), 0);
		if (policy_parse(text, strlen(text), "x.yaml", diag, &policy) < 0)
			diag_print(diag, stderr);
		cr_assert_not_null(policy, "%s", text);
		policies[0] = policy;
		cr_assert_eq(ruleset_compile(policies, 1, &options, diag, &set), 0, "%s", text);
		check_sockets(policy, &set, text);
		ruleset_clear(&set);
		policy_free(policy);
		diag_free(diag);
	}
}
