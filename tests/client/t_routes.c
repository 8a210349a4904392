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
	ck_assert_int_eq(rmqi_client_watch(scene.client, "U"), RMQ_OK);
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
	ck_assert_int_eq(rmqi_client_watch(scene.client, "T"), RMQ_OK);
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

START_TEST(route__that_comes_back_is_taken_again)
{
	scene_set_up(1);
	scene_open(scene_producer());
	for (int i = 0; i < 6; i++) {
		fake_peer_route(scene.ns[0], "T", i % 4 < 2 ? "a=" NOBODY ":2" : "a=" NOBODY ":6");
		if (i == 0)
			ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);
		else
			fake_world_advance(&scene.world, 30 * 1000);
		ck_assert_uint_eq(scene_cached_queues("T"), i % 4 < 2 ? 2 : 6);
	}
	scene_tear_down();
}
END_TEST

static uint64_t allocations_of_a_refresh(const char *route)
{
	uint64_t before = rmqi_mem_allocations();

	fake_peer_route(scene.ns[0], "T", route);
	fake_world_advance(&scene.world, 30 * 1000);
	return rmqi_mem_allocations() - before;
}

/* What the name server needs is in both. */
START_TEST(route__that_is_the_same_is_not_read_again)
{
	uint64_t changed, same;

	scene_set_up(1);
	scene_open(scene_producer());
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);
	(void)allocations_of_a_refresh("a=" NOBODY ":2");
	changed = allocations_of_a_refresh("a=" NOBODY ":3");
	same = allocations_of_a_refresh("a=" NOBODY ":3");
	ck_assert_uint_ge(changed, same + 48); /* without reading it: 51, with: 43 */
	scene_tear_down();
}
END_TEST

START_TEST(route__that_is_watched_and_missing_is_told)
{
	scene_set_up(1);
	scene_open(scene_producer());

	ck_assert_int_eq(rmqi_client_watch(scene.client, "U"), RMQ_OK);
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
	ck_assert_int_eq(rmqi_client_watch(scene.client, "U"), RMQ_OK);

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

/* Looks for U are 16 s apart by then, and the route of T would be asked for after 30 s. */
START_TEST(route__that_failed_is_asked_for_as_soon_as_a_name_server_answers)
{
	scene_set_up(1);
	scene_open(scene_producer());
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);
	fake_peer_always(scene.ns[0], ROUTE, FAKE_SILENT);
	ck_assert_int_eq(rmqi_client_watch(scene.client, "U"), RMQ_OK);
	rmqi_client_refresh_routes(scene.client);
	fake_world_advance(&scene.world, 25 * 1000);

	fake_peer_always(scene.ns[0], ROUTE, FAKE_BEHAVE);
	scene_routed_to("T", "a=@:6", 0, 0);
	scene_routed_to("U", "a=@:4", 0, 0);
	scene_routed_to("V", "a=@:4", 0, 0);
	ck_assert_uint_eq(scene_cached_queues("U"), 0);
	ck_assert_int_eq(scene_look("V", false, 3000), RMQ_OK);
	fake_world_advance(&scene.world, 1);

	ck_assert_uint_eq(scene_cached_queues("U"), 4);
	ck_assert_uint_eq(scene_cached_queues("T"), 6);
	scene_tear_down();
}
END_TEST

START_TEST(route__is_not_refreshed_any_more_when_unwatched)
{
	scene_set_up(1);
	scene_open(scene_producer());
	ck_assert_int_eq(rmqi_client_watch(scene.client, "T"), RMQ_OK);
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
	ck_assert_int_eq(rmqi_client_watch(scene.client, "T"), RMQ_OK);
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

/* Half of it would go wrong, and in silence. */
START_TEST(route__of_a_static_topic_is_refused)
{
	scene_set_up(1);
	scene_open_as(scene_producer(), scene_server(0));
	fake_peer_route(scene.ns[0], "S", "static a=" NOBODY ":4");

	ck_assert_int_eq(scene_look("S", true, 3000), RMQ_ERR_UNSUPPORTED);

	ck_assert_ptr_nonnull(
		strstr(rmq_error_detail_message(scene.detail), "topic S is a static topic"));
	ck_assert_uint_eq(rmq_error_detail_flags(scene.detail), RMQ_ERROR_FATAL);
	ck_assert_uint_eq(scene_cached_queues("S"), 0);
	scene_tear_down();
}
END_TEST

START_TEST(route__is_withdrawn_when_the_topic_becomes_static)
{
	scene_set_up(1);
	scene_open_as(scene_consumer(), scene_server(0));
	fake_peer_route(scene.ns[0], "S", "a=" NOBODY ":4");
	ck_assert_int_eq(rmqi_client_watch(scene.client, "S"), RMQ_OK);
	fake_world_advance(&scene.world, 1);
	ck_assert_uint_eq(scene.queues_told, 4);

	fake_peer_route(scene.ns[0], "S", "static a=" NOBODY ":4");
	fake_world_advance(&scene.world, 100 * 1000);

	ck_assert_int_eq(scene.routes_told, 2);
	ck_assert_uint_eq(scene.queues_told, 0);
	ck_assert_uint_eq(scene_cached_queues("S"), 0);
	fake_peer_route(scene.ns[0], "S", "a=" NOBODY ":8");
	fake_world_advance(&scene.world, 100 * 1000);
	ck_assert_uint_eq(scene_cached_queues("S"), 8);
	scene_tear_down();
}
END_TEST

enum { ASKERS = 100 };

/* Who asked, and in which order they were told what. */
struct asker {
	int *told; /* by all */
	int place; /* 0: not told yet */
	enum rmq_error error;
};

static void note_route(void *arg, enum rmq_error error, struct rmqi_topic_route *route,
		       const struct rmq_error_detail *detail)
{
	struct asker *a = arg;

	(void)detail;
	ck_assert_int_eq(a->place, 0);
	ck_assert((error == RMQ_OK) == (route != NULL));
	a->place = ++*a->told;
	a->error = error;
	rmqi_topic_route_unref(route);
}

static void ask(struct asker *a, int *told, bool use_default, int64_t timeout_ms)
{
	*a = (struct asker){.told = told};
	rmqi_client_route_async(scene.client, "T", use_default,
				rmqi_clock_deadline(scene.world.env.clock, timeout_ms), note_route,
				a);
}

/* Many, each with as much time or a little more than the one before. All are told in their order, and the same. */
static enum rmq_error ask_all(int more_ms, int64_t advance_ms)
{
	struct asker askers[ASKERS];
	int told = 0;

	for (int i = 0; i < ASKERS; i++)
		ask(&askers[i], &told, false, 3000 + more_ms * i);
	fake_world_advance(&scene.world, advance_ms);
	for (int i = 0; i < ASKERS; i++) {
		ck_assert_int_eq(askers[i].place, i + 1);
		ck_assert_int_eq(askers[i].error, askers[0].error);
	}
	return askers[0].error;
}

START_TEST(route__that_many_ask_for_at_once_is_one_question)
{
	scene_set_up(1);
	scene_open(scene_producer());

	ck_assert_int_eq(ask_all(0, 100), RMQ_OK);

	ck_assert_uint_eq(fake_peer_count(scene.ns[0], ROUTE), 1);
	scene_tear_down();
}
END_TEST

START_TEST(route__of_many_is_refused_to_all_of_them)
{
	scene_set_up(1);
	scene_open(scene_producer());
	fake_peer_next(scene.ns[0], ROUTE, RMQI_RESP_TOPIC_NOT_EXIST);

	ck_assert_int_eq(ask_all(0, 100), RMQ_ERR_NO_ROUTE);

	ck_assert_uint_eq(fake_peer_count(scene.ns[0], ROUTE), 1);
	scene_tear_down();
}
END_TEST

START_TEST(route__is_asked_for_again_by_those_who_have_more_time)
{
	struct asker first, second, third;
	int told = 0;

	scene_set_up(1);
	scene_open(scene_producer());
	fake_peer_next(scene.ns[0], ROUTE, FAKE_SILENT);

	ask(&first, &told, false, 1000);
	ask(&second, &told, false, 2000);
	ask(&third, &told, false, 2000);
	fake_world_advance(&scene.world, 1500);

	ck_assert_int_ne(first.error, RMQ_OK);
	ck_assert_int_eq(second.error, RMQ_OK);
	ck_assert_int_eq(third.error, RMQ_OK);
	ck_assert_int_eq(told, 3);
	ck_assert_uint_eq(fake_peer_count(scene.ns[0], ROUTE), 2);
	scene_tear_down();
}
END_TEST

/* The first gives its name server half of its time, and the other one is not there. */
START_TEST(route__is_asked_for_again_when_no_name_server_answered)
{
	struct asker hasty, second, third;
	int told = 0;

	scene_set_up(1);
	scene_routed_to("T", "a=@:4", 0, 0);
	scene_open_as(scene_producer(), scene_addresses(scene_server(0), NOBODY, NULL));
	fake_peer_next(scene.ns[0], ROUTE, FAKE_SILENT);

	ask(&hasty, &told, false, 200);
	ask(&second, &told, false, 3000);
	ask(&third, &told, false, 3000);
	fake_world_advance(&scene.world, 150);
	ck_assert_int_ne(hasty.error, RMQ_OK);
	ck_assert_int_eq(hasty.place, 1);
	fake_world_advance(&scene.world, 2850);

	ck_assert_int_eq(second.error, RMQ_OK);
	ck_assert_int_eq(third.error, RMQ_OK);
	ck_assert_int_eq(told, 3);
	ck_assert_uint_eq(fake_peer_count(scene.ns[0], ROUTE), 2);
	scene_tear_down();
}
END_TEST

START_TEST(route__of_nobody_is_asked_for_twice_and_not_once_for_each)
{
	scene_set_up(1);
	scene_open(scene_producer());
	for (int i = 0; i < ASKERS; i++)
		fake_peer_next(scene.ns[0], ROUTE, FAKE_HANG_UP);

	ck_assert_int_ne(ask_all(1, 2500), RMQ_OK);

	ck_assert_uint_le(fake_peer_count(scene.ns[0], ROUTE), 2);
	scene_tear_down();
}
END_TEST

START_TEST(route__is_not_waited_for_longer_than_one_wants)
{
	struct asker patient, other_kind, hasty;
	int told = 0;

	scene_set_up(1);
	scene_open(scene_producer());
	fake_peer_next(scene.ns[0], ROUTE, FAKE_SILENT);

	ask(&patient, &told, false, 3000);
	ask(&other_kind, &told, true, 3000);
	ask(&hasty, &told, false, 500);
	fake_world_advance(&scene.world, 400);

	ck_assert_uint_eq(fake_peer_count(scene.ns[0], ROUTE), 3);
	ck_assert_int_eq(hasty.error, RMQ_OK);
	ck_assert_int_eq(hasty.place + other_kind.place, 3);
	ck_assert_int_eq(patient.place, 0);
	scene_tear_down();
	ck_assert_int_eq(patient.place, 3);
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
		route__that_comes_back_is_taken_again,
		route__that_is_the_same_is_not_read_again,
		route__that_is_watched_and_missing_is_told,
		route__that_is_missing_is_looked_for_soon_and_then_less_often,
		route__that_failed_is_asked_for_as_soon_as_a_name_server_answers,
		route__is_not_refreshed_any_more_when_unwatched,
		route__a_refresh_under_way_does_not_bring_an_unwatched_topic_back,
		route__refresh_on_demand_comes_at_most_once_a_second_but_comes,
		route__fresh_is_that_of_now_and_nothing_is_kept,
		route__an_answer_that_cannot_be_read_is_an_error_with_its_cause,
		route__with_absurd_queue_counts_is_refused,
		route__of_a_static_topic_is_refused,
		route__is_withdrawn_when_the_topic_becomes_static,
		route__that_many_ask_for_at_once_is_one_question,
		route__of_many_is_refused_to_all_of_them,
		route__is_asked_for_again_by_those_who_have_more_time,
		route__is_asked_for_again_when_no_name_server_answered,
		route__of_nobody_is_asked_for_twice_and_not_once_for_each,
		route__is_not_waited_for_longer_than_one_wants,
	};

	return run_suite("routes", tests, RMQI_COUNT(tests));
}
