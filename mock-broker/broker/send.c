/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/send.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/mem.h"
#include "codec/lite.h"
#include "codec/names.h"
#include "codec/properties.h"
#include "codec/recall.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/send_place.h"
#include "mock-broker/broker/send_properties.h"

/* A send on its way. */
struct send {
	struct mb_broker *b;
	struct mb_ticket ticket;
	const struct rmqi_h_send_message *h;
	struct mb_place place; /* of its queue */
	struct mb_topic *topic;
	struct rmqi_str topic_name;  /* of `topic`, from fill_message on */
	struct rmqi_str properties;  /* those of its header, in UTF-8 */
	int32_t queue_id; /* that it was sent to */
	int32_t stored_id; /* that it is stored in */
	bool to_dlq;
	bool has_rank; /* its priority has chosen queue_id */
	enum mb_timing timing;
	int64_t out_ms; /* MB_TIMING_LATER: its slot */
	/* Filled in by send_message and fill_message: to zero them before costs as much. */
	struct mb_send_properties p; /* what stands in `properties` */
	struct rmqi_stored_message m;
};

static void begin(struct send *s, struct mb_broker *b, const struct mb_ticket *t,
		  const struct rmqi_h_send_message *h)
{
	s->b = b;
	s->ticket = *t;
	s->h = h;
	s->topic = NULL;
	s->to_dlq = false;
	s->has_rank = false;
	s->timing = MB_TIMING_NOW;
}

/* Any refusal: MSG_REGION and TRACE_ON go with it. */
static bool refuse(const struct send *s, int32_t code, const char *format, ...) RMQI_PRINTF(3, 4);
static bool refuse(const struct send *s, int32_t code, const char *format, ...)
{
	const struct rmqi_ext ext[] = {
		{RMQI_STR("MSG_REGION"), rmqi_str(s->b->config->region_id)},
		{RMQI_STR("TRACE_ON"), rmqi_str(s->b->config->trace_on ? "true" : "false")},
	};
	struct rmqi_outgoing response = {
		.code = code, .extra = ext, .extra_count = RMQI_COUNT(ext)};
	char remark[MB_REMARK_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(remark, sizeof(remark), format, args);
	va_end(args);
	response.remark = rmqi_str(remark);
	mb_answer(&s->ticket, &response);
	return false;
}

static int32_t bad_parameter(const struct send *s)
{
	return mb_release_bad_parameter((enum mb_release)s->b->config->release);
}

/* AbstractSendMessageProcessor.msgCheck: a topic that exists has a legal name. */
static bool find_topic(struct send *s)
{
	struct rmqi_str name = s->h->topic;
	char problem[512];

	s->topic = mb_topic_find_again(s->b, name);
	if (s->topic && !s->topic->is_send_forbidden)
		return true;
	if (rmqi_topic_problem(name, problem, sizeof(problem)))
		return refuse(s, bad_parameter(s), "%s", problem);
	if (rmqi_topic_is_send_forbidden(name))
		return refuse(s, RMQI_RESP_NO_PERMISSION,
			      "Sending message to topic[%.*s] is forbidden.", RMQI_STR_ARG(name));
	s->topic = mb_topic_auto_create(s->b, name, s->h->defaultTopic, s->h->defaultTopicQueueNums,
					s->h->unitMode);
	if (!s->topic && rmqi_topic_is_retry(name))
		s->topic = mb_topic_ensure(s->b, name, 1, RMQI_PERM_READ | RMQI_PERM_WRITE,
					   s->h->unitMode ? 2 : 0, false);
	if (s->topic)
		return true;
	return refuse(s, RMQI_RESP_TOPIC_NOT_EXIST, "topic[%.*s] not exist, apply first please!%s",
		      RMQI_STR_ARG(name), MB_FAQ);
}

/* 1 - 7 */
static bool check(struct send *s)
{
	struct mb_broker *b = s->b;
	const struct rmqi_topic_config *t;
	char text[512];
	int32_t queues;

	if (b->config->start_accept_send_ms &&
	    mb_broker_wall_ms(b) < b->config->start_accept_send_ms)
		return refuse(s, RMQI_RESP_SYSTEM_ERROR, "broker unable to service, until %lld",
			      (long long)b->config->start_accept_send_ms);
	if (!mb_broker_can(b, RMQI_PERM_WRITE)) {
		const struct mb_topic *topic = mb_topic_find(b, s->h->topic);

		if (topic && topic->config.order)
			return refuse(s, RMQI_RESP_NO_PERMISSION,
				      "the broker[%s] sending message is forbidden", b->ip);
	}
	if (!find_topic(s))
		return false;
	t = &s->topic->config;
	queues =
		t->write_queue_nums > t->read_queue_nums ? t->write_queue_nums : t->read_queue_nums;
	if (s->place.queue_id >= queues)
		return refuse(s, bad_parameter(s),
			      "request queueId[%d] is illegal, %s Producer: %s",
			      (int)s->place.queue_id, mb_topic_text(s->topic, text, sizeof(text)),
			      rmqi_conn_peer_text(s->ticket.conn));
	s->stored_id = s->place.queue_id;
	if (s->stored_id < 0)
		s->stored_id =
			t->write_queue_nums > 0
				? (int32_t)rmqi_rand_below(&b->rand, (uint64_t)t->write_queue_nums)
				: 0;
	s->queue_id = s->stored_id;
	return true;
}

struct mb_topic *mb_send_check(struct mb_broker *b, const struct mb_ticket *t,
			       const struct rmqi_h_send_message *h, int32_t *queue_id)
{
	struct send s;

	begin(&s, b, t, h);
	s.place = (struct mb_place){.queue_id = h->queueId};
	if (!check(&s))
		return NULL;
	*queue_id = s.stored_id;
	return s.topic;
}

/* 8, 9: too many tries, or a group of orderly consumers: straight to the dead letters. */
static bool check_retry(struct send *s)
{
	struct rmqi_str name = s->h->topic;
	struct rmqi_str group = rmqi_str_n(name.ptr + sizeof(RMQI_RETRY_PREFIX) - 1,
					   name.len - (sizeof(RMQI_RETRY_PREFIX) - 1));
	const struct mb_group *g = mb_group_get(s->b, group);
	char dlq[RMQI_RETRY_TOPIC_MAX + 8];
	int32_t most;

	if (!g)
		return refuse(s, RMQI_RESP_SUBSCRIPTION_GROUP_NOT_EXIST,
			      "subscription group not exist, %.*s %s", RMQI_STR_ARG(group), MB_FAQ);
	most = g->retry_max_times;
	if (RMQI_HAS(s->h, send_message, maxReconsumeTimes))
		most = s->h->maxReconsumeTimes;
	if (s->b->config->release < MB_RELEASE_5_3)
		most--;
	if (s->h->reconsumeTimes <= most &&
	    !mb_locks_held(&s->b->locks, group, mb_broker_now_ms(s->b)))
		return true;
	snprintf(dlq, sizeof(dlq), "%s%.*s", RMQI_DLQ_PREFIX, RMQI_STR_ARG(group));
	s->topic =
		mb_topic_ensure(s->b, rmqi_str(dlq), 1, RMQI_PERM_READ | RMQI_PERM_WRITE, 0, false);
	if (!s->topic)
		return refuse(s, RMQI_RESP_SYSTEM_ERROR, "topic[%s] not exist", dlq);
	s->to_dlq = true;
	s->stored_id = 0;
	return true;
}

static bool is_half(const struct send *s)
{
	return s->p.is_transaction && !(s->h->reconsumeTimes > 0 && s->p.delay_level > 0);
}

/* 10, 11 and what is not supported here: it must not be stored as if it were. */
static bool check_properties(struct send *s)
{
	const struct mb_send_properties *p = &s->p;

	if (s->topic->is_compaction && !p->keys.len)
		return refuse(s, RMQI_RESP_MESSAGE_ILLEGAL, "Required message key is missing");
	if (is_half(s) && s->b->config->reject_transaction)
		return refuse(s, RMQI_RESP_NO_PERMISSION,
			      "the broker[%s] sending transaction message is forbidden", s->b->ip);
	return true;
}

/* HookUtils.handleScheduleMessage; half messages keep their time for nobody. */
static bool check_time(struct send *s)
{
	s->timing = is_half(s) || s->to_dlq ? MB_TIMING_NOW
					    : mb_timing_of(s->b, &s->p, false, &s->out_ms);
	if (s->timing == MB_TIMING_OFF)
		return refuse(s, RMQI_RESP_SYSTEM_ERROR,
			      "accurate timer message is not enabled, timerWheelEnable is false");
	if (s->timing == MB_TIMING_ILLEGAL)
		return refuse(s, RMQI_RESP_MESSAGE_ILLEGAL,
			      "timer message illegal, the delay time should not be bigger than the "
			      "max delay %lldms; or if set del msg, the delay time should be "
			      "bigger than the current time",
			      (long long)s->b->config->timer_max_delay_sec * 1000);
	return true;
}

/* SendMessageProcessor.attachRecallHandle */
static void add_recall_handle(const struct send *s, struct rmqi_h_send_message_response *h)
{
	struct rmqi_buf *out = &s->b->sends.ids;
	struct rmqi_recall r = {.topic = rmqi_str(s->topic->config.topic_name),
				.broker_name = rmqi_str(s->b->config->broker_name),
				.message_id = s->p.uniq_key};
	char text[24];

	if (s->topic->is_retry)
		return;
	snprintf(text, sizeof(text), "%lld", (long long)s->out_ms + 1);
	r.deliver_ms = rmqi_str(text);
	rmqi_buf_reset(out);
	rmqi_recall_write(out, &r);
	RMQI_SET(h, send_message_response, recallHandle, rmqi_cursor_str(rmqi_buf_cursor(out)));
}

static bool refuse_put(const struct send *s, enum mb_put_status status)
{
	switch (status) {
	case MB_PUT_OK:
	case MB_PUT_FLUSH_DISK_TIMEOUT:
	case MB_PUT_FLUSH_SLAVE_TIMEOUT:
	case MB_PUT_SLAVE_NOT_AVAILABLE:
		return true;
	case MB_PUT_CREATE_MAPPED_FILE_FAILED:
		return refuse(s, RMQI_RESP_SYSTEM_ERROR,
			      "create mapped file failed, server is busy or broken.");
	case MB_PUT_MESSAGE_ILLEGAL:
	case MB_PUT_PROPERTIES_SIZE_EXCEEDED:
		return refuse(
			s, RMQI_RESP_MESSAGE_ILLEGAL,
			"the message is illegal, maybe msg body or properties length not matched. "
			"msg body length limit %lldB, msg properties length limit 32KB.",
			(long long)s->b->config->max_message_size);
	case MB_PUT_SERVICE_NOT_AVAILABLE:
		return refuse(s, RMQI_RESP_SERVICE_NOT_AVAILABLE,
			      "service not available now. It may be caused by one of the following "
			      "reasons: the broker's disk is full, messages are put to the slave, "
			      "message store has been shut down, etc.");
	case MB_PUT_UNKNOWN_ERROR:
		return refuse(s, RMQI_RESP_SYSTEM_ERROR, "UNKNOWN_ERROR");
	}
	return false;
}

/* BrokerMetricsManager.getMessageType */
static inline enum mb_message_type type_of(const struct mb_send_properties *p)
{
	if (p->is_transaction)
		return MB_TYPE_TRANSACTION;
	if (p->is_sharded)
		return MB_TYPE_FIFO;
	return p->has_delay || p->is_timer ? MB_TYPE_DELAY : MB_TYPE_NORMAL;
}

static void answer_put(struct send *s, const struct mb_put_result *put,
		       struct rmqi_h_send_message_response *h)
{
	h->queueId = s->has_rank || (s->place.asked_id < 0 && !s->to_dlq) ? s->queue_id
									  : s->place.asked_id;
	h->queueOffset = put->queue_offset;
	mb_figures_put_to(s->b, s->topic, put->count, put->store_timestamp);
	s->b->put_count += put->count;
	s->b->put_bytes += put->size;
	mb_figures_sized(s->topic, type_of(&s->p), put->count, put->size);
	if (s->b->sends.wait_parts && s->p.must_wait && !s->ticket.is_oneway &&
	    mb_store_has_to_wait(s->b->store, s->b->sends.wait_parts) &&
	    mb_send_wait(s->b, &s->ticket, put->physical_offset + (int64_t)put->size, h))
		return;
	mb_send_answer(s->b, &s->ticket,
		       put->status == MB_PUT_OK ? RMQI_RESP_SUCCESS : mb_put_code(put->status), h);
}

static inline void fill_message(struct send *s, const struct rmqi_command *command)
{
	const struct rmqi_h_send_message *h = s->h;

	s->topic_name = rmqi_str_n(s->topic->config.topic_name, s->topic->name_len);
	/* The rest is the store's. Member by member: a literal of this size is zeroed first, word by word. */
	s->m.queue_id = s->stored_id;
	s->m.flag = h->flag;
	s->m.sys_flag = h->sysFlag | (s->topic->is_multi_tag ? RMQI_SYS_MULTI_TAGS : 0);
	s->m.born_timestamp = h->bornTimestamp;
	s->m.born_host = *rmqi_conn_peer_host(s->ticket.conn);
	s->m.store_host = s->b->store_host;
	s->m.reconsume_times = h->reconsumeTimes;
	s->m.prepared_transaction_offset = 0;
	s->m.topic = s->topic_name;
	s->m.body = command->body;
	s->m.properties = RMQI_STR("");
}

/* Is it stored as it came, with the stamp behind its properties? Most are. */
static bool is_plain(const struct send *s)
{
	const struct mb_send_properties *p = &s->p;

	return p->has_uniq_key && !p->has_old_stamp && !p->is_transaction && p->delay_level <= 0 &&
	       s->timing == MB_TIMING_NOW && !(s->to_dlq && p->has_old_delay);
}

/* Writes properties and maybe another topic for what has to wait, or has to be changed. */
static void transform(struct send *s)
{
	struct mb_broker *b = s->b;

	mb_send_properties_write(&s->p, s->properties, &b->sends.stamp,
				 s->to_dlq || s->p.delay_level > 0 || s->timing == MB_TIMING_LATER,
				 &b->properties);
	s->m.properties = rmqi_cursor_str(rmqi_buf_cursor(&b->properties));
	if (is_half(s))
		mb_half_make(&s->m, &b->properties, s->p.uniq_key);
	/* A half message, too, which then is lost: HookUtils takes it for an ordinary one. */
	if (s->p.delay_level > 0 && !s->to_dlq)
		mb_delay(&s->m, &b->properties, s->p.delay_level);
	if (s->timing == MB_TIMING_LATER)
		mb_timing_apply(&s->m, &b->properties, s->out_ms);
}

static void store_one(struct send *s, struct mb_put_result *put)
{
	const struct mb_record_keys keys = {
		.uniq_key = s->p.uniq_key, .keys = s->p.keys, .tags = s->p.tags};
	struct mb_store *store = s->b->store;

	if (is_plain(s)) {
		s->m.properties = s->properties;
		mb_store_put_keyed(store, &s->m,
				   rmqi_cursor_str(rmqi_buf_cursor(&s->b->sends.stamp)), &keys,
				   put);
		return;
	}
	transform(s);
	/* Who sends to the topic of the schedule itself is not in the way of mb_delay. */
	if (rmqi_str_is(s->m.topic, RMQI_TOPIC_SCHEDULE))
		mb_store_put(store, &s->m, put);
	else
		mb_store_put_keyed(store, &s->m, RMQI_STR(""), &keys, put);
}

static void send_one(struct send *s, const struct rmqi_command *command)
{
	struct mb_broker *b = s->b;
	struct rmqi_h_send_message_response h;
	char msg_id[RMQI_ID_SIZE];
	char uniq_key[RMQI_ID_SIZE];
	struct mb_put_result put;

	if (!check_properties(s) || !check_time(s))
		return;
	h.has = 0; /* of what has no bit, only these are looked at */
	h.transactionId = h.recallHandle = RMQI_STR("");
	fill_message(s, command);
	if (command->body.len == 0 || s->p.has_inner_num) {
		refuse_put(s, MB_PUT_MESSAGE_ILLEGAL);
		return;
	}
	if (!s->p.uniq_key.len)
		s->p.uniq_key = rmqi_str_n(uniq_key, rmqi_uniq_next(&b->uniq, uniq_key));
	store_one(s, &put);
	if (put.status != MB_PUT_OK && !refuse_put(s, put.status))
		return;
	if (is_half(s))
		mb_half_stored(b);
	h.msgId = rmqi_str_n(msg_id, rmqi_offset_id(&s->m.store_host, put.physical_offset, msg_id));
	RMQI_SET(&h, send_message_response, transactionId, s->p.uniq_key);
	if (s->timing == MB_TIMING_LATER)
		add_recall_handle(s, &h);
	answer_put(s, &put, &h);
}

/* For as many as can be in it. */
static bool room_for_offsets(struct mb_sends *sends, struct rmqi_cursor batch)
{
	size_t count = batch.len / RMQI_BATCH_ITEM_MIN;
	int64_t *grown;

	if (count <= sends->offsets_cap)
		return true;
	grown = rmqi_realloc(sends->offsets, count * sizeof(*grown));
	if (!grown)
		return false;
	sends->offsets = grown;
	sends->offsets_cap = count;
	return true;
}

static struct rmqi_str batch_ids(struct mb_broker *b, const struct mb_put_result *put)
{
	struct rmqi_buf *ids = &b->sends.ids;
	uint8_t *start;
	char *at;

	rmqi_buf_reset(ids);
	if (rmqi_buf_reserve(ids, put->count * RMQI_ID_SIZE, &start) != RMQ_OK)
		return RMQI_STR("");
	at = (char *)start;
	for (size_t i = 0; i < put->count; i++) {
		at += rmqi_offset_id(&b->store_host, b->sends.offsets[i], at);
		*at++ = ',';
	}
	rmqi_buf_commit(ids, (size_t)(at - (char *)start) - 1);
	return rmqi_cursor_str(rmqi_buf_cursor(ids));
}

/* What each message gets behind its own properties (MessageExtEncoder.encode): what the broker sets, and
 * the UNIQ_KEY of the batch, which hides that of the message. */
static enum mb_put_status write_of_batch(struct send *s)
{
	struct rmqi_buf *out = &s->b->sends.of_batch;

	s->p.has_uniq_key = true; /* none is made for a batch */
	mb_send_properties_write(&s->p, s->properties, &s->b->sends.stamp, false, out);
	return rmqi_buf_status(out) == RMQ_OK ? MB_PUT_OK : MB_PUT_PROPERTIES_SIZE_EXCEEDED;
}

static void send_batch(struct send *s, const struct rmqi_command *command)
{
	struct rmqi_h_send_message_response h = {0};
	struct mb_put_result put;

	if (s->h->topic.len > RMQI_TOPIC_MAX) {
		refuse(s, RMQI_RESP_MESSAGE_ILLEGAL, "message topic length too long %zu",
		       s->h->topic.len);
		return;
	}
	if (s->topic->is_retry) {
		refuse(s, RMQI_RESP_MESSAGE_ILLEGAL,
		       "batch request does not support retry group %.*s",
		       RMQI_STR_ARG(s->h->topic));
		return;
	}
	fill_message(s, command);
	if (command->body.len == 0 || !room_for_offsets(&s->b->sends, command->body)) {
		refuse_put(s, MB_PUT_MESSAGE_ILLEGAL);
		return;
	}
	if (!refuse_put(s, write_of_batch(s)))
		return;
	mb_store_put_batch(s->b->store, &s->m, command->body,
			   rmqi_cursor_str(rmqi_buf_cursor(&s->b->sends.of_batch)),
			   s->b->sends.offsets, s->b->sends.offsets_cap, &put);
	if (!refuse_put(s, put.status))
		return;
	h.msgId = batch_ids(s->b, &put);
	if (s->p.uniq_key.len)
		RMQI_SET(&h, send_message_response, transactionId, s->p.uniq_key);
	answer_put(s, &put, &h);
}

/* HookUtils.handleLmqQuota: no new lite topic, when there are too many. */
static bool check_quota(const struct send *s)
{
	const struct mb_broker *b = s->b;
	char name[RMQI_LITE_QUEUE_MAX + 1];

	if (!b->config->lmq_quota || !s->p.lite_topic.len || !mb_lites_are_on(b) ||
	    (int64_t)mb_store_light_count(b->store) < b->config->lmq_max)
		return true;
	rmqi_lite_queue_name(rmqi_str(s->topic->config.topic_name), s->p.lite_topic, name);
	if (mb_store_light_max(b->store, rmqi_str(name)) > 0)
		return true;
	return refuse(s, RMQI_RESP_LMQ_QUOTA_EXCEEDED,
		      "[LMQ_CONSUME_QUEUE_NUM_EXCEEDED]lmq consume queue num exceeded.");
}

static void read_properties(struct send *s)
{
	s->properties = s->h->properties;
	mb_send_properties_read(s->properties, &s->p);
	if (s->p.is_ascii)
		return;
	s->properties = mb_send_properties_utf8(s->properties, &s->b->sends.utf8);
	mb_send_properties_read(s->properties, &s->p);
}

/* Most brokers have no static topics. */
static bool find_place(struct send *s, const struct rmqi_command *command)
{
	s->place = (struct mb_place){.asked_id = s->h->queueId, .queue_id = s->h->queueId};
	return s->b->static_topics.by_name.count == 0 ||
	       mb_place_find(s->b, &s->ticket, command, s->h->topic, s->h->queueId, &s->place);
}

static void send_message(void *arg, struct mb_request *r)
{
	struct send s;

	begin(&s, arg, &r->ticket, r->header);
	/* HookUtils.checkBeforePutMessage; here before a topic would be made for it. */
	if (mb_ha_is_slave(&s.b->ha)) {
		refuse_put(&s, MB_PUT_SERVICE_NOT_AVAILABLE);
		return;
	}
	if (!find_place(&s, r->command) || !check(&s))
		return;
	read_properties(&s);
	if (s.h->batch || r->command->code == RMQI_REQ_SEND_BATCH_MESSAGE) {
		send_batch(&s, r->command);
		return;
	}
	if (s.topic->is_retry && !check_retry(&s))
		return;
	if (!check_quota(&s))
		return;
	if (s.p.priority.len > 0 || s.p.lite_topic.len > 0)
		s.has_rank = mb_send_place((enum mb_release)s.b->config->release, &s.topic->config,
					   &s.properties, &s.p, &s.b->sends.of_place, &s.queue_id);
	if (s.has_rank)
		s.stored_id = s.queue_id;
	send_one(&s, r->command);
}

const struct mb_handler mb_send_handlers[] = {
	{RMQI_REQ_SEND_MESSAGE, send_message},
	{RMQI_REQ_SEND_MESSAGE_V2, send_message},
	{RMQI_REQ_SEND_BATCH_MESSAGE, send_message},
	{0, NULL},
};
