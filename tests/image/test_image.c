/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "bailiff/image.h"

static const char text[] = "version: 1\n"
			   "name: sample\n"
			   "description: of everything a compiled policy holds\n"
			   "no-new-privileges: false\n"
			   "architectures: [x86_64, x32]\n"
			   "syscalls:\n"
			   "  default: errno EACCES\n"
			   "  allow:\n"
			   "    - \"@basic-io\"\n"
			   "    - socket: {domain: [AF_UNIX, AF_INET]}\n"
			   "  deny:\n"
			   "    - {calls: [ptrace], action: kill, why: nothing here debugs}\n"
			   "    - lseek: {offset: {ge: 0x100000000, le: 0x1ffffffff}}\n"
			   "    - clone3: {action: errno ENOSYS, report: no}\n"
			   "  audit: [getpid]\n"
			   "capabilities: {default: deny, allow: [CHOWN], audit: [KILL]}\n"
			   "kernel: {default: allow, deny: [mount]}\n";

static char directory[] = "/tmp/bailiff-image-XXXXXX";
static char path[sizeof(directory) + 16];

static void make_directory(void)
{
	cr_assert_not_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/sample.bailiff", directory);
}

static void remove_directory(void)
{
	unlink(path);
	cr_assert_eq(rmdir(directory), 0, "something was left in %s", directory);
}

static struct policy *parse(void)
{
	struct policy *policy = NULL;
	struct diag *diag = NULL;

	cr_assert_eq(diag_new(&diag), 0);
	if (policy_parse(text, strlen(text), "sample.yaml", diag, &policy) < 0) {
		diag_print(diag, stderr);
		cr_assert_fail("the sample is wrong");
	}
	diag_free(diag);
	return policy;
}

static void write_sample(const struct policy *policy, char **ret_bytes, size_t *ret_length)
{
	cr_assert_eq(image_write(policy, path, NULL, NULL), 0);
	cr_assert_eq(read_file(path, IMAGE_MAX_BYTES, 0, ret_bytes, ret_length), 0);
}

/* -EINVAL, and exactly one error that says `what`. */
static void refused(const void *bytes, size_t length, const char *what)
{
	struct image *image = NULL;
	struct diag *diag = NULL;

	cr_assert_eq(diag_new(&diag), 0);
	cr_assert_eq(image_parse(bytes, length, "sample.bailiff", diag, &image), -EINVAL, "%s",
		     what);
	cr_assert_null(image);
	cr_assert_eq(diag_errors(diag), 1);
	cr_assert_not_null(strstr(diag_at(diag, 0)->text, what), "'%s' does not say '%s'",
			   diag_at(diag, 0)->text, what);
	diag_free(diag);
}

/* Makes the check sum right again, as someone would who means harm. */
static void sum(char *bytes, size_t length)
{
	uint32_t crc = (uint32_t)crc32_z(0, (unsigned char *)bytes + 20, length - 20);

	memcpy(bytes + 16, &crc, sizeof(crc));
}

Test(image, what_is_read_decides_as_what_was_written, .init = make_directory,
     .fini = remove_directory)
{
	struct policy *policy = parse();
	struct image *image = NULL;
	const struct name_call *calls;
	size_t count, i, j;
	enum arch arch;

	cr_assert_eq(image_write(policy, path, NULL, NULL), 0);
	cr_assert_eq(image_read(path, NULL, &image), 0);
	cr_expect_str_eq(image->policy->name, "sample");
	cr_expect_str_eq(image->policy->path, "sample.yaml");
	cr_expect_eq(image->policy->no_new_privs, false);
	cr_expect_eq(image->policy->caps_allowed, policy->caps_allowed);
	cr_expect_eq(image->policy->caps_audited, policy->caps_audited);
	for (arch = 0; arch < ARCH_COUNT; arch++) {
		calls = names_calls(arch, &count);
		for (i = 0; i < count; i++)
			for (j = 0; j < 4; j++) {
				uint64_t args[CALL_ARGS] = {j, j << 31, j << 32, j, j, j};
				struct policy_decision a =
					policy_decide(policy, arch, calls[i].nr, args);
				struct policy_decision b =
					policy_decide(image->policy, arch, calls[i].nr, args);

				cr_assert(a.action == b.action && a.error == b.error &&
						  a.quiet == b.quiet && a.rule == b.rule,
					  "%s on %s", calls[i].name, arch_name(arch));
			}
	}
	for (i = 0; i < policy->n_rules; i++) {
		const struct policy_rule *a = &policy->rules[i], *b = &image->policy->rules[i];

		cr_expect_str_eq(a->pos.file, b->pos.file);
		cr_expect_eq(a->pos.line, b->pos.line);
		cr_expect((!a->why && !b->why) || strcmp(a->why, b->why) == 0);
		cr_expect((!a->text && !b->text) || strcmp(a->text, b->text) == 0);
	}
	image_free(image);
	policy_free(policy);
}

Test(image, its_filters_are_those_of_the_compiler, .init = make_directory, .fini = remove_directory)
{
	struct policy *policy = parse();
	struct image *image = NULL;
	unsigned i;

	cr_assert_eq(image_write(policy, path, NULL, NULL), 0);
	cr_assert_eq(image_read(path, NULL, &image), 0);
	for (i = 0; i < IMAGE_MODES; i++) {
		struct filter_mode mode = {.supervised = i & 1, .audit = (i & 2) != 0};
		struct filter_proof proof;
		struct filter *filter = NULL;

		cr_assert_eq(image_mode(&mode), i);
		cr_assert_eq(filter_compile(policy, &mode, NULL, &filter), 0);
		cr_assert_eq(image->filters[i]->length, filter->length);
		cr_assert_arr_eq(image->filters[i]->code, filter->code,
				 filter->length * sizeof(*filter->code));
		/* Proved against what was read, too. */
		cr_assert_eq(filter_prove(image->filters[i]->code, image->filters[i]->length,
					  image->policy, &mode, NULL, &proof),
			     0);
		filter_free(filter);
	}
	image_free(image);
	policy_free(policy);
}

Test(image, equal_policies_give_equal_files, .init = make_directory, .fini = remove_directory)
{
	struct policy *one = parse(), *two = parse();
	char *a, *b;
	size_t a_length, b_length;

	write_sample(one, &a, &a_length);
	write_sample(two, &b, &b_length);
	cr_assert_eq(a_length, b_length);
	cr_assert_arr_eq(a, b, a_length);
	free(a);
	free(b);
	policy_free(one);
	policy_free(two);
}

Test(image, damage_is_refused_by_name, .init = make_directory, .fini = remove_directory)
{
	struct policy *policy = parse();
	size_t length, i;
	char *bytes;

	write_sample(policy, &bytes, &length);
	refused("", 0, "no compiled policy");
	refused("version: 1\n", 11, "no compiled policy");
	for (i = 300; i < length; i += 7)
		refused(bytes, i, i < 500 ? "compiled policy" : "damaged");
	for (i = 0; i < length; i += 11) {
		bytes[i] = (char)(bytes[i] ^ 1 << i % 8);
		refused(bytes, length, "compiled");
		bytes[i] = (char)(bytes[i] ^ 1 << i % 8);
	}
	bytes[8]++;
	refused(bytes, length, "format");
	bytes[8]--;
	bytes[24]++; /* the version's first digit */
	refused(bytes, length, "damaged");
	sum(bytes, length);
	refused(bytes, length, "whose tables may differ");
	free(bytes);
	policy_free(policy);
}

/* What someone writes who knows the check sum: refused, or something that decides and frees like any other. */
Test(image, contradictions_are_refused, .init = make_directory, .fini = remove_directory,
     .timeout = 120)
{
	struct policy *policy = parse();
	size_t length, i, refusals = 0, tried = 0;
	char *bytes, *copy;

	write_sample(policy, &bytes, &length);
	copy = malloc(length);
	cr_assert_not_null(copy);
	for (i = 40; i < length; i += i < 800 ? 1 : 13) {
		static const unsigned char junk[] = {0xff, 0x80, 0x01};
		struct image *image = NULL;
		size_t j;

		for (j = 0; j < sizeof(junk); j++) {
			memcpy(copy, bytes, length);
			copy[i] = (char)((unsigned char)copy[i] ^ junk[j]);
			sum(copy, length);
			tried++;
			if (image_parse(copy, length, "x", NULL, &image) < 0) {
				refusals++;
				continue;
			}
			for (uint32_t nr = 0; nr < 500; nr++)
				(void)policy_decide(image->policy, ARCH_X86_64, nr,
						    (uint64_t[CALL_ARGS]){nr, 1, 2, 3, 4, 5});
			image_free(image);
			image = NULL;
		}
	}
	cr_assert_gt(refusals, tried / 20);
	free(copy);
	free(bytes);
	policy_free(policy);
}

Test(image, a_file_that_cannot_be_written_leaves_the_old_one, .init = make_directory,
     .fini = remove_directory)
{
	struct policy *policy = parse();
	struct stat before, after;
	struct diag *diag = NULL;

	cr_assert_eq(diag_new(&diag), 0);
	cr_assert_eq(image_write(policy, path, NULL, NULL), 0);
	cr_assert_eq(stat(path, &before), 0);
	cr_assert_eq(image_write(policy, "/proc/self/nowhere/x.bailiff", diag, NULL), -ENOENT);
	cr_assert_eq(diag_errors(diag), 1);
	cr_assert_eq(stat(path, &after), 0);
	cr_assert_eq(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	diag_free(diag);
	policy_free(policy);
}

Test(image, what_is_no_file_is_written_to_and_not_replaced, .init = make_directory,
     .fini = remove_directory)
{
	struct policy *policy = parse();
	char got[8] = "";
	struct stat st;
	int fd;

	cr_assert_eq(mkfifo(path, 0600), 0);
	fd = open(path, O_RDWR | O_NONBLOCK);
	cr_assert_geq(fd, 0);
	cr_assert_eq(image_write(policy, path, NULL, NULL), 0);
	cr_assert_eq(read(fd, got, sizeof(got)), (ssize_t)sizeof(got));
	cr_assert_arr_eq(got, "bailiff", 7);
	cr_assert_eq(stat(path, &st), 0);
	cr_assert(S_ISFIFO(st.st_mode), "the fifo is gone");
	close(fd);
	policy_free(policy);
}

Test(image, what_is_none_is_left_to_the_reader_of_yaml, .init = make_directory,
     .fini = remove_directory)
{
	struct image *image = NULL;
	FILE *file;

	cr_assert_eq(image_read(path, NULL, &image), -ENOEXEC, "it is not there");
	cr_assert_eq(mkfifo(path, 0644), 0);
	cr_assert_eq(image_read(path, NULL, &image), -ENOEXEC, "a fifo");
	cr_assert_eq(unlink(path), 0);
	file = fopen(path, "w");
	cr_assert_not_null(file);
	cr_assert(fputs("bailiff: 1\n", file) >= 0);
	cr_assert_eq(fclose(file), 0);
	cr_assert_eq(image_read(path, NULL, &image), -ENOEXEC, "YAML");
	cr_assert_null(image);
}

Test(image, root_reads_it_only_from_safe_hands, .init = make_directory, .fini = remove_directory)
{
	struct policy *policy = parse();
	struct image *image = NULL;

	if (geteuid() != 0)
		cr_skip_test("only root is so careful");
	cr_assert_eq(image_write(policy, path, NULL, NULL), 0);
	cr_assert_eq(chmod(path, 0666), 0);
	cr_assert_eq(image_read(path, NULL, &image), -EPERM);
	cr_assert_eq(chmod(path, 0644), 0);
	cr_assert_eq(chown(path, 65534, 0), 0);
	cr_assert_eq(image_read(path, NULL, &image), -EPERM);
	cr_assert_null(image);
	policy_free(policy);
}
