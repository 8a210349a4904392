/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow.h - what a producer has in flight: how much, when there is room again, when it is done, and what
 * was not delivered when it was closed.
 *
 * A message is in flight from the moment that rmq_producer_send_async has accepted it until its callback has
 * returned; a batch (rmq_producer_send_batch_async) counts as its messages. There may be backPressureForAsyncSendNum of
 * backPressureForAsyncSendSize bytes; a larger message passes when it is alone. Beyond that a send
 * waits within its own timeout (backPressurePolicy BLOCK), or is refused at once (FAIL): both end with
 * RMQ_ERR_BUSY, which is retriable, and nothing was kept. Within a callback of the producer a send
 * never waits: it may take the room of the message that the callback is about, so a callback can always
 * send the next message of that size; more than that is refused at once.
 * A request counts until it is stored. A one-way message counts until it is written to its connection. Synchronous
 * sends (batches and half messages, too) hold their callers and do not count.
 * doc/reference/flow.md sets it beside Java.
 *
 * Thread: any, callbacks included.
 */
#ifndef ROCKETMQ_FLOW_H
#define ROCKETMQ_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/common.h>
#include <rocketmq/error.h>
#include <rocketmq/producer.h>

RMQ_BEGIN_DECLS

/* --- In flight ---------------------------------------------------------------------------------- */

/* Messages, and bytes of their bodies and properties, now. 0 of NULL, and in the child of a fork. */
RMQ_API size_t rmq_producer_in_flight(const rmq_producer *p);
RMQ_API size_t rmq_producer_in_flight_bytes(const rmq_producer *p);

/* Runs on a callback thread of the client, never twice at once, never under a lock. */
typedef void (*rmq_room_fn)(void *arg);
/* `fn` is told once after sends were refused with RMQ_ERR_BUSY, when at most half of the messages are left
 * and the largest that was refused would fit: then send on, until it is refused again. Not told once the
 * producer is closed. NULL: nobody. RMQ_ERR_INVALID_ARGUMENT: p is NULL. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_producer_set_room_fn(rmq_producer *p, rmq_room_fn fn,
							     void *arg, rmq_error_detail **detail);

/*
 * Waits until every message accepted before the call is complete: its callback has returned. What is
 * accepted meanwhile does not hold it up. timeout_ms: 0..; -1: as long as it takes, which is the longest
 * timeout of those sends. RMQ_ERR_TIMEOUT: the detail says how many are left. Whether they were stored
 * their callbacks tell. Within a callback of the producer it does not wait, as that callback would have
 * to return first. RMQ_ERR_STATE: not started; after close it tells what close left.
 */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_producer_flush(rmq_producer *p, int64_t timeout_ms,
						       rmq_error_detail **detail);

/* --- What was not delivered ------------------------------------------------------------------------- */

typedef struct rmq_undelivered rmq_undelivered;                 /* an owned list */
typedef struct rmq_undelivered_message rmq_undelivered_message; /* borrowed from it */

/*
 * The messages that were in flight when the producer was closed and then failed, in the order of their
 * ends; their callbacks were told too. Complete after a rmq_producer_close that returned RMQ_OK, or
 * before _free. *out is owned; empty when all were delivered. RMQ_ERR_INVALID_ARGUMENT,
 * RMQ_ERR_NO_MEMORY.
 */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_producer_undelivered(rmq_producer *p, rmq_undelivered **out,
							     rmq_error_detail **detail);
RMQ_API size_t rmq_undelivered_count(const rmq_undelivered *u);
/* NULL past the end. Borrowed, as long as the list. */
RMQ_API const rmq_undelivered_message *rmq_undelivered_at(const rmq_undelivered *u, size_t i);
/* Further ones, which the list does not name: 100,000 are kept, and none when memory is out. */
RMQ_API size_t rmq_undelivered_omitted(const rmq_undelivered *u);
RMQ_API void rmq_undelivered_free(rmq_undelivered *u);

/* Texts are borrowed, as long as the list; "" of NULL. */
RMQ_API const char *rmq_undelivered_message_id(const rmq_undelivered_message *m); /* UNIQ_KEY */
RMQ_API const char *rmq_undelivered_message_topic(const rmq_undelivered_message *m);
RMQ_API const char *rmq_undelivered_message_keys(const rmq_undelivered_message *m); /* "": none */
RMQ_API enum rmq_error rmq_undelivered_message_error(const rmq_undelivered_message *m);
/* A broker may have it nevertheless: sent again, it may be there twice. False: it is not stored. */
RMQ_API bool rmq_undelivered_message_is_maybe_stored(const rmq_undelivered_message *m);

RMQ_END_DECLS

#endif
