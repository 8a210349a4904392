/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consume_hooks.h - the user's functions before and after messages are handed out: to measure, to continue a
 * trace, to log (ConsumeMessageHook.java).
 *
 *     rmq_config_add_consume_hook(config, before, after, arg, &detail)    all consumers made with it
 *
 *     before ... before   in the order of adding
 *     the listener
 *     after ... after     in the opposite order
 *
 * Of a push consumer they stand around each call of the listener, concurrent or orderly, on its consume thread;
 * what is delivered again is another call. `after` knows what the listener returned; the offsets follow it. A
 * lite pull consumer calls both when a poll hands messages out, on the thread that polls, as Java does: it
 * does not know what becomes of them. Other consumers have no hooks, nor has the call that an operator asks for
 * (consumeMessageDirectly).
 *
 * Never on the loop, never under a lock. A hook may call anything but the _free of its consumer. With hooks a call
 * of the listener reads the clock twice; without them it costs a comparison.
 */
#ifndef ROCKETMQ_CONSUME_HOOKS_H
#define ROCKETMQ_CONSUME_HOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/common.h>
#include <rocketmq/config.h>
#include <rocketmq/error.h>
#include <rocketmq/message.h>
#include <rocketmq/queue.h>

RMQ_BEGIN_DECLS

/* Messages that are handed out together, for their hooks. Borrowed, as long as the call of a hook. */
typedef struct rmq_consume_call rmq_consume_call;

/* What became of it. ConsumeReturnType.java, by ordinal; its EXCEPTION (2) cannot be. */
enum rmq_consume_outcome {
	RMQ_OUTCOME_SUCCESS = 0,
	/* It took consumeTimeout or longer, or came back after popInvisibleTime with what was popped: whatever was
	 * returned. */
	RMQ_OUTCOME_TIME_OUT = 1,
	RMQ_OUTCOME_NO_STATUS = 3, /* the listener returned what is no status (RETURNNULL) */
	RMQ_OUTCOME_FAILED = 4     /* RMQ_RECONSUME_LATER, RMQ_SUSPEND_CURRENT_QUEUE_A_MOMENT */
};

/* Before the listener is called, on its thread. */
typedef void (*rmq_before_consume_fn)(rmq_consume_call *c, void *arg);
/* When it has returned, on the same thread. */
typedef void (*rmq_after_consume_fn)(const rmq_consume_call *c, void *arg);

/* Either may be NULL, not both. arg must outlive the consumers made with this configuration.
 * RMQ_ERR_INVALID_ARGUMENT; RMQ_ERR_TOO_LARGE: it has 8 already. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_config_add_consume_hook(rmq_config *config, rmq_before_consume_fn before,
			    rmq_after_consume_fn after, void *arg, rmq_error_detail **detail);

/* Texts are never NULL; "" of NULL. */
RMQ_API const char *rmq_consume_call_group(const rmq_consume_call *c);
RMQ_API const char *rmq_consume_call_client_id(const rmq_consume_call *c);
/* Of all its messages; of what is delivered again %RETRY%group, as rmq_consume_context_queue. NULL of NULL. */
RMQ_API const struct rmq_queue *rmq_consume_call_queue(const rmq_consume_call *c);
/* The listener is an orderly one. */
RMQ_API bool rmq_consume_call_is_orderly(const rmq_consume_call *c);
/* At least 1. */
RMQ_API size_t rmq_consume_call_count(const rmq_consume_call *c);
/* NULL: there is none. rmq_message_ref keeps it. */
RMQ_API const rmq_message *rmq_consume_call_message(const rmq_consume_call *c, size_t at);
/* Each hook has a pointer of its own in each call, from its `before` to its `after`; NULL at first. */
RMQ_API void rmq_consume_call_set_data(rmq_consume_call *c, void *data);
RMQ_API void *rmq_consume_call_data(const rmq_consume_call *c);

/* --- After ---------------------------------------------------------------------------------------- */

/* RMQ_OUTCOME_SUCCESS of a poll. */
RMQ_API enum rmq_consume_outcome rmq_consume_call_outcome(const rmq_consume_call *c);
/* What the listener returned, as it was; 0 (SUCCESS) of a poll. */
RMQ_API int rmq_consume_call_status(const rmq_consume_call *c);
/* Messages that are done, from the front: all, none, or as the ack index says. Of a call that came back after
 * consumeTimeout, when they have been sent back, it does not count any more; nor after popInvisibleTime. */
RMQ_API size_t rmq_consume_call_done(const rmq_consume_call *c);
/* Of the listener, hooks that were added later among it. */
RMQ_API int64_t rmq_consume_call_latency_us(const rmq_consume_call *c);

RMQ_END_DECLS

#endif
