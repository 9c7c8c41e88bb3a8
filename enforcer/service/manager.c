/* SPDX-License-Identifier: Apache-2.0 */
/* What the service manager wants to know: datagrams of a few words to the socket that it names. */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "room.h"

#define PATIENCE_USEC 600000000ull

static void send_words(const char *words, size_t length)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *path = getenv("NOTIFY_SOCKET");
	CLEANUP(close_fd) int fd = -1;
	size_t n = path ? strlen(path) : 0;

	if (n < 2 || n >= sizeof(address.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(address.sun_path, path, n);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) /* who does not listen is not told */
		(void)!sendto(fd, words, length, MSG_NOSIGNAL, (struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
}

void manager_tell(const char *format, ...)
{
	char words[512];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	if (n > 0)
		send_words(words, (size_t)n < sizeof(words) ? (size_t)n : sizeof(words) - 1);
}

/* While it loads, a watchdog hears nothing: that takes as long as it takes. */
static void be_patient(bool loading)
{
	const char *usec = getenv("WATCHDOG_USEC");

	if (usec && loading)
		manager_tell("WATCHDOG=1\nWATCHDOG_USEC=%llu", PATIENCE_USEC);
	else if (usec)
		manager_tell("WATCHDOG=1\nWATCHDOG_USEC=%llu", strtoull(usec, NULL, 10));
}

void manager_reloaded(void)
{
	manager_tell("READY=1");
	be_patient(false);
}

void manager_reloading(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	manager_tell("RELOADING=1\nMONOTONIC_USEC=%llu\nSTATUS=Loading",
		     (unsigned long long)now.tv_sec * 1000000u +
			     (unsigned long long)now.tv_nsec / 1000u);
	be_patient(true);
}

int manager_watchdog_ms(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	unsigned long long n = usec ? strtoull(usec, NULL, 10) : 0;

	if (!n || (pid && strtol(pid, NULL, 10) != getpid()))
		return -1;
	n /= 2000;
	return n < 1 ? 1 : n > 3600000 ? 3600000 : (int)n;
}
