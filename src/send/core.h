/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core.h - one send: what to do next, and what the end of an attempt means
 * (DefaultMQProducerImpl.sendDefaultImpl, MQClientAPIImpl.onExceptionImpl). It
 * decides and does no I/O, reads no clock and knows no client; the drivers
 * (sync.c, async.c) do what it says.
 *
 *                  next: TRY              ended
 *        READY ----------------> TRYING --------> READY or ENDED
 *          | next: PAUSE           ^
 *          v                       | next: TRY
 *        PAUSING ------------------+
 *          |
 *          +--- next: DONE --> ENDED <--- next: DONE --- READY
 *
 *        READY -- next: ROUTE --> ROUTING -- rerouted --> READY or ENDED
 *
 *     rmqi_send_init(&s, ...);
 *     while ((step = rmqi_send_next(&s, now, is_closing)).what != RMQI_SEND_DONE)
 *         ... PAUSE: wait until step.until_us, or until the close
 *         ... ROUTE: the route as it is now, by step.until_us; rmqi_send_rerouted(&s, ...)
 *         ... TRY: one attempt on step.queue that is over by step.until_us;
 *                  rmqi_send_ended(&s, &outcome, now)
 *     s.error, s.flags: what the caller is told
 *
 * How long an attempt may take. What was sent to a broker that does not answer may
 * be stored; sent elsewhere as well, it is stored twice. So the attempt gets all the time that is
 * left but for a reserve, in which a healthy broker can store it, and there is a reserve only
 * while a broker is left that this send has not tried, and if the attempt still gets half of the
 * whole budget: when the route or earlier attempts took the time, a short wait proves
 * nothing. Java keeps no reserve, so that nothing follows a broker that hangs.
 * doc/reference/sending.md sets both side by side.
 *
 * A broker that says that the queue is gone, or led by another one, knows better than our route. So the
 * route is fetched anew, once a send, and the next attempt is made on what it says.
 *
 * Thread: one owner at a time.
 */
#ifndef RMQI_SEND_CORE_H
#define RMQI_SEND_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "client/fault.h"
#include "client/route.h"
#include "send/picker.h"

enum {
	RMQI_SEND_RESERVE_PART = 10, /* of the budget */
	RMQI_SEND_RESERVE_MOST_US = 500 * 1000,
	RMQI_SEND_BUSY_PAUSE_US = 10 * 1000, /* doubled with each attempt */
	RMQI_SEND_BUSY_PAUSE_DOUBLED = 6     /* times at most */
};

struct rmqi_send_rules {
	int64_t tries;           /* attempts at most, from 1 */
	int64_t attempt_most_us; /* sendMsgMaxTimeoutPerRequest; <= 0: a reserve is kept */
	bool wants_ok;           /* retryAnotherBrokerWhenNotStoreOK */
	bool only_ok;            /* errorWhenNotStoreOK */
	bool never_twice;        /* no further attempt once it may be stored */
};

enum rmqi_send_state {
	RMQI_SEND_READY,
	RMQI_SEND_TRYING,
	RMQI_SEND_PAUSING,
	RMQI_SEND_ROUTING,
	RMQI_SEND_ENDED
};

struct rmqi_send {
	struct rmqi_send_rules rules;
	struct rmqi_picker picker;
	struct rmqi_topic_route *route; /* borrowed */
	struct rmqi_faults *faults;     /* borrowed; NULL: nobody is put aside */
	int64_t budget_us;
	int64_t deadline_us;

	enum rmqi_send_state state;
	int64_t made;                           /* attempts */
	const struct rmqi_publish_queue *queue; /* of the attempt under way, or of the last one */
	int64_t began_us;                       /* that attempt */
	int64_t ended_us;                       /* the last attempt that is over */
	int64_t until_us;                       /* of that attempt, or of the pause */
	int32_t code;                           /* the last answer */
	bool was_busy;                          /* ... said so */
	bool went_away;                         /* ... said GO_AWAY: the same attempt once more */
	bool maybe_stored;                      /* by an attempt that failed */
	const struct rmqi_publish_queue *maybe_queue; /* ... the last of them */
	bool wants_route;    /* the queue is gone: fetch the route before another attempt */
	bool was_rerouted;   /* ... which was done */
	bool asks_anew;      /* ... so that the picker has to choose again */
	bool is_stored;      /* by an attempt, though maybe not as safely as asked */
	bool is_route_stale; /* the driver has the routes fetched again, and clears it */
	bool was_cancelled;  /* by the close, before another attempt */
	bool is_on_loop;     /* the driver's: it is the loop that goes on (client/tally.h) */
	bool has_no_queue;   /* the picker took none */

	enum rmq_error error; /* ENDED: of the send; before: of the last attempt */
	unsigned flags;       /* ENDED: enum rmq_error_flag */
};

enum rmqi_send_what { RMQI_SEND_TRY, RMQI_SEND_PAUSE, RMQI_SEND_ROUTE, RMQI_SEND_DONE };

struct rmqi_send_step {
	enum rmqi_send_what what;
	const struct rmqi_publish_queue *queue; /* TRY */
	int64_t until_us;                       /* TRY, PAUSE, ROUTE */
};

/* How an attempt ended. */
struct rmqi_send_outcome {
	enum rmq_error error; /* of the call; RMQ_OK: there is an answer */
	enum rmq_phase phase; /* how far it came */
	int32_t code;         /* of the answer */
	bool is_denied;       /* it refuses for want of credentials or permissions */
	bool is_queue_gone;   /* it refuses because it has no such queue, or does not lead it */
	/* It is stored, but the result cannot be told: the answer lacks a field, or memory is out. */
	enum rmq_error unusable;
};

/* `route` and `faults` must outlive it. The deadline is that of all attempts; the budget is the time
 * that there was for the whole send, its route included. */
void rmqi_send_init(struct rmqi_send *s, const struct rmqi_send_rules *rules,
		    struct rmqi_picker picker, struct rmqi_topic_route *route,
		    struct rmqi_faults *faults, int64_t budget_us, int64_t deadline_us);
/* Not while an attempt is under way. is_closing: no further attempt is to begin; a first one is, and
 * will be refused by the connections. */
struct rmqi_send_step rmqi_send_next(struct rmqi_send *s, int64_t now_us, bool is_closing);
/* After ROUTE: the new route, which must outlive it as the old one does; or NULL and why there is none.
 * The old one is still needed: by what is told of the attempt before. */
void rmqi_send_rerouted(struct rmqi_send *s, enum rmq_error error, struct rmqi_topic_route *route);
/* The attempt that next asked for is over. */
void rmqi_send_ended(struct rmqi_send *s, const struct rmqi_send_outcome *o, int64_t now_us);

#endif
