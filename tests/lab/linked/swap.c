/* SPDX-License-Identifier: Apache-2.0 */
/*
 * swap: publishes two policy files in turn, as fast as it can, before others who want the processor, and
 * prints how many swaps there were and what they took.
 *
 *   swap TIMES FILE FILE
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>

#include "bailiff/lsm.h"
#include "bailiff/policy.h"

static struct diag *diag;

static int fail(const char *what, int error)
{
	printf("%s: %d\n", what, error);
	diag_print(diag, stdout);
	return 1;
}

static int publish(struct lsm *lsm, const struct policy *policy)
{
	struct ruleset_options options = {.partial = false};
	struct ruleset set, now;
	uint32_t generation;
	int r;

	if (getrandom(options.key, sizeof(options.key), 0) != sizeof(options.key))
		return -1;
	r = lsm_image(lsm, &generation, &now);
	if (r == 0)
		options.previous = &now;
	r = ruleset_compile(&policy, 1, &options, diag, &set);
	if (options.previous)
		ruleset_clear(&now);
	if (r < 0)
		return r;
	r = lsm_publish(lsm, &set, diag, NULL);
	ruleset_clear(&set);
	return r;
}

int main(int argc, char **argv)
{
	struct policy *policies[2] = {NULL, NULL};
	struct lsm_options options = {.pins = NULL};
	struct timespec a, b;
	struct lsm *lsm = NULL;
	bool replaced;
	int r, times;

	if (argc != 4 || diag_new(&diag) < 0)
		return 2;
	times = atoi(argv[1]);
	(void)setpriority(PRIO_PROCESS, 0, -10);
	for (int i = 0; i < 2; i++) {
		r = policy_read(argv[2 + i], diag, &policies[i]);
		if (r < 0)
			return fail(argv[2 + i], r);
	}
	r = lsm_take(&options, diag, &lsm, &replaced);
	if (r < 0)
		return fail("take", r);
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (int i = 0; i < times; i++) {
		r = publish(lsm, policies[i & 1]);
		if (r < 0)
			return fail("publish", r);
	}
	clock_gettime(CLOCK_MONOTONIC, &b);
	printf("%d swaps, %ld ms each\n", times,
	       ((b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000) /
		       (times ? times : 1));
	lsm_close(lsm);
	policy_free(policies[0]);
	policy_free(policies[1]);
	diag_free(diag);
	return 0;
}
