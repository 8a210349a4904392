/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/poll_buffer.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/process.h"
#include "client/messages.h"
#include "consumer/mq.h"

static struct rmqi_poll_buffer *buffer_at(struct rmqi_sink *s)
{
	return RMQI_CONTAINER(s, struct rmqi_poll_buffer, sink);
}

static struct rmqi_delivery *delivery_of(struct rmqi_list *node)
{
	return RMQI_LIST_ITEM(node, struct rmqi_delivery, watch);
}

/* --- A list of the user's ------------------------------------------------------------------------- */

struct polled {
	struct rmq_messages list;
	struct rmqi_delivery *delivery; /* a reference */
	struct rmqi_gate *gate;         /* a reference */
	uint64_t mark;                  /* of the process */
	int64_t handed_us;              /* when it was handed out */
};

static void on_report(struct rmqi_task *task)
{
	struct rmqi_delivery *d = RMQI_CONTAINER(task, struct rmqi_delivery, report);

	rmqi_mq_settled(d->mq, d);
	rmqi_delivery_unref(d);
}

/* The loop lets go of what is done, and goes on with a queue that waited for that. */
static void report(struct polled *p)
{
	struct rmqi_delivery *d = p->delivery;

	if (atomic_load(&d->mq->is_dropped) || !rmqi_gate_enter(p->gate))
		return;
	rmqi_stats_consumed(d->mq->stats, rmqi_clock_us(d->mq->consumer->clock) - p->handed_us, 1);
	rmqi_delivery_ref(d);
	d->report.run = on_report;
	rmqi_loop_post(d->mq->consumer->loop, &d->report);
	rmqi_gate_leave(p->gate);
}

static void free_polled(struct rmq_messages *l)
{
	struct polled *p = RMQI_CONTAINER(l, struct polled, list);
	struct rmqi_delivery *d = p->delivery;

	/* Any lock on the way may have been held by a thread that is not here. */
	if (rmqi_process_is_child(p->mark))
		return;
	(void)rmqi_delivery_settle(d, 0, d->count, RMQI_ITEM_DONE);
	(void)rmqi_process_queue_spend(&d->mq->pending, d->count);
	report(p);
	rmqi_delivery_unref(d);
	rmqi_gate_unref(p->gate);
	rmqi_free(p);
}

static struct rmq_messages *fill(struct polled *p, struct rmqi_poll_buffer *b,
				 struct rmqi_delivery *d)
{
	*p = (struct polled){
		.list = {.count = d->count, .items = d->items, .free = free_polled},
		.delivery = d,
		.gate = rmqi_gate_ref(b->gate),
		.mark = rmqi_process_mark(),
		.handed_us = rmqi_clock_us(b->consumer->clock),
	};
	return &p->list;
}

/* --- Taking out ------------------------------------------------------------------------------------ */

static void on_look(struct rmqi_task *task)
{
	struct rmqi_poll_buffer *b = RMQI_CONTAINER(task, struct rmqi_poll_buffer, look);

	atomic_store(&b->is_looking, false);
	RMQI_LIST_EACH(node, &b->consumer->subs.list) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		RMQI_LIST_EACH(at, &sub->mqs) {
			struct rmqi_mq *mq = RMQI_LIST_ITEM(at, struct rmqi_mq, link);

			if (mq->state == RMQI_MQ_PAUSED)
				rmqi_mq_continue(mq);
		}
	}
}

/* With the lock, when something of the queue has changed: it goes behind the others, or it waits no more. */
static void take_turn(struct rmqi_poll_buffer *b, struct rmqi_mq *mq)
{
	rmqi_list_remove(&mq->polled.turn);
	if (mq->polled.count > 0 && !mq->is_held_back)
		rmqi_list_push(&b->turns, &mq->polled.turn);
}

/* With the lock. */
static void take_off(struct rmqi_poll_buffer *b, struct rmqi_delivery *d)
{
	struct rmqi_mq *mq = d->mq;

	rmqi_list_remove(&d->watch);
	mq->polled.count -= d->count;
	if (!mq->is_held_back)
		b->count -= d->count;
	take_turn(b, mq);
}

/* With the lock: is there room now for queues that wait for it? */
static bool makes_room(struct rmqi_poll_buffer *b)
{
	bool has_room = b->is_full && b->count < b->most;

	b->is_full &= !has_room;
	return has_room;
}

static void look_soon(struct rmqi_poll_buffer *b)
{
	if (!atomic_exchange(&b->is_looking, true))
		rmqi_loop_post(b->consumer->loop, &b->look);
}

/* With the lock: the first one whose turn it is. */
static struct rmqi_delivery *find_first(struct rmqi_poll_buffer *b)
{
	RMQI_LIST_EACH(node, &b->turns) {
		struct rmqi_mq *mq = RMQI_LIST_ITEM(node, struct rmqi_mq, polled.turn);

		if (!atomic_load(&mq->is_dropped))
			return delivery_of(mq->polled.waiting.next);
	}
	return NULL;
}

/* NULL: there is none. *stopped: nor will there be. */
static struct rmqi_delivery *take_first(struct rmqi_poll_buffer *b, bool *stopped)
{
	struct rmqi_delivery *d = NULL;
	bool has_room = false, has_more = false;

	rmqi_mutex_lock(&b->mu);
	*stopped = b->is_stopped;
	if (!b->is_stopped)
		d = find_first(b);
	if (d) {
		take_off(b, d);
		has_room = makes_room(b);
		has_more = !rmqi_list_is_empty(&b->turns);
	}
	rmqi_mutex_unlock(&b->mu);
	if (has_room)
		look_soon(b);
	/* Another thread may have been woken for it, and have found the event reset. */
	if (has_more)
		rmqi_event_set(&b->stirred);
	return d;
}

enum rmq_error rmqi_poll_buffer_poll(struct rmqi_poll_buffer *b, int64_t deadline_us,
				     struct rmq_messages **out)
{
	struct polled *p = rmqi_alloc(sizeof(*p));
	struct rmqi_delivery *d;
	bool is_stopped;

	if (!p)
		return RMQ_ERR_NO_MEMORY;
	do {
		/* Before the look: what comes after it is told. */
		rmqi_event_reset(&b->stirred);
		d = take_first(b, &is_stopped);
	} while (!d && !is_stopped && rmqi_event_wait(&b->stirred, deadline_us));
	*out = d ? fill(p, b, d) : NULL;
	if (!d)
		rmqi_free(p);
	if (!is_stopped)
		return RMQ_OK;
	/* It is for the others, too. */
	rmqi_event_set(&b->stirred);
	return RMQ_ERR_STATE;
}

/* --- The sink ------------------------------------------------------------------------------------ */

static void take(struct rmqi_sink *s, struct rmqi_delivery *d)
{
	struct rmqi_poll_buffer *b = buffer_at(s);
	struct rmqi_mq *mq = d->mq;

	rmqi_mutex_lock(&b->mu);
	rmqi_list_push(&mq->polled.waiting, &rmqi_delivery_ref(d)->watch);
	mq->polled.count += d->count;
	if (!mq->is_held_back)
		b->count += d->count;
	if (rmqi_list_is_empty(&mq->polled.turn))
		take_turn(b, mq);
	rmqi_mutex_unlock(&b->mu);
	rmqi_event_set(&b->stirred);
}

static bool must_wait(struct rmqi_sink *s, struct rmqi_mq *mq)
{
	struct rmqi_poll_buffer *b = buffer_at(s);
	bool is_full;

	rmqi_mutex_lock(&b->mu);
	is_full = b->count >= b->most;
	b->is_full |= is_full;
	rmqi_mutex_unlock(&b->mu);
	return is_full || mq->is_held_back;
}

static enum rmqi_stall explain(struct rmqi_sink *s, struct rmqi_mq *mq, char *why, size_t size)
{
	struct rmqi_poll_buffer *b = buffer_at(s);
	size_t waiting, all;
	bool is_held_back;

	rmqi_mutex_lock(&b->mu);
	is_held_back = mq->is_held_back;
	waiting = mq->polled.count;
	all = b->count;
	rmqi_mutex_unlock(&b->mu);
	if (is_held_back) {
		snprintf(why, size, "the application has paused it");
		return RMQI_STALL_PAUSED;
	}
	if (waiting > 0) {
		snprintf(why, size, "%zu messages wait for a poll", waiting);
		return RMQI_STALL_POLL;
	}
	if (!rmqi_list_is_empty(&mq->pending.deliveries)) {
		snprintf(why, size, "a list of its messages that was polled is not freed");
		return RMQI_STALL_LIST;
	}
	if (all < b->most)
		return RMQI_STALL_NONE;
	snprintf(why, size, "%zu messages of all queues wait for a poll (pullThresholdForAll=%zu)",
		 all, b->most);
	return RMQI_STALL_FLOW_CONTROL;
}

static void dropped(struct rmqi_sink *s, struct rmqi_mq *mq)
{
	struct rmqi_poll_buffer *b = buffer_at(s);
	struct rmqi_list gone;
	struct rmqi_list *node;
	bool has_room;

	rmqi_list_init(&gone);
	rmqi_mutex_lock(&b->mu);
	while (mq->polled.count > 0) {
		node = mq->polled.waiting.next;
		take_off(b, delivery_of(node));
		rmqi_list_push(&gone, node);
	}
	has_room = makes_room(b);
	rmqi_mutex_unlock(&b->mu);
	while ((node = rmqi_list_pop(&gone)) != NULL)
		rmqi_delivery_unref(delivery_of(node));
	if (has_room && b->consumer->is_active)
		look_soon(b);
}

static int64_t commit_offset(struct rmqi_sink *s, struct rmqi_mq *mq)
{
	return buffer_at(s)->is_auto ? rmqi_mq_done_offset(mq) : mq->user_offset;
}

static void stop(struct rmqi_sink *s)
{
	struct rmqi_poll_buffer *b = buffer_at(s);

	rmqi_mutex_lock(&b->mu);
	b->is_stopped = true;
	rmqi_mutex_unlock(&b->mu);
	rmqi_event_set(&b->stirred);
}

/* Lists that the user still has are not waited for: their messages come again. */
static const char *end(struct rmqi_sink *s, int64_t until_us, int64_t rest_us)
{
	(void)s;
	(void)until_us;
	(void)rest_us;
	return NULL;
}

/* --- The user ------------------------------------------------------------------------------------ */

/* With the lock. */
static void set_held_back(struct rmqi_poll_buffer *b, struct rmqi_mq *mq, bool is_held_back)
{
	if (mq->is_held_back == is_held_back)
		return;
	mq->is_held_back = is_held_back;
	if (is_held_back)
		b->count -= mq->polled.count;
	else
		b->count += mq->polled.count;
	take_turn(b, mq);
}

void rmqi_poll_buffer_hold(struct rmqi_poll_buffer *b, struct rmqi_mq *mq, bool is_held_back)
{
	bool has_room;

	rmqi_mutex_lock(&b->mu);
	set_held_back(b, mq, is_held_back);
	has_room = makes_room(b);
	rmqi_mutex_unlock(&b->mu);
	if (has_room)
		look_soon(b);
	if (is_held_back)
		return;
	rmqi_event_set(&b->stirred);
	if (mq->state == RMQI_MQ_PAUSED)
		rmqi_mq_continue(mq);
}

int64_t rmqi_poll_buffer_position(struct rmqi_poll_buffer *b, const struct rmqi_mq *mq)
{
	int64_t lowest = mq->is_placed ? mq->next_offset : -1;

	rmqi_mutex_lock(&b->mu);
	RMQI_LIST_EACH(node, &mq->polled.waiting) {
		const struct rmqi_delivery *d = delivery_of(node);

		if (d->items[0]->queue_offset < lowest)
			lowest = d->items[0]->queue_offset;
	}
	rmqi_mutex_unlock(&b->mu);
	return lowest;
}

/* --- Life ---------------------------------------------------------------------------------------- */

enum rmq_error rmqi_poll_buffer_init(struct rmqi_poll_buffer *b, const struct rmq_config *config,
				     struct rmqi_consumer *c)
{
	b->sink = (struct rmqi_sink){.chunk = 1,
				     .take = take,
				     .must_wait = must_wait,
				     .dropped = dropped,
				     .explain = explain,
				     .commit_offset = commit_offset,
				     .stop = stop,
				     .close = end};
	b->consumer = c;
	b->is_auto = rmqi_config_bool(config, RMQI_CFG_autoCommit);
	b->most = (size_t)rmqi_config_i64(config, RMQI_CFG_pullThresholdForAll);
	b->look.run = on_look;
	rmqi_event_init(&b->stirred, config->env);
	rmqi_mutex_init(&b->mu);
	rmqi_list_init(&b->turns);
	b->gate = rmqi_gate_new();
	return b->gate ? RMQ_OK : RMQ_ERR_NO_MEMORY;
}

void rmqi_poll_buffer_tear_down(struct rmqi_poll_buffer *b)
{
	rmqi_gate_close(b->gate);
}

void rmqi_poll_buffer_deinit(struct rmqi_poll_buffer *b)
{
	rmqi_gate_unref(b->gate);
	rmqi_mutex_deinit(&b->mu);
	rmqi_event_deinit(&b->stirred);
}
