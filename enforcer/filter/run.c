/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel does with a seccomp filter (net/core/filter.c, kernel/seccomp.c), for the
 * instructions that bailiff's filters are made of. Anything else is refused by filter_check().
 */
#include <errno.h>
#include <string.h>

#include "filter_internal.h"

int filter_check(const struct sock_filter *code, size_t length)
{
	size_t i, left;

	if (length == 0 || length > FILTER_MAX)
		return -EINVAL;
	for (i = 0; i < length; i++) {
		left = length - i - 1; /* instructions behind this one */
		switch (code[i].code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (code[i].k % 4 || code[i].k >= sizeof(struct seccomp_data))
				return -EINVAL;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
		case BPF_RET | BPF_K:
			break;
		case BPF_JMP | BPF_JA:
			if (code[i].k >= left)
				return -EINVAL;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
		case BPF_JMP | BPF_JGE | BPF_K:
		case BPF_JMP | BPF_JGT | BPF_K:
		case BPF_JMP | BPF_JSET | BPF_K:
			if (code[i].jt >= left || code[i].jf >= left)
				return -EINVAL;
			break;
		default:
			return -EINVAL;
		}
	}
	return BPF_CLASS(code[length - 1].code) == BPF_RET ? 0 : -EINVAL;
}

/* One instruction. Returns false at a RET (its value is then in *a), else moves *pc on. */
static bool step(const struct sock_filter *in, const struct seccomp_data *data, uint32_t *a,
		 size_t *pc)
{
	bool taken;

	switch (in->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		memcpy(a, (const char *)data + in->k, sizeof(*a));
		break;
	case BPF_ALU | BPF_AND | BPF_K:
		*a &= in->k;
		break;
	case BPF_RET | BPF_K:
		*a = in->k;
		return false;
	case BPF_JMP | BPF_JA:
		*pc += in->k;
		break;
	default:
		taken = BPF_OP(in->code) == BPF_JEQ   ? *a == in->k
			: BPF_OP(in->code) == BPF_JGE ? *a >= in->k
			: BPF_OP(in->code) == BPF_JGT ? *a > in->k
						      : (*a & in->k) != 0;
		*pc += taken ? in->jt : in->jf;
	}
	(*pc)++;
	return true;
}

uint32_t filter_run(const struct sock_filter *code, size_t length, const struct seccomp_data *data,
		    unsigned *ret_steps)
{
	uint32_t a = 0;
	size_t pc = 0;
	unsigned steps = 0;

	while (pc < length) {
		steps++;
		if (!step(&code[pc], data, &a, &pc)) {
			if (ret_steps)
				*ret_steps = steps;
			return a;
		}
	}
	return SECCOMP_RET_KILL_PROCESS; /* not reached by checked code; never an opening */
}

bool run_without_arguments(const struct sock_filter *code, size_t length, uint32_t arch,
			   uint32_t nr, uint32_t *ret_value, bool *ret_cacheable)
{
	struct seccomp_data data = {.nr = (int)nr, .arch = arch};
	uint32_t a = 0;
	size_t pc = 0;

	while (pc < length) {
		if (code[pc].code == (BPF_LD | BPF_W | BPF_ABS) && code[pc].k != WORD_NR &&
		    code[pc].k != WORD_ARCH)
			return false;
		if (!step(&code[pc], &data, &a, &pc)) {
			*ret_value = a;
			/* kernel/seccomp.c: only plain ALLOW goes into the bitmap, and x32 has
			 * none. */
			*ret_cacheable = a == SECCOMP_RET_ALLOW &&
					 !(arch == arch_audit(ARCH_X32) && (nr & X32_BIT));
			return true;
		}
	}
	return false;
}

bool filter_always_allows(const struct filter *filter, uint32_t nr)
{
	uint32_t value;
	bool cacheable;

	return run_without_arguments(filter->code, filter->length, arch_audit(arch_native()), nr,
				     &value, &cacheable) &&
	       value == SECCOMP_RET_ALLOW;
}
