/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_carry.c - a caller that reads for itself carries the frames of others to the
 * loop: they are handled there, in order, once, whatever happens on the way.
 *
 * The peer is driven by hand: while a caller waits for its answer and reads, the
 * loop is held, and the peer sends what is not the caller's before what is.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/thread.h"
#include "net/conn_impl.h"
#include "tests/net/world.h"
#include "tests/support/suite.h"

enum { NOTICE = 40, GO_AWAY = 1500 };

static struct world w;

static struct scene {
	int listener, fd;
	struct rmqi_conn *conn;
	/* The caller. */
	struct rmqi_thread thread;
	enum rmq_error result;
	int own; /* opaque of its request */
	/* An asynchronous call, made while the caller reads. */
	struct noted n;
	int other;
	struct held_loop loop;
	/* What came, in order: requests by their body, answers as '!'. */
	char order[16];
	size_t count;
	/* What the peer sends at once. */
	char bytes[2048];
	size_t len;
} s;

static void on_request(void *arg, struct rmqi_conn *c, const char *address,
		       const struct rmqi_command *request)
{
	(void)arg;
	(void)address;
	ck_assert(rmqi_loop_is_current(w.client_loop));
	ck_assert_uint_lt(s.count, sizeof(s.order) - 1);
	s.order[s.count++] = (char)request->body.ptr[0];
	if (!s.conn)
		s.conn = rmqi_conn_ref(c);
	atomic_fetch_add(&w.client_requests, 1);
}

static void after(void *arg, const char *address, int32_t request_code,
		  const struct rmqi_command *response)
{
	(void)arg;
	(void)address;
	(void)response;
	if (request_code != W_LATER)
		return;
	ck_assert(rmqi_loop_is_current(w.client_loop));
	s.order[s.count++] = '!';
}

static void add_answer(int code, int opaque, const char *body)
{
	s.len += raw_frame(s.bytes + s.len, sizeof(s.bytes) - s.len, code, opaque,
			   RMQI_FLAG_RESPONSE, body);
}

static void add_notice(const char *body)
{
	s.len += raw_frame(s.bytes + s.len, sizeof(s.bytes) - s.len, NOTICE, 0, RMQI_FLAG_ONEWAY,
			   body);
}

static void peer_sends(void)
{
	raw_send(s.fd, s.bytes, s.len);
	s.len = 0;
}

static void *ask(void *arg)
{
	(void)arg;
	s.result = world_call(&w, W_ECHO, "mine", NULL, W_PATIENCE_MS, NULL);
	return NULL;
}

static void caller_asks(void)
{
	ck_assert_int_eq(rmqi_thread_start(&s.thread, "caller", ask, NULL), RMQ_OK);
}

static void caller_returns(enum rmq_error result)
{
	rmqi_thread_join(&s.thread);
	ck_assert_int_eq(s.result, result);
}

static bool is_read_by_caller(void *arg)
{
	struct rmqi_conn *c = arg;
	bool is_caller;

	rmqi_mutex_lock(&c->mu);
	is_caller = c->reader == RMQI_READER_CALLER;
	rmqi_mutex_unlock(&c->mu);
	return is_caller;
}

/* A connection that was used once; the test knows it from a notice of the peer. */
static void open_connection(void)
{
	s.listener = raw_listen(w.address, sizeof(w.address));
	caller_asks();
	s.fd = raw_accept(s.listener);
	ck_assert_int_eq(raw_request(s.fd, &s.own), W_ECHO);
	add_notice("-");
	add_answer(0, s.own, "");
	peer_sends();
	caller_returns(RMQ_OK);
	world_wait_count(&w, &w.client_requests, 1);
	s.count = 0;
}

/* A caller reads, an asynchronous call is under way, both are with the peer; the loop is held. */
static void open_scene(void)
{
	s = (struct scene){0};
	world_init(&w, W_TCP);
	world_open(&w);
	rmqi_rpc_free(w.rpc);
	w.rpc_config.on_request = on_request;
	w.rpc_config.hooks[0].after = after;
	ck_assert_int_eq(rmqi_rpc_new(&w.rpc_config, &w.rpc), RMQ_OK);
	open_connection();

	caller_asks();
	ck_assert_int_eq(raw_request(s.fd, &s.own), W_ECHO);
	world_wait(&w, is_read_by_caller, s.conn);
	world_call_async(&w, W_LATER, "", W_PATIENCE_MS, &s.n);
	ck_assert_int_eq(raw_request(s.fd, &s.other), W_LATER);
	world_hold_loop(&w, &s.loop);
}

static void close_scene(void)
{
	rmqi_conn_unref(s.conn);
	world_close(&w);
	close(s.fd);
	close(s.listener);
	ck_assert_uint_eq(atomic_load(&s.n.ends), 1);
}

START_TEST(carry__an_asynchronous_call_ends_on_the_loop_whoever_reads)
{
	open_scene();
	add_answer(7, s.other, "other");
	add_answer(0, s.own, "");
	peer_sends();
	caller_returns(RMQ_OK);
	ck_assert_uint_eq(atomic_load(&s.n.ends), 0);

	world_let_go(&w, &s.loop);
	world_wait_end(&w, &s.n);
	ck_assert_int_eq(s.n.error, RMQ_OK);
	ck_assert_int_eq(s.n.code, 7);
	ck_assert_uint_eq(s.n.body_len, 5);
	ck_assert_int_eq(s.n.phase, RMQ_PHASE_ANSWER);
	ck_assert_str_eq(s.order, "!");
	close_scene();
}
END_TEST

/* What the caller reads, and what the loop reads after it. */
START_TEST(carry__frames_are_handled_in_the_order_they_came)
{
	open_scene();
	add_notice("a");
	add_answer(0, s.other, "");
	add_notice("b");
	add_answer(0, s.own, "");
	peer_sends();
	caller_returns(RMQ_OK);
	add_notice("c");
	peer_sends();

	world_let_go(&w, &s.loop);
	world_wait_count(&w, &w.client_requests, 4);
	ck_assert_str_eq(s.order, "a!bc");
	close_scene();
}
END_TEST

START_TEST(carry__an_answer_that_cannot_be_kept_ends_the_call_all_the_same)
{
	open_scene();
	add_answer(0, s.other, "");
	add_answer(0, s.own, "");
	/* The loops rest: the next allocation is the caller's. */
	rmqi_mem_fail_after(1, 0);
	peer_sends();
	caller_returns(RMQ_OK);
	rmqi_mem_fail_after(0, 0);
	ck_assert_uint_eq(atomic_load(&s.n.ends), 0);

	world_let_go(&w, &s.loop);
	world_wait_end(&w, &s.n);
	ck_assert_int_eq(s.n.error, RMQ_ERR_NO_MEMORY);
	/* It was answered: a message that it carried may be stored. */
	ck_assert_int_eq(s.n.phase, RMQ_PHASE_ANSWER);
	close_scene();
}
END_TEST

/* The answer came before the end, so it counts; and the rpc waits for it. */
START_TEST(carry__an_answer_on_its_way_survives_the_close)
{
	open_scene();
	add_answer(0, s.other, "other");
	add_answer(0, s.own, "");
	peer_sends();
	caller_returns(RMQ_OK);
	if (_i == 0)
		rmqi_rpc_close(w.rpc);
	else
		rmqi_rpc_drop(w.rpc, w.address);

	world_let_go(&w, &s.loop);
	close_scene();
	ck_assert_int_eq(s.n.error, RMQ_OK);
	ck_assert_uint_eq(s.n.body_len, 5);
}
END_TEST

/* The close is on its way to the loop when the caller reads. */
START_TEST(carry__an_answer_read_beside_a_close_ends_its_call_once)
{
	open_scene();
	rmqi_rpc_close(w.rpc);
	add_answer(0, s.other, "other");
	add_answer(0, s.own, "");
	peer_sends();
	caller_returns(RMQ_OK);

	world_let_go(&w, &s.loop);
	close_scene();
	ck_assert_int_eq(s.n.error, RMQ_OK);
}
END_TEST

START_TEST(carry__a_go_away_reaches_the_call_and_retires_the_connection)
{
	open_scene();
	add_answer(GO_AWAY, s.other, "");
	add_answer(0, s.own, "");
	peer_sends();
	caller_returns(RMQ_OK);
	world_let_go(&w, &s.loop);
	world_wait_end(&w, &s.n);
	ck_assert_int_eq(s.n.error, RMQ_OK);
	ck_assert_int_eq(s.n.code, GO_AWAY);
	ck_assert(raw_is_ended(s.fd));

	close(s.fd);
	caller_asks();
	s.fd = raw_accept(s.listener);
	ck_assert_int_eq(raw_request(s.fd, &s.own), W_ECHO);
	add_answer(0, s.own, "");
	peer_sends();
	caller_returns(RMQ_OK);
	close_scene();
}
END_TEST

static bool is_without_input(void *arg)
{
	struct rmqi_conn *c = arg;
	bool is_without;

	rmqi_mutex_lock(&c->mu);
	is_without = c->reader == RMQI_READER_LOOP && c->decoder.input.cap == 0;
	rmqi_mutex_unlock(&c->mu);
	return is_without;
}

START_TEST(carry__memory_of_what_a_caller_read_goes_back)
{
	static char body[300 * 1024 + 1], frame[sizeof(body) + 1024];

	memset(body, 'x', sizeof(body) - 1);
	open_scene();
	add_answer(0, s.other, "");
	peer_sends();
	raw_send(s.fd, frame, raw_frame(frame, sizeof(frame), 0, s.own, RMQI_FLAG_RESPONSE, body));
	caller_returns(RMQ_OK);
	world_let_go(&w, &s.loop);
	world_wait_end(&w, &s.n);

	world_wait(&w, is_without_input, s.conn);

	close_scene();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		carry__an_asynchronous_call_ends_on_the_loop_whoever_reads,
		carry__frames_are_handled_in_the_order_they_came,
		carry__an_answer_that_cannot_be_kept_ends_the_call_all_the_same,
		carry__an_answer_read_beside_a_close_ends_its_call_once,
		carry__a_go_away_reaches_the_call_and_retires_the_connection,
		carry__memory_of_what_a_caller_read_goes_back,
	};
	struct suite suite;

	suite_open(&suite, "carry");
	suite_add(&suite, tests, RMQI_COUNT(tests));
	suite_add_loop(&suite, carry__an_answer_on_its_way_survives_the_close, 2);
	return suite_run(&suite);
}
