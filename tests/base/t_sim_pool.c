/* SPDX-License-Identifier: Apache-2.0 */
/* Pools in a simulation. */
#include <string.h>

#include "tests/base/sim_scene.h"

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
		sim_pool__close_runs_what_was_posted,
		sim_pool__runs_as_many_at_a_time_as_it_has_threads,
		sim_pool__new_cleans_up_when_memory_is_out,
		sim_pool__may_be_closed_by_its_own_task,
		sim_pool__close_gives_up_at_the_deadline,
	};

	return run_suite("sim_pool", tests, RMQI_COUNT(tests));
}
