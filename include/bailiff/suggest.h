/* SPDX-License-Identifier: Apache-2.0 */
/*
 * suggest: the smallest change to a policy that allows what was seen, as new text and as a diff; tried
 * with the compiler, and with what else it would allow. Pure: the policy comes as the files that it was
 * read from, what was seen as events.
 *
 * Least permissive first: the exact call with the values of its arguments that have a name or a meaning
 * of their own (flags, commands, families, users; not addresses, descriptors, lengths and pids, which
 * differ from run to run), the exact path with the one access, the exact address, port and protocol. What
 * does not come out as "allowed" when the changed policy is asked again is not suggested.
 *
 * Only the policy's own file is changed, never one that it includes.
 */
#ifndef BAILIFF_SUGGEST_H
#define BAILIFF_SUGGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "bailiff/base.h"
#include "bailiff/event.h"
#include "bailiff/policy.h"

#define SUGGEST_MAX_EVENTS 256 /* more are refused: one of each kind of argument is enough */

struct suggest_list {
	const char **line;
	size_t n, size;
};

/* All texts are one line each and valid UTF-8, without control characters; text and diff are as the
 * policy is, with many lines. */
struct suggestion {
	/* What is suggested. NULL: nothing, and reason says why. */
	const char *diff; /* unified, of `file`; "" where the policy allows it already */
	const char *text; /* the changed file */
	size_t length;
	const char *reason;
	const char *file; /* which file is changed */
	bool already;	  /* the policy, as it is now, allows what was seen */

	struct suggest_list
		steps; /* what is changed, in words: "allow socket: {family: AF_VSOCK}" */
	/* What would be allowed beside what was seen, in words. Empty: nothing, as far as `compared`
	 * questions to the policy before and after could tell (for calls both filters, at all numbers and
	 * all boundaries of their conditions). */
	struct suggest_list opens;
	size_t compared;
	struct suggest_list warnings; /* known holes that it opens */
	struct suggest_list notes;    /* what to know before applying it */

	struct arena *arena; /* owns all of the above */
};

/*
 * events: of one kind, that is of one class and operation (or call); they may differ in arguments, in
 * object, or in executable. -EINVAL when they do not go together, or there are none or too many; -ENOMEM;
 * or the errno for which the policy itself can't be read (see diag). Everything else is 0 and a
 * suggestion, perhaps one with a reason only.
 */
int suggest(const struct policy_files *files, const struct event *const *events, size_t n_events,
	    struct diag *diag, struct suggestion **ret_suggestion);
void suggestion_free(struct suggestion *suggestion);
void suggestion_freep(struct suggestion **suggestion);

/* Which rule decides on what was seen, as the policy is now. */
struct suggest_place {
	bool allowed; /* nothing of it is refused or told any more; then there is no rule either */
	bool own;     /* the rule is in the policy's own file, not in one that it includes */
	char file[4096]; /* "": no rule is known */
	unsigned line;
};
/* As suggest(), which see; -ENOTSUP: what was seen says too little to ask again. */
int suggest_place(const struct policy_files *files, const struct event *const *events,
		  size_t n_events, struct diag *diag, struct suggest_place *ret_place);

/* Two texts as a unified diff with three lines of context, malloc'ed; "" when they are equal. NULL: no
 * memory. A line end other than \n is shown as it is. */
char *suggest_diff(const char *name, const char *before, size_t before_length, const char *after,
		   size_t after_length);

#endif
