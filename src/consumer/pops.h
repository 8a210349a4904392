/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pops.h - what a push consumer tells brokers of the messages that it popped: those that are done, those to come
 * again later (DefaultMQPushConsumerImpl.ackAsync, changePopInvisibleTimeAsync).
 *
 * What is done of one answer is told together, as often as the loop hears of something new: one request for
 * what a quick listener has done, one a message for a slow one. A message that failed is not sent back: the time
 * for which it is kept from others is changed, and the broker delivers it again after that.
 *
 * Nothing is told after the invisible time, nor of what the broker has not heard in three attempts. That message
 * is delivered again, and the complaint says so (client/complaint.h).
 *
 * Its part of a consumer is rmqi_consumer.pops, which also says that brokers share the queues (assignment.h).
 *
 * Thread: loop, unless said otherwise.
 */
#ifndef RMQI_CONSUMER_POPS_H
#define RMQI_CONSUMER_POPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/executor.h"
#include "base/list.h"
#include "consumer/delivery.h"

struct rmqi_consumer;
struct rmqi_env;
struct rmqi_mq;

struct rmqi_pops {
	struct rmqi_consumer *consumer;
	struct rmqi_list acks; /* under way */
	bool is_awaited;
	struct rmqi_event quiet; /* any: set when awaited and none is under way */
};

void rmqi_pops_init(struct rmqi_pops *p, const struct rmqi_env *env); /* thread: any */
void rmqi_pops_set_up(struct rmqi_pops *p, struct rmqi_consumer *c);
/* What waits for its next attempt ends; calls have ended or will end by themselves. */
void rmqi_pops_stop(struct rmqi_pops *p);
void rmqi_pops_deinit(struct rmqi_pops *p); /* thread: any */
/* `quiet` is set as soon as nothing is under way. */
void rmqi_pops_await(struct rmqi_pops *p);

/* Tells what of the delivery is done and was not told yet. */
void rmqi_pops_settle(struct rmqi_pops *p, struct rmqi_delivery *d);
/* Item `at`, which is nobody's now, is to come again after so long. */
void rmqi_pops_postpone(struct rmqi_pops *p, struct rmqi_delivery *d, size_t at, int64_t delay_ms);
/* A message of the block that the user does not want is done. */
void rmqi_pops_refuse(struct rmqi_pops *p, struct rmqi_mq *mq, struct rmqi_message_block *block,
		      const struct rmq_message *m);

/* Messages of the delivery were done, or failed, after their time: the complaint says so, once a delivery. */
void rmqi_pops_tell_over(struct rmqi_pops *p, struct rmqi_delivery *d);

/* Is its invisible time over, so that others may have it? Thread: any. */
bool rmqi_pops_is_over(const struct rmqi_consumer *c, const struct rmq_message *m);

#endif
