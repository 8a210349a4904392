/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_conn.c - peers that misbehave, limits, and addresses that do not work, over
 * real sockets.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/net/world.h"
#include "tests/support/child.h"

static struct world w;

static void open_world(void)
{
	world_init(&w, W_TCP);
	world_open(&w);
}

/* --- Our server, a raw client ---------------------------------------------------------------- */

START_TEST(conn__answers_a_raw_peer)
{
	char frame[512], answer[512];
	uint32_t length;
	size_t len;
	int fd;

	open_world();
	fd = raw_connect(w.address);
	len = raw_frame(frame, sizeof(frame), W_ECHO, 77, 0, "raw");

	raw_send(fd, frame, len);

	ck_assert_uint_eq(raw_read(fd, answer, 4), 4);
	length = (uint32_t)(unsigned char)answer[2] << 8 | (unsigned char)answer[3];
	ck_assert_uint_eq(raw_read(fd, answer, length), length);
	ck_assert_mem_eq(answer + length - 3, "raw", 3);
	close(fd);
	world_wait_count(&w, &w.closed, 1);
	world_close(&w);
}
END_TEST

START_TEST(conn__reads_frames_in_any_slices)
{
	char frames[2048];
	size_t len = 0;
	char answer[8];
	int fd;

	open_world();
	fd = raw_connect(w.address);
	for (int i = 0; i < 4; i++)
		len += raw_frame(frames + len, sizeof(frames) - len, W_COUNT, i, RMQI_FLAG_ONEWAY,
				 "x");
	len += raw_frame(frames + len, sizeof(frames) - len, W_ECHO, 9, 0, "");

	for (size_t i = 0; i < len; i++)
		raw_send(fd, frames + i, 1);

	ck_assert_uint_eq(raw_read(fd, answer, 8), 8);
	ck_assert_uint_eq(atomic_load(&w.counted), 4);
	close(fd);
	world_close(&w);
}
END_TEST

static void expect_closed_after(const void *bytes, size_t len)
{
	int fd = raw_connect(w.address);

	raw_send(fd, bytes, len);
	ck_assert(raw_is_ended(fd));
	close(fd);
	world_expect_echo(&w, "others go on");
}

START_TEST(conn__closes_on_a_broken_frame)
{
	static const unsigned char too_long[] = {0x01, 0x00, 0x00, 0x00, 0, 0, 0, 4};
	static const unsigned char negative[] = {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 4};
	static const unsigned char too_short[] = {0, 0, 0, 3, 0, 0, 0};
	static const unsigned char header_outside[] = {0, 0, 0, 4, 0, 0, 0, 1};
	static const unsigned char unknown_type[] = {0, 0, 0, 6, 7, 0, 0, 2, '{', '}'};
	static const unsigned char no_json[] = {0, 0, 0, 7, 0, 0, 0, 3, 'x', 'y', 'z'};

	open_world();

	expect_closed_after(too_long, sizeof(too_long));
	expect_closed_after(negative, sizeof(negative));
	expect_closed_after(too_short, sizeof(too_short));
	expect_closed_after(header_outside, sizeof(header_outside));
	expect_closed_after(unknown_type, sizeof(unknown_type));
	expect_closed_after(no_json, sizeof(no_json));
	expect_closed_after("GET / HTTP/1.1\r\n\r\n", 18);

	world_close(&w);
}
END_TEST

START_TEST(conn__refuses_tls_when_none_is_configured)
{
	static const unsigned char hello[] = {0x16, 0x03, 0x01, 0x00, 0x05, 1, 0, 0, 1, 0};

	open_world();

	expect_closed_after(hello, sizeof(hello));

	world_close(&w);
}
END_TEST

/* Asks for much and reads nothing: the server stops to read, and others are served. */
START_TEST(conn__does_not_buffer_without_limit_for_a_peer_that_does_not_read)
{
	enum { ASKED = 200 };
	char frame[512];
	size_t len;
	unsigned before;
	int fd;

	open_world();
	fd = raw_connect(w.address);
	len = raw_frame(frame, sizeof(frame), W_FLOOD, 1, 0, "1000000");

	for (int i = 0; i < ASKED; i++)
		raw_send(fd, frame, len);
	world_expect_echo(&w, "others go on");
	world_wait_count(&w, &w.requests, 5);
	world_expect_echo(&w, "others go on");
	before = atomic_load(&w.requests);

	ck_assert_uint_lt(before, ASKED / 2); /* 4 MiB and what the sockets hold, not 200 MB */
	close(fd);
	world_wait_count(&w, &w.closed, 1);
	world_close(&w);
}
END_TEST

START_TEST(conn__goes_on_when_a_slow_peer_reads_again)
{
	enum { ASKED = 40, BODY = 1000000 };
	char frame[512];
	char *bytes = malloc(BODY);
	size_t len, total = 0, n;
	int fd;

	open_world();
	fd = raw_connect(w.address);
	len = raw_frame(frame, sizeof(frame), W_FLOOD, 1, 0, "1000000");
	for (int i = 0; i < ASKED; i++)
		raw_send(fd, frame, len);
	world_wait_count(&w, &w.requests, 5);

	while (total < (size_t)ASKED * BODY && (n = raw_read(fd, bytes, BODY)) > 0)
		total += n;

	ck_assert_uint_ge(total, (size_t)ASKED * BODY);
	ck_assert_uint_eq(atomic_load(&w.requests), ASKED);
	close(fd);
	world_close(&w);
	free(bytes);
}
END_TEST

/* --- Our client, a raw server --------------------------------------------------------------------- */

START_TEST(conn__times_out_on_a_silent_port)
{
	struct rmq_error_detail *d = rmqi_detail_new();
	struct noted n = {0};
	int listener;

	open_world();
	listener = raw_listen(w.address, sizeof(w.address));

	world_call_async(&w, W_ECHO, "", 50, &n);
	ck_assert_int_eq(world_call(&w, W_ECHO, "", NULL, 50, d), RMQ_ERR_TIMEOUT);
	world_wait_end(&w, &n);

	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d), "no answer from"));
	ck_assert_int_eq(n.error, RMQ_ERR_TIMEOUT);
	rmq_error_detail_free(d);
	world_close(&w);
	close(listener);
}
END_TEST

static void expect_protocol_error(int listener, const char *bytes, size_t len)
{
	struct noted n = {0};
	int fd;

	world_call_async(&w, W_ECHO, "", W_PATIENCE_MS, &n);
	fd = raw_accept(listener);
	raw_send(fd, bytes, len);
	world_wait_end(&w, &n);
	ck_assert_int_eq(n.error, RMQ_ERR_PROTOCOL);
	ck_assert_ptr_nonnull(strstr(n.why, "not a RocketMQ frame"));
	ck_assert(raw_is_ended(fd));
	close(fd);
}

START_TEST(conn__fails_calls_on_a_broken_answer)
{
	int listener;

	open_world();
	listener = raw_listen(w.address, sizeof(w.address));

	expect_protocol_error(listener, "HTTP/1.1 400 Bad Request\r\n", 26);
	expect_protocol_error(listener, "\0\0\0\7\0\0\0\3xyz", 11);

	close(listener);
	world_close(&w);
}
END_TEST

START_TEST(conn__drops_answers_that_nobody_awaits)
{
	char frame[512], request[512];
	struct noted n = {0};
	int listener, fd;

	open_world();
	listener = raw_listen(w.address, sizeof(w.address));
	world_call_async(&w, W_ECHO, "", W_PATIENCE_MS, &n);
	fd = raw_accept(listener);
	ck_assert_uint_eq(raw_read(fd, request, 4), 4);

	raw_send(fd, frame, raw_frame(frame, sizeof(frame), 0, 12345, RMQI_FLAG_RESPONSE, ""));
	raw_send(fd, frame, raw_frame(frame, sizeof(frame), 0, -1, RMQI_FLAG_RESPONSE, ""));
	raw_send(fd, frame, raw_frame(frame, sizeof(frame), 0, 1, RMQI_FLAG_RESPONSE, "good"));
	world_wait_end(&w, &n);

	ck_assert_int_eq(n.error, RMQ_OK);
	ck_assert_uint_eq(n.body_len, 4);
	close(fd);
	close(listener);
	world_close(&w);
}
END_TEST

START_TEST(conn__answers_unsupported_requests_of_the_peer)
{
	char frame[512], input[512];
	size_t got;
	struct noted n = {0};
	int listener, fd;

	open_world();
	rmqi_rpc_free(w.rpc);
	w.rpc_config.on_request = NULL;
	ck_assert_int_eq(rmqi_rpc_new(&w.rpc_config, &w.rpc), RMQ_OK);
	listener = raw_listen(w.address, sizeof(w.address));
	world_call_async(&w, W_SILENT, "", W_PATIENCE_MS, &n);
	fd = raw_accept(listener);
	ck_assert_uint_eq(raw_read(fd, input, 4), 4);
	got = raw_read(fd, input, (size_t)(unsigned char)input[3]);

	raw_send(fd, frame, raw_frame(frame, sizeof(frame), 40, 5, RMQI_FLAG_ONEWAY, ""));
	raw_send(fd, frame, raw_frame(frame, sizeof(frame), 40, 6, 0, ""));
	ck_assert_uint_eq(raw_read(fd, input, 4), 4);
	got = raw_read(fd, input, (size_t)(unsigned char)input[3]);
	input[got] = '\0';

	ck_assert_ptr_nonnull(strstr(input + 4, "\"code\":3"));
	ck_assert_ptr_nonnull(strstr(input + 4, "request type 40 not supported"));
	ck_assert_ptr_nonnull(strstr(input + 4, "\"opaque\":6"));
	close(fd);
	close(listener);
	world_close(&w);
}
END_TEST

/* The socket takes a part of the frame: the rest follows by the loop while the caller waits. */
START_TEST(conn__finishes_a_large_direct_write)
{
	size_t len = 8 * 1024 * 1024;
	char *body = malloc(len + 1);
	struct rmqi_response r;

	open_world();
	rmqi_response_init(&r);
	world_expect_echo(&w, "now callers write and read");
	memset(body, 'z', len);
	body[len] = '\0';

	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(world_call(&w, W_ECHO, body, &r, W_PATIENCE_MS, NULL), RMQ_OK);
		ck_assert_uint_eq(r.command.body.len, len);
		world_expect_echo(&w, "small");
	}

	rmqi_response_deinit(&r);
	world_close(&w);
	free(body);
}
END_TEST

/* --- The bounds of a connection ----------------------------------------------------------------------- */

START_TEST(conn__refuses_more_output_than_its_bound)
{
	size_t len = 15 * 1024 * 1024;
	char *body = malloc(len + 1);
	struct noted n[6] = {0};
	unsigned busy = 0;
	int listener;

	open_world();
	memset(body, 'z', len);
	body[len] = '\0';
	listener = raw_listen(w.address, sizeof(w.address)); /* accepts, never reads */

	for (int i = 0; i < 6; i++)
		world_call_async(&w, W_ECHO, body, W_PATIENCE_MS, &n[i]);
	world_wait_end(&w, &n[5]);

	ck_assert_int_eq(n[5].error, RMQ_ERR_BUSY);
	rmqi_rpc_close(w.rpc);
	for (int i = 0; i < 6; i++) {
		world_wait_end(&w, &n[i]);
		busy += n[i].error == RMQ_ERR_BUSY;
	}
	ck_assert_uint_le(busy, 2);
	world_close(&w);
	close(listener);
	free(body);
}
END_TEST

START_TEST(conn__refuses_more_pending_calls_than_its_bound)
{
	struct noted *n = calloc(RMQI_CONN_PENDING_MAX + 2, sizeof(*n));
	_Atomic unsigned ends = 0;

	world_init(&w, W_SIM);
	world_open(&w);

	for (int i = 0; i < RMQI_CONN_PENDING_MAX + 2; i++) {
		n[i].total = &ends;
		world_call_async(&w, W_SILENT, "", 1000, &n[i]);
	}
	world_wait_count(&w, &ends, RMQI_CONN_PENDING_MAX + 2);

	ck_assert_int_eq(n[0].error, RMQ_ERR_TIMEOUT);
	ck_assert_int_eq(n[RMQI_CONN_PENDING_MAX].error, RMQ_ERR_BUSY);
	ck_assert_int_eq(n[RMQI_CONN_PENDING_MAX + 1].error, RMQ_ERR_BUSY);
	world_close(&w);
	free(n);
}
END_TEST

START_TEST(conn__bounds_are_what_its_owner_says)
{
	struct noted n[6] = {0};
	_Atomic unsigned ends = 0;

	world_init(&w, W_SIM);
	w.rpc_config.pending_max = 5;
	w.rpc_config.output_max = 100;
	world_open(&w);
	for (int i = 0; i < 6; i++) {
		n[i].total = &ends;
		world_call_async(&w, W_SILENT, "", 1000, &n[i]);
	}
	world_wait_count(&w, &ends, 6);
	/* One frame is always taken; each has some 70 bytes. */
	ck_assert_int_eq(n[0].error, RMQ_ERR_TIMEOUT);
	ck_assert_int_eq(n[2].error, RMQ_ERR_BUSY);
	world_close(&w);
}
END_TEST

/* --- Addresses ---------------------------------------------------------------------------------------------- */

START_TEST(conn__reports_a_name_that_cannot_be_resolved)
{
	struct rmq_error_detail *d = rmqi_detail_new();
	const rmq_attempt *attempt;

	open_world();
	snprintf(w.address, sizeof(w.address), "no-such-host.invalid:9876");

	ck_assert_int_eq(world_call(&w, W_ECHO, "", NULL, W_PATIENCE_MS, d), RMQ_ERR_RESOLVE);

	attempt = rmq_error_detail_attempt_at(d, 0);
	ck_assert_ptr_nonnull(attempt);
	ck_assert_int_eq(rmq_attempt_phase(attempt), RMQ_PHASE_RESOLVE);
	ck_assert_ptr_nonnull(
		strstr(rmq_error_detail_message(d), "cannot resolve no-such-host.invalid"));
	rmq_error_detail_free(d);
	world_close(&w);
}
END_TEST

START_TEST(conn__connects_to_a_name)
{
	char *port;

	open_world();
	port = strrchr(w.address, ':');
	memmove(w.address + strlen("localhost"), port, strlen(port) + 1);
	memcpy(w.address, "localhost", strlen("localhost"));

	/* ::1 may be tried first, and refused: the next address of the name is tried. */
	world_expect_echo(&w, "by name");

	world_close(&w);
}
END_TEST

START_TEST(conn__connects_over_ipv6)
{
	if (!ipv6_loopback_works())
		return;
	world_init(&w, W_TCP);
	w.server_config.host = "::1";
	world_open(&w);

	ck_assert_int_eq(strncmp(w.address, "[::1]:", 6), 0);
	world_expect_echo(&w, "six");

	world_close(&w);
}
END_TEST

static void listen_again(void *arg)
{
	struct rmq_error_detail *d = rmqi_detail_new();
	struct rmqi_server *second = NULL;

	(void)arg;
	ck_assert_int_eq(rmqi_server_new(&w.server_config, &second, d), RMQ_ERR_CONNECT);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d), "Address already in use"));
	ck_assert_ptr_null(second);
	rmq_error_detail_free(d);
}

/* On the loop, too, where a broker of the mock starts. */
START_TEST(conn__cannot_listen_twice_on_a_port)
{
	open_world();
	w.server_config.host = "127.0.0.1";
	w.server_config.port = (uint16_t)atoi(strrchr(w.address, ':') + 1);
	listen_again(NULL);
	rmqi_loop_call(w.server_config.loop, listen_again, NULL);
	world_close(&w);
}
END_TEST

/* A connect that is under way when everything closes. */
START_TEST(conn__can_be_closed_while_it_opens)
{
	struct noted n = {0};

	for (int i = 0; i < 50; i++) {
		open_world();
		n = (struct noted){0};
		if (i % 3 == 1)
			snprintf(w.address, sizeof(w.address), "localhost:%d",
				 free_port("127.0.0.1"));
		world_call_async(&w, W_ECHO, "x", W_PATIENCE_MS, &n);
		world_close(&w);
		ck_assert_uint_eq(atomic_load(&n.ends), 1);
	}
}
END_TEST

/* The quiet timer: after synchronous calls the loop reads again and sees the peer leave. */
START_TEST(conn__notices_a_lost_peer_while_nobody_calls)
{
	open_world();
	for (int i = 0; i < 20; i++)
		world_expect_echo(&w, "callers read");

	rmqi_server_free(w.server);

	world_wait_count(&w, &w.client_lost, 1);
	ck_assert_int_eq(world_call(&w, W_ECHO, "", NULL, W_PATIENCE_MS, NULL), RMQ_ERR_CONNECT);
	ck_assert_int_eq(rmqi_server_new(&w.server_config, &w.server, NULL), RMQ_OK);
	world_close(&w);
}
END_TEST

/* The close comes after `steps` steps of the simulation; all of the request is on its way at once. */
static bool close_after(size_t steps)
{
	struct noted n = {0};
	bool was_over;

	world_init(&w, W_SIM);
	world_open(&w);
	world_call_async(&w, W_ECHO, "am I sent?", W_PATIENCE_MS, &n);
	while (steps > 0 && rmqi_sim_step(w.sim))
		steps--;
	was_over = atomic_load(&n.ends) > 0;
	rmqi_rpc_close(w.rpc);
	rmqi_sim_settle(w.sim);

	ck_assert_uint_eq(n.ends, 1);
	/* Of a send: "not stored". */
	if (n.phase <= RMQ_PHASE_WRITE)
		ck_assert_msg(w.requests == 0, "told as not sent (%s), and the server has it",
			      rmq_phase_text(n.phase));
	world_close(&w);
	return was_over;
}

START_TEST(conn__closed_at_any_step_tells_whether_it_has_sent)
{
	size_t steps = 0;

	while (!close_after(steps))
		steps++;
	ck_assert_uint_gt(steps, 5);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		conn__answers_a_raw_peer,
		conn__reads_frames_in_any_slices,
		conn__closes_on_a_broken_frame,
		conn__refuses_tls_when_none_is_configured,
		conn__does_not_buffer_without_limit_for_a_peer_that_does_not_read,
		conn__goes_on_when_a_slow_peer_reads_again,
		conn__times_out_on_a_silent_port,
		conn__fails_calls_on_a_broken_answer,
		conn__drops_answers_that_nobody_awaits,
		conn__answers_unsupported_requests_of_the_peer,
		conn__finishes_a_large_direct_write,
		conn__refuses_more_output_than_its_bound,
		conn__refuses_more_pending_calls_than_its_bound,
		conn__bounds_are_what_its_owner_says,
		conn__reports_a_name_that_cannot_be_resolved,
		conn__connects_to_a_name,
		conn__connects_over_ipv6,
		conn__cannot_listen_twice_on_a_port,
		conn__can_be_closed_while_it_opens,
		conn__closed_at_any_step_tells_whether_it_has_sent,
		conn__notices_a_lost_peer_while_nobody_calls,
	};

	return world_suite("conn", NULL, 0, tests, RMQI_COUNT(tests));
}
