/* SPDX-License-Identifier: Apache-2.0 */
/* A profile as libseccomp compiles it, built as runc builds it, and a machine that runs the BPF. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "help_reading.h"

struct bpf {
	struct sock_filter code[32768];
	size_t length;
	const char *refused[4096]; /* calls of which libseccomp did not take a rule */
	size_t n_refused;
};

static const uint32_t tokens[ARCH_COUNT] = {
	[ARCH_X86_64] = SCMP_ARCH_X86_64,
	[ARCH_I386] = SCMP_ARCH_X86,
	[ARCH_X32] = SCMP_ARCH_X32,
	[ARCH_AARCH64] = SCMP_ARCH_AARCH64,
};

static uint32_t action_of(const char *action, unsigned error)
{
	static const struct {
		const char *name;
		uint32_t value;
	} words[] = {
		{"ALLOW", SCMP_ACT_ALLOW},   {"KILL", SCMP_ACT_KILL_THREAD},
		{"LOG", SCMP_ACT_LOG},	     {"KILL_THREAD", SCMP_ACT_KILL_THREAD},
		{"TRAP", SCMP_ACT_TRAP},     {"KILL_PROCESS", SCMP_ACT_KILL_PROCESS},
		{"NOTIFY", SCMP_ACT_NOTIFY},
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(action + strlen("SCMP_ACT_"), words[i].name) == 0)
			return words[i].value;
	return strcmp(action, "SCMP_ACT_TRACE") == 0 ? SCMP_ACT_TRACE(error)
						     : SCMP_ACT_ERRNO(error);
}

static enum scmp_compare op_of(const char *op)
{
	static const char *const words[] = {
		[SCMP_CMP_NE] = "NE", [SCMP_CMP_LT] = "LT", [SCMP_CMP_LE] = "LE",
		[SCMP_CMP_EQ] = "EQ", [SCMP_CMP_GE] = "GE", [SCMP_CMP_GT] = "GT",
	};

	for (unsigned i = SCMP_CMP_NE; i <= SCMP_CMP_GT; i++)
		if (strcmp(op + strlen("SCMP_CMP_"), words[i]) == 0)
			return (enum scmp_compare)i;
	return SCMP_CMP_MASKED_EQ;
}

static int add_rule(scmp_filter_ctx ctx, const struct said_rule *rule)
{
	struct scmp_arg_cmp conds[16];
	uint32_t action = action_of(rule->action, rule->error);
	int nr = seccomp_syscall_resolve_name(rule->name), r = 0;

	if (nr == __NR_SCMP_ERROR)
		return -ENOENT;
	for (size_t i = 0; i < rule->n_conds; i++)
		conds[i] = (struct scmp_arg_cmp){rule->conds[i].arg, op_of(rule->conds[i].op),
						 rule->conds[i].value, rule->conds[i].two};
	if (!rule->alternatives)
		return seccomp_rule_add_array(ctx, action, nr, (unsigned)rule->n_conds, conds);
	for (size_t i = 0; i < rule->n_conds && r == 0; i++)
		r = seccomp_rule_add_array(ctx, action, nr, 1, &conds[i]);
	return r;
}

static int choose_archs(scmp_filter_ctx ctx, const struct reading *reading)
{
	int r = 0;

	for (unsigned i = 0; i < ARCH_COUNT && r == 0; i++)
		if (reading->archs[i] && seccomp_arch_exist(ctx, tokens[i]) == -EEXIST)
			r = seccomp_arch_add(ctx, tokens[i]);
	if (r == 0 && !reading->archs[arch_native()])
		r = seccomp_arch_remove(ctx, tokens[arch_native()]);
	return r;
}

static int export(scmp_filter_ctx ctx, struct bpf *bpf)
{
	int fd = memfd_create("bpf", MFD_CLOEXEC), r;
	ssize_t n = -1;

	if (fd < 0)
		return -errno;
	r = seccomp_export_bpf(ctx, fd);
	if (r == 0)
		n = pread(fd, bpf->code, sizeof(bpf->code), 0);
	close(fd);
	bpf->length = n > 0 ? (size_t)n / sizeof(bpf->code[0]) : 0;
	return bpf->length ? 0 : -EIO;
}

struct bpf *bpf_new(const struct reading *reading)
{
	scmp_filter_ctx ctx;
	struct bpf *bpf;
	int r;

	seccomp_api_set(6);
	ctx = seccomp_init(action_of(reading->default_action, reading->default_error));
	if (!ctx)
		return NULL;
	bpf = calloc(1, sizeof(*bpf));
	r = choose_archs(ctx, reading);
	for (size_t i = 0; i < reading->n_rules && r == 0; i++)
		if (add_rule(ctx, &reading->rules[i]) < 0)
			bpf->refused[bpf->n_refused++] = reading->rules[i].name;
	if (r == 0)
		r = export(ctx, bpf);
	seccomp_release(ctx);
	if (r < 0) {
		free(bpf);
		return NULL;
	}
	return bpf;
}

void bpf_free(struct bpf *bpf)
{
	free(bpf);
}

bool bpf_knows(const struct bpf *bpf, enum arch arch, const struct name_call *call)
{
	char *name = seccomp_syscall_resolve_num_arch(tokens[arch], (int)call->nr);
	bool known = name && strcmp(name, call->name) == 0;

	free(name);
	for (size_t i = 0; i < bpf->n_refused; i++)
		known &= strcmp(bpf->refused[i], call->name) != 0;
	return known;
}

static uint32_t step_jump(const struct sock_filter *f, uint32_t a)
{
	bool yes;

	switch (f->code) {
	case BPF_JMP | BPF_JA:
		return f->k;
	case BPF_JMP | BPF_JEQ | BPF_K:
		yes = a == f->k;
		break;
	case BPF_JMP | BPF_JGT | BPF_K:
		yes = a > f->k;
		break;
	case BPF_JMP | BPF_JGE | BPF_K:
		yes = a >= f->k;
		break;
	case BPF_JMP | BPF_JSET | BPF_K:
		yes = a & f->k;
		break;
	default:
		abort();
	}
	return yes ? f->jt : f->jf;
}

uint32_t bpf_run(const struct bpf *bpf, enum arch arch, uint32_t nr, const uint64_t args[CALL_ARGS])
{
	struct seccomp_data data = {.nr = (int)nr, .arch = arch_audit(arch)};
	uint32_t a = 0;

	memcpy(data.args, args, sizeof(data.args));
	for (size_t pc = 0; pc < bpf->length; pc++) {
		const struct sock_filter *f = &bpf->code[pc];

		if (f->code == (BPF_RET | BPF_K))
			return f->k;
		if (f->code == (BPF_LD | BPF_W | BPF_ABS))
			memcpy(&a, (const char *)&data + f->k, sizeof(a));
		else if (f->code == (BPF_ALU | BPF_AND | BPF_K))
			a &= f->k;
		else
			pc += step_jump(f, a);
	}
	abort();
}
