/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

static void *answer(void *listener)
{
	struct seccomp_notif call = {0};
	struct seccomp_notif_resp resp = {.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
	int fd = (int)(intptr_t)listener;

	if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &call) == 0) {
		resp.id = call.id;
		(void)ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &resp);
	}
	return NULL;
}
/* Who listens answers: the attacker to himself, that it may go on. */
static int attack(void)
{
	struct sock_filter code_of[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdir, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = 4, .filter = code_of};
	pthread_t id;
	int fd;

	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			  &program);
	if (fd >= 0 && pthread_create(&id, NULL, answer, (void *)(intptr_t)fd))
		return WRONG;
	return code(syscall(SYS_mkdir, "open/made", 0755));
}
ATTACK(seccomp_own_listener, .attack = attack);
