/* SPDX-License-Identifier: Apache-2.0 */
/*
 * holding.h - the queues of a topic that a consumer holds at one time, and how two times differ.
 *
 * Both live in one piece of memory with their texts. Immutable but for the links of a change;
 * thread: any.
 */
#ifndef RMQI_CONSUMER_HOLDING_H
#define RMQI_CONSUMER_HOLDING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/queue.h>

#include "base/str.h"
#include "codec/body.h"

struct rmqi_holding {
	atomic_uint refs;
	size_t count;
	char *topic;
	struct rmq_queue queues[]; /* by broker name and id */
};

struct rmqi_holding_change {
	struct rmqi_holding_change *next; /* holdings.c, these three */
	uint64_t round;
	bool is_last;             /* of its round */
	struct rmqi_holding *now; /* a reference each */
	struct rmqi_holding *before;
	size_t assigned_count;
	size_t revoked_count;
	struct rmq_queue queues[]; /* assigned, then revoked ones */
};

/* `keys` are sorted (rmqi_queue_cmp); the topic is what users call it. NULL: memory is out. */
struct rmqi_holding *rmqi_holding_new(struct rmqi_str topic, const struct rmqi_queue *const *keys,
				      size_t count);
struct rmqi_holding *rmqi_holding_ref(struct rmqi_holding *h); /* NULL is harmless, below too */
void rmqi_holding_unref(struct rmqi_holding *h);

/* `before` may be NULL: nothing. NULL: memory is out. */
struct rmqi_holding_change *rmqi_holding_change_new(struct rmqi_holding *now,
						    struct rmqi_holding *before);
void rmqi_holding_change_free(struct rmqi_holding_change *change);

#endif
