/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pop_order.h - what a group popped from a queue in order (ConsumerOrderInfoManager.java) and
 * consumerOrderInfo.json.
 *
 *     pop --> update: the messages block the queue --ack, one by one--> next: how far the offset may move
 *                                                  --time is over--> the same messages are popped again
 *
 * There is no check point and no retry topic: the committed offset stays where it is until what stands before
 * is acknowledged. A pop with the same attempt id is a repetition and is not blocked.
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_POP_ORDER_H
#define MB_BROKER_POP_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/macros.h"
#include "base/str.h"
#include "codec/receipt.h"
#include "mock-broker/broker/check_points.h"

struct mb_broker;

struct mb_pop_order_item {
	int64_t offset;
	int64_t visible_ms; /* changed for this one; -1: pop_ms + invisible_ms */
	int32_t times;      /* delivered before */
};

/* ConsumerOrderInfoManager.OrderInfo. As long as its messages are many: a lite topic has one of its own. */
struct mb_pop_order {
	struct mb_broker *broker;
	struct mb_pop_queue *queue;
	struct rmqi_timer unblock; /* when the queue is free again, who waits is woken */
	char *attempt_id;          /* owned; NULL: none */
	int64_t pop_ms;
	int64_t invisible_ms;
	int64_t last_ms; /* of the last pop, wall clock */
	size_t count;    /* of messages */
	uint32_t done;   /* bit i: message i is acknowledged */
	struct mb_pop_order_item items[];
};

/* What was popped now. Appends to orderCountInfo. */
struct mb_popped {
	struct rmqi_str attempt_id;
	int64_t pop_ms;
	int64_t invisible_ms;
	const int64_t *offsets;
	size_t count; /* 1..MB_POP_MAX */
	enum rmqi_pop_mark mark;
};
enum rmq_error mb_pop_order_update(struct mb_broker *b, struct mb_pop_queue *q,
				   const struct mb_popped *popped,
				   struct rmqi_buf *order_count_info) RMQI_MUST_USE;
/* Do messages that are out keep the next ones back? `invisible_ms` is that of the request: for what has none. */
bool mb_pop_order_blocks(struct mb_broker *b, struct mb_pop_queue *q, struct rmqi_str attempt_id,
			 int64_t invisible_ms);
/* Is all of it acknowledged? */
bool mb_pop_order_is_done(const struct mb_pop_queue *q);
void mb_pop_order_clear(struct mb_broker *b, struct mb_pop_queue *q);

enum { MB_ORDER_ILLEGAL = -1, MB_ORDER_STALE = -2 };

/* It is acknowledged: the offset to commit, or one of the two above: it was not popped so, or by an earlier
 * pop. `q` NULL: nobody popped there in order. */
int64_t mb_pop_order_ack(struct mb_pop_queue *q, int64_t offset, int64_t pop_ms);
/* Another time for one message. What does not fit changes nothing. */
void mb_pop_order_change(struct mb_pop_queue *q, int64_t offset, int64_t pop_ms,
			 int64_t visible_ms);
void mb_pop_order_free(struct mb_pop_order *o);

/* consumerOrderInfo.json */
enum rmq_error mb_pop_orders_load(struct mb_broker *b) RMQI_MUST_USE;
/* Unless nothing has changed since. `is_last`: now; else the flusher writes it. */
void mb_pop_orders_save(struct mb_broker *b, bool is_last);

#endif
