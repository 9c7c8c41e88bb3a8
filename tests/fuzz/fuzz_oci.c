/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a profile: the importer neither crashes nor leaks, an import that fails says why, and
 * what it writes is a policy without a mistake. What can be exported again must import again, as a policy
 * that decides the same.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/oci.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void give_up(const struct diag *diag, const char *what, const char *text)
{
	if (diag)
		diag_print(diag, stderr);
	fprintf(stderr, "%s:\n%s\n", what, text);
	abort();
}

static bool warned(const struct diag *diag, size_t from)
{
	for (size_t i = from; i < diag_count(diag); i++)
		if (diag_at(diag, i)->severity == DIAG_WARNING)
			return true;
	return false;
}

/* One near what some condition compares with. */
static uint64_t near(const struct policy *policy, uint64_t *state)
{
	uint64_t way;

	*state = *state * 6364136223846793005u + 1442695040888963407u;
	way = *state >> 33;
	if (!policy->n_values || way % 8 == 0)
		return way % 16 ? *state : way >> 4 & 7;
	return policy->values[(way >> 3) % policy->n_values] + (way >> 20) % 3 - 1;
}

static void compare(const struct policy *policy, const struct policy *again, const char *json)
{
	uint64_t args[CALL_ARGS], state = policy->n_values;

	for (enum arch arch = 0; arch < ARCH_COUNT; arch++) {
		const struct policy_abi *abi = &policy->abi[arch];

		for (uint32_t i = 0; abi->governed && i < abi->n_calls; i++)
			for (unsigned n = 0; n < 8 * abi->calls[i].n_matches + (i % 64 == 0); n++) {
				struct policy_decision a, b;

				for (unsigned j = 0; j < CALL_ARGS; j++)
					args[j] = near(policy, &state);
				a = policy_decide(policy, arch, abi->calls[i].nr, args);
				b = policy_decide(again, arch, abi->calls[i].nr, args);
				if (a.action == b.action && a.error == b.error)
					continue;
				fprintf(stderr, "%s %u: %d, not %d; %#llx %#llx %#llx\n",
					arch_name(arch), abi->calls[i].nr, b.action, a.action,
					(unsigned long long)args[0], (unsigned long long)args[1],
					(unsigned long long)args[2]);
				give_up(NULL, "decides otherwise", json);
			}
	}
}

static void check_again(const struct policy *policy, struct diag *diag)
{
	struct policy *again = NULL;
	char *json = NULL, *yaml = NULL;
	size_t told;

	if (oci_export(policy, diag, &json) < 0)
		return;
	told = diag_count(diag);
	if (oci_import(json, strlen(json), "again.json", NULL, diag, &yaml) < 0)
		give_up(diag, "no profile was exported", json);
	if (policy_parse(yaml, strlen(yaml), "again.yaml", diag, &again) < 0)
		give_up(diag, "no policy was imported again", yaml);
	/* What can't be said as it is, is told. */
	if (!warned(diag, told))
		compare(policy, again, json);
	policy_free(again);
	free(yaml);
	free(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct oci_options options = OCI_OPTIONS_DEFAULT;
	struct policy *policy = NULL;
	struct diag *diag = NULL;
	char *yaml = NULL;
	int r;

	/* the first byte chooses who asks, and whether the way back is gone too */
	if (size == 0 || diag_new(&diag) < 0)
		return 0;
	options.archs_given = data[0] & 1;
	for (unsigned i = 0; i < ARCH_COUNT; i++)
		options.archs[i] = data[0] >> (i + 1) & 1;
	options.archs[ARCH_X86_64] |= !(data[0] & 0x1e);
	options.caps = data[0] & 0x20 ? UINT64_MAX : OCI_DOCKER_CAPS;
	r = oci_import((const char *)data + 1, size - 1, "fuzz.json", &options, diag, &yaml);
	if (r < 0) {
		if (r != -EINVAL || diag_errors(diag) == 0)
			give_up(diag, "refused without a word", strerror(-r));
	} else if (policy_parse(yaml, strlen(yaml), "fuzz.yaml", diag, &policy) < 0) {
		give_up(diag, "no policy was imported", yaml);
	} else if (data[0] & 0x80) {
		check_again(policy, diag);
	}
	policy_free(policy);
	diag_free(diag);
	free(yaml);
	return 0;
}
