/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the compiling files of this room share. Mistakes are counted and compiling goes on while it
 * makes sense; a lack of memory (`oom`) makes everything that follows do nothing.
 */
#ifndef BAILIFF_RULESET_COMPILER_H
#define BAILIFF_RULESET_COMPILER_H

#include "look.h"

#define PATTERN_MAX 4096 /* bytes */
#define NO_SET	    0xffu

/* --- index.c: from a hash to numbers ---------------------------------------------------------- */

struct index {
	uint64_t *slots; /* tag << 32 | number; 0: free. Numbers are never 0. */
	size_t mask, used;
};
void index_clear(struct index *index);
int index_add(struct index *index, uint64_t hash, uint32_t number);
/* The next number that this hash may stand for; 0: no more. *at begins as 0. */
uint32_t index_next(const struct index *index, uint64_t hash, size_t *at);
uint64_t mix(uint64_t a, uint64_t b);
uint64_t hash_bytes(uint64_t seed, const void *bytes, size_t length);
uint64_t hash_text(uint64_t seed, const char *text);

/* --- What the policies say -------------------------------------------------------------------- */

/* A list's entry about places in the file system; or (scope) what a scope or a `by` says. */
struct claim {
	uint64_t places; /* scope: policies, for BL_OP_SCOPE's `deny` */
	uint64_t sets;	 /* scope: `by` sets, for its `audit` */
	const struct policy_rule *source;
	uint32_t rule; /* number in the image */
	uint16_t ops;  /* bits by enum bl_op */
	uint16_t error;
	uint8_t action; /* enum policy_action */
	bool by, quiet, scope;
	/* What the automaton made of it first (vectors.c); 0: nothing yet. */
	uint32_t on, made;
	bool again;
};

/* A policy, on its way into the image. */
struct loaded {
	const struct policy *policy;
	unsigned bit;
	uint32_t first_rule; /* the number in the image of its rule 0 */
	uint64_t places;
	uint64_t sets; /* its `by` sets */
	uint64_t hash, scope_hash;
};

/* The executables of a `by`, as a set: sorted, each once. */
struct by_set {
	const char **patterns; /* as written */
	const char **resolved;
	uint32_t n_patterns;
	uint32_t claim;
};

/* --- automaton.c and what it leans on --------------------------------------------------------- */

#define VERBATIM 3 /* how a last component is written: the greater is the more specific */
#define PARTLY	 2
#define ANYTHING 1

enum position_kind {
	AT_LITERAL = 1,
	AT_GLOB,
	AT_STAR,
	AT_STARS, /* ** */
	AT_END,
};

/* Literal components, as a tree. Three of the nodes are roots, by BL_STATE_*. */
struct node {
	const char *name;
	uint32_t length;
	uint32_t parent, child, sibling;
	uint32_t terms, starts; /* first of each */
};
struct term { /* a pattern without wildcards ends here */
	uint32_t claim, next;
	bool final; /* in slash-star-star */
};
struct start { /* the wild rest of a pattern begins here */
	uint32_t position, next;
};
struct position {
	uint32_t what; /* a component; AT_END: a wild pattern */
	uint8_t kind;
};
struct wild {
	uint32_t claim;
	uint8_t written; /* VERBATIM, ... */
	bool final;
};
/* A component with wildcards, or a literal behind one. */
struct component {
	const char *text;
	uint32_t length;
	uint32_t n_tokens; /* of a glob */
	struct token *tokens;
};
struct token {
	bool star;
	uint64_t bytes[4]; /* those that match */
};

/* What holds at a place: an effect, and the list of those who decided. Two vectors are the same when
 * their effects are, and (by sums over 128 bits) the rule of each place and operation. */
struct vector {
	uint64_t sum[2];
	uint32_t effect, list, length;
};
struct applied {
	uint32_t vector, claim, result;
};

/* A set of positions; 0 is the empty one. What any other component makes of it is remembered. */
struct set {
	size_t first;
	uint32_t count;
	uint32_t other; /* the next set */
	size_t first_done;
	uint32_t n_done; /* wild patterns that end there */
	bool moved;
};

/* What follows on components that a state does not name. */
struct follow {
	uint32_t set, vector;
	uint32_t other, globs;
};
struct shared { /* a state outside of the tree */
	uint32_t set, vector, own, state;
};
struct pending {
	uint32_t state, node, set, vector;
};

/* For one set of components, all their patterns as one automaton over bytes. */
struct glob_table {
	const uint32_t *members;
	uint32_t n_members;
	uint32_t first, n_rows; /* of automaton.rows */
	struct accepted {	/* [0]: nothing matches */
		const uint32_t *members;
		uint32_t n_members;
	} * accepted;
	uint32_t n_accepted;
};

struct automaton {
	struct compiler *c;
	struct arena *arena;
	uint64_t steps; /* work done, against a limit */
	bool failed;	/* a limit was passed: told */

	struct node *nodes;
	struct term *terms;
	struct start *starts;
	struct position *positions;
	struct wild *wilds;
	struct component *components;
	size_t n_nodes, n_terms, n_starts, n_positions, n_wilds, n_components;
	size_t nodes_size, terms_size, starts_size, positions_size, wilds_size, components_size;
	struct index node_index, component_index;
	/* The last literal pattern, whose way is not searched again. */
	const char *last;
	uint32_t last_root;
	uint32_t last_ends[PATTERN_MAX / 2 + 2], last_nodes[PATTERN_MAX / 2 + 2];
	size_t last_depth;

	uint64_t weight[2][BL_PLACES][BL_OPS];
	struct bl_effect *effects;
	struct vector *vectors;
	struct applied *applied;
	size_t n_effects, n_vectors, n_applied, effects_size, vectors_size, applied_size;
	struct index effect_index, vector_index, applied_index;
	struct made { /* an effect that a claim made of another */
		uint64_t places;
		uint32_t effect, result;
		uint16_t ops, kind;
	} made[256];

	struct set *sets;
	uint32_t *set_items, *done_items;
	size_t n_sets, n_set_items, n_done_items, sets_size, set_items_size, done_items_size;
	struct index set_index;
	uint32_t *moving, *done; /* scratch of a move */
	size_t n_moving, n_done, moving_size, done_size;
	uint32_t *marks; /* by component: the stamp of the move whose glob it matches */
	uint32_t stamp;

	struct bl_state *states;
	struct follow *follows;
	struct shared *shared;
	struct pending *pending;
	size_t n_states, n_follows, n_shared, n_pending;
	size_t states_size, follows_size, shared_size, pending_size;
	struct index follow_index, shared_index;

	struct glob_table *tables;
	size_t n_tables, tables_size;
	struct index table_index;
	struct bl_glob_row *rows;
	bl_target *targets; /* of all lists, each at a block; the first block is empty */
	size_t n_rows, n_targets, rows_size, targets_size;

	struct candidate *candidates;
	size_t n_candidates, candidates_size;
	uint32_t *literals; /* scratch: components that a set waits for */
	size_t n_literals, literals_size;
};

struct candidate {
	uint32_t claim, rank;
	bool final;
};

int automaton_open(struct compiler *c, struct automaton *a);
void automaton_clear(struct automaton *a);
/* A pattern below a root (BL_STATE_*), which borrows `text`. */
void automaton_add(struct automaton *a, uint32_t root, const char *text, uint32_t claim);
/* The states. `start`: the vector below each root, by BL_STATE_*. */
void automaton_build(struct automaton *a, const uint32_t start[BL_STATE_CGROUPS + 1]);
void automaton_limit(struct automaton *a, const char *what);

/* trie.c */
uint32_t trie_child(const struct automaton *a, uint32_t parent, const char *name, size_t length);

/* vectors.c */
int vectors_open(struct automaton *a);
uint32_t vector_apply(struct automaton *a, uint32_t vector, uint32_t claim);
/* Of the candidates: the vector that holds below, and the one that holds here. */
void vectors_settle(struct automaton *a, uint32_t vector, uint32_t *ret_below, uint32_t *ret_own);
void candidate_add(struct automaton *a, uint32_t claim, uint8_t written, bool final);

/* sets.c */
uint32_t set_with(struct automaton *a, uint32_t set, uint32_t starts);
/* After a component by name; by the globs that match it (marked with a->stamp); or by any other. The
 * set that follows; patterns that end there become candidates. */
uint32_t set_move_name(struct automaton *a, uint32_t set, const char *name, size_t length);
uint32_t set_move_marked(struct automaton *a, uint32_t set);
uint32_t set_move_other(struct automaton *a, uint32_t set);

/* globs.c */
bool glob_read(struct automaton *a, struct component *component);
bool glob_matches(const struct component *component, const char *name, size_t length);
/* NULL: a limit was passed, or no memory. members: components, sorted. */
const struct glob_table *glob_table(struct automaton *a, const uint32_t *members,
				    uint32_t n_members);

/* --- Everything together ---------------------------------------------------------------------- */

struct compiler {
	const struct ruleset_options *options;
	struct diag *diag;
	size_t errors;
	int error; /* of the machine: told */
	bool oom;
	struct arena *arena; /* small things that live until the end */
	struct bl_header header;

	struct loaded loaded[BL_PLACES];
	unsigned n_loaded;
	struct by_set by_sets[BL_PLACES];
	unsigned n_by_sets;
	struct index by_index;
	uint8_t *rule_sets; /* by the image's rule: its `by` set, or NO_SET */
	uint32_t n_rules;
	struct bl_place places[BL_PLACES];
	unsigned n_places;

	struct claim *claims;
	size_t n_claims, claims_size;
	struct index conflict_index; /* pairs of rules that were told */
	struct automaton automaton;

	struct bl_edge *edges;
	size_t n_edges, edges_size;
	struct bl_decider *deciders; /* each behind what follows it */
	struct bl_decision *decisions;
	size_t n_deciders, n_decisions, deciders_size, decisions_size;
	struct index decider_index, decision_index;
	bl_interval *intervals; /* of all lists, each at a block */
	size_t n_intervals, intervals_size;
	struct bl_rule *rules;
	char *texts;
	size_t n_texts, texts_size;
};

#define REFUSE(c, pos, ...) ((c)->errors++, diag_error((c)->diag, (pos), __VA_ARGS__))

/* Where lists of ports lie: behind the header and the places, so that edges can name them at once. */
#define FIRST_PLACES ((uint32_t)(sizeof(struct bl_header) / BL_BLOCK))
#define FIRST_NETS   (FIRST_PLACES + BL_PLACES * (uint32_t)sizeof(struct bl_place) / BL_BLOCK)

/* Makes room for one more; false without memory. */
#define ROOM(c, items, n, size) room((c), &(items), &(size), (n), 1, sizeof(*(items)))
bool room(struct compiler *c, void *items, size_t *size, size_t used, size_t more, size_t each);

/* policies.c: bits, and what equal policies have in common */
void read_policies(struct compiler *c, const struct policy *const *policies, size_t count);
void hash_policies(struct compiler *c);

/* scopes.c */
void add_scopes(struct compiler *c);

/* places.c */
void collect_by_sets(struct compiler *c);
void make_places(struct compiler *c);
void add_by_claims(struct compiler *c, struct automaton *a);
/* The places in which a rule holds. */
uint64_t rule_places(const struct compiler *c, const struct loaded *loaded, uint32_t rule);

/* claims.c */
uint32_t add_claim(struct compiler *c, const struct claim *claim);
void fill_claim(const struct compiler *c, const struct loaded *loaded, uint32_t rule,
		struct claim *ret_claim);
void tell_conflict(struct compiler *c, uint32_t first, uint32_t second);
/* What the machine makes of a pattern that a rule or (NULL) a scope has. NULL: compiling ends. */
const char *resolve_pattern(struct compiler *c, const char *pattern, const struct policy_rule *rule,
			    const struct policy *policy);
void add_paths(struct compiler *c);
/* Defaults: the vector below each root. */
void start_vectors(struct compiler *c, uint32_t start[BL_STATE_CGROUPS + 1]);

/* decisions.c */
uint32_t add_decider(struct compiler *c, uint32_t next, uint32_t rule, uint32_t ops,
		     uint32_t place);
uint32_t share_decision(struct compiler *c, const struct bl_decision *decision);
/* Adds a claim's verdict on one place, which has none yet. */
void decide(struct compiler *c, struct bl_decision *decision, const struct claim *claim,
	    unsigned place);
struct choice { /* the claim that decides on each place; 0: none */
	uint32_t claim[BL_PLACES], rank[BL_PLACES];
	uint32_t rival[BL_PLACES]; /* one of the same rank with another errno */
};
/* Lets a claim decide where none of a greater rank does. */
void choose(struct compiler *c, struct choice *choice, uint32_t claim, uint32_t rank);
uint32_t share_choice(struct compiler *c, const struct choice *choice);
void add_words(struct compiler *c);
void add_capabilities(struct compiler *c);
void add_surfaces(struct compiler *c);

/* sockets.c */
void add_sockets(struct compiler *c);

/* network.c, ports.c */
struct item { /* one address of one rule; or a default */
	uint32_t claim, next;
	uint16_t low, high;
	int16_t protocol; /* -1: any */
	uint8_t op;	  /* enum policy_net_op; of a default 0 */
};
struct ports {
	struct compiler *c;
	const struct item *items;
	uint8_t op; /* enum policy_net_op: what is asked */
	bool all;   /* nothing is left to a shorter prefix */
	struct ranked {
		uint32_t item, rank;
	} * chosen; /* the caller's: items that speak of it */
	size_t n_chosen, chosen_size;
	uint32_t *first; /* first port of each cell, then 65536 */
	struct cell {
		struct bl_decision decision;
		uint32_t free; /* the next cell that no item has painted for a place */
		uint32_t item; /* who has */
		uint32_t group;
	} * cells;
	size_t n_cells, first_size, cells_size;
	struct index list_index;
};
void ports_clear(struct ports *ports);
/* The list for chosen items; its block, 0: none. */
uint32_t ports_list(struct ports *ports);
void add_addresses(struct compiler *c);

/* tables.c */
void add_edge(struct compiler *c, const struct bl_key *key, uint32_t value);
void add_name_edge(struct compiler *c, uint32_t from, const char *name, size_t length,
		   uint32_t value);
void add_number_edge(struct compiler *c, uint32_t from, uint64_t number, uint32_t value);
int write_image(struct compiler *c, struct ruleset *ret_set);

/* texts.c */
void write_texts(struct compiler *c);

#endif
