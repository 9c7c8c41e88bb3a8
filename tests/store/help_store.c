/* SPDX-License-Identifier: Apache-2.0 */
#include "help_store.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char directory[64];

/* Lives as long as the test, and is no leak. */
static char *keep(char *text)
{
	static char **kept;
	static size_t count, capacity;

	cr_assert(text && grow_array(&kept, &capacity, count + 1, sizeof(*kept)) == 0);
	kept[count++] = text;
	return text;
}

static void clean(void)
{
	char command[256];

	snprintf(command, sizeof(command), "chmod -R u+w %s; rm -rf %s", directory, directory);
	if (system(command) != 0)
		fprintf(stderr, "%s failed\n", command);
}

const char *help_directory(void)
{
	if (!*directory) {
		strcpy(directory, "/tmp/bailiff-store-XXXXXX");
		cr_assert(mkdtemp(directory));
		atexit(clean);
	}
	return directory;
}

const char *help_path(const char *name)
{
	char *path = NULL;

	cr_assert_geq(asprintf(&path, "%s/%s", help_directory(), name), 0);
	return keep(path);
}

static void print_diag(struct diag *diag)
{
	diag_print(diag, stderr);
	diag_free(diag);
}

struct store *help_open(const char *path, bool write)
{
	const struct store_options options = {.write = write};
	struct store *store = NULL;
	struct diag *diag = NULL;
	int r;

	cr_assert_eq(diag_new(&diag), 0);
	r = store_open(path, &options, diag, &store);
	print_diag(diag);
	cr_assert_eq(r, 0, "store_open: %s", strerror(-r));
	return store;
}

void help_commit(struct store *store)
{
	struct diag *diag = NULL;
	int r;

	cr_assert_eq(diag_new(&diag), 0);
	r = store_commit(store, 5000, diag);
	print_diag(diag);
	cr_assert_eq(r, 0, "store_commit: %s", strerror(-r));
	cr_assert_eq(store_missing(store, NULL), 0);
}

struct event help_event(const char *object, int64_t seconds)
{
	static const struct event_process process = {
		.pid = 42,
		.tid = 42,
		.uid = 33,
		.gid = 33,
		.exe = "/usr/bin/cat",
		.comm = "cat",
		.user = "www-data",
		.group = "www",
		.container = "c1",
	};

	return (struct event){
		.time = {HELP_T0 + seconds, 5},
		.policy = "web",
		.rule_file = "web.yaml",
		.rule_line = 27,
		.class = CLASS_FILES,
		.verdict = VERDICT_DENIED,
		.error = EACCES,
		.plane = "lsm",
		.operation = "read",
		.object = object,
		.process = &process,
		.host = "web-1",
		.count = 1,
	};
}

struct store_summary help_summary(struct store *store)
{
	const struct store_filter everything = {0};
	struct store_summary summary;

	cr_assert_eq(store_summarize(store, &everything, NULL, &summary), 0);
	return summary;
}

struct collected {
	struct store_kind *kinds;
	size_t count;
};

static const char *copy(const char *text)
{
	return text ? keep(strdup(text)) : NULL;
}

static int collect(void *context, const struct store_kind *kind)
{
	struct collected *collected = context;
	struct store_kind *own = &collected->kinds[collected->count];

	if (collected->count == 64)
		return 1;
	collected->count++;
	*own = *kind;
	own->policy = copy(kind->policy);
	own->rule_file = copy(kind->rule_file);
	own->why = copy(kind->why);
	own->plane = copy(kind->plane);
	own->operation = copy(kind->operation);
	own->object = copy(kind->object);
	own->exe = copy(kind->exe);
	own->container = copy(kind->container);
	own->host = copy(kind->host);
	own->note = copy(kind->note);
	return 0;
}

size_t help_kinds(struct store *store, const struct store_filter *filter, struct store_kind *kinds)
{
	struct collected collected = {kinds, 0};
	struct diag *diag = NULL;
	int r;

	cr_assert_eq(diag_new(&diag), 0);
	r = store_kinds(store, filter, collect, &collected, diag);
	print_diag(diag);
	cr_assert_geq(r, 0);
	return collected.count;
}

struct wanted {
	const char *object;
	int64_t id;
};

static int find(void *context, const struct store_kind *kind)
{
	struct wanted *wanted = context;

	if (!kind->object || strcmp(kind->object, wanted->object) != 0)
		return 0;
	wanted->id = kind->id;
	return 1;
}

int64_t help_id(struct store *store, const char *object)
{
	const struct store_filter everything = {.order = STORE_IDS};
	struct wanted wanted = {object, 0};

	cr_assert_geq(store_kinds(store, &everything, find, &wanted, NULL), 0);
	return wanted.id;
}

const char *help_refusal(const char *path, bool write, int error)
{
	const struct store_options options = {.write = write};
	struct store *store = NULL;
	struct diag *diag = NULL;
	const char *text;
	int r;

	cr_assert_eq(diag_new(&diag), 0);
	r = store_open(path, &options, diag, &store);
	cr_assert_eq(r, error, "%s: %d", path, r);
	text = diag_count(diag) ? keep(strdup(diag_at(diag, 0)->text)) : "";
	diag_free(diag);
	return text;
}
