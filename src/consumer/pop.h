/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pop.h - the table entry of POP in a push consumer: a queue of this member is popped, not pulled
 * (DefaultMQPushConsumerImpl.popMessage, ConsumeMessagePopConcurrentlyService).
 *
 *     pop, without waiting --messages--> deliver, and again
 *            ^     | none
 *            |     v
 *          question: is there something? (NOTIFICATION, held for 5 s)
 *
 * Java lets the broker hold the pop instead. Then nobody knows how much of the invisible time is left when messages
 * come, and what is handed to somebody who has just died is away for that time.
 *
 * A queue with id -1 is all queues of its broker. It has no offset of its own: is_placed stays false, so nothing
 * is committed. How many messages may be here is popThresholdForQueue; the limits of bytes and span are those of
 * pulls only.
 *
 * A message that failed comes again after 10 s, 30 s, 1 min ... 2 h by its number of deliveries, or by the delay
 * level of the listener. After maxReconsumeTimes it goes to the dead-letter queue as in a pull (send_back.h), and is
 * then acknowledged; brokers do not count POP's deliveries, and Java waits for the message to be 4 h old and drops it.
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_POP_H
#define RMQI_CONSUMER_POP_H

#include "consumer/fetch.h"

/* A new queue, before its first step, is popped. */
void rmqi_pop_begin(struct rmqi_mq *mq);

#endif
