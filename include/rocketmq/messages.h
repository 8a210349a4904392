/* SPDX-License-Identifier: Apache-2.0 */
/*
 * messages.h - a list of messages that were received: what a pull, a poll or a receive returns.
 *
 * The list is the caller's. Its messages point into the answer of the broker as it came: nothing is
 * copied, and all of it stays in memory until the list is freed. rmq_message_ref keeps one message
 * beyond it without a copy, and with it the whole answer; rmq_message_dup copies it.
 *
 * Immutable. Thread: any, but for the free: one owner at a time. It may outlive the consumer.
 */
#ifndef ROCKETMQ_MESSAGES_H
#define ROCKETMQ_MESSAGES_H

#include <stddef.h>

#include <rocketmq/common.h>
#include <rocketmq/message.h>

RMQ_BEGIN_DECLS

typedef struct rmq_messages rmq_messages;

/* 0 of NULL. */
RMQ_API size_t rmq_messages_count(const rmq_messages *l);
/* In the order of their offsets, as far as they are of one queue. Borrowed, as long as the list; NULL past
 * the end. */
RMQ_API const rmq_message *rmq_messages_at(const rmq_messages *l, size_t i);
/* NULL is harmless. */
RMQ_API void rmq_messages_free(rmq_messages *l);

RMQ_END_DECLS

#endif
