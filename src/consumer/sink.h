/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink.h - where the messages of a consumer go: the table that the concurrent
 * listener (consume_service.h) and the orderly one (consume_orderly.h) fill; a buffer for poll is another.
 *
 *     fetch -> rmqi_mq_deliver -> take --> whatever it does --> rmqi_delivery_settle
 *                                                               rmqi_mq_settled (loop)
 *
 * An implementation
 *   - keeps a reference to a delivery while it needs it; the queue has its own until all of it is
 *     done, so the offset that is committed never passes a message that is not,
 *   - hands out nothing of a queue that is dropped (mq->is_dropped), and settles nothing of
 *     it: the next owner gets it again. The old mq stays dropped when the queue comes back,
 *   - settles each message once (delivery.h), DONE (rmqi_delivery_settle, any thread), and then has
 *     rmqi_mq_settled called on the loop when the whole delivery is done, or when
 *     rmqi_process_queue_spend says so: the queue may be waiting for it,
 *   - decides alone what becomes of a message that failed.
 *
 * A member that is put into its consumer by value begins with this struct, so that the functions
 * find it again (RMQI_CONTAINER).
 */
#ifndef RMQI_CONSUMER_SINK_H
#define RMQI_CONSUMER_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/executor.h"
#include "base/macros.h"
#include "consumer/stall.h"

struct rmq_message;
struct rmqi_delivery;
struct rmqi_mq;

/* One call of the listener that an operator asks for (CONSUME_MESSAGE_DIRECTLY). */
struct rmqi_once {
	struct rmqi_task task; /* the sink's */
	struct rmqi_sink *sink;
	const struct rmq_message *message; /* borrowed until done */
	bool was_called;                   /* false: the sink has stopped before */
	bool is_success;                   /* the listener took it */
	int64_t spent_us;
	void (*done)(struct rmqi_once *o); /* may free it */
};

struct rmqi_sink {
	/* The shape of a delivery: `chunk` messages are taken at a time (at least 1), by so many
	 * runners at most (0: nobody runs it). Immutable. */
	size_t chunk;
	unsigned runners;
	unsigned threads; /* that may call the listener at a time; 0: there is none */
	bool is_orderly;  /* one call of a queue at a time, in the order of its messages */

	/* Starts what it needs to run. Thread: any, not the loop. NULL: nothing. */
	enum rmq_error (*start)(struct rmqi_sink *s) RMQI_MUST_USE;
	/* Messages of one queue, in their order, which the queue has put down as pending. */
	void (*take)(struct rmqi_sink *s, struct rmqi_delivery *d);
	/* Must the queue wait, beyond its own limits? Asked before every step, the first one too (a
	 * queue that is not locked yet, or paused by the user). After true the sink calls
	 * rmqi_mq_continue when that is over. NULL: never. */
	bool (*must_wait)(struct rmqi_sink *s, struct rmqi_mq *mq);
	/* The queue is to go to another member. True: something of it still runs; it is not fetched
	 * any more, and the sink calls rmqi_mq_drop when that has ended, which commits what was done.
	 * Only for a sink that holds the broker's lock of the queue until then: without it the next
	 * owner may already be further than this commit. NULL: never. */
	bool (*is_busy)(struct rmqi_sink *s, struct rmqi_mq *mq);
	/* May its offset be told to the group? Not while somebody else may have gone on in it. NULL: while it
	 * is held. */
	bool (*may_commit)(struct rmqi_sink *s, struct rmqi_mq *mq);
	/* The queue is not ours any more, or we close: what was not handed out is forgotten. Called
	 * once, after its last commit was sent. NULL: nothing to do. */
	void (*dropped)(struct rmqi_sink *s, struct rmqi_mq *mq);
	/* What may be committed of a queue, when that is not the lowest message that is not done; -1: nothing.
	 * NULL: it is. */
	int64_t (*commit_offset)(struct rmqi_sink *s, struct rmqi_mq *mq);
	/* A broker can be reached (again): what waits because of an error may go on. NULL: nothing
	 * waits. */
	void (*awake)(struct rmqi_sink *s);

	/* What a queue waits for that has pending messages, or that must_wait holds: a part of a sentence.
	 * NONE: nothing of the sink's. NULL: it cannot tell. */
	enum rmqi_stall (*explain)(struct rmqi_sink *s, struct rmqi_mq *mq, char *why, size_t size);

	/* Calls the listener once with the message of `o`, out of turn, and then o->done on the loop:
	 * nothing is settled, committed or sent back. False: not now, and done is not called. NULL: there
	 * is no listener. */
	bool (*once)(struct rmqi_sink *s, struct rmqi_once *o);

	/* The end, in this order. */
	/* Nothing more is handed out; what runs goes on. */
	void (*stop)(struct rmqi_sink *s);
	/* Waits for what runs until until_us, and for what follows from it (send-backs) until rest_us.
	 * NULL: all has ended; else what has not, as a part of a sentence. Thread: the one that closes,
	 * which may be one of its own; not the loop. */
	const char *(*close)(struct rmqi_sink *s, int64_t until_us, int64_t rest_us);
	/* The offsets are committed: gives back what keeps the queues from others, until deadline_us at the
	 * latest. Thread: as `close`. NULL: there is nothing. */
	void (*release)(struct rmqi_sink *s, int64_t deadline_us);
	/* Is the caller something that `close` would wait for? Thread: any. NULL: never. */
	bool (*is_current)(struct rmqi_sink *s);
};

#endif
