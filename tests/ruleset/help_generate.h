/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies and questions by chance, from alphabets so small that rules meet each other. The same
 * seed gives the same. Nothing here knows how an image is made.
 */
#ifndef BAILIFF_HELP_GENERATE_H
#define BAILIFF_HELP_GENERATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/ruleset.h"

struct generator {
	uint64_t state;	 /* any seed */
	bool two_errnos; /* rules may deny with different errnos, which may contradict */
};

uint32_t generate_number(struct generator *g, uint32_t below);

/* A policy's text, malloc'ed, named p<number>: files, exec and network by chance, with `by`,
 * wildcards and equal ranks; a scope. */
char *generate_policy(struct generator *g, unsigned number);

/* An absolute path, or (names) an abstract unix name; of at most `size` bytes. */
void generate_path(struct generator *g, bool names, char *out, size_t size);
/* A path that a pattern matches, most of the time. */
void generate_match(struct generator *g, const char *pattern, char *out, size_t size);
/* An executable that `by` lists may name. */
const char *generate_executable(struct generator *g);
void generate_address(struct generator *g, int *ret_family, uint8_t ret_address[16],
		      uint16_t *ret_port, int *ret_protocol);

/* Several policies, parsed and compiled. */
struct generated {
	struct policy *policies[8];
	size_t n_policies;
	char *texts[8];
	struct ruleset set;
	int error; /* of compiling: 0, or -EINVAL with its reasons in diag */
	struct diag *diag;
};
void generate_set(struct generator *g, struct generated *ret_generated);
void generated_clear(struct generated *generated);

#endif
