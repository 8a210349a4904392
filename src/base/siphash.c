/* SPDX-License-Identifier: Apache-2.0 */
#include "base/siphash.h"

#include "base/rand.h"

enum { WORD = 8, ROUNDS = 2, LAST_ROUNDS = 4 };

struct state {
	uint64_t v0, v1, v2, v3;
};

struct rmqi_siphash_key rmqi_siphash_key_new(void)
{
	struct rmqi_rand a, b;

	/* A seed is 64 bits of entropy; each half has its own. */
	rmqi_rand_init_system(&a);
	rmqi_rand_init_system(&b);
	return (struct rmqi_siphash_key){rmqi_rand_next(&a), rmqi_rand_next(&b)};
}

static uint64_t rotate(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

static void mix(struct state *s, int rounds)
{
	for (; rounds > 0; rounds--) {
		s->v0 += s->v1;
		s->v2 += s->v3;
		s->v1 = rotate(s->v1, 13) ^ s->v0;
		s->v3 = rotate(s->v3, 16) ^ s->v2;
		s->v0 = rotate(s->v0, 32);
		s->v2 += s->v1;
		s->v0 += s->v3;
		s->v1 = rotate(s->v1, 17) ^ s->v2;
		s->v3 = rotate(s->v3, 21) ^ s->v0;
		s->v2 = rotate(s->v2, 32);
	}
}

static void take(struct state *s, uint64_t word)
{
	s->v3 ^= word;
	mix(s, ROUNDS);
	s->v0 ^= word;
}

/* Little-endian; compilers make one load of it. */
static uint64_t word_of(const unsigned char *bytes, size_t len)
{
	uint64_t word = 0;

	for (size_t i = 0; i < len; i++)
		word |= (uint64_t)bytes[i] << 8 * i;
	return word;
}

uint64_t rmqi_siphash(struct rmqi_siphash_key key, struct rmqi_str text)
{
	struct state s = {key.k0 ^ 0x736f6d6570736575u, key.k1 ^ 0x646f72616e646f6du,
			  key.k0 ^ 0x6c7967656e657261u, key.k1 ^ 0x7465646279746573u};
	const unsigned char *bytes = (const unsigned char *)text.ptr;
	size_t left = text.len;

	for (; left >= WORD; left -= WORD, bytes += WORD)
		take(&s, word_of(bytes, WORD));
	take(&s, (uint64_t)text.len << 56 | word_of(bytes, left));
	s.v2 ^= 0xff;
	mix(&s, LAST_ROUNDS);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
