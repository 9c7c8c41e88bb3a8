/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two opinions from outside: the running kernel, which is asked by real system calls under real filters, and
 * libseccomp, where it is sound.
 */
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "random_policy.h"

/* Calls that read no argument, so that any value may be passed, and that always succeed. */
static const long harmless[] = {SYS_getppid, SYS_getuid, SYS_geteuid,	 SYS_getgid,
				SYS_getegid, SYS_gettid, SYS_sched_yield};

#define CASES 400

struct verdict {
	long nr;
	uint64_t args[CALL_ARGS];
	int error;
};

/* Rules that a process survives, each with an errno of its own; everything else allowed. */
static void tame(struct random_policy *r)
{
	struct policy *p = &r->policy;
	struct policy_abi *abi = &p->abi[ARCH_X86_64];
	uint32_t i, j;

	for (i = 0; i < RANDOM_RULES; i++) {
		r->rules[i].class = CLASS_SYSCALLS;
		r->rules[i].action = i < 3 || i % 3 == 0 ? ACTION_ALLOW : ACTION_ERRNO;
		r->rules[i].error = (uint16_t)(r->rules[i].action == ACTION_ERRNO ? 200 + i : 0);
	}
	r->rules[1].action = r->rules[2].action = ACTION_ERRNO;
	r->rules[1].error = r->rules[2].error = ENOSYS;
	for (i = 0; i < p->n_matches; i++)
		r->matches[i].class = CLASS_SYSCALLS;
	for (i = 0; i < abi->n_calls; i++) {
		bool mine = false;

		for (j = 0; j < ARRAY_LEN(harmless); j++)
			mine = mine || (long)abi->calls[i].nr == harmless[j];
		if (mine)
			qsort_r(r->matches + abi->calls[i].first_match, abi->calls[i].n_matches,
				sizeof(*r->matches), compare_matches, r->rules);
		else
			abi->calls[i].n_matches = 0;
	}
}

static uint64_t draw_argument(struct random_policy *r)
{
	uint64_t value =
		r->policy.n_values ? r->values[draw_below(r, r->policy.n_values)] : draw(r);

	switch (draw_below(r, 4)) {
	case 0:
		return value + draw_below(r, 3) - 1;
	case 1:
		return value ^ (uint64_t)1 << draw_below(r, 64);
	case 2:
		return (uint32_t)value | draw(r) << 32;
	default:
		return value;
	}
}

static void ask(struct random_policy *r, const struct filter *filter, struct verdict *verdicts)
{
	struct sock_fprog program = {(unsigned short)filter->length, filter->code};
	int i;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		_exit(1);
	for (i = 0; i < CASES; i++) {
		struct verdict *v = &verdicts[i];
		unsigned j;

		v->nr = harmless[draw_below(r, (unsigned)ARRAY_LEN(harmless))];
		for (j = 0; j < CALL_ARGS; j++)
			v->args[j] = draw_argument(r);
		errno = 0;
		v->error = syscall(v->nr, v->args[0], v->args[1], v->args[2], v->args[3],
				   v->args[4], v->args[5]) == -1
				   ? errno
				   : 0;
	}
	_exit(0);
}

Test(kernel, the_running_kernel_decides_as_the_policy_does, .timeout = 120)
{
	struct verdict *verdicts = mmap(NULL, CASES * sizeof(*verdicts), PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct filter_mode mode = {.supervised = false};
	unsigned seed, denied = 0, i;

	if (arch_native() != ARCH_X86_64)
		cr_skip_test("the drawn policies are for x86_64");
	cr_assert_neq(verdicts, MAP_FAILED);
	for (seed = 1; seed <= 150; seed++) {
		struct random_policy *r = random_policy(seed + 7000, 1, 100);
		struct filter *filter = NULL;
		int status = -1;
		pid_t pid;

		tame(r);
		cr_assert_eq(filter_compile(&r->policy, &mode, NULL, &filter), 0);
		pid = fork();
		if (pid == 0)
			ask(r, filter, verdicts);
		cr_assert_eq(waitpid(pid, &status, 0), pid);
		cr_assert_eq(status, 0, "seed %u: the filter did not load, or killed", seed);
		for (i = 0; i < CASES; i++) {
			const struct verdict *v = &verdicts[i];
			struct policy_decision d =
				policy_decide(&r->policy, ARCH_X86_64, (uint32_t)v->nr, v->args);
			int wanted = d.action == ACTION_ERRNO ? d.error : 0;

			cr_assert_eq(v->error, wanted,
				     "seed %u: call %ld(%#lx, %#lx, %#lx, ...): errno %d, not %d",
				     seed, v->nr, (unsigned long)v->args[0],
				     (unsigned long)v->args[1], (unsigned long)v->args[2], v->error,
				     wanted);
			denied += wanted != 0;
		}
		filter_free(filter);
		free(r);
	}
	cr_assert_gt(denied, 5000, "too few denials to say anything: %u", denied);
	munmap(verdicts, CASES * sizeof(*verdicts));
}

/* One masked comparison a rule, no two rules on a call: there libseccomp 2.5.4 is sound. */
static void simplify(struct random_policy *r)
{
	struct policy *p = &r->policy;
	struct policy_abi *abi = &p->abi[ARCH_X86_64];
	uint32_t i;

	tame(r);
	for (i = 0; i < abi->n_calls; i++) {
		struct policy_call *call = &abi->calls[i];

		/* tame() has emptied all but a few; take one match of the drawn ones for many more. */
		if (p->n_matches && i % 3 == 0) {
			call->first_match = i % p->n_matches;
			call->n_matches = 1;
		} else {
			call->n_matches = 0;
		}
	}
	for (i = 0; i < p->n_matches; i++) {
		struct policy_match *m = &r->matches[i];
		uint32_t first = i % p->n_conds;

		m->rule = 4;
		m->n_conds = (uint16_t)(i % 3 == 0 ? 0 : 1);
		m->level = m->n_conds ? LEVEL_ARGUMENTS : LEVEL_NAMED;
		m->first_cond = first;
		r->conds[first].op = COND_IN;
		r->conds[first].n_values = 1;
	}
	r->rules[4].action = ACTION_ERRNO;
	r->rules[4].error = 204;
	p->unknown_rule = POLICY_NO_RULE;
}

static struct filter *by_libseccomp(const struct policy *p)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	const struct policy_abi *abi = &p->abi[ARCH_X86_64];
	struct filter *filter = calloc(1, sizeof(*filter));
	int fd = memfd_create("filter", MFD_CLOEXEC);
	ssize_t n;
	uint32_t i;

	cr_assert(ctx && filter && fd >= 0);
	for (i = 0; i < abi->n_calls; i++) {
		const struct policy_match *m = &p->matches[abi->calls[i].first_match];
		const struct policy_cond *c = &p->conds[m->first_cond];
		int nr = seccomp_syscall_resolve_name(
			names_call_by_nr(ARCH_X86_64, abi->calls[i].nr)->name);

		if (abi->calls[i].n_matches == 0 || nr < 0)
			continue;
		if (m->n_conds)
			cr_assert_eq(seccomp_rule_add(ctx, SCMP_ACT_ERRNO(204), nr, 1,
						      SCMP_CMP(c->arg, SCMP_CMP_MASKED_EQ, c->mask,
							       p->values[c->first_value])),
				     0);
		else
			cr_assert_eq(seccomp_rule_add(ctx, SCMP_ACT_ERRNO(204), nr, 0), 0);
	}
	cr_assert_eq(seccomp_export_bpf(ctx, fd), 0);
	filter->code = calloc(FILTER_MAX, sizeof(*filter->code));
	cr_assert_not_null(filter->code);
	n = pread(fd, filter->code, FILTER_MAX * sizeof(*filter->code), 0);
	cr_assert_gt(n, 0);
	filter->length = (size_t)n / sizeof(*filter->code);
	close(fd);
	seccomp_release(ctx);
	return filter;
}

Test(kernel, libseccomp_decides_as_the_policy_does, .timeout = 120)
{
	struct filter_mode mode = {.supervised = false};
	unsigned seed, i, j, compared = 0, denied = 0;

	for (seed = 1; seed <= 40; seed++) {
		struct random_policy *r = random_policy(seed + 9000, 1, 60);
		struct filter *mine = NULL, *theirs;

		simplify(r);
		cr_assert_eq(filter_compile(&r->policy, &mode, NULL, &mine), 0);
		theirs = by_libseccomp(&r->policy);
		for (i = 0; i < r->policy.abi[ARCH_X86_64].n_calls; i++) {
			struct seccomp_data data = {.arch = arch_audit(ARCH_X86_64)};

			data.nr = (int)r->policy.abi[ARCH_X86_64].calls[i].nr;
			if (seccomp_syscall_resolve_name(
				    names_call_by_nr(ARCH_X86_64, (uint32_t)data.nr)->name) < 0)
				continue;
			for (j = 0; j < 60; j++) {
				uint32_t a, b;
				unsigned k;

				for (k = 0; k < CALL_ARGS; k++)
					data.args[k] = draw_argument(r);
				a = filter_run(mine->code, mine->length, &data, NULL);
				b = filter_run(theirs->code, theirs->length, &data, NULL);
				cr_assert_eq(a, b, "seed %u: call %d", seed, data.nr);
				compared++;
				denied += a != SECCOMP_RET_ALLOW;
			}
		}
		filter_free(mine);
		filter_free(theirs);
		free(r);
	}
	cr_assert_gt(compared, 500000);
	cr_assert_gt(denied, 50000);
}
