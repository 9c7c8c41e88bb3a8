/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel's side says of itself: that takes privileges, so the keeper looks. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "room.h"

/* Counts are of the generation in force: another one meanwhile, and we look again. */
static int measure(struct lsm *lsm, struct figures **ret_figures, size_t *ret_size)
{
	CLEANUP(free_ptr) struct figures *figures = NULL;
	struct ruleset set = {.blocks = NULL};
	uint32_t generation;
	size_t size;
	int r = lsm_image(lsm, &generation, &set);

	if (r < 0)
		return r;
	size = ((const struct bl_header *)set.blocks)->n_rules;
	ruleset_clear(&set);
	figures = calloc(1, sizeof(*figures) + size * sizeof(figures->counts[0]));
	if (!figures)
		return -ENOMEM;
	figures->n_rules = size;
	r = lsm_counts(lsm, figures->counts, size);
	if (r == 0)
		r = lsm_status(lsm, NULL, &figures->status);
	if (r == 0 && figures->status.generation != generation)
		r = -EAGAIN;
	if (r < 0)
		return r;
	figures->status.hooks = NULL;
	figures->status.n_hooks = 0;
	*ret_size = sizeof(*figures) + size * sizeof(figures->counts[0]);
	*ret_figures = STEAL(figures);
	return 0;
}

int answer_figures(int end)
{
	struct message message = {.kind = MESSAGE_FIGURES};
	CLEANUP(free_ptr) struct figures *figures = NULL;
	CLEANUP(lsm_closep) struct lsm *lsm = NULL;
	CLEANUP(close_fd) int fd = -1;
	size_t size = 0;
	int r = lsm_open(NULL, NULL, &lsm), tries = 3;

	if (r == 0)
		do
			r = measure(lsm, &figures, &size);
		while (r == -EAGAIN && --tries);
	if (r == 0)
		r = answer_file("bailiff-figures", figures, size, &fd);
	message.number = size;
	message.result = r;
	return channel_send(end, &message, fd);
}
