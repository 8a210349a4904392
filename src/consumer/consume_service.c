/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/consume_service.h"

#include <limits.h>
#include <unistd.h>

#include "base/mem.h"
#include "consumer/mq.h"

enum {
	SLOW_CALL_US = 20, /* some times what waking a thread costs */
	/* One call that was slow by chance, or whose thread was, does not make a listener slow. */
	COST_MAX_US = 4 * SLOW_CALL_US,
	LOOK_MS = 5
};

static struct rmqi_consume_service *service_at(struct rmqi_sink *sink)
{
	return RMQI_CONTAINER(sink, struct rmqi_consume_service, sink);
}

static struct rmqi_consume_service *service_of(const struct rmqi_delivery *d)
{
	return service_at(d->mq->consumer->sink);
}

static void on_report(struct rmqi_task *task)
{
	struct rmqi_delivery *d = RMQI_CONTAINER(task, struct rmqi_delivery, report);

	/* Before the states are read: what is settled from now on is reported again. */
	atomic_store(&d->is_reported, false);
	rmqi_send_backs_look(&service_of(d)->send_backs, d);
	rmqi_mq_settled(d->mq, d);
	rmqi_delivery_unref(d);
}

static void report(struct rmqi_consume_service *s, struct rmqi_delivery *d)
{
	if (atomic_exchange(&d->is_reported, true))
		return;
	rmqi_delivery_ref(d);
	d->report.run = on_report;
	rmqi_loop_post(s->consumer->loop, &d->report);
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
		RMQI_LOG(s->consumer->log, RMQ_LOG_WARN,
			 "listener of %s returned %d, which is no status: taken as RECONSUME_LATER",
			 d->mq->key.topic, status);
	return 0;
}

static int8_t clamp_level(int level)
{
	if (level < 0)
		return -1;
	return (int8_t)(level > INT8_MAX ? INT8_MAX : level);
}

/* Races lose a sample, which does not matter. */
static void note_cost(struct rmqi_consume_service *s, int64_t us, int64_t calls)
{
	uint32_t old = atomic_load_explicit(&s->call_us, memory_order_relaxed);
	int64_t now = us / calls < COST_MAX_US ? us / calls : COST_MAX_US;

	atomic_store_explicit(&s->call_us, (3 * old + (uint32_t)now) / 4, memory_order_relaxed);
}

static bool is_quick(const struct rmqi_consume_service *s)
{
	return atomic_load_explicit(&s->call_us, memory_order_relaxed) <= SLOW_CALL_US;
}

/* The clock is read around the call only when calls are slow: what else a thread does here, waking the
 * loop among it, must not make a quick listener look slow for ever. */
static int call_listener(struct rmqi_consume_service *s, struct rmqi_delivery *d, size_t at,
			 size_t count, struct rmq_consume_context *ctx)
{
	int64_t start;
	int status;

	if (is_quick(s))
		return (int)s->listener(s->handle, &d->items[at], count, ctx, s->arg);
	start = rmqi_clock_us(s->consumer->clock);
	status = (int)s->listener(s->handle, &d->items[at], count, ctx, s->arg);
	note_cost(s, rmqi_clock_us(s->consumer->clock) - start, 1);
	return status;
}

static void consume(struct rmqi_consume_service *s, struct rmqi_delivery *d, size_t at,
		    size_t count)
{
	const struct rmqi_queue *key = &d->mq->key;
	struct rmq_consume_context ctx = {.queue = {key->topic, key->broker_name, key->queue_id},
					  .ack_index = INT_MAX};
	int status = call_listener(s, d, at, count, &ctx);
	size_t done = count_done(s, d, status, &ctx, count);
	size_t left = SIZE_MAX;
	bool is_told = false;

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
	if (is_told || left == 0)
		report(s, d);
}

static bool may_take(const struct rmqi_consume_service *s, const struct rmqi_delivery *d)
{
	return !atomic_load_explicit(&s->is_stopping, memory_order_relaxed) &&
	       !atomic_load_explicit(&d->mq->is_dropped, memory_order_relaxed);
}

static void run_all(struct rmqi_consume_service *s, struct rmqi_delivery *d)
{
	bool was_quick = is_quick(s);
	int64_t start = was_quick ? rmqi_clock_us(s->consumer->clock) : 0;
	int64_t calls = 0;
	size_t at, count;

	while (may_take(s, d) && rmqi_delivery_take(d, s->sink.chunk, &at, &count)) {
		consume(s, d, at, count);
		calls++;
	}
	if (was_quick && calls > 0)
		note_cost(s, rmqi_clock_us(s->consumer->clock) - start, calls);
}

static void release(struct rmqi_runner *r)
{
	struct rmqi_delivery *d = r->delivery;
	struct rmqi_consumer *c = d->mq->consumer;

	if (r->is_own)
		rmqi_free(r);
	rmqi_delivery_unref(d);
	rmqi_consumer_unref(c);
}

/* What the quick way has left for a runner that is free; NULL: it ends. Those that helped out while
 * others were held up end when these are back. */
static struct rmqi_task *next_ready(struct rmqi_consume_service *s)
{
	struct rmqi_task *next = NULL;

	rmqi_mutex_lock(&s->mu);
	if (s->quick <= s->quick_max)
		next = rmqi_tasks_pop(&s->ready);
	if (!next)
		s->quick--;
	rmqi_mutex_unlock(&s->mu);
	return next;
}

static void run(struct rmqi_task *task)
{
	struct rmqi_runner *r = RMQI_CONTAINER(task, struct rmqi_runner, task);
	struct rmqi_consume_service *s = service_of(r->delivery);

	if (r->only == RMQI_RUNNER_ALL)
		run_all(s, r->delivery);
	else if (may_take(s, r->delivery))
		consume(s, r->delivery, (size_t)r->only, 1);
	release(r);
}

/* The next one is fetched before the last is released: it keeps the consumer. */
static void run_quick(struct rmqi_task *task)
{
	while (task) {
		struct rmqi_runner *r = RMQI_CONTAINER(task, struct rmqi_runner, task);
		struct rmqi_consume_service *s = service_of(r->delivery);

		run_all(s, r->delivery);
		task = next_ready(s);
		release(r);
	}
}

static void drop(struct rmqi_task *task)
{
	release(RMQI_CONTAINER(task, struct rmqi_runner, task));
}

static struct rmqi_task *prepare(struct rmqi_consume_service *s, struct rmqi_runner *r,
				 void (*fn)(struct rmqi_task *task))
{
	rmqi_delivery_ref(r->delivery);
	rmqi_consumer_ref(s->consumer);
	r->task.run = fn;
	return &r->task;
}

static void post(struct rmqi_consume_service *s, struct rmqi_runner *r)
{
	rmqi_post(rmqi_pool_executor(s->pool), prepare(s, r, run));
}

static void post_others(struct rmqi_consume_service *s, struct rmqi_delivery *d)
{
	while (d->posted < d->runner_count)
		post(s, &d->runners[d->posted++]);
}

/* 1, 2, 4 ...: on a busy machine a runner also looks stuck when it only has no CPU. */
static void double_runners(struct rmqi_consume_service *s, struct rmqi_delivery *d)
{
	for (unsigned more = d->posted; more > 0 && d->posted < d->runner_count; more--)
		post(s, &d->runners[d->posted++]);
}

static void post_quick(struct rmqi_consume_service *s, struct rmqi_runner *r)
{
	struct rmqi_task *task = prepare(s, r, run_quick);
	bool is_posted;

	rmqi_mutex_lock(&s->mu);
	is_posted = s->quick < s->quick_max;
	if (is_posted)
		s->quick++;
	else
		rmqi_tasks_push(&s->ready, task);
	rmqi_mutex_unlock(&s->mu);
	if (is_posted)
		rmqi_post(rmqi_pool_executor(s->pool), task);
}

/* All quick runners may be held up: the first one that waits for them gets a thread of its own, if
 * there is another one (with a single thread it would only be overtaken by those behind it). True:
 * there is something to look at again. */
static bool look_at_ready(struct rmqi_consume_service *s)
{
	struct rmqi_task *stuck = NULL, *first;

	rmqi_mutex_lock(&s->mu);
	if (s->ready.first && s->ready.first == s->seen_ready && s->quick < s->sink.runners) {
		stuck = rmqi_tasks_pop(&s->ready);
		s->quick++;
	}
	first = s->ready.first;
	rmqi_mutex_unlock(&s->mu);
	s->seen_ready = first;
	if (stuck)
		rmqi_post(rmqi_pool_executor(s->pool), stuck);
	return first != NULL;
}

/* See the head of the header. A delivery whose runner has not begun waits for a thread, not behind a
 * message: helpers would wait with it. */
static void on_look(struct rmqi_timer *t)
{
	struct rmqi_consume_service *s = RMQI_CONTAINER(t, struct rmqi_consume_service, timer);

	RMQI_LIST_EACH(node, &s->watched) {
		struct rmqi_delivery *d = RMQI_LIST_ITEM(node, struct rmqi_delivery, watch);
		size_t cursor = atomic_load_explicit(&d->cursor, memory_order_relaxed);
		bool is_stuck = cursor > 0 && cursor < d->count && cursor == d->seen;

		if (is_stuck && may_take(s, d))
			double_runners(s, d);
		if (d->posted == d->runner_count || cursor >= d->count || !may_take(s, d)) {
			rmqi_list_remove(&d->watch);
			rmqi_delivery_unref(d);
		} else {
			d->seen = cursor;
		}
	}
	if (!atomic_load(&s->is_stopping) && look_at_ready(s))
		rmqi_timer_start_ms(&s->timer, LOOK_MS);
	if (!rmqi_list_is_empty(&s->watched))
		rmqi_timer_start_ms(&s->timer, LOOK_MS);
}

static void take(struct rmqi_sink *sink, struct rmqi_delivery *d)
{
	struct rmqi_consume_service *s = service_at(sink);
	struct rmqi_runner *first = &d->runners[d->posted++];

	if (!is_quick(s)) {
		post(s, first);
		post_others(s, d);
		return;
	}
	post_quick(s, first);
	if (d->runner_count > 1)
		rmqi_list_push(&s->watched, &rmqi_delivery_ref(d)->watch);
	if (!rmqi_timer_is_armed(&s->timer))
		rmqi_timer_start_ms(&s->timer, LOOK_MS);
}

/* For send_backs: one item again. */
static void redeliver(struct rmqi_send_backs *backs, struct rmqi_runner *r, struct rmqi_delivery *d,
		      size_t at)
{
	struct rmqi_consume_service *s =
		RMQI_CONTAINER(backs, struct rmqi_consume_service, send_backs);

	*r = (struct rmqi_runner){.delivery = d, .only = (int64_t)at, .is_own = true};
	post(s, r);
}

/* --- Life ------------------------------------------------------------------------------- */

static enum rmq_error start(struct rmqi_sink *sink)
{
	struct rmqi_consume_service *s = service_at(sink);
	enum rmq_error err = rmqi_pool_new(rmqi_client_env(s->consumer->client), "rmq-consume",
					   s->sink.runners, &s->pool);

	if (err == RMQ_OK)
		s->identity = s->pool;
	return err;
}

static bool is_current(struct rmqi_sink *sink)
{
	const struct rmqi_consume_service *s = service_at(sink);

	return s->identity && rmqi_current() == s->identity;
}

static void stop(struct rmqi_sink *sink)
{
	atomic_store(&service_at(sink)->is_stopping, true);
}

static bool end_threads(struct rmqi_consume_service *s, int64_t deadline_us)
{
	struct rmqi_pool *pool = s->pool;
	struct rmqi_task *task;
	bool is_done;

	if (!pool)
		return true;
	s->pool = NULL;
	is_done = rmqi_pool_close(pool, deadline_us, drop);
	rmqi_mutex_lock(&s->mu);
	while ((task = rmqi_tasks_pop(&s->ready)) != NULL) {
		rmqi_mutex_unlock(&s->mu);
		drop(task);
		rmqi_mutex_lock(&s->mu);
	}
	rmqi_mutex_unlock(&s->mu);
	return is_done;
}

static void await_send_backs(void *arg)
{
	rmqi_send_backs_await(arg);
}

static const char *close_service(struct rmqi_sink *sink, int64_t until_us, int64_t rest_us)
{
	struct rmqi_consume_service *s = service_at(sink);
	bool is_quiet = end_threads(s, until_us);

	rmqi_loop_call(s->consumer->loop, await_send_backs, &s->send_backs);
	(void)rmqi_event_wait(&s->send_backs.quiet, rest_us);
	return is_quiet ? NULL : "a listener is still running (its messages are delivered again)";
}

void rmqi_consume_service_init(struct rmqi_consume_service *s, const struct rmq_config *config,
			       rmq_push_consumer *handle)
{
	unsigned threads = (unsigned)rmqi_config_i64(config, RMQI_CFG_consumeThreadMax);
	/* Simulations are to be the same on every machine. */
	long online = config->env->sim ? 2 : sysconf(_SC_NPROCESSORS_ONLN);
	unsigned cpus = online > 0 ? (unsigned)online : 1;

	s->sink = (struct rmqi_sink){
		.chunk = (size_t)rmqi_config_i64(config, RMQI_CFG_consumeMessageBatchMaxSize),
		.runners = threads,
		.start = start,
		.take = take,
		.stop = stop,
		.close = close_service,
		.is_current = is_current,
	};
	s->handle = handle;
	s->quick_max = threads < cpus ? threads : cpus;
	rmqi_list_init(&s->watched);
	rmqi_mutex_init(&s->mu);
	/* Not known yet: slow is the safe guess. */
	atomic_init(&s->call_us, COST_MAX_US);
	atomic_init(&s->is_stopping, false);
	rmqi_send_backs_init(&s->send_backs, config->env);
	s->send_backs.redeliver = redeliver;
}

enum rmq_error rmqi_consume_service_set_up(struct rmqi_consume_service *s, struct rmqi_consumer *c)
{
	enum rmq_error backs = rmqi_send_backs_set_up(&s->send_backs, c);
	enum rmq_error own = rmqi_timer_init(&s->timer, rmqi_loop_timers(c->loop), on_look);

	s->consumer = c;
	return own != RMQ_OK ? own : backs;
}

void rmqi_consume_service_tear_down(struct rmqi_consume_service *s)
{
	rmqi_send_backs_stop(&s->send_backs);
	rmqi_timer_deinit(&s->timer);
	for (struct rmqi_list *n; (n = rmqi_list_pop(&s->watched)) != NULL;)
		rmqi_delivery_unref(RMQI_LIST_ITEM(n, struct rmqi_delivery, watch));
}

void rmqi_consume_service_deinit(struct rmqi_consume_service *s)
{
	rmqi_send_backs_deinit(&s->send_backs);
	rmqi_mutex_deinit(&s->mu);
}
