/* SPDX-License-Identifier: Apache-2.0 */
#include "help_generate.h"

#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t generate_number(struct generator *g, uint32_t below)
{
	uint64_t x = g->state += 0x9e3779b97f4a7c15u;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return (uint32_t)((x ^ x >> 31) % below);
}

static const char *pick(struct generator *g, const char *const *words, size_t count)
{
	return words[generate_number(g, (uint32_t)count)];
}

#define PICK(g, words) pick(g, words, ARRAY_LEN(words))
/* One in `n`. */
#define CHANCE(g, n) (generate_number(g, n) == 0)

static const char *const names[] = {"a", "b", "ab", "aa", "abc", ".a", "c"};
static const char *const strange[] = {"zz", "A", "-", "]", "a*", "b\\", "\xc3\xa4"};
static const char *const wild[] = {"*",	 "*",  "?",   "a*",    "*b",   "[ab]",	 "[!a]", "a?",
				   "**", "**", "*a*", "[^b]*", "[]-]", "[a-c]*", "?*",	 "b\\*"};
static const char *const executables[] = {"/x/a", "/x/b", "/y/a", "/y/sub/c", "/z"};
static const char *const by_lists[] = {"[/x/a]",   "[/x/a, /x/b]", "[/x/b, /x/a]", "[/x/**]",
				       "['/*/a']", "[/y/**, /z]",  "['/**/c']"};
static const char *const accesses[] = {"read",	"write", "create", "delete", "rename", "link",
				       "chmod", "chown", "xattr",  "mknod",  "execute"};
static const char *const prefixes[] = {"*",
				       "0.0.0.0/0",
				       "10.0.0.0/8",
				       "10.0.0.0/9",
				       "10.128.0.0/9",
				       "10.192.0.0/10",
				       "10.0.9.0/24",
				       "[fd00:0:1::/48]",
				       "10.1.0.0/16",
				       "10.1.2.3",
				       "10.1.2.2/31",
				       "[::/0]",
				       "[fd00::/8]",
				       "[fd00:1::/32]",
				       "[fd00:1::5]",
				       "[fd00:1::4/127]"};
static const char *const ports[] = {"*", "80", "81", "80-90", "85-443", "0", "65535", "0-80"};
static const char *const protocols[] = {"*", "tcp", "udp", "sctp"};
static const char *const families[] = {"AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK", "AF_PACKET"};
static const char *const defaults[] = {"allow", "allow",	"deny", "deny",
				       "audit", "errno EACCES", "kill"};

static void component(struct generator *g, FILE *out)
{
	fputs(CHANCE(g, 3) ? PICK(g, wild) : PICK(g, names), out);
}

/* In single quotes, for YAML. */
static void pattern(struct generator *g, FILE *out, bool absolute)
{
	uint32_t n = generate_number(g, 5);

	if (n == 0 && absolute)
		fputs(CHANCE(g, 2) ? "/" : "/**", out);
	for (uint32_t i = 0; i < n || (!absolute && i == 0); i++) {
		if (absolute || i)
			fputc('/', out);
		component(g, out);
	}
	if (n && CHANCE(g, 3))
		fputs("/**", out);
}

static void patterns(struct generator *g, FILE *out, bool absolute, const char *before)
{
	uint32_t n = 1 + generate_number(g, 3);

	fputc('[', out);
	for (uint32_t i = 0; i < n; i++) {
		fprintf(out, "%s'%s", i ? ", " : "", before);
		pattern(g, out, absolute);
		fputc('\'', out);
	}
	fputc(']', out);
}

static void options(struct generator *g, FILE *out, const char *list)
{
	if (CHANCE(g, 4))
		fprintf(out, ", by: %s", PICK(g, by_lists));
	if (strcmp(list, "deny") != 0)
		return;
	if (CHANCE(g, 4))
		fputs(", report: no", out);
	if (CHANCE(g, 6))
		fputs(", action: kill", out);
	else if (g->two_errnos && CHANCE(g, 6))
		fputs(", action: errno ENOENT", out);
}

static void files_rule(struct generator *g, FILE *out, const char *list)
{
	fputs("    - {paths: ", out);
	patterns(g, out, true, "");
	if (CHANCE(g, 2)) {
		uint32_t n = 1 + generate_number(g, 3);

		fputs(", access: [", out);
		for (uint32_t i = 0; i < n; i++)
			fprintf(out, "%s%s", i ? ", " : "", PICK(g, accesses));
		fputc(']', out);
	}
	options(g, out, list);
	fputs("}\n", out);
}

static void exec_rule(struct generator *g, FILE *out, const char *list)
{
	fputs("    - {paths: ", out);
	if (CHANCE(g, 6))
		fputs(CHANCE(g, 2) ? "[anonymous-memory]" : "[writable-then-executable]", out);
	else
		patterns(g, out, true, "");
	options(g, out, list);
	fputs("}\n", out);
}

static void network_rule(struct generator *g, FILE *out, const char *list)
{
	static const char *const operations[] = {"bind", "connect", "listen"};
	const char *operation = PICK(g, operations);

	fputs("    - {", out);
	if (CHANCE(g, 5)) {
		fprintf(out, "socket: [%s]", PICK(g, families));
		if (CHANCE(g, 2))
			fprintf(out, ", type: [%s]", CHANCE(g, 2) ? "SOCK_STREAM" : "SOCK_RAW");
	} else if (CHANCE(g, 4) && strcmp(operation, "listen") != 0) {
		fprintf(out, "%s: ", operation);
		if (CHANCE(g, 2))
			patterns(g, out, true, "unix:");
		else
			patterns(g, out, false, "unix:@");
	} else {
		fprintf(out, "%s: [", operation);
		for (uint32_t i = 0, n = 1 + generate_number(g, 3); i < n; i++)
			fprintf(out, "%s'%s:%s/%s'", i ? ", " : "", PICK(g, prefixes),
				PICK(g, ports), PICK(g, protocols));
		fputc(']', out);
	}
	options(g, out, list);
	fputs("}\n", out);
}

static void class(struct generator *g, FILE *out, const char *name,
		  void (*rule)(struct generator *, FILE *, const char *))
{
	static const char *const lists[] = {"allow", "deny", "audit"};

	fprintf(out, "%s:\n  default: %s\n", name, PICK(g, defaults));
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		uint32_t n = generate_number(g, 5);

		if (n)
			fprintf(out, "  %s:\n", lists[i]);
		for (uint32_t j = 0; j < n; j++)
			rule(g, out, lists[i]);
	}
}

char *generate_policy(struct generator *g, unsigned number)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		abort();
	fprintf(out, "version: 1\nname: p%u\nscope: {host: true}\n", number);
	if (!CHANCE(g, 8))
		class(g, out, "files", files_rule);
	if (CHANCE(g, 2))
		class(g, out, "exec", exec_rule);
	if (CHANCE(g, 2))
		class(g, out, "network", network_rule);
	if (fclose(out) != 0)
		abort();
	return text;
}

void generate_path(struct generator *g, bool is_name, char *out, size_t size)
{
	uint32_t n = generate_number(g, 6);
	size_t used = 0;

	out[0] = '\0';
	if (n == 0)
		snprintf(out, size, "%s", is_name ? "a" : "/");
	for (uint32_t i = 0; i < n && used + 8 < size; i++) {
		const char *name = CHANCE(g, 10) ? PICK(g, strange) : PICK(g, names);

		if (is_name && CHANCE(g, 8))
			name = "";
		used += (size_t)snprintf(out + used, size - used, "%s%s", i || !is_name ? "/" : "",
					 name);
	}
}

static void generate_part(struct generator *g, const char *part, char *out, size_t size)
{
	if (strpbrk(part, "*?[") == NULL || (CHANCE(g, 8) && strcmp(part, "**") != 0)) {
		snprintf(out, size, "/%s", part);
		return;
	}
	out[0] = '\0';
	for (uint32_t n = strcmp(part, "**") == 0 ? generate_number(g, 3) : 1; n > 0; n--) {
		size_t used = strlen(out);

		snprintf(out + used, size - used, "/%s", PICK(g, names));
	}
}

void generate_match(struct generator *g, const char *pattern, char *out, size_t size)
{
	char copy[512], *next = copy + 1, *part;
	size_t used = 0;

	snprintf(copy, sizeof(copy), "%s", pattern);
	snprintf(out, size, "/");
	while (next && *next && used + 32 < size) {
		part = strsep(&next, "/");
		generate_part(g, part, out + used, size - used);
		used += strlen(out + used);
	}
	if (used == 0)
		snprintf(out, size, "/");
}

const char *generate_executable(struct generator *g)
{
	return PICK(g, executables);
}

void generate_address(struct generator *g, int *ret_family, uint8_t ret_address[16],
		      uint16_t *ret_port, int *ret_protocol)
{
	static const uint8_t v4[][4] = {{10, 1, 2, 3},	 {10, 1, 2, 2}, {10, 1, 9, 9},
					{10, 200, 0, 1}, {10, 9, 0, 0}, {127, 0, 0, 1},
					{0, 0, 0, 0}};
	static const uint8_t v6[][16] = {{0xfd, 0, 0, 1, [15] = 5},
					 {0xfd, 0, 0, 1, [15] = 4},
					 {0xfd, 0, 0, 1, 7},
					 {0xfd, 9},
					 {[15] = 1},
					 {0x20, 1}};
	static const uint16_t some[] = {0, 1, 79, 80, 81, 84, 85, 90, 91, 443, 444, 65534, 65535};
	static const int asked[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP, IPPROTO_ICMP, 0};

	memset(ret_address, 0, 16);
	*ret_family = CHANCE(g, 2) ? AF_INET : AF_INET6;
	if (*ret_family == AF_INET) {
		memcpy(ret_address, v4[generate_number(g, ARRAY_LEN(v4))], 4);
	} else if (CHANCE(g, 4)) { /* IPv4 in IPv6's clothes */
		ret_address[10] = ret_address[11] = 0xff;
		memcpy(ret_address + 12, v4[generate_number(g, ARRAY_LEN(v4))], 4);
	} else {
		memcpy(ret_address, v6[generate_number(g, ARRAY_LEN(v6))], 16);
	}
	*ret_port = some[generate_number(g, ARRAY_LEN(some))];
	*ret_protocol = asked[generate_number(g, ARRAY_LEN(asked))];
}

void generate_set(struct generator *g, struct generated *ret_generated)
{
	struct ruleset_options options = {.partial = true};
	struct generated out = {.n_policies = 1 + generate_number(g, 3)};

	options.key[0] = generate_number(g, UINT32_MAX);
	options.key[1] = g->state;
	if (diag_new(&out.diag) < 0)
		abort();
	for (unsigned i = 0; i < out.n_policies; i++) {
		out.texts[i] = generate_policy(g, i);
		if (policy_parse(out.texts[i], strlen(out.texts[i]), "p.yaml", out.diag,
				 &out.policies[i]) < 0) {
			diag_print(out.diag, stderr);
			fputs(out.texts[i], stderr);
			abort(); /* the generator writes only what is a policy */
		}
	}
	out.error = ruleset_compile((const struct policy *const *)out.policies, out.n_policies,
				    &options, out.diag, &out.set);
	*ret_generated = out;
}

void generated_clear(struct generated *generated)
{
	for (size_t i = 0; i < generated->n_policies; i++) {
		policy_free(generated->policies[i]);
		free(generated->texts[i]);
	}
	ruleset_clear(&generated->set);
	diag_free(generated->diag);
}
