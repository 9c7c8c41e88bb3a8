/* SPDX-License-Identifier: Apache-2.0 */
/* Surfaces of the kernel: asked for something that harms nothing, or is refused for what it is, but only
 * after the question who may. */
#ifndef ATTACKS_SURFACE_H
#define ATTACKS_SURFACE_H

#include "attack.h"

/* 0: it got past the question who may. */
static inline int past(long r)
{
	return r < 0 && (errno == EPERM || errno == EACCES || errno == ENOSYS) ? errno : 0;
}

/* For prepare(): can ATTACK be done at all, while nothing governs? */
static inline int possible(int (*attack)(void), const char *why)
{
	return attack() == 0 ? 0 : cant(why);
}

#endif
