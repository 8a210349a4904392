/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rpc.c
 *
 * A table from address to connection. A connection exists from the first call
 * on: while it is being opened it queues what it is given (conn.c, OPENING), so
 * there is no second queue here, and a failed connect completes the calls like a
 * lost connection does. A lost one leaves the table; the next call makes
 * another.
 *
 * GO_AWAY (1500): a synchronous call is sent again, once, on a new connection
 * with what is left of its time; the old connection stays until its other calls
 * are answered. An asynchronous call gets the response as it is, because its
 * bytes are not kept: its caller decides. In both cases the old connection takes
 * no new calls (NettyRemotingClient.invokeImpl).
 *
 * A synchronous timeout does not close the connection, unlike in Java: later
 * answers are recognised by their opaque and dropped.
 */
#include "net/rpc.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/detail.h"
#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "codec/codes.h"
#include "net/conn_impl.h"
#include "net/conn_log.h"
#include "net/explain.h"

enum {
	TRIES = 3 /* a connection may be lost between the look into the table and the call */
};

struct rmqi_rpc {
	struct rmqi_rpc_config config; /* immutable */
	const struct rmqi_env *env;
	size_t hook_count;
	struct rmqi_resolver resolver; /* loop */
	struct rmqi_conn_log conn_log; /* loop */
	struct rmqi_task close_task;
	struct rmqi_task fail_task;
	struct rmqi_event idle; /* set when closed and nothing is under way */

	struct rmqi_mutex mu;
	/* mu, all below */
	struct rmqi_map conns;   /* by address; a reference each */
	struct rmqi_list alive;  /* every conn not CLOSED, by owner_link; removed by the loop */
	struct rmqi_list failed; /* calls that fail_task will complete */
	bool is_fail_posted;
	bool is_closed;
	bool is_idle_told;
	size_t entered; /* calls of this interface that have not returned */
};

/* --- Being in use ------------------------------------------------------------------------------ */

/* True once: then the event must be set, after unlocking. @locks: mu held */
static bool became_idle(struct rmqi_rpc *r)
{
	if (!r->is_closed || r->is_idle_told || r->entered || r->is_fail_posted ||
	    !rmqi_list_is_empty(&r->alive))
		return false;
	r->is_idle_told = true;
	return true;
}

static void leave(struct rmqi_rpc *r)
{
	bool is_idle;

	rmqi_mutex_lock(&r->mu);
	r->entered--;
	is_idle = became_idle(r);
	rmqi_mutex_unlock(&r->mu);
	if (is_idle)
		rmqi_event_set(&r->idle);
}

/* --- What connections tell ----------------------------------------------------------------------- */

static void hold_if_cut(struct rmqi_rpc *r, struct rmqi_conn *c)
{
	if (r->config.is_cut)
		rmqi_conn_hold(c, r->config.is_cut(r->config.arg, c->address));
}

void rmqi_rpc_look_again(struct rmqi_rpc *r)
{
	RMQI_LIST_EACH(node, &r->alive)
		hold_if_cut(r, RMQI_LIST_ITEM(node, struct rmqi_conn, owner_link));
}

static void on_open(struct rmqi_conn *c)
{
	struct rmqi_rpc *r = c->owner;

	hold_if_cut(r, c);
	rmqi_conn_log_opened(&r->conn_log, c->address, c->is_tls);
	if (r->config.on_state)
		r->config.on_state(r->config.arg, c->address, true, RMQ_OK);
}

static void on_request(struct rmqi_conn *c, const struct rmqi_command *request)
{
	struct rmqi_rpc *r = c->owner;

	if (r->config.on_request)
		r->config.on_request(r->config.arg, c, c->address, request);
	else
		rmqi_conn_answer_unsupported(c, request);
}

/* Takes the connection out of the table; true: the table's reference is the caller's now.
 * @locks: mu held */
static bool forget(struct rmqi_rpc *r, struct rmqi_conn *c)
{
	struct rmqi_str address = rmqi_str(c->address);

	if (rmqi_map_get(&r->conns, address) != c)
		return false;
	rmqi_map_remove(&r->conns, address);
	return true;
}

/* No new calls on this connection. */
static void retire(struct rmqi_rpc *r, struct rmqi_conn *c)
{
	bool was_known;

	rmqi_mutex_lock(&r->mu);
	was_known = forget(r, c);
	rmqi_mutex_unlock(&r->mu);
	rmqi_conn_drain(c);
	if (was_known)
		rmqi_conn_unref(c);
}

static void on_response(struct rmqi_conn *c, int32_t request_code,
			const struct rmqi_command *response)
{
	struct rmqi_rpc *r = c->owner;

	if (r->hook_count)
		rmqi_hooks_after(r->config.hooks, r->hook_count, c->address, request_code,
				 response);
	if (response->code == RMQI_RESP_GO_AWAY)
		retire(r, c);
}

static void on_alive(struct rmqi_conn *c)
{
	struct rmqi_rpc *r = c->owner;

	if (r->config.on_alive)
		r->config.on_alive(r->config.arg, c->address);
}

static void on_closed(struct rmqi_conn *c, enum rmq_error reason)
{
	struct rmqi_rpc *r = c->owner;
	bool was_known, is_idle;

	rmqi_conn_log_closed(&r->conn_log, c->address, c->reason, c->reason_text);
	if (r->config.on_state && c->was_open)
		r->config.on_state(r->config.arg, c->address, false, reason);
	rmqi_mutex_lock(&r->mu);
	was_known = forget(r, c);
	rmqi_list_remove(&c->owner_link);
	is_idle = became_idle(r);
	rmqi_mutex_unlock(&r->mu);
	if (was_known)
		rmqi_conn_unref(c);
	if (is_idle)
		rmqi_event_set(&r->idle);
}

static const struct rmqi_conn_role client_role = {
	.on_open = on_open,
	.on_request = on_request,
	.on_response = on_response,
	.on_alive = on_alive,
	.on_closed = on_closed,
};

/* --- Life cycle ------------------------------------------------------------------------------------ */

/* Only the loop takes connections off the list, and nobody adds any to a closed rpc. */
static void run_close(struct rmqi_task *task)
{
	struct rmqi_rpc *r = RMQI_CONTAINER(task, struct rmqi_rpc, close_task);

	RMQI_LIST_EACH(node, &r->alive)
		rmqi_conn_close_why(RMQI_LIST_ITEM(node, struct rmqi_conn, owner_link), RMQ_OK,
				    "the client was closed");
	leave(r);
}

static void run_fail(struct rmqi_task *task)
{
	struct rmqi_rpc *r = RMQI_CONTAINER(task, struct rmqi_rpc, fail_task);
	struct rmqi_list failed, *node;

	rmqi_list_init(&failed);
	rmqi_mutex_lock(&r->mu);
	rmqi_list_move_all(&r->failed, &failed);
	r->is_fail_posted = false;
	r->entered++;
	rmqi_mutex_unlock(&r->mu);
	while ((node = rmqi_list_pop(&failed))) {
		struct rmqi_call *call = RMQI_LIST_ITEM(node, struct rmqi_call, link);
		struct rmqi_conn *c = call->conn;

		call->fn(call, (enum rmq_error)call->opaque, NULL);
		rmqi_conn_unref(c);
	}
	leave(r);
}

enum rmq_error rmqi_rpc_new(const struct rmqi_rpc_config *config, struct rmqi_rpc **out)
{
	struct rmqi_rpc *r = rmqi_calloc(1, sizeof(*r));

	if (!r)
		return RMQ_ERR_NO_MEMORY;
	r->config = *config;
	if (r->config.connect_timeout_ms <= 0)
		r->config.connect_timeout_ms = RMQI_CONNECT_TIMEOUT_MS;
	if (r->config.idle_timeout_ms <= 0)
		r->config.idle_timeout_ms = RMQI_CONN_IDLE_MS;
	r->hook_count = rmqi_hooks_count(r->config.hooks);
	r->env = rmqi_loop_env(config->loop);
	r->close_task.run = run_close;
	r->fail_task.run = run_fail;
	rmqi_resolver_init(&r->resolver, r->env);
	rmqi_conn_log_init(&r->conn_log, config->log, r->env->clock);
	rmqi_event_init(&r->idle, r->env);
	rmqi_mutex_init(&r->mu);
	rmqi_map_init(&r->conns);
	rmqi_list_init(&r->alive);
	rmqi_list_init(&r->failed);
	*out = r;
	return RMQ_OK;
}

void rmqi_rpc_close(struct rmqi_rpc *r)
{
	bool is_first;

	rmqi_mutex_lock(&r->mu);
	is_first = !r->is_closed;
	r->is_closed = true;
	r->entered += is_first; /* run_close leaves */
	rmqi_mutex_unlock(&r->mu);
	if (is_first)
		rmqi_loop_post(r->config.loop, &r->close_task);
}

static void do_nothing(void *arg)
{
	(void)arg;
}

void rmqi_rpc_free(struct rmqi_rpc *r)
{
	if (!r)
		return;
	/* It would wait for itself. */
	assert(!rmqi_loop_is_current(r->config.loop));
	rmqi_rpc_close(r);
	rmqi_event_wait(&r->idle, RMQI_FOREVER);
	/* The loop may still be in the callback that told so. */
	rmqi_loop_call(r->config.loop, do_nothing, NULL);
	rmqi_resolver_deinit(&r->resolver);
	rmqi_conn_log_deinit(&r->conn_log);
	rmqi_map_deinit(&r->conns, NULL);
	rmqi_event_deinit(&r->idle);
	rmqi_mutex_deinit(&r->mu);
	rmqi_free(r);
}

/* --- Connections -------------------------------------------------------------------------------------- */

/* @locks: mu held */
static enum rmq_error add_conn(struct rmqi_rpc *r, const char *address, struct rmqi_conn **out,
			       struct rmqi_conn **old)
{
	struct rmqi_conn_config config = {
		.loop = r->config.loop,
		.log = r->config.log,
		.role = &client_role,
		.owner = r,
		.serialization = r->config.serialization,
		.version = RMQI_VERSION,
		.idle_timeout_ms = r->config.idle_timeout_ms,
		.output_max = r->config.output_max,
		.pending_max = r->config.pending_max,
		.address = address,
		.tls = r->config.tls,
		.resolver = &r->resolver,
		.connect_timeout_ms = r->config.connect_timeout_ms,
		.spin_us = r->config.spin_us,
	};
	struct rmqi_conn *c = NULL;
	void *replaced = NULL;
	enum rmq_error err = rmqi_conn_new(&config, &c);

	if (err != RMQ_OK)
		return err;
	err = rmqi_map_set(&r->conns, rmqi_str(address), c, &replaced);
	if (err != RMQ_OK) {
		rmqi_conn_discard(c);
		return err;
	}
	rmqi_list_push(&r->alive, &c->owner_link);
	*old = replaced;
	*out = rmqi_conn_ref(c);
	return RMQ_OK;
}

/* A usable connection, opening or open; a reference for the caller. RMQ_OK: it has entered, too, if it had
 * not before. */
static enum rmq_error get_conn(struct rmqi_rpc *r, const char *address, bool *is_entered,
			       struct rmqi_conn **out)
{
	struct rmqi_conn *c, *old = NULL;
	enum rmq_error err = RMQ_OK;
	bool is_new = false;

	rmqi_mutex_lock(&r->mu);
	c = rmqi_map_get(&r->conns, rmqi_str(address));
	if (r->is_closed) {
		err = RMQ_ERR_CANCELLED;
	} else if (c && !rmqi_conn_is_closing(c)) {
		rmqi_conn_ref(c);
	} else {
		err = add_conn(r, address, &c, &old);
		is_new = err == RMQ_OK;
	}
	if (err == RMQ_OK && !*is_entered) {
		r->entered++;
		*is_entered = true;
	}
	rmqi_mutex_unlock(&r->mu);
	if (is_new)
		rmqi_conn_start(c);
	rmqi_conn_unref(old);
	if (err == RMQ_OK)
		*out = c;
	return err;
}

static struct rmqi_conn *find_conn(struct rmqi_rpc *r, const char *address)
{
	struct rmqi_conn *c;

	rmqi_mutex_lock(&r->mu);
	c = rmqi_map_get(&r->conns, rmqi_str(address));
	if (c)
		rmqi_conn_ref(c);
	rmqi_mutex_unlock(&r->mu);
	return c;
}

void rmqi_rpc_drop(struct rmqi_rpc *r, const char *address)
{
	struct rmqi_conn *c = find_conn(r, address);

	if (c)
		rmqi_conn_close(c, RMQ_ERR_CONNECTION_LOST);
	rmqi_conn_unref(c);
}

bool rmqi_rpc_is_connected(struct rmqi_rpc *r, const char *address)
{
	struct rmqi_conn *c = find_conn(r, address);
	bool is_open = c && rmqi_conn_is_open(c);

	rmqi_conn_unref(c);
	return is_open;
}

/* --- Explaining -------------------------------------------------------------------------------------------- */

static unsigned flags_of(enum rmq_error error)
{
	bool is_retriable = error == RMQ_ERR_TIMEOUT || error == RMQ_ERR_CONNECT ||
			    error == RMQ_ERR_RESOLVE || error == RMQ_ERR_CONNECTION_LOST ||
			    error == RMQ_ERR_BUSY;

	return is_retriable ? RMQ_ERROR_RETRIABLE : 0;
}

static enum rmq_error report(struct rmqi_rpc *r, const char *address, const struct rmqi_outcome *o,
			     int64_t start_us, int64_t deadline_us, struct rmq_error_detail *detail)
{
	int64_t now = rmqi_clock_us(r->env->clock);
	int64_t given = deadline_us == RMQI_FOREVER ? -1 : (deadline_us - start_us + 999) / 1000;
	char text[RMQI_REASON_MAX + 64];

	if (!detail || o->error == RMQ_OK)
		return o->error;
	rmqi_explain(text, sizeof(text), o->error, address, o->phase, o->reason, given);
	rmqi_detail_add_attempt(detail, address, o->phase, o->error, -1, (now - start_us) / 1000);
	return rmqi_detail_set(detail, o->error, flags_of(o->error), "%s", text);
}

/* --- Calls ---------------------------------------------------------------------------------------------------- */

static enum rmq_error enter(struct rmqi_rpc *r)
{
	bool is_closed;

	rmqi_mutex_lock(&r->mu);
	is_closed = r->is_closed;
	r->entered += !is_closed;
	rmqi_mutex_unlock(&r->mu);
	return is_closed ? RMQ_ERR_CANCELLED : RMQ_OK;
}

/* Makes *request the one to send, as the hooks want it; release must follow. */
static enum rmq_error prepare(struct rmqi_rpc *r, const char *address,
			      const struct rmqi_outgoing **request, struct rmqi_hooked *out)
{
	enum rmq_error err;

	if (r->hook_count == 0)
		return RMQ_OK;
	err = rmqi_hooks_before(r->config.hooks, r->hook_count, address, *request, out);
	if (err == RMQ_OK)
		*request = &out->request;
	return err;
}

static void release(struct rmqi_rpc *r, struct rmqi_hooked *hooked)
{
	if (r->hook_count)
		rmqi_hooks_sent(r->config.hooks, r->hook_count, hooked);
}

/* Was the connection lost before it took the call? Then another one may. */
static bool is_stale(const struct rmqi_conn *c, bool was_accepted)
{
	return !was_accepted && rmqi_conn_is_closing(c);
}

/* One request and its answer. */
static void exchange(struct rmqi_rpc *r, const char *address, const struct rmqi_outgoing *request,
		     int64_t deadline_us, struct rmqi_response *response, struct rmqi_outcome *out)
{
	struct rmqi_conn *c = NULL;
	bool must_retry = true, is_entered = true;

	for (int i = 0; i < TRIES && must_retry; i++) {
		*out = (struct rmqi_outcome){.phase = RMQ_PHASE_CONNECT};
		out->error = get_conn(r, address, &is_entered, &c);
		if (out->error != RMQ_OK)
			return;
		out->error = rmqi_conn_call_sync(c, request, deadline_us, response, out);
		must_retry = out->error != RMQ_OK && is_stale(c, out->was_accepted);
		rmqi_conn_unref(c);
	}
}

static void call_with_goodbye(struct rmqi_rpc *r, const char *address,
			      const struct rmqi_outgoing *request, int64_t deadline_us,
			      struct rmqi_response *response, struct rmqi_outcome *out)
{
	for (int i = 0; i < 2; i++) {
		exchange(r, address, request, deadline_us, response, out);
		if (out->error != RMQ_OK || response->command.code != RMQI_RESP_GO_AWAY)
			return;
	}
	out->error = RMQ_ERR_CONNECTION_LOST;
	out->phase = RMQ_PHASE_ANSWER;
	snprintf(out->reason, sizeof(out->reason), "%s asked twice to go away", address);
}

enum rmq_error rmqi_rpc_call(struct rmqi_rpc *r, const char *address,
			     const struct rmqi_outgoing *request, int64_t deadline_us,
			     struct rmqi_response *response, enum rmq_phase *phase,
			     struct rmq_error_detail *detail)
{
	int64_t start_us = rmqi_clock_us(r->env->clock);
	struct rmqi_outcome out = {.phase = RMQ_PHASE_CONNECT};
	struct rmqi_response unwanted;
	struct rmqi_hooked hooked;

	if (phase)
		*phase = out.phase;
	out.error = enter(r);
	if (out.error != RMQ_OK)
		return report(r, address, &out, start_us, deadline_us, detail);
	if (!response)
		rmqi_response_init(&unwanted);
	out.error = prepare(r, address, &request, &hooked);
	if (out.error == RMQ_OK) {
		call_with_goodbye(r, address, request, deadline_us, response ? response : &unwanted,
				  &out);
		release(r, &hooked);
	}
	if (phase)
		*phase = out.phase;
	report(r, address, &out, start_us, deadline_us, detail);
	if (!response)
		rmqi_response_deinit(&unwanted);
	leave(r);
	return out.error;
}

/* Completes the call from the loop: it must not happen within the function that makes it. `c` is the
 * connection that refused the call (moved), NULL if none did. */
static void fail_later(struct rmqi_rpc *r, struct rmqi_call *call, enum rmq_error error,
		       struct rmqi_conn *c)
{
	bool must_post;

	call->conn = c;
	call->phase = c ? (enum rmq_phase)atomic_load(&c->phase) : RMQ_PHASE_CONNECT;
	call->opaque = (int32_t)error;
	rmqi_mutex_lock(&r->mu);
	rmqi_list_push(&r->failed, &call->link);
	must_post = !r->is_fail_posted;
	r->is_fail_posted = true;
	r->entered += must_post;
	rmqi_mutex_unlock(&r->mu);
	if (must_post) {
		rmqi_loop_post(r->config.loop, &r->fail_task);
		leave(r);
	}
}

/* Hands the request to a connection; *c is the one that was tried last, a reference, NULL if none. */
static enum rmq_error hand_over(struct rmqi_rpc *r, const char *address,
				const struct rmqi_outgoing *request, int64_t deadline_us,
				struct rmqi_call *call, bool *is_entered, struct rmqi_conn **c)
{
	enum rmq_error err = RMQ_OK;
	bool must_retry = true;

	for (int i = 0; i < TRIES && must_retry; i++) {
		rmqi_conn_unref(*c);
		*c = NULL;
		err = get_conn(r, address, is_entered, c);
		if (err != RMQ_OK)
			return err;
		err = call ? rmqi_conn_call(*c, request, deadline_us, call)
			   : rmqi_conn_oneway(*c, request);
		must_retry = is_stale(*c, err == RMQ_OK);
	}
	return err;
}

/* As the hooks want it. It enters with the connection, under one lock, unless hooks come before that. */
static enum rmq_error send_out(struct rmqi_rpc *r, const char *address,
			       const struct rmqi_outgoing *request, int64_t deadline_us,
			       struct rmqi_call *call, bool *is_entered, struct rmqi_conn **c)
{
	enum rmq_error err = r->hook_count ? enter(r) : RMQ_OK;
	struct rmqi_hooked hooked;

	*is_entered = r->hook_count && err == RMQ_OK;
	if (err == RMQ_OK)
		err = prepare(r, address, &request, &hooked);
	if (err != RMQ_OK)
		return err;
	err = hand_over(r, address, request, deadline_us, call, is_entered, c);
	if (*is_entered)
		release(r, &hooked);
	return err;
}

void rmqi_rpc_call_async(struct rmqi_rpc *r, const char *address,
			 const struct rmqi_outgoing *request, int64_t deadline_us,
			 struct rmqi_call *call)
{
	struct rmqi_conn *c = NULL;
	bool is_entered = false;
	enum rmq_error err = send_out(r, address, request, deadline_us, call, &is_entered, &c);

	if (err != RMQ_OK)
		fail_later(r, call, err, c);
	else
		rmqi_conn_unref(c);
	if (is_entered)
		leave(r);
}

enum rmq_error rmqi_rpc_oneway(struct rmqi_rpc *r, const char *address,
			       const struct rmqi_outgoing *request)
{
	struct rmqi_conn *c = NULL;
	bool is_entered = false;
	enum rmq_error err = send_out(r, address, request, RMQI_FOREVER, NULL, &is_entered, &c);

	rmqi_conn_unref(c);
	if (is_entered)
		leave(r);
	return err;
}
