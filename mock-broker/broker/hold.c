/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/hold.h"

#include "base/mem.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/pull.h"

enum { CHECK_MS = 5000 }; /* PullRequestHoldService.run; short polling: shortPollingTimeMills */

struct hold_queue {
	int32_t queue_id;
	struct rmqi_list parked; /* struct mb_parked.of_queue */
};

struct hold_topic {
	char *name;
	struct rmqi_imap queues; /* queue id -> struct hold_queue */
};

struct mb_parked {
	struct rmqi_list of_queue; /* or of the woken */
	struct rmqi_list of_peer;
	struct rmqi_timer timeout;
	struct mb_broker *broker;
	struct mb_pull pull; /* its texts point into `texts`; holds a ref on the connection */
	char texts[];
};

static void parked_free(struct mb_parked *p)
{
	rmqi_timer_deinit(&p->timeout);
	rmqi_list_remove(&p->of_queue);
	rmqi_list_remove(&p->of_peer);
	p->broker->holds.count--;
	rmqi_subscription_free(p->pull.filter);
	rmqi_conn_unref(p->pull.ticket.conn);
	rmqi_free(p);
}

/* Processes it again, then it is gone. */
static void answer(struct mb_parked *p)
{
	rmqi_list_remove(&p->of_queue);
	rmqi_timer_stop(&p->timeout);
	mb_pull_again(p->broker, &p->pull);
	parked_free(p);
}

static void on_timeout(struct rmqi_timer *t)
{
	answer(RMQI_CONTAINER(t, struct mb_parked, timeout));
}

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

static struct hold_topic *topic_get(struct mb_holds *h, struct rmqi_str name)
{
	struct hold_topic *t = rmqi_map_get(&h->topics, name);

	if (t)
		return t;
	t = rmqi_calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	rmqi_imap_init(&t->queues);
	t->name = rmqi_str_dup(name);
	if (t->name && rmqi_map_set(&h->topics, name, t, NULL) == RMQ_OK)
		return t;
	hold_topic_free(t);
	return NULL;
}

static struct hold_queue *queue_get(struct mb_holds *h, struct rmqi_str topic, int32_t queue_id)
{
	struct hold_topic *t = topic_get(h, topic);
	struct hold_queue *q = t ? rmqi_imap_get(&t->queues, (uint32_t)queue_id) : NULL;

	if (!t || q)
		return q;
	q = rmqi_alloc(sizeof(*q));
	if (!q)
		return NULL;
	q->queue_id = queue_id;
	rmqi_list_init(&q->parked);
	if (rmqi_imap_set(&t->queues, (uint32_t)queue_id, q) == RMQ_OK)
		return q;
	rmqi_free(q);
	return NULL;
}

static struct rmqi_str keep(char **at, struct rmqi_str text)
{
	struct rmqi_str copy = rmqi_str_n(*at, text.len);

	rmqi_memcpy(*at, text.ptr, text.len);
	*at += text.len;
	return copy;
}

static struct mb_parked *parked_new(struct mb_broker *b, const struct mb_pull *pull)
{
	const struct rmqi_h_pull_message *h = &pull->h;
	struct mb_parked *p = rmqi_alloc(sizeof(*p) + h->consumerGroup.len + h->topic.len +
					 h->subscription.len + h->expressionType.len);
	char *at;

	if (!p)
		return NULL;
	p->broker = b;
	p->pull = *pull;
	p->pull.filter = NULL;
	at = p->texts;
	p->pull.h.consumerGroup = keep(&at, h->consumerGroup);
	p->pull.h.topic = keep(&at, h->topic);
	p->pull.h.subscription = keep(&at, h->subscription);
	p->pull.h.expressionType = keep(&at, h->expressionType);
	p->pull.h.bname = (struct rmqi_str){0};
	p->pull.h.proxyFrowardClientId = (struct rmqi_str){0};
	rmqi_list_init(&p->of_queue);
	rmqi_list_init(&p->of_peer);
	if (pull->filter && rmqi_subscription_dup(pull->filter, &p->pull.filter) != RMQ_OK) {
		rmqi_free(p);
		return NULL;
	}
	if (rmqi_timer_init(&p->timeout, rmqi_loop_timers(b->loop), on_timeout) != RMQ_OK) {
		rmqi_subscription_free(p->pull.filter);
		rmqi_free(p);
		return NULL;
	}
	rmqi_conn_ref(p->pull.ticket.conn);
	b->holds.count++;
	return p;
}

enum rmq_error mb_holds_park(struct mb_broker *b, const struct mb_pull *pull, struct mb_peer *peer,
			     int64_t timeout_ms)
{
	struct hold_queue *q = queue_get(&b->holds, pull->h.topic, pull->h.queueId);
	struct mb_parked *p = q ? parked_new(b, pull) : NULL;

	if (!p)
		return RMQ_ERR_NO_MEMORY;
	rmqi_list_push(&q->parked, &p->of_queue);
	rmqi_list_push(&peer->parked, &p->of_peer);
	rmqi_timer_start_ms(&p->timeout, timeout_ms < 0 ? 0 : timeout_ms);
	return RMQ_OK;
}

static void wake(struct rmqi_task *task)
{
	struct mb_holds *h = RMQI_CONTAINER(task, struct mb_holds, wake);
	struct rmqi_list batch;

	rmqi_list_init(&batch);
	rmqi_list_move_all(&h->woken, &batch);
	while (!rmqi_list_is_empty(&batch))
		answer(RMQI_LIST_ITEM(batch.next, struct mb_parked, of_queue));
}

static void wake_later(struct mb_broker *b, struct mb_parked *p)
{
	struct mb_holds *h = &b->holds;

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

		if (!p->pull.filter || rmqi_subscription_matches_code(p->pull.filter, a->tags_code))
			wake_later(b, p);
	}
}

/* No tags code: whoever lags behind the queue is woken. */
static void check_queue(struct mb_broker *b, const struct hold_topic *t, const struct hold_queue *q)
{
	int64_t max;

	if (rmqi_list_is_empty(&q->parked))
		return;
	max = mb_store_max_offset(b->store, rmqi_str(t->name), q->queue_id);
	RMQI_LIST_EACH(node, &q->parked) {
		struct mb_parked *p = RMQI_LIST_ITEM(node, struct mb_parked, of_queue);

		if (max > p->pull.h.queueOffset)
			wake_later(b, p);
	}
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

void mb_holds_forget(struct mb_holds *h, struct mb_peer *peer)
{
	(void)h;
	while (!rmqi_list_is_empty(&peer->parked))
		parked_free(RMQI_LIST_ITEM(peer->parked.next, struct mb_parked, of_peer));
}

static void move_parked(struct mb_holds *h, struct rmqi_list *to)
{
	uint64_t id;
	void *queue;

	rmqi_list_move_all(&h->woken, to);
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
		answer(RMQI_LIST_ITEM(all.next, struct mb_parked, of_queue));
}

enum rmq_error mb_holds_init(struct mb_broker *b)
{
	struct mb_holds *h = &b->holds;
	enum rmq_error err = rmqi_timer_init(&h->check, rmqi_loop_timers(b->loop), check);

	rmqi_map_init(&h->topics);
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
		parked_free(RMQI_LIST_ITEM(all.next, struct mb_parked, of_queue));
	rmqi_map_deinit(&h->topics, hold_topic_free);
}
