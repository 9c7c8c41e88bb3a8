/* SPDX-License-Identifier: Apache-2.0 */
/* Ways to memory that can be executed. */
#ifndef LIVE_TRESPASS_MEMORY_H
#define LIVE_TRESPASS_MEMORY_H

#include <sys/ipc.h>
#include <sys/personality.h>
#include <sys/shm.h>

#include "trespass.h"

#define RW  (PROT_READ | PROT_WRITE)
#define RX  (PROT_READ | PROT_EXEC)
#define RWX (RW | PROT_EXEC)

static int maps(int prot, int flags, int fd)
{
	return mmap(NULL, 4096, prot, flags, fd, 0) == MAP_FAILED ? errno : 0;
}
/* Written as one, executed as the other. */
static int becomes(char *map, int prot)
{
	if (map == MAP_FAILED)
		return errno;
	*(volatile char *)map = 1;
	return of(mprotect(map, 4096, prot));
}
static char *anonymous(void)
{
	return mmap(NULL, 4096, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
static int map_anonymous(void)
{
	return maps(RX, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}
static int map_anonymous_rwx(void)
{
	return maps(RWX, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}
static int map_anonymous_shared(void)
{
	return maps(RX, MAP_SHARED | MAP_ANONYMOUS, -1);
}
static int become_anonymous(void)
{
	return becomes(anonymous(), RX);
}
static int become_with_key(void)
{
	char *map = anonymous();

	*(volatile char *)map = 1;
	return of(syscall(SYS_pkey_mprotect, map, 4096, RX, -1));
}
static int become_heap(void)
{
	char *heap = sbrk(8192);

	return of(mprotect((void *)(((uintptr_t)heap + 4095) & ~(uintptr_t)4095), 4096, RX));
}
static int become_stack(void)
{
	return of(mprotect((void *)((uintptr_t)__builtin_frame_address(0) & ~(uintptr_t)4095), 4096,
			   RWX));
}
static int map_memory_file(void)
{
	int fd = (int)syscall(SYS_memfd_create, "x", 0);

	if (fd < 0)
		return errno;
	if (ftruncate(fd, 4096))
		return errno;
	return maps(RX, MAP_SHARED, fd);
}
static int map_zero(void)
{
	int fd = open("/dev/zero", O_RDWR | O_CLOEXEC);

	return fd < 0 ? IMPOSSIBLE : maps(RX, MAP_PRIVATE, fd);
}
static int map_implied(void)
{
	char *map;

	if (syscall(SYS_personality, READ_IMPLIES_EXEC) < 0)
		return errno;
	map = anonymous();
	if (map == MAP_FAILED)
		return errno;
	*map = (char)0xc3; /* ret */
	((void (*)(void))(uintptr_t)map)();
	return 0;
}
static int attach(void)
{
	int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0700), error;

	if (id < 0)
		return IMPOSSIBLE;
	error = (long)shmat(id, NULL, SHM_EXEC) == -1 ? errno : 0;
	shmctl(id, IPC_RMID, NULL);
	return error;
}
static int map_file_rwx(void)
{
	return maps(RWX, MAP_PRIVATE, open("open/run", O_RDONLY | O_CLOEXEC));
}
static int become_file(void)
{
	int fd = open("open/run", O_RDONLY | O_CLOEXEC);

	return becomes(mmap(NULL, 4096, RW, MAP_PRIVATE, fd, 0), RX);
}
static int map_twice(void)
{
	int fd = open("open/jit", O_RDWR | O_CREAT | O_CLOEXEC, 0755);

	if (fd < 0 || ftruncate(fd, 4096))
		return IMPOSSIBLE;
	return maps(RW, MAP_SHARED, fd) ? errno : maps(RX, MAP_SHARED, fd);
}

static const struct attack anonymous_memory[] = {
	{"mmap", map_anonymous, NULL, NULL},
	{"mmap, writable too", map_anonymous_rwx, NULL, NULL},
	{"mmap, shared", map_anonymous_shared, NULL, NULL},
	{"mprotect", become_anonymous, NULL, NULL},
	{"pkey_mprotect", become_with_key, NULL, NULL},
	{"the heap", become_heap, NULL, NULL},
	{"the stack", become_stack, NULL, NULL},
	{"a file in memory", map_memory_file, NULL, NULL},
	{"READ_IMPLIES_EXEC", map_implied, NULL, NULL},
	{"shmat", attach, NULL, NULL},
	{"/dev/zero", map_zero, "a filter does not see which file is mapped", NULL},
	{NULL, NULL, NULL, NULL},
};

static const struct attack writable_memory[] = {
	{"mmap of memory", map_anonymous_rwx, NULL, NULL},
	{"mmap of a file", map_file_rwx, NULL, NULL},
	{"mprotect of memory", become_anonymous, NULL, NULL},
	{"mprotect of a file", become_file, NULL, NULL},
	{"pkey_mprotect", become_with_key, NULL, NULL},
	{"the heap", become_heap, NULL, NULL},
	{"the stack", become_stack, NULL, NULL},
	{"READ_IMPLIES_EXEC", map_implied, NULL, NULL},
	{"a file mapped twice", map_twice,
	 "a filter does not see that a file is mapped once to be written and once to be executed",
	 NULL},
	{NULL, NULL, NULL, NULL},
};

#endif
