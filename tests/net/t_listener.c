/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_listener.c - a protocol that is not remoting, over a listener and plain
 * streams: whatever comes is sent back.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/inproc_impl.h"
#include "net/listener.h"
#include "tests/net/world.h"

static struct world w;
static struct rmqi_listener *listener;
static _Atomic unsigned arrived, echoes_closed, refusals;

/* --- The server --------------------------------------------------------------------------- */

struct echo {
	struct rmqi_stream *stream;
	struct rmqi_task close; /* a stream is not closed from within its callback */
};

static void close_echo(struct rmqi_task *task)
{
	struct echo *e = RMQI_CONTAINER(task, struct echo, close);

	e->stream->ops->close(e->stream);
	free(e);
	atomic_fetch_add(&echoes_closed, 1);
}

static void echo(struct rmqi_stream *s, enum rmqi_stream_event event)
{
	struct echo *e = s->arg;
	uint8_t bytes[256];
	struct iovec iov = {.iov_base = bytes};
	size_t n, sent;
	enum rmq_error err = s->ops->read(s, bytes, sizeof(bytes), &n);

	ck_assert_int_eq(event, RMQI_STREAM_READABLE);
	if (err == RMQ_AGAIN)
		return;
	if (err != RMQ_OK || n == 0) {
		s->ops->want(s, false, false);
		rmqi_loop_defer(s->loop, &e->close);
		return;
	}
	iov.iov_len = n;
	ck_assert_int_eq(s->ops->writev(s, &iov, 1, &sent), RMQ_OK);
	ck_assert_uint_eq(sent, n);
}

static void welcome(void *arg, struct rmqi_stream *s)
{
	struct echo *e = calloc(1, sizeof(*e));

	ck_assert_ptr_eq(arg, &w);
	ck_assert(rmqi_loop_is_current(w.server_loop));
	*e = (struct echo){.stream = s, .close.run = close_echo};
	s->fn = echo;
	s->arg = e;
	s->ops->want(s, true, false);
	atomic_fetch_add(&arrived, 1);
}

static struct rmqi_listener_config config(void)
{
	return (struct rmqi_listener_config){
		.loop = w.server_loop, .log = &w.log, .on_stream = welcome, .arg = &w};
}

static void note_refusal(enum rmq_log_level level, const char *text, void *arg)
{
	(void)level;
	(void)arg;
	if (strstr(text, "cannot accept connections: Too many open files"))
		atomic_fetch_add(&refusals, 1);
}

static void open_world(enum transport transport)
{
	struct rmqi_listener_config c;

	world_init(&w, transport);
	w.log = (struct rmqi_log){.fn = note_refusal, .level = RMQ_LOG_WARN};
	world_open(&w);
	arrived = echoes_closed = refusals = 0;
	c = config();
	ck_assert_int_eq(rmqi_listener_new(&c, &listener, NULL), RMQ_OK);
}

/* --- The client --------------------------------------------------------------------------- */

struct client {
	struct rmqi_stream *stream;
	int fd; /* tcp */
	struct rmqi_inproc_dial *dial;
	char got[256]; /* what came back */
	_Atomic unsigned len;
};

static void on_answer(struct rmqi_stream *s, enum rmqi_stream_event event)
{
	struct client *c = s->arg;
	unsigned len = atomic_load(&c->len);
	size_t n;

	ck_assert_int_eq(event, RMQI_STREAM_READABLE);
	if (s->ops->read(s, (uint8_t *)c->got + len, sizeof(c->got) - len, &n) == RMQ_OK)
		atomic_fetch_add(&c->len, (unsigned)n);
}

static void say(struct client *c)
{
	static char hello[] = "GET / HTTP/1.1";
	const struct iovec iov = {.iov_base = hello, .iov_len = sizeof(hello) - 1};
	size_t n;

	c->stream->fn = on_answer;
	c->stream->arg = c;
	c->stream->ops->want(c->stream, true, false);
	ck_assert_int_eq(c->stream->ops->writev(c->stream, &iov, 1, &n), RMQ_OK);
}

static void on_connected(void *arg, enum rmq_error error, struct rmqi_stream *s)
{
	struct client *c = arg;

	ck_assert_int_eq(error, RMQ_OK);
	c->stream = s;
	say(c);
}

static void connect_on_loop(void *arg)
{
	struct client *c = arg;

	if (w.transport == W_SIM) {
		ck_assert_int_eq(rmqi_inproc_dial(w.env.inproc, w.client_loop,
						  rmqi_listener_address(listener), on_connected, c,
						  &c->dial),
				 RMQ_OK);
		return;
	}
	ck_assert_int_eq(fcntl(c->fd, F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(rmqi_stream_tcp_new(w.client_loop, c->fd, &c->stream), RMQ_OK);
	say(c);
}

static void say_hello(struct client *c)
{
	*c = (struct client){0};
	if (w.transport != W_SIM)
		c->fd = raw_connect(rmqi_listener_address(listener));
	rmqi_loop_call(w.client_loop, connect_on_loop, c);
}

static void close_on_loop(void *arg)
{
	struct client *c = arg;

	c->stream->ops->close(c->stream);
}

static void say_good_bye(struct client *c)
{
	unsigned closed = atomic_load(&echoes_closed);

	rmqi_loop_call(w.client_loop, close_on_loop, c);
	world_wait_count(&w, &echoes_closed, closed + 1);
}

static void expect_hello(struct client *c)
{
	world_wait_count(&w, &c->len, 14);
	ck_assert_str_eq(c->got, "GET / HTTP/1.1");
}

/* --- Tests -------------------------------------------------------------------------------- */

START_TEST(listener__hands_a_plain_stream_to_any_protocol)
{
	struct client c;

	open_world((enum transport)_i);
	say_hello(&c);
	expect_hello(&c);
	say_good_bye(&c);
	rmqi_listener_free(listener);
	world_close(&w);
}
END_TEST

START_TEST(listener__leaves_its_streams_alone_when_it_goes)
{
	struct client c;

	open_world((enum transport)_i);
	say_hello(&c);
	world_wait_count(&w, &arrived, 1);
	rmqi_listener_free(listener);
	expect_hello(&c);
	say_good_bye(&c);
	world_close(&w);
}
END_TEST

START_TEST(listener__says_that_its_address_is_in_use)
{
	struct rmq_error_detail *d = rmqi_detail_new();
	struct rmqi_listener_config c;
	struct rmqi_listener *second = NULL;
	struct rmqi_address a;
	char text[128];

	open_world((enum transport)_i);
	ck_assert_int_eq(rmqi_address_parse(rmqi_str(rmqi_listener_address(listener)), &a), RMQ_OK);
	c = config();
	c.port = a.port;
	ck_assert_int_eq(rmqi_listener_new(&c, &second, d), RMQ_ERR_CONNECT);
	ck_assert_ptr_null(second);
	snprintf(text, sizeof(text), "cannot listen on %s: Address already in use",
		 rmqi_listener_address(listener));
	ck_assert_str_eq(rmq_error_detail_message(d), text);
	rmq_error_detail_free(d);
	rmqi_listener_free(listener);
	world_close(&w);
}
END_TEST

START_TEST(listener__goes_on_when_descriptors_are_there_again)
{
	struct rlimit before, scarce;
	struct client c = {0};
	int lowest;

	open_world(W_TCP);
	/* One descriptor is left: that of the client. */
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	lowest = dup(STDERR_FILENO);
	close(lowest);
	scarce = (struct rlimit){.rlim_cur = (rlim_t)lowest + 1, .rlim_max = before.rlim_max};
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &scarce), 0);
	c.fd = raw_connect(rmqi_listener_address(listener));
	world_wait_count(&w, &refusals, 1);
	ck_assert_uint_eq(atomic_load(&arrived), 0);

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	rmqi_loop_call(w.client_loop, connect_on_loop, &c);
	expect_hello(&c);
	say_good_bye(&c);
	rmqi_listener_free(listener);
	world_close(&w);
}
END_TEST

int main(void)
{
	const TTest *const each[] = {
		listener__hands_a_plain_stream_to_any_protocol,
		listener__leaves_its_streams_alone_when_it_goes,
		listener__says_that_its_address_is_in_use,
	};
	const TTest *const once[] = {
		listener__goes_on_when_descriptors_are_there_again,
	};

	return world_suite("listener", each, RMQI_COUNT(each), once, RMQI_COUNT(once));
}
