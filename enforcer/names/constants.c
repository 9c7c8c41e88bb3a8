/* SPDX-License-Identifier: Apache-2.0 */
/* Constants, error numbers and capabilities. */
#include "tables.h"

#include <errno.h>
#include <string.h>

const char *constant_name(size_t index)
{
	return constant_pool + constants[index].name;
}

static const struct constant_special *find_special(size_t index)
{
	size_t low = 0, high = constants_special_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (constants_special[middle].constant == index)
			return &constants_special[middle];
		if (constants_special[middle].constant < index)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

int constant_value(size_t index, enum arch arch, uint64_t *ret_value)
{
	if (!constants[index].special) {
		*ret_value = constants[index].value;
		return 0;
	}

	const struct constant_special *special = find_special(index);

	if (!special || !(special->here & (1u << arch)))
		return -ENOENT;
	*ret_value = special->value[arch];
	return 0;
}

static int find_constant(const char *name, size_t *ret_index)
{
	size_t low = 0, high = constants_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(name, constant_name(middle));

		if (order == 0) {
			*ret_index = middle;
			return 0;
		}
		if (order > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return -ENOENT;
}

int names_constant(enum arch arch, const char *name, uint64_t *ret_value, bool *ret_negative32)
{
	size_t index;

	if (arch >= ARCH_COUNT || find_constant(name, &index) < 0)
		return -ENOENT;
	if (constant_value(index, arch, ret_value) < 0)
		return -ENOENT;
	*ret_negative32 = constants[index].negative;
	return 0;
}

const char *names_errno(int error)
{
	if (error <= 0 || (size_t)error >= errno_count || errno_constants[error] == 0)
		return NULL;
	return constant_name(errno_constants[error] - 1u);
}

int names_errno_value(const char *name, int *ret_error)
{
	for (size_t i = 0; i < errno_names_count; i++) {
		if (strcmp(constant_name(errno_names[i]), name) == 0) {
			*ret_error = (int)constants[errno_names[i]].value;
			return 0;
		}
	}
	return -ENOENT;
}

const char *names_cap(unsigned cap)
{
	return cap < NAMES_CAP_COUNT ? constant_name(cap_constants[cap]) + strlen("CAP_") : NULL;
}

int names_cap_value(const char *name, unsigned *ret_cap)
{
	if (strncmp(name, "CAP_", 4) == 0)
		name += 4;
	for (unsigned i = 0; i < NAMES_CAP_COUNT; i++) {
		if (strcmp(names_cap(i), name) == 0) {
			*ret_cap = i;
			return 0;
		}
	}
	return -ENOENT;
}
