/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue_locks_impl.h - the inside of the locks: what becomes of each of them (queue_locks.c), and the requests
 * that carry many (queue_locks_ask.c).
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_QUEUE_LOCKS_IMPL_H
#define RMQI_CONSUMER_QUEUE_LOCKS_IMPL_H

#include "client/complaint.h"
#include "consumer/mq.h"
#include "consumer/queue_locks.h"

static inline struct rmqi_mq *rmqi_lock_mq(struct rmqi_queue_lock *lock)
{
	return RMQI_CONTAINER(lock, struct rmqi_mq, lane.lock);
}

static inline struct rmqi_queue_lock *rmqi_lock_at(struct rmqi_list *node)
{
	return RMQI_LIST_ITEM(node, struct rmqi_queue_lock, link);
}

static inline int64_t rmqi_locks_now(const struct rmqi_queue_locks *l)
{
	return rmqi_clock_us(l->consumer->clock);
}

/* The broker's time goes on while this machine is suspended. */
static inline int64_t rmqi_locks_boot(const struct rmqi_queue_locks *l)
{
	return rmqi_clock_boot_us(l->consumer->clock);
}

/* --- queue_locks.c ------------------------------------------------------------------------------------ */

/* It must wait: the old lock of the same queue is not released yet. */
bool rmqi_lock_is_behind(const struct rmqi_queue_lock *lock);
/* The timer fires when something is due next. */
void rmqi_locks_schedule(struct rmqi_queue_locks *l);
/* The answers to a request that was sent at sent_us (rmqi_locks_boot). */
void rmqi_lock_granted(struct rmqi_queue_locks *l, struct rmqi_queue_lock *lock, int64_t sent_us);
void rmqi_lock_refused(struct rmqi_queue_locks *l, struct rmqi_queue_lock *lock,
		       const char *address);
/* It is not known what the broker did. A lock that is held stays trusted until its time is over. */
void rmqi_lock_failed(struct rmqi_queue_locks *l, struct rmqi_queue_lock *lock,
		      struct rmqi_failure *f);
/* It is nobody's any more, and NONE. May free the mq. */
void rmqi_lock_forget(struct rmqi_queue_locks *l, struct rmqi_queue_lock *lock);

/* --- queue_locks_ask.c -------------------------------------------------------------------------------- */

/* Sends what is due, one request a broker and kind. */
void rmqi_locks_ask(struct rmqi_queue_locks *l);

#endif
