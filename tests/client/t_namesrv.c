/* SPDX-License-Identifier: Apache-2.0 */
/* t_namesrv.c - which name server is asked, when the next one is, and what the caller is told. */

#include "tests/client/scene.h"

START_TEST(namesrv__one_that_is_dead_is_passed_over)
{
	scene_set_up(1);
	fake_peer_route(scene.ns[1], "T", "a=" NOBODY ":4");
	scene_open_as(scene_producer(), scene_addresses(NOBODY, scene_server(1), NULL));

	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);

	ck_assert_int_lt(fake_world_now(&scene.world), 10);
	scene_tear_down();
}
END_TEST

START_TEST(namesrv__one_that_is_silent_gets_its_share_of_the_time_only)
{
	scene_set_up(1);
	fake_peer_always(scene.ns[0], ROUTE, FAKE_SILENT);
	fake_peer_route(scene.ns[1], "T", "a=" NOBODY ":4");
	scene_open_as(scene_producer(),
		      scene_addresses(scene_server(0), scene_server(1), scene_server(2)));

	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);

	ck_assert_int_eq(fake_world_now(&scene.world), 1000);
	scene_tear_down();
}
END_TEST

START_TEST(namesrv__all_are_tried_within_the_callers_time)
{
	scene_set_up(1);
	for (size_t i = 0; i < SERVERS; i++)
		fake_peer_always(scene.ns[i], ROUTE, FAKE_SILENT);
	scene_open_as(scene_producer(),
		      scene_addresses(scene_server(0), scene_server(1), scene_server(2)));

	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_ERR_TIMEOUT);

	ck_assert_int_eq(fake_world_now(&scene.world), 3000);
	ck_assert_uint_eq(rmq_error_detail_attempt_count(scene.detail), 3);
	for (size_t i = 0; i < SERVERS; i++) {
		scene_expect_attempt(i, scene_server(i), RMQ_PHASE_WAIT, RMQ_ERR_TIMEOUT);
		ck_assert_int_eq(fake_peer_request(scene.ns[i], ROUTE, 0)->at_ms,
				 (int64_t)i * 1000);
	}
	scene_tear_down();
}
END_TEST

START_TEST(namesrv__all_dead_tells_each_attempt_and_why)
{
	scene_set_up(1);
	scene_open_as(scene_producer(), scene_addresses(NOBODY, "127.0.0.1:7", NULL));

	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_ERR_CONNECT);

	ck_assert_uint_eq(rmq_error_detail_attempt_count(scene.detail), 2);
	scene_expect_attempt(0, NOBODY, RMQ_PHASE_CONNECT, RMQ_ERR_CONNECT);
	scene_expect_attempt(1, "127.0.0.1:7", RMQ_PHASE_CONNECT, RMQ_ERR_CONNECT);
	ck_assert_uint_eq(rmq_error_detail_flags(scene.detail), RMQ_ERROR_RETRIABLE);
	ck_assert_ptr_nonnull(
		strstr(rmq_error_detail_message(scene.detail), "none of 2 name servers"));
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(scene.detail), "127.0.0.1:7"));
	scene_tear_down();
}
END_TEST

START_TEST(namesrv__the_one_that_answered_is_asked_first_next_time)
{
	scene_set_up(1);
	fake_peer_always(scene.ns[0], ROUTE, FAKE_HANG_UP);
	fake_peer_route(scene.ns[1], "T", "a=" NOBODY ":4");
	fake_peer_route(scene.ns[1], "U", "a=" NOBODY ":4");
	scene_open_as(scene_producer(),
		      scene_addresses(scene_server(0), scene_server(1), scene_server(2)));
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);

	ck_assert_int_eq(scene_look("U", false, 3000), RMQ_OK);

	ck_assert_uint_eq(fake_peer_count(scene.ns[0], ROUTE), 1);
	ck_assert_uint_eq(fake_peer_count(scene.ns[1], ROUTE), 2);
	ck_assert_uint_eq(fake_peer_count(scene.ns[2], ROUTE), 0);
	scene_tear_down();
}
END_TEST

/* The first one answers with `code`, the second one knows the topic. */
static void expect_passed_over(int code)
{
	scene_set_up(1);
	fake_peer_always(scene.ns[0], ROUTE, code);
	fake_peer_route(scene.ns[1], "T", "a=" NOBODY ":4");
	scene_open_as(scene_producer(), scene_addresses(scene_server(0), scene_server(1), NULL));

	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);
	scene_tear_down();
}

START_TEST(namesrv__one_that_is_not_ready_is_passed_over)
{
	expect_passed_over(RMQI_RESP_SYSTEM_ERROR);
}
END_TEST

/* A broker's address among them. */
START_TEST(namesrv__one_that_is_none_is_passed_over)
{
	expect_passed_over(RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED);
}
END_TEST

START_TEST(namesrv__the_only_one_that_is_none_is_told_to_the_caller)
{
	scene_set_up(1);
	fake_peer_always(scene.ns[0], ROUTE, RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED);
	scene_open_as(scene_producer(), scene_server(0));

	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_ERR_BROKER);
	ck_assert_int_eq(rmq_error_detail_broker_code(scene.detail),
			 RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(scene.detail), scene_server(0)));
	ck_assert_ptr_nonnull(
		strstr(rmq_error_detail_message(scene.detail), "this is no name server"));
	scene_tear_down();
}
END_TEST

START_TEST(namesrv__a_refusal_of_the_last_one_is_the_answer)
{
	scene_set_up(1);
	fake_peer_remark(scene.ns[0], "name server not ready");
	fake_peer_always(scene.ns[0], ROUTE, RMQI_RESP_SYSTEM_ERROR);
	scene_open_as(scene_producer(), scene_server(0));

	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_ERR_BROKER);

	ck_assert_int_eq(rmq_error_detail_broker_code(scene.detail), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(rmq_error_detail_remark(scene.detail), "name server not ready");
	ck_assert_uint_eq(rmq_error_detail_attempt_count(scene.detail), 1);
	scene_expect_attempt(0, scene_server(0), RMQ_PHASE_ANSWER, RMQ_ERR_BROKER);
	scene_tear_down();
}
END_TEST

START_TEST(namesrv__that_goes_away_is_asked_again_on_a_new_connection)
{
	scene_set_up(1);
	fake_peer_next(scene.ns[0], ROUTE, RMQI_RESP_GO_AWAY);
	scene_open(scene_producer());

	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);

	ck_assert_uint_eq(fake_peer_request(scene.ns[0], ROUTE, 0)->conn, 1);
	ck_assert_uint_eq(fake_peer_request(scene.ns[0], ROUTE, 1)->conn, 2);
	scene_tear_down();
}
END_TEST

START_TEST(namesrv__that_goes_away_twice_is_passed_over)
{
	scene_set_up(1);
	fake_peer_always(scene.ns[0], ROUTE, RMQI_RESP_GO_AWAY);
	fake_peer_route(scene.ns[1], "T", "a=" NOBODY ":4");
	scene_open_as(scene_producer(), scene_addresses(scene_server(0), scene_server(1), NULL));

	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);

	ck_assert_uint_eq(fake_peer_count(scene.ns[0], ROUTE), 2);
	scene_tear_down();
}
END_TEST

static enum rmq_error open_with(const char *namesrvs)
{
	struct rmqi_client_owner owner = scene_producer();

	if (namesrvs)
		scene_set("namesrvAddr", namesrvs);
	rmqi_detail_clear(scene.detail);
	return rmqi_client_new(scene.config, &owner, &scene.client, scene.detail);
}

START_TEST(namesrv__is_taken_from_the_environment_when_none_is_set)
{
	scene_set_up(1);
	setenv("NAMESRV_ADDR", scene_server(2), 1);
	fake_peer_route(scene.ns[2], "T", "a=" NOBODY ":4");

	ck_assert_int_eq(open_with(NULL), RMQ_OK);
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);
	scene_close();

	/* What is set comes first. */
	ck_assert_int_eq(open_with(scene_server(0)), RMQ_OK);
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_ERR_NO_ROUTE);
	scene_tear_down();
}
END_TEST

START_TEST(namesrv__none_at_all_is_told)
{
	scene_set_up(1);

	ck_assert_int_eq(open_with(NULL), RMQ_ERR_NO_NAMESRV);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(scene.detail), "NAMESRV_ADDR"));
	ck_assert_int_eq(open_with(" "), RMQ_ERR_NO_NAMESRV);
	ck_assert_int_eq(open_with(" ; ;"), RMQ_ERR_NO_NAMESRV);
	scene_tear_down();
}
END_TEST

START_TEST(namesrv__a_bad_address_is_named)
{
	scene_set_up(1);

	ck_assert_int_eq(open_with("127.0.0.1:9876;nonsense"), RMQ_ERR_ADDRESS);

	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(scene.detail), "\"nonsense\""));
	ck_assert_uint_eq(rmq_error_detail_flags(scene.detail), RMQ_ERROR_FATAL);
	scene_tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		namesrv__one_that_is_dead_is_passed_over,
		namesrv__one_that_is_silent_gets_its_share_of_the_time_only,
		namesrv__all_are_tried_within_the_callers_time,
		namesrv__all_dead_tells_each_attempt_and_why,
		namesrv__the_one_that_answered_is_asked_first_next_time,
		namesrv__one_that_is_not_ready_is_passed_over,
		namesrv__one_that_is_none_is_passed_over,
		namesrv__the_only_one_that_is_none_is_told_to_the_caller,
		namesrv__a_refusal_of_the_last_one_is_the_answer,
		namesrv__that_goes_away_is_asked_again_on_a_new_connection,
		namesrv__that_goes_away_twice_is_passed_over,
		namesrv__is_taken_from_the_environment_when_none_is_set,
		namesrv__none_at_all_is_told,
		namesrv__a_bad_address_is_named,
	};

	return run_suite("namesrv", tests, RMQI_COUNT(tests));
}
