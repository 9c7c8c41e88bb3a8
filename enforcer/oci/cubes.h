/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of calls as lists of cubes: a cube fixes some bits of the six argument registers. Every
 * condition of the language is a union of cubes, and so is what is left of a cube when another is
 * taken out; a cube is what a profile can say: masked equalities, one an argument.
 */
#ifndef OCI_CUBES_H
#define OCI_CUBES_H

#include "bailiff/policy.h"

#define CUBES_MAX 4096u /* in one list: more comparisons than a filter has room for */

struct outcome {
	enum policy_action action; /* 0: nothing said */
	uint16_t error;
};

struct cube {
	uint64_t mask[CALL_ARGS], value[CALL_ARGS]; /* value within mask */
	struct outcome outcome;
};

struct cubes {
	struct cube *items; /* malloc'ed */
	size_t count, room;
	int error; /* -ENOMEM, or -E2BIG past CUBES_MAX: the list is then not to be used */
};

void cubes_free(struct cubes *cubes);
void cubes_add(struct cubes *cubes, const struct cube *cube);
bool cube_meet(const struct cube *a, const struct cube *b, struct cube *ret_both);
bool cube_everything(const struct cube *cube);
/* Adds what of `from` lies outside of `out`, as cubes that do not overlap. */
void cube_without(const struct cube *from, const struct cube *out, struct cubes *ret_rest);
/* Does every point of `cube` lie in some cube of the list with that outcome? */
int cubes_cover(const struct cubes *list, const struct cube *cube, bool *ret_covered);
/* The calls that a match holds for, as cubes that do not overlap. */
void cubes_of_match(const struct policy *policy, const struct policy_match *match,
		    struct cubes *ret_cubes);
/* Every register, each once, with what the policy decides there. */
void cubes_of_call(const struct policy *policy, const struct policy_call *call,
		   struct cubes *ret_cubes);
struct outcome cubes_outcome(const struct policy *policy, uint32_t rule);
bool same_result(struct outcome a, struct outcome b);

#endif
