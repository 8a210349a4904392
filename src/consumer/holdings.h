/* SPDX-License-Identifier: Apache-2.0 */
/*
 * holdings.h - tells the user which queues are his: rmq_queues_fn (rocketmq/queue.h;
 * MessageQueueListener.java, which is told of the share instead, and does not hold anything up).
 *
 * Whoever adds a queue to a subscription, or takes one off it, says so (struct rmqi_told; mq.c does). At the
 * end of that wake-up what is held is compared with what was told last: so a queue that was reset, or
 * was given up and taken again at once, is no change. A round is one such comparison of all that is
 * marked. Its changes are called one after the other on a callback thread; when the last one of a round
 * has returned, the queues that came with it begin.
 *
 *     mark ... mark --flush--> round n: T {held, assigned, revoked}, U {..} --> done = n
 *
 * Without a function nothing is marked, and no queue waits. %RETRY% is not the user's.
 *
 * Thread: loop, unless said otherwise.
 */
#ifndef RMQI_CONSUMER_HOLDINGS_H
#define RMQI_CONSUMER_HOLDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>
#include <rocketmq/queue.h>

#include "base/executor.h"
#include "base/list.h"
#include "base/macros.h"

struct rmqi_consumer;
struct rmqi_holding_change;

struct rmqi_holdings {
	struct rmqi_consumer *consumer;
	rmq_queues_fn fn; /* immutable after start; NULL: nobody is told */
	void *arg;
	struct rmqi_task flush;  /* deferred */
	struct rmqi_list marked; /* subscriptions; each holds a reference */
	uint64_t round;          /* last one that was begun */
	uint64_t posted;         /* last one with a change */
	bool is_over;            /* nothing counts as held any more */
	/* Changes that wait; a task is posted while there are any. */
	struct rmqi_mutex mu;
	struct rmqi_holding_change *first; /* mu */
	struct rmqi_holding_change *last;  /* mu */
	bool is_posted;                    /* mu */
	struct rmqi_task task;
	struct rmqi_event quiet; /* any: nothing is left to be told */
};

void rmqi_holdings_init(struct rmqi_holdings *h, struct rmqi_consumer *c,
			const struct rmqi_env *env);
/* The queues are dropped, and no call is under way. */
void rmqi_holdings_end(struct rmqi_holdings *h);
/* For the destructor. Thread: any. */
void rmqi_holdings_deinit(struct rmqi_holdings *h);
/* Before start; the client has callback threads. Thread: any. */
void rmqi_holdings_set_fn(struct rmqi_holdings *h, rmq_queues_fn fn, void *arg);

/* Tells at once what is marked, and what memory was out for. */
void rmqi_holdings_flush(struct rmqi_holdings *h);
/* The end: everything counts as revoked from now on, although it is still held. */
void rmqi_holdings_revoke(struct rmqi_holdings *h);
/* Waits until nothing is left to be told. At once on a callback thread, which may be the one that tells.
 * False: the deadline has come. Thread: any but the loop. */
bool rmqi_holdings_wait(struct rmqi_holdings *h, int64_t deadline_us);
#endif
