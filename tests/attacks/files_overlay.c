/* SPDX-License-Identifier: Apache-2.0 */
#include "mount.h"

/* Two lower layers, so nothing is written. */
static int overlay(const char *at)
{
	char layers[1200];

	snprintf(layers, sizeof(layers), "lowerdir=%s/secret:%s/ro", attack_place, attack_place);
	return mount("overlay", at, "overlay", MS_RDONLY, layers);
}

static int attack(void)
{
	return may_mount() || overlay("open/sub") ? errno : opens("open/sub/file");
}
ATTACK(files_overlay, .attack = attack);
