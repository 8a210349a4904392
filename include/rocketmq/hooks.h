/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hooks.h - the user's functions before and after each send: to add properties (a trace context), to
 * measure, to refuse (SendMessageHook.java, CheckForbiddenHook.java).
 *
 *     rmq_config_add_send_hook(config, before, after, arg, &detail)    all producers made with it
 *
 *     the caller's thread    before ... before   in the order of adding; the first that refuses ends the send
 *     then                   after ... after     in the opposite order, once for each `before` that did not
 *                                                refuse, whatever became of the send
 *
 * Both are called once for a send, however many attempts it makes. `after` runs on the thread that ends the
 * send: the caller's, or for an asynchronous one the callback thread, right before its rmq_send_fn; of a request, waiting
 * or not, on a callback thread when it is stored, or failed to, whatever becomes of its reply. Never
 * on the loop, never under a lock. A hook may call anything but the _free of its producer; a message that it
 * sends itself has its hooks, too.
 *
 * Hooks are for messages that are sent one by one (synchronous, asynchronous, one-way, half messages, requests, replies), not
 * for rmq_producer_send_batch; a producer with hooks makes no batches of its own accord (autoBatch).
 */
#ifndef ROCKETMQ_HOOKS_H
#define ROCKETMQ_HOOKS_H

#include <stdint.h>

#include <rocketmq/common.h>
#include <rocketmq/config.h>
#include <rocketmq/error.h>
#include <rocketmq/message.h>
#include <rocketmq/send.h>

RMQ_BEGIN_DECLS

/* CommunicationMode.java */
enum rmq_send_mode {
	RMQ_SEND_SYNC = 0,  /* rmq_producer_send, rmq_producer_begin */
	RMQ_SEND_ASYNC = 1, /* rmq_producer_send_async, rmq_producer_begin_async, requests */
	RMQ_SEND_ONEWAY = 2 /* rmq_producer_send_oneway */
};

/* One send, for its hooks. Borrowed, as long as the call of a hook. */
typedef struct rmq_send_context rmq_send_context;

/* RMQ_OK: it goes on. Anything else: the send ends with this error before anything is sent, and its sentence is that
 * of rmq_send_context_set_reason. */
typedef enum rmq_error (*rmq_before_send_fn)(rmq_send_context *c, void *arg);
typedef void (*rmq_after_send_fn)(const rmq_send_context *c, void *arg);

/* Either may be NULL, not both. arg must outlive the producers made with this configuration.
 * RMQ_ERR_INVALID_ARGUMENT; RMQ_ERR_TOO_LARGE: it has 8 already. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_config_add_send_hook(rmq_config *config,
							     rmq_before_send_fn before,
							     rmq_after_send_fn after, void *arg,
							     rmq_error_detail **detail);

/* --- Before: what is sent --------------------------------------------------------------------- */

/* The user's, as it was given to the send; it is not changed. NULL in `after`. */
RMQ_API const rmq_message *rmq_send_context_message(const rmq_send_context *c);
/* A property of what is sent, in the place of the message's one of this name; 16 at most. Names and values as in
 * rmq_message_set_property. Only before. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_send_context_set_property(rmq_send_context *c,
								  const char *name,
								  const char *value,
								  rmq_error_detail **detail);
/* Properties traceparent and tracestate (W3C Trace Context); tracestate may be NULL. RMQ_ERR_INVALID_ARGUMENT:
 * traceparent is not of its form "00-<32 hex>-<16 hex>-<2 hex>", or an id is all 0. Only before. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_send_context_set_trace(rmq_send_context *c,
							       const char *traceparent,
							       const char *tracestate,
							       rmq_error_detail **detail);
/* Why it is refused; copied, cut at 255 bytes. Only before. */
RMQ_API void rmq_send_context_set_reason(rmq_send_context *c, const char *reason);
/* Each hook has a pointer of its own in each send, from its `before` to its `after`; NULL at first. */
RMQ_API void rmq_send_context_set_data(rmq_send_context *c, void *data);
RMQ_API void *rmq_send_context_data(const rmq_send_context *c);

/* --- Both --------------------------------------------------------------------------------------- */

/* How it is sent. */
RMQ_API enum rmq_send_mode rmq_send_context_mode(const rmq_send_context *c);
/* Texts are never NULL; "" of NULL. */
RMQ_API const char *rmq_send_context_group(const rmq_send_context *c);
RMQ_API const char *rmq_send_context_client_id(const rmq_send_context *c);
RMQ_API const char *rmq_send_context_topic(const rmq_send_context *c);

/* --- After: what became of it ------------------------------------------------------------------- */

/* RMQ_OK: stored, or (one-way) given to a connection. */
RMQ_API enum rmq_error rmq_send_context_error(const rmq_send_context *c);
/* NULL on an error, and of a one-way send. */
RMQ_API const rmq_send_result *rmq_send_context_result(const rmq_send_context *c);
/* With its attempts; NULL on success, or when memory is out. */
RMQ_API const rmq_error_detail *rmq_send_context_detail(const rmq_send_context *c);
/* UNIQ_KEY; "" when none is known: of a one-way send, and of one that was refused. */
RMQ_API const char *rmq_send_context_message_id(const rmq_send_context *c);
/* Since the first `before` was called. */
RMQ_API int64_t rmq_send_context_latency_us(const rmq_send_context *c);

/* --- The same for a message of one's own ----------------------------------------------------------- */

/* As rmq_send_context_set_trace. A consumer reads rmq_message_property(m, "traceparent"). */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_message_set_trace(rmq_message *m, const char *traceparent,
							  const char *tracestate,
							  rmq_error_detail **detail);

RMQ_END_DECLS

#endif
