/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offsets.h - where a queue starts, and what is committed to its broker
 * (RemoteBrokerOffsetStore.java, RebalancePushImpl.java).
 *
 * Start: the group's committed offset. Only the broker's plain "there is none"
 * (22) leads on to consumeFromWhere; any other failure means that we do not know, and is tried
 * again: it is never taken for "none".
 *
 * Commit: the lowest offset not done, with each pull and every
 * persistConsumerOffsetInterval, one-way, only what has changed; at close everything, with an
 * answer.
 *
 * Thread: loop, unless said otherwise.
 */
#ifndef RMQI_CONSUMER_OFFSETS_H
#define RMQI_CONSUMER_OFFSETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/push_consumer.h>

#include "base/clock.h"
#include "base/executor.h"
#include "consumer/mq.h"

struct rmqi_offsets {
	rmq_push_consumer *consumer;
	struct rmqi_timer timer;

	/* The last commit. */
	struct rmqi_event settled; /* any: every answer is there */
	unsigned left;             /* answers awaited */
	unsigned others;           /* queues whose commit waits for those answers */
	unsigned failed;
	char failure[256]; /* the first one, in words */
};

enum rmq_error rmqi_offsets_init(struct rmqi_offsets *o, rmq_push_consumer *c) RMQI_MUST_USE;
void rmqi_offsets_deinit(struct rmqi_offsets *o);
/* Commits periodically from now on. */
void rmqi_offsets_start(struct rmqi_offsets *o);

/* Asks for the start offset; ends in rmqi_pull_start_at, or waits and asks again. */
void rmqi_offsets_find(struct rmqi_mq *mq);
/* One-way, if there is something new to say. */
void rmqi_offsets_commit(struct rmqi_mq *mq);
/* The last commit of all queues: `settled` is set when every broker has answered. */
void rmqi_offsets_commit_last(struct rmqi_offsets *o);

/* consumeTimestamp, yyyyMMddHHmmss in local time. False: not such a time. Thread: any. */
bool rmqi_offsets_parse_time(const char *text, int64_t *ms);

#endif
