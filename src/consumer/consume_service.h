/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consume_service.h - the sink of the concurrent listener: hands deliveries to it on
 * a pool of threads, and sends back what failed (ConsumeMessageConcurrentlyService.java).
 *
 * One task a message would cost a lock and a wake-up each; one task a delivery would put
 * 31 messages behind a slow one; twenty threads for a listener that only counts would
 * do little but wake each other. So there are two ways, by what a call has cost lately:
 *
 *   slow   (over SLOW_CALL_US on average; the guess at the start)
 *          A delivery is posted with a runner for each chunk, up to the number of threads.
 *          Beside such calls a wake-up does not matter, and nothing waits.
 *   quick  A delivery has one runner, and not more of them are posted than there are
 *          CPUs; the others stand in `ready`, where a runner that has finished its delivery
 *          takes the next one. No thread is woken while the others keep up.
 *
 * A quick listener may be slow now and then. So while there is something a runner is
 * expected to come to, a timer looks every LOOK_MS: where no runner has moved on since,
 * the delivery gets as many again; if the first of `ready` has not been taken since, it is
 * posted. Thus a message waits for a few looks at most while a thread is free.
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
#include "base/thread.h"
#include "consumer/consumer.h"
#include "consumer/delivery.h"
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
	struct rmqi_list watched;           /* deliveries with one runner and more chunks */
	const struct rmqi_task *seen_ready; /* first of `ready` when last looked at */
	struct rmqi_mutex mu;
	struct rmqi_tasks ready;  /* mu */
	unsigned quick;           /* mu: runners of the quick way that were posted and go on */
	unsigned quick_max;       /* immutable */
	atomic_bool is_stopping;  /* no chunk is taken any more */
	_Atomic uint32_t call_us; /* moving average of a listener call */
	struct rmqi_send_backs send_backs;
};

/* `handle` is what the listener is told; the listener and its arg are set by the owner, before the
 * start. Thread: any. */
void rmqi_consume_service_init(struct rmqi_consume_service *s, const struct rmq_config *config,
			       rmq_push_consumer *handle);
/* The loop is there. tear_down follows, also after a failure. */
enum rmq_error rmqi_consume_service_set_up(struct rmqi_consume_service *s,
					   struct rmqi_consumer *c) RMQI_MUST_USE;
void rmqi_consume_service_tear_down(struct rmqi_consume_service *s);
/* When no call is under way any more. Thread: any. */
void rmqi_consume_service_deinit(struct rmqi_consume_service *s);

/* The inside of the public rmq_consume_context. */
struct rmq_consume_context {
	struct rmq_queue queue;
	int delay_level;
	int ack_index;
};

#endif
