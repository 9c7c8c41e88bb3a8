/* SPDX-License-Identifier: Apache-2.0 */
/* By the files alone: a static program has no name service, and an image no other source. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "room.h"

#define GROUPS_MAX 65536u /* NGROUPS_MAX of the kernel */

/* A decimal id below 2^32 - 1 (which means "unchanged"). */
static bool parse_id(const char *text, uint32_t *ret_id)
{
	uint64_t id = 0;

	if (!*text || strlen(text) > 10)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		id = id * 10 + (uint64_t)(*text - '0');
	}
	if (id >= UINT32_MAX)
		return false;
	*ret_id = (uint32_t)id;
	return true;
}

/* The entry of a user by name or number. *ret_name is malloc'ed. */
static int find_user(const char *text, struct launch_user *user, char **ret_name)
{
	CLEANUP(close_file) FILE *file = fopen("/etc/passwd", "re");
	struct passwd *entry;
	uint32_t id;
	bool number = parse_id(text, &id);

	while (file && (entry = fgetpwent(file))) {
		if (number ? entry->pw_uid != id : strcmp(entry->pw_name, text) != 0)
			continue;
		user->uid = entry->pw_uid;
		user->gid = entry->pw_gid;
		*ret_name = strdup(entry->pw_name);
		return *ret_name ? 0 : -ENOMEM;
	}
	if (!number)
		return -ENOENT;
	user->uid = id;
	*ret_name = NULL;
	return 0;
}

static int find_group(const char *text, gid_t *ret_gid)
{
	CLEANUP(close_file) FILE *file = fopen("/etc/group", "re");
	struct group *entry;

	if (parse_id(text, ret_gid))
		return 0;
	while (file && (entry = fgetgrent(file))) {
		if (strcmp(entry->gr_name, text) != 0)
			continue;
		*ret_gid = entry->gr_gid;
		return 0;
	}
	return -ENOENT;
}

static bool is_member(const struct group *group, const char *name)
{
	for (char **member = group->gr_mem; *member; member++)
		if (strcmp(*member, name) == 0)
			return true;
	return false;
}

/* The user's own group, and those of /etc/group that list the name. */
static int find_groups(const char *name, struct launch_user *user)
{
	CLEANUP(close_file) FILE *file = fopen("/etc/group", "re");
	struct group *entry;
	size_t capacity = 0;

	if (grow_array(&user->groups, &capacity, 1, sizeof(gid_t)) < 0)
		return -ENOMEM;
	user->groups[user->n_groups++] = user->gid;
	while (file && (entry = fgetgrent(file))) {
		if (entry->gr_gid == user->gid || !is_member(entry, name) ||
		    user->n_groups >= GROUPS_MAX)
			continue;
		if (grow_array(&user->groups, &capacity, user->n_groups + 1, sizeof(gid_t)) < 0)
			return -ENOMEM;
		user->groups[user->n_groups++] = entry->gr_gid;
	}
	return 0;
}

static int parse(const char *who, const char *group, struct diag *diag, struct launch_user *user)
{
	CLEANUP(free_ptr) char *name = NULL;
	int r = find_user(who, user, &name);

	if (r == -ENOENT) {
		diag_error(diag, NULL, "there is no user %s in /etc/passwd; a number would do",
			   who);
		return -EINVAL;
	}
	if (r < 0)
		return r;
	if (group) {
		r = find_group(group, &user->gid);
		if (r < 0)
			diag_error(diag, NULL,
				   "there is no group %s in /etc/group; a number would do", group);
		return r < 0 ? -EINVAL : 0;
	}
	if (name)
		return find_groups(name, user);
	diag_error(diag, NULL, "/etc/passwd has no user %s, so its group is not known; say %s:GID",
		   who, who);
	return -EINVAL;
}

int launch_user_parse(const char *text, struct diag *diag, struct launch_user *ret_user)
{
	CLEANUP(free_ptr) char *who = strdup(text);
	struct launch_user user = {.set = true};
	char *colon;
	int r;

	if (!who)
		return -ENOMEM;
	colon = strchr(who, ':');
	if (colon)
		*colon++ = '\0';
	r = parse(who, colon, diag, &user);
	if (r < 0) {
		launch_user_clear(&user);
		return r;
	}
	*ret_user = user;
	return 0;
}

void launch_user_clear(struct launch_user *user)
{
	free(user->groups);
	*user = (struct launch_user){0};
}
