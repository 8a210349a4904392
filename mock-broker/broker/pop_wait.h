/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pop_wait.h - pops and notifications that wait for messages (PopLongPollingService.java).
 *
 * A waiter stands in the list of its topic, group and queue; one that pops from all queues in that of
 * MB_POP_ALL_QUEUES. A message wakes the first one of each group, there and at its queue, unless it waits for
 * another tag. Whoever was woken and finds nothing waits again for the rest of its time.
 *
 * A message in a retry topic of POP wakes those who wait for the topic itself (Java: since 5.3.4).
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_POP_WAIT_H
#define MB_BROKER_POP_WAIT_H

#include <stdint.h>

#include "base/str.h"
#include "mock-broker/broker/check_points.h"
#include "mock-broker/ticket.h"

struct mb_broker;

/* PollingResult.java */
enum mb_pop_parking { MB_PARKED, MB_PARKING_OFF, MB_PARKING_FULL, MB_PARKING_OVER };

struct mb_pop_waiter {
	struct rmqi_str topic; /* the topic itself; borrowed */
	struct rmqi_str group;
	int32_t queue_id;
	int64_t born_ms;
	int64_t poll_ms;
	enum mb_pop_wait kind;
};

/* Parks what `make` gives for `arg` (NULL: memory is out), with resume, drop and wants set. */
enum mb_pop_parking mb_pop_park(struct mb_broker *b, const struct mb_ticket *t,
				const struct mb_pop_waiter *w,
				struct mb_parked *(*make)(const void *arg), const void *arg);
/* What was parked has been resumed or dropped. */
void mb_pop_unparked(struct mb_broker *b);
/* There is something for this group: wakes the first waiter of each kind in the list of that queue. `topic` is
 * the topic itself. */
void mb_pop_wake(struct mb_broker *b, struct rmqi_str topic, struct rmqi_str group,
		 int32_t queue_id);
/* Of broker->pops.arrivals. */
void mb_pop_arrived(struct mb_arrival_listener *listener, const struct mb_arrival *a);

#endif
