/* SPDX-License-Identifier: Apache-2.0 */
/* Constants, decoded arguments and suggestions. */
#include "bailiff/base.h"
#include "bailiff/names.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define NONE UINT64_MAX /* of constants: not on that ABI */

Test(values, constants_of_each_abi)
{
	static const struct {
		const char *name;
		uint64_t value[ARCH_COUNT]; /* x86_64, i386, x32, aarch64 */
	} rows[] = {
		{"O_DIRECT", {0x4000, 0x4000, 0x4000, 0x10000}},
		{"O_DIRECTORY", {0x10000, 0x10000, 0x10000, 0x4000}},
		{"O_CLOEXEC", {0x80000, 0x80000, 0x80000, 0x80000}},
		{"PTRACE_GETREGS", {12, 12, 12, NONE}},
		{"PTRACE_ARCH_PRCTL", {0x1e, NONE, 0x1e, NONE}},
		{"PROT_BTI", {NONE, NONE, NONE, 0x10}},
		{"F_GETLK64", {NONE, 12, 12, NONE}},
		{"MAP_32BIT", {0x40, 0x40, 0x40, NONE}},
		{"SO_RCVTIMEO", {20, NONE, 20, 20}},
		{"CLONE_INTO_CGROUP", {1ull << 33, 1ull << 33, 1ull << 33, 1ull << 33}},
		{"BTRFS_IOC_SNAP_CREATE", {0x50009401, 0x50009401, 0x50009401, 0x50009401}},
		{"FS_IOC_GETFLAGS", {0x80086601, 0x80046601, 0x80046601, 0x80086601}},
		{"TIOCSTI", {0x5412, 0x5412, 0x5412, 0x5412}},
		{"CAP_SYS_ADMIN", {21, 21, 21, 21}},
		{"EPERM", {1, 1, 1, 1}},
		{"NO_SUCH_NAME", {NONE, NONE, NONE, NONE}},
		{"", {NONE, NONE, NONE, NONE}},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (unsigned arch = 0; arch < ARCH_COUNT; arch++) {
			uint64_t value = NONE;
			bool negative = true;
			int result =
				names_constant((enum arch)arch, rows[i].name, &value, &negative);

			cr_expect_eq(result, rows[i].value[arch] == NONE ? -ENOENT : 0, "%s on %s",
				     rows[i].name, arch_name((enum arch)arch));
			cr_expect_eq(value, rows[i].value[arch], "%s on %s: %#lx", rows[i].name,
				     arch_name((enum arch)arch), (unsigned long)value);
			cr_expect_eq(negative, result < 0, "%s is no negative number",
				     rows[i].name);
		}
	}
}

Test(values, ioctls_hold_sizes_of_each_abi)
{
	uint64_t native, x32;
	bool negative;

	cr_assert_eq(names_constant(ARCH_X86_64, "FS_IOC_GETVERSION", &native, &negative), 0);
	cr_assert_eq(names_constant(ARCH_X32, "FS_IOC_GETVERSION", &x32, &negative), 0);
	cr_expect_eq(native, _IOR('v', 1, int64_t));
	cr_expect_eq(x32, _IOR('v', 1, int32_t));
}

Test(values, negative_constants_are_told_from_high_ones)
{
	static const struct {
		const char *name;
		uint64_t value;
		bool negative;
	} rows[] = {
		{"AT_FDCWD", (uint32_t)AT_FDCWD, true},
		{"KEY_SPEC_SESSION_KEYRING", 0xfffffffd, true},
		{"PIDFD_SELF", 0xffffd8f0, true},
		{"CLONE_IO", 0x80000000, false},
		{"MS_NOUSER", 0x80000000, false},
		{"FUTEX_BITSET_MATCH_ANY", 0xffffffff, false},
		{"SECCOMP_RET_KILL_PROCESS", 0x80000000, false},
		{"PR_SET_PTRACER_ANY", UINT64_MAX, false}, /* of 64 bits already */
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t value = 0;
		bool negative = !rows[i].negative;

		cr_expect_eq(names_constant(ARCH_X86_64, rows[i].name, &value, &negative), 0);
		cr_expect_eq(value, rows[i].value, "%s: %#lx", rows[i].name, (unsigned long)value);
		cr_expect_eq(negative, rows[i].negative, "%s", rows[i].name);
	}
}

Test(values, errnos)
{
	static const struct {
		const char *name;
		int value;
		const char *canonical;
	} rows[] = {
		{"EPERM", EPERM, "EPERM"},
		{"ENOSYS", ENOSYS, "ENOSYS"},
		{"EAGAIN", EAGAIN, "EAGAIN"},
		{"EWOULDBLOCK", EAGAIN, "EAGAIN"},
		{"EDEADLOCK", EDEADLK, "EDEADLK"},
		{"ENOTSUP", EOPNOTSUPP, "EOPNOTSUPP"},
		{"EHWPOISON", EHWPOISON, "EHWPOISON"},
		{"EBADMSG", EBADMSG, "EBADMSG"},
	};
	int error = 77;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cr_expect_eq(names_errno_value(rows[i].name, &error), 0, "%s", rows[i].name);
		cr_expect_eq(error, rows[i].value, "%s: %d", rows[i].name, error);
		cr_expect_str_eq(names_errno(rows[i].value), rows[i].canonical);
	}
	for (int i = 1; i <= 133; i++) {
		const char *name = names_errno(i);

		/* The C library has its own list; 41 and 58 are holes in both. */
		cr_expect_eq(name == NULL, strerrorname_np(i) == NULL, "%d", i);
		if (name && i != EOPNOTSUPP)
			cr_expect_str_eq(name, strerrorname_np(i));
	}
	cr_expect_null(names_errno(0));
	cr_expect_null(names_errno(-1));
	cr_expect_null(names_errno(4095));
	error = 77;
	cr_expect_eq(names_errno_value("EPERMS", &error), -ENOENT);
	cr_expect_eq(names_errno_value("O_CREAT", &error), -ENOENT, "a constant, but no error");
	cr_expect_eq(error, 77);
}

Test(values, capabilities)
{
	unsigned cap = 77;

	cr_expect_str_eq(names_cap(0), "CHOWN");
	cr_expect_str_eq(names_cap(10), "NET_BIND_SERVICE");
	cr_expect_str_eq(names_cap(NAMES_CAP_COUNT - 1), "CHECKPOINT_RESTORE");
	cr_expect_null(names_cap(NAMES_CAP_COUNT));
	cr_expect_eq(names_cap_value("CAP_", &cap), -ENOENT);
	cr_expect_eq(names_cap_value("CAP_CAP_BPF", &cap), -ENOENT);
	cr_expect_eq(cap, 77);
	for (unsigned i = 0; i < NAMES_CAP_COUNT; i++) {
		char full[64];

		snprintf(full, sizeof(full), "CAP_%s", names_cap(i));
		cr_expect_eq(names_cap_value(names_cap(i), &cap), 0);
		cr_expect_eq(cap, i);
		cr_expect_eq(names_cap_value(full, &cap), 0);
		cr_expect_eq(cap, i);
	}
}

Test(values, decoded_arguments)
{
	static const struct {
		enum arch arch;
		const char *call, *arg;
		uint64_t value;
		const char *text;
		bool is_text;
	} rows[] = {
		{ARCH_X86_64, "socket", "family", AF_VSOCK, "AF_VSOCK", true},
		{ARCH_X86_64, "socket", "family", AF_UNIX, "AF_UNIX", true}, /* not AF_LOCAL */
		{ARCH_X86_64, "socket", "family", 99, "99", false},
		{ARCH_X86_64, "socket", "family", 0x100000001, "AF_UNIX", true}, /* junk above */
		{ARCH_X86_64, "socket", "type", SOCK_STREAM, "SOCK_STREAM", true},
		{ARCH_X86_64, "socket", "type", SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		 "SOCK_DGRAM|SOCK_NONBLOCK|SOCK_CLOEXEC", true},
		{ARCH_X86_64, "socket", "type", 0x100003, "SOCK_RAW|0x100000", true},
		{ARCH_X86_64, "socket", "type", 0, "0", false},
		{ARCH_X86_64, "socket", "protocol", 6, "6", false},
		{ARCH_X86_64, "ioctl", "cmd", 0x5412, "TIOCSTI", true},
		{ARCH_X86_64, "ioctl", "cmd", 0xffffffff00005412, "TIOCSTI", true},
		{ARCH_X86_64, "ioctl", "cmd", 0xc0502100, "SECCOMP_IOCTL_NOTIF_RECV", true},
		{ARCH_X86_64, "ioctl", "cmd", 0x80086601, "FS_IOC_GETFLAGS", true},
		{ARCH_X32, "ioctl", "cmd", 0x80046601, "FS_IOC_GETFLAGS", true},
		{ARCH_X86_64, "ioctl", "cmd", 0xdeadbeef, "3735928559", false},
		{ARCH_X86_64, "clone", "flags", CLONE_VM | CLONE_VFORK | 17,
		 "CLONE_VM|CLONE_VFORK|SIGCHLD", true},
		{ARCH_X86_64, "clone", "flags", CLONE_NEWUSER | CLONE_NEWNS | 0x50,
		 "CLONE_NEWNS|CLONE_NEWUSER|0x50", true},
		{ARCH_X86_64, "clone", "flags", CLONE_IO, "CLONE_IO", true},
		{ARCH_X86_64, "unshare", "flags", CLONE_NEWUSER | CLONE_NEWNS | 0x40,
		 "CLONE_NEWNS|CLONE_NEWUSER|0x40", true},
		{ARCH_X86_64, "unshare", "flags", 0x80, "CLONE_NEWTIME", true},
		{ARCH_X86_64, "unshare", "flags", 0, "0", false},
		{ARCH_X86_64, "unshare", "flags", 1ull << 40, "0x10000000000", true},
		{ARCH_X86_64, "open", "flags", O_RDONLY, "O_RDONLY", true},
		{ARCH_X86_64, "open", "flags", O_RDWR | O_CREAT | O_CLOEXEC,
		 "O_RDWR|O_CREAT|O_CLOEXEC", true},
		{ARCH_X86_64, "open", "flags", 0x101001, "O_WRONLY|O_SYNC", true},
		{ARCH_X86_64, "open", "flags", 0x1001, "O_WRONLY|O_DSYNC", true},
		{ARCH_X86_64, "open", "flags", 0x410002, "O_RDWR|O_TMPFILE", true},
		{ARCH_X86_64, "open", "flags", 0x4000, "O_RDONLY|O_DIRECT", true},
		{ARCH_AARCH64, "openat", "flags", 0x4000, "O_RDONLY|O_DIRECTORY", true},
		{ARCH_AARCH64, "openat", "flags", 0x404002, "O_RDWR|O_TMPFILE", true},
		{ARCH_X86_64, "open", "mode", 0644, "0644", true},
		{ARCH_X86_64, "open", "mode", 0xabcd0000 | 0600, "0600", true}, /* 16 bits */
		{ARCH_X86_64, "mknod", "mode", 0020600, "S_IFCHR|0600", true},
		{ARCH_X86_64, "openat", "dfd", 0xffffff9c, "AT_FDCWD", true},
		{ARCH_X86_64, "openat", "dfd", 0xffffffffffffff9c, "AT_FDCWD", true},
		{ARCH_X86_64, "openat", "dfd", 7, "7", false},
		{ARCH_X86_64, "openat", "filename", 0x7ffc0010, "0x7ffc0010", true},
		{ARCH_X86_64, "openat", "filename", 0, "0x0", true},
		{ARCH_I386, "openat", "filename", 0xffff000012345678, "0x12345678", true},
		{ARCH_X86_64, "mmap", "prot", 5, "PROT_READ|PROT_EXEC", true},
		{ARCH_X86_64, "mmap", "prot", 0x15, "PROT_READ|PROT_EXEC|0x10", true},
		{ARCH_AARCH64, "mmap", "prot", 0x15, "PROT_READ|PROT_EXEC|PROT_BTI", true},
		{ARCH_X86_64, "mmap", "flags", 0x22, "MAP_PRIVATE|MAP_ANONYMOUS", true},
		{ARCH_X86_64, "mmap", "flags", 0x54040021,
		 "MAP_SHARED|MAP_ANONYMOUS|MAP_HUGETLB|"
		 "MAP_HUGE_2MB",
		 true},
		{ARCH_X86_64, "mmap", "fd", 0xffffffff, "-1", false},
		{ARCH_X86_64, "close", "fd", 0xffffffff, "-1", false},
		{ARCH_X86_64, "prctl", "option", 38, "PR_SET_NO_NEW_PRIVS", true},
		{ARCH_X86_64, "prctl", "option", 0x59616d61, "PR_SET_PTRACER", true},
		{ARCH_X86_64, "personality", "persona", 0x40000, "PER_LINUX|ADDR_NO_RANDOMIZE",
		 true},
		{ARCH_X86_64, "personality", "persona", 8, "PER_LINUX32", true},
		{ARCH_X86_64, "personality", "persona", 0xffffffff, "0xffffffff", true},
		{ARCH_X86_64, "ptrace", "request", 16, "PTRACE_ATTACH", true},
		{ARCH_X86_64, "ptrace", "request", 0x21, "PTRACE_SINGLEBLOCK", true},
		{ARCH_AARCH64, "ptrace", "request", 0x21, "PTRACE_PEEKMTETAGS", true},
		{ARCH_X86_64, "keyctl", "option", 11, "KEYCTL_READ", true},
		{ARCH_X86_64, "add_key", "ringid", 0xfffffffd, "KEY_SPEC_SESSION_KEYRING", true},
		{ARCH_X86_64, "bpf", "cmd", 5, "BPF_PROG_LOAD", true},
		{ARCH_X86_64, "fcntl", "cmd", 1030, "F_DUPFD_CLOEXEC", true},
		{ARCH_X86_64, "futex", "op", 0x80, "FUTEX_WAIT|FUTEX_PRIVATE_FLAG", true},
		{ARCH_X86_64, "futex", "op", 0x189,
		 "FUTEX_WAIT_BITSET|FUTEX_PRIVATE_FLAG|"
		 "FUTEX_CLOCK_REALTIME",
		 true},
		{ARCH_I386, "futex_time64", "op", 1, "FUTEX_WAKE", true},
		{ARCH_X86_64, "setns", "flags", CLONE_NEWNET, "CLONE_NEWNET", true},
		{ARCH_X86_64, "mount", "flags", 0x1001, "MS_RDONLY|MS_BIND", true},
		{ARCH_X86_64, "setsockopt", "level", 1, "SOL_SOCKET", true},
		{ARCH_X86_64, "setsockopt", "optname", 1, "1", false}, /* SO_DEBUG or TCP_NODELAY */
		{ARCH_X86_64, "madvise", "behavior", 12, "MADV_MERGEABLE", true},
		{ARCH_X86_64, "kill", "sig", 9, "SIGKILL", true},
		{ARCH_X86_64, "kill", "sig", 0, "0", false},
		{ARCH_X86_64, "kill", "pid", 0xffffffff, "-1", false},
		{ARCH_X86_64, "rseq", "sig", 0x53053053, "1392848979", false}, /* no signal */
		{ARCH_X86_64, "seccomp", "op", 1, "SECCOMP_SET_MODE_FILTER", true},
		{ARCH_X86_64, "clock_gettime", "which_clock", 7, "CLOCK_BOOTTIME", true},
		{ARCH_X86_64, "shmget", "shmflg", 01600, "IPC_CREAT|0600", true},
		{ARCH_X86_64, "chown", "user", 0xffffffff, "-1", false},
		{ARCH_X86_64, "chown", "user", 0xfffffffe, "4294967294", false},
		{ARCH_I386, "chown", "user", 0x1fffe, "65534", false},
		{ARCH_X86_64, "lseek", "offset", UINT64_MAX, "-1", false},
		{ARCH_X86_64, "write", "count", UINT64_MAX, "0xffffffffffffffff", true},
		{ARCH_X86_64, "write", "count", 4096, "4096", false},
		{ARCH_X86_64, "getpid", "arg0", 3, "0x3", true}, /* an argument it does not have */
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct name_call *call = names_call_by_name(rows[i].arch, rows[i].call);
		char text[128] = "untouched";
		unsigned arg;

		cr_assert_not_null(call, "%s", rows[i].call);
		cr_assert_eq(names_arg(call, rows[i].arg, &arg), 0, "%s %s", rows[i].call,
			     rows[i].arg);
		bool is_text =
			names_decode(rows[i].arch, call, arg, rows[i].value, text, sizeof(text));

		cr_expect_str_eq(text, rows[i].text, "%s %s %#lx on %s: %s", rows[i].call,
				 rows[i].arg, (unsigned long)rows[i].value, arch_name(rows[i].arch),
				 text);
		cr_expect_eq(is_text, rows[i].is_text, "%s %s: %s", rows[i].call, rows[i].arg,
			     text);
	}
}

/* Whatever the value and however small the buffer: a string, within its bounds. */
Test(values, decoding_stays_in_bounds)
{
	static const uint64_t values[] = {
		0, 1, 0x7fffffff, 0xfffffffe, 0xfffffffffffffffe, 0x5555555555555555};

	for (unsigned arch = 0; arch < ARCH_COUNT; arch++) {
		size_t count;
		const struct name_call *calls = names_calls((enum arch)arch, &count);

		for (size_t i = 0; i < count * CALL_ARGS * ARRAY_LEN(values); i++) {
			const struct name_call *call = &calls[i % count];
			unsigned arg = (unsigned)(i / count % CALL_ARGS);
			uint64_t value = values[i / count / CALL_ARGS];
			size_t size = 1 + i % 40;
			char text[64];

			memset(text, 'x', sizeof(text));
			names_decode((enum arch)arch, call, arg, value, text, size);
			cr_assert_lt(strnlen(text, size), size, "%s: not ended", call->name);
			for (size_t j = size; j < sizeof(text); j++)
				cr_assert_eq(text[j], 'x', "%s: out of bounds", call->name);
		}
	}
	names_decode(ARCH_X86_64, names_call_by_nr(ARCH_X86_64, 0), 0, 1, NULL, 0);
	char text[16];

	cr_expect(names_decode(ARCH_X86_64, NULL, 0, 255, text, sizeof(text)));
	cr_expect_str_eq(text, "0xff");
}

Test(values, nearest_names)
{
	static const struct {
		enum name_space space;
		const char *name, *best; /* NULL: nothing is near */
	} rows[] = {
		{NAMES_CALLS, "sokcet", "socket"},
		{NAMES_CALLS, "opneat", "openat"},
		{NAMES_CALLS, "exceve", "execve"},
		{NAMES_CALLS, "Read", "read"},
		{NAMES_CALLS, "process_vm_readw", "process_vm_readv"},
		{NAMES_CALLS, "init_modul", "init_module"},
		{NAMES_CALLS, "gettimeofdate", "gettimeofday"},
		{NAMES_CALLS, "qqqqqq", NULL},
		{NAMES_CALLS, "x", NULL},
		{NAMES_CALLS, "zz", NULL},
		{NAMES_CALLS, "", NULL},
		{NAMES_CALLS, "fly_to_the_moon", NULL},
		{NAMES_GROUPS, "@defualt", "@default"},
		{NAMES_GROUPS, "system-service", "@system-service"},
		{NAMES_GROUPS, "@filesystem", "@file-system"},
		{NAMES_CONSTANTS, "CLONE_NEWUSR", "CLONE_NEWUSER"},
		{NAMES_CONSTANTS, "af_vsock", "AF_VSOCK"},
		{NAMES_CONSTANTS, "TIOSCTI", "TIOCSTI"},
		{NAMES_ERRNOS, "EPREM", "EPERM"},
		{NAMES_ERRNOS, "EACCESS", "EACCES"},
		{NAMES_CAPS, "CAP_SYS_ADMN", "SYS_ADMIN"},
		{NAMES_CAPS, "NET_BIND_SERVCE", "NET_BIND_SERVICE"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *found[3] = {"untouched"};
		size_t count = names_nearest(rows[i].space, rows[i].name, found, ARRAY_LEN(found));

		cr_expect_eq(count == 0, rows[i].best == NULL, "%s: %s", rows[i].name,
			     count ? found[0] : "nothing");
		if (rows[i].best && count)
			cr_expect_str_eq(found[0], rows[i].best, "%s: %s", rows[i].name, found[0]);
	}
}

Test(values, nearest_of_a_list)
{
	static const char *const list[] = {"reed", "read", "ready", "red", "write"};
	const char *found[8];
	char longest[200];

	cr_expect_eq(names_nearest_of(list, ARRAY_LEN(list), "raed", found, 8), 3);
	cr_expect_str_eq(found[0], "reed", "as far as read: the list's order stands");
	cr_expect_str_eq(found[1], "read");
	cr_expect_eq(names_nearest_of(list, ARRAY_LEN(list), "reaady", found, 8), 2);
	cr_expect_str_eq(found[0], "ready");
	cr_expect_str_eq(found[1], "read", "farther, so behind although listed before");
	cr_expect_eq(names_nearest_of(list, ARRAY_LEN(list), "read", found, 1), 1);
	cr_expect_str_eq(found[0], "read", "the nearest replaces an earlier one");
	cr_expect_eq(names_nearest_of(list, ARRAY_LEN(list), "read", found, 0), 0);
	cr_expect_eq(names_nearest_of(list, 0, "read", found, 8), 0);
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	cr_expect_eq(names_nearest_of(list, ARRAY_LEN(list), longest, found, 8), 0);
	for (size_t length = 60; length < 68; length++) {
		const char *const one[] = {longest + sizeof(longest) - 1 - length};

		cr_expect_eq(names_nearest_of(one, 1, one[0], found, 8), length <= 63, "%zu",
			     length);
	}
}
