/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>

#include "base/macros.h"
#include "base/sim.h"
#include "client/life.h"
#include "tests/support/suite.h"

enum { THREADS = 4, WAIT_MS = 10000 };

static int64_t soon(void)
{
	return rmqi_clock_deadline(rmqi_env_real()->clock, WAIT_MS);
}

START_TEST(life__goes_from_created_to_closed_once)
{
	enum rmqi_life_state before = RMQI_LIFE_CREATED;
	struct rmqi_life l;

	rmqi_life_init(&l, rmqi_env_real());
	ck_assert(rmqi_life_is_open(&l) && !rmqi_life_is_running(&l));
	ck_assert(rmqi_life_move(&l, RMQI_LIFE_CREATED, RMQI_LIFE_STARTING));
	ck_assert(!rmqi_life_move(&l, RMQI_LIFE_CREATED, RMQI_LIFE_STARTING));
	ck_assert(!rmqi_life_is_running(&l));
	ck_assert(rmqi_life_move(&l, RMQI_LIFE_STARTING, RMQI_LIFE_RUNNING));
	ck_assert(rmqi_life_is_running(&l));
	ck_assert(rmqi_life_take_close(&l, soon(), &before));
	ck_assert_int_eq(before, RMQI_LIFE_RUNNING);
	ck_assert(!rmqi_life_is_open(&l));
	ck_assert(rmqi_life_move(&l, RMQI_LIFE_CLOSING, RMQI_LIFE_CLOSED));

	ck_assert(!rmqi_life_take_close(&l, soon(), &before));
	ck_assert_int_eq(before, RMQI_LIFE_CLOSED);
	ck_assert(rmqi_life_wait_closed(&l, 0));
	ck_assert(!rmqi_life_move(&l, RMQI_LIFE_CREATED, RMQI_LIFE_RUNNING));
	rmqi_life_deinit(&l);
}
END_TEST

START_TEST(life__can_be_closed_before_it_is_started)
{
	enum rmqi_life_state before = RMQI_LIFE_CLOSED;
	struct rmqi_life l;

	rmqi_life_init(&l, rmqi_env_real());
	ck_assert(rmqi_life_take_close(&l, 0, &before));
	ck_assert_int_eq(before, RMQI_LIFE_CREATED);
	ck_assert(!rmqi_life_move(&l, RMQI_LIFE_CREATED, RMQI_LIFE_STARTING));
	rmqi_life_deinit(&l);
}
END_TEST

START_TEST(life__a_close_waits_for_the_start_until_its_deadline)
{
	enum rmqi_life_state before = RMQI_LIFE_CLOSED;
	struct rmqi_sim *sim = NULL;
	struct rmqi_env env;
	struct rmqi_life l;

	ck_assert_int_eq(rmqi_sim_new(1, 0, &sim), RMQ_OK);
	env = (struct rmqi_env){.clock = rmqi_sim_clock(sim), .sim = sim};
	rmqi_life_init(&l, &env);
	ck_assert(rmqi_life_move(&l, RMQI_LIFE_CREATED, RMQI_LIFE_STARTING));
	ck_assert(!rmqi_life_take_close(&l, rmqi_clock_deadline(env.clock, 300), &before));
	ck_assert_int_eq(before, RMQI_LIFE_STARTING);
	ck_assert(rmqi_life_is_open(&l));

	/* A start that fails is closed by the one that started. */
	ck_assert(rmqi_life_move(&l, RMQI_LIFE_STARTING, RMQI_LIFE_CLOSING));
	ck_assert(!rmqi_life_take_close(&l, rmqi_clock_deadline(env.clock, 300), &before));
	ck_assert_int_eq(before, RMQI_LIFE_CLOSING);
	ck_assert(!rmqi_life_wait_closed(&l, rmqi_clock_deadline(env.clock, 300)));
	rmqi_life_deinit(&l);
	rmqi_sim_free(sim);
}
END_TEST

struct closers {
	struct rmqi_life life;
	atomic_int taken;
	atomic_int returned;
};

static void *close_it(void *arg)
{
	struct closers *c = arg;
	enum rmqi_life_state before;

	if (rmqi_life_take_close(&c->life, soon(), &before)) {
		atomic_fetch_add(&c->taken, 1);
		rmqi_life_move(&c->life, RMQI_LIFE_CLOSING, RMQI_LIFE_CLOSED);
		atomic_fetch_add(&c->returned, 1);
	} else if (rmqi_life_wait_closed(&c->life, soon())) {
		atomic_fetch_add(&c->returned, 1);
	}
	return NULL;
}

START_TEST(life__one_of_many_closes_and_all_return)
{
	struct closers c = {0};
	pthread_t threads[THREADS];

	rmqi_life_init(&c.life, rmqi_env_real());
	ck_assert(rmqi_life_move(&c.life, RMQI_LIFE_CREATED, RMQI_LIFE_STARTING));
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, close_it, &c), 0);
	/* Whatever they have come to: nobody closes what is being started. */
	ck_assert_int_eq(atomic_load(&c.taken), 0);
	ck_assert(rmqi_life_move(&c.life, RMQI_LIFE_STARTING, RMQI_LIFE_RUNNING));
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_int_eq(atomic_load(&c.taken), 1);
	ck_assert_int_eq(atomic_load(&c.returned), THREADS);
	rmqi_life_deinit(&c.life);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		life__goes_from_created_to_closed_once,
		life__can_be_closed_before_it_is_started,
		life__a_close_waits_for_the_start_until_its_deadline,
		life__one_of_many_closes_and_all_return,
	};

	return run_suite("life", tests, RMQI_COUNT(tests));
}
