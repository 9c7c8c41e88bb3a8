/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is connected. Anybody may be: a client has few bytes to send, little time for them, and its
 * user has only so many places; what it does costs the others nothing.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "room.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif
#define ASK_NS	 (5 * 1000000000ll)  /* to send the line */
#define WAIT_NS	 (15 * 1000000000ll) /* for the keeper's answer */
#define PER_USER 16		     /* but root */
#define FOR_ROOT 16		     /* places that other users together leave free */

enum client_state {
	CLIENT_NONE = 0,
	CLIENT_ASKING,	/* its line is not whole */
	CLIENT_WAITING, /* for the answer */
};
struct client {
	enum client_state state;
	int fd; /* -1: it is the stream's now */
	uint32_t id;
	struct client_peer peer;
	int64_t until;
	size_t length;
	char line[SERVICE_REQUEST];
};
struct clients {
	int listen;
	uint32_t last_id;
	clients_govern *govern;
	void *context;
	struct stream *stream;
	struct client list[CLIENTS_MAX];
};

int clients_new(int listen, struct stream *stream, clients_govern *govern, void *context,
		struct clients **ret_clients)
{
	struct clients *clients = calloc(1, sizeof(*clients));

	if (!clients)
		return -ENOMEM;
	clients->listen = listen;
	clients->stream = stream;
	clients->govern = govern;
	clients->context = context;
	*ret_clients = clients;
	return 0;
}

static void client_end(struct client *client)
{
	close_fd(&client->fd);
	close_fd(&client->peer.pidfd);
	*client = (struct client){.state = CLIENT_NONE};
}

void clients_free(struct clients *clients)
{
	if (!clients)
		return;
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (clients->list[i].state)
			client_end(&clients->list[i]);
	free(clients);
}

/* --- Answers ------------------------------------------------------------------------------------ */

static void client_say(struct client *client, const char *line)
{
	char text[512];
	int n = snprintf(text, sizeof(text), "%s\n", line);

	if (n > 0)
		(void)!send(client->fd, text,
			    (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1,
			    MSG_DONTWAIT | MSG_NOSIGNAL);
	client_end(client);
}

void clients_answer(struct clients *clients, uint32_t id, const char *line)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (clients->list[i].state == CLIENT_WAITING && clients->list[i].id == id)
			client_say(&clients->list[i], line);
}

/* It is the stream's from then on. */
static void begin_watch(struct clients *clients, struct client *client)
{
	int r = client->peer.uid ? -EPERM : stream_join(clients->stream, client->fd, client->line);

	if (r < 0)
		service_refuse(client->fd, r == -EPERM	  ? "only root may watch"
					   : r == -EUSERS ? "too many watch already"
					   : r == -EINVAL ? "that is no request to watch"
							  : "it has no memory left");
	client->fd = -1;
	client_end(client);
}

static void begin_govern(struct clients *clients, struct client *client,
			 const struct service_request *request)
{
	int r;

	if (client->peer.pidfd < 0) {
		client_say(client, "no this process can't be told from others");
		return;
	}
	client->id = ++clients->last_id & INT32_MAX; /* the others are the front's own */
	client->state = CLIENT_WAITING;
	client->until = now_ns() + WAIT_NS;
	r = clients->govern(clients->context, client->id, request, &client->peer);
	if (r < 0)
		client_say(client, "no the service is busy; try again");
}

/* --- Requests ----------------------------------------------------------------------------------- */

static void read_line(struct clients *clients, struct client *client)
{
	struct service_request request;
	size_t room = sizeof(client->line) - client->length;
	ssize_t n = recv(client->fd, client->line + client->length, room, MSG_DONTWAIT);
	char *end;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client_end(client);
		return;
	}
	client->length += (size_t)n;
	end = memchr(client->line, '\n', client->length);
	if (!end && client->length < sizeof(client->line))
		return;
	if (!end || end + 1 != client->line + client->length ||
	    memchr(client->line, 0, client->length)) {
		client_say(client, "no that is no request");
		return;
	}
	*end = '\0';
	if (strncmp(client->line, "watch", 5) == 0)
		begin_watch(clients, client);
	else if (service_parse(client->line, (size_t)(end - client->line), &request) == 0)
		begin_govern(clients, client, &request);
	else
		client_say(client, "no that is no request");
}

/* --- Coming ------------------------------------------------------------------------------------- */

/* Who has connected, as a descriptor that stays his. */
static int peer_of(int fd, struct client_peer *ret_peer)
{
	struct ucred who;
	socklen_t length = sizeof(who);
	int pidfd = -1;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &length) < 0)
		return -errno;
	length = sizeof(pidfd);
	/* Before 6.5 there is only the number. Who hands his socket on and dies, so that another process
	 * gets it, governs that one: of the same user, and without privileges to come. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &length) < 0)
		pidfd = who.pid > 0 ? (int)syscall(SYS_pidfd_open, who.pid, 0) : -1;
	*ret_peer = (struct client_peer){.pidfd = pidfd, .uid = who.uid};
	return 0;
}

static struct client *free_place(struct clients *clients, uid_t uid)
{
	struct client *place = NULL;
	size_t same = 0, others = 0;

	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		if (!clients->list[i].state) {
			place = &clients->list[i];
			continue;
		}
		same += clients->list[i].peer.uid == uid;
		others += clients->list[i].peer.uid != 0;
	}
	return uid && (same >= PER_USER || others >= CLIENTS_MAX - FOR_ROOT) ? NULL : place;
}

static bool accept_one(struct clients *clients)
{
	int fd = accept4(clients->listen, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct client_peer peer = {.pidfd = -1};
	struct client *client;

	if (fd < 0)
		return false;
	client = peer_of(fd, &peer) < 0 ? NULL : free_place(clients, peer.uid);
	if (!client) {
		close(fd);
		close_fd(&peer.pidfd);
		return true;
	}
	*client = (struct client){
		.state = CLIENT_ASKING, .fd = fd, .peer = peer, .until = now_ns() + ASK_NS};
	return true;
}

size_t clients_poll(const struct clients *clients, struct pollfd *ret_fds)
{
	size_t n = 0;

	ret_fds[n++] = (struct pollfd){.fd = clients->listen, .events = POLLIN};
	/* Whoever waits has said all: even that he has gone would only keep us from sleeping. */
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (clients->list[i].state == CLIENT_ASKING)
			ret_fds[n++] = (struct pollfd){.fd = clients->list[i].fd, .events = POLLIN};
	return n;
}

void clients_pump(struct clients *clients)
{
	int64_t now = now_ns();

	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &clients->list[i];

		if (client->state == CLIENT_ASKING)
			read_line(clients, client);
		if (client->state && now > client->until)
			client_say(client, "no it took too long");
	}
	for (int i = 0; i < CLIENTS_MAX && accept_one(clients); i++)
		;
}
