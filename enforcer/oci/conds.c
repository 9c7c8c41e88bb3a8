/* SPDX-License-Identifier: Apache-2.0 */
/* Single conditions and single actions. */
#include <errno.h>

#include "profile.h"

#define ERRNO_MAX 4095u

bool oci_same_action(struct oci_action a, struct oci_action b)
{
	return a.verdict == b.verdict && a.data == b.data;
}

/* libseccomp 2.5 refuses errnos of 4095 and more, the kernel cuts them to 4095; errno 0 would tell
 * the program that a call succeeded which never ran. */
static struct oci_carried carry_errno(uint32_t error)
{
	struct oci_carried as = {.action = ACTION_ERRNO, .error = EPERM};

	if (error)
		as.error = (uint16_t)(error > ERRNO_MAX ? ERRNO_MAX : error);
	as.quiet = error == ENOSYS; /* tells the C library to fall back: nothing to report */
	return as;
}

struct oci_carried oci_carry(struct oci_action action)
{
	switch (action.verdict) {
	case OCI_ALLOW:
		return (struct oci_carried){.action = ACTION_ALLOW};
	case OCI_LOG:
		return (struct oci_carried){.action = ACTION_AUDIT};
	case OCI_ERRNO:
		return carry_errno(action.data);
	case OCI_TRAP:
		return (struct oci_carried){.action = ACTION_TRAP};
	case OCI_KILL_THREAD:
		return (struct oci_carried){.action = ACTION_KILL_THREAD};
	case OCI_KILL_PROCESS:
		return (struct oci_carried){.action = ACTION_KILL};
	case OCI_TRACE:
	case OCI_NOTIFY:
		break;
	}
	return (struct oci_carried){.action = ACTION_ERRNO, .error = ENOSYS};
}

/* The values of an order comparison, as low..high; none: low > high. */
static void range_of(const struct oci_cond *cond, uint64_t *low, uint64_t *high)
{
	*low = 0;
	*high = UINT64_MAX;
	switch (cond->op) {
	case OCI_LT:
		*high = cond->value - 1;
		*low = cond->value ? 0 : UINT64_MAX;
		if (!cond->value)
			*high = 0;
		break;
	case OCI_LE:
		*high = cond->value;
		break;
	case OCI_GE:
		*low = cond->value;
		break;
	case OCI_GT:
		*low = cond->value + 1;
		if (cond->value == UINT64_MAX) {
			*low = UINT64_MAX;
			*high = 0;
		}
		break;
	default:
		break;
	}
}

static uint64_t most_of(unsigned width)
{
	return width >= 64 ? UINT64_MAX : (1ull << width) - 1;
}

/* For all values of so many bits. */
static enum oci_truth truth_at(const struct oci_cond *cond, unsigned width)
{
	uint64_t most = most_of(width), low, high;

	switch (cond->op) {
	case OCI_EQ:
		return cond->value > most ? OCI_NEVER : OCI_SOMETIMES;
	case OCI_NE:
		return cond->value > most ? OCI_ALWAYS : OCI_SOMETIMES;
	case OCI_MASKED_EQ:
		if (cond->value_two & cond->value & ~most)
			return OCI_NEVER;
		return cond->value & most ? OCI_SOMETIMES : OCI_ALWAYS;
	default:
		range_of(cond, &low, &high);
		if (low > high || low > most)
			return OCI_NEVER;
		return low == 0 && high >= most ? OCI_ALWAYS : OCI_SOMETIMES;
	}
}

/*
 * An argument that some operations read as 32 bits and others as 64: the language compares its lower
 * half in a denial by value and in an allowance by `not`, all of it otherwise, where a negative
 * number of 32 bits then stands for both of its extensions. True where that is not what is asked.
 */
static bool misread(const struct name_arg *arg, const struct oci_cond *cond, bool denies)
{
	bool values = cond->op == OCI_EQ || cond->op == OCI_NE || cond->op == OCI_MASKED_EQ;

	if (arg->narrow != NARROW_SOMETIMES || arg->width != 64 || !values)
		return false;
	if (denies != (cond->op == OCI_NE))
		return truth_at(cond, 32) != OCI_SOMETIMES && truth_at(cond, 64) == OCI_SOMETIMES;
	return cond->op != OCI_MASKED_EQ && cond->value >= 0xffffffff80000000u;
}

/* One ABI's view of an argument. False: none that the language could compare so. */
static bool view(const struct name_call *on, enum arch arch, const struct oci_cond *cond,
		 bool denies, unsigned *ret_width)
{
	*ret_width = arch == ARCH_I386 ? 32 : 64;
	if (on->nargs < 0)
		return true; /* not known */
	if (cond->arg >= (unsigned)on->nargs)
		return false;
	*ret_width = on->args[cond->arg].width;
	return !misread(&on->args[cond->arg], cond, denies);
}

/* As the language has it for arguments of at least `narrow` and at most `wide` bits. */
static enum oci_truth rewrite(struct oci_cond *cond, unsigned narrow, unsigned wide)
{
	if (cond->op == OCI_MASKED_EQ) {
		cond->value &= most_of(wide);
		if (cond->value == most_of(wide)) {
			cond->op = OCI_EQ;
			cond->value = cond->value_two;
		}
	}
	return cond->value <= most_of(narrow) ? OCI_SOMETIMES : OCI_UNSAYABLE;
}

enum oci_truth oci_fit(const struct oci_call *call, bool denies, struct oci_cond *cond)
{
	enum oci_truth truth = 0, here;
	unsigned narrow = 64, wide = 0, width;
	bool same = true;

	for (unsigned arch = 0; arch < ARCH_COUNT; arch++) {
		if (!call->on[arch])
			continue;
		if (!view(call->on[arch], (enum arch)arch, cond, denies, &width))
			return OCI_UNSAYABLE;
		here = truth_at(cond, width);
		same &= !truth || truth == here;
		truth = here;
		narrow = width < narrow ? width : narrow;
		wide = width > wide ? width : wide;
	}
	if (same && truth != OCI_SOMETIMES)
		return truth;
	return rewrite(cond, narrow, wide);
}

static bool holds(const struct oci_cond *cond, uint64_t value)
{
	uint64_t low, high;

	switch (cond->op) {
	case OCI_EQ:
		return value == cond->value;
	case OCI_NE:
		return value != cond->value;
	case OCI_MASKED_EQ:
		return (value & cond->value) == (cond->value_two & cond->value);
	default:
		range_of(cond, &low, &high);
		return low <= value && value <= high;
	}
}

bool oci_conds_meet(const struct oci_cond *a, const struct oci_cond *b)
{
	uint64_t low_a, high_a, low_b, high_b;

	if (a->op == OCI_EQ)
		return holds(b, a->value);
	if (b->op == OCI_EQ)
		return holds(a, b->value);
	if (a->op == OCI_MASKED_EQ && b->op == OCI_MASKED_EQ)
		return ((a->value_two ^ b->value_two) & a->value & b->value) == 0;
	if (a->op == OCI_MASKED_EQ || b->op == OCI_MASKED_EQ || a->op == OCI_NE || b->op == OCI_NE)
		return true;
	range_of(a, &low_a, &high_a);
	range_of(b, &low_b, &high_b);
	return low_a <= high_b && low_b <= high_a;
}
