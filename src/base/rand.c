/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rand.h"

#include <assert.h>
#include <unistd.h>

#include "base/clock.h"

/* splitmix64: turns any seed, 0 too, into good state. */
static uint64_t split(uint64_t *x)
{
	uint64_t z = *x += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

void rmqi_rand_init(struct rmqi_rand *r, uint64_t seed)
{
	for (int i = 0; i < 4; i++)
		r->s[i] = split(&seed);
}

/* For a system without entropy: differs between processes, and between calls of one. */
static uint64_t weak_seed(const void *salt)
{
	uint64_t us = (uint64_t)rmqi_clock_us(rmqi_clock_real());

	return us << 20 ^ (uint64_t)rmqi_clock_wall_ms(rmqi_clock_real()) ^
	       (uint64_t)getpid() << 40 ^ (uint64_t)(uintptr_t)salt;
}

void rmqi_rand_init_system(struct rmqi_rand *r)
{
	uint64_t seed;

	if (getentropy(&seed, sizeof(seed)) != 0)
		seed = weak_seed(r);
	rmqi_rand_init(r, seed);
}

static uint64_t rotate(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

/* xoshiro256**, by Blackman and Vigna, public domain. */
uint64_t rmqi_rand_next(struct rmqi_rand *r)
{
	uint64_t result = rotate(r->s[1] * 5, 7) * 9;
	uint64_t t = r->s[1] << 17;

	r->s[2] ^= r->s[0];
	r->s[3] ^= r->s[1];
	r->s[1] ^= r->s[2];
	r->s[0] ^= r->s[3];
	r->s[2] ^= t;
	r->s[3] = rotate(r->s[3], 45);
	return result;
}

uint64_t rmqi_rand_below(struct rmqi_rand *r, uint64_t n)
{
	uint64_t excess, x;

	/* There is no number below 0. */
	assert(n > 0);
	/* Numbers below 2^64 mod n would favour small results: draw again. */
	excess = (0 - n) % n;
	do
		x = rmqi_rand_next(r);
	while (x < excess);
	return x % n;
}
