/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scopes: whom policies govern. Each policy of the table forbids a directory of its own; a task comes to
 * be what its row says, step by step, and then tries all of them: exactly the policies of the row must
 * refuse it.
 *
 *   scopes                the tests
 *   scopes do STEP...     what a task does (these are also programs below /s/bin, by other names)
 */
#include <grp.h>
#include <linux/sched.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "trial.h"

#define ANSWER 9 /* the descriptor that what was refused is written to */
#define TELL   8 /* "now I wait", and what I wait for */
#define WAIT   7

static const struct {
	char letter;
	const char *name, *scope, *rule;
} policies[] = {
	{'h', "host", "{host: true}", ""},
	{'c', "cgroup", "{cgroups: [/one]}", ""},
	{'b', "below", "{cgroups: [/two/**]}", ""},
	{'e', "exe", "{executables: [/s/bin/exe*]}", ""},
	{'u', "user", "{users: [1000]}", ""},
	{'l', "launched", "{launched: true}", ""},
	{'s', "several", "{cgroups: [/three], users: [2000], executables: [/s/bin/several]}", ""},
	{'y', "by", "{cgroups: [/four, /four/**]}", ", by: [/s/bin/by, /s/bin/too]"},
};
#define POLICIES (sizeof(policies) / sizeof(*policies))

#define LAUNCH "launch"
static const struct {
	const char *name, *expected;
	const char *steps[6];
} rows[] = {
	{"nobody", "h", {NULL}},
	{"cgroup", "hc", {"cgroup:one"}},
	{"below a cgroup that is named by itself", "h", {"cgroup:one/in"}},
	{"cgroup of **", "hb", {"cgroup:two"}},
	{"cgroup below", "hb", {"cgroup:two/deep/er"}},
	{"left its cgroup", "hb", {"cgroup:two/deep", "cgroup:"}},
	{"left its cgroup, child", "hb", {"cgroup:two/deep", "cgroup:", "fork"}},
	{"cgroup, thread", "hb", {"cgroup:two/deep", "thread"}},
	{"two cgroups, one after the other", "hcb", {"cgroup:one", "cgroup:two/deep"}},
	{"executable", "he", {"exec:exe1"}},
	{"another executable", "h", {"exec:plain"}},
	{"executable through a link", "he", {"exec:link"}},
	{"executable by another hard link", "h", {"exec:twin"}},
	{"executable, then another", "he", {"exec:exe1", "exec:plain"}},
	{"executable, then another, child", "he", {"exec:exe1", "fork", "exec:plain", "fork"}},
	{"executable, thread", "he", {"exec:exe1", "thread"}},
	{"executable that interprets", "he", {"exec:by-exe"}},
	{"script of such a name", "h", {"exec:exe-script"}},
	{"user", "hu", {"uid:1000"}},
	{"another user", "h", {"uid:1001"}},
	{"user that was", "hu", {"uid:1000", "back"}},
	{"user that was, child", "hu", {"uid:1000", "back", "fork"}},
	{"user in a user namespace", "hu", {"uid:1000", "userns"}},
	{"launched", "hl", {LAUNCH}},
	{"launched, child", "hl", {LAUNCH, "fork", "exec:plain"}},
	{"launched, thread", "hl", {LAUNCH, "thread"}},
	{"launched, elsewhere", "hl", {LAUNCH, "cgroup:one/in"}},
	{"several, cgroup", "hs", {"cgroup:three"}},
	{"several, user", "hs", {"uid:2000"}},
	{"several, executable", "hs", {"exec:several"}},
	{"rule by executable", "hy", {"cgroup:four", "exec:by"}},
	{"rule by another executable", "hy", {"cgroup:four/x", "exec:too"}},
	{"rule by executable, thread", "hy", {"cgroup:four", "exec:by", "thread"}},
	{"rule by executable, child", "hy", {"cgroup:four", "exec:by", "fork"}},
	{"rule by executable, then another", "h", {"cgroup:four", "exec:by", "exec:plain"}},
	{"rule by executable, without the scope", "h", {"exec:by"}},
	{"all at once", "hbelu", {LAUNCH, "cgroup:two/x", "exec:exe2", "uid:1000"}},
	{"forked slowly", "hl", {LAUNCH, "slow"}},
	{"forked slowly by an executable that was", "he", {"exec:exe1", "exec:plain", "slow"}},
	{"forked slowly out of its cgroup", "hb", {"cgroup:two/x", "slow"}},
};

/* --- A task ---------------------------------------------------------------------------------------- */

static void answer(void)
{
	char told[POLICIES + 1] = "", path[64];
	size_t n = 0;

	for (size_t i = 0; i < POLICIES; i++) {
		int fd;

		snprintf(path, sizeof(path), "/s/%s/f", policies[i].name);
		fd = open(path, O_RDONLY);
		if (fd < 0)
			told[n++] = errno == EPERM ? policies[i].letter : '?';
		else
			close(fd);
	}
	if (write(ANSWER, told, n ? n : 1) < 0)
		_exit(250);
}

static void go(char **steps);

static void *go_thread(void *steps)
{
	go(steps);
	return NULL;
}

static int wait_child(pid_t pid)
{
	int status;

	return waitpid(pid, &status, __WALL) == pid && WIFEXITED(status) ? WEXITSTATUS(status)
									 : 251;
}

/* Lets the kernel have the page that it waits for in the middle of a clone. */
static int faults;
static void *let_go(void *page)
{
	struct uffdio_zeropage zero = {.range = {(uintptr_t)page, 4096}};
	struct uffd_msg message;
	char c;

	if (read(faults, &message, sizeof(message)) != sizeof(message) ||
	    write(TELL, "x", 1) != 1 || read(WAIT, &c, 1) != 1 ||
	    ioctl(faults, UFFDIO_ZEROPAGE, &zero) < 0)
		_exit(252);
	return NULL;
}

/* A child that is not there yet while policies are published: its label is made, but no look at all
 * tasks finds it. It comes to be in a cgroup of nobody's. */
static pid_t clone_slowly(void)
{
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register area = {.mode = UFFDIO_REGISTER_MODE_MISSING};
	struct clone_args args = {.flags = CLONE_PIDFD | CLONE_INTO_CGROUP, .exit_signal = SIGCHLD};
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int cgroup = open("/sys/fs/cgroup/nobody", O_RDONLY | O_DIRECTORY);
	pthread_t id;

	faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	area.range.start = (uintptr_t)page;
	area.range.len = 4096;
	if (cgroup < 0 || faults < 0 || ioctl(faults, UFFDIO_API, &api) < 0 ||
	    ioctl(faults, UFFDIO_REGISTER, &area) < 0 || pthread_create(&id, NULL, let_go, page))
		_exit(253);
	args.cgroup = (__u64)cgroup;
	args.pidfd = (uintptr_t)page;
	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

static void step(const char *step, char **rest)
{
	char path[64], *argv[8] = {"x", "do"};
	pthread_t id;
	pid_t pid;

	if (strncmp(step, "cgroup:", 7) == 0) {
		enter(step + 7);
	} else if (strncmp(step, "uid:", 4) == 0) {
		uid_t uid = (uid_t)atoi(step + 4);

		if (setgroups(0, NULL) || setresuid(uid, 0, 0))
			_exit(240);
	} else if (strcmp(step, "back") == 0) {
		if (setresuid(0, 0, 0))
			_exit(241);
	} else if (strcmp(step, "userns") == 0) {
		if (unshare(CLONE_NEWUSER))
			_exit(242);
	} else if (strncmp(step, "exec:", 5) == 0) {
		for (int i = 0; i < 5 && rest[i]; i++)
			argv[2 + i] = rest[i];
		snprintf(path, sizeof(path), "/s/bin/%s", step + 5);
		execv(path, argv);
		_exit(243);
	} else if (strcmp(step, "thread") == 0) {
		if (pthread_create(&id, NULL, go_thread, rest) == 0)
			pthread_join(id, NULL);
		_exit(0);
	} else if (strcmp(step, "fork") == 0 || strcmp(step, "slow") == 0) {
		pid = *step == 'f' ? fork() : clone_slowly();
		if (pid)
			_exit(pid < 0 ? 244 : wait_child(pid));
	} else if (strcmp(step, LAUNCH) == 0) {
		raise(SIGSTOP); /* as what waits for the service to label it */
	} else {
		_exit(245);
	}
}

static void go(char **steps)
{
	for (; *steps; steps++)
		step(*steps, steps + 1);
	answer();
}

/* --- The tests ------------------------------------------------------------------------------------- */

static struct policy *read_policies[POLICIES];

static void publish(void)
{
	struct ruleset_options options = {.partial = false};
	struct ruleset set, now;
	uint32_t generation;
	int r;

	if (getrandom(options.key, sizeof(options.key), 0) < 0)
		die("key");
	if (lsm_image(lsm, &generation, &now) == 0)
		options.previous = &now;
	r = ruleset_compile((const struct policy *const *)read_policies, POLICIES, &options, diag,
			    &set);
	if (r == 0)
		r = lsm_publish(lsm, &set, diag, NULL);
	if (r < 0) {
		diag_print(diag, stdout);
		die("publish");
	}
}

static uint64_t bit_of(const char *name)
{
	struct ruleset_policy policy;
	struct ruleset now;
	uint32_t generation;

	if (lsm_image(lsm, &generation, &now) < 0)
		die("image");
	for (size_t i = 0; ruleset_policy(&now, i, &policy) == 0; i++)
		if (strcmp(policy.name, name) == 0)
			return 1ull << policy.bit;
	errno = ENOENT;
	die(name);
	return 0;
}

static void furnish(void)
{
	static const char *const cgroups[] = {"one",   "one/in", "two",	 "two/deep", "two/deep/er",
					      "two/x", "three",	 "four", "four/x",   "nobody"};
	static const char *const names[] = {"plain",   "exe1", "exe2", "twin",
					    "several", "by",   "too"};
	static char block[1 << 16];
	char path[64];
	int from = open("/proc/self/exe", O_RDONLY), to;
	ssize_t n;

	if (mkdir("/s", 0755) || mkdir("/s/bin", 0755))
		die("/s");
	to = open("/s/bin/plain", O_WRONLY | O_CREAT, 0755);
	while ((n = read(from, block, sizeof(block))) > 0)
		if (write(to, block, (size_t)n) != n)
			die("copy");
	close(to);
	close(from);
	for (size_t i = 1; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "/s/bin/%s", names[i]);
		if (link("/s/bin/plain", path))
			die(path);
	}
	if (symlink("exe1", "/s/bin/link"))
		die("link");
	/* A script gets "do" and no step as one word: it just answers. */
	write_text("/s/bin/by-exe", "#!/s/bin/exe1 do\n", 17, 0755);
	write_text("/s/bin/exe-script", "#!/s/bin/plain do\n", 18, 0755);
	for (size_t i = 0; i < sizeof(cgroups) / sizeof(*cgroups); i++)
		make_cgroup(cgroups[i]);
	for (size_t i = 0; i < POLICIES; i++) {
		snprintf(path, sizeof(path), "/s/%s", policies[i].name);
		mkdir(path, 0755);
		snprintf(path, sizeof(path), "/s/%s/f", policies[i].name);
		write_text(path, "x", 1, 0644);
	}
}

static void load_all(void)
{
	struct lsm_options options = {.pins = NULL};
	char path[64], text[512];
	bool replaced;

	if (diag_new(&diag) < 0 || lsm_take(&options, diag, &lsm, &replaced) < 0) {
		diag_print(diag, stdout);
		die("take");
	}
	for (size_t i = 0; i < POLICIES; i++) {
		snprintf(path, sizeof(path), "/s/%s.yaml", policies[i].name);
		snprintf(text, sizeof(text),
			 "version: 1\nname: %s\nscope: %s\nfiles:\n  default: allow\n  deny:\n"
			 "    - {paths: [/s/%s/**], access: [read]%s}\n",
			 policies[i].name, policies[i].scope, policies[i].name, policies[i].rule);
		write_text(path, text, strlen(text), 0644);
		if (policy_read(path, diag, &read_policies[i]) < 0) {
			diag_print(diag, stdout);
			die(path);
		}
	}
	publish();
}

static void be(size_t row, const int *answers, const int *tells, const int *waits)
{
	char *steps[8] = {NULL};

	alarm(60);
	if (dup2(answers[1], ANSWER) < 0 || dup2(tells[1], TELL) < 0 || dup2(waits[0], WAIT) < 0)
		_exit(255);
	for (size_t i = 0; i < 6; i++)
		steps[i] = (char *)rows[row].steps[i];
	go(steps);
	_exit(0);
}

/* The numbers below ten are the task's. */
static void high_pipe(int fds[2])
{
	int low[2];

	if (pipe(low))
		die("pipe");
	for (int i = 0; i < 2; i++) {
		fds[i] = fcntl(low[i], F_DUPFD_CLOEXEC, 20);
		close(low[i]);
	}
}

/* What a row's task is refused, in `told`. */
static int look(size_t row, char *told, size_t size)
{
	int answers[2], tells[2], waits[2], status = 0;
	pid_t pid;
	ssize_t n;
	char c;

	high_pipe(answers);
	high_pipe(tells);
	high_pipe(waits);
	pid = fork();
	if (pid == 0)
		be(row, answers, tells, waits);
	close(answers[1]);
	close(tells[1]);
	if (rows[row].steps[0] && strcmp(rows[row].steps[0], LAUNCH) == 0) {
		if (waitpid(pid, &status, WUNTRACED) != pid ||
		    lsm_label(lsm, pid, 0, bit_of("launched"), 0, diag) < 0)
			die("launch");
		kill(pid, SIGCONT);
	}
	if (read(tells[0], &c, 1) == 1) { /* it forks slowly */
		publish();
		publish();
		if (write(waits[1], "x", 1) != 1)
			die("wait");
	}
	n = read(answers[0], told, size - 1);
	told[n > 0 ? n : 0] = '\0';
	if (waitpid(pid, &status, 0) != pid)
		die("wait");
	close(answers[0]);
	close(tells[0]);
	close(waits[0]);
	close(waits[1]);
	return status;
}

/* The letters in the order of the policies. */
static void sort_letters(const char *letters, char *sorted)
{
	for (size_t i = 0; i < POLICIES; i++)
		if (strchr(letters, policies[i].letter))
			*sorted++ = policies[i].letter;
	*sorted = '\0';
}

int main(int argc, char **argv)
{
	char told[16], expected[16], why[96];
	int status;

	if (argc >= 2 && strcmp(argv[1], "do") == 0) {
		/* Of a script: its interpreter's "do", its own name, its own "do". */
		go(argc > 2 && argv[2][0] == '/' ? argv + 4 : argv + 2);
		return 0;
	}
	furnish();
	load_all();
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (argc > 1 && !strstr(rows[i].name, argv[1]))
			continue;
		status = look(i, told, sizeof(told));
		sort_letters(rows[i].expected, expected);
		snprintf(why, sizeof(why), "governed by '%s', not '%s'; status %#x", told, expected,
			 (unsigned)status);
		result(status == 0 && strcmp(told, expected) == 0, rows[i].name, why);
	}
	lsm_rest(lsm); /* what has not ended yet has the lock, too */
	return failures != 0;
}
