/* SPDX-License-Identifier: Apache-2.0 */
/* The way of an import, from JSON to YAML. */
#include <errno.h>

#include "profile.h"

/* Names and comments of a profile of OCI_MAX_BYTES, several times over. */
#define ARENA_BYTES ((size_t)1 << 30)

static void free_json(json_t **json)
{
	json_decref(*json);
}

static void tell_actions(const struct oci_reader *reader, const struct oci_profile *profile)
{
	size_t outside = 0;

	for (size_t i = 0; i < profile->n_rules; i++) {
		const struct oci_action *action = &profile->rules[i].action;

		outside += action->verdict == OCI_NOTIFY || action->verdict == OCI_TRACE;
	}
	outside += profile->deny.verdict == OCI_NOTIFY || profile->deny.verdict == OCI_TRACE;
	if (outside)
		oci_warn(reader,
			 "not carried: %zu rule%s of SCMP_ACT_NOTIFY or SCMP_ACT_TRACE, which need "
			 "a "
			 "supervisor; errno ENOSYS instead",
			 outside, outside == 1 ? "" : "s");
}

static void tell_errno(const struct oci_reader *reader, const struct oci_action *action)
{
	if (action->verdict != OCI_ERRNO)
		return;
	if (!action->data)
		oci_warn(reader,
			 "not carried: errno 0 would tell that a call succeeded which never "
			 "ran; errno EPERM instead");
	if (action->data >= 4095)
		oci_warn(reader,
			 "errno %u: libseccomp refuses it, the kernel cuts it to 4095; errno 4095 "
			 "here",
			 action->data);
}

static int import(const struct oci_reader *reader, const char *text, size_t length, char **ret_yaml)
{
	CLEANUP(free_json) json_t *root = NULL;
	CLEANUP(oci_calls_free) struct oci_calls calls = {0};
	struct oci_profile profile = {0};
	int r = oci_json_parse(reader, text, length, &root);

	if (r == 0)
		r = oci_profile_read(reader, root, &profile);
	if (r < 0)
		return r;
	tell_actions(reader, &profile);
	tell_errno(reader, &profile.deny);
	for (size_t i = 0; i < profile.n_rules; i++)
		tell_errno(reader, &profile.rules[i].action);
	r = oci_resolve(reader, &profile, &calls);
	if (r == 0)
		r = oci_yaml(reader, &profile, &calls, ret_yaml);
	return r;
}

int oci_import(const char *text, size_t length, const char *name, const struct oci_options *options,
	       struct diag *diag, char **ret_yaml)
{
	static const struct oci_options defaults = OCI_OPTIONS_DEFAULT;
	CLEANUP(arena_freep) struct arena *arena = NULL;
	CLEANUP(diag_freep) struct diag *own = NULL;
	struct oci_reader reader = {.file = name, .options = options ? options : &defaults};
	size_t before;
	int r = arena_new(ARENA_BYTES, &arena);

	if (r == 0 && !diag)
		r = diag_new(&own);
	if (r < 0)
		return r;
	reader.arena = arena;
	reader.diag = diag ? diag : own;
	reader.first_told = diag_count(reader.diag);
	before = diag_errors(reader.diag);
	r = import(&reader, text, length, ret_yaml);
	/* a reader that gave up without a word had no memory */
	if (r == -EINVAL && diag_errors(reader.diag) == before)
		r = -ENOMEM;
	return r;
}
