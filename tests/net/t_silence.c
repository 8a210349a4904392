/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_silence.c - a peer that takes requests and says nothing any more: after some calls the
 * connection is closed, and the next call makes another one. Under virtual time, but for the last.
 */
#include "tests/net/world.h"
#include "tests/support/suite.h"

enum { LONG_MS = 30 * 1000, SHORT_MS = 20, USUAL_MS = 3000 };

static struct world w;

static void open_world(enum transport transport)
{
	world_init(&w, transport);
	world_open(&w);
	world_expect_echo(&w, "it lives");
}

static void expect_timeout(int64_t timeout_ms)
{
	ck_assert_int_eq(world_call(&w, W_SILENT, "", NULL, timeout_ms, NULL), RMQ_ERR_TIMEOUT);
}

static bool never(void *arg)
{
	(void)arg;
	return false;
}

static void pass(int64_t ms)
{
	rmqi_sim_run_until(w.sim, never, NULL, world_deadline(&w, ms));
}

static void expect_lost(unsigned times)
{
	world_wait_count(&w, &w.client_lost, times);
	ck_assert_uint_eq(atomic_load(&w.client_lost), times);
	world_expect_echo(&w, "another connection");
	ck_assert_uint_eq(atomic_load(&w.opened), times + 1);
	world_close(&w);
}

static void expect_kept(void)
{
	pass(1);
	ck_assert_uint_eq(atomic_load(&w.client_lost), 0);
	world_expect_echo(&w, "the same connection");
	ck_assert_uint_eq(atomic_load(&w.opened), 1);
	world_close(&w);
}

START_TEST(silence__of_three_calls_in_a_row_closes_the_connection)
{
	open_world(W_SIM);
	expect_timeout(USUAL_MS);
	expect_timeout(USUAL_MS);
	ck_assert_uint_eq(atomic_load(&w.client_lost), 0);
	expect_timeout(USUAL_MS);
	expect_lost(1);
}
END_TEST

START_TEST(silence__of_two_calls_does_not)
{
	open_world(W_SIM);
	expect_timeout(LONG_MS);
	expect_timeout(LONG_MS);
	expect_kept();
}
END_TEST

START_TEST(silence__that_is_short_does_not_however_many_calls)
{
	open_world(W_SIM);
	for (int i = 0; i < 100; i++)
		expect_timeout(SHORT_MS);
	expect_kept();
}
END_TEST

START_TEST(silence__counts_from_the_first_call_not_from_the_last_byte)
{
	open_world(W_SIM);
	pass(60 * 1000); /* idle: nothing was asked */
	for (int i = 0; i < 10; i++)
		expect_timeout(SHORT_MS);
	expect_kept();
}
END_TEST

START_TEST(silence__is_over_with_any_answer)
{
	open_world(W_SIM);
	for (int i = 0; i < 5; i++) {
		expect_timeout(USUAL_MS);
		expect_timeout(USUAL_MS);
		world_expect_echo(&w, "well");
	}
	expect_kept();
}
END_TEST

enum { POLLS = 4 };

/* Long polls whose answers are late while the peer answers something else. */
START_TEST(silence__of_long_polls_is_none_when_something_came_meanwhile)
{
	struct noted polls[POLLS] = {0};

	open_world(W_SIM);
	for (int i = 0; i < POLLS; i++)
		world_call_async(&w, W_SILENT, "", LONG_MS, &polls[i]);
	pass(LONG_MS / 2);
	world_expect_echo(&w, "a heartbeat");
	for (int i = 0; i < POLLS; i++) {
		world_wait_end(&w, &polls[i]);
		ck_assert_int_eq(polls[i].error, RMQ_ERR_TIMEOUT);
	}
	expect_kept();
}
END_TEST

START_TEST(silence__fails_what_still_waits_with_the_cause)
{
	struct noted polls[POLLS] = {0}, patient = {0};

	open_world(W_SIM);
	world_call_async(&w, W_SILENT, "", 10 * LONG_MS, &patient);
	for (int i = 0; i < POLLS; i++)
		world_call_async(&w, W_SILENT, "", LONG_MS, &polls[i]);
	pass(LONG_MS);
	for (int i = 0; i < POLLS; i++) {
		world_wait_end(&w, &polls[i]);
		ck_assert_int_eq(polls[i].error, RMQ_ERR_TIMEOUT);
	}
	world_wait_end(&w, &patient);
	ck_assert_int_eq(patient.error, RMQ_ERR_CONNECTION_LOST);
	ck_assert_ptr_nonnull(strstr(patient.why,
				     "left 4 calls without an answer, and sent nothing "
				     "for 30000 ms"));
	expect_lost(1);
}
END_TEST

/* Where callers read and look after their time themselves. */
START_TEST(silence__is_noticed_by_callers_that_read)
{
	enum { THIRD_MS = RMQI_CONN_SILENT_MS / RMQI_CONN_SILENT_CALLS + 20 };

	open_world((enum transport)_i);
	/* On a busy machine a call may end before it was sent: it does not count. */
	for (int i = 0; i < 10 && atomic_load(&w.client_lost) == 0; i++)
		ck_assert_int_ne(world_call(&w, W_SILENT, "", NULL, THIRD_MS, NULL), RMQ_OK);
	expect_lost(1);
}
END_TEST

int main(void)
{
	struct suite s;
	const TTest *const tests[] = {
		silence__of_three_calls_in_a_row_closes_the_connection,
		silence__of_two_calls_does_not,
		silence__that_is_short_does_not_however_many_calls,
		silence__counts_from_the_first_call_not_from_the_last_byte,
		silence__is_over_with_any_answer,
		silence__of_long_polls_is_none_when_something_came_meanwhile,
		silence__fails_what_still_waits_with_the_cause,
	};

	suite_open(&s, "silence");
	suite_add(&s, tests, RMQI_COUNT(tests));
	suite_add_loop(&s, silence__is_noticed_by_callers_that_read, W_TLS + 1);
	return suite_run(&s);
}
