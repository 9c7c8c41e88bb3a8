/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/ptrace.h>

#include "exec.h"

/* The code of a child, which may only be read and executed, is written by ptrace. */
__attribute__((noinline)) static int answer(void)
{
	__asm__ volatile("nop; nop; nop; nop; nop; nop; nop; nop");
	return 41;
}
static int attack(void)
{
	int (*volatile function)(void) = answer;
	long word = 0;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(function() == 42 ? 0 : ENOEXEC);
	}
	memcpy(&word, code_42, CODE_SIZE);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return EACCES;
	if (ptrace(PTRACE_POKETEXT, pid, function, word) || ptrace(PTRACE_CONT, pid, NULL, NULL))
		return errno;
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return EACCES;
	return WEXITSTATUS(status);
}
ATTACK(exec_poke_child, .attack = attack);
