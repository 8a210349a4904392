/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consume_service.h - the sink of the concurrent listener: hands deliveries to it on
 * a pool of threads (consume_pool.h), and sends back what failed (ConsumeMessageConcurrentlyService.java).
 *
 * One task a message would cost a lock and a wake-up each; one task a delivery would put
 * 31 messages behind a slow one; twenty threads for a listener that only counts would
 * do little but wake each other. So there are two ways, by what a call has cost lately:
 *
 *   slow   (over RMQI_CONSUME_SLOW_US on average; the guess at the start)
 *          A delivery is posted with a runner for each chunk, up to the number of threads.
 *          Beside such calls a wake-up does not matter, and nothing waits.
 *   quick  A delivery has one runner, and not more of them are posted than there are
 *          CPUs; the others stand in `ready`, where a runner that has finished its delivery
 *          takes the next one. No thread is woken while the others keep up.
 *
 * Waking a thread costs the loop more than handing a delivery over, and a thread that is woken for each more than
 * its messages. So a runner is posted at the end of the loop's pass, with all that has come in it, or when 16 deliveries
 * wait; a second one when more than that wait in spite of the first. Nor is the loop woken for finished deliveries: it
 * finds them in its next pass that delivers, or at the next look. It is told at once where a queue waits for it (flow
 * control), and where no look is due.
 *
 * A quick listener may be slow now and then. So while there is something a runner is
 * expected to come to, a timer looks every LOOK_MS: where no runner has moved on since,
 * the delivery gets as many again; if the first of `ready` has not been taken since, it is
 * posted. Thus a message waits for a few looks at most while a thread is free.
 *
 * What was popped is to be told while it counts (pops.h): of a slow listener each message when it is done; of a
 * quick one what a runner has done, together. So such a delivery is looked at until all of it is done; once no runner
 * has moved on, it is told as one of a slow listener.
 *
 * A listener that does not return is not waited for longer than consumeTimeout (and an
 * eighth): its message is sent back, the queue goes on, the thread is lost until then.
 *
 * Measured (2 CPUs, loopback, 100-byte bodies, 32 a pull, the mock in the same process,
 * 20 threads): a listener that counts gets 1.0 million messages a second; one that sleeps
 * 1 ms 18,000, of 20,000 at best.
 *
 * Thread: loop, unless said otherwise.
 */
#ifndef RMQI_CONSUMER_CONSUME_SERVICE_H
#define RMQI_CONSUMER_CONSUME_SERVICE_H

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
#include "consumer/pops.h"
#include "consumer/send_back.h"

struct rmqi_consume_service {
	struct rmqi_sink sink; /* chunk is consumeMessageBatchMaxSize, runners consumeThreadMax */
	struct rmqi_consumer *consumer;
	rmq_push_consumer *handle; /* for the listener only */
	rmq_consume_fn listener;
	void *arg;
	struct rmqi_pool *pool;
	const void *identity; /* the pool, also after its end; only to be compared */
	struct rmqi_timer timer;
	struct rmqi_timer age_timer; /* armed while messages are pending */
	struct rmqi_list watched;    /* deliveries with one runner and more chunks, or popped */
	const struct rmqi_task *seen_ready; /* first of `ready` when last looked at */
	struct rmqi_mutex mu;
	struct rmqi_tasks ready; /* mu: first runners of the quick way */
	unsigned ready_count;    /* mu */
	struct rmqi_tasks done;  /* mu: reports of finished deliveries, to be told together */
	bool is_done_posted;     /* mu: `tell_done` is */
	bool is_look_due;        /* mu: `timer` will see to `done` */
	struct rmqi_task tell_done;
	struct rmqi_task wake;    /* deferred: to the end of the loop's pass */
	struct rmqi_reminder odd; /* mu: listeners that return no status */
	unsigned quick;           /* mu: runners of the quick way that were posted and go on */
	unsigned quick_max;       /* immutable */
	atomic_bool is_stopping;  /* no chunk is taken any more */
	_Atomic uint32_t call_us; /* moving average of a listener call */
	struct rmqi_send_backs send_backs;
	struct rmqi_pops pops; /* used if consumer->pops is it */
};

/* `handle` is what the listener is told; the listener and its arg are set by the owner, before the
 * start. Thread: any. */
void rmqi_consume_service_init(struct rmqi_consume_service *s, const struct rmq_config *config,
			       rmq_push_consumer *handle);
/* The loop is there. tear_down follows, also after a failure. */
enum rmq_error rmqi_consume_service_set_up(struct rmqi_consume_service *s,
					   struct rmqi_consumer *c) RMQI_MUST_USE;
enum { RMQI_AGE_LOOKS = 8 }; /* in a consumeTimeout */
/* The age_timer's. */
void rmqi_consume_look_at_ages(struct rmqi_timer *t);
/* A listener has come back with a message that was taken from it. Thread: consume. */
void rmqi_consume_tell_back(const struct rmqi_consume_service *s, const struct rmqi_delivery *d,
			    size_t at);
void rmqi_consume_service_tear_down(struct rmqi_consume_service *s);
/* For the table: one call of the listener out of turn. */
bool rmqi_consume_once(struct rmqi_sink *sink, struct rmqi_once *o);
enum rmqi_stall rmqi_consume_explain(struct rmqi_sink *sink, struct rmqi_mq *mq, char *why,
				     size_t size);
/* True: the task was such a call, which is now told that it was not made. */
bool rmqi_consume_once_drop(struct rmqi_task *task);
/* When no call is under way any more. Thread: any. */
void rmqi_consume_service_deinit(struct rmqi_consume_service *s);

/* The inside of the public rmq_consume_context. */
struct rmq_consume_context {
	struct rmq_queue queue;
	int delay_level;
	int ack_index;
};

#endif
