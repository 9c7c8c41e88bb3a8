/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is an image whole? bpf/verdict.h reads nothing outside of it whatever it holds; this makes sure
 * that what it reads is of the kind that it takes it for. Each part is looked at once.
 */
#include <errno.h>
#include <stdlib.h>

#include "look.h"

#define SECTIONS 11

struct image {
	struct ruleset set;
	const struct bl_header *h;
	struct diag *diag;
	uint32_t starts[SECTIONS];
};

#define BAD(image, ...) (diag_error((image)->diag, NULL, "this image " __VA_ARGS__), false)

static const void *at(const struct image *image, uint32_t section, size_t size, uint32_t number)
{
	return image->set.blocks + (size_t)section * BL_BLOCK + size * number;
}

/* Where a section ends at the latest: where another one begins. */
static uint32_t end_of(const struct image *image, uint32_t section)
{
	uint32_t end = image->set.n_blocks;

	for (size_t i = 0; i < SECTIONS; i++)
		if (image->starts[i] > section && image->starts[i] < end)
			end = image->starts[i];
	return end;
}

static bool check_section(struct image *image, const char *what, uint32_t section, uint64_t count,
			  size_t size)
{
	uint64_t bytes = count * size;

	if (section < sizeof(struct bl_header) / BL_BLOCK || section > image->set.n_blocks ||
	    bytes > (uint64_t)(end_of(image, section) - section) * BL_BLOCK)
		return BAD(image, "has no room for its %s", what);
	return true;
}

static bool check_header(struct image *image, size_t n_blocks)
{
	const struct bl_header *h = image->h;
	const uint32_t starts[SECTIONS] = {h->edges, h->states,	   h->effects, h->deciders,
					   h->rules, h->decisions, h->places,  h->nets,
					   h->globs, h->texts,	   h->targets};

	for (size_t i = 0; i < SECTIONS; i++)
		image->starts[i] = starts[i];
	if (h->n_blocks != n_blocks)
		return BAD(image, "is of another length than it says");
	if (h->edge_mask & (h->edge_mask + 1ull))
		return BAD(image, "has a table of edges that is no power of two");
	if (h->n_states <= BL_STATE_CGROUPS || h->n_states > RULESET_MAX_STATES || !h->n_effects ||
	    !h->n_deciders)
		return BAD(image, "lacks its first states");
	if (!(h->lengths4 & 1) || h->lengths4 >> 33 || !(h->lengths6[0] & 1))
		return BAD(image, "has prefixes that are none");
	return check_section(image, "edges", h->edges, h->edge_mask + 1ull, BL_BLOCK) &&
	       check_section(image, "states", h->states, h->n_states, sizeof(struct bl_state)) &&
	       check_section(image, "effects", h->effects, h->n_effects,
			     sizeof(struct bl_effect)) &&
	       check_section(image, "deciders", h->deciders, h->n_deciders,
			     sizeof(struct bl_decider)) &&
	       check_section(image, "rules", h->rules, h->n_rules, sizeof(struct bl_rule)) &&
	       check_section(image, "decisions", h->decisions, h->n_decisions,
			     sizeof(struct bl_decision)) &&
	       check_section(image, "places", h->places, BL_PLACES, sizeof(struct bl_place)) &&
	       check_section(image, "addresses", h->nets, 0, BL_BLOCK) &&
	       check_section(image, "wildcards", h->globs, 1, BL_BLOCK) &&
	       check_section(image, "target lists", h->targets, 1, BL_BLOCK) &&
	       check_section(image, "texts", h->texts, h->texts_bytes, 1);
}

/* Lists follow one another behind an empty block; where they begin is noted. */
static bool check_targets(const struct image *image, uint8_t *begins)
{
	const struct bl_header *h = image->h;
	uint32_t end = end_of(image, h->targets), globs = end_of(image, h->globs) - h->globs;

	for (uint32_t block = h->targets + 1; block < end;) {
		const bl_target *list = at(image, block, BL_BLOCK, 0);
		uint64_t n = list[1], blocks = (n + 2 + 15) / 16;

		if (blocks > end - block || (list[0] - 1) % BL_GLOB_BLOCKS ||
		    globs < BL_GLOB_BLOCKS || list[0] > globs - BL_GLOB_BLOCKS)
			return BAD(image, "has a list of wildcards without its table");
		for (uint64_t i = 2; i < n + 2; i++)
			if (list[i] >= h->n_states)
				return BAD(image, "has wildcards that lead out of it");
		begins[block - h->targets] = 1;
		block += (uint32_t)blocks;
	}
	return true;
}

static bool check_states(const struct image *image)
{
	const struct bl_header *h = image->h;
	uint32_t lists = end_of(image, h->targets) - h->targets;
	CLEANUP(free_ptr) uint8_t *begins = calloc(lists + 1u, 1);

	if (!begins)
		return BAD(image, "can't be checked: no memory");
	if (!check_targets(image, begins))
		return false;
	for (uint32_t i = 1; i < h->n_states; i++) {
		const struct bl_state *s = at(image, h->states, sizeof(*s), i);

		if (s->effect == 0 || s->effect >= h->n_effects || s->decider >= h->n_deciders ||
		    s->other == BL_STATE_NONE || s->other >= h->n_states)
			return BAD(image, "has a state that leads out of it");
		if (s->globs != 0 && s->globs != BL_SINK &&
		    (s->globs >= lists || !begins[s->globs]))
			return BAD(image, "has a state without its wildcards");
	}
	return true;
}

static bool check_effects(const struct image *image)
{
	const struct bl_header *h = image->h;

	for (uint32_t i = 1; i < h->n_effects; i++) {
		const struct bl_effect *e = at(image, h->effects, sizeof(*e), i);

		for (size_t op = 0; op < BL_OP_SCOPE; op++)
			if (e->op[op].deny & e->op[op].audit)
				return BAD(image, "denies and audits one thing");
	}
	return true;
}

/* A list goes on to a smaller number only, so that it ends. */
static bool check_deciders(const struct image *image)
{
	const struct bl_header *h = image->h;

	for (uint32_t i = 1; i < h->n_deciders; i++) {
		const struct bl_decider *d = at(image, h->deciders, sizeof(*d), i);

		if (d->next >= i || d->rule >= h->n_rules || d->place >= BL_PLACES)
			return BAD(image, "has a list of rules that leads out of it");
	}
	return true;
}

static bool check_rules(const struct image *image)
{
	const struct bl_header *h = image->h;

	for (uint32_t i = 0; i < h->n_rules; i++) {
		const struct bl_rule *r = at(image, h->rules, sizeof(*r), i);

		if (r->error == 0 || r->error > 4095 || r->policy >= BL_PLACES ||
		    r->flags & ~(BL_RULE_KILL | BL_RULE_QUIET) || r->text >= h->texts_bytes)
			return BAD(image, "has a rule without sense");
	}
	return true;
}

static bool is_decision(const struct image *image, uint32_t number)
{
	return number == 0 || number < image->h->n_decisions;
}

static bool check_decisions(const struct image *image)
{
	const struct bl_header *h = image->h;
	bool good = is_decision(image, h->socket);

	for (uint32_t i = 1; i < h->n_decisions; i++) {
		const struct bl_decision *d = at(image, h->decisions, sizeof(*d), i);

		if (d->decider >= h->n_deciders || d->deny & d->audit ||
		    (d->deny | d->audit) & ~d->decided)
			return BAD(image, "has a decision without sense");
	}
	for (size_t i = 0; i < BL_WORDS; i++)
		good &= is_decision(image, h->word[i]);
	for (size_t i = 0; i < 64; i++)
		good &= is_decision(image, h->capability[i]);
	for (size_t i = 0; i < BL_SURFACES; i++)
		good &= is_decision(image, h->surface[i]);
	return good || BAD(image, "names a decision that is not there");
}

static bool check_places(const struct image *image)
{
	const struct bl_header *h = image->h;

	for (uint32_t i = 0; i < BL_PLACES; i++) {
		const struct bl_place *p = at(image, h->places, sizeof(*p), i);

		if (p->policy > BL_PLACES || p->want & ~p->mask)
			return BAD(image, "has a place without sense");
	}
	return true;
}

/* What an edge's value is of can't be known, only that nothing of this number is there. A used slot
 * behind a free one would never be found. */
static bool check_edges(const struct image *image)
{
	const struct bl_header *h = image->h;
	uint32_t most = h->n_blocks, n = 0;

	most = h->n_states > most ? h->n_states : most;
	most = h->n_decisions > most ? h->n_decisions : most;
	/* Nodes of addresses: each has an edge. */
	most = h->n_edges > most ? h->n_edges : most;
	for (uint64_t i = 0; i <= h->edge_mask; i++) {
		const struct bl_edge *e = at(image, h->edges, BL_BLOCK, (uint32_t)i);

		for (size_t j = 0; j < BL_BLOCK / sizeof(*e); j++) {
			n += e[j].value != 0;
			if (e[j].value > most || (j && e[j].value && !e[j - 1].value))
				return BAD(image, "has an edge that leads out of it");
		}
	}
	return n == h->n_edges || BAD(image, "has %u edges and says %u", n, h->n_edges);
}

/* Lists follow one another. */
static bool check_lists(const struct image *image)
{
	uint32_t block = image->h->nets, end = end_of(image, block);

	for (size_t i = 0; i < sizeof(image->h->any) / sizeof(uint32_t); i++)
		if (image->h->any[i / 16][i % 16] &&
		    (image->h->any[i / 16][i % 16] < block || image->h->any[i / 16][i % 16] >= end))
			return BAD(image, "has a list of ports that is not there");

	while (block < end) {
		const bl_interval *list = at(image, block, BL_BLOCK, 0);
		uint64_t n = list[0], blocks = (n + 8) / 8;

		if (n == 0 || n > 65536 || blocks > end - block)
			return BAD(image, "has a list of ports without its end");
		for (uint64_t i = 1; i <= n; i++)
			if ((i == 1 ? list[i] >> 32 != 0 : list[i] >> 32 <= list[i - 1] >> 32) ||
			    list[i] >> 32 > UINT16_MAX || !is_decision(image, (uint32_t)list[i]))
				return BAD(image, "has a list of ports without order");
		block += (uint32_t)blocks;
	}
	return true;
}

/* A row names rows of its own table, which goes on to the next one that a list names. */
static bool check_globs(const struct image *image)
{
	const struct bl_header *h = image->h;
	uint32_t n = (end_of(image, h->globs) - h->globs - 1) / BL_GLOB_BLOCKS, end = n;
	uint32_t targets = end_of(image, h->targets);
	CLEANUP(free_ptr) uint8_t *first = calloc(n + 1u, 1);

	if (!first)
		return BAD(image, "can't be checked: no memory");
	for (uint32_t block = h->targets + 1; block < targets;) {
		const bl_target *list = at(image, block, BL_BLOCK, 0);

		first[(list[0] - 1) / BL_GLOB_BLOCKS] = 1;
		block += (uint32_t)(((uint64_t)list[1] + 2 + 15) / 16);
	}
	for (uint32_t begin = n; begin-- > 0;) {
		if (!first[begin])
			continue;
		for (uint32_t i = begin; i < end; i++) {
			const struct bl_glob_row *row = at(image, h->globs + 1, sizeof(*row), i);

			for (size_t byte = 0; byte < 256; byte++)
				if (row->next[byte] >= end - begin)
					return BAD(image, "has wildcards that lead out of it");
		}
		end = begin;
	}
	return true;
}

static bool check_texts(const struct image *image)
{
	struct ruleset_policy policy;
	uint64_t bits = 0;
	uint32_t next = 0;
	size_t i;
	int error = 0;

	for (i = 0; i <= BL_PLACES; i++) {
		error = ruleset_policy(&image->set, i, &policy);
		if (error < 0)
			break;
		if (policy.first_rule != next || bits >> policy.bit & 1)
			return BAD(image, "has policies that overlap");
		next += policy.n_rules;
		bits |= (uint64_t)1 << policy.bit;
	}
	if (error != -ENOENT || bits != image->h->policies || next != image->h->n_rules ||
	    (image->h->host | image->h->launched | image->h->kept) & ~bits)
		return BAD(image, "does not tell its policies");
	return true;
}

int ruleset_check(const void *blocks, size_t n_blocks, struct diag *diag)
{
	struct image image = {.h = blocks, .diag = diag};

	if (n_blocks < sizeof(*image.h) / BL_BLOCK || n_blocks > BL_MAX_BLOCKS ||
	    (uintptr_t)blocks % BL_BLOCK) {
		diag_error(diag, NULL, "no image is of this length");
		return -EINVAL;
	}
	if (image.h->magic != BL_MAGIC || image.h->abi != BL_ABI) {
		diag_error(diag, NULL, "this is no image of this bailiff (version %u)", BL_ABI);
		return -EINVAL;
	}
	/* Only read. */
	image.set.blocks = (uint8_t *)(uintptr_t)blocks;
	image.set.n_blocks = (uint32_t)n_blocks;
	if (!check_header(&image, n_blocks) || !check_states(&image) || !check_effects(&image) ||
	    !check_deciders(&image) || !check_rules(&image) || !check_decisions(&image) ||
	    !check_places(&image) || !check_edges(&image) || !check_lists(&image) ||
	    !check_globs(&image) || !check_texts(&image))
		return -EINVAL;
	return 0;
}
