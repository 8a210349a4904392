/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The budget of asynchronous sends, in a simulation: nobody waits for ever, nobody is refused while there is
 * room. t_room.c: being told of room; t_flush.c: waiting for their end.
 */
#include <string.h>

#include "tests/send/async_scene.h"

enum { LATE = FAKE_LATE - 100 };

static size_t in_flight(void)
{
	return rmqi_flight_counts(sender.flight).messages;
}

START_TEST(budget__that_is_used_up_makes_a_send_wait)
{
	set_up_with_budget("3", "1000000");
	start_with_one();
	fake_peer_always(a, SEND, LATE);
	send_many(3);
	ck_assert_int_eq(elapsed_ms(), 0);
	ck_assert_uint_eq(in_flight(), 3);

	send_many(1);
	ck_assert_int_eq(elapsed_ms(), 100);
	ck_assert_uint_eq(rmqi_flight_counts(sender.flight).waits, 1);
	wait_for(4);
	ck_assert_uint_eq(in_flight(), 0);
	ck_assert_uint_eq(rmqi_flight_counts(sender.flight).bytes, 0);
	ck_assert_uint_eq(rmqi_flight_counts(sender.flight).messages_peak, 3);
	tear_down();
}
END_TEST

START_TEST(budget__of_bytes_counts_bodies_and_properties)
{
	set_up_with_budget("1000", "28");
	start_with_one();
	fake_peer_always(a, SEND, LATE);
	ck_assert_int_eq(rmq_message_set_tag(message, "tag", NULL), RMQ_OK);
	send_many(2); /* "hello", "TAGS" and "tag" with their NULs: 14 */
	ck_assert_int_eq(elapsed_ms(), 0);
	send_many(1);
	ck_assert_int_eq(elapsed_ms(), 100);
	tear_down();
}
END_TEST

START_TEST(budget__a_send_waits_no_longer_than_its_own_time)
{
	set_up_with_budget("1", "1000000");
	set("sendMsgTimeout", "1000");
	start_with_one();
	fake_peer_always(a, SEND, FAKE_SILENT);
	send_many(1);
	fake_world_advance(&world, 400);
	started_ms = fake_world_now(&world);
	/* The first one ends after 600 more: the second has 400 left of its own second. */
	send_many(1);
	ck_assert_int_eq(elapsed_ms(), 600);
	wait_for(2);
	ck_assert_int_eq(elapsed_ms(), 1000);
	tear_down();
}
END_TEST

START_TEST(budget__without_room_in_time_nothing_is_kept)
{
	struct rmqi_send_how how = {.timeout_ms = 50};

	set_up_with_budget("2", "1000000");
	start_with_one();
	fake_peer_always(a, SEND, LATE);
	send_many(2);
	ck_assert_int_eq(rmqi_send_async(&sender, message, &how, on_sent, &args[0], detail),
			 RMQ_ERR_BUSY);
	ck_assert_int_eq(elapsed_ms(), 50);
	ck_assert_uint_eq(rmq_error_detail_flags(detail), RMQ_ERROR_RETRIABLE);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail), "2 messages"));
	wait_for(2);
	fake_world_advance(&world, 500);
	ck_assert_int_eq(told.calls, 2);
	ck_assert_uint_eq(fake_peer_count(a, SEND), 2);
	tear_down();
}
END_TEST

START_TEST(budget__fail_refuses_at_once)
{
	set_up_with_budget("2", "1000000");
	set("backPressurePolicy", "FAIL");
	start_with_one();
	fake_peer_always(a, SEND, LATE);
	send_many(2);
	ck_assert_int_eq(try_send(), RMQ_ERR_BUSY);
	ck_assert_int_eq(elapsed_ms(), 0);
	ck_assert_uint_eq(rmqi_flight_counts(sender.flight).refusals, 1);
	wait_for(2);
	send_many(1);
	tear_down();
}
END_TEST

START_TEST(budget__may_be_switched_off)
{
	set_up_with_budget("1", "1");
	set("enableBackpressureForAsyncMode", "false");
	start_with_one();
	fake_peer_always(a, SEND, LATE);
	send_many(200);
	ck_assert_int_eq(elapsed_ms(), 0);
	wait_for(200);
	tear_down();
}
END_TEST

START_TEST(budget__a_body_larger_than_all_of_it_passes_alone)
{
	set_up_with_budget("1000", "3");
	start_with_one();
	fake_peer_always(a, SEND, LATE);
	send_many(1);
	ck_assert_int_eq(elapsed_ms(), 0);
	send_many(1);
	ck_assert_int_eq(elapsed_ms(), 100);
	wait_for(2);
	ck_assert_int_eq(told.failed, 0);
	tear_down();
}
END_TEST

START_TEST(budget__a_message_that_is_wrong_gives_its_place_back)
{
	set_up_with_budget("1", "1000000");
	start_with_one();
	rmq_message_free(message);
	message = rmq_message_new("T", "", 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(try_send(), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_uint_eq(in_flight(), 0);
	tear_down();
}
END_TEST

static enum rmq_error inside[2];

static void send_two(int arg)
{
	(void)arg;
	if (told.calls > 1)
		return;
	inside[0] = try_send();
	inside[1] = try_send();
}

START_TEST(callback__sends_in_the_place_of_its_message_and_never_waits)
{
	static const char *const threads[] = {"1", "4"};

	for (size_t i = 0; i < RMQI_COUNT(threads); i++) {
		set_up_with_budget("2", "1000000");
		set("clientCallbackExecutorThreads", threads[i]);
		start_with_one();
		in_callback = send_two;
		send_many(2);
		/* This one waits for room: it does not take that of the callback. */
		send_many(1);
		wait_for(4);
		ck_assert_int_eq(inside[0], RMQ_OK);
		ck_assert_int_eq(inside[1], RMQ_ERR_BUSY);
		ck_assert_ptr_nonnull(
			strstr(rmq_error_detail_message(detail), "a callback does not wait"));
		ck_assert_int_lt(elapsed_ms(), 20);
		ck_assert_uint_eq(in_flight(), 0);
		tear_down();
	}
}
END_TEST

static void send_next(int arg)
{
	(void)arg;
	if (told.calls < 500)
		ck_assert_int_eq(try_send(), RMQ_OK);
}

START_TEST(callback__that_sends_the_next_one_goes_on_for_ever)
{
	for (seed = 1; seed <= 10; seed++) {
		set_up_with_budget("4", "20");
		start_with_one();
		in_callback = send_next;
		send_many(4);
		wait_for(503);
		ck_assert_int_eq(told.failed, 0);
		ck_assert_uint_le(rmqi_flight_counts(sender.flight).messages_peak, 4);
		tear_down();
	}
	seed = 1;
}
END_TEST

static void run_stop(struct rmqi_task *task)
{
	(void)task;
	rmqi_sender_stop(&sender);
}

START_TEST(close__turns_away_who_waits_for_room)
{
	struct rmqi_task task = {.run = run_stop};
	struct rmqi_pool *pool = NULL;

	set_up_with_budget("1", "1000000");
	start_with_one();
	fake_peer_always(a, SEND, FAKE_SILENT);
	ck_assert_int_eq(rmqi_pool_new(&world.env, "stop", 1, &pool), RMQ_OK);
	send_many(1);
	rmqi_post(rmqi_pool_executor(pool), &task);
	ck_assert_int_eq(try_send(), RMQ_ERR_CANCELLED);
	ck_assert_int_eq(elapsed_ms(), 0);
	ck_assert_uint_eq(rmq_error_detail_flags(detail), RMQ_ERROR_FATAL);
	ck_assert(rmqi_pool_close(pool, RMQI_FOREVER, NULL));
	tear_down();
}
END_TEST

START_TEST(memory__of_ended_sends_is_used_again)
{
	uint64_t before;

	set_up_with_budget("1000", "1000000");
	start_with_one();
	send_many(50);
	wait_for(50);
	before = rmqi_mem_allocations();
	send_many(50);
	/* The connection's own: its output grows, its table is there. */
	ck_assert_uint_le(rmqi_mem_allocations() - before, 1);
	wait_for(100);
	tear_down();
}
END_TEST

START_TEST(memory__that_is_out_gives_the_place_back)
{
	set_up_with_budget("2", "1000000");
	start_with_one();
	for (uint64_t n = 1; n <= 12; n++) {
		int before = told.calls;
		enum rmq_error err;

		rmqi_mem_fail_after(n, 0);
		err = try_send();
		rmqi_mem_fail_after(0, 0);
		fake_world_advance(&world, 4000);
		ck_assert_int_eq(told.calls, before + (err == RMQ_OK));
		ck_assert_uint_eq(in_flight(), 0);
	}
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		budget__that_is_used_up_makes_a_send_wait,
		budget__of_bytes_counts_bodies_and_properties,
		budget__a_send_waits_no_longer_than_its_own_time,
		budget__without_room_in_time_nothing_is_kept,
		budget__fail_refuses_at_once,
		budget__may_be_switched_off,
		budget__a_body_larger_than_all_of_it_passes_alone,
		budget__a_message_that_is_wrong_gives_its_place_back,
		callback__sends_in_the_place_of_its_message_and_never_waits,
		callback__that_sends_the_next_one_goes_on_for_ever,
		close__turns_away_who_waits_for_room,
		memory__of_ended_sends_is_used_again,
		memory__that_is_out_gives_the_place_back,
	};

	return run_suite("flight", tests, RMQI_COUNT(tests));
}
