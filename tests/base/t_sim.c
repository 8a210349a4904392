/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "base/sim.h"
#include "tests/support/suite.h"

enum { LANES = 4 };

static struct rmqi_sim *sim;
static struct rmqi_env env;
static struct rmqi_timers ts;
static char trace[256];

static void open_sim(uint64_t seed)
{
	ck_assert_int_eq(rmqi_sim_new(seed, 1000, &sim), RMQ_OK);
	env = (struct rmqi_env){.clock = rmqi_sim_clock(sim), .sim = sim};
	rmqi_timers_init(&ts, env.clock, &ts);
	trace[0] = '\0';
}

static void close_sim(void)
{
	rmqi_timers_deinit(&ts);
	rmqi_sim_free(sim);
}

static int64_t now(void)
{
	return rmqi_clock_us(env.clock);
}

static void note(char c)
{
	size_t len = strlen(trace);

	ck_assert_uint_lt(len, sizeof(trace) - 1);
	trace[len] = c;
	trace[len + 1] = '\0';
}

/* A task with a name. */
struct step {
	struct rmqi_task task;
	char name;
	void *owner; /* expected rmqi_current() */
};

static void run_step(struct rmqi_task *task)
{
	struct step *s = RMQI_CONTAINER(task, struct step, task);

	ck_assert_ptr_eq(rmqi_current(), s->owner);
	note(s->name);
}

static struct rmqi_lane *lane_new(unsigned width, void *owner)
{
	struct rmqi_lane *l;

	ck_assert_int_eq(rmqi_lane_new(sim, width, owner, &l), RMQ_OK);
	return l;
}

static void post_step(struct rmqi_lane *l, struct step *s, char name, void *owner)
{
	*s = (struct step){.task.run = run_step, .name = name, .owner = owner};
	rmqi_post(rmqi_lane_executor(l), &s->task);
}

/* Four lanes with five tasks each: a..e, f..j, k..o, p..t. */
static void run_four_lanes(uint64_t seed)
{
	struct rmqi_lane *lanes[LANES];
	struct step steps[LANES * 5];

	open_sim(seed);
	for (int i = 0; i < LANES; i++)
		lanes[i] = lane_new(1, NULL);
	for (int i = 0; i < LANES * 5; i++)
		post_step(lanes[i / 5], &steps[i], (char)('a' + i), NULL);
	rmqi_sim_settle(sim);
	for (int i = 0; i < LANES; i++)
		rmqi_lane_free(lanes[i]);
	close_sim();
}

START_TEST(sim__same_seed_gives_the_same_run)
{
	char first[sizeof(trace)];

	run_four_lanes(11);
	memcpy(first, trace, sizeof(first));
	run_four_lanes(11);
	ck_assert_str_eq(trace, first);
}
END_TEST

START_TEST(sim__other_seed_gives_another_run)
{
	char first[sizeof(trace)];

	run_four_lanes(11);
	memcpy(first, trace, sizeof(first));
	run_four_lanes(12);
	ck_assert_str_ne(trace, first);
}
END_TEST

START_TEST(sim__lane_is_a_fifo_for_every_seed)
{
	for (uint64_t seed = 0; seed < 50; seed++) {
		run_four_lanes(seed);
		ck_assert_uint_eq(strlen(trace), LANES * 5);
		for (char c = 'a'; c < 'a' + LANES * 5; c++) {
			ck_assert_ptr_nonnull(strchr(trace, c));
			if ((c - 'a') % 5)
				ck_assert(strchr(trace, c - 1) < strchr(trace, c));
		}
	}
}
END_TEST

START_TEST(sim__every_lane_is_chosen_first_by_some_seed)
{
	bool is_first[LANES] = {false};

	for (uint64_t seed = 0; seed < 50; seed++) {
		run_four_lanes(seed);
		is_first[(trace[0] - 'a') / 5] = true;
	}
	for (int i = 0; i < LANES; i++)
		ck_assert(is_first[i]);
}
END_TEST

START_TEST(sim__task_does_not_run_inside_post)
{
	struct rmqi_lane *l;
	struct step s;

	open_sim(1);
	l = lane_new(1, NULL);
	post_step(l, &s, 'a', NULL);
	ck_assert_str_eq(trace, "");
	ck_assert(!rmqi_lane_is_idle(l));
	ck_assert(rmqi_sim_step(sim));
	ck_assert_str_eq(trace, "a");
	ck_assert(rmqi_lane_is_idle(l));
	ck_assert(!rmqi_sim_step(sim));
	rmqi_lane_free(l);
	close_sim();
}
END_TEST

START_TEST(sim__current_is_the_owner_of_the_lane)
{
	struct rmqi_lane *l;
	struct step s;
	int owner, me;

	open_sim(1);
	l = lane_new(1, &owner);
	post_step(l, &s, 'a', &owner);
	rmqi_current_set(&me);
	rmqi_sim_settle(sim);
	ck_assert_ptr_eq(rmqi_current_set(NULL), &me);
	ck_assert_str_eq(trace, "a");
	rmqi_lane_free(l);
	close_sim();
}
END_TEST

START_TEST(sim__lane_gives_back_what_did_not_run)
{
	struct rmqi_lane *l;
	struct step a, b;

	open_sim(1);
	l = lane_new(1, NULL);
	post_step(l, &a, 'a', NULL);
	post_step(l, &b, 'b', NULL);
	ck_assert_ptr_eq(rmqi_lane_take(l), &a.task);
	ck_assert_ptr_eq(rmqi_lane_take(l), &b.task);
	ck_assert_ptr_null(rmqi_lane_take(l));
	ck_assert(!rmqi_sim_step(sim));
	rmqi_lane_free(l);
	close_sim();
}
END_TEST

START_TEST(sim__lane_with_tasks_may_be_freed)
{
	struct rmqi_lane *l;
	struct step s;

	open_sim(1);
	l = lane_new(1, NULL);
	post_step(l, &s, 'a', NULL);
	rmqi_lane_free(l);
	ck_assert(!rmqi_sim_step(sim));
	close_sim();
}
END_TEST

/* A task that frees another lane. */
struct reaper {
	struct rmqi_task task;
	struct rmqi_lane *victim;
};

static void run_reaper(struct rmqi_task *task)
{
	rmqi_lane_free(RMQI_CONTAINER(task, struct reaper, task)->victim);
	note('r');
}

START_TEST(sim__task_may_free_another_lane)
{
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct rmqi_lane *l, *other, *third;
		struct step a, b;
		struct reaper r = {.task.run = run_reaper};

		open_sim(seed);
		l = lane_new(1, NULL);
		other = lane_new(1, NULL);
		third = lane_new(1, NULL);
		r.victim = other;
		post_step(other, &a, 'a', NULL);
		post_step(third, &b, 'b', NULL);
		rmqi_post(rmqi_lane_executor(l), &r.task);
		rmqi_sim_settle(sim);
		ck_assert_ptr_nonnull(strchr(trace, 'r'));
		ck_assert_ptr_nonnull(strchr(trace, 'b'));
		rmqi_lane_free(l);
		rmqi_lane_free(third);
		close_sim();
	}
}
END_TEST

START_TEST(sim__post_needs_no_memory)
{
	struct rmqi_lane *lanes[20];
	struct step steps[20];

	open_sim(1);
	for (int i = 0; i < 20; i++)
		lanes[i] = lane_new(1, NULL);
	rmqi_mem_fail_after(1, 1);
	for (int i = 0; i < 20; i++)
		post_step(lanes[i], &steps[i], 'x', NULL);
	rmqi_sim_settle(sim);
	rmqi_mem_fail_after(0, 0);
	ck_assert_uint_eq(strlen(trace), 20);
	for (int i = 0; i < 20; i++)
		rmqi_lane_free(lanes[i]);
	close_sim();
}
END_TEST

START_TEST(sim__tells_when_memory_is_out)
{
	struct rmqi_sim *s = NULL;
	struct rmqi_lane *l = NULL;
	enum rmq_error err;

	for (uint64_t n = 1; n <= 2; n++) {
		rmqi_mem_fail_after(n, 0);
		ck_assert_int_eq(rmqi_sim_new(1, 0, &s), RMQ_ERR_NO_MEMORY);
		ck_assert_ptr_null(s);
	}
	rmqi_mem_fail_after(0, 0);
	ck_assert_int_eq(rmqi_sim_new(1, 0, &s), RMQ_OK);
	for (uint64_t n = 1; !l; n++) {
		rmqi_mem_fail_after(n, 0);
		err = rmqi_lane_new(s, 1, NULL, &l);
		rmqi_mem_fail_after(0, 0);
		ck_assert(err == RMQ_OK || (err == RMQ_ERR_NO_MEMORY && !l));
	}
	rmqi_lane_free(l);
	rmqi_sim_free(s);
	rmqi_sim_free(NULL);
}
END_TEST

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

/* Writes its name, waits, writes its name in lower case. */
struct waiter {
	struct rmqi_task task;
	struct rmqi_event *ev;
	int64_t deadline_us;
	char name;
	bool result;
};

static void run_waiter(struct rmqi_task *task)
{
	struct waiter *w = RMQI_CONTAINER(task, struct waiter, task);
	void *before = rmqi_current();

	note(w->name);
	w->result = rmqi_event_wait(w->ev, w->deadline_us);
	note((char)(w->name - 'A' + 'a'));
	ck_assert_ptr_eq(rmqi_current(), before);
}

static void set_event(struct rmqi_timer *t);

/* Sets an event at a given time. */
struct setter {
	struct rmqi_timer timer;
	struct rmqi_event ev;
};

static void set_event(struct rmqi_timer *t)
{
	rmqi_event_set(&RMQI_CONTAINER(t, struct setter, timer)->ev);
}

static void setter_start(struct setter *s, int64_t at_us)
{
	rmqi_event_init(&s->ev, &env);
	ck_assert_int_eq(rmqi_timer_init(&s->timer, &ts, set_event), RMQ_OK);
	rmqi_timer_start(&s->timer, at_us);
}

static void setter_deinit(struct setter *s)
{
	rmqi_timer_deinit(&s->timer);
	rmqi_event_deinit(&s->ev);
}

static void post_waiter(struct rmqi_executor *e, struct waiter *w, char name, struct rmqi_event *ev)
{
	*w = (struct waiter){
		.task.run = run_waiter, .ev = ev, .deadline_us = RMQI_FOREVER, .name = name};
	rmqi_post(e, &w->task);
}

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

static struct rmqi_pool *pool_new(unsigned threads)
{
	struct rmqi_pool *p;

	ck_assert_int_eq(rmqi_pool_new(&env, "pool", threads, &p), RMQ_OK);
	return p;
}

static void post_to_pool(struct rmqi_pool *p, struct step *s, char name)
{
	*s = (struct step){.task.run = run_step, .name = name, .owner = p};
	rmqi_post(rmqi_pool_executor(p), &s->task);
}

START_TEST(sim_pool__close_runs_what_was_posted)
{
	struct rmqi_pool *p;
	struct step a, b;

	open_sim(1);
	p = pool_new(2);
	post_to_pool(p, &a, 'a');
	post_to_pool(p, &b, 'b');
	ck_assert(!rmqi_pool_is_current(p));
	ck_assert(rmqi_pool_close(p, RMQI_FOREVER, NULL));
	ck_assert_str_eq(trace, "ab");
	ck_assert_int_eq(now(), 0);
	close_sim();
}
END_TEST

START_TEST(sim_pool__runs_as_many_at_a_time_as_it_has_threads)
{
	struct rmqi_pool *p;
	struct setter s;
	struct waiter w[3];

	open_sim(1);
	p = pool_new(2);
	setter_start(&s, 500);
	for (int i = 0; i < 3; i++)
		post_waiter(rmqi_pool_executor(p), &w[i], (char)('A' + i), &s.ev);
	ck_assert(rmqi_pool_close(p, RMQI_FOREVER, NULL));
	/* C starts when B has ended; A, below both on the stack, comes back last. */
	ck_assert_int_eq(strncmp(trace, "ABb", 3), 0);
	ck_assert_uint_eq(strlen(trace), 6);
	setter_deinit(&s);
	close_sim();
}
END_TEST

START_TEST(sim_pool__new_cleans_up_when_memory_is_out)
{
	struct rmqi_pool *p = NULL;
	enum rmq_error err;

	open_sim(1);
	for (uint64_t n = 1; !p; n++) {
		rmqi_mem_fail_after(n, 0);
		err = rmqi_pool_new(&env, "pool", 2, &p);
		rmqi_mem_fail_after(0, 0);
		ck_assert(err == RMQ_OK || (err == RMQ_ERR_NO_MEMORY && !p));
	}
	ck_assert(rmqi_pool_close(p, 0, NULL));
	close_sim();
}
END_TEST

static int dropped;

static void count_drop(struct rmqi_task *task)
{
	(void)task;
	dropped++;
}

/* Closes a pool as its task, or as a timer. */
struct closer {
	struct rmqi_task task;
	struct rmqi_timer timer;
	struct rmqi_pool *pool;
	int64_t deadline_us;
	bool result;
};

static void run_closer(struct rmqi_task *task)
{
	struct closer *c = RMQI_CONTAINER(task, struct closer, task);

	c->result = rmqi_pool_close(c->pool, c->deadline_us, count_drop);
	note('!');
}

static void close_by_timer(struct rmqi_timer *t)
{
	run_closer(&RMQI_CONTAINER(t, struct closer, timer)->task);
}

START_TEST(sim_pool__may_be_closed_by_its_own_task)
{
	struct closer c = {.task.run = run_closer, .deadline_us = RMQI_FOREVER};
	struct step a, b;

	open_sim(1);
	c.pool = pool_new(1);
	rmqi_post(rmqi_pool_executor(c.pool), &c.task);
	post_to_pool(c.pool, &a, 'a');
	post_to_pool(c.pool, &b, 'b');
	rmqi_sim_settle(sim);
	ck_assert(c.result);
	ck_assert_str_eq(trace, "ab!");
	ck_assert_int_eq(dropped, 0);
	close_sim();
}
END_TEST

START_TEST(sim_pool__close_gives_up_at_the_deadline)
{
	struct closer c = {.deadline_us = 2000};
	struct setter s;
	struct waiter w;
	struct step a, b;

	open_sim(1);
	c.pool = pool_new(1);
	setter_start(&s, 5000);
	post_waiter(rmqi_pool_executor(c.pool), &w, 'W', &s.ev);
	post_to_pool(c.pool, &a, 'a');
	post_to_pool(c.pool, &b, 'b');
	/* The waiter pumps the timer from inside, and so cannot end before the close does. */
	ck_assert_int_eq(rmqi_timer_init(&c.timer, &ts, close_by_timer), RMQ_OK);
	rmqi_timer_start(&c.timer, 1000);
	rmqi_sim_settle(sim);

	ck_assert(!c.result);
	ck_assert_int_eq(dropped, 2);
	ck_assert_str_eq(trace, "W!w");
	ck_assert_int_eq(now(), 5000);
	rmqi_timer_deinit(&c.timer);
	setter_deinit(&s);
	close_sim();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		sim__same_seed_gives_the_same_run,
		sim__other_seed_gives_another_run,
		sim__lane_is_a_fifo_for_every_seed,
		sim__every_lane_is_chosen_first_by_some_seed,
		sim__task_does_not_run_inside_post,
		sim__current_is_the_owner_of_the_lane,
		sim__lane_gives_back_what_did_not_run,
		sim__lane_with_tasks_may_be_freed,
		sim__task_may_free_another_lane,
		sim__post_needs_no_memory,
		sim__tells_when_memory_is_out,
		sim__advance_settles_after_each_timer,
		sim__settle_does_not_move_time,
		sim__wait_stops_as_soon_as_the_event_is_set,
		sim__wait_ends_at_the_virtual_deadline,
		sim__endless_wait_returns_when_nothing_is_left,
		sim__task_may_wait_and_the_simulation_goes_on,
		sim__waiting_task_keeps_its_lane_busy,
		sim__wider_lane_runs_others_while_one_waits,
		sim__nested_waits_come_back_at_their_deadlines,
		sim_pool__close_runs_what_was_posted,
		sim_pool__runs_as_many_at_a_time_as_it_has_threads,
		sim_pool__new_cleans_up_when_memory_is_out,
		sim_pool__may_be_closed_by_its_own_task,
		sim_pool__close_gives_up_at_the_deadline,
	};

	return run_suite("sim", tests, RMQI_COUNT(tests));
}
