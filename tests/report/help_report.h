/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of this room share. */
#ifndef HELP_REPORT_H
#define HELP_REPORT_H

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/report.h"

#define T0 1795330800ll /* 2026-11-22T07:00:00Z */

/* An hour after T0, in UTC, without colours. */
struct report_look help_look(unsigned width);

/* A store in memory. */
struct store *help_store(void);
/* Puts and commits, so that kinds are numbered as they come. */
void help_put(struct store *store, const struct event *event);
/* A denied read of `object` by no rule that is known, at T0 + `seconds`. */
struct event help_event(const char *object, int64_t seconds);
/* killed, denied, would-deny, audited, in other order; and 7 that are lost. */
struct store *help_four(void);

/* What is printed; free it. */
char *help_table(struct store *store, const struct store_filter *filter,
		 const struct report_look *look);
char *help_show(struct store *store, int64_t id, const struct report_look *look);
/* Equal to tests/report/golden/NAME, which is written by hand. */
void help_golden(const char *text, const char *name);

#endif
