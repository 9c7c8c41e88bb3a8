/* SPDX-License-Identifier: Apache-2.0 */
#include "surface.h"

#include <linux/bpf.h>

static int attack(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};

	return past(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)));
}
static int prepare(void)
{
	return possible(attack, "no right to BPF");
}
ATTACK(surface_bpf, .prepare = prepare, .attack = attack);
