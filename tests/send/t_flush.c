/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for the end of asynchronous sends, in a simulation: for what was accepted before a flush. */
#include "tests/send/async_scene.h"

enum { LATE = FAKE_LATE - 100 };

static enum rmq_error flush(int64_t timeout_ms, size_t *left)
{
	return rmqi_flight_flush(sender.flight, rmqi_clock_deadline(world.env.clock, timeout_ms),
				 left);
}

START_TEST(flush__waits_for_what_was_accepted_before_it)
{
	size_t left = 99;

	set_up_with_budget("100", "1000000");
	start_with_one();
	ck_assert_int_eq(flush(0, &left), RMQ_OK);
	fake_peer_always(a, SEND, LATE);
	send_many(20);
	ck_assert_int_eq(flush(1000, &left), RMQ_OK);
	ck_assert_int_eq(told.calls, 20);
	ck_assert_int_eq(elapsed_ms(), 100);
	ck_assert_uint_eq(left, 99);
	tear_down();
}
END_TEST

START_TEST(flush__tells_how_many_are_left)
{
	size_t left = 0;

	set_up_with_budget("100", "1000000");
	start_with_one();
	fake_peer_next(a, SEND, FAKE_BEHAVE);
	fake_peer_always(a, SEND, FAKE_SILENT);
	send_many(8);
	ck_assert_int_eq(flush(200, &left), RMQ_ERR_TIMEOUT);
	ck_assert_int_eq(elapsed_ms(), 200);
	ck_assert_uint_eq(left, 7);
	send_many(2);
	ck_assert_int_eq(flush(0, &left), RMQ_ERR_TIMEOUT);
	ck_assert_uint_eq(left, 9);
	ck_assert_int_eq(flush(10000, &left), RMQ_OK);
	ck_assert_int_eq(told.failed, 9);
	tear_down();
}
END_TEST

struct flusher {
	struct rmqi_task task;
	enum rmq_error error;
	size_t left;
	int64_t timeout_ms;
};

static void run_flush(struct rmqi_task *task)
{
	struct flusher *f = RMQI_CONTAINER(task, struct flusher, task);

	f->error = flush(f->timeout_ms, &f->left);
}

/* What is accepted while one waits is not its own. */
START_TEST(flush__several_at_once_wait_each_for_their_own)
{
	struct flusher first = {.task.run = run_flush, .timeout_ms = 1000};
	struct flusher second = first, third = first;
	struct rmqi_pool *pool = NULL;

	set_up_with_budget("100", "1000000");
	start_with_one();
	ck_assert_int_eq(rmqi_pool_new(&world.env, "flush", 3, &pool), RMQ_OK);
	fake_peer_next(a, SEND, FAKE_LATE - 100);
	fake_peer_next(a, SEND, FAKE_LATE - 50);
	fake_peer_next(a, SEND, FAKE_LATE - 300);
	third.timeout_ms = 150;
	send_many(1);
	rmqi_post(rmqi_pool_executor(pool), &first.task);
	fake_world_advance(&world, 1);
	send_many(1);
	rmqi_post(rmqi_pool_executor(pool), &second.task);
	fake_world_advance(&world, 1);
	send_many(1);
	rmqi_post(rmqi_pool_executor(pool), &third.task);
	wait_for(3);
	fake_world_advance(&world, 10);

	ck_assert_int_eq(first.error, RMQ_OK);
	ck_assert_int_eq(second.error, RMQ_OK);
	ck_assert_int_eq(third.error, RMQ_ERR_TIMEOUT);
	ck_assert_uint_eq(third.left, 1);
	ck_assert(rmqi_pool_close(pool, RMQI_FOREVER, NULL));
	tear_down();
}
END_TEST

static enum rmq_error inside;
static size_t inside_left;

static void flush_inside(int arg)
{
	(void)arg;
	inside = flush(1000, &inside_left);
}

START_TEST(callback__flush_does_not_wait_there)
{
	set_up_with_budget("10", "1000000");
	start_with_one();
	in_callback = flush_inside;
	fake_peer_next(a, SEND, FAKE_BEHAVE);
	fake_peer_always(a, SEND, LATE);
	send_many(2);
	wait_for(1);
	ck_assert_int_eq(inside, RMQ_ERR_TIMEOUT);
	ck_assert_uint_eq(inside_left, 2); /* its own, which is not over, too */
	ck_assert_int_lt(elapsed_ms(), 50);
	wait_for(2);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		flush__waits_for_what_was_accepted_before_it,
		flush__tells_how_many_are_left,
		flush__several_at_once_wait_each_for_their_own,
		callback__flush_does_not_wait_there,
	};

	return run_suite("flush", tests, RMQI_COUNT(tests));
}
