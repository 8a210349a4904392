/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_message.h - messages looked for in a cluster, without a consumer (DefaultMQAdminExt.java).
 *
 * What may stand on several brokers is asked of all of them. One that gives no answer is told beside what the
 * others have (rmq_found_messages_unanswered_at); only when none answered does the call fail, with the first
 * one's error. Nothing is committed, and no group is joined.
 *
 * Threads and errors as in admin.h, and of every call below: RMQ_ERR_NO_ROUTE: no name server knows the topic;
 * RMQ_ERR_UNSUPPORTED: it is a static topic (logical queues).
 */
#ifndef ROCKETMQ_ADMIN_MESSAGE_H
#define ROCKETMQ_ADMIN_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include <rocketmq/admin.h>
#include <rocketmq/common.h>
#include <rocketmq/error.h>
#include <rocketmq/message.h>
#include <rocketmq/messages.h>
#include <rocketmq/queue.h>

RMQ_BEGIN_DECLS

/* --- What is looked for. NULL: all defaults ---------------------------------------------------------- */

typedef struct rmq_message_query rmq_message_query;

/* Of any time, at most 64, of any queue. NULL when memory is out. */
RMQ_API rmq_message_query *rmq_message_query_new(void);
/* When it was stored, by the broker's clock: from begin_ms to end_ms, both included, 0.. ms since 1970.
 * RMQ_ERR_INVALID_ARGUMENT, here and below: q is NULL, or the value is out of range. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_message_query_set_times(rmq_message_query *q,
								int64_t begin_ms, int64_t end_ms,
								rmq_error_detail **detail);
/* 1..100000: the earliest ones that match. By a key a broker gives no more than its maxMsgsNumBatch (64). */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_message_query_set_max(rmq_message_query *q, int max,
							      rmq_error_detail **detail);
/* Only of this queue (its topic is not looked at; id -1: of every queue of that broker). NULL: of all. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_message_query_set_queue(rmq_message_query *q,
								const struct rmq_queue *queue,
								rmq_error_detail **detail);
RMQ_API void rmq_message_query_free(rmq_message_query *q);

/* --- What was found ---------------------------------------------------------------------------------- */

/* Owned: messages by the time when they were stored, and who was asked without an answer. Immutable. */
typedef struct rmq_found_messages rmq_found_messages;
/* One of the latter. Borrowed, as long as the list. */
typedef struct rmq_unanswered rmq_unanswered;

/* 0 of NULL. */
RMQ_API size_t rmq_found_messages_count(const rmq_found_messages *f);
/* Borrowed, as long as the list, unless it is kept by rmq_message_ref; NULL past the end. */
RMQ_API const rmq_message *rmq_found_messages_at(const rmq_found_messages *f, size_t index);
RMQ_API size_t rmq_found_messages_unanswered_count(const rmq_found_messages *f);
RMQ_API const rmq_unanswered *rmq_found_messages_unanswered_at(const rmq_found_messages *f,
							       size_t index);
RMQ_API void rmq_found_messages_free(rmq_found_messages *f);

/* Name of the broker, or its address when no name is known. "" of NULL. */
RMQ_API const char *rmq_unanswered_broker(const rmq_unanswered *u);
/* Why. RMQ_ERR_CORRUPT: it answered with what cannot be read; what stood before that is in the list. */
RMQ_API enum rmq_error rmq_unanswered_error(const rmq_unanswered *u);
/* NULL when memory was out for it. */
RMQ_API const rmq_error_detail *rmq_unanswered_detail(const rmq_unanswered *u);

/* --- The calls: each gives one list, maybe an empty one --------------------------------------------------- */

/*
 * The message at the place that an offset message id names (rmq_message_offset_id), from the broker that it
 * names. topic: of the message, for brokers that control access (5.3); NULL: not told. RMQ_ERR_INVALID_ARGUMENT:
 * it is no such id. RMQ_ERR_NOT_FOUND: the broker has no message there (any more).
 */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_admin_messages_by_offset_id(rmq_admin *a, const char *topic, const char *id,
				const rmq_admin_options *options, rmq_found_messages **out,
				rmq_error_detail **detail);
/* Those of a topic that have this id of a producer (rmq_message_id): one, and more when it was sent or delivered
 * again. Found by the brokers' index. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_admin_messages_by_unique_id(
	rmq_admin *a, const char *topic, const char *unique_id, const rmq_message_query *query,
	const rmq_admin_options *options, rmq_found_messages **out, rmq_error_detail **detail);
/* Those of a topic that have this one among their keys, likewise. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_admin_messages_by_key(rmq_admin *a, const char *topic, const char *key,
			  const rmq_message_query *query, const rmq_admin_options *options,
			  rmq_found_messages **out, rmq_error_detail **detail);
/* Those of a topic that were stored within the times of the query. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_admin_messages_by_time(rmq_admin *a, const char *topic, const rmq_message_query *query,
			   const rmq_admin_options *options, rmq_found_messages **out,
			   rmq_error_detail **detail);
/* 1..100000 messages of one queue from an offset on, fewer when it ends before. RMQ_ERR_NOT_FOUND: the queue
 * does not hold that offset; the sentence says from where to where it goes. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_admin_messages_at(rmq_admin *a, const struct rmq_queue *queue, int64_t offset, int count,
		      const rmq_admin_options *options, rmq_found_messages **out,
		      rmq_error_detail **detail);

RMQ_END_DECLS

#endif
