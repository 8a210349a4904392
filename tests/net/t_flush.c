/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_flush.c - when output leaves: at the end of a wake-up, or earlier when much has
 * gathered, so that both sides of a connection work at the same time. And how often the
 * socket is asked for that.
 *
 * In a simulation a wake-up is one task: what is seen within a handler happened before
 * its end.
 */
#include <string.h>

#include "net/conn_impl.h"
#include "tests/net/world.h"

enum {
	BURST = 200,
	BODY = 4 * 1024,
	GATHERED_MAX = 40 * 1024 + BODY + 512, /* the limit of conn_output.c, and a frame */
	PULLED = 11 * 1024,                    /* 32 messages of 128 bytes */
	LINK_MAX = 1024 * 1024,                /* inproc_link.c: the socket is full */
	FULL = 3 * LINK_MAX
};

/* A server of its own: it answers with `body_len` bytes and looks at its output. */
struct probe {
	struct rmqi_server *server;
	char body[PULLED];
	size_t body_len;
	size_t requests;
	size_t output_max;     /* after an answer: queued and not written */
	uint64_t left_at_last; /* on its way to the client when the last request was handled */
	struct rmqi_stream_ops ops;
	const struct rmqi_stream_ops *real;
	size_t writes;
	size_t writes_at_last; /* when the last request was handled */
	size_t reads;
	_Atomic unsigned ends;
	struct noted calls[BURST * 8];
};

static struct world w;
static struct probe probe;

static void on_probe_request(void *arg, struct rmqi_conn *c, const struct rmqi_command *request)
{
	struct probe *p = arg;
	struct rmqi_cursor body = rmqi_cursor(p->body, p->body_len);
	struct rmqi_outgoing o = {.body = &body, .body_count = 1};
	size_t output;

	p->left_at_last = rmqi_inproc_in_flight(w.env.inproc);
	ck_assert_int_eq(rmqi_conn_reply(c, request->opaque, request->serialization, &o), RMQ_OK);
	output = rmqi_conn_output_len(c);
	p->output_max = output > p->output_max ? output : p->output_max;
	p->writes_at_last = p->writes;
	p->requests++;
}

static enum rmq_error count_write(struct rmqi_stream *s, const struct iovec *iov, int count,
				  size_t *n)
{
	probe.writes++;
	return probe.real->writev(s, iov, count, n);
}

static enum rmq_error count_read(struct rmqi_stream *s, uint8_t *buf, size_t cap, size_t *n)
{
	probe.reads++;
	return probe.real->read(s, buf, cap, n);
}

static void on_probe_open(void *arg, struct rmqi_conn *c)
{
	struct probe *p = arg;

	p->real = c->stream->ops;
	p->ops = *p->real;
	p->ops.writev = count_write;
	p->ops.read = count_read;
	c->stream->ops = &p->ops;
}

static void open_probe(size_t body_len)
{
	struct rmqi_server_config config;

	world_init(&w, W_SIM);
	world_open(&w);
	probe = (struct probe){.body_len = body_len};
	memset(probe.body, 'b', sizeof(probe.body));
	config = w.server_config;
	config.on_request = on_probe_request;
	config.on_open = on_probe_open;
	config.on_closed = NULL;
	config.arg = &probe;
	config.limits.pause_at = 2 * FULL; /* all requests are read in one wake-up */
	ck_assert_int_eq(rmqi_server_new(&config, &probe.server, NULL), RMQ_OK);
	strcpy(w.address, rmqi_server_address(probe.server));
}

static void close_probe(void)
{
	rmqi_rpc_close(w.rpc);
	rmqi_server_free(probe.server);
	world_close(&w);
}

static void call_all(void *arg)
{
	size_t count = *(const size_t *)arg;

	for (size_t i = 0; i < count; i++) {
		probe.calls[i].total = &probe.ends;
		world_call_async(&w, W_ECHO, "", W_PATIENCE_MS, &probe.calls[i]);
	}
}

static void expect_answers(size_t count)
{
	world_wait_count(&w, &probe.ends, (unsigned)count);
	for (size_t i = 0; i < count; i++) {
		ck_assert_int_eq(probe.calls[i].error, RMQ_OK);
		ck_assert_uint_eq(probe.calls[i].body_len, probe.body_len);
	}
	ck_assert_uint_eq(probe.requests, count);
}

/* The requests wait in one output for the connection: one read of the server has them all. */
static void burst(size_t count)
{
	call_all(&count);
	expect_answers(count);
}

START_TEST(flush__answers_leave_before_the_wake_up_ends)
{
	open_probe(BODY);
	burst(BURST);

	ck_assert_uint_gt(probe.left_at_last, 0);
	ck_assert_uint_le(probe.output_max, GATHERED_MAX);
	ck_assert_uint_lt(probe.writes, BURST / 4);
	close_probe();
}
END_TEST

/* A consumer of eight queues is woken twice for all of them. */
START_TEST(flush__eight_pulled_answers_leave_in_two_writes)
{
	open_probe(PULLED);
	burst(8);

	ck_assert_uint_eq(probe.writes, 2);
	close_probe();
}
END_TEST

START_TEST(flush__few_answers_leave_in_one_write)
{
	open_probe(16);
	burst(BURST / 4);

	ck_assert_uint_eq(probe.writes, 1);
	close_probe();
}
END_TEST

START_TEST(flush__what_has_come_is_read_once)
{
	open_probe(16);
	burst(BURST / 4);

	ck_assert_uint_eq(probe.reads, 1);
	close_probe();
}
END_TEST

static void call_and_look(void *arg)
{
	call_all(arg);
	probe.left_at_last = rmqi_inproc_in_flight(w.env.inproc);
}

START_TEST(flush__requests_of_the_loop_leave_before_the_wake_up_ends)
{
	size_t count = 8 * (size_t)BURST;

	open_probe(16);
	burst(1); /* connects */
	probe.requests = 0;
	atomic_store(&probe.ends, 0);

	rmqi_loop_call(w.client_loop, call_and_look, &count);
	/* All but what had not gathered yet. */
	ck_assert_uint_gt(probe.left_at_last, 32 * 1024);
	expect_answers(count);
	close_probe();
}
END_TEST

START_TEST(flush__a_full_socket_is_not_tried_again_within_the_wake_up)
{
	open_probe(BODY);
	burst(FULL / BODY);

	ck_assert_uint_gt(probe.output_max, LINK_MAX);
	ck_assert_uint_le(probe.writes_at_last, LINK_MAX / (40 * 1024) + 1);
	close_probe();
}
END_TEST

int main(void)
{
	const TTest *const once[] = {
		flush__answers_leave_before_the_wake_up_ends,
		flush__eight_pulled_answers_leave_in_two_writes,
		flush__few_answers_leave_in_one_write,
		flush__what_has_come_is_read_once,
		flush__requests_of_the_loop_leave_before_the_wake_up_ends,
		flush__a_full_socket_is_not_tried_again_within_the_wake_up,
	};

	return world_suite("flush", NULL, 0, once, RMQI_COUNT(once));
}
