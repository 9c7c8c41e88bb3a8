/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/loop.h>
#include <sys/ioctl.h>

#include "attack.h"

static int device = -1;
static char name[64];

static int before(void)
{
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC), number, file;

	number = control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE);
	close(control);
	snprintf(name, sizeof(name), "/dev/loop%d", number);
	if (truncate("secret/file", 4096))
		return errno;
	file = open("secret/file", O_RDWR | O_CLOEXEC);
	device = number < 0 ? -1 : open(name, O_RDWR | O_CLOEXEC);
	if (device >= 0 && ioctl(device, LOOP_SET_FD, file)) {
		close(device);
		device = -1;
	}
	close(file);
	if (device >= 0)
		put("open/device", name, strlen(name), 0644);
	return 0;
}
static void after(void)
{
	if (device >= 0)
		(void)ioctl(device, LOOP_CLR_FD);
	close(device);
	device = -1;
}
static int prepare(void)
{
	return access("open/device", R_OK) ? cant("there is no loop device") : 0;
}
static int attack(void)
{
	char path[64] = "";
	int fd = open("open/device", O_RDONLY | O_CLOEXEC);

	if (read(fd, path, sizeof(path) - 1) <= 0)
		return WRONG;
	return opens(path);
}
ATTACK(files_loop, .before = before, .after = after, .prepare = prepare, .attack = attack);
ATTACK(files_loop_unnamed, .before = before, .after = after, .prepare = prepare, .attack = attack);
