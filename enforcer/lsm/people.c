/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who did it: what the record says of the process, and what the machine adds: the names of user and group,
 * the cgroup's path, the programs of the ancestors.
 *
 * An ancestor is known by its number and its start, so a number that is used again is nobody's. What
 * its program is, is believed for a second; and of a storm of new processes only so many are looked
 * at: the others' programs stay unknown, which costs no record.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bailiff/proc.h"
#include "decode.h"

#define SLOTS	   256u
#define LOOKS	   4096 /* at /proc, a second */
#define SECOND	   1000000000ll
#define REFRESH_NS (10 * SECOND) /* of names of users, and ours */
#define CLOCK_STEP 1000000ll	 /* a smaller change of the clock is let be: starts stay equal */

struct ancestor {
	uint32_t pid;
	uint64_t start;
	char comm[BL_COMM];
	int64_t until; /* 0: this slot is free */
	char *exe;     /* or NULL */
};

/* What a helper said of a cgroup: an id is never used again. */
struct asked {
	uint64_t id;   /* 0: this slot is free */
	char *path;    /* or NULL: it is gone, or the helper was busy */
	int64_t until; /* that is believed */
};

struct people {
	int proc;
	long tick_ns;
	struct proc_cgroups *cgroups;
	int64_t now, boot_ns, refresh_at, second_ends;
	int looks;
	struct event_process process;
	struct event_task ancestors[BL_ANCESTORS];
	char comm[BL_COMM + 1], comms[BL_ANCESTORS][BL_COMM + 1];
	char exe[BL_OBJECT_MAX + 1], container[PROC_CONTAINER_ID + 1];
	char host[HOST_NAME_MAX + 1];
	struct ancestor slots[SLOTS];
	struct proc_users users, groups;
	struct lsm_helper helper;
	struct asked asked[SLOTS];
};

int people_new(struct people **ret_people)
{
	struct people *people = calloc(1, sizeof(*people));
	long ticks = sysconf(_SC_CLK_TCK);

	if (!people)
		return -ENOMEM;
	if (proc_cgroups_new(&people->cgroups) < 0) {
		free(people);
		return -ENOMEM;
	}
	people->proc = proc_open();
	people->tick_ns = ticks > 0 ? (long)(SECOND / ticks) : 0;
	people_begin(people);
	*ret_people = people;
	return 0;
}

void people_free(struct people *people)
{
	if (!people)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		free(people->slots[i].exe);
	for (size_t i = 0; i < SLOTS; i++)
		free(people->asked[i].path);
	proc_cgroups_free(people->cgroups);
	close_fd(&people->proc);
	free(people);
}

void people_helper(struct people *people, const struct lsm_helper *helper)
{
	people->helper = *helper;
}

void people_begin(struct people *people)
{
	int64_t boot_ns = proc_boot_ns();

	if (llabs(boot_ns - people->boot_ns) >= CLOCK_STEP)
		people->boot_ns = boot_ns;
	people->now = now_ns();
	if (people->now >= people->second_ends) {
		people->second_ends = people->now + SECOND;
		people->looks = LOOKS;
	}
	if (people->now < people->refresh_at)
		return;
	people->refresh_at = people->now + REFRESH_NS;
	proc_users_forget(&people->users);
	proc_users_forget(&people->groups);
	if (gethostname(people->host, sizeof(people->host) - 1) < 0)
		people->host[0] = '\0';
}

int64_t people_time(const struct people *people, uint64_t ns)
{
	/* Any bytes: no more than three centuries. */
	return ns > INT64_MAX / 2 ? 0 : people->boot_ns + (int64_t)ns;
}

const char *people_host(const struct people *people)
{
	return people->host[0] ? people->host : NULL;
}

static const char *cgroup_of(struct people *people, uint64_t id)
{
	struct asked *asked = &people->asked[id % SLOTS];
	char path[PATH_MAX];

	if (!people->helper.cgroup)
		return proc_cgroup(people->cgroups, id);
	if (asked->id == id && (asked->path || asked->until > people->now))
		return asked->path;
	free(asked->path);
	asked->id = id;
	asked->until = people->now + SECOND;
	asked->path = people->helper.cgroup(people->helper.context, id, path) ? strdup(path) : NULL;
	return asked->path;
}

_Static_assert(PROC_BYTES >= PATH_MAX, "a path has room where a file of /proc has");

/* The program of a process that is still the one which started then. */
static char *look_at(struct people *people, const struct bl_ancestor *who)
{
	CLEANUP(close_fd) int task = -1;
	char text[PROC_BYTES];
	struct proc_stat stat;
	uint64_t start;

	if (people->looks <= 0 || !people->tick_ns || who->pid > INT32_MAX)
		return NULL;
	people->looks--;
	start = who->start / (uint64_t)people->tick_ns;
	if (people->helper.program)
		return people->helper.program(people->helper.context, (pid_t)who->pid, start, text)
			       ? strdup(text)
			       : NULL;
	task = proc_task(people->proc, (pid_t)who->pid);
	if (task < 0 || !proc_stat(task, text, &stat) || stat.start != start ||
	    !proc_exe(task, text))
		return NULL;
	return strdup(text);
}

static const char *exe_of(struct people *people, const struct bl_ancestor *who)
{
	struct ancestor *slot = &people->slots[(who->pid ^ who->start >> 16) % SLOTS];

	if (slot->until > people->now && slot->pid == who->pid && slot->start == who->start &&
	    memcmp(slot->comm, who->comm, BL_COMM) == 0)
		return slot->exe;
	free(slot->exe);
	slot->pid = who->pid;
	slot->start = who->start;
	memcpy(slot->comm, who->comm, BL_COMM);
	slot->until = people->now + SECOND;
	slot->exe = look_at(people, who);
	return slot->exe;
}

static void copy_text(char *out, const char *bytes, size_t length)
{
	length = strnlen(bytes, length);
	memcpy(out, bytes, length);
	out[length] = '\0';
}

static void add_ancestors(struct people *people, const struct bl_record *record)
{
	struct event_process *process = &people->process;

	for (uint32_t i = 0; i < record->n_ancestors && i < BL_ANCESTORS; i++) {
		const struct bl_ancestor *who = &record->ancestors[i];

		if (!who->pid)
			break;
		copy_text(people->comms[i], who->comm, BL_COMM);
		people->ancestors[i] = (struct event_task){
			.pid = (pid_t)who->pid,
			.exe = exe_of(people, who),
			.comm = people->comms[i],
		};
		process->n_ancestors++;
	}
}

const struct event_process *people_of(struct people *people, const struct bl_record *record,
				      const char *exe)
{
	struct event_process *process = &people->process;
	const char *container;

	copy_text(people->comm, record->comm, BL_COMM);
	copy_text(people->exe, exe, record->exe_bytes);
	*process = (struct event_process){
		.pid = (pid_t)record->tgid,
		.tid = (pid_t)record->tid,
		.start_ns = people_time(people, record->start),
		.uid = record->uid,
		.gid = record->gid,
		.exe = people->exe[0] ? people->exe : NULL,
		.comm = people->comm,
		.user = proc_user(&people->users, record->uid),
		.group = proc_group(&people->groups, record->gid),
		.cgroup = cgroup_of(people, record->cgroup),
		.ancestors = people->ancestors,
	};
	container = process->cgroup ? proc_container(process->cgroup) : NULL;
	if (container) {
		copy_text(people->container, container, PROC_CONTAINER_ID);
		process->container = people->container;
	}
	add_ancestors(people, record);
	return process;
}
