/* SPDX-License-Identifier: Apache-2.0 */
/* Cgroups beside those that the runner makes. */
#ifndef ATTACKS_CGROUP_H
#define ATTACKS_CGROUP_H

#include "attack.h"

#define OTHER "/sys/fs/cgroup/attacks/other"

static inline int enter(const char *cgroup)
{
	char path[400];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 || write(fd, "0", 1) != 1 ? errno : code(close(fd));
}

/* The one that this process is in. */
static inline const char *cgroup_now(void)
{
	static char path[256] = "/sys/fs/cgroup";
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[200];

	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, "0::/", 4) == 0)
			snprintf(path, sizeof(path), "/sys/fs/cgroup%.*s",
				 (int)strcspn(line + 3, "\n"), line + 3);
	if (file)
		fclose(file);
	return path;
}

#endif
