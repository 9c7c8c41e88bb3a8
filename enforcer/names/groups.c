/* SPDX-License-Identifier: Apache-2.0 */
/* Groups of calls. */
#include "tables.h"

#include <stdlib.h>

const struct name_member *names_group(const char *group, size_t *ret_count)
{
	const char *const *found =
		bsearch(group, group_names, group_names_count, sizeof(*group_names), compare_name);

	if (!found)
		return NULL;
	*ret_count = group_tables[found - group_names].count;
	return group_tables[found - group_names].members;
}

const char *const *names_groups(size_t *ret_count)
{
	*ret_count = group_names_count;
	return group_names;
}
