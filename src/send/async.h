/* SPDX-License-Identifier: Apache-2.0 */
/*
 * async.h - a send that nobody waits for: its attempts are calls, its pauses timers
 * on the loop (DefaultMQProducerImpl.sendDefaultImpl in mode ASYNC,
 * MQClientAPIImpl.sendMessageAsync, but with the rules of a synchronous one).
 *
 *     the caller's thread: request, first queue, encoding of the frame
 *     the loop:            writing, the answer, further attempts, fn
 *
 * A route that is not known is asked for first; then the first attempt is made on the
 * loop, or on a callback thread where the user chooses the queue. What is sent while such a late one waits goes the
 * same way behind it, although its own route is known: the first attempts of one thread keep its order.
 *
 * Two doors: rmqi_async_send_start for who lives on the loop and brings the memory, and
 * rmqi_send_async for users, who are called back on the client's callback threads
 * (client/callbacks.h).
 */
#ifndef RMQI_SEND_ASYNC_H
#define RMQI_SEND_ASYNC_H

#include <stdbool.h>

#include <rocketmq/error.h>
#include <rocketmq/message.h>
#include <rocketmq/send.h>

#include "base/executor.h"
#include "base/macros.h"
#include "net/conn.h"
#include "send/core.h"
#include "send/request.h"
#include "send/result.h"
#include "send/sender.h"

struct rmqi_async_send {
	/* The caller's, set before start. */
	/* Thread: loop; once; may free `a`. With `sender` NULL the producer was freed while its selector
	 * ran: a callback thread calls it, and nothing of the producer's is there any more. */
	void (*fn)(struct rmqi_async_send *a);
	struct rmqi_send_request request; /* initialised; what it points to must live until fn */
	const char *topic;                /* whose route; lives until fn */
	bool wants_result;
	struct rmq_send_result *room; /* memory for the result; moved; NULL: none */
	bool only_known;              /* the topic is not made by this send */

	/* For fn. */
	enum rmq_error error;
	struct rmq_send_result *result;  /* moved to fn; NULL on an error, or if none is wanted */
	struct rmq_error_detail *detail; /* moved to fn; NULL while nothing failed */

	/* Inside. */
	struct rmqi_sender *sender;
	struct rmqi_send core;
	struct rmqi_topic_route *route;     /* a reference; NULL: not known yet */
	struct rmqi_topic_route *new_route; /* a reference; NULL: there was no need of one */
	struct rmqi_call call;
	struct rmqi_task task;
	struct rmqi_gate *gate; /* a reference, while the user is asked on a callback thread */
	bool is_late;           /* it counts in sender.late */
	struct rmqi_pause pause;
};

/* RMQ_OK: fn will be called, but not from within this function. RMQ_ERR_STATE: stopped or not
 * started; fn will not be called. `how` may be NULL. Thread: any. */
enum rmq_error rmqi_async_send_start(struct rmqi_async_send *a, struct rmqi_sender *s,
				     const struct rmqi_send_how *how,
				     struct rmq_error_detail *detail) RMQI_MUST_USE;

/*
 * All of `m` that is needed is copied before it returns. RMQ_OK: fn is called once, on a callback
 * thread, whatever happens; never from within this function. Otherwise fn is not called: the message
 * or the state is wrong, or memory is out. A picker that asks the user is asked on the caller's
 * thread, or on a callback thread when the route was not known. Thread: any.
 */
enum rmq_error rmqi_send_async(struct rmqi_sender *s, const struct rmq_message *m,
			       const struct rmqi_send_how *how, rmq_send_fn fn, void *arg,
			       struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
