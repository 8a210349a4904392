/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "consumer/consume_orderly_impl.h"

enum {
	LOOK_MS = 5,
	SUSPEND_MIN_MS = 10, /* ConsumeMessageOrderlyService.submitConsumeRequestLater */
	SUSPEND_MAX_MS = 30000
};

/* --- Lanes that no worker comes to --------------------------------------------------------------- */

/* All quick workers may be held up: the first lane that waits for one gets one of its own. */
void rmqi_orderly_on_look(struct rmqi_timer *t)
{
	struct rmqi_consume_orderly *s = RMQI_CONTAINER(t, struct rmqi_consume_orderly, look_timer);
	struct rmqi_task *stuck = NULL, *first;

	if (atomic_load(&s->is_stopping))
		return;
	rmqi_mutex_lock(&s->mu);
	if (s->ready.first && s->ready.first == s->seen_ready && s->workers < s->threads) {
		stuck = rmqi_lane_take_ready(s);
		s->workers++;
	}
	first = s->ready.first;
	rmqi_mutex_unlock(&s->mu);
	s->seen_ready = first;
	if (stuck)
		rmqi_post(rmqi_pool_executor(s->pool), stuck);
	if (first)
		rmqi_timer_start_ms(t, LOOK_MS);
}

void rmqi_orderly_look_soon(struct rmqi_consume_orderly *s)
{
	if (!atomic_load(&s->is_stopping) && !rmqi_timer_is_armed(&s->look_timer))
		rmqi_timer_start_ms(&s->look_timer, LOOK_MS);
}

/* --- On the loop: what a lane waits for --------------------------------------------------------- */

void rmqi_lane_on_timer(struct rmqi_timer *t)
{
	struct rmqi_consume_orderly *s = RMQI_CONTAINER(t, struct rmqi_consume_orderly, timer);
	int64_t now = rmqi_clock_us(s->consumer->clock);

	while (!rmqi_list_is_empty(&s->suspended)) {
		struct rmqi_lane *lane = rmqi_lane_at(s->suspended.next);

		if (lane->due_us > now) {
			rmqi_timer_start(&s->timer, lane->due_us);
			return;
		}
		rmqi_list_remove(&lane->link);
		lane->due_us = 0;
		rmqi_lane_go_on(s, rmqi_lane_mq(lane));
	}
}

static void suspend(struct rmqi_consume_orderly *s, struct rmqi_lane *lane)
{
	int64_t ms = lane->suspend_ms < 0 ? s->consumer->set.suspend_queue_ms : lane->suspend_ms;
	struct rmqi_list *at = &s->suspended;

	if (ms < SUSPEND_MIN_MS)
		ms = SUSPEND_MIN_MS;
	if (ms > SUSPEND_MAX_MS)
		ms = SUSPEND_MAX_MS;
	lane->due_us = rmqi_consumer_deadline(s->consumer, ms);
	while (at->prev != &s->suspended && rmqi_lane_at(at->prev)->due_us > lane->due_us)
		at = at->prev;
	rmqi_list_insert_before(at, &lane->link);
	rmqi_timer_start(&s->timer, rmqi_lane_at(s->suspended.next)->due_us);
}

static bool is_held(struct rmqi_consume_orderly *s, const struct rmqi_lane *lane)
{
	bool is_held;

	rmqi_mutex_lock(&s->mu);
	is_held = lane->state == RMQI_LANE_HELD;
	rmqi_mutex_unlock(&s->mu);
	return is_held;
}

static void set_idle(struct rmqi_consume_orderly *s, struct rmqi_lane *lane)
{
	rmqi_mutex_lock(&s->mu);
	lane->state = RMQI_LANE_IDLE;
	rmqi_mutex_unlock(&s->mu);
}

static void handed_over(struct rmqi_mq *mq)
{
	if (mq->state == RMQI_MQ_LEAVING)
		rmqi_mq_drop(mq);
}

bool rmqi_lane_hand_over(struct rmqi_consume_orderly *s, struct rmqi_mq *mq)
{
	struct rmqi_offset_store *store = s->consumer->store;

	return s->has_locks && mq->lane.lock.was_granted && store->commit_surely &&
	       store->commit_surely(store, mq, handed_over);
}

static void begin_again(struct rmqi_consume_orderly *s, struct rmqi_lane *lane)
{
	struct rmqi_task *task = NULL;
	bool waits;

	rmqi_mutex_lock(&s->mu);
	lane->state = RMQI_LANE_IDLE;
	if (rmqi_lane_has_more(lane))
		task = rmqi_lane_make_busy(s, lane);
	waits = s->ready.first != NULL;
	rmqi_mutex_unlock(&s->mu);
	if (task)
		rmqi_post(rmqi_pool_executor(s->pool), task);
	if (waits)
		rmqi_orderly_look_soon(s);
}

/* What it stopped for may be over. */
void rmqi_lane_go_on(struct rmqi_consume_orderly *s, struct rmqi_mq *mq)
{
	struct rmqi_lane *lane = &mq->lane;

	if (!is_held(s, lane) || lane->backs > 0 || !s->consumer->is_active)
		return;
	if (mq->state == RMQI_MQ_LEAVING) {
		set_idle(s, lane);
		if (!rmqi_lane_hand_over(s, mq))
			rmqi_mq_drop(mq);
		return;
	}
	if (lane->due_us > 0)
		return;
	if (!rmqi_orderly_may_work(s, mq, rmqi_orderly_now(s))) {
		rmqi_queue_locks_want(&s->locks, mq);
		return;
	}
	begin_again(s, lane);
}

/* BACK: seen already, by one that looks for all of them. */
static bool is_failed(enum rmqi_item_state state)
{
	return state == RMQI_ITEM_FAILED || state == RMQI_ITEM_BACK;
}

static size_t count_failed(const struct rmqi_lane *lane)
{
	size_t n = 0;

	for (size_t i = lane->at; lane->current && i < lane->current->count; i++)
		n += is_failed(rmqi_delivery_state(lane->current, i)) ? 1 : 0;
	return n;
}

static void take_failed(struct rmqi_consume_orderly *s, struct rmqi_mq *mq)
{
	struct rmqi_lane *lane = &mq->lane;
	size_t back = count_failed(lane), again = lane->failed - back;

	/* What is sent back is counted there. */
	mq->stats->now.failed += (int64_t)again;
	mq->stats->now.failures += (int64_t)again;
	mq->stats->now.done += (int64_t)again;
	mq->stats->again += (int64_t)again;
	lane->backs = back;
	if (again > 0 && mq->state != RMQI_MQ_LEAVING)
		suspend(s, lane);
	if (back > 0)
		rmqi_send_backs_look(&s->send_backs, lane->current);
}

/* The listener of a queue that was dropped has returned. */
static void end_old(struct rmqi_consume_orderly *s, struct rmqi_mq *mq)
{
	struct rmqi_lane *lane = &mq->lane;
	struct rmqi_consumer *c = s->consumer;
	bool is_listed = !rmqi_list_is_empty(&lane->link);

	rmqi_delivery_unref(lane->current);
	lane->current = NULL;
	set_idle(s, lane);
	rmqi_list_remove(&lane->link);
	rmqi_queue_locks_release(&s->locks, mq);
	/* It may have come back meanwhile. */
	RMQI_LIST_EACH(node, &c->subs.list) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		if (strcmp(rmqi_sub_topic(sub), mq->key.topic) != 0)
			continue;
		RMQI_LIST_EACH(at, &sub->mqs)
			rmqi_mq_continue(RMQI_LIST_ITEM(at, struct rmqi_mq, link));
	}
	if (is_listed)
		rmqi_mq_unref(mq);
}

static void stopped(struct rmqi_consume_orderly *s, struct rmqi_mq *mq, enum rmqi_lane_stop stop)
{
	if (mq->state == RMQI_MQ_DROPPED) {
		end_old(s, mq);
		return;
	}
	if (!s->consumer->is_active)
		return;
	if (stop == RMQI_STOP_FAILED)
		take_failed(s, mq);
	if (stop == RMQI_STOP_UNLOCKED)
		RMQI_LOG(s->consumer->log, RMQ_LOG_INFO,
			 MQ_FORMAT " waits for its lock: it was not renewed in time", MQ_ARGS(mq));
	rmqi_lane_go_on(s, mq);
}

/* Deliveries are done in their order. */
static void settle_done(struct rmqi_mq *mq)
{
	bool is_done = true;

	while (is_done && mq->state != RMQI_MQ_DROPPED &&
	       !rmqi_list_is_empty(&mq->pending.deliveries)) {
		struct rmqi_delivery *d =
			RMQI_LIST_ITEM(mq->pending.deliveries.next, struct rmqi_delivery, link);
		uint64_t bytes;

		is_done = rmqi_delivery_open(d, &bytes) == 0;
		rmqi_mq_settled(mq, d);
	}
}

void rmqi_lane_on_report(struct rmqi_task *task)
{
	struct rmqi_lane *lane = RMQI_CONTAINER(task, struct rmqi_lane, report);
	struct rmqi_mq *mq = rmqi_lane_mq(lane);
	struct rmqi_consume_orderly *s = rmqi_orderly_of(mq);
	bool has_stopped, waits;

	/* Before anything is read: what changes from now on is reported again. */
	atomic_store(&lane->is_reported, false);
	settle_done(mq);
	rmqi_mutex_lock(&s->mu);
	has_stopped = lane->state == RMQI_LANE_STOPPED;
	if (has_stopped)
		lane->state = RMQI_LANE_HELD;
	waits = s->ready.first != NULL;
	rmqi_mutex_unlock(&s->mu);
	if (has_stopped)
		stopped(s, mq, lane->stop);
	if (waits)
		rmqi_orderly_look_soon(s);
	rmqi_mq_unref(mq);
}

/* --- Locks ---------------------------------------------------------------------------------------- */

/* Is a worker at it? */
static bool watch_call(struct rmqi_consume_orderly *s, struct rmqi_mq *mq)
{
	struct rmqi_lane *lane = &mq->lane;
	int64_t since = atomic_load_explicit(&lane->call_us, memory_order_relaxed);
	int64_t limit_us = s->consumer->set.consume_timeout_ms * 1000;
	bool is_busy;

	rmqi_mutex_lock(&s->mu);
	is_busy = lane->state == RMQI_LANE_BUSY;
	rmqi_mutex_unlock(&s->mu);
	if (!is_busy || rmqi_orderly_now(s) - since < limit_us) {
		lane->is_told = false;
		return is_busy;
	}
	if (!lane->is_told)
		RMQI_LOG(s->consumer->log, RMQ_LOG_WARN,
			 "group %s: an orderly listener has had a message of " MQ_FORMAT
			 " for over %lld minutes (consumeTimeout): its queue waits for it",
			 s->consumer->group, MQ_ARGS(mq), (long long)(limit_us / 60000000));
	lane->is_told = true;
	return true;
}

void rmqi_orderly_watch_soon(struct rmqi_consume_orderly *s)
{
	if (!s->has_locks && !rmqi_timer_is_armed(&s->watch_timer))
		rmqi_timer_start_ms(&s->watch_timer, RMQI_LOCK_RENEW_MS);
}

void rmqi_orderly_on_watch(struct rmqi_timer *t)
{
	struct rmqi_consume_orderly *s =
		RMQI_CONTAINER(t, struct rmqi_consume_orderly, watch_timer);
	bool is_busy = false;

	RMQI_LIST_EACH(node, &s->consumer->subs.list)
		RMQI_LIST_EACH(at, &RMQI_LIST_ITEM(node, struct rmqi_sub, link)->mqs)
			is_busy |= watch_call(s, RMQI_LIST_ITEM(at, struct rmqi_mq, link));
	if (is_busy && !atomic_load(&s->is_stopping))
		rmqi_orderly_watch_soon(s);
}

void rmqi_lane_granted(struct rmqi_queue_locks *l, struct rmqi_mq *mq)
{
	struct rmqi_consume_orderly *s = RMQI_CONTAINER(l, struct rmqi_consume_orderly, locks);

	if (mq->state != RMQI_MQ_DROPPED) {
		rmqi_lane_go_on(s, mq);
		rmqi_mq_continue(mq);
	}
	(void)watch_call(s, mq);
}

/* Another member may have gone on in this queue: what we know of it may be behind. */
void rmqi_lane_lost(struct rmqi_queue_locks *l, struct rmqi_mq *mq)
{
	struct rmqi_consume_orderly *s = RMQI_CONTAINER(l, struct rmqi_consume_orderly, locks);

	if (mq->state == RMQI_MQ_DROPPED || !s->consumer->is_active)
		return;
	RMQI_LOG(s->consumer->log, RMQ_LOG_WARN,
		 "the lock of " MQ_FORMAT " was lost: the queue begins anew where the group stands",
		 MQ_ARGS(mq));
	s->consumer->counts.locks_lost++;
	if (mq->state == RMQI_MQ_LEAVING)
		mq->is_placed = false; /* nothing of it is committed any more */
	else if (rmqi_mq_restart(mq) != RMQ_OK)
		RMQI_LOG(s->consumer->log, RMQ_LOG_ERROR, "no memory for " MQ_FORMAT ": later",
			 MQ_ARGS(mq));
}
