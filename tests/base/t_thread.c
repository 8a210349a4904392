/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"
#include "tests/support/suite.h"

static struct rmqi_mutex mu;
static struct rmqi_cond cond;
static int turn; /* mu */

static void open_all(void)
{
	rmqi_mutex_init(&mu);
	rmqi_cond_init(&cond);
	turn = 0;
}

static void close_all(void)
{
	rmqi_cond_deinit(&cond);
	rmqi_mutex_deinit(&mu);
}

static void *add_thousand(void *arg)
{
	for (int i = 0; i < 1000; i++) {
		rmqi_mutex_lock(&mu);
		turn++;
		rmqi_mutex_unlock(&mu);
	}
	return arg;
}

START_TEST(thread__mutex_keeps_others_out)
{
	struct rmqi_thread threads[4];

	open_all();
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(rmqi_thread_start(&threads[i], "adder", add_thousand, NULL),
				 RMQ_OK);
	for (int i = 0; i < 4; i++)
		rmqi_thread_join(&threads[i]);
	ck_assert_int_eq(turn, 4000);
	close_all();
}
END_TEST

static void *try_lock(void *arg)
{
	bool *got = arg;

	*got = rmqi_mutex_trylock(&mu);
	if (*got)
		rmqi_mutex_unlock(&mu);
	return NULL;
}

static bool other_gets_lock(void)
{
	struct rmqi_thread t;
	bool got = false;

	ck_assert_int_eq(rmqi_thread_start(&t, "trier", try_lock, &got), RMQ_OK);
	rmqi_thread_join(&t);
	return got;
}

START_TEST(thread__trylock_tells_whether_it_is_free)
{
	open_all();
	ck_assert(other_gets_lock());
	rmqi_mutex_lock(&mu);
	ck_assert(!other_gets_lock());
	rmqi_mutex_unlock(&mu);
	close_all();
}
END_TEST

static void *take_turn(void *arg)
{
	rmqi_mutex_lock(&mu);
	turn = 1;
	rmqi_cond_broadcast(&cond);
	while (turn != 2)
		rmqi_cond_wait(&cond, &mu);
	turn = 3;
	rmqi_cond_signal(&cond);
	rmqi_mutex_unlock(&mu);
	return arg;
}

START_TEST(thread__condition_wakes_the_waiter)
{
	int64_t deadline = rmqi_clock_deadline(rmqi_clock_real(), 20000);
	struct rmqi_thread t;

	open_all();
	ck_assert_int_eq(rmqi_thread_start(&t, "other", take_turn, NULL), RMQ_OK);
	rmqi_mutex_lock(&mu);
	while (turn != 1)
		ck_assert(rmqi_cond_wait_until(&cond, &mu, deadline));
	turn = 2;
	rmqi_cond_signal(&cond);
	while (turn != 3)
		ck_assert(rmqi_cond_wait_until(&cond, &mu, RMQI_FOREVER));
	rmqi_mutex_unlock(&mu);
	rmqi_thread_join(&t);
	close_all();
}
END_TEST

START_TEST(thread__wait_ends_at_the_deadline)
{
	struct rmqi_clock *c = rmqi_clock_real();
	int64_t deadline = rmqi_clock_us(c) + 2000;

	open_all();
	rmqi_mutex_lock(&mu);
	while (rmqi_cond_wait_until(&cond, &mu, deadline))
		;
	ck_assert_int_ge(rmqi_clock_us(c), deadline);
	ck_assert(!rmqi_cond_wait_until(&cond, &mu, 0));
	ck_assert(!rmqi_cond_wait_until(&cond, &mu, INT64_MIN));
	rmqi_mutex_unlock(&mu);
	close_all();
}
END_TEST

struct self {
	char name[32];
	sigset_t mask;
};

static void *look_at_self(void *arg)
{
	struct self *self = arg;

	pthread_getname_np(pthread_self(), self->name, sizeof(self->name));
	pthread_sigmask(SIG_SETMASK, NULL, &self->mask);
	return NULL;
}

/* What a thread does to itself kills the process when it is blocked. */
static bool blocks_its_own(const sigset_t *mask)
{
	static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
	int count = 0;

	for (size_t i = 0; i < RMQI_COUNT(own); i++)
		count += sigismember(mask, own[i]);
	return count > 0;
}

START_TEST(thread__has_a_name_and_leaves_signals_to_the_application)
{
	struct self self = {0};
	struct rmqi_thread t;
	sigset_t mask;

	ck_assert_int_eq(rmqi_thread_start(&t, "rmq-callback-pool-7", look_at_self, &self), RMQ_OK);
	rmqi_thread_join(&t);

	ck_assert_str_eq(self.name, "rmq-callback-po");
	ck_assert(sigismember(&self.mask, SIGINT) && sigismember(&self.mask, SIGPIPE));
	ck_assert(!blocks_its_own(&self.mask));
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	ck_assert(!sigismember(&mask, SIGINT));
}
END_TEST

START_TEST(thread__for_the_user_has_the_mask_that_is_given)
{
	struct self self = {0};
	struct rmqi_thread t;
	sigset_t mask;

	sigfillset(&mask);
	sigdelset(&mask, SIGTERM);
	ck_assert_int_eq(rmqi_thread_start_for_user(&t, "x", &mask, look_at_self, &self), RMQ_OK);
	rmqi_thread_join(&t);

	ck_assert(!sigismember(&self.mask, SIGTERM));
	ck_assert(sigismember(&self.mask, SIGINT));
	ck_assert(!blocks_its_own(&self.mask));
	rmqi_thread_signals(&mask);
	ck_assert(!sigismember(&mask, SIGTERM) && !sigismember(&mask, SIGINT));
}
END_TEST

START_TEST(thread__start_tells_when_memory_is_out)
{
	struct rmqi_thread t;

	rmqi_mem_fail_after(1, 0);
	ck_assert_int_eq(rmqi_thread_start(&t, "x", look_at_self, NULL), RMQ_ERR_NO_MEMORY);
	rmqi_mem_fail_after(0, 0);
	rmqi_thread_join(&t);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		thread__mutex_keeps_others_out,
		thread__trylock_tells_whether_it_is_free,
		thread__condition_wakes_the_waiter,
		thread__wait_ends_at_the_deadline,
		thread__has_a_name_and_leaves_signals_to_the_application,
		thread__for_the_user_has_the_mask_that_is_given,
		thread__start_tells_when_memory_is_out,
	};

	return run_suite("thread", tests, RMQI_COUNT(tests));
}
