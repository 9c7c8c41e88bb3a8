/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HELP_STORE_H
#define HELP_STORE_H

#include "bailiff/store.h"

/* A directory of this test's own, gone with the process. */
const char *help_directory(void);
/* A path in it. */
const char *help_path(const char *name);
/* Opens, or fails the test with what diag says. */
struct store *help_open(const char *path, bool write);
void help_commit(struct store *store);

/* A denied read of `object` at T0 + `seconds`. */
#define HELP_T0 1795330800ll
struct event help_event(const char *object, int64_t seconds);

/* A sum over all kinds. */
struct store_summary help_summary(struct store *store);
/* The kinds that a filter chooses, at most 64, with copies of their texts; how many. */
size_t help_kinds(struct store *store, const struct store_filter *filter, struct store_kind *kinds);
/* The first kind with this object; its id, or 0. */
int64_t help_id(struct store *store, const char *object);
/* Opens what must be refused, and returns what was said. */
const char *help_refusal(const char *path, bool write, int error);

#endif
