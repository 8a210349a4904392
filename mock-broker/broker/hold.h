/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hold.h - whatever waits for messages: a pull for one queue (PullRequestHoldService.java), a pop and a
 * notification in a list of their own (pop_wait.h), which whoever keeps it wakes as it likes.
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
#include "base/str.h"
#include "mock-broker/store/arrival.h"

struct mb_broker;
struct hold_queue;

/* What waits for something else than a message of one queue, in the order of parking. */
struct mb_hold_list {
	struct rmqi_list parked; /* struct mb_parked.of_queue */
	size_t count;
	struct rmqi_list link; /* hold.c's: of those that are not empty */
};

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
	struct mb_hold_list *list; /* where it is parked; NULL: at a queue, or woken */
	struct hold_queue *queue;  /* where it was parked, also when it is woken; NULL: in a list */
};

/* A text of the request that waits, copied to *at, which moves behind it: it is gone when the request is. */
struct rmqi_str mb_parked_text(char **at, struct rmqi_str text);

struct mb_holds {
	/* topic -> struct hold_topic: those that were waited for, and the names of lite topics that are */
	struct rmqi_map topics;
	struct rmqi_list lists; /* struct mb_hold_list.link */
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
/* The same in a list; nothing but mb_holds_wake, its time and its connection ends it. `offset` and `wants`
 * mean nothing. */
enum rmq_error mb_holds_park_in(struct mb_broker *b, struct mb_parked *p, struct mb_hold_list *list,
				struct rmqi_list *of_peer, int64_t timeout_ms) RMQI_MUST_USE;
/* It is resumed at the end of the wake-up. */
void mb_holds_wake(struct mb_broker *b, struct mb_parked *p);
void mb_hold_list_init(struct mb_hold_list *l);
/* It is empty. */
void mb_hold_list_deinit(struct mb_hold_list *l);
/* The one that was parked first; NULL: nothing is. */
struct mb_parked *mb_hold_list_first(const struct mb_hold_list *l);
/* Wakes those who lag behind the queue. */
void mb_holds_check_queue(struct mb_broker *b, struct rmqi_str topic, int32_t queue_id);
/* Of broker->holds.arrivals: wakes those whom the message concerns. */
void mb_holds_arrived(struct mb_arrival_listener *listener, const struct mb_arrival *a);
/* The connection is gone: drops all that wait for it. */
void mb_holds_forget(struct rmqi_list *of_peer);
/* Resumes everything that is parked, as if its time were over. */
void mb_holds_release(struct mb_broker *b);

#endif
