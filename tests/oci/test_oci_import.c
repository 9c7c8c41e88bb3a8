/* SPDX-License-Identifier: Apache-2.0 */
/* What an import says and writes, row by row. That it decides alike is test_oci_equivalence.c's. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/oci.h"

#define HEAD  "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":["
#define TAIL  "]}"
#define ALLOW "\"action\":\"SCMP_ACT_ALLOW\""
#define COND(op, index, value)                                                                     \
	"{\"index\":" #index ",\"value\":" #value ",\"op\":\"SCMP_CMP_" #op "\"}"
#define MASKED(index, mask, value)                                                                 \
	"{\"index\":" #index ",\"value\":" #mask ",\"valueTwo\":" #value                           \
	",\"op\":\"SCMP_CMP_MASKED_EQ\"}"
#define RULE(names, rest)    "{\"names\":[" names "]," rest "}"
#define ALLOWED(name, conds) HEAD RULE("\"" name "\"", ALLOW ",\"args\":[" conds "]") TAIL

static int import(const char *json, const struct oci_options *options, struct diag **ret_diag,
		  char **ret_yaml)
{
	cr_assert_eq(diag_new(ret_diag), 0);
	*ret_yaml = NULL;
	return oci_import(json, strlen(json), "dir/Profile X.json", options, *ret_diag, ret_yaml);
}

static bool told(const struct diag *diag, const char *text)
{
	for (size_t i = 0; i < diag_count(diag); i++)
		if (strstr(diag_at(diag, i)->text, text))
			return true;
	return false;
}

/* The policy must be one, whatever was imported. */
static void check_policy(const char *what, const char *yaml)
{
	struct policy *policy = NULL;
	struct diag *diag;

	cr_assert_eq(diag_new(&diag), 0);
	if (policy_parse(yaml, strlen(yaml), "imported.yaml", diag, &policy) != 0) {
		diag_print(diag, stderr);
		cr_assert_fail("%s: no policy:\n%s", what, yaml);
	}
	policy_free(policy);
	diag_free(diag);
}

static const struct {
	const char *what, *json, *line;
} written[] = {
	{"a default of EPERM", HEAD TAIL, "  default: deny\n"},
	{"a default of another errno",
	 "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38}",
	 "  default: errno ENOSYS\n"},
	{"an errno without a name",
	 "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":900}",
	 "  default: errno 900\n"},
	{"a default that kills the thread", "{\"defaultAction\":\"SCMP_ACT_KILL\"}",
	 "  default: kill-thread\n"},
	{"a default that kills", "{\"defaultAction\":\"SCMP_ACT_KILL_PROCESS\"}",
	 "  default: kill\n"},
	{"a default that logs", "{\"defaultAction\":\"SCMP_ACT_LOG\"}", "  default: audit\n"},
	{"a name out of the file's", HEAD TAIL, "name: profile-x\n"},
	{"no architecture named", HEAD TAIL, "architectures: [x86_64]\n"},
	{"one call", HEAD RULE("\"read\"", ALLOW) TAIL, "    - read\n"},
	{"rules of one outcome join",
	 HEAD RULE("\"read\"", ALLOW) "," RULE("\"write\"", ALLOW) TAIL,
	 "    - calls: [read, write]\n"},
	{"the old form", HEAD "{\"name\":\"read\"," ALLOW "}" TAIL, "    - read\n"},
	{"a comment", HEAD RULE("\"read\"", ALLOW ",\"comment\":\"why\"") TAIL,
	 "    # why\n    - read\n"},
	{"a comment stays one",
	 HEAD RULE("\"read\"", ALLOW ",\"comment\":\"a\\n  deny: [write]\\u2028x\"") TAIL,
	 "    # a\\x0a  deny: [write]\\xe2\\x80\\xa8x\n    - read\n"},
	{"what it depended on",
	 HEAD RULE("\"chroot\"", ALLOW ",\"includes\":{\"caps\":[\"CAP_SYS_CHROOT\"]}") TAIL,
	 "    # with CAP_SYS_CHROOT\n    - chroot\n"},
	{"a quiet ENOSYS",
	 HEAD RULE("\"clone3\"", "\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":38") TAIL,
	 "    - clone3: {action: errno ENOSYS, report: no}\n"},
	{"an action for several",
	 HEAD RULE("\"reboot\",\"ptrace\"", "\"action\":\"SCMP_ACT_TRAP\"") TAIL,
	 "    - calls: [reboot, ptrace]\n      action: trap\n"},
	{"a constant", ALLOWED("socket", COND(EQ, 0, 16)), "    - socket: {domain: AF_NETLINK}\n"},
	{"values of one argument join",
	 HEAD RULE("\"personality\"", ALLOW ",\"args\":[" COND(EQ, 0, 8) "]") "," RULE(
		 "\"personality\"", ALLOW ",\"args\":[" COND(EQ, 0, 131080) "]") TAIL,
	 "    - personality: {persona: [8, 0x20008]}\n"},
	{"no bit of a mask", ALLOWED("clone", MASKED(0, 2114060288, 0)),
	 "    - clone: {flags: {none-of: [CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, "
	 "CLONE_NEWIPC,\n        CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET]}}\n"},
	{"all bits of a mask", ALLOWED("mprotect", MASKED(2, 6, 6)),
	 "    - mprotect: {prot: {all-of: [PROT_WRITE, PROT_EXEC]}}\n"},
	{"some bits of a mask", ALLOWED("mprotect", MASKED(2, 6, 2)),
	 "    - mprotect: {prot: {mask: 0x6, is: 0x2}}\n"},
	{"a mask of all that is read", ALLOWED("dup", MASKED(0, 4294967295, 3)),
	 "    - dup: {oldfd: 3}\n"},
	{"order", ALLOWED("dup", COND(GE, 0, 3)), "    - dup: {oldfd: {ge: 3}}\n"},
	{"negation", ALLOWED("kill", COND(NE, 1, 9)), "    - kill: {signum: {not: SIGKILL}}\n"},
	{"conditions that must all hold", ALLOWED("socket", COND(EQ, 0, 2) "," COND(EQ, 2, 6)),
	 "    - socket: {domain: AF_INET, protocol: 6}\n"},
	{"one argument twice: each condition alone",
	 ALLOWED("dup3", COND(LT, 0, 5) "," COND(EQ, 1, 7) "," COND(GT, 0, 9)),
	 "    - dup3: {oldfd: {lt: 5}}\n    - dup3: {newfd: 7}\n    - dup3: {oldfd: {gt: 9}}\n"},
	{"errno by name, as Podman has it",
	 HEAD RULE("\"acct\"", "\"action\":\"SCMP_ACT_ERRNO\",\"errno\":\"EINVAL\"") TAIL,
	 "    - acct: {action: errno EINVAL}\n"},
	{"null where nothing is",
	 "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":null,\"archMap\":null,"
	 "\"syscalls\":"
	 "[{\"names\":[\"acct\"],\"action\":\"SCMP_ACT_ERRNO\",\"args\":null,\"includes\":null}]}",
	 "  default: allow\n  deny:\n    - acct\n"},
};

Test(oci_import, writes)
{
	for (size_t i = 0; i < ARRAY_LEN(written); i++) {
		struct diag *diag;
		char *yaml;

		cr_assert_eq(import(written[i].json, NULL, &diag, &yaml), 0, "%s", written[i].what);
		cr_expect_not_null(strstr(yaml, written[i].line), "%s: no\n%s in\n%s",
				   written[i].what, written[i].line, yaml);
		cr_expect_eq(diag_count(diag), 0, "%s: %s", written[i].what,
			     diag_count(diag) ? diag_at(diag, 0)->text : "");
		check_policy(written[i].what, yaml);
		diag_free(diag);
		free(yaml);
	}
}

static const struct {
	const char *what, *json, *says, *line; /* line: NULL where there is none to look for */
} warned[] = {
	{"calls of no table",
	 HEAD RULE("\"no_such\",\"read\",\"nor_this\",\"no_such\"", ALLOW) TAIL,
	 "2 calls that bailiff does not know: no_such, nor_this", "    - read\n"},
	{"NOTIFY", HEAD RULE("\"mount\"", "\"action\":\"SCMP_ACT_NOTIFY\"") TAIL, "SCMP_ACT_NOTIFY",
	 "    - mount: {action: errno ENOSYS}\n"},
	{"TRACE by default", "{\"defaultAction\":\"SCMP_ACT_TRACE\"}", "SCMP_ACT_TRACE",
	 "  default: errno ENOSYS\n"},
	{"a flag", "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\"]}",
	 "SECCOMP_FILTER_FLAG_LOG", NULL},
	{"a listener", "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/x\"}",
	 "listenerPath", NULL},
	{"an unknown member", "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"x\":[1]}",
	 "x is not a member", NULL},
	{"a foreign architecture",
	 "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_S390X\"]}",
	 "SCMP_ARCH_S390X", "architectures: [x86_64]\n"},
	{"an errno past the kernel's",
	 HEAD RULE("\"acct\"", "\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":12345") TAIL, "12345",
	 "    - acct: {action: errno 4095}\n"},
	{"an errno of zero",
	 HEAD RULE("\"acct\"", "\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":0") TAIL,
	 "errno 0 would tell", "    - acct\n"},
	{"a value that the argument can't have", ALLOWED("dup", COND(EQ, 0, 4294967296)),
	 "never holds", "  default: deny\n"},
	{"a value that the argument always differs from",
	 ALLOWED("dup", COND(NE, 0, 18446744073709551615)), "always holds", "    - dup\n"},
	{"a denial by an argument that the call has not",
	 "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[" RULE(
		 "\"getpid\"", "\"action\":\"SCMP_ACT_KILL\",\"args\":[" COND(EQ, 0, 1) "]") "]}",
	 "decides whatever it is", "    - getpid: {action: kill-thread}\n"},
	{"an allowance by an argument that the call has not", ALLOWED("getpid", COND(EQ, 0, 1)),
	 "left out", "  default: deny\n"},
	{"conditional rules that contradict each other",
	 HEAD RULE("\"kill\"", ALLOW ",\"args\":[" COND(EQ, 0, 1) "]") "," RULE(
		 "\"kill\"", "\"action\":\"SCMP_ACT_TRAP\",\"args\":[" COND(EQ, 1, 9) "]") TAIL,
	 "the strictest decides", "    - kill: {signum: SIGKILL, action: trap}\n"},
	{"two errnos for one call",
	 HEAD RULE("\"kill\"",
		   "\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":5,\"args\":[" COND(
			   EQ, 0, 1) "]") "," RULE("\"kill\"",
						   "\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":6,"
						   "\"args\":[" COND(EQ, 1, 9) "]") TAIL,
	 "the strictest decides", "    - kill: {signum: SIGKILL, action: errno EIO}\n"},
	{"what libseccomp opens behind socketcall",
	 "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_X86\"],\"syscalls\":"
	 "[" RULE("\"socket\"", ALLOW ",\"args\":[" COND(EQ, 0, 1) "]") "]}",
	 "entries of socketcall", "    - socket: {domain: AF_UNIX}\n"},
};

Test(oci_import, tells_what_it_does_not_carry)
{
	for (size_t i = 0; i < ARRAY_LEN(warned); i++) {
		struct diag *diag;
		char *yaml;

		cr_assert_eq(import(warned[i].json, NULL, &diag, &yaml), 0, "%s", warned[i].what);
		cr_expect(told(diag, warned[i].says), "%s: nothing says %s", warned[i].what,
			  warned[i].says);
		if (warned[i].line)
			cr_expect_not_null(strstr(yaml, warned[i].line), "%s: no\n%s in\n%s",
					   warned[i].what, warned[i].line, yaml);
		cr_expect_not_null(strstr(yaml, "# What bailiff import said:\n"));
		check_policy(warned[i].what, yaml);
		diag_free(diag);
		free(yaml);
	}
}

static const struct {
	const char *what, *json, *says;
} refused[] = {
	{"nothing", "", "not JSON"},
	{"no JSON", "{\"defaultAction\":", "not JSON"},
	{"more than one", "{} {}", "not JSON"},
	{"a list", "[]", "not an object"},
	{"no default", "{}", "defaultAction is missing"},
	{"an unknown action", "{\"defaultAction\":\"SCMP_ACT_ALOW\"}",
	 "the nearest is SCMP_ACT_ALLOW"},
	{"a member twice",
	 "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"defaultAction\":\"SCMP_ACT_LOG\"}", "duplicate"},
	{"a wrong type", "{\"defaultAction\":1}", "defaultAction must be a text"},
	{"names that are none", HEAD RULE("1", ALLOW) TAIL, "syscalls[0].names[0] must be a text"},
	{"a rule that is none", HEAD "7" TAIL, "syscalls[0] must be an object"},
	{"both name and names", HEAD "{\"name\":\"a\",\"names\":[\"b\"]," ALLOW "}" TAIL,
	 "both name and names"},
	{"both architectures and archMap",
	 "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_X86\"],\"archMap\":["
	 "{"
	 "\"architecture\":\"SCMP_ARCH_X86_64\"}]}",
	 "both architectures and archMap"},
	{"an unknown comparison",
	 HEAD RULE("\"read\"", ALLOW ",\"args\":[{\"index\":0,\"op\":\"SCMP_CMP_EG\"}]") TAIL,
	 "syscalls[0].args[0].op: unknown word SCMP_CMP_EG"},
	{"no comparison", HEAD RULE("\"read\"", ALLOW ",\"args\":[{\"index\":0}]") TAIL,
	 "syscalls[0].args[0].op is missing"},
	{"an argument past the sixth", ALLOWED("read", COND(EQ, 6, 1)), "arguments 0 to 5"},
	{"a negative value", ALLOWED("read", COND(EQ, 0, -1)), "without sign"},
	{"a fraction", ALLOWED("read", COND(EQ, 0, 1.5)), "without sign"},
	{"a number past 64 bits", ALLOWED("read", COND(EQ, 0, 18446744073709551616)), "too big"},
	{"an unknown errno",
	 HEAD RULE("\"read\"", "\"action\":\"SCMP_ACT_ERRNO\",\"errno\":\"EFOO\"") TAIL,
	 "unknown errno EFOO"},
	{"a kernel that is no version",
	 HEAD RULE("\"read\"", ALLOW ",\"includes\":{\"minKernel\":\"six\"}") TAIL, "no version"},
};

Test(oci_import, refuses)
{
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		struct diag *diag;
		char *yaml;

		cr_expect_eq(import(refused[i].json, NULL, &diag, &yaml), -EINVAL, "%s",
			     refused[i].what);
		cr_expect_null(yaml);
		cr_expect(diag_errors(diag) > 0);
		cr_expect(told(diag, refused[i].says), "%s: %s", refused[i].what,
			  diag_count(diag) ? diag_at(diag, 0)->text : "nothing said");
		diag_free(diag);
	}
}

Test(oci_import, names_the_place_of_bad_json)
{
	struct diag *diag;
	char *yaml;

	cr_expect_eq(import("{\n \"defaultAction\": nonsense\n}", NULL, &diag, &yaml), -EINVAL);
	cr_expect_eq(diag_at(diag, 0)->pos.line, 2);
	cr_expect_gt(diag_at(diag, 0)->pos.column, 1);
	diag_free(diag);
}

/* Repeats `part` between `head` and `tail`. */
static char *repeat(const char *head, const char *part, size_t times, const char *tail)
{
	size_t length = strlen(part);
	char *text = malloc(strlen(head) + times * length + strlen(tail) + 1), *to;

	cr_assert_not_null(text);
	to = stpcpy(text, head);
	for (size_t i = 0; i < times; i++, to += length)
		memcpy(to, part, length);
	stpcpy(to, tail);
	return text;
}

static const struct {
	const char *what, *head, *part, *tail, *says;
	size_t times;
} limits[] = {
	{"bytes", HEAD TAIL, " ", "", "64 MiB", 64u << 20},
	{"depth", "", "[", "", "depth", 5000},
	{"values", "{\"x\":[1", ",1", "]}", "values", 4000001},
	{"rules", HEAD "{}", ",{}", TAIL, "rules", 200001},
};

Test(oci_import, limits)
{
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		char *json =
			repeat(limits[i].head, limits[i].part, limits[i].times, limits[i].tail);
		struct diag *diag;
		char *yaml;

		cr_expect_eq(import(json, NULL, &diag, &yaml), -EINVAL, "%s", limits[i].what);
		cr_expect(told(diag, limits[i].says), "%s: %s", limits[i].what,
			  diag_count(diag) ? diag_at(diag, 0)->text : "nothing said");
		diag_free(diag);
		free(json);
	}
}

/* Conditional rules for one call, each for another value. */
Test(oci_import, limits_rules_of_a_call)
{
	size_t size = 0;
	char *json = NULL, *yaml;
	struct diag *diag;
	FILE *out = open_memstream(&json, &size);

	fputs(HEAD RULE("\"read\"", ALLOW), out);
	for (unsigned i = 0; i <= OCI_MAX_ALTERNATIVES; i++)
		fprintf(out,
			"," RULE("\"ioctl\"", ALLOW ",\"args\":[{\"index\":1,\"value\":%u,\"op\":"
						    "\"SCMP_CMP_EQ\"}]"),
			i);
	fputs(TAIL, out);
	fclose(out);
	cr_expect_eq(import(json, NULL, &diag, &yaml), -EINVAL);
	cr_expect(told(diag, "ioctl: more conditional rules"));
	diag_free(diag);
	free(json);
}

static const struct {
	const char *what;
	struct oci_options options;
	const char *line;
} optioned[] = {
	{"a capability more",
	 {.caps = OCI_DOCKER_CAPS | 1 << 21, .kernel = {6, 1}},
	 "    - mount\n"},
	{"an old kernel", {.caps = OCI_DOCKER_CAPS, .kernel = {4, 7}}, "    - getpid\n"},
	{"a newer kernel", {.caps = OCI_DOCKER_CAPS, .kernel = {4, 8}}, "    - ptrace\n"},
	{"another architecture",
	 {.caps = 0, .kernel = {6, 1}, .archs_given = true, .archs = {[ARCH_AARCH64] = true}},
	 "architectures: [aarch64]\n"},
	{"a name", {.kernel = {6, 1}, .policy_name = "mine-1"}, "name: mine-1\n"},
	{"a description",
	 {.kernel = {6, 1}, .description = "a \"b\" \\c\nd"},
	 "description: \"a \\\"b\\\" \\\\x5cc\\\\x0ad\"\n"},
};

Test(oci_import, options)
{
	static const char json[] = HEAD
		RULE("\"mount\"", ALLOW ",\"includes\":{\"caps\":[\"CAP_SYS_ADMIN\"]}") "," RULE(
			"\"ptrace\"",
			ALLOW ",\"includes\":{\"minKernel\":\"4.8\"},\"comment\":"
			      "null") "," RULE("\"getpid\"", ALLOW ",\"excludes\":{\"minKernel\":"
								   "\"4.8.1\"}") TAIL;

	for (size_t i = 0; i < ARRAY_LEN(optioned); i++) {
		struct diag *diag;
		char *yaml;

		cr_assert_eq(import(json, &optioned[i].options, &diag, &yaml), 0);
		cr_expect_not_null(strstr(yaml, optioned[i].line), "%s: no %s in\n%s",
				   optioned[i].what, optioned[i].line, yaml);
		check_policy(optioned[i].what, yaml);
		diag_free(diag);
		free(yaml);
	}
}
