/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

#define LINKS 100

static int prepare(void)
{
	char hidden[64], shown[64];

	for (int i = 0; i < LINKS; i++) {
		snprintf(hidden, sizeof(hidden), "secret/link%d", i);
		snprintf(shown, sizeof(shown), "open/link%d", i);
		if (link("secret/file", hidden) || link("secret/file", shown))
			return errno;
	}
	return 0;
}
static int attack(void)
{
	char hidden[64], shown[64];
	int error = EPERM;

	for (int i = 0; i < LINKS && error; i++) {
		snprintf(hidden, sizeof(hidden), "secret/link%d", i);
		snprintf(shown, sizeof(shown), "open/link%d", i);
		if (opens(shown) || unlink(shown))
			return WRONG;
		error = opens(hidden);
	}
	return error;
}
ATTACK(files_stale, .prepare = prepare, .attack = attack);
