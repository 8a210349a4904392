/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop.c
 *
 * A production loop is a thread around a poller. Tasks come in through a stack
 * of one word (push: any thread, lock-free; the loop takes the whole stack and
 * turns it round). Waking is decided by one word, `sleep`:
 *
 *     AWAKE --(loop: nothing to do)--> ASLEEP --(post)--> WOKEN --(loop)--> AWAKE
 *
 * The loop says ASLEEP *before* it looks at the stack for the last time; a post
 * pushes *before* it looks at the word. Both are sequentially consistent, so one
 * of them sees the other. Only the ASLEEP -> WOKEN winner writes the eventfd:
 * one write per idle period, none while the loop is busy.
 *
 * One timerfd follows the heap of rmqi_timers, lazily: it is set only when the
 * next deadline became earlier; a deadline that became later costs one early
 * wake-up.
 *
 * Deferred tasks stand in a list that ends in `end_of_list`, so that `next` of a
 * deferred task is never NULL and never the task itself: a zeroed task, or one
 * whose next points at itself, is not deferred.
 *
 * In a simulation the loop is a lane; deferred tasks run in a lane task of their
 * own, posted by the first defer.
 */
#include "net/loop.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/sim.h"
#include "base/thread.h"
#include "net/poller.h"

enum sleep_state { AWAKE, ASLEEP, WOKEN };
enum { US_PER_S = 1000 * 1000, NS_PER_US = 1000 };

struct rmqi_loop {
	struct rmqi_executor executor;
	const struct rmqi_env *env;
	struct rmqi_timers timers;      /* loop */
	struct rmqi_timers inner;       /* loop; unused without env->inner */
	struct rmqi_task *deferred;     /* loop; first of the list */
	struct rmqi_task **deferred_at; /* loop; where the next one goes */

	/* Simulation. */
	struct rmqi_lane *lane;
	struct rmqi_task run_deferred;
	bool is_run_posted;

	/* Production. */
	_Atomic(struct rmqi_task *) posted; /* newest first */
	_Atomic int sleep;
	_Atomic bool is_stopping;
	struct rmqi_thread thread;
	struct rmqi_poller *poller;
	struct rmqi_watch wake_watch;
	struct rmqi_watch timer_watch;
	int64_t timer_us; /* what timer_fd is set to; RMQI_FOREVER: not set */
	bool has_rung;    /* timer_fd is readable, and was not read */
	int wake_fd;
	int timer_fd;
};

static struct rmqi_task end_of_list;

/* --- Posting ------------------------------------------------------------------ */

static void wake(struct rmqi_loop *l)
{
	uint64_t one = 1;
	ssize_t n;

	do
		n = write(l->wake_fd, &one, sizeof(one));
	while (n < 0 && errno == EINTR);
}

static void post_real(struct rmqi_executor *e, struct rmqi_task *task)
{
	struct rmqi_loop *l = RMQI_CONTAINER(e, struct rmqi_loop, executor);
	struct rmqi_task *top = atomic_load_explicit(&l->posted, memory_order_relaxed);
	int asleep = ASLEEP;

	do
		task->next = top;
	while (!atomic_compare_exchange_weak(&l->posted, &top, task));
	if (atomic_load(&l->sleep) == ASLEEP &&
	    atomic_compare_exchange_strong(&l->sleep, &asleep, WOKEN))
		wake(l);
}

static void post_sim(struct rmqi_executor *e, struct rmqi_task *task)
{
	struct rmqi_loop *l = RMQI_CONTAINER(e, struct rmqi_loop, executor);

	rmqi_post(rmqi_lane_executor(l->lane), task);
}

static struct rmqi_task *take_posted(struct rmqi_loop *l)
{
	struct rmqi_task *newest, *oldest = NULL;

	if (!atomic_load_explicit(&l->posted, memory_order_relaxed))
		return NULL;
	newest = atomic_exchange(&l->posted, NULL);
	while (newest) {
		struct rmqi_task *next = newest->next;

		newest->next = oldest;
		oldest = newest;
		newest = next;
	}
	return oldest;
}

static void run_posted(struct rmqi_loop *l)
{
	struct rmqi_task *task = take_posted(l);

	while (task) {
		struct rmqi_task *next = task->next;

		task->next = NULL;
		task->run(task);
		task = next;
	}
}

/* --- Deferred work -------------------------------------------------------------- */

static bool is_deferred(const struct rmqi_task *task)
{
	return task->next && task->next != task;
}

void rmqi_loop_defer(struct rmqi_loop *l, struct rmqi_task *task)
{
	/* The list has no lock. */
	assert(rmqi_loop_is_current(l));
	if (is_deferred(task))
		return;
	task->next = &end_of_list;
	*l->deferred_at = task;
	l->deferred_at = &task->next;
	if (l->lane && !l->is_run_posted) {
		l->is_run_posted = true;
		rmqi_post(rmqi_lane_executor(l->lane), &l->run_deferred);
	}
}

void rmqi_loop_undefer(struct rmqi_loop *l, struct rmqi_task *task)
{
	struct rmqi_task **at = &l->deferred;

	assert(rmqi_loop_is_current(l));
	if (!is_deferred(task))
		return;
	while (*at != task)
		at = &(*at)->next;
	*at = task->next;
	if (l->deferred_at == &task->next)
		l->deferred_at = at;
	task->next = task;
}

static void run_deferred(struct rmqi_loop *l)
{
	while (l->deferred != &end_of_list) {
		struct rmqi_task *task = l->deferred;

		l->deferred = task->next;
		if (l->deferred == &end_of_list)
			l->deferred_at = &l->deferred;
		task->next = task;
		task->run(task);
	}
}

static void run_deferred_in_lane(struct rmqi_task *task)
{
	struct rmqi_loop *l = RMQI_CONTAINER(task, struct rmqi_loop, run_deferred);

	l->is_run_posted = false;
	run_deferred(l);
}

/* --- The thread ------------------------------------------------------------------- */

/* Both descriptors yield a count. EAGAIN: somebody was faster, which is as good. */
static void empty(int fd)
{
	uint64_t count;
	ssize_t n = read(fd, &count, sizeof(count));

	(void)n;
}

static void on_wake(struct rmqi_watch *w, unsigned ready)
{
	(void)ready;
	empty(w->fd);
}

static void on_timer(struct rmqi_watch *w, unsigned ready)
{
	struct rmqi_loop *l = RMQI_CONTAINER(w, struct rmqi_loop, timer_watch);

	(void)ready;
	l->timer_us = RMQI_FOREVER; /* follow_timers sets it again */
	l->has_rung = true;
}

static int64_t next_deadline(const struct rmqi_loop *l)
{
	int64_t next = rmqi_timers_next(&l->timers);
	int64_t inner = l->env->inner ? rmqi_timers_next_real(&l->inner) : RMQI_FOREVER;

	return next < inner ? next : inner;
}

static void follow_timers(struct rmqi_loop *l)
{
	int64_t next = next_deadline(l);
	int64_t us = next > 0 ? next : 1; /* 0 would switch it off */
	struct itimerspec at = {0};

	/* To set it also takes its last ring back. */
	if (next >= l->timer_us) {
		if (l->has_rung)
			empty(l->timer_fd);
		l->has_rung = false;
		return;
	}
	at.it_value.tv_sec = (time_t)(us / US_PER_S);
	at.it_value.tv_nsec = (long)(us % US_PER_S) * NS_PER_US;
	if (timerfd_settime(l->timer_fd, TFD_TIMER_ABSTIME, &at, NULL) != 0)
		return;
	l->timer_us = next;
	l->has_rung = false;
}

static void run_timers(struct rmqi_loop *l)
{
	if (rmqi_timers_next(&l->timers) != RMQI_FOREVER)
		rmqi_timers_run(&l->timers, rmqi_clock_us(l->env->clock));
	if (l->env->inner && rmqi_timers_next(&l->inner) != RMQI_FOREVER)
		rmqi_timers_run(&l->inner, rmqi_clock_us(l->env->inner));
}

/* Sockets; waits for them only if no task came in the meantime. */
static void poll_sockets(struct rmqi_loop *l)
{
	bool may_wait = true;

	follow_timers(l);
	atomic_store(&l->sleep, ASLEEP);
	if (atomic_load(&l->posted) || atomic_load(&l->is_stopping)) {
		atomic_store(&l->sleep, AWAKE);
		may_wait = false;
	}
	rmqi_poller_run(l->poller, may_wait);
	atomic_store(&l->sleep, AWAKE);
}

static void *run_thread(void *arg)
{
	struct rmqi_loop *l = arg;

	rmqi_current_set(l);
	while (!atomic_load(&l->is_stopping) || atomic_load(&l->posted)) {
		poll_sockets(l);
		run_posted(l);
		run_timers(l);
		run_deferred(l);
	}
	rmqi_current_set(NULL);
	return NULL;
}

/* --- Life cycle --------------------------------------------------------------------- */

static void free_real(struct rmqi_loop *l)
{
	rmqi_watch_stop(&l->wake_watch);
	rmqi_watch_stop(&l->timer_watch);
	rmqi_poller_free(l->poller);
	if (l->wake_fd >= 0)
		close(l->wake_fd);
	if (l->timer_fd >= 0)
		close(l->timer_fd);
}

static enum rmq_error start_real(struct rmqi_loop *l, const char *name)
{
	enum rmq_error err;

	l->executor.post = post_real;
	l->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	l->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (l->wake_fd < 0 || l->timer_fd < 0)
		return RMQ_ERR_SYSTEM;
	err = rmqi_poller_new(&l->poller);
	if (err != RMQ_OK)
		return err;
	rmqi_watch_init(&l->wake_watch, l->poller, l->wake_fd, on_wake);
	rmqi_watch_init(&l->timer_watch, l->poller, l->timer_fd, on_timer);
	if (rmqi_watch_set(&l->wake_watch, RMQI_READABLE) != 0 ||
	    rmqi_watch_set(&l->timer_watch, RMQI_READABLE) != 0)
		return RMQ_ERR_SYSTEM;
	return rmqi_thread_start(&l->thread, name, run_thread, l);
}

static enum rmq_error start_sim(struct rmqi_loop *l)
{
	l->executor.post = post_sim;
	l->run_deferred.run = run_deferred_in_lane;
	return rmqi_lane_new(l->env->sim, 1, l, &l->lane);
}

/* And the loop. */
static void free_timers(struct rmqi_loop *l)
{
	rmqi_timers_deinit(&l->timers);
	if (l->env->inner)
		rmqi_timers_deinit(&l->inner);
	rmqi_free(l);
}

enum rmq_error rmqi_loop_new(const struct rmqi_env *env, const char *name, struct rmqi_loop **out)
{
	struct rmqi_loop *l = rmqi_calloc(1, sizeof(*l));
	enum rmq_error err;

	if (!l)
		return RMQ_ERR_NO_MEMORY;
	l->env = env;
	l->wake_fd = -1;
	l->timer_fd = -1;
	l->timer_us = RMQI_FOREVER;
	l->deferred = &end_of_list;
	l->deferred_at = &l->deferred;
	atomic_init(&l->posted, NULL);
	atomic_init(&l->sleep, AWAKE);
	atomic_init(&l->is_stopping, false);
	rmqi_timers_init(&l->timers, env->clock, l);
	if (env->inner)
		rmqi_timers_init(&l->inner, env->inner, l);
	err = env->sim ? start_sim(l) : start_real(l, name);
	if (err != RMQ_OK) {
		free_real(l);
		free_timers(l);
		return err;
	}
	*out = l;
	return RMQ_OK;
}

static void stop_real(struct rmqi_loop *l)
{
	atomic_store(&l->is_stopping, true);
	wake(l);
	rmqi_thread_join(&l->thread);
	free_real(l);
}

static void stop_sim(struct rmqi_loop *l)
{
	while (!rmqi_lane_is_idle(l->lane) && rmqi_sim_step(l->env->sim))
		;
	rmqi_lane_free(l->lane);
}

void rmqi_loop_free(struct rmqi_loop *l)
{
	if (!l)
		return;
	/* A thread cannot join itself. */
	assert(!rmqi_loop_is_current(l));
	if (l->lane)
		stop_sim(l);
	else
		stop_real(l);
	free_timers(l);
}

/* --- For all threads ------------------------------------------------------------------ */

struct rmqi_executor *rmqi_loop_executor(struct rmqi_loop *l)
{
	return &l->executor;
}

void rmqi_loop_post(struct rmqi_loop *l, struct rmqi_task *task)
{
	l->executor.post(&l->executor, task);
}

const struct rmqi_env *rmqi_loop_env(const struct rmqi_loop *l)
{
	return l->env;
}

struct rmqi_clock *rmqi_loop_clock(const struct rmqi_loop *l)
{
	return l->env->clock;
}

struct rmqi_clock *rmqi_loop_inner_clock(const struct rmqi_loop *l)
{
	return l->env->inner ? l->env->inner : l->env->clock;
}

bool rmqi_loop_is_current(const struct rmqi_loop *l)
{
	return rmqi_current() == l;
}

struct loop_call {
	struct rmqi_task task;
	struct rmqi_event done;
	void (*fn)(void *arg);
	void *arg;
};

static void run_call(struct rmqi_task *task)
{
	struct loop_call *call = RMQI_CONTAINER(task, struct loop_call, task);

	call->fn(call->arg);
	rmqi_event_set(&call->done);
}

void rmqi_loop_call(struct rmqi_loop *l, void (*fn)(void *arg), void *arg)
{
	struct loop_call call = {.task.run = run_call, .fn = fn, .arg = arg};

	if (rmqi_loop_is_current(l)) {
		fn(arg);
		return;
	}
	rmqi_event_init(&call.done, l->env);
	rmqi_loop_post(l, &call.task);
	rmqi_event_wait(&call.done, RMQI_FOREVER);
	rmqi_event_deinit(&call.done);
}

/* --- For the loop ----------------------------------------------------------------------- */

struct rmqi_timers *rmqi_loop_timers(struct rmqi_loop *l)
{
	return &l->timers;
}

struct rmqi_timers *rmqi_loop_inner_timers(struct rmqi_loop *l)
{
	return l->env->inner ? &l->inner : &l->timers;
}

struct rmqi_poller *rmqi_loop_poller(struct rmqi_loop *l)
{
	return l->poller;
}
