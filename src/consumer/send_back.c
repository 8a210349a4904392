/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/send_back.h"

#include <stdio.h>

#include "base/mem.h"
#include "codec/codes.h"
#include "codec/names.h"
#include "codec/schema.h"
#include "consumer/mq.h"
#include "send/async.h"
#include "send/verdict.h"

#define INNER_PRODUCER "CLIENT_INNER_PRODUCER" /* MixAll.CLIENT_INNER_PRODUCER_GROUP */

enum {
	SEND_BACK_TIMEOUT_MS = 5000,
	REDELIVER_MS = 5000, /* ConsumeMessageConcurrentlyService.submitConsumeRequestLater */
	STARVED_MS = 1000,
	WHY_SIZE = 320
};

struct send_back {
	struct rmqi_runner runner; /* first: it is freed as a runner after a local delivery */
	struct rmqi_send_backs *owner;
	struct rmqi_call call;       /* back to the broker */
	struct rmqi_async_send send; /* else to the retry topic */
	struct rmqi_list link;
	struct rmqi_delivery *delivery; /* a reference */
	size_t at;
	int64_t due_us;
};

static const struct rmq_message *message_of(const struct send_back *sb)
{
	return sb->delivery->items[sb->at];
}

static struct rmqi_send_backs *owner_of(const struct send_back *sb)
{
	return sb->owner;
}

static void forget(struct send_back *sb)
{
	rmqi_delivery_unref(sb->delivery);
	rmqi_free(sb);
}

static void finish(struct send_back *sb)
{
	struct rmqi_delivery *d = rmqi_delivery_ref(sb->delivery);

	rmqi_delivery_settle(d, sb->at, 1, RMQI_ITEM_DONE);
	forget(sb);
	rmqi_mq_settled(d->mq, d);
	rmqi_delivery_unref(d);
}

static void call_began(struct rmqi_send_backs *s)
{
	s->under_way++;
}

static void call_ended(struct rmqi_send_backs *s)
{
	if (--s->under_way == 0 && s->is_awaited)
		rmqi_event_set(&s->quiet);
}

/* --- Once more, here ------------------------------------------------------------------------ */

static void redeliver_later(struct send_back *sb)
{
	struct rmqi_send_backs *s = owner_of(sb);

	sb->due_us = rmqi_consumer_deadline(s->consumer, REDELIVER_MS);
	rmqi_list_push(&s->waiting, &sb->link);
	if (!rmqi_timer_is_armed(&s->timer))
		rmqi_timer_start(&s->timer, sb->due_us);
}

static void redeliver(struct send_back *sb)
{
	struct rmqi_delivery *d = sb->delivery;
	size_t at = sb->at;
	/* Nobody reads it now: its listener has returned. */
	struct rmq_message *m = &d->block->messages[message_of(sb) - d->block->messages];

	if (d->mq->state == RMQI_MQ_DROPPED) {
		forget(sb);
		return;
	}
	m->reconsume_times++;
	rmqi_delivery_set_state(d, at, RMQI_ITEM_OPEN);
	sb->owner->redeliver(sb->owner, &sb->runner, d, at);
	rmqi_delivery_unref(d);
}

static void feed_starved(struct rmqi_send_backs *s)
{
	s->is_starved = false;
	RMQI_LIST_EACH(node, &s->consumer->subs.list) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		RMQI_LIST_EACH(at, &sub->mqs) {
			struct rmqi_mq *mq = RMQI_LIST_ITEM(at, struct rmqi_mq, link);

			RMQI_LIST_EACH(item, &mq->pending.deliveries)
				rmqi_send_backs_look(
					s, RMQI_LIST_ITEM(item, struct rmqi_delivery, link));
		}
	}
}

static void on_timer(struct rmqi_timer *t)
{
	struct rmqi_send_backs *s = RMQI_CONTAINER(t, struct rmqi_send_backs, timer);
	int64_t now = rmqi_clock_us(s->consumer->clock);

	if (!s->consumer->is_active)
		return;
	if (s->is_starved)
		feed_starved(s);
	while (!rmqi_list_is_empty(&s->waiting)) {
		struct send_back *sb = RMQI_LIST_ITEM(s->waiting.next, struct send_back, link);

		if (sb->due_us > now) {
			rmqi_timer_start(&s->timer, sb->due_us);
			break;
		}
		rmqi_list_remove(&sb->link);
		redeliver(sb);
	}
	if (s->is_starved)
		rmqi_timer_start_ms(&s->timer, STARVED_MS);
}

/* --- A normal send to the retry topic --------------------------------------------------------- */

static void log_failure(struct send_back *sb, const char *what, const char *why)
{
	const struct rmqi_queue *key = &sb->delivery->mq->key;

	RMQI_LOG(owner_of(sb)->consumer->log, RMQ_LOG_WARN,
		 "%s of message %lld of %s@%s:%d failed: %s", what,
		 (long long)message_of(sb)->queue_offset, key->topic, key->broker_name,
		 (int)key->queue_id, why);
}

static void not_sent(struct send_back *sb, const char *why)
{
	log_failure(sb, "send to the retry topic", why);
	redeliver_later(sb);
}

static void on_sent(struct rmqi_async_send *send)
{
	struct send_back *sb = RMQI_CONTAINER(send, struct send_back, send);
	struct rmqi_send_backs *s = owner_of(sb);
	struct rmq_error_detail *detail = send->detail;
	enum rmq_error error = send->error;

	rmqi_send_request_deinit(&send->request);
	if (s->consumer->is_gone)
		forget(sb);
	else if (error == RMQ_OK)
		finish(sb);
	else
		not_sent(sb, detail ? rmq_error_detail_message(detail) : rmq_error_text(error));
	rmq_error_detail_free(detail);
	call_ended(s);
}

/* Once: what fails is delivered again, here. */
static void send_to_retry_topic(struct send_back *sb)
{
	static const struct rmqi_send_how how = {.timeout_ms = SEND_BACK_TIMEOUT_MS, .tries = 1};
	struct rmqi_send_backs *s = owner_of(sb);
	struct rmqi_consumer *c = s->consumer;
	struct rmqi_retry retry = {.message = message_of(sb),
				   .retry_topic = c->retry_topic,
				   .delay_level = sb->delivery->levels[sb->at],
				   .max_reconsume_times = c->set.max_reconsume_times};
	enum rmq_error err;

	sb->send = (struct rmqi_async_send){
		.fn = on_sent, .topic = c->retry_topic, .only_known = true};
	err = rmqi_send_request_init_retry(&sb->send.request, c->client, INNER_PRODUCER, &retry);
	if (err == RMQ_OK)
		err = rmqi_async_send_start(&sb->send, &s->sender, &how, NULL);
	if (err == RMQ_OK) {
		call_began(s);
		return;
	}
	rmqi_send_request_deinit(&sb->send.request);
	not_sent(sb, rmq_error_text(err));
}

/* --- Back to the broker -------------------------------------------------------------------------- */

static void tell_refused(struct send_back *sb, enum rmq_error error,
			 const struct rmqi_command *response)
{
	char why[WHY_SIZE];

	if (error == RMQ_OK)
		snprintf(why, sizeof(why), "answered code %d: %.*s", (int)response->code,
			 RMQI_STR_ARG(response->remark));
	else
		rmqi_call_explain(&sb->call, error, why, sizeof(why));
	log_failure(sb, "send back", why);
}

static void on_sent_back(struct rmqi_call *call, enum rmq_error error,
			 const struct rmqi_command *response)
{
	struct send_back *sb = RMQI_CONTAINER(call, struct send_back, call);
	struct rmqi_send_backs *s = owner_of(sb);
	enum rmq_send_status status;

	if (s->consumer->is_gone) {
		forget(sb);
	} else if (error == RMQ_OK && rmqi_send_status(response->code, &status)) {
		finish(sb);
	} else {
		tell_refused(sb, error, response);
		send_to_retry_topic(sb);
	}
	call_ended(s);
}

static void send_back(struct send_back *sb, const char *address)
{
	const struct rmq_message *m = message_of(sb);
	struct rmqi_send_backs *s = owner_of(sb);
	struct rmqi_consumer *c = s->consumer;
	char id[RMQI_ID_SIZE];
	struct rmqi_h_consumer_send_msg_back h = {.offset = m->physical_offset,
						  .group = rmqi_str(c->group),
						  .delayLevel = sb->delivery->levels[sb->at]};
	struct rmqi_outgoing request = {.code = RMQI_REQ_CONSUMER_SEND_MSG_BACK,
					.desc = &rmqi_desc_consumer_send_msg_back,
					.header = &h};

	RMQI_SET(&h, consumer_send_msg_back, originMsgId, rmqi_send_message_id(m, id));
	RMQI_SET(&h, consumer_send_msg_back, originTopic, rmqi_str(m->topic));
	RMQI_SET(&h, consumer_send_msg_back, unitMode, false);
	RMQI_SET(&h, consumer_send_msg_back, maxReconsumeTimes, c->set.max_reconsume_times);
	RMQI_SET(&h, consumer_send_msg_back, bname, rmqi_str(sb->delivery->mq->key.broker_name));
	sb->call = (struct rmqi_call){.fn = on_sent_back};
	call_began(s);
	rmqi_rpc_call_async(rmqi_client_rpc(c->client), address, &request,
			    rmqi_consumer_deadline(c, SEND_BACK_TIMEOUT_MS), &sb->call);
}

static void start(struct rmqi_send_backs *s, struct rmqi_delivery *d, size_t at)
{
	const struct rmqi_mq *mq = d->mq;
	const char *master = NULL;
	struct send_back *sb = rmqi_calloc(1, sizeof(*sb));

	if (!sb) {
		s->is_starved = true;
		if (!rmqi_timer_is_armed(&s->timer))
			rmqi_timer_start_ms(&s->timer, STARVED_MS);
		return;
	}
	rmqi_delivery_set_state(d, at, RMQI_ITEM_BACK);
	sb->owner = s;
	sb->delivery = rmqi_delivery_ref(d);
	sb->at = at;
	rmqi_list_init(&sb->link);
	if (mq->sub->route)
		master = rmqi_topic_route_address(mq->sub->route, mq->key.broker_name, 0, true,
						  NULL);
	if (master)
		send_back(sb, master);
	else
		send_to_retry_topic(sb);
}

void rmqi_send_backs_look(struct rmqi_send_backs *s, struct rmqi_delivery *d)
{
	/* Given up: all of it is delivered again to the next owner. */
	if (d->mq->state == RMQI_MQ_DROPPED)
		return;
	for (size_t i = d->first; i < d->count; i++) {
		if (rmqi_delivery_state(d, i) == RMQI_ITEM_FAILED)
			start(s, d, i);
	}
}

/* --- Life -------------------------------------------------------------------------------------- */

void rmqi_send_backs_init(struct rmqi_send_backs *s, const struct rmqi_env *env)
{
	rmqi_list_init(&s->waiting);
	rmqi_event_init(&s->quiet, env);
}

enum rmq_error rmqi_send_backs_set_up(struct rmqi_send_backs *s, struct rmqi_consumer *c)
{
	enum rmq_error err = rmqi_sender_init(&s->sender, c->client, INNER_PRODUCER, "consumer");

	s->consumer = c;
	return err != RMQ_OK ? err
			     : rmqi_timer_init(&s->timer, rmqi_loop_timers(c->loop), on_timer);
}

void rmqi_send_backs_stop(struct rmqi_send_backs *s)
{
	rmqi_timer_deinit(&s->timer);
	rmqi_sender_stop(&s->sender);
	for (struct rmqi_list *n; (n = rmqi_list_pop(&s->waiting)) != NULL;)
		forget(RMQI_LIST_ITEM(n, struct send_back, link));
}

void rmqi_send_backs_deinit(struct rmqi_send_backs *s)
{
	rmqi_sender_deinit(&s->sender);
	rmqi_event_deinit(&s->quiet);
}

void rmqi_send_backs_await(struct rmqi_send_backs *s)
{
	s->is_awaited = true;
	if (s->under_way == 0)
		rmqi_event_set(&s->quiet);
}
