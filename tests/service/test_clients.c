/* SPDX-License-Identifier: Apache-2.0 */
/* Many who connect at once, and some who go without waiting for their answer. */
#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../enforcer/service/room.h"

static struct sockaddr_un address = {.sun_family = AF_UNIX};
static struct clients *clients;
static int listening;

static int govern_later(void *context, uint32_t id, const struct service_request *request,
			const struct client_peer *peer)
{
	(void)context;
	(void)id;
	(void)request;
	(void)peer;
	return 0;
}

static void begin(void)
{
	snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "bailiff-test-%d", getpid());
	listening = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(listening, (struct sockaddr *)&address, sizeof(address)), 0);
	cr_assert_eq(listen(listening, 128), 0);
	cr_assert_eq(clients_new(listening, NULL, govern_later, NULL, &clients), 0);
}

static void end(void)
{
	clients_free(clients);
	close(listening);
}

static int connect_one(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -1 : fd;
}

TestSuite(clients, .init = begin, .fini = end);

/* The service would not sleep until the keeper has answered him, which may be busy. */
Test(clients, who_has_gone_wakes_nobody)
{
	struct pollfd fds[CLIENTS_POLL];
	char line[SERVICE_REQUEST];
	int fd = connect_one();

	service_ask("web", 1, line);
	cr_assert_eq(send(fd, line, strlen(line), 0), (ssize_t)strlen(line));
	clients_pump(clients); /* accepts */
	clients_pump(clients); /* reads */
	close(fd);
	cr_expect_eq(poll(fds, clients_poll(clients, fds), 0), 0);
}

/* As user N, twenty connections, which stay until the test ends. */
static pid_t crowd(uid_t uid)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	if (setgid(uid) < 0 || setuid(uid) < 0)
		_exit(1);
	for (int i = 0; i < 20; i++)
		(void)connect_one();
	pause();
	_exit(0);
}

Test(clients, a_crowd_leaves_places_for_root)
{
	static const char nonsense[] = "nonsense\n", answer[] = "no that is no request\n";
	pid_t users[6];
	char got[64] = "";
	int fd;

	if (geteuid() != 0)
		cr_skip_test("only root can be many users");
	for (size_t i = 0; i < ARRAY_LEN(users); i++)
		users[i] = crowd((uid_t)(1001 + i));
	for (int i = 0; i < 10; i++) {
		usleep(50000);
		clients_pump(clients);
	}
	fd = connect_one();
	cr_assert_geq(fd, 0);
	clients_pump(clients);
	cr_expect_eq(send(fd, nonsense, strlen(nonsense), MSG_NOSIGNAL), (ssize_t)strlen(nonsense));
	clients_pump(clients);
	(void)!recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT);
	cr_expect_str_eq(got, answer);
	close(fd);
	for (size_t i = 0; i < ARRAY_LEN(users); i++) {
		cr_assert_gt(users[i], 0);
		kill(users[i], SIGKILL);
		waitpid(users[i], NULL, 0);
	}
}
