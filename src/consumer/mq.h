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
#include "client/complaint.h"
#include "client/message.h"
#include "codec/body.h"
#include "consumer/consumer.h"
#include "consumer/fetch.h"
#include "consumer/lane.h"
#include "consumer/process_queue.h"
#include "consumer/stall.h"
#include "consumer/subscriptions.h"
#include "net/address.h"
#include "net/conn.h"

enum rmqi_mq_state {
	RMQI_MQ_READY, /* nothing under way: new, suspended, or about to go on */
	RMQI_MQ_PAUSED, /* flow control (pending.credit is armed), the sink or rate.h: they continue it */
	RMQI_MQ_FINDING,  /* `call` asks for the start offset */
	RMQI_MQ_FETCHING, /* `call` asks for messages */
	RMQI_MQ_WAITING,  /* `timer` is armed */
	RMQI_MQ_LEAVING,  /* given up, but the sink is busy with it: it will drop it */
	RMQI_MQ_DROPPED   /* not ours any more; the memory waits for its last reference */
};

struct rmqi_commit; /* awaited_commits.c */

struct rmqi_mq {
	atomic_uint refs;
	atomic_bool is_dropped; /* read by consume threads */
	struct rmqi_consumer *consumer;
	struct rmqi_queue key;          /* immutable */
	bool is_retry;                  /* of %RETRY%<group> */
	const struct rmqi_fetch *fetch; /* the kind's, or pop.c's; immutable after its first step */
	struct rmqi_sub *sub;           /* a reference; NULL once dropped */
	struct rmqi_stats *stats;       /* of its topic; immutable, as long as the consumer */
	struct rmqi_list link;          /* in sub->mqs */
	struct rmqi_process_queue pending;
	uint64_t awaits;       /* what the user must be told first (struct rmqi_told) */
	unsigned timed;        /* deliveries that wait for their time (rate.h) */
	struct rmqi_lane lane; /* of an orderly sink */

	/* mq.c */
	enum rmqi_mq_state state;
	struct rmqi_call call; /* holds a reference while under way */
	struct rmqi_timer timer;
	bool is_answered;     /* a fetch was, well or not */
	int64_t asked_us;     /* when the last call was sent; 0: none was */
	int64_t answer_us;    /* how long the answer to the start offset took */
	bool waits_for_error; /* WAITING because of an error */
	bool is_complained;   /* holds a complaint of the kind `trouble` (client/complaint.h) */
	enum rmqi_trouble_kind trouble;
	char address[RMQI_ADDRESS_MAX]; /* that the last call went to */
	int64_t asked_id;               /* whose that is; 0: the master's */

	/* Where fetching stands: of the fetch table's. */
	int64_t next_offset;     /* to be pulled next; -1: not found yet */
	int64_t max_offset;      /* end of the queue, as the last answer said; -1: none came */
	int64_t broker_id;       /* suggested for the next pull */
	int64_t newest_ms;       /* when the newest message that came was stored; 0: none came */
	unsigned contradictions; /* answers in a row that do not fit next_offset (correction.h) */
	struct {
		int64_t at; /* the master's queue ended before this offset; -1: it did not */
		int64_t min;
		int64_t max; /* and what it held then */
	} doubt;             /* correction.c */
	int64_t made_us;
	int64_t pulled_us;   /* when the pull under way was sent */
	int64_t settled_us;  /* when something of it was done last */
	unsigned idle_pulls; /* quick answers in a row that brought us no further */
	bool is_refused;     /* the last pull was not found registered (24, 25) */
	bool was_served;     /* a pull was answered since the broker took us in */

	/* standstill.c, watchdog.c */
	struct {
		uint64_t delivered;    /* messages that were put down as pending; mq.c */
		uint64_t done;         /* of these, as of the last look */
		int64_t filled_us;     /* when one came while there was none; mq.c */
		int64_t moved_us;      /* when `done` was found to be another */
		int64_t served_us;     /* when a broker answered well; mq.c */
		int64_t asked_us;      /* the first call after that; mq.c */
		int64_t since_us;      /* it stands still */
		enum rmqi_stall cause; /* NONE: it does not, as far as was told */
		char *subject;         /* owned: of the complaint; NULL: none */
		bool is_told;          /* holds it */
	} watch;

	struct {
		bool is_it;         /* popped, not pulled; any */
		int64_t asked_us;   /* rmqi_clock_boot_us: when the pop under way was sent */
		bool is_empty;      /* the last pop brought nothing, and the next one would not */
		int64_t behind;     /* what there was behind it (popping.h) */
		int64_t rest;       /* what there is behind the last answer; -1: none came */
		unsigned fruitless; /* words that there is something, and there was not, in a row */
		unsigned vain;      /* pops without a message, in a row */
	} pop;                      /* pop.c */
	bool is_ack_stuck;          /* pops.c: holds a complaint */

	/* poll_buffer.c */
	bool is_held_back;   /* its: paused by the user */
	int64_t user_offset; /* committed by the user himself; -1: nothing was */
	struct {
		struct rmqi_list turn;    /* mu of the buffer, all of them: in its `turns` */
		struct rmqi_list waiting; /* deliveries, a reference each */
		size_t count;             /* their messages */
	} polled;

	/* Where committing stands: of the offset store. */
	bool was_found;       /* the group had an offset when we began */
	bool is_placed;       /* next_offset is the group's: it may be committed */
	bool is_commit_stuck; /* holds a complaint: commits cannot be sent */
	struct {
		uint64_t offers;   /* of `sent`, since it was told first; 0: it was found there */
		int64_t sent;      /* last told to the broker, -1: nothing */
		int64_t confirmed; /* last known to be there, -1: not known */
		bool is_stored;    /* the broker has one for certain */
		bool is_named;     /* the user waits for its commit */
		bool is_of_slave; /* a slave said where to begin, and the master was not asked yet */
		int64_t floor;    /* where the master stood when it was; -1: it was not */
		bool is_unsure;   /* `sent` was the first of the group there: it may be lost */
		struct rmqi_commit *last; /* made last, of those that have not ended; NULL: none */
		struct rmqi_list gone;    /* it was given up, and `last` had not ended then */
	} told;
};

enum { RMQI_MQ_SUBJECT = 640 };

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
/* An operator wants it to go on at this offset: what was pulled is forgotten, what runs counts no more, and
 * the offset is committed. `mq` is dropped, another one stands in its place. RMQ_ERR_NO_MEMORY: nothing
 * was done. */
enum rmq_error rmqi_mq_reset(struct rmqi_mq *mq, int64_t offset) RMQI_MUST_USE;
/* Somebody else may have had it for a time: what was pulled is forgotten, what runs counts no more, and nothing
 * is committed. It begins anew where the group stands, as another mq. RMQ_ERR_NO_MEMORY: nothing was
 * done. */
enum rmq_error rmqi_mq_restart(struct rmqi_mq *mq) RMQI_MUST_USE;
/* As rmqi_mq_reset for a user who wants it; nothing is committed for that. */
enum rmq_error rmqi_mq_seek(struct rmqi_mq *mq, int64_t offset) RMQI_MUST_USE;
/* Gives it up: commits what is done, discards what was not started, takes it off the list. */
void rmqi_mq_drop(struct rmqi_mq *mq);

/* --- What is done next ------------------------------------------------------------------- */

/* Does what can be done now (fetch.h). Harmless in any state. */
void rmqi_mq_continue(struct rmqi_mq *mq);
/* May messages be asked for? False: it is READY (suspended, or its expression is not approved) or PAUSED
 * now. */
bool rmqi_mq_may_fetch(struct rmqi_mq *mq);
/* The start offset is known: goes on. */
void rmqi_mq_start_at(struct rmqi_mq *mq, int64_t offset);
/* Goes on after the delay. */
void rmqi_mq_wait(struct rmqi_mq *mq, int64_t delay_ms);
/* Something failed: complains, goes on after the delay. `what` is OFFSET or PULL; `code` is the broker's
 * (-1: none). `remark` is of that, or of RMQ_ERR_CORRUPT the cause. */
void rmqi_mq_failed(struct rmqi_mq *mq, enum rmqi_trouble_kind what, enum rmq_error error, int code,
		    struct rmqi_str remark, int64_t delay_ms);
/* What failed before is done: there is nothing to complain of any more. */
void rmqi_mq_works(struct rmqi_mq *mq);
/* A failure that is usual and passes: goes on after the delay. */
void rmqi_mq_retry_later(struct rmqi_mq *mq, int64_t delay_ms);
/* Does it get its messages, as far as can be told? A pull that a broker keeps for some time is not
 * refused. */
bool rmqi_mq_is_served(const struct rmqi_mq *mq);
/* The subject of its complaint of this kind. */
const char *rmqi_mq_subject(const struct rmqi_mq *mq, enum rmqi_trouble_kind kind,
			    char buf[RMQI_MQ_SUBJECT]);
/* It stands still no more, or not as it did; `over` tells how that ended (client/complaint.h). */
void rmqi_mq_end_stall(struct rmqi_mq *mq, const char *over);
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
/* What may be committed: everything before it is done, or what the sink says. -1: nothing known yet. */
int64_t rmqi_mq_commit_offset(struct rmqi_mq *mq);
/* Everything before it is done. -1: nothing known yet. */
int64_t rmqi_mq_done_offset(struct rmqi_mq *mq);

#endif
