/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one reader of the ring. Its lock file says who it is, and how much of what was lost has been
 * told, so that the next reader neither repeats nor forgets it.
 */
#include "ring.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "decode.h"

#define LOCK_NAME  "reader.lock"
#define LOCK_BYTES 256

static const char *const loss_names[RING_LOSSES] = {
	[RING_LOST_LSM] = "lsm",
	[RING_LOST_SECCOMP] = "seccomp",
	[RING_LOST_MISSES] = "misses",
	[RING_LOST_DAMAGED] = "damaged",
};

struct lsm_reader {
	struct ring_source source;
	struct decoder *decoder;
	struct ring_buffer *ring;
	int lock;
	struct lsm_helper helper; /* NULL in it: the source is asked */
	uint64_t told[RING_LOSSES], damaged;
	/* of the call under way */
	event_emit *emit;
	void *context;
	int left;
};

/* --- The lock --------------------------------------------------------------------------------- */

/* What the last reader of this load has told. */
static void read_lock(struct lsm_reader *reader, const char text[LOCK_BYTES])
{
	uint64_t *told = reader->told;
	uint64_t pid, load, lsm, seccomp, misses;

	if (!take_number(&text, 10, &pid) || !take_number(&text, 10, &load) ||
	    !take_number(&text, 10, &lsm) || !take_number(&text, 10, &seccomp) ||
	    !take_number(&text, 10, &misses) || load != reader->source.load)
		return;
	told[RING_LOST_LSM] = lsm;
	told[RING_LOST_SECCOMP] = seccomp;
	told[RING_LOST_MISSES] = misses;
}

/* A failure costs only this: the next reader may repeat what was lost. */
static void write_lock(const struct lsm_reader *reader)
{
	char text[LOCK_BYTES];
	int n = snprintf(text, sizeof(text), "%d\n%llu %llu %llu %llu\n", getpid(),
			 (unsigned long long)reader->source.load,
			 (unsigned long long)reader->told[RING_LOST_LSM],
			 (unsigned long long)reader->told[RING_LOST_SECCOMP],
			 (unsigned long long)reader->told[RING_LOST_MISSES]);

	if (pwrite(reader->lock, text, (size_t)n, 0) == n)
		(void)!ftruncate(reader->lock, n);
}

static int take_lock(struct lsm_reader *reader, struct diag *diag)
{
	char path[PATH_MAX], text[LOCK_BYTES];
	ssize_t n;

	if (mkdir(reader->source.run, 0755) < 0 && errno != EEXIST)
		goto failed;
	snprintf(path, sizeof(path), "%s/" LOCK_NAME, reader->source.run);
	reader->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (reader->lock < 0)
		goto failed;
	n = pread(reader->lock, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	if (flock(reader->lock, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			goto failed;
		diag_error(diag, NULL,
			   "process %ld reads the violations already, and there is one reader; end "
			   "it, or ask it",
			   strtol(text, NULL, 10));
		return -EBUSY;
	}
	read_lock(reader, text);
	write_lock(reader);
	return 0;
failed:
	n = -errno;
	diag_system(diag, errno, "take the reader's lock in", reader->source.run, NULL);
	return (int)n;
}

/* --- Records ---------------------------------------------------------------------------------- */

/* A record of a generation that is not known yet: it came after the last look. What is older than
 * the last two stays unknown, and its events without rule. */
static void learn(struct lsm_reader *reader)
{
	struct ruleset set = {.blocks = NULL};
	const struct ring_source *source = &reader->source;
	uint32_t generation = source->generation(source->context);

	if (!generation || decoder_knows(reader->decoder, generation) ||
	    (reader->helper.image ? reader->helper.image(reader->helper.context, &generation, &set)
				  : source->image(source->context, &generation, &set)) < 0)
		return;
	if (!decoder_knows(reader->decoder, generation))
		decoder_take(reader->decoder, generation, &set);
	ruleset_clear(&set);
}

static int take(void *context, void *data, size_t length)
{
	struct lsm_reader *reader = context;
	struct event event;

	if (!decoder_knows(reader->decoder, decoder_generation(data, length)))
		learn(reader);
	if (decoder_read(reader->decoder, data, length, &event) < 0)
		reader->damaged++;
	else
		reader->emit(reader->context, &event);
	return --reader->left ? 0 : -ECANCELED;
}

static void tell_losses(struct lsm_reader *reader, lsm_lost *lost, void *context)
{
	uint64_t totals[RING_LOSSES] = {0};
	bool changed = false;

	reader->source.totals(reader->source.context, totals);
	totals[RING_LOST_DAMAGED] = reader->damaged;
	for (int i = 0; i < RING_LOSSES; i++) {
		/* Less than before: another load. */
		if (totals[i] < reader->told[i])
			reader->told[i] = 0;
		if (totals[i] == reader->told[i])
			continue;
		lost(context, loss_names[i], totals[i] - reader->told[i]);
		reader->told[i] = totals[i];
		changed = true;
	}
	if (changed)
		write_lock(reader);
}

int lsm_reader_pump(struct lsm_reader *reader, event_emit *emit, lsm_lost *lost, void *context)
{
	int r;

	reader->emit = emit;
	reader->context = context;
	reader->left = LSM_READER_BATCH;
	decoder_begin(reader->decoder);
	/* Generations may come and go without a record: the next one's would be unknown. */
	learn(reader);
	tell_losses(reader, lost, context);
	r = ring_buffer__consume(reader->ring);
	if (r < 0 && r != -ECANCELED)
		return r;
	r = LSM_READER_BATCH - reader->left;
	return r || reader->source.generation(reader->source.context) ? r : -ENOENT;
}

/* --- Life ------------------------------------------------------------------------------------- */

int ring_open(const struct ring_source *source, struct diag *diag, struct lsm_reader **ret_reader)
{
	struct lsm_reader *reader = calloc(1, sizeof(*reader));
	int r;

	if (!reader) {
		if (source->release)
			source->release(source->context);
		return -ENOMEM;
	}
	reader->source = *source;
	reader->lock = -1;
	r = take_lock(reader, diag);
	if (r == 0)
		r = decoder_new(&reader->decoder);
	if (r == 0) {
		reader->ring = ring_buffer__new(source->ring, take, reader, NULL);
		r = reader->ring ? 0 : -errno;
		if (r < 0)
			diag_system(diag, -r, "map", "the ring of violations", NULL);
	}
	if (r < 0) {
		lsm_reader_free(reader);
		return r;
	}
	learn(reader);
	*ret_reader = reader;
	return 0;
}

void lsm_reader_free(struct lsm_reader *reader)
{
	if (!reader)
		return;
	ring_buffer__free(reader->ring);
	decoder_free(reader->decoder);
	close_fd(&reader->lock);
	if (reader->source.release)
		reader->source.release(reader->source.context);
	free(reader);
}

void lsm_reader_freep(struct lsm_reader **reader)
{
	lsm_reader_free(*reader);
	*reader = NULL;
}

int lsm_reader_fd(const struct lsm_reader *reader)
{
	return ring_buffer__epoll_fd(reader->ring);
}

void lsm_reader_stop(struct lsm_reader *reader)
{
	reader->left = 1;
}

void lsm_reader_helper(struct lsm_reader *reader, const struct lsm_helper *helper)
{
	reader->helper = *helper;
	decoder_helper(reader->decoder, helper);
}

void lsm_reader_policies(struct lsm_reader *reader, lsm_policy_of *policy_of, void *context)
{
	decoder_policies(reader->decoder, policy_of, context);
}
