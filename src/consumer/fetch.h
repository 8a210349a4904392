/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fetch.h - how a queue gets its messages: the table that pull.c and pop.c fill.
 *
 * A queue (mq.h) knows whether anything may be begun; what is begun is up to the
 * table: find where to start, ask the broker, wait. An implementation
 *   - keeps what it needs from step to step in the mq,
 *   - asks with rmqi_mq_call, one call at a time, and ends each with
 *     rmqi_mq_call_ended, before anything else,
 *   - asks rmqi_mq_may_fetch before it asks a broker for messages,
 *   - hands over what came with rmqi_mq_deliver,
 *   - sets is_placed and next_offset if, and only if, the group has an offset: that is what is
 *     committed,
 *   - ends every answer in rmqi_mq_continue, rmqi_mq_wait or rmqi_mq_failed; else
 *     the queue stands still.
 *
 * Where messages are told one by one (pop.c), it also hears what became of them.
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_FETCH_H
#define RMQI_CONSUMER_FETCH_H

#include <stdbool.h>
#include <stddef.h>

struct rmqi_delivery;
struct rmqi_mq;

struct rmqi_fetch {
	/* The queue is READY or PAUSED, and the consumer active: does what can be done now. Called by
	 * rmqi_mq_continue only. */
	void (*step)(struct rmqi_mq *mq);
	/* Item `at` is FAILED or LATE. True: it will come again the way it came, and is finished
	 * (rmqi_delivery_finish); also of a queue that is dropped. False: send_back.h. NULL: always that. */
	bool (*again)(struct rmqi_mq *mq, struct rmqi_delivery *d, size_t at);
	/* Items are done; also of a queue that is dropped. NULL: its offset says it all. */
	void (*settled)(struct rmqi_mq *mq, struct rmqi_delivery *d);
};

#endif
