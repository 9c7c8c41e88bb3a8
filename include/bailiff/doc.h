/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doc: YAML text in, a tree with positions out. The only room that includes <yaml.h>.
 * Knows nothing of policies. Limits are errors of their own, with a position.
 */
#ifndef BAILIFF_DOC_H
#define BAILIFF_DOC_H

#include <stdbool.h>
#include <stddef.h>

#include "bailiff/base.h"
#include "bailiff/diag.h"

#define DOC_MAX_BYTES	(64u << 20)
#define DOC_MAX_DEPTH	32
#define DOC_MAX_NODES	4000000u /* after aliases are followed: bounds what anchors can expand to */
#define DOC_MAX_SCALAR	65536u	 /* bytes of one scalar or key */
#define DOC_MAX_ANCHORS 64	 /* each alias looks through them */

enum doc_type {
	DOC_SCALAR = 1,
	DOC_SEQUENCE,
	DOC_MAPPING,
};

struct doc_node {
	enum doc_type type;
	struct diag_pos pos;
	const char *text; /* DOC_SCALAR: NUL-terminated, holds no other NUL, valid UTF-8 */
	size_t length;
	size_t start,
		end;  /* where it stands in the text, in bytes: for who edits it. An alias's node
			    * is where its anchor stands. */
	bool flow;    /* a sequence in brackets, a mapping in braces */
	bool plain;   /* DOC_SCALAR: written without quotes (so YAML's type surprises apply) */
	size_t count; /* items of a sequence, pairs of a mapping */
	const struct doc_node **items; /* sequence: the items; mapping: the values */
	const struct doc_node **keys;  /* mapping: the keys, all scalars, all different */
};

struct doc;

/*
 * One document, from text. `name` is how messages call the file. An empty document is an error.
 * -EINVAL (see diag) when it is not YAML, has duplicate keys, keys that are not scalars, NUL bytes,
 * bad UTF-8, several documents, tags, or passes a limit; -ENOMEM.
 */
int doc_parse(const char *text, size_t length, const char *name, struct diag *diag,
	      struct doc **ret_doc);

/* read_file() (READ_OWNED when effectively root) and doc_parse(). Failures to read are in diag too.
 */
int doc_read(const char *path, struct diag *diag, struct doc **ret_doc);
/* The first half of it. */
int doc_read_text(const char *path, struct diag *diag, char **ret_text, size_t *ret_length);

const struct doc_node *doc_root(const struct doc *doc);
void doc_free(struct doc *doc);
void doc_freep(struct doc **doc);

/* The value under `key`, or NULL; `map` must be a mapping. */
const struct doc_node *doc_get(const struct doc_node *map, const char *key);

#endif
