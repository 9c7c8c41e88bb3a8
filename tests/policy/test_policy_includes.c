/* SPDX-License-Identifier: Apache-2.0 */
/* Policies of several files: what an include brings, and what can be wrong with it. */
#include "help_policy.h"

#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/bailiff-policy-XXXXXX";

static void enter(void)
{
	umask(022);
	cr_assert_not_null(mkdtemp(directory));
	cr_assert_eq(chdir(directory), 0);
	cr_assert_eq(mkdir("sub", 0755), 0);
}

static void leave(void)
{
	char command[64];

	cr_assert_eq(chdir("/"), 0);
	snprintf(command, sizeof(command), "rm -r %s", directory);
	cr_expect_eq(system(command), 0);
}

static void write_file(const char *name, const char *text)
{
	CLEANUP(close_file) FILE *f = fopen(name, "w");

	cr_assert_not_null(f);
	fputs(text, f);
}

static void read_wrong(const char *path, int expected, struct diag **ret_diag)
{
	struct policy *policy = NULL;

	cr_assert_eq(diag_new(ret_diag), 0);
	cr_expect_eq(policy_read(path, *ret_diag, &policy), expected, "%s", path);
	cr_expect_null(policy);
}

TestSuite(include_errors, .init = enter, .fini = leave, .timeout = 10);

Test(include_errors, a_cycle)
{
	CLEANUP(diag_freep) struct diag *diag = NULL, *itself = NULL;

	write_file("a.yaml", HEAD "include: [b]\n");
	write_file("b.yaml", HEAD "include: [c.yaml]\n");
	write_file("c.yaml", HEAD "include: [./a.yaml]\n");
	write_file("self.yaml", HEAD "include: [self]\n");
	read_wrong("a.yaml", -EINVAL, &diag);
	cr_expect_eq(diag_errors(diag), 1u);
	cr_expect_str_eq(diag_at(diag, 0)->pos.file, "c.yaml");
	cr_expect(has_entry(diag, DIAG_ERROR, 4, 11, "includes itself"));
	read_wrong("self.yaml", -EINVAL, &itself);
	cr_expect(has_entry(itself, DIAG_ERROR, 4, 11, "includes itself"));
}

Test(include_errors, what_is_no_file)
{
	static const char *const names[] = {"dir.yaml", "fifo.yaml", "/dev/zero.yaml"};

	cr_assert_eq(mkdir("dir.yaml", 0755), 0);
	cr_assert_eq(mkfifo("fifo.yaml", 0600), 0);
	cr_assert_eq(symlink("/dev/zero", "zero.yaml"), 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		CLEANUP(diag_freep) struct diag *diag = NULL;
		char text[256];

		snprintf(text, sizeof(text), HEAD "include: [%s]\n", names[i]);
		write_file("a.yaml", text);
		read_wrong("./a.yaml", -EINVAL, &diag);
		cr_expect_eq(diag_errors(diag), 1u);
		cr_expect(has_entry(diag, DIAG_NOTE, 4, 11, "included here"), "%s", names[i]);
	}
	write_file("a.yaml", HEAD "include: [zero]\n");
	CLEANUP(diag_freep) struct diag *diag = NULL;
	read_wrong("a.yaml", -EINVAL, &diag);
	cr_expect_not_null(strstr(diag_at(diag, 0)->text, "regular"));
}

Test(include_errors, an_includes_mistakes_are_its_own)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;

	write_file("a.yaml", HEAD "include: [sub/b.yaml]\nfiles: {default: deny, allow: [x]}\n");
	write_file("sub/b.yaml", HEAD "include: [c]\nfiles: {default: deny, allow: [y]}\n");
	write_file("sub/c.yaml", "version: 1\n");
	read_wrong("a.yaml", -EINVAL, &diag);
	cr_expect_eq(diag_errors(diag), 3u);
	cr_expect_str_eq(diag_at(diag, 0)->pos.file, "a.yaml");
	cr_expect_str_eq(diag_at(diag, 1)->pos.file, "sub/b.yaml");
	cr_expect_str_eq(diag_at(diag, 2)->pos.file, "sub/c.yaml");
	cr_expect_not_null(strstr(diag_at(diag, 2)->text, "name is missing"));
}

Test(include_errors, more_than_64_files)
{
	CLEANUP(diag_freep) struct diag *diag = NULL, *none = NULL;
	struct policy *policy = NULL;
	char name[32], text[256];

	for (int i = 0; i < 66; i++) {
		snprintf(name, sizeof(name), "p%d.yaml", i);
		snprintf(text, sizeof(text), HEAD "include: [p%d]\nfiles: {default: deny}\n",
			 i + 1);
		write_file(name, i < 65 ? text : HEAD "files: {default: deny}\n");
	}
	read_wrong("p0.yaml", -EINVAL, &diag);
	cr_expect_eq(diag_errors(diag), 1u);
	cr_expect_str_eq(diag_at(diag, 0)->pos.file, "p64.yaml");
	cr_expect_not_null(strstr(diag_at(diag, 0)->text, "64 includes"));
	cr_assert_eq(diag_new(&none), 0);
	cr_expect_eq(policy_read("p1.yaml", none, &policy), 0, "64 includes fit");
	policy_free(policy);
}

Test(include_errors, a_file_that_is_not_there)
{
	static const struct {
		const char *path;
		int error;
	} paths[] = {
		{"none.yaml", -ENOENT}, {"no-such-policy", -ENOENT}, {"../None", -ENOENT},
		{"No", -ENOENT},	{"/tmp/", -EINVAL},
	};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		CLEANUP(diag_freep) struct diag *diag = NULL;

		read_wrong(paths[i].path, paths[i].error, &diag);
		cr_expect_eq(diag_errors(diag), 1u);
	}
}

Test(include_errors, defaults_of_two_includes_that_disagree)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;

	write_file("a.yaml", HEAD "include: [b, c]\n");
	write_file("b.yaml", HEAD "syscalls: {default: errno ENOSYS}\n");
	write_file("c.yaml", HEAD "syscalls: {default: deny}\n");
	read_wrong("a.yaml", -EINVAL, &diag);
	cr_expect_eq(diag_errors(diag), 1u);
	cr_expect_str_eq(diag_at(diag, 0)->pos.file, "c.yaml");
	cr_expect_not_null(strstr(diag_at(diag, 0)->text, "b.yaml:4"));
}

static struct policy *read_good(const char *path)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	struct policy *policy = NULL;

	cr_assert_eq(diag_new(&diag), 0);
	if (policy_read(path, diag, &policy) < 0)
		diag_print(diag, stderr);
	cr_assert_not_null(policy, "%s", path);
	return policy;
}

static struct policy_decision decide(const struct policy *policy, const char *name)
{
	static const uint64_t args[CALL_ARGS];

	return policy_decide(policy, ARCH_X86_64, names_call_by_name(ARCH_X86_64, name)->nr, args);
}

TestSuite(includes, .init = enter, .fini = leave, .timeout = 10);

Test(includes, classes_and_rules_come_in_defaults_and_mode_do_not)
{
	CLEANUP(policy_freep) struct policy *policy = NULL;
	struct policy_decision d;

	write_file("a.yaml",
		   HEAD "include: [sub/b.yaml]\nsyscalls: {default: deny, allow: [read]}\n");
	write_file("sub/b.yaml", "version: 1\nname: b\narchitectures: [aarch64]\nmode: audit\n"
				 "scope: {host: true}\nno-new-privileges: no\ninclude: [c]\n"
				 "syscalls:\n  default: kill\n  allow: [write]\n  deny: [read]\n"
				 "kernel: {default: allow, deny: [bpf]}\n");
	write_file("sub/c.yaml", HEAD "kernel: {default: deny}\nfiles: {default: audit}\n");
	policy = read_good("./a.yaml");
	cr_expect_str_eq(policy->name, "t");
	cr_expect_not(policy->audit);
	cr_expect(policy->no_new_privs);
	cr_expect_not(policy->scope.present);
	cr_expect_not(policy->abi[ARCH_AARCH64].governed);
	d = decide(policy, "getpid");
	cr_expect_eq(d.action, ACTION_ERRNO, "the including file's default");
	d = decide(policy, "write");
	cr_expect_eq(d.action, ACTION_ALLOW);
	cr_expect_str_eq(policy->rules[d.rule].pos.file, "./sub/b.yaml");
	cr_expect_eq(policy->rules[d.rule].pos.line, 10u);
	d = decide(policy, "read");
	cr_expect_eq(d.action, ACTION_ERRNO, "the stricter, whatever the file");
	d = decide(policy, "bpf");
	cr_expect_str_eq(policy->rules[policy->default_rule[CLASS_KERNEL]].pos.file, "./sub/b.yaml",
			 "nearer to the root");
	cr_expect_eq(policy->rules[policy->default_rule[CLASS_FILES]].action, ACTION_AUDIT);
	cr_expect_eq(decide(policy, "mount").action, ACTION_ERRNO, "as of the root's default");
}

Test(includes, of_two_defaults_the_stricter)
{
	CLEANUP(policy_freep) struct policy *policy = NULL;

	write_file("a.yaml", HEAD "include: [b, c]\n");
	write_file("b.yaml", HEAD "files: {default: audit}\nexec: {default: kill}\n");
	write_file("c.yaml", HEAD "files: {default: deny}\nexec: {default: allow}\n");
	policy = read_good("a.yaml");
	cr_expect_str_eq(policy->rules[policy->default_rule[CLASS_FILES]].pos.file, "c.yaml");
	cr_expect_str_eq(policy->rules[policy->default_rule[CLASS_EXEC]].pos.file, "b.yaml");
}

Test(includes, a_file_included_twice_counts_once)
{
	CLEANUP(policy_freep) struct policy *policy = NULL;

	write_file("a.yaml", HEAD "include: [b, sub/c.yaml, sub/../d.yaml]\n");
	write_file("b.yaml", HEAD "include: [d]\n");
	write_file("sub/c.yaml", HEAD "include: [../d.yaml]\n");
	write_file("d.yaml", HEAD "files: {default: deny, allow: [/x]}\n");
	policy = read_good("a.yaml");
	cr_expect_eq(policy->n_path_rules, 1u);
}

Test(includes, shipped_policies_are_good)
{
	const struct policy_shipped *shipped;

	for (size_t i = 0; (shipped = policy_shipped(i)); i++) {
		CLEANUP(policy_freep) struct policy *policy = NULL;
		char path[128];

		cr_expect_eq(strlen(shipped->text), shipped->length);
		if (access("/etc/bailiff/policies", F_OK) == 0)
			continue; /* this host's own may hide them */
		policy = read_good(shipped->name);
		snprintf(path, sizeof(path), "shipped/%s.yaml", shipped->name);
		cr_expect_str_eq(policy->path, path);
	}
}
