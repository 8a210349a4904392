/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consume_call.h - what stands around a call of a listener: the user's hooks (rocketmq/consume_hooks.h), and
 * the records of the message trace (ConsumeMessageTraceHookImpl.java).
 *
 *     is_watched = rmqi_call_begin --> listener --> if (is_watched) rmqi_call_end
 *
 * Thread: the one that calls the listener.
 */
#ifndef RMQI_CONSUMER_CONSUME_CALL_H
#define RMQI_CONSUMER_CONSUME_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/consume_hooks.h>
#include <rocketmq/messages.h>

#include "client/config.h"
#include "codec/ids.h"
#include "consumer/consumer.h"

struct rmqi_mq;

/* On the stack of its thread. */
struct rmq_consume_call {
	struct rmqi_consumer *consumer;
	struct rmq_queue queue;
	const struct rmq_message *const *messages;
	size_t count;
	bool is_orderly;
	void *data[RMQI_CONSUME_HOOKS_MAX];
	size_t current; /* whose hook is called */
	bool is_over;
	int64_t began_us;
	int64_t latency_us;
	int status;
	bool is_expired; /* others may have what was popped: whatever was returned does not count */
	enum rmq_consume_outcome outcome;
	size_t done;
	char request_id[RMQI_ID_SIZE]; /* of its records; "" without a trace */
};

/* The listener is about to be called. False: there is nobody to be told, and `call` stays as it is. */
bool rmqi_call_begin(struct rmq_consume_call *call, const struct rmqi_mq *mq,
		     const struct rmq_message *const *messages, size_t count);
/* After true, once: it returned `status`, by which so many messages are done. */
void rmqi_call_end(struct rmq_consume_call *call, int status, size_t done);
/* A poll hands the list out: both at once (DefaultLitePullConsumerImpl.poll). */
void rmqi_call_handed_out(struct rmqi_consumer *c, const struct rmq_messages *list);

#endif
