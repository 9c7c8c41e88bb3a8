/* SPDX-License-Identifier: Apache-2.0 */
#include "surface.h"

/* More segments than there may be; and a descriptor that is none. */
static int attack(void)
{
	int error = past(syscall(SYS_kexec_load, 0, 1000, NULL, 0));

	return error ? past(syscall(SYS_kexec_file_load, -1, -1, 0, NULL, 0)) : 0;
}
static int prepare(void)
{
	return possible(attack, "the kernel starts no other");
}
ATTACK(surface_kexec, .prepare = prepare, .attack = attack);
