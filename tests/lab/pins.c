// SPDX-License-Identifier: Apache-2.0
// pins: what of BPF there is in the kernel, for tests of what a loader leaves behind.
//
//   pins count          programs, maps and links, each as a number
//   pins abi N          what is pinned says that it was made by version N
//   pins prepare        as if a load had died while it labelled tasks: the next generation is prepared
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static int prepare(void)
{
	uint32_t *control =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, get(PINS "map_control"), 0);

	if (control == MAP_FAILED)
		return 1;
	control[1] = control[0] + 1;
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
	return 2;
}
