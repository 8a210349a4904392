/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <assert.h>
#include <stdatomic.h>
#include <time.h>

#include "base/mem.h"
#include "base/thread.h"

enum { US_PER_MS = 1000, MS_PER_S = 1000, US_PER_S = 1000 * 1000, NS_PER_US = 1000 };

/* What a fast clock shows: base_us + (real - real_base_us) * scale, but nothing beyond limit_us, and nothing before
 * what it has shown. */
struct pace {
	struct rmqi_mutex mu; /* guards all of it */
	int64_t scale;
	int64_t base_us, real_base_us;
	int64_t limit_us; /* when its earliest timer is due */
	int64_t shown_us;
};

/* The real clock uses none of the fields behind the first two. */
struct rmqi_clock {
	bool is_virtual;
	bool is_fast;
	atomic_bool is_apart; /* fast: `pace` says what it shows; before, it shows real time */
	struct pace pace;
	int64_t start_ms; /* wall time at 0 ticks, with all steps since */
	int64_t us;
	int64_t asleep_us;     /* suspended, all in all */
	struct rmqi_heap heap; /* the timers of every rmqi_timers on this clock */
	uint64_t order;
	size_t timers; /* initialised timers; heap.cap is never below */
};

static struct rmqi_clock real_clock;

struct rmqi_clock *rmqi_clock_real(void)
{
	return &real_clock;
}

struct rmqi_clock *rmqi_clock_virtual_new(int64_t wall_ms)
{
	struct rmqi_clock *c = rmqi_calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->is_virtual = true;
	c->start_ms = wall_ms;
	rmqi_heap_init(&c->heap);
	return c;
}

struct rmqi_clock *rmqi_clock_fast_new(void)
{
	struct rmqi_clock *c = rmqi_calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->is_fast = true;
	atomic_init(&c->is_apart, false);
	c->pace.scale = 1;
	rmqi_mutex_init(&c->pace.mu);
	return c;
}

void rmqi_clock_free(struct rmqi_clock *c)
{
	if (!c)
		return;
	/* The real clock is nobody's to free. */
	assert(c->is_virtual || c->is_fast);
	if (c->is_fast)
		rmqi_mutex_deinit(&c->pace.mu);
	rmqi_heap_deinit(&c->heap);
	rmqi_free(c);
}

bool rmqi_clock_is_virtual(const struct rmqi_clock *c)
{
	return c->is_virtual;
}

static struct timespec read_system(clockid_t id)
{
	struct timespec now = {0};

	clock_gettime(id, &now);
	return now;
}

static int64_t real_wall_ms(void)
{
	struct timespec now = read_system(CLOCK_REALTIME);

	return (int64_t)now.tv_sec * MS_PER_S + now.tv_nsec / (NS_PER_US * US_PER_MS);
}

static int64_t real_us(void)
{
	struct timespec now = read_system(CLOCK_MONOTONIC);

	return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / NS_PER_US;
}

/* --- A fast clock ------------------------------------------------------------------------------- */

bool rmqi_clock_is_apart(const struct rmqi_clock *c)
{
	return c->is_fast && atomic_load(&c->is_apart);
}

static struct pace *lock_pace(const struct rmqi_clock *c)
{
	/* Reading a clock changes what it has shown, nothing else. */
	struct pace *p = &((struct rmqi_clock *)(uintptr_t)c)->pace;

	rmqi_mutex_lock(&p->mu);
	return p;
}

/* At most so much after base_us: the end of what 64 bits hold is never reached. */
static int64_t run_since(const struct pace *p, int64_t now_us)
{
	int64_t real = now_us - p->real_base_us, most = (RMQI_FOREVER - p->base_us) / p->scale;

	return p->base_us + (real < most ? real : most) * p->scale;
}

static int64_t show(struct pace *p)
{
	int64_t us = run_since(p, real_us());

	if (us > p->limit_us)
		us = p->limit_us;
	if (us > p->shown_us)
		p->shown_us = us;
	return p->shown_us;
}

static int64_t fast_us(const struct rmqi_clock *c)
{
	struct pace *p = lock_pace(c);
	int64_t us = show(p);

	rmqi_mutex_unlock(&p->mu);
	return us;
}

int64_t rmqi_clock_scale(const struct rmqi_clock *c)
{
	struct pace *p;
	int64_t scale;

	if (!c->is_fast)
		return 1;
	p = lock_pace(c);
	scale = p->scale;
	rmqi_mutex_unlock(&p->mu);
	return scale;
}

/* --- Reading ------------------------------------------------------------------------------------ */

int64_t rmqi_clock_wall_ms(const struct rmqi_clock *c)
{
	if (c->is_virtual)
		return c->start_ms + c->us / US_PER_MS;
	return rmqi_clock_is_apart(c) ? c->start_ms + fast_us(c) / US_PER_MS : real_wall_ms();
}

int64_t rmqi_clock_us(const struct rmqi_clock *c)
{
	if (c->is_virtual)
		return c->us;
	return rmqi_clock_is_apart(c) ? fast_us(c) : real_us();
}

int64_t rmqi_clock_boot_us(const struct rmqi_clock *c)
{
	struct timespec now;

	if (c->is_virtual)
		return c->us + c->asleep_us;
	if (rmqi_clock_is_apart(c))
		return fast_us(c);
	now = read_system(CLOCK_BOOTTIME);
	return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / NS_PER_US;
}

int64_t rmqi_clock_deadline(const struct rmqi_clock *c, int64_t timeout_ms)
{
	int64_t now = rmqi_clock_us(c);

	if (timeout_ms < 0 || timeout_ms > (RMQI_FOREVER - now) / US_PER_MS)
		return RMQI_FOREVER;
	return now + timeout_ms * US_PER_MS;
}

int64_t rmqi_clock_left_ms(const struct rmqi_clock *c, int64_t deadline_us)
{
	int64_t now = rmqi_clock_us(c);
	int64_t left;

	if (deadline_us == RMQI_FOREVER)
		return INT64_MAX;
	if (deadline_us <= now)
		return 0;
	left = deadline_us - now;
	return left / US_PER_MS + (left % US_PER_MS != 0);
}

void rmqi_clock_set_us(struct rmqi_clock *c, int64_t us)
{
	/* Only virtual time can be moved, and only forward. */
	assert(c->is_virtual && us >= c->us);
	c->us = us;
}

void rmqi_clock_step_wall(struct rmqi_clock *c, int64_t delta_ms)
{
	/* Only a virtual clock can be set. */
	assert(c->is_virtual);
	c->start_ms += delta_ms;
}

void rmqi_clock_suspend(struct rmqi_clock *c, int64_t ms)
{
	/* Only a virtual clock can be put to sleep. */
	assert(c->is_virtual);
	c->asleep_us += ms * US_PER_MS;
	c->start_ms += ms;
}

void rmqi_timers_init(struct rmqi_timers *ts, struct rmqi_clock *clock, void *owner)
{
	*ts = (struct rmqi_timers){.clock = clock, .owner = owner, .round_us = INT64_MIN};
	rmqi_heap_init(&ts->own);
	ts->heap = clock->is_virtual ? &clock->heap : &ts->own;
	ts->order = clock->is_virtual ? &clock->order : &ts->own_order;
}

void rmqi_timers_deinit(struct rmqi_timers *ts)
{
	/* Every timer was deinitialised before; a shared heap would keep a dead one. */
	assert(ts->timers == 0);
	rmqi_heap_deinit(&ts->own);
}

int64_t rmqi_timers_next(const struct rmqi_timers *ts)
{
	const struct rmqi_heap_node *first = rmqi_heap_min(ts->heap);

	return first ? first->key : RMQI_FOREVER;
}

/* A fast clock stands still while timers fire, then it may go on to the next one. */
static void limit(const struct rmqi_timers *ts)
{
	struct pace *p;

	if (!rmqi_clock_is_apart(ts->clock))
		return;
	p = lock_pace(ts->clock);
	p->limit_us = ts->round_us == INT64_MIN ? rmqi_timers_next(ts) : ts->round_us;
	rmqi_mutex_unlock(&p->mu);
}

int64_t rmqi_timers_next_real(const struct rmqi_timers *ts)
{
	int64_t next = rmqi_timers_next(ts), left, scale;
	struct pace *p;

	if (next == RMQI_FOREVER || !rmqi_clock_is_apart(ts->clock))
		return next;
	p = lock_pace(ts->clock);
	scale = p->scale;
	left = next - p->base_us;
	next = p->real_base_us + (left > 0 ? left / scale + (left % scale != 0) : 0);
	rmqi_mutex_unlock(&p->mu);
	return next;
}

void rmqi_timers_set_scale(struct rmqi_timers *ts, int64_t scale)
{
	struct rmqi_clock *c = ts->clock;
	int64_t now_us;
	struct pace *p;

	/* Callers check what they were told. */
	assert(c->is_fast && scale > 0);
	now_us = rmqi_clock_us(c);
	if (!rmqi_clock_is_apart(c))
		c->start_ms = real_wall_ms() - now_us / US_PER_MS;
	p = lock_pace(c);
	p->scale = scale;
	p->base_us = now_us;
	p->shown_us = now_us;
	p->real_base_us = real_us();
	rmqi_mutex_unlock(&p->mu);
	atomic_store(&c->is_apart, true);
	limit(ts);
}

/* The timer may re-arm or free itself, and any other. */
static void fire(struct rmqi_timer *t)
{
	void *before = rmqi_current_set(t->timers->owner);

	rmqi_timer_stop(t);
	t->fn(t);
	rmqi_current_set(before);
}

static struct rmqi_timer *earliest(const struct rmqi_heap *h)
{
	struct rmqi_heap_node *first = rmqi_heap_min(h);

	return first ? RMQI_CONTAINER(first, struct rmqi_timer, node) : NULL;
}

/*
 * A timer armed during the round has an order of at least `bound` and, because
 * rmqi_timer_start does not go below round_us, a key of at least now_us: it
 * stands behind all that was due when the round began. So the first one of that
 * kind ends the round.
 */
size_t rmqi_timers_run(struct rmqi_timers *ts, int64_t now_us)
{
	uint64_t bound = *ts->order;
	struct rmqi_timer *t;
	size_t fired = 0;

	/* On a virtual clock the heap holds timers of others: the simulation fires them. */
	assert(!ts->clock->is_virtual);
	ts->round_us = now_us;
	limit(ts);
	while ((t = earliest(ts->heap)) && t->node.key <= now_us && t->node.order < bound) {
		fire(t);
		fired++;
	}
	ts->round_us = INT64_MIN;
	limit(ts);
	return fired;
}

bool rmqi_clock_fire_next(struct rmqi_clock *c, int64_t until_us)
{
	struct rmqi_timer *t = earliest(&c->heap);

	if (!t || t->node.key > until_us)
		return false;
	/* One that was armed for the past fires now: time never goes back. */
	if (t->node.key > c->us)
		rmqi_clock_set_us(c, t->node.key);
	fire(t);
	return true;
}

static size_t timers_on_heap(const struct rmqi_timers *ts)
{
	return ts->clock->is_virtual ? ts->clock->timers : ts->timers;
}

static void count_timer(struct rmqi_timers *ts, bool is_added)
{
	size_t one = is_added ? 1 : SIZE_MAX; /* SIZE_MAX: minus one */

	ts->timers += one;
	if (ts->clock->is_virtual)
		ts->clock->timers += one;
}

enum rmq_error rmqi_timer_init(struct rmqi_timer *t, struct rmqi_timers *ts,
			       void (*fn)(struct rmqi_timer *t))
{
	*t = (struct rmqi_timer){0};
	if (rmqi_heap_reserve(ts->heap, timers_on_heap(ts) + 1) != RMQ_OK)
		return RMQ_ERR_NO_MEMORY;
	count_timer(ts, true);
	t->timers = ts;
	t->fn = fn;
	return RMQ_OK;
}

void rmqi_timer_deinit(struct rmqi_timer *t)
{
	if (!t->timers)
		return;
	rmqi_timer_stop(t);
	count_timer(t->timers, false);
	t->timers = NULL;
}

static void insert(struct rmqi_timer *t)
{
	enum rmq_error err = rmqi_heap_push(t->timers->heap, &t->node);

	/* rmqi_timer_init has reserved the room. */
	assert(err == RMQ_OK);
	(void)err;
}

void rmqi_timer_start(struct rmqi_timer *t, int64_t deadline_us)
{
	struct rmqi_timers *ts = t->timers;

	if (deadline_us == RMQI_FOREVER) {
		rmqi_timer_stop(t);
		return;
	}
	t->node.key = deadline_us > ts->round_us ? deadline_us : ts->round_us;
	t->node.order = (*ts->order)++;
	if (t->node.at)
		rmqi_heap_update(ts->heap, &t->node);
	else
		insert(t);
	limit(ts);
}

void rmqi_timer_start_ms(struct rmqi_timer *t, int64_t delay_ms)
{
	rmqi_timer_start(t, rmqi_clock_deadline(t->timers->clock, delay_ms));
}

void rmqi_timer_stop(struct rmqi_timer *t)
{
	if (!t->timers)
		return;
	rmqi_heap_remove(t->timers->heap, &t->node);
	limit(t->timers);
}

static _Thread_local void *current;

void *rmqi_current(void)
{
	return current;
}

void *rmqi_current_set(void *owner)
{
	void *before = current;

	current = owner;
	return before;
}
