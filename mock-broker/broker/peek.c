/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peek.c - PEEK_MESSAGE: what a pop would take, and nothing is taken (PeekMessageProcessor.java).
 *
 * Messages come as they are stored, those of the retry topic under its name, and have no receipts.
 */
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/pop.h"

enum { RETRY_FIRST = 5 }; /* one in so many */

struct peek {
	struct mb_broker *b;
	const struct rmqi_h_peek_message *h; /* borrowed */
	int64_t rest;
	size_t count;
	struct rmqi_cursor records[MB_POP_MAX];
};

static bool is_full(const struct peek *p)
{
	return (int64_t)p->count >= p->h->maxMsgNums || p->count == MB_POP_MAX;
}

static void get(const struct peek *p, struct rmqi_str topic, int32_t queue_id, int64_t offset,
		struct mb_get_result *got)
{
	int64_t room = p->h->maxMsgNums < MB_POP_MAX ? p->h->maxMsgNums : MB_POP_MAX;
	const struct mb_get_limits limits = {
		.max_messages = (int32_t)(room - (int64_t)p->count),
		.max_bytes = (size_t)p->b->config->max_transfer_bytes,
	};

	mb_store_get(p->b->store, topic, queue_id, offset, &limits, NULL, got);
}

/* Where the group is; without an offset of its own, where the queue begins. */
static int64_t offset_of(const struct peek *p, struct rmqi_str topic, int32_t queue_id)
{
	const struct mb_queue_offsets *row =
		mb_offsets_find(&p->b->offsets, topic, p->h->consumerGroup, queue_id);

	return row && row->committed != MB_NO_OFFSET
		       ? row->committed
		       : mb_store_min_offset(p->b->store, topic, queue_id);
}

static void peek_queue(struct peek *p, struct rmqi_str topic, int32_t queue_id)
{
	struct mb_get_result *got = &p->b->got;
	int64_t offset = offset_of(p, topic, queue_id);

	p->rest += mb_store_max_offset(p->b->store, topic, queue_id) - offset;
	if (is_full(p))
		return;
	get(p, topic, queue_id, offset, got);
	if (got->status == MB_GET_OFFSET_TOO_SMALL || got->status == MB_GET_OFFSET_OVERFLOW_BADLY)
		get(p, topic, queue_id, got->next_begin_offset, got);
	for (size_t i = 0; i < got->count; i++)
		p->records[p->count++] = got->records[i];
}

static void peek_topic(struct peek *p, const struct mb_topic *t, int32_t first)
{
	for (int32_t i = 0; t && i < t->config.read_queue_nums; i++)
		peek_queue(p, rmqi_str_n(t->config.topic_name, t->name_len),
			   (first + i) % t->config.read_queue_nums);
}

static void peek_retry(struct peek *p, int32_t first)
{
	char name[RMQI_RETRY_TOPIC_MAX + 1];

	mb_pop_retry_topic(p->h->consumerGroup, p->h->topic, p->b->config->retry_topic_v2, name);
	peek_topic(p, mb_topic_find(p->b, rmqi_str(name)), first);
}

static void read_all(struct peek *p, const struct mb_topic *topic)
{
	int32_t chance = (int32_t)rmqi_rand_below(&p->b->rand, 100);
	bool is_retry_first = chance % RETRY_FIRST == 0;

	if (is_retry_first)
		peek_retry(p, chance);
	if (p->h->queueId < 0)
		peek_topic(p, topic, chance);
	else
		peek_queue(p, p->h->topic, p->h->queueId);
	if (!is_retry_first && (int64_t)p->count < p->h->maxMsgNums)
		peek_retry(p, chance);
}

static void reply(const struct peek *p, const struct mb_ticket *t)
{
	const struct rmqi_h_pop_message_response h = {.restNum = p->rest};
	const struct rmqi_outgoing response = {
		.code = p->count > 0 ? RMQI_RESP_SUCCESS : RMQI_RESP_PULL_NOT_FOUND,
		.remark = p->count > 0 ? RMQI_STR("FOUND") : RMQI_STR("NO_MESSAGE_IN_QUEUE"),
		.desc = &rmqi_desc_pop_message_response,
		.header = &h,
		.body = p->records,
		.body_count = p->count,
	};

	if (p->count > 0)
		mb_figures_got(p->b, p->h->topic, p->h->consumerGroup, p->count);
	p->b->get_count += p->count;
	mb_answer(t, &response);
}

/* GetMessageResult makes a list of so many. */
static bool check_count(const struct peek *p, const struct mb_ticket *t)
{
	if (p->h->maxMsgNums >= 0)
		return true;
	mb_answer_error(t, RMQI_RESP_SYSTEM_ERROR,
			"java.lang.IllegalArgumentException: Illegal Capacity: %d",
			(int)p->h->maxMsgNums);
	return false;
}

static void peek_message(void *arg, struct mb_request *r)
{
	struct peek p = {.b = arg, .h = r->header};
	const struct mb_pop_request place = {
		.topic = p.h->topic,
		.group = p.h->consumerGroup,
		.queue_id = p.h->queueId,
		.what = "peeking message",
	};
	const struct mb_topic *topic;
	const struct mb_group *group;

	if (!mb_pop_check_place(p.b, &r->ticket, &place, &topic, &group) ||
	    !check_count(&p, &r->ticket))
		return;
	read_all(&p, topic);
	reply(&p, &r->ticket);
}

const struct mb_handler mb_peek_handlers[] = {
	{RMQI_REQ_PEEK_MESSAGE, peek_message},
	{0, NULL},
};
