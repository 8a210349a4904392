/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/pop_wait.h"

#include "mock-broker/broker/clients.h"
#include "mock-broker/broker/internal.h"

enum { EARLY_MS = 50 }; /* PopRequest.isTimeout: so long before its time it is over */

static void wake_first(struct mb_broker *b, struct mb_hold_list *l, const struct mb_arrival *a)
{
	struct mb_parked *p = mb_hold_list_first(l);

	if (p && (!a || !p->wants || p->wants(p, a)))
		mb_holds_wake(b, p);
}

static void wake_queue(struct mb_broker *b, const struct mb_pop_line *line, int32_t queue_id,
		       const struct mb_arrival *a)
{
	struct mb_pop_queue *q = mb_pop_line_queue(line, queue_id);

	for (size_t i = 0; q && i < MB_POP_WAITS; i++)
		wake_first(b, &q->waiting[i], a);
}

void mb_pop_wake(struct mb_broker *b, struct rmqi_str topic, struct rmqi_str group,
		 int32_t queue_id)
{
	struct mb_pop_queue *q;

	if (b->pops.waiting == 0)
		return;
	q = mb_pop_queue_find(&b->pops.points, topic, group, queue_id);
	for (size_t i = 0; q && i < MB_POP_WAITS; i++)
		wake_first(b, &q->waiting[i], NULL);
}

void mb_pop_arrived(struct mb_arrival_listener *listener, const struct mb_arrival *a)
{
	struct mb_broker *b = RMQI_CONTAINER(listener, struct mb_broker, pops.arrivals);
	struct mb_pop_topic *t;

	if (b->pops.waiting == 0 || !a->in_queue)
		return;
	t = rmqi_map_get(&b->pops.points.topics, a->topic);
	if (!t)
		return;
	RMQI_LIST_EACH(node, &t->lines) {
		const struct mb_pop_line *line = RMQI_LIST_ITEM(node, struct mb_pop_line, of_topic);

		wake_queue(b, line, MB_POP_ALL_QUEUES, a);
		wake_queue(b, line, a->queue_id, a);
	}
}

/* How long it may wait; 0: its time is over. */
static int64_t left_ms(const struct mb_broker *b, const struct mb_pop_waiter *w)
{
	int64_t end;

	if (__builtin_add_overflow(w->born_ms, w->poll_ms - EARLY_MS, &end) ||
	    __builtin_sub_overflow(end, mb_broker_client_ms(b), &end))
		return 0;
	return end > 0 ? end : 0;
}

static bool is_full(const struct mb_broker *b, const struct mb_hold_list *l)
{
	return (int64_t)b->pops.waiting >= b->config->pop_polling_max ||
	       (int64_t)l->count > b->config->pop_polling_of_queue;
}

static enum mb_pop_parking put_in(struct mb_broker *b, struct mb_hold_list *l,
				  struct mb_parked *parked, struct mb_peer *peer, int64_t ms)
{
	b->pops.waiting++;
	if (mb_holds_park_in(b, parked, l, &peer->parked, ms) == RMQ_OK)
		return MB_PARKED;
	parked->drop(parked);
	return MB_PARKING_FULL;
}

enum mb_pop_parking mb_pop_park(struct mb_broker *b, const struct mb_ticket *t,
				const struct mb_pop_waiter *w,
				struct mb_parked *(*make)(const void *arg), const void *arg)
{
	struct mb_peer *peer = rmqi_conn_user(t->conn);
	struct mb_parked *parked;
	struct mb_pop_queue *q;
	int64_t ms;

	if (w->poll_ms <= 0 || !peer || b->is_stopping)
		return MB_PARKING_OFF;
	ms = left_ms(b, w);
	if (ms == 0)
		return MB_PARKING_OVER;
	q = mb_pop_queue_get(&b->pops.points, w->topic, w->group,
			     w->queue_id < 0 ? MB_POP_ALL_QUEUES : w->queue_id);
	if (!q || is_full(b, &q->waiting[w->kind]))
		return MB_PARKING_FULL;
	parked = make(arg);
	return parked ? put_in(b, &q->waiting[w->kind], parked, peer, ms) : MB_PARKING_FULL;
}

void mb_pop_unparked(struct mb_broker *b)
{
	b->pops.waiting--;
}
