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
