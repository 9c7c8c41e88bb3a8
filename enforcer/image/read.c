/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "format.h"

/* Rules hold pointers and are made anew, as conditions and objects are; the rest stays where it is. */
#define ARENA_BYTES (4 * (size_t)IMAGE_MAX_BYTES)

const void *image_section(const struct image_reader *r, enum image_section section)
{
	return r->bytes + r->header->sections[section].offset;
}

uint32_t image_count(const struct image_reader *r, enum image_section section)
{
	return r->header->sections[section].count;
}

/* NULL for offset 0. The section ends in NUL, so any offset within is a string. */
const char *image_text(struct image_reader *r, uint32_t offset)
{
	if (offset == 0)
		return NULL;
	if (offset >= image_count(r, SECTION_TEXT)) {
		r->bad = true;
		return NULL;
	}
	return (const char *)image_section(r, SECTION_TEXT) + offset;
}

static bool within(uint32_t first, uint32_t n, uint32_t count)
{
	return first <= count && n <= count - first;
}

static bool rule_is(const struct image_reader *r, uint32_t rule)
{
	return rule < image_count(r, SECTION_RULES);
}

static bool sections_fit(const struct image_reader *r)
{
	const struct image_header *h = r->header;
	uint64_t end;
	size_t i;

	for (i = 0; i < SECTION_COUNT; i++) {
		end = h->sections[i].offset + (uint64_t)h->sections[i].count * image_element[i];
		if (h->sections[i].offset % 8 || h->sections[i].offset < sizeof(*h) ||
		    end > h->size)
			return false;
	}
	return image_count(r, SECTION_TEXT) > 0 &&
	       ((const char *)image_section(r, SECTION_TEXT))[image_count(r, SECTION_TEXT) - 1] ==
		       '\0';
}

static int read_rules(struct image_reader *r)
{
	const struct image_rule *in = image_section(r, SECTION_RULES);
	struct policy *p = r->policy;
	uint32_t i;

	p->n_rules = image_count(r, SECTION_RULES);
	p->rules = arena_alloc(r->arena, p->n_rules, sizeof(*p->rules));
	if (!p->rules)
		return -ENOMEM;
	for (i = 0; i < p->n_rules; i++) {
		p->rules[i] = (struct policy_rule){
			.pos = {image_text(r, in[i].file), in[i].line, in[i].column},
			.class = in[i].class,
			.list = in[i].list,
			.action = in[i].action,
			.quiet = in[i].quiet != 0,
			.error = in[i].error,
			.why = image_text(r, in[i].why),
			.text = image_text(r, in[i].text),
		};
		if (!p->rules[i].pos.file || !p->rules[i].text || in[i].class < CLASS_SYSCALLS ||
		    in[i].class >= CLASS_END || in[i].list < LIST_DEFAULT ||
		    in[i].list > LIST_IMPLIED || in[i].action < ACTION_ALLOW ||
		    in[i].action > ACTION_KILL ||
		    (in[i].action == ACTION_ERRNO) != (in[i].error >= 1 && in[i].error <= 4095))
			r->bad = true;
	}
	return 0;
}

static int read_conds(struct image_reader *r)
{
	const struct image_cond *in = image_section(r, SECTION_CONDS);
	struct policy *p = r->policy;
	uint32_t i;

	p->values = (uint64_t *)(uintptr_t)image_section(r, SECTION_VALUES);
	p->n_values = image_count(r, SECTION_VALUES);
	p->n_conds = image_count(r, SECTION_CONDS);
	p->conds = arena_alloc(r->arena, p->n_conds, sizeof(*p->conds));
	if (!p->conds)
		return -ENOMEM;
	for (i = 0; i < p->n_conds; i++) {
		p->conds[i] = (struct policy_cond){in[i].arg, in[i].op, in[i].mask,
						   in[i].first_value, in[i].n_values};
		if (in[i].arg >= CALL_ARGS || in[i].op < COND_IN || in[i].op > COND_RANGE ||
		    in[i].mask == 0 || in[i].n_values == 0 ||
		    (in[i].op == COND_RANGE && in[i].n_values != 2) ||
		    !within(in[i].first_value, in[i].n_values, p->n_values))
			r->bad = true;
	}
	return 0;
}

static void read_matches(struct image_reader *r)
{
	struct policy *p = r->policy;
	const struct policy_match *m;
	uint32_t i;

	p->matches = (struct policy_match *)(uintptr_t)image_section(r, SECTION_MATCHES);
	p->n_matches = image_count(r, SECTION_MATCHES);
	for (i = 0; i < p->n_matches; i++) {
		m = &p->matches[i];
		if (!rule_is(r, m->rule) || !within(m->first_cond, m->n_conds, p->n_conds) ||
		    m->level < LEVEL_DEFAULT || m->level > LEVEL_ARGUMENTS ||
		    m->class != p->rules[m->rule].class)
			r->bad = true;
	}
}

static void read_calls(struct image_reader *r)
{
	struct policy_call *calls =
		(struct policy_call *)(uintptr_t)image_section(r, SECTION_CALLS);
	uint32_t left = image_count(r, SECTION_CALLS), i;
	struct policy *p = r->policy;
	enum arch arch;

	for (arch = 0; arch < ARCH_COUNT && !r->bad; arch++) {
		struct policy_abi *abi = &p->abi[arch];

		abi->governed = (r->header->governed >> arch) & 1;
		abi->n_calls = r->header->n_calls[arch];
		abi->calls = calls;
		if (abi->n_calls > left || (abi->n_calls && !abi->governed)) {
			r->bad = true;
			return;
		}
		for (i = 0; i < abi->n_calls; i++)
			if (!within(calls[i].first_match, calls[i].n_matches, p->n_matches) ||
			    (i && calls[i].nr <= calls[i - 1].nr))
				r->bad = true;
		calls += abi->n_calls;
		left -= abi->n_calls;
	}
	if (left)
		r->bad = true;
}

static void read_header(struct image_reader *r)
{
	const struct image_header *h = r->header;
	struct policy *p = r->policy;
	size_t i;

	p->name = image_text(r, h->name);
	p->description = image_text(r, h->description);
	p->path = image_text(r, h->path);
	p->audit = h->flags & IMAGE_AUDIT;
	p->no_new_privs = (h->flags & IMAGE_NO_NEW_PRIVS) != 0;
	p->abi_rule = h->abi_rule;
	p->unknown_rule = h->unknown_rule;
	memcpy(p->default_rule, h->default_rule, sizeof(p->default_rule));
	memcpy(p->cap_rule, h->cap_rule, sizeof(p->cap_rule));
	memset(p->surface_rule, 0xff, sizeof(p->surface_rule)); /* for what is loaded from YAML */
	p->caps_allowed = h->caps_allowed;
	p->caps_audited = h->caps_audited;
	if (!p->name || !p->path || !rule_is(r, h->abi_rule) ||
	    (h->unknown_rule != POLICY_NO_RULE && !rule_is(r, h->unknown_rule)))
		r->bad = true;
	for (i = 0; i < CLASS_END; i++)
		if (h->default_rule[i] != POLICY_NO_RULE && !rule_is(r, h->default_rule[i]))
			r->bad = true;
	for (i = 0; i < 64; i++)
		if (h->cap_rule[i] != POLICY_NO_RULE && !rule_is(r, h->cap_rule[i]))
			r->bad = true;
}

static void read_filters(struct image_reader *r, struct image *image)
{
	struct sock_filter *code = (struct sock_filter *)(uintptr_t)image_section(r, SECTION_CODE);
	uint32_t left = image_count(r, SECTION_CODE), n;
	unsigned i;

	for (i = 0; i < IMAGE_MODES && left; i++) {
		n = r->header->n_code[i];
		if (n > left || filter_check(code, n) < 0) {
			r->bad = true;
			return;
		}
		image->codes[i] = (struct filter){.code = code, .length = n};
		image->filters[i] = &image->codes[i];
		code += n;
		left -= n;
	}
	/* All modes or none; and none only where nothing wants one. */
	if (left || (i != 0 && i != IMAGE_MODES) ||
	    policy_wants_filter(r->policy) != (i == IMAGE_MODES))
		r->bad = true;
}

/* What can be said before anything is believed. */
static bool header_fits(const void *bytes, size_t length, const char *name, struct diag *diag)
{
	const struct diag_pos pos = {.file = name};
	const size_t summed = offsetof(struct image_header, flags);
	struct image_header h;

	if (length >= sizeof(h))
		memcpy(&h, bytes, sizeof(h));
	if (length < sizeof(h) || memcmp(h.magic, IMAGE_MAGIC, sizeof(h.magic)) != 0) {
		diag_error(diag, &pos, "this is no compiled policy; `bailiff compile` makes one");
		return false;
	}
	if (h.format != IMAGE_FORMAT) {
		diag_error(
			diag, &pos,
			"this policy was compiled in format %u, and this bailiff reads format %u; "
			"compile it again with this bailiff",
			h.format, IMAGE_FORMAT);
		return false;
	}
	if (h.size != length ||
	    h.crc32 != crc32_z(0, (const unsigned char *)bytes + summed, length - summed)) {
		diag_error(diag, &pos,
			   "the compiled policy is damaged (%s); compile it again from its YAML",
			   h.size != length ? "its length is not what it was written with"
					    : "its check sum is not what it was written with");
		return false;
	}
	h.version[sizeof(h.version) - 1] = '\0';
	if (strcmp(h.version, BAILIFF_VERSION) != 0) {
		diag_error(diag, &pos,
			   "this policy was compiled by bailiff %s, and this is bailiff %s, whose "
			   "tables may differ; compile it again with this bailiff",
			   h.version, BAILIFF_VERSION);
		return false;
	}
	return true;
}

static int read_all(struct image_reader *r, struct image *image)
{
	int error;

	if (!sections_fit(r)) {
		r->bad = true;
		return 0;
	}
	error = read_rules(r);
	if (!error)
		error = image_read_by(r);
	if (!error)
		error = read_conds(r);
	if (error || r->bad)
		return error;
	read_matches(r);
	read_calls(r);
	read_header(r);
	error = r->bad ? 0 : image_read_objects(r);
	if (error)
		return error;
	if (!r->bad)
		read_filters(r, image);
	return 0;
}

/* Takes the bytes, malloc'ed and hence aligned, in any case. */
static int parse(char *bytes, size_t length, const char *name, struct diag *diag,
		 struct image **ret_image)
{
	CLEANUP(free_ptr) char *owned = bytes;
	const struct diag_pos pos = {.file = name};
	CLEANUP(image_freep) struct image *image = NULL;
	struct image_reader r = {.bad = false};
	int error;

	if (!header_fits(bytes, length, name, diag))
		return -EINVAL;
	image = calloc(1, sizeof(*image));
	if (!image || arena_new(ARENA_BYTES, &r.arena) < 0)
		return -ENOMEM;
	r.policy = image->policy = arena_alloc(r.arena, 1, sizeof(*image->policy));
	if (!image->policy) {
		arena_free(r.arena);
		return -ENOMEM;
	}
	image->policy->arena = r.arena;
	r.bytes = image->bytes = STEAL(owned);
	r.header = (const struct image_header *)(const void *)r.bytes;
	error = read_all(&r, image);
	if (error < 0)
		return error;
	if (r.bad) {
		diag_error(diag, &pos,
			   "the compiled policy contradicts itself; compile it again from its "
			   "YAML");
		return -EINVAL;
	}
	*ret_image = STEAL(image);
	return 0;
}

int image_parse(const void *bytes, size_t length, const char *name, struct diag *diag,
		struct image **ret_image)
{
	char *copy = malloc(length + 1);

	if (!copy)
		return -ENOMEM;
	if (length)
		memcpy(copy, bytes, length);
	return parse(copy, length, name, diag, ret_image);
}

/* Opened once: an image is read at every start. */
static int open_image(const char *path)
{
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char magic[sizeof(IMAGE_MAGIC) - 1];
	int opened = fd;

	if (fd < 0 || pread(fd, magic, sizeof(magic), 0) != (ssize_t)sizeof(magic) ||
	    memcmp(magic, IMAGE_MAGIC, sizeof(magic)) != 0)
		return -ENOEXEC;
	fd = -1;
	return opened;
}

int image_read(const char *path, struct diag *diag, struct image **ret_image)
{
	CLEANUP(close_fd) int fd = open_image(path);
	char *bytes = NULL;
	size_t length;
	int r;

	if (fd < 0)
		return fd;
	r = read_open_file(fd, IMAGE_MAX_BYTES, geteuid() == 0 ? READ_OWNED : 0, &bytes, &length);
	if (r < 0) {
		diag_system(diag, r, "read", path,
			    r == -EPERM ? "root reads a compiled policy only when nobody else may "
					  "write it (chown root, chmod go-w)"
					: NULL);
		return r;
	}
	return parse(bytes, length, path, diag, ret_image);
}

void image_free(struct image *image)
{
	if (!image)
		return;
	policy_free(image->policy);
	free(image->bytes);
	free(image);
}

void image_freep(struct image **image)
{
	image_free(*image);
	*image = NULL;
}
