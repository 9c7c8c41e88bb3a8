/* SPDX-License-Identifier: Apache-2.0 */
/* What is bailiff's in the kernel, by the bare call. */
#ifndef ATTACKS_OWN_H
#define ATTACKS_OWN_H

#include <linux/bpf.h>

#include "attack.h"

#define PINS "/sys/fs/bpf/bailiff/now"

static inline int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static inline int pinned(const char *path)
{
	union bpf_attr attr = {.pathname = (uintptr_t)path};

	return bpf(BPF_OBJ_GET, &attr);
}

/* The number of what is pinned there, for prepare(): its second word, but a link's third is its program. */
static inline uint32_t number_of(const char *path, int word)
{
	uint32_t info[64] = {0};
	union bpf_attr attr = {.info = {.bpf_fd = (uint32_t)pinned(path),
					.info_len = sizeof(info),
					.info = (uintptr_t)info}};

	return bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) ? 0 : info[word];
}

static inline int by_number(int command, uint32_t number)
{
	union bpf_attr attr = {.map_id = number};

	return bpf(command, &attr);
}

static inline int own_map(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};

	return bpf(BPF_MAP_CREATE, &attr);
}

static inline int pin(int fd, const char *path)
{
	union bpf_attr attr = {.pathname = (uintptr_t)path, .bpf_fd = (uint32_t)fd};

	return bpf(BPF_OBJ_PIN, &attr);
}

#endif
