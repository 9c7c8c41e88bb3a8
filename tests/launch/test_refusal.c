/* SPDX-License-Identifier: Apache-2.0 */
/* A denial of Landlock, as it is told. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../enforcer/launch/room.h"

static const char text[] =
	"version: 1\n"
	"name: web\n"
	"files:\n"
	"  default: allow\n"
	"  deny:\n"
	"    - {paths: [/secret/**], access: [read, write, create, delete, rename], why: shut}\n"
	"    - {paths: [/quiet/**], access: [read, write, create, delete, rename], report: no}\n"
	"exec:\n"
	"  default: deny\n"
	"  allow: [/usr/bin/**]\n"
	"network:\n"
	"  default: deny\n"
	"  allow:\n"
	"    - {connect: [\"*:80/tcp\"], bind: [\"*:80/tcp\", \"unix:@*\"], listen: "
	"[\"*:0/tcp\"]}\n";

static char report[] = "/tmp/refusal-test-XXXXXX";
static struct policy *policy;
static struct landlock *landlock;
static struct teller teller;
static struct keep keep = {.off = true};

static void setup(void)
{
	const struct landlock_options options = {.abi = LANDLOCK_ABI_NEWEST};
	int fd = mkstemp(report);

	cr_assert_geq(fd, 0);
	close(fd);
	cr_assert_eq(policy_parse(text, sizeof(text) - 1, "web.yaml", NULL, &policy), 0);
	cr_assert_eq(landlock_compile(policy, &options, NULL, &landlock), 0);
	teller = (struct teller){.policy = policy, .landlock = landlock, .keep = &keep};
	cr_assert_eq(sink_open(report, NULL, &teller.sink), 0);
	cr_assert_eq(event_fold_new(teller_tell, &teller, &teller.fold), 0);
	cr_assert_eq(summary_new(&teller.summary), 0);
	cr_assert_eq(processes_new(&teller.processes), 0);
}

static void teardown(void)
{
	unlink(report);
	event_fold_free(teller.fold);
	summary_free(teller.summary);
	processes_free(teller.processes);
	sink_free(teller.sink);
	landlock_free(landlock);
	policy_free(policy);
}

TestSuite(refusal, .init = setup, .fini = teardown);

/* What has been told since the last time. */
static const char *told(void)
{
	static char lines[8192];
	FILE *file;
	size_t n;

	event_fold_flush(teller.fold, INT64_MAX);
	sink_finish(teller.sink, 1000);
	file = fopen(report, "re");
	cr_assert_not_null(file);
	n = fread(lines, 1, sizeof(lines) - 1, file);
	lines[n] = '\0';
	fclose(file);
	cr_assert_eq(truncate(report, 0), 0);
	return lines;
}

static const struct refusal_case {
	enum audit_blocker blocker;
	uint64_t rights;
	const char *object;
	uint16_t port;
	int error;
	const char *rule, *class, *operation, *errno_name, *told;
} cases[] = {
	{BLOCKER_FS, LANDLOCK_READ_FILE, "/secret/x", 0, 0, "\"web.yaml:6\"", "\"files\"", "read",
	 "EACCES", "/secret/x"},
	{BLOCKER_FS, LANDLOCK_READ_DIR, "/secret", 0, 0, "\"web.yaml:6\"", "\"files\"", "read",
	 "EACCES", "/secret"},
	{BLOCKER_FS, LANDLOCK_WRITE_FILE | LANDLOCK_TRUNCATE, "/secret/a\n", 0, 0, "\"web.yaml:6\"",
	 "\"files\"", "write", "EACCES", "/secret/a\\u000a"},
	{BLOCKER_FS, LANDLOCK_MAKE_REG, "/secret", 0, 0, "\"web.yaml:6\"", "\"files\"", "create",
	 "EACCES", "/secret/"},
	{BLOCKER_FS, LANDLOCK_REMOVE_FILE | LANDLOCK_MAKE_REG, "/secret/d", 0, EXDEV,
	 "\"web.yaml:6\"", "\"files\"", "delete", "EXDEV", "/secret/d/"},
	/* Allowed by itself: what is denied in it is to blame. */
	{BLOCKER_FS, LANDLOCK_MAKE_DIR, "/", 0, 0, "\"web.yaml:7\"", "\"files\"", "create",
	 "EACCES", "/"},
	/* The right that the policy denies there, not the first. */
	{BLOCKER_FS, LANDLOCK_EXECUTE | LANDLOCK_READ_FILE, "/secret/x", 0, 0, "\"web.yaml:9\"",
	 "\"exec\"", "exec", "EACCES", "/secret/x"},
	{BLOCKER_FS, LANDLOCK_EXECUTE | LANDLOCK_WRITE_FILE, "/usr/bin/x", 0, 0, "\"web.yaml:9\"",
	 "\"exec\"", "exec", "EACCES", "/usr/bin/x"},
	{BLOCKER_FS, LANDLOCK_EXECUTE, "/opt/x", 0, 0, "\"web.yaml:9\"", "\"exec\"", "exec",
	 "EACCES", "/opt/x"},
	{BLOCKER_NET, LANDLOCK_CONNECT_TCP, "127.0.0.1", 7001, 0, "\"web.yaml:12\"", "\"network\"",
	 "connect", "EACCES", "127.0.0.1:7001/tcp"},
	{BLOCKER_NET, LANDLOCK_BIND_TCP, "::1", 7001, 0, "\"web.yaml:12\"", "\"network\"", "bind",
	 "EACCES", "[::1]:7001/tcp"},
	{BLOCKER_NET, LANDLOCK_BIND_TCP, "", 0, 0, "\"web.yaml:12\"", "\"network\"", "bind",
	 "EACCES", "*:0/tcp"},
	/* Denied, though the port may be had: the kernel knew no port. */
	{BLOCKER_NET, LANDLOCK_BIND_TCP, "", 80, 0, "\"web.yaml:12\"", "\"network\"", "bind",
	 "EACCES", "*:80/tcp"},
	{BLOCKER_ABSTRACT_UNIX, 0, "name", 0, 0, "\"web.yaml:12\"", "\"network\"", "connect",
	 "EPERM", "unix:@name"},
	{BLOCKER_FS, LANDLOCK_RESOLVE_UNIX, "/run/s", 0, 0, "\"web.yaml:12\"", "\"network\"",
	 "connect", "EACCES", "unix:/run/s"},
	{BLOCKER_SIGNAL, 0, "", 0, 0, "null", "null", "signal", "EPERM", "7 (a b)"},
	{BLOCKER_PTRACE, 0, "", 0, 0, "null", "null", "trace", "EPERM", "7 (a b)"},
	{BLOCKER_TOPOLOGY, 0, "/mnt", 0, 0, "null", "null", "mount", "EPERM", "/mnt"},
	{BLOCKER_UNKNOWN, 0, "/x", 0, 0, "null", "null", "unknown", "EACCES", "/x"},
};

static struct audit_record denial_of(const struct refusal_case *c)
{
	struct audit_record denial = {.type = AUDIT_ACCESS,
				      .time_ns = 1795389657908000000,
				      .blocker = c->blocker,
				      .rights = c->rights,
				      .port = c->port};

	strcpy(c->blocker == BLOCKER_NET ? denial.address : denial.object, c->object);
	denial.object_length = strlen(denial.object);
	if (c->blocker == BLOCKER_SIGNAL || c->blocker == BLOCKER_PTRACE) {
		denial.other = 7;
		strcpy(denial.other_comm, "a b");
	}
	return denial;
}

Test(refusal, what_is_told)
{
	char wanted[512];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct refusal_case *c = &cases[i];
		struct audit_record denial = denial_of(c);
		struct audit_record task = {.type = AUDIT_TASK,
					    .pid = INT_MAX,
					    .uid = 0,
					    .gid = -1,
					    .exe = "/gone",
					    .comm = "it",
					    .error = c->error};
		const char *line;

		teller_refused(&teller, &denial, &task);
		line = told();
		snprintf(
			wanted, sizeof(wanted),
			"\"class\":%s,\"operation\":\"%s\",\"verdict\":\"denied\",\"errno\":\"%s\","
			"\"plane\":\"landlock\",\"syscall\":null,\"object\":\"%s\",\"process\":"
			"{\"pid\":2147483647,\"tid\":null,\"start\":null,\"exe\":\"/gone\","
			"\"comm\":\"it\",\"uid\":0,\"user\":\"root\",\"gid\":null",
			c->class, c->operation, c->errno_name, c->told);
		cr_expect(strstr(line, wanted), "%zu: no %s in %s", i, wanted, line);
		snprintf(wanted, sizeof(wanted), "\"rule\":%s,", c->rule);
		cr_expect(strstr(line, wanted), "%zu: no %s in %s", i, wanted, line);
		cr_expect(strstr(line, "\"time\":\"2026-11-22T"), "%s", line);
	}
}

Test(refusal, nobody_is_known)
{
	struct audit_record denial = denial_of(&cases[0]);

	teller_refused(&teller, &denial, NULL);
	cr_expect(strstr(told(), "\"process\":null"));
	denial.object[0] = '\0';
	teller_refused(&teller, &denial, NULL);
	cr_expect(strstr(told(), "\"rule\":null,\"why\":null,\"class\":\"files\",\"operation\":"
				 "\"read\",\"verdict\":\"denied\",\"errno\":\"EACCES\",\"plane\":"
				 "\"landlock\",\"syscall\":null,\"object\":null,\"process\":null"));
	/* Of a path's last part no rule is told. */
	strcpy(denial.object, "/");
	denial.partial = true;
	teller_refused(&teller, &denial, NULL);
	cr_expect(strstr(told(), "\"rule\":null"));
}

Test(refusal, an_abstract_name_is_told_whole)
{
	struct audit_record denial = {.type = AUDIT_ACCESS, .blocker = BLOCKER_ABSTRACT_UNIX};

	memcpy(denial.object, "a\0b", 3);
	denial.object_length = 3;
	teller_refused(&teller, &denial, NULL);
	cr_expect(strstr(told(), "\"object\":\"unix:@a\\\\x00b\""));
}

Test(refusal, quiet_ones_are_not_told)
{
	struct audit_record denial = denial_of(&cases[0]);

	strcpy(denial.object, "/quiet/x");
	teller_refused(&teller, &denial, NULL);
	strcpy(denial.object, "/quiet");
	denial.rights = LANDLOCK_MAKE_REG;
	teller_refused(&teller, &denial, NULL);
	cr_expect_str_eq(told(), "");
	cr_expect(summary_is_empty(teller.summary));
}

Test(refusal, repeats_are_folded)
{
	struct audit_record denial = denial_of(&cases[2]);
	const char *lines;

	for (int i = 0; i < 10; i++) {
		denial.rights = i % 2 ? LANDLOCK_WRITE_FILE : LANDLOCK_TRUNCATE;
		teller_refused(&teller, &denial, NULL);
	}
	denial.object[8] = 'b';
	teller_refused(&teller, &denial, NULL);
	lines = told();
	cr_expect(strstr(lines, "\"count\":9}"), "%s", lines);
	cr_expect_eq(strstr(lines, "\"count\":9}")[11], '\0', "it is the last of three: %s", lines);
}

/* Of ourselves more is known than the record says; but not if it says otherwise, or was before us. */
Test(refusal, who_it_was)
{
	char exe[PATH_MAX] = "";
	struct event_process who = {
		.pid = getpid(), .uid = geteuid(), .gid = getegid(), .exe = exe, .comm = "renamed"};
	const struct event_process *process;
	int64_t now = (int64_t)time(NULL) * 1000000000;

	cr_assert_gt(readlink("/proc/self/exe", exe, sizeof(exe) - 1), 0);
	process = processes_told(teller.processes, &who, now + 1000000000);
	cr_expect_eq(process->pid, getpid());
	cr_expect_eq(process->tid, 0);
	cr_expect_gt(process->start_ns, 0);
	cr_expect_gt(process->n_ancestors, 0);
	cr_expect_str_eq(process->comm, "renamed");
	process = processes_told(teller.processes, &who, process->start_ns - 1000000000);
	cr_expect_eq(process->start_ns, 0);
	cr_expect_eq(process->n_ancestors, 0);
	cr_expect_str_eq(process->exe, exe);
	who.exe = "/another";
	process = processes_told(teller.processes, &who, now + 1000000000);
	cr_expect_eq(process->n_ancestors, 0);
	cr_expect_null(process->cgroup);
	cr_expect_str_eq(process->exe, "/another");
	cr_expect_eq(process->uid, geteuid());
}
