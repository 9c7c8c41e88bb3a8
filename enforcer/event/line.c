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
	if (line->error)
		return false;
	if (line->capacity - line->length > more)
		return true;
	if (grow_array(&line->data, &line->capacity, line->length + more + 1, 1) < 0)
		line->error = -ENOMEM;
	return !line->error;
}

void line_more(struct event_line *line, const char *bytes, size_t length)
{
	if (!room(line, length))
		return;
	memcpy(line->data + line->length, bytes, length);
	line->length += length;
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

/* What JSON and a terminal take as it is: printable ASCII without quote and backslash. */
static const bool is_plain[256] = {
	[' '] = true,
	['!'] = true,
	['#' ... '['] = true,
	[']' ... '~'] = true,
};

/* Writes what begins at p, which is not plain; how many bytes of it. */
static size_t json_char(struct event_line *line, const char *p, const char *end)
{
	uint32_t c = 0;
	size_t n = sequence(p, (size_t)(end - p), &c);

	if (!n)
		line_printf(line, "\\\\x%02x", (unsigned char)*p);
	else if (c == '"' || c == '\\')
		line_printf(line, "\\%c", (char)c);
	else if (needs_escape(c))
		line_printf(line, "\\u%04x", c);
	else
		line_bytes(line, p, n);
	return n ? n : 1;
}

void line_json(struct event_line *line, const char *text)
{
	const char *plain = text, *p, *end;

	if (!text) {
		line_bytes(line, "null", 4);
		return;
	}
	line_bytes(line, "\"", 1);
	for (p = text, end = text + strlen(text); p < end;) {
		if (is_plain[(unsigned char)*p]) {
			p++;
			continue;
		}
		line_bytes(line, plain, (size_t)(p - plain));
		p += json_char(line, p, end);
		plain = p;
	}
	line_bytes(line, plain, (size_t)(end - plain));
	line_bytes(line, "\"", 1);
}

void line_json_again(struct event_line *line, const char *json, size_t length)
{
	const char *p = json, *end = json + length;

	while (p < end) {
		uint32_t c = 0;
		size_t n = sequence(p, (size_t)(end - p), &c);

		if (n && !needs_escape(c))
			line_bytes(line, p, n);
		else if (n && c >= 0x7f)
			line_printf(line, "\\u%04x", c); /* it stands in a string */
		else
			line_bytes(line, " ", 1); /* it stands in none */
		p += n ? n : 1;
	}
}

void line_number(struct event_line *line, uint64_t value)
{
	char text[20], *at = text + sizeof(text);

	do
		*--at = (char)('0' + value % 10);
	while (value /= 10);
	line_bytes(line, at, (size_t)(text + sizeof(text) - at));
}

/* `digits` decimal digits at `at`, and what follows them. */
static char *put_digits(char *at, uint32_t value, int digits, char after)
{
	for (int i = digits - 1; i >= 0; i--, value /= 10)
		at[i] = (char)('0' + value % 10);
	at[digits] = after;
	return at + digits + 1;
}

#define DAY	     86400
#define LAST_SECOND  253402300799 /* of the year 9999 */
#define FOUR_HUNDRED 146097	  /* days in so many years */

/* By arithmetic: it is done twice for each record, and by the C library would take most of the time.
 * Years begin in March here, so that the odd day comes last; day 0 is 0000-03-01. */
void line_time(struct event_line *line, const struct timespec *time)
{
	uint32_t days, of_era, year, of_year, month, seconds;
	char text[] = "\"0000-00-00T00:00:00.000000000Z\"", *at = text + 1;

	if (time->tv_sec < 0 || time->tv_sec > LAST_SECOND) {
		line_string(line, "null");
		return;
	}
	days = (uint32_t)(time->tv_sec / DAY) + 719468; /* since 0000-03-01 */
	seconds = (uint32_t)(time->tv_sec % DAY);
	of_era = days % FOUR_HUNDRED;
	year = (of_era - of_era / 1460 + of_era / 36524 - of_era / (FOUR_HUNDRED - 1)) / 365;
	of_year = of_era - (365 * year + year / 4 - year / 100);
	year += days / FOUR_HUNDRED * 400;
	month = (5 * of_year + 2) / 153;
	at = put_digits(at, year + (month >= 10), 4, '-');
	at = put_digits(at, month < 10 ? month + 3 : month - 9, 2, '-');
	at = put_digits(at, of_year - (153 * month + 2) / 5 + 1, 2, 'T');
	at = put_digits(at, seconds / 3600, 2, ':');
	at = put_digits(at, seconds / 60 % 60, 2, ':');
	at = put_digits(at, seconds % 60, 2, '.');
	put_digits(at, (uint32_t)time->tv_nsec, 9, 'Z');
	line_bytes(line, text, sizeof(text) - 1);
}

void line_time_us(struct event_line *line, const struct timespec *time)
{
	size_t start = line->length;

	line_time(line, time);
	if (line->error)
		return;
	if (line->data[start] != '"') {
		line->length = start;
		line_string(line, "-");
		return;
	}
	line->length -= strlen("000Z\""); /* three digits too many */
	memmove(line->data + start, line->data + start + 1, line->length - start - 1);
	line->length--;
	line_string(line, "Z");
}

int line_close(struct event_line *line)
{
	if (room(line, 0))
		line->data[line->length] = '\0';
	return line->error;
}

int line_end(struct event_line *line)
{
	line_string(line, "\n");
	return line_close(line);
}
