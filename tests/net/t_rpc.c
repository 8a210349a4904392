/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_rpc.c - what calls promise, over tcp, tls and in a simulation.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/thread.h"
#include "tests/net/world.h"
#include "tests/support/child.h"

static struct world w;

static void open_world(int transport)
{
	world_init(&w, (enum transport)transport);
	world_open(&w);
}

/* --- One call ------------------------------------------------------------------------------- */

START_TEST(rpc__answers_a_synchronous_call)
{
	open_world(_i);

	world_expect_echo(&w, "hello");
	world_expect_echo(&w, "");

	ck_assert(rmqi_rpc_is_connected(w.rpc, w.address));
	ck_assert_uint_eq(atomic_load(&w.opened), 1);
	world_close(&w);
}
END_TEST

START_TEST(rpc__answers_many_synchronous_calls_in_turn)
{
	char body[32];

	open_world(_i);

	for (int i = 0; i < 3000; i++) {
		snprintf(body, sizeof(body), "body %d", i);
		world_expect_echo(&w, body);
	}

	ck_assert_uint_eq(atomic_load(&w.opened), 1);
	world_close(&w);
}
END_TEST

START_TEST(rpc__needs_no_response_object)
{
	open_world(_i);

	ck_assert_int_eq(world_call(&w, W_ECHO, "x", NULL, W_PATIENCE_MS, NULL), RMQ_OK);

	world_close(&w);
}
END_TEST

START_TEST(rpc__answers_an_asynchronous_call)
{
	struct noted n = {0};

	open_world(_i);

	world_call_async(&w, W_ECHO, "12345", W_PATIENCE_MS, &n);
	world_wait_end(&w, &n);

	ck_assert_int_eq(n.error, RMQ_OK);
	ck_assert_uint_eq(n.body_len, 5);
	ck_assert_int_eq(n.phase, RMQ_PHASE_ANSWER);
	world_close(&w);
}
END_TEST

START_TEST(rpc__keeps_1000_calls_in_flight)
{
	struct noted *n = calloc(1000, sizeof(*n));
	_Atomic unsigned ends = 0;

	open_world(_i);

	for (int i = 0; i < 1000; i++) {
		n[i].total = &ends;
		world_call_async(&w, W_LATER, "x", W_PATIENCE_MS, &n[i]);
	}
	world_wait_count(&w, &w.requests, 1000);
	ck_assert_uint_eq(atomic_load(&ends), 0);
	ck_assert_int_eq(world_call(&w, W_RELEASE, "", NULL, W_PATIENCE_MS, NULL), RMQ_OK);
	world_wait_count(&w, &ends, 1000);

	for (int i = 0; i < 1000; i++) {
		ck_assert_uint_eq(atomic_load(&n[i].ends), 1);
		ck_assert_int_eq(n[i].error, RMQ_OK);
	}
	ck_assert_uint_eq(atomic_load(&w.opened), 1);
	world_close(&w);
	free(n);
}
END_TEST

START_TEST(rpc__sends_oneway_requests)
{
	struct rmqi_outgoing o = {.code = W_COUNT};

	open_world(_i);

	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(rmqi_rpc_oneway(w.rpc, w.address, &o), RMQ_OK);
	world_wait_count(&w, &w.counted, 100);

	world_close(&w);
}
END_TEST

START_TEST(rpc__lets_the_server_ask_back)
{
	struct rmqi_response r;

	open_world(_i);
	rmqi_response_init(&r);

	for (int i = 0; i < 200; i++) {
		ck_assert_int_eq(world_call(&w, W_ASK_BACK, "who", &r, W_PATIENCE_MS, NULL),
				 RMQ_OK);
		ck_assert(rmqi_str_is(rmqi_cursor_str(r.command.body), "who"));
	}

	ck_assert_uint_eq(atomic_load(&w.client_requests), 200);
	rmqi_response_deinit(&r);
	world_close(&w);
}
END_TEST

START_TEST(rpc__carries_big_bodies)
{
	size_t len = 4 * 1024 * 1024;
	char *body = malloc(len + 1);
	struct rmqi_response r;

	open_world(_i);
	rmqi_response_init(&r);
	for (size_t i = 0; i < len; i++)
		body[i] = (char)('a' + i % 23);
	body[len] = '\0';

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(world_call(&w, W_ECHO, body, &r, W_PATIENCE_MS, NULL), RMQ_OK);
		ck_assert_uint_eq(r.command.body.len, len);
		ck_assert_mem_eq(r.command.body.ptr, body, len);
	}

	rmqi_response_deinit(&r);
	world_close(&w);
	free(body);
}
END_TEST

START_TEST(rpc__refuses_a_frame_that_is_too_large)
{
	size_t len = RMQI_FRAME_MAX;
	char *body = calloc(1, len + 1);
	struct noted n = {0};

	open_world(_i);
	memset(body, 'x', len);

	ck_assert_int_eq(world_call(&w, W_ECHO, body, NULL, W_PATIENCE_MS, NULL),
			 RMQ_ERR_TOO_LARGE);
	world_call_async(&w, W_ECHO, body, W_PATIENCE_MS, &n);
	world_wait_end(&w, &n);
	ck_assert_int_eq(n.error, RMQ_ERR_TOO_LARGE);
	world_expect_echo(&w, "still open");

	world_close(&w);
	free(body);
}
END_TEST

START_TEST(rpc__sends_a_body_of_pieces_in_order)
{
	struct rmqi_cursor pieces[12];
	struct rmqi_outgoing o = {.code = W_ECHO, .body = pieces};
	struct rmqi_response r;

	open_world(_i);
	rmqi_response_init(&r);
	for (size_t i = 0; i < 12; i++)
		pieces[i] = rmqi_cursor(&"abcdefghijkl"[i], i == 3 ? 0 : 1);

	for (o.body_count = 3; o.body_count <= 12; o.body_count += 9) {
		ck_assert_int_eq(rmqi_rpc_call(w.rpc, w.address, &o,
					       world_deadline(&w, W_PATIENCE_MS), &r, NULL, NULL),
				 RMQ_OK);
		ck_assert(rmqi_str_is(rmqi_cursor_str(r.command.body),
				      o.body_count == 3 ? "abc" : "abcefghijkl"));
	}

	rmqi_response_deinit(&r);
	world_close(&w);
}
END_TEST

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

/* --- Hooks ----------------------------------------------------------------------------------------- */

struct hook {
	unsigned before, after;
	int32_t code;
	const char *key;
};

static void before(void *arg, const char *address, const struct rmqi_outgoing *request,
		   struct rmqi_ext *ext, size_t *count)
{
	struct hook *h = arg;

	ck_assert_str_eq(address, w.address);
	h->before++;
	h->code = request->code;
	ext[*count].key = rmqi_str(h->key);
	ext[*count].value = rmqi_str("v");
	(*count)++;
	ck_assert_uint_le(request->extra_count, 2);
}

static void after(void *arg, const char *address, int32_t request_code,
		  const struct rmqi_command *response)
{
	struct hook *h = arg;

	ck_assert_str_eq(address, w.address);
	ck_assert_int_eq(request_code, h->code);
	ck_assert_int_eq(response->code, 0);
	h->after++;
}

START_TEST(rpc__runs_hooks_around_calls)
{
	struct hook first = {.key = "a"}, second = {.key = "b"};
	struct noted n = {0};

	world_init(&w, (enum transport)_i);
	w.rpc_config.hooks[0] = (struct rmqi_hook){.before = before, .after = after, .arg = &first};
	w.rpc_config.hooks[1] = (struct rmqi_hook){.before = before, .arg = &second};
	world_open(&w);

	world_expect_echo(&w, "x");
	world_call_async(&w, W_ECHO, "x", W_PATIENCE_MS, &n);
	world_wait_end(&w, &n);

	ck_assert_uint_eq(first.before, 2);
	ck_assert_uint_eq(first.after, 2);
	ck_assert_uint_eq(second.before, 2);
	world_close(&w);
}
END_TEST

/* --- Closing ------------------------------------------------------------------------------------------ */

START_TEST(rpc__completes_each_call_once_when_it_is_closed)
{
	struct noted *n = calloc(500, sizeof(*n));
	_Atomic unsigned ends = 0;

	open_world(_i);

	for (int i = 0; i < 500; i++) {
		n[i].total = &ends;
		world_call_async(&w, i % 2 ? W_SILENT : W_ECHO, "x", W_PATIENCE_MS, &n[i]);
	}
	rmqi_rpc_close(w.rpc);
	rmqi_rpc_close(w.rpc);
	ck_assert_int_eq(world_call(&w, W_ECHO, "", NULL, W_PATIENCE_MS, NULL), RMQ_ERR_CANCELLED);
	world_wait_count(&w, &ends, 500);
	world_close(&w);

	for (int i = 0; i < 500; i++) {
		ck_assert_uint_eq(atomic_load(&n[i].ends), 1);
		ck_assert(n[i].error == RMQ_ERR_CANCELLED || n[i].error == RMQ_OK);
	}
	free(n);
}
END_TEST

START_TEST(rpc__completes_an_asynchronous_call_after_close)
{
	struct noted n = {0};

	open_world(_i);
	rmqi_rpc_close(w.rpc);

	world_call_async(&w, W_ECHO, "x", W_PATIENCE_MS, &n);
	world_wait_end(&w, &n);

	ck_assert_int_eq(n.error, RMQ_ERR_CANCELLED);
	world_close(&w);
}
END_TEST

START_TEST(rpc__drop_fails_the_calls_of_one_address)
{
	struct noted n = {0};

	open_world(_i);
	world_expect_echo(&w, "x");

	world_call_async(&w, W_SILENT, "", W_PATIENCE_MS, &n);
	rmqi_rpc_drop(w.rpc, w.address);
	world_wait_end(&w, &n);

	ck_assert_int_eq(n.error, RMQ_ERR_CONNECTION_LOST);
	world_expect_echo(&w, "again");
	rmqi_rpc_drop(w.rpc, "127.0.0.1:1");
	world_close(&w);
}
END_TEST

START_TEST(rpc__speaks_the_binary_header)
{
	world_init(&w, (enum transport)_i);
	w.rpc_config.serialization = RMQI_BINARY;
	world_open(&w);

	world_expect_echo(&w, "binary");
	ck_assert_int_eq(world_call(&w, W_ASK_BACK, "b", NULL, W_PATIENCE_MS, NULL), RMQ_OK);

	world_close(&w);
}
END_TEST

/* A server that holds back its answers must not be read from without limit: answers of 64 MiB and
 * more, asked for at once, all arrive. */
START_TEST(rpc__survives_a_flood_of_answers)
{
	struct noted *n = calloc(100, sizeof(*n));
	_Atomic unsigned ends = 0;

	open_world(_i);

	for (int i = 0; i < 100; i++) {
		n[i].total = &ends;
		world_call_async(&w, W_FLOOD, "1048576", W_PATIENCE_MS, &n[i]);
	}
	world_wait_count(&w, &ends, 100);

	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(n[i].error, RMQ_OK);
		ck_assert_uint_eq(n[i].body_len, 1048576);
	}
	world_close(&w);
	free(n);
}
END_TEST

static const TTest *const *each(size_t *count)
{
	static const TTest *tests[64];
	size_t n = 0;

	tests[n++] = rpc__answers_a_synchronous_call;
	tests[n++] = rpc__answers_many_synchronous_calls_in_turn;
	tests[n++] = rpc__needs_no_response_object;
	tests[n++] = rpc__answers_an_asynchronous_call;
	tests[n++] = rpc__keeps_1000_calls_in_flight;
	tests[n++] = rpc__sends_oneway_requests;
	tests[n++] = rpc__lets_the_server_ask_back;
	tests[n++] = rpc__carries_big_bodies;
	tests[n++] = rpc__refuses_a_frame_that_is_too_large;
	tests[n++] = rpc__sends_a_body_of_pieces_in_order;
	tests[n++] = rpc__fails_at_once_when_the_peer_closes;
	tests[n++] = rpc__hands_out_the_phase_without_a_detail;
	tests[n++] = rpc__fails_at_once_when_the_peer_resets;
	tests[n++] = rpc__times_out_and_keeps_the_connection;
	tests[n++] = rpc__drops_an_answer_that_comes_too_late;
	tests[n++] = rpc__times_out_calls_in_the_order_of_their_deadlines;
	tests[n++] = rpc__reports_a_refused_port;
	tests[n++] = rpc__refuses_what_is_no_address;
	tests[n++] = rpc__sends_again_after_go_away;
	tests[n++] = rpc__fails_after_a_second_go_away;
	tests[n++] = rpc__hands_go_away_to_an_asynchronous_caller;
	tests[n++] = rpc__runs_hooks_around_calls;
	tests[n++] = rpc__completes_each_call_once_when_it_is_closed;
	tests[n++] = rpc__completes_an_asynchronous_call_after_close;
	tests[n++] = rpc__drop_fails_the_calls_of_one_address;
	tests[n++] = rpc__speaks_the_binary_header;
	tests[n++] = rpc__survives_a_flood_of_answers;
	*count = n;
	return tests;
}

int main(void)
{
	size_t count;
	const TTest *const *tests = each(&count);

	const TTest *const once[] = {rpc__takes_back_what_still_waits_for_its_connection};

	return world_suite("rpc", tests, count, once, RMQI_COUNT(once));
}
