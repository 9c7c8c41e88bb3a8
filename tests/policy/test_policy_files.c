/* SPDX-License-Identifier: Apache-2.0 */
/* A policy's files, kept: read again they are the same policy, whatever lies on disk by then. */
#include "help_policy.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/bailiff-files.XXXXXX";

static void enter(void)
{
	cr_assert_not_null(mkdtemp(directory));
	cr_assert_eq(chdir(directory), 0);
}

static void leave(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", directory);
	cr_expect_eq(chdir("/"), 0);
	cr_expect_eq(system(command), 0);
}

static void write_file(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	cr_assert_not_null(f);
	fputs(text, f);
	cr_assert_eq(fclose(f), 0);
}

TestSuite(policy_files, .init = enter, .fini = leave, .timeout = 10);

/* Reads `path`, keeps its files as bytes, lets `change` happen, and reads it from the bytes. */
static struct policy *again(const char *path, void (*change)(void), struct diag **ret_diag)
{
	struct policy_files *files = NULL, *kept = NULL;
	struct policy *policy = NULL, *copy = NULL;
	char *bytes = NULL;
	size_t length = 0;

	cr_assert_eq(diag_new(ret_diag), 0);
	cr_assert_eq(policy_files_new(&files), 0);
	cr_assert_eq(policy_read_files(path, *ret_diag, files, &policy), 0);
	cr_assert_eq(policy_files_pack(files, &bytes, &length), 0);
	change();
	cr_assert_eq(policy_files_unpack(bytes, length, &kept), 0);
	if (policy_read_files(policy_files_first(kept), *ret_diag, kept, &copy) < 0)
		diag_print(*ret_diag, stderr);
	cr_assert_not_null(copy);
	cr_expect_eq(copy->n_rules, policy->n_rules);
	cr_expect_str_eq(copy->path, policy->path);
	cr_expect_str_eq(copy->rules[0].pos.file, policy->rules[0].pos.file);
	/* Cut off anywhere, they are refused. */
	for (size_t cut = 0; cut < length; cut += 7) {
		struct policy_files *part = NULL;

		cr_expect_eq(policy_files_unpack(bytes, cut, &part), -EBADMSG);
	}
	policy_files_free(files);
	policy_files_free(kept);
	policy_free(policy);
	free(bytes);
	return copy;
}

static void remove_all(void)
{
	unlink("a.yaml");
	unlink("link.yaml");
	unlink("sub/b.yaml");
	rmdir("sub");
}

Test(policy_files, includes_by_several_names_are_one)
{
	struct diag *diag;
	struct policy *policy;

	cr_assert_eq(mkdir("sub", 0755), 0);
	write_file("a.yaml", HEAD "include: [sub/b.yaml, link.yaml]\nkernel: {default: allow}\n");
	write_file("sub/b.yaml", HEAD "kernel: {default: allow, deny: [bpf]}\n");
	cr_assert_eq(symlink("sub/b.yaml", "link.yaml"), 0);
	policy = again("a.yaml", remove_all, &diag);
	policy_free(policy);
	diag_free(diag);
}

static void replace_all(void)
{
	write_file("a.yaml", "nonsense");
	write_file("b.yaml", HEAD "kernel: {default: allow, deny: [mount]}\n");
}

Test(policy_files, what_is_on_disk_by_then_is_not_looked_at)
{
	struct policy *policy;
	struct diag *diag;

	/* b is a shipped name later on as well: the kept one holds. */
	write_file("a.yaml", HEAD "include: [b]\nkernel: {default: allow}\n");
	write_file("b.yaml", HEAD "kernel: {default: allow, deny: [bpf]}\n");
	policy = again("./a.yaml", replace_all, &diag);
	cr_expect_str_eq(policy->path, "./a.yaml");
	policy_free(policy);
	diag_free(diag);
}

Test(policy_files, a_root_file_that_includes_itself_by_another_name_is_a_cycle_again)
{
	struct policy_files *files = NULL;
	struct policy *policy = NULL;
	struct diag *diag;

	write_file("a.yaml", HEAD "include: [link.yaml]\nkernel: {default: allow}\n");
	cr_assert_eq(symlink("a.yaml", "link.yaml"), 0);
	cr_assert_eq(diag_new(&diag), 0);
	cr_assert_eq(policy_files_new(&files), 0);
	cr_expect_eq(policy_read_files("a.yaml", diag, files, &policy), -EINVAL);
	policy_files_free(files);
	diag_free(diag);
}

static void nothing(void)
{
}

Test(policy_files, the_same_files_with_another_text)
{
	static const char text[] = HEAD "include: [b]\nkernel: {default: deny}\n";
	struct policy_files *files = NULL, *edited = NULL;
	struct policy *policy = NULL, *other = NULL;
	struct diag *diag;
	size_t length = 0;
	uint32_t rule;

	write_file("a.yaml", HEAD "include: [b]\nkernel: {default: allow}\n");
	write_file("b.yaml", HEAD "kernel: {default: allow, audit: [bpf]}\n");
	cr_assert_eq(diag_new(&diag), 0);
	cr_assert_eq(policy_files_new(&files), 0);
	cr_expect_null(policy_files_text(files, &length));
	cr_expect_eq(policy_files_edited(files, text, strlen(text), &edited), -EINVAL);
	cr_assert_eq(policy_read_files("a.yaml", diag, files, &policy), 0);
	cr_assert_not_null(policy_files_text(files, &length));
	cr_expect_eq(length, strlen(HEAD "include: [b]\nkernel: {default: allow}\n"));
	cr_assert_eq(policy_files_edited(files, text, strlen(text), &edited), 0);
	replace_all();
	cr_assert_eq(policy_read_files(policy_files_first(edited), diag, edited, &other), 0);
	rule = other->default_rule[CLASS_KERNEL];
	cr_expect_eq(other->rules[rule].action, ACTION_ERRNO);
	cr_expect_eq(other->rules[0].action, ACTION_AUDIT, "b is as it was");
	policy_files_free(files);
	policy_files_free(edited);
	policy_free(policy);
	policy_free(other);
	diag_free(diag);
}

Test(policy_files, shipped_policies_are_kept_too)
{
	const struct policy_shipped *shipped = policy_shipped(0);
	struct policy *policy;
	struct diag *diag;

	policy = again(shipped->name, nothing, &diag);
	policy_free(policy);
	diag_free(diag);
}
