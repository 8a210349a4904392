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

#include <stdbool.h>
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

/* --- Who consumed it ---------------------------------------------------------------------------------- */

/* TrackType.java */
enum rmq_track {
	RMQ_TRACK_UNKNOWN,               /* it could not be asked */
	RMQ_TRACK_CONSUMED,              /* what the group has committed lies behind it */
	RMQ_TRACK_CONSUMED_BUT_FILTERED, /* likewise, but the group does not subscribe to its tag now */
	RMQ_TRACK_NOT_CONSUMED_YET,
	RMQ_TRACK_PULL,      /* the group pulls, and only it knows how far */
	RMQ_TRACK_BROADCAST, /* every member has its own offsets */
	RMQ_TRACK_NOT_ONLINE /* the group has no member now */
};

/* "CONSUMED", ... as mqadmin writes it. Never NULL. */
RMQ_API const char *rmq_track_text(enum rmq_track track);

/* Owned: the groups that read the topic of a message, by name. Immutable. */
typedef struct rmq_message_consumers rmq_message_consumers;
/* One of them. Borrowed, as long as the list. */
typedef struct rmq_message_consumer rmq_message_consumer;

/* Asks the broker of a message that was found, or received: its master as the topic's route names it, else the
 * address where it was stored. RMQ_ERR_INVALID_ARGUMENT: the message was never stored. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_admin_message_consumers(rmq_admin *a, const rmq_message *m, const rmq_admin_options *options,
			    rmq_message_consumers **out, rmq_error_detail **detail);
RMQ_API size_t rmq_message_consumers_count(const rmq_message_consumers *l); /* 0 of NULL */
/* NULL past the end. */
RMQ_API const rmq_message_consumer *rmq_message_consumers_at(const rmq_message_consumers *l,
							     size_t index);
RMQ_API void rmq_message_consumers_free(rmq_message_consumers *l);
RMQ_API const char *rmq_message_consumer_group(const rmq_message_consumer *c); /* "" of NULL */
RMQ_API enum rmq_track rmq_message_consumer_track(const rmq_message_consumer *c);
/* What the group has committed in the queue of the message; -1: nothing, or it is not known. */
RMQ_API int64_t rmq_message_consumer_offset(const rmq_message_consumer *c);
/* RMQ_OK, or why the track is unknown. RMQ_ERR_INVALID_ARGUMENT of NULL. */
RMQ_API enum rmq_error rmq_message_consumer_error(const rmq_message_consumer *c);
/* The sentence to it. NULL: it is known, or memory was out. */
RMQ_API const rmq_error_detail *rmq_message_consumer_detail(const rmq_message_consumer *c);

/* --- Consume it again ----------------------------------------------------------------------------------- */

/* Owned: what a consumer made of it. Immutable. */
typedef struct rmq_direct_result rmq_direct_result;

/*
 * This member of a group (rmq_group_member_client_id) is given the message now, by way of its broker, whatever its offsets
 * are, and says what its listener made of it. A dead letter is consumed again that way. RMQ_ERR_BROKER: the group
 * has no such member, or it gave no answer within 10 s (CONSUME_MSG_TIMEOUT).
 */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_admin_consume_directly(rmq_admin *a, const rmq_message *m, const char *group,
			   const char *client_id, const rmq_admin_options *options,
			   rmq_direct_result **out, rmq_error_detail **detail);
/* CMResult.java: "CR_SUCCESS", "CR_LATER", "CR_ROLLBACK", "CR_COMMIT", "CR_THROW_EXCEPTION" or "CR_RETURN_NULL". "" of
 * NULL. */
RMQ_API const char *rmq_direct_result_text(const rmq_direct_result *r);
RMQ_API const char *rmq_direct_result_remark(const rmq_direct_result *r); /* "" when there is none */
RMQ_API int64_t rmq_direct_result_spent_ms(const rmq_direct_result *r);   /* -1 of NULL */
RMQ_API void rmq_direct_result_free(rmq_direct_result *r);

/* --- Send it again -------------------------------------------------------------------------------------- */

/*
 * A new message like this one, for any way to send: a dead letter goes to the topic that it came from, any other
 * message to its own. A range of them is what rmq_admin_messages_by_time finds in "%DLQ%group", one by one.
 *
 * Kept: body, flag, tag, keys, sharding key, priority, lite topic, the user's properties, and whether the send waits until
 * it is stored.
 * Not kept, as it was about the old message:
 *   its ids: two messages with one id make what is found by it ambiguous, and whoever drops what comes twice would drop it
 *   how often it was delivered, and at most: it starts anew, or would be a dead letter again at once
 *   delay and time of delivery: these are over
 *   transaction: it was committed. Request and reply: nobody waits for the answer any more
 *   trace, region, cluster, and all else that brokers and clients noted on the way
 *
 * All groups of the topic get it, also those that consumed the first one: for one group alone rmq_admin_consume_directly is
 * the way. The dead letter stays where it is.
 *
 * *out: the caller's. RMQ_ERR_NOT_FOUND: it is a dead letter or a retry that does not say where it came from.
 * Thread: any that may read m.
 */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_message_new_resend(const rmq_message *m, rmq_message **out,
							   rmq_error_detail **detail);

/* --- Message trace ------------------------------------------------------------------------------------ */

/* Owned: what clients with message trace (enableTrace) told of a message, by time. Immutable. */
typedef struct rmq_message_traces rmq_message_traces;
/* One of them. Borrowed, as long as the list. */
typedef struct rmq_message_trace rmq_message_trace;

enum rmq_trace_kind {
	RMQ_TRACE_SEND = 1,        /* a producer sent it */
	RMQ_TRACE_CONSUME,         /* a consumer's listener was given it */
	RMQ_TRACE_END_TRANSACTION, /* a producer committed it or rolled it back */
	RMQ_TRACE_RECALL           /* a producer recalled it */
};

enum rmq_trace_status {
	RMQ_TRACE_STATUS_UNKNOWN, /* nothing told how it ended, maybe not yet */
	RMQ_TRACE_STATUS_OK,
	RMQ_TRACE_STATUS_FAILED
};

/*
 * What is in the trace topic (NULL: RMQ_SYS_TRACE_TOPIC) of the message that a producer gave this id
 * (rmq_message_id). The query is of the trace messages. Records that are no such ones are passed over. Clients send
 * them up to some seconds later.
 */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_admin_message_traces(rmq_admin *a, const char *trace_topic, const char *unique_id,
			 const rmq_message_query *query, const rmq_admin_options *options,
			 rmq_message_traces **out, rmq_error_detail **detail);
RMQ_API size_t rmq_message_traces_count(const rmq_message_traces *l); /* 0 of NULL */
/* NULL past the end. */
RMQ_API const rmq_message_trace *rmq_message_traces_at(const rmq_message_traces *l, size_t index);
/* Brokers without an answer, as of messages. */
RMQ_API size_t rmq_message_traces_unanswered_count(const rmq_message_traces *l);
RMQ_API const rmq_unanswered *rmq_message_traces_unanswered_at(const rmq_message_traces *l,
							       size_t index);
RMQ_API void rmq_message_traces_free(rmq_message_traces *l);

/* Getters: texts are "" when the record has none, and of NULL; numbers -1, unless said otherwise. */
RMQ_API enum rmq_trace_kind rmq_message_trace_kind(const rmq_message_trace *t); /* 0 of NULL */
RMQ_API enum rmq_trace_status rmq_message_trace_status(const rmq_message_trace *t);
/* When it began, by the client's clock; when only its end was told: that. */
RMQ_API int64_t rmq_message_trace_time_ms(const rmq_message_trace *t);
RMQ_API int64_t rmq_message_trace_cost_ms(const rmq_message_trace *t);
RMQ_API const char *rmq_message_trace_group(const rmq_message_trace *t);
RMQ_API const char *rmq_message_trace_topic(const rmq_message_trace *t); /* not of a consumer */
RMQ_API const char *rmq_message_trace_tag(const rmq_message_trace *t);
RMQ_API const char *rmq_message_trace_keys(const rmq_message_trace *t);
/* The address of the client, as the broker of the trace saw it, and that of the broker of a send. */
RMQ_API const char *rmq_message_trace_client(const rmq_message_trace *t);
RMQ_API const char *rmq_message_trace_broker(const rmq_message_trace *t);
RMQ_API const char *rmq_message_trace_offset_id(const rmq_message_trace *t); /* of a send */
/* Of a consumer: how often it was delivered before; and "SUCCESS", "TIME_OUT", "EXCEPTION", "RETURNNULL" or "FAILED"
 * (ConsumeReturnType.java). */
RMQ_API int32_t rmq_message_trace_retry_times(const rmq_message_trace *t);
RMQ_API const char *rmq_message_trace_outcome(const rmq_message_trace *t);
/* Of a transaction: "COMMIT_MESSAGE", "ROLLBACK_MESSAGE" or "UNKNOW"; its id; did the broker ask? */
RMQ_API const char *rmq_message_trace_state(const rmq_message_trace *t);
RMQ_API const char *rmq_message_trace_transaction_id(const rmq_message_trace *t);
RMQ_API bool rmq_message_trace_is_check(const rmq_message_trace *t);

RMQ_END_DECLS

#endif
