/* SPDX-License-Identifier: Apache-2.0 */
/* What a send does next: plain functions on plain data, no network, no clock. */
#include <string.h>

#include "base/macros.h"
#include "codec/codes.h"
#include "send/core.h"
#include "send/verdict.h"
#include "tests/support/suite.h"

enum { MS = 1000, BUDGET_MS = 3000, START_MS = 50000 };

static struct rmqi_publish_queue queues[] = {{"a", "a:1", 0}, {"a", "a:1", 1}, {"b", "b:1", 0},
					     {"b", "b:1", 1}, {"c", "c:1", 0}, {"c", "c:1", 1}};
static struct rmqi_topic_route route;
static struct rmqi_faults faults;
static struct rmqi_send_rules rules;
static struct rmqi_send s;
static struct rmqi_send_step step;
static int64_t now_ms;

static void set_up(size_t brokers)
{
	memset(&route, 0, sizeof(route));
	route.publish = queues;
	route.publish_count = 2 * brokers;
	route.publish_brokers = brokers;
	rules = (struct rmqi_send_rules){.tries = 3, .attempt_most_us = -1};
	rmqi_faults_init(&faults);
	now_ms = START_MS;
}

static void tear_down(void)
{
	rmqi_faults_deinit(&faults);
}

static void begin(void)
{
	rmqi_send_init(&s, &rules, rmqi_picker_round_robin(), &route, &faults,
		       (int64_t)BUDGET_MS * MS, (START_MS + (int64_t)BUDGET_MS) * MS);
}

static void next(void)
{
	step = rmqi_send_next(&s, now_ms * MS, false);
}

static void expect_try(const char *broker, int64_t until_ms)
{
	next();
	ck_assert_int_eq(step.what, RMQI_SEND_TRY);
	ck_assert_str_eq(step.queue->broker_name, broker);
	ck_assert_int_eq(step.until_us / MS - START_MS, until_ms);
}

static void expect_done(enum rmq_error error, unsigned flags)
{
	next();
	ck_assert_int_eq(step.what, RMQI_SEND_DONE);
	ck_assert_int_eq(s.error, error);
	ck_assert_uint_eq(s.flags, flags);
	/* For ever. */
	next();
	ck_assert_int_eq(step.what, RMQI_SEND_DONE);
}

static void ended(enum rmq_error error, enum rmq_phase phase, int32_t code, int64_t took_ms)
{
	struct rmqi_send_outcome o = {.error = error, .phase = phase, .code = code};

	now_ms += took_ms;
	rmqi_send_ended(&s, &o, now_ms * MS);
}

static void answered(int32_t code)
{
	ended(RMQ_OK, RMQ_PHASE_ANSWER, code, 1);
}

static void timed_out(void)
{
	ended(RMQ_ERR_TIMEOUT, RMQ_PHASE_WAIT, 0, step.until_us / MS - now_ms);
}

/* --- Answers ------------------------------------------------------------------------------- */

enum { NO = -1 };

static const struct {
	int32_t code;
	int status; /* NO: not stored */
	bool is_retriable;
	bool is_route;
	bool is_broker;
} codes[] = {
	{RMQI_RESP_SUCCESS, RMQ_SEND_OK, false, false, false},
	{RMQI_RESP_FLUSH_DISK_TIMEOUT, RMQ_SEND_FLUSH_DISK_TIMEOUT, false, false, false},
	{RMQI_RESP_FLUSH_SLAVE_TIMEOUT, RMQ_SEND_FLUSH_SLAVE_TIMEOUT, false, false, false},
	{RMQI_RESP_SLAVE_NOT_AVAILABLE, RMQ_SEND_SLAVE_NOT_AVAILABLE, false, false, false},
	{RMQI_RESP_SYSTEM_ERROR, NO, true, false, true},
	{RMQI_RESP_SYSTEM_BUSY, NO, true, false, true},
	{RMQI_RESP_SERVICE_NOT_AVAILABLE, NO, true, true, true},
	{RMQI_RESP_NO_PERMISSION, NO, true, true, false},
	{RMQI_RESP_TOPIC_NOT_EXIST, NO, true, true, false},
	{RMQI_RESP_NO_BUYER_ID, NO, true, false, false},
	{RMQI_RESP_NOT_IN_CURRENT_UNIT, NO, true, false, false},
	{RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED, NO, false, false, false},
	{RMQI_RESP_MESSAGE_ILLEGAL, NO, false, false, false},
	{RMQI_RESP_VERSION_NOT_SUPPORTED, NO, false, false, false},
	{RMQI_RESP_INVALID_PARAMETER, NO, false, false, false},
	{RMQI_RESP_FLOW_CONTROL, NO, false, false, false},
	{RMQI_RESP_TRANSACTION_FAILED, NO, false, false, false},
	{-1, NO, false, false, false},
	{9999, NO, false, false, false},
};

START_TEST(answer__every_code_has_one_meaning)
{
	for (size_t i = 0; i < RMQI_COUNT(codes); i++) {
		enum rmq_send_status status = RMQ_SEND_OK;

		ck_assert_int_eq(rmqi_send_status(codes[i].code, &status), codes[i].status != NO);
		if (codes[i].status != NO)
			ck_assert_int_eq(status, codes[i].status);
		ck_assert_int_eq(rmqi_send_is_retriable(codes[i].code), codes[i].is_retriable);
		ck_assert_int_eq(rmqi_send_is_route_code(codes[i].code), codes[i].is_route);
		ck_assert_int_eq(rmqi_send_is_broker_code(codes[i].code), codes[i].is_broker);
	}
}
END_TEST

START_TEST(answer__ends_the_send_or_leads_to_another_broker)
{
	for (size_t i = 0; i < RMQI_COUNT(codes); i++) {
		set_up(2);
		begin();
		expect_try("a", 2700);
		answered(codes[i].code);

		ck_assert_int_eq(s.is_route_stale, codes[i].is_route);
		ck_assert_int_eq(rmqi_faults_any(&faults, now_ms * MS), codes[i].is_broker);
		if (codes[i].is_retriable)
			expect_try("b", 3000);
		else if (codes[i].status == NO)
			expect_done(RMQ_ERR_BROKER, RMQ_ERROR_FATAL);
		else
			expect_done(RMQ_OK, 0);
		tear_down();
	}
}
END_TEST

START_TEST(answer__that_cannot_be_used_ends_it_as_maybe_stored)
{
	struct rmqi_send_outcome o = {.phase = RMQ_PHASE_ANSWER, .unusable = RMQ_ERR_PROTOCOL};

	set_up(2);
	begin();
	next();
	rmqi_send_ended(&s, &o, now_ms * MS);

	expect_done(RMQ_ERR_PROTOCOL, RMQ_ERROR_MAYBE_STORED);
	tear_down();
}
END_TEST

START_TEST(answer__refusals_use_up_the_attempts)
{
	set_up(2);
	begin();
	expect_try("a", 2700);
	answered(RMQI_RESP_NO_PERMISSION);
	expect_try("b", 3000);
	answered(RMQI_RESP_SYSTEM_ERROR);
	next();
	ck_assert_int_eq(step.what, RMQI_SEND_TRY);
	answered(RMQI_RESP_SYSTEM_ERROR);

	expect_done(RMQ_ERR_BROKER, RMQ_ERROR_RETRIABLE);
	ck_assert_int_eq(s.made, 3);
	tear_down();
}
END_TEST

/* --- Failures ------------------------------------------------------------------------------ */

static const enum rmq_error failures[] = {
	RMQ_ERR_TIMEOUT,   RMQ_ERR_CONNECT,  RMQ_ERR_RESOLVE,  RMQ_ERR_CONNECTION_LOST,
	RMQ_ERR_TLS,       RMQ_ERR_BUSY,     RMQ_ERR_PROTOCOL, RMQ_ERR_NO_MEMORY,
	RMQ_ERR_CANCELLED, RMQ_ERR_TOO_LARGE};

static bool is_delivered(enum rmq_error error, enum rmq_phase phase)
{
	if (phase < RMQ_PHASE_WAIT)
		return false; /* it is taken back */
	if (phase == RMQ_PHASE_WAIT)
		return error == RMQ_ERR_TIMEOUT || error == RMQ_ERR_CONNECTION_LOST ||
		       error == RMQ_ERR_CANCELLED || error == RMQ_ERR_PROTOCOL ||
		       error == RMQ_ERR_TLS;
	return error != RMQ_ERR_CONNECTION_LOST;
}

START_TEST(failure__in_every_phase_says_whether_it_may_be_stored)
{
	for (size_t i = 0; i < RMQI_COUNT(failures); i++)
		for (int phase = RMQ_PHASE_RESOLVE; phase <= RMQ_PHASE_ANSWER; phase++)
			ck_assert_msg(rmqi_send_may_be_stored(failures[i], phase) ==
					      is_delivered(failures[i], phase),
				      "error %d in phase %d", (int)failures[i], phase);
}
END_TEST

START_TEST(failure__leads_to_another_broker_but_for_those_that_would_repeat)
{
	for (size_t i = 0; i < RMQI_COUNT(failures); i++) {
		bool is_final =
			failures[i] == RMQ_ERR_CANCELLED || failures[i] == RMQ_ERR_TOO_LARGE;

		set_up(2);
		begin();
		expect_try("a", 2700);
		ended(failures[i], RMQ_PHASE_CONNECT, 0, 1);
		if (is_final)
			expect_done(failures[i], RMQ_ERROR_FATAL);
		else
			expect_try("b", 3000);
		tear_down();
	}
}
END_TEST

START_TEST(failure__that_the_name_server_may_know_of_is_news_about_the_route)
{
	static const enum rmq_error news[] = {RMQ_ERR_TIMEOUT, RMQ_ERR_CONNECT, RMQ_ERR_RESOLVE,
					      RMQ_ERR_CONNECTION_LOST};

	for (size_t i = 0; i < RMQI_COUNT(failures); i++) {
		bool is_news = false;

		for (size_t j = 0; j < RMQI_COUNT(news); j++)
			is_news |= news[j] == failures[i];
		set_up(2);
		begin();
		next();
		ended(failures[i], RMQ_PHASE_WAIT, 0, 1);
		ck_assert_int_eq(s.is_route_stale, is_news);
		tear_down();
	}
}
END_TEST

START_TEST(failure__that_one_attempt_may_have_stored_is_not_forgotten)
{
	set_up(2);
	begin();
	next();
	ended(RMQ_ERR_CONNECTION_LOST, RMQ_PHASE_WAIT, 0, 1);
	next();
	answered(RMQI_RESP_MESSAGE_ILLEGAL);

	expect_done(RMQ_ERR_BROKER, RMQ_ERROR_FATAL | RMQ_ERROR_MAYBE_STORED);
	tear_down();
}
END_TEST

START_TEST(failure__puts_the_broker_aside_when_it_is_the_brokers)
{
	static const struct {
		enum rmq_error error;
		bool is_brokers;
	} cases[] = {{RMQ_ERR_CONNECT, true},    {RMQ_ERR_CONNECTION_LOST, true},
		     {RMQ_ERR_PROTOCOL, true},   {RMQ_ERR_BUSY, true},
		     {RMQ_ERR_CANCELLED, false}, {RMQ_ERR_TOO_LARGE, false},
		     {RMQ_ERR_NO_MEMORY, false}};

	for (size_t i = 0; i < RMQI_COUNT(cases); i++) {
		set_up(2);
		begin();
		next();
		ended(cases[i].error, RMQ_PHASE_WAIT, 0, 1);
		ck_assert_int_eq(rmqi_faults_is_available(&faults, "a", now_ms * MS),
				 !cases[i].is_brokers);
		tear_down();
	}
}
END_TEST

/* --- GO_AWAY -------------------------------------------------------------------------------- */

START_TEST(go_away__is_the_same_attempt_once_more)
{
	set_up(2);
	begin();
	expect_try("a", 2700);
	ended(RMQ_OK, RMQ_PHASE_ANSWER, RMQI_RESP_GO_AWAY, 40);

	expect_try("a", 2700);
	ck_assert_int_eq(s.made, 0);
	answered(RMQI_RESP_SUCCESS);
	expect_done(RMQ_OK, 0);
	tear_down();
}
END_TEST

START_TEST(go_away__twice_is_a_lost_connection_that_stored_nothing)
{
	set_up(2);
	rules.tries = 1;
	begin();
	next();
	answered(RMQI_RESP_GO_AWAY);
	next();
	answered(RMQI_RESP_GO_AWAY);

	expect_done(RMQ_ERR_CONNECTION_LOST, RMQ_ERROR_RETRIABLE);
	tear_down();
}
END_TEST

START_TEST(go_away__counts_anew_for_the_next_attempt)
{
	set_up(2);
	begin();
	next();
	answered(RMQI_RESP_GO_AWAY);
	next();
	answered(RMQI_RESP_GO_AWAY);
	expect_try("b", 3000);
	answered(RMQI_RESP_GO_AWAY);
	expect_try("b", 3000);
	tear_down();
}
END_TEST

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
	struct rmqi_publish_queue wanted = {"b", NULL, 1};

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

/* --- Stored, but not as safely as asked ----------------------------------------------------------- */

static void begin_for_more_safety(void)
{
	set_up(2);
	rules.wants_ok = true;
	begin();
}

START_TEST(weaker__is_tried_again_when_wanted)
{
	begin_for_more_safety();
	next();
	answered(RMQI_RESP_FLUSH_DISK_TIMEOUT);
	expect_try("b", 3000);
	answered(RMQI_RESP_SUCCESS);
	expect_done(RMQ_OK, 0);
	ck_assert_int_eq(s.made, 2);
	tear_down();
}
END_TEST

START_TEST(weaker__is_better_than_whatever_follows)
{
	static const struct rmqi_send_outcome worse[] = {
		{.code = RMQI_RESP_MESSAGE_ILLEGAL, .phase = RMQ_PHASE_ANSWER},
		{.code = RMQI_RESP_SYSTEM_ERROR, .phase = RMQ_PHASE_ANSWER},
		{.code = RMQI_RESP_SUCCESS, .unusable = RMQ_ERR_PROTOCOL},
		{.error = RMQ_ERR_TIMEOUT, .phase = RMQ_PHASE_WAIT},
		{.error = RMQ_ERR_CANCELLED, .phase = RMQ_PHASE_WAIT},
		{.error = RMQ_ERR_TOO_LARGE, .phase = RMQ_PHASE_CONNECT}};

	for (size_t i = 0; i < RMQI_COUNT(worse); i++) {
		begin_for_more_safety();
		next();
		answered(RMQI_RESP_SLAVE_NOT_AVAILABLE);
		for (next(); step.what != RMQI_SEND_DONE; next()) {
			if (step.what == RMQI_SEND_TRY)
				rmqi_send_ended(&s, &worse[i], now_ms * MS);
		}
		expect_done(RMQ_OK, 0);
		tear_down();
	}
}
END_TEST

START_TEST(weaker__ends_it_with_the_attempts)
{
	begin_for_more_safety();
	for (int i = 0; i < 3; i++) {
		next();
		ck_assert_int_eq(step.what, RMQI_SEND_TRY);
		answered(RMQI_RESP_FLUSH_SLAVE_TIMEOUT);
	}
	expect_done(RMQ_OK, 0);
	tear_down();
}
END_TEST

/* --- Queues ---------------------------------------------------------------------------------------- */

START_TEST(queue__without_one_nothing_is_tried)
{
	set_up(0);
	begin();
	expect_done(RMQ_ERR_NO_BROKER, RMQ_ERROR_RETRIABLE);
	ck_assert(s.is_route_stale);
	ck_assert_int_eq(s.made, 0);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		answer__every_code_has_one_meaning,
		answer__ends_the_send_or_leads_to_another_broker,
		answer__that_cannot_be_used_ends_it_as_maybe_stored,
		answer__refusals_use_up_the_attempts,
		failure__in_every_phase_says_whether_it_may_be_stored,
		failure__leads_to_another_broker_but_for_those_that_would_repeat,
		failure__that_the_name_server_may_know_of_is_news_about_the_route,
		failure__that_one_attempt_may_have_stored_is_not_forgotten,
		failure__puts_the_broker_aside_when_it_is_the_brokers,
		go_away__is_the_same_attempt_once_more,
		go_away__twice_is_a_lost_connection_that_stored_nothing,
		go_away__counts_anew_for_the_next_attempt,
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
		weaker__is_tried_again_when_wanted,
		weaker__is_better_than_whatever_follows,
		weaker__ends_it_with_the_attempts,
		queue__without_one_nothing_is_tried,
	};

	return run_suite("core", tests, RMQI_COUNT(tests));
}
