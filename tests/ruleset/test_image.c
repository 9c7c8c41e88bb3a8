/* SPDX-License-Identifier: Apache-2.0 */
/* What an image holds beside paths: bits, places, scopes, words, names. */
#include "help_ruleset.h"

#include <netinet/in.h>

static const struct bl_header *header(const struct made *made)
{
	return (const struct bl_header *)(const void *)made->set.blocks;
}

static const char first_text[] = NAMED("first") "scope: {executables: [/a]}\n"
						"files: {default: deny}\n";
static const char second_text[] =
	NAMED("second") "mode: audit\nscope: {users: [33, 0x21, www]}\n"
			"exec: {default: allow, deny: [anonymous-memory]}\n";
static const char third_text[] = NAMED("third") "scope: {cgroups: [/s/**], launched: true}\n"
						"network: {default: deny}\n";
static const char other_scope[] = NAMED("first") "scope: {executables: [/b]}\n"
						 "files: {default: deny}\n";

static int user(void *context, const char *name, uint32_t *ret_uid)
{
	(void)context;
	if (strcmp(name, "www") != 0)
		return -ENOENT;
	*ret_uid = 34;
	return 0;
}

Test(image, bits_are_kept_by_name)
{
	static const char *const before[] = {first_text, second_text, NULL};
	static const char *const after[] = {third_text, second_text, other_scope, NULL};
	struct made old = make_all(before, (struct ruleset_options){.user = user});
	struct made new = make_all(
		after,
		(struct ruleset_options){.user = user, .previous = &old.set, .busy = 1ull << 2});
	struct ruleset_policy policy;

	cr_assert_eq(new.error, 0);
	cr_expect_eq(header(&old)->policies, 3u);
	cr_expect_eq(header(&old)->kept, 0u);
	ruleset_policy(&new.set, 0, &policy);
	cr_expect_str_eq(policy.name, "third");
	cr_expect_eq(policy.bit, 3u, "a new one takes what is neither used nor busy");
	ruleset_policy(&new.set, 1, &policy);
	cr_expect_eq(policy.bit, 1u);
	cr_expect(policy.audit);
	cr_expect_eq(policy.places, header(&new)->audit);
	ruleset_policy(&new.set, 2, &policy);
	cr_expect_eq(policy.bit, 0u);
	cr_expect_eq(header(&new)->kept, 2u, "another scope is not kept");
	cr_expect_eq(header(&new)->launched, 8u);
	cr_expect_eq(ruleset_policy(&new.set, 3, &policy), -ENOENT);
	made_clear(&old);
	made_clear(&new);
}

Test(image, whom_a_scope_meets)
{
	static const char *const texts[] = {first_text, second_text, third_text, NULL};
	static const struct {
		const char *name, *executable, *cgroup;
		uint32_t uid;
		uint64_t policies;
	} rows[] = {
		{"nobody", NULL, NULL, 0, 0},
		{"an executable", "/a", NULL, 0, 1},
		{"not below it", "/a/b", NULL, 0, 0},
		{"a user", NULL, NULL, 33, 2},
		{"a user by name", NULL, NULL, 34, 2},
		{"a cgroup", NULL, "/s", 0, 4},
		{"below it", NULL, "/s/x/y", 0, 4},
		{"another cgroup", NULL, "/t", 0, 0},
		{"a path is no cgroup", "/s", "/a", 0, 0},
		{"all", "/a", "/s/a", 33, 7},
	};
	struct made made = make_all(texts, (struct ruleset_options){.user = user});
	uint64_t policies, by;

	cr_assert_eq(made.error, 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cr_assert_eq(ruleset_ask_scope(&made.set, rows[i].executable, rows[i].cgroup,
					       rows[i].uid, &policies, &by),
			     0);
		cr_expect_eq(policies, rows[i].policies, "%s: %#lx", rows[i].name, policies);
		cr_expect_eq(by, 0u);
	}
	cr_expect_eq(header(&made)->files, ruleset_places(&made.set, 1, 0));
	cr_expect_eq(header(&made)->exec, ruleset_places(&made.set, 2, 0));
	cr_expect_eq(header(&made)->network, ruleset_places(&made.set, 4, 0));
	made_clear(&made);
}

Test(image, capabilities_surfaces_and_words)
{
	static const char text[] =
		HEAD "capabilities:\n  default: deny\n  allow: [CHOWN]\n"	     /* 4 */
		     "  audit: [KILL]\n"					     /* 7 */
		     "kernel:\n  default: allow\n  deny: [bpf, {surfaces: [mount], " /* 8 */
		     "action: kill}]\n  audit: [perf]\n"			     /* 11 */
		     "exec:\n  default: deny\n  deny: [anonymous-memory]\n"	     /* 12 */
		     "  allow: [{paths: [anonymous-memory], by: [/jit]}]\n";	     /* 15 */
	static const struct {
		const char *name;
		enum bl_op op;
		uint32_t number;
		bool jit, deny, audit;
		unsigned line; /* 0: nobody says anything */
	} rows[] = {
		{"a capability by default", BL_OP_CAPABILITY, 12, false, true, false, 5},
		{"one that no kernel has yet", BL_OP_CAPABILITY, 63, false, true, false, 5},
		{"allowed", BL_OP_CAPABILITY, 0, false, false, false, 6},
		{"audited", BL_OP_CAPABILITY, 5, false, false, true, 7},
		{"a surface by default", BL_OP_SURFACE, BL_SURFACE_LOG, false, false, false, 9},
		{"denied", BL_OP_SURFACE, BL_SURFACE_BPF, false, true, false, 10},
		{"killed", BL_OP_SURFACE, BL_SURFACE_MOUNT, false, true, false, 10},
		{"audited", BL_OP_SURFACE, BL_SURFACE_PERF, false, false, true, 11},
		{"a slot without surface", BL_OP_SURFACE, 15, false, false, false, 0},
		{"a word", BL_OP_WORD, BL_WORD_ANONYMOUS, false, true, false, 14},
		{"a word by a program", BL_OP_WORD, BL_WORD_ANONYMOUS, true, false, false, 15},
		{"a default says nothing of words", BL_OP_WORD, BL_WORD_WX, false, false, false, 0},
	};
	struct made made = make_one(text);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ruleset_verdict verdict;
		struct ruleset_rule rule = {.line = 0};
		uint64_t policies, by, places;

		ruleset_ask_scope(&made.set, rows[i].jit ? "/jit" : "/x", NULL, 0, &policies, &by);
		places = ruleset_places(&made.set, policies, by);
		cr_assert_eq(ruleset_ask_number(&made.set, rows[i].op, rows[i].number, 0, places,
						&verdict),
			     0);
		cr_expect_eq(verdict.deny, rows[i].deny ? places : 0, "%s", rows[i].name);
		cr_expect_eq(verdict.audit, rows[i].audit ? places : 0, "%s", rows[i].name);
		if (verdict.rule != BL_NO_RULE)
			cr_assert_eq(ruleset_rule(&made.set, verdict.rule, &rule), 0);
		cr_expect_eq(rule.line, rows[i].line, "%s: line %u", rows[i].name, rule.line);
	}
	made_clear(&made);
}

Test(image, what_a_rule_tells)
{
	static const char text[] = NAMED(
		"t") "description: D\nscope: {host: true}\nfiles:\n  default: allow\n"
		     "  deny:\n    - {paths: [/a], action: errno ENOENT, report: no, why: w}\n"
		     "    - {paths: [/b], action: kill}\n";
	struct made made = make_one(text);
	const struct bl_rule *rules =
		(const struct bl_rule *)(const void *)(made.set.blocks +
						       header(&made)->rules * (size_t)BL_BLOCK);
	struct ruleset_policy policy;
	struct ruleset_verdict verdict;
	struct ruleset_rule rule;

	cr_assert_eq(ruleset_policy(&made.set, 0, &policy), 0);
	cr_expect_str_eq(policy.description, "D");
	cr_expect_str_eq(policy.path, "t.yaml");
	cr_assert_eq(ruleset_ask_path(&made.set, BL_STATE_ROOT, "/a", BL_OP_READ, 1, &verdict), 0);
	cr_assert_eq(ruleset_rule(&made.set, verdict.rule, &rule), 0);
	cr_expect_str_eq(rule.policy, "t");
	cr_expect_str_eq(rule.file, "t.yaml");
	cr_expect_str_eq(rule.why, "w");
	cr_expect_eq(rule.line, 8u);
	cr_expect_eq(rule.class, CLASS_FILES);
	cr_expect_eq(rule.list, LIST_DENY);
	cr_expect_eq(rule.error, ENOENT);
	cr_expect(rule.quiet);
	cr_expect_not_null(strstr(rule.text, "paths: [/a]"));
	cr_expect_eq(rules[verdict.rule].error, ENOENT);
	cr_expect_eq(rules[verdict.rule].flags, BL_RULE_QUIET);
	cr_assert_eq(ruleset_ask_path(&made.set, BL_STATE_ROOT, "/b", BL_OP_READ, 1, &verdict), 0);
	cr_expect_eq(rules[verdict.rule].error, EPERM);
	cr_expect_eq(rules[verdict.rule].flags, BL_RULE_KILL);
	cr_expect_eq(ruleset_rule(&made.set, policy.n_rules, &rule), -ENOENT);
	made_clear(&made);
}

static int resolve(void *context, const char *pattern, char **ret_path)
{
	(void)context;
	*ret_path = NULL;
	if (strncmp(pattern, "/bin/", 5) == 0 && asprintf(ret_path, "/usr%s", pattern) < 0)
		return -ENOMEM;
	return strcmp(pattern, "/broken") == 0 ? -EIO : 0;
}

#define HOST "scope: {host: true}\n"

/* The places whose tasks may not give files other names for the sake of unix paths. */
Test(image, who_has_rules_for_unix_paths)
{
	static const char *const texts[] = {
		NAMED("none") HOST "network: {default: deny, allow: [{connect: "
				   "['10.0.0.0/8:1/tcp']}]}\n",
		NAMED("bind") HOST "network: {default: allow, deny: [{bind: ['unix:/run/a']}]}\n",
		NAMED("names") HOST "network: {default: allow, deny: [{connect: ['unix:@a']}]}\n",
		NAMED("connect") HOST
		"network: {default: deny, allow: [{connect: ['unix:/run/**']}]}\n",
		NULL};
	struct made made = make_all(texts, (struct ruleset_options){.user = user});
	struct ruleset_policy policy;
	uint64_t expected = 0;

	cr_assert_eq(made.error, 0);
	for (size_t i = 1; i < 4; i += 2) {
		ruleset_policy(&made.set, i, &policy);
		expected |= policy.places;
	}
	cr_expect_eq(header(&made)->unix_paths, expected);
	made_clear(&made);
}

Test(image, symbolic_links_are_resolved_and_told)
{
	static const char *const texts[] = {
		NAMED("t") "scope: {executables: [/bin/e]}\nfiles:\n  default: allow\n  deny:\n"
			   "    - {paths: [/bin/a, '/bin/*.so'], by: [/bin/b]}\n",
		NULL};
	static const char *const broken[] = {HEAD "files: {default: allow, deny: [/broken]}\n",
					     NULL};
	struct made made = make_all(texts, (struct ruleset_options){.resolve = resolve});
	struct ruleset_verdict verdict;
	uint64_t policies, by;

	cr_assert_eq(made.error, 0);
	cr_assert_eq(ruleset_ask_scope(&made.set, "/usr/bin/e", NULL, 0, &policies, &by), 0);
	cr_expect_eq(policies, 1u);
	cr_assert_eq(ruleset_ask_scope(&made.set, "/usr/bin/b", NULL, 0, &policies, &by), 0);
	cr_expect_eq(by, 1u);
	cr_assert_eq(ruleset_ask_path(&made.set, BL_STATE_ROOT, "/usr/bin/x.so", BL_OP_READ,
				      ruleset_places(&made.set, 1, by), &verdict),
		     0);
	cr_expect_neq(verdict.deny, 0u);
	cr_expect(says(made.diag, DIAG_NOTE, 7, "/bin/a is /usr/bin/a here"));
	made_clear(&made);
	made = make_all(broken, (struct ruleset_options){.resolve = resolve});
	cr_expect_eq(made.error, -EIO);
	made_clear(&made);
}

/* Equal policies have equal hashes, whatever their order; and anything else changes it. */
Test(image, hashes_tell_meanings)
{
	static const struct {
		const char *name, *text;
		bool same;
	} rows[] = {
		{"itself", HEAD "files:\n  default: allow\n  deny: [/a, /b]\n", true},
		{"another order", HEAD "files:\n  default: allow\n  deny: [/b, /a]\n", true},
		{"another path", HEAD "files:\n  default: allow\n  deny: [/a, /c]\n", false},
		{"another default", HEAD "files:\n  default: deny\n  deny: [/a, /b]\n", false},
		{"another list", HEAD "files:\n  default: allow\n  audit: [/a, /b]\n", false},
		{"another mode", HEAD "mode: audit\nfiles:\n  default: allow\n  deny: [/a, /b]\n",
		 false},
		{"another class",
		 HEAD "files:\n  default: allow\n  deny: [/a, /b]\n"
		      "kernel: {default: allow}\n",
		 false},
	};
	struct ruleset_policy right, policy;
	struct made first = make_one(rows[0].text);

	ruleset_policy(&first.set, 0, &right);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct made made = make_one(rows[i].text);

		ruleset_policy(&made.set, 0, &policy);
		cr_expect_eq(policy.hash == right.hash, rows[i].same, "%s", rows[i].name);
		cr_expect_eq(memcmp(header(&made)->hash, header(&first)->hash, 24) == 0,
			     rows[i].same, "%s", rows[i].name);
		made_clear(&made);
	}
	made_clear(&first);
}

/* Without any policy everything is allowed, and nothing breaks. */
Test(image, of_no_policy)
{
	static const char *const none[] = {NULL};
	struct made made = make_all(none, (struct ruleset_options){.partial = false});
	struct ruleset_verdict verdict;
	const uint8_t address[4] = {10, 0, 0, 1};

	cr_assert_eq(made.error, 0);
	cr_assert_eq(ruleset_ask_path(&made.set, BL_STATE_ROOT, "/a/b", BL_OP_READ, UINT64_MAX,
				      &verdict),
		     0);
	cr_expect_eq(verdict.deny | verdict.audit, 0u);
	cr_assert_eq(ruleset_ask_address(&made.set, BL_OP_CONNECT, AF_INET, address, 80,
					 IPPROTO_TCP, UINT64_MAX, &verdict),
		     0);
	cr_expect_eq(verdict.deny | verdict.audit, 0u);
	made_clear(&made);
}

/* As many as a policy may have; each is found, and no other. */
Test(image, of_200000_rules)
{
	char *text = NULL, path[64];
	size_t length;
	FILE *out = open_memstream(&text, &length);
	struct made made;

	fputs(HEAD "files:\n  default: allow\n  deny:\n    - paths:\n", out);
	for (unsigned i = 0; i < 200000; i++)
		fprintf(out, "      - /srv/d%u/f%u%s\n", i % 301, i, i % 2 ? "/**" : "");
	fclose(out);
	made = make_one(text);
	for (unsigned i = 0; i < 200100; i++) {
		struct ruleset_verdict verdict;

		snprintf(path, sizeof(path), "/srv/d%u/f%u/x", i % 301, i);
		ruleset_ask_path(&made.set, BL_STATE_ROOT, path, BL_OP_WRITE, 1, &verdict);
		cr_assert_eq(verdict.deny, i < 200000 && i % 2, "%s", path);
		path[strlen(path) - 2] = '\0';
		ruleset_ask_path(&made.set, BL_STATE_ROOT, path, BL_OP_WRITE, 1, &verdict);
		cr_assert_eq(verdict.deny, i < 200000, "%s", path);
	}
	cr_expect_lt(made.set.n_blocks * (uint64_t)BL_BLOCK, 48u << 20);
	made_clear(&made);
	free(text);
}

/* The slashes of abstract names part components, of which the first can be empty. */
Test(image, abstract_names_that_begin_with_a_slash)
{
	static const struct {
		const char *pattern, *name;
		bool matches;
	} rows[] = {
		{"@/**", "/x", true},	    {"@/**", "/x/y", true},	{"@/**", "x", false},
		{"@/**", "x/y", false},	    {"@/*", "/x", true},	{"@/*", "x", false},
		{"@/*", "/x/y", false},	    {"@/**/y", "/x/y", true},	{"@/**/y", "x/y", false},
		{"@/[xz]/y", "/x/y", true}, {"@/[xz]/y", "x/y", false}, {"@/x", "/x", true},
		{"@/x", "x", false},	    {"@//*", "//x", true},	{"@//*", "/x", false},
		{"@**", "/x", true},	    {"@**", "x", true},		{"@*", "/x", false},
		{"@**/x", "/x", true},	    {"@x/*", "x/", true},	{"@x/*", "x", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ruleset_verdict verdict = {0};
		struct made made;
		char text[256];

		snprintf(text, sizeof(text),
			 HEAD "network:\n  default: allow\n  deny: [{connect: [\"unix:%s\"]}]\n",
			 rows[i].pattern);
		made = make_one(text);
		cr_assert_eq(ruleset_ask_path(&made.set, BL_STATE_NAMES, rows[i].name,
					      BL_OP_UNIX_CONNECT, UINT64_MAX, &verdict),
			     0);
		cr_expect_eq(verdict.deny != 0, rows[i].matches, "%s of %s", rows[i].pattern,
			     rows[i].name);
		made_clear(&made);
	}
}
