/* SPDX-License-Identifier: Apache-2.0 */
/* Records as events: every operation's words, whose rule it was, who did it, and records that lie. */
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../../enforcer/lsm/decode.h"
#include "bailiff/proc.h"
#include "help_record.h"

static struct decoder *decoder;
static struct ruleset first;

static void set_up(void)
{
	struct ruleset set = image_of_two(true);

	first = image_of_two(true); /* the same, to ask */
	cr_assert_eq(decoder_new(&decoder), 0);
	decoder_take(decoder, 1, &set);
	cr_assert_null(set.blocks);
	decoder_begin(decoder);
}

static void tear_down(void)
{
	decoder_free(decoder);
	ruleset_clear(&first);
}

TestSuite(decode, .init = set_up, .fini = tear_down);

static struct event read_event(const struct recorded *r)
{
	struct event event = {.count = 0};

	cr_assert_eq(decoder_read(decoder, &r->record, record_length(r), &event), 0);
	return event;
}

static const struct object_case {
	enum bl_op op;
	const char *bytes;
	uint64_t object;
	uint32_t family, type;
	uint8_t address[16];
	const char *operation, *want;
} object_cases[] = {
	{BL_OP_READ, "/etc/shadow", 0, 0, 0, {0}, "read", "/etc/shadow"},
	{BL_OP_XATTR, "/a", 0, 0, 0, {0}, "xattr", "/a"},
	{BL_OP_EXEC, "/bin/sh", 0, 0, 0, {0}, "exec", "/bin/sh"},
	{BL_OP_MAP, "/lib/x.so", 0, 0, 0, {0}, "map", "/lib/x.so"},
	{BL_OP_READ, NULL, 0, 0, 0, {0}, "read", NULL},
	{BL_OP_UNIX_CONNECT, "/run/x", 0, 0, 0, {0}, "connect", "unix:/run/x"},
	{BL_OP_UNIX_BIND, "@name", 0, 0, 0, {0}, "bind", "unix:@name"},
	{BL_OP_CONNECT,
	 NULL,
	 5432 << 16 | 6,
	 AF_INET,
	 0,
	 {10, 0, 0, 1},
	 "connect",
	 "10.0.0.1:5432/tcp"},
	{BL_OP_BIND, NULL, 80 << 16 | 17, AF_INET6, 0, {[15] = 1}, "bind", "[::1]:80/udp"},
	{BL_OP_LISTEN, NULL, 1 << 16 | 99, AF_INET, 0, {127, 0, 0, 1}, "listen", "127.0.0.1:1/99"},
	{BL_OP_CONNECT, NULL, 1 << 16 | 6, 77, 0, {0}, "connect", NULL},
	{BL_OP_SOCKET, NULL, 0, AF_NETLINK, SOCK_RAW, {0}, "socket", "AF_NETLINK/SOCK_RAW"},
	{BL_OP_SOCKET, NULL, 0, 999, 15, {0}, "socket", "999/0xf"},
	{BL_OP_CAPABILITY, NULL, 12, 0, 0, {0}, "capability", "CAP_NET_ADMIN"},
	{BL_OP_CAPABILITY, NULL, 63, 0, 0, {0}, "capability", "63"},
	{BL_OP_SURFACE, NULL, BL_SURFACE_IO_URING, 0, 0, {0}, "io-uring", NULL},
	{BL_OP_SURFACE, "/mnt", BL_SURFACE_MOUNT, 0, 0, {0}, "mount", "/mnt"},
	{BL_OP_SURFACE, NULL, 15, 0, 0, {0}, "surface", NULL},
	{BL_OP_WORD, NULL, BL_WORD_WX, 0, 0, {0}, "writable-then-executable", NULL},
	{BL_OP_WORD, "/x", BL_WORD_ANONYMOUS, 0, 0, {0}, "anonymous-memory", "/x"},
	{BL_OP_SELF, NULL, BL_SELF_SERVICE, 0, 0, {0}, "self", "service"},
	{BL_OP_SELF, NULL, BL_SELF_HOOKS, 0, 0, {0}, "self", "hooks"},
	{BL_OP_SELF, NULL, 1ull << 40, 0, 0, {0}, "self", "1099511627776"},
	{BL_OP_ESCAPE, "/srv", BL_ESCAPE_MOUNT, 0, 0, {0}, "escape", "mount /srv"},
	{BL_OP_ESCAPE, NULL, BL_ESCAPE_TRACE, 0, 0, {0}, "escape", "trace"},
};

Test(decode, operations_and_objects)
{
	for (size_t i = 0; i < ARRAY_LEN(object_cases); i++) {
		const struct object_case *c = &object_cases[i];
		struct recorded r = record_of(c->op, c->bytes, NULL);
		struct event event;

		r.record.object = c->object;
		r.record.family = c->family;
		r.record.type = c->type;
		memcpy(r.record.address, c->address, sizeof(c->address));
		event = read_event(&r);
		cr_expect_str_eq(event.operation, c->operation, "%zu", i);
		cr_expect_eq(!event.object, !c->want, "%zu: %s", i, event.object);
		if (event.object && c->want)
			cr_expect_str_eq(event.object, c->want, "%zu: %s", i, event.object);
		cr_expect_str_eq(event.plane, "lsm");
		cr_expect(!event.has_call);
	}
}

Test(decode, names_with_nul)
{
	struct recorded r = record_of(BL_OP_UNIX_BIND, "?a?b", NULL);

	r.bytes[0] = r.bytes[2] = '\0'; /* as the kernel has abstract names */
	cr_expect_str_eq(read_event(&r).object, "unix:@a\\x00b");
	r.record.object_bytes = 1;
	cr_expect_str_eq(read_event(&r).object, "unix:@");
}

Test(decode, whose_rule)
{
	struct recorded r = record_of(BL_OP_READ, "/etc/shadow", NULL);
	struct ruleset_policy policy;
	struct ruleset second = image_of_two(false), third = image_of_two(false);
	struct event event;

	for (size_t i = 0; ruleset_policy(&first, i, &policy) == 0 && strcmp(policy.name, "web");
	     i++)
		;
	r.record.rule = rule_on_line(&first, 7);
	cr_assert_neq(r.record.rule, BL_NO_RULE);
	r.record.policy = policy.bit;
	r.record.verdict = BL_WOULD_DENY;
	r.record.error = EACCES;
	event = read_event(&r);
	cr_expect_str_eq(event.policy, "web");
	cr_expect_str_eq(event.rule_file, "web.yaml");
	cr_expect_eq(event.rule_line, 7);
	cr_expect_str_eq(event.why, "no passwords");
	cr_expect_eq(event.class, CLASS_FILES);
	cr_expect_eq(event.verdict, VERDICT_WOULD_DENY);
	cr_expect_eq(event.error, EACCES);
	cr_expect_eq(event.generation, 1);
	cr_expect_eq(event.count, 1);

	/* The next generation comes; records of the last one are still there. */
	decoder_take(decoder, 2, &second);
	cr_expect(decoder_knows(decoder, 1) && decoder_knows(decoder, 2));
	cr_expect_eq(read_event(&r).rule_line, 7);
	/* And one more: the rule is not known any more, the policy is. */
	decoder_take(decoder, 3, &third);
	cr_expect(!decoder_knows(decoder, 1));
	event = read_event(&r);
	cr_expect_null(event.rule_file);
	cr_expect_str_eq(event.policy, "web");
	cr_expect_eq(event.generation, 1);
	/* A number that the image does not have. */
	r.record.generation = 3;
	r.record.rule = 4000000;
	cr_expect_null(read_event(&r).rule_file);
}

Test(decode, bailiffs_own)
{
	struct recorded r = record_of(BL_OP_ESCAPE, NULL, NULL);
	struct ruleset_policy policy;
	struct event event;

	cr_assert_eq(ruleset_policy(&first, 0, &policy), 0);
	r.record.place = (uint8_t)__builtin_ctzll(policy.places);
	event = read_event(&r);
	cr_expect_str_eq(event.policy, policy.name, "in the name of the place");
	cr_expect_null(event.rule_file);
	cr_expect_eq((int)event.class, 0);
	r.record.place = 200;
	cr_expect_null(read_event(&r).policy);
	/* A link that would have lost what a rule denies. */
	r.record.rule = rule_on_line(&first, 7);
	event = read_event(&r);
	cr_expect_str_eq(event.operation, "escape");
	cr_expect_eq(event.rule_line, 7);
	cr_expect_eq(event.class, CLASS_FILES);
}

/* What denies a call, as whoever launched the program knows it. */
static const struct policy *launched(void *context, const char *name)
{
	return name && strcmp(name, "web") == 0 ? *(struct policy **)context : NULL;
}

Test(decode, calls)
{
	static const char text[] = "version: 1\nname: web\nsyscalls:\n  default: allow\n  deny:\n"
				   "    - {calls: [mount], why: never}\n";
	struct recorded r = record_of(BL_OP_SYSCALL, NULL, NULL);
	struct policy *policy = NULL;
	struct event event;

	r.record.kind = BL_RECORD_SYSCALL;
	r.record.policy = 0;
	r.record.audit_arch = arch_audit(arch_native());
	r.record.object = SYS_mount;
	r.record.args[3] = 77;
	event = read_event(&r);
	cr_expect_str_eq(event.plane, "seccomp");
	cr_assert(event.has_call && !event.call.foreign);
	cr_expect_eq(event.call.nr, SYS_mount);
	cr_expect_eq(event.call.args[3], 77);
	cr_expect_null(event.operation);
	cr_expect_null(event.rule_file);
	cr_assert_eq(policy_parse(text, sizeof(text) - 1, "launched.yaml", NULL, &policy), 0);
	decoder_policies(decoder, launched, &policy);
	event = read_event(&r);
	cr_expect_str_eq(event.rule_file, "launched.yaml");
	cr_expect_eq(event.rule_line, 6);
	cr_expect_eq(event.error, EPERM);
	cr_expect_str_eq(event.why, "never");
	r.record.audit_arch = 0x1234;
	event = read_event(&r);
	cr_expect(event.call.foreign);
	policy_free(policy);
}

Test(decode, who)
{
	struct recorded r = record_of(BL_OP_READ, "/etc/shadow", "/usr/bin/cat");
	CLEANUP(close_fd) int proc = proc_open();
	CLEANUP(close_fd) int task = proc_task(proc, getppid());
	char text[PROC_BYTES];
	struct proc_stat stat;
	struct timespec now;
	struct event event;

	cr_assert(proc_stat(task, text, &stat));
	r.record.uid = 0;
	r.record.gid = 5;
	memcpy(r.record.comm, "0123456789abcdef", BL_COMM); /* not terminated */
	r.record.n_ancestors = 2;
	r.record.ancestors[0] = (struct bl_ancestor){
		.pid = (uint32_t)getppid(),
		.start = stat.start * 1000000000ull / (uint64_t)sysconf(_SC_CLK_TCK) + 5,
		.comm = "parent",
	};
	r.record.ancestors[1] = r.record.ancestors[0];
	r.record.ancestors[1].start += 1000000000; /* another process of that number */
	event = read_event(&r);
	clock_gettime(CLOCK_REALTIME, &now);
	cr_expect_lt(labs(now.tv_sec - event.time.tv_sec), 3);
	cr_expect_eq(event.process->pid, 4242);
	cr_expect_eq(event.process->tid, 4243);
	cr_expect_gt(event.process->start_ns, 0);
	cr_expect_str_eq(event.process->exe, "/usr/bin/cat");
	cr_expect_str_eq(event.process->comm, "0123456789abcdef");
	cr_expect_str_eq(event.process->user, "root");
	cr_expect_eq(event.process->gid, 5);
	cr_expect_str_eq(event.process->group, "tty");
	cr_expect_null(event.process->cgroup);
	cr_assert_eq(event.process->n_ancestors, 2);
	cr_expect_eq(event.process->ancestors[0].pid, getppid());
	cr_expect_not_null(event.process->ancestors[0].exe);
	cr_expect_str_eq(event.process->ancestors[0].comm, "parent");
	cr_expect_null(event.process->ancestors[1].exe);
	cr_expect_not_null(event.host);
}

static void expect_bad(const struct recorded *r, size_t length, const char *what)
{
	struct event event;

	cr_expect_eq(decoder_read(decoder, &r->record, length, &event), -EBADMSG, "%s", what);
}

Test(decode, records_that_lie)
{
	const struct recorded good = record_of(BL_OP_READ, "/etc/shadow", "/usr/bin/cat");
	const size_t length = record_length(&good);
	struct recorded r;

#define LIE(field, value)                                                                          \
	do {                                                                                       \
		r = good;                                                                          \
		r.record.field = (value);                                                          \
		expect_bad(&r, length, #field);                                                    \
	} while (0)

	(void)read_event(&good);
	expect_bad(&good, length - 1, "short by a byte");
	expect_bad(&good, sizeof(good.record) - 1, "short");
	expect_bad(&good, 0, "empty");
	cr_expect_eq(decoder_generation(&good, 8), 0);
	LIE(kind, 0);
	LIE(kind, 3);
	LIE(verdict, 0);
	LIE(verdict, 5);
	LIE(op, BL_OP_END);
	LIE(error, 4096);
	LIE(n_ancestors, BL_ANCESTORS + 1);
	LIE(policy, BL_PLACES + 1);
	LIE(object_bytes, BL_OBJECT_MAX + 1);
	LIE(object_bytes, 12);
	LIE(exe_bytes, 65535);
#undef LIE
}
