/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream_tcp.c - a plain socket and its watch.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/poller.h"
#include "net/stream.h"

struct tcp {
	struct rmqi_stream s;
	struct rmqi_watch watch;
};

/* glibc's strerror_r returns a text, which need not be in buf; that of POSIX (musl) a status. */
static const char *text_of_glibc(const char *text, const char *buf)
{
	(void)buf;
	return text;
}

static const char *text_of_posix(int status, const char *buf)
{
	return status == 0 ? buf : "unknown error";
}

const char *rmqi_errno_text(int code, char *buf, size_t size)
{
	return _Generic(strerror_r(code, buf, size), char *: text_of_glibc, int: text_of_posix)(
		strerror_r(code, buf, size), buf);
}

enum rmq_error rmqi_stream_lost(struct rmqi_stream *s, int code)
{
	char text[96];

	snprintf(s->reason, sizeof(s->reason), "%s", rmqi_errno_text(code, text, sizeof(text)));
	return RMQ_ERR_CONNECTION_LOST;
}

static void host_of_v6(const struct sockaddr_in6 *in6, struct rmqi_host *out)
{
	if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		memcpy(out->ip, in6->sin6_addr.s6_addr + 12, 4);
	} else {
		out->is_v6 = true;
		memcpy(out->ip, in6->sin6_addr.s6_addr, sizeof(out->ip));
	}
	out->port = ntohs(in6->sin6_port);
}

void rmqi_host_of_sockaddr(const struct sockaddr *sa, struct rmqi_host *out)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	*out = (struct rmqi_host){0};
	if (sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		memcpy(out->ip, &in.sin_addr, 4);
		out->port = ntohs(in.sin_port);
	} else if (sa->sa_family == AF_INET6) {
		memcpy(&in6, sa, sizeof(in6));
		host_of_v6(&in6, out);
	}
}

void rmqi_stream_name(struct rmqi_stream *s, int fd)
{
	union {
		struct sockaddr sa;
		struct sockaddr_storage storage;
	} at;
	socklen_t len = sizeof(at);

	if (getsockname(fd, &at.sa, &len) == 0)
		rmqi_host_of_sockaddr(&at.sa, &s->local);
	len = sizeof(at);
	if (getpeername(fd, &at.sa, &len) == 0)
		rmqi_host_of_sockaddr(&at.sa, &s->peer);
}

void rmqi_stream_tune(int fd)
{
	unsigned dead_ms = RMQI_STREAM_DEAD_MS;
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &dead_ms, sizeof(dead_ms));
}

static bool is_again(int code)
{
	return code == EAGAIN || code == EWOULDBLOCK;
}

static enum rmq_error tcp_read(struct rmqi_stream *s, uint8_t *buf, size_t cap, size_t *n)
{
	ssize_t got;

	do
		got = recv(s->fd, buf, cap, MSG_DONTWAIT);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return is_again(errno) ? RMQ_AGAIN : rmqi_stream_lost(s, errno);
	*n = (size_t)got;
	return RMQ_OK;
}

static enum rmq_error tcp_writev(struct rmqi_stream *s, const struct iovec *iov, int count,
				 size_t *n)
{
	struct iovec copy[8];
	struct msghdr msg = {.msg_iov = copy};
	ssize_t put;

	if (count > (int)RMQI_COUNT(copy))
		count = (int)RMQI_COUNT(copy); /* the rest is "not taken" */
	memcpy(copy, iov, sizeof(*copy) * (size_t)count);
	msg.msg_iovlen = (size_t)count;
	do
		put = sendmsg(s->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (put < 0 && errno == EINTR);
	if (put < 0)
		return is_again(errno) ? RMQ_AGAIN : rmqi_stream_lost(s, errno);
	*n = (size_t)put;
	return RMQ_OK;
}

static void on_ready(struct rmqi_watch *w, unsigned ready)
{
	struct tcp *t = RMQI_CONTAINER(w, struct tcp, watch);

	if (ready & RMQI_READABLE)
		t->s.fn(&t->s, RMQI_STREAM_READABLE); /* closing is not allowed there */
	if (ready & w->wanted & RMQI_WRITABLE)
		t->s.fn(&t->s, RMQI_STREAM_WRITABLE);
}

static enum rmq_error tcp_want(struct rmqi_stream *s, bool read, bool write)
{
	struct tcp *t = RMQI_CONTAINER(s, struct tcp, s);
	int code = rmqi_watch_set(&t->watch,
				  (read ? RMQI_READABLE : 0u) | (write ? RMQI_WRITABLE : 0u));

	return code == 0 ? RMQ_OK : rmqi_stream_lost(s, code);
}

static void tcp_close(struct rmqi_stream *s)
{
	struct tcp *t = RMQI_CONTAINER(s, struct tcp, s);

	rmqi_watch_stop(&t->watch);
	close(s->fd);
	rmqi_free(t);
}

static void tcp_abort(struct rmqi_stream *s)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};

	setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	tcp_close(s);
}

static const struct rmqi_stream_ops tcp_ops = {
	.read = tcp_read,
	.writev = tcp_writev,
	.want = tcp_want,
	.close = tcp_close,
	.abort = tcp_abort,
};

enum rmq_error rmqi_stream_tcp_new(struct rmqi_loop *l, int fd, struct rmqi_stream **out)
{
	struct tcp *t = rmqi_calloc(1, sizeof(*t));

	if (!t) {
		close(fd);
		return RMQ_ERR_NO_MEMORY;
	}
	t->s.ops = &tcp_ops;
	t->s.loop = l;
	t->s.fd = fd;
	rmqi_watch_init(&t->watch, rmqi_loop_poller(l), fd, on_ready);
	rmqi_stream_tune(fd);
	rmqi_stream_name(&t->s, fd);
	*out = &t->s;
	return RMQ_OK;
}
