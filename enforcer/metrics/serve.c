/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP, by libmicrohttpd, which waits for its sockets in an epoll that the caller polls. It parses; here
 * are the limits that it does not have: how long a connection may be there at all (its own limit begins
 * again with each byte), and who goes when there are too many.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "room.h"

#ifdef BAILIFF_STATIC

int server_load(struct diag *diag)
{
	diag_error(diag, NULL,
		   "this is the static binary, which has no --metrics; `bailiff`, which is "
		   "installed beside it, has");
	return -EOPNOTSUPP;
}

int server_new(struct metrics *metrics UNUSED, int listen UNUSED, struct server **ret_server UNUSED)
{
	return -EOPNOTSUPP;
}

void server_free(struct server *server UNUSED)
{
}

int server_fd(const struct server *server UNUSED)
{
	return -1;
}

int server_wait_ms(const struct server *server UNUSED)
{
	return -1;
}

void server_turn(struct server *server UNUSED)
{
}

void server_ready(struct server *server UNUSED)
{
}

#else

#include <dlfcn.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <sys/socket.h>
#include <time.h>

#define LIBRARY	     "libmicrohttpd.so.12"
#define MS_NS	     1000000ll
#define HEADER_BYTES 8192u /* of a connection: what it sends, and what we say before the text */
#define SILENT_S     5u
#define SPARE_NS     (1000 * MS_NS) /* so long nobody has to go for others */
#define WAITING_MS   100	    /* how often we look whether somebody has waited enough */
#define PRESENT_MS   1000	    /* or has been here too long */
#define CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define ONLY_METRICS "only /metrics is here\n"
#define ONLY_GET     "only GET and HEAD are answered\n"

/* What of the library is used, by its names there. */
static struct {
	void *handle;
	__typeof__(&MHD_start_daemon) MHD_start_daemon;
	__typeof__(&MHD_stop_daemon) MHD_stop_daemon;
	__typeof__(&MHD_quiesce_daemon) MHD_quiesce_daemon;
	__typeof__(&MHD_run) MHD_run;
	__typeof__(&MHD_get_timeout) MHD_get_timeout;
	__typeof__(&MHD_get_daemon_info) MHD_get_daemon_info;
	__typeof__(&MHD_get_connection_info) MHD_get_connection_info;
	__typeof__(&MHD_suspend_connection) MHD_suspend_connection;
	__typeof__(&MHD_resume_connection) MHD_resume_connection;
	__typeof__(&MHD_create_response_from_buffer) MHD_create_response_from_buffer;
	__typeof__(&MHD_add_response_header) MHD_add_response_header;
	__typeof__(&MHD_queue_response) MHD_queue_response;
	__typeof__(&MHD_destroy_response) MHD_destroy_response;
} library;
#define SYMBOL(name)                                                                               \
	{                                                                                          \
#name, (void **)&library.name                                                      \
	}

struct place {
	struct MHD_Connection *connection; /* NULL: nobody */
	int fd;
	int64_t since;
	bool waiting; /* suspended, until it is known what to say */
	bool asked;   /* it is not asked for again */
};
struct server {
	struct metrics *metrics;
	struct MHD_Daemon *daemon;
	int epoll_fd, listen; /* the caller's, a second time: the library closes what it gets */
	struct place places[METRICS_CONNECTIONS];
	struct MHD_Response *same; /* of METRICS_SAME_MS, or NULL */
	int64_t same_until;
};

int server_load(struct diag *diag)
{
	static const struct {
		const char *name;
		void *where; /* a pointer to a function */
	} symbols[] = {
		SYMBOL(MHD_start_daemon),	 SYMBOL(MHD_stop_daemon),
		SYMBOL(MHD_quiesce_daemon),	 SYMBOL(MHD_run),
		SYMBOL(MHD_get_timeout),	 SYMBOL(MHD_get_daemon_info),
		SYMBOL(MHD_get_connection_info), SYMBOL(MHD_suspend_connection),
		SYMBOL(MHD_resume_connection),	 SYMBOL(MHD_create_response_from_buffer),
		SYMBOL(MHD_add_response_header), SYMBOL(MHD_queue_response),
		SYMBOL(MHD_destroy_response),
	};

	if (library.handle)
		return 0;
	library.handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	for (size_t i = 0; library.handle && i < ARRAY_LEN(symbols); i++) {
		void *found = dlsym(library.handle, symbols[i].name);

		memcpy(symbols[i].where, &found, sizeof(found));
		if (!found) {
			dlclose(library.handle);
			library.handle = NULL;
		}
	}
	if (library.handle)
		return 0;
	diag_error(diag, NULL,
		   "metrics are served by libmicrohttpd, and there is no " LIBRARY
		   "; on Debian, the package libmicrohttpd12 has it");
	return -EOPNOTSUPP;
}

/* --- Answers ------------------------------------------------------------------------------------ */

static struct MHD_Response *words(const char *text, const char *header, const char *value)
{
	struct MHD_Response *response = library.MHD_create_response_from_buffer(
		strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);

	if (response) {
		(void)library.MHD_add_response_header(response, "Connection", "close");
		(void)library.MHD_add_response_header(response, header, value);
	}
	return response;
}

static struct MHD_Response *current(struct server *server)
{
	int64_t now = now_ns();
	char *text = NULL;
	size_t length;

	if (server->same && now < server->same_until)
		return server->same;
	if (server->same)
		library.MHD_destroy_response(server->same); /* those who read it have it still */
	server->same = NULL;
	if (metrics_text(server->metrics, &text, &length) < 0)
		return NULL;
	server->same = library.MHD_create_response_from_buffer(length, text, MHD_RESPMEM_MUST_FREE);
	if (!server->same) {
		free(text);
		return NULL;
	}
	(void)library.MHD_add_response_header(server->same, "Content-Type", CONTENT_TYPE);
	(void)library.MHD_add_response_header(server->same, "Connection", "close");
	server->same_until = now + METRICS_SAME_MS * MS_NS;
	return server->same;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned status, const char *text,
			      const char *header, const char *value)
{
	struct MHD_Response *response = words(text, header, value);
	enum MHD_Result result =
		response ? library.MHD_queue_response(connection, status, response) : MHD_NO;

	if (response)
		library.MHD_destroy_response(response);
	return result;
}

/* Does what the text is made of have to come first? Who has waited is not kept any longer. */
static bool must_wait(struct server *server, struct place *place)
{
	struct metrics *metrics = server->metrics;

	if (!place || place->asked || !metrics->ask ||
	    (server->same && now_ns() < server->same_until))
		return false;
	place->asked = true;
	place->waiting = metrics->ask(metrics->context);
	return place->waiting;
}

static struct place *place_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		library.MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
			      const char *method, const char *version UNUSED,
			      const char *data UNUSED, size_t *data_length UNUSED,
			      void **state UNUSED)
{
	struct server *server = context;
	struct place *place = place_of(connection);
	struct MHD_Response *response;

	if (strcmp(url, "/metrics") != 0)
		return refuse(connection, MHD_HTTP_NOT_FOUND, ONLY_METRICS, "Content-Type",
			      "text/plain");
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED, ONLY_GET, "Allow",
			      "GET, HEAD");
	if (must_wait(server, place)) {
		library.MHD_suspend_connection(connection);
		return MHD_YES;
	}
	response = current(server);
	return response ? library.MHD_queue_response(connection, MHD_HTTP_OK, response) : MHD_NO;
}

/* --- Connections -------------------------------------------------------------------------------- */

static void come_or_go(void *context, struct MHD_Connection *connection, void **place_of_it,
		       enum MHD_ConnectionNotificationCode code)
{
	struct server *server = context;
	struct place *place = *place_of_it;
	const union MHD_ConnectionInfo *info;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (place)
			*place = (struct place){.connection = NULL};
		*place_of_it = NULL;
		return;
	}
	for (size_t i = 0; i < METRICS_CONNECTIONS; i++) {
		place = &server->places[i];
		if (place->connection)
			continue;
		info = library.MHD_get_connection_info(connection,
						       MHD_CONNECTION_INFO_CONNECTION_FD);
		*place = (struct place){
			.connection = connection,
			.fd = info ? info->connect_fd : -1,
			.since = now_ns(),
		};
		*place_of_it = place;
		return;
	}
}

static void resume(struct place *place)
{
	place->waiting = false;
	library.MHD_resume_connection(place->connection);
}

/* The library then finds that the other end has gone. */
static void send_away(struct place *place)
{
	if (place->waiting)
		resume(place);
	if (place->fd >= 0)
		(void)shutdown(place->fd, SHUT_RDWR);
}

static void look_at_places(struct server *server)
{
	int64_t now = now_ns();
	struct place *oldest = NULL;
	size_t n = 0;

	for (size_t i = 0; i < METRICS_CONNECTIONS; i++) {
		struct place *place = &server->places[i];

		if (!place->connection)
			continue;
		n++;
		if (place->waiting && now - place->since > METRICS_WAIT_MS * MS_NS)
			resume(place);
		if (now - place->since > METRICS_SECONDS * 1000 * MS_NS)
			send_away(place);
		else if (!oldest || place->since < oldest->since)
			oldest = place;
	}
	if (n == METRICS_CONNECTIONS && oldest && now - oldest->since > SPARE_NS)
		send_away(oldest);
}

void server_ready(struct server *server)
{
	for (size_t i = 0; i < METRICS_CONNECTIONS; i++)
		if (server->places[i].waiting)
			resume(&server->places[i]);
}

/* --- Its life ----------------------------------------------------------------------------------- */

int server_new(struct metrics *metrics, int listen, struct server **ret_server)
{
	struct server *server = calloc(1, sizeof(*server));
	const union MHD_DaemonInfo *info;
	int r;

	if (!server)
		return -ENOMEM;
	server->metrics = metrics;
	server->listen = fcntl(listen, F_DUPFD_CLOEXEC, 0);
	if (server->listen < 0) {
		r = -errno;
		free(server);
		return r;
	}
	server->daemon = library.MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, answer, server,
		MHD_OPTION_LISTEN_SOCKET, server->listen, MHD_OPTION_CONNECTION_LIMIT,
		METRICS_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, SILENT_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_BYTES,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_CONNECTION, come_or_go, server,
		MHD_OPTION_END);
	info = server->daemon
		       ? library.MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)
		       : NULL;
	if (!info) {
		server_free(server);
		return -EIO;
	}
	server->epoll_fd = info->epoll_fd;
	*ret_server = server;
	return 0;
}

void server_free(struct server *server)
{
	if (!server)
		return;
	server_ready(server); /* the library does not end with some that are suspended */
	if (server->daemon) {
		(void)library.MHD_run(server->daemon);
		/* Others serve at the same socket after us. */
		(void)library.MHD_quiesce_daemon(server->daemon);
		library.MHD_stop_daemon(server->daemon);
	}
	if (server->same)
		library.MHD_destroy_response(server->same);
	close_fd(&server->listen);
	free(server);
}

int server_fd(const struct server *server)
{
	return server->epoll_fd;
}

int server_wait_ms(const struct server *server)
{
	MHD_UNSIGNED_LONG_LONG said;
	int ms = -1;

	for (size_t i = 0; i < METRICS_CONNECTIONS; i++)
		if (server->places[i].connection && ms != WAITING_MS)
			ms = server->places[i].waiting ? WAITING_MS : PRESENT_MS;
	if (library.MHD_get_timeout(server->daemon, &said) == MHD_YES &&
	    (ms < 0 || said < (unsigned)ms))
		ms = said < PRESENT_MS ? (int)said : PRESENT_MS;
	return ms;
}

void server_turn(struct server *server)
{
	(void)library.MHD_run(server->daemon);
	look_at_places(server);
}

#endif
