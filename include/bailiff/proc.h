/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proc: what the machine says of a task: /proc, the names of users and groups, the paths of cgroups. All of it
 * may be missing or a lie of the task's making, so nothing is decided by it.
 *
 * A governed program may be root in our own mount namespace, and so could mount things over /proc, a
 * fifo for instance to make us wait. Hence /proc is opened once, and nothing mounted on it is crossed
 * into.
 */
#ifndef BAILIFF_PROC_H
#define BAILIFF_PROC_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bailiff/base.h"

#define PROC_BYTES 4096 /* of a file there, with a NUL: the rest is not read */

/* The directory of all tasks; -1: there is none that speaks of our own PID namespace. */
int proc_open(void);
/* A task's directory; -1: it is gone. proc may be -1. */
int proc_task(int proc, pid_t pid);
/* A file's first bytes, NUL-terminated; the length, or 0. */
size_t proc_text(int task, const char *name, char *ret_text, size_t size);

struct proc_stat {
	pid_t parent;
	uint64_t start; /* ticks since boot */
	const char *comm;
	size_t comm_length;
};
/* text has room for PROC_BYTES, and holds what *ret_stat points to. */
bool proc_stat(int task, char *text, struct proc_stat *ret_stat);
/* The path of the program, NUL-terminated, and its length; 0: not known, and why is in errno. */
size_t proc_exe(int task, char ret_path[PATH_MAX]);
/* Nanoseconds since the epoch when CLOCK_BOOTTIME was 0, as the clock is set now. */
int64_t proc_boot_ns(void);

/* A container's id is 64 hexadecimal digits somewhere in its cgroup's path, alone or after "docker-"
 * and the like; the last one, for containers in containers. Points into the path; NULL: none. */
#define PROC_CONTAINER_ID 64
const char *proc_container(const char *cgroup);

/* --- Users and groups -------------------------------------------------------------------------- */

#define PROC_USERS    64
#define PROC_USER_MAX 33 /* of useradd, and a NUL */

/* What /etc/passwd said, or /etc/group, also of nothing (""). One of its own for each. Zeroed is empty. */
struct proc_users {
	unsigned count, next;
	struct {
		id_t id;
		char name[PROC_USER_MAX];
	} known[PROC_USERS]; /* need not be zeroed */
};
/* NULL: it has no name. Valid until the next call. */
const char *proc_user(struct proc_users *users, uid_t uid);
const char *proc_group(struct proc_users *groups, gid_t gid);
/* As it may have changed since. */
void proc_users_forget(struct proc_users *users);

/* --- Cgroups ---------------------------------------------------------------------------------- */

/* The paths of cgroups (version 2) by their ids. Takes CAP_DAC_READ_SEARCH. */
struct proc_cgroups;
int proc_cgroups_new(struct proc_cgroups **ret_cgroups);
void proc_cgroups_free(struct proc_cgroups *cgroups);
/* "/system.slice/web.service". NULL: it is gone, or it can't be told. Valid until the next call. */
const char *proc_cgroup(struct proc_cgroups *cgroups, uint64_t id);

#endif
