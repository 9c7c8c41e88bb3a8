/* SPDX-License-Identifier: Apache-2.0 */
#include "help_report.h"

struct report_look help_look(unsigned width)
{
	return (struct report_look){.now = (T0 + 3600) * 1000000000, .width = width};
}

struct store *help_store(void)
{
	const struct store_options options = {.write = true};
	struct store *store = NULL;

	cr_assert_eq(store_open(":memory:", &options, NULL, &store), 0);
	return store;
}

void help_put(struct store *store, const struct event *event)
{
	store_put(store, event);
	cr_assert_eq(store_commit(store, 0, NULL), 0);
}

struct event help_event(const char *object, int64_t seconds)
{
	return (struct event){
		.time = {T0 + seconds, 0},
		.policy = "w",
		.class = CLASS_FILES,
		.verdict = VERDICT_DENIED,
		.plane = "lsm",
		.operation = "read",
		.object = object,
		.count = 1,
	};
}

static void put(struct store *store, struct event event, const char *rule, unsigned line,
		const char *exe, const char *container)
{
	const struct event_process process = {
		.uid = -1, .gid = -1, .exe = exe, .container = container};

	event.rule_file = rule;
	event.rule_line = line;
	event.process = &process;
	help_put(store, &event);
}

struct store *help_four(void)
{
	struct store *store = help_store();
	struct event event = help_event("/etc/shadow", 3000);

	event.policy = "web";
	event.error = EACCES;
	event.count = 1234567;
	put(store, event, "web.yaml", 27, "/usr/sbin/nginx", NULL);
	event = help_event(NULL, 0);
	event.policy = "web";
	event.class = CLASS_SYSCALLS;
	event.operation = "ptrace";
	event.verdict = VERDICT_KILLED;
	event.count = 2;
	put(store, event, "web.yaml", 9, "/usr/bin/gdb", "8d4f0b6b2e0c4b2c9a3f5e7d");
	event = help_event("10.0.0.1:443/tcp", 3599);
	event.policy = "db";
	event.class = CLASS_NETWORK;
	event.operation = "connect";
	event.verdict = VERDICT_WOULD_DENY;
	event.error = EPERM;
	put(store, event, "db.yaml", 4, "/usr/bin/curl", NULL);
	event = help_event("/srv/日本語", 60);
	event.policy = "web";
	event.operation = "write";
	event.verdict = VERDICT_AUDITED;
	event.count = 40;
	put(store, event, "web.yaml", 30, "/usr/bin/vi", NULL);
	store_put_lost(store, "ring-full", 7, T0 * 1000000000);
	cr_assert_eq(store_commit(store, 0, NULL), 0);
	return store;
}

char *help_table(struct store *store, const struct store_filter *filter,
		 const struct report_look *look)
{
	CLEANUP(report_freep) struct report *report = NULL;
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	cr_assert_eq(report_new(store, filter, NULL, &report), 0);
	report_table(report, look, out);
	cr_assert_eq(fclose(out), 0);
	return text;
}

char *help_show(struct store *store, int64_t id, const struct report_look *look)
{
	struct store_detail *detail = NULL;
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	cr_assert_eq(store_show(store, id, NULL, &detail), 0);
	report_show(detail, NULL, look, out);
	cr_assert_eq(fclose(out), 0);
	store_detail_free(detail);
	return text;
}

void help_golden(const char *text, const char *name)
{
	CLEANUP(free_ptr) char *want = NULL;
	size_t length;
	char path[256];

	snprintf(path, sizeof(path), "tests/report/golden/%s", name);
	cr_assert_eq(read_file(path, 1 << 20, 0, &want, &length), 0, "%s", path);
	cr_expect_str_eq(text, want, "%s:\n%s", name, text);
}
