/* SPDX-License-Identifier: Apache-2.0 */
/*
 * executor.h - where code runs, as a parameter.
 *
 * A task is an intrusive node with a function. An executor runs the tasks that
 * are posted to it, in order of posting (a pool: started in that order). In
 * production the executors are a loop thread and thread pools; in a simulation
 * one thread runs them all in a seeded order (sim.h).
 *
 *     env = { clock, sim }     sim == NULL: threads and the real clock
 *
 * A blocking call waits on an `rmqi_event`. In production that is a condition
 * variable; in a simulation the wait pumps the simulation until the event is
 * set or the virtual deadline has come. Loop tasks must never wait.
 *
 * Thread: any, unless said otherwise.
 */
#ifndef RMQI_BASE_EXECUTOR_H
#define RMQI_BASE_EXECUTOR_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/clock.h"
#include "base/macros.h"
#include "base/thread.h"

struct rmqi_sim;
struct rmqi_inproc; /* net/inproc.h: the network of a simulation */

/* Who frees an environment, when the last who holds it lets go. */
struct rmqi_env_owner {
	atomic_uint refs; /* born with the owner's own */
	void (*free)(struct rmqi_env_owner *o);
};

struct rmqi_env {
	struct rmqi_clock *clock;     /* never NULL */
	struct rmqi_clock *inner;     /* of loops' inner timers (net/loop.h), a fast one; NULL: `clock` */
	struct rmqi_sim *sim;         /* NULL in production */
	struct rmqi_inproc *inproc;   /* NULL in production */
	struct rmqi_env_owner *owner; /* NULL: it outlives everybody */
};

static inline void rmqi_env_ref(const struct rmqi_env *env)
{
	if (env->owner)
		(void)atomic_fetch_add(&env->owner->refs, 1);
}

static inline void rmqi_env_unref(const struct rmqi_env *env)
{
	if (env->owner && atomic_fetch_sub(&env->owner->refs, 1) == 1)
		env->owner->free(env->owner);
}

/* What a caller holds of it (rocketmq/config.h): opaque outside. */
struct rmq_environment {
	struct rmqi_env env;
};

/* Real clock, threads. Immutable, never freed. */
const struct rmqi_env *rmqi_env_real(void);

struct rmqi_task {
	struct rmqi_task *next;              /* the executor's while posted */
	void (*run)(struct rmqi_task *task); /* the task may free itself */
};

/* A FIFO of tasks, for those who write an executor. {0} is empty. */
struct rmqi_tasks {
	struct rmqi_task *first;
	struct rmqi_task *last; /* valid while first is not NULL */
};

static inline void rmqi_tasks_push(struct rmqi_tasks *q, struct rmqi_task *task)
{
	task->next = NULL;
	if (q->first)
		q->last->next = task;
	else
		q->first = task;
	q->last = task;
}

/* NULL when empty. */
static inline struct rmqi_task *rmqi_tasks_pop(struct rmqi_tasks *q)
{
	struct rmqi_task *task = q->first;

	if (task)
		q->first = task->next;
	return task;
}

struct rmqi_executor {
	void (*post)(struct rmqi_executor *e, struct rmqi_task *task);
};

/* Never fails, never blocks, never runs the task before it returns. The task must not be posted
 * already. */
static inline void rmqi_post(struct rmqi_executor *e, struct rmqi_task *task)
{
	e->post(e, task);
}

/*
 * pool - N threads (or one simulated lane that runs up to N tasks at a time:
 * more than one only when a running task waits).
 */
struct rmqi_pool;
enum rmq_error rmqi_pool_new(const struct rmqi_env *env, const char *name, unsigned threads,
			     struct rmqi_pool **out) RMQI_MUST_USE;
/* The same for the user's code: its threads have the mask `signals` (thread.h). */
enum rmq_error rmqi_pool_new_for_user(const struct rmqi_env *env, const char *name,
				      unsigned threads, const sigset_t *signals,
				      struct rmqi_pool **out) RMQI_MUST_USE;
/*
 * The same, with as many threads as there is work for. `least` (at least 1) of them are started at once and
 * stay. A further one is started when a task is posted, or was taken and more are posted, and no thread is
 * free: one at a time, so that quick tasks do not bring threads up that find nothing left to do. One that
 * was idle for idle_ms ends; who has worked last works first, so the others can.
 *
 * A thread that cannot be had is gone without: the tasks wait for those there are. It is tried again when
 * a task is posted or taken, once a second.
 */
struct rmqi_pool_plan {
	unsigned least, most;
	int64_t idle_ms;
	/* A thread could not be had although tasks wait; one could be had again. `threads` are there. On a thread
	 * that posts, or of the pool, without locks, while a task is kept. NULL: nobody is told. */
	void (*tell_missing)(void *arg, unsigned threads);
	void (*tell_found)(void *arg, unsigned threads);
	void *arg;
};
enum rmq_error rmqi_pool_new_planned(const struct rmqi_env *env, const char *name,
				     const struct rmqi_pool_plan *plan, const sigset_t *signals,
				     struct rmqi_pool **out) RMQI_MUST_USE;
/* Those that have not ended. In a simulation: `least`. */
unsigned rmqi_pool_threads(struct rmqi_pool *p);
struct rmqi_executor *rmqi_pool_executor(struct rmqi_pool *p);
/* No posts may follow, save by tasks of the pool itself while they run. Runs what was posted, then
 * ends the threads and frees the pool, but waits no longer than the deadline. True: all done, the
 * pool is freed. False: some task still runs; the threads are detached, free the pool after it ends,
 * and tasks not yet started are handed to `drop` (may be NULL). May be called from a task of the pool
 * itself: that task is then not waited for, and the pool is freed when it has returned. */
bool rmqi_pool_close(struct rmqi_pool *p, int64_t deadline_us, void (*drop)(struct rmqi_task *t));
/* Is the caller running on this pool? */
bool rmqi_pool_is_current(const struct rmqi_pool *p);

/*
 * event - a latch. Set once (until reset), seen by every waiter.
 * The setter may be the last to touch the event's memory only if the waiter
 * frees it after rmqi_event_wait returned true (the set has then finished).
 */
struct rmqi_event {
	const struct rmqi_env *env;
	struct rmqi_mutex mu;
	struct rmqi_cond cond;
	bool is_set; /* mu */
};

void rmqi_event_init(struct rmqi_event *ev, const struct rmqi_env *env);
void rmqi_event_deinit(struct rmqi_event *ev);
void rmqi_event_set(struct rmqi_event *ev);
void rmqi_event_reset(struct rmqi_event *ev);
bool rmqi_event_is_set(struct rmqi_event *ev);
/* False when the deadline (ticks of env->clock) came first. */
bool rmqi_event_wait(struct rmqi_event *ev, int64_t deadline_us);

#endif
