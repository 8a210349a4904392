/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transaction_end.c - the drivers of an ending: the caller who waits, and the loop.
 *
 *     the caller's thread: the first attempt, when the route is known
 *     the loop:            routes, answers, pauses, further attempts
 *     a callback thread:   the user's function
 */
#include "base/detail.h"
#include "base/mem.h"
#include "client/callbacks.h"
#include "producer/ending.h"
#include "producer/producer.h"

enum { WHY_SIZE = 320 };

/* --- Who waits ------------------------------------------------------------------------------- */

static enum rmq_error ask(struct rmqi_ending *e, const char *address)
{
	struct rmqi_h_end_transaction h;
	struct rmqi_outgoing out;
	struct rmqi_response response;
	enum rmq_phase phase;
	enum rmq_error err;

	rmqi_ending_fill(e, &h, &out);
	rmqi_response_init(&response);
	err = rmqi_rpc_call(rmqi_client_rpc(e->p->client), address, &out, e->deadline_us, &response,
			    &phase, e->detail);
	if (err == RMQ_OK)
		err = rmqi_ending_answered(e, address, &response.command);
	else
		err = rmqi_ending_failed(e, address, err, phase);
	rmqi_response_deinit(&response);
	return err;
}

static enum rmq_error attempt(struct rmqi_ending *e)
{
	struct rmqi_topic_route *route = NULL;
	const char *address;
	enum rmq_error err = rmqi_client_route(e->p->client, e->t->topic, true, e->deadline_us,
					       &route, e->detail);

	if (err != RMQ_OK)
		return err;
	address = rmqi_ending_address(e, route);
	err = address ? ask(e, address) : RMQ_ERR_NO_BROKER;
	rmqi_topic_route_unref(route);
	return err;
}

enum rmq_error rmqi_transaction_end(struct rmq_transaction *t, enum rmq_transaction_state state,
				    struct rmq_error_detail *detail)
{
	struct rmqi_ending e;
	enum rmq_error err = rmqi_ending_begin(&e, t, state, detail);
	int64_t until_us;

	if (err != RMQ_OK)
		return err;
	do
		err = attempt(&e);
	while (rmqi_ending_goes_on(&e, err, &until_us) &&
	       !rmqi_event_wait(&e.p->sender.stop, until_us));
	rmqi_ending_conclude(&e, err);
	rmqi_sender_leave(&e.p->sender);
	return err;
}

/* --- Who does not ---------------------------------------------------------------------------- */

struct async_end {
	struct rmqi_ending ending;
	struct rmq_transaction *t;       /* a reference */
	struct rmq_error_detail *detail; /* owned; NULL: memory is out */
	struct rmqi_topic_route *route;  /* a reference; NULL: not known yet */
	const char *address;             /* of the route */
	enum rmq_error error;            /* of the last attempt; at last: of the whole */
	int64_t began_us;                /* the attempt */
	int64_t until_us;                /* the pause */
	struct rmqi_call call;
	struct rmqi_pause pause;
	struct rmqi_task task;
	rmq_transaction_end_fn fn;
	void *arg;
};

static struct rmqi_client *client_of(const struct async_end *a)
{
	return a->ending.p->client;
}

static int64_t now_us(const struct async_end *a)
{
	return rmqi_clock_us(rmqi_client_clock(client_of(a)));
}

static void free_async(struct async_end *a)
{
	rmqi_topic_route_unref(a->route);
	rmq_error_detail_free(a->detail);
	rmqi_transaction_free(a->t);
	rmqi_free(a);
}

static void run_callback(struct rmqi_task *task)
{
	struct async_end *a = RMQI_CONTAINER(task, struct async_end, task);

	a->fn(a->error, a->error == RMQ_OK ? NULL : a->detail, a->arg);
	free_async(a);
}

/* @thread: loop */
static void finish(struct async_end *a)
{
	struct rmqi_sender *s = &a->ending.p->sender;

	rmqi_ending_conclude(&a->ending, a->error);
	a->task.run = run_callback;
	rmqi_client_callback(s->client, &a->task);
	rmqi_sender_leave(s);
}

/* The attempt has ended with a->error. @thread: loop */
static void proceed(struct async_end *a)
{
	struct rmqi_sender *s = &a->ending.p->sender;

	if (rmqi_ending_goes_on(&a->ending, a->error, &a->until_us) && !atomic_load(&s->is_stopped))
		rmqi_sender_pause(s, &a->pause, a->until_us);
	else
		finish(a);
}

static void run_proceed(struct rmqi_task *task)
{
	proceed(RMQI_CONTAINER(task, struct async_end, task));
}

static void proceed_later(struct async_end *a, enum rmq_error error)
{
	a->error = error;
	a->task.run = run_proceed;
	rmqi_loop_post(rmqi_client_loop(client_of(a)), &a->task);
}

static void on_answer(struct rmqi_call *call, enum rmq_error error,
		      const struct rmqi_command *response)
{
	struct async_end *a = RMQI_CONTAINER(call, struct async_end, call);
	char why[WHY_SIZE];

	if (error == RMQ_OK) {
		a->error = rmqi_ending_answered(&a->ending, a->address, response);
	} else {
		rmqi_detail_add_attempt(a->detail, a->address, call->phase, error, -1,
					(now_us(a) - a->began_us) / 1000);
		rmqi_detail_set(a->detail, error, 0, "%s",
				rmqi_call_explain(call, error, why, sizeof(why)));
		a->error = rmqi_ending_failed(&a->ending, a->address, error, call->phase);
	}
	proceed(a);
}

/* `a` may be in other hands when it returns. Thread: any. */
static void ask_broker(struct async_end *a)
{
	struct rmqi_h_end_transaction h;
	struct rmqi_outgoing out;

	a->address = rmqi_ending_address(&a->ending, a->route);
	if (!a->address) {
		proceed_later(a, RMQ_ERR_NO_BROKER);
		return;
	}
	rmqi_ending_fill(&a->ending, &h, &out);
	a->began_us = now_us(a);
	a->call = (struct rmqi_call){.fn = on_answer};
	rmqi_rpc_call_async(rmqi_client_rpc(client_of(a)), a->address, &out, a->ending.deadline_us,
			    &a->call);
}

/* Thread: loop, or any when memory is out. */
static void on_route(void *arg, enum rmq_error error, struct rmqi_topic_route *route,
		     const struct rmq_error_detail *detail)
{
	struct async_end *a = arg;

	a->route = route;
	if (error == RMQ_OK) {
		ask_broker(a);
		return;
	}
	if (detail)
		rmqi_detail_copy(a->detail, detail);
	else
		rmqi_detail_set(a->detail, error, 0, "route: %s", rmq_error_text(error));
	proceed_later(a, error);
}

/* Thread: any; `a` may be in other hands when it returns. */
static void attempt_async(struct async_end *a)
{
	rmqi_topic_route_unref(a->route);
	a->route = rmqi_client_cached_route(client_of(a), a->t->topic);
	if (a->route)
		ask_broker(a);
	else
		rmqi_client_route_async(client_of(a), a->t->topic, true, a->ending.deadline_us,
					on_route, a);
}

static void on_wake(struct rmqi_pause *p)
{
	struct async_end *a = RMQI_CONTAINER(p, struct async_end, pause);
	struct rmqi_sender *s = &a->ending.p->sender;

	if (atomic_load(&s->is_stopped))
		finish(a);
	else if (now_us(a) < a->until_us)
		rmqi_sender_pause(s, p, a->until_us);
	else
		attempt_async(a);
}

static enum rmq_error begin_async(struct async_end *a, enum rmq_transaction_state state,
				  struct rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_ending_begin(&a->ending, a->t, state, detail);

	if (err != RMQ_OK)
		return err;
	err = rmqi_client_need_callbacks(client_of(a));
	if (err == RMQ_OK) {
		a->ending.detail = a->detail;
		return RMQ_OK;
	}
	a->ending.is_final = true;
	rmqi_ending_conclude(&a->ending, err);
	rmqi_sender_leave(&a->ending.p->sender);
	return rmqi_detail_set(detail, err, 0, "no thread for callbacks: %s", rmq_error_text(err));
}

enum rmq_error rmqi_transaction_end_async(struct rmq_transaction *t,
					  enum rmq_transaction_state state,
					  rmq_transaction_end_fn fn, void *arg,
					  struct rmq_error_detail *detail)
{
	struct async_end *a = rmqi_calloc(1, sizeof(*a));
	enum rmq_error err;

	if (!a)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	a->t = rmqi_transaction_ref(t);
	a->detail = rmqi_detail_new();
	a->fn = fn;
	a->arg = arg;
	a->pause.wake = on_wake;
	rmqi_list_init(&a->pause.link);
	err = begin_async(a, state, detail);
	if (err == RMQ_OK)
		attempt_async(a);
	else
		free_async(a);
	return err;
}
