/* SPDX-License-Identifier: Apache-2.0 */
/* One attempt: the place, the policy, the processes. */
#include <ftw.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include "../../common/tiny.h"
#include "driver.h"

#define SECONDS 40 /* for an attempt; a guest is slow */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	(void)remove(path);
	return 0;
}

void place_make(const char *base)
{
	static char place[512];

	snprintf(place, sizeof(place), "%s/place", base);
	nftw(place, remove_one, 64, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	attack_place = place;
	if ((mkdir(place, 0755) && errno != EEXIST) || chdir(place)) {
		printf("FAIL place: %s: %s\n", place, strerror(errno));
		exit(1);
	}
	for (const char *const *dir =
		     (const char *const[]){"secret", "secret/sub", "ro", "open", "open/sub", NULL};
	     *dir; dir++)
		(void)mkdir(*dir, 0755);
	put("secret/file", "secret\n", 7, 0644);
	put("secret/sub/file", "secret\n", 7, 0644);
	put("secret/run", tiny, sizeof(tiny), 0755);
	put("ro/file", "ro\n", 3, 0644);
	put("open/file", "open\n", 5, 0644);
	put("open/run", tiny, sizeof(tiny), 0755);
}

/* TEMPLATE with what @PLACE@ and @SELF@ stand for. */
static void fill_in(FILE *out, const char *template)
{
	while (*template) {
		if (strncmp(template, "@PLACE@", 7) == 0) {
			fputs(attack_place, out);
			template += 7;
		} else if (strncmp(template, "@SELF@", 6) == 0) {
			fputs(attack_self, out);
			template += 6;
		} else {
			fputc(*template ++, out);
		}
	}
}

void policy_write(const struct options *options, const char *name)
{
	char path[512];
	char *template;
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s.yaml", options->policies, name);
	template = slurp(path);
	snprintf(path, sizeof(path), "%s/%s.yaml", options->base, name);
	out = fopen(path, "we");
	if (!out || !*template) {
		printf("FAIL policy %s: it can't be read or written\n", name);
		exit(1);
	}
	fill_in(out, template);
	if (options->plane == HOST)
		fprintf(out, "scope: {cgroups: [/attacks/%s/**]}\n", name);
	fclose(out);
	free(template);
}

static int steps(const struct row *row)
{
	int error = row->steps->prepare ? row->steps->prepare() : 0;

	return error == 0 || error == CANT ? error : WRONG;
}

/* Under `bailiff run`, or as the same program without it. */
_Noreturn static void exec_attack(const struct options *options, const struct row *row,
				  bool governed)
{
	char policy[512], report[512];
	const char *argv[] = {attack_bailiff, "run",	  "-p",		policy,		"--store",
			      "none",	      "--report", report,	"--",		attack_self,
			      "try",	      row->name,  attack_place, attack_bailiff, NULL};
	int error = steps(row);

	if (error)
		_exit(error);
	snprintf(policy, sizeof(policy), "%s/%s.yaml", options->base, row->policy);
	snprintf(report, sizeof(report), "%s/report", options->base);
	if (governed)
		execv(argv[0], (char *const *)(uintptr_t)argv);
	else
		execv(argv[9], (char *const *)(uintptr_t)(argv + 9));
	_exit(WRONG);
}

static bool enter(const char *policy)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/sys/fs/cgroup/attacks/%s", policy);
	(void)mkdir("/sys/fs/cgroup/attacks", 0755);
	(void)mkdir(path, 0755);
	snprintf(path, sizeof(path), "/sys/fs/cgroup/attacks/%s/in", policy);
	(void)mkdir(path, 0755);
	snprintf(path, sizeof(path), "/sys/fs/cgroup/attacks/%s/in/cgroup.procs", policy);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd >= 0 && write(fd, "0", 1) == 1 && close(fd) == 0;
}

/* Its parent enters before it, so that it is not taken for a program that is being started there. */
_Noreturn static void enter_and_attack(const struct row *row, bool governed)
{
	const char *cgroup = governed ? row->policy : "free";
	int status, go[2];
	char c;
	pid_t pid;

	if (pipe2(go, O_CLOEXEC) || (pid = fork()) < 0)
		_exit(WRONG);
	if (pid == 0) {
		int error = steps(row);

		if (read(go[0], &c, 1) != 1 || !enter(cgroup))
			_exit(WRONG);
		_exit(error ? error : row->steps->attack());
	}
	if (!enter(cgroup) || write(go[1], "x", 1) != 1 || waitpid(pid, &status, 0) != pid)
		_exit(WRONG);
	if (WIFSIGNALED(status))
		raise(WTERMSIG(status));
	_exit(WEXITSTATUS(status));
}

static void silence(const char *base)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/said", base);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		_exit(WRONG);
}

static void expire(int signal)
{
	(void)signal;
}

/* The child's end, or that of its time. */
static int await(pid_t child)
{
	struct sigaction action = {.sa_handler = expire};
	int status, r;

	sigaction(SIGALRM, &action, NULL);
	alarm(SECONDS);
	r = waitpid(child, &status, 0);
	alarm(0);
	kill(-child, SIGKILL); /* and who is left of it */
	if (r != child) {
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
		return WRONG;
	}
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

int attempt(const struct options *options, const struct row *row, bool governed)
{
	int result;
	pid_t pid;

	place_make(options->base);
	attack_harmless = options->plane == INPUT && !governed;
	if (row->steps->before && row->steps->before() != 0)
		return WRONG;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		silence(options->base);
		/* What is mounted goes with it; an ordinary user can't, and need not. */
		if (unshare(CLONE_NEWNS) == 0)
			(void)mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
		if (options->plane == RUN)
			exec_attack(options, row, governed);
		if (options->plane == HOST)
			enter_and_attack(row, governed);
		_exit(row->steps->attack());
	}
	result = pid < 0 ? WRONG : await(pid);
	if (row->steps->then)
		result = row->steps->then(result);
	if (row->steps->after)
		row->steps->after();
	return result;
}
