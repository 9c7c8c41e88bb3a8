// SPDX-License-Identifier: Apache-2.0
// pins: what of BPF there is in the kernel, for tests of what a loader leaves behind.
//
//   pins count          programs, maps and links, each as a number
//   pins abi N          what is pinned says that it was made by version N
//   pins prepare        as if a load had died while it labelled tasks: the next generation is prepared
//   pins kill PID       kills a process as soon as another generation is in force
//   pins lock TENTHS    has the lock of those who change what is loaded, for so many tenths of a second
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PINS "/sys/fs/bpf/bailiff/now/"

static long bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static unsigned count(int command)
{
	union bpf_attr attr = {.start_id = 0};
	unsigned n = 0;

	while (bpf(command, &attr) == 0) {
		attr.start_id = attr.next_id;
		n++;
	}
	return n;
}

static int get(const char *path)
{
	union bpf_attr attr = {.pathname = (uintptr_t)path};

	return (int)bpf(BPF_OBJ_GET, &attr);
}

static int set_abi(uint32_t abi)
{
	static uint32_t meta[4096];
	uint32_t zero = 0;
	union bpf_attr attr = {.key = (uintptr_t)&zero, .value = (uintptr_t)meta};

	attr.map_fd = (uint32_t)get(PINS "map_meta");
	if (bpf(BPF_MAP_LOOKUP_ELEM, &attr) < 0)
		return 1;
	meta[1] = abi;
	return bpf(BPF_MAP_UPDATE_ELEM, &attr) < 0;
}

static volatile uint32_t *map_control(void)
{
	void *control =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, get(PINS "map_control"), 0);

	return control == MAP_FAILED ? NULL : control;
}

static int prepare(void)
{
	volatile uint32_t *control = map_control();

	if (!control)
		return 1;
	control[1] = control[0] + 1;
	return 0;
}

static int kill_published(pid_t pid)
{
	volatile uint32_t *control = map_control();
	uint32_t before = control ? control[0] : 0;

	while (control && control[0] == before)
		;
	return kill(pid, SIGKILL) < 0;
}

static int hold_lock(unsigned tenths)
{
	int fd = open("/run/bailiff/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		return 1;
	while (tenths--)
		usleep(100000);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "count") == 0) {
		printf("%u %u %u\n", count(BPF_PROG_GET_NEXT_ID), count(BPF_MAP_GET_NEXT_ID),
		       count(BPF_LINK_GET_NEXT_ID));
		return 0;
	}
	if (argc == 3 && strcmp(argv[1], "abi") == 0)
		return set_abi((uint32_t)atoi(argv[2]));
	if (argc == 2 && strcmp(argv[1], "prepare") == 0)
		return prepare();
	if (argc == 3 && strcmp(argv[1], "kill") == 0)
		return kill_published(atoi(argv[2]));
	if (argc == 3 && strcmp(argv[1], "lock") == 0)
		return hold_lock((unsigned)atoi(argv[2]));
	return 2;
}
