/* SPDX-License-Identifier: Apache-2.0 */
#include "room.h"

static const struct {
	const char *name;
	uint8_t since;
	uint32_t ops;
} fs_rights[LANDLOCK_FS_BITS] = {
	{"execute", 1, ACCESS_EXECUTE | OP_EXEC},
	{"write_file", 1, ACCESS_WRITE},
	{"read_file", 1, ACCESS_READ},
	{"read_dir", 1, ACCESS_READ},
	{"remove_dir", 1, ACCESS_DELETE},
	{"remove_file", 1, ACCESS_DELETE},
	{"make_char", 1, ACCESS_MKNOD},
	{"make_dir", 1, ACCESS_CREATE},
	{"make_reg", 1, ACCESS_CREATE},
	{"make_sock", 1, ACCESS_CREATE | OP_UNIX_BIND},
	{"make_fifo", 1, ACCESS_MKNOD},
	{"make_block", 1, ACCESS_MKNOD},
	{"make_sym", 1, ACCESS_CREATE},
	{"refer", 2, ACCESS_RENAME | ACCESS_LINK},
	{"truncate", 3, ACCESS_WRITE},
	{"ioctl_dev", 5, ACCESS_READ | ACCESS_WRITE},
	{"resolve_unix", 9, OP_UNIX_CONNECT},
};

static const struct {
	const char *name;
	uint8_t since;
} net_rights[LANDLOCK_NET_BITS] = {
	{"bind_tcp", 4},
	{"connect_tcp", 4},
	{"bind_udp", 10},
	{"connect_send_udp", 10},
};

const char landlock_no_truncation[] = "version: 1\n"
				      "name: no-truncation\n"
#if defined(__x86_64__)
				      "architectures: [x86_64, i386, x32]\n"
#endif
				      "syscalls:\n"
				      "  default: allow\n"
				      "  deny:\n";

/* openat2's flags lie in memory; io_uring opens without a call. 0x203: O_ACCMODE and O_TRUNC. */
#define EMPTYING "{flags: {mask: 0x203, is: [0x200, 0x203]}, action: errno EACCES}\n"
const struct landlock_truncation landlock_truncations[] = {
#if defined(__x86_64__)
	{"truncate", "    - {calls: [truncate], action: errno EACCES}\n"},
	{"truncate64", "    - {calls: [truncate64], action: errno EACCES}\n"},
	{"open", "    - open: " EMPTYING},
#else
	{"truncate", "    - {calls: [truncate], action: errno EACCES}\n"},
#endif
	{"openat", "    - openat: " EMPTYING},
	{"open_by_handle_at", "    - open_by_handle_at: " EMPTYING},
	{"openat2", "    - openat2: {action: errno ENOSYS}\n"},
	{"io_uring_setup", "    - io_uring_setup: {action: errno ENOSYS}\n"},
	{NULL, NULL},
};

const char *landlock_fs_name(unsigned bit)
{
	return bit < LANDLOCK_FS_BITS ? fs_rights[bit].name : NULL;
}

const char *landlock_net_name(unsigned bit)
{
	return bit < LANDLOCK_NET_BITS ? net_rights[bit].name : NULL;
}

unsigned landlock_fs_since(unsigned bit)
{
	return bit < LANDLOCK_FS_BITS ? fs_rights[bit].since : UINT32_MAX;
}

unsigned landlock_net_since(unsigned bit)
{
	return bit < LANDLOCK_NET_BITS ? net_rights[bit].since : UINT32_MAX;
}

const char *landlock_kernel(unsigned abi)
{
	static const char *const kernels[] = {NULL,   "5.13", "5.19", "6.2", "6.7", "6.10",
					      "6.12", "6.15", "7.0",  "7.1", "7.2"};

	return abi < ARRAY_LEN(kernels) ? kernels[abi] : NULL;
}

uint32_t right_ops(unsigned bit)
{
	return bit < LANDLOCK_FS_BITS ? fs_rights[bit].ops : 0;
}

/* Without it nothing goes into another directory or out of one, which is more than the policy wants
 * where it allows links alone; with it and the right to remove, a link's directory would let its entries
 * be renamed. */
static bool may_refer(uint32_t below)
{
	return below & ACCESS_RENAME || (below & ACCESS_LINK && !(below & ACCESS_DELETE));
}

static bool may(unsigned bit, uint32_t ops)
{
	uint64_t right = 1ull << bit;

	if (right == LANDLOCK_REFER)
		return may_refer(ops);
	if (right == LANDLOCK_IOCTL_DEV)
		return ops & fs_rights[bit].ops;
	return (ops & fs_rights[bit].ops) == fs_rights[bit].ops;
}

uint64_t rights_of(uint32_t all, uint32_t all_below)
{
	uint64_t rights = 0;

	for (unsigned bit = 0; bit < LANDLOCK_FS_BITS; bit++) {
		uint64_t right = 1ull << bit;
		/* To a directory itself only its being listed is done; all else to what is in it. */
		uint32_t ops = right == LANDLOCK_READ_DIR ? all : all_below;

		if (may(bit, ops))
			rights |= right;
	}
	return rights;
}

uint64_t rights_of_file(uint32_t here)
{
	return rights_of(0, here) & LANDLOCK_OF_FILES;
}
