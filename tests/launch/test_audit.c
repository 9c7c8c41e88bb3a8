/* SPDX-License-Identifier: Apache-2.0 */
/* Records of the audit stream, as Linux 6.18 and 7.3 send them, and what is made of them. */
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>

#include "../../enforcer/launch/audit.h"

#define STAMP "audit(1795389657.908:7): "
#define MS    1000000ll

static struct audit_record record;

static int parse(unsigned type, const char *text)
{
	static char datagram[3 * AUDIT_DATAGRAM];
	struct nlmsghdr header = {.nlmsg_type = (uint16_t)type};

	memcpy(datagram, &header, sizeof(header));
	strcpy(datagram + sizeof(header), text);
	return audit_parse(datagram, sizeof(header) + strlen(text), &record);
}

static const struct access_case {
	const char *fields;
	enum audit_blocker blocker;
	uint64_t rights;
	const char *object;
	size_t object_length;
	bool partial;
	const char *address;
	uint16_t port;
	pid_t other;
	const char *comm;
} access_cases[] = {
	{"blockers=fs.read_dir path=\"/etc\" dev=\"rootfs\" ino=6", BLOCKER_FS, LANDLOCK_READ_DIR,
	 "/etc", 4, false, "", 0, 0, ""},
	{"blockers=fs.remove_file,fs.make_reg path=\"/tmp\" dev=\"tmpfs\" ino=1", BLOCKER_FS,
	 LANDLOCK_REMOVE_FILE | LANDLOCK_MAKE_REG, "/tmp", 4, false, "", 0, 0, ""},
	{"blockers=fs.read_file path=2F746D702F7765206972640A dev=\"tmpfs\" ino=3", BLOCKER_FS,
	 LANDLOCK_READ_FILE, "/tmp/we ird\n", 12, false, "", 0, 0, ""},
	{"blockers=fs.resolve_unix path=\"/tmp/s\"", BLOCKER_FS, LANDLOCK_RESOLVE_UNIX, "/tmp/s", 6,
	 false, "", 0, 0, ""},
	{"blockers=fs.ioctl_dev path=\"/dev/tty\" dev=\"devtmpfs\" ino=9 ioctlcmd=0x5401",
	 BLOCKER_FS, LANDLOCK_IOCTL_DEV, "/dev/tty", 8, false, "", 0, 0, ""},
	{"blockers=fs.change_topology path=\"/mnt\" dev=\"rootfs\" ino=22", BLOCKER_TOPOLOGY, 0,
	 "/mnt", 4, false, "", 0, 0, ""},
	{"blockers=fs.change_topology name=\"/\" dev=\"tmpfs\" ino=1", BLOCKER_TOPOLOGY, 0, "/", 1,
	 true, "", 0, 0, ""},
	{"blockers=net.bind_tcp saddr=127.0.0.1 src=80", BLOCKER_NET, LANDLOCK_BIND_TCP, "", 0,
	 false, "127.0.0.1", 80, 0, ""},
	{"blockers=net.connect_tcp daddr=::1 dest=8080", BLOCKER_NET, LANDLOCK_CONNECT_TCP, "", 0,
	 false, "::1", 8080, 0, ""},
	{"blockers=net.bind_udp saddr=127.0.0.1", BLOCKER_NET, LANDLOCK_BIND_UDP, "", 0, false,
	 "127.0.0.1", 0, 0, ""},
	{"blockers=net.connect_send_udp", BLOCKER_NET, LANDLOCK_CONNECT_SEND_UDP, "", 0, false, "",
	 0, 0, ""},
	{"blockers=net.bind_tcp src=65536", BLOCKER_NET, LANDLOCK_BIND_TCP, "", 0, false, "", 0, 0,
	 ""},
	{"blockers=scope.abstract_unix_socket path=006162200173", BLOCKER_ABSTRACT_UNIX, 0,
	 "ab \001s", 5, false, "", 0, 0, ""},
	{"blockers=scope.abstract_unix_socket path=0061006200", BLOCKER_ABSTRACT_UNIX, 0, "a", 4,
	 false, "", 0, 0, ""},
	{"blockers=scope.abstract_unix_socket path=6162", BLOCKER_ABSTRACT_UNIX, 0, "", 0, false,
	 "", 0, 0, ""},
	{"blockers=scope.signal opid=1 ocomm=\"init\"", BLOCKER_SIGNAL, 0, "", 0, false, "", 0, 1,
	 "init"},
	{"blockers=ptrace opid=102 ocomm=612062", BLOCKER_PTRACE, 0, "", 0, false, "", 0, 102,
	 "a b"},
	{"blockers=fs.of_tomorrow path=\"/x\"", BLOCKER_UNKNOWN, 0, "/x", 2, false, "", 0, 0, ""},
	{"blockers=fs.of_tomorrow,fs.read_file path=\"/x\"", BLOCKER_FS, LANDLOCK_READ_FILE, "/x",
	 2, false, "", 0, 0, ""},
	/* What is no path, and what is none at all. */
	{"blockers=fs.read_file path=\"<too_long>\"", BLOCKER_FS, LANDLOCK_READ_FILE, "", 0, false,
	 "", 0, 0, ""},
	{"blockers=fs.read_file path=(null)", BLOCKER_FS, LANDLOCK_READ_FILE, "", 0, false, "", 0,
	 0, ""},
	{"blockers=fs.read_file path=2F0061", BLOCKER_FS, LANDLOCK_READ_FILE, "", 0, false, "", 0,
	 0, ""},
	{"blockers=fs.read_file path=2F6", BLOCKER_FS, LANDLOCK_READ_FILE, "", 0, false, "", 0, 0,
	 ""},
	{"blockers=fs.read_file path=\"/cut", BLOCKER_FS, LANDLOCK_READ_FILE, "", 0, false, "", 0,
	 0, ""},
	{"blockers=fs.read_file", BLOCKER_FS, LANDLOCK_READ_FILE, "", 0, false, "", 0, 0, ""},
	/* The first of two. */
	{"blockers=fs.read_file path=\"/a\" path=\"/b\" blockers=ptrace", BLOCKER_FS,
	 LANDLOCK_READ_FILE, "/a", 2, false, "", 0, 0, ""},
};

Test(audit, accesses)
{
	char text[512];

	for (size_t i = 0; i < ARRAY_LEN(access_cases); i++) {
		const struct access_case *c = &access_cases[i];

		snprintf(text, sizeof(text), STAMP "domain=10ba031fd %s", c->fields);
		cr_assert_eq(parse(1423, text), 0, "%s", c->fields);
		cr_expect_eq(record.type, AUDIT_ACCESS, "%s", c->fields);
		cr_expect_eq(record.time_ns, 1795389657908 * MS, "%s", c->fields);
		cr_expect_eq(record.serial, 7, "%s", c->fields);
		cr_expect_eq(record.domain, 0x10ba031fd, "%s", c->fields);
		cr_expect_eq(record.blocker, c->blocker, "%s", c->fields);
		cr_expect_eq(record.rights, c->rights, "%s", c->fields);
		cr_expect_str_eq(record.object, c->object, "%s", c->fields);
		cr_expect_eq(record.object_length, c->object_length, "%s: %zu", c->fields,
			     record.object_length);
		cr_expect_eq(record.partial, c->partial, "%s", c->fields);
		cr_expect_str_eq(record.address, c->address, "%s", c->fields);
		cr_expect_eq(record.port, c->port, "%s", c->fields);
		cr_expect_eq(record.other, c->other, "%s", c->fields);
		cr_expect_str_eq(record.other_comm, c->comm, "%s", c->fields);
	}
}

static const struct {
	unsigned type;
	const char *text;
} wrong_cases[] = {
	{1423, ""},
	{1423, "audit("},
	{1423, "audit(1.0:1):"},
	{1423, STAMP},
	{1423, STAMP "domain=0 blockers=ptrace"},
	{1423, STAMP "domain=x blockers=ptrace"},
	{1423, STAMP "domain=10000000000000000 blockers=ptrace"},
	{1423, STAMP "blockers=ptrace"},
	{1423, STAMP "domain=1"},
	{1423, STAMP "domain=1 blockers="},
	{1423, "audit(1.1000:7): domain=1 blockers=ptrace"},
	{1423, "audit(99999999999.1:7): domain=1 blockers=ptrace"},
	{1423, "audit(1:1.7): domain=1 blockers=ptrace"},
	{1423, "audit(1.1:-7): domain=1 blockers=ptrace"},
	{1423, "Audit(1.1:7): domain=1 blockers=ptrace"},
	{1424, STAMP "domain=1"},
	{1424, STAMP "domain=1 status=allocated exe=\"/x\" comm=\"x\""},
	{1424, STAMP "domain=1 status=deallocated"},
	{1424, STAMP "domain=1 status=deallocated denials=x"},
	{1424, STAMP "domain=1 status=else pid=1 denials=1"},
	{1300, STAMP "arch=c000003e syscall=257"},
	{1300, STAMP "pid=0"},
	{1300, STAMP "pid=4294967296"},
	{1327, STAMP "proctitle=\"see\""},
	{1302, STAMP "item=0 name=\"domain=1 blockers=ptrace\""},
	{0, STAMP "domain=1 blockers=ptrace"},
};

Test(audit, what_is_none)
{
	for (size_t i = 0; i < ARRAY_LEN(wrong_cases); i++)
		cr_expect_eq(parse(wrong_cases[i].type, wrong_cases[i].text), -EINVAL, "%u %s",
			     wrong_cases[i].type, wrong_cases[i].text);
	cr_expect_eq(audit_parse("short", 5, &record), -EINVAL);
	/* Padding, as some kernels had it. */
	cr_expect_eq(audit_parse("\0\0\0\0\x28\x05\0\0\0\0\0\0\0\0\0\0audit(1.0:7): \0\0\0", 34,
				 &record),
		     0);
	cr_expect_eq(record.type, AUDIT_DONE);
}

Test(audit, domains_and_tasks)
{
	cr_assert_eq(parse(1424,
			   STAMP "domain=10ba031fd status=allocated mode=enforcing pid=103 "
				 "uid=4 exe=\"/usr/bin/see\" comm=6261696C6966662D6162632064"),
		     0);
	cr_expect_eq(record.type, AUDIT_MADE);
	cr_expect_eq(record.pid, 103);
	cr_expect_eq(record.uid, 4);
	cr_expect_str_eq(record.exe, "/usr/bin/see");
	cr_expect_str_eq(record.comm, "bailiff-abc d");
	cr_assert_eq(parse(1424, STAMP "domain=10ba031fd status=deallocated denials=30"), 0);
	cr_expect_eq(record.type, AUDIT_GONE);
	cr_expect_eq(record.denials, 30);
	cr_assert_eq(parse(1300,
			   STAMP "arch=c000003e syscall=257 success=no exit=-13 a0=ffffff9c "
				 "items=0 ppid=102 pid=103 auid=4294967295 uid=1 gid=2 euid=3 "
				 "suid=0 fsuid=0 egid=4 comm=\"see\" exe=\"/usr/bin/see\" "
				 "subj=x (y) pid=9 comm=\"z\" key=(null)"),
		     0);
	cr_expect_eq(record.type, AUDIT_TASK);
	cr_expect_eq(record.pid, 103);
	cr_expect_eq(record.uid, 3);
	cr_expect_eq(record.gid, 4);
	cr_expect_eq(record.error, EACCES);
	cr_expect_str_eq(record.comm, "see");
	cr_assert_eq(parse(1336, STAMP "uring_op=18 success=no exit=-1 items=0 ppid=1 pid=5"), 0);
	cr_expect_eq(record.type, AUDIT_TASK);
	cr_expect_eq(record.uid, -1);
	cr_expect_eq(record.error, EPERM);
	cr_expect_str_eq(record.exe, "");
	cr_assert_eq(parse(1300, STAMP "success=no exit=-512 pid=5"), 0);
	cr_expect_eq(record.error, 0);
	cr_assert_eq(parse(1300, STAMP "success=yes exit=3 pid=5"), 0);
	cr_expect_eq(record.error, 0);
}

Test(audit, the_longest)
{
	static char text[3 * PATH_MAX];
	size_t n = (size_t)sprintf(text, STAMP "domain=1 blockers=fs.read_file path=");

	for (size_t i = 0; i < PATH_MAX; i++)
		memcpy(text + n + 2 * i, "2F", 3);
	cr_assert_eq(parse(1423, text), 0);
	cr_expect_eq(record.object_length, 0, "it does not fit, and so is not known");
	text[n + 2 * (PATH_MAX - 1)] = '\0';
	cr_assert_eq(parse(1423, text), 0);
	cr_expect_eq(record.object_length, PATH_MAX - 1);
}

/* --- Events: a line is "SERIAL type ..." in short ------------------------------------------------- */

static char story[4096];

static void note(void *context, const struct audit_record *denial, const struct audit_record *task)
{
	(void)context;
	snprintf(story + strlen(story), sizeof(story) - strlen(story), "%s%lld:%s",
		 story[0] ? " " : "", (long long)denial->serial, task ? task->comm : "-");
}

static struct audit_events *events;

static void setup(void)
{
	cr_assert_eq(audit_events_new("bailiff-abcdefg", note, NULL, &events), 0);
	audit_events_maker(events, 103);
	story[0] = '\0';
}

static void teardown(void)
{
	audit_events_free(events);
}

TestSuite(audit_events, .init = setup, .fini = teardown);

static void access_at(unsigned serial, unsigned domain, int64_t now)
{
	char text[256];

	snprintf(text, sizeof(text), "audit(1.000:%u): domain=%x blockers=fs.read_file path=\"/x\"",
		 serial, domain);
	cr_assert_eq(parse(1423, text), 0);
	audit_events_take(events, &record, now);
}

static void made(unsigned serial, unsigned domain, int pid, const char *comm)
{
	char text[256];

	snprintf(text, sizeof(text),
		 "audit(1.000:%u): domain=%x status=allocated mode=enforcing pid=%d uid=0 "
		 "exe=\"/x\" comm=\"%s\"",
		 serial, domain, pid, comm);
	cr_assert_eq(parse(1424, text), 0);
	audit_events_take(events, &record, 0);
}

static void task(unsigned serial, const char *comm)
{
	char text[256];

	snprintf(text, sizeof(text), "audit(1.000:%u): exit=-13 pid=5 comm=\"%s\"", serial, comm);
	cr_assert_eq(parse(1300, text), 0);
	audit_events_take(events, &record, 0);
}

static void done(unsigned serial)
{
	char text[256];

	snprintf(text, sizeof(text), "audit(1.000:%u): ", serial);
	cr_assert_eq(parse(1320, text), 0);
	audit_events_take(events, &record, 0);
}

static void gone(unsigned domain, unsigned denials)
{
	char text[256];

	snprintf(text, sizeof(text), "audit(1.000:999): domain=%x status=deallocated denials=%u",
		 domain, denials);
	cr_assert_eq(parse(1424, text), 0);
	audit_events_take(events, &record, 0);
}

Test(audit_events, in_order)
{
	struct audit_count count;

	access_at(1, 0xa, 0);
	made(1, 0xa, 103, "bailiff-abcdefg");
	task(1, "one");
	access_at(2, 0xa, 0);
	access_at(2, 0xa, 0);
	task(2, "two");
	cr_expect_str_eq(story, "1:one 2:two 2:two");
	cr_expect_eq(audit_events_due(events), -1);
	gone(0xa, 5);
	count = audit_events_count(events);
	cr_expect(count.known && count.gone);
	cr_expect_eq(count.told, 3);
	cr_expect_eq(count.lost, 2);
}

Test(audit_events, others_are_none_of_ours)
{
	access_at(1, 0xb, 0);
	made(1, 0xb, 103, "sandboxer");
	task(1, "x");
	access_at(2, 0xc, 0);
	made(2, 0xc, 104, "bailiff-abcdefg");
	task(2, "x");
	access_at(3, 0xa, 0);
	made(3, 0xa, 103, "bailiff-abcdefg");
	task(3, "ours");
	/* Another of this name, and one of whom no first word was heard. */
	made(4, 0xd, 103, "bailiff-abcdefg");
	access_at(5, 0xd, 0);
	task(5, "x");
	gone(0xd, 7);
	cr_expect_str_eq(story, "3:ours");
	cr_expect_not(audit_events_count(events).gone);
	cr_expect_eq(audit_events_due(events), -1);
}

Test(audit_events, intermingled)
{
	access_at(1, 0xa, 0);
	access_at(2, 0xb, 0);
	access_at(3, 0xa, 0);
	task(3, "three");
	task(2, "x");
	made(1, 0xa, 103, "bailiff-abcdefg");
	cr_expect_str_eq(story, "3:three");
	task(1, "one");
	access_at(4, 0xa, 0);
	done(4); /* of the machine's rules, nobody is told */
	cr_expect_str_eq(story, "3:three 1:one 4:-");
}

Test(audit_events, without_the_rest)
{
	access_at(1, 0xa, 0);
	made(1, 0xa, 103, "bailiff-abcdefg");
	access_at(2, 0xa, 50 * MS);
	cr_expect_eq(audit_events_due(events), AUDIT_WAIT_NS);
	audit_events_flush(events, AUDIT_WAIT_NS - 1);
	cr_expect_str_eq(story, "");
	audit_events_flush(events, AUDIT_WAIT_NS);
	cr_expect_str_eq(story, "1:-");
	cr_expect_eq(audit_events_due(events), AUDIT_WAIT_NS + 50 * MS);
	gone(0xa, 2);
	cr_expect_str_eq(story, "1:- 2:-");
	cr_expect_eq(audit_events_count(events).lost, 0);
	access_at(3, 0xa, 0);
	cr_expect_eq(audit_events_due(events), -1, "nothing comes after the end");
}

Test(audit_events, too_many_at_once)
{
	/* Before ours is known, who is too many is nobody: the kernel's count has it. */
	for (unsigned i = 1; i <= AUDIT_PENDING + 3; i++)
		access_at(i, 0xa, 0);
	made(1, 0xa, 103, "bailiff-abcdefg");
	cr_expect_str_eq(story, "");
	audit_events_flush(events, INT64_MAX);
	cr_expect_eq(audit_events_count(events).told, AUDIT_PENDING);
	/* And then, it is told as far as it is known. */
	for (unsigned i = 1; i <= AUDIT_PENDING + 3; i++)
		access_at(i, 0xa, 0);
	cr_expect_eq(audit_events_count(events).told, AUDIT_PENDING + 3);
	gone(0xa, 2 * AUDIT_PENDING + 6);
	cr_expect_eq(audit_events_count(events).told, 2 * AUDIT_PENDING + 3);
	cr_expect_eq(audit_events_count(events).lost, 3);
}
