/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "bailiff/image.h"
#include "bailiff/oci.h"
#include "commands.h"

struct job {
	const struct policy *policy;
	const char *output; /* NULL or "-": standard output */
	struct diag *diag;
	struct filter_proof proof;
};

/* The filter as it stands without a supervisor, proved. */
static int make_filter(struct job *job, struct filter **ret_filter)
{
	struct filter_mode mode = {.supervised = false, .audit = job->policy->audit};
	CLEANUP(filter_freep) struct filter *filter = NULL;
	int r;

	if (!policy_wants_filter(job->policy)) {
		diag_error(job->diag, &(struct diag_pos){.file = job->policy->path},
			   "no rule of this policy makes a filter; syscalls, kernel, "
			   "capabilities, and what run holds of files, exec and network do");
		return -EINVAL;
	}
	r = filter_compile(job->policy, &mode, job->diag, &filter);
	if (r == 0)
		r = filter_prove(filter->code, filter->length, job->policy, &mode, job->diag,
				 &job->proof);
	if (r == 0)
		*ret_filter = STEAL(filter);
	return r;
}

/* By itself it is loaded by somebody else, who puts on nothing else of the policy. */
static void warn_of_rest(const struct job *job)
{
	static const enum policy_class classes[] = {CLASS_FILES, CLASS_EXEC, CLASS_NETWORK,
						    CLASS_CAPABILITIES};

	for (size_t i = 0; i < ARRAY_LEN(classes); i++)
		if (job->policy->default_rule[classes[i]] != POLICY_NO_RULE)
			diag_warning(job->diag, &(struct diag_pos){.file = job->policy->path},
				     "%s: a filter alone holds at most a part of it; `run` with "
				     "the policy holds the rest",
				     policy_class_name(classes[i]));
}

static int write_bpf(struct job *job)
{
	CLEANUP(filter_freep) struct filter *filter = NULL;
	int r = make_filter(job, &filter);

	if (r == 0)
		warn_of_rest(job);
	return r ? r
		 : command_output(job->output, filter->code, filter->length * sizeof(*filter->code),
				  job->diag);
}

static int write_asm(struct job *job)
{
	CLEANUP(filter_freep) struct filter *filter = NULL;
	CLEANUP(free_ptr) char *text = NULL;
	size_t length = 0;
	FILE *out;
	int r = make_filter(job, &filter);

	if (r)
		return r;
	out = open_memstream(&text, &length);
	if (!out)
		return -ENOMEM;
	filter_print(filter->code, filter->length, out);
	if (fclose(out) == EOF)
		return -ENOMEM;
	return command_output(job->output, text, length, job->diag);
}

static int write_oci(struct job *job)
{
	CLEANUP(free_ptr) char *json = NULL;
	int r = oci_export(job->policy, job->diag, &json);

	return r < 0 ? r : command_output(job->output, json, strlen(json), job->diag);
}

static int write_image(struct job *job)
{
	if (!job->output || strcmp(job->output, "-") == 0) {
		diag_error(
			job->diag, NULL,
			"a compiled policy is not for the screen; name a file with -o, or ask for "
			"--format asm");
		return -EINVAL;
	}
	return image_write(job->policy, job->output, job->diag, &job->proof);
}

/* Steps per allowed call: what a call costs where the bitmap does not answer. */
static void print_steps(const struct filter *filter, enum arch arch)
{
	const struct name_call *calls;
	struct seccomp_data data = {.arch = arch_audit(arch)};
	size_t count, i, allowed = 0;
	unsigned steps, total = 0, longest = 0;

	calls = names_calls(arch, &count);
	for (i = 0; i < count; i++) {
		data.nr = (int)calls[i].nr;
		if (filter_run(filter->code, filter->length, &data, &steps) != SECCOMP_RET_ALLOW)
			continue;
		allowed++;
		total += steps;
		if (steps > longest)
			longest = steps;
	}
	if (allowed)
		printf("%s: %zu calls are allowed with arguments of 0, deciding in %.1f "
		       "instructions on average, %u at most\n",
		       arch_name(arch), allowed, (double)total / (double)allowed, longest);
}

static int print_stats(struct job *job)
{
	CLEANUP(filter_freep) struct filter *filter = NULL;
	enum arch arch;
	int r = make_filter(job, &filter);

	if (r)
		return r;
	printf("%s: %zu instructions of at most %d\n", job->policy->name, filter->length,
	       FILTER_MAX);
	for (arch = 0; arch < ARCH_COUNT; arch++)
		if (job->policy->abi[arch].governed)
			print_steps(filter, arch);
	printf("proof: %" PRIu64 " cases simulated, the longest took %u instructions; %" PRIu64
	       " calls never enter the filter (the kernel's bitmap), %" PRIu64
	       " allowed ones do without need\n",
	       job->proof.cases, job->proof.longest, job->proof.cached, job->proof.uncached);
	return 0;
}

static const struct {
	const char *name;
	int (*write)(struct job *job);
} formats[] = {
	{"bailiff", write_image},
	{"bpf", write_bpf},
	{"asm", write_asm},
	{"oci", write_oci},
};

static int compile(const struct command *self, const struct command_input *input, size_t format,
		   struct job *job)
{
	CLEANUP(policy_freep) struct policy *policy = NULL;
	bool stats = command_value(self, input, "stats") != NULL;
	bool partial = command_value(self, input, "partial") != NULL;
	int r = policy_read(input->argv[0], job->diag, &policy);

	if (r < 0)
		return r;
	if (command_unenforced(policy, partial, job->diag) && !partial)
		return -EOPNOTSUPP;
	job->policy = policy;
	/* --stats alone asks for the figures, not for a file. */
	if (!stats || job->output || command_value(self, input, "format"))
		r = formats[format].write(job);
	return r == 0 && stats ? print_stats(job) : r;
}

static int run_compile(const struct command *self, const struct command_input *input)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	const char *wanted = command_value(self, input, "format");
	struct job job = {.output = command_value(self, input, "output")};
	size_t format = 0;
	int r;

	while (wanted && format < ARRAY_LEN(formats) && strcmp(wanted, formats[format].name) != 0)
		format++;
	if (format == ARRAY_LEN(formats)) {
		fprintf(stderr,
			"bailiff compile: error: there is no format %s; bailiff, bpf, asm or oci "
			"would be right\n",
			wanted);
		return EXIT_USAGE;
	}
	r = diag_new(&diag);
	if (r < 0)
		return command_status(r);
	job.diag = diag;
	r = compile(self, input, format, &job);
	diag_print(diag, stderr);
	return command_status(r);
}

const struct command command_compile = {
	.name = "compile",
	.operands = "POLICY",
	.summary = "compile a policy, prove its filter, and write it",
	.complete = "policy",
	.min_operands = 1,
	.max_operands = 1,
	.options =
		{
			{'o', "output", "FILE", "write to FILE instead of standard output", "file"},
			{'f', "format", "FORMAT",
			 "bailiff (for `run -p`; the default), bpf, asm or oci",
			 "bailiff bpf asm oci"},
			{0, "stats", NULL, "print the filter's size, cost and proof", NULL},
			{0, "partial", NULL, "go ahead without the rules that `run` cannot enforce",
			 NULL},
		},
	.run = run_compile,
};
