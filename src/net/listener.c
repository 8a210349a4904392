/* SPDX-License-Identifier: Apache-2.0 */
#include "net/listener.h"

#include <errno.h>
#include <linux/filter.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/detail.h"
#include "base/mem.h"
#include "net/address.h"
#include "net/inproc_impl.h"
#include "net/poller.h"

enum {
	BACKLOG = 1024,
	ACCEPTS_AT_ONCE = 64, /* others want a turn */
	ACCEPT_PAUSE_MS = 100 /* when descriptors are out */
};

struct rmqi_listener {
	struct rmqi_listener_config config;
	char address[RMQI_ADDRESS_MAX];
	int fd; /* -1: in process */
	struct rmqi_watch watch;
	bool is_deaf;
	bool is_short; /* of descriptors: told */
	struct rmqi_timer pause;
	struct rmqi_inproc_listener *inproc;
};

/* --- Accepting ---------------------------------------------------------------------------- */

static void on_pause_over(struct rmqi_timer *t)
{
	struct rmqi_listener *l = RMQI_CONTAINER(t, struct rmqi_listener, pause);

	if (rmqi_watch_set(&l->watch, RMQI_READABLE) != 0)
		rmqi_timer_start_ms(t, ACCEPT_PAUSE_MS);
}

/* Nobody waits any more: only then it is over, for a place that became free is taken at once. */
static void on_all_accepted(struct rmqi_listener *l)
{
	if (l->is_short)
		RMQI_LOG(l->config.log, RMQ_LOG_INFO, "%s accepts connections again", l->address);
	l->is_short = false;
}

static void on_shortage(struct rmqi_listener *l, int code)
{
	char text[96];

	if (!l->is_short)
		RMQI_LOG(l->config.log, RMQ_LOG_WARN,
			 "%s cannot accept connections: %s; it tries again every %d ms", l->address,
			 rmqi_errno_text(code, text, sizeof(text)), ACCEPT_PAUSE_MS);
	l->is_short = true;
	if (rmqi_watch_set(&l->watch, 0) == 0)
		rmqi_timer_start_ms(&l->pause, ACCEPT_PAUSE_MS);
}

static void on_accept_error(struct rmqi_listener *l, int code)
{
	if (code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM)
		on_shortage(l, code);
	else if (code == EAGAIN || code == EWOULDBLOCK)
		on_all_accepted(l);
	/* Else a peer gave up meanwhile. */
}

/* `fd` is moved. */
static void hand_over(struct rmqi_listener *l, int fd, const struct sockaddr *sa)
{
	struct rmqi_stream *stream;
	struct rmqi_host peer;

	if (l->config.on_socket) {
		rmqi_host_of_sockaddr(sa, &peer);
		l->config.on_socket(l->config.arg, fd, &peer);
	} else if (rmqi_stream_tcp_new(l->config.loop, fd, &stream) == RMQ_OK) {
		l->config.on_stream(l->config.arg, stream);
	}
}

static void on_acceptable(struct rmqi_watch *w, unsigned ready)
{
	struct rmqi_listener *l = RMQI_CONTAINER(w, struct rmqi_listener, watch);

	(void)ready;
	for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
		union {
			struct sockaddr sa;
			struct sockaddr_storage storage;
		} peer;
		socklen_t len = sizeof(peer);
		int fd = accept4(w->fd, &peer.sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0) {
			on_accept_error(l, errno);
			return;
		}
		hand_over(l, fd, &peer.sa);
	}
}

/* --- Binding ------------------------------------------------------------------------------ */

/* 0, or an errno. */
static int bind_to(struct rmqi_listener *l, const struct addrinfo *ai, uint16_t *port)
{
	struct rmqi_host bound;
	union {
		struct sockaddr sa;
		struct sockaddr_storage storage;
	} at;
	socklen_t len = sizeof(at);
	int one = 1;

	l->fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return errno;
	setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(l->fd, ai->ai_addr, ai->ai_addrlen) != 0 || listen(l->fd, BACKLOG) != 0 ||
	    getsockname(l->fd, &at.sa, &len) != 0) {
		int code = errno;

		close(l->fd);
		l->fd = -1;
		return code;
	}
	rmqi_host_of_sockaddr(&at.sa, &bound);
	*port = (uint16_t)bound.port;
	return 0;
}

static enum rmq_error resolve(const struct rmqi_listener *l, struct addrinfo **list,
			      struct rmq_error_detail *detail)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	char service[8];
	int code;

	hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
	snprintf(service, sizeof(service), "%u", (unsigned)l->config.port);
	code = getaddrinfo(l->config.host, service, &hints, list);
	if (code == 0)
		return RMQ_OK;
	return rmqi_detail_set(detail, RMQ_ERR_RESOLVE, 0, "cannot resolve %s: %s", l->config.host,
			       gai_strerror(code));
}

static enum rmq_error bind_tcp(struct rmqi_listener *l, struct rmq_error_detail *detail)
{
	struct rmqi_address a = {.port = l->config.port};
	struct addrinfo *list;
	enum rmq_error err = resolve(l, &list, detail);
	char text[96];
	int code = 0;

	if (err != RMQ_OK)
		return err;
	for (const struct addrinfo *ai = list; ai && l->fd < 0; ai = ai->ai_next)
		code = bind_to(l, ai, &a.port);
	freeaddrinfo(list);
	snprintf(a.host, sizeof(a.host), "%s", l->config.host);
	rmqi_address_text(&a, l->address, sizeof(l->address));
	if (l->fd >= 0)
		return RMQ_OK;
	return rmqi_detail_set(detail, RMQ_ERR_CONNECT, 0, "cannot listen on %s: %s", l->address,
			       rmqi_errno_text(code, text, sizeof(text)));
}

struct start {
	struct rmqi_listener *listener;
	enum rmq_error error;
};

static void start_on_loop(void *arg)
{
	struct start *start = arg;
	struct rmqi_listener *l = start->listener;

	start->error = RMQ_ERR_NO_MEMORY;
	if (rmqi_timer_init(&l->pause, rmqi_loop_timers(l->config.loop), on_pause_over) != RMQ_OK)
		return;
	rmqi_watch_init(&l->watch, rmqi_loop_poller(l->config.loop), l->fd, on_acceptable);
	start->error = RMQ_ERR_SYSTEM;
	if (rmqi_watch_set(&l->watch, RMQI_READABLE) == 0)
		start->error = RMQ_OK;
}

static enum rmq_error listen_tcp(struct rmqi_listener *l, struct rmq_error_detail *detail)
{
	struct start start = {.listener = l};
	enum rmq_error err = bind_tcp(l, detail);

	if (err != RMQ_OK)
		return err;
	rmqi_loop_call(l->config.loop, start_on_loop, &start);
	return start.error;
}

static enum rmq_error listen_inproc(struct rmqi_listener *l, struct rmq_error_detail *detail)
{
	struct rmqi_inproc *net = rmqi_loop_env(l->config.loop)->inproc;
	struct rmqi_address a = {.port = l->config.port};
	char text[RMQI_ADDRESS_MAX];
	enum rmq_error err;

	snprintf(a.host, sizeof(a.host), "%s", l->config.host);
	rmqi_address_text(&a, text, sizeof(text));
	err = rmqi_inproc_listen(net, l->config.loop, text, l->config.on_stream, l->config.arg,
				 &l->inproc);
	if (err != RMQ_OK)
		return rmqi_detail_set(detail, err, 0, "cannot listen on %s: %s", text,
				       err == RMQ_ERR_CONNECT ? "Address already in use"
							      : rmq_error_text(err));
	snprintf(l->address, sizeof(l->address), "%s", rmqi_inproc_listener_address(l->inproc));
	return RMQ_OK;
}

/* --- Deafness ------------------------------------------------------------------------------ */

/* A filter of the socket that lets no packet through: a SYN gets no answer, and the peer tries again. */
static enum rmq_error filter_packets(int fd, bool is_deaf)
{
	struct sock_filter none[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
	struct sock_fprog program = {.len = 1, .filter = none};
	int unused = 0;
	int code = is_deaf ? setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program))
			   : setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused));

	return code == 0 ? RMQ_OK : RMQ_ERR_SYSTEM;
}

enum rmq_error rmqi_listener_set_deaf(struct rmqi_listener *l, bool is_deaf)
{
	enum rmq_error err = RMQ_OK;

	if (l->is_deaf == is_deaf)
		return RMQ_OK;
	if (l->fd >= 0)
		err = filter_packets(l->fd, is_deaf);
	else
		rmqi_inproc_set_cut(rmqi_loop_env(l->config.loop)->inproc, l->address, is_deaf);
	if (err == RMQ_OK)
		l->is_deaf = is_deaf;
	return err;
}

/* --- Life cycle --------------------------------------------------------------------------- */

static void stop_on_loop(void *arg)
{
	struct rmqi_listener *l = arg;

	/* The network of a simulation remembers it by the address. */
	(void)!rmqi_listener_set_deaf(l, false);
	rmqi_timer_deinit(&l->pause);
	rmqi_watch_stop(&l->watch);
	if (l->fd >= 0)
		close(l->fd);
	rmqi_inproc_unlisten(l->inproc);
}

void rmqi_listener_free(struct rmqi_listener *l)
{
	if (!l)
		return;
	rmqi_loop_call(l->config.loop, stop_on_loop, l);
	rmqi_free(l);
}

enum rmq_error rmqi_listener_new(const struct rmqi_listener_config *config,
				 struct rmqi_listener **out, struct rmq_error_detail *detail)
{
	struct rmqi_listener *l = rmqi_calloc(1, sizeof(*l));
	enum rmq_error err;

	if (!l)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	l->config = *config;
	if (!l->config.host)
		l->config.host = "127.0.0.1";
	l->fd = -1;
	err = rmqi_loop_env(config->loop)->inproc ? listen_inproc(l, detail)
						  : listen_tcp(l, detail);
	if (err != RMQ_OK) {
		rmqi_listener_free(l);
		return err;
	}
	l->config.host = NULL; /* was borrowed */
	*out = l;
	return RMQ_OK;
}

const char *rmqi_listener_address(const struct rmqi_listener *l)
{
	return l->address;
}
