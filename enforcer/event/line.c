/* SPDX-License-Identifier: Apache-2.0 */
#include "line.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void event_line_clear(struct event_line *line)
{
	free(line->data);
	*line = (struct event_line){0};
}

void line_start(struct event_line *line)
{
	line->length = 0;
	line->error = 0;
}

/* Room for `more` bytes and a NUL. */
static bool room(struct event_line *line, size_t more)
{
	if (!line->error &&
	    grow_array(&line->data, &line->capacity, line->length + more + 1, 1) < 0)
		line->error = -ENOMEM;
	return !line->error;
}

void line_bytes(struct event_line *line, const char *bytes, size_t length)
{
	if (!room(line, length))
		return;
	memcpy(line->data + line->length, bytes, length);
	line->length += length;
	line->data[line->length] = '\0';
}

void line_string(struct event_line *line, const char *text)
{
	line_bytes(line, text, strlen(text));
}

void line_printf(struct event_line *line, const char *format, ...)
{
	char text[512];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (length > 0)
		line_bytes(line, text,
			   (size_t)length < sizeof(text) ? (size_t)length : sizeof(text) - 1);
}

void line_safe(struct event_line *line, const char *text)
{
	size_t length = strlen(text);

	/* escape_text() writes at most four bytes for one. */
	if (room(line, 4 * length + 1))
		line->length +=
			escape_text(text, length, line->data + line->length, 4 * length + 1);
}

/* The length of the UTF-8 sequence at p, of at most `left` bytes, and its character; 0: it is none.
 */
static size_t sequence(const char *p, size_t left, uint32_t *ret_char)
{
	unsigned char first = (unsigned char)p[0];
	size_t n = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2, i;

	if (n > left || !utf8_valid(p, n))
		return 0;
	*ret_char = n == 1 ? first : first & (0xffu >> (n + 1));
	for (i = 1; i < n; i++)
		*ret_char = *ret_char << 6 | ((unsigned char)p[i] & 0x3f);
	return n;
}

/* Valid in JSON, but not what a terminal or a log should be given. All are below U+10000. */
static bool needs_escape(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

void line_json(struct event_line *line, const char *text)
{
	const char *plain = text, *p, *end;
	uint32_t c = 0;
	size_t n;

	if (!text) {
		line_string(line, "null");
		return;
	}
	line_string(line, "\"");
	for (p = text, end = text + strlen(text); p < end; p += n ? n : 1) {
		n = sequence(p, (size_t)(end - p), &c);
		if (n && !needs_escape(c) && c != '"' && c != '\\')
			continue;
		line_bytes(line, plain, (size_t)(p - plain));
		if (!n)
			line_printf(line, "\\\\x%02x", (unsigned char)*p);
		else if (c == '"' || c == '\\')
			line_printf(line, "\\%c", (char)c);
		else
			line_printf(line, "\\u%04x", c);
		plain = p + (n ? n : 1);
	}
	line_bytes(line, plain, (size_t)(end - plain));
	line_string(line, "\"");
}

void line_time(struct event_line *line, const struct timespec *time)
{
	struct tm tm;
	char date[32];

	if (!gmtime_r(&time->tv_sec, &tm) ||
	    !strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm)) {
		line_string(line, "null");
		return;
	}
	line_printf(line, "\"%s.%09ldZ\"", date, time->tv_nsec);
}

int line_end(struct event_line *line)
{
	line_string(line, "\n");
	return line->error;
}
