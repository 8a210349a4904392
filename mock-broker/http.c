/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.c
 *
 *     arrived: reads a head -> answers: writes -> lingers: reads what still comes -> closed
 *
 * It ends its side and lingers until the peer has closed or its time is over: a socket that is closed with unread
 * bytes resets the connection, and takes the answer with it.
 */
#include "mock-broker/http.h"

#include <sys/socket.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/mem.h"
#include "net/listener.h"
#include "net/stream.h"

enum { LINGER_PART = 4 }; /* of the time of a connection */

struct mb_http {
	struct mb_http_config config;
	struct rmqi_listener *listener;
	struct rmqi_list visits; /* loop */
	size_t count;
};

struct visit {
	struct rmqi_list link;
	struct mb_http *http;
	struct rmqi_stream *stream;
	struct rmqi_task close; /* a stream is not closed from within its callback */
	struct rmqi_timer timer;
	struct rmqi_buf in;  /* the head */
	struct rmqi_buf out; /* the answer */
	size_t sent;
	bool is_answered;
	bool is_heard; /* the peer has ended its side */
	bool is_closing;
};

static void visit_free(struct visit *v)
{
	v->stream->ops->close(v->stream);
	rmqi_timer_deinit(&v->timer);
	rmqi_list_remove(&v->link);
	v->http->count--;
	rmqi_buf_deinit(&v->in);
	rmqi_buf_deinit(&v->out);
	rmqi_free(v);
}

static void run_close(struct rmqi_task *task)
{
	visit_free(RMQI_CONTAINER(task, struct visit, close));
}

static void finish(struct visit *v)
{
	if (v->is_closing)
		return;
	v->is_closing = true;
	(void)!v->stream->ops->want(v->stream, false, false);
	rmqi_timer_stop(&v->timer);
	rmqi_loop_defer(v->http->config.loop, &v->close);
}

static void on_timer(struct rmqi_timer *t)
{
	finish(RMQI_CONTAINER(t, struct visit, timer));
}

static const char *reason_of(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 431:
		return "Request Header Fields Too Large";
	case 503:
		return "Service Unavailable";
	case 505:
		return "HTTP Version Not Supported";
	default:
		return status == 400 ? "Bad Request" : "Internal Server Error";
	}
}

/* A stream in process has no ends. */
static void end_side(struct visit *v)
{
	if (v->is_heard || v->stream->fd < 0 || shutdown(v->stream->fd, SHUT_WR) != 0 ||
	    v->stream->ops->want(v->stream, true, false) != RMQ_OK)
		finish(v);
	else
		rmqi_timer_start_ms(&v->timer, v->http->config.timeout_ms / LINGER_PART);
}

static void write_out(struct visit *v)
{
	union {
		const uint8_t *in;
		void *out; /* only read */
	} from;

	while (v->sent < v->out.len) {
		struct iovec iov = {.iov_len = v->out.len - v->sent};
		size_t n;
		enum rmq_error err;

		from.in = rmqi_buf_data(&v->out) + v->sent;
		iov.iov_base = from.out;
		err = v->stream->ops->writev(v->stream, &iov, 1, &n);
		if (err == RMQ_AGAIN) {
			if (v->stream->ops->want(v->stream, true, true) != RMQ_OK)
				finish(v);
			return;
		}
		if (err != RMQ_OK) {
			finish(v);
			return;
		}
		v->sent += n;
	}
	end_side(v);
}

/* `has_body` false: HEAD, which is told how long it would be. */
static void answer(struct visit *v, int status, const char *type, const struct rmqi_buf *body,
		   bool has_body)
{
	v->is_answered = true;
	rmqi_timer_start_ms(&v->timer, v->http->config.timeout_ms);
	rmqi_buf_addf(&v->out,
		      "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s"
		      "Connection: close\r\n\r\n",
		      status, reason_of(status), type, body->len,
		      status == 405 ? "Allow: GET, HEAD\r\n" : "");
	if (has_body)
		rmqi_buf_add(&v->out, rmqi_buf_data(body), body->len);
	if (rmqi_buf_status(&v->out) == RMQ_OK)
		write_out(v);
	else
		finish(v);
}

static void refuse(struct visit *v, int status)
{
	struct rmqi_buf body;

	rmqi_buf_init(&body, 128);
	rmqi_buf_addf(&body, "%s\n", reason_of(status));
	answer(v, status, "text/plain; charset=utf-8", &body, true);
	rmqi_buf_deinit(&body);
}

static void show_page(struct visit *v, struct rmqi_str target, bool has_body)
{
	const struct mb_http_config *c = &v->http->config;
	const char *type = "text/plain; charset=utf-8";
	struct rmqi_buf body;
	struct rmqi_str path;
	int status;

	rmqi_str_cut(target, "?", &path, NULL);
	rmqi_buf_init(&body, MB_HTTP_BODY_MAX);
	status = c->page(c->arg, path, &body, &type);
	if (rmqi_buf_status(&body) != RMQ_OK)
		refuse(v, 500);
	else if (status != 200 && body.len == 0)
		refuse(v, status);
	else
		answer(v, status, type, &body, has_body);
	rmqi_buf_deinit(&body);
}

/* "GET /metrics HTTP/1.1" */
static void serve(struct visit *v, struct rmqi_str line)
{
	struct rmqi_str method, target, version;
	bool found;

	version = rmqi_str_cut(line, " ", &method, &found);
	if (found)
		version = rmqi_str_cut(version, " ", &target, &found);
	if (!found || method.len == 0 || target.len == 0 || target.ptr[0] != '/')
		refuse(v, 400);
	else if (!rmqi_str_is(version, "HTTP/1.0") && !rmqi_str_is(version, "HTTP/1.1"))
		refuse(v, rmqi_str_has_prefix(version, "HTTP/") ? 505 : 400);
	else if (!rmqi_str_is(method, "GET") && !rmqi_str_is(method, "HEAD"))
		refuse(v, 405);
	else
		show_page(v, target, rmqi_str_is(method, "GET"));
}

/* Is the head there? An empty line ends it. */
static void look(struct visit *v)
{
	struct rmqi_str all = rmqi_cursor_str(rmqi_buf_cursor(&v->in));
	struct rmqi_str head, line;
	bool found;

	rmqi_str_cut(all, "\r\n\r\n", &head, &found);
	if (!found)
		rmqi_str_cut(all, "\n\n", &head, &found);
	if (found) {
		rmqi_str_cut(head, "\n", &line, NULL);
		serve(v, rmqi_str_trim(line));
	} else if (all.len >= MB_HTTP_HEAD_MAX) {
		refuse(v, 431);
	}
}

static void read_in(struct visit *v)
{
	uint8_t bytes[1024];
	size_t n, room = v->is_answered ? sizeof(bytes) : MB_HTTP_HEAD_MAX - v->in.len;
	enum rmq_error err;

	err = v->stream->ops->read(v->stream, bytes, room < sizeof(bytes) ? room : sizeof(bytes),
				   &n);
	if (err == RMQ_AGAIN)
		return;
	v->is_heard = err == RMQ_OK && n == 0;
	if (err != RMQ_OK || (v->is_heard && (!v->is_answered || v->sent == v->out.len))) {
		finish(v);
		return;
	}
	if (v->is_heard) {
		/* It only reads from now on. */
		if (v->stream->ops->want(v->stream, false, true) != RMQ_OK)
			finish(v);
		return;
	}
	if (v->is_answered)
		return;
	rmqi_buf_add(&v->in, bytes, n);
	if (rmqi_buf_status(&v->in) == RMQ_OK)
		look(v);
	else
		finish(v);
}

static void on_event(struct rmqi_stream *s, enum rmqi_stream_event event)
{
	struct visit *v = s->arg;

	if (v->is_closing)
		return;
	if (event == RMQI_STREAM_READABLE)
		read_in(v);
	else if (event == RMQI_STREAM_WRITABLE)
		write_out(v);
	else if (event == RMQI_STREAM_FAILED)
		finish(v);
}

static void welcome(void *arg, struct rmqi_stream *stream)
{
	struct mb_http *h = arg;
	struct visit *v = h->count < MB_HTTP_CONNS_MAX ? rmqi_calloc(1, sizeof(*v)) : NULL;

	if (!v) {
		stream->ops->close(stream);
		return;
	}
	v->http = h;
	v->stream = stream;
	v->close.run = run_close;
	rmqi_buf_init(&v->in, MB_HTTP_HEAD_MAX);
	rmqi_buf_init(&v->out, MB_HTTP_BODY_MAX + 1024);
	rmqi_list_push(&h->visits, &v->link);
	h->count++;
	stream->fn = on_event;
	stream->arg = v;
	if (rmqi_timer_init(&v->timer, rmqi_loop_timers(h->config.loop), on_timer) != RMQ_OK ||
	    stream->ops->want(stream, true, false) != RMQ_OK) {
		visit_free(v);
		return;
	}
	rmqi_timer_start_ms(&v->timer, h->config.timeout_ms);
}

enum rmq_error mb_http_new(const struct mb_http_config *config, struct mb_http **out,
			   struct rmq_error_detail *detail)
{
	struct mb_http *h = rmqi_calloc(1, sizeof(*h));
	const struct rmqi_listener_config listener = {
		.loop = config->loop,
		.log = config->log,
		.host = config->host,
		.port = config->port,
		.on_stream = welcome,
		.arg = h,
	};
	enum rmq_error err;

	if (!h)
		return RMQ_ERR_NO_MEMORY;
	h->config = *config;
	h->config.host = NULL; /* was borrowed */
	if (h->config.timeout_ms <= 0)
		h->config.timeout_ms = MB_HTTP_TIMEOUT_MS;
	rmqi_list_init(&h->visits);
	err = rmqi_listener_new(&listener, &h->listener, detail);
	if (err != RMQ_OK) {
		rmqi_free(h);
		return err;
	}
	*out = h;
	return RMQ_OK;
}

const char *mb_http_address(const struct mb_http *h)
{
	return rmqi_listener_address(h->listener);
}

static void stop_on_loop(void *arg)
{
	struct mb_http *h = arg;

	rmqi_listener_free(h->listener);
	RMQI_LIST_EACH(node, &h->visits)
	{
		struct visit *v = RMQI_LIST_ITEM(node, struct visit, link);

		rmqi_loop_undefer(h->config.loop, &v->close);
		visit_free(v);
	}
}

void mb_http_free(struct mb_http *h)
{
	if (!h)
		return;
	rmqi_loop_call(h->config.loop, stop_on_loop, h);
	rmqi_free(h);
}

struct question {
	const struct mb_http *http;
	size_t answer;
};

static void count_on_loop(void *arg)
{
	struct question *q = arg;

	q->answer = q->http->count;
}

size_t mb_http_count(struct mb_http *h)
{
	struct question q = {.http = h};

	rmqi_loop_call(h->config.loop, count_on_loop, &q);
	return q.answer;
}
