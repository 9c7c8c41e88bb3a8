/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int attack(void)
{
	union {
		struct file_handle head;
		char bytes[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} handle = {.head = {.handle_bytes = MAX_HANDLE_SZ}};
	int mount, top = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (name_to_handle_at(AT_FDCWD, "secret/file", &handle.head, &mount, 0))
		return errno == EOPNOTSUPP ? cant("this file system has no handles") : errno;
	return reads(open_by_handle_at(top, &handle.head, O_RDONLY | O_CLOEXEC));
}
ATTACK(files_handle, .attack = attack);
