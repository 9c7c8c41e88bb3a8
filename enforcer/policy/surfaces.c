/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's surfaces, by name: one table for filters, the loader and the man page. A call that
 * an ABI does not have is skipped there.
 *
 * clone3 carries its flags in memory, where a filter can't see them: where clone's are restricted
 * it is refused with ENOSYS, so that libc falls back to clone; quietly, for every thread starts so.
 */
#include <errno.h>

#include "policy_internal.h"

#define CALL(name)                                                                                 \
	{                                                                                          \
		.call = (name)                                                                     \
	}

/* CLONE_NEWTIME is missing: in clone it lies within the exit signal. */
static const char *const clone_namespaces[] = {
	"CLONE_NEWNS",	 "CLONE_NEWCGROUP", "CLONE_NEWUTS", "CLONE_NEWIPC",
	"CLONE_NEWUSER", "CLONE_NEWPID",    "CLONE_NEWNET", NULL,
};
/* UNSHARE_EMPTY_MNTNS implies CLONE_NEWNS. */
static const char *const unshare_namespaces[] = {
	"CLONE_NEWNS",	"CLONE_NEWCGROUP", "CLONE_NEWUTS",  "CLONE_NEWIPC",	   "CLONE_NEWUSER",
	"CLONE_NEWPID", "CLONE_NEWNET",	   "CLONE_NEWTIME", "UNSHARE_EMPTY_MNTNS", NULL,
};
static const char *const new_user[] = {"CLONE_NEWUSER", NULL};
static const char *const reboot_kexec[] = {"LINUX_REBOOT_CMD_KEXEC", NULL};
static const char *const zero[] = {"0", NULL};
/* Both make a mount; a plain open_tree only opens a path. */
static const char *const tree_copies[] = {"OPEN_TREE_CLONE", "OPEN_TREE_NAMESPACE", NULL};

static const struct policy_surface_call modules[] = {
	CALL("init_module"),   CALL("finit_module"), CALL("delete_module"),
	CALL("create_module"), CALL("query_module"), CALL("get_kernel_syms"),
};
static const struct policy_surface_call kexec[] = {
	CALL("kexec_load"),
	CALL("kexec_file_load"),
	{.call = "reboot", .arg = "cmd", .op = 'i', .values = reboot_kexec},
};
static const struct policy_surface_call bpf[] = {CALL("bpf")};
static const struct policy_surface_call perf[] = {CALL("perf_event_open")};
static const struct policy_surface_call mount[] = {
	CALL("mount"),
	CALL("umount"),
	CALL("umount2"),
	CALL("pivot_root"),
	CALL("fsopen"),
	CALL("fsconfig"),
	CALL("fsmount"),
	CALL("fspick"),
	CALL("move_mount"),
	{.call = "open_tree", .arg = "flags", .op = 'a', .values = tree_copies},
	CALL("open_tree_attr"),
	CALL("mount_setattr"),
};
static const struct policy_surface_call namespaces[] = {
	{.call = "unshare", .arg = "unshare_flags", .op = 'a', .values = unshare_namespaces},
	{.call = "clone", .arg = "clone_flags", .op = 'a', .values = clone_namespaces},
	CALL("setns"),
	{.call = "clone3", .error = ENOSYS, .quiet = true},
};
/* All of them pass the kernel's ptrace check on another process. */
static const struct policy_surface_call ptrace[] = {
	CALL("ptrace"),	     CALL("process_vm_readv"), CALL("process_vm_writev"),
	CALL("pidfd_getfd"), CALL("process_madvise"),  CALL("kcmp"),
};
static const struct policy_surface_call keyring[] = {CALL("add_key"), CALL("request_key"),
						     CALL("keyctl")};
static const struct policy_surface_call io_uring[] = {
	CALL("io_uring_setup"), CALL("io_uring_enter"), CALL("io_uring_register")};
/* What adjtimex and clock_adjtime would do lies in memory, so reading by them is shut as well. */
static const struct policy_surface_call clocks[] = {
	CALL("settimeofday"),  CALL("clock_settime"),	CALL("clock_settime64"), CALL("adjtimex"),
	CALL("clock_adjtime"), CALL("clock_adjtime64"), CALL("stime"),
};
static const struct policy_surface_call reboot[] = {CALL("reboot")};
static const struct policy_surface_call raw_io[] = {
	CALL("iopl"),
	CALL("ioperm"),
	CALL("pciconfig_read"),
	CALL("pciconfig_write"),
	CALL("pciconfig_iobase"),
};
static const struct policy_surface_call logs[] = {CALL("syslog")};

#define SURFACE(word, clause, table)                                                               \
	{                                                                                          \
		word, clause, table, ARRAY_LEN(table)                                              \
	}

static const struct policy_surface surfaces[] = {
	SURFACE("modules", "loading and unloading kernel modules", modules),
	SURFACE("kexec", "starting another kernel", kexec),
	SURFACE("bpf", "BPF programs and maps", bpf),
	SURFACE("perf", "performance events", perf),
	SURFACE("mount", "mounting, unmounting, and changing mounts, by the old calls and the new",
		mount),
	SURFACE("namespaces", "making and entering namespaces", namespaces),
	SURFACE("ptrace", "tracing other processes and reaching into them", ptrace),
	SURFACE("keyring", "the kernel's keyrings", keyring),
	SURFACE("io-uring", "io_uring, which does by its ring what a filter forbids by number",
		io_uring),
	SURFACE("clock", "setting the system's clocks", clocks),
	SURFACE("reboot", "rebooting, halting and Ctrl-Alt-Del", reboot),
	SURFACE("raw-io", "I/O ports and PCI configuration space", raw_io),
	SURFACE("log", "reading and clearing the kernel's log", logs),
};

_Static_assert(ARRAY_LEN(surfaces) <= POLICY_MAX_SURFACES, "a surface has its place in a policy");

const struct policy_surface *policy_surfaces(size_t *ret_count)
{
	*ret_count = ARRAY_LEN(surfaces);
	return surfaces;
}

/*
 * A new user namespace hands the full set of capabilities back, and so does entering another one:
 * setns with no type enters whatever the descriptor is of.
 */
const struct policy_surface_call user_namespace_calls[] = {
	{.call = "unshare", .arg = "unshare_flags", .op = 'a', .values = new_user},
	{.call = "clone", .arg = "clone_flags", .op = 'a', .values = new_user},
	{.call = "setns", .arg = "flags", .op = 'a', .values = new_user},
	{.call = "setns", .arg = "flags", .op = 'i', .values = zero},
	{.call = "clone3", .error = ENOSYS, .quiet = true},
};
const size_t user_namespace_calls_count = ARRAY_LEN(user_namespace_calls);
