/* SPDX-License-Identifier: Apache-2.0 */
/*
 * withdrawal.h - the end of a subscription: the user's unsubscribe, or the retry topic of one that is popped again.
 *
 * Its queues are given up, and what was told of its trouble is told to be over: a topic that nobody wants any more
 * has none.
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_WITHDRAWAL_H
#define RMQI_CONSUMER_WITHDRAWAL_H

#include "consumer/consumer.h"

/* The caller sends the heartbeat that says so. */
void rmqi_withdraw_sub(struct rmqi_consumer *c, struct rmqi_sub *sub);

#endif
