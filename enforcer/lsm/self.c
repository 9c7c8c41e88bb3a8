/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel's side has to know of bailiff itself, to keep it from governed tasks: who loads, which
 * file is the installed bailiff, and which directory of bpffs is its own. Files are told by inode and by
 * the device of their mount: of a file in an overlay, stat(2) has another one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "bailiff/base.h"
#include "bailiff/proc.h"
#include "room.h"

/* The device of a mount, by its number. */
static int device_of_mount(uint64_t mount, uint64_t *ret_device)
{
	uint64_t number, parent, major, minor;
	const char *at;
	char *line = NULL;
	size_t size = 0;
	FILE *f = fopen("/proc/self/mountinfo", "re");
	int r = -ENOENT;

	if (!f)
		return -errno;
	while (r < 0 && getline(&line, &size, f) > 0) {
		at = line;
		if (!take_number(&at, 10, &number) || number != mount ||
		    !take_number(&at, 10, &parent) || !take_number(&at, 10, &major) ||
		    !take_word(&at, ":") || !take_number(&at, 10, &minor))
			continue;
		*ret_device = makedev((unsigned)major, (unsigned)minor);
		r = 0;
	}
	free(line);
	fclose(f);
	return r;
}

/* Inode and device of what a path leads to. */
static int identify(const char *path, uint64_t *ret_inode, uint64_t *ret_device)
{
	CLEANUP(close_fd) int fd = open(path, O_PATH | O_CLOEXEC);
	uint64_t inode = 0, mount = 0;
	char name[64], line[128];
	const char *at;
	FILE *f;

	if (fd < 0)
		return -errno;
	snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", fd);
	f = fopen(name, "re");
	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		at = line;
		if (take_word(&at, "mnt_id:"))
			(void)take_number(&at, 10, &mount);
		else if (take_word(&at, "ino:"))
			(void)take_number(&at, 10, &inode);
	}
	fclose(f);
	if (!inode)
		return -ENOENT;
	*ret_inode = inode;
	return device_of_mount(mount, ret_device);
}

/* When this process was started, in clock ticks since the machine was. */
static uint64_t started(void)
{
	CLEANUP(close_fd) int proc = proc_open();
	CLEANUP(close_fd) int task = proc_task(proc, getpid());
	char text[PROC_BYTES];
	struct proc_stat stat;

	return proc_stat(task, text, &stat) ? stat.start : 0;
}

int self_learn(struct lsm *lsm, struct diag *diag)
{
	lsm->started = started();
	if (lsm->started)
		return 0;
	diag_system(diag, ENOENT, "read", "/proc/self/stat", "is /proc mounted?");
	return -ENOENT;
}

void self_present(struct lsm *lsm)
{
	lsm->control->loader_start = lsm->started;
	__atomic_store_n(&lsm->control->loader_tgid, (uint32_t)getpid(), __ATOMIC_RELEASE);
}

int self_tell(struct lsm *lsm, struct diag *diag)
{
	struct bl_control *control = lsm->control;
	uint64_t inode = 0, device = 0;
	int r = self_learn(lsm, diag);

	if (r < 0)
		return r;
	self_present(lsm);
	r = identify("/proc/self/exe", &inode, &device);
	if (r < 0) {
		diag_system(diag, -r, "identify", "/proc/self/exe", "is /proc mounted?");
		return r;
	}
	control->exe_inode = inode;
	control->exe_device = device;
	r = identify(lsm->pins, &inode, &device);
	if (r < 0) {
		diag_system(diag, -r, "identify", lsm->pins, NULL);
		return r;
	}
	control->pins_device = device;
	__atomic_store_n(&control->pins_inode, inode, __ATOMIC_RELEASE);
	return 0;
}

void self_forget(struct lsm *lsm)
{
	if (lsm->control->loader_tgid == (uint32_t)getpid())
		__atomic_store_n(&lsm->control->loader_tgid, 0, __ATOMIC_RELEASE);
}
