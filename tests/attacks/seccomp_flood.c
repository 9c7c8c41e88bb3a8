/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

#include <pthread.h>

#define THREADS 8
#define CALLS	2000

static void *flood(void *unused)
{
	for (int i = 0; i < CALLS; i++)
		(void)mkdir("open/made", 0755);
	return unused;
}
static int attack(void)
{
	pthread_t ids[THREADS];

	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&ids[i], NULL, flood, NULL))
			return WRONG;
	for (int i = 0; i < THREADS; i++)
		pthread_join(ids[i], NULL);
	return access("open/made", F_OK) == 0 ? 0 : code(mkdir("open/other", 0755));
}
ATTACK(seccomp_flood, .attack = attack);
