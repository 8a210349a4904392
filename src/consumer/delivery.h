/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delivery.h - the messages of one answer of a broker on their way to the user
 * (ConsumeMessageConcurrentlyService.ConsumeRequest).
 *
 * A delivery is a work list that several consume threads may share: each takes the
 * next chunk by moving `cursor`. What became of a message stands in its state:
 *
 *     OPEN --listener--> DONE <---------------+
 *       |                                     |
 *       +--listener--> FAILED --+             |
 *       |                       +--loop--> BACK (being sent back)
 *       +--loop------> LATE ----+             |
 *                                           AGAIN (once more here, not of LATE) --listener--> OPEN
 *
 * LATE: the listener has not returned within consumeTimeout. From then on the item is
 * the loop's; whoever takes it out of OPEN first has it, so what a listener returns
 * later is not counted. Its message stays as it is: somebody may be reading it.
 *
 * The loop reads the states at any time, so it knows the lowest message that is
 * not done without being told of each one. `open` holds the number of messages
 * not done and their bytes in one word: one atomic operation a chunk.
 *
 * One piece of memory, from where the block has its own, holds all of it; nothing is allocated or locked per message.
 *
 * Thread: as each member says.
 */
#ifndef RMQI_CONSUMER_DELIVERY_H
#define RMQI_CONSUMER_DELIVERY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/executor.h"
#include "base/list.h"
#include "base/macros.h"
#include "client/message.h"
#include "codec/subscription.h"

enum rmqi_item_state {
	RMQI_ITEM_OPEN, /* not taken yet, or with a listener */
	RMQI_ITEM_DONE,
	RMQI_ITEM_FAILED,
	RMQI_ITEM_LATE,
	RMQI_ITEM_BACK,
	RMQI_ITEM_AGAIN /* waits for a thread */
};

enum { RMQI_RUNNER_ALL = -1 };
enum { RMQI_AGE_TOLD = 0xff }; /* of an item that is done: who popped it was told (pops.h) */

struct rmqi_delivery;
struct rmqi_mq;

/* A task of the pool. It holds a reference to its delivery while it is posted. */
struct rmqi_runner {
	struct rmqi_task task;
	struct rmqi_delivery *delivery;
	int64_t only; /* the one item to run; RMQI_RUNNER_ALL: chunk after chunk */
	bool is_own;  /* heap memory, freed after its run */
};

struct rmqi_delivery {
	atomic_uint refs;
	struct rmqi_mq *mq;                     /* a reference; NULL in tests */
	void (*release_mq)(struct rmqi_mq *mq); /* gives it back */
	struct rmqi_message_block *block;       /* a reference */
	struct rmqi_list link;                  /* loop: in its process queue */
	struct rmqi_list watch;  /* loop: in the service's list of those that may need help */
	size_t seen;             /* loop: the cursor when last looked at */
	size_t first;            /* loop: every item before it is done */
	unsigned posted;         /* loop: runners used so far */
	bool is_over_told;       /* loop: that its time was over */
	struct rmqi_task report; /* posted to the loop while is_reported */
	atomic_bool is_reported;
	atomic_bool is_each_told; /* popped: what a call has done is reported when it ends */
	_Atomic uint64_t open;    /* messages not done << 40 | their bytes */
	atomic_size_t cursor;     /* items before it were taken; may pass count */

	/* Immutable. */
	size_t count;
	size_t bytes;
	unsigned runner_count;
	const struct rmq_message **items;
	struct rmqi_runner *runners;

	atomic_uchar *states; /* count of them */
	uint8_t *ages;        /* loop: looks that have seen it with a listener */
	int8_t *levels;       /* delay level of a failed item, written before its state */
};

/*
 * The messages of `block` that pass `filter` (NULL: all). Takes over one reference of the block
 * (moved, also on failure). *out is NULL with RMQ_OK when none passes.
 */
enum rmq_error rmqi_delivery_new(struct rmqi_message_block *block,
				 const struct rmqi_subscription *filter, size_t chunk,
				 unsigned max_runners, struct rmqi_delivery **out) RMQI_MUST_USE;
/* Does it pass the filter (NULL: everything does)? Thread: any. */
bool rmqi_delivery_wants(const struct rmqi_subscription *filter, const struct rmq_message *m);
struct rmqi_delivery *rmqi_delivery_ref(struct rmqi_delivery *d);
void rmqi_delivery_unref(struct rmqi_delivery *d);

/* The next chunk: its first item and the number of items; false when all are taken. Thread: any. */
bool rmqi_delivery_take(struct rmqi_delivery *d, size_t chunk, size_t *at, size_t *count);
/* Those of items at .. at+count-1 that are still OPEN end in `state` (DONE or FAILED). Returns how many of
 * the whole delivery are left undone. Thread: the one that took them. */
size_t rmqi_delivery_settle(struct rmqi_delivery *d, size_t at, size_t count,
			    enum rmqi_item_state state);
/* BACK becomes DONE. Thread: loop. */
void rmqi_delivery_finish(struct rmqi_delivery *d, size_t at);
/* One look at what listeners have: who is seen by more than `looks` of them becomes LATE. Returns how many
 * did; *first is one of them. Thread: loop. */
size_t rmqi_delivery_grow_old(struct rmqi_delivery *d, unsigned looks, size_t *first);
/* FAILED, LATE, BACK or AGAIN becomes something else. Thread: the one that has it. */
enum rmqi_item_state rmqi_delivery_state(const struct rmqi_delivery *d, size_t at);
void rmqi_delivery_set_state(struct rmqi_delivery *d, size_t at, enum rmqi_item_state state);

/* Messages not done, and their bytes. Thread: any. */
size_t rmqi_delivery_open(const struct rmqi_delivery *d, uint64_t *bytes);
/* Queue offset of the lowest message not done; false when all are. Thread: loop. */
bool rmqi_delivery_lowest(struct rmqi_delivery *d, int64_t *offset);
enum { RMQI_DELIVERY_TEXT = 160 };
/* "message ID (offset N)" of an item, for sentences. */
void rmqi_delivery_describe(const struct rmqi_delivery *d, size_t at,
			    char text[RMQI_DELIVERY_TEXT]);
/* Queue offset of the last message. */
int64_t rmqi_delivery_last(const struct rmqi_delivery *d);

#endif
