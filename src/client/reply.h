/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reply.h - both ends of a reply as a message: made for a request (MessageUtil.createReplyMessage), and
 * taken from the broker that hands it on (ClientRemotingProcessor.receiveReplyMessage).
 *
 * Thread: any.
 */
#ifndef RMQI_CLIENT_REPLY_H
#define RMQI_CLIENT_REPLY_H

#include <rocketmq/error.h>
#include <rocketmq/message.h>

#include "base/macros.h"
#include "codec/schema.h"

/* "<cluster>_REPLY_TOPIC", owned; NULL when memory is out. */
char *rmqi_reply_topic(const char *cluster);
/* RMQ_ERR_INVALID_ARGUMENT: `request` was not received as a request; RMQ_ERR_NO_MEMORY. */
enum rmq_error rmqi_reply_new(const struct rmq_message *request, const void *body, size_t len,
			      struct rmq_message **out,
			      struct rmq_error_detail *detail) RMQI_MUST_USE;
/* An owned message with a plain body, and ARRIVE_TIME. RMQ_ERR_CORRUPT, RMQ_ERR_UNSUPPORTED,
 * RMQ_ERR_TOO_LARGE: the body cannot be decompressed; RMQ_ERR_NO_MEMORY. */
enum rmq_error rmqi_reply_decode(const struct rmqi_h_reply_message *h, struct rmqi_cursor body,
				 int64_t now_ms, struct rmq_message **out) RMQI_MUST_USE;

#endif
