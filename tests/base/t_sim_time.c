/* SPDX-License-Identifier: Apache-2.0 */
/* The time of a simulation: timers, and tasks that wait while it goes on. */
#include <string.h>

#include "tests/base/sim_scene.h"

/* A timer that posts a task, both with a name: A posts a. */
struct alarm {
	struct rmqi_timer timer;
	struct rmqi_lane *lane;
	struct step step;
	char name;
	int64_t at_us; /* when it fired */
};

static void ring(struct rmqi_timer *t)
{
	struct alarm *a = RMQI_CONTAINER(t, struct alarm, timer);

	ck_assert_ptr_eq(rmqi_current(), &ts);
	a->at_us = now();
	note(a->name);
	post_step(a->lane, &a->step, (char)(a->name - 'A' + 'a'), NULL);
}

static void alarm_start(struct alarm *a, struct rmqi_lane *lane, char name, int64_t at_us)
{
	*a = (struct alarm){.lane = lane, .name = name};
	ck_assert_int_eq(rmqi_timer_init(&a->timer, &ts, ring), RMQ_OK);
	rmqi_timer_start(&a->timer, at_us);
}

START_TEST(sim__advance_settles_after_each_timer)
{
	struct rmqi_lane *l;
	struct alarm a, b, c, d;

	open_sim(1);
	l = lane_new(1, NULL);
	alarm_start(&b, l, 'B', 200);
	alarm_start(&a, l, 'A', 100);
	alarm_start(&c, l, 'C', 200);
	alarm_start(&d, l, 'D', 301);

	rmqi_sim_advance(sim, 300);

	ck_assert_str_eq(trace, "AaBbCc");
	ck_assert_int_eq(now(), 300);
	ck_assert_int_eq(a.at_us, 100);
	ck_assert_int_eq(b.at_us, 200);
	rmqi_sim_advance(sim, 1);
	ck_assert_str_eq(trace, "AaBbCcDd");
	rmqi_timer_deinit(&a.timer);
	rmqi_timer_deinit(&b.timer);
	rmqi_timer_deinit(&c.timer);
	rmqi_timer_deinit(&d.timer);
	rmqi_lane_free(l);
	close_sim();
}
END_TEST

START_TEST(sim__settle_does_not_move_time)
{
	struct rmqi_lane *l;
	struct alarm a;
	struct step s;

	open_sim(1);
	l = lane_new(1, NULL);
	alarm_start(&a, l, 'A', 1);
	post_step(l, &s, 'x', NULL);
	rmqi_sim_settle(sim);
	ck_assert_str_eq(trace, "x");
	ck_assert_int_eq(now(), 0);
	rmqi_timer_deinit(&a.timer);
	rmqi_lane_free(l);
	close_sim();
}
END_TEST

START_TEST(sim__wait_stops_as_soon_as_the_event_is_set)
{
	struct rmqi_event ev;
	struct rmqi_lane *l;
	struct alarm a;

	open_sim(1);
	l = lane_new(1, NULL);
	rmqi_event_init(&ev, &env);
	alarm_start(&a, l, 'A', 100);
	rmqi_event_set(&ev);
	ck_assert(rmqi_event_wait(&ev, RMQI_FOREVER));
	ck_assert_str_eq(trace, "");
	ck_assert_int_eq(now(), 0);
	rmqi_event_deinit(&ev);
	rmqi_timer_deinit(&a.timer);
	rmqi_lane_free(l);
	close_sim();
}
END_TEST

START_TEST(sim__wait_ends_at_the_virtual_deadline)
{
	struct rmqi_event ev;
	struct rmqi_lane *l;
	struct alarm a, b;

	open_sim(1);
	l = lane_new(1, NULL);
	rmqi_event_init(&ev, &env);
	alarm_start(&a, l, 'A', 1000);
	alarm_start(&b, l, 'B', 2001);

	ck_assert(!rmqi_event_wait(&ev, 2000));

	ck_assert_int_eq(now(), 2000);
	ck_assert_str_eq(trace, "Aa");
	ck_assert(!rmqi_event_wait(&ev, 500));
	ck_assert_int_eq(now(), 2000);
	rmqi_event_deinit(&ev);
	rmqi_timer_deinit(&a.timer);
	rmqi_timer_deinit(&b.timer);
	rmqi_lane_free(l);
	close_sim();
}
END_TEST

START_TEST(sim__endless_wait_returns_when_nothing_is_left)
{
	struct rmqi_event ev;

	open_sim(1);
	rmqi_event_init(&ev, &env);
	ck_assert(!rmqi_event_wait(&ev, RMQI_FOREVER));
	ck_assert_int_eq(now(), 0);
	rmqi_event_deinit(&ev);
	close_sim();
}
END_TEST

START_TEST(sim__task_may_wait_and_the_simulation_goes_on)
{
	struct rmqi_lane *l, *other;
	struct setter s;
	struct waiter w;
	struct step x;

	open_sim(1);
	l = lane_new(1, &w);
	other = lane_new(1, &x);
	setter_start(&s, 500);
	post_waiter(rmqi_lane_executor(l), &w, 'A', &s.ev);
	ck_assert(rmqi_sim_step(sim));
	ck_assert(w.result);
	ck_assert_int_eq(now(), 500);

	post_step(other, &x, 'x', &x);
	rmqi_sim_settle(sim);
	ck_assert_str_eq(trace, "Aax");
	setter_deinit(&s);
	rmqi_lane_free(l);
	rmqi_lane_free(other);
	close_sim();
}
END_TEST

START_TEST(sim__waiting_task_keeps_its_lane_busy)
{
	struct rmqi_lane *l;
	struct setter s;
	struct waiter w;
	struct step x;

	open_sim(1);
	l = lane_new(1, NULL);
	setter_start(&s, 500);
	post_waiter(rmqi_lane_executor(l), &w, 'A', &s.ev);
	post_step(l, &x, 'x', NULL);
	rmqi_sim_settle(sim);
	ck_assert_str_eq(trace, "Aax");
	setter_deinit(&s);
	rmqi_lane_free(l);
	close_sim();
}
END_TEST

START_TEST(sim__wider_lane_runs_others_while_one_waits)
{
	struct rmqi_lane *l;
	struct setter s;
	struct waiter w, v;
	struct step x;

	open_sim(1);
	l = lane_new(2, NULL);
	setter_start(&s, 500);
	post_waiter(rmqi_lane_executor(l), &w, 'A', &s.ev);
	post_waiter(rmqi_lane_executor(l), &v, 'B', &s.ev);
	post_step(l, &x, 'x', NULL);
	rmqi_sim_settle(sim);
	ck_assert(w.result && v.result);
	ck_assert_int_eq(strncmp(trace, "ABb", 3), 0);
	ck_assert_uint_eq(strlen(trace), 5);
	setter_deinit(&s);
	rmqi_lane_free(l);
	close_sim();
}
END_TEST

START_TEST(sim__nested_waits_come_back_at_their_deadlines)
{
	struct rmqi_lane *l, *other;
	struct rmqi_event never;
	struct waiter w, v;

	open_sim(1);
	l = lane_new(1, NULL);
	other = lane_new(1, NULL);
	rmqi_event_init(&never, &env);
	post_waiter(rmqi_lane_executor(l), &w, 'A', &never);
	post_waiter(rmqi_lane_executor(other), &v, 'B', &never);
	w.deadline_us = 300;
	v.deadline_us = 700;
	rmqi_sim_settle(sim);
	ck_assert(!w.result && !v.result);
	ck_assert_int_eq(now(), 700);
	rmqi_event_deinit(&never);
	rmqi_lane_free(l);
	rmqi_lane_free(other);
	close_sim();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		sim__advance_settles_after_each_timer,
		sim__settle_does_not_move_time,
		sim__wait_stops_as_soon_as_the_event_is_set,
		sim__wait_ends_at_the_virtual_deadline,
		sim__endless_wait_returns_when_nothing_is_left,
		sim__task_may_wait_and_the_simulation_goes_on,
		sim__waiting_task_keeps_its_lane_busy,
		sim__wider_lane_runs_others_while_one_waits,
		sim__nested_waits_come_back_at_their_deadlines,
	};

	return run_suite("sim_time", tests, RMQI_COUNT(tests));
}
