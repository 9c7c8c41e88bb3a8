/* SPDX-License-Identifier: Apache-2.0 */
/* The rules on paths and addresses in a compiled policy: nothing comes out that the language can't say. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "format.h"

/* Strings are used in their order, each once. NULL, with *ret_error 0: there are none here, or the image is
 * bad. */
static const char *const *read_patterns(struct image_reader *r, uint32_t first, uint32_t n,
					int *ret_error)
{
	const uint32_t *in = image_section(r, SECTION_STRINGS);
	const char **patterns;

	*ret_error = 0;
	if (first != r->strings || n > image_count(r, SECTION_STRINGS) - first)
		r->bad = true;
	if (r->bad || n == 0)
		return NULL;
	r->strings += n;
	patterns = arena_alloc(r->arena, n, sizeof(*patterns));
	if (!patterns) {
		*ret_error = -ENOMEM;
		return NULL;
	}
	for (uint32_t i = 0; i < n; i++) {
		patterns[i] = image_text(r, in[first + i]);
		if (!patterns[i] || !policy_is_pattern(patterns[i]))
			r->bad = true;
	}
	return patterns;
}

int image_read_by(struct image_reader *r)
{
	const struct image_rule *in = image_section(r, SECTION_RULES);
	int error = 0;

	for (uint32_t i = 0; i < r->policy->n_rules && !error; i++) {
		r->policy->rules[i].by = read_patterns(r, in[i].first_by, in[i].n_by, &error);
		r->policy->rules[i].n_by = in[i].n_by;
	}
	return error;
}

/* The rule's class, where it is there and governs; 0: bad. */
static uint8_t class_of(const struct image_reader *r, uint32_t rule)
{
	const struct policy *p = r->policy;

	if (rule >= p->n_rules || p->default_rule[p->rules[rule].class] == POLICY_NO_RULE)
		return 0;
	return p->rules[rule].class;
}

static int read_paths(struct image_reader *r)
{
	const struct image_path *in = image_section(r, SECTION_PATHS);
	struct policy *p = r->policy;
	int error = 0;

	p->n_path_rules = image_count(r, SECTION_PATHS);
	p->path_rules = arena_alloc(r->arena, p->n_path_rules, sizeof(*p->path_rules));
	if (!p->path_rules)
		return -ENOMEM;
	for (uint32_t i = 0; i < p->n_path_rules && !error; i++) {
		struct policy_path_rule *out = &p->path_rules[i];
		uint8_t class = class_of(r, in[i].rule);
		unsigned words = in[i].words;

		*out = (struct policy_path_rule){
			.rule = in[i].rule,
			.access = in[i].access,
			.words = in[i].words,
			.patterns = read_patterns(r, in[i].first_pattern, in[i].n_patterns, &error),
			.n_patterns = in[i].n_patterns,
		};
		/* Either words or patterns; access goes with files, words with exec. */
		if ((class != CLASS_FILES && class != CLASS_EXEC) ||
		    (words == 0) != (in[i].n_patterns > 0) || in[i].access & ~ACCESS_ALL ||
		    (class == CLASS_FILES) != (in[i].access != 0) ||
		    words & ~(unsigned)(EXEC_ANONYMOUS_MEMORY | EXEC_WRITABLE_THEN_EXECUTABLE) ||
		    (class == CLASS_FILES && words))
			r->bad = true;
	}
	return error;
}

/* No bits beyond the prefix, and none that the kind has no place for. */
static bool prefix_fits(const struct policy_net_address *a)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	unsigned bits = a->kind == NET_INET ? 32 : a->kind == NET_INET6 ? 128 : 0;

	if (a->prefix > bits ||
	    (a->kind == NET_INET6 && a->prefix >= 96 && memcmp(a->address, mapped, 12) == 0))
		return false;
	for (unsigned bit = a->prefix; bit < 128; bit++)
		if (a->address[bit / 8] & 0x80u >> bit % 8)
			return false;
	return true;
}

static bool address_fits(const struct policy_net_address *a, enum policy_net_op op)
{
	static const int16_t protocols[] = {-1,		  IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDPLITE,
					    IPPROTO_SCTP, IPPROTO_DCCP};
	bool known = false, unix_name = a->kind == NET_UNIX_PATH || a->kind == NET_UNIX_ABSTRACT;

	for (size_t i = 0; i < ARRAY_LEN(protocols); i++)
		known |= a->protocol == protocols[i];
	if (!known || a->kind < NET_ANY || a->kind > NET_FAMILY || !a->text ||
	    a->port_low > a->port_high || !prefix_fits(a) ||
	    (a->kind == NET_FAMILY) != (op == NET_SOCKET) || (a->pattern != NULL) != unix_name)
		return false;
	if (a->kind == NET_FAMILY ? a->family > UINT16_MAX || a->type > 0xf
				  : a->family != 0 || a->type != 0)
		return false;
	return !unix_name || (a->kind == NET_UNIX_PATH ? policy_is_pattern(a->pattern)
						       : policy_is_abstract(a->pattern));
}

static struct policy_net_address *read_addresses(struct image_reader *r)
{
	const struct image_address *in = image_section(r, SECTION_ADDRESSES);
	uint32_t n = image_count(r, SECTION_ADDRESSES);
	struct policy_net_address *out = arena_alloc(r->arena, n, sizeof(*out));

	for (uint32_t i = 0; out && i < n; i++) {
		out[i] = (struct policy_net_address){
			.kind = in[i].kind,
			.prefix = in[i].prefix,
			.port_low = in[i].port_low,
			.port_high = in[i].port_high,
			.protocol = in[i].protocol,
			.family = in[i].family,
			.type = in[i].type,
			.pattern = image_text(r, in[i].pattern),
			.text = image_text(r, in[i].text),
		};
		memcpy(out[i].address, in[i].address, sizeof(out[i].address));
	}
	return out;
}

int image_read_objects(struct image_reader *r)
{
	const struct image_net *in = image_section(r, SECTION_NETS);
	struct policy_net_address *addresses = read_addresses(r);
	uint32_t left = image_count(r, SECTION_ADDRESSES);
	struct policy *p = r->policy;
	int error = addresses ? read_paths(r) : -ENOMEM;

	p->n_net_rules = image_count(r, SECTION_NETS);
	p->net_rules = arena_alloc(r->arena, p->n_net_rules, sizeof(*p->net_rules));
	if (error || !p->net_rules)
		return -ENOMEM;
	for (uint32_t i = 0; i < p->n_net_rules && !r->bad; i++) {
		if (class_of(r, in[i].rule) != CLASS_NETWORK || in[i].op < NET_BIND ||
		    in[i].op > NET_SOCKET || in[i].n_addresses == 0 ||
		    in[i].first_address != image_count(r, SECTION_ADDRESSES) - left ||
		    in[i].n_addresses > left) {
			r->bad = true;
			return 0;
		}
		left -= in[i].n_addresses;
		p->net_rules[i] = (struct policy_net_rule){
			.rule = in[i].rule,
			.op = in[i].op,
			.addresses = addresses + in[i].first_address,
			.n_addresses = in[i].n_addresses,
		};
		for (uint32_t j = 0; j < in[i].n_addresses; j++)
			if (!address_fits(&p->net_rules[i].addresses[j],
					  (enum policy_net_op)in[i].op))
				r->bad = true;
	}
	if (left || r->strings != image_count(r, SECTION_STRINGS))
		r->bad = true;
	return 0;
}
