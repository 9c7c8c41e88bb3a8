/* SPDX-License-Identifier: Apache-2.0 */
/* The hooks of network, capabilities, kernel surfaces and of bailiff's own protection. */
#include "bailiff/probe.h"

const struct probe_hook probe_hooks_rest[] = {{0}};
