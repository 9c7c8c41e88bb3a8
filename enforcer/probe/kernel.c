/* SPDX-License-Identifier: Apache-2.0 */
/* The machine as a whole: each thing that the host plane takes, and what to do where it is missing. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <mntent.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bailiff/base.h"
#include "room.h"

#define SECURITY "/sys/kernel/security"
#define BTF_FILE "/sys/kernel/btf/vmlinux"
#define BPFFS	 "/sys/fs/bpf"

static void PRINTF_LIKE(2, 3) found(struct probe_fact *fact, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(fact->found, sizeof(fact->found), format, args);
	va_end(args);
}

static void PRINTF_LIKE(3, 4) lacking(struct probe_fact *fact, int error, const char *next, ...)
{
	va_list args;

	va_start(args, next);
	vsnprintf(fact->next, sizeof(fact->next), next, args);
	va_end(args);
	fact->error = error;
}

static bool read_line_of(int fd, char *out, size_t size)
{
	ssize_t n = fd < 0 ? -1 : read(fd, out, size - 1);

	if (n < 0)
		return false;
	out[n] = '\0';
	out[strcspn(out, "\n")] = '\0';
	return true;
}

/* The first line of a small file; false: it can't be read. */
static bool read_line(const char *path, char *out, size_t size)
{
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);

	return read_line_of(fd, out, size);
}

/* The same below securityfs, which is looked into even where nobody has mounted it. */
static bool read_security(const char *name, char *out, size_t size)
{
	CLEANUP(close_fd) int context = -1, mount = -1, fd = -1;
	char path[64];

	snprintf(path, sizeof(path), SECURITY "/%s", name);
	if (read_line(path, out, size))
		return true;
	context = fsopen("securityfs", FSOPEN_CLOEXEC);
	if (context < 0 || fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return false;
	mount = fsmount(context, FSMOUNT_CLOEXEC, 0);
	fd = mount < 0 ? -1 : openat(mount, name, O_RDONLY | O_CLOEXEC);
	return read_line_of(fd, out, size);
}

static void check_version(struct probe_fact *fact)
{
	struct utsname name;
	const char *at = name.release;
	uint64_t major = 0, minor = 0;

	if (uname(&name) < 0 || !take_number(&at, 10, &major) || !take_word(&at, ".") ||
	    !take_number(&at, 10, &minor))
		snprintf(name.release, sizeof(name.release), "?");
	found(fact, "kernel %s", name.release);
	if (major > 6 || (major == 6 && minor >= 1))
		return;
	found(fact, "kernel %s is older than 6.1", name.release);
	lacking(fact, -ENOSYS, "boot a newer one; `bailiff run` works on this one");
}

static void check_btf(struct probe_fact *fact)
{
	found(fact, "%s is there", BTF_FILE);
	if (access(BTF_FILE, R_OK) == 0)
		return;
	found(fact, "the kernel's types, %s, can't be read: %s", BTF_FILE, strerror(errno));
	lacking(fact, -ENOSYS, "%s",
		access("/sys/kernel", F_OK) == 0 ? "boot a kernel with CONFIG_DEBUG_INFO_BTF=y"
						 : "mount sysfs: mount -t sysfs sysfs /sys");
}

/* Kernel 5.10 and others attach LSM programs without `bpf` in the list, and never call them. */
static void check_lsm_list(struct probe_fact *fact)
{
	char list[256], words[258];

	if (!read_security("lsm", list, sizeof(list))) {
		found(fact, "the list of LSMs, " SECURITY "/lsm, can't be read: %s",
		      strerror(errno));
		lacking(fact, -ENOSYS,
			"mount securityfs: mount -t securityfs securityfs " SECURITY);
		return;
	}
	snprintf(words, sizeof(words), ",%s,", list);
	if (strstr(words, ",bpf,")) {
		found(fact, "bpf is among %.150s", list);
		return;
	}
	found(fact, "bpf is not among the LSMs (%.100s): programs would attach and never be called",
	      list);
	lacking(fact, -ENOSYS, "boot with lsm=%.150s,bpf", list);
}

static void check_lockdown(struct probe_fact *fact)
{
	char modes[128], *start, *end;

	if (!read_security("lockdown", modes, sizeof(modes))) {
		found(fact, "off, or not known");
		return;
	}
	start = strchr(modes, '[');
	end = start ? strchr(start, ']') : NULL;
	if (end)
		*end = '\0';
	found(fact, "%s", start ? start + 1 : modes);
	if (!start || strcmp(start + 1, "confidentiality") != 0)
		return;
	found(fact, "kernel lockdown is in confidentiality mode, in which no program may read the "
		    "kernel");
	lacking(fact, -ENOSYS, "boot with lockdown=integrity, or without lockdown");
}

static void check_bpffs(struct probe_fact *fact)
{
	struct statfs fs;

	found(fact, "%s is a bpf file system", BPFFS);
	if (statfs(BPFFS, &fs) == 0 && fs.f_type == BPF_FS_MAGIC)
		return;
	found(fact, "%s is no bpf file system; enforcement is pinned to one", BPFFS);
	lacking(fact, -ENOSYS, "mount it: mount -t bpf bpf %s", BPFFS);
}

static void check_cgroup2(struct probe_fact *fact)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *entry;

	while (mounts && (entry = getmntent(mounts))) {
		if (strcmp(entry->mnt_type, "cgroup2") != 0)
			continue;
		found(fact, "cgroup2 is mounted on %s", entry->mnt_dir);
		endmntent(mounts);
		return;
	}
	if (mounts)
		endmntent(mounts);
	found(fact, "no cgroup2 is mounted");
	lacking(fact, -ENOSYS, "mount it: mount -t cgroup2 cgroup2 /sys/fs/cgroup");
}

static void check_jit(struct probe_fact *fact)
{
	char value[16];

	found(fact, "the kernel compiles programs");
	if (!read_line("/proc/sys/net/core/bpf_jit_enable", value, sizeof(value)) ||
	    strcmp(value, "0") != 0)
		return;
	found(fact, "the kernel's compiler of BPF programs is off");
	lacking(fact, -ENOSYS, "turn it on: sysctl net.core.bpf_jit_enable=1");
}

bool probe_hooks_are_called(void)
{
	char value[16];

	return !read_line("/proc/sys/kernel/ftrace_enabled", value, sizeof(value)) ||
	       strcmp(value, "0") != 0;
}

static void check_ftrace(struct probe_fact *fact)
{
	found(fact, "programs on hooks are called");
	if (probe_hooks_are_called())
		return;
	found(fact, "ftrace is switched off: programs would attach and never be called");
	lacking(fact, -ENOSYS, "turn it on: sysctl kernel.ftrace_enabled=1");
}

/* LSM programs take CAP_BPF and CAP_PERFMON; ids of objects and hosts' tasks CAP_SYS_ADMIN. */
static void check_privilege(struct probe_fact *fact)
{
	static const struct {
		unsigned cap;
		const char *name;
	} needed[] = {{CAP_SYS_ADMIN, "CAP_SYS_ADMIN"},
		      {CAP_BPF, "CAP_BPF"},
		      {CAP_PERFMON, "CAP_PERFMON"}};
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};
	uint64_t inside, outside, count;
	char line[64];
	const char *at = line;
	size_t i;

	found(fact, "this process may load programs");
	(void)syscall(SYS_capget, &header, data);
	for (i = 0; i < ARRAY_LEN(needed); i++) {
		if (data[needed[i].cap / 32].effective >> (needed[i].cap % 32) & 1)
			continue;
		found(fact, "this process does not have %s", needed[i].name);
		lacking(fact, -EPERM, "run it as root");
		return;
	}
	if (read_line("/proc/self/uid_map", line, sizeof(line)) && take_number(&at, 10, &inside) &&
	    take_number(&at, 10, &outside) && take_number(&at, 10, &count) &&
	    (inside || outside || count != UINT32_MAX)) {
		found(fact, "this process lives in a user namespace of its own");
		lacking(fact, -EPERM, "run it outside of the container, as root of the machine");
	}
}

/* Is this line of kallsyms, "ffffffff81000000 D name", one of that symbol, with its address? */
static bool tells(const char *line, const char *symbol)
{
	uint64_t address;

	if (!take_number(&line, 16, &address) || !address || line[0] != ' ' || !line[1] ||
	    line[2] != ' ')
		return false;
	line += 3;
	return take_word(&line, symbol) && (!*line || *line == '\t' || *line == '\n');
}

/* Two locks of the kernel's are read by address. */
static void check_symbols(struct probe_fact *fact)
{
	CLEANUP(close_file) FILE *f = fopen("/proc/kallsyms", "re");
	unsigned seen = 0;
	char line[512];

	while (f && seen < 2 && fgets(line, sizeof(line), f))
		if (tells(line, "rename_lock") || tells(line, "mount_lock"))
			seen++;
	found(fact, "addresses of the kernel's symbols can be read");
	if (seen == 2)
		return;
	found(fact,
	      "the addresses of rename_lock and mount_lock can't be read from /proc/kallsyms");
	lacking(fact, -ENOSYS,
		"sysctl kernel.kptr_restrict=1, and a kernel with CONFIG_KALLSYMS_ALL=y");
}

/* --- One program, that does nothing ------------------------------------------------------------- */

#define OP(code_, dst_, src_, off_, imm_)                                                          \
	((struct bpf_insn){.code = (code_),                                                        \
			   .dst_reg = (dst_),                                                      \
			   .src_reg = (src_),                                                      \
			   .off = (off_),                                                          \
			   .imm = (imm_)})

/* On file_open; reads the kernel's memory as the real ones do. 0 or -errno. */
static int load_one(uint32_t btf_id)
{
	const struct bpf_insn code[] = {
		OP(BPF_ALU64 | BPF_MOV | BPF_X, 1, 10, 0, 0),
		OP(BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, -8),
		OP(BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 8),
		OP(BPF_ALU64 | BPF_MOV | BPF_K, 3, 0, 0, 0),
		OP(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_probe_read_kernel),
		OP(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0),
		OP(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_LSM,
		.expected_attach_type = BPF_LSM_MAC,
		.attach_btf_id = btf_id,
		.insns = (uintptr_t)code,
		.insn_cnt = ARRAY_LEN(code),
		.license = (uintptr_t) "GPL",
	};
	long fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));

	if (fd < 0)
		return -errno;
	close((int)fd);
	return 0;
}

static void check_hooks(struct probe_fact *fact, const struct probe *probe)
{
	found(fact, "the kernel has hooks for programs");
	if (!probe) {
		found(fact, "not tried: the kernel's types are missing");
		fact->error = -EAGAIN;
	} else if (!probe_function(probe, "bpf_lsm_file_open")) {
		found(fact, "the kernel has no hooks for LSM programs");
		lacking(fact, -ENOSYS, "boot a kernel with CONFIG_BPF_LSM=y");
	}
}

static void check_trial(struct probe_fact *fact, const struct probe *probe, bool allowed,
			const struct probe_fact *lockdown)
{
	int r;

	if (!allowed || !probe || !probe_function(probe, "bpf_lsm_file_open")) {
		found(fact, "not tried: something else is in the way");
		fact->error = -EAGAIN;
		return;
	}
	r = load_one((uint32_t)probe_function(probe, "bpf_lsm_file_open"));
	found(fact, "an LSM program that does nothing loads");
	if (r == 0)
		return;
	found(fact, "the kernel refuses an LSM program that does nothing: %s", strerror(-r));
	if (r == -EPERM || r == -EACCES)
		lacking(fact, -EPERM,
			"something keeps it from a process that has every capability for it: "
			"lockdown "
			"(here: %.40s), or how this kernel was built",
			lockdown->found);
	else
		lacking(fact, -ENOSYS, "%s",
			r == -EINVAL ? "is CONFIG_BPF_LSM=y, and lockdown off?"
				     : "see the kernel's log");
}

/* --- All of it ---------------------------------------------------------------------------------- */

enum fact {
	FACT_VERSION,
	FACT_BTF,
	FACT_HOOKS,
	FACT_LIST,
	FACT_LOCKDOWN,
	FACT_JIT,
	FACT_FTRACE,
	FACT_BPFFS,
	FACT_CGROUP2,
	FACT_PRIVILEGE,
	FACT_SYMBOLS,
	FACT_TRIAL,
};
_Static_assert(FACT_TRIAL + 1 == PROBE_FACTS, "each fact has its place");

void probe_facts(struct probe_fact facts[PROBE_FACTS])
{
	static const char *const names[PROBE_FACTS] = {
		[FACT_VERSION] = "kernel",    [FACT_BTF] = "types",
		[FACT_HOOKS] = "hooks",	      [FACT_LIST] = "lsm-list",
		[FACT_LOCKDOWN] = "lockdown", [FACT_JIT] = "jit",
		[FACT_FTRACE] = "ftrace",     [FACT_BPFFS] = "bpffs",
		[FACT_CGROUP2] = "cgroup2",   [FACT_PRIVILEGE] = "privilege",
		[FACT_SYMBOLS] = "symbols",   [FACT_TRIAL] = "trial",
	};
	CLEANUP(probe_freep) struct probe *probe = NULL;
	bool allowed;
	size_t i;

	memset(facts, 0, PROBE_FACTS * sizeof(*facts));
	for (i = 0; i < PROBE_FACTS; i++)
		facts[i].name = names[i];
	(void)probe_new(NULL, &probe);
	check_version(&facts[FACT_VERSION]);
	check_btf(&facts[FACT_BTF]);
	check_hooks(&facts[FACT_HOOKS], probe);
	check_lsm_list(&facts[FACT_LIST]);
	check_lockdown(&facts[FACT_LOCKDOWN]);
	check_jit(&facts[FACT_JIT]);
	check_ftrace(&facts[FACT_FTRACE]);
	check_bpffs(&facts[FACT_BPFFS]);
	check_cgroup2(&facts[FACT_CGROUP2]);
	check_privilege(&facts[FACT_PRIVILEGE]);
	allowed = facts[FACT_PRIVILEGE].error == 0;
	if (allowed) {
		check_symbols(&facts[FACT_SYMBOLS]);
	} else {
		found(&facts[FACT_SYMBOLS], "not tried: only root can see them");
		facts[FACT_SYMBOLS].error = -EAGAIN;
	}
	allowed = allowed && facts[FACT_LOCKDOWN].error == 0;
	check_trial(&facts[FACT_TRIAL], probe, allowed, &facts[FACT_LOCKDOWN]);
}

int probe_kernel(struct diag *diag)
{
	struct probe_fact facts[PROBE_FACTS];
	int worst = 0;
	size_t i;

	probe_facts(facts);
	for (i = 0; i < PROBE_FACTS; i++) {
		if (!facts[i].error || facts[i].error == -EAGAIN)
			continue;
		diag_error(diag, NULL, "%s; %s", facts[i].found, facts[i].next);
		if (worst != -ENOSYS)
			worst = facts[i].error;
	}
	return worst;
}
