/* SPDX-License-Identifier: Apache-2.0 */
/* Cells. The width of a character is that of the terminals that people have, without asking a locale: an
 * empty image has none. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "bailiff/names.h"
#include "room.h"

#define SECOND 1000000000ll

/* Of Unicode's East Asian Width, what is wide in whole blocks; and marks that take no column. */
static const struct range {
	uint32_t first, last;
	unsigned columns;
} ranges[] = {
	{0x0300, 0x036f, 0},   {0x0483, 0x0489, 0},   {0x0591, 0x05bd, 0},   {0x064b, 0x065f, 0},
	{0x1100, 0x115f, 2},   {0x1ab0, 0x1aff, 0},   {0x1dc0, 0x1dff, 0},   {0x20d0, 0x20ff, 0},
	{0x2e80, 0x303e, 2},   {0x3041, 0xa4cf, 2},   {0xa960, 0xa97f, 2},   {0xac00, 0xd7a3, 2},
	{0xf900, 0xfaff, 2},   {0xfe00, 0xfe0f, 0},   {0xfe20, 0xfe2f, 0},   {0xfe30, 0xfe6f, 2},
	{0xff00, 0xff60, 2},   {0xffe0, 0xffe6, 2},   {0x1f300, 0x1f64f, 2}, {0x1f900, 0x1f9ff, 2},
	{0x20000, 0x3fffd, 2}, {0xe0100, 0xe01ef, 0},
};

/* Of a text that escape_text() has made: valid UTF-8. Moves *at behind the character. */
static unsigned next_character(const char **at)
{
	const unsigned char *p = (const unsigned char *)*at;
	uint32_t c = *p < 0x80 ? *p : *p < 0xe0 ? *p & 0x1f : *p < 0xf0 ? *p & 0xf : *p & 7;
	size_t i;

	(*at)++;
	for (; ((unsigned char)**at & 0xc0) == 0x80; (*at)++)
		c = c << 6 | ((unsigned char)**at & 0x3f);
	for (i = 0; i < ARRAY_LEN(ranges); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return ranges[i].columns;
	return 1;
}

unsigned text_columns(const char *text, size_t length)
{
	const char *end = text + length;
	unsigned columns = 0;

	while (text < end)
		columns += next_character(&text);
	return columns;
}

/* The bytes of its first `columns` columns. */
static size_t head(const char *text, unsigned columns)
{
	const char *at = text, *before = text;
	unsigned taken = 0;

	while (*at) {
		taken += next_character(&at);
		if (taken > columns)
			break;
		before = at;
	}
	return (size_t)(before - text);
}

unsigned text_cell(const char *text, unsigned columns, char *out, size_t size)
{
	char safe[CELL_BYTES];
	unsigned all, front, back;
	size_t length, skip;

	if (!text)
		text = "-";
	/* What is longer is not shown anyway. */
	length = escape_text(text, strnlen(text, CELL_BYTES / 4 - 1), safe, sizeof(safe));
	all = text_columns(safe, length);
	if (all <= columns || columns < 4) {
		if (all > columns)
			safe[head(safe, columns)] = '\0';
		snprintf(out, size, "%s", safe);
		return text_columns(out, strlen(out));
	}
	front = (columns - 2) / 3;
	back = columns - 2 - front;
	skip = head(safe, all - back);
	/* A wide character may be cut by one column. */
	if (text_columns(safe + skip, strlen(safe + skip)) > back)
		skip += head(safe + skip, 2);
	snprintf(out, size, "%.*s..%s", (int)head(safe, front), safe, safe + skip);
	return text_columns(out, strlen(out));
}

void text_count(uint64_t count, char out[COUNT_BYTES])
{
	char digits[24];
	int n = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)count), i;
	char *to = out;

	for (i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
}

void text_ago(int64_t then, int64_t now, char out[AGO_BYTES])
{
	static const struct unit {
		int64_t seconds, below; /* as long as there are fewer of it */
		const char *name;
	} units[] = {
		{1, 60, "s"},	  {60, 60, "min"},	   {3600, 48, "h"},
		{86400, 60, "d"}, {30 * 86400, 24, "mon"}, {365 * 86400, INT64_MAX, "y"},
	};
	int64_t seconds = (now - then) / SECOND, span = seconds < 0 ? -seconds : seconds;
	size_t i = 0;

	while (span / units[i].seconds >= units[i].below)
		i++;
	if (span == 0)
		snprintf(out, AGO_BYTES, "now");
	else
		snprintf(out, AGO_BYTES, seconds < 0 ? "in %lld %s" : "%lld %s ago",
			 (long long)(span / units[i].seconds), units[i].name);
}

void text_time(int64_t ns, bool local, char out[TIME_BYTES])
{
	time_t seconds = (time_t)(ns / SECOND);
	struct tm parts;

	if (!ns || !(local ? localtime_r(&seconds, &parts) : gmtime_r(&seconds, &parts))) {
		snprintf(out, TIME_BYTES, "-");
		return;
	}
	if (!strftime(out, TIME_BYTES, local ? "%Y-%m-%d %H:%M:%S" : "%Y-%m-%d %H:%M:%SZ", &parts))
		out[0] = '\0';
}

const char *text_rule(const struct store_kind *kind, char *out, size_t size)
{
	if (!kind->rule_file)
		return NULL;
	if (kind->rule_line)
		snprintf(out, size, "%s:%u", kind->rule_file, kind->rule_line);
	else
		snprintf(out, size, "%s", kind->rule_file);
	return out;
}

const char *text_errno(int error, char out[16])
{
	const char *name = error ? names_errno(error) : NULL;

	if (!error)
		return NULL;
	if (name)
		return name;
	snprintf(out, 16, "%d", error);
	return out;
}

/* --- What a person says of a time ------------------------------------------------------------- */

static bool two(const char **at, char before, uint64_t most, int *ret_value)
{
	const char *p = *at;
	uint64_t value;

	if (before && *p++ != before)
		return false;
	if (!p[0] || !p[1] || strspn(p, "0123456789") < 2)
		return false;
	value = (uint64_t)(p[0] - '0') * 10 + (uint64_t)(p[1] - '0');
	*at = p + 2;
	*ret_value = (int)value;
	return value <= most;
}

static bool read_date(const char *at, int64_t *ret_ns)
{
	struct tm parts = {.tm_isdst = -1}, back;
	bool utc = false;
	uint64_t year;
	time_t seconds;

	if (strspn(at, "0123456789") != 4 || !take_number(&at, 10, &year) || year < 1970)
		return false;
	parts.tm_year = (int)year - 1900;
	if (!two(&at, '-', 12, &parts.tm_mon) || !two(&at, '-', 31, &parts.tm_mday))
		return false;
	if (!parts.tm_mon-- || !parts.tm_mday)
		return false;
	if (*at == 'T' || *at == ' ') {
		at++;
		if (!two(&at, 0, 23, &parts.tm_hour) || !two(&at, ':', 59, &parts.tm_min) ||
		    (*at == ':' && !two(&at, ':', 59, &parts.tm_sec)))
			return false;
		utc = *at == 'Z';
		at += utc;
	}
	if (*at)
		return false;
	back = parts;
	seconds = utc ? timegm(&back) : mktime(&back);
	/* The 31st of April would be another day. */
	if (back.tm_mday != parts.tm_mday)
		return false;
	/* As late as times of nanoseconds go, where it is later. */
	*ret_ns = seconds > INT64_MAX / SECOND ? INT64_MAX : (int64_t)seconds * SECOND;
	return true;
}

bool report_time(const char *text, int64_t now, int64_t *ret_ns)
{
	static const char units[] = "smhdw";
	static const int64_t lengths[] = {1, 60, 3600, 86400, 7 * 86400};
	const char *at = text, *unit;
	uint64_t number;

	if (*text == '@') {
		at++;
		if (!take_number(&at, 10, &number) || *at || number > INT64_MAX / SECOND)
			return false;
		*ret_ns = (int64_t)number * SECOND;
		return true;
	}
	if (*text < '0' || *text > '9' || !take_number(&at, 10, &number))
		return false;
	unit = *at ? strchr(units, *at) : NULL;
	if (!unit || at[1])
		return read_date(text, ret_ns);
	if (number > (uint64_t)(now / SECOND / lengths[unit - units]))
		return false;
	*ret_ns = now - (int64_t)number * lengths[unit - units] * SECOND;
	return true;
}

unsigned report_rows(const char *text, unsigned width)
{
	unsigned rows = 1, taken = 0;

	while (*text) {
		unsigned columns = next_character(&text);

		/* What is wide does not begin in the last column. */
		if (taken + columns > width) {
			rows++;
			taken = 0;
		}
		taken += columns;
	}
	return rows;
}
