/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server.c
 *
 *     listener --> guest: waits for the first byte, maybe shakes hands --> conn
 *
 * A guest that says nothing is closed like an idle connection; one that does not
 * finish its handshake after RMQI_CONN_PARTIAL_MS. In a simulation there are no
 * guests: every stream that the listener hands over is plain.
 */
#include "net/server.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/detail.h"
#include "base/mem.h"
#include "net/address.h"
#include "net/conn_impl.h"
#include "net/listener.h"
#include "net/poller.h"

enum { TLS_FIRST_BYTE = 0x16 }; /* a handshake record; a plain frame starts with 0x00 */

struct rmqi_server {
	struct rmqi_server_config config;
	char *host;                     /* owned */
	char address[RMQI_ADDRESS_MAX]; /* of the first listener */
	struct rmqi_listener *listener; /* NULL: refused */
	struct rmqi_event empty; /* set when stopped and without connections */
	/* loop, all below */
	struct rmqi_list guests;
	struct rmqi_list conns; /* by owner_link */
	size_t count;           /* of both */
	bool is_full_told;      /* that there are too many, until there is room again */
	bool is_stopped;
	bool is_held; /* whoever comes */
};

struct guest {
	struct rmqi_list link;
	struct rmqi_server *server;
	struct rmqi_watch watch;    /* first byte */
	int fd;                     /* -1: given to the stream */
	struct rmqi_stream *stream; /* shakes hands */
	struct rmqi_timer timer;
	char peer[64];
};

/* --- Connections -------------------------------------------------------------------------- */

static void on_open(struct rmqi_conn *c)
{
	struct rmqi_server *s = c->owner;

	if (s->config.on_open)
		s->config.on_open(s->config.arg, c);
}

static void on_request(struct rmqi_conn *c, const struct rmqi_command *request)
{
	struct rmqi_server *s = c->owner;

	if (s->config.on_request)
		s->config.on_request(s->config.arg, c, request);
	else
		rmqi_conn_answer_unsupported(c, request);
}

static void left(struct rmqi_server *s)
{
	s->count--;
	s->is_full_told = false;
}

/* Nobody more is let in. */
static bool is_full(struct rmqi_server *s)
{
	if (s->count < s->config.limits.connections)
		return false;
	if (!s->is_full_told)
		RMQI_LOG(s->config.log, RMQ_LOG_WARN,
			 "there are %zu connections: further ones are closed", s->count);
	s->is_full_told = true;
	return true;
}

static void tell_if_empty(struct rmqi_server *s)
{
	if (s->is_stopped && rmqi_list_is_empty(&s->conns))
		rmqi_event_set(&s->empty);
}

static void on_closed(struct rmqi_conn *c, enum rmq_error reason)
{
	struct rmqi_server *s = c->owner;

	(void)reason;
	if (s->config.on_closed && c->was_open)
		s->config.on_closed(s->config.arg, c);
	rmqi_list_remove(&c->owner_link);
	left(s);
	tell_if_empty(s);
}

static const struct rmqi_conn_role server_role = {
	.on_open = on_open,
	.on_request = on_request,
	.on_closed = on_closed,
};

/* The stream is moved. */
static void admit(void *server, struct rmqi_stream *stream)
{
	struct rmqi_server *s = server;
	struct rmqi_conn_config config = {
		.loop = s->config.loop,
		.log = s->config.log,
		.role = &server_role,
		.owner = s,
		.serialization = RMQI_JSON,
		.idle_timeout_ms = s->config.limits.idle_ms,
		.pause_at = s->config.limits.pause_at,
		.output_max = s->config.limits.output_max,
		.in_flight_max = s->config.limits.in_flight,
		.partial_ms = s->config.limits.partial_ms,
		.version = s->config.version ? s->config.version : RMQI_VERSION,
		.is_server = true,
	};
	struct rmqi_conn *c;

	if (s->is_stopped || is_full(s) || rmqi_conn_new(&config, &c) != RMQ_OK) {
		stream->ops->close(stream);
		return;
	}
	s->count++;
	rmqi_list_push(&s->conns, &c->owner_link);
	rmqi_conn_hold(c, s->is_held);
	rmqi_conn_accept(c, stream);
	rmqi_conn_unref(c); /* the loop's reference keeps it */
}

/* --- Guests ---------------------------------------------------------------------------------- */

static void free_guest(struct guest *g)
{
	rmqi_list_remove(&g->link);
	left(g->server);
	rmqi_timer_deinit(&g->timer);
	rmqi_watch_stop(&g->watch);
	if (g->fd >= 0)
		close(g->fd);
	if (g->stream)
		g->stream->ops->close(g->stream);
	rmqi_free(g);
}

static void refuse(struct guest *g, const char *why)
{
	RMQI_LOG(g->server->config.log, RMQ_LOG_INFO, "connection from %s refused: %s", g->peer,
		 why);
	free_guest(g);
}

static void on_guest_timer(struct rmqi_timer *t)
{
	struct guest *g = RMQI_CONTAINER(t, struct guest, timer);

	refuse(g, g->stream ? "the TLS handshake was not finished in time" : "it said nothing");
}

static void on_handshake(struct rmqi_stream *stream, enum rmqi_stream_event event)
{
	struct guest *g = stream->arg;
	struct rmqi_server *s = g->server;

	if (event == RMQI_STREAM_FAILED) {
		refuse(g, stream->reason);
	} else if (event == RMQI_STREAM_READY) {
		g->stream = NULL;
		free_guest(g);
		admit(s, stream);
	}
}

static void shake_hands(struct guest *g)
{
	int fd = g->fd;

	rmqi_watch_stop(&g->watch);
	g->fd = -1;
	if (rmqi_stream_tls_new(g->server->config.loop, fd, g->server->config.tls, NULL,
				&g->stream) != RMQ_OK) {
		refuse(g, "TLS cannot be set up");
		return;
	}
	g->stream->fn = on_handshake;
	g->stream->arg = g;
	rmqi_timer_start_ms(&g->timer, g->server->config.limits.partial_ms);
}

static void admit_plain(struct guest *g)
{
	struct rmqi_server *s = g->server;
	struct rmqi_stream *stream;
	int fd = g->fd;

	g->fd = -1;
	free_guest(g);
	if (rmqi_stream_tcp_new(s->config.loop, fd, &stream) == RMQ_OK)
		admit(s, stream);
}

static void on_first_byte(struct rmqi_watch *w, unsigned ready)
{
	struct guest *g = RMQI_CONTAINER(w, struct guest, watch);
	uint8_t first = 0;
	ssize_t n;

	(void)ready;
	/* It waits until all may go on. */
	if (g->server->is_held && rmqi_watch_set(w, 0) == 0)
		return;
	n = recv(w->fd, &first, 1, MSG_PEEK | MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return;
	if (n <= 0)
		refuse(g, "it closed without a word");
	else if (first == TLS_FIRST_BYTE && g->server->config.tls)
		shake_hands(g);
	else if (first == TLS_FIRST_BYTE)
		refuse(g, "it wants TLS, which is not configured");
	else if (g->server->config.require_tls)
		refuse(g, "it does not speak TLS");
	else
		admit_plain(g);
}

/* `fd` is moved. */
static void welcome(void *server, int fd, const struct rmqi_host *peer)
{
	struct rmqi_server *s = server;
	struct guest *g = is_full(s) ? NULL : rmqi_calloc(1, sizeof(*g));

	if (!g) {
		close(fd);
		return;
	}
	g->server = s;
	g->fd = fd;
	rmqi_host_text(peer, g->peer, sizeof(g->peer));
	rmqi_list_push(&s->guests, &g->link);
	s->count++;
	rmqi_watch_init(&g->watch, rmqi_loop_poller(s->config.loop), fd, on_first_byte);
	if (rmqi_timer_init(&g->timer, rmqi_loop_timers(s->config.loop), on_guest_timer) !=
		    RMQ_OK ||
	    rmqi_watch_set(&g->watch, RMQI_READABLE) != 0) {
		refuse(g, "it cannot be watched");
		return;
	}
	rmqi_timer_start_ms(&g->timer, s->config.limits.idle_ms);
}

/* --- What it looks like -------------------------------------------------------------------------- */

static enum rmq_error listen_at(struct rmqi_server *s, uint16_t port,
				struct rmq_error_detail *detail)
{
	const struct rmqi_listener_config listener = {
		.loop = s->config.loop,
		.log = s->config.log,
		.host = s->host,
		.port = port,
		.on_stream = admit,
		.on_socket = welcome,
		.arg = s,
	};

	return rmqi_listener_new(&listener, &s->listener, detail);
}

static void hold_all(struct rmqi_server *s, bool is_held)
{
	s->is_held = is_held;
	RMQI_LIST_EACH(node, &s->conns)
		rmqi_conn_hold(RMQI_LIST_ITEM(node, struct rmqi_conn, owner_link), is_held);
	if (is_held)
		return;
	RMQI_LIST_EACH(node, &s->guests) {
		struct guest *g = RMQI_LIST_ITEM(node, struct guest, link);

		if (!g->stream && rmqi_watch_set(&g->watch, RMQI_READABLE) != 0)
			refuse(g, "it cannot be watched");
	}
}

static void reset_all(struct rmqi_server *s)
{
	rmqi_listener_free(s->listener);
	s->listener = NULL;
	RMQI_LIST_EACH(node, &s->guests)
		free_guest(RMQI_LIST_ITEM(node, struct guest, link));
	RMQI_LIST_EACH(node, &s->conns)
		rmqi_conn_abort(RMQI_LIST_ITEM(node, struct rmqi_conn, owner_link));
}

struct change {
	struct rmqi_server *server;
	enum rmqi_reach reach;
	enum rmq_error error;
};

static void change_on_loop(void *arg)
{
	struct change *x = arg;
	struct rmqi_server *s = x->server;

	if (s->listener)
		x->error = rmqi_listener_set_deaf(s->listener, x->reach == RMQI_REACH_SILENT);
	if (x->error != RMQ_OK)
		return;
	if (x->reach == RMQI_REACH_REFUSED)
		reset_all(s);
	hold_all(s, x->reach == RMQI_REACH_SILENT || x->reach == RMQI_REACH_HELD);
}

/* The listener of a change that failed. */
static void refuse_again(void *arg)
{
	reset_all(arg);
}

enum rmq_error rmqi_server_set_reach(struct rmqi_server *s, enum rmqi_reach reach,
				     struct rmq_error_detail *detail)
{
	struct change x = {.server = s, .reach = reach};
	struct rmqi_address a;
	enum rmq_error err = RMQ_OK;
	bool was_refused = !s->listener;

	if (was_refused && reach != RMQI_REACH_REFUSED) {
		err = rmqi_address_parse(rmqi_str(s->address), &a);
		if (err == RMQ_OK)
			err = listen_at(s, a.port, detail);
	}
	if (err != RMQ_OK)
		return err;
	rmqi_loop_call(s->config.loop, change_on_loop, &x);
	if (x.error != RMQ_OK && was_refused)
		rmqi_loop_call(s->config.loop, refuse_again, s);
	if (x.error != RMQ_OK)
		return rmqi_detail_set(detail, x.error, 0,
				       "%s cannot fall silent: the system has no filter for its "
				       "socket",
				       s->address);
	return RMQ_OK;
}

/* --- Life cycle -------------------------------------------------------------------------------------- */

static void stop_on_loop(void *arg)
{
	struct rmqi_server *s = arg;

	s->is_stopped = true;
	rmqi_listener_free(s->listener);
	RMQI_LIST_EACH(node, &s->guests)
		free_guest(RMQI_LIST_ITEM(node, struct guest, link));
	RMQI_LIST_EACH(node, &s->conns)
		rmqi_conn_close_why(RMQI_LIST_ITEM(node, struct rmqi_conn, owner_link), RMQ_OK,
				    "the server was stopped");
	tell_if_empty(s);
}

static void do_nothing(void *arg)
{
	(void)arg;
}

/* Nothing of it is known to the loop. */
static void discard(struct rmqi_server *s)
{
	rmqi_event_deinit(&s->empty);
	rmqi_free(s->host);
	rmqi_free(s);
}

void rmqi_server_free(struct rmqi_server *s)
{
	if (!s)
		return;
	/* It would wait for itself. */
	assert(!rmqi_loop_is_current(s->config.loop));
	rmqi_loop_call(s->config.loop, stop_on_loop, s);
	rmqi_event_wait(&s->empty, RMQI_FOREVER);
	/* The loop may still be in the callback that told so. */
	rmqi_loop_call(s->config.loop, do_nothing, NULL);
	discard(s);
}

enum rmq_error rmqi_server_new(const struct rmqi_server_config *config, struct rmqi_server **out,
			       struct rmq_error_detail *detail)
{
	struct rmqi_server *s = rmqi_calloc(1, sizeof(*s));
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (!s)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	s->config = *config;
	if (s->config.limits.idle_ms <= 0)
		s->config.limits.idle_ms = RMQI_CONN_IDLE_MS;
	if (s->config.limits.partial_ms <= 0)
		s->config.limits.partial_ms = RMQI_CONN_PARTIAL_MS;
	if (s->config.limits.connections == 0)
		s->config.limits.connections = RMQI_SERVER_CONNECTIONS;
	rmqi_list_init(&s->guests);
	rmqi_list_init(&s->conns);
	rmqi_event_init(&s->empty, rmqi_loop_env(config->loop));
	s->host = rmqi_strdup(config->host ? config->host : "127.0.0.1");
	if (s->host)
		err = listen_at(s, config->port, detail);
	if (err != RMQ_OK) {
		discard(s);
		return err;
	}
	snprintf(s->address, sizeof(s->address), "%s", rmqi_listener_address(s->listener));
	s->config.host = NULL; /* was borrowed */
	*out = s;
	return RMQ_OK;
}

const char *rmqi_server_address(const struct rmqi_server *s)
{
	return s->address;
}

void rmqi_server_each(struct rmqi_server *s, void (*fn)(void *arg, struct rmqi_conn *c), void *arg)
{
	RMQI_LIST_EACH(node, &s->conns)
	{
		struct rmqi_conn *c = RMQI_LIST_ITEM(node, struct rmqi_conn, owner_link);

		if (c->was_open)
			fn(arg, c);
	}
}
