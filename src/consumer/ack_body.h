/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ack_body.h - the body of a BATCH_ACK_MESSAGE (MQClientAPIImpl.batchAckMessageAsync): popped messages of one broker,
 * as bits of their check points.
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_ACK_BODY_H
#define RMQI_CONSUMER_ACK_BODY_H

#include <stddef.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/macros.h"
#include "client/message.h"

struct rmqi_ack_body {
	const char *group;
	const char *broker_name;
	const struct rmq_message *const
		*messages; /* popped, no copies: their topics are those at brokers */
	size_t count;
};

/* Appends it. What one pop brought needs no memory but that of `out`. RMQ_ERR_INVALID_ARGUMENT: one has no
 * receipt; RMQ_ERR_PROTOCOL: one lies so far from the beginning of its check point that bits cannot say it;
 * RMQ_ERR_TOO_LARGE, RMQ_ERR_NO_MEMORY. */
enum rmq_error rmqi_ack_body_encode(const struct rmqi_ack_body *b,
				    struct rmqi_buf *out) RMQI_MUST_USE;

#endif
