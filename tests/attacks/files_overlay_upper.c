/* SPDX-License-Identifier: Apache-2.0 */
#include "mount.h"

static int prepare(void)
{
	char layers[1800];

	snprintf(layers, sizeof(layers), "lowerdir=%s/ro,upperdir=%s/open,workdir=%s/work",
		 attack_place, attack_place, attack_place);
	if (mkdir("work", 0755) || mount("overlay", "secret", "overlay", 0, layers))
		return cant("no overlay can be mounted");
	/* Now the same as secret/file. */
	return opens("secret/file");
}
static int attack(void)
{
	return opens("open/file");
}
ATTACK(files_overlay_upper, .prepare = prepare, .attack = attack);
