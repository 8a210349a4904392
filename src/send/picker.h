/* SPDX-License-Identifier: Apache-2.0 */
/*
 * picker.h - which queue an attempt goes to: a small table, held by value.
 *
 *     round robin   the next in turn, not on the broker that failed last
 *     fault         the same, among the brokers that are not put aside (client/fault.h), else among those
 *                   that can be reached
 *     fixed         always this queue
 *     selected      the caller's function says (MessageQueueSelector.java)
 *     hashed        by the hash of a key (SelectMessageQueueByHash.java)
 *     lite          where a lite topic belongs (send/lite.h)
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
	/* Why `pick` chose none of the queues that there are. NULL: it always takes one. */
	void (*explain)(const void *arg, const struct rmqi_topic_route *route, char *out,
			size_t size);
	bool is_bound; /* it names one queue: another broker will not be tried */
	bool asks_user; /* `pick` runs the user's code: not on the loop, and what it says may be wrong */
};

/* The caller's choice: an index below route->publish_count. */
struct rmqi_selector {
	size_t (*select)(void *arg, struct rmqi_topic_route *route);
	void *arg;
	size_t answer; /* of the last call */
	bool was_none; /* so it was before this picker: while it still is, the user is not asked again */
	bool has_answer; /* by rmqi_picker_ask: the next pick takes it */
};

/* The rest of a division by `count`, without its sign; INT32_MIN, too, has one. */
static inline size_t rmqi_hash_index(int32_t hash, size_t count)
{
	int64_t rest = (int64_t)hash % (int64_t)count;

	return (size_t)(rest < 0 ? -rest : rest);
}

/* What must live as long as the picker: nothing; `faults`; `queue` (with a name and an id);
 * `selector`, which is asked once a send. */
struct rmqi_picker rmqi_picker_round_robin(void);
struct rmqi_picker rmqi_picker_fault(struct rmqi_faults *faults);
struct rmqi_picker rmqi_picker_fixed(const struct rmqi_publish_queue *queue);
struct rmqi_picker rmqi_picker_selected(struct rmqi_selector *selector);
/* |hash % count|; `hash` must live as long. */
struct rmqi_picker rmqi_picker_hashed(const int32_t *hash);
/* Asks the user now, for the next pick, which then may be on the loop. Of a picker that asks_user. Uses
 * nothing but the selector and the route. */
void rmqi_picker_ask(const struct rmqi_picker *p, struct rmqi_topic_route *route);

#endif
