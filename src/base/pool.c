/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "base/executor.h"
#include "base/mem.h"
#include "base/sim.h"

enum { NAME_SIZE = 16 };

/*
 * Of threads, or of a lane. The threads end when the pool is closing and nothing
 * is posted any more. An abandoned pool has no one who waits for its threads:
 * they are detached, and the last one frees the pool.
 */
struct rmqi_pool {
	struct rmqi_executor executor;
	const struct rmqi_env *env;
	char name[NAME_SIZE];
	struct rmqi_lane *lane; /* simulation only: then there are no threads and no lock */

	struct rmqi_mutex mu;
	struct rmqi_cond work;        /* something was posted, or the pool is closing */
	struct rmqi_cond ended;       /* a thread has ended */
	struct rmqi_tasks posted;     /* mu */
	unsigned waiting;             /* mu: threads that wait for work */
	bool is_waking;               /* mu: one of them was signalled and has not come yet */
	unsigned alive;               /* mu: threads that have not ended */
	bool is_closing;              /* mu */
	bool is_abandoned;            /* mu */
	unsigned thread_count;        /* the closer's, once started */
	struct rmqi_thread threads[]; /* one more than asked for: see relieve_self() */
};

static void pool_free(struct rmqi_pool *p)
{
	if (!p->lane) {
		rmqi_cond_deinit(&p->ended);
		rmqi_cond_deinit(&p->work);
		rmqi_mutex_deinit(&p->mu);
	}
	rmqi_free(p);
}

/*
 * Waking a thread costs more than many a task, so one is woken at a time: while it is on its way,
 * posts do not wake another. Whoever takes a task wakes the next one if more are posted, so that a
 * task that takes long holds nobody up. @locks: mu held
 */
static void wake_one(struct rmqi_pool *p)
{
	if (!p->posted.first || p->waiting == 0 || p->is_waking)
		return;
	p->is_waking = true;
	rmqi_cond_signal(&p->work);
}

/* @locks: mu held. NULL: the thread may end. */
static struct rmqi_task *next_task(struct rmqi_pool *p)
{
	struct rmqi_task *task;

	while (!p->posted.first && !p->is_closing) {
		p->waiting++;
		rmqi_cond_wait(&p->work, &p->mu);
		p->waiting--;
		p->is_waking = false;
	}
	task = rmqi_tasks_pop(&p->posted);
	wake_one(p);
	return task;
}

static void *thread_run(void *arg)
{
	struct rmqi_pool *p = arg;
	struct rmqi_task *task;
	bool is_last;

	rmqi_current_set(p);
	rmqi_mutex_lock(&p->mu);
	while ((task = next_task(p)) != NULL) {
		rmqi_mutex_unlock(&p->mu);
		task->run(task);
		rmqi_mutex_lock(&p->mu);
	}
	p->alive--;
	is_last = p->is_abandoned && p->alive == 0;
	rmqi_cond_broadcast(&p->ended);
	rmqi_mutex_unlock(&p->mu);
	if (is_last)
		pool_free(p);
	return NULL;
}

/* The signal stays under the lock: once the task has run, the pool may be freed. */
static void thread_post(struct rmqi_executor *e, struct rmqi_task *task)
{
	struct rmqi_pool *p = RMQI_CONTAINER(e, struct rmqi_pool, executor);

	rmqi_mutex_lock(&p->mu);
	/* A pool that is being closed may be gone at any moment, save for its own tasks. */
	assert(!p->is_abandoned && (!p->is_closing || rmqi_pool_is_current(p)));
	rmqi_tasks_push(&p->posted, task);
	wake_one(p);
	rmqi_mutex_unlock(&p->mu);
}

static void lane_post(struct rmqi_executor *e, struct rmqi_task *task)
{
	struct rmqi_pool *p = RMQI_CONTAINER(e, struct rmqi_pool, executor);

	/* A pool that is being closed may be gone at any moment, save for its own tasks. */
	assert(!p->is_abandoned && (!p->is_closing || rmqi_pool_is_current(p)));
	rmqi_post(rmqi_lane_executor(p->lane), task);
}

/* @locks: none held. The new thread counts as alive from before its start. */
static enum rmq_error add_thread(struct rmqi_pool *p)
{
	enum rmq_error err;

	rmqi_mutex_lock(&p->mu);
	p->alive++;
	rmqi_mutex_unlock(&p->mu);
	err = rmqi_thread_start(&p->threads[p->thread_count], p->name, thread_run, p);
	if (err == RMQ_OK) {
		p->thread_count++;
		return RMQ_OK;
	}
	rmqi_mutex_lock(&p->mu);
	p->alive--;
	rmqi_mutex_unlock(&p->mu);
	return err;
}

/* Joins every thread but the calling one. */
static void join_threads(struct rmqi_pool *p)
{
	for (unsigned i = 0; i < p->thread_count; i++) {
		if (!pthread_equal(p->threads[i].id, pthread_self()))
			rmqi_thread_join(&p->threads[i]);
	}
}

static void begin_close(struct rmqi_pool *p)
{
	rmqi_mutex_lock(&p->mu);
	p->is_closing = true;
	rmqi_cond_broadcast(&p->work);
	rmqi_mutex_unlock(&p->mu);
}

static enum rmq_error start_threads(struct rmqi_pool *p, unsigned threads)
{
	enum rmq_error err = RMQ_OK;

	rmqi_mutex_init(&p->mu);
	rmqi_cond_init(&p->work);
	rmqi_cond_init(&p->ended);
	p->executor.post = thread_post;
	while (err == RMQ_OK && p->thread_count < threads)
		err = add_thread(p);
	if (err != RMQ_OK) {
		begin_close(p);
		join_threads(p);
	}
	return err;
}

static enum rmq_error open_lane(struct rmqi_pool *p, unsigned threads)
{
	p->executor.post = lane_post;
	return rmqi_lane_new(p->env->sim, threads, p, &p->lane);
}

enum rmq_error rmqi_pool_new(const struct rmqi_env *env, const char *name, unsigned threads,
			     struct rmqi_pool **out)
{
	struct rmqi_pool *p;
	enum rmq_error err;

	/* A pool of no threads would never run. */
	assert(threads > 0);
	p = rmqi_calloc(1, sizeof(*p) + ((size_t)threads + 1) * sizeof(p->threads[0]));
	if (!p)
		return RMQ_ERR_NO_MEMORY;
	p->env = env;
	rmqi_memcpy(p->name, name, strnlen(name, NAME_SIZE - 1));
	if (env->sim) {
		err = open_lane(p, threads);
		if (err != RMQ_OK)
			rmqi_free(p);
	} else {
		err = start_threads(p, threads);
		if (err != RMQ_OK)
			pool_free(p);
	}
	if (err == RMQ_OK)
		*out = p;
	return err;
}

struct rmqi_executor *rmqi_pool_executor(struct rmqi_pool *p)
{
	return &p->executor;
}

bool rmqi_pool_is_current(const struct rmqi_pool *p)
{
	return rmqi_current() == p;
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

/* @locks: mu held. Whoever ends last frees the pool. */
static void abandon(struct rmqi_pool *p)
{
	p->is_abandoned = true;
	for (unsigned i = 0; i < p->thread_count; i++) {
		if (p->threads[i].is_started)
			pthread_detach(p->threads[i].id);
	}
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
		join_threads(p);
		if (!is_own) {
			pool_free(p);
			return true;
		}
		rmqi_mutex_lock(&p->mu);
	}
	left = p->posted;
	p->posted = (struct rmqi_tasks){0};
	abandon(p);
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
