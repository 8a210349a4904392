/* SPDX-License-Identifier: Apache-2.0 */
/* t_pool_plan.c - pools whose threads come and go. */
#include <stdatomic.h>

#include "base/executor.h"
#include "base/mem.h"
#include "tests/support/child.h"
#include "tests/support/suite.h"

enum { SOON_MS = 20 * 1000, NEVER_MS = 3600 * 1000, MOST = 8 };

static atomic_int missing, found;

static void count_missing(void *arg, unsigned threads)
{
	ck_assert_ptr_eq(arg, &missing);
	ck_assert_uint_gt(threads, 0);
	atomic_fetch_add(&missing, 1);
}

static void count_found(void *arg, unsigned threads)
{
	ck_assert_ptr_eq(arg, &missing);
	ck_assert_uint_gt(threads, 0);
	atomic_fetch_add(&found, 1);
}

static struct rmqi_pool *pool_new(unsigned least, unsigned most, int64_t idle_ms)
{
	const struct rmqi_pool_plan plan = {.least = least,
					    .most = most,
					    .idle_ms = idle_ms,
					    .tell_missing = count_missing,
					    .tell_found = count_found,
					    .arg = &missing};
	struct rmqi_pool *p;
	sigset_t all;

	sigfillset(&all);
	ck_assert_int_eq(rmqi_pool_new_planned(rmqi_env_real(), "test-pool", &plan, &all, &p),
			 RMQ_OK);
	return p;
}

static void close_pool(struct rmqi_pool *p)
{
	ck_assert(rmqi_pool_close(p, rmqi_clock_deadline(rmqi_clock_real(), SOON_MS), NULL));
}

/* Holds a thread until it may go. */
struct guest {
	struct rmqi_task task;
	struct rmqi_event go;
};

static atomic_int inside, most_inside, gone;

static void stay(struct rmqi_task *task)
{
	struct guest *g = RMQI_CONTAINER(task, struct guest, task);
	int now = atomic_fetch_add(&inside, 1) + 1, most = atomic_load(&most_inside);

	while (now > most && !atomic_compare_exchange_weak(&most_inside, &most, now))
		;
	ck_assert(rmqi_event_wait(&g->go, rmqi_clock_deadline(rmqi_clock_real(), SOON_MS)));
	atomic_fetch_sub(&inside, 1);
	atomic_fetch_add(&gone, 1);
}

static void invite(struct rmqi_pool *p, struct guest *guests, int count)
{
	for (int i = 0; i < count; i++) {
		guests[i].task.run = stay;
		rmqi_event_init(&guests[i].go, rmqi_env_real());
		rmqi_post(rmqi_pool_executor(p), &guests[i].task);
	}
}

static void let_go(struct guest *guests, int count)
{
	for (int i = 0; i < count; i++)
		rmqi_event_set(&guests[i].go);
}

static void forget(struct guest *guests, int count)
{
	for (int i = 0; i < count; i++)
		rmqi_event_deinit(&guests[i].go);
}

static int are_inside(void *arg)
{
	return atomic_load(&inside) == *(int *)arg;
}

static int has_threads(void *arg)
{
	return rmqi_pool_threads(arg) == 1;
}

START_TEST(plan__threads_come_with_the_work)
{
	struct rmqi_pool *p = pool_new(1, MOST, NEVER_MS);
	struct guest guests[MOST];
	int all = MOST;

	ck_assert_uint_eq(rmqi_pool_threads(p), 1);
	invite(p, guests, MOST);
	ck_assert(wait_real(are_inside, &all, SOON_MS));
	ck_assert_uint_eq(rmqi_pool_threads(p), MOST);
	let_go(guests, MOST);
	close_pool(p);
	forget(guests, MOST);
}
END_TEST

START_TEST(plan__has_no_more_threads_than_its_most)
{
	struct rmqi_pool *p = pool_new(1, 3, NEVER_MS);
	struct guest guests[MOST];
	int three = 3;

	invite(p, guests, MOST);
	ck_assert(wait_real(are_inside, &three, SOON_MS));
	ck_assert_uint_eq(rmqi_pool_threads(p), 3);
	let_go(guests, MOST);
	close_pool(p);
	ck_assert_int_eq(atomic_load(&most_inside), 3);
	ck_assert_int_eq(atomic_load(&gone), MOST);
	forget(guests, MOST);
}
END_TEST

START_TEST(plan__threads_that_are_idle_go)
{
	struct rmqi_pool *p = pool_new(1, MOST, 1);
	struct guest guests[MOST];
	int all = MOST;

	for (int round = 0; round < 3; round++) {
		invite(p, guests, MOST);
		ck_assert(wait_real(are_inside, &all, SOON_MS));
		let_go(guests, MOST);
		ck_assert(wait_real(has_threads, p, SOON_MS));
		ck_assert_int_eq(atomic_load(&gone), (round + 1) * MOST);
		forget(guests, MOST);
	}
	close_pool(p);
	ck_assert_int_eq(atomic_load(&missing), 0);
}
END_TEST

START_TEST(plan__those_of_least_stay)
{
	struct rmqi_pool *p = pool_new(2, 2, 0);
	struct guest guests[2];
	int both = 2;

	ck_assert_uint_eq(rmqi_pool_threads(p), 2);
	invite(p, guests, 2);
	ck_assert(wait_real(are_inside, &both, SOON_MS));
	let_go(guests, 2);
	ck_assert_uint_eq(rmqi_pool_threads(p), 2);
	close_pool(p);
	forget(guests, 2);
}
END_TEST

/* Fails a first start: with one guest inside, two more wait. */
static struct rmqi_pool *begin_without(struct guest *guests)
{
	struct rmqi_pool *p = pool_new(1, 2, NEVER_MS);
	int one = 1;

	invite(p, guests, 1);
	ck_assert(wait_real(are_inside, &one, SOON_MS));
	rmqi_mem_fail_after(1, 1);
	invite(p, guests + 1, 2);
	rmqi_mem_fail_after(0, 0);
	ck_assert_int_eq(atomic_load(&missing), 1); /* told once */
	ck_assert_uint_eq(rmqi_pool_threads(p), 1);
	return p;
}

START_TEST(plan__goes_on_without_a_thread_that_cannot_be_had)
{
	struct guest guests[3];
	struct rmqi_pool *p = begin_without(guests);

	let_go(guests, 3);
	close_pool(p);
	ck_assert_int_eq(atomic_load(&gone), 3);
	forget(guests, 3);
}
END_TEST

static void pass_by(struct rmqi_task *task)
{
	(void)task;
}

/* Posts one more: whoever posts tries again, once a second. */
static int is_found(void *arg)
{
	static struct rmqi_task tasks[1000];
	static size_t count;

	if (count < RMQI_COUNT(tasks)) {
		tasks[count].run = pass_by;
		rmqi_post(rmqi_pool_executor(arg), &tasks[count++]);
	}
	return atomic_load(&found) == 1;
}

START_TEST(plan__tries_again_and_says_when_it_is_over)
{
	struct guest guests[3];
	struct rmqi_pool *p = begin_without(guests);
	int two = 2;

	ck_assert(wait_real(is_found, p, SOON_MS));
	ck_assert(wait_real(are_inside, &two, SOON_MS));
	ck_assert_uint_eq(rmqi_pool_threads(p), 2);
	let_go(guests, 3);
	close_pool(p);
	ck_assert_int_eq(atomic_load(&missing), 1);
	ck_assert_int_eq(atomic_load(&found), 1);
	forget(guests, 3);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		plan__threads_come_with_the_work,
		plan__has_no_more_threads_than_its_most,
		plan__threads_that_are_idle_go,
		plan__those_of_least_stay,
		plan__goes_on_without_a_thread_that_cannot_be_had,
		plan__tries_again_and_says_when_it_is_over,
	};

	return run_suite("pool_plan", tests, RMQI_COUNT(tests));
}
