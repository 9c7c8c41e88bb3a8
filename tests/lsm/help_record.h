/* SPDX-License-Identifier: Apache-2.0 */
/* Records, and an image for them to speak of: what the tests of this room share. */
#ifndef BAILIFF_HELP_RECORD_H
#define BAILIFF_HELP_RECORD_H

#include <stddef.h>

#include "bailiff/ruleset.h"

/* A record with the bytes behind it. */
struct recorded {
	struct bl_record record;
	char bytes[2 * BL_OBJECT_MAX];
};
struct recorded record_of(enum bl_op op, const char *object, const char *exe);
size_t record_length(const struct recorded *recorded);

/* Policies "web" and "db" ("db" may be left out), as one image. */
struct ruleset image_of_two(bool both);
/* The number of the rule on this line of web.yaml. */
uint32_t rule_on_line(const struct ruleset *set, unsigned line);

#endif
