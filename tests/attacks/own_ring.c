/* SPDX-License-Identifier: Apache-2.0 */
#include "own.h"

#include <dirent.h>

/* Whoever listens: `bailiff watch`. */
static void to_listeners(int signal)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	char path[300], name[32];

	while (proc && (entry = readdir(proc))) {
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		file = atoi(entry->d_name) ? fopen(path, "re") : NULL;
		if (!file)
			continue;
		if (fgets(name, sizeof(name), file) && strcmp(name, "bailiff\n") == 0)
			(void)kill(atoi(entry->d_name), signal);
		fclose(file);
	}
	if (proc)
		closedir(proc);
}
/* Nobody takes records out of the ring, and more are made than it holds. */
static int attack(void)
{
	int error = 0;

	to_listeners(SIGSTOP);
	for (int i = 0; i < 12000; i++) {
		error = opens("secret/file");
		if (error == 0)
			break;
	}
	return error;
}
static void after(void)
{
	to_listeners(SIGCONT);
}
ATTACK(own_ring, .attack = attack, .after = after);
