/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/prctl.h>

static int put_on(uint32_t answer, unsigned flags)
{
	struct sock_filter all[] = {BPF_STMT(BPF_RET | BPF_K, answer)};
	struct sock_fprog program = {.len = 1, .filter = all};

	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}
static void *thread(void *unused)
{
	(void)put_on(SECCOMP_RET_ALLOW, SECCOMP_FILTER_FLAG_TSYNC);
	(void)put_on(SECCOMP_RET_LOG, SECCOMP_FILTER_FLAG_TSYNC);
	return unused;
}
/* Filters that allow everything, from the task and from another thread for all; and none any more. */
static int attack(void)
{
	pthread_t id;

	(void)put_on(SECCOMP_RET_ALLOW, 0);
	if (pthread_create(&id, NULL, thread, NULL) == 0)
		pthread_join(id, NULL);
	(void)prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL);
	(void)prctl(PR_SET_SECCOMP, 0 /* disabled */, NULL);
	(void)syscall(SYS_seccomp, 0 /* strict */, 1, NULL);
	return code(mkdir("open/made", 0755));
}
ATTACK(seccomp_own_filter, .attack = attack);
