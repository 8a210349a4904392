/* SPDX-License-Identifier: Apache-2.0 */
/* What a send does with its time (send/core.h): attempts, pauses, and the close. */
#include "tests/send/core_scene.h"

/* --- Time ------------------------------------------------------------------------------------- */

START_TEST(time__all_but_a_reserve_is_the_first_attempts)
{
	set_up(2);
	begin();
	expect_try("a", 2700);
	timed_out();

	expect_try("b", 3000);
	timed_out();
	expect_done(RMQ_ERR_TIMEOUT, RMQ_ERROR_RETRIABLE | RMQ_ERROR_MAYBE_STORED);
	ck_assert_int_eq(s.made, 2);
	tear_down();
}
END_TEST

START_TEST(time__the_reserve_has_a_limit)
{
	set_up(2);
	rmqi_send_init(&s, &rules, rmqi_picker_round_robin(), &route, NULL, (int64_t)60000 * MS,
		       (START_MS + (int64_t)60000) * MS);
	expect_try("a", 59500);
	tear_down();
}
END_TEST

START_TEST(time__is_all_the_only_brokers)
{
	set_up(1);
	begin();
	expect_try("a", 3000);
	tear_down();
}
END_TEST

START_TEST(time__is_all_a_fixed_queues)
{
	struct rmqi_publish_queue wanted = {"b", NULL, 1, NULL};

	set_up(2);
	rmqi_send_init(&s, &rules, rmqi_picker_fixed(&wanted), &route, NULL,
		       (int64_t)BUDGET_MS * MS, (START_MS + (int64_t)BUDGET_MS) * MS);
	expect_try("b", 3000);
	tear_down();
}
END_TEST

START_TEST(time__is_all_the_last_attempts)
{
	set_up(2);
	rules.tries = 1;
	begin();
	expect_try("a", 3000);
	tear_down();
}
END_TEST

/* An early failure leaves the time for a fair second attempt, with a reserve while a third broker is
 * untried. */
START_TEST(time__a_quick_failure_costs_none)
{
	set_up(3);
	begin();
	expect_try("a", 2700);
	ended(RMQ_ERR_CONNECT, RMQ_PHASE_CONNECT, 0, 5);
	expect_try("b", 2700);
	timed_out();
	expect_try("c", 3000);
	tear_down();
}
END_TEST

/* A cold cluster: the route took so long that a short wait would prove nothing. */
START_TEST(time__that_the_route_took_is_no_reason_to_send_elsewhere)
{
	set_up(3);
	begin();
	now_ms += 1199;
	expect_try("a", 2700);
	begin();
	now_ms += 2;
	next();
	ck_assert_int_eq(step.until_us / MS - START_MS, 3000);
	timed_out();

	expect_done(RMQ_ERR_TIMEOUT, RMQ_ERROR_RETRIABLE | RMQ_ERROR_MAYBE_STORED);
	ck_assert_int_eq(s.made, 1);
	tear_down();
}
END_TEST

START_TEST(time__of_an_attempt_can_be_limited_but_for_the_last)
{
	set_up(2);
	rules.attempt_most_us = 400 * MS;
	begin();
	expect_try("a", 400);
	timed_out();
	expect_try("b", 800);
	timed_out();
	next();
	ck_assert_int_eq(step.until_us / MS - START_MS, 3000);
	tear_down();
}
END_TEST

START_TEST(time__over_ends_it_with_the_last_cause)
{
	set_up(2);
	begin();
	next();
	ended(RMQ_OK, RMQ_PHASE_ANSWER, RMQI_RESP_SYSTEM_ERROR, BUDGET_MS - 1);
	next();
	ck_assert_int_eq(step.what, RMQI_SEND_TRY);

	begin();
	now_ms = START_MS;
	next();
	ended(RMQ_OK, RMQ_PHASE_ANSWER, RMQI_RESP_SYSTEM_ERROR, BUDGET_MS);
	expect_done(RMQ_ERR_BROKER, RMQ_ERROR_RETRIABLE);
	tear_down();
}
END_TEST

START_TEST(time__that_is_over_still_makes_the_first_attempt)
{
	set_up(2);
	begin();
	now_ms += BUDGET_MS + 1;
	expect_try("a", 3000);
	tear_down();
}
END_TEST

START_TEST(time__of_a_remainder_does_not_put_a_broker_aside)
{
	set_up(2);
	begin();
	next();
	timed_out();
	ck_assert(!rmqi_faults_is_available(&faults, "a", now_ms * MS));
	expect_try("b", 3000);
	timed_out();
	ck_assert(rmqi_faults_is_available(&faults, "b", now_ms * MS));
	tear_down();
}
END_TEST

/* --- Pauses ------------------------------------------------------------------------------------- */

static void expect_pause(int64_t ms)
{
	next();
	ck_assert_int_eq(step.what, RMQI_SEND_PAUSE);
	ck_assert_int_eq(step.until_us / MS - now_ms, ms);
}

START_TEST(pause__comes_before_a_busy_broker_is_asked_again_and_doubles)
{
	set_up(1);
	rules.tries = 12;
	begin();
	next();
	for (int i = 0; i < 8; i++) {
		int64_t ms = 10 << (i < 6 ? i : 6);

		answered(RMQI_RESP_SYSTEM_BUSY);
		expect_pause(ms);
		/* Woken too early. */
		now_ms += ms - 1;
		expect_pause(1);
		now_ms += 1;
		next();
		ck_assert_int_eq(step.what, RMQI_SEND_TRY);
	}
	tear_down();
}
END_TEST

START_TEST(pause__comes_not_before_another_broker_nor_after_another_code)
{
	set_up(2);
	begin();
	next();
	answered(RMQI_RESP_SYSTEM_BUSY);
	expect_try("b", 3000);
	tear_down();

	set_up(1);
	begin();
	next();
	answered(RMQI_RESP_SYSTEM_ERROR);
	next();
	ck_assert_int_eq(step.what, RMQI_SEND_TRY);
	tear_down();
}
END_TEST

START_TEST(pause__goes_to_the_queue_that_was_chosen_before_it)
{
	set_up(1);
	begin();
	next();
	ck_assert_int_eq(step.queue->queue_id, 0);
	answered(RMQI_RESP_SYSTEM_BUSY);
	next();
	now_ms += 10;
	next();
	ck_assert_int_eq(step.queue->queue_id, 1);
	tear_down();
}
END_TEST

START_TEST(pause__ends_with_the_time)
{
	set_up(1);
	begin();
	now_ms += BUDGET_MS - 5;
	next();
	answered(RMQI_RESP_SYSTEM_BUSY);
	expect_pause(4);
	now_ms += 4;
	expect_done(RMQ_ERR_BROKER, RMQ_ERROR_RETRIABLE);
	tear_down();
}
END_TEST

/* --- Closing ------------------------------------------------------------------------------------ */

START_TEST(close__lets_no_further_attempt_begin)
{
	set_up(2);
	begin();
	next();
	answered(RMQI_RESP_SYSTEM_ERROR);
	step = rmqi_send_next(&s, now_ms * MS, true);

	ck_assert_int_eq(step.what, RMQI_SEND_DONE);
	ck_assert_int_eq(s.error, RMQ_ERR_CANCELLED);
	ck_assert_uint_eq(s.flags, RMQ_ERROR_FATAL);
	ck_assert(s.was_cancelled);
	tear_down();
}
END_TEST

START_TEST(close__ends_a_pause)
{
	set_up(1);
	begin();
	next();
	answered(RMQI_RESP_SYSTEM_BUSY);
	next();
	ck_assert_int_eq(step.what, RMQI_SEND_PAUSE);
	step = rmqi_send_next(&s, now_ms * MS, true);

	ck_assert_int_eq(step.what, RMQI_SEND_DONE);
	ck_assert_int_eq(s.error, RMQ_ERR_CANCELLED);
	tear_down();
}
END_TEST

START_TEST(close__leaves_the_first_attempt_to_the_connections)
{
	set_up(2);
	begin();
	step = rmqi_send_next(&s, now_ms * MS, true);
	ck_assert_int_eq(step.what, RMQI_SEND_TRY);
	ended(RMQ_ERR_CANCELLED, RMQ_PHASE_WAIT, 0, 1);
	expect_done(RMQ_ERR_CANCELLED, RMQ_ERROR_FATAL | RMQ_ERROR_MAYBE_STORED);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		time__all_but_a_reserve_is_the_first_attempts,
		time__the_reserve_has_a_limit,
		time__is_all_the_only_brokers,
		time__is_all_a_fixed_queues,
		time__is_all_the_last_attempts,
		time__a_quick_failure_costs_none,
		time__that_the_route_took_is_no_reason_to_send_elsewhere,
		time__of_an_attempt_can_be_limited_but_for_the_last,
		time__over_ends_it_with_the_last_cause,
		time__that_is_over_still_makes_the_first_attempt,
		time__of_a_remainder_does_not_put_a_broker_aside,
		pause__comes_before_a_busy_broker_is_asked_again_and_doubles,
		pause__comes_not_before_another_broker_nor_after_another_code,
		pause__goes_to_the_queue_that_was_chosen_before_it,
		pause__ends_with_the_time,
		close__lets_no_further_attempt_begin,
		close__ends_a_pause,
		close__leaves_the_first_attempt_to_the_connections,
	};

	return run_suite("core_time", tests, RMQI_COUNT(tests));
}
