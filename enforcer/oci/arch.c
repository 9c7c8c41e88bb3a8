/* SPDX-License-Identifier: Apache-2.0 */
/* Which architectures a profile is for. */
#include <errno.h>
#include <string.h>

#include "profile.h"

static const char *const scmp_names[ARCH_COUNT] = {
	[ARCH_X86_64] = "SCMP_ARCH_X86_64",
	[ARCH_I386] = "SCMP_ARCH_X86",
	[ARCH_X32] = "SCMP_ARCH_X32",
	[ARCH_AARCH64] = "SCMP_ARCH_AARCH64",
};

const char *oci_arch_name(enum arch arch)
{
	return scmp_names[arch];
}

static bool find_arch(const char *name, enum arch *ret_arch)
{
	for (unsigned i = 0; i < ARCH_COUNT; i++) {
		if (strcmp(name, scmp_names[i]) == 0) {
			*ret_arch = (enum arch)i;
			return true;
		}
	}
	return false;
}

const char *oci_host_arch(const bool archs[ARCH_COUNT])
{
	if (archs[ARCH_X86_64] || archs[ARCH_X32])
		return "amd64";
	return archs[ARCH_AARCH64] ? "arm64" : "x86";
}

static void add_archs(const struct oci_reader *reader, const char *const *names, size_t count,
		      bool archs[ARCH_COUNT])
{
	enum arch arch;

	for (size_t i = 0; i < count; i++) {
		if (find_arch(names[i], &arch))
			archs[arch] = true;
		else
			oci_warn(reader,
				 "not carried: architecture %s, which bailiff does not know",
				 names[i]);
	}
}

/* The entry of archMap for `wanted`. An entry is kept whole: its subarchitectures come along. */
static bool add_map_entry(const struct oci_reader *reader, const json_t *map, enum arch wanted,
			  bool archs[ARCH_COUNT], bool *ret_found)
{
	const char *const *subs;
	const json_t *entry, *name;
	size_t i, n_subs;
	char where[64];

	json_array_foreach(map, i, entry)
	{
		snprintf(where, sizeof(where), "archMap[%zu]", i);
		if (!json_is_object(entry)) {
			oci_error(reader, "%s must be an object", where);
			return false;
		}
		if (!oci_member(reader, entry, where, "architecture", JSON_STRING, &name) ||
		    !oci_strings(reader, entry, where, "subArchitectures", &subs, &n_subs))
			return false;
		if (!name || strcmp(json_string_value(name), scmp_names[wanted]) != 0)
			continue;
		archs[wanted] = true;
		add_archs(reader, subs, n_subs, archs);
		*ret_found = true;
		return true;
	}
	return true;
}

int oci_archs_read(const struct oci_reader *reader, const json_t *root, bool ret_archs[ARCH_COUNT])
{
	const char *const *names;
	bool archs[ARCH_COUNT] = {false}, found = false;
	const json_t *map;
	size_t count;

	if (!oci_strings(reader, root, "", "architectures", &names, &count) ||
	    !oci_member(reader, root, "", "archMap", JSON_ARRAY, &map))
		return -EINVAL;
	if (count && map && json_array_size(map)) {
		oci_error(reader, "both architectures and archMap; Docker takes one of them");
		return -EINVAL;
	}
	if (reader->options->archs_given) {
		memcpy(ret_archs, reader->options->archs, sizeof(archs));
		return 0;
	}
	add_archs(reader, names, count, archs);
	if (map && (!add_map_entry(reader, map, ARCH_X86_64, archs, &found) ||
		    (!found && !add_map_entry(reader, map, ARCH_AARCH64, archs, &found))))
		return -EINVAL;
	for (unsigned i = 0; i < ARCH_COUNT; i++)
		found |= archs[i];
	if (!found)
		archs[ARCH_X86_64] = true;
	memcpy(ret_archs, archs, sizeof(archs));
	return 0;
}
