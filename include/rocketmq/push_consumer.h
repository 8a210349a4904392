/* SPDX-License-Identifier: Apache-2.0 */
/*
 * push_consumer.h - consumes messages by a listener.
 *
 * The members of a group share the queues of a topic (clustering). Messages are
 * pulled by long polling and handed to the listener on a pool of consume threads:
 * in any order, or, by an orderly listener, those of a queue one after the other. A message is done when the listener says so; the offset committed
 * to the broker is the lowest one not done, so a crash redelivers and never loses.
 * All members must have the same subscriptions.
 *
 * With clientRebalance=false (concurrent listeners, CLUSTERING) brokers share the queues, and let the members pop
 * those of a topic that was switched to it (rmq_admin_set_message_request_mode): no queue belongs to anybody
 * then, and each message is acknowledged by itself, within popInvisibleTime of its pop. What is done later, or fails,
 * comes again (after 10 s, 30 s, ... 2 h, or by the delay level of the context), to any member. A call may have messages
 * of several queues of a broker; rmq_consume_context_queue has id -1. doc/reference/pop.md.
 *
 * In the child of a fork every call of a consumer that the parent made fails with RMQ_ERR_FORKED, close
 * included, and free leaves it as it is: both return at once and touch nothing of the parent's. A consumer
 * that the child makes works. A listener may fork; what it starts has the signal mask of the thread that
 * made the consumer.
 *
 * Thread: any, unless said otherwise. A thread that is cancelled (pthread_cancel) within a call is cancelled
 * after it.
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
typedef struct rmq_orderly_context rmq_orderly_context;

/* ConsumeConcurrentlyStatus.java */
enum rmq_consume_status {
	RMQ_CONSUME_SUCCESS = 0,
	RMQ_RECONSUME_LATER = 1 /* sent back: delivered again after a delay that grows */
};

/*
 * `messages` are borrowed during the call (rmq_message_ref keeps one), 1..consumeMessageBatchMaxSize
 * of one queue. Called on a consume thread, several at once. It may call any function of
 * this consumer, close included, except free.
 * Whoever has not returned after consumeTimeout (15 minutes) keeps its thread, but is not waited for: the
 * messages are sent back and delivered again, and what it returns then does not count.
 */
typedef enum rmq_consume_status (*rmq_consume_fn)(rmq_push_consumer *c,
						  const rmq_message *const *messages, size_t count,
						  rmq_consume_context *context, void *arg);

/* ConsumeOrderlyStatus.java; its COMMIT and ROLLBACK, which are deprecated there, are not. */
enum rmq_orderly_status {
	RMQ_ORDERLY_SUCCESS = 0,
	RMQ_SUSPEND_CURRENT_QUEUE_A_MOMENT =
		1 /* the same messages again after a time; the queue waits */
};

/*
 * As rmq_consume_fn, but a queue is called for by one thread at a time, and in the order of its messages:
 * while a message is not done, no later one of its queue is delivered. Messages that belong together are in
 * order if they were sent to one queue (rmq_send_options_set_sharding_key, or a selector) by one thread.
 * One that fails is delivered again after a time, here, for ever, or, with maxReconsumeTimes, so many times
 * and then goes to the dead-letter queue. There is no consumeTimeout: who does not return holds up his queue.
 *
 * Each queue is locked at its broker for this member, so its order holds across the members of a group, too,
 * if all of them are orderly. The lock is renewed; while it cannot be, nothing is delivered. Another member
 * gets the queue when the call under way has returned, and begins behind what was done here. Only an
 * unclean end (a crash, a process that stands still for longer than a minute) delivers messages again.
 */
typedef enum rmq_orderly_status (*rmq_consume_orderly_fn)(rmq_push_consumer *c,
							  const rmq_message *const *messages,
							  size_t count,
							  rmq_orderly_context *context, void *arg);

/* group as in producer.h, not DEFAULT_CONSUMER. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_push_consumer_new(const rmq_config *config,
							  const char *group,
							  rmq_push_consumer **out,
							  rmq_error_detail **detail);
/* Before start, or while running. expression: "*" or NULL for all, else tags "A || B"; what looks like
 * SQL or joins tags otherwise is refused. A second call for the same topic replaces the first. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_push_consumer_subscribe(rmq_push_consumer *c,
								const char *topic,
								const char *expression,
								rmq_error_detail **detail);
/* The same by a condition on the properties of messages, which the broker evaluates (SQL92): "a between 0 and
 * 3 and region = 'eu'". Not empty. A broker must allow it (enablePropertyFilter=true); what it thinks of the
 * expression is known when one has been asked: RMQ_EVENT_REFUSED, and wait_ready fails at once with its
 * words. Until a broker agrees, nothing of the topic is consumed. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_push_consumer_subscribe_sql(rmq_push_consumer *c,
								    const char *topic,
								    const char *expression,
								    rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_push_consumer_unsubscribe(rmq_push_consumer *c, const char *topic, rmq_error_detail **detail);
/* Before start, RMQ_ERR_STATE after it. A second call replaces the first. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_push_consumer_set_listener(rmq_push_consumer *c,
								   rmq_consume_fn fn, void *arg,
								   rmq_error_detail **detail);
/* The same with an orderly listener: a consumer has one listener, of one kind, and the last call counts. Every
 * member of the group must be orderly then. See doc/reference/orderly.md. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_push_consumer_set_orderly_listener(rmq_push_consumer *c, rmq_consume_orderly_fn fn, void *arg,
				       rmq_error_detail **detail);
/* Is told which queues come and go (queue.h). Before start, RMQ_ERR_STATE after it. A second call replaces
 * the first. RMQ_ERR_SYSTEM: no thread could be made for it. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_push_consumer_set_queues_fn(rmq_push_consumer *c,
								    rmq_queues_fn fn, void *arg,
								    rmq_error_detail **detail);
/* Shares the queues instead of allocateMessageQueueStrategy (queue.h). Before start, RMQ_ERR_STATE after it. All members of
 * a group must have the same. RMQ_ERR_SYSTEM: no thread could be made for it. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_push_consumer_set_allocate_fn(rmq_push_consumer *c,
								      rmq_allocate_fn fn, void *arg,
								      rmq_error_detail **detail);
/* Starts its threads and returns; joining the group goes on in the background and survives a cluster
 * that is away. RMQ_ERR_STATE: started before, no listener, no subscription, or the group
 * has a consumer with this client id in this process already (instanceName). */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_push_consumer_start(rmq_push_consumer *c,
							    rmq_error_detail **detail);
/* Waits until it holds its share of the queues of every topic, which is none where there are more members
 * than queues, and its pulls of them are taken: what is sent from then on is delivered to this member or another one. Who held them until
 * now may not have let go of them yet: for as long a message may come to both. timeout_ms: 0.. (0: looks
 * once); -1: 10000. Else the cause why not, and it goes on joining:
 *   RMQ_ERR_STATE     it is not started, or was closed (meanwhile, too)
 *   RMQ_ERR_NO_ROUTE  no name server knows the topic
 *   RMQ_ERR_CONNECT, RMQ_ERR_RESOLVE, RMQ_ERR_TLS, ...  no name server, or no broker, was reached
 *   RMQ_ERR_BROKER    a name server or broker refused something (route, heartbeat, list of members,
 *                     start offset, pull), with code and remark in the detail; fatal and at once when
 *                     that is the expression of a topic
 *   RMQ_ERR_TIMEOUT   the sentence tells: no route yet, not registered, not counted among the members
 * Not from a log callback. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_push_consumer_wait_ready(rmq_push_consumer *c, int64_t timeout_ms, rmq_error_detail **detail);
/* Suspended, the consumer keeps its queues and asks for no more messages; what has come already, which is at most what
 * pullThresholdForQueue and its like let wait, is still handed to the listener (DefaultMQPushConsumerImpl.suspend). What
 * waits for its turn by rmq_push_consumer_set_rate_limit waits on. Before start: it starts suspended. Idempotent.
 * RMQ_ERR_STATE: it was closed. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_push_consumer_suspend(rmq_push_consumer *c,
							      rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error rmq_push_consumer_resume(rmq_push_consumer *c,
							     rmq_error_detail **detail);
/* From now on the listener gets so many messages a second at most, of all topics and queues together; 0: no
 * limit. As consumeRateLimit, 0..10000000, before start or while running. What waits for its time is not fetched;
 * no thread waits for it. See doc/reference/limits.md. RMQ_ERR_INVALID_ARGUMENT; RMQ_ERR_STATE: it was closed. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_push_consumer_set_rate_limit(rmq_push_consumer *c,
								     int64_t per_second,
								     rmq_error_detail **detail);
/* Stops pulling, waits for running listeners, commits offsets, leaves the group. Returns within
 * timeout_ms (0..; -1: 10000). RMQ_ERR_TIMEOUT: a listener, or another function of the user, still runs, or
 * offsets could not be committed; the consumer is closed all the same and the detail says what. Idempotent. */
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

/* With RMQ_SUSPEND_CURRENT_QUEUE_A_MOMENT: how long the queue waits, 10..30000 ms (what is outside counts
 * as the nearer end). Below 0, and without this call: suspendCurrentQueueTimeMillis. */
RMQ_API void rmq_orderly_context_set_suspend_time(rmq_orderly_context *context, int64_t suspend_ms);
/* As rmq_consume_context_queue. */
RMQ_API const struct rmq_queue *rmq_orderly_context_queue(const rmq_orderly_context *context);

RMQ_END_DECLS

#endif
