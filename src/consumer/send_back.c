/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/send_back.h"

#include <stdio.h>

#include "base/mem.h"
#include "codec/codes.h"
#include "codec/names.h"
#include "codec/properties.h"
#include "codec/schema.h"
#include "consumer/mq.h"

#define INNER_PRODUCER "CLIENT_INNER_PRODUCER" /* MixAll.CLIENT_INNER_PRODUCER_GROUP */

enum {
	SEND_BACK_TIMEOUT_MS = 5000,
	REDELIVER_MS = 5000, /* ConsumeMessageConcurrentlyService.submitConsumeRequestLater */
	STARVED_MS = 1000,
	FIRST_RETRY_LEVEL = 3,
	DEFAULT_QUEUE_NUMS = 4
};

struct send_back {
	struct rmqi_runner runner; /* first: it is freed as a runner after a local delivery */
	struct rmqi_send_backs *owner;
	struct rmqi_call call;
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

/* UNIQ_KEY, else the offset id (MessageClientExt.getMsgId). */
static struct rmqi_str message_id(const struct rmq_message *m, char buf[RMQI_ID_SIZE])
{
	const char *uniq = rmqi_message_property(m, RMQI_PROP_UNIQ_KEY);

	if (uniq)
		return rmqi_str(uniq);
	return rmqi_str_n(buf, rmqi_offset_id(&m->store_host, m->physical_offset, buf));
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

static bool is_stored(int32_t code)
{
	return code == RMQI_RESP_SUCCESS || code == RMQI_RESP_FLUSH_DISK_TIMEOUT ||
	       code == RMQI_RESP_FLUSH_SLAVE_TIMEOUT || code == RMQI_RESP_SLAVE_NOT_AVAILABLE;
}

static void failed(struct send_back *sb, const char *what, enum rmq_error error,
		   const struct rmqi_command *response)
{
	const struct rmq_message *m = message_of(sb);
	struct rmqi_str remark = response ? response->remark : RMQI_STR("");

	RMQI_LOG(owner_of(sb)->consumer->log, RMQ_LOG_WARN,
		 "%s of message %lld of %s@%s:%d: %s (code %d) %.*s", what,
		 (long long)m->queue_offset, sb->delivery->mq->key.topic,
		 sb->delivery->mq->key.broker_name, (int)sb->delivery->mq->key.queue_id,
		 rmq_error_text(error == RMQ_OK ? RMQ_ERR_BROKER : error),
		 response ? (int)response->code : -1, RMQI_STR_ARG(remark));
}

static void on_sent(struct rmqi_call *call, enum rmq_error error,
		    const struct rmqi_command *response)
{
	struct send_back *sb = RMQI_CONTAINER(call, struct send_back, call);
	struct rmqi_send_backs *s = owner_of(sb);

	if (s->consumer->is_gone) {
		forget(sb);
	} else if (error == RMQ_OK && is_stored(response->code)) {
		finish(sb);
	} else {
		failed(sb, "send to the retry topic", error, response);
		redeliver_later(sb);
	}
	call_ended(s);
}

/* What the send code of Java takes out of the properties, and what is set anew. */
static const char *const dropped[] = {RMQI_PROP_TRAN_MSG,
				      RMQI_PROP_RECONSUME_TIME,
				      RMQI_PROP_MAX_RECONSUME_TIMES,
				      RMQI_PROP_DELAY,
				      RMQI_PROP_RETRY_TOPIC,
				      RMQI_PROP_ORIGIN_MESSAGE_ID,
				      NULL};

static void add_property(struct rmqi_buf *out, const char *name, struct rmqi_str value)
{
	rmqi_properties_add(out, rmqi_str(name), value);
}

static void retry_properties(const struct send_back *sb, struct rmqi_buf *out)
{
	const struct rmq_message *m = message_of(sb);
	const char *origin = rmqi_message_property(m, RMQI_PROP_ORIGIN_MESSAGE_ID);
	int level = sb->delivery->levels[sb->at];
	char id[RMQI_ID_SIZE], text[16];

	rmqi_message_wire_properties(m, dropped, out);
	add_property(out, RMQI_PROP_ORIGIN_MESSAGE_ID,
		     origin ? rmqi_str(origin) : message_id(m, id));
	add_property(out, RMQI_PROP_RETRY_TOPIC, rmqi_str(m->topic));
	snprintf(text, sizeof(text), "%d",
		 level > 0 ? level : FIRST_RETRY_LEVEL + m->reconsume_times);
	if (level >= 0)
		add_property(out, RMQI_PROP_DELAY, rmqi_str(text));
}

static void fill_retry(const struct send_back *sb, const struct rmqi_publish_queue *queue,
		       struct rmqi_h_send_message *h)
{
	const struct rmq_message *m = message_of(sb);
	const struct rmqi_consumer *c = owner_of(sb)->consumer;
	int32_t times = m->reconsume_times + 1;

	/* Straight to the dead-letter queue: as if all deliveries were used up. */
	if (sb->delivery->levels[sb->at] < 0)
		times = c->set.max_reconsume_times + 1;
	h->producerGroup = RMQI_STR(INNER_PRODUCER);
	h->topic = rmqi_str(c->retry_topic);
	h->defaultTopic = RMQI_STR(RMQI_DEFAULT_TOPIC);
	h->defaultTopicQueueNums = DEFAULT_QUEUE_NUMS;
	h->queueId = queue->queue_id;
	h->bornTimestamp = rmqi_clock_wall_ms(c->clock);
	h->flag = m->flag;
	RMQI_SET(h, send_message, reconsumeTimes, times);
	RMQI_SET(h, send_message, unitMode, false);
	RMQI_SET(h, send_message, maxReconsumeTimes, c->set.max_reconsume_times);
	RMQI_SET(h, send_message, batch, false);
	RMQI_SET(h, send_message, bname, rmqi_str(queue->broker_name));
}

static void send_to_retry_topic(struct send_back *sb)
{
	struct rmqi_send_backs *s = owner_of(sb);
	struct rmqi_consumer *c = s->consumer;
	struct rmqi_sub *retry = rmqi_subscriptions_find(&c->subs, c->retry_topic);
	const struct rmqi_publish_queue *queue =
		retry && retry->route ? rmqi_topic_route_choose(retry->route, NULL) : NULL;
	struct rmqi_cursor body = rmqi_cursor(message_of(sb)->body, message_of(sb)->body_len);
	struct rmqi_h_send_message h = {0};
	struct rmqi_outgoing request = {.code = RMQI_REQ_SEND_MESSAGE_V2,
					.desc = &rmqi_desc_send_message_v2,
					.header = &h,
					.body = &body,
					.body_count = 1};
	struct rmqi_buf properties;

	if (!queue) {
		failed(sb, "send to the retry topic", RMQ_ERR_NO_ROUTE, NULL);
		redeliver_later(sb);
		return;
	}
	rmqi_buf_init(&properties, RMQI_PROPERTIES_MAX);
	retry_properties(sb, &properties);
	fill_retry(sb, queue, &h);
	if (rmqi_buf_status(&properties) == RMQ_OK) {
		RMQI_SET(&h, send_message, properties,
			 rmqi_cursor_str(rmqi_buf_cursor(&properties)));
		sb->call = (struct rmqi_call){.fn = on_sent};
		call_began(s);
		rmqi_rpc_call_async(rmqi_client_rpc(c->client), queue->address, &request,
				    rmqi_consumer_deadline(c, SEND_BACK_TIMEOUT_MS), &sb->call);
	} else {
		failed(sb, "send to the retry topic", rmqi_buf_status(&properties), NULL);
		redeliver_later(sb);
	}
	rmqi_buf_deinit(&properties);
}

/* --- Back to the broker -------------------------------------------------------------------------- */

static void on_sent_back(struct rmqi_call *call, enum rmq_error error,
			 const struct rmqi_command *response)
{
	struct send_back *sb = RMQI_CONTAINER(call, struct send_back, call);
	struct rmqi_send_backs *s = owner_of(sb);

	if (s->consumer->is_gone) {
		forget(sb);
	} else if (error == RMQ_OK && response->code == RMQI_RESP_SUCCESS) {
		finish(sb);
	} else {
		failed(sb, "send back", error, response);
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

	RMQI_SET(&h, consumer_send_msg_back, originMsgId, message_id(m, id));
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
	s->consumer = c;
	return rmqi_timer_init(&s->timer, rmqi_loop_timers(c->loop), on_timer);
}

void rmqi_send_backs_stop(struct rmqi_send_backs *s)
{
	rmqi_timer_deinit(&s->timer);
	for (struct rmqi_list *n; (n = rmqi_list_pop(&s->waiting)) != NULL;)
		forget(RMQI_LIST_ITEM(n, struct send_back, link));
}

void rmqi_send_backs_deinit(struct rmqi_send_backs *s)
{
	rmqi_event_deinit(&s->quiet);
}

void rmqi_send_backs_await(struct rmqi_send_backs *s)
{
	s->is_awaited = true;
	if (s->under_way == 0)
		rmqi_event_set(&s->quiet);
}
