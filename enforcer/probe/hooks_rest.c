/* SPDX-License-Identifier: Apache-2.0 */
/* The hooks of network, capabilities, kernel surfaces and of bailiff's own protection. */
#include "bailiff/probe.h"

#define GROUP_URING 20

#define UNIX_CONNECT  PROBE_OP(BL_OP_UNIX_CONNECT)
#define UNIX_BIND     PROBE_OP(BL_OP_UNIX_BIND)
#define SURFACE(name) PROBE_SURFACE(BL_SURFACE_##name)

#define HOOK(function, name, what, lacking)                                                        \
	{                                                                                          \
		.program = (function), .hook = (name), .serves = (what), .without = (lacking)      \
	}
#define BETTER(function, name, what, lacking)                                                      \
	{                                                                                          \
		.program = (function), .hook = (name), .serves = (what), .optional = true,         \
		.without = (lacking)                                                               \
	}

#define NO_NAMES "names in bailiff's own directory can't be kept"

const struct probe_hook probe_hooks_rest[] = {
	HOOK("net_create", "socket_create", PROBE_SOCKET,
	     "sockets can't be judged by family and type"),
	HOOK("net_bind", "socket_bind", PROBE_BIND | UNIX_BIND,
	     "addresses can't be kept from bind"),
	HOOK("net_connect", "socket_connect", PROBE_CONNECT, "connections can't be denied"),
	HOOK("net_listen", "socket_listen", PROBE_LISTEN, "listening can't be denied"),
	HOOK("net_send", "socket_sendmsg", PROBE_CONNECT,
	     "what is sent with a destination of its own can't be judged"),
	HOOK("net_sctp", "sctp_bind_connect", PROBE_BIND | PROBE_CONNECT,
	     "addresses of SCTP can't be kept from setsockopt()"),
	HOOK("net_unix_stream", "unix_stream_connect", UNIX_CONNECT,
	     "connections of unix sockets can't be judged"),
	HOOK("net_unix_send", "unix_may_send", UNIX_CONNECT,
	     "datagrams of unix sockets can't be judged"),

	HOOK("cap_use", "capable",
	     PROBE_CAPABILITY | SURFACE(MODULES) | SURFACE(KEXEC) | SURFACE(MOUNT) |
		     SURFACE(NAMESPACES) | SURFACE(CLOCK) | SURFACE(REBOOT) | SURFACE(RAW_IO),
	     "the use of capabilities can't be judged"),
	HOOK("cap_userns", "userns_create", PROBE_CAPABILITY | SURFACE(NAMESPACES),
	     "user namespaces can't be denied"),
	HOOK("kern_module", "kernel_module_request", SURFACE(MODULES),
	     "modules that the kernel fetches for a task can't be denied"),
	HOOK("kern_perf", "perf_event_open", SURFACE(PERF), "performance events can't be denied"),
	HOOK("kern_key_new", "key_alloc", SURFACE(KEYRING), "new keys can't be denied"),
	HOOK("kern_key", "key_permission", SURFACE(KEYRING), "the use of keys can't be denied"),
	{
		.program = "kern_uring",
		.hook = "uring_allowed",
		.serves = SURFACE(IO_URING),
		.group = GROUP_URING,
		.without = "new rings can't be denied",
	},
	{
		.program = "kern_uring_file",
		.hook = "inode_init_security_anon",
		.serves = SURFACE(IO_URING),
		.group = GROUP_URING,
		.without = "new rings can't be denied",
	},
	BETTER("kern_uring_poll", "uring_sqpoll", SURFACE(IO_URING),
	       "polling by a ring that was handed over can't be denied"),
	BETTER("kern_uring_cmd", "uring_cmd", SURFACE(IO_URING),
	       "commands by a ring that was handed over can't be denied"),
	HOOK("kern_uring_cred", "uring_override_creds", PROBE_CAPABILITY,
	     "credentials that a ring has kept can't be judged"),
	HOOK("kern_pci", "locked_down", SURFACE(RAW_IO), "writing to PCI devices can't be denied"),
	HOOK("kern_log", "syslog", SURFACE(LOG), "the kernel's log can't be denied"),
	HOOK("kern_bpf", "bpf", SURFACE(BPF) | PROBE_SELF, "bpf() can't be denied"),
	HOOK("kern_mount", "sb_mount", SURFACE(MOUNT) | PROBE_SELF, "mount() can't be denied"),
	HOOK("kern_move", "move_mount", SURFACE(MOUNT) | PROBE_SELF,
	     "move_mount() can't be denied"),
	HOOK("kern_umount", "sb_umount", SURFACE(MOUNT) | PROBE_SELF, "umount() can't be denied"),
	HOOK("kern_pivot", "sb_pivotroot", SURFACE(MOUNT), "pivot_root() can't be denied"),
	HOOK("kern_trace", "ptrace_access_check", SURFACE(PTRACE) | PROBE_ESCAPE | PROBE_SELF,
	     "a governed task could act through one that it traces"),
	HOOK("kern_traceme", "ptrace_traceme", SURFACE(PTRACE) | PROBE_ESCAPE,
	     "a governed task could act through one that it traces"),
	HOOK("kern_prctl", "task_prctl", PROBE_ESCAPE,
	     "a task could take the name of another executable"),

	HOOK("self_new_map", "bpf_map", PROBE_SELF, "bailiff's maps can't be kept from others"),
	HOOK("self_new_prog", "bpf_prog", PROBE_SELF,
	     "bailiff's programs can't be kept from others"),
	HOOK("self_unlink", "path_unlink", PROBE_SELF, NO_NAMES),
	HOOK("self_rmdir", "path_rmdir", PROBE_SELF, NO_NAMES),
	HOOK("self_mkdir", "path_mkdir", PROBE_SELF, NO_NAMES),
	HOOK("self_mknod", "path_mknod", PROBE_SELF, NO_NAMES),
	HOOK("self_symlink", "path_symlink", PROBE_SELF, NO_NAMES),
	HOOK("self_link", "path_link", PROBE_SELF, NO_NAMES),
	HOOK("self_rename", "path_rename", PROBE_SELF, NO_NAMES),
	HOOK("self_kill", "task_kill", PROBE_SELF, "signals to the service can't be denied"),
	HOOK("self_sigio", "file_send_sigiotask", PROBE_SELF,
	     "signals to the service can't be denied"),
	HOOK("self_limit", "task_setrlimit", PROBE_SELF, "the service's limits can't be kept"),

	BETTER("tell_seccomp", "fentry:audit_seccomp", PROBE_SECCOMP,
	       "what filters deny is not in the stream"),
	{0},
};
