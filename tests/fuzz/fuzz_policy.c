/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a policy: read, decide, review. What is read well must also hold together. An input that
 * begins with "%% " is several files, each behind a line "%% PATH" (or "%% PATH = OTHER": the same file by
 * another name): the first is read, with what it includes of them. One that begins as packed files do is
 * taken for that.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void decide_some(const struct policy *policy)
{
	static const uint64_t values[] = {0, 1, 0xffffffff, 0x100000000, UINT64_MAX, 0x10000000};
	static const uint32_t numbers[] = {0, 16, 41, 56, 72, 272, 435, 1000, UINT32_MAX};
	uint64_t args[CALL_ARGS];

	for (size_t n = 0; n < ARRAY_LEN(numbers); n++) {
		for (size_t v = 0; v < ARRAY_LEN(values); v++) {
			for (size_t a = 0; a < CALL_ARGS; a++)
				args[a] = values[(v + a) % ARRAY_LEN(values)];
			for (enum arch arch = 0; arch < ARCH_COUNT; arch++) {
				uint32_t nr = numbers[n] | (arch == ARCH_X32 ? X32_BIT : 0);
				struct policy_decision d = policy_decide(policy, arch, nr, args);

				if (d.action < ACTION_ALLOW || d.action > ACTION_KILL ||
				    (d.rule != POLICY_NO_RULE && d.rule >= policy->n_rules) ||
				    (d.action == ACTION_ERRNO) != (d.error != 0))
					abort();
				policy_nearest(policy, arch, nr, &d);
			}
		}
	}
}

static void check_conds(const struct policy *policy)
{
	for (uint32_t i = 0; i < policy->n_conds; i++) {
		const struct policy_cond *cond = &policy->conds[i];

		if (cond->mask == 0 || cond->n_values == 0 || cond->arg >= CALL_ARGS ||
		    cond->first_value > policy->n_values ||
		    cond->n_values > policy->n_values - cond->first_value)
			abort();
	}
}

/* Where the next line that begins a file is; the end where there is none. */
static const char *next_file(const char *at, const char *end)
{
	const char *next = at;

	while (next < end && (next = memmem(next, (size_t)(end - next), "\n%% ", 4)))
		return next + 1;
	return end;
}

/* One file as it is packed. */
static void pack_file(const char *at, const char *end, FILE *out)
{
	const char *line = memchr(at, '\n', (size_t)(end - at)), *other;
	size_t name, identity, length;

	line = line ? line : end;
	at += 3;
	other = memmem(at, (size_t)(line - at), " = ", 3);
	name = (size_t)((other ? other : line) - at);
	identity = other ? (size_t)(line - other) - 3 : name;
	line += line < end;
	length = (size_t)(end - line);
	fprintf(out, "%zu %zu ", name, identity);
	fprintf(out, other && !length ? "-1\n" : "%zu\n", length);
	fwrite(at, 1, name, out);
	fwrite(other ? other + 3 : at, 1, identity, out);
	fwrite(line, 1, length, out);
}

static char *pack(const char *data, size_t size, size_t *ret_length)
{
	const char *end = data + size, *at, *next;
	char *bytes = NULL;
	size_t files = 0;
	FILE *out = open_memstream(&bytes, ret_length);

	if (!out)
		return NULL;
	for (at = data; at < end; at = next_file(at, end))
		files++;
	fprintf(out, "bailiff-files 1 %zu\n", files);
	for (at = data; at < end; at = next) {
		next = next_file(at, end);
		pack_file(at, next, out);
	}
	fclose(out);
	return bytes;
}

/* What was unpacked is packed as the same bytes. */
static void check_packed(const struct policy_files *files, const char *bytes, size_t length)
{
	struct policy_files *again = NULL;
	char *packed = NULL;
	size_t n;

	if (policy_files_pack(files, &packed, &n) < 0)
		return;
	if (policy_files_unpack(packed, n, &again) < 0 || n > length ||
	    (n == length && memcmp(packed, bytes, n) != 0))
		abort();
	policy_files_free(again);
	free(packed);
}

static int read_files(const char *bytes, size_t length, struct diag *diag,
		      struct policy **ret_policy)
{
	struct policy_files *files = NULL;
	int error = policy_files_unpack(bytes, length, &files);

	if (error < 0) {
		diag_error(diag, NULL, "not whole");
		return error;
	}
	check_packed(files, bytes, length);
	error = policy_read_files(policy_files_first(files), diag, files, ret_policy);
	policy_files_free(files);
	return error;
}

static int read_any(const char *data, size_t size, struct diag *diag, struct policy **ret_policy)
{
	static const char magic[] = "bailiff-files ";
	char *bytes;
	size_t length;
	int error;

	if (size >= sizeof(magic) && memcmp(data, magic, sizeof(magic) - 1) == 0)
		return read_files(data, size, diag, ret_policy);
	if (size < 4 || memcmp(data, "%% ", 3) != 0)
		return policy_parse(data, size, "fuzz", diag, ret_policy);
	bytes = pack(data, size, &length);
	if (!bytes)
		abort();
	error = read_files(bytes, length, diag, ret_policy);
	free(bytes);
	return error;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policy *policy = NULL;
	struct diag *diag = NULL;

	if (diag_new(&diag) < 0)
		return 0;
	if (read_any((const char *)data, size, diag, &policy) == 0) {
		check_conds(policy);
		decide_some(policy);
		policy_review(policy, diag);
		policy_free(policy);
	} else if (diag_errors(diag) == 0) {
		abort(); /* refused without a word */
	}
	diag_free(diag);
	return 0;
}
