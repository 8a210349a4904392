/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start.h - where a queue starts (RebalancePushImpl.computePullFromWhereWithException).
 *
 *     offset store's find --found--> there
 *                         --none---> consumeFromWhere: first, last, by time; for the
 *                                    retry topic the first one, or (by time) the end
 *                         --failed-> we do not know: asked again later, and
 *                                    never taken for "none"
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_START_H
#define RMQI_CONSUMER_START_H

#include "consumer/mq.h"

/*
 * A queue that appears while we run (more queues, another broker) has no end that was meant with "last":
 * it starts with what was stored since we began. Java starts it at its end, and misses what came before
 * it noticed the queue.
 *
 * The three answers of an offset store.
 */
void rmqi_start_found(struct rmqi_mq *mq, int64_t offset);
void rmqi_start_none(struct rmqi_mq *mq);
/* RMQ_OK: `response` is not what was asked for. Else it may be NULL. */
void rmqi_start_failed(struct rmqi_mq *mq, enum rmq_error error,
		       const struct rmqi_command *response);

#endif
