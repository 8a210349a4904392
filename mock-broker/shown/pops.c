/* SPDX-License-Identifier: Apache-2.0 */
/* pops.c - messages that were popped and are not acknowledged. */
#include <rocketmq/mock_group.h>

#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/pop_order.h"
#include "mock-broker/shown/shown.h"

/* Of one queue; its offset and times are still to be set. */
static struct rmq_mock_pop begin(struct mb_shown *l, const struct mb_pop_queue *q, const char *node)
{
	return (struct rmq_mock_pop){.broker = mb_shown_text(l, rmqi_str(node)),
				     .group = mb_shown_text(l, rmqi_str(q->line->group)),
				     .topic = mb_shown_text(l, rmqi_str(q->line->topic)),
				     .queue_id = q->queue_id};
}

static void show_point(struct mb_shown *l, struct rmq_mock_pop *to, const struct mb_check_point *p)
{
	to->popped_ms = p->pop_ms;
	to->visible_ms = p->due.key;
	for (uint32_t i = 0; i < p->count; i++) {
		to->queue_offset = p->start + p->steps[i];
		if (!(p->done & (UINT32_C(1) << i)))
			mb_shown_add(l, to);
	}
}

/* What is over may be popped again, but stays in the order until it is. */
static void show_order(struct mb_shown *l, struct rmq_mock_pop *to, const struct mb_pop_order *o,
		       int64_t now_ms)
{
	to->popped_ms = o->pop_ms;
	for (size_t i = 0; i < o->count; i++) {
		const struct mb_pop_order_item *item = &o->items[i];

		to->queue_offset = item->offset;
		to->visible_ms =
			item->visible_ms >= 0 ? item->visible_ms : o->pop_ms + o->invisible_ms;
		if (!(o->done & (UINT32_C(1) << i)) && to->visible_ms > now_ms)
			mb_shown_add(l, to);
	}
}

static void show_queue(struct mb_shown *l, struct mb_broker *b, const struct mb_pop_queue *q,
		       const char *node)
{
	struct rmq_mock_pop to;
	uint64_t start;
	void *first;

	if (q->points.count == 0 && !q->order)
		return;
	to = begin(l, q, node);
	for (size_t at = 0; rmqi_imap_next(&q->points, &at, &start, &first);)
		for (const struct mb_check_point *p = first; p; p = p->next)
			show_point(l, &to, p);
	if (q->order)
		show_order(l, &to, q->order, mb_broker_wall_ms(b));
}

static void show_pops(struct mb_shown *l, struct mb_broker *b, const char *node)
{
	const struct rmqi_map *lines = &b->pops.points.lines;

	for (size_t i = 0; i < lines->count; i++) {
		const struct mb_pop_line *line = rmqi_map_at(lines, i, NULL);
		uint64_t id;
		void *queue;

		for (size_t at = 0; rmqi_imap_next(&line->queues, &at, &id, &queue);)
			show_queue(l, b, queue, node);
	}
}

const struct mb_show mb_show_pops = {sizeof(struct rmq_mock_pop), show_pops};
