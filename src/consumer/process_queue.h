/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process_queue.h - what was pulled from one queue and is not done yet
 * (ProcessQueue.java): the lowest message not done, and how much there is.
 *
 * Deliveries stand in the order in which they were pulled. Offsets rise from delivery
 * to delivery unless the broker moved us back; then (`is_mixed`) every delivery is looked at until
 * the queue was empty once.
 *
 * Flow control without polling: who must wait stores in `credit` how many messages
 * have to be done first. The consume thread that uses it up reports to the loop.
 *
 * Thread: loop; `credit` any.
 */
#ifndef RMQI_CONSUMER_PROCESS_QUEUE_H
#define RMQI_CONSUMER_PROCESS_QUEUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "consumer/delivery.h"

struct rmqi_process_queue {
	struct rmqi_list deliveries;
	size_t count;      /* of the listed deliveries, done or not: an upper bound */
	uint64_t bytes;    /* likewise */
	int64_t last;      /* highest offset put so far */
	bool is_mixed;     /* offsets do not rise from one to the next */
	atomic_int credit; /* > 0: the reader waits for so many messages */
};

struct rmqi_flow_limits {
	size_t count; /* messages; more than that pause pulling, as in the next two */
	uint64_t bytes;
	int64_t span; /* offsets */
};

void rmqi_process_queue_init(struct rmqi_process_queue *q);
/* Takes over one reference of each delivery. */
void rmqi_process_queue_put(struct rmqi_process_queue *q, struct rmqi_delivery *d);
/* Takes it out and lets it go; harmless when it is not in. */
void rmqi_process_queue_remove(struct rmqi_process_queue *q, struct rmqi_delivery *d);
void rmqi_process_queue_clear(struct rmqi_process_queue *q);

/* The lowest offset not done; false when nothing is left. */
bool rmqi_process_queue_lowest(struct rmqi_process_queue *q, int64_t *offset);
/* Exact: messages not done. *bytes theirs. */
size_t rmqi_process_queue_load(struct rmqi_process_queue *q, uint64_t *bytes);
/* Messages of its deliveries that are done. */
size_t rmqi_process_queue_done(struct rmqi_process_queue *q);
/* True when a limit is passed: `credit` is then armed. False: it is 0. */
bool rmqi_process_queue_must_wait(struct rmqi_process_queue *q,
				  const struct rmqi_flow_limits *limits);
enum { RMQI_FLOW_WHY = 160 };
/* The limit that is passed: a part of a sentence. `..._by_topic`: that limit is a share of the
 * topic's. False: none. */
bool rmqi_process_queue_explain(struct rmqi_process_queue *q, const struct rmqi_flow_limits *limits,
				bool count_by_topic, bool bytes_by_topic, char why[RMQI_FLOW_WHY]);
/* The delivery that has the lowest message not done (its `first`); NULL: nothing is left. */
struct rmqi_delivery *rmqi_process_queue_first(struct rmqi_process_queue *q);
/* `done` more messages are done: true when the waiting reader should look again. Thread: any. */
bool rmqi_process_queue_spend(struct rmqi_process_queue *q, size_t done);

#endif
