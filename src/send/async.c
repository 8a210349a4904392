/* SPDX-License-Identifier: Apache-2.0 */
#include "send/async.h"

#include <assert.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/callbacks.h"
#include "client/namespace.h"
#include "codec/properties.h"
#include "send/attempt.h"
#include "send/gate.h"
#include "send/verdict.h"
#include "send/vip.h"

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

static void drop_routes(struct rmqi_async_send *a)
{
	rmqi_topic_route_unref(a->route);
	rmqi_topic_route_unref(a->new_route);
	a->route = NULL;
	a->new_route = NULL;
}

/* @thread: loop */
static void finish(struct rmqi_async_send *a, enum rmq_error error)
{
	struct rmqi_sender *s = a->sender;

	rmqi_sender_ended(s, &a->core, &a->request,
			  error == RMQ_OK && a->wants_result ? a->room : NULL, error);
	drop_routes(a);
	a->error = error;
	if (error == RMQ_OK && a->wants_result) {
		a->result = a->room;
		a->room = NULL;
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
static void call_broker(struct rmqi_async_send *a)
{
	char vip[RMQI_ADDRESS_MAX];
	struct rmqi_outgoing out;

	rmqi_attempt_fill(&a->request, a->core.queue, &out);
	out.templates = rmqi_sender_heads(a->sender, &a->request);
	a->call = (struct rmqi_call){.fn = on_answer};
	rmqi_rpc_call_async(rmqi_client_rpc(a->sender->client),
			    rmqi_vip_address(a->sender->uses_vip, a->core.queue->address, vip),
			    &out, a->core.until_us, &a->call);
}

static void proceed(struct rmqi_async_send *a);

/* The attempt is not made; `detail` knows why. @thread: loop */
static void give_up_attempt(struct rmqi_async_send *a, enum rmq_error error)
{
	rmqi_attempt_failed(&a->core, error, RMQ_PHASE_WRITE, now_us(a));
	proceed(a);
}

static void run_unmet(struct rmqi_task *task)
{
	struct rmqi_async_send *a = RMQI_CONTAINER(task, struct rmqi_async_send, task);
	int32_t version = rmqi_client_broker_version(a->sender->client, a->core.queue->address);

	give_up_attempt(a, rmqi_need_unmet(a->request.need, version, a->core.queue, detail_of(a)));
}

static void tell_failed(struct rmqi_async_send *a, const char *address, enum rmq_error error);

/* The broker was asked what it knows. */
static void on_told(struct rmqi_call *call, enum rmq_error error,
		    const struct rmqi_command *response)
{
	struct rmqi_async_send *a = RMQI_CONTAINER(call, struct rmqi_async_send, call);

	if (error != RMQ_OK) {
		tell_failed(a, a->core.queue->address, error);
		give_up_attempt(a, error);
		return;
	}
	rmqi_client_note_version(a->sender->client, a->core.queue->address, response->version);
	error = rmqi_need_check(a->request.need, response->version);
	if (error == RMQ_OK)
		call_broker(a);
	else
		give_up_attempt(a, rmqi_need_unmet(a->request.need, response->version,
						   a->core.queue, detail_of(a)));
}

/* As call_broker, when it knows what the message needs. */
static void look_at_broker(struct rmqi_async_send *a)
{
	struct rmqi_client *client = a->sender->client;
	const struct rmqi_publish_queue *q = a->core.queue;
	struct rmqi_h_get_max_offset header;
	struct rmqi_outgoing out;

	switch (rmqi_need_check(a->request.need, rmqi_client_broker_version(client, q->address))) {
	case RMQ_OK:
		call_broker(a);
		break;
	case RMQ_AGAIN:
		rmqi_need_ask(a->request.header.topic, q, &header, &out);
		a->call = (struct rmqi_call){.fn = on_told};
		rmqi_rpc_call_async(rmqi_client_rpc(client), q->address, &out, a->core.until_us,
				    &a->call);
		break;
	default:
		a->task.run = run_unmet;
		rmqi_loop_post(loop_of(a), &a->task);
		break;
	}
}

/* Of the step that was asked for. `a` may be in other hands when it returns. */
static void try_queue(struct rmqi_async_send *a)
{
	if (a->request.need)
		look_at_broker(a);
	else
		call_broker(a);
}

/* Thread: loop, or any when memory is out. */
static void on_new_route(void *arg, enum rmq_error error, struct rmqi_topic_route *route,
			 const struct rmq_error_detail *detail);

/* @thread: loop */
static void proceed(struct rmqi_async_send *a)
{
	struct rmqi_send_step step = rmqi_sender_next(a->sender, &a->core);

	switch (step.what) {
	case RMQI_SEND_TRY:
		try_queue(a);
		break;
	case RMQI_SEND_PAUSE:
		rmqi_sender_pause(a->sender, &a->pause, step.until_us);
		break;
	case RMQI_SEND_ROUTE:
		rmqi_client_route_async(a->sender->client, a->topic, !a->only_known, step.until_us,
					on_new_route, a);
		break;
	case RMQI_SEND_DONE:
		finish(a, conclude(a));
		break;
	}
}

static void tell_failed(struct rmqi_async_send *a, const char *address, enum rmq_error error)
{
	struct rmq_error_detail *d = detail_of(a);
	char why[WHY_SIZE];

	rmqi_detail_add_attempt(d, address, a->call.phase, error, -1,
				(now_us(a) - a->core.began_us) / 1000);
	rmqi_detail_set_broker(d, -1, RMQI_STR(""));
	rmqi_detail_set(d, error, 0, "%s", rmqi_call_explain(&a->call, error, why, sizeof(why)));
}

/* An answer that says "stored" needs no detail, unless it cannot be used. */
static void take_answer(struct rmqi_async_send *a, const struct rmqi_command *response)
{
	enum rmq_send_status status;
	bool is_stored = rmqi_send_status(response->code, &status) &&
			 (status == RMQ_SEND_OK || !a->core.rules.only_ok);

	rmqi_attempt_answered(&a->core, &a->request, response, now_us(a),
			      a->wants_result ? &a->room : NULL,
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
	char vip[RMQI_ADDRESS_MAX];

	/* net/conn.h: answers to asynchronous calls are handled there. */
	assert(rmqi_loop_is_current(loop_of(a)));
	a->core.is_on_loop = true;
	if (error == RMQ_OK) {
		take_answer(a, response);
		rmqi_weak_note(&a->sender->weak, a->core.queue, response->code);
	} else {
		tell_failed(a, rmqi_vip_address(a->sender->uses_vip, a->core.queue->address, vip),
			    error);
		rmqi_attempt_failed(&a->core, error, call->phase, now_us(a));
	}
	/* Most end so: there is nothing to ask the core. */
	if (a->core.state == RMQI_SEND_ENDED && !a->core.is_route_stale)
		finish(a, conclude(a));
	else
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

	rmqi_sender_set_route(a->sender, &a->core, a->route);
	step = rmqi_sender_next(a->sender, &a->core);
	/* There is no pause before the first attempt. */
	if (step.what == RMQI_SEND_TRY)
		try_queue(a);
	else
		finish_later(a, conclude(a));
}

static void become_late(struct rmqi_async_send *a)
{
	a->is_late = true;
	atomic_fetch_add(&a->sender->late, 1);
}

/* Its first attempt is made, with the route or the queue that it has waited for. Only when it is written, if it is to
 * be, may others be made elsewhere. @thread: loop, or any when memory is out */
static void make_first(struct rmqi_async_send *a, void (*attempt)(struct rmqi_async_send *a))
{
	struct rmqi_sender *s = a->sender;

	if (!a->is_late) {
		attempt(a);
		return;
	}
	a->is_late = false;
	rmqi_sender_stay(s);
	attempt(a); /* may free it */
	atomic_fetch_sub(&s->late, 1);
	rmqi_sender_leave(s);
}

/* --- Asking the user, for as long as he likes ---------------------------------------------------------- */

static void run_again(struct rmqi_task *task);

/* The producer was freed meanwhile. @thread: a callback */
static void abandon(struct rmqi_async_send *a)
{
	rmqi_detail_set(detail_of(a), RMQ_ERR_CANCELLED,
			RMQ_ERROR_FATAL | (a->core.maybe_stored ? RMQ_ERROR_MAYBE_STORED : 0u),
			"the producer was freed while its queue selector ran");
	rmqi_detail_set_message(a->detail, a->request.uniq_key, NULL);
	drop_routes(a);
	a->sender = NULL;
	a->error = RMQ_ERR_CANCELLED;
	a->fn(a);
}

/* Between the selector and the gate nothing of the sender is touched. */
static void run_ask(struct rmqi_task *task)
{
	struct rmqi_async_send *a = RMQI_CONTAINER(task, struct rmqi_async_send, task);
	struct rmqi_gate *gate = a->gate;

	rmqi_picker_ask(&a->core.picker, a->core.route);
	if (rmqi_gate_enter(gate)) {
		a->task.run = run_again;
		rmqi_loop_post(loop_of(a), &a->task);
		rmqi_gate_leave(gate);
	} else {
		abandon(a);
	}
	rmqi_gate_unref(gate);
}

/* @thread: loop */
static void ask_user(struct rmqi_async_send *a)
{
	a->gate = rmqi_gate_ref(a->sender->gate);
	a->task.run = run_ask;
	rmqi_client_callback(a->sender->client, &a->task);
}

static void fail_first(struct rmqi_async_send *a)
{
	finish_later(a, a->error);
}

/* The route is known. @thread: loop */
static void begin_late(struct rmqi_async_send *a)
{
	if (a->core.picker.asks_user) {
		rmqi_sender_set_route(a->sender, &a->core, a->route);
		ask_user(a);
	} else {
		make_first(a, begin);
	}
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
		a->error = error;
		make_first(a, fail_first);
		return;
	}
	a->route = route;
	begin_late(a);
}

/* @thread: loop */
static void run_behind(struct rmqi_task *task)
{
	begin_late(RMQI_CONTAINER(task, struct rmqi_async_send, task));
}

/* What was looked for in vain may have come since: then it is not asked for again, as the answer would come after those
 * that were sent later and found it. @thread: loop */
static void find_route(struct rmqi_task *task)
{
	struct rmqi_async_send *a = RMQI_CONTAINER(task, struct rmqi_async_send, task);
	struct rmqi_client *c = a->sender->client;

	a->route = rmqi_client_cached_route(c, a->topic);
	if (a->route)
		begin_late(a);
	else
		rmqi_client_route_async(c, a->topic, !a->only_known, a->core.deadline_us, on_route,
					a);
}

/* @thread: loop */
static void try_again(struct rmqi_async_send *a)
{
	struct rmqi_send_step step;

	a->core.is_on_loop = true;
	step = rmqi_sender_next(a->sender, &a->core);
	if (step.what == RMQI_SEND_TRY)
		try_queue(a);
	else
		finish_later(a, conclude(a));
}

/* @thread: loop */
static void run_again(struct rmqi_task *task)
{
	make_first(RMQI_CONTAINER(task, struct rmqi_async_send, task), try_again);
}

static void on_new_route(void *arg, enum rmq_error error, struct rmqi_topic_route *route,
			 const struct rmq_error_detail *detail)
{
	struct rmqi_async_send *a = arg;

	a->new_route = route;
	rmqi_sender_rerouted(a->sender, &a->core, error, route, detail, detail_of(a));
	if (a->core.asks_anew && a->core.picker.asks_user) {
		ask_user(a);
		return;
	}
	a->task.run = run_again;
	rmqi_loop_post(loop_of(a), &a->task);
}

static const struct rmqi_send_how usual;

/* The sender was entered. */
static void start(struct rmqi_async_send *a, struct rmqi_sender *s, const struct rmqi_send_how *how)
{
	int64_t budget_us = rmqi_sender_budget_us(s, how);
	int64_t began_us =
		how->began_us ? how->began_us : rmqi_clock_us(rmqi_client_clock(s->client));

	a->sender = s;
	rmqi_sender_prepare(s, how, budget_us, began_us + budget_us, &a->core);
	a->new_route = NULL;
	a->error = RMQ_OK;
	a->result = NULL;
	a->detail = NULL;
	a->pause.wake = on_wake;
	rmqi_list_init(&a->pause.link);
	a->is_late = false;
	a->route = rmqi_client_cached_route(s->client, a->topic);
	if (a->route && atomic_load(&s->late) == 0) {
		begin(a);
		return;
	}
	become_late(a);
	a->task.run = a->route ? run_behind : find_route;
	rmqi_loop_post(loop_of(a), &a->task);
}

enum rmq_error rmqi_async_send_start(struct rmqi_async_send *a, struct rmqi_sender *s,
				     const struct rmqi_send_how *how,
				     struct rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_sender_enter(s, detail);

	if (err == RMQ_OK)
		start(a, s, how ? how : &usual);
	return err;
}

/* --- For users ------------------------------------------------------------------------------------------ */

enum { KEEP_BYTES = 2048 }; /* of each buffer, from one send to the next */

struct user_send {
	struct rmqi_async_send send; /* its request owns what it points to */
	struct rmqi_spare spare;
	struct rmqi_place place;
	rmq_send_fn fn;
	void *arg;
	struct rmqi_choice *choice; /* kept, owned; NULL: ANY */
	bool ends_on_loop;
};

static void free_user_send(struct rmqi_spare *spare)
{
	struct user_send *u = RMQI_CONTAINER(spare, struct user_send, spare);

	rmqi_send_request_deinit(&u->send.request);
	rmqi_free(u->send.result);
	rmqi_free(u->send.room);
	rmqi_free(u);
}

/* Few have one, so that it costs the others nothing while they wait. */
static enum rmq_error keep_choice(struct user_send *u, const struct rmqi_choice *from,
				  const struct rmq_message *m, struct rmq_error_detail *detail)
{
	u->choice = NULL;
	if (!from || from->kind == RMQI_CHOICE_ANY)
		return RMQ_OK;
	u->choice = rmqi_alloc(sizeof(*u->choice));
	if (!u->choice)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	return rmqi_choice_keep(u->choice, from, m, detail);
}

static void drop_choice(struct user_send *u)
{
	if (u->choice)
		rmqi_choice_drop(u->choice);
	rmqi_free(u->choice);
	u->choice = NULL;
}

/* For the next one. */
static void end_user_send(struct user_send *u)
{
	struct rmqi_async_send *a = &u->send;

	rmqi_send_request_rest(&a->request, KEEP_BYTES);
	if (a->result)
		a->room = a->result;
	a->result = NULL;
	rmq_error_detail_free(a->detail);
	a->detail = NULL;
	drop_choice(u);
	rmqi_flight_leave(&u->place, &u->spare);
}

static void run_callback(struct rmqi_task *task)
{
	struct user_send *u = RMQI_CONTAINER(task, struct user_send, send.task);
	struct rmqi_async_send *a = &u->send;
	struct rmqi_lent lent;

	rmqi_flight_lend(&lent, &u->place);
	u->fn(a->error, a->result, a->error == RMQ_OK ? NULL : a->detail, u->arg);
	end_user_send(u);
	rmqi_flight_unlend(&lent);
}

/* For the list of what was not delivered. */
static void note_loss(const struct rmqi_async_send *a)
{
	const struct rmqi_send_request *r = &a->request;
	struct rmqi_loss loss = {
		.error = a->error,
		.id = rmqi_str(r->uniq_key),
		.topic = rmqi_namespace_plain(rmqi_client_namespace(r->client), r->header.topic)};

	/* Without memory for a detail nobody knows. */
	loss.is_maybe_stored =
		!a->detail || (rmq_error_detail_flags(a->detail) & RMQ_ERROR_MAYBE_STORED);
	(void)rmqi_properties_get(rmqi_cursor_str(rmqi_buf_cursor(&r->properties)), RMQI_PROP_KEYS,
				  &loss.keys);
	rmqi_losses_add(&a->sender->losses, &loss);
}

static void on_done(struct rmqi_async_send *a)
{
	struct user_send *u = RMQI_CONTAINER(a, struct user_send, send);

	if (!a->sender) {
		run_callback(&a->task);
		return;
	}
	if (a->error != RMQ_OK && atomic_load(&a->sender->is_refusing))
		note_loss(a);
	/* Nothing is lent there: what the room's function would do belongs on a callback thread. */
	if (u->ends_on_loop) {
		u->fn(a->error, a->result, a->error == RMQ_OK ? NULL : a->detail, u->arg);
		end_user_send(u);
		return;
	}
	a->task.run = run_callback; /* the send is over, and needs it no more */
	rmqi_client_callback(a->sender->client, &a->task);
}

static enum rmq_error make_user_send(struct rmqi_spare *spare, struct user_send **out,
				     struct rmq_error_detail *detail)
{
	struct user_send *u =
		spare ? RMQI_CONTAINER(spare, struct user_send, spare) : rmqi_calloc(1, sizeof(*u));

	if (!u)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	u->spare.free = free_user_send;
	u->send.fn = on_done;
	u->send.wants_result = true;
	*out = u;
	return RMQ_OK;
}

static enum rmq_error fill_user_send(struct user_send *u, struct rmqi_sender *s,
				     const struct rmq_message *m, const struct rmqi_send_how *how,
				     struct rmq_error_detail *detail)
{
	struct rmqi_send_request *r = &u->send.request;
	enum rmq_error err = keep_choice(u, how->choice, m, detail);

	if (err == RMQ_OK)
		err = rmqi_send_request_renew(r, s->client, s->group, m, how->extra, detail);
	return err == RMQ_OK ? rmqi_send_request_own(r, &u->send.topic, detail) : err;
}

/* The sender was entered; on an error it was not left. */
static enum rmq_error accept(struct rmqi_sender *s, const struct rmq_message *m,
			     const struct rmqi_send_how *how, struct user_send **out,
			     struct rmq_error_detail *detail)
{
	int64_t deadline_us = how->began_us + rmqi_sender_budget_us(s, how);
	struct rmqi_spare *spare = NULL;
	struct user_send *u = NULL;
	struct rmqi_place place;
	enum rmq_error err = rmqi_flight_enter(s->flight, m->body_len + m->properties_len,
					       deadline_us, &place, &spare, detail);

	if (err != RMQ_OK)
		return err;
	err = make_user_send(spare, &u, detail);
	if (err != RMQ_OK) {
		rmqi_flight_leave(&place, NULL);
		return err;
	}
	u->place = place;
	err = fill_user_send(u, s, m, how, detail);
	if (err == RMQ_OK)
		*out = u;
	else
		end_user_send(u);
	return err;
}

enum rmq_error rmqi_send_async(struct rmqi_sender *s, const struct rmq_message *m,
			       const struct rmqi_send_how *how, rmq_send_fn fn, void *arg,
			       struct rmq_error_detail *detail)
{
	struct rmqi_send_how mine = how ? *how : (struct rmqi_send_how){0};
	struct user_send *u = NULL;
	enum rmq_error err = rmqi_client_need_callbacks(s->client);

	if (err != RMQ_OK)
		return rmqi_detail_set(detail, err, 0, "no thread for callbacks: %s",
				       rmq_error_text(err));
	err = rmqi_sender_enter(s, detail);
	if (err != RMQ_OK)
		return err;
	mine.began_us = rmqi_clock_us(rmqi_client_clock(s->client));
	err = accept(s, m, &mine, &u, detail);
	if (err != RMQ_OK) {
		rmqi_sender_count_refused(s, err);
		rmqi_sender_leave(s);
		return err;
	}
	u->fn = fn;
	u->arg = arg;
	u->ends_on_loop = mine.ends_on_loop;
	mine.choice = u->choice;
	start(&u->send, s, &mine);
	return RMQ_OK;
}
