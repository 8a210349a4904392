/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lite_out.c - what is out of a lite topic, and what becomes of it (AckMessageProcessor.ackLite,
 * ChangeInvisibleTimeProcessor).
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "codec/lite.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/lites.h"
#include "mock-broker/broker/pop.h"
#include "mock-broker/broker/pop_order.h"

enum { KEY_MAX = RMQI_LITE_QUEUE_MAX + 1 + RMQI_TOPIC_MAX * 2 };

/* --- What is out ------------------------------------------------------------------------------------ */

/* {NULL, 0}: it does not fit. */
static struct rmqi_str key_of(struct rmqi_str queue, struct rmqi_str group, char out[KEY_MAX])
{
	int n = snprintf(out, KEY_MAX, "%.*s@%.*s", RMQI_STR_ARG(queue), RMQI_STR_ARG(group));

	return n > 0 && n < KEY_MAX ? rmqi_str_n(out, (size_t)n) : (struct rmqi_str){0};
}

void mb_lite_out_free(void *out)
{
	struct mb_lite_out *o = out;

	if (!o)
		return;
	mb_pop_order_free(o->queue.order);
	rmqi_free(o->name);
	rmqi_free(o->group);
	rmqi_free(o);
}

/* The invisible time is over: it goes out again. */
static void on_unblocked(struct mb_pop_queue *q)
{
	struct mb_lite_out *o = RMQI_CONTAINER(q, struct mb_lite_out, queue);
	const struct mb_lite_topic *t = mb_lite_topic_find(o->broker, rmqi_str(o->name));

	if (t)
		mb_lite_event_of_group(o->broker, t, rmqi_str(o->group));
}

struct mb_lite_out *mb_lite_out_find(const struct mb_broker *b, struct rmqi_str queue,
				     struct rmqi_str group)
{
	char text[KEY_MAX];
	struct rmqi_str key = key_of(queue, group, text);

	return key.len > 0 ? rmqi_map_get(&b->lites.outs, key) : NULL;
}

struct mb_lite_out *mb_lite_out_get(struct mb_broker *b, struct rmqi_str queue,
				    struct rmqi_str group)
{
	struct mb_lite_out *o = mb_lite_out_find(b, queue, group);
	char text[KEY_MAX];
	struct rmqi_str key = key_of(queue, group, text);

	if (o || key.len == 0)
		return o;
	o = rmqi_calloc(1, sizeof(*o));
	if (!o)
		return NULL;
	o->broker = b;
	o->queue.unblocked = on_unblocked;
	o->name = rmqi_str_dup(queue);
	o->group = rmqi_str_dup(group);
	if (o->name && o->group && rmqi_map_set(&b->lites.outs, key, o, NULL) == RMQ_OK)
		return o;
	mb_lite_out_free(o);
	return NULL;
}

static void forget(struct mb_broker *b, const struct mb_lite_out *o)
{
	char text[KEY_MAX];

	mb_lite_out_free(
		rmqi_map_remove(&b->lites.outs, key_of(rmqi_str(o->name), rmqi_str(o->group), text)));
}

void mb_lite_outs_forget(struct mb_broker *b, struct rmqi_str queue)
{
	for (size_t i = b->lites.outs.count; i-- > 0;) {
		const struct mb_lite_out *o = rmqi_map_at(&b->lites.outs, i, NULL);

		if (rmqi_str_is(queue, o->name))
			forget(b, o);
	}
}

void mb_lite_set_offset(struct mb_broker *b, struct rmqi_str queue, struct rmqi_str group,
			int64_t offset)
{
	const struct mb_lite_out *o = mb_lite_out_find(b, queue, group);

	if (o)
		forget(b, o);
	if (mb_offsets_commit(b, queue, group, 0, offset) != RMQ_OK)
		RMQI_LOG(b->log, RMQ_LOG_ERROR, "broker: an offset of %.*s is lost: no memory",
			 RMQI_STR_ARG(group));
}

/* --- Requests about it -------------------------------------------------------------------------------- */

struct named {
	struct mb_broker *b;
	const struct mb_ticket *ticket;
	char queue[RMQI_LITE_QUEUE_MAX + 1];
	struct rmqi_str topic; /* the parent */
	struct rmqi_str group;
	int32_t queue_id;
	int64_t offset;
	struct rmqi_receipt receipt;
};

static bool refuse(const struct named *n, int32_t code, const char *remark)
{
	mb_pop_refuse(n->ticket, code, "%s", remark);
	return false;
}

static bool read_names(struct named *n, struct rmqi_str lite, struct rmqi_str extra)
{
	rmqi_lite_queue_name(n->topic, lite, n->queue);
	if (n->queue[0] == '\0' || !rmqi_receipt_read(extra, &n->receipt))
		return refuse(n, RMQI_RESP_SYSTEM_ERROR,
			      "java.lang.IllegalArgumentException: extraInfo is no receipt");
	return true;
}

static bool check(const struct named *n)
{
	const struct mb_group *g = mb_group_find(n->b, n->group);

	if (!mb_topic_find(n->b, n->topic))
		return refuse(n, RMQI_RESP_TOPIC_NOT_EXIST, "topic not exist, apply first please!");
	if (!g || !g->lite.bind_topic || !rmqi_str_is(n->topic, g->lite.bind_topic))
		return refuse(n, RMQI_RESP_INVALID_PARAMETER,
			      "group type or bind topic not match.");
	if (n->offset > mb_store_light_max(n->b->store, rmqi_str(n->queue)))
		return refuse(n, RMQI_RESP_NO_MESSAGE, "ack offset illegal.");
	if (n->queue_id != 0 || n->receipt.revive_queue != RMQI_POP_ORDERLY_QUEUE)
		return refuse(n, RMQI_RESP_INVALID_PARAMETER, "ack queue illegal.");
	return true;
}

static bool is_committed(const struct named *n)
{
	const struct mb_queue_offsets *row =
		mb_offsets_find(&n->b->offsets, rmqi_str(n->queue), n->group, 0);

	return row && n->offset < row->committed;
}

/* False: it was not popped so. */
static bool acknowledge(const struct named *n)
{
	struct mb_broker *b = n->b;
	struct rmqi_str queue = rmqi_str(n->queue);
	struct mb_lite_out *o = mb_lite_out_find(b, queue, n->group);
	const struct mb_lite_topic *t = mb_lite_topic_find(b, queue);
	int64_t next = o ? mb_pop_order_ack(&o->queue, n->offset, n->receipt.pop_ms)
			 : MB_ORDER_ILLEGAL;

	if (next < 0)
		return false;
	if (mb_offsets_commit(b, queue, n->group, 0, next) != RMQ_OK)
		RMQI_LOG(b->log, RMQ_LOG_ERROR, "broker: an offset of %.*s is lost: no memory",
			 RMQI_STR_ARG(n->group));
	if (mb_pop_order_is_done(&o->queue))
		forget(b, o);
	else if (mb_pop_order_blocks(b, &o->queue, RMQI_STR(""), n->receipt.invisible_ms))
		return true;
	if (t && mb_lite_has_more(b, queue, n->group))
		mb_lite_event_of_group(b, t, n->group);
	return true;
}

void mb_lite_ack(struct mb_broker *b, struct mb_request *r)
{
	const struct rmqi_h_ack_message *h = r->header;
	struct named n = {.b = b,
			  .ticket = &r->ticket,
			  .topic = h->topic,
			  .group = h->consumerGroup,
			  .queue_id = h->queueId,
			  .offset = h->offset};

	if (!read_names(&n, h->liteTopic, h->extraInfo) || !check(&n))
		return;
	if (is_committed(&n) || acknowledge(&n))
		mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
	else
		(void)refuse(&n, RMQI_RESP_MESSAGE_ILLEGAL, "ack offset illegal.");
}

/* All that is out of it, or one message. */
static void change(const struct named *n, int64_t visible_ms, bool is_all)
{
	struct mb_lite_out *o = mb_lite_out_find(n->b, rmqi_str(n->queue), n->group);
	const struct mb_pop_order *order = o ? o->queue.order : NULL;

	if (!is_all)
		mb_pop_order_change(o ? &o->queue : NULL, n->offset, n->receipt.pop_ms, visible_ms);
	for (size_t i = 0; is_all && order && i < order->count; i++)
		mb_pop_order_change(&o->queue, order->items[i].offset, n->receipt.pop_ms,
				    visible_ms);
}

/* The remark is what an answer of Java has that nobody gave one. */
static void answer_change(const struct named *n,
			  const struct rmqi_h_change_invisible_time_response *h)
{
	const struct rmqi_outgoing response = {
		.code = RMQI_RESP_SUCCESS,
		.remark = RMQI_STR("not set any response code"),
		.desc = &rmqi_desc_change_invisible_time_response,
		.header = h,
	};

	mb_answer(n->ticket, &response);
}

void mb_lite_change(struct mb_broker *b, struct mb_request *r)
{
	const struct rmqi_h_change_invisible_time *h = r->header;
	struct rmqi_h_change_invisible_time_response answer = {0};
	struct named n = {.b = b,
			  .ticket = &r->ticket,
			  .topic = h->topic,
			  .group = h->consumerGroup,
			  .queue_id = h->queueId,
			  .offset = h->offset};
	int64_t visible;

	if (!read_names(&n, h->liteTopic, h->extraInfo) || !check(&n))
		return;
	if (!is_committed(&n)) {
		if (__builtin_add_overflow(mb_broker_wall_ms(b), h->invisibleTime, &visible))
			visible = INT64_MAX;
		change(&n, visible, h->suspend);
		answer.popTime = n.receipt.pop_ms;
		answer.reviveQid = RMQI_POP_ORDERLY_QUEUE;
		if (__builtin_sub_overflow(visible, n.receipt.pop_ms, &answer.invisibleTime))
			answer.invisibleTime = INT64_MAX;
	}
	answer_change(&n, &answer);
}
