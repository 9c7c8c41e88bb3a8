/* SPDX-License-Identifier: Apache-2.0 */
/* bpf/verdict.h's SipHash against the algorithm as published, which is written here for any bytes and
 * any number of rounds and itself held against the authors' vectors (SipHash-2-4-128). */
#include <criterion/criterion.h>
#include <string.h>

#include "bailiff/ruleset.h"

/* Only the hash is wanted. */
typedef const void *bl_image;
static const void *bl_block(bl_image image, bl_u32 n)
{
	(void)n;
	return image;
}
static void bl_loop(bl_u32 n, long (*step)(bl_u32, void *), void *context)
{
	for (bl_u32 i = 0; i < n && !step(i, context); i++)
		;
}
#include "bpf/verdict.h"

static uint64_t rotate(uint64_t x, int n)
{
	return x << n | x >> (64 - n);
}

static void rounds(uint64_t v[4], int count)
{
	while (count-- > 0) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] = rotate(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] = rotate(v[2], 32);
	}
}

/* `words` whole words; `last` is the padded word with the length, which bailiff makes in its own way. */
static void siphash(int c, int d, const uint64_t key[2], const uint64_t *words, size_t count,
		    uint64_t last, uint64_t out[2])
{
	uint64_t v[4] = {0x736f6d6570736575, 0x646f72616e646f6d, 0x6c7967656e657261,
			 0x7465646279746573};

	v[0] ^= key[0];
	v[1] ^= key[1] ^ 0xee;
	v[2] ^= key[0];
	v[3] ^= key[1];
	for (size_t i = 0; i <= count; i++) {
		uint64_t word = i < count ? words[i] : last;

		v[3] ^= word;
		rounds(v, c);
		v[0] ^= word;
	}
	v[2] ^= 0xee;
	rounds(v, d);
	out[0] = v[0] ^ v[1] ^ v[2] ^ v[3];
	v[1] ^= 0xdd;
	rounds(v, d);
	out[1] = v[0] ^ v[1] ^ v[2] ^ v[3];
}

static const uint64_t key[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};

/* The first vectors of the reference implementation: key 00 01 .. 0f, input 00 01 .. (n - 1). */
Test(hash, the_reference_itself)
{
	uint64_t out[2], words[1] = {0x0706050403020100};

	siphash(2, 4, key, words, 0, 0, out);
	cr_expect_eq(out[0], 0xe6a825ba047f81a3u, "%#lx", out[0]);
	cr_expect_eq(out[1], 0x930255c71472f66du, "%#lx", out[1]);
	siphash(2, 4, key, words, 0, (uint64_t)1 << 56, out);
	cr_expect_eq(out[0], 0x44af996bd8c187dau, "%#lx", out[0]);
	cr_expect_eq(out[1], 0x45fc229b11597634u, "%#lx", out[1]);
}

Test(hash, names_of_every_length)
{
	struct bl_header header = {.key = {key[0], key[1]}};
	uint64_t padded[33], out[2];
	struct bl_name name;
	struct bl_key made;

	for (uint32_t length = 0; length <= BL_NAME_MAX; length++) {
		memset(&name, 0x5a, sizeof(name)); /* what lies behind the name is nobody's */
		memset(padded, 0, sizeof(padded));
		for (uint32_t i = 0; i < length; i++)
			((uint8_t *)name.words)[i] = ((uint8_t *)padded)[i] = (uint8_t)(i * 7 + 1);
		cr_assert_eq(bl_hash_name(&header, 77, &name, length, &made), 1);
		siphash(1, 3, key, padded, (length + 7) / 8, (uint64_t)length << 32 | 77, out);
		cr_assert_eq(made.hash, out[0], "%u", length);
		cr_assert_eq(made.check, (uint32_t)out[1], "%u", length);
	}
}

Test(hash, numbers)
{
	struct bl_header header = {.key = {key[0], key[1]}};
	const uint64_t words[3] = {1, 1ull << 63, 99};
	uint64_t out[2];
	struct bl_key made;

	bl_hash_1(&header, BL_FROM_USER, words[1], &made);
	siphash(1, 3, key, words + 1, 1, 8ull << 32 | BL_FROM_USER, out);
	cr_expect(made.hash == out[0] && made.check == (uint32_t)out[1]);
	bl_hash_3(&header, BL_FROM_NET6, words[0], words[1], words[2], &made);
	siphash(1, 3, key, words, 3, 24ull << 32 | BL_FROM_NET6, out);
	cr_expect(made.hash == out[0] && made.check == (uint32_t)out[1]);
}
