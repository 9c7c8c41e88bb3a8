/* SPDX-License-Identifier: Apache-2.0 */
/* What compiling asks of the machine: users by their names, and where symbolic links lead. */
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "room.h"

int machine_user(void *context, const char *name, uint32_t *ret_uid)
{
	CLEANUP(close_file) FILE *file = fopen("/etc/passwd", "re");
	struct passwd *entry;

	(void)context;
	while (file && (entry = fgetpwent(file))) {
		if (strcmp(entry->pw_name, name) != 0)
			continue;
		*ret_uid = entry->pw_uid;
		return 0;
	}
	return -ENOENT;
}

/* How much of a pattern is literal, in whole components. */
static size_t literal_length(const char *pattern)
{
	size_t n = strcspn(pattern, "*?[{\\");

	if (!pattern[n])
		return n;
	while (n && pattern[n] != '/')
		n--;
	return n;
}

int machine_resolve(void *context, const char *pattern, char **ret_path)
{
	CLEANUP(free_ptr) char *real = NULL;
	char prefix[PATH_MAX];
	size_t n = literal_length(pattern);

	(void)context;
	*ret_path = NULL;
	/* Links there say who looks. */
	if (strncmp(pattern, "/proc/", 6) == 0 || n >= sizeof(prefix))
		return 0;
	memcpy(prefix, pattern, n);
	prefix[n] = '\0';
	while (n > 1 && !(real = realpath(prefix, NULL))) {
		if (errno == ENOMEM)
			return -ENOMEM;
		while (n && prefix[--n] != '/')
			;
		prefix[n] = '\0';
	}
	if (!real || strcmp(real, prefix) == 0)
		return 0;
	if (asprintf(ret_path, "%s%s", strcmp(real, "/") == 0 ? "" : real, pattern + n) < 0) {
		*ret_path = NULL;
		return -ENOMEM;
	}
	return 0;
}
