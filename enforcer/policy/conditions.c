/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions on arguments, lowered to masked comparisons on one ABI.
 *
 * Width: a condition's mask never reaches beyond what the kernel reads of the argument.
 *
 * Arguments that are read as 32 or as 64 bits, depending on the operation (NARROW_SOMETIMES), have
 * two readings of one register. A rule that allows must hold under both, so that junk in the upper
 * half never opens anything; a rule that denies must hold when it does under either, so that junk
 * never slips past it. So "is one of": the low half in a denial, all 64 bits in an allowance;
 * "is none of": the other way round; ranges likewise. A value whose bit 31 is set is meant in both
 * of its extensions.
 */
#include <stdlib.h>
#include <string.h>

#include "policy_internal.h"

#define LOW ((uint64_t)UINT32_MAX)

/* The argument that is compared. */
struct subject {
	enum arch arch;
	const struct name_call *call;
	const char *name; /* as the rule calls it */
	unsigned index, width;
	uint64_t full; /* the mask of all its bits */
	bool sometimes, pointer, restrictive, loud;
};

static const char *class_for(const struct name_call *call)
{
	static const char *const network[] = {"connect", "bind",    "sendto",  "sendmsg",
					      "accept",	 "accept4", "sendmmsg"};

	if (strncmp(call->name, "execve", 6) == 0)
		return "exec";
	for (size_t i = 0; i < ARRAY_LEN(network); i++)
		if (strcmp(network[i], call->name) == 0)
			return "network";
	return "files";
}

static void refuse_constant(struct reader *r, const struct subject *s, const struct doc_node *node,
			    const char *name)
{
	uint64_t value;
	bool negative;

	for (enum arch arch = 0; arch < ARCH_COUNT; arch++) {
		if (names_constant(arch, name, &value, &negative) == 0) {
			REFUSE(r, node,
			       "%s does not exist on %s; leave %s out of architectures, "
			       "or write its number",
			       name, arch_name(s->arch), arch_name(s->arch));
			return;
		}
	}
	if (s->pointer)
		REFUSE(r, node,
		       "%s of %s is a pointer: what it points to can't be matched in syscalls; "
		       "use a rule of %s",
		       s->name, s->call->name, class_for(s->call));
	else
		refuse_unknown(r, node, "constant", name, NAMES_CONSTANTS);
}

/* One number or name, as the argument would hold it. */
static bool read_part(struct reader *r, const struct subject *s, const struct doc_node *node,
		      const char *text, size_t length, uint64_t *ret_value)
{
	bool negative = false, negative32 = false;
	char name[128];
	uint64_t value;
	int is = read_number(r, node, text, length, &value, &negative);

	if (is < 0)
		return false;
	if (is == 0) {
		if (length == 0) {
			REFUSE(r, node, "a value is missing; write a number or a constant");
			return false;
		}
		snprintf(name, sizeof(name), "%.*s", (int)(length < 127 ? length : 127), text);
		if (names_constant(s->arch, name, &value, &negative32) < 0) {
			refuse_constant(r, s, node, name);
			return false;
		}
		if (negative32)
			value |= ~LOW;
	}
	if (negative32) {
		value &= s->full;
	} else if (negative) {
		if (s->width < 64 && value < 0 - ((uint64_t)1 << (s->width - 1))) {
			REFUSE(r, node,
			       "'%.*s' does not fit into the %u bits that the kernel "
			       "reads of %s",
			       (int)length, text, s->width, s->name);
			return false;
		}
		value &= s->full;
	} else if (value & ~s->full) {
		REFUSE(r, node,
		       "'%.*s' is wider than the %u bits that the kernel reads of %s on "
		       "%s; it could never be",
		       (int)length, text, s->width, s->name, arch_name(s->arch));
		return false;
	}
	*ret_value = value;
	return true;
}

/* A|B|C */
static bool read_value(struct reader *r, const struct subject *s, const struct doc_node *node,
		       uint64_t *ret_value)
{
	const char *text = node->text, *bar;
	uint64_t part, value = 0;
	size_t length;

	if (node->type != DOC_SCALAR) {
		REFUSE(r, node, "a value must be a number or constants, not a %s",
		       node->type == DOC_SEQUENCE ? "list in a list" : "mapping");
		return false;
	}
	for (;;) {
		text += strspn(text, " ");
		bar = strchr(text, '|');
		length = bar ? (size_t)(bar - text) : strlen(text);
		while (length > 0 && text[length - 1] == ' ')
			length--;
		if (!read_part(r, s, node, text, length, &part))
			return false;
		value |= part;
		if (!bar)
			break;
		text = bar + 1;
	}
	*ret_value = value;
	return true;
}

/* Closes a condition whose values are the last ones in the table, from `first` on. */
static void close_cond(struct reader *r, const struct subject *s, enum policy_cond_op op,
		       uint64_t mask, uint32_t first)
{
	uint32_t count = r->policy->n_values - first;
	uint64_t *values = r->values + first;

	if (r->oom)
		return;
	if (op != COND_RANGE) {
		count = (uint32_t)sort_unique(values, count);
		r->policy->n_values = first + count;
	}
	add_cond(r, &(struct policy_cond){.arg = (uint8_t)s->index,
					  .op = (uint8_t)op,
					  .mask = mask,
					  .first_value = first,
					  .n_values = count});
}

/* x is (not) one of the list's values. */
static bool lower_values(struct reader *r, const struct subject *s, const struct doc_node *node,
			 bool negated)
{
	bool low = s->sometimes && s->restrictive != negated;
	uint32_t first = r->policy->n_values;
	size_t count, i;
	uint64_t value;

	if (!is_list(r, node, "the list of values", &count))
		return false;
	for (i = 0; i < count && !r->oom; i++) {
		if (!read_value(r, s, list_item(node, i), &value))
			return false;
		if (s->sometimes && (value > LOW && value < ~(LOW >> 1)) && low) {
			REFUSE(r, list_item(node, i),
			       "%s is read as 32 bits by some operations, so a %s compares those; "
			       "give a value that fits into them",
			       s->name, negated ? "'not' that allows" : "denial");
			return false;
		}
		if (low)
			value &= LOW;
		add_value(r, value);
		if (s->sometimes && !low && (value & 0x80000000u) &&
		    (value <= LOW || value >= ~(LOW >> 1)))
			add_value(r, value ^ ~LOW);
	}
	close_cond(r, s, negated ? COND_NOT_IN : COND_IN, low ? LOW : s->full, first);
	return true;
}

/* {all-of|any-of|none-of: flags} */
static bool lower_bits(struct reader *r, const struct subject *s, const char *op,
		       const struct doc_node *node)
{
	uint32_t first = r->policy->n_values;
	uint64_t value, bits = 0;
	size_t count, i;

	if (!is_list(r, node, "the list of flags", &count))
		return false;
	for (i = 0; i < count; i++) {
		if (!read_value(r, s, list_item(node, i), &value))
			return false;
		bits |= value;
	}
	if (bits == 0) {
		REFUSE(r, node,
		       "%s has no bit to test here; compare zero under a mask: "
		       "{mask: M, is: 0}",
		       op);
		return false;
	}
	add_value(r, strcmp(op, "all-of") == 0 ? bits : 0);
	close_cond(r, s, strcmp(op, "any-of") == 0 ? COND_NOT_IN : COND_IN, bits, first);
	return true;
}

/* {mask: m, is: list} */
static bool lower_mask(struct reader *r, const struct subject *s, const struct doc_node *map)
{
	const struct doc_node *mask_node = doc_get(map, "mask"), *is = doc_get(map, "is");
	uint32_t first = r->policy->n_values;
	uint64_t mask, value;
	size_t count, i, outside = 0;

	if (!mask_node || !is) {
		REFUSE(r, map, "mask and is belong together; write {mask: M, is: [VALUE, ...]}");
		return false;
	}
	if (!read_value(r, s, mask_node, &mask) || !is_list(r, is, "is", &count))
		return false;
	/* What an operation may not read cannot be part of a denial. */
	if (s->sometimes && s->restrictive)
		mask &= LOW;
	if (mask == 0) {
		REFUSE(r, mask_node, "a mask of zero compares nothing; set the bits to compare");
		return false;
	}
	for (i = 0; i < count && !r->oom; i++) {
		if (!read_value(r, s, list_item(is, i), &value))
			return false;
		if (s->sometimes && s->restrictive)
			value &= LOW;
		outside += (value & ~mask) != 0;
		add_value(r, value);
	}
	if (outside == count && s->loud)
		WARN_AT(r, is, "this condition never holds: no value lies within the mask");
	else if (outside > 0 && s->loud)
		WARN_AT(r, is, "a value outside of the mask never matches");
	close_cond(r, s, COND_IN, mask, first);
	return true;
}

struct range {
	uint64_t low, high;
	bool never;
};

static bool narrow_range(struct reader *r, const struct subject *s, const char *op,
			 const struct doc_node *node, struct range *range)
{
	uint64_t value;

	if (!is_scalar(r, node, op) || !read_value(r, s, node, &value))
		return false;
	if (node->text[0] == '-') {
		REFUSE(r, node, "order is unsigned; a negative number has no place in it");
		return false;
	}
	if ((op[0] == 'l' && op[1] == 't' && value == 0) ||
	    (op[0] == 'g' && op[1] == 't' && value == s->full)) {
		range->never = true;
		return true;
	}
	if (op[0] == 'l') {
		value -= op[1] == 't';
		range->high = value < range->high ? value : range->high;
	} else {
		value += op[1] == 't';
		range->low = value > range->low ? value : range->low;
	}
	return true;
}

static void add_range(struct reader *r, const struct subject *s, uint64_t mask, uint64_t low,
		      uint64_t high)
{
	uint32_t first = r->policy->n_values;

	add_value(r, low);
	add_value(r, high);
	close_cond(r, s, COND_RANGE, mask, first);
}

/* {lt, le, gt, ge: n} */
static bool lower_range(struct reader *r, const struct subject *s, const struct doc_node *map)
{
	static const char *const ops[] = {"lt", "le", "gt", "ge"};
	struct range range = {0, s->full, false};
	bool good = true;

	for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
		const struct doc_node *node = doc_get(map, ops[i]);

		if (node && !narrow_range(r, s, ops[i], node, &range))
			good = false;
	}
	if (!good)
		return false;
	if (range.never || range.low > range.high) {
		if (s->loud)
			WARN_AT(r, map, "this condition never holds: no number is in the range");
		add_range(r, s, s->full, 1, 0);
		return true;
	}
	if (range.low == 0 && range.high == s->full && s->loud)
		WARN_AT(r, map, "this condition always holds; leave it out");
	if (!s->sometimes || range.low > LOW) {
		add_range(r, s, s->full, range.low, range.high);
	} else if (range.high <= LOW) {
		/* In range as 64 bits is in range as 32: a denial takes the wider of the two. */
		add_range(r, s, s->restrictive ? LOW : s->full, range.low, range.high);
	} else if (s->restrictive) {
		add_range(r, s, s->full, range.low, UINT64_MAX);
	} else {
		add_range(r, s, s->full, range.low, range.high);
		add_range(r, s, LOW, range.low, LOW);
	}
	return true;
}

static bool lower_map(struct reader *r, const struct subject *s, const struct doc_node *map)
{
	static const char *const known[] = {"not",    "lt",	 "le",	 "gt", "ge", "all-of",
					    "any-of", "none-of", "mask", "is", NULL};
	bool ranged = false, masked = false, good = true;

	if (map->count == 0) {
		REFUSE(r, map,
		       "a condition is missing; write a value, or {not: ...}, {lt: ...} and "
		       "so on");
		return false;
	}
	if (!check_keys(r, map, known, false))
		return false;
	for (size_t i = 0; i < map->count; i++) {
		const char *op = map->keys[i]->text;

		if (strcmp(op, "not") == 0)
			good &= lower_values(r, s, map->items[i], true);
		else if (strcmp(op, "mask") == 0 || strcmp(op, "is") == 0)
			masked = true;
		else if (strlen(op) == 2)
			ranged = true;
		else
			good &= lower_bits(r, s, op, map->items[i]);
	}
	if (ranged)
		good &= lower_range(r, s, map);
	if (masked)
		good &= lower_mask(r, s, map);
	return good;
}

static void refuse_argument(struct reader *r, enum arch arch, const struct name_call *call,
			    const struct doc_node *key)
{
	char names[256] = "";
	size_t used = 0;

	for (int i = 0; i < call->nargs; i++) {
		int n = snprintf(names + used, sizeof(names) - used, "%s%s", i ? ", " : "",
				 call->args[i].name);

		if (n < 0 || (size_t)n >= sizeof(names) - used)
			break;
		used += (size_t)n;
	}
	if (call->nargs == 0)
		REFUSE(r, key, "%s has no arguments on %s", call->name, arch_name(arch));
	else if (call->nargs < 0)
		REFUSE(r, key, "the arguments of %s are not known by name; use arg0 to arg5",
		       call->name);
	else
		REFUSE(r, key, "%s has no argument '%.60s' on %s; it has %s", call->name, key->text,
		       arch_name(arch), names);
}

static bool find_subject(struct reader *r, const struct doc_node *key, struct subject *s)
{
	const struct name_arg *arg;

	if (names_arg(s->call, key->text, &s->index) < 0 ||
	    (s->call->nargs >= 0 && s->index >= (unsigned)s->call->nargs)) {
		refuse_argument(r, s->arch, s->call, key);
		return false;
	}
	s->name = key->text;
	s->width = 64;
	s->sometimes = s->pointer = false;
	if (s->call->nargs > 0) {
		arg = &s->call->args[s->index];
		s->width = arg->width;
		s->sometimes = arg->narrow == NARROW_SOMETIMES && arg->width == 64;
		s->pointer = arg->kind == KIND_POINTER;
	}
	s->full = s->width >= 64 ? UINT64_MAX : ((uint64_t)1 << s->width) - 1;
	return true;
}

bool lower_conditions(struct reader *r, enum arch arch, const struct name_call *call,
		      const struct doc_node *map, bool restrictive, bool loud,
		      struct policy_match *match)
{
	struct subject s = {.arch = arch, .call = call, .restrictive = restrictive, .loud = loud};
	size_t before = r->errors;

	match->first_cond = r->policy->n_conds;
	for (size_t i = 0; i < map->count && !r->oom; i++) {
		const struct doc_node *key = map->keys[i], *value = map->items[i];

		if (is_option(key->text) || !find_subject(r, key, &s))
			continue;
		if (value->type == DOC_MAPPING)
			lower_map(r, &s, value);
		else
			lower_values(r, &s, value, false);
		if (s.pointer && loud && r->errors == before)
			WARN_AT(r, key,
				"%s of %s is a pointer; only the address itself is compared, "
				"which a program chooses freely",
				key->text, call->name);
	}
	match->n_conds = (uint16_t)(r->policy->n_conds - match->first_cond);
	return r->errors == before;
}
