/* SPDX-License-Identifier: Apache-2.0 */
/* What tells policies apart, and what a header says of them. */
#include "help_ruleset.h"

/* What the policy language sets. */
#define PATTERN_MAX   4096
#define COMPONENT_MAX 255

#define FILES	"files:\n  default: allow\n  deny:\n"
#define NET	"network:\n  default: allow\n  deny:\n"
#define CALLS	"syscalls:\n  default: allow\n  deny:\n"
#define CONNECT "    - {connect: ["

/* Each is another policy than all the others. */
static const char *const others[] = {
	FILES "    - {paths: [/a], access: [read]}\n",
	FILES "    - {paths: [/b], access: [read]}\n",
	FILES "    - {paths: [/a, /b], access: [read]}\n",
	FILES "    - {paths: [/a], access: [write]}\n",
	FILES "    - {paths: [/a], access: [read, write]}\n",
	FILES "    - {paths: [/a], access: [read], action: errno ENOENT}\n",
	FILES "    - {paths: [/a], access: [read], action: errno EACCES}\n",
	FILES "    - {paths: [/a], access: [read], action: kill}\n",
	FILES "    - {paths: [/a], access: [read], report: no}\n",
	FILES "    - {paths: [/a], access: [read], by: [/x]}\n",
	FILES "    - {paths: [/a], access: [read], by: [/y]}\n",
	FILES "    - {paths: [/a], access: [read], by: [/x, /y]}\n",
	"files:\n  default: allow\n  audit:\n    - {paths: [/a], access: [read]}\n",
	"files:\n  default: audit\n  deny:\n    - {paths: [/a], access: [read]}\n",
	"files:\n  default: deny\n  allow:\n    - {paths: [/a], access: [read]}\n",
	"files:\n  default: kill\n  allow:\n    - {paths: [/a], access: [read]}\n",
	"files: {default: allow}\n",
	"exec: {default: allow}\n",
	"network: {default: allow}\n",
	"kernel: {default: allow}\n",
	"exec:\n  default: allow\n  deny: [/a]\n",
	"exec:\n  default: allow\n  deny: [anonymous-memory]\n",
	"exec:\n  default: allow\n  deny: [writable-then-executable]\n",
	NET CONNECT "'10.0.0.0/8:80/tcp']}\n",
	NET CONNECT "'11.0.0.0/8:80/tcp']}\n",
	NET CONNECT "'10.0.0.0/9:80/tcp']}\n",
	NET CONNECT "'10.0.0.0/8:81/tcp']}\n",
	NET CONNECT "'10.0.0.0/8:80-81/tcp']}\n",
	NET CONNECT "'10.0.0.0/8:80/udp']}\n",
	NET CONNECT "'10.0.0.0/8:80/*']}\n",
	NET CONNECT "'10.0.0.0/8:80/tcp', '10.0.0.0/8:80/udp']}\n",
	NET CONNECT "'[a00::/8]:80/tcp']}\n",
	NET CONNECT "'*:80/tcp']}\n",
	NET CONNECT "'unix:/a']}\n",
	NET CONNECT "'unix:/b']}\n",
	NET CONNECT "'unix:@a']}\n",
	NET "    - {bind: ['10.0.0.0/8:80/tcp']}\n",
	NET "    - {listen: ['10.0.0.0/8:80/tcp']}\n",
	NET "    - {socket: [AF_NETLINK]}\n",
	NET "    - {socket: [AF_PACKET]}\n",
	NET "    - {socket: [AF_PACKET], type: [SOCK_RAW]}\n",
	NET "    - {socket: [AF_PACKET], type: [SOCK_DGRAM]}\n",
	"capabilities: {default: deny}\n",
	"capabilities: {default: deny, allow: [CAP_CHOWN]}\n",
	"capabilities: {default: deny, allow: [CAP_KILL]}\n",
	"capabilities: {default: deny, audit: [CAP_CHOWN]}\n",
	"capabilities: {default: deny, audit: [CAP_KILL]}\n",
	"capabilities: {default: deny, allow: [CAP_CHOWN], audit: [CAP_KILL]}\n",
	"capabilities: {default: deny, allow: [CAP_KILL], audit: [CAP_CHOWN]}\n",
	"kernel: {default: deny}\n",
	"kernel: {default: deny, allow: [clock]}\n",
	"kernel: {default: deny, allow: [bpf]}\n",
	"kernel: {default: allow, deny: [clock]}\n",
	CALLS "    - mkdir\n",
	CALLS "    - rmdir\n",
	CALLS "    - mkdir\n    - rmdir\n",
	CALLS "    - kill: {sig: 9}\n",
	CALLS "    - kill: {sig: 8}\n",
	CALLS "    - kill: {sig: [8, 9]}\n",
	CALLS "    - kill: {pid: 9}\n",
	CALLS "    - kill: {sig: {not: 9}}\n",
	CALLS "    - kill: {sig: {mask: 0xff, is: 9}}\n",
	CALLS "    - kill: {sig: 9, pid: 1}\n",
	CALLS "    - kill: {sig: 9}\n    - kill: {pid: 1}\n",
	CALLS "    - {calls: [mkdir], action: kill}\n",
	"syscalls:\n  default: deny\n  allow: [mkdir]\n",
	/* A surface that no call of this ABI reaches. */
	"architectures: [aarch64]\nkernel: {default: deny}\n",
	"architectures: [aarch64]\nkernel: {default: deny, allow: [raw-io]}\n",
	"mode: audit\nfiles: {default: allow}\n",
	"no-new-privileges: no\nfiles: {default: allow}\n",
};

Test(policies, each_has_another_hash)
{
	uint64_t hashes[ARRAY_LEN(others)], words[ARRAY_LEN(others)][3];
	struct ruleset_options options = {.scopeless = true};

	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		char text[1024];
		const char *texts[] = {text, NULL};
		struct ruleset_policy policy;
		struct made made;

		snprintf(text, sizeof(text), HEAD "%s", others[i]);
		made = make_all(texts, options);
		cr_assert_eq(made.error, 0, "%s", text);
		cr_assert_eq(ruleset_policy(&made.set, 0, &policy), 0);
		hashes[i] = policy.hash;
		memcpy(words[i], ((struct bl_header *)(void *)made.set.blocks)->hash, 24);
		for (size_t j = 0; j < i; j++)
			cr_expect(hashes[i] != hashes[j] && memcmp(words[i], words[j], 24) != 0,
				  "%s is %s", others[i], others[j]);
		made_clear(&made);
	}
}

/* Whichever surface of the kernel it is that a policy lets be reached, and how the others are refused. */
Test(policies, each_surface_has_another_hash)
{
	static const char *const actions[] = {"deny", "kill", "audit"};
	uint64_t hashes[3 * POLICY_MAX_SURFACES];
	size_t n, count = 0;
	const struct policy_surface *surfaces = policy_surfaces(&n);

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < ARRAY_LEN(actions); j++, count++) {
			char text[256];
			const char *texts[] = {text, NULL};
			struct ruleset_policy policy;
			struct made made;

			snprintf(text, sizeof(text), HEAD "kernel: {default: %s, allow: [%s]}\n",
				 actions[j], surfaces[i].name);
			made = make_all(texts, (struct ruleset_options){.scopeless = true});
			cr_assert_eq(made.error, 0, "%s", text);
			cr_assert_eq(ruleset_policy(&made.set, 0, &policy), 0);
			hashes[count] = policy.hash;
			for (size_t k = 0; k < count; k++)
				cr_expect_neq(hashes[count], hashes[k], "%s is that of %s %s", text,
					      actions[k % 3], surfaces[k / 3].name);
			made_clear(&made);
		}
}

/* Which places have rules of which class, by the bits of their policies. */
Test(policies, what_the_header_says)
{
	static const char *const classes[] = {"files",	      "exec",	"network",
					      "capabilities", "kernel", NULL};
	char text[5][256];
	const char *texts[6] = {NULL};
	struct made made;
	const struct bl_header *h;
	struct ruleset_policy policy;

	for (size_t i = 0; classes[i]; i++) {
		snprintf(text[i], sizeof(text[i]),
			 NAMED("%s") "%sscope: {%s: true}\n%s: {default: deny}\n", classes[i],
			 i == 2 ? "mode: audit\n" : "", i == 1 ? "launched" : "host", classes[i]);
		texts[i] = text[i];
	}
	made = make_all(texts, (struct ruleset_options){.partial = false});
	cr_assert_eq(made.error, 0);
	h = (const struct bl_header *)(void *)made.set.blocks;
	cr_expect_eq(h->policies, 31u);
	cr_expect_eq(h->host, 29u);
	cr_expect_eq(h->launched, 2u);
	cr_expect_eq(h->kept, 0u);
	for (size_t i = 0; classes[i]; i++) {
		const uint64_t *places[] = {&h->files, &h->exec, &h->network, &h->capabilities,
					    &h->kernel};

		cr_assert_eq(ruleset_policy(&made.set, i, &policy), 0);
		cr_expect_eq(*places[i], policy.places, "%s", classes[i]);
		cr_expect_eq(h->audit & policy.places, i == 2 ? policy.places : 0);
		cr_expect_eq(policy.audit, i == 2);
		cr_expect_eq(policy.bit, i);
	}
	made_clear(&made);
}

/* --- Scopes ------------------------------------------------------------------------------------- */

static int find_user(void *context, const char *name, uint32_t *ret_uid)
{
	(void)context;
	*ret_uid = 77;
	return strcmp(name, "known") == 0 ? 0 : strcmp(name, "broken") == 0 ? -EIO : -ENOENT;
}

/* Each is another scope than all the others, but for numbers of one user. */
static const char *const scopes[] = {
	"{host: true}",
	"{launched: true}",
	"{host: true, launched: true}",
	"{executables: [/a]}",
	"{executables: [/b]}",
	"{executables: [/a, /b]}",
	"{cgroups: [/a]}",
	"{cgroups: [/b]}",
	"{executables: [/a], cgroups: [/b]}",
	"{executables: [/b], cgroups: [/a]}",
	"{users: [known]}",
	"{users: [78]}",
	"{users: [77, 78]}",
	"{users: [78], launched: true}",
};

Test(policies, each_has_another_scope)
{
	uint64_t hashes[ARRAY_LEN(scopes)];

	for (size_t i = 0; i < ARRAY_LEN(scopes); i++) {
		char text[256];
		const char *texts[] = {text, NULL};
		struct ruleset_policy policy;
		struct made made;

		snprintf(text, sizeof(text), NAMED("t") "scope: %s\nfiles: {default: deny}\n",
			 scopes[i]);
		made = make_all(texts, (struct ruleset_options){.user = find_user});
		cr_assert_eq(made.error, 0, "%s", text);
		cr_assert_eq(ruleset_policy(&made.set, 0, &policy), 0);
		hashes[i] = policy.scope_hash;
		for (size_t j = 0; j < i; j++)
			cr_expect_neq(hashes[i], hashes[j], "%s is %s", scopes[i], scopes[j]);
		made_clear(&made);
	}
}

/* A user by name and by numbers of every base; of two policies, those that name him. */
Test(policies, users_of_scopes)
{
	static const struct {
		const char *users;
		uint32_t uid;
	} rows[] = {{"known", 77}, {"77", 77}, {"0x4d", 77},
		    {"0o115", 77}, {"0", 0},   {"4294967294", 4294967294u}};
	static const char *const broken[] = {
		NAMED("t") "scope: {users: [broken]}\nfiles: {default: deny}\n", NULL};
	struct made made;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[2][256];
		const char *texts[] = {text[0], text[1], NULL};
		uint64_t policies, by;

		snprintf(text[0], sizeof(text[0]),
			 NAMED("a") "scope: {users: [%s, 5]}\nfiles: {default: deny}\n",
			 rows[i].users);
		snprintf(text[1], sizeof(text[1]),
			 NAMED("b") "scope: {users: [6, %s]}\nfiles: {default: deny}\n",
			 rows[i].users);
		made = make_all(texts, (struct ruleset_options){.user = find_user});
		cr_assert_eq(made.error, 0, "%s", rows[i].users);
		for (uint32_t uid = 4; uid < 8; uid++) {
			cr_assert_eq(ruleset_ask_scope(&made.set, NULL, NULL, uid, &policies, &by),
				     0);
			cr_expect_eq(policies, uid == 5 ? 1u : uid == 6 ? 2u : 0u, "%u", uid);
		}
		cr_assert_eq(ruleset_ask_scope(&made.set, NULL, NULL, rows[i].uid, &policies, &by),
			     0);
		cr_expect_eq(policies, 3u, "%s", rows[i].users);
		cr_expect_eq(by, 0u);
		made_clear(&made);
	}
	made = make_all(broken, (struct ruleset_options){.user = find_user});
	cr_expect_eq(made.error, -EIO);
	made_clear(&made);
}

/* --- Where links lead --------------------------------------------------------------------------- */

static int lead(void *context, const char *pattern, char **ret_path)
{
	const char *to = context;

	*ret_path = strcmp(pattern, "/link") == 0 ? strdup(to) : NULL;
	return 0;
}

/* A path of so many bytes; the components have 250 of them, but for the last. */
static char *path_of(size_t bytes)
{
	char *path = calloc(bytes + 1, 1);

	for (size_t i = 0; i < bytes; i++)
		path[i] = i % 251 ? 'a' : '/';
	return path;
}

static char *component_of(size_t bytes)
{
	char *path = calloc(bytes + 4, 1);

	path[0] = '/';
	memset(path + 1, 'a', bytes);
	memcpy(path + 1 + bytes, "/b", 3);
	return path;
}

Test(policies, links_that_lead_to_no_pattern)
{
	const struct {
		char *to;
		bool good;
	} leads[] = {
		{strdup("/other"), true},
		{strdup("other"), false},
		{strdup(""), false},
		{strdup("/a[b]"), true},
		{strdup("/a[!b]c"), true},
		{strdup("/a[^b]c"), true},
		{strdup("/a[]]c"), true},
		{strdup("/a[!]]c"), true},
		{strdup("/a[b"), false},
		{strdup("/a[]c"), false},
		{strdup("/a[!]c"), false},
		{strdup("/a[b/c]"), false},
		{strdup("/["), false},
		{path_of(PATTERN_MAX), true},
		{path_of(PATTERN_MAX + 1), false},
		{component_of(COMPONENT_MAX), true},
		{component_of(COMPONENT_MAX + 1), false},
	};
	static const char *const texts[] = {HEAD FILES "    - {paths: [/link], access: [read]}\n",
					    NULL};

	for (size_t i = 0; i < ARRAY_LEN(leads); i++) {
		struct made made = make_all(
			texts, (struct ruleset_options){.resolve = lead, .context = leads[i].to});

		cr_expect_eq(made.error, leads[i].good ? 0 : -EINVAL, "%zu: %.40s", i, leads[i].to);
		cr_expect_eq(says(made.diag, DIAG_ERROR, 7, "which can't be a pattern"),
			     !leads[i].good, "%zu: %.40s", i, leads[i].to);
		made_clear(&made);
		free(leads[i].to);
	}
}
