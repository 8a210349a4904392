/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pull_consumer.h - asks brokers for messages, one call at a time (DefaultMQPullConsumer.java). The
 * application says which queue and from where, and keeps the offset: with its results, in one
 * transaction, it gets each message once. What is committed at the brokers is what it says there.
 *
 * Topics need not be subscribed. Who subscribes is a member of the group, and is told which queues are its share
 * (rmq_pull_consumer_set_queues_fn); nothing is pulled for that.
 *
 * In the child of a fork every call of a consumer that the parent made fails with RMQ_ERR_FORKED, and free
 * leaves it as it is.
 *
 * Thread: any, several at once, unless said otherwise. doc/reference/pull.md has the rules.
 */
#ifndef ROCKETMQ_PULL_CONSUMER_H
#define ROCKETMQ_PULL_CONSUMER_H

#include <stddef.h>
#include <stdint.h>

#include <rocketmq/common.h>
#include <rocketmq/config.h>
#include <rocketmq/error.h>
#include <rocketmq/messages.h>
#include <rocketmq/queue.h>

RMQ_BEGIN_DECLS

typedef struct rmq_pull_consumer rmq_pull_consumer;
typedef struct rmq_pull_options rmq_pull_options;
typedef struct rmq_pull_result rmq_pull_result;

/* PullStatus.java. With each of them the next offset says where to go on. */
enum rmq_pull_status {
	RMQ_PULL_FOUND = 0,
	RMQ_PULL_NO_NEW_MESSAGE = 1, /* the offset is the end of the queue */
	RMQ_PULL_NO_MATCHED_MESSAGE =
		2, /* there are some, but none that the expression lets through */
	RMQ_PULL_OFFSET_ILLEGAL =
		3 /* there is no such offset (any more): the next one is the nearest */
};

/* --- Options --------------------------------------------------------------------------------------- */

/* All defaults. NULL when memory is out. One object may serve many pulls, on several threads at once, while
 * nobody sets or frees it. */
RMQ_API rmq_pull_options *rmq_pull_options_new(void);
RMQ_API void rmq_pull_options_free(rmq_pull_options *o);
/* 1..1024; -1, the default: pullBatchSize. A broker gives at most 32, unless it was told otherwise. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_pull_options_set_max_messages(rmq_pull_options *o, int count, rmq_error_detail **detail);
/* Of the messages wanted, as in push_consumer.h; NULL, the default: all. Copied. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_pull_options_set_expression(rmq_pull_options *o,
								    const char *expression,
								    rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error rmq_pull_options_set_expression_sql(rmq_pull_options *o,
									const char *expression,
									rmq_error_detail **detail);
/* How long the broker holds a pull that finds nothing new: 0, the default, not at all; -1:
 * brokerSuspendMaxTimeMillis; else ms. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_pull_options_set_suspend(rmq_pull_options *o, int64_t suspend_ms, rmq_error_detail **detail);
/* 1.. ms: the time of the whole call; -1, the default: what the broker may hold it, and 10 s. A pull with less
 * than its suspend time fails with RMQ_ERR_INVALID_ARGUMENT. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_pull_options_set_timeout(rmq_pull_options *o, int64_t timeout_ms, rmq_error_detail **detail);

/* --- Results --------------------------------------------------------------------------------------- */

/* NO_NEW_MESSAGE of NULL. */
RMQ_API enum rmq_pull_status rmq_pull_result_status(const rmq_pull_result *r);
/* Where to pull next. It may be further on than the last message: what the expression does not let through
 * is passed over. -1 of NULL, as the next two. */
RMQ_API int64_t rmq_pull_result_next_offset(const rmq_pull_result *r);
RMQ_API int64_t rmq_pull_result_min_offset(const rmq_pull_result *r);
RMQ_API int64_t rmq_pull_result_max_offset(const rmq_pull_result *r); /* of the next one stored */
/* NULL (which counts 0) without messages. Borrowed, as long as the result. */
RMQ_API const rmq_messages *rmq_pull_result_messages(const rmq_pull_result *r);
/* NULL is harmless. Of an owned one. */
RMQ_API void rmq_pull_result_free(rmq_pull_result *r);

/* --- The consumer ---------------------------------------------------------------------------------- */

/* group as in push_consumer.h. RMQ_ERR_CONFIG: messageModel is BROADCASTING: it keeps no offsets itself. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_pull_consumer_new(const rmq_config *config,
							  const char *group,
							  rmq_pull_consumer **out,
							  rmq_error_detail **detail);
/* To be a member of the group and get a share of the topic's queues. As those of push_consumer.h. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_pull_consumer_subscribe(rmq_pull_consumer *c,
								const char *topic,
								const char *expression,
								rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_pull_consumer_unsubscribe(rmq_pull_consumer *c, const char *topic, rmq_error_detail **detail);
/* Is told which queues of its topics are its share (queue.h). Before start, RMQ_ERR_STATE after it. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_pull_consumer_set_queues_fn(rmq_pull_consumer *c,
								    rmq_queues_fn fn, void *arg,
								    rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error rmq_pull_consumer_start(rmq_pull_consumer *c,
							    rmq_error_detail **detail);
/* Of what is subscribed: holds its share (rmq_push_consumer_wait_ready). */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_pull_consumer_wait_ready(rmq_pull_consumer *c, int64_t timeout_ms, rmq_error_detail **detail);
/* Ends the pulls under way, whose callbacks are told RMQ_ERR_CANCELLED, and leaves the group. Within timeout_ms (0..; -1:
 * 10000). RMQ_ERR_TIMEOUT: a callback still runs. Idempotent. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_pull_consumer_close(rmq_pull_consumer *c, int64_t timeout_ms, rmq_error_detail **detail);
/* Closes if need be. No other call may be under way. Results may be freed later. */
RMQ_API void rmq_pull_consumer_free(rmq_pull_consumer *c);
/* "ip@instance"; borrowed, as long as the consumer. */
RMQ_API const char *rmq_pull_consumer_client_id(const rmq_pull_consumer *c);

/* The queues of a topic that can be read; an owned list. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_pull_consumer_queues(rmq_pull_consumer *c,
							     const char *topic, rmq_queues **queues,
							     rmq_error_detail **detail);
/* Its share of the topics that it has subscribed, as it is now; an owned list. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_pull_consumer_assignment(rmq_pull_consumer *c, rmq_queues **queues, rmq_error_detail **detail);

/* One pull, from offset (0..) on; options may be NULL. RMQ_OK: *result is owned. RMQ_ERR_CORRUPT: with
 * corruptMessagePolicy=STOP, the first message from that offset on cannot be read (one behind others ends the list, and the
 * next offset is its own); or the answer is broken there. RMQ_ERR_BROKER: the broker
 * refused, with its code in the detail. Else the errors of a question to a broker. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_pull_consumer_pull(rmq_pull_consumer *c, const struct rmq_queue *queue, int64_t offset,
		       const rmq_pull_options *options, rmq_pull_result **result,
		       rmq_error_detail **detail);
/* The same without waiting. `fn` is called once, on a callback thread, unless an error is returned; everything is
 * borrowed during the call (rmq_message_ref keeps a message). `result` is NULL on an error. It may pull again. */
typedef void (*rmq_pull_fn)(enum rmq_error error, const rmq_pull_result *result,
			    const rmq_error_detail *detail, void *arg);
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_pull_consumer_pull_async(rmq_pull_consumer *c, const struct rmq_queue *queue, int64_t offset,
			     const rmq_pull_options *options, rmq_pull_fn fn, void *arg,
			     rmq_error_detail **detail);

/* Of the group at the queue's broker: what is committed (-1: nothing; a broker of 4.9 says 0 of a queue that
 * has lost no message yet), and commits an offset (that of the next
 * message to be consumed). */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_pull_consumer_committed(rmq_pull_consumer *c,
								const struct rmq_queue *queue,
								int64_t *offset,
								rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error rmq_pull_consumer_commit(rmq_pull_consumer *c,
							     const struct rmq_queue *queue,
							     int64_t offset,
							     rmq_error_detail **detail);
/* The first offset of a queue, the one behind its last, and that of the first message stored at that time (ms
 * since 1970) or later (a broker of 4.9 tells the nearest one, which may be earlier). */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_pull_consumer_min_offset(rmq_pull_consumer *c,
								 const struct rmq_queue *queue,
								 int64_t *offset,
								 rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error rmq_pull_consumer_max_offset(rmq_pull_consumer *c,
								 const struct rmq_queue *queue,
								 int64_t *offset,
								 rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error rmq_pull_consumer_offset_at(rmq_pull_consumer *c,
								const struct rmq_queue *queue,
								int64_t time_ms, int64_t *offset,
								rmq_error_detail **detail);

/*
 * Gives a message that was pulled back to its broker, which stores it in %RETRY%group after a delay: 0: that follows
 * from how often it was (3 + times); 1..18: that level; below 0: in the dead-letter queue at once, as after
 * maxReconsumeTimes. Who wants it again reads the queues of that topic. RMQ_ERR_INVALID_ARGUMENT: it was not received.
 * With another error than RMQ_ERR_BROKER it may have been stored.
 */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_pull_consumer_send_back(rmq_pull_consumer *c,
								const rmq_message *message,
								int delay_level,
								rmq_error_detail **detail);

RMQ_END_DECLS

#endif
