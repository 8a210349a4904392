/* SPDX-License-Identifier: Apache-2.0 */
#include "send/sync.h"

#include "base/detail.h"
#include "base/mem.h"
#include "send/attempt.h"

/* What a send of this thread has on its stack. */
struct blocking {
	struct rmqi_sender *sender;
	struct rmqi_send core;
	struct rmqi_send_request request;
	struct rmqi_topic_route *route; /* a reference */
	struct rmq_send_result **result;
	struct rmq_error_detail *detail;
};

static int64_t now_us(const struct blocking *b)
{
	return rmqi_clock_us(rmqi_client_clock(b->sender->client));
}

/* Request and route. */
static enum rmq_error prepare(struct blocking *b, const struct rmq_message *m,
			      const struct rmqi_send_how *how)
{
	struct rmqi_sender *s = b->sender;
	int64_t budget_us = rmqi_sender_budget_us(s, how);
	int64_t deadline_us = now_us(b) + budget_us;
	enum rmq_error err = rmqi_send_request_init(&b->request, s->client, s->group, m, b->detail);

	if (err == RMQ_OK)
		err = rmqi_client_route(s->client, m->topic, true, deadline_us, &b->route,
					b->detail);
	if (err == RMQ_OK)
		rmqi_sender_prepare(s, how, b->route, budget_us, deadline_us, &b->core);
	return err;
}

static void try_queue(struct blocking *b, const struct rmqi_send_step *step,
		      struct rmqi_response *response)
{
	struct rmqi_outgoing out;
	enum rmq_phase phase;
	enum rmq_error error;

	rmqi_attempt_fill(&b->request, step->queue, &out);
	error = rmqi_rpc_call(rmqi_client_rpc(b->sender->client), step->queue->address, &out,
			      step->until_us, response, &phase, b->detail);
	if (error == RMQ_OK)
		rmqi_attempt_answered(&b->core, &b->request, &response->command, now_us(b),
				      b->result, b->detail);
	else
		rmqi_attempt_failed(&b->core, error, phase, now_us(b));
}

static enum rmq_error run(struct blocking *b)
{
	struct rmqi_send_step step;
	struct rmqi_response response;

	rmqi_response_init(&response);
	while ((step = rmqi_sender_next(b->sender, &b->core)).what != RMQI_SEND_DONE) {
		if (step.what == RMQI_SEND_TRY)
			try_queue(b, &step, &response);
		else
			(void)rmqi_event_wait(&b->sender->stop, step.until_us);
	}
	rmqi_response_deinit(&response);
	return rmqi_attempt_conclude(&b->core, &b->request, b->sender->what, b->detail);
}

static const struct rmqi_send_how usual;

enum rmq_error rmqi_send_sync(struct rmqi_sender *s, const struct rmq_message *m,
			      const struct rmqi_send_how *how, struct rmq_send_result **result,
			      struct rmq_error_detail *detail)
{
	struct rmq_send_result *r = NULL;
	struct blocking b = {.sender = s, .result = result ? &r : NULL, .detail = detail};
	enum rmq_error err = rmqi_sender_enter(s, detail);

	if (err != RMQ_OK)
		return err;
	err = prepare(&b, m, how ? how : &usual);
	if (err == RMQ_OK)
		err = run(&b);
	rmqi_topic_route_unref(b.route);
	rmqi_send_request_deinit(&b.request);
	if (err == RMQ_OK && result)
		*result = r;
	else
		rmqi_free(r);
	rmqi_sender_leave(s);
	return err;
}

static enum rmq_error hand_over(struct blocking *b)
{
	struct rmqi_send_step step = rmqi_sender_next(b->sender, &b->core);
	struct rmqi_outgoing out;
	enum rmq_error err;

	if (step.what != RMQI_SEND_TRY)
		return rmqi_attempt_conclude(&b->core, &b->request, b->sender->what, b->detail);
	rmqi_attempt_fill(&b->request, step.queue, &out);
	err = rmqi_rpc_oneway(rmqi_client_rpc(b->sender->client), step.queue->address, &out);
	if (err == RMQ_OK)
		return RMQ_OK;
	return rmqi_detail_set(b->detail, err, err == RMQ_ERR_BUSY ? RMQ_ERROR_RETRIABLE : 0,
			       "one-way send to %s: %s", step.queue->address, rmq_error_text(err));
}

enum rmq_error rmqi_send_oneway(struct rmqi_sender *s, const struct rmq_message *m,
				const struct rmqi_send_how *how, struct rmq_error_detail *detail)
{
	struct blocking b = {.sender = s, .detail = detail};
	enum rmq_error err = rmqi_sender_enter(s, detail);

	if (err != RMQ_OK)
		return err;
	err = prepare(&b, m, how ? how : &usual);
	if (err == RMQ_OK)
		err = hand_over(&b);
	rmqi_topic_route_unref(b.route);
	rmqi_send_request_deinit(&b.request);
	rmqi_sender_leave(s);
	return err;
}
