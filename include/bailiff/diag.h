/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diag: what was wrong with the input, or with the machine, collected by the
 * pure stages and printed by the commands. A stage reports all that it finds
 * and then ends in -EINVAL; a failing system call adds one line that names the
 * operation, the object and the next step.
 */
#ifndef BAILIFF_DIAG_H
#define BAILIFF_DIAG_H

#include <stddef.h>
#include <stdio.h>

#include "bailiff/base.h"

/* A place in a file as the user gave it. line and column count from 1; 0 = not known.
 * file is borrowed: it lives as long as whatever holds the position. NULL = no file. */
struct diag_pos {
	const char *file;
	unsigned line;
	unsigned column;
};

enum diag_severity {
	DIAG_ERROR = 1,
	DIAG_WARNING,
	DIAG_NOTE,
};

struct diag_entry {
	enum diag_severity severity;
	struct diag_pos pos; /* file is owned by the diag */
	const char *text;
};

struct diag;

int diag_new(struct diag **ret_diag);
void diag_free(struct diag *diag);
void diag_freep(struct diag **diag);

/* Adds a message; pos may be NULL. The text is one line, without a final newline, in the form
 * "what is wrong; what would be right". More than DIAG_MAX messages are counted, not kept. A NULL
 * diag is allowed: the message is dropped (for callers that only want the verdict). */
void diag_error(struct diag *diag, const struct diag_pos *pos, const char *format, ...)
	PRINTF_LIKE(3, 4);
void diag_warning(struct diag *diag, const struct diag_pos *pos, const char *format, ...)
	PRINTF_LIKE(3, 4);
void diag_note(struct diag *diag, const struct diag_pos *pos, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* For a system call that failed: "operation object: strerror(error); hint", as an error. hint may
 * be NULL. */
void diag_system(struct diag *diag, int error, const char *operation, const char *object,
		 const char *hint);

#define DIAG_MAX 10000

size_t diag_errors(const struct diag *diag); /* also those past DIAG_MAX */
size_t diag_warnings(const struct diag *diag);
size_t diag_count(const struct diag *diag); /* entries kept */
const struct diag_entry *diag_at(const struct diag *diag, size_t i);

/* Sorts by file (order of first mention), line, column, then prints "file:line:column: error:
 * text". Text from input is escaped (escape_text). */
void diag_print(const struct diag *diag, FILE *out);

#endif
