/* SPDX-License-Identifier: Apache-2.0 */
/* Who was refused is told when there is room for asynchronous sends again, in a simulation. */
#include "tests/send/async_scene.h"

static int rooms;

static void on_room(void *arg)
{
	ck_assert(rmqi_client_in_callback(client));
	rooms++;
	while (*(int *)arg > 0 && try_send() == RMQ_OK)
		--*(int *)arg;
}

START_TEST(room__is_told_once_for_refusals_when_half_is_free)
{
	int to_send = 0;

	rooms = 0;
	set_up_with_budget("4", "1000000");
	set("backPressurePolicy", "FAIL");
	start_with_one();
	rmqi_flight_set_room(sender.flight, (struct rmqi_room){on_room, &to_send});
	for (int i = 0; i < 4; i++) {
		fake_peer_next(a, SEND, FAKE_LATE - 100 * (i + 1));
		send_many(1);
	}
	ck_assert_int_eq(try_send(), RMQ_ERR_BUSY);
	ck_assert_int_eq(try_send(), RMQ_ERR_BUSY);
	wait_for(1);
	fake_world_advance(&world, 10);
	ck_assert_int_eq(rooms, 0);
	wait_for(2);
	fake_world_advance(&world, 10);
	ck_assert_int_eq(rooms, 1);
	wait_for(4);
	fake_world_advance(&world, 10);
	ck_assert_int_eq(rooms, 1);
	tear_down();
}
END_TEST

START_TEST(room__a_producer_that_fills_it_again_and_again_sends_all)
{
	for (seed = 1; seed <= 10; seed++) {
		int to_send = 300;

		rooms = 0;
		set_up_with_budget("8", "1000000");
		set("backPressurePolicy", "FAIL");
		start_with_one();
		rmqi_flight_set_room(sender.flight, (struct rmqi_room){on_room, &to_send});
		while (try_send() == RMQ_OK)
			to_send--;
		wait_for(300);
		ck_assert_int_eq(to_send, 0);
		ck_assert_int_gt(rooms, 10);
		tear_down();
	}
	seed = 1;
}
END_TEST

START_TEST(room__that_a_wrong_message_gives_back_is_told_too)
{
	struct rmqi_place place;
	struct rmqi_spare *spare = NULL;
	int to_send = 0;

	rooms = 0;
	set_up_with_budget("1", "1000000");
	set("backPressurePolicy", "FAIL");
	start_with_one();
	send_many(1);
	wait_for(1);
	rmqi_flight_set_room(sender.flight, (struct rmqi_room){on_room, &to_send});
	ck_assert_int_eq(rmqi_flight_enter(sender.flight, 1, 0, &place, &spare, detail), RMQ_OK);
	ck_assert_int_eq(try_send(), RMQ_ERR_BUSY);
	rmqi_flight_leave(&place, spare);
	fake_world_advance(&world, 10);
	ck_assert_int_eq(rooms, 1);
	tear_down();
}
END_TEST

START_TEST(room__that_a_request_gives_back_on_the_loop_is_told_on_a_callback_thread)
{
	struct rmqi_send_how how = {.ends_on_loop = true};
	int to_send = 1;

	rooms = 0;
	set_up_with_budget("1", "1000000");
	set("backPressurePolicy", "FAIL");
	start_with_one();
	rmqi_flight_set_room(sender.flight, (struct rmqi_room){on_room, &to_send});
	fake_peer_next(a, SEND, FAKE_LATE - 100);
	ck_assert_int_eq(rmqi_send_async(&sender, message, &how, on_sent, &args[0], detail),
			 RMQ_OK);
	ck_assert_int_eq(try_send(), RMQ_ERR_BUSY);
	wait_for(2);
	ck_assert_int_eq(rooms, 1);
	ck_assert_int_eq(to_send, 0);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		room__is_told_once_for_refusals_when_half_is_free,
		room__a_producer_that_fills_it_again_and_again_sends_all,
		room__that_a_wrong_message_gives_back_is_told_too,
		room__that_a_request_gives_back_on_the_loop_is_told_on_a_callback_thread,
	};

	return run_suite("room", tests, RMQI_COUNT(tests));
}
