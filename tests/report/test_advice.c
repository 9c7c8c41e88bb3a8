/* SPDX-License-Identifier: Apache-2.0 */
/* One kind: the rule's lines, and what to change. The policies are files of this test's own. */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/suggest.h"
#include "help_report.h"

TestSuite(advice, .timeout = 120);

#define HEAD "version: 1\nname: t\narchitectures: [x86_64]\n"
#define DENY HEAD "syscalls:\n  default: allow\n  deny:\n    - ioctl: {cmd: [TIOCSTI, TIOCLINUX]}\n"

static char directory[] = "/tmp/bailiff-report-XXXXXX";

static void clean(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", directory);
	if (system(command) != 0)
		fprintf(stderr, "%s failed\n", command);
}

/* Writes a file of ours; its path, until the next. */
static const char *file(const char *name, const char *text)
{
	static char path[128];
	FILE *out;

	if (strstr(directory, "XXXXXX")) {
		cr_assert(mkdtemp(directory));
		atexit(clean);
	}
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	out = fopen(path, "w");
	cr_assert_not_null(out);
	fputs(text, out);
	cr_assert_eq(fclose(out), 0);
	return path;
}

static struct event ioctl_event(const char *rule, unsigned line, uint64_t cmd)
{
	struct event event = help_event(NULL, 0);

	event.policy = "t";
	event.class = CLASS_SYSCALLS;
	event.operation = NULL;
	event.plane = "seccomp";
	event.rule_file = rule;
	event.rule_line = line;
	event.has_call = true;
	event.call = (struct event_call){.arch = ARCH_X86_64,
					 .audit_arch = arch_audit(ARCH_X86_64),
					 .nr = 16,
					 .args = {0, cmd, 0x7ffd0000}};
	return event;
}

struct told {
	char *text;
	int r;
	char error[512];
};

static struct told advise(struct store *store, const char *policy_file)
{
	CLEANUP(report_advice_freep) struct report_advice *advice = NULL;
	CLEANUP(diag_freep) struct diag *diag = NULL;
	const struct report_look look = help_look(0);
	struct store_detail *detail = NULL;
	struct told told = {.text = NULL};
	size_t length;
	FILE *out = open_memstream(&told.text, &length);

	cr_assert_eq(diag_new(&diag), 0);
	cr_assert_eq(store_show(store, 1, NULL, &detail), 0);
	told.r = report_advise(detail, policy_file, diag, &advice);
	if (told.r == 0)
		report_advice_print(advice, &look, out);
	else if (diag_count(diag))
		snprintf(told.error, sizeof(told.error), "%s",
			 diag_at(diag, diag_count(diag) - 1)->text);
	cr_assert_eq(fclose(out), 0);
	store_detail_free(detail);
	return told;
}

static void expect_part(const struct told *told, const char *part)
{
	cr_expect(strstr(told->text, part), "no '%s' in:\n%s%s", part, told->text, told->error);
}

Test(advice, an_argument_that_only_the_counts_have)
{
	const char *path = file("t.yaml", DENY);
	struct event event = ioctl_event(path, 7, TIOCLINUX);
	struct store *store = help_store();
	struct told told;

	/* More than there are records: the first is known by its arguments alone. */
	help_put(store, &event);
	for (unsigned i = 0; i < STORE_RECORDS + 2; i++) {
		event = ioctl_event(path, 7, TIOCSTI);
		event.time.tv_sec += i;
		help_put(store, &event);
	}
	told = advise(store, NULL);
	cr_assert_eq(told.r, 0, "%s", told.error);
	expect_part(&told, "\n-    - ioctl: {cmd: [TIOCSTI, TIOCLINUX]}\n");
	cr_expect_null(strstr(told.text, "\n+    - ioctl"), "%s", told.text);
	expect_part(&told, "warning:\n  ");
	free(told.text);
	store_free(store);
}

Test(advice, what_it_says_where_the_policy_is_not_what_it_was)
{
	static const struct {
		const char *why, *text, *want[2];
	} rows[] = {
		{"a line more",
		 "# more\n" DENY,
		 {"t.yaml:8 does now: the policy has changed since", "\n+++ "}},
		{"it is allowed",
		 HEAD "syscalls: {default: allow, deny: [reboot]}\n",
		 {"as it is now, allows this: nothing is to be changed",
		  "the policy has changed since"}},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *path = file("t.yaml", DENY);
		struct event event = ioctl_event(path, 7, TIOCSTI);
		struct store *store = help_store();
		struct told told;

		help_put(store, &event);
		file("t.yaml", rows[i].text);
		told = advise(store, NULL);
		cr_assert_eq(told.r, 0, "%s: %s", rows[i].why, told.error);
		expect_part(&told, rows[i].want[0]);
		expect_part(&told, rows[i].want[1]);
		free(told.text);
		store_free(store);
	}
}

Test(advice, what_it_says_where_there_is_no_policy)
{
	static const struct {
		const char *why, *text, *given, *want;
		int r;
	} rows[] = {
		{"gone", NULL, NULL, "name it with --policy-file", -ENOENT},
		{"another's name", "version: 1\nname: other\nsyscalls: {default: allow}\n", NULL,
		 "name it with --policy-file", -ENOENT},
		{"broken", "version: 1\nname: t\nsyscalls: {default: perhaps}\n", NULL,
		 "name it with --policy-file", -ENOENT},
		{"given, and another", DENY, "policies/strict.yaml",
		 "is another policy: this was seen under t", -EINVAL},
		{"given, and not there", DENY, "/nonexistent/t.yaml", "No such file", -ENOENT},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *path = file("t.yaml", rows[i].text ? rows[i].text : "");
		struct event event = ioctl_event(path, 7, TIOCSTI);
		struct store *store = help_store();
		struct told told;

		help_put(store, &event);
		if (!rows[i].text)
			cr_assert_eq(unlink(path), 0);
		told = advise(store, rows[i].given);
		cr_expect_eq(told.r, rows[i].r, "%s: %d", rows[i].why, told.r);
		cr_expect(strstr(told.error, rows[i].want), "%s: %s", rows[i].why, told.error);
		free(told.text);
		store_free(store);
	}
}

Test(advice, a_rule_of_an_included_file)
{
	struct store *store = help_store();
	struct event event;
	struct told told;
	char base[128];

	snprintf(base, sizeof(base), "%s",
		 file("base.yaml", "version: 1\nname: base\nsyscalls:\n  default: allow\n  deny:\n"
				   "    - ioctl\n"));
	file("t.yaml", HEAD "include: [base]\nsyscalls: {default: allow}\n");
	event = ioctl_event(base, 6, TIOCSTI);
	help_put(store, &event);
	told = advise(store, NULL);
	cr_assert_eq(told.r, 0, "%s", told.error);
	expect_part(&told, "/t.yaml\n@@");
	expect_part(&told, "base.yaml stays as it is");
	cr_expect_null(strstr(told.text, "changed since"), "%s", told.text);
	free(told.text);
	store_free(store);
}

Test(advice, a_policy_inside_of_the_program)
{
	struct event event = help_event(NULL, 0);
	struct store *store = help_store();
	struct told told;

	event.policy = "strict";
	event.class = CLASS_SYSCALLS;
	event.operation = NULL;
	event.rule_file = "shipped/strict.yaml";
	event.has_call = true;
	event.call = (struct event_call){
		.arch = ARCH_X86_64, .audit_arch = arch_audit(ARCH_X86_64), .nr = 80};
	help_put(store, &event);
	told = advise(store, NULL);
	cr_assert_eq(told.r, 0, "%s", told.error);
	expect_part(&told, "--- shipped/strict.yaml\n");
	expect_part(&told, "--output /etc/bailiff/policies/strict.yaml\n");
	free(told.text);
	store_free(store);
}

Test(advice, a_file_that_a_hook_refused)
{
	const char *path =
		file("t.yaml", HEAD "files:\n  default: allow\n  deny:\n"
				    "    - {paths: [/etc/shadow, /etc/gshadow], access: [read]}\n");
	struct event event = help_event("/etc/shadow", 0);
	struct store *store = help_store();
	struct told told;

	event.policy = "t";
	event.rule_file = path;
	event.rule_line = 7;
	help_put(store, &event);
	told = advise(store, NULL);
	cr_assert_eq(told.r, 0, "%s", told.error);
	expect_part(&told, "\n+++ ");
	cr_expect_null(strstr(told.text, "changed since"), "%s", told.text);
	free(told.text);
	store_free(store);
}

Test(advice, what_cannot_be_asked_again)
{
	struct store *store = help_store();
	struct event event = help_event("guard", 0);
	struct told told;
	static const char line[] =
		"{\"verdict\":\"denied\",\"policy\":\"t\",\"class\":\"syscalls\",\"syscall\":{"
		"\"name\":\"ioctl\","
		"\"number\":16,\"arch\":\"x86_64\",\"args\":{\"fd\":0,\"cmd\":\"TIOCNEW\"}}}";

	cr_assert_eq(store_put_line(store, line, strlen(line)), 0);
	cr_assert_eq(store_commit(store, 0, NULL), 0);
	told = advise(store, NULL);
	cr_expect_eq(told.r, -EINVAL);
	cr_expect(strstr(told.error, "can't be read back"), "%s", told.error);
	free(told.text);
	store_free(store);
	store = help_store();
	event.policy = NULL;
	event.class = (enum policy_class)0;
	event.operation = "kill";
	help_put(store, &event);
	told = advise(store, NULL);
	cr_expect_eq(told.r, -EINVAL);
	cr_expect(strstr(told.error, "own protection"), "%s", told.error);
	free(told.text);
	store_free(store);
}

/* --- The rule's lines ----------------------------------------------------------------------------- */

Test(advice, show_says_which_line_it_is)
{
	static const struct {
		const char *why, *now;
		unsigned line;
		const char *want, *never;
	} rows[] = {
		{"as it was", DENY, 7, "\nthe rule, as its file is now:\n", "changed since"},
		{"moved", "# more\n" DENY, 7, "\nthe policy has changed since; now ", ">     7"},
		{"gone", HEAD "syscalls:\n  default: allow\n  deny:\n    - reboot\n    - ptrace\n",
		 7, "\nthe policy has changed since: it allows this now\n", "ptrace"},
		{"another policy", "version: 1\nname: u\n\n\n\n\n# g\n", 7,
		 "\nits file was changed at ", "the rule, as"},
		{"not a policy any more", "a: [\nb\nc\nd\ne\nf\ng\nh\n", 7,
		 "\nthe policy's file is not found from here", "7  g"},
		{"shorter", "a: [\n", 7, "\nthe policy's file is not found from here", "a: ["},
	};
	struct report_look look = help_look(0);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *path = file("t.yaml", rows[i].now);
		struct event event = ioctl_event(path, rows[i].line, TIOCSTI);
		struct store *store = help_store();
		const struct timespec times[2] = {{T0 + 1, 0}, {T0 + 1, 0}};
		CLEANUP(free_ptr) char *text = NULL;

		cr_assert_eq(utimensat(AT_FDCWD, path, times, 0), 0);
		help_put(store, &event);
		text = help_show(store, 1, &look);
		cr_expect(strstr(text, rows[i].want), "%s:\n%s", rows[i].why, text);
		cr_expect_null(strstr(text, rows[i].never), "%s:\n%s", rows[i].why, text);
		store_free(store);
	}
}
