/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load: tasks of a soak, which do without pause what is allowed and what is not, and know what has to come of
 * it: words in shared memory say which policies are in force. A verdict is judged where these words
 * were the same before and after.
 *
 *   load begin               makes the words
 *   load work WAY            files, tasks, net (all governed by their cgroup), free (by nothing), app (under
 *                            run --loaded), own, confined (under run alone); until "stop", app until "unload"
 *   load set POLICY STATE    core or extra: 0 not in force, 1 in force, 2 neither for certain
 *   load epoch               everything was unloaded: who was launched is free
 *   load pause | resume | stop
 *   load counts              done, refused and wrong, by what was done
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS	 "/shared/words"
#define INSIDE	 "/sys/fs/cgroup/governed"
#define OUTSIDE	 "/sys/fs/cgroup/elsewhere"
#define PAUSE_US 2000
#define PORTS	 20000

enum policy { NONE, CORE, EXTRA, LAUNCHED, ALWAYS, POLICIES };
enum state { OUT, IN, UNCERTAIN };

struct op {
	const char *name, *ways; /* ways: first letters */
	enum policy by;		 /* what refuses it; NONE: nothing does */
	bool hidden;		 /* not among the denials that the kernel's side counts */
	bool filtered;		 /* but told, of a filter */
	int (*act)(void);
};

struct count {
	uint64_t done, refused, wrong, broken;
};

struct words {
	uint32_t serial, state[POLICIES], epoch, pause, stop, busy;
	struct count counts[32];
};

static struct words *words;
static char own_directory[64];
static unsigned turn;

static void back_off(void)
{
	usleep(PAUSE_US);
}

/* -errno, or 0 */
static int open_path(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int open_forbidden(void)
{
	return open_path("/forbidden/x", O_RDONLY);
}

static int open_extra(void)
{
	return open_path("/extra/x", O_RDONLY);
}

static int open_secret(void)
{
	return open_path("/secret/x", O_RDONLY);
}

static int open_closed(void)
{
	return open_path("/closed/x", O_RDONLY);
}

static int open_watched(void)
{
	return open_path("/watched/x", O_RDONLY);
}

static int open_other(void)
{
	return open_path("/other/x", O_RDONLY);
}

static int wait_for(pid_t pid)
{
	int status;

	if (pid < 0)
		return -errno;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -ECHILD;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

static int execute(const char *path)
{
	char *const argv[] = {(char *)(uintptr_t)path, NULL}, *const envp[] = {NULL};
	pid_t pid = vfork();

	if (pid == 0) {
		execve(path, argv, envp);
		_exit(errno);
	}
	return wait_for(pid);
}

static int exec_no(void)
{
	return execute("/bin/noexec");
}

static int exec_yes(void)
{
	return execute("/bin/yesexec");
}

static int connect_to(unsigned port)
{
	const struct sockaddr_in address = {.sin_family = AF_INET,
					    .sin_port = htons((uint16_t)port),
					    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), r;

	if (fd < 0)
		return -errno;
	r = connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
	close(fd);
	return r == -ECONNREFUSED ? 0 : r; /* nobody listens: it was allowed */
}

static int connect_no(void)
{
	return connect_to(10000 + turn % PORTS); /* each another kind for the store */
}

static int connect_yes(void)
{
	return connect_to(9);
}

static int change_root(void)
{
	return chroot("/") < 0 ? -errno : 0;
}

static int make_directory(void)
{
	char path[128];

	snprintf(path, sizeof(path), "/other/d%d", (int)getpid());
	if (mkdir(path, 0700) < 0)
		return -errno;
	rmdir(path);
	return 0;
}

static void *in_thread(void *result)
{
	*(int *)result = open_forbidden();
	return NULL;
}

static int by_thread(void)
{
	int result = -EAGAIN;
	pthread_t id;

	if (pthread_create(&id, NULL, in_thread, &result) == 0)
		pthread_join(id, NULL);
	return result;
}

static int by_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(-open_forbidden());
	return wait_for(pid);
}

static int by_uid(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(setuid(1000) < 0 ? ENOSYS : -open_forbidden());
	return wait_for(pid);
}

static int move(const char *cgroup)
{
	char path[160];
	int fd, r;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	r = write(fd, "0", 1) == 1 ? 0 : -1;
	close(fd);
	return r;
}

/* In a cgroup of its own below the governed one, and then out of it. */
static int by_cgroup(void)
{
	char cgroup[128];
	pid_t pid;
	int r;

	snprintf(cgroup, sizeof(cgroup), INSIDE "/t%d-%u", (int)getpid(), turn);
	if (mkdir(cgroup, 0755) < 0)
		return -ENOSYS;
	pid = fork();
	if (pid == 0) {
		if (move(cgroup) < 0)
			_exit(ENOSYS);
		if (turn % 2 && move(OUTSIDE) < 0)
			_exit(ENOSYS);
		_exit(-open_forbidden());
	}
	r = wait_for(pid);
	for (int i = 0; i < 100 && rmdir(cgroup) < 0 && errno == EBUSY; i++)
		usleep(1000);
	return r;
}

static int by_clone_into(void)
{
	struct clone_args args = {.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD};
	int fd = open(OUTSIDE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid_t pid;

	if (fd < 0)
		return -ENOSYS;
	args.cgroup = (uint64_t)(unsigned)fd;
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		_exit(-open_forbidden());
	close(fd);
	return wait_for(pid);
}

/* Names and inodes come and go. */
static int churn(void)
{
	char a[128], b[128];
	int r;

	snprintf(a, sizeof(a), "%s/a%u", own_directory, turn % 97);
	snprintf(b, sizeof(b), "%s/b%u", own_directory, turn % 97);
	if ((r = open_path(a, O_WRONLY | O_CREAT)) < 0)
		return r;
	if (rename(a, b) < 0 || unlink(b) < 0)
		return -errno;
	return 0;
}

static const struct op ops[] = {
	{"open-forbidden", "ft-", CORE, false, false, open_forbidden},
	{"open-other", "ftnaoc-", NONE, false, false, open_other},
	{"open-extra", "ft-", EXTRA, false, false, open_extra},
	{"open-watched", "f-", NONE, false, false, open_watched},
	{"churn", "f-", NONE, false, false, churn},
	{"exec-no", "t-", CORE, false, false, exec_no},
	{"exec-yes", "t-", NONE, false, false, exec_yes},
	{"thread", "t-", CORE, false, false, by_thread},
	{"fork", "t-", CORE, false, false, by_fork},
	{"uid", "t-", CORE, false, false, by_uid},
	{"cgroup", "t", CORE, false, false, by_cgroup},
	{"clone-into", "t-", CORE, false, false, by_clone_into},
	{"connect-no", "n-", CORE, false, false, connect_no},
	{"connect-yes", "n-", NONE, false, false, connect_yes},
	{"chroot", "n-", CORE, false, false, change_root},
	{"app-mkdir", "a", ALWAYS, true, true, make_directory},
	{"app-secret", "a", LAUNCHED, false, false, open_secret},
	{"own-mkdir", "o", ALWAYS, true, true, make_directory},
	{"confined-open", "c", ALWAYS, true, false, open_closed},
};
#define N_OPS (sizeof(ops) / sizeof(ops[0]))

static uint32_t read_word(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

static void add(uint64_t *count)
{
	__atomic_fetch_add(count, 1, __ATOMIC_SEQ_CST);
}

static enum state state_of(enum policy by, bool nobody)
{
	if (by == NONE || nobody)
		return OUT;
	if (by == ALWAYS)
		return IN;
	return (enum state)read_word(&words->state[by == LAUNCHED ? CORE : by]);
}

static void tell(const char *what, const struct op *op, int r, enum state state)
{
	char line[200];
	int n = snprintf(line, sizeof(line), "soak: %s %s: %s, state %d, process %d\n", what,
			 op->name, r ? strerror(-r) : "done", (int)state, (int)getpid());

	(void)!write(1, line, (size_t)n);
}

static void try_op(size_t i, bool nobody)
{
	const struct op *op = &ops[i];
	uint32_t before = read_word(&words->serial);
	enum state state = state_of(op->by, nobody);
	struct count *count = &words->counts[i];
	int r = op->act();
	bool refused = r == -EPERM || r == -EACCES;

	add(&count->done);
	if (refused)
		add(&count->refused);
	if (state == UNCERTAIN || before != read_word(&words->serial))
		return;
	if (refused != (state == IN)) {
		add(&count->wrong);
		tell("WRONG", op, r, state);
	} else if (r && !refused) {
		add(&count->broken);
		tell("BROKEN", op, r, state);
	}
}

/* Whoever was launched is free after an unload, and what its filter refuses is not told any more. */
static bool is_over(char way, uint32_t epoch)
{
	return read_word(&words->stop) || (way == 'a' && read_word(&words->epoch) != epoch);
}

static int work(const char *name)
{
	uint32_t epoch = read_word(&words->epoch);
	char way = strcmp(name, "free") == 0 ? '-' : name[0];

	snprintf(own_directory, sizeof(own_directory), "/other/%d", (int)getpid());
	(void)setpriority(PRIO_PROCESS, 0, 10); /* or loading takes minutes beside them */
	if (way == 'f' || way == '-')
		mkdir(own_directory, 0700);
	while (!is_over(way, epoch)) {
		turn++;
		for (size_t i = 0; i < N_OPS; i++) {
			if (!strchr(ops[i].ways, way))
				continue;
			__atomic_fetch_add(&words->busy, 1, __ATOMIC_SEQ_CST);
			if (!read_word(&words->pause) && !is_over(way, epoch))
				try_op(i, way == '-');
			__atomic_fetch_sub(&words->busy, 1, __ATOMIC_SEQ_CST);
			back_off();
		}
		for (int i = 0; i < 50; i++)
			back_off();
	}
	return 0;
}

static int set(const char *policy, uint32_t state)
{
	words->state[strcmp(policy, "core") == 0 ? CORE : EXTRA] = state;
	__atomic_fetch_add(&words->serial, 1, __ATOMIC_SEQ_CST);
	return 0;
}

static int pause_all(void)
{
	__atomic_store_n(&words->pause, 1, __ATOMIC_SEQ_CST);
	for (int i = 0; i < 3000; i++) {
		if (!read_word(&words->busy))
			return 0;
		usleep(10000);
	}
	printf("soak: still busy: %u\n", read_word(&words->busy));
	return 1;
}

/* refused: by hooks, whose counters have as many; filtered: by filters, and told too. */
static int print_counts(void)
{
	uint64_t done = 0, refused = 0, hidden = 0, wrong = 0, broken = 0, filtered = 0;

	for (size_t i = 0; i < N_OPS; i++) {
		const struct count *c = &words->counts[i];

		done += c->done;
		*(ops[i].hidden ? &hidden : &refused) += c->refused;
		filtered += ops[i].filtered ? c->refused : 0;
		wrong += c->wrong;
		broken += c->broken;
	}
	printf("done=%llu refused=%llu hidden=%llu wrong=%llu broken=%llu filtered=%llu\n",
	       (unsigned long long)done, (unsigned long long)refused, (unsigned long long)hidden,
	       (unsigned long long)wrong, (unsigned long long)broken, (unsigned long long)filtered);
	return 0;
}

static int print_each(void)
{
	for (size_t i = 0; i < N_OPS; i++)
		printf("%s %llu %llu %llu\n", ops[i].name,
		       (unsigned long long)words->counts[i].done,
		       (unsigned long long)words->counts[i].refused,
		       (unsigned long long)words->counts[i].wrong);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int fd = open(WORDS, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0 || ftruncate(fd, sizeof(*words)) < 0) {
		perror(WORDS);
		return 1;
	}
	words = mmap(NULL, sizeof(*words), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (words == MAP_FAILED)
		return 1;
	close(fd);
	if (strcmp(what, "begin") == 0)
		return chmod(WORDS, 0666) < 0;
	if (strcmp(what, "work") == 0 && argc == 3)
		return work(argv[2]);
	if (strcmp(what, "set") == 0 && argc == 4)
		return set(argv[2], (uint32_t)atoi(argv[3]));
	if (strcmp(what, "epoch") == 0)
		return (int)(__atomic_add_fetch(&words->epoch, 1, __ATOMIC_SEQ_CST) == 0);
	if (strcmp(what, "pause") == 0)
		return pause_all();
	if (strcmp(what, "resume") == 0)
		return __atomic_exchange_n(&words->pause, 0, __ATOMIC_SEQ_CST) > 1;
	if (strcmp(what, "stop") == 0)
		return __atomic_exchange_n(&words->stop, 1, __ATOMIC_SEQ_CST) > 1;
	if (strcmp(what, "counts") == 0)
		return print_counts();
	return strcmp(what, "each") == 0 ? print_each() : 2;
}
