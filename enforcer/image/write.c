/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "format.h"

const uint32_t image_element[SECTION_COUNT] = {
	[SECTION_TEXT] = 1,
	[SECTION_RULES] = sizeof(struct image_rule),
	[SECTION_CALLS] = sizeof(struct policy_call),
	[SECTION_MATCHES] = sizeof(struct policy_match),
	[SECTION_CONDS] = sizeof(struct image_cond),
	[SECTION_VALUES] = sizeof(uint64_t),
	[SECTION_PATHS] = sizeof(struct image_path),
	[SECTION_NETS] = sizeof(struct image_net),
	[SECTION_ADDRESSES] = sizeof(struct image_address),
	[SECTION_STRINGS] = sizeof(uint32_t),
	[SECTION_CODE] = sizeof(struct sock_filter),
};

struct writer {
	struct image_header header;
	char *data[SECTION_COUNT]; /* each section by itself, until they are joined */
	size_t length[SECTION_COUNT], capacity[SECTION_COUNT];
	int error;
};

/* Returns the offset within the section at which the bytes now lie. */
static uint32_t append(struct writer *w, enum image_section section, const void *bytes,
		       size_t length)
{
	size_t at = w->length[section], end;

	if (!w->error && (__builtin_add_overflow(at, length, &end) || end > IMAGE_MAX_BYTES))
		w->error = -EFBIG;
	if (!w->error)
		w->error = grow_array(&w->data[section], &w->capacity[section], end, 1);
	if (w->error)
		return 0;
	if (length)
		memcpy(w->data[section] + at, bytes, length);
	w->length[section] = end;
	return (uint32_t)at;
}

static uint32_t add_text(struct writer *w, const char *text)
{
	return text ? append(w, SECTION_TEXT, text, strlen(text) + 1) : 0;
}

/* The first one's place in the section. */
static uint32_t add_strings(struct writer *w, const char *const *strings, uint32_t n)
{
	uint32_t first = (uint32_t)(w->length[SECTION_STRINGS] / sizeof(uint32_t)), offset;

	for (uint32_t i = 0; i < n; i++) {
		offset = add_text(w, strings[i]);
		append(w, SECTION_STRINGS, &offset, sizeof(offset));
	}
	return first;
}

static void add_rules(struct writer *w, const struct policy *policy)
{
	uint32_t i, file = 0;
	const char *last = NULL;

	for (i = 0; i < policy->n_rules; i++) {
		const struct policy_rule *rule = &policy->rules[i];
		struct image_rule out = {
			.line = rule->pos.line,
			.column = rule->pos.column,
			.error = rule->error,
			.class = rule->class,
			.list = rule->list,
			.action = rule->action,
			.quiet = rule->quiet,
		};

		/* Neighbours are mostly of one file. */
		if (rule->pos.file != last)
			file = add_text(w, rule->pos.file);
		last = rule->pos.file;
		out.file = file;
		out.why = add_text(w, rule->why);
		out.text = add_text(w, rule->text);
		out.first_by = add_strings(w, rule->by, rule->n_by);
		out.n_by = rule->n_by;
		append(w, SECTION_RULES, &out, sizeof(out));
	}
}

static void add_tables(struct writer *w, const struct policy *policy)
{
	uint32_t i;
	enum arch arch;

	for (arch = 0; arch < ARCH_COUNT; arch++) {
		if (!policy->abi[arch].governed)
			continue;
		w->header.governed |= 1u << arch;
		w->header.n_calls[arch] = policy->abi[arch].n_calls;
		append(w, SECTION_CALLS, policy->abi[arch].calls,
		       policy->abi[arch].n_calls * sizeof(struct policy_call));
	}
	append(w, SECTION_MATCHES, policy->matches, policy->n_matches * sizeof(*policy->matches));
	for (i = 0; i < policy->n_conds; i++) {
		struct image_cond out = {
			.mask = policy->conds[i].mask,
			.first_value = policy->conds[i].first_value,
			.n_values = policy->conds[i].n_values,
			.arg = policy->conds[i].arg,
			.op = policy->conds[i].op,
		};

		append(w, SECTION_CONDS, &out, sizeof(out));
	}
	append(w, SECTION_VALUES, policy->values, policy->n_values * sizeof(*policy->values));
}

static void add_addresses(struct writer *w, const struct policy_net_rule *net_rule)
{
	for (uint32_t i = 0; i < net_rule->n_addresses; i++) {
		const struct policy_net_address *address = &net_rule->addresses[i];
		struct image_address out = {
			.pattern = add_text(w, address->pattern),
			.text = add_text(w, address->text),
			.family = address->family,
			.type = address->type,
			.port_low = address->port_low,
			.port_high = address->port_high,
			.protocol = address->protocol,
			.kind = address->kind,
			.prefix = address->prefix,
		};

		memcpy(out.address, address->address, sizeof(out.address));
		append(w, SECTION_ADDRESSES, &out, sizeof(out));
	}
}

static void add_objects(struct writer *w, const struct policy *policy)
{
	uint32_t i;

	for (i = 0; i < policy->n_path_rules; i++) {
		const struct policy_path_rule *path = &policy->path_rules[i];
		struct image_path out = {
			.rule = path->rule,
			.first_pattern = add_strings(w, path->patterns, path->n_patterns),
			.n_patterns = path->n_patterns,
			.access = path->access,
			.words = path->words,
		};

		append(w, SECTION_PATHS, &out, sizeof(out));
	}
	for (i = 0; i < policy->n_net_rules; i++) {
		const struct policy_net_rule *net_rule = &policy->net_rules[i];
		struct image_net out = {
			.rule = net_rule->rule,
			.first_address = (uint32_t)(w->length[SECTION_ADDRESSES] /
						    sizeof(struct image_address)),
			.n_addresses = net_rule->n_addresses,
			.op = net_rule->op,
		};

		add_addresses(w, net_rule);
		append(w, SECTION_NETS, &out, sizeof(out));
	}
}

static void add_header(struct writer *w, const struct policy *policy)
{
	struct image_header *h = &w->header;

	memcpy(h->magic, IMAGE_MAGIC, sizeof(h->magic));
	h->format = IMAGE_FORMAT;
	h->flags = (policy->audit ? IMAGE_AUDIT : 0u) |
		   (policy->no_new_privs ? IMAGE_NO_NEW_PRIVS : 0u);
	snprintf(h->version, sizeof(h->version), "%s", BAILIFF_VERSION);
	append(w, SECTION_TEXT, "", 1); /* offset 0 is no string */
	h->name = add_text(w, policy->name);
	h->description = add_text(w, policy->description);
	h->path = add_text(w, policy->path);
	h->abi_rule = policy->abi_rule;
	h->unknown_rule = policy->unknown_rule;
	memcpy(h->default_rule, policy->default_rule, sizeof(h->default_rule));
	memcpy(h->cap_rule, policy->cap_rule, sizeof(h->cap_rule));
	h->caps_allowed = policy->caps_allowed;
	h->caps_audited = policy->caps_audited;
}

static void add_filters(struct writer *w, const struct policy *policy, struct diag *diag,
			struct filter_proof *ret_proof)
{
	struct filter_proof proof;
	unsigned i;

	for (i = 0; i < IMAGE_MODES && !w->error; i++) {
		struct filter_mode mode = {.supervised = i & 1, .audit = (i & 2) != 0};
		CLEANUP(filter_freep) struct filter *filter = NULL;

		w->error = filter_compile(policy, &mode, diag, &filter);
		if (!w->error)
			w->error = filter_prove(filter->code, filter->length, policy, &mode, diag,
						&proof);
		if (w->error)
			return;
		w->header.n_code[i] = (uint32_t)filter->length;
		append(w, SECTION_CODE, filter->code, filter->length * sizeof(*filter->code));
		if (i == 1 && ret_proof)
			*ret_proof = proof;
	}
}

/* Header and sections as one piece, with places and check sum. */
static int join(struct writer *w, char **ret_bytes, size_t *ret_length)
{
	size_t total = sizeof(w->header), i;
	const size_t summed = offsetof(struct image_header, flags);
	char *bytes;

	static_assert(sizeof(struct image_header) % 8 == 0, "sections are aligned");
	for (i = 0; i < SECTION_COUNT; i++) {
		w->header.sections[i].offset = (uint32_t)total;
		w->header.sections[i].count = (uint32_t)(w->length[i] / image_element[i]);
		total += (w->length[i] + 7) & ~(size_t)7;
		if (total > IMAGE_MAX_BYTES)
			return -EFBIG;
	}
	w->header.size = (uint32_t)total;
	bytes = calloc(1, total);
	if (!bytes)
		return -ENOMEM;
	memcpy(bytes, &w->header, sizeof(w->header));
	for (i = 0; i < SECTION_COUNT; i++)
		if (w->length[i])
			memcpy(bytes + w->header.sections[i].offset, w->data[i], w->length[i]);
	w->header.crc32 = (uint32_t)crc32_z(0, (unsigned char *)bytes + summed, total - summed);
	memcpy(bytes, &w->header, sizeof(w->header));
	*ret_bytes = bytes;
	*ret_length = total;
	return 0;
}

/* A device or a pipe is written to: it can't be replaced, and must not be. */
static int write_into(const char *path, const char *bytes, size_t length, struct diag *diag)
{
	CLEANUP(close_fd) int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	int r = fd < 0 ? -errno : write_all(fd, bytes, length);

	if (r < 0)
		diag_system(diag, r, "write", path, NULL);
	return r;
}

int image_replace_file(const char *path, const char *bytes, size_t length, struct diag *diag)
{
	CLEANUP(free_ptr) char *temporary = NULL;
	CLEANUP(close_fd) int fd = -1;
	struct stat st;
	int r;

	if (stat(path, &st) == 0) {
		if (!S_ISREG(st.st_mode))
			return write_into(path, bytes, length, diag);
		/* What may not be written is not replaced either. */
		r = write_into(path, NULL, 0, diag);
		if (r < 0)
			return r;
	}
	if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
		temporary = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0) {
		r = -errno;
		diag_system(diag, r, "create", temporary, "may its directory be written?");
		return r;
	}
	r = write_all(fd, bytes, length);
	if (r == 0 && (fchmod(fd, 0644) < 0 || fsync(fd) < 0 || rename(temporary, path) < 0))
		r = -errno;
	if (r < 0) {
		diag_system(diag, r, "write", path,
			    r == -ENOSPC || r == -EDQUOT ? "is the disk full?" : NULL);
		unlink(temporary);
	}
	return r;
}

int image_write(const struct policy *policy, const char *path, struct diag *diag,
		struct filter_proof *ret_proof)
{
	struct writer w = {.error = 0};
	CLEANUP(free_ptr) char *bytes = NULL;
	size_t length = 0, i;

	add_header(&w, policy);
	add_rules(&w, policy);
	add_tables(&w, policy);
	add_objects(&w, policy);
	if (policy_wants_filter(policy))
		add_filters(&w, policy, diag, ret_proof);
	if (!w.error)
		w.error = join(&w, &bytes, &length);
	if (w.error == -EFBIG)
		diag_error(diag, NULL, "the compiled policy would be larger than %u bytes",
			   IMAGE_MAX_BYTES);
	for (i = 0; i < SECTION_COUNT; i++)
		free(w.data[i]);
	return w.error ? w.error : image_replace_file(path, bytes, length, diag);
}
