/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dial.c
 *
 *     RESOLVING --> CONNECTING --(each address)--> SHAKING --> DONE
 *         |              |                            |
 *         +--------------+----------------------------+--> DONE (failed)
 *
 * RESOLVING  `job` runs, or nothing (numeric: passes at once)
 * CONNECTING `fd` connects and `watch` waits for it; or `inproc` runs
 * SHAKING    `stream` is a TLS stream that shakes hands
 * DONE       the result is set and `task` is posted to tell it
 *
 * `timer` guards the first three.
 */
#include "net/dial.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/address.h"
#include "net/inproc_impl.h"
#include "net/poller.h"

enum state { RESOLVING, CONNECTING, SHAKING, DONE };

struct rmqi_dial {
	struct rmqi_dial_config config;
	enum state state;
	struct rmqi_address address;
	struct rmqi_timer timer;
	struct rmqi_task task;
	bool is_cancelled;
	int64_t deadline_us; /* of resolving and connecting */
	struct rmqi_resolve_job *job;
	struct rmqi_endpoints *list; /* owned */
	size_t at;                   /* the one being tried */
	struct rmqi_watch watch;
	int fd;
	struct rmqi_inproc_dial *inproc;
	struct rmqi_stream *stream;
	enum rmq_error error;
	char reason[RMQI_REASON_MAX];
};

/* Lets go of what the state holds, but for the stream of DONE. */
static void release(struct rmqi_dial *d)
{
	rmqi_timer_stop(&d->timer);
	if (d->job)
		rmqi_resolve_cancel(d->job);
	rmqi_watch_stop(&d->watch);
	if (d->fd >= 0)
		close(d->fd);
	if (d->inproc)
		rmqi_inproc_dial_cancel(d->inproc);
	rmqi_free(d->list);
	d->job = NULL;
	d->fd = -1;
	d->inproc = NULL;
	d->list = NULL;
}

static void free_dial(struct rmqi_dial *d)
{
	release(d);
	if (d->stream)
		d->stream->ops->close(d->stream);
	rmqi_timer_deinit(&d->timer);
	rmqi_free(d);
}

static void run_done(struct rmqi_task *task)
{
	struct rmqi_dial *d = RMQI_CONTAINER(task, struct rmqi_dial, task);
	struct rmqi_stream *stream = d->stream;

	if (d->is_cancelled) {
		free_dial(d);
		return;
	}
	d->stream = NULL;
	d->config.on_done(d->config.arg, d->error, d->reason, stream);
	free_dial(d);
}

static void finish(struct rmqi_dial *d)
{
	/* Exactly one result. */
	assert(d->state != DONE);
	release(d);
	d->state = DONE;
	rmqi_loop_post(d->config.loop, &d->task);
}

static RMQI_PRINTF(3, 4) void fail(struct rmqi_dial *d, enum rmq_error error, const char *format,
				   ...)
{
	va_list args;

	d->error = error;
	va_start(args, format);
	vsnprintf(d->reason, sizeof(d->reason), format, args); /* maybe of the stream's reason */
	va_end(args);
	if (d->stream)
		d->stream->ops->close(d->stream);
	d->stream = NULL;
	finish(d);
}

/* --- Handshake --------------------------------------------------------------------- */

static void on_handshake(struct rmqi_stream *s, enum rmqi_stream_event event)
{
	struct rmqi_dial *d = s->arg;

	if (event == RMQI_STREAM_READY)
		finish(d);
	else if (event == RMQI_STREAM_FAILED)
		fail(d, s->error, "TLS handshake with %s failed: %s", d->config.address, s->reason);
}

static void shake_hands(struct rmqi_dial *d, int fd)
{
	enum rmq_error err;

	d->state = SHAKING;
	d->config.on_phase(d->config.arg, RMQ_PHASE_TLS);
	err = rmqi_stream_tls_new(d->config.loop, fd, d->config.tls, d->address.host, &d->stream);
	if (err != RMQ_OK) {
		fail(d, err, "cannot set up TLS for %s", d->config.address);
		return;
	}
	d->stream->fn = on_handshake;
	d->stream->arg = d;
	rmqi_timer_start_ms(&d->timer, d->config.connect_timeout_ms);
}

/* --- Connecting ----------------------------------------------------------------------- */

static void connected(struct rmqi_dial *d)
{
	int fd = d->fd;
	enum rmq_error err;

	rmqi_watch_stop(&d->watch);
	d->fd = -1;
	rmqi_timer_stop(&d->timer);
	if (d->config.tls) {
		shake_hands(d, fd);
		return;
	}
	err = rmqi_stream_tcp_new(d->config.loop, fd, &d->stream);
	if (err == RMQ_OK)
		finish(d);
	else
		fail(d, err, "cannot watch the connection to %s", d->config.address);
}

static void try_next(struct rmqi_dial *d, int code);

static void on_connect(struct rmqi_watch *w, unsigned ready)
{
	struct rmqi_dial *d = RMQI_CONTAINER(w, struct rmqi_dial, watch);
	int code = 0;
	socklen_t len = sizeof(code);

	(void)ready;
	if (getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &code, &len) != 0)
		code = errno;
	if (code == 0)
		connected(d);
	else
		try_next(d, code);
}

/* An equal share of what is left for this address and those behind it. */
static int64_t share_deadline(const struct rmqi_dial *d)
{
	int64_t now = rmqi_clock_us(rmqi_loop_clock(d->config.loop));
	int64_t left = d->deadline_us - now;
	int64_t count = (int64_t)(d->list->count - d->at); /* this one and those behind it */

	if (d->deadline_us == RMQI_FOREVER)
		return RMQI_FOREVER;
	return now + (left > 0 ? left / count : 0);
}

/* 0: under way, or an errno. */
static int begin_connect(struct rmqi_dial *d)
{
	const struct rmqi_endpoint *e = &d->list->list[d->at];
	int code;

	d->fd = socket(e->at.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (d->fd < 0)
		return errno;
	if (connect(d->fd, &e->at.sa, e->len) != 0 && errno != EINPROGRESS)
		return errno;
	/* When it is connected already, the event comes at once. */
	rmqi_watch_init(&d->watch, rmqi_loop_poller(d->config.loop), d->fd, on_connect);
	code = rmqi_watch_set(&d->watch, RMQI_WRITABLE);
	if (code)
		return code;
	rmqi_timer_start(&d->timer, share_deadline(d));
	return 0;
}

static void drop_attempt(struct rmqi_dial *d)
{
	rmqi_watch_stop(&d->watch);
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

static void fail_connect(struct rmqi_dial *d, int code)
{
	char text[96];

	if (code == ECONNREFUSED)
		fail(d, RMQ_ERR_CONNECT, "connect to %s refused", d->config.address);
	else if (code == ETIMEDOUT)
		fail(d, RMQ_ERR_CONNECT, "connect to %s timed out after %" PRId64 " ms",
		     d->config.address, d->config.connect_timeout_ms);
	else
		fail(d, RMQ_ERR_CONNECT, "connect to %s failed: %s", d->config.address,
		     rmqi_errno_text(code, text, sizeof(text)));
}

/* `code` is why the address at d->at failed. */
static void try_next(struct rmqi_dial *d, int code)
{
	while (code != 0) {
		drop_attempt(d);
		if (++d->at == d->list->count) {
			fail_connect(d, code);
			return;
		}
		code = begin_connect(d);
	}
}

static void connect_first(struct rmqi_dial *d, struct rmqi_endpoints *list)
{
	int code;

	d->state = CONNECTING;
	d->config.on_phase(d->config.arg, RMQ_PHASE_CONNECT);
	d->list = list;
	d->at = 0;
	code = begin_connect(d);
	if (code != 0)
		try_next(d, code);
}

static void on_inproc(void *arg, enum rmq_error error, struct rmqi_stream *s)
{
	struct rmqi_dial *d = arg;

	d->inproc = NULL;
	if (error != RMQ_OK) {
		fail_connect(d, ECONNREFUSED);
		return;
	}
	d->stream = s;
	finish(d);
}

static void connect_inproc(struct rmqi_dial *d)
{
	const struct rmqi_env *env = rmqi_loop_env(d->config.loop);
	char text[RMQI_ADDRESS_MAX];
	enum rmq_error err;

	d->state = CONNECTING;
	d->config.on_phase(d->config.arg, RMQ_PHASE_CONNECT);
	rmqi_timer_start(&d->timer, d->deadline_us);
	err = rmqi_inproc_dial(env->inproc, d->config.loop,
			       rmqi_address_text(&d->address, text, sizeof(text)), on_inproc, d,
			       &d->inproc);
	if (err != RMQ_OK)
		fail(d, err, "connect to %s failed: out of memory", d->config.address);
}

/* --- Resolving -------------------------------------------------------------------------- */

static void on_resolved(void *arg, int gai_error, struct rmqi_endpoints *list)
{
	struct rmqi_dial *d = arg;

	d->job = NULL;
	if (gai_error)
		fail(d, RMQ_ERR_RESOLVE, "cannot resolve %s: %s", d->address.host,
		     gai_strerror(gai_error));
	else
		connect_first(d, list);
}

static void resolve(struct rmqi_dial *d)
{
	struct rmqi_endpoints *list = rmqi_resolve_numeric(d->address.host, d->address.port);
	enum rmq_error err;

	if (list) {
		connect_first(d, list);
		return;
	}
	d->config.on_phase(d->config.arg, RMQ_PHASE_RESOLVE);
	rmqi_timer_start(&d->timer, d->deadline_us);
	err = rmqi_resolve_start(d->config.resolver, d->config.loop, d->address.host,
				 d->address.port, on_resolved, d, &d->job);
	if (err != RMQ_OK)
		fail(d, RMQ_ERR_RESOLVE, "cannot resolve %s: no thread for it", d->address.host);
}

static void fail_resolve(struct rmqi_dial *d)
{
	unsigned ahead = d->job ? rmqi_resolve_ahead(d->job) : 0;

	if (ahead)
		fail(d, RMQ_ERR_RESOLVE,
		     "cannot resolve %s within %" PRId64
		     " ms: look-ups of %u other names have not ended",
		     d->address.host, d->config.connect_timeout_ms, ahead);
	else
		fail(d, RMQ_ERR_RESOLVE, "cannot resolve %s within %" PRId64 " ms", d->address.host,
		     d->config.connect_timeout_ms);
}

static void on_timer(struct rmqi_timer *t)
{
	struct rmqi_dial *d = RMQI_CONTAINER(t, struct rmqi_dial, timer);

	switch (d->state) {
	case RESOLVING:
		fail_resolve(d);
		break;
	case CONNECTING:
		if (d->list)
			try_next(d, ETIMEDOUT);
		else
			fail_connect(d, ETIMEDOUT);
		break;
	case SHAKING:
		fail(d, RMQ_ERR_TLS,
		     "TLS handshake with %s failed: not finished within %" PRId64 " ms",
		     d->config.address, d->config.connect_timeout_ms);
		break;
	case DONE:
		break;
	}
}

enum rmq_error rmqi_dial_start(const struct rmqi_dial_config *config, struct rmqi_dial **out)
{
	struct rmqi_dial *d = rmqi_calloc(1, sizeof(*d));
	struct rmqi_clock *clock = rmqi_loop_clock(config->loop);

	if (!d)
		return RMQ_ERR_NO_MEMORY;
	if (rmqi_timer_init(&d->timer, rmqi_loop_timers(config->loop), on_timer) != RMQ_OK) {
		rmqi_free(d);
		return RMQ_ERR_NO_MEMORY;
	}
	d->config = *config;
	d->task.run = run_done;
	d->fd = -1;
	d->deadline_us = rmqi_clock_deadline(clock, config->connect_timeout_ms);
	*out = d;
	if (rmqi_address_parse(rmqi_str(config->address), &d->address) != RMQ_OK ||
	    d->address.port == 0)
		fail(d, RMQ_ERR_ADDRESS, "\"%s\" is not host:port", config->address);
	else if (rmqi_loop_env(config->loop)->inproc)
		connect_inproc(d);
	else
		resolve(d);
	return RMQ_OK;
}

void rmqi_dial_cancel(struct rmqi_dial *d)
{
	if (d->state == DONE)
		d->is_cancelled = true; /* the loop still holds the task */
	else
		free_dial(d);
}
