/* SPDX-License-Identifier: Apache-2.0 */
#include "mount.h"

/* Two lower layers, so nothing is written. */
static int overlay(const char *at)
{
	char layers[1200];

	snprintf(layers, sizeof(layers), "lowerdir=%s/secret:%s/ro", attack_place, attack_place);
	return mount("overlay", at, "overlay", MS_RDONLY, layers);
}

static int prepare(void)
{
	return overlay("open/sub") ? cant("no overlay can be mounted") : 0;
}
static int attack(void)
{
	return opens("open/sub/file");
}
ATTACK(files_overlay_old, .prepare = prepare, .attack = attack);
