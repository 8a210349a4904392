/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch.h - messages that travel in one request (SEND_BATCH_MESSAGE) and are stored one behind the
 * other in one queue, all or none (MessageBatch.java, DefaultMQProducer.batch).
 *
 * To retries, deadlines and brokers that are put aside a batch is one message. Its messages
 * have one topic and one wait-store flag. What a broker would not do for a message of a batch is refused
 * here: a delay, a timer, a priority, a lite topic, a retry topic. All of them together, as they are encoded,
 * are at most maxMessageSize. Bodies are not compressed.
 */
#ifndef RMQI_SEND_BATCH_H
#define RMQI_SEND_BATCH_H

#include <stddef.h>

#include <rocketmq/error.h>
#include <rocketmq/message.h>
#include <rocketmq/send.h>

#include "base/macros.h"
#include "send/sender.h"

/* From 1 message, none NULL. `how` may be NULL. *results (results may be NULL) is owned. Thread: any but
 * the loop. */
enum rmq_error rmqi_send_batch(struct rmqi_sender *s, struct rmq_message *const *messages,
			       size_t count, const struct rmqi_send_how *how,
			       struct rmq_send_results **results,
			       struct rmq_error_detail *detail) RMQI_MUST_USE;
/* As rmqi_send_async: fn is called once if this is RMQ_OK, and else not at all. Thread: any. */
enum rmq_error rmqi_send_batch_async(struct rmqi_sender *s, struct rmq_message *const *messages,
				     size_t count, const struct rmqi_send_how *how,
				     rmq_send_batch_fn fn, void *arg,
				     struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
