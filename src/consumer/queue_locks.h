/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue_locks.h - the locks of a consumer's queues at the brokers: LOCK_BATCH_MQ and
 * UNLOCK_BATCH_MQ (RebalanceImpl.lockAll, unlockAll; RebalanceLockManager.java at the broker).
 *
 *               want             granted          renewed every RMQI_LOCK_RENEW_MS
 *      NONE ----------> WANTED ----------> HELD ----+
 *       ^ ^               | ^               |  ^----+
 *       | |  release,     | |   refused     |
 *       | |  never granted| +---------------+
 *       | +---------------+                 |
 *       |                                   | release
 *       +----------- RELEASING <------------+
 *         answered
 *
 * A broker keeps a lock for 60 s after it was granted or renewed. It is trusted here for 30 s since the
 * request was *sent*: no delay of the network makes that too long, nor a machine that is suspended meanwhile. What is not granted is asked for again
 * after 100 ms, 200 ms ... a second. One request carries all queues of a broker.
 *
 * A lock that was lost (granted once, refused now) or that may have been another member's in between (not
 * renewed for as long as the broker keeps it) is no lock of the same queue any more: `lost` is told, and
 * the queue begins anew where the group stands.
 *
 * A queue that was given up and comes back waits until its old lock was released: a broker may serve two
 * requests in any order.
 *
 * Thread: loop, unless said otherwise.
 */
#ifndef RMQI_CONSUMER_QUEUE_LOCKS_H
#define RMQI_CONSUMER_QUEUE_LOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/executor.h"
#include "base/list.h"
#include "base/macros.h"
#include "consumer/consumer.h"
#include "consumer/lane.h"

enum {
	RMQI_LOCK_RENEW_MS = 20 * 1000,  /* rocketmq.client.rebalance.lockInterval */
	RMQI_LOCK_TRUST_MS = 30 * 1000,  /* rocketmq.client.rebalance.lockMaxLiveTime */
	RMQI_LOCK_BROKER_MS = 60 * 1000, /* rocketmq.broker.rebalance.lockMaxLiveTime */
	RMQI_LOCK_PAUSE_MIN_MS = 100,
	RMQI_LOCK_PAUSE_MAX_MS = 1000
};

struct rmqi_queue_locks {
	struct rmqi_consumer *consumer;
	/* Set by the owner. */
	void (*granted)(struct rmqi_queue_locks *l, struct rmqi_mq *mq); /* renewed, too */
	void (*lost)(struct rmqi_queue_locks *l, struct rmqi_mq *mq);    /* it is WANTED now */

	struct rmqi_list all;
	struct rmqi_timer timer;
	size_t under_way; /* requests */
	bool is_closing;  /* nothing is asked for or renewed any more */
	bool is_awaited;
	struct rmqi_event quiet; /* any: set when awaited and no request is under way */
};

/* Thread: any. */
void rmqi_queue_locks_init(struct rmqi_queue_locks *l, const struct rmqi_env *env);
enum rmq_error rmqi_queue_locks_set_up(struct rmqi_queue_locks *l,
				       struct rmqi_consumer *c) RMQI_MUST_USE;
/* Forgets them all; requests under way end by themselves. */
void rmqi_queue_locks_tear_down(struct rmqi_queue_locks *l);
void rmqi_queue_locks_deinit(struct rmqi_queue_locks *l); /* thread: any */

/* May the queue be worked on at `now_us` (rmqi_clock_boot_us)? Thread: any. */
bool rmqi_queue_lock_is_valid(const struct rmqi_queue_lock *lock, int64_t now_us);
/* Asks for it, at once, again if it is held already; `granted` tells. The answer does not come before the
 * loop's next round, and the requests of this one are one. */
void rmqi_queue_locks_want(struct rmqi_queue_locks *l, struct rmqi_mq *mq);
/* Gives it back. What the queue has committed was committed before. */
void rmqi_queue_locks_release(struct rmqi_queue_locks *l, struct rmqi_mq *mq);
/* A broker can be reached: what is wanted is asked for now. */
void rmqi_queue_locks_awake(struct rmqi_queue_locks *l);
/* The end: gives back all those that `may_release` says, and asks for none any more; `quiet` is set when the
 * brokers have answered. */
void rmqi_queue_locks_close(struct rmqi_queue_locks *l, bool (*may_release)(struct rmqi_mq *mq));

#endif
