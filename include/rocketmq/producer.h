/* SPDX-License-Identifier: Apache-2.0 */
/*
 * producer.h - sends messages.
 *
 * Life: new -> started -> closed. A producer may be shared by any number of
 * threads. Every message given to it completes exactly once: stored, failed, or
 * cancelled at close.
 *
 * In the child of a fork every call of a producer that the parent made fails with RMQ_ERR_FORKED, close
 * included, and free leaves it as it is: both return at once and touch nothing of the parent's. A producer
 * that the child makes works.
 *
 * Thread: any, callbacks and listeners included, unless said otherwise. A thread that is cancelled
 * (pthread_cancel) within a call is cancelled after it.
 */
#ifndef ROCKETMQ_PRODUCER_H
#define ROCKETMQ_PRODUCER_H

#include <stddef.h>
#include <stdint.h>

#include <rocketmq/common.h>
#include <rocketmq/config.h>
#include <rocketmq/error.h>
#include <rocketmq/message.h>
#include <rocketmq/queue.h>
#include <rocketmq/send.h>

RMQ_BEGIN_DECLS

typedef struct rmq_producer rmq_producer;
/* group: 1..120 of [%|a-zA-Z0-9_-], not DEFAULT_PRODUCER. Copies the configuration. Without a name
 * server in it NAMESRV_ADDR is taken; RMQ_ERR_NO_NAMESRV when there is none either,
 * RMQ_ERR_ADDRESS when one is not host:port; RMQ_ERR_SYSTEM: no descriptor or no thread is left. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_producer_new(const rmq_config *config, const char *group,
						     rmq_producer **out, rmq_error_detail **detail);
/* Starts its thread. Does not wait for the cluster: a name server that is away is
 * found by the first send. RMQ_ERR_STATE when started before, or when the group has a producer with this
 * client id in this process already. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_producer_start(rmq_producer *p, rmq_error_detail **detail);

/*
 * Sends and waits. options NULL: all defaults; borrowed during the call.
 * Tries up to 1 + retryTimesWhenSendFailed times, another broker first. `m` stays the caller's and is
 * not changed. `result` (may be NULL) gets an owned object.
 * Errors: RMQ_ERR_INVALID_ARGUMENT (topic, body), RMQ_ERR_TOO_LARGE, RMQ_ERR_NO_ROUTE,
 * RMQ_ERR_NO_BROKER, RMQ_ERR_WEAKLY_STORED (errorWhenNotStoreOK), RMQ_ERR_TIMEOUT, RMQ_ERR_CONNECT, RMQ_ERR_CONNECTION_LOST, RMQ_ERR_BROKER,
 * RMQ_ERR_CANCELLED (closed meanwhile), RMQ_ERR_STATE. The detail tells by RMQ_ERROR_MAYBE_STORED
 * whether a broker may have stored it nevertheless, and then its id (rmq_error_detail_message_id) and
 * queue (rmq_error_detail_queue).
 *
 * What may be stored twice: an attempt that got no answer in time, or whose connection was lost after
 * the message was written, may be stored; if another attempt then succeeds, there are two copies with
 * the same id. The first attempt gets all the time but a tenth (500 ms at most), so a broker must be
 * silent for longer than that and come back. With retryTimesWhenSendFailed 0 nothing is sent twice.
 * doc/reference/sending.md has the rules beside Java's.
 */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_producer_send(rmq_producer *p, const rmq_message *m,
						      const rmq_send_options *options,
						      rmq_send_result **result,
						      rmq_error_detail **detail);

/*
 * Sends and does not wait: `fn` is told the end (SendCallback.java), with the errors and rules of
 * rmq_producer_send. All of `m` and `options` that is needed is copied before it returns. Without RMQ_OK
 * fn is not called: RMQ_ERR_INVALID_ARGUMENT, RMQ_ERR_TOO_LARGE, RMQ_ERR_STATE, RMQ_ERR_NO_MEMORY,
 * RMQ_ERR_SYSTEM (no thread for callbacks).
 */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_producer_send_async(rmq_producer *p, const rmq_message *m,
							    const rmq_send_options *options,
							    rmq_send_fn fn, void *arg,
							    rmq_error_detail **detail);

/*
 * Sends once and asks for no answer: RMQ_OK says that the message is on its way to a broker, not that it
 * is stored. It waits for the route of a topic that is new. Errors: as rmq_producer_send, but for those that
 * only an answer tells; RMQ_ERR_BUSY: no room in time (flow.h); until it is written it counts there.
 */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_producer_send_oneway(rmq_producer *p, const rmq_message *m,
							     const rmq_send_options *options,
							     rmq_error_detail **detail);

/*
 * Sends messages of one topic in one request and waits (Java: send(Collection)): they are stored one behind the
 * other in one queue, all or none, and each keeps its id, tag, keys and properties. Much cheaper than one by
 * one. `messages`: from 1, none NULL; they are not changed. All of them, with 22 bytes each and
 * their properties, are at most maxMessageSize. Bodies are not compressed.
 * `results` (may be NULL) gets an owned list. Errors: as rmq_producer_send; RMQ_ERR_INVALID_ARGUMENT also for
 * another topic or wait-store flag than the first one's, and for what brokers do not obey within a batch: a
 * delay, a delivery time, a priority, a lite topic, a retry topic. The id in the detail is that of all
 * messages, with commas between.
 */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_producer_send_batch(rmq_producer *p, rmq_message *const *messages, size_t count,
			const rmq_send_options *options, rmq_send_results **results,
			rmq_error_detail **detail);
/* Sends them and does not wait: `fn` is told the end, as by rmq_producer_send_async. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_producer_send_batch_async(rmq_producer *p, rmq_message *const *messages, size_t count,
			      const rmq_send_options *options, rmq_send_batch_fn fn, void *arg,
			      rmq_error_detail **detail);
/* The queues of a topic that can be written (fetchPublishMessageQueues), as selectors get them. Owned. As this
 * producer knows them: what it does not know yet it asks for, within sendMsgTimeout. RMQ_ERR_NO_ROUTE: there
 * is no such topic; it is not made. An empty list: no broker lets it be written now. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_producer_queues(rmq_producer *p, const char *topic,
							rmq_queues **queues,
							rmq_error_detail **detail);

/*
 * Takes back a timed message (rmq_message_set_delay_time_ms and its like) that is not due yet: `handle` is
 * that of its result, `topic` that of the message. Waits for the answer, sendMsgTimeout at most. RMQ_OK: the
 * broker has stored the recall; it does not look whether the message is still there, so recalls within the
 * last second or two before its time may come too late. May be repeated.
 * Errors: RMQ_ERR_INVALID_ARGUMENT: the handle is none, or of another topic; RMQ_ERR_UNSUPPORTED: a broker
 * before 5.3.2; RMQ_ERR_BROKER: it refuses, and the detail says why: recallMessageEnable is false, as it is
 * by default, or the message is due already; RMQ_ERR_NO_ROUTE, RMQ_ERR_NO_BROKER, RMQ_ERR_TIMEOUT,
 * RMQ_ERR_CONNECT, RMQ_ERR_CONNECTION_LOST, RMQ_ERR_DENIED, RMQ_ERR_CANCELLED, RMQ_ERR_STATE.
 */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_producer_recall(rmq_producer *p, const char *topic,
							const char *handle,
							rmq_error_detail **detail);

/*
 * Changes a key of its configuration while it runs, or before: sendLatencyFaultEnable, startDetectorEnable,
 * detectInterval, detectTimeout. The sends that begin after it obey it. Switched off, brokers that are put aside come back at once. RMQ_ERR_CONFIG: another key (the detail lists those that can), or no value of it;
 * RMQ_ERR_STATE: closed.
 */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_producer_set(rmq_producer *p, const char *key,
						     const char *value, rmq_error_detail **detail);

/*
 * Ends it. New sends are refused; those under way go on, with their retries, until half a second (a quarter)
 * before the end of timeout_ms (0..; -1: 5000); then the broker is told, and what remains ends with
 * RMQ_ERR_CANCELLED. Returns within timeout_ms. RMQ_ERR_CANCELLED: closed, but asynchronous messages
 * were not delivered, and rmq_producer_undelivered (flow.h) names them; told by the first close.
 * RMQ_ERR_TIMEOUT: something still runs; the producer is closed all the same. Idempotent.
 */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_producer_close(rmq_producer *p, int64_t timeout_ms,
						       rmq_error_detail **detail);
/* Closes if need be. No other call may be under way. A callback, hook, selector or check function that still runs 5 s later
 * (1 s after an earlier close) goes on alone: what it belongs to is freed when it returns, and the send of such a selector is told
 * RMQ_ERR_CANCELLED then. */
RMQ_API void rmq_producer_free(rmq_producer *p);
/* "ip@instance", as brokers list it. Borrowed, as long as the producer; "" of NULL. */
RMQ_API const char *rmq_producer_client_id(const rmq_producer *p);

RMQ_END_DECLS

#endif
