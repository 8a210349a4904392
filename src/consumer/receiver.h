/* SPDX-License-Identifier: Apache-2.0 */
/*
 * receiver.h - the sink of a simple consumer: users who ask for messages, and the places where these are
 * popped. Nothing is popped that nobody asked for.
 *
 *     receive --> LOOKING: pops at each place in turn, without waiting there
 *                    |  ^                     |
 *            nothing |  | a place has         +--> messages: it ends
 *                    v  | something
 *                  WAITING  ----------------------> its time is over: it ends without any
 *
 * A place is a broker that has readable queues of a subscribed topic. While somebody waits, each place is asked
 * to tell when it has something (NOTIFICATION): one question a place, however many wait. So a message of any
 * topic at any broker comes at once, and no broker takes messages out that would come too late. Java's
 * clients wait at one broker at a time (in a pop that it holds), and leave the others alone meanwhile.
 *
 * A place that fails is left alone for a while, which is told (client/complaint.h); the others go on. A
 * broker that does not answer at all is SILENT with all its places. Nobody looks there, for that costs
 * mqClientApiTimeout each time; the question is asked, and its answer, or that of a pop under way, is the end
 * of the silence.
 *
 * Thread: loop, unless said otherwise.
 */
#ifndef RMQI_CONSUMER_RECEIVER_H
#define RMQI_CONSUMER_RECEIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/messages.h>

#include "base/clock.h"
#include "base/executor.h"
#include "base/list.h"
#include "base/macros.h"
#include "consumer/consumer.h"
#include "consumer/popping.h"
#include "net/address.h"
#include "net/conn.h"

struct rmqi_receiver;
struct rmqi_receive;
struct rmqi_lite_kept;

struct rmqi_pop_place {
	unsigned refs;
	struct rmqi_list link; /* in turn */
	struct rmqi_receiver *receiver;
	struct rmqi_sub *sub; /* a reference */
	char *broker_name;
	char address[RMQI_ADDRESS_MAX]; /* where it was asked last */
	bool is_gone;                   /* not in the route any more, or not subscribed */
	bool is_complained;
	bool is_silent;  /* its broker did not answer: nobody looks until it does */
	bool is_watched; /* `call` asks whether there is something */
	struct rmqi_call call;
	int64_t asked_us;
	int64_t rest_us; /* not asked before */
	unsigned
		fruitless; /* it said that it had something, and had not, in a row; lite_watch.c: nobody wants it */
	int64_t behind;  /* what there was behind the last pop that brought nothing (popping.h) */
	unsigned vain;   /* pops without a message, in a row */
	bool is_passing; /* it rests between two of them: nobody looks at the others for that */

	/* lite_watch.c: `call` is a pop that is held. */
	int64_t poll_ms;
	int64_t hold_ms;   /* grows from one to the next, until somebody looks here */
	int64_t popped_us; /* rmqi_clock_boot_us */
	int64_t invisible_ms;
	struct rmqi_lite_kept *kept; /* messages that nobody waits for any more */
};

/* A user who wants messages. */
struct rmqi_receive {
	/* The caller's. */
	struct rmqi_receiver *receiver;
	int32_t max; /* 1..RMQI_POP_MAX */
	int64_t invisible_ms;
	int64_t deadline_us;
	bool is_orderly;
	struct rmq_error_detail *detail; /* may be NULL */
	/* Once, perhaps from within the start; may free it. */
	void (*fn)(struct rmqi_receive *r);

	/* For fn. RMQ_OK: `messages` (moved) may be empty. */
	enum rmq_error error;
	struct rmq_messages *messages;
	bool was_placed; /* there was somebody to ask */

	/* Inside. */
	struct rmqi_list link;
	struct rmqi_timer timer;
	struct rmqi_call call;
	struct rmqi_pop_place *place; /* a reference: it is LOOKING there; NULL: WAITING */
	int64_t asked_us;
	int64_t popped_us; /* the same by rmqi_clock_boot_us */
	bool is_lite;      /* it asked for messages of lite topics */
	size_t left;       /* places to look at */
	bool was_answered; /* some place did */
	bool is_hopeless;  /* the failure does not pass by itself */
	enum rmq_error failure;
	size_t count;
	size_t block_count;
	const struct rmq_message *items[RMQI_POP_MAX];
	struct rmqi_message_block *blocks[RMQI_POP_MAX]; /* a reference each */
};

struct rmqi_receiver {
	struct rmqi_sink sink;
	struct {
		int64_t found; /* receives that got messages */
		int64_t empty;
		int64_t failed;
		int64_t messages;
	} counts;
	struct rmqi_consumer *consumer;
	struct rmqi_list places;
	size_t place_count;
	struct rmqi_list receives;
	struct rmqi_list
		sets; /* popped sets with messages that are not acknowledged; a reference each */
	struct rmqi_timer timer; /* for the place whose rest is over first */
	bool is_stopped;
	struct rmqi_event quiet; /* any: set when stopped and nobody receives */
	char left[160];          /* what the close tells */
};

/* Thread: any. */
void rmqi_receiver_init(struct rmqi_receiver *r, const struct rmqi_env *env);
enum rmq_error rmqi_receiver_set_up(struct rmqi_receiver *r, struct rmqi_consumer *c) RMQI_MUST_USE;
void rmqi_receiver_tear_down(struct rmqi_receiver *r);
void rmqi_receiver_deinit(struct rmqi_receiver *r); /* thread: any */

/* RMQ_ERR_NO_MEMORY: fn is not called. Else it will be, whatever happens. */
enum rmq_error rmqi_receive_start(struct rmqi_receive *op) RMQI_MUST_USE;
/* The subscription has a route, perhaps another one than before, and a broker knows us; or it is removed. */
void rmqi_receiver_placed(struct rmqi_receiver *r, struct rmqi_sub *sub);
/* Messages that are neither acknowledged nor over, and in what time the last of them comes again. */
size_t rmqi_receiver_open(struct rmqi_receiver *r, int64_t *left_us);

/* --- Between its files ------------------------------------------------------------------------- */

/* receiver_places.c: the next in turn that may be asked; NULL: none. */
struct rmqi_pop_place *rmqi_pop_place_next(struct rmqi_receiver *r);
void rmqi_pop_place_unref(struct rmqi_pop_place *p);
/* Where its broker is, in p->address; false: it has no master now. */
bool rmqi_pop_place_find(struct rmqi_pop_place *p);
/* It failed: it rests, and that is told. `response` NULL: no answer came. */
void rmqi_pop_place_failed(struct rmqi_pop_place *p, enum rmq_error error, const char *why,
			   const struct rmqi_command *response);
/* A pop got no answer, or no connection, and took its time over it: the broker is silent. */
void rmqi_pop_place_unanswered(struct rmqi_pop_place *p);
void rmqi_pop_place_works(struct rmqi_pop_place *p);
/* A pop brought nothing, and there is less behind it than before: false: it rests, and is looked at then. */
bool rmqi_pop_place_goes_on(struct rmqi_pop_place *p);
/* Its turn comes behind so many others. */
void rmqi_pop_place_put(struct rmqi_pop_place *p, size_t others);
/* One whose rest is over, and for which alone nobody looks at the others; it does not rest from then on. NULL: none. */
struct rmqi_pop_place *rmqi_pop_place_passing(struct rmqi_receiver *r);
/* It is left alone for a second. */
void rmqi_pop_place_rest(struct rmqi_pop_place *p);
typedef void (*rmqi_pop_place_fn)(struct rmqi_pop_place *p, const struct rmqi_command *response);
/* The place's call, a question or a held pop, has ended: `take` gets its answer, unless the place is gone. */
void rmqi_pop_place_answered(struct rmqi_call *call, enum rmq_error error,
			     const struct rmqi_command *response, rmqi_pop_place_fn take);
/* Somebody waits: asks those that are not asked yet. */
void rmqi_pop_places_watch(struct rmqi_receiver *r);
/* Asks those that are silent. */
void rmqi_pop_places_probe(struct rmqi_receiver *r);
/* One that is silent; NULL: none. */
const struct rmqi_pop_place *rmqi_pop_place_silent(const struct rmqi_receiver *r);
void rmqi_pop_places_let_go(struct rmqi_receiver *r);
/* receiver.c: this place has something; NULL: some may. One of those that wait looks, the others wait on. */
void rmqi_receiver_ring(struct rmqi_receiver *r, struct rmqi_pop_place *p);
/* There are places that nobody has looked at: all that wait do, and each has its own verdict. */
void rmqi_receiver_ring_all(struct rmqi_receiver *r);
bool rmqi_receiver_is_awaited(const struct rmqi_receiver *r);
/* receiver_out.c: it is out from now on. */
void rmqi_receiver_keep(struct rmqi_receiver *r, struct rmqi_popped_set *s);
/* Nobody counts any more. */
void rmqi_receiver_forget_all(struct rmqi_receiver *r);
/* receiver_refusal.c: nobody here wants it. */
void rmqi_receiver_refuse(struct rmqi_receiver *r, const struct rmq_message *m);
/* lite_watch.c: holds a pop there, if somebody waits. */
void rmqi_lite_watch(struct rmqi_pop_place *p);
/* Are lite topics received, and nothing else? */
bool rmqi_lite_is_on(const struct rmqi_receiver *r);
/* Is its lite topic subscribed? A broker may hand out one more of one that it was told to take off: what it noted for us
 * before (LiteEventDispatcher.java). */
bool rmqi_lite_wants(const struct rmqi_receiver *r, const struct rmq_message *m);
/* May lite topics be popped at op->place? False: op knows why, or it is rung for when they may. */
bool rmqi_lite_may_pop(struct rmqi_receive *op);
/* Takes what was kept at op->place. False: nothing was. */
bool rmqi_lite_take_kept(struct rmqi_receive *op);
void rmqi_lite_let_go(struct rmqi_pop_place *p);
/* What is kept at any place goes back to its broker. */
void rmqi_lite_give_back(struct rmqi_receiver *r);

#endif
