/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/holdings.h"

#include <stdlib.h>

#include "base/mem.h"
#include "client/callbacks.h"
#include "client/namespace.h"
#include "consumer/holding.h"
#include "consumer/mq.h"
#include "send/queues.h"

static struct rmqi_mq *mq_of(struct rmqi_list *node)
{
	return RMQI_LIST_ITEM(node, struct rmqi_mq, link);
}

/* --- Telling ------------------------------------------------------------------------------------ */

/* The next one; NULL: none, and the task is over. */
static struct rmqi_holding_change *take(struct rmqi_holdings *h)
{
	struct rmqi_holding_change *change;

	rmqi_mutex_lock(&h->mu);
	change = h->first;
	if (change)
		h->first = change->next;
	else
		h->is_posted = false;
	rmqi_mutex_unlock(&h->mu);
	return change;
}

static void call(const struct rmqi_holdings *h, struct rmqi_holding_change *change)
{
	atomic_uint next;
	size_t revoked = change->assigned_count;
	struct rmq_queues now, assigned, gone;

	/* Whoever asks a selector of producers about these lists finds a turn in them. */
	atomic_init(&next, 0);
	now = (struct rmq_queues){change->now->queues, change->now->count, &next, NULL, NULL};
	assigned = (struct rmq_queues){change->queues, change->assigned_count, &next, NULL, NULL};
	gone = (struct rmq_queues){change->queues + revoked, change->revoked_count, &next, NULL,
				   NULL};
	h->fn(change->now->topic, &now, &assigned, &gone, h->arg);
}

/* All rounds after the last one with a change had none. */
static void finish(struct rmqi_holdings *h, uint64_t round)
{
	struct rmqi_consumer *c = h->consumer;

	c->told.done = round == h->posted ? h->round : round;
	if (c->told.done == h->round)
		rmqi_event_set(&h->quiet);
	RMQI_LIST_EACH(node, &c->subs.list) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		RMQI_LIST_EACH(at, &sub->mqs)
			rmqi_mq_continue(mq_of(at));
	}
}

struct told_call {
	struct rmqi_holdings *holdings;
	uint64_t round;
};

static void on_told(void *arg)
{
	struct told_call *t = arg;

	finish(t->holdings, t->round);
}

static void run(struct rmqi_task *task)
{
	struct rmqi_holdings *h = RMQI_CONTAINER(task, struct rmqi_holdings, task);
	struct rmqi_consumer *c = h->consumer;
	struct rmqi_holding_change *change;

	while ((change = take(h)) != NULL) {
		struct told_call done = {h, change->round};

		call(h, change);
		if (change->is_last)
			rmqi_loop_call(c->loop, on_told, &done);
		rmqi_holding_change_free(change);
	}
	rmqi_consumer_unref(c);
}

/* Takes them over, a chain. */
static void post(struct rmqi_holdings *h, struct rmqi_holding_change *first,
		 struct rmqi_holding_change *last)
{
	bool must_post;

	rmqi_event_reset(&h->quiet);
	h->posted = last->round;
	rmqi_mutex_lock(&h->mu);
	if (h->first)
		h->last->next = first;
	else
		h->first = first;
	h->last = last;
	must_post = !h->is_posted;
	h->is_posted = true;
	rmqi_mutex_unlock(&h->mu);
	if (!must_post)
		return;
	rmqi_consumer_ref(h->consumer);
	rmqi_client_callback(h->consumer->client, &h->task);
}

/* --- A round ------------------------------------------------------------------------------------- */

struct round {
	struct rmqi_holding_change *first;
	struct rmqi_holding_change *last;
	struct rmqi_list failed; /* memory was out */
};

static void add_change(struct rmqi_holdings *h, struct round *r, struct rmqi_holding_change *change)
{
	if (change->assigned_count + change->revoked_count == 0) {
		rmqi_holding_change_free(change);
		return;
	}
	change->round = h->round;
	if (r->last)
		r->last->next = change;
	else
		r->first = change;
	r->last = change;
}

static int by_key(const void *a, const void *b)
{
	return rmqi_queue_cmp(*(const struct rmqi_queue *const *)a,
			      *(const struct rmqi_queue *const *)b);
}

/* NULL: memory is out. */
static struct rmqi_holding *look(const struct rmqi_holdings *h, const struct rmqi_sub *sub)
{
	const char *space = rmqi_client_namespace(h->consumer->client);
	const struct rmqi_queue **keys;
	struct rmqi_holding *now;
	size_t count = 0, n = 0;

	RMQI_LIST_EACH(node, &sub->mqs)
		count++;
	keys = rmqi_calloc(count + 1, sizeof(const struct rmqi_queue *));
	if (!keys)
		return NULL;
	RMQI_LIST_EACH(node, &sub->mqs)
		keys[n++] = &mq_of(node)->key;
	qsort(keys, count, sizeof(const struct rmqi_queue *), by_key);
	now = rmqi_holding_new(rmqi_namespace_plain(space, rmqi_str(rmqi_sub_topic(sub))), keys,
			       h->is_over ? 0 : count);
	rmqi_free(keys);
	return now;
}

static bool look_again(struct rmqi_holdings *h, struct round *r, struct rmqi_sub *sub)
{
	struct rmqi_holding *now = look(h, sub);
	struct rmqi_holding_change *change = now ? rmqi_holding_change_new(now, sub->told) : NULL;

	if (!change) {
		rmqi_holding_unref(now);
		return false;
	}
	rmqi_holding_unref(sub->told);
	sub->told = now;
	add_change(h, r, change);
	return true;
}

/* Memory was out: it comes with the next round. */
static void put_off(struct rmqi_holdings *h, struct round *r, struct rmqi_sub *sub)
{
	rmqi_list_push(&r->failed, &sub->mark);
	RMQI_LIST_EACH(node, &sub->mqs)
		if (mq_of(node)->awaits == h->round)
			mq_of(node)->awaits++;
}

void rmqi_holdings_flush(struct rmqi_holdings *h)
{
	struct round r = {0};
	struct rmqi_list *node;
	bool is_quiet = h->consumer->told.done == h->round;

	if (rmqi_list_is_empty(&h->marked))
		return;
	h->consumer->told.next = ++h->round + 1;
	rmqi_list_init(&r.failed);
	while ((node = rmqi_list_pop(&h->marked)) != NULL) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, mark);

		if (look_again(h, &r, sub))
			rmqi_sub_unref(sub);
		else
			put_off(h, &r, sub);
	}
	rmqi_list_move_all(&r.failed, &h->marked);
	if (r.last) {
		r.last->is_last = true;
		post(h, r.first, r.last);
	} else if (is_quiet) {
		finish(h, h->round);
	}
}

static void on_flush(struct rmqi_task *task)
{
	rmqi_holdings_flush(RMQI_CONTAINER(task, struct rmqi_holdings, flush));
}

static void mark(void *arg, struct rmqi_sub *sub)
{
	struct rmqi_holdings *h = arg;

	if (sub->is_retry || !rmqi_list_is_empty(&sub->mark))
		return;
	rmqi_sub_ref(sub);
	rmqi_list_push(&h->marked, &sub->mark);
	rmqi_loop_defer(h->consumer->loop, &h->flush);
}

void rmqi_holdings_revoke(struct rmqi_holdings *h)
{
	if (!h->fn)
		return;
	h->is_over = true;
	RMQI_LIST_EACH(node, &h->consumer->subs.list)
		mark(h, RMQI_LIST_ITEM(node, struct rmqi_sub, link));
	rmqi_holdings_flush(h);
}

bool rmqi_holdings_wait(struct rmqi_holdings *h, int64_t deadline_us)
{
	return !h->fn || rmqi_client_in_callback(h->consumer->client) ||
	       rmqi_event_wait(&h->quiet, deadline_us);
}

/* --- Life ---------------------------------------------------------------------------------------- */

void rmqi_holdings_init(struct rmqi_holdings *h, struct rmqi_consumer *c,
			const struct rmqi_env *env)
{
	h->consumer = c;
	h->flush.run = on_flush;
	h->task.run = run;
	rmqi_list_init(&h->marked);
	rmqi_mutex_init(&h->mu);
	rmqi_event_init(&h->quiet, env);
	rmqi_event_set(&h->quiet);
}

void rmqi_holdings_end(struct rmqi_holdings *h)
{
	struct rmqi_list *node;

	rmqi_loop_undefer(h->consumer->loop, &h->flush);
	while ((node = rmqi_list_pop(&h->marked)) != NULL)
		rmqi_sub_unref(RMQI_LIST_ITEM(node, struct rmqi_sub, mark));
}

void rmqi_holdings_deinit(struct rmqi_holdings *h)
{
	rmqi_event_deinit(&h->quiet);
	rmqi_mutex_deinit(&h->mu);
}

void rmqi_holdings_set_fn(struct rmqi_holdings *h, rmq_queues_fn fn, void *arg)
{
	h->fn = fn;
	h->arg = arg;
	h->consumer->told = (struct rmqi_told){.changed = mark, .arg = h, .next = 1};
}
