/* SPDX-License-Identifier: Apache-2.0 */
/* What the filter costs by itself: instructions, its way to the verdict, loading it, a call under
 * it. */
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define ROUNDS 21
#define CALLS  400000

static uint32_t scmp_action(const struct policy_rule *rule)
{
	switch (rule->action) {
	case ACTION_ALLOW:
		return SCMP_ACT_ALLOW;
	case ACTION_ERRNO:
		return SCMP_ACT_ERRNO(rule->error);
	default:
		bench_fail("an action that this policy does not hold");
	}
}

/* libseccomp has no ranges and no sets: as many rules as alternatives. */
static int add_match(scmp_filter_ctx ctx, const struct policy *p, const struct policy_match *m,
		     int call)
{
	uint32_t action = scmp_action(&p->rules[m->rule]), i;
	const struct policy_cond *c = &p->conds[m->first_cond];
	const uint64_t *v = p->values + c->first_value;
	int r = 0;

	if (m->n_conds == 0)
		return seccomp_rule_add(ctx, action, call, 0);
	if (m->n_conds != 1)
		bench_fail("a rule of several conditions");
	if (c->op == COND_RANGE) {
		if (v[0] == 0)
			return seccomp_rule_add(ctx, action, call, 1,
						SCMP_CMP(c->arg, SCMP_CMP_LE, v[1]));
		return seccomp_rule_add(ctx, action, call, 1, SCMP_CMP(c->arg, SCMP_CMP_GE, v[0]));
	}
	for (i = 0; i < c->n_values && r == 0; i++)
		r = seccomp_rule_add(ctx, action, call, 1,
				     SCMP_CMP(c->arg, SCMP_CMP_MASKED_EQ, c->mask, v[i]));
	return r;
}

static void add_abi(scmp_filter_ctx ctx, const struct policy *p, enum arch arch)
{
	const struct policy_abi *abi = &p->abi[arch];
	uint32_t i, j, action;
	int r, call;

	for (i = 0; i < abi->n_calls; i++) {
		const struct name_call *known = names_call_by_nr(arch, abi->calls[i].nr);

		call = seccomp_syscall_resolve_name(known->name);
		if (call == __NR_SCMP_ERROR)
			continue; /* newer than this libseccomp: its filter is the shorter for it */
		for (j = 0; j < abi->calls[i].n_matches; j++) {
			const struct policy_match *m = &p->matches[abi->calls[i].first_match + j];

			action = scmp_action(&p->rules[m->rule]);
			if (action == scmp_action(&p->rules[p->default_rule[CLASS_SYSCALLS]]))
				continue; /* it refuses rules that say what the default says */
			r = add_match(ctx, p, m, call);
			if (r < 0 && r != -EEXIST && r != -EDOM)
				bench_fail("seccomp_rule_add");
		}
	}
}

struct filter *bench_libseccomp(const struct policy *policy, unsigned level)
{
	scmp_filter_ctx ctx =
		seccomp_init(scmp_action(&policy->rules[policy->default_rule[CLASS_SYSCALLS]]));
	struct filter *filter = calloc(1, sizeof(*filter));
	int memory = memfd_create("filter", MFD_CLOEXEC);
	ssize_t n;

	if (!ctx || !filter || memory < 0)
		bench_fail("memory");
	if (policy->abi[ARCH_I386].governed && seccomp_arch_add(ctx, SCMP_ARCH_X86) < 0)
		bench_fail("seccomp_arch_add");
	if (policy->abi[ARCH_X32].governed && seccomp_arch_add(ctx, SCMP_ARCH_X32) < 0)
		bench_fail("seccomp_arch_add");
	add_abi(ctx, policy, ARCH_X86_64);
	if (policy->abi[ARCH_I386].governed)
		add_abi(ctx, policy, ARCH_I386);
	if (seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, level) < 0 ||
	    seccomp_export_bpf(ctx, memory) < 0)
		bench_fail("seccomp_export_bpf");
	filter->code = calloc(FILTER_MAX, sizeof(*filter->code));
	n = filter->code ? pread(memory, filter->code, FILTER_MAX * sizeof(*filter->code), 0) : -1;
	if (n <= 0)
		bench_fail("reading libseccomp's filter");
	filter->length = (size_t)n / sizeof(*filter->code);
	close(memory);
	seccomp_release(ctx);
	return filter;
}

/* Instructions to the verdict: on average over the allowed calls, and for one call. */
static double path(const struct filter *filter, const char *only)
{
	size_t count, i, n = 0, total = 0;
	const struct name_call *calls = names_calls(ARCH_X86_64, &count);
	struct seccomp_data data = {.arch = arch_audit(ARCH_X86_64)};
	unsigned steps;

	for (i = 0; i < count; i++) {
		if (only && strcmp(only, calls[i].name) != 0)
			continue;
		data.nr = (int)calls[i].nr;
		data.args[0] = only ? 2 : 0; /* AF_INET */
		if (filter_run(filter->code, filter->length, &data, &steps) != SECCOMP_RET_ALLOW)
			continue;
		total += steps;
		n++;
	}
	if (!n)
		bench_fail("the path of a call");
	return (double)total / (double)n;
}

static int load(const struct filter *filter)
{
	struct sock_fprog program = {(unsigned short)filter->length, filter->code};

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

/* Runs in a child of its own: a filter can't be taken off. what 0: the load; 1: a call. */
static double in_child(const struct filter *filter, int what)
{
	double *result = mmap(NULL, sizeof(*result), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t start;
	double value;
	int i, status;
	pid_t pid;

	if (result == MAP_FAILED)
		bench_fail("mmap");
	pid = fork();
	if (pid == 0) {
		cpu_set_t one;

		/* The same processor for all, as far as we may choose. */
		CPU_ZERO(&one);
		CPU_SET(0, &one);
		(void)sched_setaffinity(0, sizeof(one), &one);
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
			_exit(1);
		start = bench_now();
		if (filter && load(filter) < 0)
			_exit(1);
		if (what == 1) {
			for (i = 0; i < 1000; i++)
				syscall(SYS_personality, 0xffffffffu);
			start = bench_now();
			for (i = 0; i < CALLS; i++)
				syscall(SYS_personality, 0xffffffffu);
		}
		*result = (double)(bench_now() - start) / (what ? CALLS : 1000);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		bench_fail("a child under the filter");
	value = *result;
	munmap(result, sizeof(*result));
	return value;
}

/* Medians of several filters, taken in turns. */
static void medians(const struct filter *const *filters, int n, int what, double *ret_medians)
{
	double values[4][ROUNDS];
	int i, round;

	for (round = 0; round < ROUNDS; round++)
		for (i = 0; i < n; i++)
			values[i][round] = in_child(filters[i], what);
	for (i = 0; i < n; i++)
		ret_medians[i] = bench_median(values[i], ROUNDS);
}

void bench_filters(const struct bench *b)
{
	const struct filter *const filters[] = {b->filter, b->tree, b->list};
	double m[3];

	bench_row("filter, x86_64", "instr", (double)b->filter->length, "libseccomp list",
		  (double)b->list->length, "<= 84");
	bench_row("filter, x86_64", "instr", (double)b->filter->length, "libseccomp tree",
		  (double)b->tree->length, "<= 84");
	bench_row("filter, with i386 and x32", "instr", (double)b->wide_filter->length,
		  "libseccomp list", (double)b->wide_list->length, "<= 280");
	bench_row("filter, with i386 and x32", "instr", (double)b->wide_filter->length,
		  "libseccomp tree", (double)b->wide_tree->length, "<= 280");
	bench_row("to decide, average over allowed calls", "instr", path(b->filter, NULL),
		  "libseccomp tree", path(b->tree, NULL), "<= 10");
	bench_row("to decide, socket(AF_INET)", "instr", path(b->filter, "socket"),
		  "libseccomp tree", path(b->tree, "socket"), "<= 15");
	medians(filters, 3, 0, m);
	bench_row("seccomp(2) load", "us", m[0], "libseccomp tree", m[1], "<= 0.6 x");
	bench_row("seccomp(2) load", "us", m[0], "libseccomp list", m[2], "<= 0.3 x");
	medians(filters, 3, 1, m);
	bench_row("personality(-1), argument-checked", "ns", m[0], "libseccomp tree", m[1],
		  "<= 1.0 x");
	bench_row("personality(-1), argument-checked", "ns", m[0], "libseccomp list", m[2], "-");
}
