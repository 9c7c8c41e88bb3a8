/* SPDX-License-Identifier: Apache-2.0 */
/* Groups of calls. */
#include "tables.h"

const struct name_member *names_group(const char *group, size_t *ret_count)
{
	int index = find_name(group, group_names, group_names_count);
	const struct group_row *row;

	if (index < 0)
		return NULL;
	row = &group_rows[index];
	*ret_count = row->count;

	struct name_member *members = &built_members[row->first];

	for (size_t i = 0; i < row->count && !members[i].call; i++) {
		members[i].innermost = name_pool + member_rows[row->first + i].innermost;
		members[i].call = name_pool + member_rows[row->first + i].call;
	}
	return members;
}

const char *const *names_groups(size_t *ret_count)
{
	*ret_count = group_names_count;
	for (size_t i = 0; i < group_names_count && !built_groups[i]; i++)
		built_groups[i] = name_pool + group_names[i];
	return built_groups;
}
