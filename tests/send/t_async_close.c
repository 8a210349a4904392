/* SPDX-License-Identifier: Apache-2.0 */
/* A close while sends are in flight: each of them ends once, and nothing is waited for in vain. */
#include "tests/send/async_scene.h"

START_TEST(close__with_a_thousand_in_flight_tells_each_of_them_once)
{
	set_up();
	start_with_two();
	fake_peer_always(a, SEND, FAKE_SILENT);
	fake_peer_always(b, SEND, FAKE_SILENT);
	for (int i = 0; i < 1000; i++)
		send_nth(i);
	fake_world_advance(&world, 10);

	ck_assert(close_all(1000));

	expect_each_once(1000);
	ck_assert_int_eq(told.error, RMQ_ERR_CANCELLED);
	ck_assert_uint_eq(told.flags, RMQ_ERROR_FATAL | RMQ_ERROR_MAYBE_STORED);
	tear_down();
}
END_TEST

START_TEST(close__without_time_still_tells_each_of_them_once)
{
	set_up();
	start_with_one();
	fake_peer_always(a, SEND, FAKE_SILENT);
	for (int i = 0; i < 100; i++)
		send_nth(i);
	close_all(0);
	rmqi_client_free(client);
	client = NULL;

	expect_each_once(100);
	rmqi_sender_deinit(&sender);
	tear_down();
}
END_TEST

START_TEST(close__ends_a_pause)
{
	set_up();
	set("retryTimesWhenSendFailed", "100");
	start_with_one();
	fake_peer_always(a, SEND, RMQI_RESP_SYSTEM_BUSY);
	send_nth(0);
	fake_world_advance(&world, 200);
	started_ms = fake_world_now(&world);

	ck_assert(close_all(1000));

	expect_each_once(1);
	ck_assert_int_eq(told.error, RMQ_ERR_CANCELLED);
	ck_assert_int_eq(fake_world_now(&world), started_ms);
	tear_down();
}
END_TEST

START_TEST(close__ends_the_wait_for_a_route)
{
	set_up();
	fake_peer_always(ns, ROUTE, FAKE_SILENT);
	start();
	send_nth(0);
	fake_world_advance(&world, 10);
	ck_assert(close_all(1000));
	expect_each_once(1);
	ck_assert_int_eq(told.error, RMQ_ERR_CANCELLED);
	tear_down();
}
END_TEST

static int closes;

static void close_inside(int arg)
{
	(void)arg;
	ck_assert(close_all(1000));
	closes++;
}

START_TEST(close__within_callbacks_does_not_hang)
{
	for (seed = 1; seed <= 20; seed++) {
		set_up();
		set("clientCallbackExecutorThreads", seed % 2 ? "1" : "3");
		start_with_two();
		fake_peer_always(b, SEND, FAKE_SILENT);
		closes = 0;
		in_callback = close_inside;
		for (int i = 0; i < 40; i++)
			send_nth(i);
		started_ms = fake_world_now(&world);
		wait_for(40);

		ck_assert_int_eq(closes, 40);
		ck_assert_int_lt(fake_world_now(&world) - started_ms, 1000);
		expect_each_once(40);
		tear_down();
	}
	seed = 1;
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		close__with_a_thousand_in_flight_tells_each_of_them_once,
		close__without_time_still_tells_each_of_them_once,
		close__ends_a_pause,
		close__ends_the_wait_for_a_route,
		close__within_callbacks_does_not_hang,
	};

	return run_suite("async_close", tests, RMQI_COUNT(tests));
}
