/* SPDX-License-Identifier: Apache-2.0 */
#include "send/async.h"

#include <assert.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/callbacks.h"
#include "send/attempt.h"
#include "send/verdict.h"

enum { WHY_SIZE = 320 };

static struct rmqi_loop *loop_of(const struct rmqi_async_send *a)
{
	return rmqi_client_loop(a->sender->client);
}

static int64_t now_us(const struct rmqi_async_send *a)
{
	return rmqi_clock_us(rmqi_client_clock(a->sender->client));
}

/* Made when something has failed. */
static struct rmq_error_detail *detail_of(struct rmqi_async_send *a)
{
	if (!a->detail)
		a->detail = rmqi_detail_new();
	return a->detail;
}

/* --- The end ------------------------------------------------------------------------------------ */

/* @thread: loop */
static void finish(struct rmqi_async_send *a, enum rmq_error error)
{
	struct rmqi_sender *s = a->sender;

	rmqi_topic_route_unref(a->route);
	a->route = NULL;
	a->error = error;
	if (error != RMQ_OK) {
		rmqi_free(a->result);
		a->result = NULL;
	}
	a->fn(a);
	rmqi_sender_leave(s);
}

static void run_finish(struct rmqi_task *task)
{
	struct rmqi_async_send *a = RMQI_CONTAINER(task, struct rmqi_async_send, task);

	finish(a, a->error);
}

static void finish_later(struct rmqi_async_send *a, enum rmq_error error)
{
	a->error = error;
	a->task.run = run_finish;
	rmqi_loop_post(loop_of(a), &a->task);
}

static enum rmq_error conclude(struct rmqi_async_send *a)
{
	if (a->core.error == RMQ_OK)
		return RMQ_OK;
	return rmqi_attempt_conclude(&a->core, &a->request, a->sender->what, detail_of(a));
}

/* --- Attempts and pauses -------------------------------------------------------------------------- */

static void on_answer(struct rmqi_call *call, enum rmq_error error,
		      const struct rmqi_command *response);

/* `a` may be in other hands when it returns. */
static void try_queue(struct rmqi_async_send *a, const struct rmqi_send_step *step)
{
	struct rmqi_outgoing out;

	rmqi_attempt_fill(&a->request, step->queue, &out);
	a->call = (struct rmqi_call){.fn = on_answer};
	rmqi_rpc_call_async(rmqi_client_rpc(a->sender->client), step->queue->address, &out,
			    step->until_us, &a->call);
}

/* @thread: loop */
static void proceed(struct rmqi_async_send *a)
{
	struct rmqi_send_step step = rmqi_sender_next(a->sender, &a->core);

	switch (step.what) {
	case RMQI_SEND_TRY:
		try_queue(a, &step);
		break;
	case RMQI_SEND_PAUSE:
		rmqi_sender_pause(a->sender, &a->pause, step.until_us);
		break;
	case RMQI_SEND_DONE:
		finish(a, conclude(a));
		break;
	}
}

static void tell_failed(struct rmqi_async_send *a, enum rmq_error error)
{
	struct rmq_error_detail *d = detail_of(a);
	char why[WHY_SIZE];

	rmqi_detail_add_attempt(d, a->core.queue->address, a->call.phase, error, -1,
				(now_us(a) - a->core.began_us) / 1000);
	rmqi_detail_set(d, error, 0, "%s", rmqi_call_explain(&a->call, error, why, sizeof(why)));
}

/* An answer that says "stored" needs no detail, unless it cannot be used. */
static void take_answer(struct rmqi_async_send *a, const struct rmqi_command *response)
{
	enum rmq_send_status status;
	bool is_stored = rmqi_send_status(response->code, &status);

	rmqi_attempt_answered(&a->core, &a->request, response, now_us(a),
			      a->wants_result ? &a->result : NULL,
			      is_stored ? a->detail : detail_of(a));
	if (is_stored && a->core.error != RMQ_OK && !a->detail)
		rmqi_detail_set(detail_of(a), a->core.error, 0,
				"%s accepted the message but its answer cannot be used",
				a->core.queue->address);
}

static void on_answer(struct rmqi_call *call, enum rmq_error error,
		      const struct rmqi_command *response)
{
	struct rmqi_async_send *a = RMQI_CONTAINER(call, struct rmqi_async_send, call);

	/* net/conn.h: answers to asynchronous calls are handled there. */
	assert(rmqi_loop_is_current(loop_of(a)));
	if (error == RMQ_OK) {
		take_answer(a, response);
	} else {
		tell_failed(a, error);
		rmqi_attempt_failed(&a->core, error, call->phase, now_us(a));
	}
	proceed(a);
}

static void on_wake(struct rmqi_pause *p)
{
	proceed(RMQI_CONTAINER(p, struct rmqi_async_send, pause));
}

/* --- The beginning ---------------------------------------------------------------------------------- */

/* Thread: any. */
static void begin(struct rmqi_async_send *a)
{
	struct rmqi_send_step step;

	rmqi_sender_prepare(a->sender, &a->how, a->route, a->budget_us, a->deadline_us, &a->core);
	step = rmqi_sender_next(a->sender, &a->core);
	/* There is no pause before the first attempt. */
	if (step.what == RMQI_SEND_TRY)
		try_queue(a, &step);
	else
		finish_later(a, conclude(a));
}

static void run_begin(struct rmqi_task *task)
{
	begin(RMQI_CONTAINER(task, struct rmqi_async_send, task));
}

/* Thread: loop, or any when memory is out. */
static void on_route(void *arg, enum rmq_error error, struct rmqi_topic_route *route,
		     const struct rmq_error_detail *detail)
{
	struct rmqi_async_send *a = arg;

	if (error != RMQ_OK) {
		if (detail)
			rmqi_detail_copy(detail_of(a), detail);
		else
			rmqi_detail_set(detail_of(a), error, 0, "route: %s", rmq_error_text(error));
		finish_later(a, error);
		return;
	}
	a->route = route;
	if (a->how.picker && a->how.picker->asks_user) {
		a->task.run = run_begin;
		rmqi_client_callback(a->sender->client, &a->task);
	} else {
		begin(a);
	}
}

enum rmq_error rmqi_async_send_start(struct rmqi_async_send *a, struct rmqi_sender *s,
				     const struct rmqi_send_how *how,
				     struct rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_sender_enter(s, detail);

	if (err != RMQ_OK)
		return err;
	a->sender = s;
	a->how = how ? *how : (struct rmqi_send_how){0};
	if (a->how.picker) {
		a->picker = *a->how.picker;
		a->how.picker = &a->picker;
	}
	a->error = RMQ_OK;
	a->result = NULL;
	a->detail = NULL;
	a->pause.wake = on_wake;
	rmqi_list_init(&a->pause.link);
	a->budget_us = rmqi_sender_budget_us(s, &a->how);
	a->deadline_us = now_us(a) + a->budget_us;
	a->route = rmqi_client_cached_route(s->client, a->topic);
	if (a->route)
		begin(a);
	else
		rmqi_client_route_async(s->client, a->topic, !a->only_known, a->deadline_us,
					on_route, a);
	return RMQ_OK;
}

/* --- For users ------------------------------------------------------------------------------------------ */

struct user_send {
	struct rmqi_async_send send; /* its request owns what it points to */
	struct rmqi_task task;
	rmqi_sent_fn fn;
	void *arg;
};

static void free_user_send(struct user_send *u)
{
	rmqi_send_request_deinit(&u->send.request);
	rmqi_free(u->send.result);
	rmq_error_detail_free(u->send.detail);
	rmqi_free(u);
}

static void run_callback(struct rmqi_task *task)
{
	struct user_send *u = RMQI_CONTAINER(task, struct user_send, task);
	struct rmqi_async_send *a = &u->send;

	u->fn(u->arg, a->error, a->result, a->error == RMQ_OK ? NULL : a->detail);
	free_user_send(u);
}

static void on_done(struct rmqi_async_send *a)
{
	struct user_send *u = RMQI_CONTAINER(a, struct user_send, send);

	u->task.run = run_callback;
	rmqi_client_callback(a->sender->client, &u->task);
}

static enum rmq_error make_user_send(struct rmqi_sender *s, const struct rmq_message *m,
				     struct user_send **out, struct rmq_error_detail *detail)
{
	struct user_send *u = rmqi_calloc(1, sizeof(*u));
	enum rmq_error err;

	if (!u)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	err = rmqi_send_request_init(&u->send.request, s->client, s->group, m, detail);
	if (err == RMQ_OK)
		err = rmqi_send_request_own(&u->send.request, &u->send.topic, detail);
	if (err == RMQ_OK)
		*out = u;
	else
		free_user_send(u);
	return err;
}

enum rmq_error rmqi_send_async(struct rmqi_sender *s, const struct rmq_message *m,
			       const struct rmqi_send_how *how, rmqi_sent_fn fn, void *arg,
			       struct rmq_error_detail *detail)
{
	struct user_send *u = NULL;
	enum rmq_error err = rmqi_client_need_callbacks(s->client);

	if (err != RMQ_OK)
		return rmqi_detail_set(detail, err, 0, "no thread for callbacks: %s",
				       rmq_error_text(err));
	err = make_user_send(s, m, &u, detail);
	if (err != RMQ_OK)
		return err;
	u->fn = fn;
	u->arg = arg;
	u->send.fn = on_done;
	u->send.wants_result = true;
	err = rmqi_async_send_start(&u->send, s, how, detail);
	if (err != RMQ_OK)
		free_user_send(u);
	return err;
}
