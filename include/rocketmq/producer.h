/* SPDX-License-Identifier: Apache-2.0 */
/*
 * producer.h - sends messages.
 *
 * Life: new -> started -> closed. A producer may be shared by any number of
 * threads. Every message given to it completes exactly once: stored, failed, or
 * cancelled at close.
 *
 * Thread: any, callbacks and listeners included, unless said otherwise.
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

RMQ_BEGIN_DECLS

typedef struct rmq_producer rmq_producer;
typedef struct rmq_send_options rmq_send_options;
typedef struct rmq_send_result rmq_send_result;

/* SendStatus.java. All of them are stored on the master; only RMQ_SEND_OK has all that was asked. */
enum rmq_send_status {
	RMQ_SEND_OK = 0,
	RMQ_SEND_FLUSH_DISK_TIMEOUT = 1,
	RMQ_SEND_FLUSH_SLAVE_TIMEOUT = 2,
	RMQ_SEND_SLAVE_NOT_AVAILABLE = 3
};

/* group: 1..120 of [%|a-zA-Z0-9_-], not DEFAULT_PRODUCER. Copies the configuration. Without a name
 * server in it NAMESRV_ADDR is taken; RMQ_ERR_NO_NAMESRV when there is none either,
 * RMQ_ERR_ADDRESS when one is not host:port. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_producer_new(const rmq_config *config, const char *group,
						     rmq_producer **out, rmq_error_detail **detail);
/* Starts its thread. Does not wait for the cluster: a name server that is away is
 * found by the first send. RMQ_ERR_STATE when started before. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_producer_start(rmq_producer *p, rmq_error_detail **detail);

/* All defaults. NULL when memory is out. One object may serve many sends, on several threads at once,
 * while nobody sets or frees it. */
RMQ_API rmq_send_options *rmq_send_options_new(void);
/* 1.. ms: the budget of the whole call with its retries, more than a day counts as a day; -1, the
 * default: sendMsgTimeout. RMQ_ERR_INVALID_ARGUMENT: NULL, or another number. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_send_options_set_timeout(rmq_send_options *o, int64_t timeout_ms, rmq_error_detail **detail);
RMQ_API void rmq_send_options_free(rmq_send_options *o);

/*
 * Sends and waits. options NULL: all defaults; borrowed during the call.
 * Tries up to 1 + retryTimesWhenSendFailed times, another broker first. `m` stays the caller's and is
 * not changed. `result` (may be NULL) gets an owned object.
 * Errors: RMQ_ERR_INVALID_ARGUMENT (topic, body), RMQ_ERR_TOO_LARGE, RMQ_ERR_NO_ROUTE,
 * RMQ_ERR_NO_BROKER, RMQ_ERR_TIMEOUT, RMQ_ERR_CONNECT, RMQ_ERR_CONNECTION_LOST, RMQ_ERR_BROKER,
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

/* Ends it: the broker is told; sends under way complete as they would until then, and those that
 * remain with RMQ_ERR_CANCELLED. Returns within
 * timeout_ms (0..; -1: 5000). RMQ_ERR_TIMEOUT: something still runs; the producer is closed all the
 * same. Idempotent. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_producer_close(rmq_producer *p, int64_t timeout_ms,
						       rmq_error_detail **detail);
/* Closes if need be. No other call may be under way. */
RMQ_API void rmq_producer_free(rmq_producer *p);
/* "ip@instance", as brokers list it. Borrowed, as long as the producer; "" of NULL. */
RMQ_API const char *rmq_producer_client_id(const rmq_producer *p);

/* How safely it is stored. */
RMQ_API enum rmq_send_status rmq_send_result_status(const rmq_send_result *r);
/* Texts are borrowed, as long as `r`; never NULL. */
RMQ_API const char *rmq_send_result_message_id(const rmq_send_result *r); /* UNIQ_KEY */
RMQ_API const char *rmq_send_result_offset_message_id(const rmq_send_result *r);
/* Where it is stored. */
RMQ_API const struct rmq_queue *rmq_send_result_queue(const rmq_send_result *r);
RMQ_API int64_t rmq_send_result_queue_offset(const rmq_send_result *r);
RMQ_API const char *rmq_send_result_transaction_id(const rmq_send_result *r); /* "" if none */
RMQ_API const char *rmq_send_result_region_id(const rmq_send_result *r);
RMQ_API void rmq_send_result_free(rmq_send_result *r);

RMQ_END_DECLS

#endif
