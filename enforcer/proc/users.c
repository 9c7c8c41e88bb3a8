/* SPDX-License-Identifier: Apache-2.0 */
/* Names of users and groups. Not by the C library, which a static program can't ask everything. */
#include <stdlib.h>
#include <string.h>

#include "bailiff/proc.h"

#define TABLE_BYTES (1u << 20)

/* The name before "*:ID:" on a line: /etc/passwd and /etc/group begin alike. */
static void find_name(const char *table, id_t id, char *ret_name)
{
	const char *line = table, *colon, *second;
	char *end;

	for (; *line; line = *line ? line + 1 : line) {
		colon = strchr(line, ':');
		second = colon ? strchr(colon + 1, ':') : NULL;
		if (!second)
			return;
		if (strtoul(second + 1, &end, 10) == id && end != second + 1 && *end == ':' &&
		    colon - line < PROC_USER_MAX && !memchr(line, '\n', (size_t)(colon - line))) {
			memcpy(ret_name, line, (size_t)(colon - line));
			ret_name[colon - line] = '\0';
			return;
		}
		line = strchrnul(line, '\n');
	}
}

static const char *name_or_null(const char *name)
{
	return *name ? name : NULL;
}

static const char *name_of(struct proc_users *users, const char *path, id_t id)
{
	CLEANUP(free_ptr) char *table = NULL;
	size_t length;
	unsigned i;

	for (i = 0; i < users->count; i++)
		if (users->known[i].id == id)
			return name_or_null(users->known[i].name);
	i = users->next++ % PROC_USERS;
	if (users->count < PROC_USERS)
		users->count++;
	users->known[i].id = id;
	users->known[i].name[0] = '\0';
	/* Never a fifo or a device, whatever a program made of it. */
	if (read_file(path, TABLE_BYTES, 0, &table, &length) == 0)
		find_name(table, id, users->known[i].name);
	return name_or_null(users->known[i].name);
}

const char *proc_user(struct proc_users *users, uid_t uid)
{
	return name_of(users, "/etc/passwd", uid);
}

const char *proc_group(struct proc_users *groups, gid_t gid)
{
	return name_of(groups, "/etc/group", gid);
}

void proc_users_forget(struct proc_users *users)
{
	users->count = users->next = 0;
}
