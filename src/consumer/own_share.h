/* SPDX-License-Identifier: Apache-2.0 */
/*
 * own_share.h - a share that the user's own strategy chooses (rmq_allocate_fn, rocketmq/queue.h).
 *
 * The user's code is called on a callback thread, never on the loop; what it chose is checked there and
 * comes back to the loop. The subscription asks nobody else meanwhile.
 *
 * Thread: loop, but for the call itself.
 */
#ifndef RMQI_CONSUMER_OWN_SHARE_H
#define RMQI_CONSUMER_OWN_SHARE_H

#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>
#include <rocketmq/queue.h>

#include "base/executor.h"
#include "base/macros.h"
#include "consumer/allocate.h"
#include "consumer/consumer.h"

/* Immutable after start. */
struct rmqi_own_strategy {
	rmq_allocate_fn fn; /* NULL: that of the configuration */
	void *arg;
};

/* One question; it frees itself after `done`. */
struct rmqi_own_share {
	struct rmqi_task task;
	struct rmqi_consumer *consumer; /* a reference each, these three */
	struct rmqi_sub *sub;
	struct rmqi_topic_route *route; /* that of the subscription when it was asked */
	const struct rmqi_own_strategy *strategy;
	char **members; /* owned */
	size_t member_count;
	size_t self;
	uint8_t *mine; /* owned; a byte for each queue of the route */
	enum rmq_error error;
	char why[RMQI_ALLOCATE_WHY];
	void (*done)(struct rmqi_own_share *s);
};

/* `members` (sorted; owned) is taken over, also on failure. Else `done` is called on the loop, once.
 * RMQ_ERR_NO_MEMORY. */
enum rmq_error rmqi_own_share_ask(const struct rmqi_own_strategy *strategy, struct rmqi_consumer *c,
				  struct rmqi_sub *sub, char **members, size_t member_count,
				  size_t self,
				  void (*done)(struct rmqi_own_share *s)) RMQI_MUST_USE;

#endif
