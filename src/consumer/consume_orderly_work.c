/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "consumer/consume_call.h"
#include "consumer/consume_orderly_impl.h"

/* --- Lanes and workers --------------------------------------------------------------------------- */

static void work(struct rmqi_task *task);

static bool is_quick(const struct rmqi_consume_orderly *s)
{
	return atomic_load_explicit(&s->call_us, memory_order_relaxed) <= RMQI_ORDERLY_SLOW_US;
}

struct rmqi_task *rmqi_lane_make_busy(struct rmqi_consume_orderly *s, struct rmqi_lane *lane)
{
	unsigned limit = is_quick(s) ? s->quick_max : s->threads;

	rmqi_mq_ref(rmqi_lane_mq(lane));
	rmqi_consumer_ref(s->consumer);
	atomic_store_explicit(&lane->call_us, rmqi_orderly_now(s), memory_order_relaxed);
	lane->state = RMQI_LANE_BUSY;
	lane->task.run = work;
	if (s->workers < limit) {
		s->workers++;
		return &lane->task;
	}
	rmqi_lane_make_ready(s, lane);
	return NULL;
}

void rmqi_lane_let_go(struct rmqi_consume_orderly *s, struct rmqi_mq *mq)
{
	struct rmqi_consumer *c = s->consumer;

	rmqi_mq_unref(mq);
	rmqi_consumer_unref(c);
}

static bool is_given_up(const struct rmqi_consume_orderly *s, const struct rmqi_mq *mq)
{
	return atomic_load_explicit(&s->is_stopping, memory_order_relaxed) ||
	       atomic_load_explicit(&mq->is_dropped, memory_order_relaxed) ||
	       atomic_load_explicit(&mq->lane.is_leaving, memory_order_relaxed);
}

void rmqi_lane_report(struct rmqi_consume_orderly *s, struct rmqi_mq *mq)
{
	if (atomic_exchange(&mq->lane.is_reported, true))
		return;
	rmqi_mq_ref(mq);
	mq->lane.report.run = rmqi_lane_on_report;
	rmqi_loop_post(s->consumer->loop, &mq->lane.report);
}

/* Those who end while lanes wait: the loop looks at these. @locks: mu held */
static bool end_worker(struct rmqi_consume_orderly *s, struct rmqi_mq *mq, bool *kept)
{
	s->workers--;
	if (!s->ready.first)
		return false;
	if (*kept) {
		/* Another one may let go of it as soon as mu is free. */
		rmqi_mq_ref(mq);
		rmqi_consumer_ref(s->consumer);
		*kept = false;
	}
	return true;
}

/* The worker has done what it could for this lane. Returns the next one's task; NULL: it ends. *kept: the
 * references of this lane stay with its task. */
static struct rmqi_task *next_lane(struct rmqi_consume_orderly *s, struct rmqi_mq *mq,
				   enum rmqi_lane_stop stop, bool *kept)
{
	struct rmqi_lane *lane = &mq->lane;
	struct rmqi_task *next = NULL;
	bool is_stopped, are_left;

	rmqi_mutex_lock(&s->mu);
	/* Who waits for the end of it is told of it. */
	if (stop == RMQI_STOP_NONE && is_given_up(s, mq))
		stop = RMQI_STOP_GIVEN_UP;
	is_stopped = stop != RMQI_STOP_NONE;
	*kept = !is_stopped && rmqi_lane_has_more(lane);
	lane->stop = stop;
	if (*kept)
		rmqi_lane_make_ready(s, lane);
	else
		lane->state = is_stopped ? RMQI_LANE_STOPPED : RMQI_LANE_IDLE;
	/* Those that helped out while others were held up end when these are back. */
	if (s->workers <= (is_quick(s) ? s->quick_max : s->threads))
		next = rmqi_lane_take_ready(s);
	are_left = !next && end_worker(s, mq, kept);
	rmqi_mutex_unlock(&s->mu);
	if (is_stopped || are_left)
		rmqi_lane_report(s, mq);
	return next;
}

/* --- A call of the listener, on a worker -------------------------------------------------------- */

/* Races lose a sample, which does not matter. */
static void note_cost(struct rmqi_consume_orderly *s, int64_t us, int64_t calls)
{
	uint32_t old = atomic_load_explicit(&s->call_us, memory_order_relaxed);
	int64_t now = us / calls < RMQI_ORDERLY_COST_MAX_US ? us / calls : RMQI_ORDERLY_COST_MAX_US;

	atomic_store_explicit(&s->call_us, (3 * old + (uint32_t)now) / 4, memory_order_relaxed);
}

/* The items of the next call: those of a chunk that are not done. Some may be, when others of a call that
 * failed went to the dead letters. 0: the delivery is done. */
static size_t next_chunk(const struct rmqi_consume_orderly *s, struct rmqi_lane *lane)
{
	const struct rmqi_delivery *d = lane->current;
	size_t n = 0;

	while (lane->at < d->count && rmqi_delivery_state(d, lane->at) == RMQI_ITEM_DONE)
		lane->at++;
	while (n < s->sink.chunk && lane->at + n < d->count &&
	       rmqi_delivery_state(d, lane->at + n) != RMQI_ITEM_DONE)
		n++;
	return n;
}

/* Who has had all its deliveries is FAILED: the loop sends it to the dead letters. */
static void count_failure(struct rmqi_consume_orderly *s, struct rmqi_lane *lane, size_t count)
{
	struct rmqi_delivery *d = lane->current;

	for (size_t i = lane->at; i < lane->at + count; i++) {
		struct rmq_message *m = &d->block->messages[d->items[i] - d->block->messages];

		if (rmqi_message_times(m) < s->consumer->set.max_reconsume_times) {
			rmqi_message_count_again(m);
			continue;
		}
		d->levels[i] = -1;
		rmqi_delivery_settle(d, i, 1, RMQI_ITEM_FAILED);
	}
	lane->failed = count;
}

/* Maybe it does so for ever. */
static void tell_odd(struct rmqi_consume_orderly *s, const char *topic, int status)
{
	struct rmqi_telling telling;
	int64_t now = rmqi_orderly_now(s);
	bool is_due;

	rmqi_mutex_lock(&s->mu);
	is_due = rmqi_reminder_note(&s->odd, now, status, &telling);
	rmqi_mutex_unlock(&s->mu);
	if (is_due)
		RMQI_LOG(s->consumer->log, RMQ_LOG_WARN,
			 "orderly listener of %s returned %d, which is no status: taken as "
			 "SUSPEND_CURRENT_QUEUE_A_MOMENT (%" PRIu64 " times more before)",
			 topic, status, telling.untold);
}

static enum rmqi_lane_stop consume(struct rmqi_consume_orderly *s, struct rmqi_mq *mq, size_t count)
{
	struct rmqi_lane *lane = &mq->lane;
	struct rmqi_delivery *d = lane->current;
	struct rmq_orderly_context ctx = {
		.queue = {mq->key.topic, mq->key.broker_name, mq->key.queue_id}, .suspend_ms = -1};
	struct rmq_consume_call call;
	bool is_watched = rmqi_call_begin(&call, mq, &d->items[lane->at], count);
	int status = (int)s->listener(s->handle, &d->items[lane->at], count, &ctx, s->arg);

	if (is_watched)
		rmqi_call_end(&call, status, status == RMQ_ORDERLY_SUCCESS ? count : 0);
	if (status == RMQ_ORDERLY_SUCCESS) {
		rmqi_delivery_settle(d, lane->at, count, RMQI_ITEM_DONE);
		lane->at += count;
		if (rmqi_process_queue_spend(&mq->pending, count))
			rmqi_lane_report(s, mq);
		return RMQI_STOP_NONE;
	}
	if (status != RMQ_SUSPEND_CURRENT_QUEUE_A_MOMENT)
		tell_odd(s, mq->key.topic, status);
	lane->suspend_ms = ctx.suspend_ms;
	count_failure(s, lane, count);
	return RMQI_STOP_FAILED;
}

static struct rmqi_delivery *current_of(struct rmqi_consume_orderly *s, struct rmqi_lane *lane)
{
	struct rmqi_list *node;

	if (lane->current)
		return lane->current;
	rmqi_mutex_lock(&s->mu);
	node = rmqi_list_pop(&lane->waiting);
	rmqi_mutex_unlock(&s->mu);
	lane->current = node ? RMQI_LIST_ITEM(node, struct rmqi_delivery, watch) : NULL;
	lane->at = 0;
	return lane->current;
}

/* Quick calls are counted together. */
struct calls {
	int64_t count, spent_us;
	int64_t quick, quick_us;
};

static void count_call(struct calls *calls, struct rmqi_stats *stats, int64_t took_us)
{
	calls->count++;
	calls->spent_us += took_us;
	if (took_us > RMQI_ORDERLY_SLOW_US) {
		rmqi_stats_consumed(stats, took_us, 1);
		return;
	}
	calls->quick++;
	calls->quick_us += took_us;
}

/* A delivery of the lane, or what the time allows of it. */
static enum rmqi_lane_stop run_lane(struct rmqi_consume_orderly *s, struct rmqi_mq *mq)
{
	struct rmqi_lane *lane = &mq->lane;
	struct rmqi_delivery *d = current_of(s, lane);
	int64_t begun = rmqi_orderly_now(s), now = begun, called;
	struct calls calls = {0};
	enum rmqi_lane_stop stop = RMQI_STOP_NONE;
	size_t count = 0;

	while (d && stop == RMQI_STOP_NONE && (count = next_chunk(s, lane)) > 0) {
		if (now - begun > s->consumer->set.continuous_ms * 1000)
			break;
		if (is_given_up(s, mq)) {
			stop = RMQI_STOP_GIVEN_UP;
		} else if (!rmqi_orderly_may_work(s, mq, now)) {
			stop = RMQI_STOP_UNLOCKED;
		} else {
			called = now;
			atomic_store_explicit(&lane->call_us, called, memory_order_relaxed);
			stop = consume(s, mq, count);
			now = rmqi_orderly_now(s);
			count_call(&calls, mq->stats, now - called);
		}
	}
	if (calls.count > 0)
		note_cost(s, calls.spent_us, calls.count);
	rmqi_stats_consumed(mq->stats, calls.quick_us, calls.quick);
	if (d && count == 0) {
		lane->current = NULL;
		rmqi_lane_report(s, mq);
		rmqi_delivery_unref(d);
	}
	return stop;
}

/* The next lane is fetched before this one is let go: it keeps the consumer. */
static void work(struct rmqi_task *task)
{
	while (task) {
		struct rmqi_mq *mq = rmqi_lane_mq(RMQI_CONTAINER(task, struct rmqi_lane, task));
		struct rmqi_consume_orderly *s = rmqi_orderly_of(mq);
		enum rmqi_lane_stop stop = run_lane(s, mq);
		bool kept;

		task = next_lane(s, mq, stop, &kept);
		if (!kept)
			rmqi_lane_let_go(s, mq);
	}
}
