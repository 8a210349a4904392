/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/send_back.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/planted.h"
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
	AGAIN_MS = 1000,     /* a send-back that failed, at the earliest */
	STARVED_MS = 1000,
	LATE_LEVEL = 3, /* ProcessQueue.cleanExpiredMsg */
	SUBJECT_SIZE = 640
};

struct send_back {
	struct rmqi_runner runner; /* first: it is freed as a runner after a local delivery */
	struct rmqi_send_backs *owner;
	struct rmqi_call call;       /* back to the broker */
	struct rmqi_async_send send; /* else to the retry topic */
	struct rmqi_list link;
	struct rmqi_delivery *delivery; /* a reference */
	size_t at;
	int8_t level; /* delay level */
	bool is_late; /* its listener still has it: it is not delivered here, and not written to */
	int failures; /* so often neither way went */
	int64_t due_us;    /* 0: it has not failed */
	int64_t failed_us; /* the last time */
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

/* What of a queue was done when it was given up is counted there, and this was not. */
static void count_failure(const struct rmqi_mq *mq)
{
	mq->stats->now.failures++;
	mq->stats->now.done += mq->state == RMQI_MQ_DROPPED ? 1 : 0;
}

static void finish(struct send_back *sb)
{
	struct rmqi_delivery *d = rmqi_delivery_ref(sb->delivery);
	struct rmqi_send_backs *s = sb->owner;

	count_failure(d->mq);
	rmqi_delivery_finish(d, sb->at);
	forget(sb);
	rmqi_mq_settled(d->mq, d);
	if (s->finished)
		s->finished(s, d);
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

static struct send_back *waiting_at(struct rmqi_list *node)
{
	return RMQI_LIST_ITEM(node, struct send_back, link);
}

static void put_waiting(struct rmqi_send_backs *s, struct send_back *sb)
{
	struct rmqi_list *at = &s->waiting;

	while (at->prev != &s->waiting && waiting_at(at->prev)->due_us > sb->due_us)
		at = at->prev;
	rmqi_list_insert_before(at, &sb->link);
}

static void fire_at(struct rmqi_send_backs *s, int64_t at_us)
{
	if (!rmqi_timer_is_armed(&s->timer) || at_us < s->timer.node.key)
		rmqi_timer_start(&s->timer, at_us);
}

static void again_at(struct rmqi_send_backs *s, int64_t at_us)
{
	if (s->again_us == 0 || at_us < s->again_us)
		s->again_us = at_us;
	fire_at(s, s->again_us);
}

static void redeliver_later(struct send_back *sb)
{
	struct rmqi_send_backs *s = owner_of(sb);

	sb->failed_us = rmqi_clock_us(s->consumer->clock);
	/* What was tried again meanwhile keeps its time. */
	if (sb->due_us == 0)
		sb->due_us = rmqi_consumer_deadline(s->consumer, REDELIVER_MS);
	put_waiting(s, sb);
	fire_at(s, sb->due_us);
	/* A master that is not there any more may have a successor. */
	rmqi_client_refresh_routes(s->consumer->client);
}

static void redeliver(struct send_back *sb)
{
	struct rmqi_delivery *d = sb->delivery;
	size_t at = sb->at;
	struct rmq_message *m = &d->block->messages[message_of(sb) - d->block->messages];

	if (d->mq->state == RMQI_MQ_DROPPED) {
		forget(sb);
		return;
	}
	d->mq->stats->again++;
	rmqi_message_count_again(m);
	d->ages[at] = 0;
	rmqi_delivery_set_state(d, at, RMQI_ITEM_AGAIN);
	sb->owner->redeliver(sb->owner, &sb->runner, d, at);
	rmqi_delivery_unref(d);
}

static void begin(struct send_back *sb);

static void go_on(struct send_back *sb)
{
	if (sb->is_late && sb->delivery->mq->state != RMQI_MQ_DROPPED) {
		sb->due_us = 0;
		begin(sb);
	} else {
		redeliver(sb);
	}
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
	if (s->again_us != 0 && s->again_us <= now)
		rmqi_send_backs_awake(s);
	while (!rmqi_list_is_empty(&s->waiting)) {
		struct send_back *sb = waiting_at(s->waiting.next);

		if (sb->due_us > now) {
			fire_at(s, sb->due_us);
			break;
		}
		rmqi_list_remove(&sb->link);
		go_on(sb);
	}
	if (s->is_starved)
		rmqi_timer_start_ms(&s->timer, STARVED_MS);
}

/* --- A normal send to the retry topic --------------------------------------------------------- */

static const char *subject_of(const struct send_back *sb, char *buf)
{
	const struct rmqi_queue *key = &sb->delivery->mq->key;

	snprintf(buf, SUBJECT_SIZE, "%s@%s", key->topic, key->broker_name);
	return buf;
}

static void complain(struct send_back *sb, enum rmq_error error, int code, struct rmqi_str why)
{
	char subject[SUBJECT_SIZE];
	struct rmqi_failure f = {.kind = RMQI_TROUBLE_SEND_BACK,
				 .subject = subject_of(sb, subject),
				 .topic = sb->delivery->mq->key.topic,
				 .error = error,
				 .code = code,
				 .why = why};

	rmqi_client_complain(owner_of(sb)->consumer->client, &f, NULL);
}

/* Refused for what it is, not for the state of a broker, the route or our permissions: it can be stored
 * nowhere, for ever. What a retry adds to the properties may be more than there is room for. */
static bool is_unstorable(enum rmq_error error, const struct rmq_error_detail *detail)
{
	return error == RMQ_ERR_TOO_LARGE ||
	       (error == RMQ_ERR_BROKER && detail &&
		rmq_error_detail_broker_code(detail) == RMQI_RESP_MESSAGE_ILLEGAL);
}

/* As many deliveries as it would have had if it could be stored. */
static bool is_used_up(const struct send_back *sb)
{
	int64_t times =
		(int64_t)rmqi_message_times(message_of(sb)) + (sb->is_late ? sb->failures : 0);

	return sb->level < 0 || times >= owner_of(sb)->consumer->set.max_reconsume_times;
}

static void taken_back(struct send_back *sb)
{
	struct rmqi_stats *stats = sb->delivery->mq->stats;

	stats->sent_back++;
	/* The broker counts alike. */
	stats->dead_lettered += is_used_up(sb) ? 1 : 0;
	finish(sb);
}

static void give_up(struct send_back *sb, const struct rmq_error_detail *detail, const char *why)
{
	static const char format[] =
		"group %s: message %.*s of topic %s (%s@%s:%d, offset %lld) is given up after %lld "
		"deliveries: it cannot be stored again, not as a dead letter either: %s";
	const struct rmqi_queue *key = &sb->delivery->mq->key;
	const struct rmq_message *m = message_of(sb);
	struct rmqi_consumer *c = owner_of(sb)->consumer;
	long long deliveries = (long long)rmqi_message_times(m) + 1;
	char buf[RMQI_ID_SIZE];
	struct rmqi_str id = rmqi_send_message_id(m, buf);

	sb->delivery->mq->stats->given_up++;
	RMQI_LOG(c->log, RMQ_LOG_ERROR, format, c->group, RMQI_STR_ARG(id), m->topic, key->topic,
		 key->broker_name, (int)key->queue_id, (long long)m->queue_offset, deliveries, why);
	rmqi_client_tell(c->client, RMQ_EVENT_GIVEN_UP, m->topic, NULL,
			 detail ? rmq_error_detail_broker_code(detail) : -1,
			 detail ? rmq_error_detail_remark(detail) : NULL, format, c->group,
			 RMQI_STR_ARG(id), m->topic, key->topic, key->broker_name,
			 (int)key->queue_id, (long long)m->queue_offset, deliveries, why);
	finish(sb);
}

static void not_sent(struct send_back *sb, enum rmq_error error,
		     const struct rmq_error_detail *detail)
{
	int code = detail ? rmq_error_detail_broker_code(detail) : -1;
	const char *why = detail ? rmq_error_detail_message(detail) : rmq_error_text(error);

	complain(sb, error, code, rmqi_str(code >= 0 ? rmq_error_detail_remark(detail) : why));
	sb->failures++;
	if (is_unstorable(error, detail) && is_used_up(sb))
		give_up(sb, detail, why);
	else
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
		taken_back(sb);
	else
		not_sent(sb, error, detail);
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
				   .delay_level = sb->level,
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
	not_sent(sb, err, NULL);
}

/* --- Back to the broker -------------------------------------------------------------------------- */

static void tell_refused(struct send_back *sb, enum rmq_error error,
			 const struct rmqi_command *response)
{
	char why[RMQI_TROUBLE_SIZE];

	if (error == RMQ_OK)
		complain(sb, RMQ_ERR_BROKER, (int)response->code, response->remark);
	else
		complain(sb, error, -1,
			 rmqi_str(rmqi_call_explain(&sb->call, error, why, sizeof(why))));
}

static void on_sent_back(struct rmqi_call *call, enum rmq_error error,
			 const struct rmqi_command *response)
{
	struct send_back *sb = RMQI_CONTAINER(call, struct send_back, call);
	struct rmqi_send_backs *s = owner_of(sb);
	enum rmq_send_status status;
	char subject[SUBJECT_SIZE];

	if (s->consumer->is_gone) {
		forget(sb);
	} else if (RMQI_PLANTED(SEND_BACK_FORGOTTEN) ||
		   (error == RMQ_OK && rmqi_send_status(response->code, &status))) {
		rmqi_client_settle(s->consumer->client, RMQI_TROUBLE_SEND_BACK,
				   subject_of(sb, subject), NULL);
		taken_back(sb);
	} else {
		tell_refused(sb, error, response);
		/* It may be the master no more. */
		rmqi_client_refresh_routes(s->consumer->client);
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
	struct rmqi_h_consumer_send_msg_back h = {
		.offset = m->physical_offset, .group = rmqi_str(c->group), .delayLevel = sb->level};
	struct rmqi_outgoing request = {.code = RMQI_REQ_CONSUMER_SEND_MSG_BACK,
					.desc = &rmqi_desc_consumer_send_msg_back,
					.header = &h};

	RMQI_SET(&h, consumer_send_msg_back, originMsgId, rmqi_send_message_id(m, id));
	RMQI_SET(&h, consumer_send_msg_back, originTopic, rmqi_str(m->topic));
	RMQI_SET(&h, consumer_send_msg_back, unitMode,
		 rmqi_config_bool(rmqi_client_config(c->client), RMQI_CFG_unitMode));
	RMQI_SET(&h, consumer_send_msg_back, maxReconsumeTimes, c->set.max_reconsume_times);
	RMQI_SET(&h, consumer_send_msg_back, bname, rmqi_str(sb->delivery->mq->key.broker_name));
	sb->call = (struct rmqi_call){.fn = on_sent_back};
	call_began(s);
	rmqi_rpc_call_async(rmqi_client_rpc(c->client), address, &request,
			    rmqi_consumer_deadline(c, SEND_BACK_TIMEOUT_MS), &sb->call);
}

static void begin(struct send_back *sb)
{
	const struct rmqi_mq *mq = sb->delivery->mq;
	const char *master = NULL;

	if (mq->sub->route)
		master = rmqi_topic_route_address(mq->sub->route, mq->key.broker_name, 0, true,
						  NULL);
	if (master) {
		send_back(sb, master);
		return;
	}
	/* The route is asked for every second until there is one. */
	rmqi_client_refresh_routes(sb->owner->consumer->client);
	again_at(sb->owner, rmqi_consumer_deadline(sb->owner->consumer, AGAIN_MS));
	send_to_retry_topic(sb);
}

static void start(struct rmqi_send_backs *s, struct rmqi_delivery *d, size_t at)
{
	struct send_back *sb = rmqi_calloc(1, sizeof(*sb));
	bool is_late = rmqi_delivery_state(d, at) == RMQI_ITEM_LATE;

	if (!sb) {
		s->is_starved = true;
		if (!rmqi_timer_is_armed(&s->timer))
			rmqi_timer_start_ms(&s->timer, STARVED_MS);
		return;
	}
	rmqi_delivery_set_state(d, at, RMQI_ITEM_BACK);
	d->mq->stats->now.failed++;
	sb->owner = s;
	sb->delivery = rmqi_delivery_ref(d);
	sb->at = at;
	sb->is_late = is_late;
	/* What a listener says when it comes back is not read. */
	sb->level = is_late ? LATE_LEVEL : d->levels[at];
	rmqi_list_init(&sb->link);
	begin(sb);
}

static void try_later(struct rmqi_send_backs *s, struct send_back *sb)
{
	put_waiting(s, sb);
	again_at(s, sb->failed_us + AGAIN_MS * 1000);
}

void rmqi_send_backs_awake(struct rmqi_send_backs *s)
{
	int64_t now = rmqi_clock_us(s->consumer->clock);
	struct rmqi_list all, *node;

	s->again_us = 0;
	if (!s->consumer->is_active)
		return;
	rmqi_list_init(&all);
	rmqi_list_move_all(&s->waiting, &all);
	while ((node = rmqi_list_pop(&all)) != NULL) {
		struct send_back *sb = waiting_at(node);

		if (sb->delivery->mq->state == RMQI_MQ_DROPPED)
			forget(sb);
		else if (sb->due_us <= now)
			put_waiting(s, sb); /* its delivery here is due */
		else if (now < sb->failed_us + AGAIN_MS * 1000)
			try_later(s, sb);
		else
			begin(sb);
	}
}

/* BROADCASTING: nobody else is to have it, and no retry topic is ours (ConsumeMessageConcurrentlyService). */
static void drop_failed(struct rmqi_send_backs *s, struct rmqi_delivery *d, size_t at)
{
	static const char format[] =
		"group %s: message %.*s of topic %s (%s@%s:%d, offset %lld) %s: "
		"it is dropped here, as the group is a broadcasting one";
	struct rmqi_consumer *c = s->consumer;
	const struct rmqi_queue *key = &d->mq->key;
	const struct rmq_message *m = d->items[at];
	const char *what = rmqi_delivery_state(d, at) == RMQI_ITEM_LATE
				   ? "is not waited for any longer (consumeTimeout)"
				   : "failed";
	char buf[RMQI_ID_SIZE];
	struct rmqi_str id = rmqi_send_message_id(m, buf);

	RMQI_LOG(c->log, RMQ_LOG_WARN, format, c->group, RMQI_STR_ARG(id), m->topic, key->topic,
		 key->broker_name, (int)key->queue_id, (long long)m->queue_offset, what);
	rmqi_client_tell(c->client, RMQ_EVENT_GIVEN_UP, m->topic, NULL, -1, NULL, format, c->group,
			 RMQI_STR_ARG(id), m->topic, key->topic, key->broker_name,
			 (int)key->queue_id, (long long)m->queue_offset, what);
	rmqi_delivery_set_state(d, at, RMQI_ITEM_BACK);
	d->mq->stats->now.failed++;
	count_failure(d->mq);
	d->mq->stats->given_up++;
	rmqi_delivery_finish(d, at);
	if (s->finished)
		s->finished(s, d);
}

static void drop_all_failed(struct rmqi_send_backs *s, struct rmqi_delivery *d)
{
	rmqi_delivery_ref(d);
	for (size_t i = d->first; i < d->count; i++) {
		enum rmqi_item_state state = rmqi_delivery_state(d, i);

		if (state == RMQI_ITEM_FAILED || state == RMQI_ITEM_LATE)
			drop_failed(s, d, i);
	}
	rmqi_mq_settled(d->mq, d);
	rmqi_delivery_unref(d);
}

void rmqi_send_backs_look(struct rmqi_send_backs *s, struct rmqi_delivery *d)
{
	bool (*again)(struct rmqi_mq *, struct rmqi_delivery *, size_t) = d->mq->fetch->again;

	/* Given up: all of it is delivered again to the next owner. */
	if (d->mq->state == RMQI_MQ_DROPPED && !again)
		return;
	if (s->consumer->set.is_broadcasting) {
		drop_all_failed(s, d);
		return;
	}
	for (size_t i = d->first; i < d->count; i++) {
		enum rmqi_item_state state = rmqi_delivery_state(d, i);

		if (state != RMQI_ITEM_FAILED && state != RMQI_ITEM_LATE)
			continue;
		if (!again || !again(d->mq, d, i))
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
