/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes into a store, as it comes: totals that have grown since they were looked at last. So what is
 * told adds up to what is stored, however many write to it, and a kind that comes often is one line.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bailiff/store.h"
#include "commands.h"

#define LOSS_NAME 64

struct total {
	int64_t id;
	uint64_t count;
};
struct loss {
	char kind[LOSS_NAME];
	uint64_t count;
};

struct follow {
	const char *path;   /* NULL: the default store */
	const char *policy; /* NULL: all */
	struct store *store;
	dev_t device; /* of the file that is open */
	ino_t inode;
	bool begun;   /* what there was at the beginning is not told */
	bool no_room; /* memory ran out in a callback */
	/* By ids, rising: as of the last look, of this one, and what has grown between them. */
	struct total *before, *now, *grown;
	size_t n_before, before_size, n_now, now_size, n_grown, grown_size, at;
	struct loss *losses;
	size_t n_losses, losses_size;
	struct event_record record;
	const struct follow_tell *tell;
};

int follow_new(const char *path, const char *policy, struct follow **ret_follow)
{
	struct follow *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	f->path = path;
	f->policy = policy;
	*ret_follow = f;
	return 0;
}

void follow_free(struct follow *f)
{
	if (!f)
		return;
	store_free(f->store);
	event_record_clear(&f->record);
	free(f->before);
	free(f->now);
	free(f->grown);
	free(f->losses);
	free(f);
}

static bool add(struct follow *f, struct total **list, size_t *n, size_t *size, int64_t id,
		uint64_t count)
{
	if (grow_array(list, size, *n + 1, sizeof(**list)) < 0) {
		f->no_room = true;
		return false;
	}
	(*list)[(*n)++] = (struct total){id, count};
	return true;
}

static int look_at_kind(void *context, const struct store_kind *kind)
{
	struct follow *f = context;
	uint64_t before = 0;

	while (f->at < f->n_before && f->before[f->at].id < kind->id)
		f->at++;
	if (f->at < f->n_before && f->before[f->at].id == kind->id)
		before = f->before[f->at].count;
	if (!add(f, &f->now, &f->n_now, &f->now_size, kind->id, kind->total))
		return -ENOMEM;
	if (f->begun && kind->total > before &&
	    !add(f, &f->grown, &f->n_grown, &f->grown_size, kind->id, kind->total - before))
		return -ENOMEM;
	return 0;
}

static int look_at_loss(void *context, const char *kind, uint64_t count, int64_t first_hour,
			int64_t last_hour)
{
	struct follow *f = context;
	struct loss *loss = NULL;

	(void)first_hour;
	(void)last_hour;
	for (size_t i = 0; i < f->n_losses && !loss; i++)
		if (strncmp(f->losses[i].kind, kind, LOSS_NAME - 1) == 0)
			loss = &f->losses[i];
	if (!loss) {
		if (grow_array(&f->losses, &f->losses_size, f->n_losses + 1, sizeof(*loss)) < 0)
			return -ENOMEM;
		loss = &f->losses[f->n_losses++];
		*loss = (struct loss){.count = 0};
		snprintf(loss->kind, sizeof(loss->kind), "%s", kind);
	}
	if (f->begun && count > loss->count)
		f->tell->lost(f->tell->context, kind, count - loss->count);
	loss->count = count;
	return 0;
}

/* As the newest record tells it, where one is kept. */
static int tell_grown(struct follow *f, const struct total *grown, struct diag *diag)
{
	struct store_detail *detail = NULL;
	const struct store_kind *kind;
	struct event_process process;
	struct event event;
	int r = store_show(f->store, grown->id, diag, &detail);

	if (r < 0)
		return r;
	kind = &detail->kind;
	if (detail->n_records &&
	    event_parse(detail->records[0], strlen(detail->records[0]), &f->record) == 0 &&
	    f->record.type == EVENT_VIOLATION) {
		event = f->record.event;
	} else {
		process = (struct event_process){
			.uid = -1, .gid = -1, .exe = kind->exe, .container = kind->container};
		event = (struct event){.policy = kind->policy,
				       .rule_file = kind->rule_file,
				       .rule_line = kind->rule_line,
				       .why = kind->why,
				       .class = kind->class,
				       .verdict = kind->verdict,
				       .error = kind->error,
				       .plane = kind->plane,
				       .operation = kind->operation,
				       .object = kind->object,
				       .process = &process,
				       .host = kind->host,
				       .time = {kind->last / 1000000000, kind->last % 1000000000}};
	}
	event.count = grown->count;
	f->tell->event(f->tell->context, &event);
	store_detail_free(detail);
	return 0;
}

/* Opens what is there now: another file, when somebody has put one in its place. */
static int take_store(struct follow *f, struct diag *diag)
{
	const struct store_options options = {.write = false};
	struct stat st;
	int r;

	if (f->store && stat(store_path(f->store), &st) == 0 && st.st_dev == f->device &&
	    st.st_ino == f->inode)
		return 0;
	store_free(f->store);
	f->store = NULL;
	f->n_before = f->n_losses = 0;
	r = store_open(f->path, &options, diag, &f->store);
	if (r == 0 && stat(store_path(f->store), &st) == 0) {
		f->device = st.st_dev;
		f->inode = st.st_ino;
	}
	return r;
}

static int look(struct follow *f, struct diag *diag)
{
	const struct store_filter filter = {.policy = f->policy, .order = STORE_IDS};
	struct total *last = f->before;
	size_t size = f->before_size;
	int r;

	f->at = f->n_now = f->n_grown = 0;
	r = store_kinds(f->store, &filter, look_at_kind, f, diag);
	if (r == 0)
		r = store_losses(f->store, &filter, look_at_loss, f, diag);
	if (r < 0)
		return f->no_room ? -ENOMEM : r;
	f->before = f->now;
	f->before_size = f->now_size;
	f->n_before = f->n_now;
	f->now = last;
	f->now_size = size;
	for (size_t i = 0; i < f->n_grown && r == 0; i++)
		r = tell_grown(f, &f->grown[i], diag);
	return r;
}

int follow_look(struct follow *f, const struct follow_tell *tell, struct diag *diag)
{
	int r = take_store(f, diag);

	f->tell = tell;
	if (r == 0)
		r = look(f, diag);
	else if (r == -ENOENT && diag_errors(diag) == 0)
		r = 0; /* nothing was stored yet */
	f->begun = true;
	return r;
}
