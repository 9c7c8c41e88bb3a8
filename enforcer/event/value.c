/* SPDX-License-Identifier: Apache-2.0 */
/* An argument's text, back to its number: the inverse of event_arg(). */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "line.h"

/* "O_RDWR", "0x40", "0644" (octal, as modes are written), "-1" */
static bool read_part(enum arch arch, const char *part, uint64_t *ret_value)
{
	bool negative = *part == '-', unused;
	const char *digits = part + negative;
	int base = digits[0] != '0' ? 10 : digits[1] == 'x' ? 16 : 8;
	char *end;

	if (!isdigit((unsigned char)*digits))
		return !negative && names_constant(arch, part, ret_value, &unused) == 0;
	if (base == 16 && !isxdigit((unsigned char)digits[2]))
		return false;
	errno = 0;
	*ret_value = strtoull(digits, &end, base);
	if (errno || *end)
		return false;
	if (negative)
		*ret_value = -*ret_value;
	return true;
}

bool event_arg_read(enum arch arch, const char *text, uint64_t *ret_value)
{
	char copy[EVENT_ARG_TEXT], *rest = copy, *part;
	uint64_t value = 0, bits = 0;
	size_t length = strlen(text);

	/* What fills the room may have been cut. */
	if (length >= sizeof(copy) - 1)
		return false;
	memcpy(copy, text, length + 1);
	while ((part = strsep(&rest, "|"))) {
		if (!read_part(arch, part, &bits))
			return false;
		value |= bits;
	}
	*ret_value = value;
	return true;
}
