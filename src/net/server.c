/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server.c
 *
 *     accept --> guest: waits for the first byte, maybe shakes hands --> conn
 *
 * A guest that says nothing is closed like an idle connection; one that does not
 * finish its handshake after RMQI_CONN_PARTIAL_MS. In a simulation there are no
 * guests: every accepted stream is plain.
 */
#include "net/server.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/detail.h"
#include "base/mem.h"
#include "net/address.h"
#include "net/conn_impl.h"
#include "net/inproc_impl.h"
#include "net/resolve.h"

enum {
	BACKLOG = 1024,
	ACCEPTS_AT_ONCE = 64,  /* others want a turn */
	TLS_FIRST_BYTE = 0x16, /* a handshake record; a plain frame starts with 0x00 */
	ACCEPT_PAUSE_MS = 100  /* when descriptors are out */
};

struct rmqi_server {
	struct rmqi_server_config config;
	const struct rmqi_env *env;
	char address[RMQI_ADDRESS_MAX];
	struct rmqi_event empty; /* set when stopped and without connections */
	/* loop, all below */
	int fd;
	struct event *event;
	struct rmqi_timer retry_timer;
	struct rmqi_inproc_listener *listener;
	struct rmqi_list guests;
	struct rmqi_list conns; /* by owner_link */
	bool is_stopped;
};

struct guest {
	struct rmqi_list link;
	struct rmqi_server *server;
	struct event *event;        /* first byte */
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
	tell_if_empty(s);
}

static const struct rmqi_conn_role server_role = {
	.on_open = on_open,
	.on_request = on_request,
	.on_closed = on_closed,
};

/* The stream is moved. */
static void admit(struct rmqi_server *s, struct rmqi_stream *stream)
{
	struct rmqi_conn_config config = {
		.loop = s->config.loop,
		.log = s->config.log,
		.role = &server_role,
		.owner = s,
		.serialization = RMQI_JSON,
		.idle_timeout_ms = s->config.idle_timeout_ms,
		.is_server = true,
	};
	struct rmqi_conn *c;

	if (s->is_stopped || rmqi_conn_new(&config, &c) != RMQ_OK) {
		stream->ops->close(stream);
		return;
	}
	rmqi_list_push(&s->conns, &c->owner_link);
	rmqi_conn_accept(c, stream);
	rmqi_conn_unref(c); /* the loop's reference keeps it */
}

/* --- Guests ---------------------------------------------------------------------------------- */

static void free_guest(struct guest *g)
{
	rmqi_list_remove(&g->link);
	rmqi_timer_deinit(&g->timer);
	if (g->event)
		event_free(g->event);
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

	event_free(g->event);
	g->event = NULL;
	g->fd = -1;
	if (rmqi_stream_tls_new(g->server->config.loop, fd, g->server->config.tls, NULL,
				&g->stream) != RMQ_OK) {
		refuse(g, "TLS cannot be set up");
		return;
	}
	g->stream->fn = on_handshake;
	g->stream->arg = g;
	rmqi_timer_start_ms(&g->timer, RMQI_CONN_PARTIAL_MS);
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

static void on_first_byte(evutil_socket_t fd, short what, void *arg)
{
	struct guest *g = arg;
	uint8_t first = 0;
	ssize_t n = recv(fd, &first, 1, MSG_PEEK | MSG_DONTWAIT);

	(void)what;
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
static void welcome(struct rmqi_server *s, int fd, const struct sockaddr *sa)
{
	struct guest *g = rmqi_calloc(1, sizeof(*g));
	struct rmqi_host peer;

	if (!g) {
		close(fd);
		return;
	}
	g->server = s;
	g->fd = fd;
	rmqi_host_of_sockaddr(sa, &peer);
	rmqi_host_text(&peer, g->peer, sizeof(g->peer));
	rmqi_list_push(&s->guests, &g->link);
	g->event = event_new(rmqi_loop_base(s->config.loop), fd, EV_READ | EV_PERSIST,
			     on_first_byte, g);
	if (!g->event || event_add(g->event, NULL) != 0 ||
	    rmqi_timer_init(&g->timer, rmqi_loop_timers(s->config.loop), on_guest_timer) !=
		    RMQ_OK) {
		refuse(g, "out of memory");
		return;
	}
	rmqi_timer_start_ms(&g->timer, s->config.idle_timeout_ms);
}

/* --- Listening ------------------------------------------------------------------------------------ */

static void on_retry(struct rmqi_timer *t)
{
	struct rmqi_server *s = RMQI_CONTAINER(t, struct rmqi_server, retry_timer);

	if (event_add(s->event, NULL) != 0)
		rmqi_timer_start_ms(t, ACCEPT_PAUSE_MS);
}

static void on_accept_error(struct rmqi_server *s, int code)
{
	char text[96];

	if (code != EMFILE && code != ENFILE && code != ENOBUFS && code != ENOMEM)
		return; /* nobody there any more, or the peer gave up meanwhile */
	RMQI_LOG(s->config.log, RMQ_LOG_WARN, "%s cannot accept connections: %s", s->address,
		 rmqi_errno_text(code, text, sizeof(text)));
	event_del(s->event);
	rmqi_timer_start_ms(&s->retry_timer, ACCEPT_PAUSE_MS);
}

static void on_acceptable(evutil_socket_t listener, short what, void *arg)
{
	struct rmqi_server *s = arg;

	(void)what;
	for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
		union {
			struct sockaddr sa;
			struct sockaddr_storage storage;
		} peer;
		socklen_t len = sizeof(peer);
		int fd = accept4(listener, &peer.sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0) {
			on_accept_error(s, errno);
			return;
		}
		welcome(s, fd, &peer.sa);
	}
}

static void accept_inproc(void *arg, struct rmqi_stream *stream)
{
	admit(arg, stream);
}

/* 0, or an errno. */
static int bind_to(struct rmqi_server *s, const struct addrinfo *ai, uint16_t *port)
{
	struct rmqi_host bound;
	union {
		struct sockaddr sa;
		struct sockaddr_storage storage;
	} at;
	socklen_t len = sizeof(at);
	int one = 1;

	s->fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return errno;
	setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(s->fd, ai->ai_addr, ai->ai_addrlen) != 0 || listen(s->fd, BACKLOG) != 0 ||
	    getsockname(s->fd, &at.sa, &len) != 0) {
		int code = errno;

		close(s->fd);
		s->fd = -1;
		return code;
	}
	rmqi_host_of_sockaddr(&at.sa, &bound);
	*port = (uint16_t)bound.port;
	return 0;
}

static enum rmq_error resolve(const struct rmqi_server *s, struct addrinfo **list,
			      struct rmq_error_detail *detail)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	char service[8];
	int code;

	*list = rmqi_resolve_numeric(s->config.host, s->config.port);
	if (*list)
		return RMQ_OK;
	hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
	snprintf(service, sizeof(service), "%u", (unsigned)s->config.port);
	code = getaddrinfo(s->config.host, service, &hints, list);
	if (code == 0)
		return RMQ_OK;
	return rmqi_detail_set(detail, RMQ_ERR_RESOLVE, 0, "cannot resolve %s: %s", s->config.host,
			       gai_strerror(code));
}

static enum rmq_error listen_tcp(struct rmqi_server *s, struct rmq_error_detail *detail)
{
	struct rmqi_address a = {.port = s->config.port};
	struct addrinfo *list;
	enum rmq_error err = resolve(s, &list, detail);
	char text[96];
	int code = 0;

	if (err != RMQ_OK)
		return err;
	for (const struct addrinfo *ai = list; ai && s->fd < 0; ai = ai->ai_next)
		code = bind_to(s, ai, &a.port);
	freeaddrinfo(list);
	snprintf(a.host, sizeof(a.host), "%s", s->config.host);
	rmqi_address_text(&a, s->address, sizeof(s->address));
	if (s->fd >= 0)
		return RMQ_OK;
	return rmqi_detail_set(detail, RMQ_ERR_CONNECT, 0, "cannot listen on %s: %s", s->address,
			       rmqi_errno_text(code, text, sizeof(text)));
}

static enum rmq_error listen_inproc(struct rmqi_server *s, struct rmq_error_detail *detail)
{
	struct rmqi_address a = {.port = s->config.port};
	char text[RMQI_ADDRESS_MAX];
	enum rmq_error err;

	snprintf(a.host, sizeof(a.host), "%s", s->config.host);
	rmqi_address_text(&a, text, sizeof(text));
	err = rmqi_inproc_listen(s->env->inproc, s->config.loop, text, accept_inproc, s,
				 &s->listener);
	if (err != RMQ_OK)
		return rmqi_detail_set(detail, err, 0, "cannot listen on %s: %s", text,
				       err == RMQ_ERR_CONNECT ? "Address already in use"
							      : rmq_error_text(err));
	snprintf(s->address, sizeof(s->address), "%s", rmqi_inproc_listener_address(s->listener));
	return RMQ_OK;
}

/* --- Life cycle -------------------------------------------------------------------------------------- */

struct start {
	struct rmqi_server *server;
	enum rmq_error error;
};

static void start_on_loop(void *arg)
{
	struct start *start = arg;
	struct rmqi_server *s = start->server;

	start->error = RMQ_ERR_NO_MEMORY;
	if (rmqi_timer_init(&s->retry_timer, rmqi_loop_timers(s->config.loop), on_retry) != RMQ_OK)
		return;
	s->event = event_new(rmqi_loop_base(s->config.loop), s->fd, EV_READ | EV_PERSIST,
			     on_acceptable, s);
	if (s->event && event_add(s->event, NULL) == 0)
		start->error = RMQ_OK;
}

static void stop_on_loop(void *arg)
{
	struct rmqi_server *s = arg;

	s->is_stopped = true;
	rmqi_timer_deinit(&s->retry_timer);
	if (s->event)
		event_free(s->event);
	if (s->fd >= 0)
		close(s->fd);
	rmqi_inproc_unlisten(s->listener);
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
	rmqi_event_deinit(&s->empty);
	rmqi_free(s);
}

enum rmq_error rmqi_server_new(const struct rmqi_server_config *config, struct rmqi_server **out,
			       struct rmq_error_detail *detail)
{
	struct rmqi_server *s = rmqi_calloc(1, sizeof(*s));
	struct start start = {.server = s, .error = RMQ_OK};

	if (!s)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	s->config = *config;
	if (!s->config.host)
		s->config.host = "127.0.0.1";
	if (s->config.idle_timeout_ms <= 0)
		s->config.idle_timeout_ms = RMQI_CONN_IDLE_MS;
	s->env = rmqi_loop_env(config->loop);
	s->fd = -1;
	rmqi_list_init(&s->guests);
	rmqi_list_init(&s->conns);
	rmqi_event_init(&s->empty, s->env);
	if (s->env->inproc) {
		start.error = listen_inproc(s, detail);
	} else {
		start.error = listen_tcp(s, detail);
		if (start.error == RMQ_OK)
			rmqi_loop_call(config->loop, start_on_loop, &start);
	}
	if (start.error != RMQ_OK) {
		rmqi_server_free(s);
		return start.error;
	}
	s->config.host = NULL; /* was borrowed */
	*out = s;
	return RMQ_OK;
}

const char *rmqi_server_address(const struct rmqi_server *s)
{
	return s->address;
}
