/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash-2-4 with 128 bits of result, after its authors' description. Keyed, so that nobody without the
 * key finds two kinds with one hash and hides one behind the other. */
#include <endian.h>
#include <string.h>

#include "room.h"

struct sip {
	uint64_t v[4];
};

static uint64_t rotate(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static void rounds(struct sip *sip, int count)
{
	uint64_t a = sip->v[0], b = sip->v[1], c = sip->v[2], d = sip->v[3];

	while (count--) {
		a += b;
		c += d;
		b = rotate(b, 13) ^ a;
		d = rotate(d, 16) ^ c;
		a = rotate(a, 32);
		c += b;
		a += d;
		b = rotate(b, 17) ^ c;
		d = rotate(d, 21) ^ a;
		c = rotate(c, 32);
	}
	*sip = (struct sip){{a, b, c, d}};
}

static void absorb(struct sip *sip, uint64_t word)
{
	sip->v[3] ^= word;
	rounds(sip, 2);
	sip->v[0] ^= word;
}

static uint64_t squeeze(const struct sip *sip)
{
	return sip->v[0] ^ sip->v[1] ^ sip->v[2] ^ sip->v[3];
}

void store_hash(const uint64_t key[2], const void *data, size_t size, uint64_t ret_hash[2])
{
	struct sip sip = {{key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d ^ 0xee,
			   key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573}};
	const unsigned char *p = data, *end = p + (size & ~(size_t)7);
	uint64_t word;

	for (; p < end; p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		absorb(&sip, le64toh(word));
	}
	word = 0;
	memcpy(&word, p, size & 7);
	absorb(&sip, le64toh(word) | (uint64_t)size << 56);
	sip.v[2] ^= 0xee;
	rounds(&sip, 4);
	ret_hash[0] = squeeze(&sip);
	sip.v[1] ^= 0xdd;
	rounds(&sip, 4);
	ret_hash[1] = squeeze(&sip);
}
