/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bailiff watch: violations of the host as they happen: from the service, where one runs, else from
 * the ring itself; or those of all planes as they come into a store. It waits for its own reader, and for
 * nobody else: what does not fit into the ring meanwhile is counted there, and told.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bailiff/load.h"
#include "bailiff/lsm.h"
#include "bailiff/service.h"
#include "commands.h"

#define FLUSH_BYTES (256u << 10)
#define SERVICE_MS  500 /* a signal may come just before we wait */
#define STORE_MS    250 /* between two looks: its writers commit once a second */

struct watch {
	bool json;
	const char *policy; /* NULL: all */
	uint64_t left;	    /* violations still to be told; 0: without end */
	bool ended;	    /* there is nothing more to tell, or nobody to tell it to */
	int error;	    /* of writing */
	struct event_line line;
	char *out;
	size_t length, capacity;
	struct screen *screen; /* NULL: it is no terminal */
	/* Where it comes from: one of the three. */
	struct follow *follow;
	struct lsm *lsm;
	struct lsm_reader *ring;
	struct service_reader *service;
	/* For the ring: whose filters it tells of. */
	struct known *known;
	struct ruleset image;
	uint32_t generation; /* of the image */
};

static volatile sig_atomic_t stopped;

static void on_signal(int signal)
{
	(void)signal;
	stopped = 1;
}

/* --- Out -------------------------------------------------------------------------------------- */

static void append(struct watch *w, const char *text, size_t length)
{
	if (grow_array(&w->out, &w->capacity, w->length + length, 1) < 0) {
		w->error = ENOMEM;
		w->ended = true;
		return;
	}
	memcpy(w->out + w->length, text, length);
	w->length += length;
}

static void flush(struct watch *w)
{
	size_t at = 0;
	ssize_t n;

	while (at < w->length && !w->error) {
		n = write(STDOUT_FILENO, w->out + at, w->length - at);
		if (n > 0)
			at += (size_t)n;
		else if (n < 0 && errno == EINTR && !stopped)
			continue;
		else if (n < 0 && errno == EINTR)
			break;
		else
			w->error = n < 0 ? errno : EIO;
	}
	w->ended |= w->error != 0;
	w->length = 0;
}

static void write_out(void *context, const char *text, size_t length)
{
	append(context, text, length);
}

static void put_on_terminal(struct watch *w, const char *line, size_t length)
{
	int r = screen_put(w->screen, line, length);

	if (r == -ENOSPC) {
		screen_draw(w->screen, write_out, w);
		r = screen_put(w->screen, line, length);
	}
	if (r < 0) /* then it is not counted, but told */
		append(w, line, length);
}

static void put(struct watch *w, const char *line, size_t length)
{
	if (w->ended)
		return;
	if (w->screen)
		put_on_terminal(w, line, length);
	else
		append(w, line, length);
	if (w->length >= FLUSH_BYTES)
		flush(w);
}

static void count_down(struct watch *w)
{
	if (w->left && --w->left == 0)
		w->ended = true;
}

/* --- From the ring, and the store ---------------------------------------------------------------------------- */

static void on_event(void *context, const struct event *event)
{
	struct watch *w = context;
	int r;

	if (w->ended || (w->policy && (!event->policy || strcmp(event->policy, w->policy) != 0)))
		return;
	r = w->json ? event_json(event, &w->line) : event_text(event, &w->line);
	if (r < 0) {
		w->error = ENOMEM;
		w->ended = true;
		return;
	}
	put(w, w->line.data, w->line.length);
	count_down(w);
	if (w->ended && w->ring)
		lsm_reader_stop(w->ring);
}

static void on_lost(void *context, const char *kind, uint64_t count)
{
	struct watch *w = context;
	int r = w->json ? event_json_lost(kind, count, &w->line)
			: event_text_lost(kind, count, &w->line);

	if (r == 0)
		put(w, w->line.data, w->line.length);
}

static int open_kept(void *context, uint32_t generation, const char *name)
{
	(void)context;
	return load_kept_open(generation, name);
}

static const struct policy *policy_of(void *context, const char *name)
{
	struct watch *w = context;
	struct ruleset image;
	uint32_t generation;

	if (w->generation != lsm_generation(w->lsm) &&
	    lsm_image(w->lsm, &generation, &image) == 0) {
		ruleset_clear(&w->image);
		w->image = image;
		w->generation = generation;
	}
	return w->generation ? known_policy(w->known, &w->image, name) : NULL;
}

static int open_ring(struct watch *w, struct diag *diag)
{
	int r = lsm_open(NULL, diag, &w->lsm);

	if (r == 0)
		r = lsm_reader_open(w->lsm, diag, &w->ring);
	if (r == 0)
		r = known_new(open_kept, NULL, &w->known);
	if (r == 0)
		lsm_reader_policies(w->ring, policy_of, w);
	return r;
}

/* --- From the service ------------------------------------------------------------------------- */

/* A text has no verb then, but a number. */
static bool tells_loss(const char *line, size_t length)
{
	static const char json[] = "{\"lost\":", text[] = "bailiff: ";

	if (length > strlen(json) && memcmp(line, json, strlen(json)) == 0)
		return true;
	return length > strlen(text) && memcmp(line, text, strlen(text)) == 0 &&
	       line[strlen(text)] >= '0' && line[strlen(text)] <= '9';
}

static void on_line(void *context, const char *line, size_t length)
{
	struct watch *w = context;

	put(w, line, length);
	if (!tells_loss(line, length))
		count_down(w);
}

/* --- All ---------------------------------------------------------------------------------------- */

/* The service has the ring where it runs. */
static int open_source(struct watch *w, struct diag *diag)
{
	int r;

	if (w->follow)
		return 0;
	r = service_watch(SERVICE_SOCKET, !w->json, w->policy, diag, &w->service);

	return r == -ENOENT || r == -ECONNREFUSED ? open_ring(w, diag) : r;
}

static int look_at_store(struct watch *w, bool wait, struct diag *diag)
{
	const struct follow_tell tell = {on_event, on_lost, w};
	int r;

	if (wait && poll(NULL, 0, STORE_MS) < 0 && stopped)
		return 0;
	r = follow_look(w->follow, &tell, diag);
	if (w->screen)
		screen_draw(w->screen, write_out, w);
	flush(w);
	return r;
}

static int turn(struct watch *w, bool wait, struct diag *diag)
{
	struct pollfd pfd = {.events = POLLIN};
	int n;

	if (w->follow)
		return look_at_store(w, wait, diag);
	pfd.fd = w->ring ? lsm_reader_fd(w->ring) : service_reader_fd(w->service);
	n = poll(&pfd, 1, !wait ? 0 : w->ring ? LSM_READER_MS : SERVICE_MS);
	if (n < 0 && stopped)
		return 0;
	/* As long as records come as fast as they are told, there is no need to wait. */
	do {
		n = w->ring ? lsm_reader_pump(w->ring, on_event, on_lost, w)
			    : service_reader_pump(w->service, on_line, w);
		if (w->screen)
			screen_draw(w->screen, write_out, w);
		flush(w);
	} while (n == LSM_READER_BATCH && !stopped && !w->ended);
	return n < 0 ? n : 0;
}

static int watch_all(struct watch *w, struct diag *diag)
{
	int r = turn(w, false, diag); /* what came with the service's answer */

	while (!stopped && !w->ended && r == 0)
		r = turn(w, true, diag);
	if (r < 0 && w->follow) {
		if (diag_errors(diag) == 0)
			diag_system(diag, -r, "read", "the store", NULL);
	} else if (r == -EPIPE)
		diag_error(diag, NULL,
			   "the service has gone; violations are kept in the kernel until "
			   "somebody reads them");
	else if (r == -ENOENT)
		diag_error(diag, NULL, "what was loaded has been unloaded");
	else if (r < 0)
		diag_system(diag, -r, "read", "the ring of violations", NULL);
	/* A reader that has seen enough, as head has, is no failure. */
	if (w->error && w->error != EPIPE) {
		diag_system(diag, w->error, "write", "standard output", NULL);
		r = -w->error;
	}
	return r;
}

static void take_signals(void)
{
	struct sigaction action = {.sa_handler =
					   on_signal}; /* without SA_RESTART: writes end, too */

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
}

static int parse_count(const char *text, uint64_t *ret_count)
{
	char *end;

	if (!text)
		return 0;
	errno = 0;
	*ret_count = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || !*ret_count) {
		fputs("bailiff watch: error: --count wants a number from 1 on\n", stderr);
		return EXIT_USAGE;
	}
	return 0;
}

static int watch_run(const struct command *self, const struct command_input *input)
{
	struct watch w = {.json = command_value(self, input, "json") != NULL,
			  .policy = command_value(self, input, "policy")};
	const char *store = command_value(self, input, "store");
	CLEANUP(diag_freep) struct diag *diag = NULL;
	int r = parse_count(command_value(self, input, "count"), &w.left);

	if (r)
		return r;
	if (diag_new(&diag) < 0)
		return EXIT_SYSTEM;
	take_signals();
	if (store || command_value(self, input, "stored"))
		r = follow_new(store, w.policy, &w.follow);
	if (r == 0)
		r = !w.json && isatty(STDOUT_FILENO) ? screen_new(STDOUT_FILENO, &w.screen) : 0;
	if (r == 0)
		r = open_source(&w, diag);
	if (r == -ENOENT)
		diag_note(diag, NULL,
			  "it tells of policies that `bailiff load` or `bailiff guard` has brought "
			  "into force; what `bailiff run` denies is in `bailiff report` and "
			  "`bailiff watch --stored`");
	if (r == 0) {
		fprintf(stderr, "bailiff: watching %s%s\n", w.policy ? "policy " : "every policy",
			w.policy ? w.policy : "");
		r = watch_all(&w, diag);
	}
	if (r < 0 && diag_errors(diag) == 0)
		diag_system(diag, -r, "read", "what is loaded", NULL);
	diag_print(diag, stderr);
	follow_free(w.follow);
	lsm_reader_free(w.ring);
	known_free(w.known);
	ruleset_clear(&w.image);
	lsm_close(w.lsm);
	service_reader_free(w.service);
	event_line_clear(&w.line);
	free(w.out);
	screen_free(w.screen);
	return command_status_loaded(r);
}

const struct command command_watch = {
	.name = "watch",
	.operands = "",
	.summary = "tell what loaded policies deny on this host, or what is stored, as it happens",
	.max_operands = 0,
	.options =
		{
			{0, "json", NULL, "one JSON object a line", NULL},
			{'p', "policy", "NAME", "of this policy alone", NULL},
			{'n', "count", "N", "end after so many", NULL},
			{0, "stored", NULL, "what comes into the store, that of run too", NULL},
			{0, "store", "FILE", "the same of another store", "file"},
		},
	.run = watch_run,
};
