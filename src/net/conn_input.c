/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_input.c - reading: by the loop, or by a synchronous caller.
 *
 * Who has the reader role cuts frames out of what came and dispatches each:
 *   an answer to a synchronous call   completes it, here and now
 *   any other answer, a request       is the loop's to handle: at once if it has
 *                                     read it, else it is carried there (conn_carry.c)
 * Who has the role is decided in conn_reader.c.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "codec/codes.h"
#include "net/conn_impl.h"
#include "net/trace.h"

enum { READ_BUDGET = 2 * 1024 * 1024 }; /* of one connection in one wake-up: others wait */

#define BUSY_TEXT "[OVERLOAD]system busy, start flow control for a while"

/* How a TLS record begins (RFC 8446, 5.1). */
enum { TLS_ALERT = 21, TLS_HELLO = 22, TLS_MAJOR = 3 };

/* --- Frames -------------------------------------------------------------------------------- */

void rmqi_conn_answer_unsupported(struct rmqi_conn *c, const struct rmqi_command *request)
{
	char remark[64];
	struct rmqi_outgoing answer = {.code = RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED};

	if (rmqi_command_is_oneway(request))
		return;
	snprintf(remark, sizeof(remark), " request type %d not supported", (int)request->code);
	answer.remark = rmqi_str(remark);
	if (rmqi_conn_reply(c, request->opaque, request->serialization, &answer) != RMQ_OK)
		RMQI_LOG(c->config.log, RMQ_LOG_DEBUG, "no answer to a request of %s", c->address);
}

/* NettyRemotingAbstract, when there is no room in the queue of a processor. */
static void answer_busy(struct rmqi_conn *c, const struct rmqi_command *request)
{
	static const struct rmqi_outgoing answer = {
		.code = RMQI_RESP_SYSTEM_BUSY,
		.remark = {BUSY_TEXT, sizeof(BUSY_TEXT) - 1},
	};

	if (rmqi_conn_reply(c, request->opaque, request->serialization, &answer) != RMQ_OK)
		RMQI_LOG(c->config.log, RMQ_LOG_DEBUG, "no answer to a request of %s", c->address);
}

void rmqi_conn_handle_request(struct rmqi_conn *c, const struct rmqi_command *request)
{
	/* A server speaks to a client as it is spoken to. */
	if (c->config.is_server)
		atomic_store_explicit(&c->serialization, (int)request->serialization,
				      memory_order_relaxed);
	if (rmqi_trace_is_on(c))
		rmqi_trace_received(c, request);
	if (c->config.is_server && !rmqi_command_is_oneway(request) &&
	    ++c->in_flight > c->config.in_flight_max)
		answer_busy(c, request);
	else if (c->config.role->on_request)
		c->config.role->on_request(c, request);
	else
		rmqi_conn_answer_unsupported(c, request);
}

/* `self` is the caller that reads, NULL the loop. */
static enum rmq_error handle_answer(struct rmqi_conn *c, const struct rmqi_frame *frame,
				    struct rmqi_sync_call *self, bool *was_sync)
{
	struct rmqi_call *call;
	bool is_sync = false;

	rmqi_mutex_lock(&c->mu);
	call = rmqi_conn_take_call(c, c->command.opaque);
	if (call)
		is_sync = rmqi_conn_is_sync(call);
	rmqi_mutex_unlock(&c->mu);
	if (!call) {
		RMQI_LOG(c->config.log, RMQ_LOG_DEBUG,
			 "%s answered request %d, which is not awaited (any more)", c->address,
			 (int)c->command.opaque);
		return RMQ_OK;
	}
	*was_sync |= is_sync;
	if (self && !is_sync)
		return rmqi_conn_carry(c, frame, call);
	rmqi_conn_answer_call(c, call, frame, &c->command, self);
	return RMQ_OK;
}

/* Something came: who had given the peer up is told, on the loop. */
static void end_silence(struct rmqi_conn *c, const struct rmqi_sync_call *self)
{
	bool must_post;

	if (!atomic_load_explicit(&c->is_silent, memory_order_relaxed) ||
	    !atomic_exchange(&c->is_silent, false) || !c->config.role->on_alive)
		return;
	if (!self) {
		c->config.role->on_alive(c);
		return;
	}
	rmqi_mutex_lock(&c->mu);
	must_post = rmqi_conn_add_work(c, RMQI_WORK_ALIVE);
	rmqi_mutex_unlock(&c->mu);
	if (must_post)
		rmqi_conn_post_work(c);
}

static bool is_held_back(const struct rmqi_conn *c)
{
	return c->is_held || atomic_load_explicit(&c->is_output_high, memory_order_relaxed);
}

/* Takes every whole frame. */
static enum rmq_error dispatch(struct rmqi_conn *c, struct rmqi_sync_call *self, bool *was_sync,
			       bool *was_any)
{
	struct rmqi_frame frame;
	enum rmq_error err;

	while (!rmqi_conn_is_closing(c) && !is_held_back(c)) {
		err = rmqi_frame_decoder_next(&c->decoder, &frame);
		if (err != RMQ_OK)
			return err == RMQ_AGAIN ? RMQ_OK : err;
		*was_any = true;
		c->has_heard = true;
		end_silence(c, self);
		err = rmqi_command_decode(&c->command, &frame);
		if (err != RMQ_OK)
			return err;
		if (rmqi_command_is_response(&c->command))
			err = handle_answer(c, &frame, self, was_sync);
		else if (self)
			err = rmqi_conn_carry(c, &frame, NULL);
		else
			rmqi_conn_handle_request(c, &c->command);
		if (err != RMQ_OK)
			return err;
	}
	return RMQ_OK;
}

/* A peer that we speak plain to, and that never answered so: what it may be. */
static const char *hint_of(const struct rmqi_conn *c, enum rmq_error err)
{
	struct rmqi_cursor input = rmqi_buf_cursor(&c->decoder.input);
	bool is_record = input.len >= 3 &&
			 (input.ptr[0] == TLS_ALERT || input.ptr[0] == TLS_HELLO) &&
			 input.ptr[1] == TLS_MAJOR;

	if (c->config.is_server || c->is_tls || c->has_heard)
		return "";
	if (err == RMQ_ERR_PROTOCOL)
		return is_record ? " but TLS (useTLS is off)" : "";
	return " before it answered anything (does it want TLS? useTLS is off)";
}

static void close_for(struct rmqi_conn *c, enum rmq_error err, const char *why)
{
	const char *hint = hint_of(c, err);

	if (err == RMQ_ERR_PROTOCOL)
		rmqi_conn_close_why(c, err, "%s sent what is not a RocketMQ frame%s", c->address,
				    hint);
	else if (err == RMQ_OK)
		rmqi_conn_close_why(c, RMQ_ERR_CONNECTION_LOST, "%s closed the connection%s",
				    c->address, hint);
	else
		rmqi_conn_close_why(c, err, "the connection to %s is lost: %s%s", c->address, why,
				    err == RMQ_ERR_CONNECTION_LOST ? hint : "");
}

/* Since when the unfinished frame is there; 0: there is none. The reader calls it after reading; the
 * loop touches the input no more then. */
static int64_t note_partial(struct rmqi_conn *c, struct rmqi_sync_call *self, bool was_any)
{
	bool is_partial = !is_held_back(c) && rmqi_frame_decoder_is_partial(&c->decoder);
	int64_t now = is_partial ? rmqi_clock_us(c->env->clock) : 0;
	int64_t since;

	rmqi_mutex_lock(&c->mu);
	if (!is_partial)
		c->partial_since_us = 0;
	else if (was_any || c->partial_since_us == 0)
		c->partial_since_us = now > 0 ? now : 1;
	since = c->partial_since_us;
	if (!self)
		rmqi_reader_end(c);
	rmqi_mutex_unlock(&c->mu);
	return since;
}

/* --- The loop ---------------------------------------------------------------------------------- */

static enum rmq_error read_some(struct rmqi_conn *c, size_t *room, size_t *n)
{
	uint8_t *at;
	enum rmq_error err = rmqi_frame_decoder_room(&c->decoder, RMQI_CONN_READ_SIZE, &at, room);

	if (err != RMQ_OK)
		return err;
	if (c->filter)
		*room = rmqi_filter_room(c->filter, *room);
	err = c->stream->ops->read(c->stream, at, *room, n);
	if (err == RMQ_OK && *n > 0)
		rmqi_frame_decoder_fed(&c->decoder,
				       c->filter ? rmqi_filter_input(c->filter, at, *n) : *n);
	return err;
}

static void pause_if_held_back(struct rmqi_conn *c)
{
	if (!is_held_back(c) || c->is_paused)
		return;
	c->is_paused = true;
	rmqi_reader_watch(c);
}

/* Frames were dispatched: what follows from it. */
static void after_dispatch(struct rmqi_conn *c, bool was_sync, bool was_any)
{
	bool has_much = rmqi_conn_has_much(c);
	int64_t since = note_partial(c, NULL, was_any);

	rmqi_conn_guard_partial(c, since);
	if (has_much)
		rmqi_conn_guard_memory(c);
	pause_if_held_back(c);
	if (was_sync && !c->config.is_server)
		rmqi_reader_step_back(c);
}

/* False: a caller has taken the role since the event was added: step out of its way. What callers have
 * read comes first: the frames stay in order. */
static bool begin_read(struct rmqi_conn *c)
{
	bool is_mine, has_carried;

	rmqi_mutex_lock(&c->mu);
	is_mine = rmqi_reader_begin(c);
	has_carried = is_mine && !rmqi_list_is_empty(&c->carried);
	rmqi_mutex_unlock(&c->mu);
	if (has_carried)
		rmqi_conn_deliver(c);
	return is_mine;
}

/* What the loop has read in one wake-up, or found when it goes on. */
struct pass {
	bool was_sync;
	bool was_any;
	bool has_ended; /* nothing comes any more */
	size_t total;
};

/* Reads until there is nothing left, or until it is the turn of others. On failure *why says why. */
static enum rmq_error read_all(struct rmqi_conn *c, struct pass *p, const char **why)
{
	size_t room = 0, n = 0;
	enum rmq_error err;

	do {
		n = 0;
		err = read_some(c, &room, &n);
		if (err == RMQ_AGAIN)
			return RMQ_OK;
		*why = c->stream->reason;
		p->has_ended = err == RMQ_OK && n == 0;
		if (err != RMQ_OK || n == 0)
			return err;
		p->total += n;
		err = dispatch(c, NULL, &p->was_sync, &p->was_any);
		*why = rmq_error_text(err);
	} while (err == RMQ_OK && n == room && p->total < READ_BUDGET && !rmqi_conn_is_closing(c) &&
		 !is_held_back(c));
	return err;
}

/* The answers of a server gather until all of it is handled. */
static enum rmq_error gathering(struct rmqi_conn *c, struct pass *p, const char **why,
				enum rmq_error (*step)(struct rmqi_conn *c, struct pass *p,
						       const char **why))
{
	enum rmq_error err;

	if (c->config.is_server)
		rmqi_conn_gather_begin(c);
	err = step(c, p, why);
	if (c->config.is_server)
		rmqi_conn_gather_end(c);
	return err;
}

void rmqi_conn_on_readable(struct rmqi_conn *c)
{
	struct pass p = {0};
	const char *why = "";
	enum rmq_error err;

	if (c->is_held)
		return;
	if (!begin_read(c)) {
		rmqi_reader_watch(c);
		return;
	}
	err = gathering(c, &p, &why, read_all);
	if (err != RMQ_OK || p.has_ended) {
		close_for(c, err, why);
		return;
	}
	if (p.total)
		rmqi_conn_heard(c);
	else
		p.was_sync = rmqi_reader_was_beaten(c);
	after_dispatch(c, p.was_sync, p.was_any);
}

static enum rmq_error go_on(struct rmqi_conn *c, struct pass *p, const char **why)
{
	enum rmq_error err = dispatch(c, NULL, &p->was_sync, &p->was_any);

	*why = rmq_error_text(err);
	return err;
}

void rmqi_conn_resume(struct rmqi_conn *c)
{
	struct pass p = {0};
	const char *why = "";
	enum rmq_error err;

	c->is_paused = false;
	err = gathering(c, &p, &why, go_on);
	if (err != RMQ_OK) {
		close_for(c, err, why);
		return;
	}
	after_dispatch(c, p.was_sync, p.was_any);
	rmqi_reader_watch(c);
}

/* --- A caller -------------------------------------------------------------------------------------- */

/* RMQ_AGAIN: nothing came in time. */
static enum rmq_error wait_readable(struct rmqi_conn *c, int64_t left_ms)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};
	int timeout = left_ms > INT_MAX ? -1 : (int)left_ms;

	return poll(&p, 1, timeout) > 0 ? RMQ_OK : RMQ_AGAIN;
}

/* RMQ_AGAIN: nothing there after all. */
static enum rmq_error receive(struct rmqi_conn *c, char *why, size_t why_size)
{
	char text[96];
	size_t room;
	uint8_t *at;
	ssize_t n;
	enum rmq_error err = rmqi_frame_decoder_room(&c->decoder, RMQI_CONN_READ_SIZE, &at, &room);

	if (err != RMQ_OK)
		return err;
	n = recv(c->fd, at, room, MSG_DONTWAIT);
	if (n > 0) {
		rmqi_frame_decoder_fed(&c->decoder, (size_t)n);
		rmqi_conn_heard(c);
		return RMQ_OK;
	}
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return RMQ_AGAIN;
	if (n == 0)
		close_for(c, RMQ_OK, "");
	else
		snprintf(why, why_size, "%s", rmqi_errno_text(errno, text, sizeof(text)));
	return RMQ_ERR_CONNECTION_LOST;
}

/* Looks again and again, for a while. RMQ_AGAIN: nothing came. */
static enum rmq_error look(struct rmqi_conn *c, int64_t deadline_us, char *why, size_t why_size)
{
	int64_t end = rmqi_clock_us(c->env->clock) + c->spin.most_us;
	enum rmq_error err = receive(c, why, why_size);

	if (end > deadline_us)
		end = deadline_us;
	while (err == RMQ_AGAIN && rmqi_clock_us(c->env->clock) < end) {
		rmqi_spin_relax();
		err = receive(c, why, why_size);
	}
	rmqi_spin_ended(&c->spin, err != RMQ_AGAIN);
	return err;
}

/* False: the role must be given back. */
static bool read_once(struct rmqi_conn *c, struct rmqi_sync_call *self)
{
	bool was_sync = false, was_any = false;
	char why[96] = "";
	enum rmq_error err = RMQ_AGAIN;
	int64_t left_ms;

	if (rmqi_spin_may(&c->spin))
		err = look(c, self->call.deadline_us, why, sizeof(why));
	left_ms = rmqi_clock_left_ms(c->env->clock, self->call.deadline_us);
	/* At the end of its time it looks once more: after a pause of this process the answer is there. */
	if (err == RMQ_AGAIN && wait_readable(c, left_ms) == RMQ_OK)
		err = receive(c, why, sizeof(why));
	if (err == RMQ_AGAIN)
		return left_ms > 0;
	if (err == RMQ_OK)
		err = dispatch(c, self, &was_sync, &was_any);
	if (err != RMQ_OK)
		close_for(c, err, why);
	else
		note_partial(c, self, was_any);
	return err == RMQ_OK && left_ms > 0 && !self->is_answered && !rmqi_conn_is_closing(c);
}

void rmqi_conn_read_as_caller(struct rmqi_conn *c, struct rmqi_sync_call *self)
{
	bool is_needed;

	rmqi_mutex_lock(&c->mu);
	is_needed = !self->is_done && !rmqi_conn_is_closing(c);
	rmqi_mutex_unlock(&c->mu);
	while (is_needed)
		is_needed = read_once(c, self);
	rmqi_reader_leave(c, self);
}
