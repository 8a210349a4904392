/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rand.h - a small seeded generator (xoshiro256**). Not for secrets.
 *
 * Thread: one owner at a time.
 */
#ifndef RMQI_BASE_RAND_H
#define RMQI_BASE_RAND_H

#include <stdint.h>

struct rmqi_rand {
	uint64_t s[4];
};

void rmqi_rand_init(struct rmqi_rand *r, uint64_t seed);
/* From the system's entropy; with a simulation use its generator instead. */
void rmqi_rand_init_system(struct rmqi_rand *r);
uint64_t rmqi_rand_next(struct rmqi_rand *r);
/* 0 <= result < n; n must not be 0. */
uint64_t rmqi_rand_below(struct rmqi_rand *r, uint64_t n);

#endif
