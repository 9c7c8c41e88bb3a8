/* SPDX-License-Identifier: Apache-2.0 */
/* Names of users. Not by the C library, which a static program can't ask everything. */
#include <stdlib.h>
#include <string.h>

#include "bailiff/proc.h"

#define PASSWD_BYTES (1u << 20)

/* The name before "*:UID:" on a line of /etc/passwd. */
static void find_user(const char *passwd, uid_t uid, char *ret_name)
{
	const char *line = passwd, *colon, *second;
	char *end;

	for (; *line; line = *line ? line + 1 : line) {
		colon = strchr(line, ':');
		second = colon ? strchr(colon + 1, ':') : NULL;
		if (!second)
			return;
		if (strtoul(second + 1, &end, 10) == uid && end != second + 1 && *end == ':' &&
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

const char *proc_user(struct proc_users *users, uid_t uid)
{
	CLEANUP(free_ptr) char *passwd = NULL;
	size_t length;
	unsigned i;

	for (i = 0; i < users->count; i++)
		if (users->known[i].uid == uid)
			return name_or_null(users->known[i].name);
	i = users->next++ % PROC_USERS;
	if (users->count < PROC_USERS)
		users->count++;
	users->known[i].uid = uid;
	users->known[i].name[0] = '\0';
	/* Never a fifo or a device, whatever a program made of it. */
	if (read_file("/etc/passwd", PASSWD_BYTES, 0, &passwd, &length) == 0)
		find_user(passwd, uid, users->known[i].name);
	return name_or_null(users->known[i].name);
}

void proc_users_forget(struct proc_users *users)
{
	users->count = users->next = 0;
}
