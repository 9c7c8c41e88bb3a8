/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a policy says by the language's definition: every rule that matches is looked at, and the
 * most specific one decides. Slow, and written without a look at the compiler.
 */
#ifndef BAILIFF_HELP_ORACLE_H
#define BAILIFF_HELP_ORACLE_H

#include "bailiff/ruleset.h"

struct answer {
	bool governed; /* else: the class is absent, or nothing speaks of it */
	bool conflict; /* two errnos of equal rank decide */
	enum policy_action action;
	const struct policy_rule *rule;
};

/* For a task whose executable is `exe`. op < BL_OP_SCOPE; names: `path` is an abstract unix name. */
struct answer oracle_path(const struct policy *policy, const char *exe, enum bl_op op, bool names,
			  const char *path);
/* BL_OP_BIND to BL_OP_LISTEN. */
struct answer oracle_address(const struct policy *policy, const char *exe, enum bl_op op,
			     int family, const uint8_t *address, uint16_t port, int protocol);
struct answer oracle_socket(const struct policy *policy, const char *exe, uint32_t family,
			    uint32_t type);
struct answer oracle_word(const struct policy *policy, const char *exe, enum bl_word word);

/* Does a pattern match? */
bool oracle_matches(const char *pattern, const char *path, bool names);

#endif
