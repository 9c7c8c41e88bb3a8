/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fileops: every way to do something with a file, in directories of which each denies one access. What
 * is refused must be exactly what needs that access.
 */
#include "tries.h"

/* --- The table ------------------------------------------------------------------------------------ */

#define R    (1u << BL_OP_READ)
#define W    (1u << BL_OP_WRITE)
#define C    (1u << BL_OP_CREATE)
#define D    (1u << BL_OP_DELETE)
#define N    (1u << BL_OP_RENAME)
#define L    (1u << BL_OP_LINK)
#define M    (1u << BL_OP_CHMOD)
#define O    (1u << BL_OP_CHOWN)
#define A    (1u << BL_OP_XATTR)
#define K    (1u << BL_OP_MKNOD)
#define X    (1u << BL_OP_EXECUTE)
#define ALL  0xffffffffu /* even where nothing is denied */
#define KEPT (R | W | M | O | A | X)

static const struct {
	const char *name;
	try_fn *ready, *try;
	unsigned ops;
} cases[] = {
	{"open to read", NULL, open_read, R},
	{"open to write", NULL, open_write, W},
	{"open to read and write", NULL, open_both, R | W},
	{"open O_TRUNC", NULL, open_truncate, R | W},
	{"open O_CREAT", NULL, open_create, R | C},
	{"open O_CREAT what is there", NULL, open_create_old, R},
	{"open O_CREAT to write", NULL, open_create_write, W | C},
	{"open O_PATH", NULL, open_path, 0},
	{"open a directory", NULL, open_dir, R},
	{"open O_TMPFILE", NULL, open_tmpfile, R | W},
	{"open through a symlink", NULL, open_symlink, R},
	{"open through a symlink in the middle", NULL, open_symlink_middle, R},
	{"open a name with a newline and no UTF-8", NULL, open_newline, R},
	{"open a name of 255 bytes", make_long, open_long, R},
	{"open through /proc/self/root", NULL, open_self_root, R},
	{"open through /proc/1/root", NULL, open_init_root, R},
	{"open through /proc/self/cwd", NULL, open_self_cwd, R},
	{"open through ..", NULL, open_dots, R},
	{"openat2", NULL, openat2_read, R},
	{"openat2 RESOLVE_BENEATH", NULL, openat2_beneath, R},
	{"open by handle", has_handle, handle_open, R},
	{"open after chroot", NULL, chroot_open, R},
	{"open in a new mount namespace", NULL, unshare_open, R},
	{"open O_PATH again", has_path, reopen_read, R},
	{"open a read-only one again to write", has_read, reopen_both, R | W},
	{"open an unlinked one again", has_unlinked, reopen_read, R},
	{"open 20 deep", make_deep, deep_20, R},
	{"open 96 deep", make_deep, deep_96, R},
	{"open 120 deep", make_deep, deep_120, R},
	{"open 200 deep", make_deep, deep_200, ALL},
	{"open denied links where allowed ones were", make_links, open_links, R},
	{"io_uring: open", NULL, ring_open, R},
	{"io_uring: open O_CREAT", NULL, ring_create, W | C},
	{"io_uring: read", has_both, ring_read, R},
	{"io_uring: write", has_both, ring_write, W},
	{"io_uring: unlink", NULL, ring_unlink, D},
	{"io_uring: rename", NULL, ring_rename, N | C},
	{"io_uring: link", NULL, ring_link, L | C},
	{"io_uring: mkdir", NULL, ring_mkdir, C},
	{"io_uring: symlink", NULL, ring_symlink, C},
	{"io_uring: ftruncate", has_both, ring_truncate, W},
	{"io_uring: fallocate", has_both, ring_fallocate, W},
	{"old fd: read", has_both, fd_read, R},
	{"old fd: pread", has_both, fd_pread, R},
	{"old fd: write", has_both, fd_write, W},
	{"old fd: getdents", has_dir, fd_list, R},
	{"old fd, unlinked: write", has_unlinked, fd_write, W},
	{"received fd: read", has_sent, fd_received, R},
	{"old fd: ftruncate", has_both, fd_truncate, W},
	{"old fd: fallocate", has_both, fd_allocate, W},
	{"old fd: splice into", has_pipe, fd_splice_in, W},
	{"old fd: splice from", has_pipe, fd_splice_out, R},
	{"old fd: sendfile from", has_other, fd_send_from, R},
	{"old fd: sendfile to", has_other, fd_send_to, W},
	{"old fd: copy_file_range from", has_other, fd_copy_from, R},
	{"old fd: copy_file_range to", has_other, fd_copy_to, W},
	{"truncate", NULL, truncate_path, W},
	{"old fd: mmap", has_both, map_read, R},
	{"old fd: mmap PROT_NONE", has_both, map_none, R},
	{"old fd: mmap private, to write", has_both, map_private, R},
	{"old fd: mmap shared, to write", has_both, map_shared, R | W},
	{"old fd: mmap to execute", has_both, map_exec, R | X},
	{"old mapping: mprotect to write", has_shared, protect_write, W},
	{"old mapping: mprotect to execute", has_private, protect_exec, X},
	{"mkdir", NULL, make_dir, C},
	{"mknod of a file", NULL, make_file, C},
	{"mkfifo", NULL, make_fifo, K},
	{"mknod of a device", NULL, make_device, K},
	{"mknod of a whiteout", NULL, make_whiteout, K},
	{"bind of a unix socket", NULL, make_socket, C},
	{"symlink", NULL, make_symlink, C},
	{"link", NULL, make_link, L | C},
	{"link of an fd", has_both, make_link_fd, L | C},
	{"unlink", NULL, delete_file, D},
	{"unlink of a symlink", NULL, delete_link, D},
	{"rmdir", NULL, delete_dir, D},
	{"rename", NULL, move_new, N | C},
	{"rename over another", NULL, move_over, N | D},
	{"rename RENAME_NOREPLACE", NULL, move_keep, N | C},
	{"rename RENAME_EXCHANGE", NULL, move_exchange, N},
	{"rename of a directory", NULL, move_dir, N | C},
	{"rename out of its rules", NULL, move_out, N | KEPT | D | L},
	{"rename of a directory out of its rules", NULL, move_dir_out, N | KEPT | D | L},
	{"rename into rules", NULL, move_in, N | C},
	{"exchange out of its rules", NULL, exchange_out, N | KEPT | D | L},
	{"link out of its rules", NULL, link_out, L | KEPT},
	{"chmod", NULL, mode_path, M},
	{"fchmod", has_both, mode_fd, M},
	{"fchmodat2", NULL, mode_at2, M},
	{"chown", NULL, owner_path, O},
	{"fchown", has_both, owner_fd, O},
	{"lchown", NULL, owner_link, O},
	{"setxattr", NULL, attribute_set, A},
	{"setxattr of security", NULL, attribute_user, A},
	{"fsetxattr", has_both, attribute_set_fd, A},
	{"lsetxattr", NULL, attribute_set_link, A},
	{"removexattr", NULL, attribute_remove, A},
	{"set an ACL", NULL, acl_set, A},
	{"remove an ACL", NULL, acl_remove, A},
	{"utimensat", NULL, times_path, W},
	{"utimensat, now", NULL, times_now, W},
	{"futimens", has_both, times_fd, W},
	{"execve", NULL, exec_path, X},
	{"execve of a script", NULL, exec_script, X},
	{"execveat of an fd", has_exec, exec_fd, X},
};

/* In the order of enum bl_op. */
static const char *const accesses[] = {
	"read",	 "write", "create", "delete", "rename",	 "link",
	"chmod", "chown", "xattr",  "mknod",  "execute",
};
#define ACCESSES (sizeof(accesses) / sizeof(*accesses))

static void write_policies(void)
{
	static const char would[] = "version: 1\nname: would\nmode: audit\n"
				    "scope: {cgroups: [/governed/**]}\n"
				    "files: {default: allow, deny: [/t/would/**]}\n";
	FILE *f = fopen("/t.yaml", "w");

	write_text("/w.yaml", would, sizeof(would) - 1, 0644);

	if (!f)
		die("policy");
	fprintf(f, "version: 1\nname: files\nscope: {cgroups: [/governed/**]}\nfiles:\n"
		   "  default: allow\n  audit: [/t/audit/**]\n  deny:\n");
	for (size_t i = 0; i < ACCESSES; i++)
		fprintf(f, "    - {paths: [/t/%s/**], access: [%s]}\n", accesses[i], accesses[i]);
	fclose(f);
}

/* What every case finds in its directory, and in /t/none. */
static void furnish(const char *dir)
{
	empty("/t/none");
	write_text("/t/none/in", "x", 1, 0644);
	write_text("/t/none/exchanged", "x", 1, 0644);
	empty(dir);
	if (chdir(dir) != 0 || mkdir("sub", 0755) || mkdir("hollow", 0755) ||
	    symlink("f", "link") || symlink("sub", "sublink"))
		die(dir);
	write_text("f", "abcdef", 6, 0644);
	write_text("g", "abcdef", 6, 0644);
	write_text("sub/f", "x", 1, 0644);
	write_text("new\nline\xff\x80", "x", 1, 0644);
	write_text("run", (const char *)tiny, sizeof(tiny), 0755);
	write_text("script", "#!/t/other-run\n", 15, 0755);
	if (setxattr("g", "trusted.x", "1", 1, 0) ||
	    setxattr("g", "system.posix_acl_access", acl, sizeof(acl), 0))
		die("setxattr");
	if (chdir("/") != 0)
		die("/");
}

/* What was told since the last look: a letter each for denied, would be denied, audited. */
static const char *told_now(void)
{
	static const struct {
		enum bl_counter counter;
		char letter;
	} kinds[] = {{BL_COUNT_DENIED, 'd'}, {BL_COUNT_WOULD_DENY, 'w'}, {BL_COUNT_AUDITED, 'a'}};
	static uint64_t before[3];
	static char told[4];
	struct lsm_status status;
	size_t n = 0;

	if (lsm_status(lsm, diag, &status) < 0)
		die("status");
	for (size_t i = 0; i < 3; i++) {
		if (status.counters[kinds[i].counter] != before[i])
			told[n++] = kinds[i].letter;
		before[i] = status.counters[kinds[i].counter];
	}
	told[n] = '\0';
	return told;
}

/* One case where no single access is denied: says nothing but what is wrong. */
static void run_beside(size_t n, const char *dir, int error, const char *expected)
{
	char name[128], why[64];
	const char *told;
	int r;

	furnish(dir);
	told_now();
	r = trial("governed", dir, cases[n].ready, cases[n].try);
	told = told_now();
	if (r == error && strcmp(told, expected) == 0)
		return;
	snprintf(name, sizeof(name), "%s, in %s", cases[n].name, dir);
	snprintf(why, sizeof(why), "%d, told '%s', not '%s'", r, told, expected);
	result(false, name, why);
}

/* One case in every directory. */
static void run_case(size_t n)
{
	unsigned ops = cases[n].ops;
	char dir[64], why[256] = "";
	int r;

	for (size_t i = 0; i < ACCESSES; i++) {
		snprintf(dir, sizeof(dir), "/t/%s", accesses[i]);
		furnish(dir);
		r = trial("governed", dir, cases[n].ready, cases[n].try);
		if (r == NOT_HERE) {
			printf("SKIP %s: this kernel can't\n", cases[n].name);
			return;
		}
		if (r != (ops >> i & 1 ? EPERM : 0))
			snprintf(why + strlen(why), sizeof(why) - strlen(why), "%s: %d ",
				 accesses[i], r);
	}
	result(!*why, cases[n].name, why);
	run_beside(n, "/t/plain", ops == ALL ? EPERM : 0, ops == ALL ? "d" : "");
	run_beside(n, "/t/audit", ops == ALL ? EPERM : 0, ops == ALL ? "d" : ops ? "a" : "");
	run_beside(n, "/t/would", ops == ALL ? EPERM : 0, ops == ALL ? "d" : ops ? "w" : "");
}

/* Has been governed, and has had the file open, since before the load. */
static int early[2];
static pid_t start_early(void)
{
	pid_t pid;
	char c;

	furnish("/t/read");
	if (pipe(early) != 0)
		die("pipe");
	pid = fork();
	if (pid == 0) {
		enter("governed");
		fd = open("/t/read/f", O_RDONLY);
		if (fd < 0 || read(fd, buffer, 1) != 1 || read(early[0], &c, 1) != 1)
			_exit(254);
		_exit(code(read(fd, buffer, 1)));
	}
	return pid;
}

int main(int argc, char **argv)
{
	static const char *const paths[] = {"/t.yaml", "/w.yaml"};
	char dir[64];
	pid_t pid;
	int status;

	mkdir("/t", 0755);
	mkdir("/t/none", 0755);
	mkdir("/t/plain", 0755);
	mkdir("/t/audit", 0755);
	mkdir("/t/would", 0755);
	for (size_t i = 0; i < ACCESSES; i++) {
		snprintf(dir, sizeof(dir), "/t/%s", accesses[i]);
		mkdir(dir, 0755);
	}
	write_text("/t/other-run", (const char *)tiny, sizeof(tiny), 0755);
	make_cgroup("governed");
	write_policies();
	pid = start_early();
	usleep(200000);
	load(paths, 2);
	if (write(early[1], "x", 1) != 1 || waitpid(pid, &status, 0) != pid)
		die("early");
	result(WIFEXITED(status) && WEXITSTATUS(status) == EPERM, "fd from before the load",
	       "not refused");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (argc < 2 || strstr(cases[i].name, argv[1]))
			run_case(i);
	lsm_rest(lsm); /* what has not ended yet has the lock, too */
	return failures != 0;
}
