/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "codec/codes.h"
#include "codec/message.h"
#include "codec/properties.h"
#include "tests/support/fake_broker_impl.h"

struct queue *fake_queue_find(struct fake_broker *b, struct rmqi_str topic, int id)
{
	for (size_t i = 0; i < b->queue_count; i++) {
		if (b->queues[i].id == id && rmqi_str_is(topic, b->queues[i].topic))
			return &b->queues[i];
	}
	return NULL;
}

struct queue *fake_queue_need(struct fake_broker *b, struct rmqi_str topic, int id)
{
	struct queue *q = fake_queue_find(b, topic, id);

	assert(q);
	return q;
}

/* --- Offsets --------------------------------------------------------------------------------------- */

static void on_query_offset(void *node, struct mb_request *r)
{
	const struct rmqi_h_query_consumer_offset *h = r->header;
	struct rmqi_h_query_consumer_offset_response out = {
		.offset = fake_queue_need(node, h->topic, h->queueId)->committed};

	if (out.offset < 0)
		fake_say_no(r, RMQI_RESP_QUERY_NOT_FOUND);
	else
		mb_answer_header(&r->ticket, &rmqi_desc_query_consumer_offset_response, &out);
}

static void late_free(struct late *l)
{
	rmqi_list_remove(&l->link);
	rmqi_timer_deinit(&l->timer);
	rmqi_conn_unref(l->ticket.conn);
	rmqi_free(l);
}

void fake_late_forget(struct fake_broker *b)
{
	while (!rmqi_list_is_empty(&b->late))
		late_free(RMQI_LIST_ITEM(b->late.next, struct late, link));
}

static void on_late(struct rmqi_timer *t)
{
	struct late *l = RMQI_CONTAINER(t, struct late, timer);

	l->queue->committed = l->offset;
	mb_answer_code(&l->ticket, RMQI_RESP_SUCCESS);
	late_free(l);
}

/* As by a thread that is slower than those that serve what came behind it. */
static void serve_later(struct fake_broker *b, const struct mb_request *r, struct queue *q,
			int64_t offset)
{
	struct late *l = rmqi_calloc(1, sizeof(*l));
	enum rmq_error err;

	assert(l);
	l->ticket = r->ticket;
	rmqi_conn_ref(l->ticket.conn);
	l->queue = q;
	l->offset = offset;
	rmqi_list_push(&b->late, &l->link);
	err = rmqi_timer_init(&l->timer, rmqi_loop_timers(b->loop), on_late);
	assert(err == RMQ_OK);
	rmqi_timer_start_ms(&l->timer, b->late_ms);
	b->late_ms = 0;
}

static void on_update_offset(void *node, struct mb_request *r)
{
	const struct rmqi_h_update_consumer_offset *h = r->header;
	struct fake_broker *b = node;
	struct queue *q = fake_queue_need(node, h->topic, h->queueId);

	if (b->late_ms > 0) {
		serve_later(b, r, q, h->commitOffset);
		return;
	}
	q->committed = h->commitOffset;
	fake_say_yes(r);
}

static void on_max_offset(void *node, struct mb_request *r)
{
	const struct rmqi_h_get_max_offset *h = r->header;
	struct rmqi_h_get_max_offset_response out = {
		.offset = fake_queue_need(node, h->topic, h->queueId)->max};

	mb_answer_header(&r->ticket, &rmqi_desc_get_max_offset_response, &out);
}

static void on_min_offset(void *node, struct mb_request *r)
{
	const struct rmqi_h_get_min_offset *h = r->header;
	struct rmqi_h_get_min_offset_response out = {
		.offset = fake_queue_need(node, h->topic, h->queueId)->min};

	mb_answer_header(&r->ticket, &rmqi_desc_get_min_offset_response, &out);
}

/* The first one that is not older. */
static void on_search_offset(void *node, struct mb_request *r)
{
	const struct rmqi_h_search_offset *h = r->header;
	const struct queue *q = fake_queue_need(node, h->topic, h->queueId);
	struct rmqi_h_search_offset_response out = {.offset = q->min};

	while (out.offset < q->max && q->messages[out.offset].at_ms < h->timestamp)
		out.offset++;

	mb_answer_header(&r->ticket, &rmqi_desc_search_offset_response, &out);
}

/* --- Pull -------------------------------------------------------------------------------------------- */

static void add_property(struct rmqi_buf *out, const char *name, const char *value)
{
	if (value[0])
		rmqi_properties_add(out, rmqi_str(name), rmqi_str(value));
}

/* The flags stand behind 36 bytes, the body behind 84 and its length word. */
static void damage(struct rmqi_buf *out, size_t at, enum fake_damage how)
{
	switch (how) {
	case FAKE_SOUND:
	case FAKE_UNPLACED: /* fake_lite_place */
		break;
	case FAKE_BODY:
		rmqi_buf_patch_u32(out, at + 88, 0x3f3f3f3f);
		break;
	case FAKE_PACKED:
		rmqi_buf_patch_u32(out, at + 36, RMQI_SYS_COMPRESSED);
		break;
	case FAKE_PACKED_5:
		rmqi_buf_patch_u32(out, at + 36,
				   RMQI_SYS_COMPRESSED | 5 << RMQI_SYS_COMPRESSION_SHIFT);
		break;
	case FAKE_FIELDS:
		rmqi_buf_patch_u32(out, at + 84, 0x7fffffff);
		break;
	case FAKE_FRAME:
		rmqi_buf_patch_u32(out, at, 0x7fffffff);
		break;
	}
}

void fake_queue_encode(const struct queue *q, int64_t offset, struct rmqi_buf *out)
{
	const struct stored *s = &q->messages[offset];
	struct rmqi_stored_message m = {.queue_id = q->id,
					.queue_offset = offset,
					.physical_offset = (q->number * 10000 + offset) * 1000,
					.reconsume_times = s->reconsume_times,
					.store_timestamp = s->at_ms,
					.body = rmqi_cursor(s->body, strlen(s->body)),
					.topic = rmqi_str(q->topic)};
	struct rmqi_buf properties;
	size_t before = out->len;
	enum rmq_error err;

	rmqi_buf_init(&properties, RMQI_PROPERTIES_MAX);
	fake_lite_place(q, &m, &properties, s->damage == FAKE_UNPLACED);
	add_property(&properties, RMQI_PROP_TAGS, s->tag);
	add_property(&properties, RMQI_PROP_UNIQ_KEY, s->body);
	add_property(&properties, RMQI_PROP_RETRY_TOPIC, s->retry_topic);
	m.properties = rmqi_cursor_str(rmqi_buf_cursor(&properties));
	err = rmqi_message_encode(out, &m);
	assert(err == RMQ_OK);
	rmqi_buf_deinit(&properties);
	damage(out, before, s->damage);
	assert(out->len > before + 92);
}

static bool is_matched(const struct queue *q, int64_t offset)
{
	const char *tag = q->broker->only_tag;

	return !tag || strcmp(q->messages[offset].tag, tag) == 0;
}

/* What there is for it, or the code. */
static int find_messages(const struct queue *q, const struct rmqi_h_pull_message *h, int64_t *next,
			 struct rmqi_buf *body)
{
	bool is_inside = h->queueOffset >= q->min && h->queueOffset <= q->max;

	*next = h->queueOffset;
	if (q->broker->role == FAKE_BLIND_SLAVE || (q->broker->role != FAKE_MASTER && !is_inside))
		return RMQI_RESP_PULL_RETRY_IMMEDIATELY;
	if (!is_inside) {
		*next = h->queueOffset < q->min ? q->min : q->max;
		return RMQI_RESP_PULL_OFFSET_MOVED;
	}
	if (h->queueOffset == q->max)
		return q->broker->role == FAKE_LONE_SLAVE ? RMQI_RESP_PULL_RETRY_IMMEDIATELY
							  : RMQI_RESP_PULL_NOT_FOUND;
	for (; *next < q->max && *next - h->queueOffset < h->maxMsgNums; ++*next)
		if (is_matched(q, *next))
			fake_queue_encode(q, *next, body);
	return body->len > 0 ? RMQI_RESP_SUCCESS : RMQI_RESP_PULL_RETRY_IMMEDIATELY;
}

static void answer_pull(const struct mb_ticket *ticket, const struct queue *q,
			const struct rmqi_h_pull_message *h)
{
	struct rmqi_h_pull_message_response r = {.suggestWhichBrokerId = q->broker->suggested,
						 .minOffset = q->min,
						 .maxOffset = q->max};
	struct rmqi_outgoing out = {.desc = &rmqi_desc_pull_message_response, .header = &r};
	struct rmqi_cursor piece;
	struct rmqi_buf body;

	rmqi_buf_init(&body, BODY_MAX);
	out.code = find_messages(q, h, &r.nextBeginOffset, &body);
	piece = rmqi_buf_cursor(&body);
	out.body = &piece;
	out.body_count = out.code == RMQI_RESP_SUCCESS;
	mb_answer(ticket, &out);
	rmqi_buf_deinit(&body);
}

void fake_held_free(struct held *h)
{
	rmqi_list_remove(&h->link);
	rmqi_timer_deinit(&h->timer);
	rmqi_conn_unref(h->ticket.conn);
	rmqi_free(h);
}

static void release(struct held *h)
{
	answer_pull(&h->ticket, h->queue, &h->h);
	fake_held_free(h);
}

static void on_hold_over(struct rmqi_timer *t)
{
	release(RMQI_CONTAINER(t, struct held, timer));
}

static void hold(struct queue *q, const struct mb_ticket *ticket,
		 const struct rmqi_h_pull_message *h)
{
	struct fake_broker *b = q->broker;
	struct held *held = rmqi_calloc(1, sizeof(*held));
	enum rmq_error err;

	assert(held);
	held->ticket = *ticket;
	rmqi_conn_ref(ticket->conn);
	held->queue = q;
	held->h.queueOffset = h->queueOffset;
	held->h.maxMsgNums = h->maxMsgNums;
	rmqi_list_push(&b->held, &held->link);
	err = rmqi_timer_init(&held->timer, rmqi_loop_timers(b->loop), on_hold_over);
	assert(err == RMQ_OK);
	rmqi_timer_start_ms(&held->timer, h->suspendTimeoutMillis);
}

static void on_pull(void *node, struct mb_request *r)
{
	const struct rmqi_h_pull_message *h = r->header;
	struct queue *q = fake_queue_find(node, h->topic, h->queueId);

	if (!q) {
		fake_say_no(r, RMQI_RESP_TOPIC_NOT_EXIST);
		return;
	}
	if (h->sysFlag & 1)
		q->committed = h->commitOffset;
	if (h->queueOffset == q->max && (h->sysFlag & 2) && q->broker->role != FAKE_LONE_SLAVE &&
	    q->broker->role != FAKE_BLIND_SLAVE)
		hold(q, &r->ticket, h);
	else
		answer_pull(&r->ticket, q, h);
}

/* --- Storing -------------------------------------------------------------------------------------- */

void fake_queue_wake(void *arg)
{
	struct queue *q = arg;

	RMQI_LIST_EACH(node, &q->broker->held) {
		struct held *h = RMQI_LIST_ITEM(node, struct held, link);

		if (h->queue == q)
			release(h);
	}
	fake_pop_wake(q->broker);
	fake_lite_wake(q->broker);
}

int64_t fake_queue_put(struct queue *q, const char *body, const char *tag, int reconsume_times)
{
	struct stored *s;

	q->messages = rmqi_realloc(q->messages, (size_t)(q->max + 1) * sizeof(*s));
	assert(q->messages);
	s = &q->messages[q->max];
	memset(s, 0, sizeof(*s));
	snprintf(s->body, sizeof(s->body), "%s", body);
	snprintf(s->tag, sizeof(s->tag), "%s", tag ? tag : "");
	if (reconsume_times > 0)
		snprintf(s->retry_topic, sizeof(s->retry_topic), "T");
	s->reconsume_times = reconsume_times;
	s->at_ms = rmqi_clock_wall_ms(rmqi_loop_clock(q->broker->loop));
	q->max++;
	rmqi_loop_call(q->broker->loop, fake_queue_wake, q);
	return q->max - 1;
}

static void on_send_back(void *node, struct mb_request *r)
{
	struct fake_broker *b = node;
	const struct rmqi_h_consumer_send_msg_back *h = r->header;
	int64_t at = h->offset / 1000;
	struct stored s;

	if (b->stores_retries) {
		s = b->queues[at / 10000].messages[at % 10000];
		fake_queue_put(fake_queue_need(b, RMQI_STR("%RETRY%G"), 0), s.body, s.tag,
			       s.reconsume_times + 1);
	}
	fake_say_yes(r);
}

static void on_send(void *node, struct mb_request *r)
{
	struct fake_broker *b = node;
	const struct rmqi_h_send_message *h = r->header;
	struct rmqi_h_send_message_response sent = {.msgId = RMQI_STR("0")};
	struct rmqi_cursor bytes = r->command->body;
	char body[64];

	snprintf(body, sizeof(body), "%.*s", (int)bytes.len, (const char *)bytes.ptr);
	if (b->stores_retries)
		fake_queue_put(fake_queue_need(b, h->topic, h->queueId), body, NULL,
			       h->reconsumeTimes);
	mb_answer_header(&r->ticket, &rmqi_desc_send_message_response, &sent);
}

const struct mb_handler fake_queue_handlers[] = {
	{RMQI_REQ_QUERY_CONSUMER_OFFSET, on_query_offset},
	{RMQI_REQ_UPDATE_CONSUMER_OFFSET, on_update_offset},
	{RMQI_REQ_GET_MAX_OFFSET, on_max_offset},
	{RMQI_REQ_GET_MIN_OFFSET, on_min_offset},
	{RMQI_REQ_SEARCH_OFFSET_BY_TIMESTAMP, on_search_offset},
	{RMQI_REQ_PULL_MESSAGE, on_pull},
	{RMQI_REQ_SEND_MESSAGE_V2, on_send},
	{RMQI_REQ_CONSUMER_SEND_MSG_BACK, on_send_back},
	{0, NULL},
};
