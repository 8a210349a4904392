/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/mem.h"
#include "base/thread.h"
#include "net/loop.h"
#include "tests/net/world.h"

static struct world w;

/* A loop of each kind: W_TCP stands for a thread. */
static struct rmqi_loop *open_loop(int transport)
{
	world_init(&w, transport == W_SIM ? W_SIM : W_TCP);
	world_open(&w);
	return w.client_loop;
}

struct order {
	struct rmqi_loop *loop;
	int seen[16];
	size_t count;
	struct rmqi_event end;
};

struct step {
	struct rmqi_task task;
	struct order *order;
	int number;
};

static void run_step(struct rmqi_task *task)
{
	struct step *s = RMQI_CONTAINER(task, struct step, task);

	ck_assert(rmqi_loop_is_current(s->order->loop));
	s->order->seen[s->order->count++] = s->number;
}

static void init_steps(struct step *steps, size_t count, struct order *o, struct rmqi_loop *l)
{
	o->loop = l;
	o->count = 0;
	for (size_t i = 0; i < count; i++)
		steps[i] = (struct step){.task.run = run_step, .order = o, .number = (int)i};
}

static void do_nothing(void *arg)
{
	(void)arg;
}

START_TEST(loop__runs_tasks_in_the_order_of_posting)
{
	struct rmqi_loop *l = open_loop(_i);
	struct step steps[8];
	struct order o;

	init_steps(steps, 8, &o, l);
	for (int i = 0; i < 8; i++)
		rmqi_loop_post(l, &steps[i].task);
	rmqi_loop_call(l, do_nothing, NULL);

	ck_assert_uint_eq(o.count, 8);
	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(o.seen[i], i);
	world_close(&w);
}
END_TEST

static void note_current(void *arg)
{
	*(bool *)arg = rmqi_loop_is_current(w.client_loop);
}

START_TEST(loop__call_runs_on_the_loop)
{
	struct rmqi_loop *l = open_loop(_i);
	bool was_current = false;

	ck_assert(!rmqi_loop_is_current(l));
	rmqi_loop_call(l, note_current, &was_current);

	ck_assert(was_current);
	world_close(&w);
}
END_TEST

static void defer_steps(void *arg)
{
	struct step *steps = arg;
	struct rmqi_loop *l = steps->order->loop;

	rmqi_loop_defer(l, &steps[0].task);
	rmqi_loop_defer(l, &steps[1].task);
	rmqi_loop_defer(l, &steps[0].task);
	rmqi_loop_defer(l, &steps[2].task);
	rmqi_loop_defer(l, &steps[3].task);
	rmqi_loop_undefer(l, &steps[1].task);
	rmqi_loop_undefer(l, &steps[3].task);
	rmqi_loop_undefer(l, &steps[4].task);
	ck_assert_uint_eq(steps->order->count, 0);
}

START_TEST(loop__runs_deferred_tasks_once_at_the_end)
{
	struct rmqi_loop *l = open_loop(_i);
	struct step steps[5];
	struct order o;

	init_steps(steps, 5, &o, l);
	rmqi_loop_call(l, defer_steps, steps);
	rmqi_loop_call(l, do_nothing, NULL);
	ck_assert_uint_eq(o.count, 2);
	ck_assert_int_eq(o.seen[0], 0);
	ck_assert_int_eq(o.seen[1], 2);

	/* Again: a task that ran may be deferred again. */
	rmqi_loop_call(l, defer_steps, (init_steps(steps, 5, &o, l), steps));
	rmqi_loop_call(l, do_nothing, NULL);
	ck_assert_uint_eq(o.count, 2);
	world_close(&w);
}
END_TEST

struct tick {
	struct rmqi_timer timer;
	struct rmqi_loop *loop;
	int64_t armed_us, delay_ms, fired_us;
	struct rmqi_event end;
};

static void on_tick(struct rmqi_timer *t)
{
	struct tick *tick = RMQI_CONTAINER(t, struct tick, timer);

	ck_assert(rmqi_loop_is_current(tick->loop));
	tick->fired_us = rmqi_clock_us(rmqi_loop_clock(tick->loop));
	rmqi_timer_deinit(&tick->timer);
	rmqi_event_set(&tick->end);
}

static void arm_tick(void *arg)
{
	struct tick *tick = arg;

	ck_assert_int_eq(rmqi_timer_init(&tick->timer, rmqi_loop_timers(tick->loop), on_tick),
			 RMQ_OK);
	tick->armed_us = rmqi_clock_us(rmqi_loop_clock(tick->loop));
	rmqi_timer_start_ms(&tick->timer, tick->delay_ms);
}

START_TEST(loop__fires_timers_when_they_are_due)
{
	static const int64_t delays[] = {50, 0, 20, 5};
	struct rmqi_loop *l = open_loop(_i);
	struct tick ticks[4] = {0};

	for (int i = 0; i < 4; i++) {
		ticks[i].loop = l;
		ticks[i].delay_ms = delays[i];
		rmqi_event_init(&ticks[i].end, &w.env);
		rmqi_loop_call(l, arm_tick, &ticks[i]);
	}
	for (int i = 0; i < 4; i++) {
		ck_assert(rmqi_event_wait(&ticks[i].end, world_deadline(&w, W_PATIENCE_MS)));
		ck_assert_int_ge(ticks[i].fired_us - ticks[i].armed_us, delays[i] * 1000);
		rmqi_event_deinit(&ticks[i].end);
	}
	rmqi_loop_call(l, do_nothing, NULL);

	if (_i == W_SIM)
		ck_assert_int_eq(ticks[0].fired_us, ticks[0].armed_us + 50 * 1000);
	world_close(&w);
}
END_TEST

struct poster {
	struct rmqi_thread thread;
	struct rmqi_loop *loop;
	struct rmqi_task *tasks;
	size_t count;
};

static size_t ran; /* loop */

static void count_run(struct rmqi_task *task)
{
	(void)task;
	ran++;
}

static void *post_all(void *arg)
{
	struct poster *p = arg;

	for (size_t i = 0; i < p->count; i++) {
		p->tasks[i].run = count_run;
		rmqi_loop_post(p->loop, &p->tasks[i]);
		if (i % 1000 == 0)
			rmqi_loop_call(p->loop, do_nothing, NULL); /* lets it fall asleep */
	}
	return NULL;
}

static void read_ran(void *arg)
{
	*(size_t *)arg = ran;
}

START_TEST(loop__loses_no_post_of_many_threads)
{
	struct rmqi_loop *l = open_loop(W_TCP);
	struct poster posters[4];
	size_t seen = 0;

	ran = 0;
	for (int i = 0; i < 4; i++) {
		posters[i] = (struct poster){.loop = l, .count = 20000};
		posters[i].tasks = calloc(20000, sizeof(struct rmqi_task));
		ck_assert_int_eq(
			rmqi_thread_start(&posters[i].thread, "poster", post_all, &posters[i]),
			RMQ_OK);
	}
	for (int i = 0; i < 4; i++)
		rmqi_thread_join(&posters[i].thread);
	rmqi_loop_call(l, read_ran, &seen);

	ck_assert_uint_eq(seen, 80000);
	for (int i = 0; i < 4; i++)
		free(posters[i].tasks);
	world_close(&w);
}
END_TEST

START_TEST(loop__free_runs_what_was_posted)
{
	struct rmqi_loop *l;
	struct rmqi_task tasks[3] = {{.run = count_run}, {.run = count_run}, {.run = count_run}};

	ran = 0;
	ck_assert_int_eq(rmqi_loop_new(rmqi_env_real(), "loop", &l), RMQ_OK);
	for (int i = 0; i < 3; i++)
		rmqi_loop_post(l, &tasks[i]);
	rmqi_loop_free(l);

	ck_assert_uint_eq(ran, 3);
	rmqi_loop_free(NULL);
}
END_TEST

int main(void)
{
	const TTest *const each[] = {
		loop__runs_tasks_in_the_order_of_posting,
		loop__call_runs_on_the_loop,
		loop__runs_deferred_tasks_once_at_the_end,
		loop__fires_timers_when_they_are_due,
	};
	const TTest *const once[] = {
		loop__loses_no_post_of_many_threads,
		loop__free_runs_what_was_posted,
	};

	return world_suite("loop", each, RMQI_COUNT(each), once, RMQI_COUNT(once));
}
