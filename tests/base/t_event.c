/* SPDX-License-Identifier: Apache-2.0 */
#include <stdatomic.h>

#include "base/executor.h"
#include "base/mem.h"
#include "tests/support/suite.h"

enum { WAITERS = 4 };

static int64_t soon(void)
{
	return rmqi_clock_deadline(rmqi_clock_real(), 20000);
}

static void *set_it(void *ev)
{
	rmqi_event_set(ev);
	return NULL;
}

static void start(struct rmqi_thread *t, void *(*run)(void *), void *arg)
{
	ck_assert_int_eq(rmqi_thread_start(t, "helper", run, arg), RMQ_OK);
}

START_TEST(event__wait_ends_at_the_deadline)
{
	struct rmqi_event ev;
	int64_t deadline = rmqi_clock_us(rmqi_clock_real()) + 2000;

	rmqi_event_init(&ev, rmqi_env_real());
	ck_assert(!rmqi_event_wait(&ev, deadline));
	ck_assert_int_ge(rmqi_clock_us(rmqi_clock_real()), deadline);
	ck_assert(!rmqi_event_wait(&ev, 0));
	rmqi_event_deinit(&ev);
}
END_TEST

START_TEST(event__is_a_latch)
{
	struct rmqi_event ev;

	rmqi_event_init(&ev, rmqi_env_real());
	ck_assert(!rmqi_event_is_set(&ev));
	rmqi_event_set(&ev);
	rmqi_event_set(&ev);
	ck_assert(rmqi_event_is_set(&ev));
	ck_assert(rmqi_event_wait(&ev, 0));
	ck_assert(rmqi_event_wait(&ev, RMQI_FOREVER));
	rmqi_event_reset(&ev);
	ck_assert(!rmqi_event_is_set(&ev));
	ck_assert(!rmqi_event_wait(&ev, 0));
	rmqi_event_deinit(&ev);
}
END_TEST

struct gathering {
	struct rmqi_event ev;
	atomic_int seen;
};

static void *wait_for_it(void *arg)
{
	struct gathering *g = arg;

	if (rmqi_event_wait(&g->ev, soon()))
		atomic_fetch_add(&g->seen, 1);
	return NULL;
}

START_TEST(event__every_waiter_sees_it)
{
	struct rmqi_thread threads[WAITERS];
	struct gathering g = {.seen = 0};

	rmqi_event_init(&g.ev, rmqi_env_real());
	for (int i = 0; i < WAITERS; i++)
		start(&threads[i], wait_for_it, &g);
	rmqi_event_set(&g.ev);
	for (int i = 0; i < WAITERS; i++)
		rmqi_thread_join(&threads[i]);
	ck_assert_int_eq(atomic_load(&g.seen), WAITERS);
	rmqi_event_deinit(&g.ev);
}
END_TEST

/* What every blocking call does: an event made, set by another thread and freed at once. */
START_TEST(event__may_be_freed_once_the_wait_returned)
{
	for (int i = 0; i < 500; i++) {
		struct rmqi_event *ev = rmqi_alloc(sizeof(*ev));
		struct rmqi_thread t;

		rmqi_event_init(ev, rmqi_env_real());
		start(&t, set_it, ev);
		ck_assert(rmqi_event_wait(ev, soon()));
		rmqi_event_deinit(ev);
		rmqi_free(ev);
		rmqi_thread_join(&t);
	}
}
END_TEST

static void *make_env(void *out)
{
	*(const struct rmqi_env **)out = rmqi_env_real();
	return NULL;
}

START_TEST(env__is_the_same_for_every_thread)
{
	const struct rmqi_env *seen[WAITERS] = {NULL};
	struct rmqi_thread threads[WAITERS];

	for (int i = 0; i < WAITERS; i++)
		start(&threads[i], make_env, &seen[i]);
	for (int i = 0; i < WAITERS; i++)
		rmqi_thread_join(&threads[i]);
	for (int i = 0; i < WAITERS; i++)
		ck_assert_ptr_eq(seen[i], rmqi_env_real());
	ck_assert_ptr_eq(rmqi_env_real()->clock, rmqi_clock_real());
	ck_assert_ptr_null(rmqi_env_real()->sim);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		event__wait_ends_at_the_deadline,  event__is_a_latch,
		event__every_waiter_sees_it,       event__may_be_freed_once_the_wait_returned,
		env__is_the_same_for_every_thread,
	};

	return run_suite("event", tests, RMQI_COUNT(tests));
}
