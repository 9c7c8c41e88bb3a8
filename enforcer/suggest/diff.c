/* SPDX-License-Identifier: Apache-2.0 */
/* Two texts, line by line: the shortest script (Myers), as a unified diff. */
#include <stdlib.h>
#include <string.h>

#include "room.h"

#define CONTEXT	  3
#define MOST_DIFF 1024 /* lines; past it, the whole middle is replaced */

struct line {
	const char *text;
	size_t length; /* with its end */
};

struct lines {
	struct line *line;
	size_t n, size;
};

/* What becomes of the lines: kept, taken out, put in. */
struct script {
	char *op; /* ' ', '-', '+' */
	size_t n, size;
	bool failed;
};

static bool split(const char *text, size_t length, struct lines *lines)
{
	const char *end = text + length, *next;

	/* An empty text has an array, too. */
	if (grow_array(&lines->line, &lines->size, 1, sizeof(*lines->line)) < 0)
		return false;
	for (; text < end; text = next) {
		next = memchr(text, '\n', (size_t)(end - text));
		next = next ? next + 1 : end;
		if (grow_array(&lines->line, &lines->size, lines->n + 1, sizeof(*lines->line)) < 0)
			return false;
		lines->line[lines->n++] = (struct line){text, (size_t)(next - text)};
	}
	return true;
}

static bool same(const struct line *a, const struct line *b)
{
	return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

static void put(struct script *script, char op, size_t count)
{
	if (count == 0)
		return;
	if (grow_array(&script->op, &script->size, script->n + count, 1) < 0) {
		script->failed = true;
		return;
	}
	memset(script->op + script->n, op, count);
	script->n += count;
}

/* From the end back: which way led to (x, y) with d differences. Written backwards. */
static void trace_back(struct script *back, const long *reached, long d, long x, long y)
{
	long k, before, px, py;

	for (; d > 0; d--) {
		const long *v = reached + (d - 1) * (d - 1); /* of d - 1: -(d-1) .. d-1 */
		bool down;

		k = x - y;
		/* v's middle is its (d - 1)th */
		down = k == -d || (k != d && v[k - 1 + d - 1] < v[k + 1 + d - 1]);
		before = down ? k + 1 : k - 1;
		px = v[before + d - 1];
		py = px - before;
		for (; x > px + !down && y > py + down; x--, y--)
			put(back, ' ', 1);
		put(back, down ? '+' : '-', 1);
		x = px;
		y = py;
	}
	put(back, ' ', (size_t)x);
}

/* How far each diagonal goes with d differences, for all d: square by square in one array. */
static bool shortest(const struct line *a, long n, const struct line *b, long m,
		     struct script *back)
{
	long *reached = NULL, *v, *last = NULL, d, k, x, y;
	size_t size = 0;

	for (d = 0; d <= n + m && d <= MOST_DIFF; d++) {
		if (grow_array(&reached, &size, (size_t)((d + 1) * (d + 1)), sizeof(*reached)) < 0)
			break;
		v = reached + d * d;
		last = d ? reached + (d - 1) * (d - 1) : NULL;
		for (k = -d; k <= d; k++) {
			v[k + d] = -1;
			if ((k + d) % 2)
				continue;
			if (d == 0)
				x = 0;
			else if (k == -d || (k != d && last[k - 1 + d - 1] < last[k + 1 + d - 1]))
				x = last[k + 1 + d - 1];
			else
				x = last[k - 1 + d - 1] + 1;
			for (y = x - k; x < n && y < m && y >= 0 && same(&a[x], &b[y]); x++)
				y++;
			v[k + d] = x;
			if (x >= n && y >= m) {
				trace_back(back, reached, d, n, m);
				free(reached);
				return true;
			}
		}
	}
	free(reached);
	return false;
}

static void make_script(const struct lines *a, const struct lines *b, struct script *script)
{
	size_t head = 0, tail = 0, n, m;
	struct script back = {0};

	while (head < a->n && head < b->n && same(&a->line[head], &b->line[head]))
		head++;
	while (tail < a->n - head && tail < b->n - head &&
	       same(&a->line[a->n - 1 - tail], &b->line[b->n - 1 - tail]))
		tail++;
	n = a->n - head - tail;
	m = b->n - head - tail;
	put(script, ' ', head);
	if (shortest(a->line + head, (long)n, b->line + head, (long)m, &back)) {
		for (size_t i = back.n; i-- > 0;)
			put(script, back.op[i], 1);
	} else {
		put(script, '-', n);
		put(script, '+', m);
	}
	put(script, ' ', tail);
	script->failed |= back.failed;
	free(back.op);
}

static void write_line(FILE *out, char op, const struct line *line)
{
	putc(op, out);
	fwrite(line->text, 1, line->length, out);
	if (line->text[line->length - 1] != '\n')
		fputs("\n\\ No newline at end of file\n", out);
}

static void write_range(FILE *out, char sign, size_t first, size_t count)
{
	fprintf(out, "%c%zu", sign, count ? first + 1 : first);
	if (count != 1)
		fprintf(out, ",%zu", count);
}

/* A hunk goes from `from` on until more than twice the context is kept. Returns behind it. */
static size_t write_hunk(FILE *out, const struct script *script, size_t from, const struct lines *a,
			 const struct lines *b, size_t x, size_t y)
{
	size_t end = from, kept = 0, i, n = 0, m = 0;

	for (i = from; i < script->n && kept <= 2 * CONTEXT; i++) {
		kept = script->op[i] == ' ' ? kept + 1 : 0;
		if (kept == 0)
			end = i + 1;
	}
	for (i = 0; i < CONTEXT && end < script->n && script->op[end] == ' '; i++)
		end++;
	for (i = from; i < end; i++) {
		n += script->op[i] != '+';
		m += script->op[i] != '-';
	}
	fputs("@@ ", out);
	write_range(out, '-', x, n);
	putc(' ', out);
	write_range(out, '+', y, m);
	fputs(" @@\n", out);
	for (i = from; i < end; i++) {
		if (script->op[i] == '+')
			write_line(out, '+', &b->line[y]);
		else
			write_line(out, script->op[i], &a->line[x]);
		x += script->op[i] != '+';
		y += script->op[i] != '-';
	}
	return end;
}

static void write_diff(FILE *out, const char *name, const struct script *script,
		       const struct lines *a, const struct lines *b)
{
	size_t i = 0, x = 0, y = 0, from, next;
	char safe[4096];
	bool begun = false;

	escape_text(name, strlen(name), safe, sizeof(safe));
	while (i < script->n) {
		if (script->op[i] == ' ') {
			i++, x++, y++;
			continue;
		}
		if (!begun)
			fprintf(out, "--- %s\n+++ %s\n", safe, safe);
		begun = true;
		/* A hunk begins with what stands before it; what was kept lies in both. */
		for (from = i; from > 0 && i - from < CONTEXT && script->op[from - 1] == ' ';)
			from--;
		next = write_hunk(out, script, from, a, b, x - (i - from), y - (i - from));
		for (; i < next; i++) {
			x += script->op[i] != '+';
			y += script->op[i] != '-';
		}
	}
}

char *suggest_diff(const char *name, const char *before, size_t before_length, const char *after,
		   size_t after_length)
{
	struct lines a = {0}, b = {0};
	struct script script = {0};
	char *text = NULL;
	size_t length = 0;
	FILE *out = NULL;
	bool good = split(before, before_length, &a) && split(after, after_length, &b);

	if (good)
		make_script(&a, &b, &script);
	if (good && !script.failed)
		out = open_memstream(&text, &length);
	if (out) {
		write_diff(out, name, &script, &a, &b);
		good = !ferror(out);
		good = fclose(out) == 0 && good;
	}
	free(a.line);
	free(b.line);
	free(script.op);
	if (out && good)
		return text;
	free(text);
	return NULL;
}
