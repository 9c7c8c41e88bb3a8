/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as a policy writes them. What YAML 1.1 would read in its own way is refused. */
#include <string.h>

#include "policy_internal.h"

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

/* -1: another character; -2: past 64 bits. */
static int read_digits(const char *text, size_t length, unsigned base, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (length == 0)
		return -1;
	for (size_t i = 0; i < length; i++) {
		unsigned digit = (unsigned)digit_of(text[i]);

		if (digit >= base)
			return -1;
		if (__builtin_mul_overflow(value, (uint64_t)base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)digit, &value))
			return -2;
	}
	*ret_value = value;
	return 0;
}

static int refuse_octal(struct reader *r, const struct doc_node *node, const char *text,
			size_t length)
{
	uint64_t value;

	if (read_digits(text, length, 8, &value) == 0)
		REFUSE(r, node, "'%.*s' could be octal or decimal; write 0x%llx, or 0o%llo",
		       (int)length, text, (unsigned long long)value, (unsigned long long)value);
	else
		REFUSE(r, node, "'%.*s' begins with a zero; write it without", (int)length, text);
	return -1;
}

int read_number(struct reader *r, const struct doc_node *node, const char *text, size_t length,
		uint64_t *ret_value, bool *ret_negative)
{
	bool minus = length > 0 && text[0] == '-';
	const char *digits = text + minus;
	size_t n = length - minus;
	unsigned base = 10;
	int error;

	if (n == 0 || ((digits[0] < '0' || digits[0] > '9') && digits[0] != '+' && !minus))
		return 0;
	if (length > 100)
		length = 100; /* of a message */
	if (!minus && n > 2 && digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'o')) {
		base = digits[1] == 'x' ? 16 : 8;
		digits += 2;
		n -= 2;
	} else if (n > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9') {
		return refuse_octal(r, node, text, length);
	}
	error = read_digits(digits, n, base, ret_value);
	if (error == 0 && minus) {
		if (*ret_value > (uint64_t)1 << 63)
			error = -2;
		*ret_value = 0 - *ret_value;
	}
	*ret_negative = minus && *ret_value != 0;
	if (error == 0)
		return 1;
	if (error == -2)
		REFUSE(r, node, "'%.*s' does not fit into 64 bits", (int)length, text);
	else
		REFUSE(r, node, "'%.*s' is not a number; write a decimal one, 0x1f or 0o17",
		       (int)length, text);
	return -1;
}
