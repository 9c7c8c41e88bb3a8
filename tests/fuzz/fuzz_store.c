/* SPDX-License-Identifier: Apache-2.0 */
/* A store with wrong bytes in it: refused, or read and written, and never a crash. The input is a list of
 * what to change: four bytes where, one what; its first byte says how much is cut off. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[128], side[160];
static unsigned char *image, *copy;
static size_t length;

static void put(struct store *store, int number)
{
	char object[32];
	struct event event = {
		.time = {1795330800 + number, 0},
		.policy = "web",
		.rule_file = "web.yaml",
		.rule_line = 27,
		.class = CLASS_FILES,
		.verdict = VERDICT_DENIED,
		.plane = "lsm",
		.operation = "read",
		.object = object,
		.count = 1,
	};

	snprintf(object, sizeof(object), "/o/%d", number);
	store_put(store, &event);
}

static void make(void)
{
	const struct store_options options = {.write = true};
	char directory[] = "/dev/shm/bailiff-fuzz-XXXXXX", disk[] = "/tmp/bailiff-fuzz-XXXXXX";
	const char *made = mkdtemp(directory); /* memory, or this is a test of the disk */
	struct store *store = NULL;
	struct stat st;
	FILE *file;

	if (!made)
		made = mkdtemp(disk);
	if (!made)
		abort();
	snprintf(path, sizeof(path), "%s/v.db", made);
	if (store_open(path, &options, NULL, &store) < 0)
		abort();
	for (int i = 0; i < 60; i++)
		put(store, i);
	store_put_lost(store, "ring-full", 3, 0);
	if (store_commit(store, 0, NULL) < 0)
		abort();
	store_free(store);
	file = fopen(path, "r");
	if (!file || stat(path, &st) < 0)
		abort();
	length = (size_t)st.st_size;
	image = malloc(length);
	copy = malloc(length);
	if (!image || !copy || fread(image, 1, length, file) != length)
		abort();
	fclose(file);
}

static void clean(void)
{
	static const char *const ends[] = {"", "-wal", "-shm", "-journal"};

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		snprintf(side, sizeof(side), "%s%s", path, ends[i]);
		unlink(side);
	}
}

static void leave(void)
{
	char *slash = strrchr(path, '/');

	clean();
	*slash = '\0';
	rmdir(path);
}

static int stop(void *context, const struct store_kind *kind)
{
	size_t *sum = context;

	*sum += (kind->object ? strlen(kind->object) : 0) + (kind->note ? strlen(kind->note) : 0);
	return 0;
}

static void use(struct store *store)
{
	const struct store_filter all = {0}, groups = {.by = 3, .since = 1};
	struct store_detail *detail = NULL;
	struct store_summary sum;
	size_t count = 0;

	(void)store_summarize(store, &all, NULL, &sum);
	(void)store_kinds(store, &all, stop, &count, NULL);
	(void)store_kinds(store, &groups, stop, &count, NULL);
	for (int64_t id = 1; id < 4; id++)
		if (store_show(store, id, NULL, &detail) == 0)
			store_detail_free(detail);
	put(store, 5);
	put(store, 500);
	(void)store_commit(store, 0, NULL);
	(void)store_ack(store, 2, "seen", NULL);
	(void)store_trim(store, NULL);
	(void)store_check(store, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct store_options options = {.write = true};
	struct store *store = NULL;
	size_t kept;
	FILE *file;

	if (!image) {
		make();
		atexit(leave);
	}
	if (!size)
		return 0;
	memcpy(copy, image, length);
	for (size_t i = 1; i + 5 <= size; i += 5) {
		uint32_t at;

		memcpy(&at, data + i, sizeof(at));
		copy[at % length] = data[i + 4];
	}
	kept = data[0] < 64 ? length * data[0] / 64 : length;
	clean();
	file = fopen(path, "w");
	if (!file || fwrite(copy, 1, kept, file) != kept)
		abort();
	fclose(file);
	if (store_open(path, &options, NULL, &store) == 0)
		use(store);
	store_free(store);
	return 0;
}
