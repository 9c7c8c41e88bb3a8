/* SPDX-License-Identifier: Apache-2.0 */
/* A program beside the attacker, which no policy governs, of the same user. */
#ifndef ATTACKS_VICTIM_H
#define ATTACKS_VICTIM_H

#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "attack.h"

/* What the attacker wants to change: on one page that both have at the same address. */
struct victim {
	pid_t pid;
	volatile long value;
};
static struct victim *victim;

static inline int victim_start(void)
{
	int go[2];
	char c;
	pid_t pid;
	FILE *out;

	/* Under `bailiff run` the attacker is another program: it looks the two numbers up. */
	victim = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (victim == MAP_FAILED || pipe2(go, O_CLOEXEC) || (pid = fork()) < 0)
		return errno;
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_PTRACER, -1L); /* where Yama is: anybody may */
		(void)!write(go[1], "x", 1);
		for (;;)
			pause();
	}
	victim->pid = pid;
	(void)!read(go[0], &c, 1);
	out = fopen("open/victim", "we");
	if (!out)
		return errno;
	fprintf(out, "%d %lu", pid, (unsigned long)(uintptr_t)&victim->value);
	fclose(out);
	return chmod("open/victim", 0644) ? errno : 0;
}
static inline void victim_end(void)
{
	kill(victim->pid, SIGKILL);
	waitpid(victim->pid, NULL, 0);
	munmap(victim, 4096);
}

static inline int victim_find(pid_t *pid, uintptr_t *address)
{
	FILE *in = fopen("open/victim", "re");
	int n = in ? fscanf(in, "%d %lu", pid, address) : 0;

	if (in)
		fclose(in);
	return n == 2 ? 0 : WRONG;
}

#endif
