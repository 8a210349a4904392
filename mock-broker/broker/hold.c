/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/hold.h"

#include <assert.h>

#include "base/mem.h"
#include "mock-broker/broker/internal.h"

#define LIGHT_PREFIX "%LMQ%" /* MixAll.LMQ_PREFIX */

struct rmqi_str mb_parked_text(char **at, struct rmqi_str text)
{
	struct rmqi_str copy = rmqi_str_n(*at, text.len);

	rmqi_memcpy(*at, text.ptr, text.len);
	*at += text.len;
	return copy;
}

enum { CHECK_MS = 5000 }; /* PullRequestHoldService.run; short polling: shortPollingTimeMills */

struct hold_queue {
	struct hold_topic *topic;
	int32_t queue_id;
	size_t count;            /* that wait here, or are woken and not resumed yet */
	struct rmqi_list parked; /* struct mb_parked.of_queue */
};

struct hold_topic {
	char *name;
	bool is_light; /* whoever pulls makes up the name: goes with the last one that waits */
	struct rmqi_imap queues; /* queue id -> struct hold_queue */
};

static void hold_topic_free(void *topic)
{
	struct hold_topic *t = topic;
	uint64_t id;
	void *queue;

	if (!t)
		return;
	for (size_t at = 0; rmqi_imap_next(&t->queues, &at, &id, &queue);)
		rmqi_free(queue);
	rmqi_imap_deinit(&t->queues);
	rmqi_free(t->name);
	rmqi_free(t);
}

static void spare_topic(struct mb_holds *h, struct hold_topic *t)
{
	if (!t->is_light || t->queues.count > 0)
		return;
	rmqi_map_remove(&h->topics, rmqi_str(t->name));
	hold_topic_free(t);
}

/* Not while the queues are walked, which wakes only. */
static void spare_queue(struct mb_holds *h, struct hold_queue *q)
{
	struct hold_topic *t = q->topic;

	if (!t->is_light || q->count > 0)
		return;
	rmqi_imap_remove(&t->queues, (uint32_t)q->queue_id);
	rmqi_free(q);
	spare_topic(h, t);
}

/* It has been woken, or is gone. */
static void leave_list(struct mb_parked *p)
{
	struct mb_hold_list *l = p->list;

	p->list = NULL;
	if (l && --l->count == 0)
		rmqi_list_remove(&l->link);
}

/* From here on it is the owner's alone. */
static void unpark(struct mb_parked *p)
{
	leave_list(p);
	rmqi_timer_deinit(&p->timeout);
	rmqi_list_remove(&p->of_queue);
	rmqi_list_remove(&p->of_peer);
	p->holds->count--;
	if (!p->queue)
		return;
	p->queue->count--;
	spare_queue(p->holds, p->queue);
	p->queue = NULL;
}

static void resume(struct mb_parked *p)
{
	unpark(p);
	p->resume(p);
}

static void drop(struct mb_parked *p)
{
	unpark(p);
	p->drop(p);
}

static void on_timeout(struct rmqi_timer *t)
{
	resume(RMQI_CONTAINER(t, struct mb_parked, timeout));
}

static struct hold_topic *topic_get(struct mb_holds *h, struct rmqi_str name)
{
	struct hold_topic *t = rmqi_map_get(&h->topics, name);

	if (t)
		return t;
	t = rmqi_calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	rmqi_imap_init(&t->queues);
	t->is_light = rmqi_str_has_prefix(name, LIGHT_PREFIX);
	t->name = rmqi_str_dup(name);
	if (t->name && rmqi_map_set(&h->topics, name, t, NULL) == RMQ_OK)
		return t;
	hold_topic_free(t);
	return NULL;
}

static struct hold_queue *queue_new(struct hold_topic *t, int32_t queue_id)
{
	struct hold_queue *q = rmqi_calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	q->topic = t;
	q->queue_id = queue_id;
	rmqi_list_init(&q->parked);
	if (rmqi_imap_set(&t->queues, (uint32_t)queue_id, q) == RMQ_OK)
		return q;
	rmqi_free(q);
	return NULL;
}

static struct hold_queue *queue_get(struct mb_holds *h, struct rmqi_str topic, int32_t queue_id)
{
	struct hold_topic *t = topic_get(h, topic);
	struct hold_queue *q = t ? rmqi_imap_get(&t->queues, (uint32_t)queue_id) : NULL;

	if (!t || q)
		return q;
	q = queue_new(t, queue_id);
	if (!q)
		spare_topic(h, t);
	return q;
}

static enum rmq_error park(struct mb_broker *b, struct mb_parked *p, struct rmqi_list *where,
			   struct rmqi_list *of_peer, int64_t timeout_ms)
{
	enum rmq_error err = rmqi_timer_init(&p->timeout, rmqi_loop_timers(b->loop), on_timeout);

	if (err != RMQ_OK)
		return err;
	p->holds = &b->holds;
	p->list = NULL;
	p->queue = NULL;
	b->holds.count++;
	rmqi_list_push(where, &p->of_queue);
	rmqi_list_push(of_peer, &p->of_peer);
	rmqi_timer_start_ms(&p->timeout, timeout_ms < 0 ? 0 : timeout_ms);
	return RMQ_OK;
}

enum rmq_error mb_holds_park(struct mb_broker *b, struct mb_parked *p, struct rmqi_str topic,
			     int32_t queue_id, struct rmqi_list *of_peer, int64_t timeout_ms)
{
	struct hold_queue *q = queue_get(&b->holds, topic, queue_id);
	enum rmq_error err = q ? park(b, p, &q->parked, of_peer, timeout_ms) : RMQ_ERR_NO_MEMORY;

	if (err == RMQ_OK) {
		p->queue = q;
		q->count++;
	} else if (q) {
		spare_queue(&b->holds, q);
	}
	return err;
}

enum rmq_error mb_holds_park_in(struct mb_broker *b, struct mb_parked *p, struct mb_hold_list *list,
				struct rmqi_list *of_peer, int64_t timeout_ms)
{
	enum rmq_error err = park(b, p, &list->parked, of_peer, timeout_ms);

	if (err != RMQ_OK)
		return err;
	p->list = list;
	if (list->count++ == 0)
		rmqi_list_push(&b->holds.lists, &list->link);
	return RMQ_OK;
}

void mb_hold_list_init(struct mb_hold_list *l)
{
	rmqi_list_init(&l->parked);
	rmqi_list_init(&l->link);
	l->count = 0;
}

void mb_hold_list_deinit(struct mb_hold_list *l)
{
	/* Whoever waits would not know that it is gone. */
	assert(l->count == 0);
	(void)l;
}

struct mb_parked *mb_hold_list_first(const struct mb_hold_list *l)
{
	return rmqi_list_is_empty(&l->parked)
		       ? NULL
		       : RMQI_LIST_ITEM(l->parked.next, struct mb_parked, of_queue);
}

static void wake(struct rmqi_task *task)
{
	struct mb_holds *h = RMQI_CONTAINER(task, struct mb_holds, wake);
	struct rmqi_list batch;

	rmqi_list_init(&batch);
	rmqi_list_move_all(&h->woken, &batch);
	while (!rmqi_list_is_empty(&batch))
		resume(RMQI_LIST_ITEM(batch.next, struct mb_parked, of_queue));
}

void mb_holds_wake(struct mb_broker *b, struct mb_parked *p)
{
	struct mb_holds *h = &b->holds;

	leave_list(p);
	rmqi_list_remove(&p->of_queue);
	rmqi_list_push(&h->woken, &p->of_queue);
	rmqi_loop_defer(b->loop, &h->wake);
}

void mb_holds_arrived(struct mb_arrival_listener *listener, const struct mb_arrival *a)
{
	struct mb_broker *b = RMQI_CONTAINER(listener, struct mb_broker, holds.arrivals);
	struct hold_topic *t;
	struct hold_queue *q;

	if (b->holds.count == 0 || !a->in_queue)
		return;
	t = rmqi_map_get(&b->holds.topics, a->topic);
	q = t ? rmqi_imap_get(&t->queues, (uint32_t)a->queue_id) : NULL;
	if (!q)
		return;
	RMQI_LIST_EACH(node, &q->parked) {
		struct mb_parked *p = RMQI_LIST_ITEM(node, struct mb_parked, of_queue);

		if (!p->wants || p->wants(p, a))
			mb_holds_wake(b, p);
	}
}

/* No message to look at: whoever lags behind the queue is woken. */
static void check_queue(struct mb_broker *b, const struct hold_topic *t, const struct hold_queue *q)
{
	int64_t max;

	if (rmqi_list_is_empty(&q->parked))
		return;
	max = mb_store_max_offset(b->store, rmqi_str(t->name), q->queue_id);
	RMQI_LIST_EACH(node, &q->parked) {
		struct mb_parked *p = RMQI_LIST_ITEM(node, struct mb_parked, of_queue);

		if (max > p->offset)
			mb_holds_wake(b, p);
	}
}

void mb_holds_check_queue(struct mb_broker *b, struct rmqi_str topic, int32_t queue_id)
{
	struct hold_topic *t = b->holds.count ? rmqi_map_get(&b->holds.topics, topic) : NULL;
	struct hold_queue *q = t ? rmqi_imap_get(&t->queues, (uint32_t)queue_id) : NULL;

	if (q)
		check_queue(b, t, q);
}

static void check(struct rmqi_timer *timer)
{
	struct mb_broker *b = RMQI_CONTAINER(timer, struct mb_broker, holds.check);
	uint64_t id;
	void *queue;

	for (size_t i = 0; b->holds.count && i < b->holds.topics.count; i++) {
		const struct hold_topic *t = rmqi_map_at(&b->holds.topics, i, NULL);

		for (size_t at = 0; rmqi_imap_next(&t->queues, &at, &id, &queue);)
			check_queue(b, t, queue);
	}
	rmqi_timer_start_ms(timer,
			    b->config->long_polling ? CHECK_MS : b->config->short_polling_ms);
}

void mb_holds_forget(struct rmqi_list *of_peer)
{
	while (!rmqi_list_is_empty(of_peer))
		drop(RMQI_LIST_ITEM(of_peer->next, struct mb_parked, of_peer));
}

static void move_parked(struct mb_holds *h, struct rmqi_list *to)
{
	uint64_t id;
	void *queue;

	rmqi_list_move_all(&h->woken, to);
	RMQI_LIST_EACH(node, &h->lists)
		rmqi_list_move_all(&RMQI_LIST_ITEM(node, struct mb_hold_list, link)->parked, to);
	for (size_t i = 0; i < h->topics.count; i++) {
		const struct hold_topic *t = rmqi_map_at(&h->topics, i, NULL);

		for (size_t at = 0; rmqi_imap_next(&t->queues, &at, &id, &queue);)
			rmqi_list_move_all(&((struct hold_queue *)queue)->parked, to);
	}
}

void mb_holds_release(struct mb_broker *b)
{
	struct rmqi_list all;

	rmqi_list_init(&all);
	move_parked(&b->holds, &all);
	while (!rmqi_list_is_empty(&all))
		resume(RMQI_LIST_ITEM(all.next, struct mb_parked, of_queue));
}

enum rmq_error mb_holds_init(struct mb_broker *b)
{
	struct mb_holds *h = &b->holds;
	enum rmq_error err = rmqi_timer_init(&h->check, rmqi_loop_timers(b->loop), check);

	rmqi_map_init(&h->topics);
	rmqi_list_init(&h->lists);
	rmqi_list_init(&h->woken);
	h->wake.run = wake;
	if (err == RMQ_OK)
		rmqi_timer_start_ms(&h->check, CHECK_MS);
	return err;
}

void mb_holds_deinit(struct mb_broker *b)
{
	struct mb_holds *h = &b->holds;
	struct rmqi_list all;

	rmqi_timer_deinit(&h->check);
	rmqi_loop_undefer(b->loop, &h->wake);
	rmqi_list_init(&all);
	move_parked(h, &all);
	while (!rmqi_list_is_empty(&all))
		drop(RMQI_LIST_ITEM(all.next, struct mb_parked, of_queue));
	rmqi_map_deinit(&h->topics, hold_topic_free);
}
