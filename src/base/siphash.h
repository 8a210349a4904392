/* SPDX-License-Identifier: Apache-2.0 */
/*
 * siphash.h - SipHash-2-4 of Aumasson and Bernstein: the hash of a table whose keys come from outside. Without
 * the secret nobody can choose texts that fall into one bucket; rmqi_str_hash (str.h) is faster and has none.
 *
 * The same on all byte orders. Pure; thread: any.
 */
#ifndef RMQI_BASE_SIPHASH_H
#define RMQI_BASE_SIPHASH_H

#include <stdint.h>

#include "base/str.h"

struct rmqi_siphash_key {
	uint64_t k0;
	uint64_t k1;
};

/* From the system's entropy. */
struct rmqi_siphash_key rmqi_siphash_key_new(void);
uint64_t rmqi_siphash(struct rmqi_siphash_key key, struct rmqi_str s);

#endif
