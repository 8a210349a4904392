/* SPDX-License-Identifier: Apache-2.0 */
/*
 * share.h - a subscription comes to hold its share: lets go of what is not in it, takes up what is new.
 *
 * Costs a binary search a queue that is held, and a byte a queue of the topic.
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_SHARE_H
#define RMQI_CONSUMER_SHARE_H

#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "consumer/consumer.h"

struct rmqi_share {
	size_t count;   /* queues of it */
	size_t added;   /* new ones */
	size_t dropped; /* that it held and gives up */
};

/* `mine` has a byte for each queue of the route, not 0 for those that are ours; it is written to. The route is not
 * NULL. All new queues stand in the list before the first one begins; the caller lets them begin.
 * RMQ_AGAIN: one that is ours again is still on its way out; RMQ_ERR_NO_MEMORY. Both: what could be done is. */
enum rmq_error rmqi_share_apply(struct rmqi_consumer *c, struct rmqi_sub *sub, uint8_t *mine,
				struct rmqi_share *out) RMQI_MUST_USE;

#endif
