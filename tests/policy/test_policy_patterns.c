/* SPDX-License-Identifier: Apache-2.0 */
/* What is a pattern, to the byte; and where the words of exec are words. */
#include "help_policy.h"

#include <stdio.h>

#define POLICY_MAX_PATH	    4096
#define POLICY_MAX_ABSTRACT 107

Test(patterns, what_is_one)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{"/", true},	       {"/a", true},	     {"/a/b", true},
		{"", false},	       {"a", false},	     {"/a/", false},
		{"//", false},	       {"//a", false},	     {"/a//b", false},
		{"/.", false},	       {"/..", false},	     {"/./a", false},
		{"/../a", false},      {"/a/.", false},	     {"/a/..", false},
		{"/.a", true},	       {"/..a", true},	     {"/...", true},
		{"/a.", true},	       {"/.b/..c", true},    {"/b.", true},
		{"/.c/d", true},       {"/*", true},	     {"/**", true},
		{"/a/**", true},       {"/**/a", true},	     {"/a**", false},
		{"/**a", false},       {"/***", false},	     {"/*a*", true},
		{"/*/*", true},	       {"/a?", true},	     {"/[a]", true},
		{"/[ab]c", true},      {"/[a-z]", true},     {"/[z-a]", false},
		{"/[a-a]", true},      {"/[b-a]", false},    {"/[a-bd-c]", false},
		{"/[a-bc-d]", true},   {"/[-a]", true},	     {"/[a-]", true},
		{"/[z-]", true},       {"/[!a]", true},	     {"/[^a]", true},
		{"/[!z-a]", false},    {"/[^z-a]", false},   {"/[!a-z]", true},
		{"/[!-a]", true},      {"/[^-a]", true},     {"/[]]", true},
		{"/[]a]", true},       {"/[!]]", true},	     {"/[^]]", true},
		{"/[", false},	       {"/[]", false},	     {"/[!]", false},
		{"/[^]", false},       {"/[a", false},	     {"/[a/b]", false},
		{"/b-[a]", true},      {"/a/zz-[!a]", true}, {"/[[]", true},
		{"/a]", true},	       {"/[a][b", false},    {"/[a][b]", true},
		{"/[a]/[c-b]", false}, {"/[b-a][b]", false}, {"/[\xff-a]", false},
		{"/[a-\xff]", true},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		cr_expect_eq(policy_is_pattern(rows[i].text), rows[i].good, "%s", rows[i].text);
}

/* Of names without a file: one at least, and no more than a socket's address has room for. */
Test(patterns, abstract_names)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {{"@", false},      {"@a", true},	 {"@*", true},	   {"@/", true},
		    {"a", false},      {"", false},	 {"aa", false},	   {"@[", false},
		    {"@[b-a]", false}, {"@[a-b]", true}, {"@a/../b", true}};
	char text[POLICY_MAX_ABSTRACT + 3] = "@";

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		cr_expect_eq(policy_is_abstract(rows[i].text), rows[i].good, "%s", rows[i].text);
	memset(text + 1, 'a', POLICY_MAX_ABSTRACT);
	cr_expect(policy_is_abstract(text));
	text[POLICY_MAX_ABSTRACT + 1] = 'a';
	cr_expect_not(policy_is_abstract(text));
}

static char *long_path(size_t bytes, size_t component)
{
	char *path = calloc(bytes + 1, 1);

	for (size_t i = 0; i < bytes; i++)
		path[i] = i % (component + 1) ? 'a' : '/';
	return path;
}

Test(patterns, how_long_they_are)
{
	const struct {
		size_t bytes, component;
		bool good;
	} rows[] = {{256, 255, true},
		    {257, 256, false},
		    {POLICY_MAX_PATH, 200, true},
		    {POLICY_MAX_PATH + 1, 200, false}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char *path = long_path(rows[i].bytes, rows[i].component);

		cr_expect_eq(policy_is_pattern(path), rows[i].good, "%zu", i);
		free(path);
	}
}

/* A word is one in exec alone, and by itself. */
Test(patterns, words_of_exec)
{
	static const char *const wrong[] = {
		HEAD "files: {default: allow, deny: [anonymous-memory]}\n",
		HEAD "files: {default: allow, deny: [{paths: [writable-then-executable]}]}\n",
		HEAD "exec: {default: allow, deny: [anonymous]}\n",
		HEAD "exec: {default: allow, deny: [\"\"]}\n",
		HEAD "exec: {default: allow, deny: [{paths: [[/a]]}]}\n",
		HEAD "exec: {default: allow, deny: [{paths: [{a: b}]}]}\n",
		HEAD "files: {default: allow, deny: [{paths: [{a: b}]}]}\n",
		HEAD "exec: {default: allow, deny: [{paths: [/a], access: [read]}]}\n",
	};
	struct policy *policy;
	struct diag *diag;

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		cr_assert_eq(diag_new(&diag), 0);
		cr_expect_eq(policy_parse(wrong[i], strlen(wrong[i]), NAME, diag, &policy), -EINVAL,
			     "%s", wrong[i]);
		cr_expect_gt(diag_errors(diag), 0);
		diag_free(diag);
	}
	policy = good_policy(HEAD "exec:\n  default: allow\n  deny:\n"
				  "    - {paths: [/a, anonymous-memory, /b]}\n"
				  "    - writable-then-executable\n    - /c\n",
			     &diag);
	cr_assert_eq(policy->n_path_rules, 4);
	cr_expect_eq(policy->path_rules[0].n_patterns, 2);
	cr_expect_str_eq(policy->path_rules[0].patterns[1], "/b");
	cr_expect_eq(policy->path_rules[0].words, 0);
	cr_expect_eq(policy->path_rules[1].n_patterns, 0);
	cr_expect_eq(policy->path_rules[1].words, EXEC_ANONYMOUS_MEMORY);
	cr_expect_eq(policy->path_rules[1].rule, policy->path_rules[0].rule);
	cr_expect_eq(policy->path_rules[2].words, EXEC_WRITABLE_THEN_EXECUTABLE);
	cr_expect_eq(policy->path_rules[3].n_patterns, 1);
	cr_expect_eq(policy->path_rules[3].access, 0);
	policy_free(policy);
	diag_free(diag);
}

/* A rule of who calls says more than one without, of its own kind; a filter, which does not see who, lets it be. */
Test(patterns, sockets_that_some_program_may_make)
{
	static const struct {
		const char *text;
		bool refused;
		uint64_t family, type; /* 0: AF_NETLINK, SOCK_RAW */
	} rows[] = {
		{HEAD "network:\n  default: allow\n  deny: [{socket: [AF_NETLINK]}]\n", true, 0, 0},
		{HEAD "network:\n  default: allow\n  deny: [{socket: [AF_NETLINK]}]\n"
		      "  allow: [{socket: [AF_NETLINK]}]\n",
		 true, 0, 0},
		{HEAD "network:\n  default: allow\n  deny: [{socket: [AF_NETLINK]}]\n"
		      "  allow: [{socket: [AF_NETLINK], by: [/x]}]\n",
		 false, 0, 0},
		{HEAD "network:\n  default: allow\n  deny: [{socket: [AF_NETLINK], by: [/x]}]\n",
		 false, 0, 0},
		{HEAD "network:\n  default: allow\n"
		      "  deny: [{socket: [AF_NETLINK], type: [SOCK_RAW]}]\n"
		      "  allow: [{socket: [AF_NETLINK], by: [/x]}]\n",
		 true, 0, 0},
		{HEAD "network:\n  default: deny\n  allow: [{socket: [AF_NETLINK], by: [/x]}]\n",
		 false, 0, 0},
		/* Nobody may do anything with TCP, whoever may make its sockets. */
		{HEAD "network:\n  default: allow\n  deny:\n    - {socket: [AF_INET]}\n"
		      "    - {bind: ['*:*/tcp'], connect: ['*:*/tcp'], listen: ['*:*/tcp']}\n"
		      "  allow: [{socket: [AF_INET], by: [/x]}]\n",
		 true, 2, 1},
		{HEAD "network:\n  default: allow\n  deny:\n    - {socket: [AF_INET]}\n"
		      "    - {bind: ['*:*/tcp'], connect: ['*:*/tcp'], listen: ['*:*/tcp']}\n"
		      "  allow: [{socket: [AF_INET], by: [/x]}]\n",
		 false, 2, 2},
	};
	const struct name_call *call = names_call_by_name(ARCH_X86_64, "socket");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct diag *diag;
		struct policy *policy = good_policy(rows[i].text, &diag);
		const uint64_t args[CALL_ARGS] = {rows[i].family ? rows[i].family : 16,
						  rows[i].family ? rows[i].type : 3};

		cr_expect_eq(policy_decide(policy, ARCH_X86_64, call->nr, args).action >=
				     ACTION_ERRNO,
			     rows[i].refused, "%s", rows[i].text);
		policy_free(policy);
		diag_free(diag);
	}
}

/* A call that one protocol may make is not shut, whichever it is. */
Test(patterns, calls_that_one_protocol_makes)
{
	static const char *const protocols[] = {"tcp", "udp", "udplite", "sctp", "dccp", "*"};
	static const char *const words[] = {"bind", "connect"};
	static const enum policy_net_op ops[] = {NET_BIND, NET_CONNECT};

	for (size_t i = 0; i < ARRAY_LEN(protocols); i++)
		for (size_t j = 0; j < ARRAY_LEN(ops); j++) {
			char text[256];
			struct diag *diag;
			struct policy *policy;

			snprintf(text, sizeof(text),
				 HEAD "network: {default: deny, allow: [{%s: ['*:*/%s']}]}\n",
				 words[j], protocols[i]);
			policy = good_policy(text, &diag);
			cr_expect_not(policy_shut_call(policy, ops[j], NET_INET), "%s", text);
			cr_expect(policy_shut_call(policy, ops[!j], NET_INET), "%s", text);
			policy_free(policy);
			diag_free(diag);
		}
}
