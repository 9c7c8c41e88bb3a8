/* SPDX-License-Identifier: Apache-2.0 */
/* The words of attack.h. */
#include <sys/prctl.h>
#include <time.h>

#include "driver.h"

const char *attack_place, *attack_self, *attack_bailiff;
bool attack_harmless;
char bailiff_output[65536];

int cant(const char *why)
{
	printf("can't: %s\n", why);
	fflush(stdout);
	return CANT;
}

int code(long r)
{
	return r < 0 ? errno : 0;
}

int hold(int fd)
{
	if (fd < 0)
		return errno;
	if (fd == HELD)
		return code(fcntl(fd, F_SETFD, 0));
	if (dup2(fd, HELD) < 0)
		return errno;
	close(fd);
	return 0;
}

int reads(int fd)
{
	char c;
	int error = fd < 0 ? errno : 0;
	ssize_t n;

	if (fd < 0)
		return error;
	errno = 0;
	n = read(fd, &c, 1);
	error = n == 1 ? 0 : errno ? errno : ENODATA;
	close(fd);
	return error;
}

int opens(const char *path)
{
	return reads(open(path, O_RDONLY | O_CLOEXEC));
}

int writes(int fd)
{
	int error = fd < 0 ? errno : 0;

	if (fd < 0)
		return error;
	error = write(fd, "x", 1) == 1 ? 0 : errno;
	close(fd);
	return error;
}

int in_child(int (*function)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(function());
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

int runs(const char *const *argv)
{
	int status, error = 0, answer[2];
	pid_t pid;

	if (pipe2(answer, O_CLOEXEC) || (pid = fork()) < 0)
		return errno;
	if (pid == 0) {
		execv(argv[0], (char *const *)(uintptr_t)argv);
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
	if (error)
		return error;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 255;
}

void put(const char *path, const void *data, size_t size, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || close(fd)) {
		printf("can't write %s: %s\n", path, strerror(errno));
		fflush(stdout);
		_exit(WRONG);
	}
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int bailiff(unsigned seconds, const char *const *argv)
{
	const char *all[32] = {attack_bailiff};
	double end = seconds_now() + seconds;
	size_t n = 1, got = 0;
	int status, out[2];
	pid_t pid;

	while (*argv && n < 31)
		all[n++] = *argv++;
	if (pipe2(out, O_CLOEXEC) || (pid = fork()) < 0)
		return WRONG;
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(out[1], 1);
		dup2(out[1], 2);
		execv(all[0], (char *const *)(uintptr_t)all);
		_exit(127);
	}
	close(out[1]);
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	for (bool over = false; !over;) {
		char sink[4096];
		bool full = got >= sizeof(bailiff_output) - 1;
		ssize_t r =
			full ? read(out[0], sink, sizeof(sink))
			     : read(out[0], bailiff_output + got, sizeof(bailiff_output) - 1 - got);

		over = r == 0 || (r < 0 && errno != EAGAIN && errno != EINTR);
		if (r > 0 && !full)
			got += (size_t)r;
		if (r < 0 && seconds_now() > end) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			close(out[0]);
			return -1000;
		}
		if (r < 0)
			usleep(2000);
	}
	bailiff_output[got] = 0;
	close(out[0]);
	if (waitpid(pid, &status, 0) != pid)
		return WRONG;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1 - WTERMSIG(status);
}
