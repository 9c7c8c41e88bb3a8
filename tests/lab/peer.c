/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other end of the service's sockets, in guests:
 *   peer listen PATH             a service manager: prints each datagram, its lines joined by ", "
 *   peer ask PATH LINE [nnp] [thread]   connects, sends the line, prints the answer, then holds on
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_un address_of(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	return address;
}

static int listen_on(const char *path)
{
	const struct sockaddr_un address = address_of(path);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	char text[4096];
	ssize_t n;

	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return 1;
	while ((n = recv(fd, text, sizeof(text) - 1, 0)) >= 0) {
		text[n] = '\0';
		for (char *p = text; (p = strchr(p, '\n')); p++)
			*p = ',';
		printf("%s\n", text);
		fflush(stdout);
	}
	return 1;
}

static void *hold(void *nothing)
{
	pause();
	return nothing;
}

static int ask(int argc, char **argv)
{
	const struct sockaddr_un address = address_of(argv[2]);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char text[4096];
	pthread_t thread;
	ssize_t n;

	for (int i = 4; i < argc; i++) {
		if (strcmp(argv[i], "nnp") == 0)
			prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		else
			pthread_create(&thread, NULL, hold, NULL);
	}
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		perror("connect");
		return 1;
	}
	if (send(fd, argv[3], strlen(argv[3]), 0) < 0 || send(fd, "\n", 1, MSG_NOSIGNAL) < 0)
		return 1;
	n = recv(fd, text, sizeof(text), 0);
	if (n > 0)
		(void)!write(1, text, (size_t)n);
	return n > 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "listen") == 0)
		return listen_on(argv[2]);
	return argc >= 4 && strcmp(argv[1], "ask") == 0 ? ask(argc, argv) : 2;
}
