/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn.c - the life of a connection, and who may do what.
 *
 * State
 *
 *     OPENING --(stream ready)--> OPEN --(close, by anyone)--> CLOSING --> CLOSED
 *        +-------------------(close, dial failed)----------------^
 *
 *     OPENING  requests are encoded and queued; their deadlines run
 *     OPEN     `stream` is there
 *     CLOSING  nothing is accepted; the loop completes the calls, lets go of the
 *              events and shuts the socket down; the descriptor is closed when
 *              no other thread uses it any more (`borrowers` == 0)
 *     CLOSED   on_closed was called, the loop's reference is given back
 *
 * Reader (under mu): `reader`. Its states and arrows are in conn_reader.c. Who has
 * the role completes the synchronous calls whose answers it reads. Other answers, and
 * requests of the peer, are the loop's to handle: a caller carries them there
 * (conn_carry.c).
 *
 * Writer (under mu): `is_writing`. A synchronous caller takes it if the
 * connection is OPEN, nobody has it and nothing is queued; the loop takes it to
 * flush. Who gives it back while bytes are queued adds FLUSH to the loop's work.
 *
 * Why the descriptor is never used after it was closed: a thread other than the
 * loop uses it only while it counts in `borrowers`, which it joins under mu in
 * state OPEN. Only the loop closes it, in state CLOSING with no borrowers; from
 * CLOSING on nobody can join. The last to leave posts FINISH. A borrower cannot
 * stay: the loop has shut the socket down, so poll and recv return.
 *
 * Why every call completes once: it is completed by the thread that took it out
 * of the table, under mu.
 */
#include "net/conn.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "codec/codes.h"
#include "net/address.h"
#include "net/conn_impl.h"

enum {
	KEEP_IDLE = 4 * 1024, /* of each buffer of a connection that was busy once */
	MEMORY_MS = 1000      /* nothing came for so long: what much input needed goes back */
};

/* --- Memory ---------------------------------------------------------------------------- */

static void run_work(struct rmqi_task *task);

enum rmq_error rmqi_conn_new(const struct rmqi_conn_config *config, struct rmqi_conn **out)
{
	struct rmqi_conn *c = rmqi_calloc(1, sizeof(*c));

	if (!c)
		return RMQ_ERR_NO_MEMORY;
	c->address = rmqi_strdup(config->address ? config->address : "");
	if (!c->address) {
		rmqi_free(c);
		return RMQ_ERR_NO_MEMORY;
	}
	c->config = *config;
	c->config.address = c->address;
	if (c->config.output_max == 0)
		c->config.output_max = RMQI_CONN_OUTPUT_MAX;
	if (c->config.pending_max == 0)
		c->config.pending_max = RMQI_CONN_PENDING_MAX;
	if (c->config.pause_at == 0)
		c->config.pause_at = RMQI_CONN_PAUSE_AT;
	if (c->config.in_flight_max == 0)
		c->config.in_flight_max = RMQI_CONN_IN_FLIGHT_MAX;
	if (c->config.partial_ms <= 0)
		c->config.partial_ms = RMQI_CONN_PARTIAL_MS;
	c->env = rmqi_loop_env(config->loop);
	c->owner = config->owner;
	c->fd = -1;
	c->armed_us = RMQI_FOREVER;
	c->idle_armed_us = RMQI_FOREVER;
	c->work_task.run = run_work;
	atomic_init(&c->refs, 2); /* the caller's, and the loop's until finish_close */
	atomic_init(&c->state, RMQI_CONN_OPENING);
	atomic_init(&c->phase, RMQ_PHASE_CONNECT);
	atomic_init(&c->serialization, (int)config->serialization);
	rmqi_list_init(&c->owner_link);
	rmqi_list_init(&c->unwritten);
	rmqi_list_init(&c->followers);
	rmqi_list_init(&c->carried);
	rmqi_list_init(&c->unkept);
	for (size_t i = 0; i < RMQI_TIMEOUT_CLASSES; i++)
		rmqi_list_init(&c->by_timeout[i]);
	rmqi_frame_decoder_init(&c->decoder);
	rmqi_command_init(&c->command);
	rmqi_spin_init(&c->spin, config->spin_us);
	rmqi_buf_init(&c->out, c->config.output_max + RMQI_FRAME_MAX);
	rmqi_buf_init(&c->sending, c->config.output_max + RMQI_FRAME_MAX);
	rmqi_buf_init(&c->gathered, c->config.output_max + RMQI_FRAME_MAX);
	rmqi_buf_init(&c->given_up, c->config.pending_max * RMQI_PIECE_SIZE);
	rmqi_imap_init(&c->calls);
	rmqi_imap_init(&c->traced);
	rmqi_mutex_init(&c->mu);
	*out = c;
	return RMQ_OK;
}

struct rmqi_conn *rmqi_conn_ref(struct rmqi_conn *c)
{
	atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
	return c;
}

void rmqi_conn_unref(struct rmqi_conn *c)
{
	if (!c || atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
		return;
	/* The loop holds a reference as long as it holds the stream. */
	assert(!c->stream && !c->dial && c->calls.count == 0);
	assert(rmqi_list_is_empty(&c->unwritten));
	assert(rmqi_list_is_empty(&c->carried) && rmqi_list_is_empty(&c->unkept));
	rmqi_mutex_deinit(&c->mu);
	rmqi_imap_deinit(&c->calls);
	rmqi_imap_deinit(&c->traced);
	rmqi_buf_deinit(&c->out);
	rmqi_buf_deinit(&c->sending);
	rmqi_buf_deinit(&c->gathered);
	rmqi_buf_deinit(&c->given_up);
	rmqi_command_deinit(&c->command);
	rmqi_frame_decoder_deinit(&c->decoder);
	rmqi_free(c->address);
	rmqi_free(c);
}

void rmqi_conn_discard(struct rmqi_conn *c)
{
	rmqi_conn_unref(c); /* the loop's */
	rmqi_conn_unref(c);
}

/* --- Work for the loop -------------------------------------------------------------------- */

bool rmqi_conn_add_work(struct rmqi_conn *c, unsigned work)
{
	bool must_post = !c->is_work_posted;

	c->work |= work;
	c->is_work_posted = true;
	return must_post;
}

/* The loop's own work waits for the end of its wake-up: so it is gathered. */
void rmqi_conn_post_work(struct rmqi_conn *c)
{
	rmqi_conn_ref(c);
	if (rmqi_loop_is_current(c->config.loop))
		rmqi_loop_defer(c->config.loop, &c->work_task);
	else
		rmqi_loop_post(c->config.loop, &c->work_task);
}

bool rmqi_conn_return_fd(struct rmqi_conn *c)
{
	/* Borrowed before. */
	assert(c->borrowers > 0);
	c->borrowers--;
	return c->borrowers == 0 && c->is_torn && rmqi_conn_add_work(c, RMQI_WORK_FINISH);
}

void rmqi_conn_touch(struct rmqi_conn *c)
{
	atomic_store_explicit(&c->last_io_us, rmqi_clock_us(c->env->clock), memory_order_relaxed);
}

/* --- Idle and partial-frame limits ---------------------------------------------------------- */

static int64_t idle_us(const struct rmqi_conn *c)
{
	return c->config.idle_timeout_ms * 1000;
}

static void arm_idle(struct rmqi_conn *c, int64_t deadline_us)
{
	c->idle_armed_us = deadline_us;
	rmqi_timer_start(&c->idle_timer, deadline_us);
}

void rmqi_conn_guard_partial(struct rmqi_conn *c, int64_t since_us)
{
	int64_t deadline = since_us + c->config.partial_ms * 1000;

	if (since_us != 0 && deadline < c->idle_armed_us)
		arm_idle(c, deadline);
}

static int64_t memory_end_us(const struct rmqi_conn *c)
{
	return atomic_load_explicit(&c->heard_us, memory_order_relaxed) + (int64_t)MEMORY_MS * 1000;
}

void rmqi_conn_guard_memory(struct rmqi_conn *c)
{
	if (memory_end_us(c) < c->idle_armed_us)
		arm_idle(c, memory_end_us(c));
}

/* @locks: mu held; here and now nobody else can take the role of the reader */
static void trim_input(struct rmqi_conn *c)
{
	rmqi_buf_trim(&c->decoder.input, KEEP_IDLE);
	c->decoder.ahead = 0;
}

/* What a burst has left behind. */
static void trim_memory(struct rmqi_conn *c, int64_t now)
{
	bool is_busy = false;

	rmqi_mutex_lock(&c->mu);
	rmqi_buf_trim(&c->out, KEEP_IDLE);
	rmqi_buf_trim(&c->gathered, KEEP_IDLE);
	if (!c->is_writing)
		rmqi_buf_trim(&c->sending, KEEP_IDLE);
	if (c->reader == RMQI_READER_LOOP) {
		is_busy = rmqi_conn_has_much(c) && now < memory_end_us(c);
		if (!is_busy)
			trim_input(c);
	}
	rmqi_mutex_unlock(&c->mu);
	if (is_busy)
		rmqi_conn_guard_memory(c);
}

static void on_idle_timer(struct rmqi_timer *t)
{
	struct rmqi_conn *c = RMQI_CONTAINER(t, struct rmqi_conn, idle_timer);
	int64_t now = rmqi_clock_us(c->env->clock);
	int64_t idle_end = atomic_load_explicit(&c->last_io_us, memory_order_relaxed) + idle_us(c);
	int64_t partial_end = RMQI_FOREVER;

	c->idle_armed_us = RMQI_FOREVER;
	rmqi_mutex_lock(&c->mu);
	if (c->partial_since_us)
		partial_end = c->partial_since_us + c->config.partial_ms * 1000;
	rmqi_mutex_unlock(&c->mu);
	if (now >= partial_end)
		rmqi_conn_close_why(c, RMQ_ERR_PROTOCOL, "%s did not finish a frame within %" PRId64 " ms", c->address,
				    c->config.partial_ms);
	else if (now >= idle_end)
		rmqi_conn_close_why(c, RMQ_ERR_CONNECTION_LOST,
				    "the connection to %s was idle for %" PRId64 " ms", c->address,
				    c->config.idle_timeout_ms);
	else
		arm_idle(c, idle_end < partial_end ? idle_end : partial_end);
	trim_memory(c, now);
}

/* --- Opening ---------------------------------------------------------------------------------- */

static enum rmq_error init_timers(struct rmqi_conn *c)
{
	struct rmqi_timers *ts = rmqi_loop_timers(c->config.loop);

	if (rmqi_timer_init(&c->call_timer, ts, rmqi_conn_on_call_timer) != RMQ_OK ||
	    rmqi_timer_init(&c->quiet_timer, ts, rmqi_reader_on_quiet) != RMQ_OK ||
	    rmqi_timer_init(&c->idle_timer, ts, on_idle_timer) != RMQ_OK)
		return RMQ_ERR_NO_MEMORY;
	return RMQ_OK;
}

void rmqi_conn_want(struct rmqi_conn *c)
{
	enum rmq_error err = RMQ_OK;

	if (c->stream)
		err = c->stream->ops->want(c->stream, c->wants_read && !c->is_held,
					   c->wants_write && !c->is_held);
	if (err != RMQ_OK)
		rmqi_conn_close_why(c, err, "the connection to %s cannot be watched: %s",
				    c->address, c->stream->reason);
}

static void on_event(struct rmqi_stream *s, enum rmqi_stream_event event)
{
	struct rmqi_conn *c = s->arg;

	switch (event) {
	case RMQI_STREAM_READABLE:
		rmqi_conn_on_readable(c);
		break;
	case RMQI_STREAM_WRITABLE:
		rmqi_conn_flush(c);
		break;
	case RMQI_STREAM_READY:
	case RMQI_STREAM_FAILED:
		break; /* the dial's and the server's */
	}
}

/* @thread: loop */
static void open_on(struct rmqi_conn *c, struct rmqi_stream *s)
{
	bool is_open = false;

	s->fn = on_event;
	s->arg = c;
	c->stream = s;
	c->is_tls = s->is_tls;
	c->peer = s->peer;
	c->local = s->local;
	rmqi_host_text(&s->peer, c->peer_text, sizeof(c->peer_text));
	rmqi_conn_heard(c);
	rmqi_mutex_lock(&c->mu);
	c->fd = s->fd;
	if (atomic_load(&c->state) == RMQI_CONN_OPENING) {
		atomic_store(&c->phase, RMQ_PHASE_WRITE);
		atomic_store(&c->state, RMQI_CONN_OPEN);
		is_open = true;
	}
	rmqi_mutex_unlock(&c->mu);
	if (!is_open)
		return; /* closed in the meantime; the work for that is posted */
	c->was_open = true;
	arm_idle(c, rmqi_clock_us(c->env->clock) + idle_us(c));
	if (c->config.is_server)
		RMQI_LOG(c->config.log, RMQ_LOG_INFO, "connection from %s%s opened", c->address,
			 c->is_tls ? " (TLS)" : "");
	if (c->config.role->on_open)
		c->config.role->on_open(c);
	rmqi_reader_watch(c);
	rmqi_conn_flush(c);
}

static void on_phase(void *arg, enum rmq_phase phase)
{
	struct rmqi_conn *c = arg;

	atomic_store(&c->phase, (int)phase);
}

static void on_dialed(void *arg, enum rmq_error error, const char *reason,
		      struct rmqi_stream *stream)
{
	struct rmqi_conn *c = arg;

	c->dial = NULL;
	if (error == RMQ_OK)
		open_on(c, stream);
	else
		rmqi_conn_close_why(c, error, "%s", reason);
}

static void start(struct rmqi_conn *c)
{
	struct rmqi_dial_config config = {
		.loop = c->config.loop,
		.resolver = c->config.resolver,
		.tls = c->config.tls,
		.address = c->address,
		.connect_timeout_ms = c->config.connect_timeout_ms,
		.on_phase = on_phase,
		.on_done = on_dialed,
		.arg = c,
	};
	enum rmq_error err;

	if (c->is_torn)
		return; /* closed before it began */
	err = init_timers(c);
	if (err == RMQ_OK)
		err = rmqi_dial_start(&config, &c->dial);
	if (err != RMQ_OK)
		rmqi_conn_close_why(c, err, "connect to %s failed: out of memory", c->address);
	rmqi_conn_arm_calls(c);
}

void rmqi_conn_start(struct rmqi_conn *c)
{
	bool must_post;

	rmqi_mutex_lock(&c->mu);
	must_post = rmqi_conn_add_work(c, RMQI_WORK_START);
	rmqi_mutex_unlock(&c->mu);
	if (must_post)
		rmqi_conn_post_work(c);
}

void rmqi_conn_accept(struct rmqi_conn *c, struct rmqi_stream *s)
{
	char text[64];
	char *address = rmqi_strdup(rmqi_host_text(&s->peer, text, sizeof(text)));
	enum rmq_error err = init_timers(c);

	if (address) {
		rmqi_free(c->address);
		c->address = address;
		c->config.address = address;
	}
	if (err != RMQ_OK || !address)
		rmqi_conn_close_why(c, RMQ_ERR_NO_MEMORY, "no memory for a connection");
	open_on(c, s);
}

/* --- Closing ------------------------------------------------------------------------------------ */

bool rmqi_conn_is_open(struct rmqi_conn *c)
{
	return atomic_load(&c->state) == RMQI_CONN_OPEN;
}

/* Valid in CLOSING and CLOSED, when reason does not change any more. */
enum rmq_error rmqi_conn_call_error(const struct rmqi_conn *c)
{
	return c->reason == RMQ_OK ? RMQ_ERR_CANCELLED : c->reason;
}

const char *rmqi_conn_why_closed(const struct rmqi_conn *c, enum rmq_error *reason)
{
	*reason = c->reason;
	return c->reason_text;
}

static void begin_close(struct rmqi_conn *c, enum rmq_error reason, const char *text)
{
	bool must_post = false;

	rmqi_mutex_lock(&c->mu);
	if (!rmqi_conn_is_closing(c)) {
		c->reason = reason;
		snprintf(c->reason_text, sizeof(c->reason_text), "%s", text);
		atomic_store(&c->state, RMQI_CONN_CLOSING);
		must_post = rmqi_conn_add_work(c, RMQI_WORK_CLOSE);
	}
	rmqi_mutex_unlock(&c->mu);
	if (must_post)
		rmqi_conn_post_work(c);
}

void rmqi_conn_close_why(struct rmqi_conn *c, enum rmq_error reason, const char *format, ...)
{
	char text[RMQI_REASON_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	begin_close(c, reason, text);
}

void rmqi_conn_close(struct rmqi_conn *c, enum rmq_error reason)
{
	rmqi_conn_close_why(c, reason, "the connection to %s was closed by this side", c->address);
}

void rmqi_conn_abort(struct rmqi_conn *c)
{
	atomic_store(&c->is_aborted, true);
	rmqi_conn_close_why(c, RMQ_OK, "the connection to %s was reset by this side", c->address);
}

void rmqi_conn_drain(struct rmqi_conn *c)
{
	bool is_drained;

	atomic_store(&c->is_draining, true);
	rmqi_mutex_lock(&c->mu);
	is_drained = c->calls.count == 0;
	rmqi_mutex_unlock(&c->mu);
	if (is_drained)
		rmqi_conn_close_why(c, RMQ_OK, "%s asked to go away", c->address);
}

/* The descriptor is the loop's alone again. */
static void finish_close(struct rmqi_conn *c)
{
	if (c->stream && atomic_load(&c->is_aborted))
		c->stream->ops->abort(c->stream);
	else if (c->stream)
		c->stream->ops->close(c->stream);
	c->stream = NULL;
	rmqi_timer_deinit(&c->call_timer);
	rmqi_timer_deinit(&c->quiet_timer);
	rmqi_timer_deinit(&c->idle_timer);
	rmqi_mutex_lock(&c->mu);
	atomic_store(&c->state, RMQI_CONN_CLOSED);
	rmqi_mutex_unlock(&c->mu);
	/* A client's are the rpc's to tell (conn_log.h). */
	if (c->config.is_server)
		RMQI_LOG(c->config.log, RMQ_LOG_INFO, "connection from %s closed: %s", c->address,
			 c->reason_text);
	if (c->config.role->on_closed)
		c->config.role->on_closed(c, c->reason);
	rmqi_conn_unref(c); /* the loop's */
}

static void tear_down(struct rmqi_conn *c)
{
	bool is_unused;

	if (c->dial)
		rmqi_dial_cancel(c->dial);
	c->dial = NULL;
	rmqi_timer_stop(&c->call_timer);
	rmqi_timer_stop(&c->quiet_timer);
	rmqi_timer_stop(&c->idle_timer);
	rmqi_conn_drop_filter(c);
	c->wants_read = false;
	c->wants_write = false;
	rmqi_conn_want(c);
	rmqi_conn_fail_calls(c);
	rmqi_conn_fail_unwritten(c);
	rmqi_mutex_lock(&c->mu);
	c->is_torn = true;
	is_unused = c->borrowers == 0;
	rmqi_mutex_unlock(&c->mu);
	if (is_unused)
		finish_close(c);
	else
		shutdown(c->fd, SHUT_RDWR); /* wakes who polls; the last borrower posts FINISH */
}

static void run_work(struct rmqi_task *task)
{
	struct rmqi_conn *c = RMQI_CONTAINER(task, struct rmqi_conn, work_task);
	unsigned work;

	task->next = NULL; /* may be deferred again */
	rmqi_mutex_lock(&c->mu);
	work = c->work;
	c->work = 0;
	c->is_work_posted = false;
	rmqi_mutex_unlock(&c->mu);
	if (work & RMQI_WORK_START)
		start(c);
	if (work & RMQI_WORK_DELIVER)
		rmqi_conn_deliver(c);
	if (work & RMQI_WORK_ALIVE)
		c->config.role->on_alive(c);
	if (work & RMQI_WORK_ARM)
		rmqi_conn_arm_calls(c);
	if (work & RMQI_WORK_SILENT)
		rmqi_conn_check_silence(c);
	if (work & RMQI_WORK_WATCH)
		rmqi_reader_watch(c);
	if ((work & RMQI_WORK_FLUSH) || (work & RMQI_WORK_CLOSE))
		rmqi_conn_flush(c);
	if (work & RMQI_WORK_CLOSE)
		tear_down(c);
	if (work & RMQI_WORK_FINISH)
		finish_close(c);
	rmqi_conn_unref(c);
}

/* --- Queries ------------------------------------------------------------------------------------- */

const char *rmqi_conn_peer_text(const struct rmqi_conn *c)
{
	return c->peer_text[0] ? c->peer_text : c->address;
}

const struct rmqi_host *rmqi_conn_peer_host(const struct rmqi_conn *c)
{
	return &c->peer;
}

const struct rmqi_host *rmqi_conn_local_host(const struct rmqi_conn *c)
{
	return &c->local;
}

int32_t rmqi_conn_version(const struct rmqi_conn *c)
{
	return c->config.version;
}

bool rmqi_conn_is_tls(const struct rmqi_conn *c)
{
	return c->is_tls;
}

void rmqi_conn_set_user(struct rmqi_conn *c, void *user)
{
	c->user = user;
}

void *rmqi_conn_user(const struct rmqi_conn *c)
{
	return c->user;
}

size_t rmqi_conn_output_len(struct rmqi_conn *c)
{
	size_t len;

	rmqi_mutex_lock(&c->mu);
	len = (size_t)(c->queued - c->written);
	rmqi_mutex_unlock(&c->mu);
	return len;
}
