/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bailiff watch: violations of the host as they happen: from the service, where one runs, else from
 * the ring itself. It waits for its own reader, and for nobody else: what does not fit into the ring
 * meanwhile is counted there, and told.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bailiff/load.h"
#include "bailiff/lsm.h"
#include "bailiff/service.h"
#include "commands.h"

#define FLUSH_BYTES (256u << 10)
#define SERVICE_MS  500 /* a signal may come just before we wait */

struct watch {
	bool json, terminal;
	const char *policy; /* NULL: all */
	uint64_t left;	    /* violations still to be told; 0: without end */
	bool ended;	    /* there is nothing more to tell, or nobody to tell it to */
	int error;	    /* of writing */
	struct event_line line;
	char *out;
	size_t length, capacity;
	/* On a terminal: the last line, which repeats are told in. */
	char *last;
	size_t last_length, last_capacity;
	uint64_t repeats, shown; /* of it; how many the screen says */
	size_t rows;		 /* that it takes there */
	/* Where it comes from: one of the two. */
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

/* Rows that a line of so many characters takes. */
static size_t rows_of(size_t characters)
{
	struct winsize size = {.ws_col = 0};
	size_t width = 80;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		width = size.ws_col;
	return characters ? (characters - 1) / width + 1 : 1;
}

static size_t characters_of(const char *text, size_t length)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++)
		count += (text[i] & 0xc0) != 0x80; /* of UTF-8 */
	return count;
}

/* Brings the screen up to date: the last line once more, with how often it has come. */
static void show_repeats(struct watch *w)
{
	char text[64];
	int n;

	if (w->repeats == w->shown)
		return;
	n = snprintf(text, sizeof(text), "\033[%zuA\r\033[J", w->rows);
	append(w, text, (size_t)n);
	append(w, w->last, w->last_length - 1);
	n = snprintf(text, sizeof(text), ", %llu times\n", (unsigned long long)w->repeats);
	append(w, text, (size_t)n);
	w->rows = rows_of(characters_of(w->last, w->last_length - 1) + (size_t)n - 1);
	w->shown = w->repeats;
}

static void put_on_terminal(struct watch *w, const char *line, size_t length)
{
	if (w->last_length == length && memcmp(w->last, line, length) == 0) {
		w->repeats++;
		return;
	}
	show_repeats(w);
	append(w, line, length);
	if (grow_array(&w->last, &w->last_capacity, length, 1) < 0) {
		w->last_length = 0; /* the next is told in full */
		return;
	}
	memcpy(w->last, line, length);
	w->last_length = length;
	w->repeats = w->shown = 1;
	w->rows = rows_of(characters_of(line, length - 1));
}

static void put(struct watch *w, const char *line, size_t length)
{
	if (w->ended)
		return;
	if (w->terminal)
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

/* --- From the ring ---------------------------------------------------------------------------- */

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
	if (w->ended)
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

static void on_line(void *context, const char *line, size_t length)
{
	struct watch *w = context;

	put(w, line, length);
	count_down(w);
}

/* --- Both ------------------------------------------------------------------------------------- */

/* The service has the ring where it runs. */
static int open_source(struct watch *w, struct diag *diag)
{
	int r = service_watch(SERVICE_SOCKET, !w->json, w->policy, diag, &w->service);

	return r == -ENOENT || r == -ECONNREFUSED ? open_ring(w, diag) : r;
}

static int turn(struct watch *w)
{
	struct pollfd pfd = {.events = POLLIN};
	int n;

	pfd.fd = w->ring ? lsm_reader_fd(w->ring) : service_reader_fd(w->service);
	n = poll(&pfd, 1, w->ring ? LSM_READER_MS : SERVICE_MS);
	if (n < 0 && stopped)
		return 0;
	/* As long as records come as fast as they are told, there is no need to wait. */
	do {
		n = w->ring ? lsm_reader_pump(w->ring, on_event, on_lost, w)
			    : service_reader_pump(w->service, on_line, w);
		show_repeats(w);
		flush(w);
	} while (n == LSM_READER_BATCH && !stopped && !w->ended);
	return n < 0 ? n : 0;
}

static int watch_all(struct watch *w, struct diag *diag)
{
	int r = 0;

	while (!stopped && !w->ended && r == 0)
		r = turn(w);
	if (r == -EPIPE)
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
	CLEANUP(diag_freep) struct diag *diag = NULL;
	int r = parse_count(command_value(self, input, "count"), &w.left);

	if (r)
		return r;
	if (diag_new(&diag) < 0)
		return EXIT_SYSTEM;
	w.terminal = !w.json && isatty(STDOUT_FILENO);
	take_signals();
	r = open_source(&w, diag);
	if (r == 0) {
		fprintf(stderr, "bailiff: watching %s%s\n", w.policy ? "policy " : "every policy",
			w.policy ? w.policy : "");
		r = watch_all(&w, diag);
	}
	if (r < 0 && diag_errors(diag) == 0)
		diag_system(diag, -r, "read", "what is loaded", NULL);
	diag_print(diag, stderr);
	lsm_reader_free(w.ring);
	known_free(w.known);
	ruleset_clear(&w.image);
	lsm_close(w.lsm);
	service_reader_free(w.service);
	event_line_clear(&w.line);
	free(w.out);
	free(w.last);
	return command_status_loaded(r);
}

const struct command command_watch = {
	.name = "watch",
	.operands = "",
	.summary = "tell what loaded policies deny on this host, as it happens",
	.max_operands = 0,
	.options =
		{
			{0, "json", NULL, "one JSON object a line", NULL},
			{'p', "policy", "NAME", "of this policy alone", NULL},
			{'n', "count", "N", "end after so many", NULL},
		},
	.run = watch_run,
};
