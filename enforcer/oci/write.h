/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the oci room: the words and lines of a policy. Lines end before column 100. */
#ifndef OCI_WRITE_H
#define OCI_WRITE_H

#include "profile.h"

struct writer {
	FILE *out;
	size_t column; /* of the list that is being written */
	bool list_begun;
};

void write_comment(struct writer *writer, const char *text); /* NULL: nothing */
/* Text from anywhere, wrapped, each line behind `first` or `next`. */
void write_prose(struct writer *writer, const char *first, const char *next, const char *text);
void write_quoted(struct writer *writer, const char *text);
void write_policy_name(struct writer *writer, const char *given, const char *file);
void write_default(struct writer *writer, struct oci_carried as);

/* A rule for `count` calls without condition: start, write_list_item() for each unless there is
 * one alone, end. */
void write_group_start(struct writer *writer, const char *first, size_t count,
		       const struct oci_carried *as);
void write_list_item(struct writer *writer, const char *item);
void write_group_end(struct writer *writer, size_t count, const struct oci_carried *as);

/* A rule for one call with all its conditions. */
void write_rule(struct writer *writer, const struct oci_call *call,
		const struct oci_alternative *alternative);
/* The same where its one condition is a list of values. */
void write_value_rule(struct writer *writer, const struct oci_call *call,
		      const struct oci_alternative *alternative, const uint64_t *values,
		      size_t count);

#endif
