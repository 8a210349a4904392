/* SPDX-License-Identifier: Apache-2.0 */
/* Sends that want no answer, against scripted brokers, in a simulation. */
#include <stdio.h>

#include "tests/send/async_scene.h"

START_TEST(oneway__reaches_the_brokers_in_turn_and_wants_no_answer)
{
	set_up();
	start_with_two();
	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(rmqi_send_oneway(&sender, message, NULL, detail), RMQ_OK);
	fake_world_advance(&world, 10);

	ck_assert_uint_eq(sent_to(a), 4);
	ck_assert_uint_eq(sent_to(b), 4);
	ck_assert(fake_peer_last(a, SEND)->is_oneway);
	ck_assert_str_eq(fake_peer_last(a, SEND)->body, "hello");
	tear_down();
}
END_TEST

START_TEST(oneway__asks_for_the_route_and_tells_when_there_is_none)
{
	char text[64];

	set_up();
	start();
	ck_assert_int_eq(rmqi_send_oneway(&sender, message, NULL, detail), RMQ_ERR_NO_ROUTE);
	snprintf(text, sizeof(text), "a=%s:4", fake_peer_address(a));
	fake_peer_route(ns, "T", text);
	ck_assert_int_eq(rmqi_send_oneway(&sender, message, NULL, detail), RMQ_OK);
	fake_world_advance(&world, 10);
	ck_assert_uint_eq(sent_to(a), 1);
	tear_down();
}
END_TEST

START_TEST(oneway__without_a_queue_says_so)
{
	set_up();
	start_with_route("a=127.0.0.1:9:4r");
	ck_assert_int_eq(rmqi_send_oneway(&sender, message, NULL, detail), RMQ_ERR_NO_BROKER);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		oneway__reaches_the_brokers_in_turn_and_wants_no_answer,
		oneway__asks_for_the_route_and_tells_when_there_is_none,
		oneway__without_a_queue_says_so,
	};

	return run_suite("oneway", tests, RMQI_COUNT(tests));
}
