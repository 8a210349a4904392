/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_calls.c - requests that await an answer, asynchronous and synchronous.
 *
 * Deadlines. One timer serves all asynchronous calls. They stand in lists by
 * the size of their timeout (powers of two), each ordered by deadline: as calls
 * of one kind have one timeout, a new one almost always goes to the end. The
 * timer is moved only for a deadline that is earlier than the armed one; when it
 * fires early it is set again. A synchronous caller looks after its deadline
 * itself.
 *
 * Synchronous calls. The caller registers, writes (itself, or through the queue)
 * and then waits: as the reader of the socket if that role is vacant, else on
 * its condition as a follower, until it is completed or promoted to reader.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "codec/codes.h"
#include "net/conn_impl.h"
#include "net/trace.h"

enum { MAX_BINARY_CODE = INT16_MAX }; /* 16 bits in RocketMQSerializable's header */

/* --- The table ------------------------------------------------------------------------------ */

static unsigned class_of(int64_t left_us)
{
	int64_t left_ms = left_us / 1000;
	unsigned bits = left_ms > 0 ? 64 - (unsigned)__builtin_clzll((uint64_t)left_ms) : 0;

	return bits < RMQI_TIMEOUT_CLASSES ? bits : RMQI_TIMEOUT_CLASSES - 1;
}

static struct rmqi_call *call_of(struct rmqi_list *node)
{
	return RMQI_LIST_ITEM(node, struct rmqi_call, link);
}

/* @locks: mu held */
static void add_deadline(struct rmqi_conn *c, struct rmqi_call *call)
{
	unsigned class = class_of(call->deadline_us - call->start_us);
	struct rmqi_list *head = &c->by_timeout[class];
	struct rmqi_list *at = head;

	while (at->prev != head && call_of(at->prev)->deadline_us > call->deadline_us)
		at = at->prev;
	rmqi_list_insert_before(at, &call->link);
	c->classes |= 1u << class;
}

/* Which calls look after their deadline themselves. */
static bool is_self_timed(const struct rmqi_conn *c, const struct rmqi_call *call)
{
	return rmqi_conn_is_sync(call) && !c->env->sim;
}

static int32_t new_opaque(struct rmqi_conn *c)
{
	do {
		c->is_opaque_reused |= c->next_opaque == INT32_MAX;
		c->next_opaque = c->next_opaque == INT32_MAX ? 0 : c->next_opaque + 1;
	} while (c->is_opaque_reused && rmqi_imap_get(&c->calls, (uint64_t)c->next_opaque));
	return c->next_opaque;
}

/* @locks: mu held */
static enum rmq_error add_call(struct rmqi_conn *c, struct rmqi_call *call, int32_t code,
			       int64_t deadline_us)
{
	enum rmq_error err;

	if (rmqi_conn_is_closing(c))
		return rmqi_conn_call_error(c);
	if (c->calls.count >= c->config.pending_max)
		return RMQ_ERR_BUSY;
	call->opaque = new_opaque(c);
	call->code = code;
	call->start_us = rmqi_clock_us(c->env->clock);
	call->deadline_us = deadline_us;
	call->conn = c;
	call->phase = RMQ_PHASE_CONNECT;
	rmqi_list_init(&call->link);
	err = rmqi_imap_set(&c->calls, (uint64_t)call->opaque, call);
	if (err != RMQ_OK)
		return err;
	if (!is_self_timed(c, call)) {
		add_deadline(c, call);
		c->async_count++;
	}
	return RMQ_OK;
}

struct rmqi_call *rmqi_conn_take_call(struct rmqi_conn *c, int32_t opaque)
{
	struct rmqi_call *call;

	if (opaque < 0)
		return NULL;
	call = rmqi_imap_remove(&c->calls, (uint64_t)opaque);
	if (!call)
		return NULL;
	rmqi_list_remove(&call->link);
	if (!is_self_timed(c, call))
		c->async_count--;
	if (rmqi_conn_is_sync(call))
		RMQI_CONTAINER(call, struct rmqi_sync_call, call)->is_pending = false;
	return call;
}

/* --- Completion ------------------------------------------------------------------------------- */

/* Never called: it marks the synchronous calls. */
static void on_sync(struct rmqi_call *call, enum rmq_error error,
		    const struct rmqi_command *response)
{
	(void)call;
	(void)error;
	(void)response;
	assert(0 && "a synchronous call is completed by complete_sync");
}

bool rmqi_conn_is_sync(const struct rmqi_call *call)
{
	return call->fn == on_sync;
}

/* The frame again: the caller decodes it on its own thread. */
static enum rmq_error copy_frame(struct rmqi_buf *to, const struct rmqi_frame *f)
{
	rmqi_buf_reset(to);
	rmqi_buf_add_u32(to, RMQI_FRAME_PREFIX - 4 + f->header.len + f->body.len);
	rmqi_buf_add_u8(to, (uint64_t)f->serialization);
	rmqi_buf_add_u24(to, f->header.len);
	rmqi_buf_add(to, f->header.ptr, f->header.len);
	rmqi_buf_add(to, f->body.ptr, f->body.len);
	return rmqi_buf_status(to);
}

static void complete_sync(struct rmqi_conn *c, struct rmqi_sync_call *w, enum rmq_error error,
			  const struct rmqi_frame *frame, struct rmqi_sync_call *self)
{
	if (error == RMQ_OK && w->response)
		error = copy_frame(&w->response->bytes, frame);
	w->error = error;
	if (c->env->sim) {
		w->is_done = true;
		rmqi_event_set(&w->event);
	} else if (w == self) {
		w->is_answered = true;
		w->is_done = true;
	} else {
		rmqi_mutex_lock(&c->mu);
		w->is_done = true;
		rmqi_cond_signal(&w->cond);
		rmqi_mutex_unlock(&c->mu); /* `w` is gone now */
	}
}

/* Where a call that gets no answer stands. While somebody writes, what was sent is not known: then
 * WAIT. @locks: mu held */
static enum rmq_phase phase_of(struct rmqi_conn *c, const struct rmqi_call *call)
{
	enum rmq_phase phase = (enum rmq_phase)atomic_load(&c->phase);

	if (phase < RMQ_PHASE_WRITE)
		return phase;
	return call->output_end > c->written && !c->is_writing ? RMQ_PHASE_WRITE : RMQ_PHASE_WAIT;
}

/* Its time is over: takes it out of the table, and its request back if that can be. True: the peer may be
 * gone. @locks: mu held */
static bool expire(struct rmqi_conn *c, struct rmqi_call *call)
{
	rmqi_conn_take_call(c, call->opaque);
	atomic_store_explicit(&c->is_silent, true, memory_order_relaxed);
	call->phase = rmqi_conn_take_back(c, call) ? (enum rmq_phase)atomic_load(&c->phase)
						   : RMQ_PHASE_WAIT;
	return rmqi_conn_note_timeout(c, call);
}

/* A connection that takes no new calls closes after its last one. */
static void after_call(struct rmqi_conn *c)
{
	if (atomic_load_explicit(&c->is_draining, memory_order_relaxed))
		rmqi_conn_drain(c);
}

void rmqi_conn_answer_call(struct rmqi_conn *c, struct rmqi_call *call,
			   const struct rmqi_frame *frame, const struct rmqi_command *response,
			   struct rmqi_sync_call *self)
{
	call->phase = RMQ_PHASE_ANSWER;
	if (rmqi_trace_is_on(c))
		rmqi_trace_answered(c, call, response->code);
	if (c->config.role->on_response)
		c->config.role->on_response(c, call->code, response);
	if (rmqi_conn_is_sync(call))
		complete_sync(c, RMQI_CONTAINER(call, struct rmqi_sync_call, call), RMQ_OK, frame,
			      self);
	else
		call->fn(call, RMQ_OK, response);
	after_call(c);
}

void rmqi_conn_fail_call(struct rmqi_conn *c, struct rmqi_call *call, enum rmq_phase phase,
			 enum rmq_error error)
{
	call->phase = phase;
	if (rmqi_trace_is_on(c))
		rmqi_trace_failed(c, call, error);
	if (rmqi_conn_is_sync(call))
		complete_sync(c, RMQI_CONTAINER(call, struct rmqi_sync_call, call), error, NULL,
			      NULL);
	else
		call->fn(call, error, NULL);
	after_call(c);
}

/* It got no answer. */
static void give_up_call(struct rmqi_conn *c, struct rmqi_call *call, enum rmq_error error)
{
	enum rmq_phase phase;

	rmqi_mutex_lock(&c->mu);
	phase = phase_of(c, call);
	rmqi_mutex_unlock(&c->mu);
	rmqi_conn_fail_call(c, call, phase, error);
}

void rmqi_conn_fail_calls(struct rmqi_conn *c)
{
	struct rmqi_list taken;
	struct rmqi_list *node;
	uint64_t key;
	void *value;

	rmqi_list_init(&taken);
	rmqi_mutex_lock(&c->mu);
	/* In the order of their slots, which repeats in a simulation. A slot that was emptied may have got
	 * the entry of a later one, those before it stay empty: so the walk goes on at it. */
	for (size_t at = 0; rmqi_imap_next(&c->calls, &at, &key, &value); at--) {
		struct rmqi_call *call = rmqi_conn_take_call(c, (int32_t)key);

		rmqi_list_push(&taken, &call->link);
	}
	rmqi_mutex_unlock(&c->mu);
	while ((node = rmqi_list_pop(&taken)))
		give_up_call(c, call_of(node), rmqi_conn_call_error(c));
}

/* --- Deadlines ---------------------------------------------------------------------------------- */

/* The first call of each list, the earliest of them. @locks: mu held */
static struct rmqi_call *earliest(struct rmqi_conn *c)
{
	struct rmqi_call *first = NULL;

	for (unsigned i = 0; i < RMQI_TIMEOUT_CLASSES; i++) {
		struct rmqi_call *call;

		if (!(c->classes & 1u << i))
			continue;
		if (rmqi_list_is_empty(&c->by_timeout[i])) {
			c->classes &= ~(1u << i);
			continue;
		}
		call = call_of(c->by_timeout[i].next);
		if (!first || call->deadline_us < first->deadline_us)
			first = call;
	}
	return first;
}

void rmqi_conn_arm_calls(struct rmqi_conn *c)
{
	struct rmqi_call *first;
	int64_t deadline;

	if (!c->call_timer.timers)
		return; /* not started, or closed */
	rmqi_mutex_lock(&c->mu);
	first = earliest(c);
	deadline = first ? first->deadline_us : RMQI_FOREVER;
	c->armed_us = deadline;
	rmqi_mutex_unlock(&c->mu);
	rmqi_timer_start(&c->call_timer, deadline);
}

void rmqi_conn_on_call_timer(struct rmqi_timer *t)
{
	struct rmqi_conn *c = RMQI_CONTAINER(t, struct rmqi_conn, call_timer);
	int64_t now = rmqi_clock_us(c->env->clock);
	struct rmqi_list expired;
	struct rmqi_list *node;
	struct rmqi_call *call;
	bool must_look = false;

	rmqi_list_init(&expired);
	rmqi_mutex_lock(&c->mu);
	while ((call = earliest(c)) && call->deadline_us <= now) {
		must_look |= expire(c, call);
		rmqi_list_push(&expired, &call->link);
	}
	rmqi_mutex_unlock(&c->mu);
	rmqi_conn_arm_calls(c);
	if (must_look)
		rmqi_conn_check_silence(c); /* first: who calls again gets another connection */
	while ((node = rmqi_list_pop(&expired))) {
		call = call_of(node);
		rmqi_conn_fail_call(c, call, call->phase, RMQ_ERR_TIMEOUT);
	}
}

/* --- Sending -------------------------------------------------------------------------------------- */

static struct rmqi_command_meta request_meta(const struct rmqi_conn *c, int32_t code,
					     int32_t opaque, int32_t flag)
{
	struct rmqi_command_meta meta = {
		.serialization = (enum rmqi_serialization)atomic_load(&c->serialization),
		.code = code,
		.language = RMQI_LANGUAGE_CPP,
		.version = c->config.version,
		.opaque = opaque,
		.flag = flag,
	};

	if (code > MAX_BINARY_CODE)
		meta.serialization = RMQI_JSON;
	return meta;
}

/* @locks: mu held */
static enum rmq_error add_request(struct rmqi_conn *c, const struct rmqi_outgoing *request,
				  int64_t deadline_us, struct rmqi_call *call, bool *is_direct)
{
	enum rmq_error err = add_call(c, call, request->code, deadline_us);
	struct rmqi_command_meta meta;

	if (err != RMQ_OK)
		return err;
	meta = request_meta(c, request->code, call->opaque, 0);
	call->output_begin = c->queued;
	err = RMQ_AGAIN;
	if (is_direct) {
		err = rmqi_conn_begin_direct(c, &meta, request);
		*is_direct = err == RMQ_OK;
	}
	if (err == RMQ_AGAIN)
		err = rmqi_conn_append(c, &meta, request);
	if (err != RMQ_OK)
		rmqi_conn_take_call(c, call->opaque);
	call->output_end = c->queued;
	return err;
}

/* @locks: none */
static void finish_append(struct rmqi_conn *c, bool must_post, bool is_flush_due)
{
	if (must_post)
		rmqi_conn_post_work(c);
	if (is_flush_due)
		rmqi_conn_flush_early(c);
}

enum rmq_error rmqi_conn_call(struct rmqi_conn *c, const struct rmqi_outgoing *request,
			      int64_t deadline_us, struct rmqi_call *call)
{
	unsigned work = RMQI_WORK_FLUSH;
	bool must_post = false, is_due = false;
	int32_t opaque = 0;
	enum rmq_error err;

	rmqi_mutex_lock(&c->mu);
	err = add_request(c, request, deadline_us, call, NULL);
	if (err == RMQ_OK) {
		opaque = call->opaque;
		work |= rmqi_reader_call_loop(c);
		if (deadline_us < c->armed_us)
			work |= RMQI_WORK_ARM;
		must_post = rmqi_conn_add_work(c, work);
		is_due = rmqi_conn_is_flush_due(c);
	}
	rmqi_mutex_unlock(&c->mu);
	if (err == RMQ_OK && rmqi_trace_is_on(c))
		rmqi_trace_sent(c, request, opaque, 0);
	finish_append(c, must_post, is_due);
	return err;
}

enum rmq_error rmqi_conn_oneway(struct rmqi_conn *c, const struct rmqi_outgoing *request)
{
	struct rmqi_command_meta meta;
	bool must_post = false, is_due;
	enum rmq_error err;

	rmqi_mutex_lock(&c->mu);
	if (rmqi_conn_is_closing(c)) {
		err = rmqi_conn_call_error(c);
	} else {
		meta = request_meta(c, request->code, new_opaque(c), RMQI_FLAG_ONEWAY);
		err = rmqi_conn_append(c, &meta, request);
	}
	if (err == RMQ_OK && request->written)
		rmqi_conn_await_written(c, request->written);
	if (err == RMQ_OK)
		must_post = rmqi_conn_add_work(c, RMQI_WORK_FLUSH);
	is_due = rmqi_conn_is_flush_due(c);
	rmqi_mutex_unlock(&c->mu);
	if (err == RMQ_OK && rmqi_trace_is_on(c))
		rmqi_trace_sent(c, request, meta.opaque, RMQI_FLAG_ONEWAY);
	finish_append(c, must_post, is_due);
	return err;
}

/* Not one of those that gather. */
static enum rmq_error append_reply(struct rmqi_conn *c, const struct rmqi_command_meta *meta,
				   const struct rmqi_outgoing *response)
{
	bool must_post = false, is_due;
	enum rmq_error err;

	rmqi_mutex_lock(&c->mu);
	err = rmqi_conn_is_closing(c) ? rmqi_conn_call_error(c)
				      : rmqi_conn_append(c, meta, response);
	if (err == RMQ_OK)
		must_post = rmqi_conn_add_work(c, RMQI_WORK_FLUSH);
	is_due = rmqi_conn_is_flush_due(c);
	rmqi_mutex_unlock(&c->mu);
	finish_append(c, must_post, is_due);
	return err;
}

static inline void one_less(struct rmqi_conn *c)
{
	c->in_flight -= c->in_flight > 0;
}

enum rmq_error rmqi_conn_reply(struct rmqi_conn *c, int32_t opaque,
			       enum rmqi_serialization serialization,
			       const struct rmqi_outgoing *response)
{
	struct rmqi_command_meta meta = {
		.serialization = serialization,
		.code = response->code,
		.language = RMQI_LANGUAGE_CPP,
		.version = c->config.version,
		.opaque = opaque,
		.flag = RMQI_FLAG_RESPONSE,
		.remark = response->remark,
	};
	enum rmq_error err;

	if (!rmqi_conn_gathers(c))
		err = append_reply(c, &meta, response);
	else
		err = rmqi_conn_is_closing(c) ? rmqi_conn_call_error(c)
					      : rmqi_conn_gather(c, &meta, response);
	/* Counted for a server's connection only, whose loop answers. */
	if (err == RMQ_OK && c->config.is_server)
		one_less(c);
	if (err == RMQ_OK && rmqi_trace_is_on(c))
		rmqi_trace_replied(c, opaque, response->code);
	if (err == RMQ_ERR_BUSY)
		rmqi_conn_close_why(c, err, "%s does not read its answers", c->address);
	return err;
}

void rmqi_conn_unanswered(struct rmqi_conn *c)
{
	one_less(c);
}

/* --- Synchronous calls ------------------------------------------------------------------------------ */

/* Not pending and not done: another thread is about to finish it, and will. @locks: mu held */
static void wait_as_follower(struct rmqi_conn *c, struct rmqi_sync_call *self)
{
	if (!self->is_pending) {
		rmqi_cond_wait(&self->cond, &c->mu);
		return;
	}
	rmqi_list_remove(&self->call.link);
	rmqi_list_push(&c->followers, &self->call.link);
	rmqi_cond_wait_until(&self->cond, &c->mu, self->call.deadline_us);
}

static bool has_expired(const struct rmqi_conn *c, const struct rmqi_sync_call *self)
{
	return self->call.deadline_us != RMQI_FOREVER &&
	       rmqi_clock_us(c->env->clock) >= self->call.deadline_us;
}

/* @locks: mu held */
static void await(struct rmqi_conn *c, struct rmqi_sync_call *self)
{
	while (!self->is_done) {
		if (!self->is_reader && self->is_pending && has_expired(c, self)) {
			self->saw_silence = expire(c, &self->call);
			self->error = RMQ_ERR_TIMEOUT;
			self->is_done = true;
		} else if (rmqi_reader_take(c, self)) {
			rmqi_mutex_unlock(&c->mu);
			rmqi_conn_read_as_caller(c, self);
			rmqi_mutex_lock(&c->mu);
		} else {
			wait_as_follower(c, self);
		}
	}
	/* Completed by another thread while it was promoted: the role must not get lost. */
	if (self->is_reader) {
		rmqi_mutex_unlock(&c->mu);
		rmqi_conn_read_as_caller(c, self);
		rmqi_mutex_lock(&c->mu);
	}
}

static void await_in_sim(struct rmqi_conn *c, struct rmqi_sync_call *self)
{
	if (rmqi_event_wait(&self->event, RMQI_FOREVER))
		return;
	/* Nothing in the simulation will ever answer, and there is no deadline. */
	rmqi_mutex_lock(&c->mu);
	self->saw_silence = expire(c, &self->call);
	rmqi_mutex_unlock(&c->mu);
	self->error = RMQ_ERR_TIMEOUT;
}

static enum rmq_error decode_answer(struct rmqi_response *r)
{
	struct rmqi_frame frame;
	enum rmq_error err = rmqi_frame_parse(rmqi_buf_cursor(&r->bytes), &frame);

	return err == RMQ_OK ? rmqi_command_decode(&r->command, &frame) : err;
}

/* @locks: mu held */
static void describe(struct rmqi_conn *c, const struct rmqi_sync_call *w, struct rmqi_outcome *out)
{
	out->error = w->error;
	out->phase = w->call.phase;
	out->reason[0] = '\0';
	if (w->error != RMQ_OK && w->error != RMQ_ERR_TIMEOUT && rmqi_conn_is_closing(c))
		memcpy(out->reason, c->reason_text, sizeof(out->reason));
}

static bool begin_sync(struct rmqi_conn *c, const struct rmqi_outgoing *request,
		       struct rmqi_sync_call *w, bool *must_post)
{
	bool is_direct = false;

	w->error = add_request(c, request, w->call.deadline_us, &w->call, &is_direct);
	if (w->error != RMQ_OK) {
		w->call.phase = phase_of(c, &w->call);
		w->is_done = true;
		return false;
	}
	w->is_pending = true;
	c->sync_count++;
	*must_post = !is_direct &&
		     rmqi_conn_add_work(c, RMQI_WORK_FLUSH | (c->env->sim ? RMQI_WORK_ARM : 0));
	return is_direct;
}

enum rmq_error rmqi_conn_call_sync(struct rmqi_conn *c, const struct rmqi_outgoing *request,
				   int64_t deadline_us, struct rmqi_response *response,
				   struct rmqi_outcome *out)
{
	struct rmqi_sync_call w = {.call.fn = on_sync, .response = response};
	bool must_post = false, is_direct;

	/* The loop would wait for itself. */
	assert(!rmqi_loop_is_current(c->config.loop));
	w.call.deadline_us = deadline_us;
	rmqi_cond_init(&w.cond);
	if (c->env->sim)
		rmqi_event_init(&w.event, c->env);
	rmqi_mutex_lock(&c->mu);
	is_direct = begin_sync(c, request, &w, &must_post);
	out->was_accepted = !w.is_done;
	if (out->was_accepted) {
		rmqi_mutex_unlock(&c->mu);
		if (rmqi_trace_is_on(c))
			rmqi_trace_sent(c, request, w.call.opaque, 0);
		if (must_post)
			rmqi_conn_post_work(c);
		if (is_direct)
			rmqi_conn_write_direct(c, request);
		if (c->env->sim)
			await_in_sim(c, &w);
		rmqi_mutex_lock(&c->mu);
		if (!c->env->sim)
			await(c, &w);
	}
	describe(c, &w, out);
	must_post = w.saw_silence && rmqi_conn_add_work(c, RMQI_WORK_SILENT);
	rmqi_mutex_unlock(&c->mu);
	if (must_post)
		rmqi_conn_post_work(c);
	/* Its own timeout ends it without rmqi_conn_fail_call. */
	if (out->was_accepted && !w.is_answered && out->error == RMQ_ERR_TIMEOUT &&
	    rmqi_trace_is_on(c))
		rmqi_trace_failed(c, &w.call, RMQ_ERR_TIMEOUT);
	if (c->env->sim)
		rmqi_event_deinit(&w.event);
	rmqi_cond_deinit(&w.cond);
	if (out->error == RMQ_OK && response)
		out->error = decode_answer(response);
	return out->error;
}
