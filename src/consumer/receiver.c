/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/receiver.h"

#include <stdio.h>

#include "base/detail.h"
#include "client/complaint.h"
#include "client/messages.h"
#include "client/popped.h"
#include "codec/codes.h"
#include "codec/properties.h"
#include "consumer/lite_pop.h"

/* A failure that took as long is not the quick word of somebody who lives. */
enum { SLOW_US = 500 * 1000 };

static int64_t now_us(const struct rmqi_receiver *r)
{
	return rmqi_clock_us(r->consumer->clock);
}

/* --- The end of a receive --------------------------------------------------------------------------- */

static void release_blocks(struct rmqi_receive *op)
{
	while (op->block_count > 0)
		rmqi_message_block_unref(op->blocks[--op->block_count]);
}

static void count_receive(const struct rmqi_receive *op)
{
	struct rmqi_receiver *r = op->receiver;

	if (op->error != RMQ_OK) {
		r->counts.failed++;
		return;
	}
	r->counts.found += op->count > 0 ? 1 : 0;
	r->counts.empty += op->count == 0 ? 1 : 0;
	r->counts.messages += (int64_t)op->count;
}

static void end(struct rmqi_receive *op, enum rmq_error error)
{
	struct rmqi_receiver *r = op->receiver;

	op->error = error;
	if (error == RMQ_OK) {
		op->messages = rmqi_messages_new(op->items, op->count);
		if (!op->messages)
			op->error = rmqi_detail_set(op->detail, RMQ_ERR_NO_MEMORY, 0,
						    "no memory for the messages: they come again");
	}
	release_blocks(op);
	rmqi_timer_deinit(&op->timer);
	rmqi_list_remove(&op->link);
	rmqi_pop_place_unref(op->place);
	op->place = NULL;
	count_receive(op);
	op->fn(op);
	if (r->is_stopped && rmqi_list_is_empty(&r->receives))
		rmqi_event_set(&r->quiet);
}

/* Nothing came in time. */
static void end_empty(struct rmqi_receive *op)
{
	const struct rmqi_pop_place *silent = rmqi_pop_place_silent(op->receiver);

	if (!op->was_answered && op->failure == RMQ_OK && silent)
		op->failure = rmqi_detail_set(
			op->detail, RMQ_ERR_TIMEOUT, RMQ_ERROR_RETRIABLE,
			"nothing could be received of topic %s from broker %s (%s): it does not "
			"answer",
			rmqi_sub_topic(silent->sub), silent->broker_name, silent->address);
	if (op->was_answered || op->failure == RMQ_OK)
		end(op, RMQ_OK);
	else
		end(op, op->failure);
}

static void on_deadline(struct rmqi_timer *t)
{
	struct rmqi_receive *op = RMQI_CONTAINER(t, struct rmqi_receive, timer);

	/* What is asked may bring messages, and is answered soon. */
	if (!op->place)
		end_empty(op);
}

/* --- Looking ---------------------------------------------------------------------------------------- */

static void look_on(struct rmqi_receive *op);

static void count_block(struct rmqi_receive *op, struct rmqi_message_block *block, size_t before)
{
	struct rmqi_stats *stats = op->place->sub->stats;
	int64_t now = now_us(op->receiver);
	size_t bytes = 0;

	for (size_t i = before; i < op->count; i++)
		bytes += op->items[i]->stored_size;
	block->popped->popper = op->receiver->consumer;
	block->popped->stats = stats;
	rmqi_stats_pulled(stats, now, now - op->asked_us, op->count - before, bytes);
}

static void take_message(struct rmqi_receive *op, const struct rmq_message *m)
{
	struct rmqi_receiver *r = op->receiver;

	if (!m->popped->is_open)
		return; /* popping.c has told why */
	if (m->popped->set->is_lite ? rmqi_lite_wants(r, m)
				    : rmqi_delivery_wants(op->place->sub->filter, m))
		op->items[op->count++] = m;
	else
		rmqi_receiver_refuse(r, m);
}

static void take_block(void *arg, struct rmqi_message_block *block)
{
	struct rmqi_receive *op = arg;
	size_t before = op->count;

	rmqi_receiver_keep(op->receiver, block->popped);
	for (size_t i = 0; i < block->count && op->count < RMQI_POP_MAX; i++)
		take_message(op, &block->messages[i]);
	if (op->count > before) {
		count_block(op, block, before);
		op->blocks[op->block_count++] = block;
	} else {
		rmqi_message_block_unref(block);
	}
}

static struct rmqi_popping popping_of(const struct rmqi_receive *op)
{
	return (struct rmqi_popping){.consumer = op->receiver->consumer,
				     .sub = op->place->sub,
				     .broker_name = op->place->broker_name,
				     .queue_id = -1,
				     .max = op->max,
				     .invisible_ms = op->invisible_ms,
				     .is_orderly = op->is_orderly,
				     .is_lite = op->is_lite};
}

static void note_failure(struct rmqi_receive *op, enum rmq_error error, const char *why,
			 const struct rmqi_command *response)
{
	struct rmqi_consumer *c = op->receiver->consumer;
	char text[RMQI_TROUBLE_SIZE];
	struct rmqi_failure f = {.kind = RMQI_TROUBLE_PULL,
				 .error = error,
				 .code = response ? response->code : -1,
				 .why = response ? response->remark : rmqi_str(why)};

	op->failure = error;
	op->is_hopeless =
		error == RMQ_ERR_UNSUPPORTED || error == RMQ_ERR_DENIED ||
		(response && (response->code == RMQI_RESP_SUBSCRIPTION_PARSE_FAILED ||
			      (response->code == RMQI_RESP_INVALID_PARAMETER && op->is_lite)));
	if (response)
		rmqi_detail_set_broker(op->detail, response->code, response->remark);
	rmqi_detail_add_attempt(op->detail, op->place->address,
				response ? RMQ_PHASE_ANSWER : op->call.phase, error, f.code,
				(now_us(op->receiver) - op->asked_us) / 1000);
	if (error == RMQ_ERR_UNSUPPORTED)
		rmqi_popping_unknown(c, op->place->broker_name, op->place->address, op->detail);
	else
		rmqi_detail_set(op->detail, error,
				error == RMQ_ERR_DENIED ? RMQ_ERROR_FATAL : RMQ_ERROR_RETRIABLE,
				"nothing could be received of topic %s from broker %s (%s): %s",
				rmqi_sub_topic(op->place->sub), op->place->broker_name,
				op->place->address, rmqi_failure_explain(&f, text, sizeof(text)));
	rmqi_pop_place_failed(op->place, error, why, response);
	if (!response && now_us(op->receiver) - op->asked_us >= SLOW_US)
		rmqi_pop_place_unanswered(op->place);
}

/* Those that were not looked at have their turn before it goes on here. */
static void take_none(struct rmqi_receive *op, const struct rmqi_command *response)
{
	struct rmqi_pop_place *p = op->place;
	bool is_first = p->behind == INT64_MAX;

	if (!rmqi_popping_goes_on(response, &p->behind) || now_us(op->receiver) >= op->deadline_us)
		return;
	if (!is_first)
		p->fruitless = 0;
	if (rmqi_pop_place_goes_on(p))
		rmqi_pop_place_put(p, op->left++);
}

static void take_answer(struct rmqi_receive *op, const struct rmqi_command *response)
{
	struct rmqi_popping p = popping_of(op);
	enum rmq_error err = RMQ_OK;

	switch (response->code) {
	case RMQI_RESP_SUCCESS:
		err = rmqi_popping_take(&p, response, op->popped_us, take_block, op);
		break;
	case RMQI_RESP_POLLING_TIMEOUT:
	case RMQI_RESP_POLLING_FULL:
	case RMQI_RESP_PULL_NOT_FOUND:
		take_none(op, response);
		break;
	case RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED:
		err = RMQ_ERR_UNSUPPORTED;
		break;
	default:
		err = rmqi_client_refusal(response);
		break;
	}
	if (op->count > 0) {
		op->place->fruitless = op->place->vain = 0;
		op->place->behind = INT64_MAX;
	}
	if (err != RMQ_OK) {
		note_failure(op, err, rmq_error_text(err),
			     response->code == RMQI_RESP_SUCCESS ? NULL : response);
		return;
	}
	op->was_answered = true;
	rmqi_pop_place_works(op->place);
}

/* It has looked at its place. */
static void leave_place(struct rmqi_receive *op)
{
	rmqi_pop_place_unref(op->place);
	op->place = NULL;
	if (op->count > 0)
		end(op, RMQ_OK);
	else if (op->receiver->is_stopped)
		end(op,
		    rmqi_detail_set(op->detail, RMQ_ERR_CANCELLED, 0, "the consumer was closed"));
	else
		look_on(op);
}

static void on_popped(struct rmqi_call *call, enum rmq_error error,
		      const struct rmqi_command *response)
{
	struct rmqi_receive *op = RMQI_CONTAINER(call, struct rmqi_receive, call);
	char why[RMQI_TROUBLE_SIZE];

	if (error == RMQ_OK)
		take_answer(op, response);
	else
		note_failure(op, error, rmqi_call_explain(call, error, why, sizeof(why)), NULL);
	leave_place(op);
}

static void pop_lite(struct rmqi_receive *op)
{
	struct rmqi_consumer *c = op->receiver->consumer;
	struct rmqi_lite_pop p = {.consumer = c,
				  .parent = rmqi_sub_topic(op->place->sub),
				  .broker_name = op->place->broker_name,
				  .max = op->max,
				  .invisible_ms = op->invisible_ms,
				  .born_ms = rmqi_popping_born_ms(c, 0)};

	if (rmqi_lite_take_kept(op)) {
		leave_place(op);
		return;
	}
	op->place->hold_ms = 0;
	op->call = (struct rmqi_call){.fn = on_popped};
	rmqi_lite_pop_call(&p, op->place->address, rmqi_consumer_deadline(c, c->set.api_timeout_ms),
			   &op->call);
}

static void pop(struct rmqi_receive *op)
{
	struct rmqi_consumer *c = op->receiver->consumer;
	struct rmqi_popping p;
	struct rmqi_h_pop_message h;
	struct rmqi_outgoing request;

	/* Its answer is read so, too, whatever is subscribed by then. */
	op->is_lite = rmqi_lite_is_on(op->receiver);
	op->asked_us = now_us(op->receiver);
	op->popped_us = rmqi_clock_boot_us(c->clock);
	if (op->is_lite) {
		pop_lite(op);
		return;
	}
	p = popping_of(op);
	rmqi_popping_request(&p, &h, &request);
	op->call = (struct rmqi_call){.fn = on_popped};
	rmqi_rpc_call_async(rmqi_client_rpc(c->client), op->place->address, &request,
			    rmqi_consumer_deadline(c, c->set.api_timeout_ms), &op->call);
}

static void wait(struct rmqi_receive *op)
{
	struct rmqi_receiver *r = op->receiver;

	/* What does not pass by itself is told at once. */
	if ((op->is_hopeless && !op->was_answered) || now_us(r) >= op->deadline_us)
		end_empty(op);
	else
		rmqi_pop_places_watch(r);
}

static void look_at(struct rmqi_receive *op, struct rmqi_pop_place *place)
{
	const struct rmqi_consumer *c = op->receiver->consumer;

	op->was_placed = true;
	op->place = place;
	place->refs++;
	place->is_passing = false; /* whatever comes of it, it is looked at now */
	op->call.phase = RMQ_PHASE_CONNECT;
	op->asked_us = now_us(op->receiver);
	if (!rmqi_pop_place_find(place))
		note_failure(op, RMQ_ERR_NO_BROKER, "it has no master now", NULL);
	else if (rmqi_popping_is_unknown(c, place->address, NULL))
		note_failure(op, RMQ_ERR_UNSUPPORTED, "it does not know POP, which came with 5.0.0",
			     NULL);
	else if (!rmqi_lite_is_on(op->receiver) || rmqi_lite_may_pop(op)) {
		pop(op);
		return;
	}
	rmqi_pop_place_unref(place);
	op->place = NULL;
	look_on(op);
}

static void look_on(struct rmqi_receive *op)
{
	const struct rmqi_receiver *r = op->receiver;
	int64_t late_us = now_us(r) - r->consumer->set.api_timeout_ms * 1000;
	struct rmqi_pop_place *place = NULL;

	if (op->left > 0 && late_us < op->deadline_us)
		place = rmqi_pop_place_next(op->receiver);
	if (!place) {
		wait(op);
		return;
	}
	op->left--;
	look_at(op, place);
}

/* --- Who waits --------------------------------------------------------------------------------------- */

/* NULL: nobody. */
static struct rmqi_receive *find_waiting(const struct rmqi_receiver *r)
{
	RMQI_LIST_EACH(node, &r->receives) {
		struct rmqi_receive *op = RMQI_LIST_ITEM(node, struct rmqi_receive, link);

		if (!op->place)
			return op;
	}
	return NULL;
}

bool rmqi_receiver_is_awaited(const struct rmqi_receiver *r)
{
	return find_waiting(r) != NULL;
}

static void look_around(struct rmqi_receive *op)
{
	op->left = op->receiver->place_count;
	look_on(op);
}

void rmqi_receiver_ring(struct rmqi_receiver *r, struct rmqi_pop_place *p)
{
	struct rmqi_receive *op = find_waiting(r);

	if (!op)
		return;
	if (p) {
		op->left = 0;
		look_at(op, p);
	} else {
		look_around(op);
	}
	/* Who finds something does not come to wait, and the others are still there. */
	if (rmqi_receiver_is_awaited(r))
		rmqi_pop_places_watch(r);
}

void rmqi_receiver_ring_all(struct rmqi_receiver *r)
{
	RMQI_LIST_EACH(node, &r->receives) {
		struct rmqi_receive *op = RMQI_LIST_ITEM(node, struct rmqi_receive, link);

		if (!op->place)
			look_around(op);
	}
}

/* Is there one whose rest is over, and that may be looked at with the others? Starts the timer for the next. */
static bool end_rests(struct rmqi_receiver *r)
{
	int64_t next = RMQI_FOREVER, now = now_us(r);
	bool is_over = false;

	RMQI_LIST_EACH(node, &r->places) {
		struct rmqi_pop_place *p = RMQI_LIST_ITEM(node, struct rmqi_pop_place, link);

		if (p->rest_us > now && p->rest_us < next)
			next = p->rest_us;
		if (p->rest_us == 0 || p->rest_us > now)
			continue;
		is_over = is_over || !p->is_passing;
		p->rest_us = 0;
	}
	if (next != RMQI_FOREVER)
		rmqi_timer_start(&r->timer, next);
	return is_over;
}

/* Places have had their rest: those that wait look at them again. */
static void on_timer(struct rmqi_timer *t)
{
	struct rmqi_receiver *r = RMQI_CONTAINER(t, struct rmqi_receiver, timer);
	bool is_over = end_rests(r);
	struct rmqi_pop_place *p;

	if (r->is_stopped)
		return;
	if (is_over && rmqi_receiver_is_awaited(r))
		rmqi_receiver_ring(r, NULL);
	while (rmqi_receiver_is_awaited(r) && (p = rmqi_pop_place_passing(r)))
		rmqi_receiver_ring(r, p);
}

enum rmq_error rmqi_receive_start(struct rmqi_receive *op)
{
	struct rmqi_receiver *r = op->receiver;
	enum rmq_error err =
		rmqi_timer_init(&op->timer, rmqi_loop_timers(r->consumer->loop), on_deadline);

	if (err != RMQ_OK)
		return err;
	rmqi_list_push(&r->receives, &op->link);
	rmqi_timer_start(&op->timer, op->deadline_us);
	if (r->is_stopped || !r->consumer->is_active) {
		end(op, rmqi_detail_set(op->detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
					"the consumer was closed"));
		return RMQ_OK;
	}
	look_around(op);
	rmqi_pop_places_probe(r);
	return RMQ_OK;
}

/* --- Sink -------------------------------------------------------------------------------------------- */

static struct rmqi_receiver *receiver_at(struct rmqi_sink *s)
{
	return RMQI_CONTAINER(s, struct rmqi_receiver, sink);
}

/* There are no queues, and nothing is delivered to them. */
static void take(struct rmqi_sink *s, struct rmqi_delivery *d)
{
	(void)s;
	(void)d;
}

static void stop(struct rmqi_sink *s)
{
	struct rmqi_receiver *r = receiver_at(s);

	r->is_stopped = true;
	rmqi_lite_give_back(r);
	RMQI_LIST_EACH(node, &r->receives) {
		struct rmqi_receive *op = RMQI_LIST_ITEM(node, struct rmqi_receive, link);

		if (!op->place)
			end(op, rmqi_detail_set(op->detail, RMQ_ERR_CANCELLED, 0,
						"the consumer was closed"));
	}
	if (rmqi_list_is_empty(&r->receives))
		rmqi_event_set(&r->quiet);
}

static void count_left(void *arg)
{
	struct rmqi_receiver *r = arg;
	int64_t left_us = 0;
	size_t open = rmqi_receiver_open(r, &left_us);

	r->left[0] = '\0';
	if (open > 0)
		snprintf(
			r->left, sizeof(r->left),
			"%zu messages that were received are not acknowledged: they come again, the "
			"last one in %lld ms",
			open, (long long)((left_us + 999) / 1000));
}

static const char *close_receiver(struct rmqi_sink *s, int64_t until_us, int64_t rest_us)
{
	struct rmqi_receiver *r = receiver_at(s);

	(void)rest_us;
	(void)rmqi_event_wait(&r->quiet, until_us);
	rmqi_loop_call(r->consumer->loop, count_left, r);
	return r->left[0] ? r->left : NULL;
}

void rmqi_receiver_init(struct rmqi_receiver *r, const struct rmqi_env *env)
{
	r->sink =
		(struct rmqi_sink){.chunk = 1, .take = take, .stop = stop, .close = close_receiver};
	rmqi_list_init(&r->places);
	rmqi_list_init(&r->receives);
	rmqi_list_init(&r->sets);
	rmqi_event_init(&r->quiet, env);
}

enum rmq_error rmqi_receiver_set_up(struct rmqi_receiver *r, struct rmqi_consumer *c)
{
	r->consumer = c;
	return rmqi_timer_init(&r->timer, rmqi_loop_timers(c->loop), on_timer);
}

void rmqi_receiver_tear_down(struct rmqi_receiver *r)
{
	rmqi_timer_deinit(&r->timer);
	rmqi_pop_places_let_go(r);
	rmqi_receiver_forget_all(r);
}

void rmqi_receiver_deinit(struct rmqi_receiver *r)
{
	rmqi_event_deinit(&r->quiet);
}
