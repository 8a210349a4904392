/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <limits.h>

#include "consumer/consume_call.h"
#include "consumer/consume_service_impl.h"

static void on_report(struct rmqi_task *task)
{
	struct rmqi_delivery *d = RMQI_CONTAINER(task, struct rmqi_delivery, report);

	/* Before the states are read: what is settled from now on is reported again. */
	atomic_store(&d->is_reported, false);
	rmqi_send_backs_look(&rmqi_consume_service_of(d)->send_backs, d);
	rmqi_mq_settled(d->mq, d);
	rmqi_delivery_unref(d);
}

bool rmqi_consume_make_report(struct rmqi_delivery *d)
{
	if (atomic_exchange(&d->is_reported, true))
		return false;
	rmqi_delivery_ref(d);
	d->report.run = on_report;
	return true;
}

void rmqi_consume_report(struct rmqi_consume_service *s, struct rmqi_delivery *d)
{
	if (rmqi_consume_make_report(d))
		rmqi_loop_post(s->consumer->loop, &d->report);
}

/* Maybe it does so for each message. */
static void tell_odd(struct rmqi_consume_service *s, const char *topic, int status)
{
	struct rmqi_telling telling;
	int64_t now = rmqi_clock_us(s->consumer->clock);
	bool is_due;

	rmqi_mutex_lock(&s->mu);
	is_due = rmqi_reminder_note(&s->odd, now, status, &telling);
	rmqi_mutex_unlock(&s->mu);
	if (is_due)
		RMQI_LOG(s->consumer->log, RMQ_LOG_WARN,
			 "listener of %s returned %d, which is no status: taken as RECONSUME_LATER "
			 "(%" PRIu64 " times more before)",
			 topic, status, telling.untold);
}

/* How many of the chunk are done, from the front (ConsumeMessageConcurrentlyService). */
static size_t count_done(struct rmqi_consume_service *s, const struct rmqi_delivery *d, int status,
			 const struct rmq_consume_context *ctx, size_t count)
{
	if (status == RMQ_CONSUME_SUCCESS) {
		if (ctx->ack_index < 0)
			return 0;
		return (size_t)ctx->ack_index < count ? (size_t)ctx->ack_index + 1 : count;
	}
	if (status != RMQ_RECONSUME_LATER)
		tell_odd(s, d->mq->key.topic, status);
	return 0;
}

static int8_t clamp_level(int level)
{
	if (level < 0)
		return -1;
	return (int8_t)(level > INT8_MAX ? INT8_MAX : level);
}

/* Races lose a sample, which does not matter. */
static void note_cost(struct rmqi_consume_service *s, const struct rmqi_delivery *d, int64_t us,
		      int64_t calls)
{
	uint32_t old = atomic_load_explicit(&s->call_us, memory_order_relaxed);
	int64_t now = us / calls < RMQI_CONSUME_COST_MAX_US ? us / calls : RMQI_CONSUME_COST_MAX_US;

	atomic_store_explicit(&s->call_us, (3 * old + (uint32_t)now) / 4, memory_order_relaxed);
	rmqi_stats_consumed(d->mq->stats, us, calls);
}

bool rmqi_consume_is_quick(const struct rmqi_consume_service *s)
{
	return atomic_load_explicit(&s->call_us, memory_order_relaxed) <= RMQI_CONSUME_SLOW_US;
}

/* The clock is read around the call only when calls are slow: what else a thread does here, waking the
 * loop among it, must not make a quick listener look slow for ever. */
static int call_listener(struct rmqi_consume_service *s, struct rmqi_delivery *d, size_t at,
			 size_t count, struct rmq_consume_context *ctx)
{
	int64_t start;
	int status;

	if (rmqi_consume_is_quick(s))
		return (int)s->listener(s->handle, &d->items[at], count, ctx, s->arg);
	start = rmqi_clock_us(s->consumer->clock);
	status = (int)s->listener(s->handle, &d->items[at], count, ctx, s->arg);
	note_cost(s, d, rmqi_clock_us(s->consumer->clock) - start, 1);
	return status;
}

/* True: nothing of the delivery is left, and the loop is to be told of it; not at once. */
static bool consume(struct rmqi_consume_service *s, struct rmqi_delivery *d, size_t at,
		    size_t count)
{
	const struct rmqi_queue *key = &d->mq->key;
	struct rmq_consume_context ctx = {.queue = {key->topic, key->broker_name, key->queue_id},
					  .ack_index = INT_MAX};
	struct rmq_consume_call call;
	bool is_watched = rmqi_call_begin(&call, d->mq, &d->items[at], count);
	int status = call_listener(s, d, at, count, &ctx);
	bool is_late = rmqi_delivery_state(d, at) != RMQI_ITEM_OPEN;
	size_t done = count_done(s, d, status, &ctx, count);
	size_t left = SIZE_MAX;
	bool is_told = false;

	if (is_watched)
		rmqi_call_end(&call, status, done);
	if (done > 0) {
		left = rmqi_delivery_settle(d, at, done, RMQI_ITEM_DONE);
		is_told = rmqi_process_queue_spend(&d->mq->pending, done);
	}
	if (done < count) {
		for (size_t i = at + done; i < at + count; i++)
			d->levels[i] = clamp_level(ctx.delay_level);
		rmqi_delivery_settle(d, at + done, count - done, RMQI_ITEM_FAILED);
		is_told = true;
	}
	if (is_late)
		rmqi_consume_tell_back(s, d, at);
	if (is_told)
		rmqi_consume_report(s, d);
	return !is_told && left == 0;
}

bool rmqi_consume_may_take(const struct rmqi_consume_service *s, const struct rmqi_delivery *d)
{
	return !atomic_load_explicit(&s->is_stopping, memory_order_relaxed) &&
	       !atomic_load_explicit(&d->mq->is_dropped, memory_order_relaxed);
}

/* The chunk is settled before this looks, and who sets is_each_told looks at the chunks after that: one of the two tells
 * of it. */
static bool must_tell(const struct rmqi_consume_service *s, const struct rmqi_delivery *d)
{
	return !rmqi_consume_is_quick(s) || atomic_load(&d->is_each_told);
}

/* As consume(). What was popped counts for nothing once others may have it; and as its time runs, each message of a slow
 * listener is told at once. */
static bool run_chunk(struct rmqi_consume_service *s, struct rmqi_delivery *d, size_t at,
		      size_t count)
{
	if (!d->mq->pop.is_it)
		return consume(s, d, at, count);
	if (rmqi_pops_is_over(s->consumer, d->items[at]))
		(void)rmqi_delivery_settle(d, at, count, RMQI_ITEM_DONE);
	else
		(void)consume(s, d, at, count);
	if (!must_tell(s, d))
		return true;
	rmqi_consume_report(s, d);
	return false;
}

void rmqi_consume_again(struct rmqi_consume_service *s, struct rmqi_delivery *d, size_t at)
{
	rmqi_delivery_set_state(d, at, RMQI_ITEM_OPEN);
	if (run_chunk(s, d, at, 1))
		rmqi_consume_report(s, d);
}

bool rmqi_consume_run(struct rmqi_consume_service *s, struct rmqi_delivery *d)
{
	bool is_finished = false;
	bool was_quick = rmqi_consume_is_quick(s);
	int64_t start = was_quick ? rmqi_clock_us(s->consumer->clock) : 0;
	int64_t calls = 0;
	size_t at, count;

	while (rmqi_consume_may_take(s, d) && rmqi_delivery_take(d, s->sink.chunk, &at, &count)) {
		is_finished |= run_chunk(s, d, at, count);
		calls++;
	}
	if (was_quick && calls > 0)
		note_cost(s, d, rmqi_clock_us(s->consumer->clock) - start, calls);
	return is_finished;
}
