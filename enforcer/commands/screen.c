/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines on a terminal. The last ones are kept, and what only the process tells apart is counted in its
 * line; so is what was lost, by its kind. A line that has left the screen can't be reached any more: when it comes again
 * it is told anew, with the whole count.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bailiff/report.h"
#include "commands.h"

#define KEPT  16u  /* that are drawn */
#define LINES 256u /* with those that will be */

struct entry {
	char *text; /* without the count, the newline and the end of what it is */
	size_t length, key;
	uint64_t count;
	bool lost; /* text is the kind */
	bool drawn, changed;
	char *shown; /* as drawn */
};
struct screen {
	int fd;
	struct entry lines[LINES];
	size_t n;
	struct event_line line;
};

int screen_new(int fd, struct screen **ret_screen)
{
	struct screen *screen = calloc(1, sizeof(*screen));

	if (!screen)
		return -ENOMEM;
	screen->fd = fd;
	*ret_screen = screen;
	return 0;
}

void screen_free(struct screen *screen)
{
	if (!screen)
		return;
	for (size_t i = 0; i < screen->n; i++) {
		free(screen->lines[i].text);
		free(screen->lines[i].shown);
	}
	event_line_clear(&screen->line);
	free(screen);
}

/* --- What a line says --------------------------------------------------------------------------- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Where the number begins that text[0..end) ends with; `end`: with none. */
static size_t number_at(const char *text, size_t end)
{
	while (end && is_digit(text[end - 1]))
		end--;
	return end;
}

/* "..., 12 times" */
static void split_count(const char *text, size_t *length, uint64_t *ret_count)
{
	static const char times[] = " times";
	size_t n = *length, end, at;
	const char *digits;

	*ret_count = 1;
	if (n < strlen(times) || memcmp(text + n - strlen(times), times, strlen(times)) != 0)
		return;
	end = n - strlen(times);
	at = number_at(text, end);
	/* What stands before it names a process, which nothing that others choose can follow. */
	if (at == end || at < 3 || memcmp(text + at - 3, "], ", 3) != 0)
		return;
	digits = text + at;
	if (take_number(&digits, 10, ret_count))
		*length = at - 2;
}

/* What tells it from others: all before "[PID]" or "[PID/TID]" at its end. */
static size_t key_of(const char *text, size_t length)
{
	size_t at;

	if (!length || text[length - 1] != ']')
		return length;
	at = number_at(text, length - 1);
	if (at && text[at - 1] == '/')
		at = number_at(text, at - 1);
	return at && at < length - 1 && text[at - 1] == '[' ? at - 1 : length;
}

/* "bailiff: 12 violations are missing from this report (ring-full)" */
static bool is_lost(const char *text, size_t length, struct entry *ret_entry)
{
	static const char begin[] = "bailiff: ", middle[] = "missing from this report (";
	const char *at = text + strlen(begin), *kind;

	if (length < strlen(begin) || memcmp(text, begin, strlen(begin)) != 0 ||
	    !take_number(&at, 10, &ret_entry->count))
		return false;
	kind = memmem(text, length, middle, strlen(middle));
	if (!kind || text[length - 1] != ')')
		return false;
	kind += strlen(middle);
	ret_entry->text = (char *)(uintptr_t)kind;
	ret_entry->length = ret_entry->key = (size_t)(text + length - 1 - kind);
	ret_entry->lost = true;
	return true;
}

/* What the text of `line` says, lent. */
static struct entry read_line(const char *line, size_t length)
{
	struct entry entry = {.text = (char *)(uintptr_t)line};

	if (length && line[length - 1] == '\n')
		length--;
	if (is_lost(line, length, &entry))
		return entry;
	split_count(line, &length, &entry.count);
	entry.length = length;
	entry.key = key_of(line, length);
	return entry;
}

static struct entry *find(struct screen *screen, const struct entry *like)
{
	for (size_t i = screen->n; i > 0; i--) {
		struct entry *entry = &screen->lines[i - 1];

		if (entry->key == like->key && entry->lost == like->lost &&
		    memcmp(entry->text, like->text, like->key) == 0)
			return entry;
	}
	return NULL;
}

int screen_put(struct screen *screen, const char *line, size_t length)
{
	struct entry entry = read_line(line, length), *known = find(screen, &entry);
	char *copy = malloc(entry.length + 1);

	if (!copy || (!known && screen->n == LINES)) {
		free(copy);
		return copy ? -ENOSPC : -ENOMEM;
	}
	memcpy(copy, entry.text, entry.length);
	copy[entry.length] = '\0';
	if (!known) {
		known = &screen->lines[screen->n++];
		*known = entry;
	} else {
		free(known->text);
		known->length = entry.length;
		known->count += entry.count;
		known->changed = true;
	}
	known->text = copy;
	return 0;
}

/* --- On the screen ------------------------------------------------------------------------------ */

static struct winsize size_of(int fd)
{
	struct winsize size = {.ws_col = 0};

	(void)ioctl(fd, TIOCGWINSZ, &size);
	if (!size.ws_col)
		size.ws_col = 80;
	if (!size.ws_row)
		size.ws_row = 24;
	return size;
}

static size_t rows_of(const struct entry *entry, const struct winsize *size)
{
	return entry->shown ? report_rows(entry->shown, size->ws_col) : 1;
}

static char *compose(struct screen *screen, const struct entry *entry)
{
	char *text = NULL;

	if (entry->lost) {
		if (event_text_lost(entry->text, entry->count, &screen->line) < 0)
			return NULL;
		return strndup(screen->line.data, screen->line.length - 1);
	}
	if (entry->count == 1)
		return strdup(entry->text);
	if (asprintf(&text, "%s, %llu times", entry->text, (unsigned long long)entry->count) < 0)
		return NULL;
	return text;
}

static void draw_one(struct screen *screen, struct entry *entry, screen_write *write, void *context)
{
	const char *text;

	free(entry->shown);
	entry->shown = compose(screen, entry);
	entry->drawn = true;
	entry->changed = false;
	text = entry->shown ? entry->shown : entry->text;
	write(context, text, strlen(text));
	write(context, "\n", 1);
}

/* Forgets the lines from `first` on, so many. */
static void forget(struct screen *screen, size_t first, size_t n)
{
	for (size_t i = first; i < first + n; i++) {
		free(screen->lines[i].text);
		free(screen->lines[i].shown);
	}
	memmove(&screen->lines[first], &screen->lines[first + n],
		(screen->n - first - n) * sizeof(screen->lines[0]));
	screen->n -= n;
}

/* Drawn lines that the screen has no more are told anew, or forgotten: which are left is what is
 * reachable. */
static void leave_unreachable(struct screen *screen, const struct winsize *size)
{
	size_t rows = 1, i = screen->n, reachable; /* the cursor's */

	while (i > 0 && !screen->lines[i - 1].drawn)
		i--;
	for (; i > 0; i--) {
		rows += rows_of(&screen->lines[i - 1], size);
		if (rows > size->ws_row)
			break;
	}
	reachable = i;
	for (i = 0; i < reachable; i++)
		if (screen->lines[i].changed) {
			struct entry entry = screen->lines[i];

			entry.drawn = false;
			memmove(&screen->lines[i], &screen->lines[i + 1],
				(screen->n - i - 1) * sizeof(entry));
			screen->lines[screen->n - 1] = entry;
			i--;
			reachable--;
		}
	forget(screen, 0, reachable);
}

static size_t first_to_draw(const struct screen *screen)
{
	size_t i = 0;

	while (i < screen->n && screen->lines[i].drawn && !screen->lines[i].changed)
		i++;
	return i;
}

void screen_draw(struct screen *screen, screen_write *write, void *context)
{
	struct winsize size = size_of(screen->fd);
	size_t first, rows = 0;
	char text[32];
	int n;

	if (first_to_draw(screen) == screen->n)
		return;
	leave_unreachable(screen, &size);
	first = first_to_draw(screen);
	for (size_t i = first; i < screen->n && screen->lines[i].drawn; i++)
		rows += rows_of(&screen->lines[i], &size);
	if (rows) {
		n = snprintf(text, sizeof(text), "\033[%zuA\r\033[J", rows);
		write(context, text, (size_t)n);
	}
	for (size_t i = first; i < screen->n; i++)
		draw_one(screen, &screen->lines[i], write, context);
	if (screen->n > KEPT)
		forget(screen, 0, screen->n - KEPT);
}
