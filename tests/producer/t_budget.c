/* SPDX-License-Identifier: Apache-2.0 */
/* The time of a send: one budget for all attempts, pauses and the route. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/producer/send_scene.h"

/* --- Time ------------------------------------------------------------------------------------------------- */

START_TEST(time__a_broker_that_hangs_leaves_a_reserve_for_another)
{
	set_up();
	start_with_two();
	fake_peer_always(a, SEND, FAKE_SILENT);

	ck_assert_int_eq(send_it(), RMQ_OK);

	ck_assert_str_eq(result->queue.broker_name, "b");
	ck_assert_int_eq(elapsed_ms(), 2700);
	tear_down();
}
END_TEST

START_TEST(time__the_only_broker_gets_all_of_it)
{
	set_up();
	start_with_one();
	fake_peer_next(a, SEND, FAKE_LATE - 2900);

	ck_assert_int_eq(send_it(), RMQ_OK);

	ck_assert_int_eq(elapsed_ms(), 2900);
	tear_down();
}
END_TEST

START_TEST(time__is_the_budget_of_all_attempts_together)
{
	set_up();
	start_with_two();
	fake_peer_always(a, SEND, FAKE_SILENT);
	fake_peer_always(b, SEND, FAKE_SILENT);

	ck_assert_int_eq(send_it(), RMQ_ERR_TIMEOUT);

	ck_assert_int_eq(elapsed_ms(), DEFAULT_TIMEOUT_MS);
	/* Not a again: it may well have it. */
	ck_assert_uint_eq(rmq_error_detail_attempt_count(detail), 2);
	expect_attempt(0, a, RMQ_PHASE_WAIT, -1);
	expect_attempt(1, b, RMQ_PHASE_WAIT, -1);
	ck_assert_uint_eq(rmq_error_detail_flags(detail),
			  RMQ_ERROR_RETRIABLE | RMQ_ERROR_MAYBE_STORED);
	tear_down();
}
END_TEST

START_TEST(time__of_an_attempt_is_limited_by_sendMsgMaxTimeoutPerRequest)
{
	set_up();
	set("sendMsgMaxTimeoutPerRequest", "400");
	start_with_one();
	fake_peer_next(a, SEND, FAKE_SILENT);
	fake_peer_next(a, SEND, FAKE_SILENT);
	/* But not that of the last one. */
	fake_peer_next(a, SEND, FAKE_LATE - 1000);

	ck_assert_int_eq(send_it(), RMQ_OK);

	ck_assert_int_eq(elapsed_ms(), 400 + 400 + 1000);
	tear_down();
}
END_TEST

START_TEST(time__that_the_caller_gives_is_what_counts)
{
	set_up();
	start_with_one();
	fake_peer_always(a, SEND, FAKE_SILENT);

	ck_assert_int_eq(send_within(70), RMQ_ERR_TIMEOUT);

	ck_assert_int_eq(elapsed_ms(), 70);
	ck_assert_uint_eq(sent_to(a), 1);
	tear_down();
}
END_TEST

START_TEST(time__the_cause_is_told_when_it_runs_out_after_a_refusal)
{
	set_up();
	start_with_one();
	fake_peer_always(a, SEND, BUSY);

	ck_assert_int_eq(send_within(15), RMQ_ERR_BROKER);

	ck_assert_int_eq(rmq_error_detail_broker_code(detail), BUSY);
	ck_assert_int_eq(elapsed_ms(), 15);
	tear_down();
}
END_TEST

START_TEST(time__a_busy_broker_is_asked_again_after_a_pause)
{
	set_up();
	start_with_one();
	fake_peer_next(a, SEND, BUSY);
	fake_peer_next(a, SEND, BUSY);

	ck_assert_int_eq(send_it(), RMQ_OK);

	ck_assert_int_eq(elapsed_ms(), 10 + 20);
	tear_down();
}
END_TEST

START_TEST(time__no_pause_is_made_before_another_broker)
{
	set_up();
	start_with_two();
	fake_peer_next(a, SEND, BUSY);

	ck_assert_int_eq(send_it(), RMQ_OK);

	ck_assert_int_eq(elapsed_ms(), 0);
	tear_down();
}
END_TEST

START_TEST(time__the_route_counts_too)
{
	set_up();
	fake_peer_always(ns, ROUTE, FAKE_SILENT);
	start();

	ck_assert_int_eq(send_within(500), RMQ_ERR_TIMEOUT);

	ck_assert_int_eq(elapsed_ms(), 500);
	ck_assert(!has_flag(RMQ_ERROR_MAYBE_STORED));
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		time__a_broker_that_hangs_leaves_a_reserve_for_another,
		time__the_only_broker_gets_all_of_it,
		time__is_the_budget_of_all_attempts_together,
		time__of_an_attempt_is_limited_by_sendMsgMaxTimeoutPerRequest,
		time__that_the_caller_gives_is_what_counts,
		time__the_cause_is_told_when_it_runs_out_after_a_refusal,
		time__a_busy_broker_is_asked_again_after_a_pause,
		time__no_pause_is_made_before_another_broker,
		time__the_route_counts_too,
	};

	return run_suite("budget", tests, RMQI_COUNT(tests));
}
