/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of probe/ share. */
#ifndef PROBE_ROOM_H
#define PROBE_ROOM_H

#include "bailiff/probe.h"

/* The number of a function in the kernel's BTF; 0: it is not there, or in no table. */
uint32_t probe_function(const struct probe *probe, const char *name);

#endif
