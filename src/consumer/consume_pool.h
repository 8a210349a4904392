/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consume_pool.h - the threads that run the listeners of one consumer, for whatever sink
 * hands messages to one: consumeThreadMin of them stay, and as many as there is work for, up to
 * consumeThreadMax, come and go (base/executor.h, rmqi_pool_new_planned).
 *
 * In Java all of consumeThreadMin (20) come with the first messages and stay for ever, and consumeThreadMax is
 * never reached, as a queue without bounds stands before it. Here the default of the first is 1: an idle
 * consumer has one. A thread that was idle for 10 s ends.
 *
 * When the system gives no further thread the consumer goes on with those it has: a WARN line
 * says so, an INFO line when it is over.
 *
 * Thread: any, not the loop.
 */
#ifndef RMQI_CONSUMER_CONSUME_POOL_H
#define RMQI_CONSUMER_CONSUME_POOL_H

#include <rocketmq/error.h>

#include "base/executor.h"
#include "consumer/consumer.h"

/* The consumer must outlive its tasks: each keeps a reference. */
enum rmq_error rmqi_consume_pool_new(struct rmqi_consumer *c, struct rmqi_pool **out) RMQI_MUST_USE;

#endif
