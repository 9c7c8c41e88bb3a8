/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the runner share. */
#ifndef ATTACKS_DRIVER_H
#define ATTACKS_DRIVER_H

#include "../attack.h"

enum {
	RUN = 1,
	HOST = 2,
	INPUT = 4,
	LANDLOCK = 8,
	SILENT = 16,
	UNTOLD = 32,
	NEWER = 64,
};

struct row {
	const char *name, *class, *tries, *policy;
	unsigned planes;
	const char *report, *line, *open_run, *open_host;
	const struct attack_steps *steps;
};
extern const struct row rows[];
extern const size_t n_rows;

struct options {
	unsigned plane; /* RUN, HOST or INPUT */
	bool strict;	/* without the policy each attack has to succeed, or be one that can't */
	bool audited;	/* what Landlock denies is reported here */
	const char *policies; /* directory of the templates */
	const char *base;     /* everything that is written lies below it */
	const char *stream;   /* HOST: the file that the violations come to */
};

/* The place, anew. WRONG where it can't be made. */
void place_make(const char *base);
/* base/NAME.yaml from the template, for this plane. */
void policy_write(const struct options *options, const char *name);
/* One process's steps, ungoverned (free) or governed: 0, an errno, CANT, WRONG, or 1000 + a signal. What it
 * printed is in base/said. */
int attempt(const struct options *options, const struct row *row, bool governed);
/* Is there a report of it: what the row says, in the text from OFFSET of the file on? Waits for it where it
 * comes from elsewhere. Else what is wrong, in a static buffer. */
const char *report_lacks(const struct options *options, const struct row *row, long offset);
long report_offset(const struct options *options);
void markdown(void);
/* A whole file, of at most 16 MiB, malloc'ed; empty where there is none. */
char *slurp(const char *path);

#endif
