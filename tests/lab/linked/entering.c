/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entering: who starts a program in a governed cgroup may mount until it executes it (bpf/entry.h), and
 * nobody else may. Each case is a child that nothing governs yet but a policy with scope `host`.
 *
 *   entering [PART]     all cases, or those whose name has PART
 *   entering --WHAT     tries one thing, as a program that was executed: its status is the errno
 */
#include <linux/sched.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>

#include "trial.h"

#define SELF "/bin/entering"

static pid_t elsewhere; /* in a mount namespace of its own */

static int try_mount(void)
{
	return code(mount("x", "/t/mnt", "tmpfs", 0, NULL));
}

static int try_open(const char *path)
{
	return code(open(path, O_RDONLY | O_CLOEXEC));
}

static int opened_elsewhere(const char *path)
{
	char name[128];

	snprintf(name, sizeof(name), "/proc/%d/root%s", elsewhere, path);
	return try_open(name);
}

/* The status of a child. */
static int status_of(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 253;
	return WIFSIGNALED(status) ? 100 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Executes a program of this kind in the place of the caller. */
static int become(const char *path, const char *what)
{
	execl(path, path, what, NULL);
	return 252;
}

/* A fork into a cgroup. */
static pid_t fork_into(const char *cgroup, uint64_t flags)
{
	struct clone_args args = {.flags = CLONE_INTO_CGROUP | flags, .exit_signal = SIGCHLD};
	char path[128];
	int fd;
	pid_t pid;

	snprintf(path, sizeof(path), "/sys/fs/cgroup/%s", cgroup);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	args.cgroup = (unsigned)fd;
	pid = (pid_t)syscall(__NR_clone3, &args, sizeof(args));
	close(fd);
	return pid;
}

/* --- Getting ready ------------------------------------------------------------------------------- */

static int enters(void)
{
	enter("names");
	return try_mount();
}
static int enters_by_fork(void)
{
	pid_t pid = fork_into("names", 0);

	if (pid == 0)
		_exit(try_mount());
	return status_of(pid);
}
static int enters_and_forks(void)
{
	pid_t pid;

	enter("names");
	pid = fork();
	if (pid == 0)
		_exit(try_mount());
	return status_of(pid);
}
static int new_root(void)
{
	enter("names");
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("x", "/t/mnt", "tmpfs", 0, NULL) || mkdir("/t/mnt/old", 0755) ||
	    chdir("/t/mnt") || syscall(__NR_pivot_root, ".", "old"))
		return errno;
	return code(umount2("/old", MNT_DETACH));
}
static int enters_denied(void)
{
	enter("names");
	return try_open("/secret/f");
}
static int enters_denied_elsewhere(void)
{
	enter("names");
	return opened_elsewhere("/secret/f");
}
static int enters_elsewhere(void)
{
	enter("names");
	return opened_elsewhere("/t/plain/f");
}
static int tree_denied(void)
{
	int fd;

	enter("names");
	fd = (int)syscall(__NR_open_tree, AT_FDCWD, "/", 1 /* clone */);
	return code(openat(fd, "secret/f", O_RDONLY));
}

/* --- Its end -------------------------------------------------------------------------------------- */

static int executes(void)
{
	enter("names");
	return become(SELF, "--mount");
}
static int fork_executes(void)
{
	pid_t pid = fork_into("names", 0);

	if (pid == 0)
		_exit(become(SELF, "--mount"));
	return status_of(pid);
}
static int child_executes(void)
{
	pid_t pid;

	enter("names");
	pid = fork();
	if (pid == 0)
		_exit(become(SELF, "--mount"));
	return status_of(pid);
}
/* What it did with a tree of another namespace is not remembered for who comes after. */
static int executes_elsewhere(void)
{
	char from[128], to[128];

	enter("names");
	snprintf(from, sizeof(from), "/proc/%d/root/t/plain/f", elsewhere);
	snprintf(to, sizeof(to), "/proc/%d/root/t/plain/linked", elsewhere);
	if (try_open(from) || link(from, to))
		return 251;
	execl(SELF, SELF, "--open", from, NULL);
	return 252;
}
static int is_moved(void) /* with its parent */
{
	return trial("names", "/", NULL, (try_fn *)(void (*)(void))try_mount);
}
static pid_t sleeper; /* has entered at the beginning, and wakes after its time */
static int sleeps(void)
{
	int status = status_of(sleeper);

	sleeper = 0;
	return status;
}

/* --- Who is governed already ------------------------------------------------------------------------ */

static int goes_on(void)
{
	enter("names");
	return become(SELF, "--enter-other");
}
static int forks_into(void)
{
	enter("names");
	return become(SELF, "--fork-other");
}
static int forks_from_net(void)
{
	enter("net");
	return become(SELF, "--fork-other");
}
static int goes_from_net(void)
{
	enter("net");
	return become(SELF, "--enter-other");
}
static int comes_back(void) /* from where nothing governs */
{
	enter("names");
	return become(SELF, "--out-and-in");
}

/* Rules for addresses are nothing to names; those for unix paths are. */
static int in_net(void)
{
	enter("net");
	return become(SELF, "--mount");
}
static int in_unix(void)
{
	enter("unix");
	return become(SELF, "--mount");
}
static int binds(const char *cgroup, const char *path)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	enter(cgroup);
	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	return code(bind(fd, (struct sockaddr *)&name, sizeof(name)));
}
static int binds_net(void)
{
	return binds("net", "/t/plain/net");
}
static int binds_unix(void)
{
	return binds("unix", "/t/plain/unix");
}
static int binds_denied(void)
{
	return binds("unix", "/secret/socket");
}
static int binds_closed(void)
{
	return binds("closed", "/t/plain/closed");
}

/* A governed task traces one of the same cgroup: --trace is governed, and this here is on its way. */
static int trace(int entering)
{
	int ready[2], status;
	char number[16], c;
	pid_t tracer, traced;

	if (pipe(ready) != 0)
		return 253;
	traced = fork();
	if (traced == 0) {
		enter("names");
		if (!entering) {
			dup2(ready[1], 1);
			_exit(become(SELF, "--wait"));
		}
		if (try_mount() != 0)
			_exit(1);
		(void)!write(ready[1], "x", 1);
		pause();
	}
	if (read(ready[0], &c, 1) != 1)
		return 250;
	tracer = fork();
	if (tracer == 0) {
		snprintf(number, sizeof(number), "%d", traced);
		enter("names");
		execl(SELF, SELF, "--trace", number, NULL);
		_exit(252);
	}
	status = status_of(tracer);
	kill(traced, SIGKILL);
	waitpid(traced, NULL, 0);
	return status;
}
static int traces_entering(void)
{
	return trace(1);
}
static int traces_settled(void)
{
	return trace(0);
}

/* --- Programs that get ready after an execve ---------------------------------------------------------- */

/* Executes its own file from a mount that is detached, as runc does. */
static int again(const char *what)
{
	char *const argv[] = {(char *)(uintptr_t)SELF, (char *)(uintptr_t)what, NULL};
	int fd;

	if (mount(SELF, "/t/file", NULL, MS_BIND, NULL) != 0)
		return 251;
	fd = open("/t/file", O_PATH | O_CLOEXEC);
	if (umount2("/t/file", MNT_DETACH) != 0)
		return 250;
	syscall(__NR_execveat, fd, "", argv, argv + 2, AT_EMPTY_PATH);
	return errno;
}
static int itself(void)
{
	enter("names");
	return again("--mount");
}
static int itself_twice(void)
{
	enter("names");
	return again("--again");
}
static int itself_in_chroot(void)
{
	int fd;
	char *const argv[] = {(char *)(uintptr_t)SELF, (char *)(uintptr_t) "--mount-here", NULL};

	enter("names");
	if (mount(SELF, "/t/file", NULL, MS_BIND, NULL) != 0)
		return 251;
	fd = open("/t/file", O_PATH | O_CLOEXEC);
	if (umount2("/t/file", MNT_DETACH) != 0 || chroot("/t") || chdir("/"))
		return 250;
	syscall(__NR_execveat, fd, "", argv, argv + 2, AT_EMPTY_PATH);
	return errno;
}
static int itself_by_name(void)
{
	enter("names");
	return become("/proc/self/exe", "--mount");
}
static int managed(const char *manager, const char *what)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(become(manager, what));
	return status_of(pid);
}
static int executor(void)
{
	return managed("/t/manager/systemd", "--manage");
}
static int executor_twice(void)
{
	return managed("/t/manager/systemd", "--manage-twice");
}
static int executor_elsewhere(void)
{
	return managed(SELF, "--manage");
}

static const struct {
	const char *name;
	int (*try)(void);
	int error;
} cases[] = {
	{"entering: mount", enters, 0},
	{"entering by CLONE_INTO_CGROUP: mount", enters_by_fork, 0},
	{"entering: a child's mount", enters_and_forks, 0},
	{"entering: pivot_root", new_root, 0},
	{"entering: a denied file", enters_denied, EPERM},
	{"entering: a file of another namespace", enters_elsewhere, 0},
	{"entering: a denied file of another namespace", enters_denied_elsewhere, EPERM},
	{"entering: a denied file of a detached tree", tree_denied, EPERM},
	{"executed: mount", executes, EPERM},
	{"executed after CLONE_INTO_CGROUP: mount", fork_executes, EPERM},
	{"executed by a child: mount", child_executes, EPERM},
	{"executed: what was opened in another namespace", executes_elsewhere, EPERM},
	{"executed as /proc/self/exe: mount", itself_by_name, EPERM},
	{"moved with its parent: mount", is_moved, EPERM},
	{"governed, into another cgroup: mount", goes_on, EPERM},
	{"governed, fork into another cgroup: mount", forks_into, EPERM},
	{"governed, out and in: mount", comes_back, EPERM},
	{"governed by another class, into a cgroup: mount", goes_from_net, EPERM},
	{"governed by another class, fork into a cgroup: mount", forks_from_net, EPERM},
	{"rules for addresses: mount", in_net, 0},
	{"rules for unix paths: mount", in_unix, EPERM},
	{"rules for addresses: bind to a path", binds_net, 0},
	{"rules for unix paths: bind to another", binds_unix, 0},
	{"rules for unix paths: bind", binds_denied, EPERM},
	{"no unix path allowed: bind", binds_closed, EPERM},
	{"tracing who is entering", traces_entering, EPERM},
	{"tracing who has executed", traces_settled, 0},
	{"runc's second execve: mount", itself, 0},
	{"runc's third execve: mount", itself_twice, EPERM},
	{"the same in another root: mount", itself_in_chroot, EPERM},
	{"systemd-executor: mount", executor, 0},
	{"executed by systemd-executor: mount", executor_twice, EPERM},
	{"another's systemd-executor: mount", executor_elsewhere, EPERM},
	{"entered long ago: mount", sleeps, EPERM},
};

/* --- Programs ------------------------------------------------------------------------------------- */

static int manage(const char *what)
{
	pid_t pid = fork_into("names", 0);

	if (pid == 0)
		_exit(become("/t/manager/systemd-executor", what));
	return status_of(pid);
}

static int trace_it(pid_t pid)
{
	int r = code(ptrace(PTRACE_ATTACH, pid, NULL, NULL));

	if (r == 0)
		ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return r;
}

static int program(const char *what, const char *argument)
{
	pid_t pid;

	if (strcmp(what, "--mount") == 0)
		return try_mount();
	if (strcmp(what, "--mount-here") == 0)
		return code(mount("x", "/mnt", "tmpfs", 0, NULL));
	if (strcmp(what, "--open") == 0)
		return try_open(argument);
	if (strcmp(what, "--trace") == 0)
		return trace_it(atoi(argument));
	if (strcmp(what, "--wait") == 0)
		return write(1, "x", 1) == 1 ? pause() : 1;
	if (strcmp(what, "--again") == 0)
		return again("--mount");
	if (strcmp(what, "--manage") == 0)
		return manage("--mount");
	if (strcmp(what, "--manage-twice") == 0)
		return manage("--become");
	if (strcmp(what, "--become") == 0)
		return become("/t/manager/systemd-executor", "--mount");
	if (strcmp(what, "--fork-other") == 0) {
		pid = fork_into("other", 0);
		if (pid == 0)
			_exit(try_mount());
		return status_of(pid);
	}
	if (strcmp(what, "--out-and-in") == 0) {
		enter("");
		(void)try_open("/t/plain/f");
		enter("other");
	} else if (strcmp(what, "--enter-other") == 0) {
		enter("other");
	}
	return try_mount();
}

static void copy_self(const char *to)
{
	int in = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	struct stat st;

	if (in < 0 || out < 0 || fstat(in, &st) || sendfile(out, in, NULL, (size_t)st.st_size) < 0)
		die(to);
	close(in);
	close(out);
}

static void furnish(void)
{
	static const char *const dirs[] = {"/secret", "/t", "/t/plain", "/t/mnt", "/t/manager"};
	static const char *const files[] = {"/secret/f", "/t/plain/f", "/t/file"};
	static const char *const policies[][2] = {
		{"/names.yaml", "version: 1\nname: names\nscope: {cgroups: [/names/**]}\n"
				"files: {default: allow, deny: [/secret/**]}\n"},
		{"/other.yaml", "version: 1\nname: other\nscope: {cgroups: [/other/**]}\n"
				"files: {default: allow, deny: [/secret/**]}\n"},
		{"/net.yaml",
		 "version: 1\nname: net\nscope: {cgroups: [/net/**]}\n"
		 "network: {default: allow, deny: [{connect: [\"10.0.0.0/8:443/tcp\"]}]}\n"},
		{"/unix.yaml",
		 "version: 1\nname: unix\nscope: {cgroups: [/unix/**]}\n"
		 "network: {default: allow, deny: [{bind: [\"unix:/secret/**\"]}]}\n"},
		{"/closed.yaml", "version: 1\nname: closed\nscope: {cgroups: [/closed/**]}\n"
				 "network: {default: deny}\n"},
		{"/host.yaml", "version: 1\nname: host\nscope: {host: true}\n"
			       "kernel: {default: allow, deny: [kexec]}\n"},
	};
	const char *paths[6];

	mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		if (mkdir(dirs[i], 0755) != 0)
			die(dirs[i]);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		write_text(files[i], "abc", 3, 0644);
	copy_self("/t/manager/systemd");
	copy_self("/t/manager/systemd-executor");
	if (mount("x", "/t/mnt", "tmpfs", 0, NULL) != 0) /* pivot_root wants a mount */
		die("/t/mnt");
	for (size_t i = 0; i < 6; i++) {
		paths[i] = policies[i][0];
		write_text(paths[i], policies[i][1], strlen(policies[i][1]), 0644);
	}
	make_cgroup("names");
	make_cgroup("other");
	make_cgroup("net");
	make_cgroup("unix");
	make_cgroup("closed");
	load(paths, 6);
}

int main(int argc, char **argv)
{
	char why[64];
	int r;

	if (argc > 1 && argv[1][0] == '-')
		return program(argv[1], argc > 2 ? argv[2] : "");
	elsewhere = fork();
	if (elsewhere == 0) {
		if (unshare(CLONE_NEWNS) != 0)
			_exit(1);
		pause();
	}
	furnish();
	sleeper = fork();
	if (sleeper == 0) {
		struct timespec t = {.tv_sec = 62};

		enter("names");
		if (try_mount() != 0)
			_exit(250);
		nanosleep(&t, NULL);
		_exit(try_mount());
	}
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pid_t pid;

		if (argc > 1 && !strstr(cases[i].name, argv[1]))
			continue;
		pid = cases[i].try == sleeps ? 0 : fork();
		if (pid == 0 && cases[i].try != sleeps)
			_exit(cases[i].try());
		r = pid ? status_of(pid) : sleeps();
		snprintf(why, sizeof(why), "%d, not %d", r, cases[i].error);
		result(r == cases[i].error, cases[i].name, why);
	}
	kill(elsewhere, SIGKILL);
	return failures != 0;
}
