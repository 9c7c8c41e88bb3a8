/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The front: reads the ring, tells, and answers the socket. It opens all it needs, becomes nobody, and
 * only then looks at anything that others wrote.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "room.h"

#define ALIVE_NS    1000000000ll
#define RETRY_NS    1000000000ll /* while somebody else reads the ring */
#define ANSWER_MS   2000
#define FINISH_MS   2000
#define PUMP_EVENTS 64u

struct front {
	const struct front_plan *plan;
	struct lsm *lsm; /* NULL: nothing is loaded */
	struct lsm_reader *reader;
	int unread; /* why there is no reader */
	struct sink *sink;
	unsigned unpumped;     /* events that it was handed since */
	struct outbox *outbox; /* NULL: nothing is stored */
	struct stream *stream;
	struct exporter *exporter; /* NULL: no metrics are wanted */
	struct clients *clients;
	struct known *known;
	struct ruleset image;
	uint32_t generation; /* of the image; 0: none */
	bool wanted, ending, broken;
	int64_t alive_at; /* when the keeper is to hear of us again */
	int64_t turning;  /* when the keeper was asked for the report's next file; 0: it was not */
	bool late; /* the keeper is busy: nothing is waited for until it has answered something */
	uint32_t last_asked, asked, answered; /* of questions that are waited for */
	struct message answer;
	int answer_fd; /* -1: none came with it */
};

/* --- The keeper's messages ---------------------------------------------------------------------- */

static void take_image(struct front *front, const struct message *message, int fd)
{
	size_t size = message->number;
	uint8_t *copy;
	void *p;

	front->wanted = false;
	if (message->result < 0 || fd < 0 || !size || size % BL_BLOCK)
		return;
	p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return;
	copy = aligned_alloc(BL_BLOCK, size);
	if (copy)
		memcpy(copy, p, size);
	munmap(p, size);
	if (!copy)
		return;
	if (ruleset_check(copy, size / BL_BLOCK, NULL) < 0) {
		free(copy);
		return;
	}
	ruleset_clear(&front->image);
	front->image = (struct ruleset){.blocks = copy, .n_blocks = (uint32_t)(size / BL_BLOCK)};
	front->generation = message->generation;
}

/* Takes the descriptor where the answer is waited for. */
static void take_answer(struct front *front, const struct message *message, int *fd)
{
	char line[512];

	if (message->id && message->id == front->asked) {
		front->answer = *message;
		front->answered = message->id;
		close_fd(&front->answer_fd);
		front->answer_fd = *fd;
		*fd = -1;
		return;
	}
	if (message->result == 0)
		snprintf(line, sizeof(line), "ok %u", message->generation);
	else
		snprintf(line, sizeof(line), "no %.400s", message->text);
	clients_answer(front->clients, message->id, line);
}

static int want(struct front *front)
{
	const struct message message = {.kind = MESSAGE_WANT};
	int r = front->wanted ? 0 : channel_send(front->plan->end, &message, -1);

	front->wanted = r == 0;
	return r;
}

static void take_figures(struct front *front, const struct message *message, int fd)
{
	if (!exporter_take(front->exporter, message, fd, &front->image, front->generation) &&
	    want(front) == 0)
		exporter_again(front->exporter);
}

static void receive(struct front *front)
{
	struct message message;
	int fd, r = channel_receive(front->plan->end, &message, &fd);

	if (r < 0) {
		front->broken = true;
		return;
	}
	front->late = false;
	if (message.kind == MESSAGE_IMAGE)
		take_image(front, &message, fd);
	else if (message.kind == MESSAGE_ANSWER)
		take_answer(front, &message, &fd);
	else if (message.kind == MESSAGE_FIGURES)
		take_figures(front, &message, fd);
	else if (message.kind == MESSAGE_WRITER && front->outbox && fd >= 0) {
		outbox_lost(front->outbox, LEDGER_LOSS, message.number);
		outbox_connect(front->outbox, fd);
		fd = -1;
	} else if (message.kind == MESSAGE_REPORT) {
		front->turning = 0;
		sink_turn(front->sink, message.result < 0 ? message.result : fd);
		if (message.result == 0)
			fd = -1;
	} else if (message.kind == MESSAGE_END)
		front->ending = true;
	close_fd(&fd);
}

/* Waits for a message, at most until then. */
static bool wait_until(struct front *front, int64_t until)
{
	struct pollfd end = {.fd = front->plan->end, .events = POLLIN};
	int64_t left = until - now_ns();

	if (front->broken || left <= 0 || poll(&end, 1, (int)(left / 1000000) + 1) <= 0)
		return false;
	receive(front);
	return !front->broken;
}

/* The keeper may be loading: that takes as long as it takes, but the ring is bounded. */
static int image_of(void *context, uint32_t *ret_generation, struct ruleset *ret_set)
{
	struct front *front = context;
	int64_t until = now_ns() + ANSWER_MS * 1000000ll;
	uint32_t generation = lsm_generation(front->lsm);
	size_t size;

	if (front->generation != generation && !front->late && want(front) == 0) {
		while (front->wanted && wait_until(front, until))
			;
		front->late = front->wanted;
	}
	if (!front->generation || front->generation != generation)
		return -EAGAIN;
	size = (size_t)front->image.n_blocks * BL_BLOCK;
	ret_set->blocks = aligned_alloc(BL_BLOCK, size);
	if (!ret_set->blocks)
		return -ENOMEM;
	memcpy(ret_set->blocks, front->image.blocks, size);
	ret_set->n_blocks = front->image.n_blocks;
	*ret_generation = generation;
	return 0;
}

/* A question that is waited for. */
static bool ask(struct front *front, struct message *message)
{
	int64_t until = now_ns() + ANSWER_MS * 1000000ll;

	front->asked = message->id = ++front->last_asked | 1u << 31;
	if (front->broken || front->late || channel_send(front->plan->end, message, -1) < 0)
		return false;
	while (front->answered != front->asked && wait_until(front, until))
		;
	front->late = front->answered != front->asked;
	return !front->late;
}

static bool ask_path(struct front *front, struct message *message, char *path)
{
	if (!ask(front, message) || front->answer.result < 0)
		return false;
	memcpy(path, front->answer.text, sizeof(front->answer.text));
	return true;
}

static bool cgroup_of(void *context, uint64_t id, char *path)
{
	struct message message = {.kind = MESSAGE_CGROUP, .number = id};

	return ask_path(context, &message, path);
}

static bool program_of(void *context, pid_t pid, uint64_t start, char *path)
{
	struct message message = {.kind = MESSAGE_PROGRAM, .user = (uint32_t)pid, .number = start};

	return ask_path(context, &message, path);
}

static int open_kept(void *context, uint32_t generation, const char *name)
{
	struct message message = {.kind = MESSAGE_POLICY, .number = generation};
	struct front *front = context;
	int fd;

	snprintf(message.text, sizeof(message.text), "%s", name);
	if (!ask(front, &message))
		return -EAGAIN;
	fd = front->answer_fd;
	front->answer_fd = -1;
	return front->answer.result < 0 ? front->answer.result : fd < 0 ? -EBADMSG : fd;
}

static const struct policy *policy_of(void *context, const char *name)
{
	struct front *front = context;

	return front->generation ? known_policy(front->known, &front->image, name) : NULL;
}

static int ask_govern(void *context, uint32_t id, const struct service_request *request,
		      const struct client_peer *peer)
{
	struct front *front = context;
	struct message message = {
		.kind = MESSAGE_GOVERN, .id = id, .user = peer->uid, .number = request->hash};

	memcpy(message.text, request->name, sizeof(request->name));
	return channel_send(front->plan->end, &message, peer->pidfd);
}

/* --- Telling ------------------------------------------------------------------------------------ */

static void pump_report(struct front *front)
{
	sink_pump(front->sink);
	ledger_reported(front->plan->ledger, sink_missing(front->sink, NULL));
}

static void tell(void *context, const struct event *event)
{
	struct front *front = context;

	ledger_take(front->plan->ledger, event->count);
	sink_event(front->sink, event);
	/* A batch of the ring's is more than a sink holds, and, where others want the CPU, may take longer
	 * than the keeper waits for a sign of life. */
	if (++front->unpumped >= PUMP_EVENTS) {
		pump_report(front);
		front->unpumped = 0;
		if (front->reader && now_ns() >= front->alive_at)
			lsm_reader_stop(front->reader);
	}
	outbox_event(front->outbox, event);
	stream_event(front->stream, event);
	exporter_event(front->exporter, event);
}

static void tell_lost(void *context, const char *kind, uint64_t count)
{
	struct front *front = context;

	ledger_take(front->plan->ledger, count);
	sink_lost(front->sink, kind, count);
	outbox_lost(front->outbox, kind, count);
	stream_lost(front->stream, kind, count);
	exporter_lost(front->exporter, kind, count);
}

/* The keeper puts the report aside; while it does, the report goes on growing. */
static void turn_report(struct front *front)
{
	struct message message = {.kind = MESSAGE_TURN, .number = sink_turn_due(front->sink)};

	if (message.number && is_due_again(front->turning))
		front->turning = channel_send(front->plan->end, &message, -1) == 0 ? now_ns() : 0;
}

static bool pump(struct front *front)
{
	int n = front->reader ? lsm_reader_pump(front->reader, tell, tell_lost, front) : 0;

	pump_report(front);
	turn_report(front);
	outbox_turn(front->outbox);
	stream_turn(front->stream);
	clients_pump(front->clients);
	if (front->outbox)
		exporter_store(front->exporter, outbox_missing(front->outbox),
			       outbox_error(front->outbox));
	exporter_turn(front->exporter);
	return n == LSM_READER_BATCH;
}

/* --- The loop ----------------------------------------------------------------------------------- */

static int wait_ms(const struct front *front, bool more)
{
	int ms = front->reader ? LSM_READER_MS : 500, retry = sink_wait_ms(front->sink);
	int due = outbox_wait_ms(front->outbox);

	if (more)
		return 0;
	if (retry >= 0 && retry < ms)
		ms = retry;
	return exporter_wait_ms(front->exporter, due >= 0 && due < ms ? due : ms);
}

static void wait_for(struct front *front, bool more)
{
	struct pollfd fds[CLIENTS_POLL + 6];
	size_t n = 0, first;

	fds[n++] = (struct pollfd){.fd = front->plan->end, .events = POLLIN};
	fds[n++] = (struct pollfd){.fd = sink_wait_fd(front->sink), .events = POLLOUT};
	fds[n++] = (struct pollfd){.fd = front->reader ? lsm_reader_fd(front->reader) : -1,
				   .events = POLLIN};
	fds[n++] = outbox_poll(front->outbox);
	fds[n++] = (struct pollfd){.fd = stream_fd(front->stream), .events = POLLIN};
	fds[n++] = (struct pollfd){.fd = exporter_fd(front->exporter), .events = POLLIN};
	first = n;
	n += clients_poll(front->clients, fds + first);
	if (poll(fds, n, wait_ms(front, more)) > 0 && fds[0].revents)
		receive(front);
}

static void keep_alive(struct front *front)
{
	const struct message message = {.kind = MESSAGE_ALIVE,
					.result = front->unread,
					.length = (uint32_t)outbox_error(front->outbox)};
	int64_t now = now_ns();

	if (now < front->alive_at)
		return;
	front->alive_at = now + ALIVE_NS;
	if (channel_send(front->plan->end, &message, -1) == -EPIPE)
		front->broken = true;
}

static int loop(struct front *front)
{
	int64_t retry_at = now_ns() + RETRY_NS;
	bool more = false;

	while (!front->ending && !front->broken) {
		keep_alive(front);
		wait_for(front, more);
		more = pump(front);
		/* The other reader may have ended; only one with privileges can find out. */
		if (front->unread == -EBUSY && now_ns() > retry_at)
			return FRONT_AGAIN;
	}
	while (pump(front))
		;
	return front->broken ? 1 : 0;
}

/* --- Its life ----------------------------------------------------------------------------------- */

static int open_ring(struct front *front, struct diag *diag)
{
	const struct lsm_helper helper = {
		.image = image_of, .cgroup = cgroup_of, .program = program_of, .context = front};
	int r = lsm_open(NULL, diag, &front->lsm);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	r = lsm_image(front->lsm, &front->generation, &front->image);
	if (r < 0)
		return r;
	r = lsm_reader_open(front->lsm, diag, &front->reader);
	front->unread = r;
	if (r == 0) {
		lsm_reader_helper(front->reader, &helper);
		lsm_reader_policies(front->reader, policy_of, front);
	}
	return r == -EBUSY ? 0 : r;
}

static int front_start(struct front *front, struct diag *diag)
{
	const struct sink_rotation *rotation = &front->plan->options->rotation;
	int r = sink_open(front->plan->report, diag, &front->sink);

	if (r == 0 && rotation->bytes && sink_rotate_elsewhere(front->sink, rotation) < 0) {
		diag_error(diag, NULL,
			   "only a report that is a file can be rotated, and %s is none",
			   sink_name(front->sink));
		r = -EINVAL;
	}
	if (r == 0 && front->plan->stores)
		r = outbox_new(front->plan->ledger, &front->outbox);
	if (r == 0)
		r = open_ring(front, diag);
	if (r == 0)
		r = known_new(open_kept, front, &front->known);
	if (r == 0)
		r = stream_new(&front->stream);
	if (r == 0)
		r = clients_new(front->plan->listen, front->stream, ask_govern, front,
				&front->clients);
	if (r == 0 && front->plan->metrics >= 0)
		r = exporter_new(front->plan->metrics, front->plan->end, front->reader, diag,
				 &front->exporter);
	if (r == 0 && front->lsm)
		lsm_narrow(front->lsm);
	drop_priority();
	if (r == 0)
		r = drop_front(front->plan->user, front->exporter, diag);
	return r;
}

static void front_clear(struct front *front)
{
	uint64_t missing;
	char text[96];

	if (front->sink) {
		sink_finish(front->sink, FINISH_MS);
		ledger_reported(front->plan->ledger, sink_missing(front->sink, NULL));
	}
	missing = outbox_finish(front->outbox, FINISH_MS);
	if (missing) {
		snprintf(text, sizeof(text), "%" PRIu64 " %s not stored", missing,
			 missing == 1 ? "violation is" : "violations are");
		front->plan->options->say(text);
	}
	outbox_free(front->outbox);
	clients_free(front->clients);
	stream_free(front->stream);
	exporter_free(front->exporter);
	lsm_reader_free(front->reader);
	lsm_close(front->lsm);
	known_free(front->known);
	ruleset_clear(&front->image);
	sink_free(front->sink);
	close_fd(&front->answer_fd);
}

int front_run(const struct front_plan *plan)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	struct front front = {.plan = plan, .answer_fd = -1};
	uint64_t owed;
	int r;

	if (diag_new(&diag) < 0)
		return 1;
	prctl(PR_SET_NAME, "bailiff-front", 0, 0, 0);
	r = front_start(&front, diag);
	if (r == 0) {
		owed = ledger_unreported(plan->ledger);
		if (owed)
			sink_lost(front.sink, LEDGER_LOSS, owed);
		r = loop(&front);
	} else if (!diag_errors(diag))
		diag_system(diag, -r, "start", "the service's other process", NULL);
	if (diag_errors(diag))
		plan->options->tell(diag);
	front_clear(&front);
	return r < 0 ? 1 : r;
}
