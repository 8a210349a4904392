/* SPDX-License-Identifier: Apache-2.0 */
/*
 * simple_consumer.h - receives messages and acknowledges each of them (POP, since RocketMQ 5.0).
 *
 * No queue belongs to anybody: every member of the group receives of every queue, so there may be more
 * members than queues, and a member that is slow or dies holds nothing up. What is received is kept from
 * the others for an invisible time. Whoever acknowledges it within that time is done with it; else it is
 * delivered again, to any member, with rmq_message_reconsume_times one higher. A program that needs more
 * time says so (rmq_simple_consumer_change_invisible), one that cannot do it now as well, with a short time.
 * So each message is delivered at least once; it may be twice, and order is kept only where it was asked for.
 *
 * The receipt by which a message is acknowledged stays with it: in its list, in a message kept with
 * rmq_message_ref, in a copy (rmq_message_dup; its property POP_CK).
 *
 * A broker that knows no POP (4.9) is refused at once: RMQ_ERR_UNSUPPORTED. Everything else is as in
 * push_consumer.h: groups, subscriptions (the same in all members), forks.
 *
 * Thread: any, unless said otherwise; several may receive at once. One message: one thread at a time. Not
 * from a log callback.
 */
#ifndef ROCKETMQ_SIMPLE_CONSUMER_H
#define ROCKETMQ_SIMPLE_CONSUMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/common.h>
#include <rocketmq/config.h>
#include <rocketmq/error.h>
#include <rocketmq/message.h>
#include <rocketmq/messages.h>

RMQ_BEGIN_DECLS

typedef struct rmq_simple_consumer rmq_simple_consumer;

/* group as in producer.h, not DEFAULT_CONSUMER. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_simple_consumer_new(const rmq_config *config,
							    const char *group,
							    rmq_simple_consumer **out,
							    rmq_error_detail **detail);
/* As rmq_push_consumer_subscribe, rmq_push_consumer_subscribe_sql, rmq_push_consumer_unsubscribe. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_simple_consumer_subscribe(rmq_simple_consumer *c,
								  const char *topic,
								  const char *expression,
								  rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error rmq_simple_consumer_subscribe_sql(rmq_simple_consumer *c,
								      const char *topic,
								      const char *expression,
								      rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error rmq_simple_consumer_unsubscribe(rmq_simple_consumer *c,
								    const char *topic,
								    rmq_error_detail **detail);
/*
 * Lite topics (5.5.0; doc/reference/lite.md): queues within a parent topic that come with their first message, of which
 * there may be thousands, say one a session or a user (rmq_message_set_lite_topic). A consumer has those of one parent,
 * at most as many as the cluster lets it, and subscribes nothing else. Before or after start, as often as one likes.
 * What was sent to a lite topic before the group knew it comes, too. Each is received in order: of a lite topic nothing
 * comes to anybody in the group while something of it is out. A message that is never acknowledged comes again for
 * ever, there are no dead letters. rmq_message_queue_offset is its place in the lite topic.
 *
 * The group must be bound to the parent at the brokers (its attribute lite.bind.topic), the parent be of the type LITE,
 * and brokers need enableLmq=true and enableMultiDispatch=true. Where that is not so, a receive tells at once. With
 * lite.sub.model=Exclusive a lite topic has one client, the last that subscribed it: the one before is told by a log
 * line and RMQ_EVENT_TAKEN_OVER. Members of different groups must not share a client id (instanceName).
 *
 * After the start it returns when all brokers that answer know it: the others are told later.
 *   parent, lite_topic        lite_topic: 1..64 letters, digits, - and _
 *   RMQ_ERR_INVALID_ARGUMENT  also: it has another parent, or other subscriptions
 *   RMQ_ERR_UNSUPPORTED       a broker knows no lite topics, or keeps none
 *   RMQ_ERR_BROKER            it refused: 604 (the group may not consume), 2018 (too many)
 *   RMQ_ERR_NOT_FOUND         unsubscribe: it was not subscribed
 *   RMQ_ERR_STATE             closed
 * After an error it is as it was. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_simple_consumer_subscribe_lite(rmq_simple_consumer *c,
								       const char *parent,
								       const char *lite_topic,
								       rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error rmq_simple_consumer_unsubscribe_lite(rmq_simple_consumer *c,
									 const char *parent,
									 const char *lite_topic,
									 rmq_error_detail **detail);
/* In order: of a queue nothing is received by anybody in the group while something of it is out, neither
 * acknowledged nor over. All members must say the same. Before start, RMQ_ERR_STATE after it. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_simple_consumer_set_orderly(rmq_simple_consumer *c, bool is_orderly, rmq_error_detail **detail);
/* Joins the group. A second call: RMQ_ERR_STATE. RMQ_ERR_CONFIG: messageModel is BROADCASTING, which has no meaning
 * here. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_simple_consumer_start(rmq_simple_consumer *c,
							      rmq_error_detail **detail);
/* Until brokers of all subscribed topics are known and one has taken this member in: as
 * rmq_push_consumer_wait_ready. A receive waits by itself. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_simple_consumer_wait_ready(rmq_simple_consumer *c,
								   int64_t timeout_ms,
								   rmq_error_detail **detail);

/* Waits for messages of any subscription at any broker: 1..max of them as soon as there are some, none
 * when the time is over (RMQ_OK, an empty list).
 *   max           1..32
 *   invisible_ms  1000..43200000 (12 h); -1: popInvisibleTime
 *   timeout_ms    0.. (0: asks each broker once); -1: brokerSuspendMaxTimeMillis. A broker that does not
 *                 answer takes mqClientApiTimeout more, once: then it is not waited for any more until it is
 *                 heard of again, and the others are received of meanwhile.
 * Errors, when nothing came and no broker gave a proper answer:
 *   RMQ_ERR_STATE        not started, closed, nothing subscribed
 *   RMQ_ERR_UNSUPPORTED  the broker knows no POP; at once
 *   RMQ_ERR_DENIED       access control; at once
 *   RMQ_ERR_BROKER       refused, with code and remark in the detail; a bad expression at once
 *   RMQ_ERR_CANCELLED    it was closed meanwhile
 *   RMQ_ERR_TIMEOUT      a broker does not answer
 *   others               what failed last, or why no broker is known (rmq_push_consumer_wait_ready) */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_simple_consumer_receive(rmq_simple_consumer *c, int max, int64_t invisible_ms,
			    int64_t timeout_ms, rmq_messages **messages, rmq_error_detail **detail);
/* `messages` is the callee's with RMQ_OK, NULL else; `detail` (NULL with RMQ_OK) is borrowed. */
typedef void (*rmq_receive_fn)(enum rmq_error error, rmq_messages *messages,
			       const rmq_error_detail *detail, void *arg);
/* The same without waiting: RMQ_OK: fn is called once, on a callback thread of the consumer, with the same
 * errors. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_simple_consumer_receive_async(rmq_simple_consumer *c,
								      int max, int64_t invisible_ms,
								      int64_t timeout_ms,
								      rmq_receive_fn fn, void *arg,
								      rmq_error_detail **detail);

/* The message is done. What a broker does not answer is told again, three times in all, each time for
 * mqClientApiTimeout.
 *   RMQ_ERR_EXPIRED           its invisible time was over before the ack was told: it is delivered again
 *   RMQ_ERR_NOT_FOUND         the broker knows no such message
 *   RMQ_ERR_INVALID_ARGUMENT  it was not received by POP
 *   RMQ_ERR_STATE             not started, or closed: what is not acknowledged by then comes again
 *   RMQ_ERR_DENIED, RMQ_ERR_UNSUPPORTED, RMQ_ERR_BROKER   the broker refused; the detail has its code
 *   RMQ_ERR_NO_BROKER         no master of that name is known: nobody has heard it
 *   RMQ_ERR_TIMEOUT, RMQ_ERR_CONNECTION_LOST, ...   the broker may or may not have heard it */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_simple_consumer_ack(rmq_simple_consumer *c,
							    const rmq_message *message,
							    rmq_error_detail **detail);
/* Many at once, with a request a broker (5.1.3; before that, a request a message). results (NULL: not
 * wanted) has room for `count` of them: what became of each, as above. Returns the first that is not
 * RMQ_OK, which the detail explains. A broker that does not answer is waited for once, up to 3 times
 * mqClientApiTimeout: all that lie there have the same error then, whether it was told of them or not. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_simple_consumer_ack_batch(rmq_simple_consumer *c, const rmq_message *const *messages,
			      size_t count, enum rmq_error *results, rmq_error_detail **detail);
/* From now on it is kept from others for this time (1000..43200000; -1: popInvisibleTime), longer or shorter
 * than before. The message, and all that share it, have another receipt then; a copy's (rmq_message_dup)
 * stays the old one, which is good no more. Errors as of an ack; but what the broker may have heard is not told
 * again. If it has (RMQ_ERR_TIMEOUT, RMQ_ERR_CONNECTION_LOST), nobody has the new receipt, and the message may
 * come again after either time, whatever is said of it from then on. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_simple_consumer_change_invisible(rmq_simple_consumer *c,
									 const rmq_message *message,
									 int64_t invisible_ms,
									 rmq_error_detail **detail);

/* `detail` (NULL with RMQ_OK) is borrowed. */
typedef void (*rmq_ack_fn)(enum rmq_error error, const rmq_error_detail *detail, void *arg);
/* An ack without waiting: RMQ_OK: fn is called once, on a callback thread of the consumer, with the same errors;
 * RMQ_ERR_CANCELLED: the consumer was closed before the broker answered, which may have heard it. The message is
 * kept until then: the caller may free it or its list at once, but says nothing else of it to the consumer
 * meanwhile. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_simple_consumer_ack_async(rmq_simple_consumer *c,
								  const rmq_message *message,
								  rmq_ack_fn fn, void *arg,
								  rmq_error_detail **detail);
/* `results`: what became of each, in the order of the call; borrowed, as `detail`, which explains `error`: the first
 * that is not RMQ_OK. */
typedef void (*rmq_ack_batch_fn)(enum rmq_error error, const enum rmq_error *results, size_t count,
				 const rmq_error_detail *detail, void *arg);
/* The same of many (rmq_simple_consumer_ack_batch). The list of pointers is the caller's again at once. With
 * rmq_simple_consumer_receive_async it is the fastest way: no thread sleeps for either of them. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_simple_consumer_ack_batch_async(rmq_simple_consumer *c, const rmq_message *const *messages,
				    size_t count, rmq_ack_batch_fn fn, void *arg,
				    rmq_error_detail **detail);
/* The same of rmq_simple_consumer_change_invisible. The new receipt is there when fn is called. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_simple_consumer_change_invisible_async(rmq_simple_consumer *c, const rmq_message *message,
					   int64_t invisible_ms, rmq_ack_fn fn, void *arg,
					   rmq_error_detail **detail);

/* Who receives is told RMQ_ERR_CANCELLED. Asynchronous acks are waited for, and what is left of them at the end of
 * the time is told RMQ_ERR_CANCELLED. RMQ_ERR_TIMEOUT: it is closed, but messages that were received are
 * not acknowledged: the detail says how many, and when they come again. timeout_ms as in
 * rmq_push_consumer_close. Idempotent. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_simple_consumer_close(rmq_simple_consumer *c, int64_t timeout_ms, rmq_error_detail **detail);
/* Closes if need be. No other call may be under way. Lists and messages live on. */
RMQ_API void rmq_simple_consumer_free(rmq_simple_consumer *c);
/* "ip@instance"; borrowed, as long as the consumer. */
RMQ_API const char *rmq_simple_consumer_client_id(const rmq_simple_consumer *c);

RMQ_END_DECLS

#endif
