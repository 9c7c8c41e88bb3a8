// SPDX-License-Identifier: Apache-2.0
// The first process of a lab guest: mounts, loads modules, runs the command of /lab/argv on the second
// serial port, and ends the machine with its status. boot.py builds the initramfs around it.
//
// The exit port is opened before anything else: whatever a test forbids, the guest can still end.
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define EXIT_PORT   0xf4
#define LAB_FAILURE 0x3f /* what boot.py knows as "the guest could not be set up" */

static int output = 2;

static void leave(int value)
{
	// QEMU hands on what the port has taken when its reader has room, and not once it has ended.
	tcdrain(output);
	usleep(300000);
	outb((unsigned char)value, EXIT_PORT);
	// Not under QEMU, or without the port: a panic tells boot.py as much.
	_exit(1);
}

static void give_up(const char *what)
{
	dprintf(output, "bailiff-lab: %s: %s\n", what, strerror(errno));
	leave(LAB_FAILURE);
}

static const struct {
	const char *type, *where, *data;
	unsigned long flags;
	bool needed;
} mounts[] = {
	{"proc", "/proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, true},
	{"sysfs", "/sys", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, true},
	{"devtmpfs", "/dev", "mode=755", MS_NOSUID, true},
	{"devpts", "/dev/pts", "gid=5,mode=620,ptmxmode=666", MS_NOSUID | MS_NOEXEC, true},
	{"tmpfs", "/dev/shm", "mode=1777", MS_NOSUID | MS_NODEV, true},
	{"tmpfs", "/run", "mode=755", MS_NOSUID | MS_NODEV, true},
	{"tmpfs", "/tmp", "mode=1777", MS_NOSUID | MS_NODEV, true},
	{"cgroup2", "/sys/fs/cgroup", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, true},
	{"bpf", "/sys/fs/bpf", "mode=700", MS_NOSUID | MS_NODEV | MS_NOEXEC, true},
	{"securityfs", "/sys/kernel/security", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, true},
	{"debugfs", "/sys/kernel/debug", NULL, 0, false},
	{"tracefs", "/sys/kernel/tracing", NULL, 0, false},
};

// The machine's files (see userland.py), what --add brings, and a tmpfs for what is written.
static void mount_userland(void)
{
	mkdir("/lab/machine", 0755);
	mkdir("/lab/written", 0755);
	if (mount("userland", "/lab/machine", "virtiofs", MS_RDONLY, NULL) != 0 ||
	    mount("tmpfs", "/lab/written", "tmpfs", 0, NULL) != 0 ||
	    mkdir("/lab/written/upper", 0755) != 0 || mkdir("/lab/written/work", 0755) != 0 ||
	    mount("overlay", "/lab/root", "overlay", 0,
		  "lowerdir=/lab/add:/lab/machine,upperdir=/lab/written/upper,workdir=/lab/written/"
		  "work") != 0)
		give_up("the userland");
	mkdir("/lab/root/lab", 0755);
	if (mount("/lab", "/lab/root/lab", NULL, MS_BIND, NULL) != 0)
		give_up("/lab");
}

// Another mount over the initial root, which pivot_root() and MS_MOVE refuse: of itself, if it is to stay.
static void take_root(void)
{
	if (access("/lab/add", F_OK) == 0)
		mount_userland();
	else if (mount("/", "/lab/root", NULL, MS_BIND, NULL) != 0)
		give_up("the root");
	if (chdir("/lab/root") != 0 || mount("/lab/root", "/", NULL, MS_MOVE, NULL) != 0 ||
	    chroot(".") != 0 || chdir("/") != 0)
		give_up("the root");
	chmod("/", 0755);
}

static void mount_all(void)
{
	for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) {
		mkdir(mounts[i].where, 0755);
		if (mount(mounts[i].type, mounts[i].where, mounts[i].type, mounts[i].flags,
			  mounts[i].data) != 0 &&
		    mounts[i].needed)
			give_up(mounts[i].where);
	}
	// As on any machine with an init system, changes of mounts spread until somebody says otherwise.
	mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL);
	symlink("/proc/self/fd", "/dev/fd");
	symlink("/proc/self/fd/0", "/dev/stdin");
	symlink("/proc/self/fd/1", "/dev/stdout");
	symlink("/proc/self/fd/2", "/dev/stderr");
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		dprintf(output, "bailiff-lab: %s: %s\n", path, strerror(errno));
	close(fd);
}

static void enable_controllers(void)
{
	char list[256] = "", words[600] = "";
	FILE *f = fopen("/sys/fs/cgroup/cgroup.controllers", "re");
	if (f && fgets(list, sizeof list, f))
		for (char *word = strtok(list, " \n"); word; word = strtok(NULL, " \n"))
			strcat(strcat(words, " +"), word);
	if (f)
		fclose(f);
	if (*words)
		write_file("/sys/fs/cgroup/cgroup.subtree_control", words + 1);
}

static void open_output(void)
{
	output = open("/dev/ttyS1", O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios t;
	if (output < 0 || tcgetattr(output, &t) != 0) {
		output = 2;
		give_up("/dev/ttyS1");
	}
	t.c_oflag &= ~(tcflag_t)OPOST;
	tcsetattr(output, TCSANOW, &t);
}

static void bring_up_loopback(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) != 0)
		give_up("lo");
	close(fd);
}

static void load_modules(void)
{
	FILE *f = fopen("/lab/modules", "re");
	char line[512];
	while (f && fgets(line, sizeof line, f)) {
		line[strcspn(line, "\n")] = 0;
		int fd = open(line, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) != 0 && errno != EEXIST))
			give_up(line);
		close(fd);
	}
	if (f)
		fclose(f);
}

// A file of strings, each with a NUL at its end, as an argument vector.
static char **read_strings(const char *path)
{
	static char none[] = "";
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		give_up(path);
	size_t size = (size_t)st.st_size, count = 0;
	char *text = size ? malloc(size) : none;
	if (!text || read(fd, text, size) != (ssize_t)size)
		give_up(path);
	close(fd);
	for (size_t i = 0; i < size; i++)
		count += !text[i];
	char **strings = calloc(count + 1, sizeof *strings);
	if (!strings)
		give_up(path);
	for (size_t i = 0, n = 0; n < count; i += strlen(text + i) + 1)
		strings[n++] = text + i;
	return strings;
}

static int run(char **argv, char **envp)
{
	pid_t child = fork();
	if (child == 0) {
		setsid();
		int null = open("/dev/null", O_RDONLY);
		dup2(null, 0);
		dup2(output, 1);
		dup2(output, 2);
		close(null);
		execvpe(argv[0], argv, envp);
		dprintf(2, "bailiff-lab: %s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	if (child < 0)
		give_up("fork");
	int status = 0;
	for (pid_t pid = 0; pid != child;) // the rest are orphans
		pid = wait(&status);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(void)
{
	if (ioperm(EXIT_PORT, 1, 1) != 0)
		return 1;
	load_modules();
	take_root();
	mount_all();
	open_output();
	sethostname("lab", 3);
	bring_up_loopback();
	enable_controllers();
	char **argv = read_strings("/lab/argv"), **envp = read_strings("/lab/environ");
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", 1); // for execvpe()
	dprintf(output, "bailiff-lab: booted\n");
	int status = run(argv, envp);
	kill(-1, SIGKILL);
	dprintf(output, "\nbailiff-lab: status %d\n", status);
	leave(0x20 | (status < 31 ? status : 31));
}
