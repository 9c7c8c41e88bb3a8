/* SPDX-License-Identifier: Apache-2.0 */
/* From JSON back to the event: what was written is read, whatever the bytes; what was not, is refused. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/event.h"

static const struct event_task parents[] = {
	{7, "/bin/sh", "sh"},
	{1, NULL, "\xff\x1b[2J"},
};

static struct event_process process = {
	.pid = 4242,
	.tid = 4243,
	.start_ns = 1795330800000000001,
	.exe = "/usr/bin/x",
	.comm = "x",
	.uid = 33,
	.gid = 0,
	.user = "www-data",
	.group = "www\x1b\xff",
	.cgroup = "/a",
	.container = "c1",
	.n_ancestors = 2,
	.ancestors = parents,
};

static struct event example(void)
{
	return (struct event){
		.time = {1795330800, 123456789},
		.policy = "web",
		.rule_file = "web.yaml",
		.rule_line = 27,
		.why = "so",
		.class = CLASS_FILES,
		.verdict = VERDICT_WOULD_DENY,
		.error = EACCES,
		.plane = "lsm",
		.operation = "read",
		.object = "/etc/shadow",
		.process = &process,
		.host = "web-1",
		.has_generation = true,
		.generation = 3,
		.count = 17,
	};
}

/* Written, read and written again: the same line. */
static void expect_same(const struct event *event)
{
	struct event_record record = {0};
	struct event_line one = {0}, two = {0};

	cr_assert_eq(event_json(event, &one), 0);
	cr_assert_eq(event_parse(one.data, one.length, &record), 0, "%s", one.data);
	cr_assert_eq(record.type, EVENT_VIOLATION);
	cr_assert_eq(event_json(&record.event, &two), 0);
	cr_expect_str_eq(two.data, one.data);
	cr_expect_eq(record.event.object == NULL, event->object == NULL);
	if (event->object)
		cr_expect_str_eq(record.event.object, event->object);
	event_record_clear(&record);
	event_line_clear(&one);
	event_line_clear(&two);
}

Test(parse, what_was_written_is_read)
{
	struct event event = example();

	expect_same(&event);
	event = (struct event){.verdict = VERDICT_KILLED, .count = 1};
	expect_same(&event);
	event.time = (struct timespec){253402300799, 999999999};
	expect_same(&event);
	event.time = (struct timespec){951782400, 0}; /* a 29th of February */
	expect_same(&event);
	event.error = 4000; /* has no name */
	event.rule_file = "odd:name:12x";
	expect_same(&event);
	event.rule_line = 4294967295u;
	expect_same(&event);
}

Test(parse, hostile_texts_come_back_byte_for_byte)
{
	static const char *const texts[] = {
		"",
		"\x1b]0;x\x07\r\n\t",
		"\xff\xfe/\xc3\x28",
		"\xc3\xa9\xe2\x80\xae\xf0\x9f\x98\x80",
		"\xed\xa0\x80 a surrogate, \xc0\x80 an overlong NUL",
		"a \\ and a \" and <script>",
		"\\x1b and \\xzz: text, no bytes",
		"\\xc3\\xa9: valid as bytes, so it was text",
		"\xe2\x82", /* torn */
	};
	char *big = malloc(4097);
	struct event event = example();

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		event.object = texts[i];
		expect_same(&event);
	}
	memset(big, 0xfe, 4096);
	big[4096] = '\0';
	event.object = big;
	expect_same(&event);
	free(big);
}

Test(parse, arguments_are_those_of_the_call)
{
	static const struct {
		enum arch arch;
		uint32_t audit_arch, nr;
		uint64_t args[CALL_ARGS];
		const char *want;
	} calls[] = {
		{ARCH_X86_64,
		 0xc000003e,
		 16,
		 {0, 0x5412, 0x7ffd0f3a},
		 "{\"fd\":0,\"cmd\":\"TIOCSTI\"}"},
		{ARCH_X86_64,
		 0xc000003e,
		 16,
		 {3, 0x5412, 5},
		 "{\"fd\":3,\"cmd\":\"TIOCSTI\",\"arg\":5}"},
		{ARCH_X86_64, 0xc000003e, 0, {1, 0x7fff0000, 10}, "{\"fd\":1,\"count\":10}"},
		{ARCH_I386, 0x40000003, 1, {7}, "{\"error_code\":7}"},
		{ARCH_X86_64, 0xc000003e, 39, {0}, "{}"},
		{ARCH_X86_64, 0xc000003e, 9999, {1, 2}, NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		struct event event = example();
		struct event_record record = {0};
		struct event_line line = {0}, arguments = {0};
		int r;

		event.operation = NULL;
		event.has_call = true;
		event.call.arch = calls[i].arch;
		event.call.audit_arch = calls[i].audit_arch;
		event.call.nr = calls[i].nr;
		memcpy(event.call.args, calls[i].args, sizeof(event.call.args));
		cr_assert_eq(event_json(&event, &line), 0);
		cr_assert_eq(event_parse(line.data, line.length, &record), 0);
		cr_expect(record.has_syscall);
		cr_expect_eq(record.syscall_nr, calls[i].nr);
		cr_expect_str_eq(record.arch, arch_name(calls[i].arch));
		r = event_arguments(&event, &arguments);
		cr_expect_eq(r, calls[i].want ? 0 : -ENOENT);
		if (calls[i].want) {
			cr_expect_str_eq(arguments.data, calls[i].want);
			cr_expect_str_eq(record.arguments, calls[i].want);
		} else {
			cr_expect_null(record.arguments);
		}
		event_record_clear(&record);
		event_line_clear(&line);
		event_line_clear(&arguments);
	}
}

/* --- The call itself, out of its text ------------------------------------------------------------- */

static uint64_t seed = 88172645463325252u;

static uint64_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Values that have names, signs, widths and forms of their own, then any. */
static uint64_t value_at(unsigned i)
{
	static const uint64_t odd[] = {0,
				       1,
				       4095,
				       4096,
				       0x7ffd0f3a,
				       UINT32_MAX,
				       INT32_MAX,
				       0x80000000,
				       INT64_MAX,
				       UINT64_MAX,
				       1ull << 63,
				       999999999999999,
				       1000000000000000};

	if (i < 64)
		return 1ull << i;
	i -= 64;
	if (i < ARRAY_LEN(odd))
		return odd[i];
	i -= (unsigned)ARRAY_LEN(odd);
	if (i < 16)
		return i * 0x11;
	if (i < 24)
		return ~(1ull << (next_random() & 63));
	return next_random() >> (next_random() & 63);
}
#define VALUES 140

static uint64_t as_read(const struct name_call *call, unsigned arg, uint64_t value)
{
	unsigned width = call && call->nargs > (int)arg ? call->args[arg].width : 64;

	if (call && call->nargs >= 0 && (int)arg >= call->nargs)
		return 0;
	return width < 64 ? value & ((1ull << width) - 1) : value;
}

static void expect_call(const struct event *event, const struct name_call *call)
{
	static struct event_record record;
	static struct event_line line;

	cr_assert_eq(event_json(event, &line), 0);
	cr_assert_eq(event_parse(line.data, line.length, &record), 0, "%s", line.data);
	cr_assert(record.event.has_call, "%s", line.data);
	cr_assert_eq(record.event.call.arch, event->call.arch);
	cr_assert_eq(record.event.call.nr, event->call.nr);
	cr_assert_eq(record.event.call.foreign, event->call.foreign);
	cr_assert_eq(record.event.call.audit_arch, event->call.audit_arch);
	for (unsigned i = 0; i < CALL_ARGS; i++)
		cr_assert_eq(record.event.call.args[i], as_read(call, i, event->call.args[i]),
			     "argument %u: %s", i, line.data);
}

/* What event_arguments() writes says all that is no address. */
static void expect_arguments(const struct event *event, const struct name_call *call)
{
	static struct event_line line;
	struct event_call back = event->call;

	memset(back.args, 0xa5, sizeof(back.args));
	cr_assert_eq(event_arguments(event, &line), 0);
	cr_assert_eq(event_arguments_read(line.data, line.length, &back), 0, "%s", line.data);
	for (unsigned i = 0; (int)i < call->nargs; i++) {
		uint64_t want = as_read(call, i, event->call.args[i]);
		char key[64];
		bool written;

		snprintf(key, sizeof(key), "\"%s\":", call->args[i].name);
		written = strstr(line.data, key) != NULL;
		cr_assert(back.args[i] == want || (!written && !back.args[i]), "argument %u: %s", i,
			  line.data);
	}
}

Test(parse, calls_come_back_with_their_numbers, .timeout = 300)
{
	for (enum arch arch = 0; arch < ARCH_COUNT; arch++) {
		size_t count;
		const struct name_call *calls = names_calls(arch, &count);
		struct event event = {.verdict = VERDICT_DENIED, .count = 1, .has_call = true};

		event.call.arch = arch;
		event.call.audit_arch = arch_audit(arch);
		for (size_t c = 0; c < count; c++) {
			event.call.nr = calls[c].nr;
			for (unsigned v = 0; v < VALUES; v++) {
				for (unsigned i = 0; i < CALL_ARGS; i++)
					event.call.args[i] = value_at((v + i * 23) % VALUES);
				expect_call(&event, &calls[c]);
				if (calls[c].nargs >= 0 && v % 4 == 0)
					expect_arguments(&event, &calls[c]);
			}
		}
		event.call.nr = 3999; /* no call */
		expect_call(&event, NULL);
	}
}

Test(parse, calls_of_other_architectures_come_back)
{
	struct event event = {.verdict = VERDICT_DENIED, .count = 1, .has_call = true};

	event.call = (struct event_call){
		.foreign = true, .audit_arch = 0x80000016, .nr = 4, .args = {1, UINT64_MAX, 3}};
	expect_call(&event, NULL);
	event.call.nr = UINT32_MAX;
	expect_call(&event, NULL);
}

Test(parse, a_call_that_does_not_say_all_is_none)
{
	static const struct {
		const char *syscall, *why;
		bool call;
	} rows[] = {
		{"\"ioctl\",\"number\":16,\"arch\":\"x86_64\",\"args\":{\"fd\":0,\"cmd\":"
		 "\"TIOCSTI\","
		 "\"arg\":5}",
		 "all is there", true},
		{"\"ioctl\",\"number\":16,\"arch\":\"x86_64\",\"args\":{\"fd\":0,\"cmd\":"
		 "\"TIOCSTI\"}",
		 "an address may be missing", true},
		{"\"ioctl\",\"number\":16,\"arch\":\"x86_64\",\"args\":{\"fd\":0}", "no cmd",
		 false},
		{"\"ioctl\",\"number\":16,\"arch\":\"x86_64\",\"args\":{\"fd\":0,\"cmd\":"
		 "\"TIOCWHAT\"}",
		 "a name that nobody knows", false},
		{"\"ioctl\",\"number\":16,\"arch\":\"x86_64\",\"args\":{\"fd\":0,"
		 "\"cmd\":\"TIOCSTI|\"}",
		 "an empty part", false},
		{"\"ioctl\",\"number\":16,\"arch\":\"x86_64\",\"args\":{\"fd\":0,\"cmd\":\"\"}",
		 "an empty text", false},
		{"\"ioctl\",\"number\":16,\"arch\":\"x86_64\",\"args\":{\"fd\":0,\"cmd\":\"0x\"}",
		 "no digits", false},
		{"\"ioctl\",\"number\":16,\"arch\":\"x86_64\",\"args\":{\"fd\":0,\"cmd\":\"089\"}",
		 "no octal digits", false},
		{"\"ioctl\",\"number\":16,\"arch\":\"x86_64\",\"args\":{\"fd\":0,"
		 "\"cmd\":\"0x10000000000000000\"}",
		 "more than 64 bits", false},
		{"\"ioctl\",\"number\":17,\"arch\":\"x86_64\",\"args\":{\"fd\":0,\"cmd\":1}",
		 "the number of another call", false},
		{"\"write\",\"number\":0,\"arch\":\"x86_64\",\"args\":{\"fd\":0,"
		 "\"buf\":\"0x0\",\"count\":1}",
		 "the number of a call with the same arguments", false},
		{"null,\"number\":16,\"arch\":\"x86_64\",\"args\":{\"fd\":0,\"cmd\":1}",
		 "a number that has a name", false},
		{"\"ioctl\",\"number\":16,\"arch\":\"sparc\",\"args\":{\"fd\":0,\"cmd\":1}",
		 "an architecture that nobody knows", false},
		{"\"ioctl\",\"number\":16,\"arch\":\"x86_64\"", "no arguments", false},
	};
	struct event_record record = {0};
	char line[512];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool open = strstr(rows[i].syscall, "args") && !strchr(rows[i].syscall, '}');

		snprintf(line, sizeof(line), "{\"verdict\":\"denied\",\"syscall\":{\"name\":%s%s}}",
			 rows[i].syscall, open ? "}" : "");
		cr_assert_eq(event_parse(line, strlen(line), &record), 0, "%s", line);
		cr_expect(record.has_syscall);
		cr_expect_eq(record.event.has_call, rows[i].call, "%s: %s", rows[i].why, line);
	}
	event_record_clear(&record);
}

Test(parse, other_records)
{
	struct event_partial partial = {"web.yaml", 3, "files", "no Landlock"};
	struct event_record record = {0};
	struct event_line line = {0};

	event_json_lost("ring-full", 12, &line);
	cr_assert_eq(event_parse(line.data, line.length, &record), 0);
	cr_expect_eq(record.type, EVENT_LOST);
	cr_expect_str_eq(record.lost, "ring-full");
	cr_expect_eq(record.lost_count, 12);
	event_json_partial(&partial, &line);
	cr_assert_eq(event_parse(line.data, line.length, &record), 0);
	cr_expect_eq(record.type, EVENT_PARTIAL);
	cr_expect_str_eq(record.partial.rule_file, "web.yaml");
	cr_expect_eq(record.partial.rule_line, 3);
	cr_expect_str_eq(record.partial.reason, "no Landlock");
	event_json_error("gone", &line);
	cr_assert_eq(event_parse(line.data, line.length, &record), 0);
	cr_expect_eq(record.type, EVENT_ERROR);
	cr_expect_str_eq(record.error, "gone");
	event_record_clear(&record);
	event_line_clear(&line);
}

Test(parse, what_is_no_record_is_refused)
{
	static const char *const lines[] = {
		"",
		"\n",
		"null",
		"[]",
		"{}",
		"{\"verdict\":\"allowed\"}",
		"{\"verdict\":null}",
		"{\"verdict\":\"denied\",\"count\":0}",
		"{\"verdict\":\"denied\",\"count\":-1}",
		"{\"verdict\":\"denied\",\"count\":1e3}",
		"{\"verdict\":\"denied\",\"count\":99999999999999999999}",
		"{\"verdict\":\"denied\",\"policy\":7}",
		"{\"verdict\":\"denied\",\"object\":\"a\\u0000b\"}",
		"{\"verdict\":\"denied\",\"object\":\"\xff\"}",
		"{\"verdict\":\"denied\",\"class\":\"none\"}",
		"{\"verdict\":\"denied\",\"errno\":\"EWHAT\"}",
		"{\"verdict\":\"denied\",\"time\":\"2026-13-01T00:00:00.000000000Z\"}",
		"{\"verdict\":\"denied\",\"time\":\"2026-11-22T00:00:00Z\"}",
		"{\"verdict\":\"denied\",\"time\":5}",
		"{\"verdict\":\"denied\",\"process\":[]}",
		"{\"verdict\":\"denied\",\"process\":{\"pid\":\"7\"}}",
		"{\"verdict\":\"denied\",\"syscall\":{\"name\":\"x\"}}",
		"{\"verdict\":\"denied\",\"syscall\":{\"name\":\"x\",\"number\":4294967296,"
		"\"arch\":\"x86_64\"}}",
		"{\"verdict\":\"denied\",\"verdict\":\"killed\"}",
		"{\"verdict\":\"denied\"",
		"{\"verdict\":\"denied\"}{}",
		"{\"lost\":{\"kind\":null,\"count\":1}}",
		"{\"lost\":{\"kind\":\"x\",\"count\":\"1\"}}",
		"{\"partial\":{\"class\":\"files\"}}",
	};
	struct event_record record = {0};
	char *big;

	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		cr_expect_eq(event_parse(lines[i], strlen(lines[i]), &record), -EINVAL, "%s",
			     lines[i]);
	cr_expect_eq(event_parse("{\"verdict\":\"denied\",\"new\":{}}", 29, &record), 0);
	big = calloc(1, EVENT_LINE_MAX + 1);
	cr_expect_eq(event_parse(big, EVENT_LINE_MAX + 1, &record), -EMSGSIZE);
	free(big);
	event_record_clear(&record);
}
