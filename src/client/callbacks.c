/* SPDX-License-Identifier: Apache-2.0 */
#include "client/callbacks.h"

#include "base/clock.h"
#include "base/mem.h"
#include "client/client_impl.h"

enum {
	LOOK_MS = 5,
	GRACE_MS = 100 /* at the end, for a callback that is about to return */
};

/* A thread's worth of calling. `task` is posted while is_active. */
struct runner {
	struct rmqi_task task;
	struct rmqi_callbacks *owner;
	bool is_active; /* mu */
};

/* A callback that runs, on its stack. */
struct frame {
	struct frame *outer;
	const struct rmqi_callbacks *owner;
	bool is_ending; /* mu: it is in rmqi_client_end_callbacks */
};

/* Counted: a callback that does not return outlives the client. */
struct rmqi_callbacks {
	atomic_uint refs;
	struct rmqi_loop *loop;
	struct rmqi_pool *pool;
	const void *identity; /* the pool, also after its end; only to be compared */
	struct rmqi_timer timer;
	struct rmqi_task flush;  /* loop; deferred */
	struct rmqi_tasks fresh; /* loop: not handed over yet */
	struct rmqi_event quiet; /* only those that end it are left */
	struct rmqi_event idle;  /* nobody is left */

	struct rmqi_mutex mu;
	struct rmqi_tasks queue; /* mu, all below */
	size_t unfinished;       /* in `queue`, or running */
	size_t ending;           /* frames with is_ending */
	uint64_t begun;
	uint64_t seen; /* `begun` when last looked at */
	unsigned active;
	bool is_quiet_wanted;
	bool is_idle_wanted;
	unsigned runner_count;
	struct runner runners[];
};

/* The innermost one: a callback that ends the others, or waits in a simulation, runs them inside. */
static _Thread_local struct frame *current;

static void unref(struct rmqi_callbacks *cb)
{
	if (atomic_fetch_sub(&cb->refs, 1) != 1)
		return;
	rmqi_event_deinit(&cb->quiet);
	rmqi_event_deinit(&cb->idle);
	rmqi_mutex_deinit(&cb->mu);
	rmqi_free(cb);
}

/* Sets what is wanted and has come, once. @locks: mu held, given up meanwhile */
static void tell(struct rmqi_callbacks *cb)
{
	bool is_quiet = cb->is_quiet_wanted && cb->unfinished <= cb->ending;
	bool is_idle = cb->is_idle_wanted && cb->unfinished == 0;

	if (!is_quiet && !is_idle)
		return;
	cb->is_quiet_wanted &= !is_quiet;
	cb->is_idle_wanted &= !is_idle;
	rmqi_mutex_unlock(&cb->mu);
	if (is_quiet)
		rmqi_event_set(&cb->quiet);
	if (is_idle)
		rmqi_event_set(&cb->idle);
	rmqi_mutex_lock(&cb->mu);
}

/* @locks: mu held, given up meanwhile */
static void call(struct rmqi_callbacks *cb, struct rmqi_task *task)
{
	struct frame frame = {.outer = current, .owner = cb};

	cb->begun++;
	rmqi_mutex_unlock(&cb->mu);
	current = &frame;
	task->run(task);
	current = frame.outer;
	rmqi_mutex_lock(&cb->mu);
	cb->unfinished--;
	cb->ending -= frame.is_ending;
	tell(cb);
}

/* None is begun behind the deadline. @locks: mu held, given up meanwhile */
static void call_until(struct rmqi_callbacks *cb, int64_t deadline_us)
{
	struct rmqi_clock *clock = rmqi_loop_clock(cb->loop);
	struct rmqi_task *task;

	while ((deadline_us == RMQI_FOREVER || rmqi_clock_us(clock) < deadline_us) &&
	       (task = rmqi_tasks_pop(&cb->queue)) != NULL)
		call(cb, task);
}

static void run(struct rmqi_task *task)
{
	struct runner *r = RMQI_CONTAINER(task, struct runner, task);
	struct rmqi_callbacks *cb = r->owner;

	rmqi_mutex_lock(&cb->mu);
	call_until(cb, RMQI_FOREVER);
	r->is_active = false;
	cb->active--;
	rmqi_mutex_unlock(&cb->mu);
	unref(cb);
}

/* Those that run call what is left. */
static void drop(struct rmqi_task *task)
{
	struct runner *r = RMQI_CONTAINER(task, struct runner, task);
	struct rmqi_callbacks *cb = r->owner;

	rmqi_mutex_lock(&cb->mu);
	r->is_active = false;
	cb->active--;
	rmqi_mutex_unlock(&cb->mu);
	unref(cb);
}

/* A runner to be posted after unlocking; NULL: all are at work. @locks: mu held */
static struct runner *activate(struct rmqi_callbacks *cb)
{
	for (unsigned i = 0; i < cb->runner_count; i++) {
		struct runner *r = &cb->runners[i];

		if (r->is_active)
			continue;
		r->is_active = true;
		cb->active++;
		atomic_fetch_add(&cb->refs, 1);
		return r;
	}
	return NULL;
}

static void post(struct rmqi_callbacks *cb, struct runner *r)
{
	if (r)
		rmqi_post(rmqi_pool_executor(cb->pool), &r->task);
}

/* @locks: mu held */
static void append(struct rmqi_callbacks *cb)
{
	struct rmqi_task *task;

	while ((task = rmqi_tasks_pop(&cb->fresh)) != NULL) {
		rmqi_tasks_push(&cb->queue, task);
		cb->unfinished++;
	}
}

/* @thread: loop */
static void hand_over(struct rmqi_callbacks *cb)
{
	struct runner *r = NULL;
	bool is_waiting;

	rmqi_mutex_lock(&cb->mu);
	append(cb);
	is_waiting = cb->queue.first != NULL;
	if (is_waiting && cb->active == 0)
		r = activate(cb);
	rmqi_mutex_unlock(&cb->mu);
	post(cb, r);
	if (is_waiting && !rmqi_timer_is_armed(&cb->timer))
		rmqi_timer_start_ms(&cb->timer, LOOK_MS);
}

static void run_flush(struct rmqi_task *task)
{
	hand_over(RMQI_CONTAINER(task, struct rmqi_callbacks, flush));
}

static void on_look(struct rmqi_timer *t)
{
	struct rmqi_callbacks *cb = RMQI_CONTAINER(t, struct rmqi_callbacks, timer);
	struct runner *r = NULL;
	bool is_waiting;

	rmqi_mutex_lock(&cb->mu);
	is_waiting = cb->queue.first != NULL;
	if (is_waiting && cb->begun == cb->seen)
		r = activate(cb);
	cb->seen = cb->begun;
	rmqi_mutex_unlock(&cb->mu);
	post(cb, r);
	if (is_waiting)
		rmqi_timer_start_ms(t, LOOK_MS);
}

/* --- Life ------------------------------------------------------------------------------------ */

struct setup {
	struct rmqi_callbacks *callbacks;
	enum rmq_error error;
};

static void init_timer(void *arg)
{
	struct setup *s = arg;
	struct rmqi_callbacks *cb = s->callbacks;

	s->error = rmqi_timer_init(&cb->timer, rmqi_loop_timers(cb->loop), on_look);
}

static void deinit_timer(void *arg)
{
	struct rmqi_callbacks *cb = arg;

	hand_over(cb);
	rmqi_loop_undefer(cb->loop, &cb->flush);
	rmqi_timer_deinit(&cb->timer);
}

static struct rmqi_callbacks *alloc_callbacks(struct rmqi_client *c, unsigned threads)
{
	struct rmqi_callbacks *cb = rmqi_calloc(1, sizeof(*cb) + threads * sizeof(cb->runners[0]));

	if (!cb)
		return NULL;
	atomic_init(&cb->refs, 1);
	cb->loop = c->loop;
	cb->flush.run = run_flush;
	rmqi_event_init(&cb->quiet, c->env);
	rmqi_event_init(&cb->idle, c->env);
	rmqi_mutex_init(&cb->mu);
	cb->runner_count = threads;
	for (unsigned i = 0; i < threads; i++)
		cb->runners[i] = (struct runner){.task.run = run, .owner = cb};
	return cb;
}

static enum rmq_error make(struct rmqi_client *c, struct rmqi_callbacks **out)
{
	unsigned threads =
		(unsigned)rmqi_config_i64(c->config, RMQI_CFG_clientCallbackExecutorThreads);
	struct setup setup = {.callbacks = alloc_callbacks(c, threads)};

	if (!setup.callbacks)
		return RMQ_ERR_NO_MEMORY;
	setup.error = rmqi_pool_new_for_user(c->env, "rmq-callback", threads, &c->signals,
					     &setup.callbacks->pool);
	if (setup.error == RMQ_OK) {
		setup.callbacks->identity = setup.callbacks->pool;
		rmqi_loop_call(c->loop, init_timer, &setup);
	}
	if (setup.error == RMQ_OK)
		*out = setup.callbacks;
	else
		rmqi_callbacks_free(setup.callbacks);
	return setup.error;
}

enum rmq_error rmqi_client_need_callbacks(struct rmqi_client *c)
{
	struct rmqi_callbacks *none = NULL, *mine = NULL;
	enum rmq_error err;

	if (atomic_load_explicit(&c->callbacks, memory_order_acquire))
		return RMQ_OK;
	err = make(c, &mine);
	if (err == RMQ_OK && !atomic_compare_exchange_strong(&c->callbacks, &none, mine))
		rmqi_callbacks_free(mine); /* another thread was first */
	return err;
}

void rmqi_client_callback(struct rmqi_client *c, struct rmqi_task *task)
{
	struct rmqi_callbacks *cb = atomic_load_explicit(&c->callbacks, memory_order_acquire);

	rmqi_tasks_push(&cb->fresh, task);
	rmqi_loop_defer(cb->loop, &cb->flush);
}

static bool is_inside(const struct rmqi_callbacks *cb)
{
	return rmqi_current() == cb->identity && current && current->owner == cb;
}

bool rmqi_client_in_callback(const struct rmqi_client *c)
{
	const struct rmqi_callbacks *cb = atomic_load_explicit(&c->callbacks, memory_order_acquire);

	return cb && is_inside(cb);
}

static void flush_now(void *arg)
{
	hand_over(arg);
}

/* Is a callback below on this stack at it? */
static bool is_ending_below(const struct rmqi_callbacks *cb)
{
	for (const struct frame *f = current->outer; f; f = f->outer)
		if (f->owner == cb && f->is_ending)
			return true;
	return false;
}

/* It does the work of the others: every thread may be in here. But it goes no deeper: each of
 * thousands of callbacks may close its client. */
static bool end_inside(struct rmqi_callbacks *cb, int64_t deadline_us)
{
	if (is_ending_below(cb))
		return true;
	rmqi_mutex_lock(&cb->mu);
	if (!current->is_ending)
		cb->ending++;
	current->is_ending = true;
	cb->is_quiet_wanted = true;
	call_until(cb, deadline_us);
	tell(cb);
	rmqi_mutex_unlock(&cb->mu);
	return rmqi_event_wait(&cb->quiet, deadline_us);
}

static bool end_outside(struct rmqi_callbacks *cb, int64_t deadline_us)
{
	rmqi_mutex_lock(&cb->mu);
	cb->is_idle_wanted = true;
	tell(cb);
	rmqi_mutex_unlock(&cb->mu);
	return rmqi_event_wait(&cb->idle, deadline_us);
}

bool rmqi_client_end_callbacks(struct rmqi_client *c, int64_t deadline_us)
{
	struct rmqi_callbacks *cb = atomic_load_explicit(&c->callbacks, memory_order_acquire);

	if (!cb)
		return true;
	rmqi_loop_call(cb->loop, flush_now, cb);
	return is_inside(cb) ? end_inside(cb, deadline_us) : end_outside(cb, deadline_us);
}

void rmqi_callbacks_free(struct rmqi_callbacks *cb)
{
	bool is_busy;

	if (!cb)
		return;
	if (cb->timer.timers)
		rmqi_loop_call(cb->loop, deinit_timer, cb);
	rmqi_mutex_lock(&cb->mu);
	is_busy = cb->active > 0;
	rmqi_mutex_unlock(&cb->mu);
	if (cb->pool)
		(void)rmqi_pool_close(
			cb->pool,
			is_busy ? rmqi_clock_deadline(rmqi_loop_clock(cb->loop), GRACE_MS)
				: RMQI_FOREVER,
			drop);
	/* With nobody at work there is nobody to call what was dropped. */
	rmqi_mutex_lock(&cb->mu);
	if (cb->active == 0)
		call_until(cb, RMQI_FOREVER);
	rmqi_mutex_unlock(&cb->mu);
	unref(cb);
}
