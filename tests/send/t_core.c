/* SPDX-License-Identifier: Apache-2.0 */
/* What a send does next (send/core.h): after each answer and each failure. */
#include "tests/send/core_scene.h"

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

/* Another broker would say the same; nobody is put aside for it, and the route is not to blame. */
START_TEST(answer__a_denial_ends_it_at_once)
{
	struct rmqi_send_outcome o = {
		.phase = RMQ_PHASE_ANSWER, .code = RMQI_RESP_NO_PERMISSION, .is_denied = true};

	set_up(2);
	begin();
	expect_try("a", 2700);
	rmqi_send_ended(&s, &o, now_ms * MS);
	expect_done(RMQ_ERR_DENIED, RMQ_ERROR_FATAL);
	ck_assert_int_eq(s.made, 1);
	ck_assert(!s.is_route_stale);

	begin();
	expect_try("a", 2700);
	timed_out();
	next();
	rmqi_send_ended(&s, &o, now_ms * MS);
	expect_done(RMQ_ERR_DENIED, RMQ_ERROR_FATAL | RMQ_ERROR_MAYBE_STORED);
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
		for (int phase = RMQ_PHASE_COMPRESS; phase <= RMQ_PHASE_ANSWER; phase++)
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

/* --- Once ------------------------------------------------------------------------------------------ */

START_TEST(once__nothing_follows_what_may_be_stored)
{
	set_up(2);
	rules.never_twice = true;
	begin();
	expect_try("a", 2700);
	answered(RMQI_RESP_SYSTEM_ERROR);
	expect_try("b", BUDGET_MS);
	ended(RMQ_ERR_CONNECTION_LOST, RMQ_PHASE_WAIT, 0, 1);

	expect_done(RMQ_ERR_CONNECTION_LOST, RMQ_ERROR_RETRIABLE | RMQ_ERROR_MAYBE_STORED);
	tear_down();
}
END_TEST

START_TEST(once__what_was_never_sent_is_tried_elsewhere)
{
	set_up(2);
	rules.never_twice = true;
	begin();
	expect_try("a", 2700);
	ended(RMQ_ERR_CONNECT, RMQ_PHASE_CONNECT, 0, 1);
	expect_try("b", BUDGET_MS);
	answered(RMQI_RESP_SUCCESS);

	expect_done(RMQ_OK, 0);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		answer__every_code_has_one_meaning,
		answer__ends_the_send_or_leads_to_another_broker,
		answer__that_cannot_be_used_ends_it_as_maybe_stored,
		answer__a_denial_ends_it_at_once,
		answer__refusals_use_up_the_attempts,
		failure__in_every_phase_says_whether_it_may_be_stored,
		failure__leads_to_another_broker_but_for_those_that_would_repeat,
		failure__that_the_name_server_may_know_of_is_news_about_the_route,
		failure__that_one_attempt_may_have_stored_is_not_forgotten,
		failure__puts_the_broker_aside_when_it_is_the_brokers,
		go_away__is_the_same_attempt_once_more,
		go_away__twice_is_a_lost_connection_that_stored_nothing,
		go_away__counts_anew_for_the_next_attempt,
		weaker__is_tried_again_when_wanted,
		weaker__is_better_than_whatever_follows,
		weaker__ends_it_with_the_attempts,
		queue__without_one_nothing_is_tried,
		once__nothing_follows_what_may_be_stored,
		once__what_was_never_sent_is_tried_elsewhere,
	};

	return run_suite("core", tests, RMQI_COUNT(tests));
}
