/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a profile: the importer neither crashes nor leaks, an import that fails says why, and
 * what it writes is a policy without a mistake. What can be exported again must import again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/oci.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void give_up(const struct diag *diag, const char *what, const char *text)
{
	diag_print(diag, stderr);
	fprintf(stderr, "%s:\n%s\n", what, text);
	abort();
}

static void check_again(const struct policy *policy, struct diag *diag)
{
	char *json = NULL, *yaml = NULL;

	if (oci_export(policy, diag, &json) < 0)
		return;
	if (oci_import(json, strlen(json), "again.json", NULL, diag, &yaml) < 0)
		give_up(diag, "no profile was exported", json);
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
