/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "bailiff/base.h"

/* Decodes one character. Returns its length in bytes, or 0 where the bytes are not UTF-8. */
static size_t decode(const unsigned char *p, size_t left, uint32_t *ret_char)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t c;
	size_t n, i;

	if (p[0] < 0x80) {
		*ret_char = p[0];
		return 1;
	}
	n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	if (p[0] < 0xc2 || p[0] > 0xf4 || n > left)
		return 0;
	c = p[0] & (0xffu >> (n + 1));
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < smallest[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret_char = c;
	return n;
}

/* What could move the cursor, end the line, or show text in another order than it is. */
static bool harmful(uint32_t c)
{
	return c < 0x20 || c == '\\' || (c >= 0x7f && c < 0xa0) || c == 0x061c ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xe0000 && c <= 0xe007f);
}

bool utf8_valid(const char *bytes, size_t length)
{
	const unsigned char *p = (const unsigned char *)bytes;
	uint32_t c;
	size_t n;

	while (length) {
		n = decode(p, length, &c);
		if (!n)
			return false;
		p += n;
		length -= n;
	}
	return true;
}

size_t escape_text(const char *bytes, size_t length, char *out, size_t size)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *p = (const unsigned char *)bytes, *end = p + length;
	size_t used = 0, n, i;
	uint32_t c;

	if (!size)
		return 0;
	while (p < end) {
		n = decode(p, (size_t)(end - p), &c);
		if (n && !harmful(c)) {
			if (used + n >= size)
				break;
			memcpy(out + used, p, n);
			used += n;
		} else {
			n = n ? n : 1;
			if (used + 4 * n >= size)
				break;
			for (i = 0; i < n; i++) {
				out[used++] = '\\';
				out[used++] = 'x';
				out[used++] = hex[p[i] >> 4];
				out[used++] = hex[p[i] & 15];
			}
		}
		p += n;
	}
	out[used] = '\0';
	return used;
}

bool take_word(const char **at, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*at, word, n) != 0)
		return false;
	*at += n;
	return true;
}

/* What a digit is worth; what is none is worth more than any. */
static unsigned digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : UINT32_MAX;
}

bool take_number(const char **at, unsigned base, uint64_t *ret_number)
{
	const char *first = *at + strspn(*at, " \t\n"), *p;
	uint64_t number = 0;

	for (p = first; digit(*p) < base; p++)
		if (__builtin_mul_overflow(number, base, &number) ||
		    __builtin_add_overflow(number, digit(*p), &number))
			return false;
	if (p == first)
		return false;
	*at = p;
	*ret_number = number;
	return true;
}
