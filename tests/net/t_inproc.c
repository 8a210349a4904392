/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_inproc.c - the simulated network, and limits in virtual time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/conn_impl.h"
#include "net/inproc.h"
#include "net/inproc_impl.h"
#include "tests/net/world.h"

static struct world w;

static void open_world(void)
{
	world_init(&w, W_SIM);
	world_open(&w);
}

static int64_t now(void)
{
	return rmqi_clock_us(w.env.clock);
}

START_TEST(inproc__numbers_listeners_so_that_runs_repeat)
{
	struct rmqi_server *second;

	open_world();
	ck_assert_str_eq(rmqi_server_address(w.server), "127.0.0.1:10000");
	ck_assert_int_eq(rmqi_server_new(&w.server_config, &second, NULL), RMQ_OK);
	ck_assert_str_eq(rmqi_server_address(second), "127.0.0.1:10001");
	rmqi_server_free(second);
	world_close(&w);
}
END_TEST

START_TEST(inproc__needs_no_time_without_latency)
{
	int64_t before;

	open_world();
	before = now();
	for (int i = 0; i < 10; i++)
		world_expect_echo(&w, "x");
	ck_assert_int_eq(now(), before);
	world_close(&w);
}
END_TEST

START_TEST(inproc__delays_each_way_by_the_latency)
{
	int64_t before;

	open_world();
	rmqi_inproc_set_latency_us(w.env.inproc, 1500);

	before = now();
	world_expect_echo(&w, "connects");
	ck_assert_int_eq(now() - before, 4 * 1500);
	before = now();
	world_expect_echo(&w, "is connected");
	ck_assert_int_eq(now() - before, 2 * 1500);
	world_close(&w);
}
END_TEST

START_TEST(inproc__keeps_the_order_when_the_latency_falls)
{
	struct noted slow = {0}, fast = {0};

	open_world();
	world_expect_echo(&w, "x");
	rmqi_inproc_set_latency_us(w.env.inproc, 10000);
	world_call_async(&w, W_ECHO, "slow", W_PATIENCE_MS, &slow);
	rmqi_sim_settle(w.sim);
	rmqi_inproc_set_latency_us(w.env.inproc, 0);
	world_call_async(&w, W_ECHO, "fast", W_PATIENCE_MS, &fast);
	world_wait_end(&w, &fast);

	ck_assert_uint_eq(atomic_load(&slow.ends), 1);
	ck_assert_int_eq(now(), 10000);
	world_close(&w);
}
END_TEST

START_TEST(inproc__refuses_after_a_flight_there_and_back)
{
	open_world();
	rmqi_inproc_set_latency_us(w.env.inproc, 1000);
	snprintf(w.address, sizeof(w.address), "127.0.0.1:9");

	ck_assert_int_eq(world_call(&w, W_ECHO, "", NULL, W_PATIENCE_MS, NULL), RMQ_ERR_CONNECT);

	ck_assert_int_eq(now(), 2000);
	world_close(&w);
}
END_TEST

START_TEST(inproc__times_out_a_connect_over_a_slow_link)
{
	struct rmq_error_detail *d = rmqi_detail_new();

	open_world();
	rmqi_inproc_set_latency_us(w.env.inproc, 60 * 1000 * 1000);

	ck_assert_int_eq(world_call(&w, W_ECHO, "", NULL, 10000, d), RMQ_ERR_CONNECT);

	ck_assert_int_eq(now(), (int64_t)RMQI_CONNECT_TIMEOUT_MS * 1000);
	ck_assert_str_eq(rmq_error_detail_message(d),
			 "connect to 127.0.0.1:10000 timed out after 3000 ms");
	rmq_error_detail_free(d);
	world_close(&w);
}
END_TEST

START_TEST(inproc__times_out_calls_exactly_at_their_deadline)
{
	struct noted n[3] = {0};

	open_world();
	world_expect_echo(&w, "x");
	world_call_async(&w, W_SILENT, "", 3000, &n[0]);
	world_call_async(&w, W_SILENT, "", 100, &n[1]);
	world_call_async(&w, W_SILENT, "", 2999, &n[2]);

	rmqi_sim_advance(w.sim, 100 * 1000 - 1);
	ck_assert_uint_eq(atomic_load(&n[1].ends), 0);
	rmqi_sim_advance(w.sim, 1);
	ck_assert_uint_eq(atomic_load(&n[1].ends), 1);
	ck_assert_uint_eq(atomic_load(&n[2].ends), 0);
	rmqi_sim_advance(w.sim, 2899 * 1000);
	ck_assert_uint_eq(atomic_load(&n[2].ends), 1);
	ck_assert_uint_eq(atomic_load(&n[0].ends), 0);
	rmqi_sim_advance(w.sim, 1000);
	ck_assert_uint_eq(atomic_load(&n[0].ends), 1);
	world_close(&w);
}
END_TEST

START_TEST(inproc__tells_when_a_call_can_never_end)
{
	struct rmqi_outgoing o = {.code = W_SILENT};

	world_init(&w, W_SIM);
	w.rpc_config.idle_timeout_ms = INT32_MAX;
	w.server_config.limits.idle_ms = INT32_MAX;
	world_open(&w);

	/* Without a deadline it is the idle limit that ends it. */
	ck_assert_int_eq(rmqi_rpc_call(w.rpc, w.address, &o, RMQI_FOREVER, NULL, NULL, NULL),
			 RMQ_ERR_CONNECTION_LOST);
	world_close(&w);
}
END_TEST

START_TEST(inproc__holds_bytes_while_it_is_cut)
{
	struct noted before = {0}, during = {0};

	open_world();
	world_expect_echo(&w, "x");
	world_call_async(&w, W_ECHO, "x", 1000, &before);
	rmqi_inproc_set_cut(w.env.inproc, w.address, true);
	world_call_async(&w, W_ECHO, "x", W_PATIENCE_MS, &during);
	world_wait_end(&w, &before);
	ck_assert_int_eq(before.error, RMQ_ERR_TIMEOUT);
	ck_assert_uint_eq(atomic_load(&w.requests), 1);
	ck_assert_uint_gt(rmqi_inproc_in_flight(w.env.inproc), 0);

	rmqi_inproc_set_cut(w.env.inproc, w.address, false);
	world_wait_end(&w, &during);

	ck_assert_int_eq(during.error, RMQ_OK);
	ck_assert_uint_eq(atomic_load(&w.requests), 3);
	world_close(&w);
}
END_TEST

START_TEST(inproc__lets_nobody_connect_while_it_is_cut)
{
	open_world();
	rmqi_inproc_set_cut(w.env.inproc, w.address, true);
	ck_assert_int_eq(world_call(&w, W_ECHO, "", NULL, 10000, NULL), RMQ_ERR_CONNECT);
	ck_assert_int_eq(now(), (int64_t)RMQI_CONNECT_TIMEOUT_MS * 1000);
	rmqi_inproc_set_cut(w.env.inproc, w.address, false);
	world_expect_echo(&w, "again");
	world_close(&w);
}
END_TEST

/* --- Limits in virtual time ------------------------------------------------------------------ */

START_TEST(inproc__closes_an_idle_connection)
{
	open_world();
	world_expect_echo(&w, "x");
	rmqi_sim_advance(w.sim, (int64_t)RMQI_CONN_IDLE_MS * 1000 - 1);
	ck_assert_uint_eq(atomic_load(&w.client_lost), 0);
	ck_assert_uint_eq(atomic_load(&w.closed), 0);

	rmqi_sim_advance(w.sim, 1);

	ck_assert_uint_eq(atomic_load(&w.client_lost), 1);
	ck_assert_uint_eq(atomic_load(&w.closed), 1);
	world_expect_echo(&w, "again");
	world_close(&w);
}
END_TEST

START_TEST(inproc__keeps_a_connection_that_is_used)
{
	open_world();
	for (int i = 0; i < 10; i++) {
		world_expect_echo(&w, "x");
		rmqi_sim_advance(w.sim, (int64_t)RMQI_CONN_IDLE_MS * 1000 - 1);
	}
	ck_assert_uint_eq(atomic_load(&w.client_lost), 0);
	world_close(&w);
}
END_TEST

static const struct rmqi_buf *input_of_server(void)
{
	ck_assert_uint_eq(w.kept_count, 1);
	return &w.kept[0]->decoder.input;
}

static char much[300 * 1024 + 1];

START_TEST(inproc__gives_memory_back_when_nothing_comes_after_a_burst)
{
	struct noted n = {0};

	memset(much, 'x', sizeof(much) - 1);
	open_world();
	world_call_async(&w, W_LATER, much, 60000, &n);
	rmqi_sim_advance(w.sim, 1);
	ck_assert_uint_gt(input_of_server()->cap, 64 * 1024);

	rmqi_sim_advance(w.sim, 1000 * 1000);

	ck_assert_uint_eq(input_of_server()->cap, 0);
	world_expect_echo(&w, "again");
	ck_assert_uint_le(input_of_server()->cap, 64 * 1024);
	world_close(&w);
}
END_TEST

START_TEST(inproc__keeps_memory_while_much_comes)
{
	struct noted n = {0};

	memset(much, 'x', sizeof(much) - 1);
	open_world();
	world_call_async(&w, W_LATER, "", 60000, &n);
	for (int i = 0; i < 10; i++) {
		world_expect_echo(&w, much);
		rmqi_sim_advance(w.sim, 999 * 1000);
		ck_assert_uint_gt(input_of_server()->cap, 64 * 1024);
	}
	world_close(&w);
}
END_TEST

/* A raw end of the simulated network. */
struct raw_end {
	struct rmqi_stream *stream;
	bool is_ended;
	size_t got;
};

static void on_raw_event(struct rmqi_stream *s, enum rmqi_stream_event event)
{
	struct raw_end *r = s->arg;
	uint8_t buf[4096];
	size_t n = 0;

	ck_assert_int_eq(event, RMQI_STREAM_READABLE);
	while (s->ops->read(s, buf, sizeof(buf), &n) == RMQ_OK) {
		r->got += n;
		if (n == 0) {
			r->is_ended = true;
			return;
		}
	}
}

static void on_raw_dialed(void *arg, enum rmq_error error, struct rmqi_stream *s)
{
	struct raw_end *r = arg;

	ck_assert_int_eq(error, RMQ_OK);
	r->stream = s;
	s->fn = on_raw_event;
	s->arg = r;
	s->ops->want(s, true, false);
}

static void dial_raw(struct raw_end *r)
{
	struct rmqi_inproc_dial *dial;

	*r = (struct raw_end){0};
	ck_assert_int_eq(
		rmqi_inproc_dial(w.env.inproc, w.client_loop, w.address, on_raw_dialed, r, &dial),
		RMQ_OK);
	rmqi_sim_settle(w.sim);
	ck_assert_ptr_nonnull(r->stream);
}

static void send_raw(struct raw_end *r, char *bytes, size_t len)
{
	struct iovec iov = {.iov_base = bytes, .iov_len = len};
	size_t n;

	ck_assert_int_eq(r->stream->ops->writev(r->stream, &iov, 1, &n), RMQ_OK);
	ck_assert_uint_eq(n, len);
	rmqi_sim_settle(w.sim);
}

START_TEST(inproc__closes_on_a_frame_that_is_not_finished)
{
	struct raw_end r;
	char frame[512];
	size_t len;

	open_world();
	dial_raw(&r);
	len = raw_frame(frame, sizeof(frame), W_ECHO, 1, 0, "partial");

	send_raw(&r, frame, len);
	ck_assert_uint_gt(r.got, 0);
	rmqi_sim_advance(w.sim, 5 * 1000 * 1000);
	send_raw(&r, frame, 10);
	/* A byte now and then does not help. */
	rmqi_sim_advance(w.sim, 20 * 1000 * 1000);
	send_raw(&r, frame + 10, 1);
	rmqi_sim_advance(w.sim, 10 * 1000 * 1000 - 1);
	ck_assert(!r.is_ended);
	rmqi_sim_advance(w.sim, 1);

	ck_assert(r.is_ended);
	r.stream->ops->close(r.stream);
	world_close(&w);
}
END_TEST

START_TEST(inproc__accepts_a_slow_peer_that_finishes_its_frames)
{
	struct raw_end r;
	char frame[512];
	size_t len;

	open_world();
	dial_raw(&r);
	len = raw_frame(frame, sizeof(frame), W_ECHO, 1, 0, "partial");

	for (int i = 0; i < 5; i++) {
		send_raw(&r, frame, 10);
		rmqi_sim_advance(w.sim, 29 * 1000 * 1000);
		send_raw(&r, frame + 10, len - 10);
	}

	ck_assert(!r.is_ended);
	ck_assert_uint_eq(atomic_load(&w.requests), 5);
	r.stream->ops->close(r.stream);
	world_close(&w);
}
END_TEST

/* --- Determinism --------------------------------------------------------------------------------- */

static uint64_t run_with_seed(uint64_t seed)
{
	struct noted n[60] = {0};
	_Atomic unsigned ends = 0;
	uint64_t trace;

	world_init(&w, W_SIM);
	w.seed = seed;
	world_open(&w);
	for (int i = 0; i < 60; i++) {
		n[i].total = &ends;
		rmqi_inproc_set_latency_us(w.env.inproc, i % 7 * 100);
		world_call_async(&w,
				 i % 5 == 0    ? W_ASK_BACK
				 : i % 11 == 0 ? W_CLOSE
					       : W_ECHO,
				 "x", 500, &n[i]);
		if (i % 4 == 0)
			rmqi_sim_step(w.sim);
		if (i % 13 == 0)
			world_call(&w, W_SILENT, "", NULL, 10, NULL);
	}
	world_wait_count(&w, &ends, 60);
	trace = atomic_load(&w.trace) ^ (uint64_t)now();
	world_close(&w);
	return trace;
}

START_TEST(inproc__repeats_a_run_with_the_same_seed)
{
	for (uint64_t seed = 1; seed <= 20; seed++)
		ck_assert_uint_eq(run_with_seed(seed), run_with_seed(seed));
}
END_TEST

START_TEST(inproc__fails_every_allocation_without_losing_a_call)
{
	/* The n-th allocation of an exchange fails: the call ends, with an error or not. */
	for (uint64_t nth = 1; nth < 120; nth++) {
		struct noted n = {0};

		open_world();
		rmqi_mem_fail_after(nth, 0);
		world_call_async(&w, W_ECHO, "x", 1000, &n);
		world_wait_end(&w, &n);
		rmqi_mem_fail_after(0, 0);
		world_close(&w);
		ck_assert_uint_eq(atomic_load(&n.ends), 1);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		inproc__numbers_listeners_so_that_runs_repeat,
		inproc__needs_no_time_without_latency,
		inproc__delays_each_way_by_the_latency,
		inproc__keeps_the_order_when_the_latency_falls,
		inproc__refuses_after_a_flight_there_and_back,
		inproc__times_out_a_connect_over_a_slow_link,
		inproc__times_out_calls_exactly_at_their_deadline,
		inproc__tells_when_a_call_can_never_end,
		inproc__holds_bytes_while_it_is_cut,
		inproc__lets_nobody_connect_while_it_is_cut,
		inproc__closes_an_idle_connection,
		inproc__keeps_a_connection_that_is_used,
		inproc__gives_memory_back_when_nothing_comes_after_a_burst,
		inproc__keeps_memory_while_much_comes,
		inproc__closes_on_a_frame_that_is_not_finished,
		inproc__accepts_a_slow_peer_that_finishes_its_frames,
		inproc__repeats_a_run_with_the_same_seed,
		inproc__fails_every_allocation_without_losing_a_call,
	};

	return world_suite("inproc", NULL, 0, tests, RMQI_COUNT(tests));
}
