/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pull.h - the pull loop of one queue, as a state machine (see mq.h).
 *
 * The next pull is sent when the answer of the last one came, before its messages
 * were consumed, as long as flow control allows. DefaultMQPushConsumerImpl.pullMessage.
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_PULL_H
#define RMQI_CONSUMER_PULL_H

#include <stdint.h>

#include "consumer/mq.h"

/* Does what can be done now: find the start offset, pull, pause. Harmless in any state. */
void rmqi_pull_continue(struct rmqi_mq *mq);
/* The start offset was found. */
void rmqi_pull_start_at(struct rmqi_mq *mq, int64_t offset);
/* Goes on after the delay. */
void rmqi_pull_wait(struct rmqi_mq *mq, int64_t delay_ms);
/* Something failed: logs it if it is news, goes on after pullTimeDelayMillsWhenException. `code` is the
 * broker's (-1: none). */
void rmqi_pull_failed(struct rmqi_mq *mq, const char *what, enum rmq_error error, int code,
		      struct rmqi_str remark, int64_t delay_ms);
/* The broker can be reached again, or has another address: no use in waiting. */
void rmqi_pull_retry_now(struct rmqi_mq *mq);
void rmqi_pull_on_timer(struct rmqi_timer *t);
/* Sends a request for this queue; `fn` gets &mq->call. False: the broker has no address (then
 * routes are being fetched, and the queue waits). */
bool rmqi_pull_call(struct rmqi_mq *mq, int64_t broker_id, const struct rmqi_outgoing *request,
		    int64_t timeout_ms,
		    void (*fn)(struct rmqi_call *, enum rmq_error, const struct rmqi_command *));
/* The mq of a call that has ended; false when it was dropped meanwhile, or the end has come: the
 * reference is then gone. True: the caller owes one rmqi_mq_unref. */
bool rmqi_pull_call_ended(struct rmqi_call *call, struct rmqi_mq **mq);

#endif
