/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_visit.c - a connection of http.h.
 *
 *     reads a request -> its call is under way -> writes the answer -> reads the next one ...
 *                                                    `-> lingers: reads what still comes -> closed
 *
 * Behind the last answer it ends its side and lingers until the peer has closed or its time is over: a socket
 * that is closed with unread bytes resets the connection, and takes the answer with it.
 */
#include <sys/socket.h>

#include "base/mem.h"
#include "mock-broker/http_impl.h"

enum {
	LINGER_PART = 4, /* of the time of a connection */
	READ_SIZE = 4096,
	IN_MAX = MB_HTTP_HEAD_MAX + MB_HTTP_TEXT_MAX
};

static void look(struct mb_http_visit *v);

/* --- Its end ------------------------------------------------------------------------------------ */

void mb_http_visit_free(struct mb_http_visit *v)
{
	if (v->call) {
		v->call->visit = NULL;
		atomic_store(&v->call->is_given_up, true);
	}
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
	mb_http_visit_free(RMQI_CONTAINER(task, struct mb_http_visit, close));
}

static void finish(struct mb_http_visit *v)
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
	finish(RMQI_CONTAINER(t, struct mb_http_visit, timer));
}

static void want(struct mb_http_visit *v, bool write)
{
	if (v->stream->ops->want(v->stream, !v->is_heard, write) != RMQ_OK)
		finish(v);
}

/* A stream in process has no ends. */
static void end_side(struct mb_http_visit *v)
{
	if (v->is_heard || v->stream->fd < 0 || shutdown(v->stream->fd, SHUT_WR) != 0) {
		finish(v);
		return;
	}
	rmqi_timer_start_ms(&v->timer, v->http->config.timeout_ms / LINGER_PART);
	want(v, false);
}

/* --- Answers ------------------------------------------------------------------------------------ */

/* The answer is out. */
static void go_on(struct mb_http_visit *v)
{
	rmqi_buf_reset(&v->out);
	rmqi_buf_trim(&v->out, 0);
	v->sent = 0;
	if (v->is_last) {
		end_side(v);
		return;
	}
	rmqi_timer_start_ms(&v->timer, v->http->config.timeout_ms);
	want(v, false);
	look(v);
}

static bool is_answering(const struct mb_http_visit *v)
{
	return v->out.len > 0;
}

/* True: all is out. */
static bool write_out(struct mb_http_visit *v)
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
		if (err == RMQ_AGAIN)
			want(v, true);
		else if (err != RMQ_OK)
			finish(v);
		if (err != RMQ_OK)
			return false;
		v->sent += n;
	}
	return true;
}

/* `has_body` false: HEAD, which is told how long it would be. */
static void answer(struct mb_http_visit *v, const struct mb_http_call *call, bool has_body)
{
	rmqi_timer_start_ms(&v->timer, v->http->config.timeout_ms);
	rmqi_buf_addf(&v->out, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s%s\r\n",
		      call->status, mb_http_reason(call->status), call->type, call->body.len,
		      call->headers, v->is_last ? "Connection: close\r\n" : "");
	if (has_body)
		rmqi_buf_add(&v->out, rmqi_buf_data(&call->body), call->body.len);
	if (rmqi_buf_status(&v->out) != RMQ_OK)
		finish(v);
	else if (write_out(v))
		go_on(v);
}

void mb_http_visit_answer(struct mb_http_visit *v, struct mb_http_call *call)
{
	bool has_body = !rmqi_str_is(call->request.method, "HEAD");

	v->call = NULL;
	if (rmqi_buf_status(&call->body) != RMQ_OK) {
		rmqi_buf_reset(&call->body);
		call->status = 500;
	}
	if (call->status != 200 && call->body.len == 0) {
		call->type = "text/plain; charset=utf-8";
		rmqi_buf_addf(&call->body, "%s\n", mb_http_reason(call->status));
	}
	if (!v->is_closing)
		answer(v, call, has_body);
}

/* What cannot be understood is the last request. */
static void refuse(struct mb_http_visit *v, int status)
{
	struct mb_http_call call = {.status = status};

	v->is_last = true;
	rmqi_buf_init(&call.body, 128);
	mb_http_visit_answer(v, &call);
	rmqi_buf_deinit(&call.body);
}

/* --- Requests ----------------------------------------------------------------------------------- */

/* The request stands in the first `len` bytes. */
static void serve(struct mb_http_visit *v, size_t head_len, size_t len)
{
	struct mb_http_call *call = rmqi_calloc(1, sizeof(*call));
	const uint8_t *bytes;

	if (!call) {
		finish(v);
		return;
	}
	call->http = v->http;
	call->visit = v;
	call->owner = v->http->config.arg;
	atomic_init(&call->is_given_up, v->is_heard);
	call->status = 200;
	call->type = "text/plain; charset=utf-8";
	rmqi_buf_init(&call->body, MB_HTTP_BODY_MAX);
	rmqi_buf_init(&call->bytes, IN_MAX);
	rmqi_buf_add(&call->bytes, rmqi_buf_data(&v->in), len);
	bytes = rmqi_buf_data(&call->bytes);
	v->call = call;
	if (rmqi_buf_status(&call->bytes) != RMQ_OK ||
	    mb_http_request_parse(rmqi_str_n(bytes, head_len), &call->request) != 0) {
		call->status = 500; /* it was parsed before: memory is out */
		mb_http_answer(call);
		return;
	}
	call->request.body = rmqi_cursor(bytes + len - (size_t)call->request.body_len,
					 (size_t)call->request.body_len);
	v->is_last = call->request.is_last || !v->http->config.is_kept;
	v->has_continued = false;
	rmqi_buf_drop(&v->in, len);
	rmqi_timer_stop(&v->timer);
	v->http->config.serve(v->http->config.arg, call);
}

/* Who asked whether to go on is told so. */
static void invite(struct mb_http_visit *v)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct iovec iov = {.iov_len = sizeof(text) - 1};
	union {
		const char *in;
		void *out; /* only read */
	} from = {.in = text};
	size_t n;

	v->has_continued = true;
	iov.iov_base = from.out;
	/* Nothing was sent for a while, so it fits; who does not get it sends anyway, a little later. */
	(void)!v->stream->ops->writev(v->stream, &iov, 1, &n);
}

/* The length of the head with the empty line that ends it, and of what stands before that; 0: it is not there
 * yet. */
static size_t find_head(const struct rmqi_buf *in, size_t *head_len)
{
	const uint8_t *at = rmqi_buf_data(in);
	size_t max = in->len < MB_HTTP_HEAD_MAX ? in->len : MB_HTTP_HEAD_MAX;

	for (size_t i = 0; i + 1 < max; i++) {
		*head_len = i;
		if (at[i] == '\n' && at[i + 1] == '\n')
			return i + 2;
		if (at[i] == '\n' && i + 2 < max && at[i + 1] == '\r' && at[i + 2] == '\n')
			return i + 3;
	}
	return 0;
}

/* `head_len` bytes, and an empty line up to `len`. True: the request was there. */
static bool take(struct mb_http_visit *v, size_t head_len, size_t len)
{
	struct mb_http_request r;
	int status = mb_http_request_parse(rmqi_str_n(rmqi_buf_data(&v->in), head_len), &r);

	if (status == 0 && r.body_len > MB_HTTP_TEXT_MAX)
		status = 413;
	if (status != 0) {
		refuse(v, status);
		return false;
	}
	if (v->in.len - len >= r.body_len) {
		serve(v, head_len, len + (size_t)r.body_len);
		return true;
	}
	if (v->is_heard)
		finish(v);
	else if (r.waits_to_continue && !v->has_continued)
		invite(v);
	return false;
}

static bool is_free(const struct mb_http_visit *v)
{
	return !v->call && !is_answering(v) && !v->is_last && !v->is_closing;
}

/* Serves what is there. Answers may come at once and call this again: who stands in front of many requests is
 * no reason for a deep stack. */
static void look(struct mb_http_visit *v)
{
	bool is_there = !v->is_looking;

	while (is_there && is_free(v)) {
		size_t head_len, len = find_head(&v->in, &head_len);

		v->is_looking = true;
		is_there = len > 0 && take(v, head_len, len);
		v->is_looking = false;
		if (len == 0 && v->in.len >= MB_HTTP_HEAD_MAX)
			refuse(v, 431);
		else if (len == 0 && v->is_heard)
			finish(v);
	}
}

/* --- Its stream --------------------------------------------------------------------------------- */

/* The peer only reads from now on, or not even that. */
static void heard(struct mb_http_visit *v)
{
	v->is_heard = true;
	if (v->call)
		atomic_store(&v->call->is_given_up, true);
	if (v->is_last && !v->call && !is_answering(v)) {
		finish(v);
		return;
	}
	want(v, is_answering(v));
	look(v);
}

static void read_in(struct mb_http_visit *v)
{
	uint8_t bytes[READ_SIZE];
	size_t n;
	enum rmq_error err = v->stream->ops->read(v->stream, bytes, sizeof(bytes), &n);

	if (err == RMQ_AGAIN || (err == RMQ_OK && n == 0 && v->is_heard))
		return;
	if (err != RMQ_OK) {
		finish(v);
		return;
	}
	if (n == 0) {
		heard(v);
		return;
	}
	if (v->is_last)
		return;
	rmqi_buf_add(&v->in, bytes, n);
	/* Full of requests that come before they can be answered: nobody who means well does that. */
	if (rmqi_buf_status(&v->in) == RMQ_OK)
		look(v);
	else
		finish(v);
}

static void on_event(struct rmqi_stream *s, enum rmqi_stream_event event)
{
	struct mb_http_visit *v = s->arg;

	if (v->is_closing)
		return;
	if (event == RMQI_STREAM_READABLE)
		read_in(v);
	else if (event == RMQI_STREAM_WRITABLE && is_answering(v) && write_out(v))
		go_on(v);
	else if (event == RMQI_STREAM_FAILED)
		finish(v);
}

void mb_http_welcome(void *arg, struct rmqi_stream *stream)
{
	struct mb_http *h = arg;
	struct mb_http_visit *v = h->count < MB_HTTP_CONNS_MAX ? rmqi_calloc(1, sizeof(*v)) : NULL;

	if (!v) {
		stream->ops->close(stream);
		return;
	}
	v->http = h;
	v->stream = stream;
	v->close.run = run_close;
	rmqi_buf_init(&v->in, IN_MAX + READ_SIZE);
	rmqi_buf_init(&v->out, MB_HTTP_BODY_MAX + 1024);
	rmqi_list_push(&h->visits, &v->link);
	h->count++;
	stream->fn = on_event;
	stream->arg = v;
	if (rmqi_timer_init(&v->timer, rmqi_loop_timers(h->config.loop), on_timer) != RMQ_OK ||
	    stream->ops->want(stream, true, false) != RMQ_OK) {
		mb_http_visit_free(v);
		return;
	}
	rmqi_timer_start_ms(&v->timer, h->config.timeout_ms);
}
