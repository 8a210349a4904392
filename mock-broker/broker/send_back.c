/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send_back.c - CONSUMER_SEND_MSG_BACK: a message goes to %RETRY%group with a
 * growing delay, after too many tries to %DLQ%group
 * (AbstractSendMessageProcessor.consumerSendMsgBack).
 */
#include <stdio.h>

#include "base/planted.h"
#include "codec/names.h"
#include "codec/properties.h"
#include "mock-broker/broker/handlers.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/send.h"

enum { FIRST_RETRY_LEVEL = 3 }; /* 10 s */

/* The topic that the message goes to; NULL: it was answered. */
static const struct mb_topic *retry_topic(struct mb_broker *b, struct mb_request *r,
					  const struct mb_group *group, bool is_unit)
{
	char name[RMQI_RETRY_TOPIC_MAX + 8];
	const struct mb_topic *t;

	snprintf(name, sizeof(name), "%s%s", RMQI_RETRY_PREFIX, group->name);
	t = mb_topic_ensure(b, rmqi_str(name), group->retry_queue_nums,
			    RMQI_PERM_READ | RMQI_PERM_WRITE, is_unit ? 2 : 0, false);
	if (!t) {
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR, "topic[%s] not exist", name);
		return NULL;
	}
	if (!(t->config.perm & RMQI_PERM_WRITE)) {
		mb_answer_error(&r->ticket, RMQI_RESP_NO_PERMISSION,
				"the topic[%s] sending message is forbidden", name);
		return NULL;
	}
	return t;
}

static const struct mb_topic *dlq_topic(struct mb_broker *b, struct mb_request *r,
					const struct mb_group *group)
{
	char name[RMQI_RETRY_TOPIC_MAX + 8];
	const struct mb_topic *t;

	snprintf(name, sizeof(name), "%s%s", RMQI_DLQ_PREFIX, group->name);
	t = mb_topic_ensure(b, rmqi_str(name), 1, RMQI_PERM_READ | RMQI_PERM_WRITE, 0, false);
	if (!t)
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR, "topic[%s] not exist", name);
	return t;
}

/* Those of the message, and what retries need: where it came from, and not to wait. A dead letter keeps where
 * its last delay led to; another delay says so anew. */
static void write_properties(struct mb_broker *b, const struct rmqi_stored_message *from,
			     bool is_delayed)
{
	static const char *const always[] = {RMQI_PROP_WAIT, RMQI_PROP_DELAY, NULL};
	static const char *const delayed[] = {RMQI_PROP_WAIT, RMQI_PROP_DELAY, RMQI_PROP_REAL_TOPIC,
					      RMQI_PROP_REAL_QID, NULL};
	const char *const *replaced = is_delayed ? delayed : always;
	struct rmqi_buf *out = &b->properties;
	struct rmqi_str value;
	char id[RMQI_ID_SIZE];

	rmqi_buf_reset(out);
	rmqi_properties_copy_without(out, from->properties, replaced);
	if (!rmqi_properties_get(from->properties, RMQI_PROP_RETRY_TOPIC, &value))
		rmqi_properties_add(out, RMQI_STR(RMQI_PROP_RETRY_TOPIC), from->topic);
	if (!rmqi_properties_get(from->properties, RMQI_PROP_ORIGIN_MESSAGE_ID, &value)) {
		size_t len = rmqi_offset_id(&from->store_host, from->physical_offset, id);

		rmqi_properties_add(out, RMQI_STR(RMQI_PROP_ORIGIN_MESSAGE_ID),
				    rmqi_str_n(id, len));
	}
	rmqi_properties_add(out, RMQI_STR(RMQI_PROP_WAIT), RMQI_STR("false"));
}

static void put_back(struct mb_broker *b, struct mb_request *r,
		     const struct rmqi_stored_message *from, const struct mb_topic *topic,
		     int32_t delay_level)
{
	struct rmqi_stored_message m = *from;
	struct mb_put_result put;

	write_properties(b, from, delay_level > 0);
	m.topic = rmqi_str(topic->config.topic_name);
	m.queue_id = topic->config.write_queue_nums > 1
			     ? (int32_t)rmqi_rand_below(&b->rand,
							(uint64_t)topic->config.write_queue_nums)
			     : 0;
	m.reconsume_times++;
	m.store_host = b->store_host;
	m.prepared_transaction_offset = 0;
	if (delay_level > 0)
		mb_delay(&m, &b->properties, delay_level);
	else
		rmqi_properties_add(&b->properties, RMQI_STR(RMQI_PROP_DELAY), RMQI_STR("0"));
	m.properties = rmqi_cursor_str(rmqi_buf_cursor(&b->properties));
	mb_store_put(b->store, &m, &put);
	if (mb_put_is_stored(put.status))
		mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
	else
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR, "%s",
				mb_put_status_name(put.status));
}

static void send_back(struct mb_broker *b, struct mb_request *r, const struct mb_group *group,
		      const struct rmqi_h_consumer_send_msg_back *h)
{
	const struct mb_topic *topic = retry_topic(b, r, group, h->unitMode);
	struct rmqi_stored_message m;
	struct rmqi_cursor record;
	int32_t level = h->delayLevel;
	int32_t most = group->retry_max_times;

	if (!topic)
		return;
	if (!mb_store_record_at(b->store, h->offset, &record) ||
	    rmqi_message_decode(&record, &m) != RMQ_OK) {
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR,
				"look message by offset failed, %lld", (long long)h->offset);
		return;
	}
	if (RMQI_HAS(h, consumer_send_msg_back, maxReconsumeTimes))
		most = h->maxReconsumeTimes;
	if (m.reconsume_times >= most || level < 0) {
		topic = dlq_topic(b, r, group);
		if (RMQI_PLANTED(DEAD_LETTER_SKIPPED))
			mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
		else if (topic)
			put_back(b, r, &m, topic, 0);
		return;
	}
	if (level == 0)
		level = FIRST_RETRY_LEVEL + m.reconsume_times;
	put_back(b, r, &m, topic, level);
}

static void consumer_send_msg_back(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_consumer_send_msg_back *h = r->header;
	const struct mb_group *group;

	if (mb_ha_is_slave(&b->ha)) {
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR,
				"no master available along with %s", b->ip);
		return;
	}
	group = mb_group_get(b, h->group);
	if (!group)
		mb_answer_error(&r->ticket, RMQI_RESP_SUBSCRIPTION_GROUP_NOT_EXIST,
				"subscription group not exist, %.*s %s", RMQI_STR_ARG(h->group),
				MB_FAQ);
	else if (!mb_broker_can(b, RMQI_PERM_WRITE))
		mb_answer_error(&r->ticket, RMQI_RESP_NO_PERMISSION,
				"the broker[%s] sending message is forbidden", b->ip);
	else if (group->retry_queue_nums <= 0)
		mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS); /* dropped */
	else
		send_back(b, r, group, h);
}

const struct mb_handler mb_send_back_handlers[] = {
	{RMQI_REQ_CONSUMER_SEND_MSG_BACK, consumer_send_msg_back},
	{0, NULL},
};
