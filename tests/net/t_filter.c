/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_filter.c - faults of the bytes themselves, in both directions, over every
 * transport: what is cut, changed or lost in a filter of the server's connection.
 */
#include <stdio.h>
#include <string.h>

#include "tests/net/world.h"

enum { NEVER = 1 << 30 };

static struct world w;

/* What the filter does, and saw. Set before the connection opens; then the server's loop's. */
static struct fault {
	struct rmqi_filter f;
	bool is_input;
	size_t lose_at;           /* from this byte of the direction on, all is lost */
	_Atomic size_t change_at; /* this byte is changed */
	bool hangs_up;            /* ... when it loses something */
	_Atomic unsigned shown, pieces, largest;
} fault;

static size_t apply(struct rmqi_conn *c, uint8_t *bytes, size_t len)
{
	size_t at = atomic_load(&fault.shown);
	size_t end = at + len;
	size_t change_at = atomic_load(&fault.change_at);

	atomic_store(&fault.shown, (unsigned)end);
	atomic_fetch_add(&fault.pieces, 1);
	if (len > atomic_load(&fault.largest))
		atomic_store(&fault.largest, (unsigned)len);
	if (change_at >= at && change_at < end)
		bytes[change_at - at] ^= 0xff;
	if (end <= fault.lose_at)
		return len;
	if (fault.hangs_up)
		rmqi_conn_close(c, RMQ_OK);
	return fault.lose_at > at ? fault.lose_at - at : 0;
}

static size_t on_input(struct rmqi_filter *f, struct rmqi_conn *c, uint8_t *bytes, size_t len)
{
	ck_assert_ptr_eq(f, &fault.f);
	ck_assert(rmqi_loop_is_current(w.server_loop));
	return fault.is_input ? apply(c, bytes, len) : len;
}

static size_t on_output(struct rmqi_filter *f, struct rmqi_conn *c, uint8_t *bytes, size_t len)
{
	ck_assert_ptr_eq(f, &fault.f);
	ck_assert(rmqi_loop_is_current(w.server_loop));
	return fault.is_input ? len : apply(c, bytes, len);
}

static void begin(int transport, bool is_input)
{
	memset(&fault, 0, sizeof(fault));
	fault.is_input = is_input;
	fault.lose_at = NEVER;
	atomic_store(&fault.change_at, NEVER);
	fault.f.input = on_input;
	fault.f.output = on_output;
	world_init(&w, (enum transport)transport);
	atomic_store(&w.filter, &fault.f);
}

static enum rmq_error echo(const char *body, int64_t timeout_ms)
{
	return world_call(&w, W_ECHO, body, NULL, timeout_ms, NULL);
}

/* The next connection has no filter. */
static void expect_recovery(void)
{
	atomic_store(&w.filter, NULL);
	world_expect_echo(&w, "a new connection");
	ck_assert_uint_eq(atomic_load(&w.opened), 2);
}

/* --- Pieces ------------------------------------------------------------------------------- */

START_TEST(filter__input_arrives_in_pieces)
{
	static const size_t pieces[] = {1, 3, 8, 13};

	for (size_t i = 0; i < RMQI_COUNT(pieces); i++) {
		begin(_i, true);
		fault.f.input_piece = pieces[i];
		world_open(&w);
		for (int k = 0; k < 3; k++)
			world_expect_echo(&w, "cut into pieces, and whole again");
		world_close(&w);
		ck_assert_uint_eq(atomic_load(&fault.largest), pieces[i]);
	}
}
END_TEST

START_TEST(filter__output_leaves_in_pieces)
{
	static const size_t pieces[] = {1, 3, 8, 13};
	int64_t from;

	for (size_t i = 0; i < RMQI_COUNT(pieces); i++) {
		begin(_i, false);
		fault.f.output_piece = pieces[i];
		world_open(&w);
		from = rmqi_clock_us(w.env.clock);
		for (int k = 0; k < 3; k++)
			world_expect_echo(&w, "cut into pieces, and whole again");
		/* In virtual time only the gaps take any. */
		if (_i == W_SIM)
			ck_assert_int_ge(rmqi_clock_us(w.env.clock) - from,
					 (int64_t)(atomic_load(&fault.shown) / pieces[i] - 3));
		world_close(&w);
		/* Three answers, each shown as a whole. */
		ck_assert_uint_eq(atomic_load(&fault.pieces), 3);
	}
}
END_TEST

/* A close does not wait for the gaps, and loses nothing. */
/* Its timer would be left behind. */
START_TEST(filter__comes_too_late_for_a_closed_connection)
{
	struct rmqi_filter late = {0};

	begin(_i, false);
	w.late_filter = &late;
	world_open(&w);
	ck_assert_int_eq(world_call(&w, W_CLOSE, "", NULL, W_PATIENCE_MS, NULL),
			 RMQ_ERR_CONNECTION_LOST);
	world_wait_count(&w, &w.closed, 1);
	ck_assert_int_eq(atomic_load(&w.late_error), RMQ_ERR_CONNECTION_LOST);
	world_close(&w);
}
END_TEST
START_TEST(filter__a_close_sends_what_waits_for_its_piece)
{
	struct noted n = {0};
	char body[600];

	memset(body, 'x', sizeof(body) - 1);
	body[sizeof(body) - 1] = '\0';
	begin(_i, false);
	fault.f.output_piece = 1;
	world_open(&w);
	world_call_async(&w, W_ECHO, body, W_PATIENCE_MS, &n);
	ck_assert_int_eq(world_call(&w, W_CLOSE, "", NULL, W_PATIENCE_MS, NULL),
			 RMQ_ERR_CONNECTION_LOST);
	world_wait_end(&w, &n);
	ck_assert_int_eq(n.error, RMQ_OK);
	ck_assert_uint_eq(n.body_len, sizeof(body) - 1);
	world_close(&w);
}
END_TEST

START_TEST(filter__keeps_the_gathered_write)
{
	struct noted n[8] = {0};

	begin(_i, false);
	world_open(&w);
	for (int i = 0; i < 8; i++)
		world_call_async(&w, W_LATER, "", W_PATIENCE_MS, &n[i]);
	ck_assert_int_eq(world_call(&w, W_RELEASE, "", NULL, W_PATIENCE_MS, NULL), RMQ_OK);
	for (int i = 0; i < 8; i++) {
		world_wait_end(&w, &n[i]);
		ck_assert_int_eq(n[i].error, RMQ_OK);
	}
	world_close(&w);
	ck_assert_uint_eq(atomic_load(&fault.pieces), 1);
}
END_TEST

/* --- Losses -------------------------------------------------------------------------------- */

START_TEST(filter__a_truncated_answer_is_a_lost_connection)
{
	static const size_t kept[] = {0, 1, 4, 8, 40};

	for (size_t i = 0; i < RMQI_COUNT(kept); i++) {
		begin(_i, false);
		fault.lose_at = kept[i];
		fault.hangs_up = true;
		world_open(&w);
		ck_assert_int_eq(echo("x", W_PATIENCE_MS), RMQ_ERR_CONNECTION_LOST);
		expect_recovery();
		world_close(&w);
	}
}
END_TEST

START_TEST(filter__a_truncated_request_is_never_handled)
{
	static const size_t kept[] = {0, 1, 4, 8, 40};

	for (size_t i = 0; i < RMQI_COUNT(kept); i++) {
		begin(_i, true);
		fault.lose_at = kept[i];
		world_open(&w);
		ck_assert_int_eq(echo("x", 50), RMQ_ERR_TIMEOUT);
		ck_assert_uint_eq(atomic_load(&w.requests), 0);
		world_close(&w);
	}
}
END_TEST

START_TEST(filter__a_silent_peer_lets_calls_time_out)
{
	begin(_i, false);
	fault.lose_at = 10;
	world_open(&w);
	/* On a busy machine a call may end before it was sent: then it is taken back. */
	while (atomic_load(&w.requests) < 2)
		ck_assert_int_eq(echo("x", 50), RMQ_ERR_TIMEOUT);
	world_close(&w);
}
END_TEST

/* --- Changes --------------------------------------------------------------------------------- */

START_TEST(filter__a_changed_frame_is_a_protocol_error)
{
	begin(_i, false);
	atomic_store(&fault.change_at, 0); /* of the length */
	world_open(&w);
	ck_assert_int_eq(echo("x", W_PATIENCE_MS), RMQ_ERR_PROTOCOL);
	expect_recovery();
	world_close(&w);
}
END_TEST

START_TEST(filter__a_changed_request_closes_the_connection)
{
	begin(_i, true);
	atomic_store(&fault.change_at, 0);
	world_open(&w);
	ck_assert_int_eq(echo("x", W_PATIENCE_MS), RMQ_ERR_CONNECTION_LOST);
	ck_assert_uint_eq(atomic_load(&w.requests), 0);
	expect_recovery();
	world_close(&w);
}
END_TEST

START_TEST(filter__a_changed_body_is_handed_on)
{
	struct rmqi_response r;

	rmqi_response_init(&r);
	begin(_i, true);
	world_open(&w);
	world_expect_echo(&w, "x"); /* how long it is */
	atomic_store(&fault.change_at, (size_t)atomic_load(&fault.shown) * 2 - 1);
	ck_assert_int_eq(world_call(&w, W_ECHO, "x", &r, W_PATIENCE_MS, NULL), RMQ_OK);
	ck_assert_uint_eq(r.command.body.len, 1);
	ck_assert_uint_eq(r.command.body.ptr[0], 'x' ^ 0xff);
	rmqi_response_deinit(&r);
	world_close(&w);
}
END_TEST

int main(void)
{
	const TTest *const each[] = {
		filter__input_arrives_in_pieces,
		filter__output_leaves_in_pieces,
		filter__comes_too_late_for_a_closed_connection,
		filter__a_close_sends_what_waits_for_its_piece,
		filter__keeps_the_gathered_write,
		filter__a_truncated_answer_is_a_lost_connection,
		filter__a_truncated_request_is_never_handled,
		filter__a_silent_peer_lets_calls_time_out,
		filter__a_changed_frame_is_a_protocol_error,
		filter__a_changed_request_closes_the_connection,
		filter__a_changed_body_is_handed_on,
	};

	return world_suite("filter", each, RMQI_COUNT(each), NULL, 0);
}
