/* SPDX-License-Identifier: Apache-2.0 */
/* What all suggestions have in common, whatever was seen under whatever policy; and what is refused. */
#include "help_suggest.h"

TestSuite(suggest_edges, .timeout = 300);

static const char *const policies[] = {
	"policies/container-default.yaml",
	"policies/nginx.yaml",
	"policies/postgresql.yaml",
	"policies/python.yaml",
	"policies/redis.yaml",
	"policies/strict.yaml",
	"examples/web.yaml",
};

/* The changed policy, read by itself, allows the call; the comments are all still there. */
static void hold(const struct row *row, const struct suggestion *out)
{
	const struct name_call *call = names_call_by_name(ARCH_X86_64, row->call);
	CLEANUP(policy_freep) struct policy *policy = NULL;
	CLEANUP(diag_freep) struct diag *diag = NULL;
	char name[64];
	int r;

	cr_assert_eq(diag_new(&diag), 0);
	snprintf(name, sizeof(name), "%s", row->file);
	r = policy_parse(out->text, out->length, name, diag, &policy);
	if (r < 0)
		diag_print(diag, stderr);
	cr_assert_eq(r, 0, "%s under %s", row->call, row->file);
	cr_expect_eq(policy_decide(policy, ARCH_X86_64, call->nr, row->args[0]).action,
		     ACTION_ALLOW, "%s under %s:\n%s", row->call, row->file, out->diff);
	for (const char *at = out->diff; (at = strstr(at, "\n-")); at++)
		cr_expect_neq(at[2 + strspn(at + 2, " ")], '#', "%s under %s:\n%s", row->call,
			      row->file, out->diff);
}

/* Each call that there is, under each policy that bailiff brings. */
Test(suggest_edges, every_call)
{
	size_t count, made = 0, none = 0;
	const struct name_call *calls = names_calls(ARCH_X86_64, &count);

	for (size_t p = 0; p < ARRAY_LEN(policies); p++)
		for (size_t i = p; i < count; i += ARRAY_LEN(policies)) {
			struct row row = {.file = policies[p],
					  .call = calls[i].name,
					  .args = {{0x7ffd1000, 7, 0x7ffd2000, 2, 1, 3}}};
			CLEANUP(diag_freep) struct diag *diag = NULL;
			CLEANUP(suggestion_freep) struct suggestion *out = NULL;

			cr_assert_eq(diag_new(&diag), 0);
			out = suggest_row(&row, diag);
			cr_assert_neq(out->diff != NULL, out->reason != NULL, "%s", row.call);
			if (out->diff)
				hold(&row, out);
			made += out->diff != NULL;
			none += out->reason != NULL;
		}
	/* Those without: user namespaces under policies that drop capabilities; what rules of files, exec
	 * and network have a filter refuse. */
	cr_expect_gt(made, 300u);
	cr_expect_leq(none, 16u, "%zu", none);
}

Test(suggest_edges, what_does_not_go_together)
{
	const struct event read = {.class = CLASS_FILES, .operation = "read", .object = "/a"};
	const struct event write = {.class = CLASS_FILES, .operation = "write", .object = "/a"};
	const struct event call = {.class = CLASS_SYSCALLS, .has_call = true};
	const struct event *const pairs[][2] = {{&read, &write}, {&read, &call}};
	const char *text = "version: 1\nname: t\nfiles: {default: deny}\n";
	struct policy_files *files = files_of(text, strlen(text), NULL);
	struct suggestion *out = NULL;

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		cr_expect_eq(suggest(files, pairs[i], 2, NULL, &out), -EINVAL);
	cr_expect_eq(suggest(files, pairs[0], 0, NULL, &out), -EINVAL);
	cr_expect_eq(suggest(files, pairs[0], SUGGEST_MAX_EVENTS + 1, NULL, &out), -EINVAL);
	cr_expect_eq(suggest(files, pairs[0], 1, NULL, &out), 0);
	suggestion_free(out);
	policy_files_free(files);
}

/* A policy that is wrong says so, as ever. */
Test(suggest_edges, a_policy_that_is_none)
{
	const struct event read = {.class = CLASS_FILES, .operation = "read", .object = "/a"};
	const struct event *const events[] = {&read};
	const char *const texts[] = {"version: 1\nname: t\nfiles: {default: no}\n", "- a\n", "",
				     "{"};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct policy_files *files = files_of(texts[i], strlen(texts[i]), NULL);
		struct suggestion *out = NULL;
		struct diag *diag = NULL;

		cr_assert_eq(diag_new(&diag), 0);
		cr_expect_eq(suggest(files, events, 1, diag, &out), -EINVAL, "%s", texts[i]);
		cr_expect_gt(diag_errors(diag), 0u, "%s", texts[i]);
		diag_free(diag);
		policy_files_free(files);
	}
}

/* It stands by itself: neither files nor events are needed any longer. */
Test(suggest_edges, it_outlives_what_it_was_made_of)
{
	const struct row row = {.text = "version: 1\nname: t\nfiles: {default: deny}\n",
				.class = CLASS_FILES,
				.operation = "read",
				.object = "/a\x1b"};
	CLEANUP(suggestion_freep) struct suggestion *out = suggest_row(&row, NULL);

	cr_expect_not_null(strstr(out->text, "{paths: [\"/a\\x1b\"], access: [read]}"));
	cr_expect_eq(strlen(out->text), out->length);
	cr_expect_str_eq(out->file, "t.yaml");
	cr_expect_str_eq(out->steps.line[0], "allow {paths: [\"/a\\x1b\"], access: [read]}");
}

/* Several objects of one kind: each is let through. */
Test(suggest_edges, several_objects)
{
	const struct event a = {
		.class = CLASS_NETWORK, .operation = "connect", .object = "10.0.0.1:1/tcp"};
	const struct event b = {
		.class = CLASS_NETWORK, .operation = "connect", .object = "10.0.0.2:1/tcp"};
	const struct event *const events[] = {&a, &b};
	const char *text = "version: 1\nname: t\nnetwork: {default: deny}\n";
	struct policy_files *files = files_of(text, strlen(text), NULL);
	CLEANUP(suggestion_freep) struct suggestion *out = NULL;

	cr_assert_eq(suggest(files, events, 2, NULL, &out), 0);
	cr_expect_not_null(out->diff, "%s", out->reason);
	cr_expect_not_null(strstr(out->diff, "+network: {default: deny, allow: [{connect: "
					     "[\"10.0.0.1:1/tcp\", \"10.0.0.2:1/tcp\"]}]}\n"),
			   "%s", out->diff);
	policy_files_free(files);
}
