/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the room: a record of the ring (abi.h) as an event. What the record's numbers mean is in the
 * image of its generation; what else a person wants to know of the process is asked of the machine,
 * and remembered, so that a storm of records does not ask again and again.
 *
 * Records come from the kernel, but nothing here trusts one: any bytes are an event or -EBADMSG.
 */
#ifndef LSM_DECODE_H
#define LSM_DECODE_H

#include "bailiff/event.h"
#include "bailiff/lsm.h"
#include "bailiff/ruleset.h"

#define DECODE_IMAGES 2u /* generations whose texts are kept */

struct decoder;
int decoder_new(struct decoder **ret_decoder);
void decoder_free(struct decoder *decoder);

/* Takes the image of a generation (*set is empty then), in the place of the oldest. */
void decoder_take(struct decoder *decoder, uint32_t generation, struct ruleset *set);
bool decoder_knows(const struct decoder *decoder, uint32_t generation);
/* To name the rules of seccomp filters; see lsm_reader_policies(). */
void decoder_helper(struct decoder *decoder, const struct lsm_helper *helper);
void decoder_policies(struct decoder *decoder, lsm_policy_of *policy_of, void *context);

/* Once before some records: what may have changed since the last ones (the clock, names of users,
 * programs of ancestors) is looked at again, at most once in a while. */
void decoder_begin(struct decoder *decoder);
/* The generation of a record; 0: it is none. */
uint32_t decoder_generation(const void *data, size_t length);
/* 0 or -EBADMSG. The event and all that it points to hold until the next call. */
int decoder_read(struct decoder *decoder, const void *data, size_t length, struct event *ret_event);

/* --- object.c --------------------------------------------------------------------------------- */

#define DECODE_OBJECT_MAX (4 * BL_OBJECT_MAX + 64)

/* What was tried ("read", a surface's name). NULL: the call's name tells it. */
const char *decode_operation(const struct bl_record *record);
/* What it was tried on, into text[DECODE_OBJECT_MAX]; false: there is nothing to say. `bytes` are the
 * record's object_bytes. */
bool decode_object(const struct bl_record *record, const char *bytes, char *text);

/* --- people.c --------------------------------------------------------------------------------- */

struct people;
int people_new(struct people **ret_people);
void people_free(struct people *people);
void people_helper(struct people *people, const struct lsm_helper *helper);
void people_begin(struct people *people);
/* Who did it. `exe` are the record's exe_bytes. Holds until the next call. */
const struct event_process *people_of(struct people *people, const struct bl_record *record,
				      const char *exe);
/* The time of CLOCK_BOOTTIME `ns`, since the epoch. */
int64_t people_time(const struct people *people, uint64_t ns);
const char *people_host(const struct people *people); /* or NULL */

#endif
