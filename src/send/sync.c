/* SPDX-License-Identifier: Apache-2.0 */
#include "send/sync.h"

#include "base/detail.h"
#include "base/mem.h"
#include "send/attempt.h"
#include "send/ticket.h"
#include "send/vip.h"

/* Memory for texts of an ordinary size: on the stack, and not zeroed. */
struct room {
	uint8_t properties[512];
	uint8_t answer[512];
};

/* What a send of this thread has on its stack. */
struct blocking {
	struct rmqi_sender *sender;
	struct rmqi_send core;
	struct rmqi_send_request *request;
	const char *topic;
	struct rmqi_topic_route *route;     /* a reference */
	struct rmqi_topic_route *new_route; /* a reference; NULL: there was no need of one */
	struct rmq_send_result **result;
	struct rmq_error_detail *detail;
	struct room *room;
};

static int64_t now_us(const struct blocking *b)
{
	return rmqi_clock_us(rmqi_client_clock(b->sender->client));
}

/* The time was over before anybody was asked. */
static enum rmq_error tell_slow(struct blocking *b, int64_t budget_us, int64_t began_us)
{
	rmqi_detail_add_attempt(b->detail, "", RMQ_PHASE_COMPRESS, RMQ_ERR_TIMEOUT, -1,
				(now_us(b) - began_us) / 1000);
	return rmqi_detail_set(
		b->detail, RMQ_ERR_TIMEOUT, RMQ_ERROR_RETRIABLE,
		"not sent: compressing the body took all of the %lld ms (compressLevel, "
		"compressMsgBodyOverHowmuch)",
		(long long)(budget_us / 1000));
}

static enum rmq_error find_route(struct blocking *b, const char *topic,
				 const struct rmqi_send_how *how, int64_t deadline_us)
{
	struct rmqi_sender *s = b->sender;
	int64_t budget_us = rmqi_sender_budget_us(s, how);
	enum rmq_error err = rmqi_choice_check(how->choice, topic, b->detail);

	b->topic = topic;
	if (err == RMQ_OK)
		err = rmqi_client_route(s->client, topic, true, deadline_us, &b->route, b->detail);
	if (err != RMQ_OK)
		return err;
	rmqi_sender_prepare(s, how, budget_us, deadline_us, &b->core);
	rmqi_sender_set_route(s, &b->core, b->route);
	return RMQ_OK;
}

static enum rmq_error make_request(struct blocking *b, const struct rmq_message *m,
				   const struct rmqi_send_how *how)
{
	struct rmqi_sender *s = b->sender;

	*b->request = (struct rmqi_send_request){0};
	rmqi_buf_lend(&b->request->properties, b->room->properties, sizeof(b->room->properties));
	return rmqi_send_request_renew(b->request, s->client, s->group, m, how->extra, b->detail);
}

/* Request and route. */
static enum rmq_error prepare(struct blocking *b, const struct rmq_message *m,
			      const struct rmqi_send_how *how)
{
	struct rmqi_sender *s = b->sender;
	int64_t budget_us = rmqi_sender_budget_us(s, how);
	int64_t deadline_us = now_us(b) + budget_us;
	enum rmq_error err = make_request(b, m, how);

	if (err == RMQ_OK && now_us(b) >= deadline_us)
		return tell_slow(b, budget_us, deadline_us - budget_us);
	return err == RMQ_OK ? find_route(b, m->topic, how, deadline_us) : err;
}

/* RMQ_OK: it knows what the message needs. */
static enum rmq_error look_at_broker(struct blocking *b, const struct rmqi_send_step *step,
				     struct rmqi_response *response)
{
	const struct rmqi_need *need = b->request->need;
	struct rmqi_client *client = b->sender->client;
	int32_t version = rmqi_client_broker_version(client, step->queue->address);
	enum rmq_error error = rmqi_need_check(need, version);
	struct rmqi_h_get_max_offset header;
	struct rmqi_outgoing out;

	if (error == RMQ_AGAIN) {
		rmqi_need_ask(b->request->header.topic, step->queue, &header, &out);
		error = rmqi_rpc_call(rmqi_client_rpc(client), step->queue->address, &out,
				      step->until_us, response, NULL, b->detail);
		if (error != RMQ_OK)
			return error;
		version = response->command.version;
		rmqi_client_note_version(client, step->queue->address, version);
		error = rmqi_need_check(need, version);
	}
	return error == RMQ_OK ? RMQ_OK : rmqi_need_unmet(need, version, step->queue, b->detail);
}

static void try_queue(struct blocking *b, const struct rmqi_send_step *step,
		      struct rmqi_response *response)
{
	struct rmqi_outgoing out;
	char vip[RMQI_ADDRESS_MAX];
	enum rmq_phase phase = RMQ_PHASE_WRITE;
	enum rmq_error error;

	error = b->request->need ? look_at_broker(b, step, response) : RMQ_OK;
	if (error == RMQ_OK) {
		rmqi_attempt_fill(b->request, step->queue, &out);
		out.templates = rmqi_sender_heads(b->sender, b->request);
		error = rmqi_rpc_call(
			rmqi_client_rpc(b->sender->client),
			rmqi_vip_address(b->sender->uses_vip, step->queue->address, vip), &out,
			step->until_us, response, &phase, b->detail);
	}
	if (error == RMQ_OK)
		rmqi_attempt_answered(&b->core, b->request, &response->command, now_us(b),
				      b->result, b->detail);
	else
		rmqi_attempt_failed(&b->core, error, phase, now_us(b));
	if (error == RMQ_OK)
		rmqi_weak_note(&b->sender->weak, step->queue, response->command.code);
	/* Without an answer there is no code of one; an older attempt's stays with that attempt. */
	if (error != RMQ_OK)
		rmqi_detail_set_broker(b->detail, -1, RMQI_STR(""));
}

static void reroute(struct blocking *b, int64_t until_us)
{
	struct rmq_error_detail *why = rmqi_detail_new();
	enum rmq_error err = rmqi_client_route_anew(b->sender->client, b->topic, true, until_us,
						    &b->new_route, why);

	rmqi_sender_rerouted(b->sender, &b->core, err, b->new_route, why, b->detail);
	rmq_error_detail_free(why);
}

static void free_routes(struct blocking *b)
{
	rmqi_topic_route_unref(b->route);
	rmqi_topic_route_unref(b->new_route);
}

static enum rmq_error run(struct blocking *b)
{
	struct rmqi_send_step step;
	struct rmqi_response response;

	rmqi_response_init(&response);
	rmqi_buf_lend(&response.bytes, b->room->answer, sizeof(b->room->answer));
	while ((step = rmqi_sender_next(b->sender, &b->core)).what != RMQI_SEND_DONE) {
		if (step.what == RMQI_SEND_TRY)
			try_queue(b, &step, &response);
		else if (step.what == RMQI_SEND_ROUTE)
			reroute(b, step.until_us);
		else
			(void)rmqi_event_wait(&b->sender->stop, step.until_us);
	}
	rmqi_response_deinit(&response);
	return rmqi_attempt_conclude(&b->core, b->request, b->sender->what, b->detail);
}

static const struct rmqi_send_how usual;

enum rmq_error rmqi_send_sync(struct rmqi_sender *s, const struct rmq_message *m,
			      const struct rmqi_send_how *how, struct rmq_send_result **result,
			      struct rmq_error_detail *detail)
{
	struct rmqi_send_request request;
	struct rmq_send_result *r = NULL;
	struct room room;
	/* Who observes wants it, too. */
	struct blocking b = {.sender = s,
			     .request = &request,
			     .result = result || s->observer ? &r : NULL,
			     .detail = detail,
			     .room = &room};
	enum rmq_error err = rmqi_sender_enter(s, detail);

	if (err != RMQ_OK)
		return err;
	request.messages = 0;
	err = prepare(&b, m, how ? how : &usual);
	if (err == RMQ_OK)
		err = run(&b);
	rmqi_sender_ended(s, &b.core, b.request, r, err);
	free_routes(&b);
	rmqi_send_request_deinit(b.request);
	if (err == RMQ_OK && result)
		*result = r;
	else
		rmqi_free(r);
	rmqi_sender_leave(s);
	return err;
}

enum rmq_error rmqi_send_sync_request(struct rmqi_sender *s, struct rmqi_send_request *request,
				      const char *topic, const struct rmqi_send_how *how,
				      struct rmq_send_result **result,
				      struct rmq_error_detail *detail)
{
	struct room room;
	struct blocking b = {
		.sender = s, .request = request, .result = result, .detail = detail, .room = &room};
	enum rmq_error err = rmqi_sender_enter(s, detail);

	if (err != RMQ_OK)
		return err;
	how = how ? how : &usual;
	err = find_route(&b, topic, how, now_us(&b) + rmqi_sender_budget_us(s, how));
	if (err == RMQ_OK)
		err = run(&b);
	rmqi_sender_ended(s, &b.core, request, result ? *result : NULL, err);
	free_routes(&b);
	rmqi_sender_leave(s);
	return err;
}

static enum rmq_error look_at_broker_once(struct blocking *b, const struct rmqi_send_step *step)
{
	struct rmqi_response response;
	enum rmq_error err;

	rmqi_response_init(&response);
	err = look_at_broker(b, step, &response);
	rmqi_response_deinit(&response);
	return err;
}

/* RMQ_OK: the ticket is moved. */
static enum rmq_error hand_over(struct blocking *b, struct rmqi_ticket *ticket)
{
	struct rmqi_send_step step = rmqi_sender_next(b->sender, &b->core);
	struct rmqi_outgoing out;
	char vip[RMQI_ADDRESS_MAX];
	const char *address;
	enum rmq_error err;

	if (step.what != RMQI_SEND_TRY)
		return rmqi_attempt_conclude(&b->core, b->request, b->sender->what, b->detail);
	if (b->request->need && (err = look_at_broker_once(b, &step)) != RMQ_OK)
		return err;
	rmqi_attempt_fill(b->request, step.queue, &out);
	out.written = rmqi_ticket_written(ticket, b->request);
	address = rmqi_vip_address(b->sender->uses_vip, step.queue->address, vip);
	err = rmqi_rpc_oneway(rmqi_client_rpc(b->sender->client), address, &out);
	if (err == RMQ_OK)
		return RMQ_OK;
	return rmqi_detail_set(b->detail, err, err == RMQ_ERR_BUSY ? RMQ_ERROR_RETRIABLE : 0,
			       "one-way send to %s: %s", address, rmq_error_text(err));
}

/* With room for it; the ticket is moved. */
static enum rmq_error send_unanswered(struct rmqi_sender *s, const struct rmq_message *m,
				      const struct rmqi_send_how *how, struct rmqi_ticket *ticket,
				      struct rmq_error_detail *detail)
{
	struct rmqi_send_request request;
	struct room room;
	struct blocking b = {.sender = s, .request = &request, .detail = detail, .room = &room};
	enum rmq_error err = prepare(&b, m, how);

	if (err == RMQ_OK)
		err = hand_over(&b, ticket);
	if (err != RMQ_OK)
		rmqi_ticket_drop(ticket);
	rmqi_sender_count_oneway(s, &b.core, b.request, err);
	free_routes(&b);
	rmqi_send_request_deinit(b.request);
	return err;
}

enum rmq_error rmqi_send_oneway(struct rmqi_sender *s, const struct rmq_message *m,
				const struct rmqi_send_how *how, struct rmq_error_detail *detail)
{
	struct rmqi_clock *clock = rmqi_client_clock(s->client);
	struct rmqi_send_how mine = how ? *how : usual;
	struct rmqi_ticket *ticket = NULL;
	int64_t deadline_us;
	enum rmq_error err = rmqi_sender_enter(s, detail);

	if (err != RMQ_OK)
		return err;
	deadline_us = rmqi_clock_us(clock) + rmqi_sender_budget_us(s, &mine);
	err = rmqi_ticket_take(s, m, deadline_us, &ticket, detail);
	if (err == RMQ_OK) {
		/* What it has waited for room is gone. */
		mine.timeout_ms = rmqi_clock_left_ms(clock, deadline_us);
		if (mine.timeout_ms < 1)
			mine.timeout_ms = 1;
		err = send_unanswered(s, m, &mine, ticket, detail);
	} else {
		rmqi_sender_count_refused(s, err);
	}
	rmqi_sender_leave(s);
	return err;
}
