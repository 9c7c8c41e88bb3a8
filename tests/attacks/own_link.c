/* SPDX-License-Identifier: Apache-2.0 */
#include "own.h"

static uint32_t number;

static int ends(void)
{
	int link = by_number(BPF_LINK_GET_FD_BY_ID, number);
	union bpf_attr detach = {.link_detach = {.link_fd = (uint32_t)link}};
	union bpf_attr update = {.link_update = {.link_fd = (uint32_t)link}};

	return link >= 0 && (bpf(BPF_LINK_DETACH, &detach) == 0 ||
			     bpf(BPF_LINK_UPDATE, &update) == 0)
		       ? 0
		       : errno;
}
/* Were it possible, this would end a hook for all that follows. */
static int prepare(void)
{
	number = number_of(PINS "/link_file_open", 1);
	if (!number)
		return WRONG;
	return ends() ? cant("the kernel neither detaches nor updates links of LSM programs, "
			     "whoever asks")
		      : WRONG;
}
ATTACK(own_link, .prepare = prepare, .attack = ends);
