/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consume_orderly_impl.h - the inside of the orderly sink: workers that call the listener
 * (consume_orderly_work.c), what the lanes wait for on the loop (consume_orderly_lanes.c), and the table with
 * the life of it all (consume_orderly.c).
 */
#ifndef RMQI_CONSUMER_CONSUME_ORDERLY_IMPL_H
#define RMQI_CONSUMER_CONSUME_ORDERLY_IMPL_H

#include "consumer/consume_orderly.h"
#include "consumer/mq.h"

enum {
	RMQI_ORDERLY_SLOW_US = 20, /* consume_service_impl.h */
	RMQI_ORDERLY_COST_MAX_US = 4 * RMQI_ORDERLY_SLOW_US
};

#define MQ_FORMAT "%s@%s:%d"
#define MQ_ARGS(mq) (mq)->key.topic, (mq)->key.broker_name, (int)(mq)->key.queue_id

static inline struct rmqi_consume_orderly *rmqi_orderly_at(struct rmqi_sink *sink)
{
	return RMQI_CONTAINER(sink, struct rmqi_consume_orderly, sink);
}

static inline struct rmqi_consume_orderly *rmqi_orderly_of(const struct rmqi_mq *mq)
{
	return rmqi_orderly_at(mq->consumer->sink);
}

static inline struct rmqi_mq *rmqi_lane_mq(struct rmqi_lane *lane)
{
	return RMQI_CONTAINER(lane, struct rmqi_mq, lane);
}

static inline struct rmqi_lane *rmqi_lane_at(struct rmqi_list *node)
{
	return RMQI_LIST_ITEM(node, struct rmqi_lane, link);
}

/* What locks count in (queue_locks.h); timers do not. */
static inline int64_t rmqi_orderly_now(const struct rmqi_consume_orderly *s)
{
	return rmqi_clock_boot_us(s->consumer->clock);
}

/* Is its lock valid, if it needs one? Thread: any. */
static inline bool rmqi_orderly_may_work(const struct rmqi_consume_orderly *s,
					 const struct rmqi_mq *mq, int64_t now_us)
{
	return !s->has_locks || rmqi_queue_lock_is_valid(&mq->lane.lock, now_us);
}

static inline bool rmqi_lane_has_more(const struct rmqi_lane *lane)
{
	return lane->current || !rmqi_list_is_empty(&lane->waiting);
}

/* It waits for a worker. @locks: mu held, as the next one. */
static inline void rmqi_lane_make_ready(struct rmqi_consume_orderly *s, struct rmqi_lane *lane)
{
	lane->is_ready = true;
	rmqi_tasks_push(&s->ready, &lane->task);
}

/* NULL: none waits. */
static inline struct rmqi_task *rmqi_lane_take_ready(struct rmqi_consume_orderly *s)
{
	struct rmqi_task *task = rmqi_tasks_pop(&s->ready);

	if (task)
		RMQI_CONTAINER(task, struct rmqi_lane, task)->is_ready = false;
	return task;
}

/* --- consume_orderly_work.c. Thread: any, unless said otherwise --------------------------------------- */

/* IDLE or HELD becomes BUSY, with a reference of the queue and one of the consumer. The task that is to be
 * posted to the pool; NULL: a worker will come to it. @locks: mu held */
struct rmqi_task *rmqi_lane_make_busy(struct rmqi_consume_orderly *s, struct rmqi_lane *lane);
/* Gives those references back. */
void rmqi_lane_let_go(struct rmqi_consume_orderly *s, struct rmqi_mq *mq);
/* The loop is to look at it (rmqi_lane_on_report). */
void rmqi_lane_report(struct rmqi_consume_orderly *s, struct rmqi_mq *mq);

/* --- consume_orderly_lanes.c. Thread: loop -------------------------------------------------------------- */

void rmqi_lane_on_report(struct rmqi_task *task);
/* `ready` is not empty: it is looked at in a moment. */
void rmqi_orderly_look_soon(struct rmqi_consume_orderly *s);
void rmqi_orderly_on_look(struct rmqi_timer *t);
/* A lane that is HELD goes on if nothing holds it any more. */
void rmqi_lane_go_on(struct rmqi_consume_orderly *s, struct rmqi_mq *mq);
void rmqi_lane_on_timer(struct rmqi_timer *t);
/* Without locks to renew: looks for listeners that do not return, while there are any at work. */
void rmqi_orderly_watch_soon(struct rmqi_consume_orderly *s);
void rmqi_orderly_on_watch(struct rmqi_timer *t);
/* Nothing of a queue that goes to another member runs any more. True: its last commit is under way, and drops
 * it when it was answered. */
bool rmqi_lane_hand_over(struct rmqi_consume_orderly *s, struct rmqi_mq *mq);
/* For queue_locks.h. */
void rmqi_lane_granted(struct rmqi_queue_locks *l, struct rmqi_mq *mq);
void rmqi_lane_lost(struct rmqi_queue_locks *l, struct rmqi_mq *mq);

/* consume_orderly.c, consume_orderly_explain.c. Thread: loop */
bool rmqi_orderly_is_behind_old(const struct rmqi_consume_orderly *s, const struct rmqi_mq *mq);
enum rmqi_stall rmqi_orderly_explain(struct rmqi_sink *sink, struct rmqi_mq *mq, char *why,
				     size_t size);

#endif
