/* SPDX-License-Identifier: Apache-2.0 */
/* ABIs, and system calls by number and by name. */
#include "tables.h"

#include <errno.h>
#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	uint32_t audit;
} arches[ARCH_COUNT] = {
	[ARCH_X86_64] = {"x86_64", AUDIT_ARCH_X86_64},
	[ARCH_I386] = {"i386", AUDIT_ARCH_I386},
	[ARCH_X32] = {"x32", AUDIT_ARCH_X86_64},
	[ARCH_AARCH64] = {"aarch64", AUDIT_ARCH_AARCH64},
};

const char *arch_name(enum arch arch)
{
	return arch < ARCH_COUNT ? arches[arch].name : "unknown";
}

int arch_from_name(const char *name, enum arch *ret_arch)
{
	for (unsigned i = 0; i < ARCH_COUNT; i++) {
		if (strcmp(arches[i].name, name) == 0) {
			*ret_arch = (enum arch)i;
			return 0;
		}
	}
	return -ENOENT;
}

uint32_t arch_audit(enum arch arch)
{
	return arch < ARCH_COUNT ? arches[arch].audit : 0;
}

enum arch arch_native(void)
{
#if defined(__x86_64__) && defined(__ILP32__)
	return ARCH_X32;
#elif defined(__x86_64__)
	return ARCH_X86_64;
#elif defined(__i386__)
	return ARCH_I386;
#elif defined(__aarch64__)
	return ARCH_AARCH64;
#else
#error "bailiff knows no system calls of this machine"
#endif
}

int arch_of_call(uint32_t audit_arch, uint32_t nr, enum arch *ret_arch)
{
	switch (audit_arch) {
	case AUDIT_ARCH_X86_64:
		/* A negative number (a tracer's -1) has the bit too, but is no x32 call. */
		*ret_arch = (nr & (X32_BIT | 0x80000000u)) == X32_BIT ? ARCH_X32 : ARCH_X86_64;
		return 0;
	case AUDIT_ARCH_I386:
		*ret_arch = ARCH_I386;
		return 0;
	case AUDIT_ARCH_AARCH64:
		*ret_arch = ARCH_AARCH64;
		return 0;
	default:
		return -ENOENT;
	}
}

static const char *name_or_null(uint16_t offset)
{
	return offset ? name_pool + offset : NULL;
}

static void build_arg(size_t index)
{
	const struct arg_row *row = &arg_rows[index];

	built_args[index] = (struct name_arg){
		.name = name_pool + row->name,
		.alias = name_or_null(row->alias),
		.alias2 = name_or_null(row->alias2),
		.type = name_pool + row->type,
		.width = row->width,
		.kind = row->kind,
		.narrow = row->narrow,
		.family = row->family,
	};
}

static const struct name_call *built_call(size_t index)
{
	const struct call_row *row = &call_rows[index];
	struct name_call *call = &built_calls[index];

	if (call->name)
		return call;
	/* Calls with the same arguments share them; built twice they come out the same. */
	for (int i = 0; i < row->nargs; i++)
		build_arg((size_t)row->first_arg + (size_t)i);
	*call = (struct name_call){
		.name = name_pool + row->name,
		.nr = row->nr,
		.since = name_pool + row->since,
		.nargs = row->nargs,
		.args = row->nargs > 0 ? &built_args[row->first_arg] : NULL,
	};
	return call;
}

const struct name_call *names_calls(enum arch arch, size_t *ret_count)
{
	static bool whole[ARCH_COUNT];
	size_t first;

	if (arch >= ARCH_COUNT) {
		*ret_count = 0;
		return NULL;
	}
	first = abi_rows[arch].first;
	*ret_count = abi_rows[arch].count;
	for (size_t i = 0; !whole[arch] && i < abi_rows[arch].count; i++)
		built_call(first + i);
	whole[arch] = true;
	return &built_calls[first];
}

const struct name_call *names_call_by_nr(enum arch arch, uint32_t nr)
{
	if (arch >= ARCH_COUNT)
		return NULL;

	size_t low = abi_rows[arch].first, high = low + abi_rows[arch].count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (call_rows[middle].nr == nr)
			return built_call(middle);
		if (call_rows[middle].nr < nr)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct name_call *names_call_by_name(enum arch arch, const char *name)
{
	if (arch >= ARCH_COUNT)
		return NULL;

	size_t first = abi_rows[arch].first, low = first, high = low + abi_rows[arch].count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		size_t index = first + calls_by_name[middle];
		int order = strcmp(name, name_pool + call_rows[index].name);

		if (order == 0)
			return built_call(index);
		if (order > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static int compare_name(const void *name, const void *element)
{
	return strcmp(name, name_pool + *(const uint16_t *)element);
}

int find_name(const char *name, const uint16_t *list, size_t count)
{
	const uint16_t *found = bsearch(name, list, count, sizeof(*list), compare_name);

	return found ? (int)(found - list) : -1;
}

bool names_call_exists(const char *name)
{
	return find_name(name, real_calls, real_calls_count) >= 0 ||
	       find_name(name, historic_calls, historic_calls_count) >= 0;
}

static bool is_name_of(const struct name_arg *arg, const char *name)
{
	return strcmp(arg->name, name) == 0 || (arg->alias && strcmp(arg->alias, name) == 0) ||
	       (arg->alias2 && strcmp(arg->alias2, name) == 0) ||
	       (arg->name[0] == '_' && strcmp(arg->name + strspn(arg->name, "_"), name) == 0);
}

int names_arg(const struct name_call *call, const char *name, unsigned *ret_index)
{
	/* A kernel's own name comes first: prctl's arg2 is its second argument, not arg2. */
	for (int i = 0; i < call->nargs; i++) {
		if (strcmp(call->args[i].name, name) == 0) {
			*ret_index = (unsigned)i;
			return 0;
		}
	}
	for (int i = 0; i < call->nargs; i++) {
		if (is_name_of(&call->args[i], name)) {
			*ret_index = (unsigned)i;
			return 0;
		}
	}
	if (strncmp(name, "arg", 3) == 0 && name[3] >= '0' && name[3] < '0' + CALL_ARGS &&
	    name[4] == '\0') {
		*ret_index = (unsigned)(name[3] - '0');
		return 0;
	}
	return -ENOENT;
}
