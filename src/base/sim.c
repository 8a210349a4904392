/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sim.h"

#include <assert.h>

#include "base/mem.h"

struct rmqi_lane {
	struct rmqi_executor executor;
	struct rmqi_sim *sim;
	struct rmqi_tasks posted;
	void *owner;
	unsigned width;
	unsigned running;
	size_t ready_at; /* position + 1 in sim->ready, 0 = cannot run */
	bool is_released;
	void (*freed)(void *owner); /* may be NULL */
};

struct rmqi_sim {
	pthread_t thread;
	struct rmqi_clock *clock;
	struct rmqi_rand rand;
	struct rmqi_lane **ready; /* the lanes that can run, in no order but a reproducible one */
	size_t ready_count;
	size_t ready_cap; /* never below lane_count, so that a post cannot fail */
	size_t lane_count;
};

enum rmq_error rmqi_sim_new(uint64_t seed, int64_t wall_ms, struct rmqi_sim **out)
{
	struct rmqi_sim *s = rmqi_calloc(1, sizeof(*s));

	if (!s)
		return RMQ_ERR_NO_MEMORY;
	s->clock = rmqi_clock_virtual_new(wall_ms);
	if (!s->clock) {
		rmqi_free(s);
		return RMQ_ERR_NO_MEMORY;
	}
	s->thread = pthread_self();
	rmqi_rand_init(&s->rand, seed);
	*out = s;
	return RMQ_OK;
}

bool rmqi_sim_is_foreign(const struct rmqi_sim *s)
{
	return !pthread_equal(s->thread, pthread_self());
}

void rmqi_sim_free(struct rmqi_sim *s)
{
	if (!s)
		return;
	/* A lane outlives its simulation never. */
	assert(s->lane_count == 0);
	rmqi_clock_free(s->clock);
	rmqi_free(s->ready);
	rmqi_free(s);
}

struct rmqi_clock *rmqi_sim_clock(struct rmqi_sim *s)
{
	return s->clock;
}

struct rmqi_rand *rmqi_sim_rand(struct rmqi_sim *s)
{
	return &s->rand;
}

static void make_ready(struct rmqi_lane *l)
{
	struct rmqi_sim *s = l->sim;

	s->ready[s->ready_count++] = l;
	l->ready_at = s->ready_count;
}

static void make_unready(struct rmqi_lane *l)
{
	struct rmqi_sim *s = l->sim;
	struct rmqi_lane *last = s->ready[--s->ready_count];

	s->ready[l->ready_at - 1] = last;
	last->ready_at = l->ready_at;
	l->ready_at = 0;
}

/* To be called after each change of what decides whether a lane can run. */
static void update(struct rmqi_lane *l)
{
	bool can_run = l->posted.first && l->running < l->width;

	if (can_run && !l->ready_at)
		make_ready(l);
	else if (!can_run && l->ready_at)
		make_unready(l);
}

static void lane_post(struct rmqi_executor *e, struct rmqi_task *task)
{
	struct rmqi_lane *l = RMQI_CONTAINER(e, struct rmqi_lane, executor);

	/* A simulation has one thread: another one's timing would not be a function of the seed. */
	assert(!rmqi_sim_is_foreign(l->sim));
	/* Nothing may be posted to a lane that was given up. */
	assert(!l->is_released);
	rmqi_tasks_push(&l->posted, task);
	update(l);
}

static enum rmq_error reserve_ready(struct rmqi_sim *s)
{
	size_t cap = s->ready_cap ? s->ready_cap * 2 : 8;
	struct rmqi_lane **ready;

	if (s->lane_count < s->ready_cap)
		return RMQ_OK;
	ready = rmqi_realloc(s->ready, cap * sizeof(*ready));
	if (!ready)
		return RMQ_ERR_NO_MEMORY;
	s->ready = ready;
	s->ready_cap = cap;
	return RMQ_OK;
}

enum rmq_error rmqi_lane_new(struct rmqi_sim *s, unsigned width, void *owner,
			     struct rmqi_lane **out)
{
	struct rmqi_lane *l;

	/* A lane of width 0 would never run. */
	assert(width > 0);
	if (reserve_ready(s) != RMQ_OK)
		return RMQ_ERR_NO_MEMORY;
	l = rmqi_calloc(1, sizeof(*l));
	if (!l)
		return RMQ_ERR_NO_MEMORY;
	l->executor.post = lane_post;
	l->sim = s;
	l->owner = owner;
	l->width = width;
	s->lane_count++;
	*out = l;
	return RMQ_OK;
}

struct rmqi_executor *rmqi_lane_executor(struct rmqi_lane *l)
{
	return &l->executor;
}

bool rmqi_lane_is_idle(const struct rmqi_lane *l)
{
	return !l->posted.first && l->running == 0;
}

struct rmqi_task *rmqi_lane_take(struct rmqi_lane *l)
{
	struct rmqi_task *task = rmqi_tasks_pop(&l->posted);

	update(l);
	return task;
}

void rmqi_lane_free(struct rmqi_lane *l)
{
	if (!l)
		return;
	/* A running task returns into its lane. */
	assert(l->running == 0);
	if (l->ready_at)
		make_unready(l);
	l->sim->lane_count--;
	rmqi_free(l);
}

static void free_released(struct rmqi_lane *l)
{
	void (*freed)(void *) = l->freed;
	void *owner = l->owner;

	rmqi_lane_free(l);
	if (freed)
		freed(owner);
}

void rmqi_lane_release(struct rmqi_lane *l, void (*freed)(void *owner))
{
	/* Nothing of what was posted will run: the caller has taken it. */
	assert(!l->posted.first);
	l->is_released = true;
	l->freed = freed;
	if (l->running == 0)
		free_released(l);
}

void rmqi_lane_leave(struct rmqi_lane *l)
{
	/* Only a task of the lane can step out of it. */
	assert(l->running > 0);
	l->running--;
	update(l);
}

void rmqi_lane_enter(struct rmqi_lane *l)
{
	l->running++;
	update(l);
}

static void run_one(struct rmqi_lane *l)
{
	struct rmqi_task *task = rmqi_tasks_pop(&l->posted);
	void *before = rmqi_current_set(l->owner);

	rmqi_lane_enter(l);
	task->run(task); /* `task` may be gone now; `l` is not: it has a running task */
	rmqi_current_set(before);
	rmqi_lane_leave(l);
	if (l->is_released && l->running == 0)
		free_released(l);
}

bool rmqi_sim_step(struct rmqi_sim *s)
{
	if (s->ready_count == 0)
		return false;
	run_one(s->ready[rmqi_rand_below(&s->rand, s->ready_count)]);
	return true;
}

void rmqi_sim_settle(struct rmqi_sim *s)
{
	while (rmqi_sim_step(s))
		;
}

/* A task that waited inside may have moved time past `us`. */
static void move_clock(struct rmqi_sim *s, int64_t us)
{
	if (us > rmqi_clock_us(s->clock))
		rmqi_clock_set_us(s->clock, us);
}

bool rmqi_sim_run_until(struct rmqi_sim *s, bool (*done)(void *arg), void *arg, int64_t deadline_us)
{
	while (!done(arg)) {
		if (rmqi_sim_step(s) || rmqi_clock_fire_next(s->clock, deadline_us))
			continue;
		if (deadline_us != RMQI_FOREVER)
			move_clock(s, deadline_us);
		return done(arg);
	}
	return true;
}

void rmqi_sim_advance(struct rmqi_sim *s, int64_t us)
{
	int64_t target = rmqi_clock_us(s->clock) + us;

	do
		rmqi_sim_settle(s);
	while (rmqi_clock_fire_next(s->clock, target));
	move_clock(s, target);
}
