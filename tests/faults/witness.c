// SPDX-License-Identifier: Apache-2.0
// witness TRY...: tries what its policy forbids, and says on standard output whether it could: "confined", or
// "UNCONFINED TRY...". Its status is then 7. As often as a supervisor may be gone meanwhile.
//   mkdir         makes a directory
//   read=PATH     opens a file
//   create=PATH   makes one
//   connect=PORT  comes to 127.0.0.1, whether somebody is there or not
//   caps          has CAP_SYS_ADMIN
//   exec=PATH     starts another program
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 2

static bool made_directory(void)
{
	char path[64];
	bool made;

	snprintf(path, sizeof(path), "made.%d", getpid());
	made = mkdir(path, 0700) == 0;
	if (made)
		rmdir(path);
	return made;
}

static bool opened(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool created(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return false;
	close(fd);
	unlink(path);
	return true;
}

static bool connected(const char *port)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)atoi(port)),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool came = fd >= 0 &&
		    (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 || errno == ECONNREFUSED);

	if (fd >= 0)
		close(fd);
	return came;
}

static bool capable(void)
{
	unsigned long long effective = 0;
	char line[256];
	FILE *file = fopen("/proc/self/status", "re");

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "CapEff: %llx", &effective) == 1)
			break;
	if (file)
		fclose(file);
	return effective >> 21 & 1;
}

static bool executed(const char *path)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		execl(path, path, (char *)NULL);
		_exit(99);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid &&
	       !(WIFEXITED(status) && WEXITSTATUS(status) == 99) && !WIFSIGNALED(status);
}

static bool could(const char *try)
{
	const char *of = strchr(try, '=');

	of = of ? of + 1 : "";
	switch (try[0]) {
	case 'm':
		return made_directory();
	case 'r':
		return opened(of);
	case 'c':
		return try[1] == 'r' ? created(of) : try[1] == 'o' ? connected(of) : capable();
	default:
		return executed(of);
	}
}

int main(int argc, char **argv)
{
	char text[512] = "UNCONFINED";
	bool free = false;

	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 1; i < argc; i++) {
			if (!could(argv[i]))
				continue;
			free = true;
			snprintf(text + strlen(text), sizeof(text) - strlen(text), " %s", argv[i]);
		}
		usleep(3000);
	}
	if (!free)
		strcpy(text, "confined");
	strcat(text, "\n");
	(void)!write(STDOUT_FILENO, text, strlen(text));
	return 7;
}
