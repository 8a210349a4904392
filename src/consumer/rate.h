/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rate.h - so many messages a second, all topics of a consumer together: what was fetched waits here until its
 * time has come, and then goes to the sink. A timer of the loop hands it on; no thread waits.
 *
 *     rmqi_mq_deliver --> rmqi_rate_take --> (its time) --> sink->take
 *
 * Deliveries are handed on one behind the other, each when the time of those before it is over; one of n
 * messages takes n / limit seconds. What was not used is not saved up: behind a pause there is no burst. A
 * fetch asks for what a tenth of a second allows (rmqi_consumer.fetch_most), but for one message at least. So
 * within any second there are at most a tenth more than the limit, or one.
 *
 * What waited for its time and is handed on late, as its timer was, is no such pause: up to a tenth of a second
 * is made up for at once, or a timer for each few messages would make the rate fall short. After that, one
 * tenth more may come within a second.
 *
 * A queue that has something here is not fetched, so nothing heaps up, and queues take turns.
 *
 * A pop asks for no more than a pull, as its messages' invisible time runs while they wait here. What has waited too
 * long is handed on, so that the sink settles it, and costs nothing: no listener gets it.
 *
 * What comes back by %RETRY%<group> counts; what a listener gets again here (an orderly one that suspends, a
 * send-back that was impossible), and the call that an operator asks for, do not.
 *
 * No Java twin. Thread: loop.
 */
#ifndef RMQI_CONSUMER_RATE_H
#define RMQI_CONSUMER_RATE_H

#include <stdint.h>

#include <rocketmq/error.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/macros.h"
#include "consumer/consumer.h"
#include "consumer/delivery.h"

enum { RMQI_RATE_MAX = 10 * 1000 * 1000 };

struct rmqi_rate {
	struct rmqi_consumer *consumer; /* NULL: not set up */
	int64_t per_second;             /* 0: no limit */
	int64_t free_ns;                /* of the clock: the next one is not handed on before */
	struct rmqi_list waiting;       /* deliveries (their `watch`), a reference each */
	struct rmqi_timer timer;        /* for the first of them */
};

/* As configured (consumeRateLimit). tear_down follows, also after a failure. RMQ_ERR_NO_MEMORY. */
enum rmq_error rmqi_rate_set_up(struct rmqi_rate *r, struct rmqi_consumer *c) RMQI_MUST_USE;
/* What waits is let go. Harmless without set_up. */
void rmqi_rate_tear_down(struct rmqi_rate *r);
/* From now on; 0: no limit. However often it is called, what was handed on before counts: at the new limit. */
void rmqi_rate_set(struct rmqi_rate *r, int64_t per_second);
/* A delivery that was put down as pending; its sink keeps a reference of its own. */
void rmqi_rate_take(struct rmqi_rate *r, struct rmqi_delivery *d);
/* The consumer is not suspended any more. */
void rmqi_rate_resumed(struct rmqi_rate *r);

#endif
