/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The logs of the host. Their protocols are datagrams, and written here rather than by libsystemd or
 * syslog(3): those wait for a log that is slow, and a report must never keep a program waiting.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "room.h"

#define JOURNAL_PATH "/run/systemd/journal/socket"
#define SYSLOG_PATH  "/dev/log"
#define UDP_PREFIX   "udp:"

int form_event(enum sink_form form, const struct event *event, struct event_line *line)
{
	switch (form) {
	case FORM_JSON:
		return event_json(event, line);
	case FORM_TEXT:
		return event_text(event, line);
	case FORM_SYSLOG:
		return event_syslog(event, line);
	case FORM_JOURNAL:
		return event_journal(event, line);
	}
	return -EINVAL;
}

int form_lost(enum sink_form form, const char *kind, uint64_t count, struct event_line *line)
{
	struct timespec now;

	switch (form) {
	case FORM_JSON:
		return event_json_lost(kind, count, line);
	case FORM_TEXT:
		return event_text_lost(kind, count, line);
	case FORM_SYSLOG:
		clock_gettime(CLOCK_REALTIME, &now);
		return event_syslog_lost(kind, count, &now, line);
	case FORM_JOURNAL:
		return event_journal_lost(kind, count, line);
	}
	return -EINVAL;
}

static int unix_address(const char *path, struct diag *diag, struct sink *sink)
{
	struct sockaddr_un *address = (struct sockaddr_un *)&sink->address;

	if (path[0] != '/' || strlen(path) >= sizeof(address->sun_path)) {
		diag_error(diag, NULL,
			   "report to %s: after the colon comes nothing, or the absolute path of a "
			   "socket, of at most %zu bytes",
			   sink->name, sizeof(address->sun_path) - 1);
		return -EINVAL;
	}
	address->sun_family = AF_UNIX;
	memcpy(address->sun_path, path, strlen(path) + 1);
	sink->address_size = sizeof(*address);
	return 0;
}

static int udp_address(const char *text, struct diag *diag, struct sink *sink)
{
	struct sockaddr_in *four = (struct sockaddr_in *)&sink->address;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&sink->address;
	const char *colon = strrchr(text, ':');
	const char *at = colon ? colon + 1 : "";
	char address[INET6_ADDRSTRLEN];
	size_t length = colon ? (size_t)(colon - text) : 0;
	uint64_t port;

	if (length > 2 && text[0] == '[' && text[length - 1] == ']') {
		text++;
		length -= 2;
	}
	if (length && length < sizeof(address) && take_number(&at, 10, &port) && !*at && port &&
	    port <= UINT16_MAX) {
		memcpy(address, text, length);
		address[length] = '\0';
		if (inet_pton(AF_INET, address, &four->sin_addr) == 1) {
			four->sin_family = AF_INET;
			four->sin_port = htons((uint16_t)port);
			sink->address_size = sizeof(*four);
			return 0;
		}
		if (inet_pton(AF_INET6, address, &six->sin6_addr) == 1) {
			six->sin6_family = AF_INET6;
			six->sin6_port = htons((uint16_t)port);
			sink->address_size = sizeof(*six);
			return 0;
		}
	}
	diag_error(diag, NULL,
		   "report to %s: after udp: comes an address in numbers and a port, as in "
		   "syslog:udp:192.0.2.1:514 or syslog:udp:[2001:db8::1]:514",
		   sink->name);
	return -EINVAL;
}

int sink_find_log(const char *target, struct diag *diag, struct sink *sink)
{
	bool journal = target[0] == 'j';
	const char *where = strchr(target, ':') + 1, *socket_path;
	int r;

	sink->form = journal ? FORM_JOURNAL : FORM_SYSLOG;
	if (!journal && strncmp(where, UDP_PREFIX, strlen(UDP_PREFIX)) == 0)
		r = udp_address(where + strlen(UDP_PREFIX), diag, sink);
	else
		r = unix_address(*where ? where : journal ? JOURNAL_PATH : SYSLOG_PATH, diag, sink);
	if (r < 0)
		return r;
	sink->fd = socket(sink->address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (sink->fd < 0) {
		r = -errno;
		diag_system(diag, -r, "report to", sink->name, NULL);
		return r;
	}
	sink->way = WAY_DATAGRAM;
	sink->owned = true;
	/* Whoever listens there may come later; a path that leads nowhere is most often a mistake. */
	socket_path = ((struct sockaddr_un *)&sink->address)->sun_path;
	if (sink->address.ss_family == AF_UNIX && access(socket_path, F_OK) < 0) {
		r = -errno;
		diag_system(diag, -r, "report to", socket_path, "is a log running there?");
		return r;
	}
	return 0;
}
