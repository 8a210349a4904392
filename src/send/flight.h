/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flight.h - the sends of a producer that go on after their call has returned: how many there may be, and of
 * how many bytes; who waits for room; and when those of before are complete.
 *
 *     enter -> place -> leave          one message, from its acceptance until its callback has returned
 *                                      (a one-way one: until it is written)
 *
 * The budget (DefaultMQProducer.backPressureForAsyncSendNum, ...Size). A message that is larger than
 * all of it passes when it is alone; Java's never does. Who waits is served in the order of
 * coming, so a large one is not overtaken for ever.
 *
 * Nobody waits within a callback: the room that he would wait for may come of that callback's thread.
 * There a message may take the room of the one that the callback is about; beyond that it
 * is refused at once.
 *
 * Epochs. Each flush closes the epoch of what was accepted before it and waits for all
 * epochs up to that one. So it costs nothing a message, and knows how many are left.
 *
 * It is counted: a callback that does not return may outlive the producer.
 *
 * Thread: any.
 */
#ifndef RMQI_SEND_FLIGHT_H
#define RMQI_SEND_FLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "client/client.h"

struct rmqi_flight;
struct rmqi_epoch;

enum { RMQI_SPARE_MOST = 1024 }; /* memory of ended sends that is kept */

/* Memory of an ended send, for the next one. */
struct rmqi_spare {
	struct rmqi_spare *next;
	void (*free)(struct rmqi_spare *s);
};

/* Of one message, or of a batch of them. */
struct rmqi_place {
	struct rmqi_flight *flight; /* NULL: none */
	struct rmqi_epoch *epoch;
	size_t messages;
	size_t bytes;
	bool is_held; /* it counts in the budget */
};

struct rmqi_flight_counts {
	size_t messages; /* now */
	size_t bytes;
	size_t messages_peak;
	uint64_t waits;    /* sends that had to wait for room */
	uint64_t refusals; /* sends that were refused for want of it */
};

/* Told on a callback thread. */
struct rmqi_room {
	void (*fn)(void *arg);
	void *arg;
};

/* The rules are those of the client's configuration; the client must outlive all calls but _leave and
 * _unref. RMQ_ERR_NO_MEMORY. */
enum rmq_error rmqi_flight_new(struct rmqi_client *client, struct rmqi_flight **out) RMQI_MUST_USE;
void rmqi_flight_unref(struct rmqi_flight *f);
/* After a refusal `room` is told once, when half of the messages have gone and what was refused would
 * fit. {NULL}: nobody. */
void rmqi_flight_set_room(struct rmqi_flight *f, struct rmqi_room room);
/* `full` is called by whoever is about to wait for room, under no lock: it hurries on what is held. Before
 * the first _enter. */
void rmqi_flight_set_full(struct rmqi_flight *f, struct rmqi_room full);
/* Nobody enters any more, and those that wait for room are turned away. Idempotent. */
void rmqi_flight_close(struct rmqi_flight *f);

/* Waits for room until the deadline if the policy and the thread allow it. RMQ_OK: leave must follow, and
 * *spare (`spare` may be NULL) is memory of an ended send (owned), or NULL. RMQ_ERR_BUSY: there was no room; RMQ_ERR_CANCELLED:
 * closed. */
enum rmq_error rmqi_flight_enter(struct rmqi_flight *f, size_t bytes, int64_t deadline_us,
				 struct rmqi_place *out, struct rmqi_spare **spare,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
/* The same for messages that go together: they have one place, and wait for room for all. */
enum rmq_error rmqi_flight_enter_many(struct rmqi_flight *f, size_t messages, size_t bytes,
				      int64_t deadline_us, struct rmqi_place *out,
				      struct rmq_error_detail *detail) RMQI_MUST_USE;
/* `spare` (may be NULL) is moved; `p` may be a part of it. Between _lend and _unlend, within a call of
 * the user's, or on the loop. */
void rmqi_flight_leave(struct rmqi_place *p, struct rmqi_spare *spare);
/* Several places of one flight under one lock. */
void rmqi_flight_leave_many(struct rmqi_place *const *places, size_t count);

/* Around the user's callback about the message of this place, and its _leave. */
struct rmqi_lent {
	struct rmqi_lent *outer;
	const struct rmqi_flight *flight;
	struct rmqi_place *place; /* NULL: left */
};
void rmqi_flight_lend(struct rmqi_lent *l, struct rmqi_place *p);
void rmqi_flight_unlend(const struct rmqi_lent *l);

/* Waits until everything that entered before has left. RMQ_ERR_TIMEOUT: *left is how many have not.
 * RMQ_ERR_NO_MEMORY. Within a callback it does not wait. */
enum rmq_error rmqi_flight_flush(struct rmqi_flight *f, int64_t deadline_us,
				 size_t *left) RMQI_MUST_USE;
struct rmqi_flight_counts rmqi_flight_counts(struct rmqi_flight *f);

#endif
