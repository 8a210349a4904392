/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lane.h - what an orderly listener's sink knows of one queue: its lock on the broker, and
 * the way of its messages to the listener, one behind the other. It stands in the queue (mq.h); the
 * lock is of queue_locks.c, the rest of consume_orderly.c.
 *
 *                 messages came
 *       IDLE ---------------------> BUSY ------- the listener failed, --> STOPPED
 *        ^                          |  ^         the lock is not valid,      |
 *        |       nothing is left    |  |         it is given up              | loop
 *        +--------------------------+  |                                     v
 *        +-----------------------------+---------- what it waited for ---- HELD
 *
 * BUSY: a worker has it, or will. There is one worker at a time, so there is one listener call of a queue at
 * a time. The loop takes a lane from STOPPED to HELD and lets it go on.
 */
#ifndef RMQI_CONSUMER_LANE_H
#define RMQI_CONSUMER_LANE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/executor.h"
#include "base/list.h"

struct rmqi_delivery;
struct rmqi_sub;

enum rmqi_lock_state {
	RMQI_LOCK_NONE,     /* nobody wants it */
	RMQI_LOCK_WANTED,   /* the broker is asked until it grants it */
	RMQI_LOCK_HELD,     /* granted, and renewed */
	RMQI_LOCK_RELEASING /* the broker is told until it has heard it */
};

/* Thread: loop, but for until_us. */
struct rmqi_queue_lock {
	enum rmqi_lock_state state;
	struct rmqi_list link; /* in the list of all but NONE, which has a reference of the mq */
	struct rmqi_queue_lock
		*before; /* of the same queue, RELEASING: it waits for that; NULL: none */
	struct rmqi_queue_lock *behind; /* that waits for this one; NULL: none */
	struct rmqi_sub *sub;           /* a reference meanwhile: the way to the broker */
	_Atomic int64_t
		until_us; /* any: it may be trusted until then (rmqi_clock_boot_us, as the next two); 0: not at all */
	bool was_granted;   /* it was ours, as far as we know */
	int64_t granted_us; /* when the request that was granted last was sent */
	bool was_asked;     /* it may be ours at the broker */
	int64_t asked_us;   /* when it was asked for last */
	int64_t wanted_us;  /* since when */
	int64_t due_us;     /* when the broker is asked or told next */
	int64_t pause_ms;   /* after a refusal */
	bool is_asking;     /* a request is under way */
	bool is_lost;       /* it was granted, but maybe not all the time since */
	bool is_complained; /* holds a complaint (client/complaint.h) */
};

enum rmqi_lane_state { RMQI_LANE_IDLE, RMQI_LANE_BUSY, RMQI_LANE_STOPPED, RMQI_LANE_HELD };

/* Why a worker stopped. */
enum rmqi_lane_stop {
	RMQI_STOP_NONE,     /* nothing is left, or it is another lane's turn */
	RMQI_STOP_FAILED,   /* the listener: the queue is suspended */
	RMQI_STOP_UNLOCKED, /* the lock may not be trusted any more */
	RMQI_STOP_GIVEN_UP  /* the queue goes to another member, or the consumer closes */
};

struct rmqi_lane {
	struct rmqi_queue_lock lock;

	/* The sink's mutex. */
	enum rmqi_lane_state state;
	enum rmqi_lane_stop stop;
	bool is_ready;            /* BUSY: its task is in the sink's `ready` */
	atomic_bool is_leaving;   /* any: it goes to another member: nothing more is begun */
	struct rmqi_list waiting; /* deliveries (their `watch`), a reference each */

	/* The worker's while BUSY, else the loop's. */
	struct rmqi_delivery *current; /* a reference; NULL: the next one of `waiting` */
	size_t at;                     /* its next item */
	int64_t suspend_ms;            /* as the listener said; -1: it did not */
	size_t failed;                 /* items of the last call */
	struct rmqi_task task;         /* BUSY: with the pool, or waits for a worker; its references
					* are one of the mq and one of the consumer */
	atomic_bool is_reported; /* any: `report` is with the loop, with a reference of the mq */
	struct rmqi_task report;

	_Atomic int64_t call_us; /* any: when the listener was called last */

	/* Loop. */
	struct rmqi_list link; /* in the sink's list of suspended lanes, or of old ones */
	int64_t due_us;        /* suspended until then; 0: it is not */
	size_t backs;          /* items on their way to the dead letters */
	bool is_told;          /* that the listener has had a message for very long */
};

static inline void rmqi_lane_init(struct rmqi_lane *lane)
{
	rmqi_list_init(&lane->lock.link);
	rmqi_list_init(&lane->waiting);
	rmqi_list_init(&lane->link);
	atomic_init(&lane->lock.until_us, 0);
	atomic_init(&lane->is_leaving, false);
	atomic_init(&lane->is_reported, false);
	atomic_init(&lane->call_us, 0);
}

#endif
