/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_rpc_failure.c - how calls fail: peers that close, are silent, are not there or go away.
 */
#include <stdio.h>
#include <string.h>

#include "tests/net/world.h"
#include "tests/support/child.h"

static struct world w;

static void open_world(int transport)
{
	world_init(&w, (enum transport)transport);
	world_open(&w);
}

/* --- Failure ---------------------------------------------------------------------------------- */

START_TEST(rpc__fails_at_once_when_the_peer_closes)
{
	struct rmq_error_detail *d = rmqi_detail_new();
	const rmq_attempt *attempt;
	struct noted n = {0};
	char expected[512];

	open_world(_i);
	world_expect_echo(&w, "x");

	world_call_async(&w, W_SILENT, "", W_PATIENCE_MS, &n);
	ck_assert_int_eq(world_call(&w, W_CLOSE, "", NULL, W_PATIENCE_MS, d),
			 RMQ_ERR_CONNECTION_LOST);
	world_wait_end(&w, &n);

	ck_assert_int_eq(n.error, RMQ_ERR_CONNECTION_LOST);
	ck_assert_int_eq(n.phase, RMQ_PHASE_WAIT);
	snprintf(expected, sizeof(expected), "%s closed the connection while an answer was awaited",
		 w.address);
	ck_assert_str_eq(rmq_error_detail_message(d), expected);
	ck_assert_str_eq(n.why, expected);
	ck_assert_uint_eq(rmq_error_detail_attempt_count(d), 1);
	attempt = rmq_error_detail_attempt_at(d, 0);
	ck_assert_ptr_nonnull(attempt);
	ck_assert_str_eq(rmq_attempt_address(attempt), w.address);
	ck_assert_int_eq(rmq_attempt_phase(attempt), RMQ_PHASE_WAIT);
	ck_assert_uint_eq(rmq_error_detail_flags(d), RMQ_ERROR_RETRIABLE);
	world_expect_echo(&w, "a new connection");
	ck_assert_uint_eq(atomic_load(&w.opened), 2);
	rmq_error_detail_free(d);
	world_close(&w);
}
END_TEST

/* A caller decides by the phase, with or without a detail. */
START_TEST(rpc__hands_out_the_phase_without_a_detail)
{
	struct rmqi_outgoing o = {.code = W_CLOSE};
	enum rmq_phase phase = RMQ_PHASE_RESOLVE;

	open_world(_i);
	ck_assert_int_eq(rmqi_rpc_call(w.rpc, w.address, &o, world_deadline(&w, W_PATIENCE_MS),
				       NULL, &phase, NULL),
			 RMQ_ERR_CONNECTION_LOST);
	ck_assert_int_eq(phase, RMQ_PHASE_WAIT);

	o.code = W_ECHO;
	ck_assert_int_eq(rmqi_rpc_call(w.rpc, w.address, &o, world_deadline(&w, W_PATIENCE_MS),
				       NULL, &phase, NULL),
			 RMQ_OK);
	ck_assert_int_eq(phase, RMQ_PHASE_ANSWER);

	rmqi_rpc_close(w.rpc);
	ck_assert_int_eq(rmqi_rpc_call(w.rpc, w.address, &o, world_deadline(&w, W_PATIENCE_MS),
				       NULL, &phase, NULL),
			 RMQ_ERR_CANCELLED);
	ck_assert_int_eq(phase, RMQ_PHASE_CONNECT);
	world_close(&w);
}
END_TEST

START_TEST(rpc__fails_at_once_when_the_peer_resets)
{
	open_world(_i);
	world_expect_echo(&w, "x");

	ck_assert_int_eq(world_call(&w, W_ABORT, "", NULL, W_PATIENCE_MS, NULL),
			 RMQ_ERR_CONNECTION_LOST);
	world_expect_echo(&w, "a new connection");

	world_close(&w);
}
END_TEST

START_TEST(rpc__times_out_and_keeps_the_connection)
{
	struct rmq_error_detail *d = rmqi_detail_new();
	struct noted n = {0};
	char expected[512];

	open_world(_i);
	world_expect_echo(&w, "x");

	ck_assert_int_eq(world_call(&w, W_SILENT, "", NULL, 30, d), RMQ_ERR_TIMEOUT);
	world_call_async(&w, W_SILENT, "", 30, &n);
	world_wait_end(&w, &n);

	snprintf(expected, sizeof(expected), "no answer from %s within 30 ms", w.address);
	ck_assert_str_eq(rmq_error_detail_message(d), expected);
	ck_assert_int_eq(n.error, RMQ_ERR_TIMEOUT);
	ck_assert_int_eq(n.phase, RMQ_PHASE_WAIT);
	world_expect_echo(&w, "the same connection");
	ck_assert_uint_eq(atomic_load(&w.opened), 1);
	rmq_error_detail_free(d);
	world_close(&w);
}
END_TEST

/* In whatever order they are given up, and not those between them. */
START_TEST(rpc__takes_back_what_still_waits_for_its_connection)
{
	static const int64_t limits_ms[] = {50, W_PATIENCE_MS, 70, 60, W_PATIENCE_MS, 40};
	struct noted n[RMQI_COUNT(limits_ms)] = {0};
	struct rmqi_outgoing o = {.code = W_ECHO};
	enum rmq_phase phase = RMQ_PHASE_ANSWER;

	open_world(W_SIM);
	rmqi_inproc_set_latency_us(w.env.inproc, 100 * 1000);
	for (size_t i = 0; i < RMQI_COUNT(n); i++)
		world_call_async(&w, W_ECHO, i % 2 ? "one" : "another one", limits_ms[i], &n[i]);
	ck_assert_int_eq(
		rmqi_rpc_call(w.rpc, w.address, &o, world_deadline(&w, 80), NULL, &phase, NULL),
		RMQ_ERR_TIMEOUT);
	ck_assert_int_eq(phase, RMQ_PHASE_CONNECT);
	for (size_t i = 0; i < RMQI_COUNT(n); i++) {
		world_wait_end(&w, &n[i]);
		ck_assert_int_eq(n[i].error, limits_ms[i] < 100 ? RMQ_ERR_TIMEOUT : RMQ_OK);
		ck_assert_int_eq(n[i].phase,
				 limits_ms[i] < 100 ? RMQ_PHASE_CONNECT : RMQ_PHASE_ANSWER);
	}
	world_expect_echo(&w, "and nothing is out of place");

	ck_assert_uint_eq(atomic_load(&w.requests), 3);
	world_close(&w);
}
END_TEST

START_TEST(rpc__drops_an_answer_that_comes_too_late)
{
	open_world(_i);
	world_expect_echo(&w, "x");

	ck_assert_int_eq(world_call(&w, W_LATER, "", NULL, 20, NULL), RMQ_ERR_TIMEOUT);
	ck_assert_int_eq(world_call(&w, W_RELEASE, "", NULL, W_PATIENCE_MS, NULL), RMQ_OK);
	world_expect_echo(&w, "mine");

	world_close(&w);
}
END_TEST

/* Once for any number of calls without an answer; and only then. */
START_TEST(rpc__tells_that_a_silent_peer_has_sent_something)
{
	open_world(_i);
	world_expect_echo(&w, "x");

	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(world_call(&w, W_SILENT, "", NULL, 20, NULL), RMQ_ERR_TIMEOUT);
	ck_assert_uint_eq(atomic_load(&w.client_alive), 0);
	world_expect_echo(&w, "y");
	world_wait_count(&w, &w.client_alive, 1);
	world_expect_echo(&w, "z");

	world_close(&w);
	ck_assert_uint_eq(atomic_load(&w.client_alive), 1);
}
END_TEST

START_TEST(rpc__times_out_calls_in_the_order_of_their_deadlines)
{
	struct noted n[3] = {0};

	open_world(_i);

	world_call_async(&w, W_SILENT, "", W_PATIENCE_MS, &n[0]);
	world_call_async(&w, W_SILENT, "", 60, &n[1]);
	world_call_async(&w, W_SILENT, "", 20, &n[2]);
	world_wait_end(&w, &n[2]);
	ck_assert_uint_eq(atomic_load(&n[0].ends), 0);
	world_wait_end(&w, &n[1]);

	ck_assert_uint_eq(atomic_load(&n[0].ends), 0);
	world_close(&w);
	ck_assert_int_eq(n[0].error, RMQ_ERR_CANCELLED);
}
END_TEST

START_TEST(rpc__reports_a_refused_port)
{
	struct rmq_error_detail *d = rmqi_detail_new();
	struct noted n = {0};
	char expected[512];

	open_world(_i);
	snprintf(w.address, sizeof(w.address), "127.0.0.1:%d", free_port("127.0.0.1"));

	ck_assert_int_eq(world_call(&w, W_ECHO, "", NULL, W_PATIENCE_MS, d), RMQ_ERR_CONNECT);
	world_call_async(&w, W_ECHO, "", W_PATIENCE_MS, &n);
	world_wait_end(&w, &n);

	snprintf(expected, sizeof(expected), "connect to %s refused", w.address);
	ck_assert_str_eq(rmq_error_detail_message(d), expected);
	ck_assert_int_eq(n.error, RMQ_ERR_CONNECT);
	ck_assert_int_eq(n.phase, RMQ_PHASE_CONNECT);
	ck_assert_str_eq(n.why, expected);
	rmq_error_detail_free(d);
	world_close(&w);
}
END_TEST

START_TEST(rpc__refuses_what_is_no_address)
{
	struct rmq_error_detail *d = rmqi_detail_new();

	open_world(_i);
	snprintf(w.address, sizeof(w.address), "nonsense");

	ck_assert_int_eq(world_call(&w, W_ECHO, "", NULL, W_PATIENCE_MS, d), RMQ_ERR_ADDRESS);

	ck_assert_str_eq(rmq_error_detail_message(d), "\"nonsense\" is not host:port");
	rmq_error_detail_free(d);
	world_close(&w);
}
END_TEST

/* --- GO_AWAY ------------------------------------------------------------------------------------- */

START_TEST(rpc__sends_again_after_go_away)
{
	struct rmqi_response r;

	open_world(_i);
	rmqi_response_init(&r);
	w.go_away = 1;

	ck_assert_int_eq(world_call(&w, W_GO_AWAY, "again", &r, W_PATIENCE_MS, NULL), RMQ_OK);

	ck_assert_int_eq(r.command.code, 0);
	ck_assert(rmqi_str_is(rmqi_cursor_str(r.command.body), "again"));
	ck_assert_uint_eq(atomic_load(&w.opened), 2);
	world_wait_count(&w, &w.closed, 1);
	rmqi_response_deinit(&r);
	world_close(&w);
}
END_TEST

START_TEST(rpc__fails_after_a_second_go_away)
{
	struct rmq_error_detail *d = rmqi_detail_new();

	open_world(_i);
	w.go_away = 2;

	ck_assert_int_eq(world_call(&w, W_GO_AWAY, "", NULL, W_PATIENCE_MS, d),
			 RMQ_ERR_CONNECTION_LOST);

	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d), "asked twice to go away"));
	rmq_error_detail_free(d);
	world_close(&w);
}
END_TEST

START_TEST(rpc__hands_go_away_to_an_asynchronous_caller)
{
	struct noted pending = {0}, n = {0};

	open_world(_i);
	w.go_away = 1;

	world_call_async(&w, W_LATER, "", W_PATIENCE_MS, &pending);
	world_call_async(&w, W_GO_AWAY, "", W_PATIENCE_MS, &n);
	world_wait_end(&w, &n);

	ck_assert_int_eq(n.error, RMQ_OK);
	ck_assert_int_eq(n.code, 1500);
	ck_assert_uint_eq(atomic_load(&pending.ends), 0);
	/* A new connection for new calls; the old one ends with its last answer. */
	ck_assert_int_eq(world_call(&w, W_RELEASE, "", NULL, W_PATIENCE_MS, NULL), RMQ_OK);
	world_wait_end(&w, &pending);
	ck_assert_int_eq(pending.error, RMQ_OK);
	ck_assert_uint_eq(atomic_load(&w.opened), 2);
	world_wait_count(&w, &w.closed, 1);
	world_close(&w);
}
END_TEST

int main(void)
{
	const TTest *const each[] = {
		rpc__fails_at_once_when_the_peer_closes,
		rpc__hands_out_the_phase_without_a_detail,
		rpc__fails_at_once_when_the_peer_resets,
		rpc__times_out_and_keeps_the_connection,
		rpc__drops_an_answer_that_comes_too_late,
		rpc__tells_that_a_silent_peer_has_sent_something,
		rpc__times_out_calls_in_the_order_of_their_deadlines,
		rpc__reports_a_refused_port,
		rpc__refuses_what_is_no_address,
		rpc__sends_again_after_go_away,
		rpc__fails_after_a_second_go_away,
		rpc__hands_go_away_to_an_asynchronous_caller,
	};
	const TTest *const once[] = {rpc__takes_back_what_still_waits_for_its_connection};

	return world_suite("rpc_failure", each, RMQI_COUNT(each), once, RMQI_COUNT(once));
}
