/* SPDX-License-Identifier: Apache-2.0 */
/* What attacks on `exec` have in common. */
#ifndef ATTACKS_EXEC_H
#define ATTACKS_EXEC_H

#include "../common/tiny.h"
#include "attack.h"

#define RW  (PROT_READ | PROT_WRITE)
#define RX  (PROT_READ | PROT_EXEC)
#define RWX (RW | PROT_EXEC)

/* A program that is linked to libraries and tells its own memory: cat. NULL: there is none here. */
static inline const char *linked_cat(void)
{
	if (access("/lib64/ld-linux-x86-64.so.2", X_OK))
		return NULL;
	return access("/bin/linked-cat", X_OK) == 0 ? "/bin/linked-cat" : "/bin/cat";
}

static inline int run_program(const char *path)
{
	return runs((const char *const[]){path, NULL});
}

/* What FD has is started. 0: it ended well. */
static inline int run_fd(int fd)
{
	const char *argv[] = {"x", NULL}, *environment[] = {NULL};
	int status, answer[2], error = fd < 0 ? errno : 0;
	pid_t pid;

	if (fd < 0)
		return error;
	if (pipe2(answer, O_CLOEXEC) || (pid = fork()) < 0)
		return errno;
	if (pid == 0) {
		syscall(SYS_execveat, fd, "", argv, environment, AT_EMPTY_PATH);
		error = errno;
		(void)!write(answer[1], &error, sizeof(error));
		_exit(127);
	}
	close(answer[1]);
	if (read(answer[0], &error, sizeof(error)) != sizeof(error))
		error = 0;
	close(answer[0]);
	if (waitpid(pid, &status, 0) != pid)
		return errno;
	return error ? error : WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 255;
}

static inline int run_proc_fd(int fd)
{
	char path[64];

	if (fd < 0)
		return errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return run_program(path);
}

static inline int copy_file(const char *from, const char *to, mode_t mode)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), error;
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	char data[65536];
	ssize_t n = 0;

	if (in < 0 || out < 0)
		return errno;
	while ((n = read(in, data, sizeof(data))) > 0)
		if (write(out, data, (size_t)n) != n)
			return errno;
	error = n < 0 ? errno : 0;
	close(in);
	close(out);
	return error;
}

/* Machine code that returns 42. */
#define CODE_SIZE 6
static const unsigned char code_42[CODE_SIZE] = {0xb8, 42, 0, 0, 0, 0xc3};

static inline int jump(void *to)
{
	return ((int (*)(void))(uintptr_t)to)() == 42 ? 0 : ENOEXEC;
}

/* The code is written to the mapping, which then is to be executed. */
static inline int write_and_jump(void *map)
{
	if (map == MAP_FAILED)
		return errno;
	memcpy(map, code_42, CODE_SIZE);
	return jump(map);
}
static inline int protect_and_jump(void *map, int protection)
{
	if (map == MAP_FAILED)
		return errno;
	memcpy(map, code_42, CODE_SIZE);
	return mprotect((void *)((uintptr_t)map & ~(uintptr_t)4095), 4096, protection) ? errno
										       : jump(map);
}
static inline void *anonymous(int protection, int flags)
{
	return mmap(NULL, 4096, protection, flags | MAP_ANONYMOUS, -1, 0);
}

/* Is PATH mapped to be executed by the linked program, under this environment? Its memory is told to OUT. */
static inline int loads(const char *path, const char *variable, const char *out)
{
	char *environment[] = {NULL, NULL}, text[65536] = "";
	char *argv[] = {"cat", "/proc/self/maps", NULL};
	const char *program = linked_cat();
	int status, fd;
	pid_t pid;

	if (asprintf(&environment[0], "%s=%s/%s", variable, attack_place, path) < 0)
		return ENOMEM;
	pid = fork();
	if (pid == 0) {
		fd = open(out, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		dup2(fd, 1);
		execve(program, argv, environment);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return errno;
	free(environment[0]);
	fd = open(out, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return ENOEXEC;
	close(fd);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (strstr(line, path) && strstr(line, "r-xp"))
			return 0;
	return EACCES;
}

#endif
