/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dedup.h - the window of keys behind rocketmq/dedup.h.
 *
 *            begin                done
 *	free -----------> working --------> done     ttl over, oldest when a place is needed, forget: -> free
 *	  ^                |    ^             |
 *	  +---- forget ----+    +--- begin ---+ once its time is over
 *
 * Places are one array. A key in use stands in the chain of its bucket, and, when done, in a list by the time it
 * was done: the one whose time is over first, and who leaves first, is its head.
 *
 * Thread: any. Locks: its own, for the time of a look-up.
 */
#ifndef RMQI_CLIENT_DEDUP_H
#define RMQI_CLIENT_DEDUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/dedup.h>

#include "base/clock.h"
#include "base/macros.h"
#include "base/str.h"

enum {
	RMQI_DEDUP_CAPACITY_MAX = 10 * 1000 * 1000,
	RMQI_DEDUP_KEY_MAX = 32767 /* Short.MAX_VALUE: all properties of a message */
};
#define RMQI_DEDUP_TTL_MAX (INT64_C(365) * 24 * 60 * 60 * 1000)

/* Arguments in their ranges. The clock is borrowed. RMQ_ERR_NO_MEMORY. */
enum rmq_error rmqi_dedup_new(size_t capacity, int64_t ttl_ms, const struct rmqi_clock *clock,
			      struct rmq_dedup **out) RMQI_MUST_USE;
/* NULL is harmless. */
void rmqi_dedup_free(struct rmq_dedup *d);
/* Is this a child of the process that made it? Then nothing below may be called, nor free. */
bool rmqi_dedup_is_inherited(const struct rmq_dedup *d);

/* As the public functions, with a key of a legal length. */
enum rmq_error rmqi_dedup_begin(struct rmq_dedup *d, struct rmqi_str key,
				enum rmq_dedup_verdict *verdict,
				struct rmq_error_detail *detail) RMQI_MUST_USE;
bool rmqi_dedup_done(struct rmq_dedup *d, struct rmqi_str key);
bool rmqi_dedup_forget(struct rmq_dedup *d, struct rmqi_str key);
size_t rmqi_dedup_count(struct rmq_dedup *d);

#endif
