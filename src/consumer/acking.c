/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/acking.h"

#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/planted.h"
#include "client/complaint.h"
#include "client/namespace.h"
#include "client/popped.h"
#include "codec/codes.h"
#include "codec/properties.h"
#include "codec/schema.h"
#include "codec/version.h"
#include "consumer/ack_body.h"
#include "consumer/lite_topics.h"

enum {
	ATTEMPTS = 3,
	PAUSE_MS = 100,             /* before the second attempt; longer before each one */
	BODY_MAX = 4 * 1024 * 1024, /* of a batch */
	BODY_USUAL = 1024           /* what one pop brought needs no memory */
};

const char *rmqi_receipt_of(const struct rmq_message *m)
{
	return rmqi_message_property(m, RMQI_PROP_POP_CK);
}

static void count(const struct rmqi_acking *a, enum rmq_error error)
{
	struct rmqi_consumer_counts *n = &a->consumer->counts;
	int64_t messages = (int64_t)a->count;

	if (a->is_ours)
		return;
	if (a->kind == RMQI_ACKING_CHANGE) {
		n->changes += error == RMQ_OK ? 1 : 0;
		n->failed_changes += error != RMQ_OK ? 1 : 0;
		return;
	}
	n->acks += error == RMQ_OK ? messages : 0;
	n->failed_acks += error != RMQ_OK ? messages : 0;
}

static void end(struct rmqi_acking *a, enum rmq_error error)
{
	rmqi_timer_deinit(&a->timer);
	a->error = error;
	count(a, error);
	a->fn(a);
}

/* --- Before it is asked ------------------------------------------------------------------------- */

/* A copy has the name that users see. */
static enum rmq_error take_topic(struct rmqi_acking *a)
{
	const struct rmq_message *m = a->messages[0];
	const char *space = rmqi_client_namespace(a->consumer->client);

	if (!m->popped)
		return rmqi_namespace_wrap(space, "topic", rmq_message_topic(m), RMQI_TOPIC_MAX,
					   a->topic, a->detail);
	snprintf(a->topic, sizeof(a->topic), "%s", m->topic);
	return RMQ_OK;
}

static enum rmq_error take_receipt(struct rmqi_acking *a)
{
	const char *text = rmqi_receipt_of(a->messages[0]);

	snprintf(a->text, sizeof(a->text), "%s", text ? text : "");
	if (!rmqi_receipt_read(rmqi_str(a->text), &a->receipt))
		return rmqi_detail_set(a->detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "the message has no receipt (POP_CK): it was not popped");
	snprintf(a->broker_name, sizeof(a->broker_name), "%.*s",
		 RMQI_STR_ARG(a->receipt.broker_name));
	return take_topic(a);
}

/* How long the first of them to come again is kept from others; of a copy nobody knows. */
static int64_t left_us(const struct rmqi_acking *a)
{
	int64_t least = RMQI_FOREVER;

	for (size_t i = 0; i < a->count; i++) {
		const struct rmqi_popped *p = a->messages[i]->popped;
		int64_t left = p ? rmqi_popped_left_us(p, a->consumer->clock) : RMQI_FOREVER;

		least = left < least ? left : least;
	}
	return least;
}

static enum rmq_error check_time(struct rmqi_acking *a)
{
	int64_t left = left_us(a);

	if (left > 0)
		return RMQ_OK;
	return rmqi_detail_set(
		a->detail, RMQ_ERR_EXPIRED, RMQ_ERROR_FATAL,
		"the invisible time of message %lld of %s@%s:%d was over %lld ms ago: it is "
		"delivered again",
		(long long)a->receipt.offset, a->topic, a->broker_name, (int)a->receipt.queue_id,
		(long long)(-left / 1000));
}

/* --- Requests ----------------------------------------------------------------------------------- */

static void send(struct rmqi_acking *a, const struct rmqi_outgoing *request)
{
	struct rmqi_consumer *c = a->consumer;
	int64_t deadline = rmqi_consumer_deadline(c, c->set.api_timeout_ms);

	a->asked_us = rmqi_clock_boot_us(c->clock);
	a->attempts++;
	rmqi_rpc_call_async(rmqi_client_rpc(c->client), a->address, request,
			    deadline < a->deadline_us ? deadline : a->deadline_us, &a->call);
}

/* "": it is of none. A copy does not say how it was received: as all of this consumer. */
static const char *lite_topic_of(const struct rmqi_acking *a)
{
	const struct rmq_message *m = a->messages[0];
	const struct rmqi_lite_topics *own = a->consumer->lite;
	bool is_lite = m->popped ? m->popped->set->is_lite : own && atomic_load(&own->is_used);

	return is_lite ? rmq_message_lite_topic(m) : "";
}

static void send_ack(struct rmqi_acking *a)
{
	char topic[RMQI_RETRY_TOPIC_MAX + 1];
	struct rmqi_h_ack_message h = {
		.consumerGroup = rmqi_str(a->consumer->group),
		.topic = rmqi_str(
			rmqi_pop_topic(a->receipt.mark, a->consumer->group, a->topic, topic)),
		.queueId = a->receipt.queue_id ^ (RMQI_PLANTED(ACK_OF_WRONG_QUEUE) ? 1 : 0),
		.extraInfo = rmqi_str(a->text),
		.offset = a->receipt.offset};
	struct rmqi_outgoing request = {
		.code = RMQI_REQ_ACK_MESSAGE, .desc = &rmqi_desc_ack_message, .header = &h};

	RMQI_SET(&h, ack_message, bname, rmqi_str(a->broker_name));
	if (lite_topic_of(a)[0])
		RMQI_SET(&h, ack_message, liteTopic, rmqi_str(lite_topic_of(a)));
	send(a, &request);
}

static void send_change(struct rmqi_acking *a)
{
	char topic[RMQI_RETRY_TOPIC_MAX + 1];
	struct rmqi_h_change_invisible_time h = {
		.consumerGroup = rmqi_str(a->consumer->group),
		.topic = rmqi_str(
			rmqi_pop_topic(a->receipt.mark, a->consumer->group, a->topic, topic)),
		.queueId = a->receipt.queue_id,
		.extraInfo = rmqi_str(a->text),
		.offset = a->receipt.offset,
		.invisibleTime = a->invisible_ms};
	struct rmqi_outgoing request = {.code = RMQI_REQ_CHANGE_MESSAGE_INVISIBLETIME,
					.desc = &rmqi_desc_change_invisible_time,
					.header = &h};

	RMQI_SET(&h, change_invisible_time, bname, rmqi_str(a->broker_name));
	if (lite_topic_of(a)[0])
		RMQI_SET(&h, change_invisible_time, liteTopic, rmqi_str(lite_topic_of(a)));
	send(a, &request);
}

static enum rmq_error send_batch(struct rmqi_acking *a)
{
	int32_t version = rmqi_client_broker_version(a->consumer->client, a->address);
	const struct rmqi_ack_body acks = {a->consumer->group, a->broker_name, a->messages,
					   a->count};
	struct rmqi_outgoing request = {.code = RMQI_REQ_BATCH_ACK_MESSAGE};
	char usual[BODY_USUAL];
	struct rmqi_cursor bytes;
	struct rmqi_buf body;
	enum rmq_error err;

	if (version > 0 && version < RMQI_VERSION_BATCH_ACK)
		return rmqi_detail_set(a->detail, RMQ_ERR_UNSUPPORTED, RMQ_ERROR_FATAL,
				       "broker %s knows no batch of acks", a->broker_name);
	rmqi_buf_init(&body, BODY_MAX);
	rmqi_buf_lend(&body, usual, sizeof(usual));
	err = rmqi_ack_body_encode(&acks, &body);
	bytes = rmqi_buf_cursor(&body);
	request.body = &bytes;
	request.body_count = 1;
	if (err == RMQ_OK)
		send(a, &request);
	else
		rmqi_detail_set(a->detail, err, 0, "the acks cannot be encoded: %s",
				rmq_error_text(err));
	rmqi_buf_deinit(&body);
	return err;
}

/* --- Answers ------------------------------------------------------------------------------------ */

static enum rmq_error renew(struct rmqi_acking *a, const struct rmqi_command *response)
{
	struct rmqi_popped *p = a->messages[0]->popped;
	struct rmqi_h_change_invisible_time_response h = {0};
	struct rmqi_receipt r = a->receipt;
	enum rmq_error err =
		rmqi_header_decode(&rmqi_desc_change_invisible_time_response, response, &h, NULL);

	if (err != RMQ_OK)
		return rmqi_detail_set(a->detail, err, 0, "the answer of %s lacks a field",
				       a->address);
	r.start = r.offset;
	r.pop_ms = h.popTime;
	r.invisible_ms = h.invisibleTime;
	r.revive_queue = h.reviveQid;
	if (a->is_last)
		return RMQ_OK;
	/* A copy's stays the old one: the caller is told (rocketmq/simple_consumer.h). */
	if (p && !rmqi_popped_renew(p, &r, a->asked_us + a->invisible_ms * 1000))
		return RMQ_ERR_TOO_LARGE;
	return RMQ_OK;
}

static void done(const struct rmqi_acking *a, struct rmqi_popped *p)
{
	struct rmqi_stats *stats = p->set->popper == a->consumer ? p->set->stats : NULL;

	if (stats && p->is_open && !a->is_ours)
		stats->now.done++;
	rmqi_popped_done(p);
}

static enum rmq_error succeed(struct rmqi_acking *a, const struct rmqi_command *response)
{
	if (a->kind == RMQI_ACKING_CHANGE)
		return renew(a, response);
	for (size_t i = 0; i < a->count; i++)
		if (a->messages[i]->popped)
			done(a, a->messages[i]->popped);
	return RMQ_OK;
}

static enum rmq_error refuse(struct rmqi_acking *a, const struct rmqi_command *response)
{
	enum rmq_error err = rmqi_client_refusal(response);
	char name[64];

	if (response->code == RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED)
		err = RMQ_ERR_UNSUPPORTED;
	else if (response->code == RMQI_RESP_NO_MESSAGE)
		err = RMQ_ERR_NOT_FOUND;
	rmqi_detail_set_broker(a->detail, response->code, response->remark);
	rmqi_detail_add_attempt(a->detail, a->address, RMQ_PHASE_ANSWER, err, response->code,
				(rmqi_clock_boot_us(a->consumer->clock) - a->asked_us) / 1000);
	return rmqi_detail_set(a->detail, err, RMQ_ERROR_FATAL, "broker %s (%s) answered %s: %.*s",
			       a->broker_name, a->address,
			       rmqi_response_name(response->code, name, sizeof(name)),
			       RMQI_STR_ARG(response->remark));
}

static void ask(struct rmqi_acking *a);

static void on_timer(struct rmqi_timer *t)
{
	ask(RMQI_CONTAINER(t, struct rmqi_acking, timer));
}

static bool may_ask_again(const struct rmqi_acking *a, enum rmq_error error)
{
	int64_t pause_us = PAUSE_MS * 1000 * (int64_t)(a->attempts + 1);
	bool is_heard = a->kind == RMQI_ACKING_CHANGE && a->call.phase > RMQ_PHASE_WRITE;

	return !a->is_once && !is_heard && error != RMQ_ERR_CANCELLED && a->attempts < ATTEMPTS &&
	       rmqi_clock_us(a->consumer->clock) + pause_us < a->deadline_us;
}

static void fail(struct rmqi_acking *a, enum rmq_error error, const char *why)
{
	rmqi_client_refresh_routes(a->consumer->client);
	rmqi_detail_set(a->detail, error, RMQ_ERROR_RETRIABLE, "broker %s (%s): %s", a->broker_name,
			a->address, why);
	if (!may_ask_again(a, error)) {
		a->is_unanswered = error != RMQ_ERR_NO_MEMORY;
		end(a, error);
		return;
	}
	rmqi_timer_start_ms(&a->timer, PAUSE_MS * (int64_t)(a->attempts + 1));
}

static void on_answer(struct rmqi_call *call, enum rmq_error error,
		      const struct rmqi_command *response)
{
	struct rmqi_acking *a = RMQI_CONTAINER(call, struct rmqi_acking, call);
	char why[RMQI_TROUBLE_SIZE];

	if (error != RMQ_OK) {
		rmqi_detail_add_attempt(a->detail, a->address, call->phase, error, -1,
					(rmqi_clock_boot_us(a->consumer->clock) - a->asked_us) /
						1000);
		fail(a, error, rmqi_call_explain(call, error, why, sizeof(why)));
	} else if (response->code == RMQI_RESP_SUCCESS) {
		end(a, succeed(a, response));
	} else {
		end(a, refuse(a, response));
	}
}

static bool find_address(struct rmqi_acking *a)
{
	struct rmqi_topic_route *route = rmqi_client_cached_route(a->consumer->client, a->topic);
	const char *address =
		route ? rmqi_topic_route_address(route, a->broker_name, 0, true, NULL) : NULL;
	bool is_known = address != NULL;

	snprintf(a->address, sizeof(a->address), "%s", address ? address : "(unknown)");
	rmqi_topic_route_unref(route);
	/* What was popped there is there, whatever became of the topic. */
	return is_known || rmqi_client_find_master(a->consumer->client, a->broker_name, a->address,
						   sizeof(a->address));
}

static void ask(struct rmqi_acking *a)
{
	enum rmq_error err = check_time(a);

	if (err == RMQ_OK && rmqi_clock_us(a->consumer->clock) >= a->deadline_us)
		err = rmqi_detail_set(a->detail, RMQ_ERR_TIMEOUT, RMQ_ERROR_RETRIABLE,
				      "no time is left to tell it to broker %s", a->broker_name);
	a->is_unanswered = err == RMQ_ERR_TIMEOUT;
	if (err != RMQ_OK) {
		end(a, err);
		return;
	}
	a->call = (struct rmqi_call){.fn = on_answer};
	if (!find_address(a)) {
		a->attempts++;
		fail(a, RMQ_ERR_NO_BROKER, "it has no master now");
		return;
	}
	if (a->kind == RMQI_ACKING_BATCH)
		err = send_batch(a);
	else if (a->kind == RMQI_ACKING_ACK)
		send_ack(a);
	else
		send_change(a);
	if (err != RMQ_OK)
		end(a, err);
}

enum rmq_error rmqi_acking_start(struct rmqi_acking *a)
{
	enum rmq_error err =
		rmqi_timer_init(&a->timer, rmqi_loop_timers(a->consumer->loop), on_timer);

	if (err != RMQ_OK)
		return err;
	err = take_receipt(a);
	if (err != RMQ_OK)
		end(a, err);
	else
		ask(a);
	return RMQ_OK;
}

void rmqi_acking_hurry(struct rmqi_acking *a)
{
	a->is_once = true;
	if (!rmqi_timer_is_armed(&a->timer))
		return;
	rmqi_timer_stop(&a->timer);
	end(a, rmqi_detail_set(a->detail, RMQ_ERR_CANCELLED, RMQ_ERROR_RETRIABLE,
			       "the consumer was closed before broker %s could be told again",
			       a->broker_name));
}
