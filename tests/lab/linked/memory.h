/* SPDX-License-Identifier: Apache-2.0 */
/* memory: the ways to memory that can be executed, for escapes.c, which has TRY and `map`. */
#ifndef LAB_MEMORY_H
#define LAB_MEMORY_H

/* --- Memory ---------------------------------------------------------------------------------------- */

static long mapped(int prot, int flags, int file)
{
	map = mmap(NULL, 4096, prot, flags, file, 0);
	return map == MAP_FAILED ? -1 : 0;
}
#define RW   (PROT_READ | PROT_WRITE)
#define RX   (PROT_READ | PROT_EXEC)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS), -1
static int library(const char *path)
{
	return open(path, O_RDONLY);
}
TRY(map_denied, mapped(RX, MAP_PRIVATE, library("/t/denied/run")))
TRY(map_no, mapped(RX, MAP_PRIVATE, library("/t/no/run")))
TRY(map_rw, mapped(RW, ANON))
TRY(map_rwx, mapped(RW | RX, ANON))
TRY(map_rx, mapped(RX, ANON))
TRY(map_shared_rx, mapped(RX, MAP_SHARED | MAP_ANONYMOUS, -1))
TRY(map_memfd, mapped(RX, MAP_PRIVATE, memfd_create("x", 0)))
TRY(map_zero, mapped(RX, MAP_PRIVATE, open("/dev/zero", O_RDWR)))
TRY(map_file, mapped(RX, MAP_PRIVATE, library("/t/ok/run")))
TRY(map_file_rwx, mapped(RW | RX, MAP_PRIVATE, library("/t/ok/run")))
static int map_then(int prot, int flags, int file, bool touch, int between)
{
	if (mapped(prot, flags, file))
		return 250;
	if (touch)
		*(volatile char *)map = 1;
	if (between && mprotect(map, 4096, between))
		return 251;
	return code(mprotect(map, 4096, RX));
}
#define THEN(name, ...)                                                                            \
	static int name(const char *dir)                                                           \
	{                                                                                          \
		(void)dir;                                                                         \
		return map_then(__VA_ARGS__);                                                      \
	}
THEN(then_anon, RW, ANON, true, 0)
THEN(then_anon_later, RW, ANON, true, PROT_READ)
THEN(then_file, RW, MAP_PRIVATE, library("/t/ok/run"), false, 0)
THEN(then_file_later, RW, MAP_PRIVATE, library("/t/ok/run"), true, PROT_READ)
THEN(then_file_unwritten, RW, MAP_PRIVATE, library("/t/ok/run"), false, PROT_READ)
THEN(then_file_read, PROT_READ, MAP_PRIVATE, library("/t/ok/run"), false, 0)
THEN(then_memfd, RW, MAP_SHARED, memfd_create("x", 0), false, PROT_READ)
TRY(exec_stack, mprotect((void *)((uintptr_t)__builtin_frame_address(0) & ~4095ul), 4096, RW | RX))
TRY(exec_heap, mprotect((void *)((uintptr_t)sbrk(8192) & ~4095ul), 4096, RX))
static int implied(const char *dir)
{
	(void)dir;
	personality(READ_IMPLIES_EXEC);
	return code(mapped(RW, ANON));
}
static int attach(const char *dir)
{
	int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0700);
	long r = (long)shmat(id, NULL, SHM_EXEC);
	int error = r == -1 ? errno : 0;

	(void)dir;
	shmctl(id, IPC_RMID, NULL);
	return error;
}

#endif
