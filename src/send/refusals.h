/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refusals.h - the topics whose brokers took each message by itself but not all in one batch: for a
 * minute auto-batch leaves them alone.
 *
 * A table of hashes: two topics of one place forget each other, two of one hash share their fate; both cost
 * a batch more or less and nothing else. A quick look when there is none.
 *
 * Thread: any.
 */
#ifndef RMQI_SEND_REFUSALS_H
#define RMQI_SEND_REFUSALS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

enum { RMQI_REFUSALS = 64, RMQI_REFUSAL_US = 60 * 1000 * 1000 };

#define RMQI_REFUSALS_HASH_START UINT64_C(0xcbf29ce484222325)

/* Zeroed: none. */
struct rmqi_refusals {
	atomic_bool any;
	_Atomic uint64_t hashes[RMQI_REFUSALS];
	_Atomic int64_t until_us[RMQI_REFUSALS];
};

/* FNV-1a, going on from `hash`. */
uint64_t rmqi_refusals_hash(uint64_t hash, const char *text);
void rmqi_refusals_note(struct rmqi_refusals *r, const char *topic, int64_t now_us);
bool rmqi_refusals_has(struct rmqi_refusals *r, const char *topic, const struct rmqi_clock *clock);

#endif
