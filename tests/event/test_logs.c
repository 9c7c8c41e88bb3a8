/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of the logs: hostile text in every field is a value of that field and nothing else. */
#include <criterion/criterion.h>
#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "bailiff/event.h"

#define LONG	   4095
#define SHOWN	   1024 /* of one text, in syslog's form */
#define MAX_FIELDS 40

static char long_name[LONG + 1], long_wide[LONG + 1];

static const char *const texts[] = {
	"/usr/bin/plain",
	"one\ntwo\r\n<30>1 - - - - - - three",
	"\x1b]0;owned\x07\x1b[2J\x7f",
	"\"] [x@1 y=\"z\"] \\",
	"\\\\\\\"",
	"MESSAGE=forged\nPRIORITY=0\n_UID=0\n",
	"\xff\xfe\xc3(\x80",
	"\xc2\x9b[31mx\xe2\x80\x8fyz",
	"=1+1</script><b>",
	"",
	long_name,
	long_wide,
};

struct told {
	size_t n;
	char name[MAX_FIELDS][64];
	char value[MAX_FIELDS][16 * LONG];
	size_t length[MAX_FIELDS];
};

static struct event hostile(const char *text, struct event_process *process)
{
	*process = (struct event_process){
		.pid = 7,
		.uid = 0,
		.gid = 0,
		.exe = text,
		.comm = text,
		.user = text,
		.group = text,
		.cgroup = text,
		.container = text,
	};
	return (struct event){
		.time = {1795330800, 0},
		.policy = text,
		.rule_file = text,
		.rule_line = 27,
		.why = text,
		.class = CLASS_FILES,
		.operation = text,
		.object = text,
		.verdict = VERDICT_DENIED,
		.error = EPERM,
		.plane = "lsm",
		.process = process,
		.host = text,
		.count = 3,
	};
}

static size_t find(const struct told *told, const char *name)
{
	size_t i = 0;

	while (i < told->n && strcmp(told->name[i], name) != 0)
		i++;
	cr_assert_lt(i, told->n, "no field %s", name);
	return i;
}

/* What stands in brackets, by the grammar of RFC 5424. */
static void read_data(const char *at, struct told *told)
{
	told->n = 0;
	at = strstr(at, "[bailiff@32473");
	cr_assert_not_null(at);
	at += strlen("[bailiff@32473");
	while (*at == ' ') {
		size_t n = 0;

		cr_assert_lt(told->n, MAX_FIELDS);
		for (at++; islower((unsigned char)*at) && n < 63; at++)
			told->name[told->n][n++] = *at;
		told->name[told->n][n] = '\0';
		cr_assert(n && at[0] == '=' && at[1] == '"', "%.40s", at);
		for (at += 2, n = 0; *at != '"'; at++) {
			at += *at == '\\';
			cr_assert(*at && n < sizeof(told->value[0]) - 1);
			told->value[told->n][n++] = *at;
		}
		told->value[told->n][n] = '\0';
		told->length[told->n++] = n;
		at++;
	}
	cr_assert(at[0] == ']' && at[1] == ' ', "%.40s", at);
}

static void expect_line(const struct event_line *line)
{
	json_t *utf8 = json_stringn(line->data, line->length);

	cr_assert_not_null(utf8, "not UTF-8");
	json_decref(utf8);
	for (size_t i = 0; i < line->length; i++) {
		unsigned char c = (unsigned char)line->data[i];

		cr_assert((c >= 0x20 && c != 0x7f) || (c == '\n' && i + 1 == line->length),
			  "byte %02x at %zu: %.200s", c, i, line->data + (i > 100 ? i - 100 : 0));
	}
}

/* Name, newline, 64 bits of length, bytes, newline; or NAME=VALUE in a line. */
static void read_fields(const char *at, size_t left, struct told *told)
{
	for (told->n = 0; left; told->n++) {
		const char *end = memchr(at, '\n', left), *equals;
		uint64_t size;
		size_t name;

		cr_assert(end && told->n < MAX_FIELDS);
		equals = memchr(at, '=', (size_t)(end - at));
		name = (size_t)((equals ? equals : end) - at);
		cr_assert(name && name < 64);
		memcpy(told->name[told->n], at, name);
		told->name[told->n][name] = '\0';
		cr_assert_eq(strspn(told->name[told->n], "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"), name);
		left -= (size_t)(end + 1 - at);
		at = end + 1;
		told->length[told->n] = equals ? (size_t)(end - equals - 1) : 0;
		if (equals)
			continue;
		cr_assert_gt(left, sizeof(size));
		memcpy(&size, at, sizeof(size));
		size = le64toh(size);
		cr_assert_lt(size, left - sizeof(size));
		cr_assert_leq(size, sizeof(told->value[0]));
		memcpy(told->value[told->n], at + sizeof(size), size);
		told->length[told->n] = size;
		cr_assert_eq(at[sizeof(size) + size], '\n');
		at += sizeof(size) + size + 1;
		left -= sizeof(size) + size + 1;
	}
}

static void fill(void)
{
	static const char euro[] = {'\xe2', '\x82', '\xac'};

	memset(long_name, '/', LONG);
	for (size_t i = 0; i + 3 <= LONG; i += 3)
		memcpy(long_wide + i, euro, sizeof(euro));
}

Test(logs, hostile_text_in_syslog)
{
	static struct told told;
	size_t fields = 0;

	fill();
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct event_process process;
		struct event event = hostile(texts[i], &process);
		struct event_line line = {0};
		char want[4 * SHOWN + 1];

		cr_assert_eq(event_syslog(&event, &line), 0);
		expect_line(&line);
		read_data(line.data, &told);
		fields = i ? fields : told.n;
		cr_expect_eq(told.n, fields, "text %zu: %zu fields", i, told.n);
		escape_text(texts[i], strnlen(texts[i], SHOWN), want, sizeof(want));
		cr_expect_str_eq(told.value[find(&told, "exe")], want, "text %zu", i);
		cr_expect_str_eq(told.value[find(&told, "why")], want, "text %zu", i);
		cr_expect_str_eq(told.value[find(&told, "count")], "3");
		event_line_clear(&line);
	}
}

Test(logs, hostile_text_in_the_journal)
{
	static struct told told;
	size_t fields = 0;

	fill();
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct event_process process;
		struct event event = hostile(texts[i], &process);
		struct event_line line = {0};
		size_t exe;

		cr_assert_eq(event_journal(&event, &line), 0);
		read_fields(line.data, line.length, &told);
		fields = i ? fields : told.n;
		cr_expect_eq(told.n, fields, "text %zu: %zu fields", i, told.n);
		exe = find(&told, "BAILIFF_EXE");
		cr_expect_eq(told.length[exe], strlen(texts[i]), "text %zu", i);
		cr_expect_eq(memcmp(told.value[exe], texts[i], told.length[exe]), 0, "text %zu", i);
		cr_expect_eq(told.length[find(&told, "PRIORITY")], 1);
		event_line_clear(&line);
	}
}
