/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hold.h - whatever waits for a message of a queue: a pull today
 * (PullRequestHoldService.java), a pop or a notification tomorrow.
 *
 *     parked --message that it wants, periodic check--> woken --end of wake-up--> resume
 *     parked --its time is over--> resume
 *     parked --connection closed, broker died--> drop
 *
 * Both ends are the owner's: what is parked is in no list any more when they are
 * called, and its memory is the owner's again. What was woken is resumed at the
 * end of the loop's wake-up, so that one answer carries all that came meanwhile.
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_HOLD_H
#define MB_BROKER_HOLD_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/clock.h"
#include "base/executor.h"
#include "base/list.h"
#include "base/macros.h"
#include "base/map.h"
#include "mock-broker/store/arrival.h"

struct mb_broker;

/* Embedded in what waits. */
struct mb_parked {
	void (*resume)(struct mb_parked *p);
	void (*drop)(struct mb_parked *p); /* no answer any more */
	/* Is it waiting for this one? NULL: for any. */
	bool (*wants)(struct mb_parked *p, const struct mb_arrival *a);
	int64_t offset; /* of the queue: the first one that it has not seen */
	/* the rest is hold.c's */
	struct rmqi_list of_queue; /* or of the woken */
	struct rmqi_list of_peer;
	struct rmqi_timer timeout;
	struct mb_holds *holds;
};

struct mb_holds {
	struct rmqi_map topics; /* topic -> struct hold_topic */
	struct rmqi_list woken;
	size_t count;          /* parked */
	struct rmqi_task wake; /* deferred while something is woken */
	struct rmqi_timer check;
	struct mb_arrival_listener arrivals;
};

enum rmq_error mb_holds_init(struct mb_broker *b) RMQI_MUST_USE;
/* Drops what is parked. */
void mb_holds_deinit(struct mb_broker *b);
/* The owner has set the first four members. `of_peer` is the list of what waits for the same connection
 * (struct mb_peer.parked). A failure leaves it to the owner. */
enum rmq_error mb_holds_park(struct mb_broker *b, struct mb_parked *p, struct rmqi_str topic,
			     int32_t queue_id, struct rmqi_list *of_peer,
			     int64_t timeout_ms) RMQI_MUST_USE;
/* Of broker->holds.arrivals: wakes those whom the message concerns. */
void mb_holds_arrived(struct mb_arrival_listener *listener, const struct mb_arrival *a);
/* The connection is gone: drops all that wait for it. */
void mb_holds_forget(struct rmqi_list *of_peer);
/* Resumes everything that is parked, as if its time were over. */
void mb_holds_release(struct mb_broker *b);

#endif
