/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the room: writing into a line. Errors are kept in the line, so callers need not look. */
#ifndef EVENT_LINE_H
#define EVENT_LINE_H

#include <string.h>

#include "bailiff/event.h"

void line_start(struct event_line *line);
void line_more(struct event_line *line, const char *bytes, size_t length); /* makes room */
static inline void line_bytes(struct event_line *line, const char *bytes, size_t length)
{
	/* A line's length is below its capacity, or both are 0. */
	if (line->error || line->capacity - line->length <= length) {
		line_more(line, bytes, length);
		return;
	}
	memcpy(line->data + line->length, bytes, length);
	line->length += length;
}
/* Trusted text, as it is. Inline, for most of it is constant. */
static inline void line_string(struct event_line *line, const char *text)
{
	line_bytes(line, text, strlen(text));
}
void line_printf(struct event_line *line, const char *format, ...) PRINTF_LIKE(2, 3);
void line_safe(struct event_line *line, const char *text); /* escape_text() */
void line_number(struct event_line *line, uint64_t value);
/* A JSON string with its quotes; NULL is null. */
void line_json(struct event_line *line, const char *text);
/* What is JSON already, fit for a terminal. */
void line_json_again(struct event_line *line, const char *json, size_t length);
/* "2026-11-22T07:00:00.123456789Z", with its quotes; outside of the years 1970 to 9999 null. */
void line_time(struct event_line *line, const struct timespec *time);
/* The same to the microsecond, without quotes; "-" outside of those years (RFC 5424). */
void line_time_us(struct event_line *line, const struct timespec *time);
int line_close(struct event_line *line); /* NUL-terminates; the line's error */
int line_end(struct event_line *line);	 /* adds the newline too */

/* The known call, or NULL. */
const struct name_call *event_call_name(const struct event *event);

/* Writes an argument for people; false: it is a plain number. */
bool event_arg(enum arch arch, const struct name_call *call, unsigned arg, uint64_t value,
	       char *out, size_t size);
/* Room for any argument's text, all flags of it. */
#define EVENT_ARG_TEXT 1024
/* Back from that text to the number. False: it says none, or was cut. */
bool event_arg_read(enum arch arch, const char *text, uint64_t *ret_value);
/* Is this value an address, as far as the tables know, or as it looks where the argument may be a
 * number or a pointer (the `arg` of ioctl, fcntl, prctl, keyctl)? */
bool event_arg_is_address(const struct name_arg *arg, uint64_t value);

#endif
