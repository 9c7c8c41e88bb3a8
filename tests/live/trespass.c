/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trespass: what an unprivileged program tries against the rules that Landlock holds, each way in a child of
 * its own. Run twice in the same place: without a policy, where it has to work or is said to be impossible
 * there, and under one, where it is stopped or is one of those that are known to be open.
 *
 *   trespass DIRECTORY prepare SET     what is to be found there
 *   trespass DIRECTORY alone SET       without a policy: prints names with "done", "impossible" or an errno
 *   trespass DIRECTORY held SET        under the policy of the set: the same
 *   trespass DIRECTORY list SET        with "stopped", or "open" and the reason: what has to come of it
 *
 * Sets: files (DIRECTORY/secret/ is denied, /ro/ may not be written), programs (only this one may be started),
 * ports (TCP connects to port 20002 alone), people (who has started this program is not to be reached),
 * marks (no mode, owner, attribute or link of any file is to be changed),
 * memory and writable (the two words of exec).
 */
#include "trespass.h"
#include "trespass_files.h"
#include "trespass_marks.h"
#include "trespass_memory.h"
#include "trespass_rest.h"

static const struct attack *find_set(const char *name)
{
	return strcmp(name, "files") == 0      ? files
	       : strcmp(name, "programs") == 0 ? programs
	       : strcmp(name, "ports") == 0    ? ports
	       : strcmp(name, "marks") == 0    ? marks
	       : strcmp(name, "memory") == 0   ? anonymous_memory
	       : strcmp(name, "writable") == 0 ? writable_memory
	       : strcmp(name, "people") == 0   ? people
					       : NULL;
}

/* 0, an errno, or IMPOSSIBLE. */
static int attempt(const struct attack *attack)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		if (null >= 0)
			dup2(null, 2);
		alarm(20);
		_exit(attack->make());
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return IMPOSSIBLE;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

int main(int argc, char **argv)
{
	const struct attack *set = argc > 3 ? find_set(argv[3]) : NULL;

	if (argc > 1 && strcmp(argv[1], "nothing") == 0)
		return 0;
	if (!set || chdir(argv[1])) {
		fputs("trespass: it wants what its first comment says\n", stderr);
		return 2;
	}
	outside = getppid();
	snprintf(here, sizeof(here), "%s", argv[1]);
	umask(022);
	if (strcmp(argv[2], "prepare") == 0) {
		prepare();
		return 0;
	}
	for (; set->name; set++) {
		if (strcmp(argv[2], "list") == 0) {
			bool open = set->open && (!set->where || set->where());

			printf("%s\t%s%s\n", set->name, open ? "open " : "stopped",
			       open ? set->open : "");
			continue;
		}
		int error = attempt(set);

		printf("%s\t%s\n", set->name,
		       error == 0	     ? "done"
		       : error == IMPOSSIBLE ? "impossible"
					     : strerrorname_np(error));
		fflush(stdout);
	}
	return 0;
}
