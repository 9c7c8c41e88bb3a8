/* SPDX-License-Identifier: Apache-2.0 */
/* Every mistake has its line and column, says what is wrong, and what would be right. */
#include "help_policy.h"

#define ROW(name, text, line, column, says)                                                        \
	{                                                                                          \
		name, text, line, column, says                                                     \
	}
/* The rule stands at line 7, column 7. */
#define CALL(name, rule, column, says)                                                             \
	{                                                                                          \
		name, ALLOW("syscalls", rule), 7, column, says                                     \
	}
#define SHUT(name, rule, column, says)                                                             \
	{                                                                                          \
		name, DENY("syscalls", rule), 7, column, says                                      \
	}
#define FILES(name, rule, column, says)                                                            \
	{                                                                                          \
		name, ALLOW("files", rule), 7, column, says                                        \
	}
#define EXEC(name, rule, column, says)                                                             \
	{                                                                                          \
		name, ALLOW("exec", rule), 7, column, says                                         \
	}
#define NET(name, rule, column, says)                                                              \
	{                                                                                          \
		name, ALLOW("network", rule), 7, column, says                                      \
	}
#define CAPS(name, rule, column, says)                                                             \
	{                                                                                          \
		name, ALLOW("capabilities", rule), 7, column, says                                 \
	}
#define KERN(name, rule, column, says)                                                             \
	{                                                                                          \
		name, DENY("kernel", rule), 7, column, says                                        \
	}
#define CONNECT(name, address, says) NET(name, "{connect: [\"" address "\"]}", 18, says)
#define SCOPE(name, scope, column, says)                                                           \
	{                                                                                          \
		name, HEAD "scope: " scope "\n", 4, column, says                                   \
	}

static const struct mistake {
	const char *name, *text;
	unsigned line, column;
	const char *says;
} rows[] = {
	/* the top */
	ROW("no mapping", "- a\n", 1, 1, "version: 1"),
	ROW("no version", "name: t\n", 1, 1, "version: 1"),
	ROW("another version", "version: 2\nname: t\n", 1, 10, "version 1"),
	ROW("a version in quotes", "version: \"1\"\nname: t\n", 1, 10, "version: 1"),
	ROW("no name", "version: 1\n", 1, 1, "name"),
	ROW("a bad name", "version: 1\nname: Web\n", 2, 7, "a-z"),
	ROW("a name that begins with a dot", "version: 1\nname: .t\n", 2, 7, "letter or digit"),
	ROW("an empty name", "version: 1\nname:\n", 2, 6, "empty"),
	ROW("a name of 65 bytes",
	    "version: 1\nname: "
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
	    2, 7, "64"),
	ROW("an unknown key", HEAD "kernl: {}\n", 4, 1, "kernel"),
	ROW("an unknown mode", HEAD "mode: enforced\n", 4, 7, "enforce or audit"),
	ROW("a boolean in quotes", HEAD "no-new-privileges: \"no\"\n", 4, 20, "without quotes"),
	ROW("another word of YAML for true", HEAD "no-new-privileges: on\n", 4, 20, "yes or no"),
	ROW("an unknown architecture", "version: 1\nname: t\narchitectures: [x86]\n", 3, 17,
	    "x86_64"),
	ROW("an architecture twice", "version: 1\nname: t\narchitectures: [x32, x32]\n", 3, 22,
	    "twice"),
	ROW("no architecture", "version: 1\nname: t\narchitectures: []\n", 3, 16, "empty"),
	ROW("a description that is a list", HEAD "description: [a]\n", 4, 14, "plain text"),
	/* classes */
	ROW("a class that is a list", HEAD "files: [/a]\n", 4, 8, "mapping"),
	ROW("a class without a default", HEAD "files:\n  allow: [/a]\n", 4, 1, "no default"),
	ROW("an unknown default", HEAD "files: {default: refuse}\n", 4, 18, "deny"),
	ROW("an unknown errno", HEAD "files: {default: errno EPREM}\n", 4, 18, "EPERM"),
	ROW("an errno past 4095", HEAD "files: {default: errno 4096}\n", 4, 18, "4095"),
	ROW("errno 0", HEAD "files: {default: errno 0}\n", 4, 18, "4095"),
	ROW("a list that is none", HEAD "files: {default: deny, allow: /a}\n", 4, 31, "list"),
	ROW("an unknown list", HEAD "files: {default: deny, alow: [/a]}\n", 4, 24, "allow"),
	ROW("a capability's default kills", HEAD "capabilities: {default: kill}\n", 4, 25, "EPERM"),
	/* options */
	SHUT("an unknown action", "{calls: [read], action: refuse}", 31, "errno NAME"),
	SHUT("allow is no action", "{calls: [read], action: allow}", 31, "errno NAME"),
	CALL("an action where it is allowed", "{calls: [read], action: kill}", 23,
	     "belongs in deny"),
	CALL("a report where it is allowed", "read: {report: no}", 14, "belongs in deny"),
	SHUT("a report that is no boolean", "read: {report: never}", 22, "yes or no"),
	SHUT("an empty why", "read: {why: \"\"}", 19, "empty"),
	SHUT("by", "read: {by: [/bin/sh]}", 14, "can't know the executable"),
	FILES("an executable that is no path", "{paths: [/a], by: [sh]}", 26, "absolute"),
	FILES("no executable", "{paths: [/a], by: []}", 25, "empty"),
	/* calls */
	CALL("an unknown call", "opnat", 7, "openat"),
	CALL("an unknown call with options", "{calls: [read, raed]}", 22, "read"),
	CALL("an unknown group", "\"@defualt\"", 7, "@default"),
	CALL("an empty list of calls", "{calls: []}", 15, "empty"),
	CALL("two calls in one rule", "{read: {fd: 1}, write: {fd: 1}}", 7, "calls"),
	SHUT("options beside the braces", "{read: {fd: 1}, action: kill}", 7, "inside"),
	SHUT("options alone", "{action: kill}", 7, "without a call"),
	CALL("a list in a list", "[read]", 7, "calls"),
	CALL("a call with a word", "read: 1", 13, "mapping"),
	CALL("conditions of a group", "\"@basic-io\": {fd: 1}", 7, "group"),
	CALL("an unknown key beside calls", "{calls: [read], when: now}", 23, "when"),
	/* conditions */
	CALL("an unknown argument", "socket: {domane: 1}", 16, "family, type, protocol"),
	CALL("a position past the last", "close: {arg1: 1}", 15, "fd"),
	CALL("an argument of a call without any", "getpid: {arg0: 1}", 16, "no arguments"),
	CALL("an unknown constant", "socket: {domain: AF_INIT}", 24, "AF_INET"),
	CALL("an empty value", "socket: {domain: }", 24, "empty"),
	CALL("an empty list", "socket: {domain: []}", 24, "empty"),
	CALL("an empty part", "socket: {domain: AF_INET|}", 24, "missing"),
	CALL("an empty mapping", "socket: {domain: {}}", 24, "missing"),
	CALL("a list in a list of values", "socket: {domain: [[1]]}", 25, "list"),
	CALL("an unknown operator", "socket: {domain: {nott: 1}}", 25, "not"),
	CALL("a number with a zero in front", "socket: {domain: 0777}", 24, "0x1ff, or 0o777"),
	CALL("a number with an underscore", "socket: {domain: 1_000}", 24, "not a number"),
	CALL("a number in sixties", "socket: {domain: 1:30}", 24, "not a number"),
	CALL("a number with a plus", "socket: {domain: +1}", 24, "not a number"),
	CALL("a fraction", "socket: {domain: 1.5}", 24, "not a number"),
	CALL("a binary number", "socket: {domain: 0b11}", 24, "not a number"),
	CALL("a bare 0x", "socket: {domain: 0x}", 24, "not a number"),
	CALL("a number past 64 bits", "read: {count: 18446744073709551616}", 21, "64 bits"),
	CALL("a number wider than an int", "socket: {domain: 0x100000000}", 24, "32 bits"),
	CALL("a number wider than a mode", "fchmod: {mode: 0x10000}", 22, "16 bits"),
	CALL("a mask wider than an int", "socket: {domain: {mask: 0x1ffffffff, is: 1}}", 31,
	     "32 bits"),
	CALL("a negative number below an int", "socket: {domain: -2147483649}", 24, "32 bits"),
	CALL("a mask of zero", "socket: {type: {mask: 0, is: 0}}", 29, "zero"),
	CALL("a mask alone", "socket: {type: {mask: 15}}", 22, "belong together"),
	CALL("an is alone", "socket: {type: {is: 15}}", 22, "belong together"),
	CALL("flags without a bit", "openat: {flags: {any-of: O_RDONLY}}", 32, "no bit"),
	CALL("order of a negative number", "read: {fd: {lt: -1}}", 23, "unsigned"),
	CALL("a path for a pointer", "openat: {filename: /etc/passwd}", 26, "files"),
	CALL("a program for a pointer", "execve: {filename: /bin/sh}", 26, "exec"),
	CALL("an address for a pointer", "connect: {uservaddr: \"*:80/tcp\"}", 28, "network"),
	SHUT("a wide number for what is narrow at times", "fcntl: {arg: 0x100000000}", 20,
	     "fits into them"),
	ROW("a constant that one ABI lacks",
	    "version: 1\nname: t\narchitectures: [x86_64, i386]\nsyscalls:\n  default: deny\n"
	    "  allow:\n    - prctl: {option: 1, arg2: SO_TIMESTAMP}\n",
	    7, 32, "does not exist on i386"),
	ROW("an argument that one ABI lacks",
	    "version: 1\nname: t\narchitectures: [x86_64, i386]\nsyscalls:\n  default: deny\n"
	    "  allow:\n    - fadvise64: {offset_lo: 1}\n",
	    7, 19, "on x86_64"),
	/* rules against each other */
	ROW("a condition under a group",
	    HEAD "syscalls:\n  default: deny\n  allow:\n"
		 "    - \"@default\"\n    - exit: {error_code: 0}\n",
	    8, 7, "test.yaml:7 allows"),
	ROW("a condition under a name",
	    HEAD "syscalls:\n  default: deny\n  allow:\n"
		 "    - read: {fd: 0}\n    - read\n",
	    7, 7, "test.yaml:8 allows"),
	ROW("two errnos for a call",
	    HEAD "syscalls:\n  default: allow\n  deny:\n"
		 "    - read: {action: errno 5}\n"
		 "    - read: {action: errno 6}\n",
	    8, 7, "test.yaml:7"),
	ROW("two errnos by overlapping groups",
	    HEAD
	    "syscalls:\n  default: allow\n  deny:\n    - {calls: [\"@io-event\"], action: errno "
	    "5}\n    - {calls: [\"@io-event\"], action: errno 6}\n",
	    8, 7, "test.yaml:7"),
	ROW("two errnos for one value",
	    HEAD "syscalls:\n  default: allow\n  deny:\n"
		 "    - read: {fd: [1, 2], action: errno 5}\n"
		 "    - read: {fd: [2, 3], action: errno 6}\n",
	    8, 7, "test.yaml:7"),
	ROW("two errnos for a value and a range",
	    HEAD
	    "syscalls:\n  default: allow\n  deny:\n    - read: {fd: {ge: 5}, action: errno 5}\n"
	    "    - read: {fd: 5, action: errno 6}\n",
	    8, 7, "test.yaml:7"),
	ROW("two errnos for two arguments",
	    HEAD "syscalls:\n  default: allow\n  deny:\n    - read: {fd: 5, action: errno 5}\n"
		 "    - read: {count: 5, action: errno 6}\n",
	    8, 7, "test.yaml:7"),
	ROW("two errnos for a surface",
	    HEAD "kernel:\n  default: allow\n  deny:\n    - {surfaces: [bpf], action: errno 5}\n"
		 "    - {surfaces: [bpf], action: errno 6}\n",
	    8, 7, "test.yaml:7"),
	/* files and exec */
	FILES("a relative path", "etc/passwd", 7, "absolute"),
	FILES("an empty component", "/a//b", 7, "empty component"),
	FILES("a slash at the end", "/a/", 7, "/**"),
	FILES("a dot", "/a/./b", 7, "'.'"),
	FILES("two dots", "/a/..", 7, "'..'"),
	FILES("** within a component", "/a/x**", 7, "whole component"),
	FILES("three stars", "/a/***", 7, "whole component"),
	FILES("an open bracket", "\"/a/[b\"", 7, "close it"),
	FILES("a bracket across a slash", "\"/a/[b/c]\"", 7, "close it"),
	FILES("a range backwards", "\"/a/[z-a]\"", 7, "backwards"),
	FILES("a range backwards from a caret", "\"/a/[a^-X]\"", 7, "backwards"),
	FILES("a range backwards from a mark", "\"/a/[!!- ]\"", 7, "backwards"),
	FILES("no paths", "{access: [read]}", 7, "paths"),
	FILES("an unknown access", "{paths: [/a], access: [raed]}", 30, "read"),
	FILES("an empty access", "{paths: [/a], access: []}", 29, "empty"),
	FILES("a list in a list", "[/a]", 7, "plain text"),
	FILES("an empty path", "\"\"", 7, "empty"),
	EXEC("an unknown word", "anonymus-memory", 7, "anonymous-memory"),
	EXEC("access belongs to files", "{paths: [/a], access: [read]}", 21, "access"),
	/* network */
	NET("a bare address", "\"*:80/tcp\"", 7, "connect"),
	NET("no operation", "{why: x}", 7, "operation"),
	NET("an unknown operation", "{connect: [\"*:1/tcp\"], bnid: [\"*:1/tcp\"]}", 30, "bind"),
	CONNECT("no protocol", "1.2.3.4:80", "protocol"),
	CONNECT("no port", "1.2.3.4", "port"),
	CONNECT("an unknown protocol", "*:80/tpc", "tcp"),
	CONNECT("an address out of range", "1.2.3.256:80/tcp", "IPv4"),
	CONNECT("an address with a zero in front", "010.0.0.1:80/tcp", "IPv4"),
	CONNECT("bits beyond the prefix", "10.1.2.3/8:80/tcp", "10.0.0.0/8"),
	CONNECT("bits beyond IPv6's prefix", "[2001:db8::1/32]:80/tcp", "2001:db8::/32"),
	CONNECT("a prefix too long", "10.0.0.0/33:80/tcp", "32"),
	CONNECT("IPv6 without brackets", "2001:db8::1:80/tcp", "brackets"),
	CONNECT("a name", "example.org:80/tcp", "IPv4"),
	CONNECT("IPv4 in IPv6", "[::ffff:1.2.3.4]:80/tcp", "IPv4 address"),
	CONNECT("an open bracket", "[::1:80/tcp", "port"),
	CONNECT("a port past the last", "*:65536/tcp", "65535"),
	CONNECT("a port by name", "*:http/tcp", "0 to 65535"),
	CONNECT("a range backwards", "*:90-80/tcp", "80-90"),
	CONNECT("a unix path that is relative", "unix:run/x", "unix:/PATH"),
	CONNECT("a unix path with dots", "unix:/run/../x", "'..'"),
	CONNECT("an empty abstract name", "unix:@", "107"),
	NET("an unknown family", "{socket: [AF_NETLNK]}", 17, "AF_NETLINK"),
	NET("a type as a family", "{socket: [SOCK_RAW]}", 17, "AF_"),
	NET("an unknown type", "{socket: [AF_INET], type: [SOCK_ROW]}", 34, "SOCK_RAW"),
	NET("a flag as a type", "{socket: [AF_INET], type: [SOCK_CLOEXEC]}", 34, "flags"),
	NET("a type without a family", "{connect: [\"*:1/tcp\"], type: [SOCK_RAW]}", 36, "socket"),
	/* capabilities and kernel */
	CAPS("an unknown capability", "CAP_SYS_ADMN", 7, "SYS_ADMIN"),
	CAPS("an unknown capability in names", "{names: [SYS_ADMN]}", 16, "SYS_ADMIN"),
	CAPS("by", "{names: [KILL], by: [/a]}", 23, "whole task"),
	CAPS("no names", "{why: x}", 7, "names"),
	KERN("an unknown surface", "pref", 7, "perf"),
	KERN("by", "{surfaces: [bpf], by: [/a]}", 25, "executable"),
	KERN("no surfaces", "{why: x}", 7, "surfaces"),
	KERN("an unknown key", "{surfaces: [bpf], surface: bpf}", 25, "surfaces"),
	/* scope */
	SCOPE("an empty scope", "{}", 8, "selects no task"),
	SCOPE("a scope that is a word", "all", 8, "mapping"),
	SCOPE("only a no", "{host: no}", 8, "selects no task"),
	SCOPE("an unknown key", "{user: [x], host: yes}", 9, "users"),
	SCOPE("a relative cgroup", "{cgroups: [system.slice]}", 19, "absolute"),
	SCOPE("a bad user", "{users: [\"a b\"]}", 17, "user"),
	SCOPE("a user with a zero in front", "{users: [010]}", 17, "0o10"),
	SCOPE("a user past the last", "{users: [4294967295]}", 17, "4294967294"),
	/* includes */
	ROW("an include of nothing", HEAD "include: [no-such-policy]\n", 4, 11, "no policy named"),
	ROW("an include with a bad name", HEAD "include: [No]\n", 4, 11, ".yaml"),
	ROW("an empty include", HEAD "include: []\n", 4, 10, "empty"),
	/* YAML */
	ROW("a key twice", HEAD "files: {default: deny}\nfiles: {default: deny}\n", 5, 1, "line 4"),
	ROW("a tab", HEAD "files:\n\tdefault: deny\n", 5, 1, "spaces"),
};

Test(errors, each_is_said_where_it_is)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(diag_freep) struct diag *diag = NULL;
		struct policy *policy = NULL;

		cr_assert_eq(diag_new(&diag), 0);
		cr_expect_eq(policy_parse(rows[i].text, strlen(rows[i].text), NAME, diag, &policy),
			     -EINVAL, "%s", rows[i].name);
		cr_expect_null(policy);
		cr_expect_eq(diag_errors(diag), 1u, "%s: %zu errors", rows[i].name,
			     diag_errors(diag));
		cr_expect_eq(diag_warnings(diag), 0u, "%s: %zu warnings beside it", rows[i].name,
			     diag_warnings(diag));
		cr_assert_gt(diag_count(diag), 0u, "%s", rows[i].name);
		cr_expect(has_entry(diag, DIAG_ERROR, rows[i].line, rows[i].column, rows[i].says),
			  "%s: not at %u:%u with '%s', but %u:%u: %s", rows[i].name, rows[i].line,
			  rows[i].column, rows[i].says, diag_at(diag, 0)->pos.line,
			  diag_at(diag, 0)->pos.column, diag_at(diag, 0)->text);
	}
}

Test(errors, all_are_said_not_only_the_first)
{
	static const char text[] =
		"version: 3\nname: T\nmode: x\nsyscalls:\n  allow: [opnat, raed]\n"
		"files: {default: x, deny: [a, /b/]}\n";
	CLEANUP(diag_freep) struct diag *diag = NULL;
	struct policy *policy = NULL;

	cr_assert_eq(diag_new(&diag), 0);
	cr_expect_eq(policy_parse(text, sizeof(text) - 1, NAME, diag, &policy), -EINVAL);
	cr_expect_eq(diag_errors(diag), 9u);
	cr_expect_eq(policy_parse(text, sizeof(text) - 1, NAME, NULL, &policy), -EINVAL,
		     "without a diag, too");
}

Test(errors, warnings_do_not_fail)
{
#define TWO(a, b) HEAD "syscalls:\n  default: allow\n  deny:\n    - " a "\n    - " b "\n"
	static const struct mistake warned[] = {
		CALL("a call of other ABIs", "socketcall", 7, "does not exist on"),
		CALL("a pointer's own value", "openat: {filename: 0}", 16, "pointer"),
		CALL("never, outside of the mask", "socket: {type: {mask: 1, is: 2}}", 36,
		     "never holds"),
		CALL("never, an empty range", "socket: {type: {lt: 3, gt: 5}}", 22, "never holds"),
		CALL("always", "socket: {type: {ge: 0}}", 22, "always holds"),
		{"said twice", TWO("read", "read"), 8, 7, "says again"},
		{"said twice with conditions", TWO("read: {fd: 1}", "read: {fd: 1}"), 8, 7,
		 "says again"},
		{"said more strictly", TWO("read", "{calls: [read], action: kill}"), 7, 7,
		 "never decides"},
		{"a group all of whose calls are named",
		 TWO("\"@sandbox\"",
		     "{calls: [landlock_add_rule, landlock_create_ruleset, landlock_restrict_self, "
		     "seccomp]}"),
		 7, 7, "never decides"},
		{"a condition that allows what the default allows",
		 HEAD "syscalls:\n  default: allow\n  allow:\n    - read: {fd: 1}\n", 7, 7,
		 "never decides"},
		{"no class", HEAD, 3, 1, "governs nothing"},
	};

	for (size_t i = 0; i < ARRAY_LEN(warned); i++) {
		CLEANUP(diag_freep) struct diag *diag = NULL;
		CLEANUP(policy_freep) struct policy *policy = good_policy(warned[i].text, &diag);

		cr_expect_eq(diag_warnings(diag), 1u, "%s: %zu", warned[i].name,
			     diag_warnings(diag));
		cr_expect(has_entry(diag, DIAG_WARNING, warned[i].line, warned[i].column,
				    warned[i].says),
			  "%s", warned[i].name);
	}
}

Test(errors, what_excludes_each_other_is_no_conflict)
{
	static const char *const pairs[][2] = {
		{"read: {fd: [1, 2], action: errno 5}", "read: {fd: [3, 4], action: errno 6}"},
		{"read: {fd: {lt: 5}, action: errno 5}", "read: {fd: 5, action: errno 6}"},
		{"read: {fd: {lt: 5}, action: errno 5}", "read: {fd: {ge: 5}, action: errno 6}"},
		{"read: {fd: {not: [1, 2]}, action: errno 5}", "read: {fd: 2, action: errno 6}"},
		{"clone: {clone_flags: {all-of: 6}, action: errno 5}",
		 "clone: {clone_flags: {none-of: 4}, action: errno 6}"},
		{"clone: {clone_flags: {any-of: 6}, action: errno 5}",
		 "clone: {clone_flags: {none-of: 6}, action: errno 6}"},
		{"read: {fd: 1, count: 1, action: errno 5}",
		 "read: {fd: 1, count: 2, action: errno 6}"},
	};

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		CLEANUP(diag_freep) struct diag *diag = NULL;
		char text[512];

		snprintf(text, sizeof(text), TWO("%s", "%s"), pairs[i][0], pairs[i][1]);
		policy_free(good_policy(text, &diag));
	}
}

/* HEAD, a class that denies by default, and `count` times `rule` (which holds %u). */
static char *many(const char *class, const char *rule, unsigned count)
{
	size_t size = strlen(HEAD) + 64 + (size_t)count * (strlen(rule) + 16), used;
	char *text = malloc(size);

	cr_assert_not_null(text);
	used = (size_t)snprintf(text, size, HEAD "%s:\n  default: deny\n  allow:\n", class);
	for (unsigned i = 0; i < count; i++) {
		used += (size_t)snprintf(text + used, size - used, "    - ");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		used += (size_t)snprintf(text + used, size - used, rule, i);
#pragma GCC diagnostic pop
		used += (size_t)snprintf(text + used, size - used, "\n");
	}
	return text;
}

Test(errors, limits_of_rules, .timeout = 60)
{
	static const struct {
		const char *class, *rule;
		unsigned count;
		const char *says;
	} limits[] = {
		{"files", "/a/b%u", POLICY_MAX_RULES, "200000 rules"},
		{"files", "/a/b%u/**", 4000, NULL},
		{"files", "/a/b%u*", POLICY_MAX_WILD_RULES, "1024 rules"},
		{"syscalls", "\"@system-service\" #%u", 8000, "2000000 calls"},
	};

	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		bool exact = limits[i].says && strstr(limits[i].says, "rules");
		CLEANUP(free_ptr)
		char *fits = many(limits[i].class, limits[i].rule,
				  exact || !limits[i].says ? limits[i].count : 1);
		CLEANUP(free_ptr)
		char *over = many(limits[i].class, limits[i].rule, limits[i].count + 1);
		CLEANUP(diag_freep) struct diag *diag = NULL, *more = NULL;
		struct policy *policy = NULL;

		policy_free(good_policy(fits, &diag));
		if (!limits[i].says)
			continue;
		cr_assert_eq(diag_new(&more), 0);
		cr_expect_eq(policy_parse(over, strlen(over), NAME, more, &policy), -EINVAL);
		cr_expect_eq(diag_errors(more), 1u);
		cr_expect_not_null(strstr(diag_at(more, 0)->text, limits[i].says), "%s",
				   diag_at(more, 0)->text);
	}
}

Test(errors, each_path_counts_as_a_rule)
{
	CLEANUP(free_ptr) char *text = many("files", "{paths: [/a%u, /b, /c, /d]}", 50001);
	CLEANUP(diag_freep) struct diag *diag = NULL;
	struct policy *policy = NULL;

	cr_assert_eq(diag_new(&diag), 0);
	cr_expect_eq(policy_parse(text, strlen(text), NAME, diag, &policy), -EINVAL);
	cr_expect_eq(diag_at(diag, 0)->pos.line, 50007u);
}

Test(errors, long_paths)
{
	char text[8192], path[5000];
	static const struct {
		size_t component, length;
		bool good;
	} rows_of_paths[] = {
		{255, 255, true},
		{256, 256, false},
		{200, 4095, true},
		{200, 4096, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows_of_paths); i++) {
		CLEANUP(diag_freep) struct diag *diag = NULL;
		struct policy *policy = NULL;

		memset(path, 'x', sizeof(path));
		for (size_t at = 0; at < rows_of_paths[i].length;
		     at += rows_of_paths[i].component + 1)
			path[at] = '/';
		/* One more byte than `length`: the slash in front. */
		path[rows_of_paths[i].length + 1] = '\0';
		snprintf(text, sizeof(text), HEAD "files:\n  default: deny\n  allow: [\"%s\"]\n",
			 path);
		cr_assert_eq(diag_new(&diag), 0);
		cr_expect_eq(policy_parse(text, strlen(text), NAME, diag, &policy),
			     rows_of_paths[i].good ? 0 : -EINVAL, "%zu", rows_of_paths[i].length);
		policy_free(policy);
	}
}

/* Many conditional rules with different errnos: slow is no excuse, and doubt is a mistake. */
Test(errors, errnos_are_compared_within_bounds, .timeout = 20)
{
	char rule[] = "read: {fd: %u, action: errno 5}";
	CLEANUP(free_ptr) char *text = many("syscalls", rule, 20000);
	char *list = strstr(text, "  allow:\n");
	CLEANUP(diag_freep) struct diag *diag = NULL;
	struct policy *policy = NULL;
	unsigned n = 0;

	memcpy(list, "  deny: \n", 9);
	for (char *at = text; (at = strstr(at, "errno 5")); at++)
		at[6] = (char)('1' + n++ % 9);
	cr_assert_eq(diag_new(&diag), 0);
	cr_expect_eq(policy_parse(text, strlen(text), NAME, diag, &policy), -EINVAL);
}
