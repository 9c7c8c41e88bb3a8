/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the room:
 *   guard.c      the keeper: starts, loads, loads again, and ends
 *   keeper.c     its front: a new one where one is wanted
 *   load.c       the policies of directories, as one set
 *   changes.c    whether what they come from has changed
 *   govern.c     may this process be labelled, and labelling it
 *   answer.c     the keeper's answers to the front
 *   front.c      the front: its start and its loop
 *   exporter.c   the front's metrics
 *   figures.c    what the keeper tells them of the kernel's side
 *   clients.c    who is connected, and what for
 *   stream.c     who watches
 *   client.c     the other side: asking the service to watch
 *   known.c      policies whose filters are told of
 *   channel.c    messages between the two
 *   drop.c       from root to nobody, or to nearly nobody
 *   outbox.c     what the front has for the store
 *   ledger.c     what is lost where the front is killed
 *   writer.c     the process that writes it there
 *   request.c    lines of the socket
 *   socket.c     what there is one of
 *   manager.c    what the service manager wants to know
 */
#ifndef SERVICE_ROOM_H
#define SERVICE_ROOM_H

#include <limits.h>
#include <signal.h>

#include "bailiff/base.h"
#include "bailiff/service.h"
#include "bailiff/sink.h"

#define GUARD_LOCK LSM_RUN "/guard.lock"

/* ---- channel.c ---- */

enum message_kind {
	/* of the front */
	MESSAGE_ALIVE =
		1, /* every second; result: 0, or why it reads no ring (-EBUSY); length: errno of
			    * the store */
	MESSAGE_GOVERN,	 /* id, user, text (name), number (hash), with a pidfd; an answer comes */
	MESSAGE_WANT,	 /* the image in force; an answer comes */
	MESSAGE_CGROUP,	 /* id, number (the cgroup's): its path; an answer comes */
	MESSAGE_PROGRAM, /* id, user (a process), number (its start, in ticks): its program's path */
	MESSAGE_POLICY,	 /* id, text (name), number (generation): the copy, as a descriptor */
	MESSAGE_MEASURE, /* the kernel's figures */
	MESSAGE_TURN,	 /* number: so many bytes are to come; the report's next file */
	/* of the keeper */
	MESSAGE_IMAGE,	/* generation, with the image in a file of memory; or none, result */
	MESSAGE_ANSWER, /* id, result, generation, text */
	MESSAGE_FIGURES, /* result; number (bytes), with struct figures in a file of memory, or none */
	MESSAGE_WRITER, /* the end of a socket to the writer */
	MESSAGE_REPORT, /* result; the descriptor of the next file */
	MESSAGE_END,	/* hand on what is there, and end */
};
/* One shape, both ways. Texts are NUL-terminated. */
struct message {
	uint32_t kind, id;
	int32_t result;
	uint32_t generation, user, length;
	uint64_t number;
	char text[PATH_MAX];
};
int channel_new(int ret_ends[2]);
/* `fd` goes with it (-1: none). Never waits: -EAGAIN. */
int channel_send(int end, const struct message *message, int fd);
/* Is it time to ask what was asked at `asked` (0: was not)? An answer gets lost where the channel is full. */
bool is_due_again(int64_t asked);
/* *ret_fd: -1 or the caller's. Waits where there is none: poll first. -EPIPE: the other is gone;
 * -EBADMSG. */
int channel_receive(int end, struct message *ret_message, int *ret_fd);

/* ---- govern.c ---- */

/* What is loaded, kept open between requests: it takes opening a hundred pins. */
struct governor {
	struct lsm *lsm; /* NULL: not yet */
	uint64_t identity;
};
void governor_clear(struct governor *governor);
/* Lets go of what is not loaded any more, so that it can go. */
void governor_refresh(struct governor *governor);
/* For the peer that a pidfd names. The reason, where it is refused, in reason[size]. */
int govern(struct governor *governor, int pidfd, uid_t user, const char *name, uint64_t hash,
	   char *reason, size_t size, uint32_t *ret_generation);

/* ---- changes.c ---- */

struct changes;
int changes_new(char *const *directories, struct changes **ret_changes);
void changes_free(struct changes *changes);
/* A file beside those of the directories. Returns whether it was not looked after yet. */
bool changes_add(struct changes *changes, const char *path);
int changes_fd(const struct changes *changes); /* to poll for reading; -1 for NULL */
bool changes_read(struct changes *changes);    /* Has something changed? Never waits. */

/* ---- answer.c ---- */

/* What the keeper remembers to answer with. */
struct answers {
	const struct service_options *options;
	struct governor governor;
	struct proc_cgroups *cgroups;
	int proc;
};
int answers_new(const struct service_options *options, struct answers *ret_answers);
void answers_clear(struct answers *answers);
/* A front's message. -errno: the channel is of no use any more. */
int answer(struct answers *answers, int end, const struct message *message, int fd);
/* Sends the image in force. */
int answer_image(int end);
/* A file of memory that nobody can change any more. */
int answer_file(const char *name, const void *bytes, size_t length, int *ret_fd);

/* ---- figures.c ---- */

/* What `bailiff status` says, for who may not look himself. */
struct figures {
	struct lsm_status status; /* without its hooks */
	uint64_t n_rules;
	uint64_t counts[]; /* of the rules of status.generation */
};
/* Sends them. */
int answer_figures(int end);

/* ---- exporter.c ---- */

/* In all but exporter_new() NULL means that there are none. */
struct exporter;
int exporter_new(int listen, int end, bool reading, struct diag *diag,
		 struct exporter **ret_exporter);
void exporter_free(struct exporter *exporter);
void exporter_event(struct exporter *exporter, const struct event *event);
void exporter_lost(struct exporter *exporter, const char *kind, uint64_t count);
void exporter_store(struct exporter *exporter, uint64_t missing, int error);
/* The answer of MESSAGE_MEASURE. The image is that of `generation`; false: the figures are of another, which
 * is to be asked for, and then exporter_again(). */
bool exporter_take(struct exporter *exporter, const struct message *message, int fd,
		   const struct ruleset *image, uint32_t generation);
void exporter_again(struct exporter *exporter);
int exporter_fd(const struct exporter *exporter); /* to poll for reading; -1: nothing */
int exporter_wait_ms(const struct exporter *exporter, int ms); /* at most so long */
void exporter_turn(struct exporter *exporter);

/* ---- drop.c ---- */

/* The user of the front: `bailiff` where /etc/passwd has one, else nobody. */
struct front_user {
	uid_t uid;
	gid_t gid;
};
struct front_user front_user_find(void);
/* Gives way to those who are governed: who floods us with violations must not slow them all, and what comes
 * faster than it is read is counted. In a session of its own from here on. */
void drop_priority(void);
/* From root to that, with nothing left but, perhaps, what serving metrics takes. */
int drop_front(struct front_user user, bool metrics, struct diag *diag);
/* Root still, but without a capability, and with the directory of the store alone. */
int drop_writer(const char *store, struct diag *diag);
/* The keeper: what loading takes. */
int drop_keeper(struct diag *diag);

/* ---- ledger.c ---- */

/*
 * How many violations a front has taken from the ring, and how many of them its report and its store do not
 * have: shared with the keeper, which tells the next front of them where this one ends before they have, and
 * with the writer. Those are counted as lost, of this kind. Of what happens at the moment of the kill one record
 * may be counted twice, none is missed.
 */
#define LEDGER_LOSS "service-ended"
struct ledger;
struct ledger *ledger_new(uint64_t unreported); /* NULL: no memory */
void ledger_free(struct ledger *ledger);
/* The front's: as many have come; of the report's so many are left; as many are in the batch that begins. */
void ledger_take(struct ledger *ledger, uint64_t violations);
void ledger_reported(struct ledger *ledger, uint64_t unreported);
void ledger_sends(struct ledger *ledger, uint64_t violations);
/* The writer's: that batch is written. */
void ledger_stored(struct ledger *ledger);
/* The keeper's: as many more are for the store. */
void ledger_owe(struct ledger *ledger, uint64_t violations);
uint64_t ledger_unreported(const struct ledger *ledger);
uint64_t ledger_unstored(const struct ledger *ledger);

/* ---- front.c ---- */

struct front_plan {
	const char *report;
	int end;     /* of the channel */
	int listen;  /* the socket */
	int metrics; /* the one where metrics are asked for; -1: none */
	bool stores;
	struct ledger *ledger; /* unreported: of the front before */
	struct front_user user;
	const struct service_options *options;
};
/* The process's whole life, after the fork; the exit status. */
int front_run(const struct front_plan *plan);
#define FRONT_AGAIN 75 /* of its own will: there is something new to read */

/* ---- outbox.c ---- */

/* All take NULL: nothing is stored. */
struct outbox;
struct pollfd;
int outbox_new(struct ledger *ledger, struct outbox **ret_outbox);
void outbox_free(struct outbox *outbox);
void outbox_event(struct outbox *outbox, const struct event *event);
void outbox_lost(struct outbox *outbox, const char *kind, uint64_t count);
/* The socket to a writer, which is taken; what no other has written is sent to it. */
void outbox_connect(struct outbox *outbox, int end);
/* What to wait for and how long (-1: any time); then do what can be done without waiting. */
struct pollfd outbox_poll(const struct outbox *outbox);
int outbox_wait_ms(const struct outbox *outbox);
void outbox_turn(struct outbox *outbox);
/* The errno of what the writer tried last; 0: it went well. */
int outbox_error(const struct outbox *outbox);
/* Violations that are not written; outbox_finish() tries to, for at most `ms`. */
uint64_t outbox_missing(const struct outbox *outbox);
uint64_t outbox_finish(struct outbox *outbox, int ms);

/* ---- writer.c ---- */

/* To the front, for each batch: 0 it is written; -ENOSPC, -EBUSY: not yet; -EBADMSG: it never will be;
 * others: not by this process. */
struct store_receipt {
	int32_t result;
};
struct writer_plan {
	const char *path; /* NULL: the default */
	int end;	  /* of the socket to the front */
	bool quiet;	  /* what keeps it from opening has been told */
	struct ledger *ledger;
	const struct service_options *options;
};
/* The process's whole life, after the fork; the exit status. */
int writer_run(const struct writer_plan *plan);
/* Can it be opened? */
int writer_check(const char *path, struct diag *diag);

/* ---- clients.c ---- */

struct clients;
struct client_peer {
	int pidfd;
	uid_t uid;
};
/* Hands a request of a peer on; the answer comes by clients_answer(). -errno: none will. */
typedef int clients_govern(void *context, uint32_t id, const struct service_request *request,
			   const struct client_peer *peer);
/* Watchers go over to the stream. */
int clients_new(int listen, struct stream *stream, clients_govern *govern, void *context,
		struct clients **ret_clients);
void clients_free(struct clients *clients);
#define CLIENTS_MAX  64
#define CLIENTS_POLL (CLIENTS_MAX + 1)
/* Fills in what to wait for; how many. */
size_t clients_poll(const struct clients *clients, struct pollfd *ret_fds);
/* Does what can be done without waiting. */
void clients_pump(struct clients *clients);
void clients_answer(struct clients *clients, uint32_t id, const char *line);

/* ---- request.c ---- */

/* May a policy be called so? */
bool request_is_name(const char *text, size_t length);

/* ---- socket.c ---- */

/* -EBUSY: another service has it. */
int socket_lock(struct diag *diag, int *ret_lock);
int socket_listen(struct diag *diag, int *ret_fd);
void socket_remove(void);

/* ---- manager.c ---- */

/* "READY=1\nSTATUS=...": a datagram to $NOTIFY_SOCKET. Nothing where there is none. */
void manager_tell(const char *format, ...) PRINTF_LIKE(1, 2);
/* RELOADING=1, with the clock that the manager compares; and READY=1 again. */
void manager_reloading(void);
void manager_reloaded(void);
/* How often it wants to hear, in ms: half of WATCHDOG_USEC; -1: never. */
int manager_watchdog_ms(void);

#endif
