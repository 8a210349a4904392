/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/base/sim_scene.h"

#include <string.h>

#include <check.h>

struct rmqi_sim *sim;
struct rmqi_env env;
struct rmqi_timers ts;
char trace[256];

void open_sim(uint64_t seed)
{
	ck_assert_int_eq(rmqi_sim_new(seed, 1000, &sim), RMQ_OK);
	env = (struct rmqi_env){.clock = rmqi_sim_clock(sim), .sim = sim};
	rmqi_timers_init(&ts, env.clock, &ts);
	trace[0] = '\0';
}

void close_sim(void)
{
	rmqi_timers_deinit(&ts);
	rmqi_sim_free(sim);
}

int64_t now(void)
{
	return rmqi_clock_us(env.clock);
}

void note(char c)
{
	size_t len = strlen(trace);

	ck_assert_uint_lt(len, sizeof(trace) - 1);
	trace[len] = c;
	trace[len + 1] = '\0';
}

void run_step(struct rmqi_task *task)
{
	struct step *s = RMQI_CONTAINER(task, struct step, task);

	ck_assert_ptr_eq(rmqi_current(), s->owner);
	note(s->name);
}

struct rmqi_lane *lane_new(unsigned width, void *owner)
{
	struct rmqi_lane *l;

	ck_assert_int_eq(rmqi_lane_new(sim, width, owner, &l), RMQ_OK);
	return l;
}

void post_step(struct rmqi_lane *l, struct step *s, char name, void *owner)
{
	*s = (struct step){.task.run = run_step, .name = name, .owner = owner};
	rmqi_post(rmqi_lane_executor(l), &s->task);
}

static void run_waiter(struct rmqi_task *task)
{
	struct waiter *w = RMQI_CONTAINER(task, struct waiter, task);
	void *before = rmqi_current();

	note(w->name);
	w->result = rmqi_event_wait(w->ev, w->deadline_us);
	note((char)(w->name - 'A' + 'a'));
	ck_assert_ptr_eq(rmqi_current(), before);
}

static void set_event(struct rmqi_timer *t)
{
	rmqi_event_set(&RMQI_CONTAINER(t, struct setter, timer)->ev);
}

void setter_start(struct setter *s, int64_t at_us)
{
	rmqi_event_init(&s->ev, &env);
	ck_assert_int_eq(rmqi_timer_init(&s->timer, &ts, set_event), RMQ_OK);
	rmqi_timer_start(&s->timer, at_us);
}

void setter_deinit(struct setter *s)
{
	rmqi_timer_deinit(&s->timer);
	rmqi_event_deinit(&s->ev);
}

void post_waiter(struct rmqi_executor *e, struct waiter *w, char name, struct rmqi_event *ev)
{
	*w = (struct waiter){
		.task.run = run_waiter, .ev = ev, .deadline_us = RMQI_FOREVER, .name = name};
	rmqi_post(e, &w->task);
}
