/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mq.h - one queue that this member holds: who it is, what is under way, where
 * fetching and committing stand.
 *
 * An mq is one assignment: a queue that is lost and comes back is a new mq, so
 * nothing that belongs to the old one (a pull, a running listener, a commit) can touch the
 * new one.
 *
 *               rmqi_mq_call               rmqi_mq_call
 *     FINDING <-------------- READY, PAUSED --------------> FETCHING
 *        |                     ^    |  ^                       |
 *        +-- rmqi_mq_call_ended+    |  +-- rmqi_mq_call_ended--+
 *                              |    |
 *            the timer,        |    | rmqi_mq_wait, rmqi_mq_failed
 *            rmqi_mq_retry_now |    v
 *                             WAITING
 *
 *     READY <--> PAUSED   rmqi_mq_may_fetch, rmqi_mq_continue
 *     any --> DROPPED     rmqi_mq_drop, at once; from rmqi_mq_leave by way of
 *                         LEAVING while the sink is busy with it
 *
 * Only mq.c changes the state, in one function that knows the arrows.
 *
 * Thread: loop, but for refs and is_dropped.
 */
#ifndef RMQI_CONSUMER_MQ_H
#define RMQI_CONSUMER_MQ_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/list.h"
#include "client/message.h"
#include "codec/body.h"
#include "consumer/consumer.h"
#include "consumer/process_queue.h"
#include "consumer/subscriptions.h"
#include "net/address.h"
#include "net/conn.h"

enum rmqi_mq_state {
	RMQI_MQ_READY,   /* nothing under way: new, suspended, or about to go on */
	RMQI_MQ_PAUSED,  /* flow control (pending.credit is armed), or the sink: they continue it */
	RMQI_MQ_FINDING, /* `call` asks for the start offset */
	RMQI_MQ_FETCHING, /* `call` asks for messages */
	RMQI_MQ_WAITING,  /* `timer` is armed */
	RMQI_MQ_LEAVING,  /* given up, but the sink is busy with it: it will drop it */
	RMQI_MQ_DROPPED   /* not ours any more; the memory waits for its last reference */
};

struct rmqi_mq {
	atomic_uint refs;
	atomic_bool is_dropped; /* read by consume threads */
	struct rmqi_consumer *consumer;
	struct rmqi_queue key; /* immutable */
	bool is_retry;         /* of %RETRY%<group> */
	struct rmqi_sub *sub;  /* a reference; NULL once dropped */
	struct rmqi_list link; /* in sub->mqs */
	struct rmqi_process_queue pending;

	/* mq.c */
	enum rmqi_mq_state state;
	struct rmqi_call call; /* holds a reference while under way */
	struct rmqi_timer timer;
	bool waits_for_error; /* WAITING because of an error */
	int trouble;          /* what was logged last: an error, or 1000 + response code; 0 none */
	char address[RMQI_ADDRESS_MAX]; /* that the last call went to */

	/* Where fetching stands: of the fetch table's. */
	int64_t next_offset; /* to be pulled next; -1: not found yet */
	int64_t broker_id;   /* suggested for the next pull */
	int64_t pulled_us;   /* when the pull under way was sent */
	unsigned idle_pulls; /* quick answers in a row that brought us no further */
	bool is_refused;     /* the last pull was not found registered (24, 25) */

	/* Where committing stands: of the offset store. */
	bool is_placed; /* next_offset is the group's: it may be committed */
	struct {
		uint64_t offers;   /* of `sent`, since it was told first; 0: it was found there */
		int64_t sent;      /* last told to the broker, -1: nothing */
		int64_t confirmed; /* last known to be there, -1: not known */
	} told;
};

typedef void (*rmqi_mq_answer_fn)(struct rmqi_call *call, enum rmq_error error,
				  const struct rmqi_command *response);

/* --- Life ------------------------------------------------------------------------------- */

/* A new mq in its subscription's list, nothing under way. */
enum rmq_error rmqi_mq_new(struct rmqi_consumer *c, struct rmqi_sub *sub,
			   const struct rmqi_queue *key, struct rmqi_mq **out) RMQI_MUST_USE;
struct rmqi_mq *rmqi_mq_ref(struct rmqi_mq *mq); /* thread: any */
void rmqi_mq_unref(struct rmqi_mq *mq);          /* thread: any; NULL is harmless */
/* Another member is to have it: drops it, unless the sink is busy with it and will do so itself. */
void rmqi_mq_leave(struct rmqi_mq *mq);
/* Gives it up: commits what is done, discards what was not started, takes it off the list. */
void rmqi_mq_drop(struct rmqi_mq *mq);

/* --- What is done next ------------------------------------------------------------------- */

/* Does what can be done now (fetch.h). Harmless in any state. */
void rmqi_mq_continue(struct rmqi_mq *mq);
/* May messages be asked for? False: it is READY (suspended) or PAUSED now. */
bool rmqi_mq_may_fetch(struct rmqi_mq *mq);
/* The start offset is known: goes on. */
void rmqi_mq_start_at(struct rmqi_mq *mq, int64_t offset);
/* Goes on after the delay. */
void rmqi_mq_wait(struct rmqi_mq *mq, int64_t delay_ms);
/* Something failed: logs it if it is news, goes on after the delay. `code` is the broker's (-1: none). */
void rmqi_mq_failed(struct rmqi_mq *mq, const char *what, enum rmq_error error, int code,
		    struct rmqi_str remark, int64_t delay_ms);
/* The broker can be reached again, or has another address: no use in waiting. */
void rmqi_mq_retry_now(struct rmqi_mq *mq);

/* --- Calls ---------------------------------------------------------------------------------- */

/* Sends a request for this queue, which is FINDING or FETCHING (`as`) until `fn` gets &mq->call. When
 * the broker has no address, routes are fetched, and the queue waits instead. */
void rmqi_mq_call(struct rmqi_mq *mq, enum rmqi_mq_state as, int64_t broker_id,
		  const struct rmqi_outgoing *request, int64_t timeout_ms, rmqi_mq_answer_fn fn);
/* The mq of a call that has ended: READY. False when it was given up meanwhile, or the end has come:
 * the reference is then gone. True: the caller owes one rmqi_mq_unref. */
bool rmqi_mq_call_ended(struct rmqi_call *call, struct rmqi_mq **out);

/* --- Messages ------------------------------------------------------------------------------- */

/* Those of the block (moved, also on failure) that pass the filter become pending, and go to the sink. */
enum rmq_error rmqi_mq_deliver(struct rmqi_mq *mq, struct rmqi_message_block *block) RMQI_MUST_USE;
/* Items were done: lets go of a finished delivery, and goes on if it was paused. */
void rmqi_mq_settled(struct rmqi_mq *mq, struct rmqi_delivery *d);
/* What may be committed: everything before it is done. -1: nothing known yet. */
int64_t rmqi_mq_commit_offset(struct rmqi_mq *mq);

#endif
