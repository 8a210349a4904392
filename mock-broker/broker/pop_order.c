/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/pop_order.h"

#include "base/mem.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/pop_wait.h"

static uint32_t all(const struct mb_pop_order *o)
{
	return o->count >= 32 ? UINT32_MAX : (UINT32_C(1) << o->count) - 1;
}

static bool is_done(const struct mb_pop_order *o, size_t i)
{
	return (o->done >> i & 1) != 0;
}

static int64_t visible_ms(const struct mb_pop_order *o, size_t i)
{
	int64_t ms;

	if (o->items[i].visible_ms >= 0)
		return o->items[i].visible_ms;
	return __builtin_add_overflow(o->pop_ms, o->invisible_ms, &ms) ? INT64_MAX : ms;
}

static void on_unblock(struct rmqi_timer *t)
{
	struct mb_pop_order *o = RMQI_CONTAINER(t, struct mb_pop_order, unblock);

	if (o->queue->unblocked) {
		o->queue->unblocked(o->queue);
		return;
	}
	/* As after an acknowledgement: those at all queues, and those at this one. */
	mb_pop_wake(o->broker, rmqi_str(o->queue->line->topic), rmqi_str(o->queue->line->group),
		    MB_POP_ALL_QUEUES);
	mb_pop_wake(o->broker, rmqi_str(o->queue->line->topic), rmqi_str(o->queue->line->group),
		    o->queue->queue_id);
}

/* OrderInfo.getLockFreeTimestamp: the first message that is out says when. */
static void arm(struct mb_pop_order *o)
{
	int64_t now_ms = mb_broker_wall_ms(o->broker);

	rmqi_timer_stop(&o->unblock);
	for (size_t i = 0; i < o->count; i++) {
		if (is_done(o, i) || visible_ms(o, i) <= now_ms)
			continue;
		rmqi_timer_start_ms(&o->unblock, visible_ms(o, i) - now_ms);
		return;
	}
}

static struct mb_pop_order *order_new(struct mb_broker *b, struct mb_pop_queue *q, size_t count)
{
	struct mb_pop_order *o = rmqi_calloc(1, sizeof(*o) + count * sizeof(o->items[0]));

	if (!o)
		return NULL;
	if (rmqi_timer_init(&o->unblock, rmqi_loop_inner_timers(b->loop), on_unblock) != RMQ_OK) {
		rmqi_free(o);
		return NULL;
	}
	o->broker = b;
	o->queue = q;
	return o;
}

void mb_pop_order_free(struct mb_pop_order *o)
{
	if (!o)
		return;
	rmqi_timer_deinit(&o->unblock);
	rmqi_free(o->attempt_id);
	rmqi_free(o);
}

void mb_pop_order_clear(struct mb_broker *b, struct mb_pop_queue *q)
{
	if (q->order)
		b->pops.is_order_dirty = true;
	mb_pop_order_free(q->order);
	q->order = NULL;
}

/* --- Popped ----------------------------------------------------------------------------------------- */

static size_t place_of(const struct mb_pop_order *o, int64_t offset)
{
	size_t i = 0;

	while (i < o->count && o->items[i].offset != offset)
		i++;
	return i;
}

/* OrderInfo.mergeOffsetConsumedCount: a repetition counts nothing. */
static int32_t times_of(const struct mb_pop_order *before, int64_t offset, bool is_repetition)
{
	size_t i = before ? place_of(before, offset) : 0;

	if (!before || i == before->count)
		return 0;
	return before->items[i].times + (is_repetition ? 0 : 1);
}

static bool is_attempt(const struct mb_pop_order *o, struct rmqi_str attempt_id)
{
	return o->attempt_id && rmqi_str_is(attempt_id, o->attempt_id);
}

static void tell(const struct mb_pop_order *o, enum rmqi_pop_mark mark, struct rmqi_buf *list)
{
	int32_t least = INT32_MAX;

	for (size_t i = 0; i < o->count; i++) {
		if (o->items[i].times > 0)
			rmqi_pop_add_times_of(list, mark, o->queue->queue_id, o->items[i].offset,
					      o->items[i].times);
		least = o->items[i].times < least ? o->items[i].times : least;
	}
	rmqi_pop_add_times(list, mark, o->queue->queue_id, least);
}

static void fill(struct mb_pop_order *o, const struct mb_pop_order *before,
		 const struct mb_popped *popped)
{
	bool is_repetition = before && is_attempt(before, popped->attempt_id);

	o->pop_ms = popped->pop_ms;
	o->invisible_ms = popped->invisible_ms;
	o->last_ms = popped->pop_ms;
	o->count = popped->count;
	for (size_t i = 0; i < popped->count; i++) {
		o->items[i].offset = popped->offsets[i];
		o->items[i].visible_ms = -1;
		o->items[i].times = times_of(before, popped->offsets[i], is_repetition);
	}
}

enum rmq_error mb_pop_order_update(struct mb_broker *b, struct mb_pop_queue *q,
				   const struct mb_popped *popped,
				   struct rmqi_buf *order_count_info)
{
	struct mb_pop_order *o = order_new(b, q, popped->count);

	if (o && popped->attempt_id.len > 0)
		o->attempt_id = rmqi_str_dup(popped->attempt_id);
	if (!o || (popped->attempt_id.len > 0 && !o->attempt_id)) {
		mb_pop_order_free(o);
		return RMQ_ERR_NO_MEMORY;
	}
	fill(o, q->order, popped);
	mb_pop_order_free(q->order);
	q->order = o;
	b->pops.is_order_dirty = true;
	tell(o, popped->mark, order_count_info);
	arm(o);
	return RMQ_OK;
}

/* --- Blocked, acknowledged, changed -------------------------------------------------------------------- */

bool mb_pop_order_blocks(struct mb_broker *b, struct mb_pop_queue *q, struct rmqi_str attempt_id,
			 int64_t invisible_ms)
{
	struct mb_pop_order *o = q ? q->order : NULL;
	int64_t now_ms = mb_broker_wall_ms(b);

	if (!o || is_attempt(o, attempt_id))
		return false;
	if (o->invisible_ms <= 0)
		o->invisible_ms = invisible_ms;
	for (size_t i = 0; i < o->count; i++)
		if (!is_done(o, i) && now_ms < visible_ms(o, i))
			return true;
	return false;
}

bool mb_pop_order_is_done(const struct mb_pop_queue *q)
{
	return !q->order || (q->order->done & all(q->order)) == all(q->order);
}

int64_t mb_pop_order_ack(struct mb_pop_queue *q, int64_t offset, int64_t pop_ms)
{
	struct mb_pop_order *o = q ? q->order : NULL;
	size_t i;

	if (!o)
		return offset + 1;
	if (o->pop_ms != pop_ms)
		return MB_ORDER_STALE;
	i = place_of(o, offset);
	if (i == o->count)
		return MB_ORDER_ILLEGAL;
	o->done |= UINT32_C(1) << i;
	o->broker->pops.is_order_dirty = true;
	arm(o);
	if ((o->done & all(o)) == all(o))
		return o->items[o->count - 1].offset + 1;
	for (i = 0; is_done(o, i);)
		i++;
	return o->items[i].offset;
}

void mb_pop_order_change(struct mb_pop_queue *q, int64_t offset, int64_t pop_ms, int64_t visible_at)
{
	struct mb_pop_order *o = q ? q->order : NULL;
	size_t i;

	if (!o || o->pop_ms != pop_ms)
		return;
	i = place_of(o, offset);
	if (i == o->count)
		return;
	o->items[i].visible_ms = visible_at < 0 ? 0 : visible_at;
	o->broker->pops.is_order_dirty = true;
	arm(o);
}
