/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "base/executor.h"
#include "base/mem.h"
#include "base/sim.h"

enum {
	NAME_SIZE = 16,
	RETRY_US = 1000 * 1000 /* after a thread could not be had */
};

/* A thread that waits for work: on its own stack. */
struct waiter {
	struct rmqi_cond called_to_work;
	bool is_called;
	struct waiter *below;
};

/*
 * Of threads, or of a lane. The threads end when they are too many, or when the
 * pool is closing and nothing is posted any more.
 *
 * Who ends joins the one that ended before: whoever joins the last has joined them all. An abandoned pool
 * has no one who waits for its threads: the last one frees it.
 */
struct rmqi_pool {
	struct rmqi_executor executor;
	const struct rmqi_env *env;
	char name[NAME_SIZE];
	sigset_t signals;       /* of its threads */
	struct rmqi_lane *lane; /* simulation only: then there are no threads and no lock */
	struct rmqi_pool_plan plan;

	struct rmqi_mutex mu;
	struct rmqi_cond ended;   /* a thread has ended */
	struct rmqi_tasks posted; /* mu */
	struct waiter *waiters; /* mu: who came last is called first, so that the others may end */
	unsigned coming;        /* mu: threads that were called or started, and have not come yet */
	bool is_failing;        /* mu: the last thread could not be started */
	int64_t retry_us;       /* mu: while failing: before that it is not tried again */
	unsigned alive;         /* mu: threads that have not ended */
	bool is_closing;        /* mu */
	bool is_abandoned;      /* mu */
	bool has_last;          /* mu: `last` is to be joined */
	pthread_t last;         /* mu: the thread that ended last */
};

static void pool_free(struct rmqi_pool *p)
{
	if (!p->lane) {
		rmqi_cond_deinit(&p->ended);
		rmqi_mutex_deinit(&p->mu);
	}
	rmqi_free(p);
}

/* --- Threads come -------------------------------------------------------------------------- */

static void *thread_run(void *arg);

/* @locks: mu held */
static void call(struct rmqi_pool *p)
{
	struct waiter *w = p->waiters;

	p->waiters = w->below;
	p->coming++;
	w->is_called = true;
	rmqi_cond_signal(&w->called_to_work);
}

/*
 * Waking a thread costs more than many a task, so one comes at a time: while it is on its way,
 * posts do not wake another. Whoever takes a task sees to the next one if more are posted, so that a
 * task that takes long holds nobody up. True: a thread is missing; it counts as alive, the caller starts it
 * when it has let go of the lock. @locks: mu held
 */
static bool see_to_next(struct rmqi_pool *p)
{
	if (!p->posted.first || p->coming > 0)
		return false;
	if (p->waiters) {
		call(p);
		return false;
	}
	if (p->alive >= p->plan.most || p->is_closing ||
	    (p->is_failing && rmqi_clock_us(rmqi_clock_real()) < p->retry_us))
		return false;
	p->coming++;
	p->alive++;
	return true;
}

/* The thread that was counted could not be started. The others go on. @locks: none held */
static void forget_start(struct rmqi_pool *p)
{
	const struct rmqi_pool_plan plan = p->plan;
	bool is_news, is_last;
	unsigned alive;

	rmqi_mutex_lock(&p->mu);
	alive = --p->alive;
	p->coming--;
	is_news = !p->is_failing;
	p->is_failing = true;
	p->retry_us = rmqi_clock_us(rmqi_clock_real()) + RETRY_US;
	is_last = p->is_abandoned && alive == 0;
	rmqi_cond_broadcast(&p->ended);
	rmqi_mutex_unlock(&p->mu);
	if (is_last)
		pool_free(p);
	if (is_news && alive > 0 && plan.tell_missing)
		plan.tell_missing(plan.arg, alive);
}

/* One that counts as alive. When it has come the pool may be gone. @locks: none held */
static enum rmq_error start_thread(struct rmqi_pool *p)
{
	struct rmqi_thread thread;
	enum rmq_error err =
		rmqi_thread_start_for_user(&thread, p->name, &p->signals, thread_run, p);

	if (err != RMQ_OK)
		forget_start(p);
	return err;
}

/* @locks: none held */
static enum rmq_error add_thread(struct rmqi_pool *p)
{
	rmqi_mutex_lock(&p->mu);
	p->coming++;
	p->alive++;
	rmqi_mutex_unlock(&p->mu);
	return start_thread(p);
}

/* --- Threads work -------------------------------------------------------------------------- */

/* @locks: mu held */
static void leave_waiters(struct rmqi_pool *p, const struct waiter *w)
{
	struct waiter **at = &p->waiters;

	while (*at != w)
		at = &(*at)->below;
	*at = w->below;
}

/* @locks: mu held. False: nothing came, and there are enough without this one. */
static bool wait_for_call(struct rmqi_pool *p, struct waiter *w)
{
	bool is_spare = p->alive > p->plan.least, is_over = false;
	int64_t until = is_spare ? rmqi_clock_deadline(rmqi_clock_real(), p->plan.idle_ms) : 0;

	w->is_called = false;
	w->below = p->waiters;
	p->waiters = w;
	while (!w->is_called && !is_over) {
		if (is_spare)
			is_over = !rmqi_cond_wait_until(&w->called_to_work, &p->mu, until);
		else
			rmqi_cond_wait(&w->called_to_work, &p->mu);
	}
	if (w->is_called) {
		p->coming--;
		return true;
	}
	leave_waiters(p, w);
	return p->alive <= p->plan.least;
}

/* @locks: mu held. NULL: the thread may end. */
static struct rmqi_task *next_task(struct rmqi_pool *p, struct waiter *w)
{
	while (!p->posted.first && !p->is_closing) {
		if (!wait_for_call(p, w))
			return NULL;
	}
	return rmqi_tasks_pop(&p->posted);
}

/* Of who was started; a task keeps what is told. @locks: mu held, but not on return. */
static void begin_task(struct rmqi_pool *p, bool is_new)
{
	bool is_over = is_new && p->is_failing;
	bool is_missing = see_to_next(p);
	unsigned alive = p->alive;

	if (is_over)
		p->is_failing = false;
	rmqi_mutex_unlock(&p->mu);
	if (is_over && p->plan.tell_found)
		p->plan.tell_found(p->plan.arg, alive);
	if (is_missing)
		(void)start_thread(p); /* told by it */
}

/* @locks: mu held, but not on return. */
static void end_thread(struct rmqi_pool *p)
{
	pthread_t before = p->last;
	bool has_before = p->has_last, is_last;

	p->alive--;
	p->last = pthread_self();
	p->has_last = true;
	is_last = p->is_abandoned && p->alive == 0;
	rmqi_cond_broadcast(&p->ended);
	rmqi_mutex_unlock(&p->mu);
	if (has_before)
		pthread_join(before, NULL);
	if (!is_last)
		return;
	pool_free(p);
	pthread_detach(pthread_self());
}

static void *thread_run(void *arg)
{
	struct rmqi_pool *p = arg;
	struct rmqi_task *task;
	struct waiter w;
	bool is_new = true;

	rmqi_current_set(p);
	rmqi_cond_init(&w.called_to_work);
	rmqi_mutex_lock(&p->mu);
	p->coming--;
	while ((task = next_task(p, &w)) != NULL) {
		begin_task(p, is_new);
		is_new = false;
		task->run(task);
		rmqi_mutex_lock(&p->mu);
	}
	rmqi_cond_deinit(&w.called_to_work);
	end_thread(p);
	return NULL;
}

/* The signal stays under the lock: once the task has run, the pool may be freed, unless a thread of it that is
 * still to be started holds it. */
static void thread_post(struct rmqi_executor *e, struct rmqi_task *task)
{
	struct rmqi_pool *p = RMQI_CONTAINER(e, struct rmqi_pool, executor);
	bool is_missing;

	rmqi_mutex_lock(&p->mu);
	/* A pool that is being closed may be gone at any moment, save for its own tasks. */
	assert(!p->is_abandoned && (!p->is_closing || rmqi_pool_is_current(p)));
	rmqi_tasks_push(&p->posted, task);
	is_missing = see_to_next(p);
	rmqi_mutex_unlock(&p->mu);
	if (is_missing)
		(void)start_thread(p); /* told by it */
}

static void lane_post(struct rmqi_executor *e, struct rmqi_task *task)
{
	struct rmqi_pool *p = RMQI_CONTAINER(e, struct rmqi_pool, executor);

	/* A pool that is being closed may be gone at any moment, save for its own tasks. */
	assert(!p->is_abandoned && (!p->is_closing || rmqi_pool_is_current(p)));
	rmqi_post(rmqi_lane_executor(p->lane), task);
}

/* --- Life --------------------------------------------------------------------------------- */

/* When no thread is alive, but for the calling one. */
static void join_last(struct rmqi_pool *p)
{
	if (p->has_last)
		pthread_join(p->last, NULL);
	p->has_last = false;
}

static void begin_close(struct rmqi_pool *p)
{
	rmqi_mutex_lock(&p->mu);
	p->is_closing = true;
	while (p->waiters)
		call(p);
	rmqi_mutex_unlock(&p->mu);
}

static enum rmq_error start_threads(struct rmqi_pool *p)
{
	enum rmq_error err = RMQ_OK;

	rmqi_mutex_init(&p->mu);
	rmqi_cond_init(&p->ended);
	p->executor.post = thread_post;
	for (unsigned i = 0; i < p->plan.least && err == RMQ_OK; i++)
		err = add_thread(p);
	p->is_failing = false;
	if (err == RMQ_OK)
		return RMQ_OK;
	begin_close(p);
	rmqi_mutex_lock(&p->mu);
	while (p->alive > 0)
		rmqi_cond_wait(&p->ended, &p->mu);
	rmqi_mutex_unlock(&p->mu);
	join_last(p);
	return err;
}

static enum rmq_error open_lane(struct rmqi_pool *p)
{
	p->executor.post = lane_post;
	return rmqi_lane_new(p->env->sim, p->plan.most, p, &p->lane);
}

enum rmq_error rmqi_pool_new_planned(const struct rmqi_env *env, const char *name,
				     const struct rmqi_pool_plan *plan, const sigset_t *signals,
				     struct rmqi_pool **out)
{
	struct rmqi_pool *p;
	enum rmq_error err;

	/* A pool of no threads may never run: the first one cannot always be had. */
	assert(plan->least > 0 && plan->most >= plan->least);
	p = rmqi_calloc(1, sizeof(*p));
	if (!p)
		return RMQ_ERR_NO_MEMORY;
	p->env = env;
	p->plan = *plan;
	p->signals = *signals;
	rmqi_memcpy(p->name, name, strnlen(name, NAME_SIZE - 1));
	if (env->sim) {
		err = open_lane(p);
		if (err != RMQ_OK)
			rmqi_free(p);
	} else {
		err = start_threads(p);
		if (err != RMQ_OK)
			pool_free(p);
	}
	if (err == RMQ_OK)
		*out = p;
	return err;
}

enum rmq_error rmqi_pool_new_for_user(const struct rmqi_env *env, const char *name,
				      unsigned threads, const sigset_t *signals,
				      struct rmqi_pool **out)
{
	const struct rmqi_pool_plan plan = {.least = threads, .most = threads};

	return rmqi_pool_new_planned(env, name, &plan, signals, out);
}

enum rmq_error rmqi_pool_new(const struct rmqi_env *env, const char *name, unsigned threads,
			     struct rmqi_pool **out)
{
	sigset_t all;

	sigfillset(&all);
	return rmqi_pool_new_for_user(env, name, threads, &all, out);
}

struct rmqi_executor *rmqi_pool_executor(struct rmqi_pool *p)
{
	return &p->executor;
}

bool rmqi_pool_is_current(const struct rmqi_pool *p)
{
	return rmqi_current() == p;
}

unsigned rmqi_pool_threads(struct rmqi_pool *p)
{
	unsigned alive;

	if (p->lane)
		return p->plan.least;
	rmqi_mutex_lock(&p->mu);
	alive = p->alive;
	rmqi_mutex_unlock(&p->mu);
	return alive;
}

static void drop_all(struct rmqi_tasks *tasks, void (*drop)(struct rmqi_task *t))
{
	struct rmqi_task *task;

	while ((task = rmqi_tasks_pop(tasks)) != NULL) {
		if (drop)
			drop(task);
	}
}

/*
 * A task that closes its own pool keeps a thread busy with waiting. If that was
 * the only one, what is posted would wait for ever: another thread takes over.
 * Without one the close ends at once, as after its deadline.
 */
static bool relieve_self(struct rmqi_pool *p)
{
	bool is_needed;

	rmqi_mutex_lock(&p->mu);
	is_needed = p->posted.first && p->alive == 1;
	rmqi_mutex_unlock(&p->mu);
	return !is_needed || add_thread(p) == RMQ_OK;
}

/* @locks: mu held. */
static bool has_ended(const struct rmqi_pool *p, unsigned busy)
{
	return p->alive <= busy && !p->posted.first;
}

/* @locks: mu held. False: more than `busy` threads were alive when the deadline came, or tasks left
 * that no one can run. */
static bool wait_ended(struct rmqi_pool *p, unsigned busy, int64_t deadline_us)
{
	while (!has_ended(p, busy)) {
		if (!rmqi_cond_wait_until(&p->ended, &p->mu, deadline_us))
			break;
	}
	return has_ended(p, busy);
}

static bool close_threads(struct rmqi_pool *p, int64_t deadline_us,
			  void (*drop)(struct rmqi_task *t))
{
	bool is_own = rmqi_pool_is_current(p);
	struct rmqi_tasks left;
	bool is_done;

	begin_close(p);
	if (is_own && !relieve_self(p))
		deadline_us = INT64_MIN;
	rmqi_mutex_lock(&p->mu);
	is_done = wait_ended(p, is_own ? 1 : 0, deadline_us);
	if (is_done) {
		rmqi_mutex_unlock(&p->mu);
		join_last(p);
		if (!is_own) {
			pool_free(p);
			return true;
		}
		rmqi_mutex_lock(&p->mu);
	}
	left = p->posted;
	p->posted = (struct rmqi_tasks){0};
	p->is_abandoned = true; /* whoever ends last frees it */
	rmqi_mutex_unlock(&p->mu);
	/* From here on the pool may be gone, unless this is one of its threads. */
	drop_all(&left, drop);
	return is_done;
}

static bool lane_is_idle(void *lane)
{
	return rmqi_lane_is_idle(lane);
}

static void pool_freed(void *owner)
{
	pool_free(owner);
}

static bool close_lane(struct rmqi_pool *p, int64_t deadline_us, void (*drop)(struct rmqi_task *t))
{
	bool is_own = rmqi_pool_is_current(p);
	struct rmqi_tasks left = {0};
	struct rmqi_task *task;
	bool is_done;

	p->is_closing = true;
	if (is_own)
		rmqi_lane_leave(p->lane);
	is_done = rmqi_sim_run_until(p->env->sim, lane_is_idle, p->lane, deadline_us);
	if (is_own)
		rmqi_lane_enter(p->lane);
	while ((task = rmqi_lane_take(p->lane)) != NULL)
		rmqi_tasks_push(&left, task);
	p->is_abandoned = true;
	rmqi_lane_release(p->lane, pool_freed);
	drop_all(&left, drop);
	return is_done;
}

bool rmqi_pool_close(struct rmqi_pool *p, int64_t deadline_us, void (*drop)(struct rmqi_task *t))
{
	return p->lane ? close_lane(p, deadline_us, drop) : close_threads(p, deadline_us, drop);
}
