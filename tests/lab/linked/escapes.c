/* SPDX-License-Identifier: Apache-2.0 */
/*
 * escapes: other names for files that rules deny, and memory and programs that must not run. Each case
 * says under which policy it is tried, and what must come of it.
 */
#include <linux/mount.h>
#include <mqueue.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include "detours.h"

static int fd, fd2;
static char *map;
static char buffer[4096];

/* --- Other names -------------------------------------------------------------------------------- */

TRY(secret, open("/secret/f", O_RDONLY))
TRY(plain, open("/t/plain/f", O_RDWR))
TRY(mount_new, mount("x", "/t/mnt", "tmpfs", 0, NULL))
TRY(mount_bind, mount("/secret", "/t/mnt", NULL, MS_BIND, NULL))
TRY(mount_move, mount("/t/mounted", "/t/mnt", NULL, MS_MOVE, NULL))
TRY(mount_again, mount(NULL, "/t/mounted", NULL, MS_REMOUNT | MS_BIND | MS_NOSUID, NULL))
TRY(mount_private, mount(NULL, "/t/mounted", NULL, MS_PRIVATE, NULL))
TRY(unmount, umount2("/t/mounted", 0))
TRY(unmount_lazy, umount2("/t/mounted", MNT_DETACH))
TRY(pivot, syscall(__NR_pivot_root, "/t/mounted", "/t/mounted/old"))
TRY(mount_as_user,
    unshare(CLONE_NEWUSER | CLONE_NEWNS) ? -1 : mount("x", "/t/mnt", "tmpfs", 0, NULL))
TRY(mount_elsewhere, unshare(CLONE_NEWNS) ? -1 : mount("/secret", "/t/mnt", NULL, MS_BIND, NULL))

static int open_tree_fd(const char *path)
{
	return (int)syscall(__NR_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE);
}
static int fsmount_fd(void)
{
	int fs = (int)syscall(__NR_fsopen, "tmpfs", 0);

	if (fs < 0 || syscall(__NR_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -1;
	return (int)syscall(__NR_fsmount, fs, 0, 0);
}
TRY(tree_open, openat(open_tree_fd("/t/plain"), "f", O_RDONLY))
TRY(tree_move, syscall(__NR_move_mount, open_tree_fd("/secret"), "", AT_FDCWD, "/t/mnt", 4))
TRY(tree_create, openat(fsmount_fd(), "new", O_RDWR | O_CREAT, 0644))
TRY(tree_truncate, fchmodat(open_tree_fd("/t/plain"), "f", 0600, 0))

static pid_t elsewhere; /* a process in a mount namespace of its own */
static void start_elsewhere(void)
{
	elsewhere = fork();
	if (elsewhere == 0) {
		if (unshare(CLONE_NEWNS) != 0)
			_exit(1);
		pause();
	}
	usleep(200000);
}
static int open_elsewhere(const char *path, int flags)
{
	char name[128];

	snprintf(name, sizeof(name), "/proc/%d/%s", elsewhere, path);
	return open(name, flags);
}
TRY(foreign_root, open_elsewhere("root/t/plain/f", O_RDONLY))
TRY(foreign_mknod, open_elsewhere("root/t/plain/made", O_RDWR | O_CREAT))

/* Opened in the other namespace, and brought back. */
static int bring(const char *path)
{
	int here = open("/proc/self/ns/mnt", O_RDONLY), there = open_elsewhere("ns/mnt", O_RDONLY);

	if (setns(there, CLONE_NEWNS) != 0)
		return 1;
	fd = open(path, O_RDONLY);
	fd2 = open("/t/plain", O_RDONLY | O_DIRECTORY);
	return setns(here, CLONE_NEWNS) != 0 || fd < 0;
}
READY(bring_secret, return bring("/secret/f"))
READY(bring_plain, return bring("/t/plain/f"))
TRY(fd_read, read(fd, buffer, 1))
static int brought_reopen(const char *dir)
{
	char name[64];

	(void)dir;
	if (read(fd, buffer, 1) != 1)
		return 250;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return code(open(name, O_RDONLY));
}
TRY(brought_below, openat(fd2, "f", O_RDONLY))
TRY(brought_attribute, fsetxattr(fd, "trusted.x", "1", 1, 0))
READY(is_inside, {
	fd = open("/proc/self/ns/mnt", O_RDONLY);
	return unshare(CLONE_NEWNS);
})
TRY(setns_back, setns(fd, CLONE_NEWNS))
READY(has_elsewhere, return (fd = open_elsewhere("ns/mnt", O_RDONLY)) < 0)
TRY(setns_in, setns(fd, CLONE_NEWNS))
READY(has_old_dir, return (fd = open("/t/plain", O_RDONLY | O_DIRECTORY)) < 0)
TRY(old_dir_in_new, unshare(CLONE_NEWNS) ? -1 : openat(fd, "f", O_RDONLY))

/* --- Directories with rules below --------------------------------------------------------------- */

TRY(home_alike, rename("/t/home/u", "/t/home/v"))
TRY(home_back, rename("/t/home/v", "/t/home/u"))
TRY(home_out, rename("/t/home/u", "/t/plain/u"))
TRY(ssh_out, rename("/t/home/u/.ssh", "/t/home/u/x"))
TRY(ssh_made, rename("/t/plain/made.ssh", "/t/home/w/.ssh"))
TRY(above_all, rename("/t", "/t2"))
TRY(dir_plain, rename("/t/plain/sub", "/t/plain/sub2"))
TRY(dir_plain_back, rename("/t/plain/sub2", "/t/plain/sub"))

/* --- Attributes through several mounts, and layers ---------------------------------------------- */

TRY(attribute_alias, setxattr("/t/shown/f", "trusted.x", "1", 1, 0))
TRY(attribute_plain, setxattr("/t/plain/f", "trusted.x", "1", 1, 0))
TRY(overlay_write, open("/t/over/g", O_RDWR))
TRY(overlay_attribute, setxattr("/t/over/h", "trusted.x", "1", 1, 0))
TRY(overlay_denied, open("/t/over/f", O_RDONLY))
TRY(overlay_create, open("/t/over/new", O_RDWR | O_CREAT, 0644))
READY(overlay_map, {
	fd = open("/t/over/lib", O_RDONLY);
	map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	return map == MAP_FAILED;
})
TRY(protect_exec, mprotect(map, 4096, PROT_READ | PROT_EXEC))
TRY(queue, (int)mq_open("/queue", O_RDWR | O_CREAT, 0600, NULL))
static int memfd_used(const char *dir)
{
	int m = memfd_create("x", 0);

	(void)dir;
	if (m < 0 || write(m, "x", 1) != 1 || pread(m, buffer, 1, 0) != 1 || ftruncate(m, 4096) ||
	    fchmod(m, 0600))
		return errno;
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, m, 0) == MAP_FAILED ? errno : 0;
}
static int audited_often(const char *dir)
{
	int f = open("/t/audit/f", O_RDONLY);

	(void)dir;
	for (int i = 0; i < 500; i++)
		if (pread(f, buffer, 1, 0) != 1)
			return errno;
	return 0;
}

/* --- Programs ------------------------------------------------------------------------------------- */

static int spawn(int at, const char *path, int flags)
{
	char *const argv[] = {"x", NULL};
	int status;
	pid_t pid = vfork();

	if (pid == 0) {
		syscall(__NR_execveat, at, path, argv, argv + 1, flags);
		_exit(errno);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}
#define SPAWN(name, path)                                                                          \
	static int name(const char *dir)                                                           \
	{                                                                                          \
		(void)dir;                                                                         \
		return spawn(AT_FDCWD, path, 0);                                                   \
	}
SPAWN(run_ok, "/t/ok/run")
SPAWN(run_no, "/t/no/run")
SPAWN(run_symlink, "/t/ok/link")
SPAWN(run_script, "/t/ok/script")
SPAWN(run_script_no, "/t/ok/script-no")
SPAWN(run_denied, "/t/denied/run")
static int run_memfd(const char *dir)
{
	int m = memfd_create("x", 0);

	(void)dir;
	if (write(m, tiny, sizeof(tiny)) != sizeof(tiny))
		return 250;
	return spawn(m, "", AT_EMPTY_PATH);
}
static int run_memfd_proc(const char *dir)
{
	char path[64];
	int m = memfd_create("x", 0);

	(void)dir;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", m);
	if (write(m, tiny, sizeof(tiny)) != sizeof(tiny))
		return 250;
	return spawn(AT_FDCWD, path, 0);
}
TRY(exec_moved, rename("/t/no/run", "/t/ok/moved"))
TRY(exec_linked, link("/t/no/run", "/t/ok/linked"))

#include "memory.h"

/* --- The table -------------------------------------------------------------------------------------- */

static const struct {
	const char *name, *cgroup;
	try_fn *ready, *try;
	int error;
} cases[] = {
	{"a denied file", "names", NULL, secret, EPERM},
	{"another file", "names", NULL, plain, 0},
	{"mount", "names", NULL, mount_new, EPERM},
	{"bind mount", "names", NULL, mount_bind, EPERM},
	{"move of a mount", "names", NULL, mount_move, EPERM},
	{"mount in a user namespace", "names", NULL, mount_as_user, EPERM},
	{"bind mount in a mount namespace", "names", NULL, mount_elsewhere, EPERM},
	{"remount", "names", NULL, mount_again, 0},
	{"change of propagation", "names", NULL, mount_private, 0},
	{"umount", "names", NULL, unmount, EPERM},
	{"umount MNT_DETACH", "names", NULL, unmount_lazy, EPERM},
	{"pivot_root", "names", NULL, pivot, EPERM},
	{"open through open_tree", "names", NULL, tree_open, EPERM},
	{"chmod through open_tree", "names", NULL, tree_truncate, EPERM},
	{"open_tree and move_mount", "names", NULL, tree_move, EPERM},
	{"create through fsmount", "names", NULL, tree_create, EPERM},
	{"open through another's root", "names", NULL, foreign_root, EPERM},
	{"create through another's root", "names", NULL, foreign_mknod, EPERM},
	{"read a denied fd of another namespace", "names", bring_secret, fd_read, EPERM},
	{"read an fd of another namespace", "names", bring_plain, fd_read, 0},
	{"open an fd of another namespace again", "names", bring_plain, brought_reopen, EPERM},
	{"open below a directory of another namespace", "names", bring_plain, brought_below, EPERM},
	{"fsetxattr of an fd of another namespace", "names", bring_plain, brought_attribute, 0},
	{"fsetxattr of a denied one", "names", bring_secret, brought_attribute, EPERM},
	{"setns to the host", "names", is_inside, setns_back, EPERM},
	{"setns into a container", "names", has_elsewhere, setns_in, 0},
	{"old directory in a new namespace", "names", has_old_dir, old_dir_in_new, EPERM},
	{"rename among directories alike", "names", NULL, home_alike, 0},
	{"rename back", "names", NULL, home_back, 0},
	{"rename away from rules below", "names", NULL, home_out, EPERM},
	{"rename of a directory away from rules", "names", NULL, ssh_out, EPERM},
	{"rename to where rules are below", "names", NULL, ssh_made, EPERM},
	{"rename of what is above all", "names", NULL, above_all, EPERM},
	{"rename of a plain directory", "names", NULL, dir_plain, 0},
	{"rename of a plain directory back", "names", NULL, dir_plain_back, 0},
	{"setxattr of what is shown elsewhere", "names", NULL, attribute_alias, EPERM},
	{"setxattr of what is not", "names", NULL, attribute_plain, 0},
	{"overlay: write", "names", NULL, overlay_write, 0},
	{"overlay: setxattr", "names", NULL, overlay_attribute, 0},
	{"overlay: denied", "names", NULL, overlay_denied, EPERM},
	{"overlay: create", "names", NULL, overlay_create, 0},
	{"mq_open", "names", NULL, queue, 0},
	{"memfd", "names", NULL, memfd_used, 0},
	{"audited, often", "names", NULL, audited_often, 0},
	{"another user", "none", NULL, user_self, EPERM},
	{"another user, by a worker of io_uring", "none", NULL, user_worker, EPERM},
	{"another user, by a poller of io_uring", "none", NULL, user_poller, EPERM},
	{"program that may more", "by", NULL, by_reader, 0},
	{"program that may not", "by", NULL, by_other, EPERM},
	{"program that may more, environment", "by", NULL, by_secure, 0},
	{"program that may more, not governed", "none", NULL, by_secure, 98},
	{"program that may more, traced", "by", NULL, by_traced, EPERM},
	{"program that may not, traced", "by", NULL, by_traced_other, 0},
	{"device, mapped", "names", has_zero, map_device, EPERM},
	{"cgroup that lies deep", "none", NULL, deep_cgroup, EPERM},
	{"program that is allowed", "execs", NULL, run_ok, 0},
	{"program that is not", "execs", NULL, run_no, EPERM},
	{"program through a symlink", "execs", NULL, run_symlink, EPERM},
	{"script", "execs", NULL, run_script, 0},
	{"script with an interpreter that is not", "execs", NULL, run_script_no, EPERM},
	{"program in a memfd", "execs", NULL, run_memfd, EPERM},
	{"program in a memfd, by /proc", "execs", NULL, run_memfd_proc, EPERM},
	{"program moved to an allowed name", "execs", NULL, exec_moved, EPERM},
	{"program linked to an allowed name", "execs", NULL, exec_linked, EPERM},
	{"library that no rule names", "execs", NULL, map_no, 0},
	{"memfd as a library", "execs", NULL, map_memfd, 0},
	{"denied program", "maps", NULL, run_denied, EPERM},
	{"denied program, mapped", "maps", NULL, map_denied, EPERM},
	{"program beside", "maps", NULL, run_no, 0},
	{"overlay: denied library, mprotect", "maps", overlay_map, protect_exec, EPERM},
	{"program in a memfd under default allow", "maps", NULL, run_memfd, 0},
	{"mmap", "words", NULL, map_rw, 0},
	{"mmap RWX", "words", NULL, map_rwx, EPERM},
	{"mmap RX", "words", NULL, map_rx, EPERM},
	{"mmap RX, shared", "words", NULL, map_shared_rx, EPERM},
	{"mmap RX of a memfd", "words", NULL, map_memfd, EPERM},
	{"mmap RX of /dev/zero", "words", NULL, map_zero, EPERM},
	{"mmap RX of a file", "words", NULL, map_file, 0},
	{"mmap RWX of a file", "words", NULL, map_file_rwx, EPERM},
	{"mprotect of memory", "words", NULL, then_anon, EPERM},
	{"mprotect of memory in two steps", "words", NULL, then_anon_later, EPERM},
	{"mprotect of a writable file mapping", "words", NULL, then_file, EPERM},
	{"mprotect of a written file mapping", "words", NULL, then_file_later, EPERM},
	{"mprotect of an unwritten file mapping", "words", NULL, then_file_unwritten, 0},
	{"mprotect of a read file mapping", "words", NULL, then_file_read, 0},
	{"mprotect of a memfd", "words", NULL, then_memfd, EPERM},
	{"mprotect of the stack", "words", NULL, exec_stack, EPERM},
	{"mprotect of the heap", "words", NULL, exec_heap, EPERM},
	{"READ_IMPLIES_EXEC", "words", NULL, implied, EPERM},
	{"shmat SHM_EXEC", "words", NULL, attach, EPERM},
	{"memfd, started", "words", NULL, run_memfd, EPERM},
	{"program, under words", "words", NULL, run_no, 0},
};

/* What succeeds, and is told: audited by a rule, or by the mode of the policy. */
static const struct {
	const char *name, *cgroup;
	try_fn *try;
} telling[] = {
	{"audited program", "heard", run_no},
	{"audited memory", "heard", map_rx},
	{"audited memory, writable", "heard", map_rwx},
	{"audited file mapping, writable", "heard", map_file_rwx},
	{"audited mprotect", "heard", then_anon},
	{"audited mprotect of a written file mapping", "heard", then_file_later},
	{"audited memfd", "heard", map_memfd},
	{"audited shmat", "heard", attach},
	{"audit mode: file", "would", secret},
	{"audit mode: program", "would", run_denied},
	{"audit mode: program, mapped", "would", map_denied},
	{"audit mode: memory", "would", map_rx},
	{"audit mode: mprotect", "would", then_anon},
	{"audit mode: memfd", "would", run_memfd},
	{"audit mode: bind mount", "would", mount_elsewhere},
	{"audit mode: another's root", "would", foreign_root},
	{"audit mode: open_tree", "would", tree_open},
};

static void run_telling(const char *only)
{
	enum bl_counter kind;
	uint64_t told, denied;
	char why[64];
	int r;

	for (size_t i = 0; i < sizeof(telling) / sizeof(*telling); i++) {
		if (only && !strstr(telling[i].name, only))
			continue;
		kind = telling[i].cgroup[0] == 'h' ? BL_COUNT_AUDITED : BL_COUNT_WOULD_DENY;
		told = counter(kind);
		denied = counter(BL_COUNT_DENIED);
		r = trial(telling[i].cgroup, "/", NULL, telling[i].try);
		told = counter(kind) - told;
		denied = counter(BL_COUNT_DENIED) - denied;
		snprintf(why, sizeof(why), "%d, told %lu, denied %lu", r, (unsigned long)told,
			 (unsigned long)denied);
		result(r == 0 && told && !denied, telling[i].name, why);
	}
}

static const char *const policies[][2] = {
	{"/names.yaml",
	 "version: 1\nname: names\nscope: {cgroups: [/names/**]}\nfiles:\n  default: allow\n"
	 "  audit: [/t/audit/**]\n  deny:\n    - {paths: [/secret/**, /dev/zero, /t/over/f, "
	 "/t/over/deny/**]}\n"
	 "    - {paths: [/t/home/*/.ssh/**], access: [read, create]}\n"
	 "    - {paths: [/t/alias/**], access: [xattr]}\n"
	 "    - {paths: [/t/moved/**], access: [read]}\n"},
	{"/by.yaml", "version: 1\nname: by\nscope: {cgroups: [/by/**]}\nfiles:\n  default: allow\n"
		     "  deny: [/t/by/f]\n  allow: [{paths: [/t/by/f], by: [/t/by/reader]}]\n"},
	{"/users.yaml", "version: 1\nname: users\nscope: {users: ['1000']}\nfiles:\n"
			"  default: allow\n  deny: [/users/**]\n"},
	{"/execs.yaml",
	 "version: 1\nname: execs\nscope: {cgroups: [/execs/**]}\nexec:\n  default: deny\n"
	 "  allow: [/t/ok/**]\n"},
	{"/maps.yaml",
	 "version: 1\nname: maps\nscope: {cgroups: [/maps/**]}\nexec:\n  default: allow\n"
	 "  deny: [/t/denied/**, /t/over/lib]\n"},
	{"/words.yaml",
	 "version: 1\nname: words\nscope: {cgroups: [/words/**]}\nexec:\n  default: allow\n"
	 "  deny: [anonymous-memory, writable-then-executable]\n"},
	{"/heard.yaml",
	 "version: 1\nname: heard\nscope: {cgroups: [/heard/**]}\nexec:\n  default: allow\n"
	 "  audit: [/t/no/**, anonymous-memory, writable-then-executable]\n"},
	{"/would.yaml", "version: 1\nname: would\nmode: audit\nscope: {cgroups: [/would/**]}\n"
			"files: {default: allow, deny: [/secret/**]}\nexec:\n  default: allow\n"
			"  deny: [/t/denied/**, anonymous-memory, writable-then-executable]\n"},
};
#define POLICIES (sizeof(policies) / sizeof(*policies))

static void furnish(void)
{
	static const char *const dirs[] = {
		"/secret",   "/t",	   "/t/plain", "/t/plain/sub", "/t/plain/made.ssh",
		"/t/mnt",    "/t/mounted", "/t/home",  "/t/home/u",    "/t/home/u/.ssh",
		"/t/home/w", "/t/audit",   "/t/ok",    "/t/no",	       "/t/denied",
		"/t/shown",  "/t/alias",   "/t/lower", "/t/upper",     "/t/work",
		"/t/over",   "/t/open",	   "/t/moved", "/t/by",	       "/users",
	};
	static const char *const files[] = {"/secret/f",  "/t/plain/f", "/t/audit/f", "/t/shown/f",
					    "/t/lower/f", "/t/lower/g", "/t/lower/h", "/t/open/f",
					    "/t/by/f",	  "/users/f"};
	static const char *const programs[] = {"/t/ok/run", "/t/no/run", "/t/denied/run",
					       "/t/lower/lib"};

	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		if (mkdir(dirs[i], 0755) != 0)
			die(dirs[i]);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		write_text(files[i], "abc", 3, 0644);
	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++)
		write_text(programs[i], (const char *)tiny, sizeof(tiny), 0755);
	write_text("/t/ok/script", "#!/t/ok/run\n", 12, 0755);
	write_text("/t/ok/script-no", "#!/t/no/run\n", 12, 0755);
	if (symlink("/t/no/run", "/t/ok/link") || mount("x", "/t/mounted", "tmpfs", 0, NULL) ||
	    mkdir("/t/mounted/old", 0755) || mount("/t/shown", "/t/alias", NULL, MS_BIND, NULL) ||
	    mount("over", "/t/over", "overlay", 0,
		  "lowerdir=/t/lower,upperdir=/t/upper,workdir=/t/work"))
		die("furnish");
}

/* A name that is allowed is remembered and goes away; the next dentry at its address may be that of a
 * denied hard link. (On the overlay, where dentries come and go; on tmpfs they stay.) */
#define LINKS 300
static int open_links(const char *dir)
{
	char a[64], b[64];

	(void)dir;
	for (int i = 0; i < LINKS; i++) {
		int f;

		snprintf(a, sizeof(a), "/t/over/fine/%d", i);
		snprintf(b, sizeof(b), "/t/over/deny/%d", i);
		f = open(a, O_RDONLY);
		if (f < 0 || close(f) || unlink(a))
			return 250;
		usleep(2000);
		if (open(b, O_RDONLY) >= 0)
			return 251;
	}
	return 0;
}
static void reuse_dentries(void)
{
	char a[64], b[64];
	int r;

	if (mkdir("/t/over/fine", 0755) || mkdir("/t/over/deny", 0755))
		die("links");
	for (int i = 0; i < LINKS; i++) {
		snprintf(a, sizeof(a), "/t/over/fine/%d", i);
		snprintf(b, sizeof(b), "/t/over/deny/%d", i);
		write_text(a, "x", 1, 0644);
		if (link(a, b))
			die(b);
	}
	write_text("/proc/sys/vm/drop_caches", "2", 1, 0);
	r = trial("names", "/", NULL, open_links);
	snprintf(a, sizeof(a), "%d", r);
	result(r == 0, "denied links where allowed names were", a);
}

/* What is remembered of a governed task's files must not outlive what an administrator moves: by mount,
 * then by name. */
static int turn[2], turned[2];
static int watch_moves(const char *dir)
{
	char c;

	(void)dir;
	for (int i = 0; i < 2; i++) {
		int f = open("/t/open/f", O_RDONLY);

		if (f < 0 || read(f, &c, 1) != 1)
			return 250;
		if (write(turned[1], "x", 1) != 1 || read(turn[0], &c, 1) != 1)
			return 251;
		if (pread(f, &c, 1, 0) >= 0 || errno != EPERM)
			return 252 + i;
		if (open("/t/moved/f", O_RDONLY) >= 0 || errno != EPERM)
			return 100 + i;
		if (write(turned[1], "x", 1) != 1 || read(turn[0], &c, 1) != 1)
			return 251;
		if (pread(f, &c, 1, 0) != 1)
			return 110 + i;
	}
	return 0;
}
static void move_about(void)
{
	int status;
	char c;
	pid_t pid;

	if (pipe(turn) || pipe(turned) || mount("/t/open", "/t/open", NULL, MS_BIND, NULL) ||
	    mount(NULL, "/t/open", NULL, MS_PRIVATE, NULL))
		die("move");
	pid = fork();
	if (pid == 0) {
		alarm(30);
		enter("names");
		_exit(watch_moves("/"));
	}
	close(turned[1]);
	for (int i = 0; i < 4; i++) {
		const char *from = i & 1 ? "/t/moved" : "/t/open",
			   *to = i & 1 ? "/t/open" : "/t/moved";

		if (read(turned[0], &c, 1) != 1)
			break;
		if (i < 2 ? mount(from, to, NULL, MS_MOVE, NULL)
			  : (int)syscall(__NR_renameat2, AT_FDCWD, from, AT_FDCWD, to, 2))
			die("move");
		if (i == 1 && umount2("/t/open", MNT_DETACH) != 0)
			die("umount");
		if (write(turn[1], "x", 1) != 1)
			break;
	}
	waitpid(pid, &status, 0);
	snprintf(buffer, sizeof(buffer), "%#x", status);
	result(status == 0, "moved by mount and by name", buffer);
}

int main(int argc, char **argv)
{
	static const char *const groups[] = {"names", "execs", "maps",	"words",
					     "by",    "none",  "heard", "would"};
	const char *paths[POLICIES];
	uint64_t told;
	char why[64];
	int r;

	if (strcmp(argv[0], "reader") == 0)
		return reader_main(argv[1]);
	mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL); /* else MS_MOVE is refused */
	furnish();
	make_readers();
	start_elsewhere();
	for (size_t i = 0; i < POLICIES; i++) {
		paths[i] = policies[i][0];
		write_text(paths[i], policies[i][1], strlen(policies[i][1]), 0644);
	}
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		make_cgroup(groups[i]);
	load(paths, POLICIES);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (argc > 1 && !strstr(cases[i].name, argv[1]))
			continue;
		told = counter(BL_COUNT_DENIED);
		r = trial(cases[i].cgroup, "/", cases[i].ready, cases[i].try);
		told = counter(BL_COUNT_DENIED) - told;
		snprintf(why, sizeof(why), "%d, denied %lu", r, (unsigned long)told);
		result(r == cases[i].error && (r == EPERM) == (told > 0), cases[i].name, why);
	}
	run_telling(argc > 1 ? argv[1] : NULL);
	told = counter(BL_COUNT_AUDITED);
	trial("names", "/", NULL, audited_often);
	told = counter(BL_COUNT_AUDITED) - told;
	snprintf(why, sizeof(why), "%lu", (unsigned long)told);
	result(told >= 1 && told <= 3, "what is read often is told once", why);
	reuse_dentries();
	enter_tree();
	move_about();
	kill(elsewhere, SIGKILL);
	lsm_rest(lsm); /* what has not ended yet has the lock, too */
	return failures != 0;
}
