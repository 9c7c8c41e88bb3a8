/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of `network`, and addresses. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "policy_internal.h"

#define TYPE_BITS 0xfu /* of socket()'s type; the rest are flags */
#define EXAMPLE	  "write CIDR:PORT/PROTOCOL, as \"10.0.0.0/8:5432/tcp\" or \"*:53/udp\""

static const struct {
	const char *key;
	uint8_t op;
} operations[] = {
	{"bind", NET_BIND},
	{"connect", NET_CONNECT},
	{"listen", NET_LISTEN},
	{"socket", NET_SOCKET},
};

static const struct {
	const char *word;
	int16_t protocol;
} protocols[] = {
	{"*", -1},
	{"tcp", IPPROTO_TCP},
	{"udp", IPPROTO_UDP},
	{"udplite", IPPROTO_UDPLITE},
	{"sctp", IPPROTO_SCTP},
	{"dccp", IPPROTO_DCCP},
};

/* A decimal number of at most `max`, all of the text. */
static bool read_small(const char *text, size_t length, unsigned max, unsigned *ret_value)
{
	unsigned value = 0;

	if (length == 0 || length > 5 || (length > 1 && text[0] == '0'))
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (unsigned)(text[i] - '0');
	}
	*ret_value = value;
	return value <= max;
}

static bool read_ports(struct reader *r, const struct doc_node *node, const char *text,
		       size_t length, struct policy_net_address *out)
{
	const char *dash = memchr(text, '-', length);
	size_t first = dash ? (size_t)(dash - text) : length;
	unsigned low, high;

	out->port_low = 0;
	out->port_high = UINT16_MAX;
	if (length == 1 && text[0] == '*')
		return true;
	if (!read_small(text, first, UINT16_MAX, &low)) {
		REFUSE(r, node, "'%.*s' is no port; a port is 0 to 65535, a range LOW-HIGH, or *",
		       (int)(length < 40 ? length : 40), text);
		return false;
	}
	high = low;
	if (dash && !read_small(dash + 1, length - first - 1, UINT16_MAX, &high)) {
		REFUSE(r, node, "'%.*s' is no range of ports; write LOW-HIGH",
		       (int)(length < 40 ? length : 40), text);
		return false;
	}
	if (high < low) {
		REFUSE(r, node, "the range %u-%u of ports is empty; write %u-%u", low, high, high,
		       low);
		return false;
	}
	out->port_low = (uint16_t)low;
	out->port_high = (uint16_t)high;
	return true;
}

static bool read_protocol(struct reader *r, const struct doc_node *node, const char *text,
			  struct policy_net_address *out)
{
	const char *words[ARRAY_LEN(protocols)];

	for (size_t i = 0; i < ARRAY_LEN(protocols); i++) {
		words[i] = protocols[i].word;
		if (strcmp(words[i], text) == 0) {
			out->protocol = protocols[i].protocol;
			return true;
		}
	}
	refuse_unknown_of(r, node, "protocol", text, words, ARRAY_LEN(words));
	return false;
}

/* Bits beyond the prefix would be silently dropped: the writer meant something else. */
static bool check_prefix(struct reader *r, const struct doc_node *node,
			 struct policy_net_address *out, int family)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t network[16];
	unsigned bit, bits = family == AF_INET ? 32 : 128;

	memcpy(network, out->address, sizeof(network));
	for (bit = out->prefix; bit < bits; bit++)
		network[bit / 8] &= (uint8_t) ~(0x80u >> (bit % 8));
	if (memcmp(network, out->address, sizeof(network)) == 0)
		return true;
	inet_ntop(family, network, text, sizeof(text));
	REFUSE(r, node, "the address has bits beyond its prefix; write %s/%u", text, out->prefix);
	return false;
}

/* ADDRESS or ADDRESS/PREFIX */
static bool read_cidr(struct reader *r, const struct doc_node *node, const char *text,
		      size_t length, bool bracketed, struct policy_net_address *out)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	int family = bracketed ? AF_INET6 : AF_INET;
	const char *slash = memchr(text, '/', length);
	size_t n = slash ? (size_t)(slash - text) : length;
	unsigned bits = bracketed ? 128 : 32, prefix = bits;
	char address[INET6_ADDRSTRLEN + 1];

	if (n >= sizeof(address))
		n = sizeof(address) - 1;
	memcpy(address, text, n);
	address[n] = '\0';
	if (inet_pton(family, address, out->address) != 1) {
		REFUSE(r, node, "'%s' is no %s address; " EXAMPLE ", IPv6 in brackets", address,
		       bracketed ? "IPv6" : "IPv4");
		return false;
	}
	if (slash && !read_small(slash + 1, length - n - 1, bits, &prefix)) {
		REFUSE(r, node, "the prefix is no number from 0 to %u", bits);
		return false;
	}
	if (bracketed && prefix >= 96 && memcmp(out->address, mapped, sizeof(mapped)) == 0) {
		REFUSE(r, node,
		       "an IPv4 address in IPv6's clothes; write the IPv4 address, which "
		       "covers both forms");
		return false;
	}
	out->kind = bracketed ? NET_INET6 : NET_INET;
	out->prefix = (uint8_t)prefix;
	return check_prefix(r, node, out, family);
}

static bool read_inet(struct reader *r, const struct doc_node *node, struct policy_net_address *out)
{
	const char *text = node->text, *host = text, *colon, *slash;
	size_t length;

	if (text[0] == '[') {
		host = text + 1;
		length = strcspn(host, "]");
		colon = host[length] ? host + length + 1 : NULL;
	} else {
		length = strcspn(host, ":");
		colon = host + length;
	}
	if (!colon || *colon != ':') {
		REFUSE(r, node, "'%.100s' is no address with a port; " EXAMPLE, text);
		return false;
	}
	slash = strchr(colon, '/');
	if (!slash) {
		REFUSE(r, node, "'%.100s' has no protocol; " EXAMPLE, text);
		return false;
	}
	if (text[0] != '[' && strchr(colon + 1, ':')) {
		REFUSE(r, node,
		       "'%.100s' has several colons; put an IPv6 address in brackets, as "
		       "\"[2001:db8::/32]:443/tcp\"",
		       text);
		return false;
	}
	out->kind = NET_ANY;
	if ((length != 1 || host[0] != '*' || text[0] == '[') &&
	    !read_cidr(r, node, host, length, text[0] == '[', out))
		return false;
	return read_ports(r, node, colon + 1, (size_t)(slash - colon - 1), out) &&
	       read_protocol(r, node, slash + 1, out);
}

/* unix:/path/pattern or unix:@abstract-pattern */
static bool read_unix(struct reader *r, const struct doc_node *node, struct policy_net_address *out)
{
	struct doc_node path = *node;

	path.text += 5;
	path.length -= 5;
	out->protocol = -1;
	out->port_high = UINT16_MAX;
	out->pattern = reader_copy(r, path.text, path.length);
	if (path.text[0] == '@') {
		out->kind = NET_UNIX_ABSTRACT;
		if (path.length < 2 || path.length - 1 > POLICY_MAX_ABSTRACT) {
			REFUSE(r, node, "an abstract name has 1 to %d bytes", POLICY_MAX_ABSTRACT);
			return false;
		}
		return check_brackets(r, node, path.text);
	}
	out->kind = NET_UNIX_PATH;
	if (path.text[0] != '/') {
		REFUSE(r, node, "'%.100s' is neither unix:/PATH nor unix:@NAME", node->text);
		return false;
	}
	return check_pattern(r, &path, "a socket's path");
}

static bool read_address(struct reader *r, const struct doc_node *node,
			 struct policy_net_address *out)
{
	if (!is_scalar(r, node, "an address"))
		return false;
	if (!(strncmp(node->text, "unix:", 5) == 0 ? read_unix(r, node, out)
						   : read_inet(r, node, out)))
		return false;
	out->text = reader_copy(r, node->text, node->length);
	return true;
}

/* A family or a type, by constant or number, as all of the policy's ABIs have it. */
static bool read_word(struct reader *r, const struct doc_node *node, const char *what,
		      const char *prefix, uint32_t max, uint32_t *ret_value)
{
	bool negative, negative32;
	uint64_t value;
	int is;

	if (!is_scalar(r, node, what))
		return false;
	is = read_number(r, node, node->text, node->length, &value, &negative);
	if (is < 0)
		return false;
	if (is == 0 && names_constant(r->arches[0], node->text, &value, &negative32) < 0) {
		refuse_unknown(r, node, what, node->text, NAMES_CONSTANTS);
		return false;
	}
	if (is == 0 && strncmp(node->text, prefix, strlen(prefix)) != 0 &&
	    (max == TYPE_BITS || strncmp(node->text, "PF_", 3) != 0)) {
		REFUSE(r, node, "%.60s is no %s; write one of %s...", node->text, what, prefix);
		return false;
	}
	if (value > max) {
		REFUSE(r, node, "%.60s is no %s; it is at most %u%s", node->text, what, max,
		       max == TYPE_BITS ? ", and flags have no place in it" : "");
		return false;
	}
	*ret_value = (uint32_t)value;
	return true;
}

/* A list of families or of types, as numbers; NULL when one was refused. */
static uint32_t *read_words(struct reader *r, const struct doc_node *node, const char *what,
			    const char *prefix, uint32_t max, size_t *ret_count)
{
	uint32_t *words;
	bool good = true;
	size_t count, i;

	if (!is_list(r, node, what, &count))
		return NULL;
	words = reader_alloc(r, count, sizeof(*words));
	for (i = 0; words && i < count; i++) {
		const struct doc_node *item = list_item(node, i);

		if (!read_word(r, item, what, prefix, max, &words[i])) {
			good = false;
		} else if (words[i] == 0 && max == TYPE_BITS) {
			REFUSE(r, item, "no socket has the type 0; leave type out for any");
			good = false;
		}
	}
	*ret_count = count;
	return good ? words : NULL;
}

static struct policy_net_address *read_sockets(struct reader *r, const struct doc_node *families,
					       const struct doc_node *types, uint32_t *ret_count)
{
	static const uint32_t any_type = 0;
	struct policy_net_address *out;
	size_t n_families = 0, n_types = 1, total;
	const uint32_t *family = read_words(r, families, "family", "AF_", UINT16_MAX, &n_families);
	const uint32_t *type =
		types ? read_words(r, types, "type", "SOCK_", TYPE_BITS, &n_types) : &any_type;

	if (!family || !type)
		return NULL;
	if (__builtin_mul_overflow(n_families, n_types, &total) ||
	    !count_entries(r, families, total))
		return NULL;
	out = reader_alloc(r, total, sizeof(*out));
	for (size_t i = 0; out && i < total; i++) {
		const struct doc_node *item = list_item(families, i / n_types);

		out[i] = (struct policy_net_address){
			.kind = NET_FAMILY,
			.port_high = UINT16_MAX,
			.protocol = -1,
			.family = family[i / n_types],
			.type = type[i % n_types],
			.text = reader_copy(r, item->text, item->length),
		};
	}
	*ret_count = (uint32_t)total;
	return out;
}

static struct policy_net_address *read_addresses(struct reader *r, const struct doc_node *node,
						 const char *key, uint32_t *ret_count)
{
	struct policy_net_address *out;
	bool good = true;
	size_t count, i;

	if (!is_list(r, node, key, &count) || !count_entries(r, node, count))
		return NULL;
	out = reader_alloc(r, count, sizeof(*out));
	for (i = 0; out && i < count; i++)
		good &= read_address(r, list_item(node, i), &out[i]);
	*ret_count = (uint32_t)count;
	return good ? out : NULL;
}

static void add_net_rule(struct reader *r, const struct policy_net_rule *net_rule)
{
	uint32_t n = r->policy->n_net_rules;

	if (r->oom || grow_array(&r->net_rules, &r->net_rules_size, (size_t)n + 1,
				 sizeof(*r->net_rules)) < 0) {
		r->oom = true;
		return;
	}
	r->net_rules[n] = *net_rule;
	r->policy->n_net_rules++;
}

void read_network_entry(struct reader *r, enum policy_list list, const struct doc_node *node)
{
	static const char *const keys[] = {"bind", "connect", "listen", "socket", "type", NULL};
	const struct doc_node *types, *value;
	struct rule_options options;
	size_t found = 0, i;
	uint32_t rule;

	if (node->type != DOC_MAPPING) {
		REFUSE(r, node,
		       "a rule of network names an operation; write {connect: [\"*:443/"
		       "tcp\"]}, or bind, listen, socket");
		return;
	}
	check_keys(r, node, keys, true);
	types = doc_get(node, "type");
	if (types && !doc_get(node, "socket"))
		REFUSE(r, types,
		       "type belongs to socket; write {socket: [AF_INET], type: "
		       "[SOCK_RAW]}");
	for (i = 0; i < ARRAY_LEN(operations); i++)
		found += doc_get(node, operations[i].key) != NULL;
	if (found == 0)
		REFUSE(r, node,
		       "a rule without an operation; write bind, connect, listen or "
		       "socket");
	if (!read_options(r, node, list, OPTION_ALL, "", &options) || found == 0)
		return;
	rule = add_entry(r, CLASS_NETWORK, list, node, &options);
	for (i = 0; i < ARRAY_LEN(operations); i++) {
		struct policy_net_rule out = {.rule = rule, .op = operations[i].op};

		value = doc_get(node, operations[i].key);
		if (!value)
			continue;
		out.addresses =
			out.op == NET_SOCKET
				? read_sockets(r, value, types, &out.n_addresses)
				: read_addresses(r, value, operations[i].key, &out.n_addresses);
		if (out.addresses)
			add_net_rule(r, &out);
	}
}
