/* SPDX-License-Identifier: Apache-2.0 */
/* The decision in this machine's kernel, and in userspace: the same source, and the same answers. */
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "../ruleset/help_generate.h"
#include "help_kernel.h"

#define SETS 400 /* times TEST_BATCH paths: 102,400 */

static struct generator chance = {.state = 20261122};

static uint64_t random_places(void)
{
	uint64_t some = (uint64_t)generate_number(&chance, UINT32_MAX) << 32 |
			generate_number(&chance, UINT32_MAX);

	return generate_number(&chance, 4) ? UINT64_MAX : some;
}

struct path_question {
	char text[512];
	struct ruleset_verdict want;
};

/* Splits it as ruleset_ask_path() does. False: it has too many names. */
static bool split(const char *path, struct test_path *t)
{
	const char *at = path, *end;
	bool names = t->from == BL_STATE_NAMES;

	t->n_names = 0;
	if (!names && *at == '/')
		at++;
	for (; at; at = *end ? end + 1 : NULL) {
		end = strchrnul(at, '/');
		if (end == at && !names)
			continue;
		if (t->n_names == TEST_NAMES)
			return false;
		memset(&t->names[t->n_names], 0, sizeof(t->names[0]));
		memcpy(&t->names[t->n_names], at, (size_t)(end - at));
		t->lengths[t->n_names++] = (uint32_t)(end - at);
	}
	return true;
}

static void make_path(const struct ruleset *set, struct test_path *t, struct path_question *q)
{
	do {
		t->op = generate_number(&chance, BL_OP_SCOPE);
		t->places = random_places();
		t->from = t->op == BL_OP_UNIX_BIND || t->op == BL_OP_UNIX_CONNECT
				  ? generate_number(&chance, 2) ? BL_STATE_NAMES : BL_STATE_ROOT
				  : BL_STATE_ROOT;
		generate_path(&chance, t->from == BL_STATE_NAMES, q->text, sizeof(q->text));
	} while (!split(q->text, t));
	cr_assert_eq(
		ruleset_ask_path(set, t->from, q->text, (enum bl_op)t->op, t->places, &q->want), 0);
}

static uint64_t number_at(const uint8_t *bytes, size_t count)
{
	uint64_t value = 0;

	for (size_t i = 0; i < count; i++)
		value = value << 8 | bytes[i];
	return value;
}

/* False: it is asked in another form (IPv4 within IPv6). */
static bool make_net(const struct ruleset *set, struct test_net *t, struct ruleset_verdict *want)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	uint8_t address[16] = {0};
	int family, protocol;
	uint16_t port;

	generate_address(&chance, &family, address, &port, &protocol);
	if (family == AF_INET6 && memcmp(address, mapped, sizeof(mapped)) == 0)
		return false;
	t->op = BL_OP_BIND + generate_number(&chance, 3);
	t->places = random_places();
	t->bits = family == AF_INET ? 32 : 128;
	t->high = number_at(address, family == AF_INET ? 4 : 8);
	t->low = family == AF_INET ? 0 : number_at(address + 8, 8);
	t->port = port;
	t->protocol = protocol >= 0 ? (uint32_t)protocol : BL_PROTOCOL_OTHER;
	cr_assert_eq(ruleset_ask_address(set, (enum bl_op)t->op, family, address, port, protocol,
					 t->places, want),
		     0);
	return true;
}

static bool same(const struct ruleset_verdict *want, uint64_t deny, uint64_t audit, uint32_t rule)
{
	return want->deny == deny && want->audit == audit && want->rule == rule;
}

static void compare_paths(struct kernel *kernel, const struct ruleset *set)
{
	static struct path_question questions[TEST_BATCH];
	struct test_result result = {0};

	for (size_t i = 0; i < TEST_BATCH; i++)
		make_path(set, &kernel->paths[i], &questions[i]);
	cr_assert_eq(kernel_run(kernel, "ask_paths", &result), 0);
	for (size_t i = 0; i < TEST_BATCH; i++) {
		const struct test_path *t = &kernel->paths[i];

		cr_assert(t->state != BL_STATE_NONE &&
				  same(&questions[i].want, t->deny, t->audit, t->rule),
			  "%s, operation %u: %#llx %#llx %u in the kernel, %#llx %#llx %u here",
			  questions[i].text, t->op, (unsigned long long)t->deny,
			  (unsigned long long)t->audit, t->rule,
			  (unsigned long long)questions[i].want.deny,
			  (unsigned long long)questions[i].want.audit, questions[i].want.rule);
	}
}

static void compare_nets(struct kernel *kernel, const struct ruleset *set)
{
	static struct ruleset_verdict wants[TEST_BATCH];
	struct test_result result = {0};

	for (size_t i = 0; i < TEST_BATCH; i++)
		while (!make_net(set, &kernel->nets[i], &wants[i]))
			;
	cr_assert_eq(kernel_run(kernel, "ask_nets", &result), 0);
	for (size_t i = 0; i < TEST_BATCH; i++) {
		const struct test_net *t = &kernel->nets[i];

		cr_assert(!t->broken && same(&wants[i], t->deny, t->audit, t->rule),
			  "%#llx %#llx/%u port %u protocol %u, operation %u: %#llx %#llx %u in the "
			  "kernel, %#llx %#llx %u here",
			  (unsigned long long)t->high, (unsigned long long)t->low, t->bits, t->port,
			  t->protocol, t->op, (unsigned long long)t->deny,
			  (unsigned long long)t->audit, t->rule, (unsigned long long)wants[i].deny,
			  (unsigned long long)wants[i].audit, wants[i].rule);
	}
}

Test(native, the_kernel_answers_as_userspace_does, .timeout = 300)
{
	struct generated made;
	struct kernel kernel;
	const char *reason = kernel_open(&kernel, 1 << 16);
	unsigned sets = 0;

	if (reason)
		cr_skip_test("%s", reason);
	while (sets < SETS) {
		generate_set(&chance, &made);
		if (made.error == 0) {
			cr_assert_eq(kernel_image(&kernel, &made.set), 0);
			compare_paths(&kernel, &made.set);
			compare_nets(&kernel, &made.set);
			sets++;
		}
		generated_clear(&made);
	}
	kernel_close(&kernel);
}

/* A name of 1 to 255 bytes, of few letters. */
static void random_name(char *out)
{
	uint32_t length =
		1 + generate_number(&chance, generate_number(&chance, 3) ? 20 : BL_NAME_MAX);

	for (uint32_t i = 0; i < length; i++)
		out[i] = (char)('a' + generate_number(&chance, 2));
	out[length] = '\0';
}

#define LONG_RULES 200
#define LONG_DEPTH 4

static struct ruleset long_rules(char paths[LONG_RULES][LONG_DEPTH * 256 + 1])
{
	static const char head[] = "version: 1\nname: long\nscope: {host: true}\nfiles:\n"
				   "  default: allow\n  deny:\n";
	const struct ruleset_options options = {.key = {generate_number(&chance, UINT32_MAX), 1}};
	struct ruleset set = {.blocks = NULL};
	struct policy *policy = NULL;
	char name[256], *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	fputs(head, out);
	for (size_t i = 0; i < LONG_RULES; i++) {
		char *at = paths[i];

		for (size_t depth = 0; depth < LONG_DEPTH; depth++) {
			random_name(name);
			at += sprintf(at, "/%s", name);
		}
		fprintf(out, "    - {paths: [\"%s%s\"]}\n", paths[i], i % 4 ? "" : "/**");
	}
	fclose(out);
	cr_assert_eq(policy_parse(text, size, "long.yaml", NULL, &policy), 0);
	cr_assert_eq(
		ruleset_compile((const struct policy *const *)&policy, 1, &options, NULL, &set), 0);
	policy_free(policy);
	free(text);
	return set;
}

/* Names of every length: the last word of a hash is cut in eight ways. */
Test(native, names_of_every_length, .timeout = 60)
{
	static char paths[LONG_RULES][LONG_DEPTH * 256 + 1];
	struct ruleset_verdict wants[TEST_BATCH];
	struct test_result result = {0};
	struct ruleset set;
	struct kernel kernel;
	const char *reason = kernel_open(&kernel, 1 << 16);
	unsigned denied = 0;

	if (reason)
		cr_skip_test("%s", reason);
	for (int round = 0; round < 20; round++) {
		set = long_rules(paths);
		cr_assert_eq(kernel_image(&kernel, &set), 0);
		for (size_t i = 0; i < TEST_BATCH; i++) {
			struct test_path *t = &kernel.paths[i];
			char *path = paths[i % LONG_RULES];

			if (i >= LONG_RULES) { /* one byte is another */
				path += 1 + generate_number(&chance, (uint32_t)strlen(path) - 1);
				if (*path != '/')
					*path ^= 3; /* a and b */
				path = paths[i % LONG_RULES];
			}
			*t = (struct test_path){.from = BL_STATE_ROOT, .places = UINT64_MAX};
			cr_assert(split(path, t));
			cr_assert_eq(ruleset_ask_path(&set, t->from, path, BL_OP_READ, UINT64_MAX,
						      &wants[i]),
				     0);
			denied += wants[i].deny != 0;
		}
		cr_assert_eq(kernel_run(&kernel, "ask_paths", &result), 0);
		for (size_t i = 0; i < TEST_BATCH; i++)
			cr_assert(same(&wants[i], kernel.paths[i].deny, kernel.paths[i].audit,
				       kernel.paths[i].rule),
				  "%s", paths[i % LONG_RULES]);
		ruleset_clear(&set);
	}
	cr_expect(denied >= 20 * LONG_RULES && denied < 20 * TEST_BATCH, "%u", denied);
	kernel_close(&kernel);
}
