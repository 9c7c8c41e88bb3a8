/* SPDX-License-Identifier: Apache-2.0 */
/* A violation's written forms: the contract's fields in the contract's order, and hostile text. */
#include <criterion/criterion.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/event.h"

static const struct event_task parent = {1, "/usr/lib/systemd/systemd", "systemd"};

static const struct event_process process = {
	.pid = 4242,
	.tid = 4242,
	.start_ns = 1795330800000000000,
	.exe = "/usr/bin/x",
	.comm = "x",
	.uid = 33,
	.gid = 33,
	.user = "www-data",
	.group = "www",
	.cgroup = "/system.slice/nginx.service",
	.n_ancestors = 1,
	.ancestors = &parent,
};

/* The contract's own example: ioctl(0, TIOCSTI, 0x7ffd0f3a) on x86_64. */
static struct event example(void)
{
	return (struct event){
		.time = {1795330800, 123456789},
		.policy = "web",
		.rule_file = "web.yaml",
		.rule_line = 27,
		.class = CLASS_SYSCALLS,
		.verdict = VERDICT_DENIED,
		.error = EPERM,
		.plane = "seccomp",
		.has_call = true,
		.call = {.arch = ARCH_X86_64,
			 .audit_arch = 0xc000003e,
			 .nr = 16,
			 .args = {0, 0x5412, 0x7ffd0f3a}},
		.process = &process,
		.host = "web-1",
		.count = 1,
	};
}

static void expect_json(const struct event *event, const char *want)
{
	struct event_line line = {0};

	cr_assert_eq(event_json(event, &line), 0);
	cr_assert_str_eq(line.data, want);
	cr_assert_eq(line.length, strlen(want));
	event_line_clear(&line);
}

Test(event, the_contracts_example)
{
	struct event event = example();

	expect_json(
		&event,
		"{\"time\":\"2026-11-22T07:00:00.123456789Z\",\"policy\":\"web\",\"rule\":"
		"\"web.yaml:27\",\"why\":null,\"class\":\"syscalls\",\"operation\":\"ioctl\","
		"\"verdict\":\"denied\",\"errno\":\"EPERM\",\"plane\":\"seccomp\",\"syscall\":{"
		"\"name\":\"ioctl\",\"number\":16,\"arch\":\"x86_64\",\"args\":{\"fd\":0,"
		"\"cmd\":\"TIOCSTI\",\"arg\":\"0x7ffd0f3a\"}},\"object\":null,\"process\":{"
		"\"pid\":4242,\"tid\":4242,\"start\":\"2026-11-22T07:00:00.000000000Z\",\"exe\":"
		"\"/usr/bin/x\",\"comm\":\"x\",\"uid\":33,\"user\":\"www-data\",\"gid\":33,"
		"\"group\":\"www\","
		"\"cgroup\":\"/system.slice/nginx.service\",\"container\":null},\"ancestors\":[{"
		"\"pid\":1,\"exe\":\"/usr/lib/systemd/systemd\",\"comm\":\"systemd\"}],\"host\":"
		"\"web-1\",\"generation\":null,\"count\":1}\n");
}

Test(event, nothing_is_known)
{
	struct event event = {
		.class = CLASS_SYSCALLS,
		.verdict = VERDICT_KILLED,
		.plane = "seccomp",
		.count = 1,
	};

	expect_json(&event, "{\"time\":\"1970-01-01T00:00:00.000000000Z\",\"policy\":null,\"rule\":"
			    "null,\"why\":null,\"class\":\"syscalls\",\"operation\":null,"
			    "\"verdict\":\"killed\",\"errno\":null,\"plane\":\"seccomp\","
			    "\"syscall\":null,\"object\":null,\"process\":null,\"ancestors\":[],"
			    "\"host\":null,\"generation\":null,\"count\":1}\n");
}

static json_t *load(const struct event *event)
{
	struct event_line line = {0};
	json_error_t error;
	json_t *json;

	cr_assert_eq(event_json(event, &line), 0);
	json = json_loads(line.data, JSON_REJECT_DUPLICATES, &error);
	cr_assert_not_null(json, "%s: %s", error.text, line.data);
	cr_assert_eq(memchr(line.data, '\n', line.length), line.data + line.length - 1,
		     "one line, whatever is in it");
	event_line_clear(&line);
	return json;
}

static const struct call_case {
	const char *name;
	struct event_call call;
	const char *want; /* of "syscall", sorted keys */
} call_cases[] = {
	{"an unknown number has no name, and all six registers",
	 {.arch = ARCH_X86_64, .audit_arch = 0xc000003e, .nr = 9999, .args = {1, ~0ull}},
	 "{\"arch\": \"x86_64\", \"args\": {\"arg0\": \"0x1\", \"arg1\": \"0xffffffffffffffff\", "
	 "\"arg2\": \"0x0\", \"arg3\": \"0x0\", \"arg4\": \"0x0\", \"arg5\": \"0x0\"}, \"name\": "
	 "null, "
	 "\"number\": 9999}"},
	{"a negative number stays one",
	 {.arch = ARCH_X86_64, .audit_arch = 0xc000003e, .nr = UINT32_MAX},
	 "{\"arch\": \"x86_64\", \"args\": {\"arg0\": \"0x0\", \"arg1\": \"0x0\", \"arg2\": "
	 "\"0x0\", "
	 "\"arg3\": \"0x0\", \"arg4\": \"0x0\", \"arg5\": \"0x0\"}, \"name\": null, \"number\": "
	 "-1}"},
	{"a foreign ABI is named by its audit number",
	 {.foreign = true, .audit_arch = 0x16, .nr = 16},
	 "{\"arch\": \"0x16\", \"args\": {\"arg0\": \"0x0\", \"arg1\": \"0x0\", \"arg2\": \"0x0\", "
	 "\"arg3\": \"0x0\", \"arg4\": \"0x0\", \"arg5\": \"0x0\"}, \"name\": null, \"number\": "
	 "16}"},
	{"a call without arguments",
	 {.arch = ARCH_X86_64, .audit_arch = 0xc000003e, .nr = 39},
	 "{\"arch\": \"x86_64\", \"args\": {}, \"name\": \"getpid\", \"number\": 39}"},
	{"x32 numbers hold their bit",
	 {.arch = ARCH_X32, .audit_arch = 0xc000003e, .nr = 39 | X32_BIT},
	 "{\"arch\": \"x32\", \"args\": {}, \"name\": \"getpid\", \"number\": 1073741863}"},
	{"a number that not every reader of JSON would keep is text",
	 {.arch = ARCH_X86_64, .audit_arch = 0xc000003e, .nr = 8, .args = {1, 1ull << 60, 0}},
	 "{\"arch\": \"x86_64\", \"args\": {\"fd\": 1, \"offset\": \"1152921504606846976\", "
	 "\"whence\": \"SEEK_SET\"}, \"name\": \"lseek\", \"number\": 8}"},
	{"dirty upper bits of a 32-bit argument are not shown",
	 {.arch = ARCH_X86_64, .audit_arch = 0xc000003e, .nr = 41, .args = {0xdead00000028, 1, 0}},
	 "{\"arch\": \"x86_64\", \"args\": {\"family\": \"AF_VSOCK\", \"protocol\": 0, \"type\": "
	 "\"SOCK_STREAM\"}, \"name\": \"socket\", \"number\": 41}"},
};

Test(event, calls)
{
	for (size_t i = 0; i < ARRAY_LEN(call_cases); i++) {
		struct event event = example();
		json_t *json;
		char *got;

		event.call = call_cases[i].call;
		json = load(&event);
		got = json_dumps(json_object_get(json, "syscall"), JSON_SORT_KEYS);
		cr_expect_str_eq(got, call_cases[i].want, "%s: %s", call_cases[i].name, got);
		free(got);
		json_decref(json);
	}
}

static const struct text_case {
	const char *name, *text, *json, *plain;
} text_cases[] = {
	{"quotes and backslashes", "a\"b\\c", "a\"b\\c", "a\"b\\x5cc"},
	{"a new line and an escape sequence", "a\n\x1b[31mb", "a\n\x1b[31mb", "a\\x0a\\x1b[31mb"},
	{"bytes that are not UTF-8", "a\xff\xc0\xaf", "a\\xff\\xc0\\xaf", "a\\xff\\xc0\\xaf"},
	{"a cut sequence", "a\xe2\x82", "a\\xe2\\x82", "a\\xe2\\x82"},
	{"a surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80", "\\xed\\xa0\\x80"},
	{"characters of two, three and four bytes", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
	 "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
	{"a C1 control", "\xc2\x9b", "\xc2\x9b", "\\xc2\\x9b"},
	{"text that runs the other way", "\xe2\x80\xaex", "\xe2\x80\xaex", "\\xe2\\x80\\xaex"},
	{"nothing", "", "", ""},
};

Test(event, hostile_text)
{
	for (size_t i = 0; i < ARRAY_LEN(text_cases); i++) {
		const struct text_case *c = &text_cases[i];
		struct event_process hostile = process;
		struct event event = example();
		struct event_line line = {0};
		char want[256];
		json_t *json;

		hostile.exe = c->text;
		event.process = &hostile;
		json = load(&event);
		cr_expect_str_eq(
			json_string_value(json_object_get(json_object_get(json, "process"), "exe")),
			c->json, "%s", c->name);
		json_decref(json);
		cr_assert_eq(event_json(&event, &line), 0);
		for (size_t k = 0; k + 1 < line.length; k++)
			cr_expect((unsigned char)line.data[k] >= 0x20, "%s: raw control", c->name);
		cr_assert_null(strstr(line.data, "\xe2\x80\xae"), "%s", c->name);
		cr_assert_eq(event_text(&event, &line), 0);
		snprintf(want, sizeof(want), " in %s[4242]\n", c->plain);
		cr_expect_not_null(strstr(line.data, want), "%s: %s", c->name, line.data);
		event_line_clear(&line);
	}
}

/* Every string of two bytes, and many of four: always JSON. */
Test(event, any_bytes_are_json)
{
	struct event_process hostile = process;
	struct event event = example();
	char text[5] = {0};

	event.process = &hostile;
	hostile.exe = text;
	for (unsigned i = 0; i < 65536; i += 7) {
		text[0] = (char)(i & 0xff ? i & 0xff : 1);
		text[1] = (char)(i >> 8 ? i >> 8 : 1);
		text[2] = (char)(0x80 | (i * 31 & 0x3f));
		text[3] = (char)(0x80 | (i * 17 & 0x3f));
		json_decref(load(&event));
	}
}

Test(event, readable_form)
{
	struct event event = example();
	struct event_line line = {0};

	event.why = "no typing for others";
	cr_assert_eq(event_text(&event, &line), 0);
	cr_expect_str_eq(line.data,
			 "bailiff: denied ioctl(fd=0, cmd=TIOCSTI, arg=0x7ffd0f3a) = EPERM by "
			 "web.yaml:27 (no typing for others) in /usr/bin/x[4242]\n");
	event.verdict = VERDICT_WOULD_DENY;
	event.count = 12;
	event.why = NULL;
	cr_assert_eq(event_text(&event, &line), 0);
	cr_expect_str_eq(line.data,
			 "bailiff: would deny ioctl(fd=0, cmd=TIOCSTI, arg=0x7ffd0f3a) = EPERM by "
			 "web.yaml:27 in /usr/bin/x[4242], 12 times\n");
	event.verdict = VERDICT_KILLED;
	event.has_call = false;
	event.error = 0;
	event.rule_file = NULL;
	event.count = 1;
	cr_assert_eq(event_text(&event, &line), 0);
	cr_expect_str_eq(line.data, "bailiff: killed for a forbidden call in /usr/bin/x[4242]\n");
	event_line_clear(&line);
}

Test(event, lost_and_partial)
{
	struct event_partial partial = {"web.yaml", 12, "files", "not \"yet\""};
	struct event_line line = {0};

	cr_assert_eq(event_json_lost("report-full", 7, &line), 0);
	cr_expect_str_eq(line.data, "{\"lost\":{\"kind\":\"report-full\",\"count\":7}}\n");
	cr_assert_eq(event_json_partial(&partial, &line), 0);
	cr_expect_str_eq(line.data, "{\"partial\":{\"rule\":\"web.yaml:12\",\"class\":\"files\","
				    "\"reason\":\"not \\\"yet\\\"\"}}\n");
	cr_assert_eq(event_text_partial(&partial, &line), 0);
	cr_expect_str_eq(line.data, "bailiff: not enforced: web.yaml:12: files: not \"yet\"\n");
	event_line_clear(&line);
}

Test(event, a_packed_process_is_a_copy)
{
	struct event_process *packed = event_process_pack(&process);
	struct event event = example();

	event.process = packed;
	json_decref(load(&event));
	cr_expect_str_eq(packed->exe, "/usr/bin/x");
	cr_expect_neq(packed->exe, process.exe);
	cr_expect_str_eq(packed->ancestors[0].comm, "systemd");
	cr_expect_str_eq(packed->group, "www");
	cr_expect_neq(packed->group, process.group);
	cr_expect_null(packed->container);
	free(packed);
}

Test(event, a_packed_process_has_a_limit)
{
	struct event_task ancestors[EVENT_MAX_ANCESTORS];
	struct event_process huge = process, *packed;
	char path[6000];

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(ancestors); i++)
		ancestors[i] = (struct event_task){2, path, "y"};
	huge.exe = huge.cgroup = path;
	huge.ancestors = ancestors;
	huge.n_ancestors = EVENT_MAX_ANCESTORS;
	packed = event_process_pack(&huge);
	cr_expect_leq(packed->size, EVENT_MAX_PROCESS);
	cr_expect_eq(strlen(packed->exe), 4095);
	cr_expect_eq(packed->n_ancestors, 1);
	free(packed);
	huge.user = huge.container = huge.comm = path;
	packed = event_process_pack(&huge);
	cr_expect_leq(packed->size, EVENT_MAX_PROCESS);
	cr_expect_eq(packed->n_ancestors, 0);
	free(packed);
}

/* Dates are made by arithmetic of our own; the C library has the same ones. */
Test(event, every_date)
{
	struct event event = example();
	struct event_line line = {0};
	char want[64];
	struct tm tm;

	for (int64_t day = 0; day < 8030ll * 366; day++) {
		event.time.tv_sec = day * 86400 + day * 7919 % 86400;
		if (event.time.tv_sec > 253402300799)
			break;
		if (day % 16 && (day + 3) % 365 > 5) /* around new year, and now and then */
			continue;
		gmtime_r(&event.time.tv_sec, &tm);
		strftime(want, sizeof(want), "{\"time\":\"%Y-%m-%dT%H:%M:%S.123456789Z\"", &tm);
		cr_assert_eq(event_json(&event, &line), 0);
		cr_assert_eq(strncmp(line.data, want, strlen(want)), 0, "%.50s, not %s", line.data,
			     want);
	}
	for (int i = 0; i < 2; i++) {
		event.time.tv_sec = i ? -1 : 253402300800;
		cr_assert_eq(event_json(&event, &line), 0);
		cr_expect_eq(strncmp(line.data, "{\"time\":null,", 13), 0);
	}
	event_line_clear(&line);
}
