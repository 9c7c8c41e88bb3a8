/* SPDX-License-Identifier: Apache-2.0 */
/* bailiff store: reports of elsewhere taken in; is the file whole; what is old or too much, out. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bailiff/store.h"
#include "commands.h"

#define PROGRESS_NS 200000000ll

struct keeping {
	const struct command *self;
	const struct command_input *input;
	struct diag *diag;
	struct store *store;
	struct store_options options;
};

static const char *value(const struct keeping *k, const char *name)
{
	return command_value(k->self, k->input, name);
}

static int usage(const char *what, const char *given)
{
	fprintf(stderr, "bailiff store: error: %s: '%s'; see bailiff store --help\n", what, given);
	return -EINVAL;
}

/* A store that is there already. */
static int open_known(struct keeping *k, bool write)
{
	struct store_options options = {.write = false};
	CLEANUP(free_ptr) char *standard = NULL;
	const char *path = value(k, "store");
	int error = store_open(path, &options, k->diag, &k->store);

	if (error == -ENOENT && !diag_errors(k->diag)) {
		if (path)
			diag_system(k->diag, ENOENT, "open the store", path, NULL);
		else if (store_default(k->diag, &standard) == 0)
			diag_error(k->diag, NULL,
				   "nothing was ever stored in %s; name another store with --store",
				   standard);
	}
	if (error < 0 || !write)
		return error;
	store_freep(&k->store);
	return store_open(path, &k->options, k->diag, &k->store);
}

/* --- import --------------------------------------------------------------------------------------- */

struct progress {
	const char *name;
	uint64_t size; /* 0: not known */
	int64_t next, width;
};

static void show_progress(void *context, uint64_t bytes)
{
	struct progress *progress = context;
	struct timespec now;
	char name[128];
	int64_t now_ns;

	clock_gettime(CLOCK_MONOTONIC, &now);
	now_ns = now.tv_sec * 1000000000ll + now.tv_nsec;
	if (!progress->next)
		progress->next = now_ns + PROGRESS_NS;
	if (now_ns < progress->next)
		return;
	progress->next = now_ns + PROGRESS_NS;
	escape_text(progress->name, strlen(progress->name), name, sizeof(name));
	if (progress->size && bytes <= progress->size)
		progress->width =
			fprintf(stderr, "\r%s: %llu%%", name,
				(unsigned long long)((double)bytes * 100 / (double)progress->size));
	else
		progress->width =
			fprintf(stderr, "\r%s: %llu MiB", name, (unsigned long long)(bytes >> 20));
}

static void end_progress(const struct progress *progress)
{
	if (progress->width > 0)
		fprintf(stderr, "\r%*s\r", (int)progress->width, "");
}

static void say_import(const char *file, const struct store_import *import)
{
	char name[1024];

	escape_text(file, strlen(file), name, sizeof(name));
	printf("%s: %llu record%s, %llu violation%s", name, (unsigned long long)import->records,
	       import->records == 1 ? "" : "s", (unsigned long long)import->violations,
	       import->violations == 1 ? "" : "s");
	if (import->lost)
		printf(", %llu told as lost", (unsigned long long)import->lost);
	if (import->partial)
		printf(", %llu of rules not enforced", (unsigned long long)import->partial);
	if (import->bad)
		printf(", %llu line%s skipped, the first is line %llu",
		       (unsigned long long)import->bad, import->bad == 1 ? "" : "s",
		       (unsigned long long)import->first_bad);
	putchar('\n');
}

static int import_one(struct keeping *k, const char *file)
{
	struct progress progress = {.name = file};
	struct store_import import;
	CLEANUP(close_fd) int own = -1;
	int fd = STDIN_FILENO, error;
	struct stat st;

	if (strcmp(file, "-") != 0) {
		fd = own = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (fd < 0) {
			error = -errno;
			diag_system(k->diag, -error, "open", file, NULL);
			return error;
		}
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		progress.size = (uint64_t)st.st_size;
	if (isatty(STDERR_FILENO))
		store_on_progress(k->store, show_progress, &progress);
	error = store_import(k->store, fd, file, k->diag, &import);
	store_on_progress(k->store, NULL, NULL);
	end_progress(&progress);
	if (error == 0)
		say_import(file, &import);
	return error;
}

/* One after the other: what was taken in stays, where a later one is refused. */
static int import(struct keeping *k)
{
	int error;

	if (k->input->argc < 2)
		return usage("after import come files, or - for standard input", "");
	error = store_open(value(k, "store"), &k->options, k->diag, &k->store);
	for (int i = 1; i < k->input->argc && error == 0; i++)
		error = import_one(k, k->input->argv[i]);
	return error;
}

/* --- check, trim, path ------------------------------------------------------------------------------ */

static int say_path(const char *before, const char *path, const char *after)
{
	char name[1024];

	escape_text(path, strlen(path), name, sizeof(name));
	return printf("%s%s%s\n", before, name, after) < 0 ? -EIO : 0;
}

static int check(struct keeping *k)
{
	int error = open_known(k, false);

	if (error == 0)
		error = store_check(k->store, k->diag);
	if (error == -EUCLEAN)
		return -EBADMSG; /* the answer is no */
	return error < 0 ? error : say_path("", store_path(k->store), ": whole");
}

static int summarize(struct keeping *k, struct store_summary *ret_summary)
{
	const struct store_filter all = {.limit = 0};

	return store_summarize(k->store, &all, k->diag, ret_summary);
}

static int trim(struct keeping *k)
{
	struct store_summary before = {0}, after = {0};
	int error = open_known(k, true);

	if (error == 0)
		error = summarize(k, &before);
	if (error == 0)
		error = store_trim(k->store, k->diag);
	if (error == 0)
		error = summarize(k, &after);
	if (error < 0)
		return error;
	printf("%llu kinds, of which %llu are gone now\n", (unsigned long long)before.kinds,
	       (unsigned long long)(before.kinds > after.kinds ? before.kinds - after.kinds : 0));
	return 0;
}

static int path(struct keeping *k)
{
	CLEANUP(free_ptr) char *standard = NULL;
	const char *given = value(k, "store");
	int error = given ? 0 : store_default(k->diag, &standard);

	if (error < 0)
		return error;
	return puts(given ? given : standard) < 0 ? -EIO : 0;
}

/* --- The command -------------------------------------------------------------------------------------- */

static const struct verb {
	const char *name;
	int (*run)(struct keeping *k);
} verbs[] = {{"import", import}, {"check", check}, {"trim", trim}, {"path", path}};

static int read_options(struct keeping *k)
{
	const char *days = value(k, "days"), *size = value(k, "size"), *at = days;
	uint64_t number;

	k->options.write = true;
	if ((days || size) && strcmp(k->input->argv[0], "trim") != 0)
		return usage("--days and --size are of trim", k->input->argv[0]);
	if (days && (!take_number(&at, 10, &number) || *at || !number || number > 36500))
		return usage("--days is a number from 1 to 36500", days);
	if (days)
		k->options.days = (uint32_t)number;
	at = size;
	if (size && (!command_take_size(&at, &k->options.bytes) || *at || !k->options.bytes))
		return usage("--size is a number, with K, M or G: as in 64M", size);
	return 0;
}

static int run_verb(struct keeping *k)
{
	const char *name = k->input->argv[0];
	int error = read_options(k);

	if (error < 0)
		return error;
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		if (strcmp(verbs[i].name, name) != 0)
			continue;
		if (k->input->argc > 1 && verbs[i].run != import)
			return usage("it takes nothing more", k->input->argv[1]);
		return verbs[i].run(k);
	}
	return usage("there is import, check, trim and path", name);
}

static int run_store(const struct command *self, const struct command_input *input)
{
	struct keeping k = {.self = self, .input = input};
	int error = diag_new(&k.diag);

	if (error == 0)
		error = run_verb(&k);
	fflush(stdout);
	if (k.diag)
		diag_print(k.diag, stderr);
	store_free(k.store);
	/* A mistake in what was asked has been told without a diag. */
	if (error == -EINVAL && k.diag && !diag_errors(k.diag))
		error = EXIT_USAGE;
	diag_freep(&k.diag);
	return error < 0 ? command_status(error) : error;
}

const struct command command_store = {
	.name = "store",
	.operands = "import FILE...|check|trim|path",
	.summary = "take reports of elsewhere into the store, check it, make it smaller",
	.complete = "import check trim path",
	.min_operands = 1,
	.max_operands = -1,
	.options =
		{
			{0, "store", "FILE", "another store", "file"},
			{0, "days", "N", "with trim: forget what was last seen before (90)", NULL},
			{0, "size", "SIZE", "with trim: down to that size (1G)", NULL},
		},
	.run = run_store,
};
