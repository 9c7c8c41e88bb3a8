/* SPDX-License-Identifier: Apache-2.0 */
/* A process in one block, so that the fold can keep it and knows what it costs. */
#include <stdlib.h>
#include <string.h>

#include "bailiff/event.h"

#define TEXT_MAX 4096u /* PATH_MAX: nothing the kernel gives is longer */

static size_t text_size(const char *text)
{
	return text ? strnlen(text, TEXT_MAX - 1) + 1 : 0;
}

struct packer {
	char *at;
	size_t left;
};

static const char *pack_text(struct packer *packer, const char *text)
{
	size_t size = text_size(text);
	char *copy = packer->at;

	if (!text || !packer->left)
		return NULL;
	if (size > packer->left)
		size = packer->left;
	memcpy(copy, text, size - 1);
	copy[size - 1] = '\0';
	packer->at += size;
	packer->left -= size;
	return copy;
}

struct event_process *event_process_pack(const struct event_process *process)
{
	size_t size = sizeof(*process) + text_size(process->exe) + text_size(process->comm) +
		      text_size(process->user) + text_size(process->group) +
		      text_size(process->cgroup) + text_size(process->container);
	struct event_task *ancestors;
	struct event_process *copy;
	struct packer packer;
	uint32_t n = 0;

	if (size > EVENT_MAX_PROCESS)
		size = EVENT_MAX_PROCESS;
	while (n < process->n_ancestors && n < EVENT_MAX_ANCESTORS) {
		size_t more = sizeof(*ancestors) + text_size(process->ancestors[n].exe) +
			      text_size(process->ancestors[n].comm);

		if (size + more > EVENT_MAX_PROCESS)
			break;
		size += more;
		n++;
	}
	copy = malloc(size);
	if (!copy)
		return NULL;
	*copy = *process;
	ancestors = (struct event_task *)(copy + 1);
	packer.at = (char *)(ancestors + n);
	packer.left = size - (size_t)(packer.at - (char *)copy);
	copy->exe = pack_text(&packer, process->exe);
	copy->comm = pack_text(&packer, process->comm);
	copy->user = pack_text(&packer, process->user);
	copy->group = pack_text(&packer, process->group);
	copy->cgroup = pack_text(&packer, process->cgroup);
	copy->container = pack_text(&packer, process->container);
	copy->n_ancestors = n;
	copy->ancestors = ancestors;
	copy->size = size;
	for (uint32_t i = 0; i < n; i++) {
		ancestors[i].pid = process->ancestors[i].pid;
		ancestors[i].exe = pack_text(&packer, process->ancestors[i].exe);
		ancestors[i].comm = pack_text(&packer, process->ancestors[i].comm);
	}
	return copy;
}
