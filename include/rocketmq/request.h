/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request.h - a message that waits for a reply (DefaultMQProducer.request, RequestCallback.java).
 *
 *     who asks      rmq_producer_request(p, m, ...)      a message with CORRELATION_ID, REPLY_TO_CLIENT, TTL
 *     who replies   rmq_message_new_reply(received, ...) in a listener, then rmq_producer_send, or
 *                   rmq_producer_send_async, by any producer of the cluster
 *
 * The broker that gets the reply hands it on to the producer that asked, and stores it in
 * <cluster>_REPLY_TOPIC (storeReplyMessageEnable). A request is a message like any other: it stays stored,
 * and is delivered again when its listener says so, so a reply may come twice. Needs brokers from 4.6 on.
 * doc/reference/request_reply.md has the rules beside Java's.
 *
 * Thread: any, callbacks and listeners included.
 */
#ifndef ROCKETMQ_REQUEST_H
#define ROCKETMQ_REQUEST_H

#include <stddef.h>

#include <rocketmq/common.h>
#include <rocketmq/error.h>
#include <rocketmq/message.h>
#include <rocketmq/producer.h>
#include <rocketmq/send.h>

RMQ_BEGIN_DECLS

/*
 * Sends and waits for the reply, which is an owned message: its body is plain, its topic that of replies.
 * The timeout of the options (-1: sendMsgTimeout) is the budget of both; `m` is as in rmq_producer_send.
 * Errors tell how far it came:
 *     without RMQ_ERROR_MAYBE_STORED   not stored, so nobody will act on it
 *     RMQ_ERR_NO_REPLY                 stored, but no reply came in time; the detail has id and queue
 *     else, with RMQ_ERROR_MAYBE_STORED   it may be stored (the errors of rmq_producer_send); or, closed
 *                                      meanwhile (RMQ_ERR_CANCELLED), it is
 *     RMQ_ERR_CORRUPT, RMQ_ERR_UNSUPPORTED, RMQ_ERR_TOO_LARGE   a reply came, but its body cannot be decompressed
 * RMQ_ERR_INVALID_ARGUMENT also when `m` is a reply itself; RMQ_ERR_STATE also when another producer of this
 * process has the same client id (instanceName), since it might get the replies.
 *
 * A close gives the requests that wait its time, as it does with sends.
 * A reply that comes when its request has ended, or a second one, is dropped; that is logged, once a second
 * at most, and counted (rmq_producer_statistics: "requests").
 */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_producer_request(rmq_producer *p, const rmq_message *m,
							 const rmq_send_options *options,
							 rmq_message **reply,
							 rmq_error_detail **detail);

/*
 * Called once for each request that was accepted, on a callback thread of the client, never under a lock.
 * `reply` is NULL on an error, `detail` NULL on success (and when memory is out); both are borrowed during
 * the call (rmq_message_dup keeps a reply). May call anything but the _free of its producer.
 */
typedef void (*rmq_reply_fn)(enum rmq_error error, const rmq_message *reply,
			     const rmq_error_detail *detail, void *arg);

/*
 * Sends and does not wait for the reply: `fn` is told the end, with the errors of rmq_producer_request. It does
 * wait, for half of the time at most, when the topic is new, or a broker has just come: until the brokers
 * know where the reply has to go. It counts in the budget until it is stored, for which it waits or is refused as
 * rmq_producer_send_async. All of `m` and `options` that is needed is copied before it returns. Without
 * RMQ_OK fn is not called: RMQ_ERR_INVALID_ARGUMENT, RMQ_ERR_TOO_LARGE, RMQ_ERR_STATE, RMQ_ERR_BUSY,
 * RMQ_ERR_CANCELLED (closed while it waited for room), RMQ_ERR_NO_MEMORY, RMQ_ERR_SYSTEM (no thread for callbacks),
 * what a hook refused it with.
 */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_producer_request_async(rmq_producer *p, const rmq_message *m, const rmq_send_options *options,
			   rmq_reply_fn fn, void *arg, rmq_error_detail **detail);

/*
 * A reply to a request that was received: an owned message, to be sent by any producer that reaches the
 * cluster (MessageUtil.createReplyMessage). It may be given further properties. body may be NULL when len is 0
 * (such a message cannot be sent). The answer to its send tells whether it was handed on:
 * RMQ_ERR_BROKER with code 1 and a remark such as "push reply message fail, channel of <...> not
 * found." says that it was not, since who asked is gone; it is tried like any other send.
 * RMQ_ERR_INVALID_ARGUMENT: an argument is NULL, or `request` is no request: it lacks CORRELATION_ID,
 * REPLY_TO_CLIENT, or CLUSTER (which brokers set, from 4.6 on). RMQ_ERR_NO_MEMORY.
 */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_message_new_reply(const rmq_message *request,
							  const void *body, size_t len,
							  rmq_message **reply,
							  rmq_error_detail **detail);

RMQ_END_DECLS

#endif
