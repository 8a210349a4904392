/* SPDX-License-Identifier: Apache-2.0 */
/* t_routes.c - which routes are kept, refreshed and told of. */

#include "tests/client/scene.h"

START_TEST(route__is_asked_for_once_and_kept)
{
	scene_set_up(1);
	scene_open(scene_producer());

	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);

	ck_assert_uint_eq(fake_peer_count(scene.ns[0], ROUTE), 1);
	ck_assert_str_eq(fake_request_field(fake_peer_last(scene.ns[0], ROUTE), "topic"), "T");
	ck_assert_str_eq(
		fake_request_field(fake_peer_last(scene.ns[0], ROUTE), "acceptStandardJsonOnly"),
		"true");
	scene_tear_down();
}
END_TEST

START_TEST(route__is_refreshed_every_pollNameServerInterval)
{
	scene_set_up(1);
	scene_open(scene_producer());
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);

	fake_world_advance(&scene.world, 95 * 1000);

	ck_assert_uint_eq(fake_peer_count(scene.ns[0], ROUTE), 1 + 3);
	ck_assert_int_eq(fake_peer_request(scene.ns[0], ROUTE, 1)->at_ms, 30 * 1000);
	ck_assert_int_eq(fake_peer_request(scene.ns[0], ROUTE, 3)->at_ms, 90 * 1000);
	scene_tear_down();
}
END_TEST

START_TEST(route__of_an_unknown_topic_is_an_error_with_its_cause)
{
	scene_set_up(1);
	scene_open(scene_producer());

	ck_assert_int_eq(scene_look("U", false, 3000), RMQ_ERR_NO_ROUTE);

	ck_assert_int_eq(rmq_error_detail_broker_code(scene.detail), RMQI_RESP_TOPIC_NOT_EXIST);
	ck_assert_uint_eq(rmq_error_detail_attempt_count(scene.detail), 1);
	scene_expect_attempt(0, scene_server(0), RMQ_PHASE_ANSWER, RMQ_ERR_BROKER);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(scene.detail), "topic U"));
	scene_tear_down();
}
END_TEST

START_TEST(route__of_an_unknown_topic_is_that_of_tbw102_for_a_producer)
{
	scene_set_up(1);
	fake_peer_route(scene.ns[0], "TBW102", "a=" NOBODY ":8");
	scene_open(scene_producer());

	ck_assert_int_eq(scene_look("U", true, 3000), RMQ_OK);

	ck_assert_uint_eq(scene_cached_queues("U"), 4);
	/* A consumer cannot do anything with it. */
	ck_assert_int_eq(scene_look("U", false, 3000), RMQ_ERR_NO_ROUTE);
	scene_tear_down();
}
END_TEST

START_TEST(route__without_tbw102_says_so)
{
	scene_set_up(1);
	scene_open(scene_producer());

	ck_assert_int_eq(scene_look("U", true, 3000), RMQ_ERR_NO_ROUTE);

	ck_assert_ptr_nonnull(
		strstr(rmq_error_detail_message(scene.detail), "no broker makes topics"));
	ck_assert_uint_eq(rmq_error_detail_attempt_count(scene.detail), 1);
	scene_tear_down();
}
END_TEST

START_TEST(route__of_tbw102_gives_way_to_the_topics_own)
{
	scene_set_up(1);
	fake_peer_route(scene.ns[0], "TBW102", "a=" NOBODY ":8");
	scene_open(scene_producer());
	ck_assert_int_eq(scene_look("U", true, 3000), RMQ_OK);

	fake_peer_route(scene.ns[0], "U", "a=" NOBODY ":16");
	fake_world_advance(&scene.world, 30 * 1000);

	ck_assert_uint_eq(scene_cached_queues("U"), 16);
	scene_tear_down();
}
END_TEST

START_TEST(route__of_tbw102_that_comes_late_does_not_replace_the_topics_own)
{
	scene_set_up(1);
	scene_set("pollNameServerInterval", "1000");
	fake_peer_route(scene.ns[0], "TBW102", "a=" NOBODY ":8");
	fake_peer_route(scene.ns[0], "U", "a=" NOBODY ":16");
	scene_open_as(scene_producer(), scene_server(0));
	rmqi_client_watch(scene.client, "U");
	fake_peer_next(scene.ns[0], ROUTE, RMQI_RESP_TOPIC_NOT_EXIST);
	fake_peer_next(scene.ns[0], ROUTE, RMQI_RESP_TOPIC_NOT_EXIST);
	fake_peer_next(scene.ns[0], ROUTE, FAKE_LATE - 2000);

	ck_assert_int_eq(scene_look("U", true, 3000), RMQ_OK);

	ck_assert_int_eq(fake_world_now(&scene.world), 2000);
	ck_assert_uint_eq(scene_cached_queues("U"), 16);
	scene_tear_down();
}
END_TEST

START_TEST(route__stays_when_a_name_server_forgot_the_topic)
{
	scene_set_up(1);
	scene_open(scene_producer());
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);

	fake_peer_route(scene.ns[0], "T", NULL);
	fake_world_advance(&scene.world, 31 * 1000);

	ck_assert_uint_eq(fake_peer_count(scene.ns[0], ROUTE), 2);
	ck_assert_uint_eq(scene_cached_queues("T"), 4);
	ck_assert_int_eq(scene.missing_told, 0);
	scene_tear_down();
}
END_TEST

START_TEST(route__change_is_told_to_the_owner_once)
{
	scene_set_up(1);
	scene_open(scene_producer());
	rmqi_client_watch(scene.client, "T");
	fake_world_advance(&scene.world, 1);
	ck_assert_int_eq(scene.routes_told, 1);

	fake_world_advance(&scene.world, 60 * 1000);
	ck_assert_int_eq(scene.routes_told, 1);
	scene_routed_to("T", "a=@:8", 0, 0);
	fake_world_advance(&scene.world, 60 * 1000);

	ck_assert_int_eq(scene.routes_told, 2);
	ck_assert_uint_eq(scene.queues_told, 8);
	scene_tear_down();
}
END_TEST

START_TEST(route__that_is_watched_and_missing_is_told)
{
	scene_set_up(1);
	scene_open(scene_producer());

	rmqi_client_watch(scene.client, "U");
	fake_world_advance(&scene.world, 1);

	ck_assert_int_eq(scene.missing_told, 1);
	ck_assert_str_eq(scene.last_told, "U");
	scene_tear_down();
}
END_TEST

START_TEST(route__that_is_missing_is_looked_for_soon_and_then_less_often)
{
	static const int64_t looks_ms[] = {0, 1000, 3000, 7000, 15000};

	scene_set_up(1);
	scene_open(scene_producer());
	rmqi_client_watch(scene.client, "U");

	fake_world_advance(&scene.world, 20 * 1000);
	ck_assert_uint_eq(fake_peer_count(scene.ns[0], ROUTE), RMQI_COUNT(looks_ms));
	for (size_t i = 0; i < RMQI_COUNT(looks_ms); i++)
		ck_assert_int_eq(fake_peer_request(scene.ns[0], ROUTE, i)->at_ms, looks_ms[i]);
	scene_routed_to("U", "a=@:4", 0, 0);
	fake_world_advance(&scene.world, 10 * 1000);

	ck_assert_int_eq(scene.routes_told, 1);
	ck_assert_uint_eq(scene_cached_queues("U"), 4);
	scene_tear_down();
}
END_TEST

START_TEST(route__is_not_refreshed_any_more_when_unwatched)
{
	scene_set_up(1);
	scene_open(scene_producer());
	rmqi_client_watch(scene.client, "T");
	fake_world_advance(&scene.world, 1);

	rmqi_client_unwatch(scene.client, "T");
	fake_world_advance(&scene.world, 100 * 1000);

	ck_assert_uint_eq(fake_peer_count(scene.ns[0], ROUTE), 1);
	scene_tear_down();
}
END_TEST

START_TEST(route__a_refresh_under_way_does_not_bring_an_unwatched_topic_back)
{
	scene_set_up(1);
	fake_peer_next(scene.ns[0], ROUTE, FAKE_LATE - 100);
	scene_open(scene_producer());
	rmqi_client_watch(scene.client, "T");
	fake_world_advance(&scene.world, 1);

	rmqi_client_unwatch(scene.client, "T");
	fake_world_advance(&scene.world, 100 * 1000);

	ck_assert_uint_eq(fake_peer_count(scene.ns[0], ROUTE), 1);
	ck_assert_int_eq(scene.routes_told, 0);
	scene_tear_down();
}
END_TEST

START_TEST(route__refresh_on_demand_comes_at_most_once_a_second_but_comes)
{
	scene_set_up(1);
	scene_open(scene_producer());
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);

	for (int i = 0; i < 10; i++)
		rmqi_client_refresh_routes(scene.client);
	fake_world_advance(&scene.world, 10);
	ck_assert_uint_eq(fake_peer_count(scene.ns[0], ROUTE), 1 + 1);
	rmqi_client_refresh_routes(scene.client);
	fake_world_advance(&scene.world, 900);
	ck_assert_uint_eq(fake_peer_count(scene.ns[0], ROUTE), 1 + 1);
	fake_world_advance(&scene.world, 100);

	ck_assert_uint_eq(fake_peer_count(scene.ns[0], ROUTE), 1 + 2);
	scene_tear_down();
}
END_TEST

START_TEST(route__fresh_is_that_of_now_and_nothing_is_kept)
{
	struct rmqi_topic_route *route = NULL;

	scene_set_up(1);
	scene_open(scene_producer());
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);
	scene_routed_to("T", "a=@:8", 0, 0);

	ck_assert_int_eq(rmqi_client_fresh_route(scene.client, "T",
						 rmqi_clock_deadline(scene.world.env.clock, 3000),
						 &route, scene.detail),
			 RMQ_OK);

	ck_assert_uint_eq(route->publish_count, 8);
	ck_assert_uint_eq(scene_cached_queues("T"), 4);
	rmqi_topic_route_unref(route);
	scene_tear_down();
}
END_TEST

START_TEST(route__an_answer_that_cannot_be_read_is_an_error_with_its_cause)
{
	scene_set_up(1);
	scene_open(scene_producer());
	fake_peer_next(scene.ns[0], ROUTE, FAKE_GARBAGE);
	fake_peer_next(scene.ns[0], ROUTE, FAKE_EMPTY);

	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_ERR_PROTOCOL);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(scene.detail), "cannot be used"));
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_ERR_PROTOCOL);
	scene_tear_down();
}
END_TEST

START_TEST(route__with_absurd_queue_counts_is_refused)
{
	scene_set_up(1);
	scene_open_as(scene_producer(), scene_server(0));
	fake_peer_route(scene.ns[0], "T", "a=" NOBODY ":2147483647");

	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_ERR_PROTOCOL);
	scene_tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		route__is_asked_for_once_and_kept,
		route__is_refreshed_every_pollNameServerInterval,
		route__of_an_unknown_topic_is_an_error_with_its_cause,
		route__of_an_unknown_topic_is_that_of_tbw102_for_a_producer,
		route__without_tbw102_says_so,
		route__of_tbw102_gives_way_to_the_topics_own,
		route__of_tbw102_that_comes_late_does_not_replace_the_topics_own,
		route__stays_when_a_name_server_forgot_the_topic,
		route__change_is_told_to_the_owner_once,
		route__that_is_watched_and_missing_is_told,
		route__that_is_missing_is_looked_for_soon_and_then_less_often,
		route__is_not_refreshed_any_more_when_unwatched,
		route__a_refresh_under_way_does_not_bring_an_unwatched_topic_back,
		route__refresh_on_demand_comes_at_most_once_a_second_but_comes,
		route__fresh_is_that_of_now_and_nothing_is_kept,
		route__an_answer_that_cannot_be_read_is_an_error_with_its_cause,
		route__with_absurd_queue_counts_is_refused,
	};

	return run_suite("routes", tests, RMQI_COUNT(tests));
}
