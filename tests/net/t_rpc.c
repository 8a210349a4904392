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

/* --- Hooks ----------------------------------------------------------------------------------------- */

struct hook {
	unsigned before, after, sent;
	int32_t code;
	const char *key;
	enum rmq_error refuses; /* RMQ_OK: nothing */
};

static enum rmq_error before(void *arg, const char *address, const struct rmqi_outgoing *request,
			     struct rmqi_ext *ext, size_t *count, struct rmqi_hook_kept *kept)
{
	struct hook *h = arg;

	ck_assert_str_eq(address, w.address);
	h->before++;
	h->code = request->code;
	ext[*count].key = rmqi_str(h->key);
	ext[*count].value = rmqi_str("v");
	(*count)++;
	ck_assert_uint_le(request->extra_count, 2);
	ck_assert_uint_eq(h->sent, h->before - 1);
	kept->held = h;
	return h->refuses;
}

static void sent(void *arg, struct rmqi_hook_kept *kept)
{
	struct hook *h = arg;

	ck_assert_ptr_eq(kept->held, h);
	h->sent++;
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
	w.rpc_config.hooks[0] =
		(struct rmqi_hook){.before = before, .sent = sent, .after = after, .arg = &first};
	w.rpc_config.hooks[1] = (struct rmqi_hook){.before = before, .sent = sent, .arg = &second};
	world_open(&w);

	world_expect_echo(&w, "x");
	world_call_async(&w, W_ECHO, "x", W_PATIENCE_MS, &n);
	world_wait_end(&w, &n);

	ck_assert_uint_eq(first.before, 2);
	ck_assert_uint_eq(first.after, 2);
	ck_assert_uint_eq(second.before, 2);
	ck_assert_uint_eq(first.sent, 2);
	ck_assert_uint_eq(second.sent, 2);
	world_close(&w);
}
END_TEST

START_TEST(rpc__sends_nothing_that_a_hook_refuses)
{
	struct hook first = {.key = "a"}, second = {.key = "b", .refuses = RMQ_ERR_STATE};
	struct rmqi_outgoing request = {.code = W_ECHO};
	struct noted n = {0};

	world_init(&w, (enum transport)_i);
	w.rpc_config.hooks[0] = (struct rmqi_hook){.before = before, .sent = sent, .arg = &first};
	w.rpc_config.hooks[1] = (struct rmqi_hook){.before = before, .sent = sent, .arg = &second};
	world_open(&w);

	ck_assert_int_eq(world_call(&w, W_ECHO, "x", NULL, W_PATIENCE_MS, NULL), RMQ_ERR_STATE);
	second.sent++; /* none for a refusal */
	world_call_async(&w, W_ECHO, "x", W_PATIENCE_MS, &n);
	world_wait_end(&w, &n);
	ck_assert_int_eq(n.error, RMQ_ERR_STATE);
	second.sent++;
	ck_assert_int_eq(rmqi_rpc_oneway(w.rpc, w.address, &request), RMQ_ERR_STATE);

	ck_assert_uint_eq(first.sent, 3);
	ck_assert_uint_eq(atomic_load(&w.opened), 0);
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

int main(void)
{
	const TTest *const each[] = {
		rpc__answers_a_synchronous_call,
		rpc__answers_many_synchronous_calls_in_turn,
		rpc__needs_no_response_object,
		rpc__answers_an_asynchronous_call,
		rpc__keeps_1000_calls_in_flight,
		rpc__sends_oneway_requests,
		rpc__lets_the_server_ask_back,
		rpc__carries_big_bodies,
		rpc__refuses_a_frame_that_is_too_large,
		rpc__sends_a_body_of_pieces_in_order,
		rpc__runs_hooks_around_calls,
		rpc__sends_nothing_that_a_hook_refuses,
		rpc__completes_each_call_once_when_it_is_closed,
		rpc__completes_an_asynchronous_call_after_close,
		rpc__drop_fails_the_calls_of_one_address,
		rpc__speaks_the_binary_header,
		rpc__survives_a_flood_of_answers,
	};

	return world_suite("rpc", each, RMQI_COUNT(each), NULL, 0);
}
