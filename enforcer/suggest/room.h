/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this room share. A suggestion is made in steps: each asks who denies what was seen,
 * tries edits from the least permissive on, and keeps the first after which less stands in the way.
 */
#ifndef BAILIFF_SUGGEST_ROOM_H
#define BAILIFF_SUGGEST_ROOM_H

#include "bailiff/doc.h"
#include "bailiff/filter.h"
#include "bailiff/ruleset.h"
#include "bailiff/suggest.h"

#define MAX_STEPS 64

/* A policy at one moment. */
struct state {
	const char *text;
	size_t length;
	struct policy_files *files;
	struct doc *doc; /* of its own file */
	struct policy *policy;
	struct filter *filter; /* for calls; else NULL */
	struct ruleset set;    /* for all else; else empty */
	uint64_t policies;     /* its bit there */
};

/* What a hook was asked. */
struct question {
	enum bl_op op;
	enum { ASK_PATH = 1, ASK_ADDRESS, ASK_NUMBER } how;
	uint32_t from;	  /* ASK_PATH: a state to begin at */
	const char *path; /* and the path, or the name of an abstract socket */
	int family, protocol;
	unsigned char address[16];
	uint16_t port;
	uint32_t a, b;	 /* ASK_NUMBER */
	const char *exe; /* or NULL */
};

struct answer {
	enum policy_action action;
	uint32_t rule; /* of the policy, or POLICY_NO_RULE */
};

struct work {
	struct suggestion *out;
	struct arena *arena; /* out's */
	const struct event *const *events;
	struct question *questions; /* one an event, unless they are calls */
	size_t n;
	bool calls;
	enum policy_class class; /* of the questions */
	struct state before, now;
	const char *failure; /* what the compiler said of the last try that it refused */
	bool failed;	     /* no memory */
};

/* One place of the text: `remove` bytes at `at` give way to `insert`. */
struct splice {
	size_t at, remove;
	const char *insert;
};

/* A rule as it stands in a list: on a line of its own, or in brackets. */
struct entry {
	const char *block, *flow;
};

/* words.c: texts in the arena; NULL: no memory, and then work->failed. */
PRINTF_LIKE(2, 3) const char *say(struct work *work, const char *format, ...);
void add_line(struct work *work, struct suggest_list *list, const char *line);
/* As YAML: plain where that is safe everywhere, else in double quotes. NULL also where it can't be
 * written: *ret_reason. */
const char *quote(struct work *work, const char *text, const char **ret_reason);
/* A literal path as a pattern: wildcards stand in brackets. */
const char *literal(struct work *work, const char *path);
/* The value as a policy would have it: by names where all of the policy's ABIs agree. */
const char *value_text(struct work *work, enum arch arch, const struct name_call *call,
		       unsigned arg, uint64_t value);
/* What a text of a policy stands for. */
bool value_of(enum arch arch, const char *text, uint64_t *ret_value);
const char *argument_name(struct work *work, const char *name, enum arch arch, unsigned arg);
uint64_t argument_mask(const struct name_call *call, unsigned arg);
const char *place_of(struct work *work, const struct policy_rule *rule);
/* Why nothing is suggested against a rule: a sentence. */
const char *outranked_by(struct work *work, const struct policy_rule *rule);
bool is_own(const struct policy *policy, const struct policy_rule *rule);

/* Entry i of the key-th list of a class. */
struct found {
	const struct doc_node *class, *list, *entry;
	size_t key, i;
};

/* edit.c: where to write. False: that can't be done in this place without losing comments or layout. */
bool edit_append(struct work *work, const struct doc_node *list, const struct entry *entry,
		 struct splice *ret_splice);
/* A key with its value behind the i-th of a mapping. Of a block: a list with this entry. */
bool edit_key(struct work *work, const struct doc_node *map, size_t i, const char *key,
	      const struct entry *entry, bool list, struct splice *ret_splice);
bool edit_class(struct work *work, const char *class, const char *by_default, const char *list,
		const struct entry *entry, struct splice *ret_splice);
bool edit_remove(struct work *work, const struct doc_node *map, size_t key, size_t i,
		 struct splice *ret_splice);
/* What stands between two entries of a list like this one's. NULL: it can't be told. */
const char *edit_between(struct work *work, const struct found *found);
void edit_replace(const struct doc_node *node, const char *text, struct splice *ret_splice);
/* How many places of two documents differ. Entries more or less are one place, if they stand side by side;
 * so is one entry that several take the place of. */
unsigned doc_differences(const struct doc_node *a, const struct doc_node *b);

/* find.c: where things stand in the policy's own file. */
const struct doc_node *find_class(const struct state *state, enum policy_class class);
const struct doc_node *find_list(const struct state *state, enum policy_class class,
				 const char *name, size_t *ret_key);
bool find_entry(const struct state *state, const struct policy_rule *rule, struct found *ret_found);
/* Index of a key; count where it is not there. */
size_t key_index(const struct doc_node *map, const char *key);

/* try.c */
int state_make(struct work *work, const char *text, size_t length, struct diag *diag,
	       struct state *ret_state);
void state_clear(struct state *state);
/* Writes it, reads it, compiles it, asks again. 1: less stands in the way, and this is `now`. 0: not
 * that. -ENOMEM. */
int try_splice(struct work *work, const struct splice *splice, const char *step);
/* Adds a rule to a list of the class, which is made where it is missing. */
int try_rule(struct work *work, enum policy_class class, const char *list,
	     const struct entry *entry, const char *step);
/* Takes one of several words out of an entry, or the whole entry. */
int try_drop(struct work *work, const struct found *found, const char *words, const char *word);
/* How much stands in the way of what was seen; 0: all of it is allowed. */
unsigned in_the_way(const struct work *work, const struct state *state);

/* calls.c */
int step_call(struct work *work);
unsigned call_in_the_way(const struct policy *policy, const struct event_call *call);
/* Does an argument have a meaning of its own? */
bool is_telling(const struct name_arg *arg);
/* narrow.c: a rule of syscalls that decides by arguments, taken back for one value of one of them. */
int narrow_call(struct work *work, const struct event_call *call, const struct policy_rule *rule);

/* objects.c, drop.c */
int read_question(struct work *work, const struct event *event, struct question *ret_question,
		  const char **ret_reason);
int step_object(struct work *work);
int narrow_object(struct work *work, const struct question *question,
		  const struct policy_rule *rule);
/* The address or socket as network's rules have it; NULL: it can't be said. */
const char *address_text(struct work *work, const struct question *question,
			 const char **ret_reason);
const char *path_text(struct work *work, const struct question *question, const char **ret_reason);
int try_name(struct work *work, enum policy_class class, const char *name, const char *words,
	     const struct policy_rule *rule);
bool ask(const struct state *state, const struct question *question, struct answer *ret_answer);

/* compare_*.c: what the change opens beside what was seen. False: it shuts something, or is out of
 * memory. */
bool compare_calls(struct work *work);
bool compare_sets(struct work *work);

/* holes.c */
void warn_all(struct work *work);

#endif
