/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consume_orderly.h - the sink of the orderly listener: hands the messages of a queue to it
 * one after the other (ConsumeMessageOrderlyService.java).
 *
 * Each queue is a lane (lane.h), which one worker at a time has; a worker is a task of the pool that goes
 * from lane to lane, a delivery of each. As in consume_service.h, how many there are follows from what a
 * call of the listener costs: while it is quick, not more than there are CPUs, and the other lanes wait in
 * `ready`, so that no thread is woken while the others keep up; else one for each lane, up to the number of
 * threads. If the first of `ready` has not been taken for LOOK_MS, one more helps.
 *
 * Before each call the lock of the queue must be valid (queue_locks.h); what a call returns counts even if
 * the lock ran out meanwhile, unless somebody else may have had it: then the queue was dropped.
 *
 *   SUCCESS    done, the next one
 *   SUSPEND    the same again, after the time that the listener said, else suspendCurrentQueueTimeMillis.
 *              Whoever has been delivered maxReconsumeTimes times before goes to the dead letters instead
 *              (send_back.h); the queue goes on when that is done. -1: there is no such limit
 *   anything else is taken as SUSPEND, and told
 *
 * There is no consumeTimeout: a listener that does not return holds its queue, and its lock is renewed. It is
 * told once. Java's COMMIT and ROLLBACK (deprecated there) are not: what is done is committed.
 *
 * A queue that goes to another member is LEAVING until its call has ended. Then its offset is committed, with
 * an answer, and then the lock is released: the next owner starts behind what was done here. Whoever runs
 * longer than the close waits for keeps his lock: the broker forgets it after a minute.
 *
 * Thread: loop, unless said otherwise.
 */
#ifndef RMQI_CONSUMER_CONSUME_ORDERLY_H
#define RMQI_CONSUMER_CONSUME_ORDERLY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/push_consumer.h>

#include "base/clock.h"
#include "base/executor.h"
#include "base/list.h"
#include "base/reminder.h"
#include "base/thread.h"
#include "consumer/consumer.h"
#include "consumer/delivery.h"
#include "consumer/queue_locks.h"
#include "consumer/send_back.h"

struct rmqi_consume_orderly {
	struct rmqi_sink sink;
	struct rmqi_consumer *consumer; /* NULL: not chosen */
	enum rmq_error set_up_error;    /* it stays: nothing works without what was not made */
	rmq_push_consumer *handle;      /* for the listener only */
	rmq_consume_orderly_fn listener;
	void *arg;
	bool has_locks; /* immutable: not without a group that shares (broadcasting) */
	unsigned threads;
	unsigned quick_max; /* workers while calls are quick */
	struct rmqi_pool *pool;
	const void *identity; /* the pool, also after its end; only to be compared */
	struct rmqi_queue_locks locks;
	struct rmqi_list suspended; /* lanes, by due_us */
	struct rmqi_list
		old; /* lanes of dropped queues whose listener still runs; a reference each */
	struct rmqi_timer timer; /* for the first of `suspended` */
	struct rmqi_timer look_timer;
	struct rmqi_timer watch_timer;      /* broadcasting only: with locks their renewals do */
	const struct rmqi_task *seen_ready; /* first of `ready` when last looked at */
	bool is_quiet;                      /* the closing thread: nothing runs any more */
	struct rmqi_mutex mu;
	struct rmqi_tasks ready;  /* mu: lanes that wait for a worker */
	struct rmqi_reminder odd; /* mu: listeners that return no status */
	unsigned workers;         /* mu: posted, and go on */
	atomic_bool is_stopping;  /* nothing is handed out any more */
	_Atomic uint32_t call_us; /* moving average of a listener call */
	struct rmqi_send_backs send_backs;
};

/* `handle` is what the listener is told; the listener and its arg are set by the owner. Thread: any. */
void rmqi_consume_orderly_init(struct rmqi_consume_orderly *s, const struct rmq_config *config,
			       rmq_push_consumer *handle);
/* The loop is there. tear_down follows, also after a failure. */
enum rmq_error rmqi_consume_orderly_set_up(struct rmqi_consume_orderly *s,
					   struct rmqi_consumer *c) RMQI_MUST_USE;
/* Harmless without set_up. */
void rmqi_consume_orderly_tear_down(struct rmqi_consume_orderly *s);
/* When no call is under way any more. Thread: any. */
void rmqi_consume_orderly_deinit(struct rmqi_consume_orderly *s);

/* The inside of the public rmq_orderly_context. */
struct rmq_orderly_context {
	struct rmq_queue queue;
	int64_t suspend_ms; /* -1: as configured */
};

#endif
