/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/consume_service.h"

#include <unistd.h>

#include "base/mem.h"
#include "consumer/consume_pool.h"
#include "consumer/consume_service_impl.h"

enum {
	LOOK_MS = 5,
	AHEAD = 16, /* deliveries that are ready before a thread is woken within a pass of the loop */
};

static void release(struct rmqi_runner *r)
{
	struct rmqi_delivery *d = r->delivery;
	struct rmqi_consumer *c = d->mq->consumer;

	if (r->is_own)
		rmqi_free(r);
	rmqi_delivery_unref(d);
	rmqi_consumer_unref(c);
}

/* NULL: none. @locks: mu held */
static struct rmqi_task *pop_ready(struct rmqi_consume_service *s)
{
	struct rmqi_task *task = rmqi_tasks_pop(&s->ready);

	if (task)
		s->ready_count--;
	return task;
}

/* The reports that wait. False: none did. Thread: loop */
static bool run_done(struct rmqi_consume_service *s)
{
	struct rmqi_tasks done;
	struct rmqi_task *task;
	bool was_any;

	rmqi_mutex_lock(&s->mu);
	done = s->done;
	s->done = (struct rmqi_tasks){0};
	rmqi_mutex_unlock(&s->mu);
	was_any = done.first != NULL;
	while ((task = rmqi_tasks_pop(&done)) != NULL)
		task->run(task);
	return was_any;
}

static void tell_done(struct rmqi_task *task)
{
	struct rmqi_consume_service *s =
		RMQI_CONTAINER(task, struct rmqi_consume_service, tell_done);

	rmqi_mutex_lock(&s->mu);
	s->is_done_posted = false;
	rmqi_mutex_unlock(&s->mu);
	(void)run_done(s);
}

/* True: the loop is to be told now. @locks: mu held */
static bool add_done(struct rmqi_consume_service *s, struct rmqi_delivery *finished)
{
	if (finished && rmqi_consume_make_report(finished))
		rmqi_tasks_push(&s->done, &finished->report);
	if (!s->done.first || s->is_done_posted || s->is_look_due)
		return false;
	s->is_done_posted = true;
	return true;
}

/* What the quick way has left for a runner that is free; NULL: it ends. Those that helped out while
 * others were held up end when these are back. `finished` may be NULL. */
static struct rmqi_task *next_ready(struct rmqi_consume_service *s, struct rmqi_delivery *finished)
{
	struct rmqi_task *next = NULL;
	bool is_told;

	rmqi_mutex_lock(&s->mu);
	if (s->quick <= s->quick_max)
		next = pop_ready(s);
	if (!next)
		s->quick--;
	is_told = add_done(s, finished);
	rmqi_mutex_unlock(&s->mu);
	if (is_told)
		rmqi_loop_post(s->consumer->loop, &s->tell_done);
	return next;
}

static void run(struct rmqi_task *task)
{
	struct rmqi_runner *r = RMQI_CONTAINER(task, struct rmqi_runner, task);
	struct rmqi_consume_service *s = rmqi_consume_service_of(r->delivery);

	if (r->only == RMQI_RUNNER_ALL && rmqi_consume_run(s, r->delivery))
		rmqi_consume_report(s, r->delivery);
	else if (r->only != RMQI_RUNNER_ALL && rmqi_consume_may_take(s, r->delivery))
		rmqi_consume_again(s, r->delivery, (size_t)r->only);
	release(r);
}

/* The next one is fetched before the last is released: it keeps the consumer. */
static void run_quick(struct rmqi_task *task)
{
	while (task) {
		struct rmqi_runner *r = RMQI_CONTAINER(task, struct rmqi_runner, task);
		struct rmqi_consume_service *s = rmqi_consume_service_of(r->delivery);

		bool is_finished = rmqi_consume_run(s, r->delivery);

		task = next_ready(s, is_finished ? r->delivery : NULL);
		release(r);
	}
}

static void drop(struct rmqi_task *task)
{
	if (!rmqi_consume_once_drop(task))
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

/* One more runner for what is ready, if there is none, or if it cannot keep up. */
static void wake_runner(struct rmqi_consume_service *s)
{
	struct rmqi_task *task = NULL;

	rmqi_mutex_lock(&s->mu);
	if (s->quick == 0 || (s->ready_count >= AHEAD && s->quick < s->quick_max))
		task = pop_ready(s);
	if (task)
		s->quick++;
	rmqi_mutex_unlock(&s->mu);
	if (task)
		rmqi_post(rmqi_pool_executor(s->pool), task);
}

static void on_pass_end(struct rmqi_task *task)
{
	struct rmqi_consume_service *s = RMQI_CONTAINER(task, struct rmqi_consume_service, wake);

	(void)run_done(s); /* what comes in the next pass finds their memory */
	/* From then on the threads may be gone, and who ends them drops what is ready. */
	if (!atomic_load(&s->is_stopping))
		wake_runner(s);
}

static void post_quick(struct rmqi_consume_service *s, struct rmqi_runner *r)
{
	struct rmqi_task *task = prepare(s, r, run_quick);
	bool is_much;

	rmqi_mutex_lock(&s->mu);
	rmqi_tasks_push(&s->ready, task);
	is_much = ++s->ready_count >= AHEAD;
	s->is_look_due = true; /* take() sees to it */
	rmqi_mutex_unlock(&s->mu);
	if (is_much)
		wake_runner(s);
	else
		rmqi_loop_defer(s->consumer->loop, &s->wake);
}

/* All quick runners may be held up: the first one that waits for them gets a thread of its own, if
 * there is another one (with a single thread it would only be overtaken by those behind it). True:
 * there is something to look at again. */
static bool look_at_ready(struct rmqi_consume_service *s)
{
	struct rmqi_task *stuck = NULL, *first;

	rmqi_mutex_lock(&s->mu);
	if (s->ready.first && s->ready.first == s->seen_ready && s->quick < s->sink.runners) {
		stuck = pop_ready(s);
		s->quick++;
	}
	first = s->ready.first;
	rmqi_mutex_unlock(&s->mu);
	s->seen_ready = first;
	if (stuck)
		rmqi_post(rmqi_pool_executor(s->pool), stuck);
	return first != NULL;
}

/* --- Deliveries ------------------------------------------------------------------------ */

/* The reports of finished deliveries. True: a runner goes on, and its reports will be looked for again; else it
 * tells of them itself, so that nobody looks in vain while a listener takes its time. */
static bool look_at_done(struct rmqi_consume_service *s)
{
	bool was_any = run_done(s), is_due;

	rmqi_mutex_lock(&s->mu);
	is_due = !atomic_load(&s->is_stopping) && (s->done.first || (was_any && s->quick > 0));
	s->is_look_due = is_due;
	rmqi_mutex_unlock(&s->mu);
	return is_due;
}

/* Popped messages that a call holds up, or that nobody will take any more, are told from now on as those of a slow
 * listener: what is done already at once, each of the others when it is. */
static void tell_each(struct rmqi_consume_service *s, struct rmqi_delivery *d)
{
	if (!d->mq->pop.is_it || atomic_exchange(&d->is_each_told, true))
		return;
	rmqi_consume_report(s, d);
}

/* Some call may come to hold it up. */
static bool is_untold(const struct rmqi_delivery *d)
{
	uint64_t bytes;

	return d->mq->pop.is_it && !atomic_load(&d->is_each_told) &&
	       rmqi_delivery_open(d, &bytes) > 0;
}

/* True: there is no need to look again. */
static bool look_at(struct rmqi_consume_service *s, struct rmqi_delivery *d)
{
	size_t cursor = atomic_load_explicit(&d->cursor, memory_order_relaxed);
	bool is_stuck = cursor > 0 && cursor == d->seen;
	bool may_take = rmqi_consume_may_take(s, d);

	if (is_stuck && cursor < d->count && may_take)
		double_runners(s, d);
	if (is_stuck || !may_take)
		tell_each(s, d);
	d->seen = cursor;
	if (!may_take)
		return true;
	return (d->posted == d->runner_count || cursor >= d->count) && !is_untold(d);
}

/* See the head of the header. A delivery whose runner has not begun waits for a thread, not behind a
 * message: helpers would wait with it. */
static void on_look(struct rmqi_timer *t)
{
	struct rmqi_consume_service *s = RMQI_CONTAINER(t, struct rmqi_consume_service, timer);
	bool must_look;

	RMQI_LIST_EACH(node, &s->watched) {
		struct rmqi_delivery *d = RMQI_LIST_ITEM(node, struct rmqi_delivery, watch);

		if (look_at(s, d)) {
			rmqi_list_remove(&d->watch);
			rmqi_delivery_unref(d);
		}
	}
	must_look = look_at_done(s);
	must_look |= !atomic_load(&s->is_stopping) && look_at_ready(s);
	if (must_look || !rmqi_list_is_empty(&s->watched))
		rmqi_timer_start_ms(&s->timer, LOOK_MS);
}

static void take(struct rmqi_sink *sink, struct rmqi_delivery *d)
{
	struct rmqi_consume_service *s = rmqi_consume_service_at(sink);
	struct rmqi_runner *first = &d->runners[d->posted++];

	if (!rmqi_timer_is_armed(&s->age_timer))
		rmqi_timer_start_ms(&s->age_timer,
				    s->consumer->set.consume_timeout_ms / RMQI_AGE_LOOKS);
	if (!rmqi_consume_is_quick(s)) {
		atomic_store(&d->is_each_told, true);
		/* Of a single thread both ways would be one behind the other: what is posted waits for all that is
		 * ready, also what came after it. */
		if (s->sink.threads > 1) {
			post(s, first);
			post_others(s, d);
			return;
		}
	}
	post_quick(s, first);
	if (d->runner_count > 1 || d->mq->pop.is_it)
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
	struct rmqi_consume_service *s = rmqi_consume_service_at(sink);
	enum rmq_error err = rmqi_consume_pool_new(s->consumer, &s->pool);

	if (err == RMQ_OK)
		s->identity = s->pool;
	return err;
}

static bool is_current(struct rmqi_sink *sink)
{
	const struct rmqi_consume_service *s = rmqi_consume_service_at(sink);

	return s->identity && rmqi_current() == s->identity;
}

static void awake(struct rmqi_sink *sink)
{
	rmqi_send_backs_awake(&RMQI_CONTAINER(sink, struct rmqi_consume_service, sink)->send_backs);
}

static void stop(struct rmqi_sink *sink)
{
	atomic_store(&rmqi_consume_service_at(sink)->is_stopping, true);
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
	while ((task = pop_ready(s)) != NULL) {
		rmqi_mutex_unlock(&s->mu);
		drop(task);
		rmqi_mutex_lock(&s->mu);
	}
	rmqi_mutex_unlock(&s->mu);
	return is_done;
}

/* Nobody looks from now on: who finishes something later tells of it himself. @thread: loop */
static void end_looks(struct rmqi_consume_service *s)
{
	rmqi_mutex_lock(&s->mu);
	s->is_look_due = false;
	rmqi_mutex_unlock(&s->mu);
	(void)run_done(s);
}

static void await_send_backs(void *arg)
{
	struct rmqi_consume_service *s = arg;

	end_looks(s);
	rmqi_send_backs_await(&s->send_backs);
}

/* Behind those: a dead letter that is taken is acknowledged. */
static void await_acks(void *arg)
{
	struct rmqi_consume_service *s = arg;

	rmqi_pops_await(&s->pops);
}

static const char *close_service(struct rmqi_sink *sink, int64_t until_us, int64_t rest_us)
{
	struct rmqi_consume_service *s = rmqi_consume_service_at(sink);
	bool is_quiet = end_threads(s, until_us);

	rmqi_loop_call(s->consumer->loop, await_send_backs, s);
	(void)rmqi_event_wait(&s->send_backs.quiet, rest_us);
	rmqi_loop_call(s->consumer->loop, await_acks, s);
	(void)rmqi_event_wait(&s->pops.quiet, rest_us);
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
		.threads = threads,
		.start = start,
		.take = take,
		.awake = awake,
		.explain = rmqi_consume_explain,
		.once = rmqi_consume_once,
		.stop = stop,
		.close = close_service,
		.is_current = is_current,
	};
	s->handle = handle;
	s->quick_max = threads < cpus ? threads : cpus;
	s->tell_done.run = tell_done;
	s->wake.run = on_pass_end;
	rmqi_list_init(&s->watched);
	rmqi_mutex_init(&s->mu);
	/* Not known yet: slow is the safe guess. */
	atomic_init(&s->call_us, RMQI_CONSUME_COST_MAX_US);
	atomic_init(&s->is_stopping, false);
	rmqi_send_backs_init(&s->send_backs, config->env);
	rmqi_pops_init(&s->pops, config->env);
	s->send_backs.redeliver = redeliver;
}

enum rmq_error rmqi_consume_service_set_up(struct rmqi_consume_service *s, struct rmqi_consumer *c)
{
	enum rmq_error backs = rmqi_send_backs_set_up(&s->send_backs, c);
	enum rmq_error own = rmqi_timer_init(&s->timer, rmqi_loop_timers(c->loop), on_look);

	s->consumer = c;
	rmqi_pops_set_up(&s->pops, c);
	if (own == RMQ_OK)
		own = rmqi_timer_init(&s->age_timer, rmqi_loop_timers(c->loop),
				      rmqi_consume_look_at_ages);
	return own != RMQ_OK ? own : backs;
}

void rmqi_consume_service_tear_down(struct rmqi_consume_service *s)
{
	end_looks(s);
	rmqi_send_backs_stop(&s->send_backs);
	rmqi_pops_stop(&s->pops);
	rmqi_loop_undefer(s->consumer->loop, &s->wake);
	rmqi_timer_deinit(&s->timer);
	rmqi_timer_deinit(&s->age_timer);
	for (struct rmqi_list *n; (n = rmqi_list_pop(&s->watched)) != NULL;)
		rmqi_delivery_unref(RMQI_LIST_ITEM(n, struct rmqi_delivery, watch));
}

void rmqi_consume_service_deinit(struct rmqi_consume_service *s)
{
	rmqi_send_backs_deinit(&s->send_backs);
	rmqi_pops_deinit(&s->pops);
	rmqi_mutex_deinit(&s->mu);
}
