/* SPDX-License-Identifier: Apache-2.0 */
/* The front's outbox and real writers, which are killed, and whose store goes away. */
#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../enforcer/service/room.h"
#include "bailiff/store.h"

static char dir[] = "/tmp/outbox-XXXXXX";
static char path[64];
static struct outbox *outbox;
static struct ledger *ledger;
static pid_t writer;

static void tell(const struct diag *diag)
{
	diag_print(diag, stderr);
}

static void say(const char *text)
{
	fprintf(stderr, "%s\n", text);
}

static const struct service_options options = {.tell = tell, .say = say};

static void begin_writer(void)
{
	int ends[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	writer = fork();
	if (writer == 0) {
		const struct writer_plan plan = {
			.path = path, .end = ends[1], .ledger = ledger, .options = &options};

		close(ends[0]);
		_exit(writer_run(&plan));
	}
	close(ends[1]);
	outbox_connect(outbox, ends[0]);
}

static int end_writer(int signal)
{
	int status = 0;

	if (signal)
		kill(writer, signal);
	cr_assert_eq(waitpid(writer, &status, 0), writer);
	return status;
}

static void setup(void)
{
	cr_assert_not_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/v.db", dir);
	ledger = ledger_new(0);
	cr_assert_not_null(ledger);
	cr_assert_eq(outbox_new(ledger, &outbox), 0);
}

static void teardown(void)
{
	char command[96];

	outbox_free(outbox);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	cr_expect_eq(system(command), 0);
}

TestSuite(outbox, .init = setup, .fini = teardown, .timeout = 120);

static void put(const char *object, unsigned count)
{
	struct event event = {.class = CLASS_FILES,
			      .verdict = VERDICT_DENIED,
			      .policy = "web",
			      .rule_file = "web.yaml",
			      .plane = "lsm",
			      .operation = "read",
			      .object = object,
			      .count = count};

	ledger_take(ledger, count);
	outbox_event(outbox, &event);
}

static struct store_summary summary(const char *store_name)
{
	CLEANUP(store_freep) struct store *store = NULL;
	const struct store_filter everything = {0};
	struct store_summary sum = {0};

	cr_assert_eq(store_open(store_name, NULL, NULL, &store), 0);
	cr_assert_eq(store_check(store, NULL), 0);
	cr_assert_eq(store_summarize(store, &everything, NULL, &sum), 0);
	return sum;
}

static void wait_a_little(int ms)
{
	struct pollfd pfd = outbox_poll(outbox);

	(void)poll(&pfd, 1, ms);
	outbox_turn(outbox);
}

Test(outbox, into_the_store)
{
	begin_writer();
	put("/a", 3);
	put("/b", 4);
	ledger_take(ledger, 5);
	outbox_lost(outbox, "ring-full", 5);
	cr_expect_eq(ledger_unstored(ledger), 12);
	cr_expect_eq(ledger_unreported(ledger), 12);
	cr_expect_eq(outbox_finish(outbox, 20000), 0);
	cr_expect_eq(ledger_unstored(ledger), 0);
	ledger_reported(ledger, 2);
	cr_expect_eq(ledger_unreported(ledger), 2);
	outbox_free(STEAL(outbox));
	cr_expect_eq(end_writer(0), 0, "it ends with the front");
	cr_expect_eq(summary(path).violations, 7);
	cr_expect_eq(summary(path).kinds, 2);
	cr_expect_eq(summary(path).lost, 5);
}

/* What is put while nobody writes waits; what was on its way is sent again, and counts once. */
Test(outbox, writers_are_killed)
{
	uint64_t all = 0;
	char name[32];

	for (int i = 0; i < 20; i++) {
		begin_writer();
		for (unsigned j = 0; j < 2000; j++) {
			snprintf(name, sizeof(name), "/%u", j);
			put(name, 1 + (unsigned)i);
			all += 1 + (unsigned)i;
			if (j % 100 == 0)
				outbox_turn(outbox);
		}
		/* At half of it, so that it may be anywhere on its way. */
		for (int j = 0; j < 20 + i * 3; j++)
			wait_a_little(20);
		cr_expect(WIFSIGNALED(end_writer(SIGKILL)));
		put("/between", 1);
		all++;
		outbox_turn(outbox);
	}
	begin_writer();
	cr_expect_eq(outbox_finish(outbox, 60000), 0);
	outbox_free(STEAL(outbox));
	cr_expect_eq(end_writer(0), 0);
	cr_expect_eq(summary(path).violations, all);
	cr_expect_eq(summary(path).kinds, 2001);
	cr_expect_eq(summary(path).lost, 0);
}

Test(outbox, another_directory_in_its_place)
{
	char other[64];

	begin_writer();
	put("/a", 3);
	cr_expect_eq(outbox_finish(outbox, 20000), 0);
	snprintf(other, sizeof(other), "%s/away", dir);
	/* The file: it begins another. */
	cr_assert_eq(rename(path, other), 0);
	put("/b", 4);
	cr_expect_eq(outbox_finish(outbox, 20000), 0);
	cr_expect_eq(summary(path).violations, 4);
	outbox_free(STEAL(outbox));
	cr_expect_eq(end_writer(0), 0);
}

/* What the writer may do without is gone, and so is all but its directory. */
Test(outbox, writer_has_no_more)
{
	char name[64], text[4096] = "";
	FILE *file;

	begin_writer();
	put("/a", 3);
	cr_expect_eq(outbox_finish(outbox, 20000), 0);
	snprintf(name, sizeof(name), "/proc/%d/status", writer);
	file = fopen(name, "re");
	cr_assert_not_null(file);
	cr_expect_gt(fread(text, 1, sizeof(text) - 1, file), 0);
	fclose(file);
	cr_expect_not_null(strstr(text, "CapPrm:\t0000000000000000"), "%s", text);
	cr_expect_not_null(strstr(text, "CapBnd:\t0000000000000000"));
	cr_expect_not_null(strstr(text, "NoNewPrivs:\t1"));
	cr_expect_not_null(strstr(text, "Seccomp:\t2"));
	outbox_free(STEAL(outbox));
	cr_expect_eq(end_writer(0), 0);
}

/* A batch that makes no sense: the front is told, and counts it as lost. */
Test(outbox, nonsense)
{
	const uint64_t length = 100;
	struct store_receipt receipt = {0};
	char bytes[100] = "nonsense";
	int ends[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	writer = fork();
	if (writer == 0) {
		const struct writer_plan plan = {
			.path = path, .end = ends[1], .ledger = ledger, .options = &options};

		close(ends[0]);
		_exit(writer_run(&plan));
	}
	close(ends[1]);
	cr_assert_eq(write(ends[0], &length, sizeof(length)), sizeof(length));
	cr_assert_eq(write(ends[0], bytes, sizeof(bytes)), sizeof(bytes));
	cr_assert_eq(read(ends[0], &receipt, sizeof(receipt)), sizeof(receipt));
	cr_expect_eq(receipt.result, -EBADMSG);
	close(ends[0]);
	cr_expect_eq(end_writer(0), 0);
}
