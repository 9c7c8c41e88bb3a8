/* SPDX-License-Identifier: Apache-2.0 */
/* Good policies: what of the text ends where in the tables. */
#include "help_policy.h"

#include <netinet/in.h>
#include <sys/socket.h>

/* The example of the language's contract. */
static const char example[] =
	"version: 1\n"
	"name: web\n"
	"description: nginx that serves static files\n"
	"mode: enforce\n"
	"no-new-privileges: true\n"
	"architectures: [x86_64]\n"
	"scope:\n"
	"  cgroups: [/system.slice/nginx.service/**]\n"
	"  executables: [/usr/sbin/nginx]\n"
	"  users: [www-data]\n"
	"syscalls:\n"
	"  default: deny\n"
	"  allow:\n"
	"    - \"@default\"\n"
	"    - \"@basic-io\"\n"
	"    - socket: {domain: [AF_UNIX, AF_INET, AF_INET6]}\n" /* 16 */
	"    - personality: {persona: [0, 0xffffffff]}\n"
	"  deny:\n"
	"    - clone: {clone_flags: {any-of: [CLONE_NEWUSER, CLONE_NEWNS]}}\n"
	"    - ioctl: {cmd: [TIOCSTI, TIOCLINUX]}\n"
	"    - clone3: {action: errno ENOSYS, report: no}\n"
	"    - {calls: [ptrace, process_vm_writev], action: kill, why: nothing here debugs}\n"
	"files:\n"
	"  default: allow\n"
	"  deny:\n"
	"    - {paths: [/etc/shadow, /root/**], access: [read, write]}\n"
	"    - {paths: [/usr/**], access: [write, create, delete, rename]}\n"
	"  allow:\n"
	"    - {paths: [/etc/shadow], access: [read], by: [/usr/sbin/sshd, /usr/bin/sudo]}\n"
	"exec:\n"
	"  default: deny\n"
	"  allow: [/usr/sbin/nginx]\n"
	"  deny: [anonymous-memory, writable-then-executable]\n"
	"network:\n"
	"  default: deny\n"
	"  allow:\n"
	"    - {bind: [\"*:80/tcp\", \"*:443/tcp\"]}\n"
	"    - {connect: [\"10.0.0.0/8:5432/tcp\", \"*:53/udp\", \"unix:/run/php/**\"]}\n"
	"    - {socket: [AF_NETLINK]}\n"
	"capabilities: {default: deny, allow: [NET_BIND_SERVICE, SETUID, SETGID]}\n"
	"kernel:\n"
	"  default: allow\n"
	"  deny: [modules, kexec, bpf, perf, mount, namespaces, ptrace, keyring, io-uring, clock, "
	"reboot, raw-io, log]\n";

static const struct policy_rule *rule_at(const struct policy *policy, unsigned line)
{
	for (uint32_t i = 0; i < policy->n_rules; i++)
		if (policy->rules[i].pos.line == line)
			return &policy->rules[i];
	cr_assert_fail("no rule on line %u", line);
	return NULL;
}

Test(read, the_example_of_the_language)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	CLEANUP(policy_freep) struct policy *policy = good_policy(example, &diag);
	const struct policy_rule *rule;

	cr_expect_eq(diag_warnings(diag), 0u);
	cr_expect_str_eq(policy->name, "web");
	cr_expect_str_eq(policy->path, NAME);
	cr_expect_str_eq(policy->description, "nginx that serves static files");
	cr_expect_not(policy->audit);
	cr_expect(policy->no_new_privs);
	cr_expect(policy->scope.present);
	cr_expect_eq(policy->scope.n_cgroups, 1u);
	cr_expect_str_eq(policy->scope.executables[0], "/usr/sbin/nginx");
	cr_expect_str_eq(policy->scope.users[0], "www-data");
	cr_expect_not(policy->scope.launched || policy->scope.host);
	for (size_t class = 1; class < CLASS_END; class ++)
		cr_expect_neq(policy->default_rule[class], POLICY_NO_RULE, "%zu", class);
	rule = rule_at(policy, 16);
	cr_expect_eq(rule->pos.column, 7u);
	cr_expect_str_eq(rule->pos.file, NAME);
	cr_expect_str_eq(rule->text, "socket: {domain: [AF_UNIX, AF_INET, AF_INET6]}");
	rule = rule_at(policy, 21);
	cr_expect(rule->quiet);
	cr_expect_eq(rule->error, ENOSYS);
	rule = rule_at(policy, 22);
	cr_expect_eq(rule->action, ACTION_KILL);
	cr_expect_str_eq(rule->why, "nothing here debugs");
	cr_expect_eq(policy->caps_allowed, 1u << 10 | 1u << 7 | 1u << 6);
	cr_expect_eq(policy->caps_audited, 0u);
	cr_expect_eq(policy->rules[policy->cap_rule[10]].list, LIST_ALLOW);
	cr_expect_eq(policy->rules[policy->cap_rule[21]].list, LIST_DEFAULT);
	cr_expect_eq(policy->rules[policy->abi_rule].pos.line, 6u);
	cr_expect_eq(policy->rules[policy->unknown_rule].pos.line, 12u);
}

Test(read, rules_of_files_and_exec)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	CLEANUP(policy_freep) struct policy *policy = good_policy(example, &diag);
	const struct policy_path_rule *first = NULL;
	uint16_t words = 0;

	cr_expect_eq(policy->n_path_rules, 6u);
	for (uint32_t i = 0; i < policy->n_path_rules; i++) {
		const struct policy_path_rule *path_rule = &policy->path_rules[i];
		const struct policy_rule *rule = &policy->rules[path_rule->rule];

		words |= path_rule->words;
		if (path_rule->words)
			cr_expect_eq(path_rule->n_patterns, 0u);
		if (rule->pos.line == 26)
			first = path_rule;
		if (rule->class == CLASS_EXEC)
			cr_expect_eq(path_rule->access, 0);
		if (rule->pos.line == 29) {
			cr_expect_eq(rule->n_by, 2u);
			cr_expect_str_eq(rule->by[1], "/usr/bin/sudo");
		}
	}
	cr_assert_not_null(first);
	cr_expect_eq(first->access, ACCESS_READ | ACCESS_WRITE);
	cr_expect_eq(first->n_patterns, 2u);
	cr_expect_str_eq(first->patterns[1], "/root/**");
	cr_expect_eq(words, EXEC_ANONYMOUS_MEMORY | EXEC_WRITABLE_THEN_EXECUTABLE);
}

Test(read, access_that_is_not_said_is_all_of_it)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	CLEANUP(policy_freep)
	struct policy *policy = good_policy(DENY("files", "{paths: /etc/**, why: x}"), &diag);

	cr_assert_eq(policy->n_path_rules, 1u);
	cr_expect_eq(policy->path_rules[0].access, ACCESS_ALL);
}

Test(read, words_and_paths_of_one_exec_rule_part)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	CLEANUP(policy_freep)
	struct policy *policy =
		good_policy(DENY("exec", "{paths: [/a, anonymous-memory, /b]}"), &diag);

	cr_assert_eq(policy->n_path_rules, 2u);
	cr_expect_eq(policy->path_rules[0].n_patterns, 2u);
	cr_expect_eq(policy->path_rules[0].words, 0);
	cr_expect_eq(policy->path_rules[1].words, EXEC_ANONYMOUS_MEMORY);
	cr_expect_eq(policy->path_rules[0].rule, policy->path_rules[1].rule);
}

Test(read, good_patterns)
{
	static const char *const patterns[] = {
		"/",	"/**",	   "/a/**/b", "/a/*.so", "/a/[a-z]x", "/a/[!]]b",  "/a/[]]",
		"/a b", "/a\\\\b", "/...",    "/.a",	 "/a/?",      "/\xc3\xa4",
	};

	for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
		CLEANUP(diag_freep) struct diag *diag = NULL;
		char text[256];

		snprintf(text, sizeof(text), ALLOW("files", "\"%s\""), patterns[i]);
		policy_free(good_policy(text, &diag));
	}
}

Test(read, addresses)
{
	static const struct {
		const char *text;
		uint8_t kind, prefix;
		uint8_t address[16];
		uint16_t low, high;
		int16_t protocol;
		const char *pattern;
	} rows[] = {
		{"*:80/tcp", NET_ANY, 0, {0}, 80, 80, IPPROTO_TCP, NULL},
		{"*:*/*", NET_ANY, 0, {0}, 0, 65535, -1, NULL},
		{"*:*/udp", NET_ANY, 0, {0}, 0, 65535, IPPROTO_UDP, NULL},
		{"10.0.0.0/8:5432/tcp", NET_INET, 8, {10}, 5432, 5432, IPPROTO_TCP, NULL},
		{"127.0.0.1:8000-8080/tcp",
		 NET_INET,
		 32,
		 {127, 0, 0, 1},
		 8000,
		 8080,
		 IPPROTO_TCP,
		 NULL},
		{"0.0.0.0/0:1/*", NET_INET, 0, {0}, 1, 1, -1, NULL},
		{"[2001:db8::/32]:443/tcp",
		 NET_INET6,
		 32,
		 {0x20, 1, 0xd, 0xb8},
		 443,
		 443,
		 IPPROTO_TCP,
		 NULL},
		{"[::1]:0/sctp", NET_INET6, 128, {[15] = 1}, 0, 0, IPPROTO_SCTP, NULL},
		{"unix:/run/php/**", NET_UNIX_PATH, 0, {0}, 0, 65535, -1, "/run/php/**"},
		{"unix:@bus-*", NET_UNIX_ABSTRACT, 0, {0}, 0, 65535, -1, "@bus-*"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(diag_freep) struct diag *diag = NULL;
		CLEANUP(policy_freep) struct policy *policy = NULL;
		const struct policy_net_address *address;
		char text[256];

		snprintf(text, sizeof(text), ALLOW("network", "{connect: \"%s\"}"), rows[i].text);
		policy = good_policy(text, &diag);
		cr_assert_eq(policy->n_net_rules, 1u);
		cr_expect_eq(policy->net_rules[0].op, NET_CONNECT);
		address = &policy->net_rules[0].addresses[0];
		cr_expect_eq(address->kind, rows[i].kind, "%s", rows[i].text);
		cr_expect_eq(address->prefix, rows[i].prefix, "%s", rows[i].text);
		cr_expect_eq(memcmp(address->address, rows[i].address, 16), 0, "%s", rows[i].text);
		cr_expect_eq(address->port_low, rows[i].low, "%s", rows[i].text);
		cr_expect_eq(address->port_high, rows[i].high, "%s", rows[i].text);
		cr_expect_eq(address->protocol, rows[i].protocol, "%s", rows[i].text);
		cr_expect_str_eq(address->text, rows[i].text);
		cr_expect_eq(address->pattern == NULL, rows[i].pattern == NULL);
		if (rows[i].pattern)
			cr_expect_str_eq(address->pattern, rows[i].pattern);
	}
}

Test(read, families_times_types)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	CLEANUP(policy_freep)
	struct policy *policy = good_policy(
		DENY("network", "{socket: [AF_INET, AF_INET6], type: [SOCK_RAW, 1]}"), &diag);
	const struct policy_net_rule *rule = &policy->net_rules[0];

	cr_assert_eq(rule->n_addresses, 4u);
	for (uint32_t i = 0; i < 4; i++) {
		cr_expect_eq(rule->addresses[i].kind, NET_FAMILY);
		cr_expect_eq(rule->addresses[i].family, (uint32_t)(i < 2 ? AF_INET : AF_INET6));
		cr_expect_eq(rule->addresses[i].type, (uint32_t)(i % 2 ? SOCK_STREAM : SOCK_RAW));
	}
}

Test(read, capabilities_by_name)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	CLEANUP(policy_freep)
	struct policy *policy =
		good_policy(HEAD "capabilities:\n  default: allow\n"
				 "  deny: [{names: [CAP_SYS_ADMIN, KILL], why: x}]\n"
				 "  audit: [CHOWN, KILL]\n",
			    &diag);

	cr_expect_eq(policy->caps_audited, 1u);
	cr_expect_eq(policy->caps_allowed, ~(1ull << 0 | 1ull << 5 | 1ull << 21));
	cr_expect_str_eq(policy->rules[policy->cap_rule[5]].why, "x", "denied, not audited");
}

Test(read, the_native_abi_where_none_is_named)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	CLEANUP(policy_freep)
	struct policy *policy = good_policy(
		"version: 1\nname: t\nmode: audit\nsyscalls: {default: allow}\n", &diag);

	for (enum arch arch = 0; arch < ARCH_COUNT; arch++)
		cr_expect_eq(policy->abi[arch].governed, arch == arch_native());
	cr_expect(policy->audit);
	cr_expect_not(policy->scope.present);
	cr_expect_eq(policy->rules[policy->abi_rule].pos.line, 4u, "the first class");
	cr_expect_eq(policy->unknown_rule, POLICY_NO_RULE);
}

Test(read, tables_are_sorted)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	CLEANUP(policy_freep) struct policy *policy = good_policy(example, &diag);
	const struct policy_abi *abi = &policy->abi[ARCH_X86_64];

	for (uint32_t i = 1; i < abi->n_calls; i++)
		cr_expect_lt(abi->calls[i - 1].nr, abi->calls[i].nr);
	for (uint32_t i = 0; i < abi->n_calls; i++) {
		const struct policy_match *m = &policy->matches[abi->calls[i].first_match];

		cr_expect_eq(policy_call(policy, ARCH_X86_64, abi->calls[i].nr), &abi->calls[i]);
		for (uint32_t j = 1; j < abi->calls[i].n_matches; j++) {
			const struct policy_rule *a = &policy->rules[m[j - 1].rule];
			const struct policy_rule *b = &policy->rules[m[j].rule];

			cr_expect_leq(m[j - 1].class, m[j].class);
			if (m[j - 1].class != m[j].class)
				continue;
			cr_expect_geq(m[j - 1].level, m[j].level);
			if (m[j - 1].level == m[j].level)
				cr_expect_geq(a->action, b->action);
		}
	}
	for (uint32_t i = 0; i < policy->n_conds; i++) {
		const uint64_t *values = policy->values + policy->conds[i].first_value;

		cr_expect_neq(policy->conds[i].mask, 0u);
		for (uint32_t v = 1; v < policy->conds[i].n_values; v++)
			cr_expect_lt(values[v - 1], values[v]);
	}
}

Test(read, long_rules_are_cut_and_made_safe)
{
	char text[1024], why[400];
	CLEANUP(diag_freep) struct diag *diag = NULL;
	CLEANUP(policy_freep) struct policy *policy = NULL;

	memset(why, 'x', sizeof(why) - 1);
	why[sizeof(why) - 1] = '\0';
	snprintf(text, sizeof(text), DENY("syscalls", "read: {why: \"\\e[31m%s\"}"), why);
	policy = good_policy(text, &diag);
	cr_expect_leq(strlen(rule_at(policy, 7)->text), 210u);
	cr_expect_null(strchr(rule_at(policy, 7)->text, '\033'));
	cr_expect_eq(strncmp(rule_at(policy, 7)->text, "read: {why: \\x1b[31mxxx", 23), 0);
}

Test(read, review_tells_what_is_left_open)
{
	static const struct {
		const char *name, *text, *says;
		unsigned line;
	} rows[] = {
		{"a sibling", DENY("syscalls", "openat"), "openat2", 7},
		{"clone3", DENY("syscalls", "clone: {clone_flags: {any-of: CLONE_NEWUSER}}"),
		 "clone3", 7},
		{"exit", DENY("syscalls", "exit_group"), "exit_group is denied", 7},
		{"exit by default", HEAD "syscalls: {default: deny}\n", "rt_sigreturn", 4},
		{"io_uring", DENY("syscalls", "open"), "io_uring is open", 0},
		{"socketcall",
		 "version: 1\nname: t\narchitectures: [i386]\nsyscalls:\n  default: allow\n  deny: "
		 "[socket]\n",
		 "socketcall", 6},
		{"a socket's type without its flags",
		 DENY("syscalls", "socket: {type: [SOCK_RAW, SOCK_PACKET]}"), "{mask: 0xf, is", 7},
		{"flags by value", DENY("syscalls", "unshare: {unshare_flags: CLONE_NEWUSER}"),
		 "any-of", 7},
		{"a mode by value", DENY("syscalls", "mkdir: {mode: 0o777}"), "any-of", 7},
		{"CAP_SYS_PTRACE where no class speaks of it", DENY("syscalls", "mkdir"),
		 "CAP_SYS_PTRACE", 0},
		{"CAP_SYS_PTRACE by default",
		 HEAD "capabilities: {default: allow, deny: [CHOWN]}\n", "CAP_SYS_PTRACE", 4},
		{"CAP_SYS_PTRACE allowed",
		 HEAD "capabilities:\n  default: deny\n  allow:\n    - SYS_PTRACE\n",
		 "CAP_SYS_PTRACE", 7},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(diag_freep) struct diag *diag = NULL;
		CLEANUP(policy_freep) struct policy *policy = good_policy(rows[i].text, &diag);

		policy_review(policy, diag);
		cr_expect(has_entry(diag, DIAG_NOTE, rows[i].line, 0, rows[i].says), "%s",
			  rows[i].name);
	}
}

/* How many notes of the review hold this text. */
static unsigned noted(const char *text, const char *says)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	CLEANUP(policy_freep) struct policy *policy = good_policy(text, &diag);
	unsigned count = 0;

	policy_review(policy, diag);
	for (size_t i = 0; i < diag_count(diag); i++)
		count += strstr(diag_at(diag, i)->text, says) != NULL;
	return count;
}

Test(read, review_tells_each_thing_once)
{
	static const struct {
		const char *name, *text, *says;
		unsigned count;
	} rows[] = {
		{"a rule on every ABI",
		 "version: 1\nname: t\narchitectures: [x86_64, i386, x32]\nsyscalls:\n"
		 "  default: allow\n  deny:\n"
		 "    - socket: {type: SOCK_RAW}\n    - socketpair: {type: SOCK_RAW}\n",
		 "slips past", 2},
		{"a rule that allows", ALLOW("syscalls", "socket: {type: SOCK_RAW}"), "slips past",
		 0},
		{"no flag at all", DENY("syscalls", "setns: {flags: 0}"), "slips past", 0},
		{"a type under its mask",
		 DENY("syscalls", "socket: {type: {mask: 0xf, is: SOCK_RAW}}"), "slips past", 0},
		{"single flags",
		 DENY("syscalls", "unshare: {unshare_flags: {any-of: CLONE_NEWUSER}}"),
		 "slips past", 0},
		{"all but some values", DENY("syscalls", "unshare: {unshare_flags: {not: [0]}}"),
		 "slips past", 0},
		{"no flags", DENY("syscalls", "socket: {domain: AF_VSOCK}"), "slips past", 0},
		{"CAP_SYS_PTRACE",
		 "version: 1\nname: t\narchitectures: [x86_64, i386]\nsyscalls: {default: deny}\n",
		 "CAP_SYS_PTRACE", 1},
		{"CAP_SYS_PTRACE denied",
		 DENY("syscalls", "mkdir") "capabilities: {default: allow, deny: [SYS_PTRACE]}\n",
		 "CAP_SYS_PTRACE", 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		cr_expect_eq(noted(rows[i].text, rows[i].says), rows[i].count, "%s: %u",
			     rows[i].name, noted(rows[i].text, rows[i].says));
}

Test(read, review_is_silent_where_nothing_is_open)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	CLEANUP(policy_freep)
	struct policy *policy =
		good_policy(HEAD "kernel: {default: allow, deny: [namespaces, mount, io-uring]}\n"
				 "capabilities: {default: deny}\n",
			    &diag);

	policy_review(policy, diag);
	cr_expect_eq(diag_count(diag), 0u);
}
