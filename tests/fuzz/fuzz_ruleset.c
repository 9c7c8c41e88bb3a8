/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images. The first byte chooses: a policy's text, with a path behind its NUL, must compile to an
 * image that is whole and answers; patches of a good image, or any bytes as one, must be refused or
 * answer without harm.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/ruleset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char good[] =
	"version: 1\nname: fuzz\nscope: {users: [0], executables: [/x], cgroups: ['/c/**']}\n"
	"files:\n  default: allow\n  deny:\n"
	"    - {paths: [/a/b, '/a/*.so', '/**/c?/**'], by: [/x/y]}\n"
	"    - /a/**\n"
	"  audit: ['/a/[!x]*']\n"
	"network:\n  default: deny\n  allow:\n    - {connect: ['10.0.0.0/8:80-90/tcp', "
	"'*:53/udp']}\n"
	"    - {bind: ['unix:@a/*', '[fd00::/8]:*/*']}\n    - {socket: [AF_INET], type: [1]}\n"
	"kernel: {default: deny}\ncapabilities: {default: deny}\n";

static int compile(const char *text, size_t length, struct ruleset *ret_set)
{
	const struct ruleset_options options = {.key = {1, 2}, .scopeless = true, .partial = true};
	struct policy *policy = NULL;
	struct diag *diag = NULL;
	int error = diag_new(&diag);

	if (error < 0)
		return error;
	error = policy_parse(text, length, "fuzz", NULL, &policy);
	if (error == 0) {
		error = ruleset_compile((const struct policy *const *)&policy, 1, &options, diag,
					ret_set);
		if (error == -EINVAL && diag_errors(diag) == 0)
			abort(); /* refused without a word */
	}
	policy_free(policy);
	diag_free(diag);
	return error;
}

/* Every question once. Returns how many had no answer. */
static unsigned ask_all(const struct ruleset *set, const char *path)
{
	static const uint8_t addresses[][16] = {{10, 1}, {0xfd}, {127, 0, 0, 1}};
	struct ruleset_verdict verdict;
	struct ruleset_policy policy;
	struct ruleset_rule rule;
	uint64_t policies, by;
	unsigned silent = 0;

	for (uint32_t from = BL_STATE_ROOT; from <= BL_STATE_CGROUPS; from++)
		for (enum bl_op op = 0; op < BL_OPS; op++) {
			int r = ruleset_ask_path(set, from, path, op, UINT64_MAX, &verdict);

			silent += r == -EINVAL;
			if (r == 0)
				(void)ruleset_rule(set, verdict.rule, &rule);
		}
	for (enum bl_op op = BL_OP_BIND; op <= BL_OP_LISTEN; op++)
		for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
			silent += ruleset_ask_address(set, op, AF_INET, addresses[i], 80,
						      IPPROTO_TCP, UINT64_MAX, &verdict) < 0;
			silent += ruleset_ask_address(set, op, AF_INET6, addresses[i], 443, 17,
						      UINT64_MAX, &verdict) < 0;
		}
	for (uint32_t i = 0; i < 64; i++) {
		silent += ruleset_ask_number(set, BL_OP_CAPABILITY, i, 0, UINT64_MAX, &verdict) < 0;
		silent += ruleset_ask_number(set, BL_OP_SOCKET, i, 1, UINT64_MAX, &verdict) < 0;
		if (i < BL_SURFACES)
			silent += ruleset_ask_number(set, BL_OP_SURFACE, i, 0, UINT64_MAX,
						     &verdict) < 0;
	}
	(void)ruleset_ask_scope(set, path, path, 0, &policies, &by);
	(void)ruleset_places(set, UINT64_MAX, 0);
	for (size_t i = 0; ruleset_policy(set, i, &policy) == 0; i++)
		(void)strlen(policy.name);
	for (uint32_t i = 0; ruleset_rule(set, i, &rule) == 0 && i < 1000; i++)
		(void)strlen(rule.text);
	return silent;
}

static void try_policy(const char *data, size_t size)
{
	const char *nul = memchr(data, '\0', size);
	size_t length = nul ? (size_t)(nul - data) : size, rest = size - length;
	struct ruleset set = {NULL, 0};
	char path[600] = "/";

	if (compile(data, length, &set) < 0)
		return;
	if (rest > 1)
		memcpy(path + 1, nul + 1, rest - 1 < 590 ? rest - 1 : 590);
	if (ruleset_check(set.blocks, set.n_blocks, NULL) < 0 || ask_all(&set, path))
		abort();
	ruleset_clear(&set);
}

static void try_image(uint8_t *blocks, size_t n_blocks)
{
	const struct ruleset set = {blocks, (uint32_t)n_blocks};

	if (ruleset_check(blocks, n_blocks, NULL) < 0)
		return;
	ask_all(&set, "/a/x.so");
	ask_all(&set, "/b/cc/d");
}

/* Six bytes a patch: which word, and its new value. */
static void try_patches(const uint8_t *data, size_t size)
{
	static struct ruleset base;
	uint8_t *copy;
	uint32_t value, bytes;
	uint16_t word;

	if (!base.blocks && compile(good, sizeof(good) - 1, &base) < 0)
		abort();
	bytes = base.n_blocks * BL_BLOCK;
	copy = aligned_alloc(BL_BLOCK, bytes);
	if (!copy)
		return;
	memcpy(copy, base.blocks, bytes);
	for (; size >= 6; data += 6, size -= 6) {
		memcpy(&word, data, sizeof(word));
		memcpy(&value, data + 2, sizeof(value));
		memcpy(copy + word * 4u % bytes, &value, sizeof(value));
	}
	try_image(copy, base.n_blocks);
	free(copy);
}

static void try_bytes(const uint8_t *data, size_t size)
{
	size_t n = size / BL_BLOCK;
	uint32_t head[4] = {BL_MAGIC, BL_ABI, 0, (uint32_t)n};
	uint8_t *copy = n ? aligned_alloc(BL_BLOCK, n * BL_BLOCK) : NULL;

	if (!copy)
		return;
	memcpy(copy, data, n * BL_BLOCK);
	memcpy(copy, head, sizeof(head));
	try_image(copy, n);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] == 'p')
		try_patches(data + 1, size - 1);
	else if (data[0] == 'b')
		try_bytes(data + 1, size - 1);
	else
		try_policy((const char *)data + 1, size - 1);
	return 0;
}
