/* SPDX-License-Identifier: Apache-2.0 */
/*
 * picker.h - which queue an attempt goes to: a small table, held by value.
 *
 *     round robin   the next in turn, not on the broker that failed last
 *     fault         the same, among the brokers that are not put aside (client/fault.h)
 *     fixed         always this queue
 *     selected      the caller's function says (MessageQueueSelector.java)
 *
 * Pure but for the round-robin counter of the route; thread: any.
 */
#ifndef RMQI_SEND_PICKER_H
#define RMQI_SEND_PICKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/fault.h"
#include "client/route.h"

struct rmqi_picker {
	/* NULL: there is no such queue (now). `last` is where the attempt before went, NULL at first. */
	const struct rmqi_publish_queue *(*pick)(void *arg, struct rmqi_topic_route *route,
						 const struct rmqi_publish_queue *last,
						 int64_t now_us);
	void *arg;
	bool is_bound;  /* it names one queue: another broker will not be tried */
	bool asks_user; /* `pick` runs the user's code: not on the loop */
};

/* The caller's choice: an index below route->publish_count. */
struct rmqi_selector {
	size_t (*select)(void *arg, const struct rmqi_topic_route *route);
	void *arg;
};

/* What must live as long as the picker: nothing; `faults`; `queue` (with a name and an id);
 * `selector`, which is asked once a send. */
struct rmqi_picker rmqi_picker_round_robin(void);
struct rmqi_picker rmqi_picker_fault(struct rmqi_faults *faults);
struct rmqi_picker rmqi_picker_fixed(const struct rmqi_publish_queue *queue);
struct rmqi_picker rmqi_picker_selected(const struct rmqi_selector *selector);

#endif
