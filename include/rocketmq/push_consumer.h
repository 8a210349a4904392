/* SPDX-License-Identifier: Apache-2.0 */
/*
 * push_consumer.h - consumes messages by a listener.
 *
 * The members of a group share the queues of a topic (clustering). Messages are
 * pulled by long polling and handed to the listener on a pool of consume threads,
 * in any order. A message is done when the listener says so; the offset committed
 * to the broker is the lowest one not done, so a crash redelivers and never loses.
 * All members must have the same subscriptions.
 *
 * Thread: any, unless said otherwise.
 */
#ifndef ROCKETMQ_PUSH_CONSUMER_H
#define ROCKETMQ_PUSH_CONSUMER_H

#include <stddef.h>
#include <stdint.h>

#include <rocketmq/common.h>
#include <rocketmq/config.h>
#include <rocketmq/error.h>
#include <rocketmq/message.h>
#include <rocketmq/queue.h>

RMQ_BEGIN_DECLS

typedef struct rmq_push_consumer rmq_push_consumer;
typedef struct rmq_consume_context rmq_consume_context;

/* ConsumeConcurrentlyStatus.java */
enum rmq_consume_status {
	RMQ_CONSUME_SUCCESS = 0,
	RMQ_RECONSUME_LATER = 1 /* sent back: delivered again after a delay that grows */
};

/*
 * `messages` are borrowed during the call (rmq_message_dup keeps one), 1..consumeMessageBatchMaxSize
 * of one queue. Called on a consume thread, several at once. It may call any function of
 * this consumer, close included, except free.
 */
typedef enum rmq_consume_status (*rmq_consume_fn)(rmq_push_consumer *c,
						  const rmq_message *const *messages, size_t count,
						  rmq_consume_context *context, void *arg);

/* group as in producer.h, not DEFAULT_CONSUMER. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_push_consumer_new(const rmq_config *config,
							  const char *group,
							  rmq_push_consumer **out,
							  rmq_error_detail **detail);
/* Before start, or while running. expression: "*" or NULL for all, else tags "A || B". A second
 * call for the same topic replaces the first. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_push_consumer_subscribe(rmq_push_consumer *c,
								const char *topic,
								const char *expression,
								rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_push_consumer_unsubscribe(rmq_push_consumer *c, const char *topic, rmq_error_detail **detail);
/* Before start, RMQ_ERR_STATE after it. A second call replaces the first. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_push_consumer_set_listener(rmq_push_consumer *c,
								   rmq_consume_fn fn, void *arg,
								   rmq_error_detail **detail);
/* Starts its threads and returns; joining the group goes on in the background and survives a cluster
 * that is away. RMQ_ERR_STATE: started before, no listener, or no subscription. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_push_consumer_start(rmq_push_consumer *c,
							    rmq_error_detail **detail);
/* Waits until it holds its share of the queues of every topic, which is none where there are more members
 * than queues: what is sent from then on is delivered to this member or another one. Who held them until
 * now may not have let go of them yet: for as long a message may come to both. timeout_ms: 0.. (0: looks
 * once); -1: 10000. Else the cause why not, and it goes on joining:
 *   RMQ_ERR_STATE     it is not started, or was closed (meanwhile, too)
 *   RMQ_ERR_NO_ROUTE  no name server knows the topic
 *   RMQ_ERR_CONNECT, RMQ_ERR_RESOLVE, RMQ_ERR_TLS, ...  no name server, or no broker, was reached
 *   RMQ_ERR_BROKER    the broker refused the heartbeat, with code and remark in the detail
 *   RMQ_ERR_TIMEOUT   the sentence tells: no route yet, not registered, not counted among the members
 * Not from a log callback. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_push_consumer_wait_ready(rmq_push_consumer *c, int64_t timeout_ms, rmq_error_detail **detail);
/* Suspended, the consumer keeps its queues and hands nothing new to the listener; what a listener has
 * already is finished. Before start: it starts suspended. Idempotent. RMQ_ERR_STATE: it was closed. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_push_consumer_suspend(rmq_push_consumer *c,
							      rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error rmq_push_consumer_resume(rmq_push_consumer *c,
							     rmq_error_detail **detail);
/* Stops pulling, waits for running listeners, commits offsets, leaves the group. Returns within
 * timeout_ms (0..; -1: 10000). RMQ_ERR_TIMEOUT: a listener still runs, or offsets could not be
 * committed; the consumer is closed all the same and the detail says what. Idempotent. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_push_consumer_close(rmq_push_consumer *c, int64_t timeout_ms, rmq_error_detail **detail);
/* Closes if need be. No other call may be under way; not from a listener. Returns even if a listener
 * hangs: then the memory is freed when that listener ends, and until then the log callback's argument
 * and the environment must live. */
RMQ_API void rmq_push_consumer_free(rmq_push_consumer *c);

/* Queues that this member has now, over all topics (%RETRY% left out). */
RMQ_API size_t rmq_push_consumer_queue_count(rmq_push_consumer *c);
/* "ip@instance"; borrowed, as long as the consumer. */
RMQ_API const char *rmq_push_consumer_client_id(const rmq_push_consumer *c);

/* For the messages of this call that fail. 0: the broker chooses (3 + times); 1..18: that delay
 * level, a higher one counts as 18; below 0: straight to the dead-letter queue. */
RMQ_API void rmq_consume_context_set_delay_level(rmq_consume_context *context, int level);
/* With RMQ_CONSUME_SUCCESS: messages 0..index are done, the rest failed. */
RMQ_API void rmq_consume_context_set_ack_index(rmq_consume_context *context, int index);
/* The queue of all messages of this call (ConsumeConcurrentlyContext.getMessageQueue). Of messages
 * that are delivered again its topic is %RETRY%group, while rmq_message_topic tells the one that was
 * subscribed. Borrowed during the call. */
RMQ_API const struct rmq_queue *rmq_consume_context_queue(const rmq_consume_context *context);

RMQ_END_DECLS

#endif
