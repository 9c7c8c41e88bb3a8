/* SPDX-License-Identifier: Apache-2.0 */
/* Exit 0 whenever a policy is written; what it could not carry goes to stderr. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/oci.h"
#include "commands.h"

static void wrong(const char *option, const char *value, const char *right)
{
	fprintf(stderr, "bailiff import: error: --%s: %s is %s\n", option, value, right);
}

/* Each word of a list separated by commas. */
static bool each_word(const char *list, bool (*take)(const char *word, struct oci_options *options),
		      struct oci_options *options)
{
	CLEANUP(free_ptr) char *copy = strdup(list);
	char *word, *rest = copy;

	if (!copy)
		return false;
	while ((word = strsep(&rest, ",")))
		if (!take(word, options))
			return false;
	return true;
}

static bool take_cap(const char *word, struct oci_options *options)
{
	const char *near;
	unsigned cap;

	if (strcmp(word, "ALL") == 0) {
		options->caps |= (1ull << NAMES_CAP_COUNT) - 1;
		return true;
	}
	if (names_cap_value(word, &cap) == 0) {
		options->caps |= 1ull << cap;
		return true;
	}
	if (names_nearest(NAMES_CAPS, word, &near, 1))
		fprintf(stderr,
			"bailiff import: error: --caps: no capability %s; do you mean %s?\n", word,
			near);
	else
		wrong("caps", word, "no capability; such as NET_ADMIN, or ALL, or none");
	return false;
}

static bool take_arch(const char *word, struct oci_options *options)
{
	enum arch arch;

	if (arch_from_name(word, &arch) < 0) {
		wrong("arch", word, "none of x86_64, i386, x32 and aarch64");
		return false;
	}
	options->archs_given = true;
	options->archs[arch] = true;
	return true;
}

/* "6.1", also with more behind it, as uname has it. */
static bool take_kernel(const char *text, struct oci_options *options)
{
	const char *at = text;
	char *end;

	for (int i = 0; i < 2; i++) {
		unsigned long part = strtoul(at, &end, 10);

		if (*at < '0' || *at > '9' || part > 9999 || (i == 0 && *end != '.')) {
			wrong("kernel", text, "no version; such as 6.1");
			return false;
		}
		options->kernel[i] = (unsigned)part;
		at = end + 1;
	}
	if (!*end || *end == '.' || *end == '-')
		return true;
	wrong("kernel", text, "no version; such as 6.1");
	return false;
}

static bool take_name(const char *text, struct oci_options *options)
{
	size_t length = strlen(text);

	if (length == 0 || length > POLICY_MAX_NAME || strchr("._-", text[0]) ||
	    strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._-") != length) {
		wrong("name", text, "no policy's name; lower-case letters, digits, '.', '_', '-'");
		return false;
	}
	options->policy_name = text;
	return true;
}

static bool read_options(const struct command *self, const struct command_input *input,
			 struct oci_options *options)
{
	const char *caps = command_value(self, input, "caps");
	const char *arch = command_value(self, input, "arch");
	const char *kernel = command_value(self, input, "kernel");
	const char *name = command_value(self, input, "name");

	if (caps) {
		options->caps = 0;
		if (*caps && strcmp(caps, "none") != 0 && !each_word(caps, take_cap, options))
			return false;
	}
	return (!arch || each_word(arch, take_arch, options)) &&
	       (!kernel || take_kernel(kernel, options)) && (!name || take_name(name, options));
}

/* As for a policy: what is no file of this kind is the wrong input, not a failure of the system. */
static int refuse_file(const char *path, int error, struct diag *diag)
{
	bool wrong_kind = error == -EISDIR || error == -EINVAL;

	if (wrong_kind)
		diag_error(diag, NULL, "read %s: it is not a regular file; name one", path);
	else
		diag_system(diag, -error, "read", path,
			    error == -EFBIG ? "a profile has at most 64 MiB" : NULL);
	return wrong_kind || error == -EFBIG ? -EINVAL : error;
}

static int run_import(const struct command *self, const struct command_input *input)
{
	struct oci_options options = OCI_OPTIONS_DEFAULT;
	CLEANUP(diag_freep) struct diag *diag = NULL;
	CLEANUP(free_ptr) char *text = NULL, *yaml = NULL;
	const char *path = input->argv[0];
	size_t length;
	int r;

	if (!read_options(self, input, &options))
		return EXIT_USAGE;
	r = diag_new(&diag);
	if (r < 0)
		return command_status(r);
	r = read_file(path, OCI_MAX_BYTES, 0, &text, &length);
	if (r < 0)
		r = refuse_file(path, r, diag);
	else
		r = oci_import(text, length, path, &options, diag, &yaml);
	if (r == -ENOMEM)
		diag_system(diag, ENOMEM, "import", path, NULL);
	if (r == 0)
		r = command_output(command_value(self, input, "output"), yaml, strlen(yaml), diag);
	diag_print(diag, stderr);
	return command_status(r);
}

const struct command command_import = {
	.name = "import",
	.operands = "PROFILE.json",
	.summary = "turn a seccomp profile of Docker, Podman or Kubernetes into a policy",
	.complete = "file",
	.min_operands = 1,
	.max_operands = 1,
	.options =
		{
			{'o', "output", "FILE", "write the policy here, not to standard output",
			 "file"},
			{0, "caps", "LIST",
			 "the container's capabilities, or ALL, or none (Docker's 14)", NULL},
			{0, "arch", "LIST", "architectures (the profile's own)",
			 "x86_64 i386 x32 aarch64"},
			{0, "kernel", "VERSION", "for this kernel (6.1)", NULL},
			{0, "name", "NAME", "the policy's name (the file's)", NULL},
		},
	.run = run_import,
};
