/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pop_ack.c - what becomes of a popped message: it is done (AckMessageProcessor.java), or stays invisible for
 * another time (ChangeInvisibleTimeProcessor.java).
 *
 * An acknowledgement that comes late, twice, or for something that was never popped is answered with 0, as
 * Apache does: only an offset that the queue has not is an error.
 */
#include <stdio.h>

#include "base/mem.h"
#include "codec/body_pop.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/pop.h"
#include "mock-broker/broker/pop_order.h"
#include "mock-broker/broker/pop_wait.h"

/* One message that the request names. */
struct named {
	struct rmqi_str topic; /* where it lies: maybe a retry topic */
	struct rmqi_str group;
	int32_t queue_id;
	int64_t offset;
	struct rmqi_receipt receipt;
};

/* --- Checks ------------------------------------------------------------------------------------------ */

/* False: it is answered. */
static bool check_queue(struct mb_broker *b, const struct mb_ticket *t, const struct named *n)
{
	const struct mb_topic *topic = mb_topic_find(b, n->topic);

	if (!topic)
		mb_pop_refuse(t, RMQI_RESP_TOPIC_NOT_EXIST,
			      "topic[%.*s] not exist, apply first please! %s",
			      RMQI_STR_ARG(n->topic), MB_FAQ);
	else if (n->queue_id < 0 || n->queue_id >= topic->config.read_queue_nums)
		mb_pop_refuse(t, RMQI_RESP_MESSAGE_ILLEGAL,
			      "queueId[%d] is illegal, topic:[%.*s] "
			      "topicConfig.readQueueNums:[%d] consumer:[/%s]",
			      (int)n->queue_id, RMQI_STR_ARG(n->topic),
			      (int)topic->config.read_queue_nums, rmqi_conn_peer_text(t->conn));
	else
		return true;
	return false;
}

static bool read_receipt(const struct mb_ticket *t, struct rmqi_str text, struct named *n)
{
	if (rmqi_receipt_read(text, &n->receipt))
		return true;
	mb_answer_error(t, RMQI_RESP_SYSTEM_ERROR,
			"java.lang.IllegalArgumentException: extraInfo is no receipt: %.*s",
			RMQI_STR_ARG(text));
	return false;
}

static struct mb_pop_queue *queue_of(const struct mb_broker *b, const struct named *n)
{
	return mb_pop_queue_find(&b->pops.points, n->topic, n->group, n->queue_id);
}

/* --- Done --------------------------------------------------------------------------------------------- */

static int64_t committed(const struct mb_broker *b, const struct named *n)
{
	const struct mb_queue_offsets *row =
		mb_offsets_find(&b->offsets, n->topic, n->group, n->queue_id);

	return row ? row->committed : MB_NO_OFFSET;
}

static void commit_order(struct mb_broker *b, const struct named *n, int64_t next)
{
	const struct mb_queue_offsets *row =
		mb_offsets_find(&b->offsets, n->topic, n->group, n->queue_id);

	if (row && row->reset != MB_NO_OFFSET)
		return;
	if (mb_offsets_commit(b, n->topic, n->group, n->queue_id, next) != RMQ_OK)
		RMQI_LOG(b->log, RMQ_LOG_ERROR, "broker: an offset of %.*s is lost: no memory",
			 RMQI_STR_ARG(n->group));
}

/* False: the message was not popped so; `remark` says it. */
static bool ack_orderly(struct mb_broker *b, const struct mb_ticket *t, const struct named *n,
			char remark[MB_REMARK_MAX])
{
	struct mb_pop_queue *q = queue_of(b, n);
	int64_t old = committed(b, n), next;

	if (n->offset < old)
		return true;
	next = mb_pop_order_ack(q, n->offset, n->receipt.pop_ms);
	if (next == MB_ORDER_ILLEGAL) {
		snprintf(remark, MB_REMARK_MAX,
			 "offset is illegal, key:%.*s@%.*s@%d, old:%lld, commit:%lld, next:-1, /%s",
			 RMQI_STR_ARG(n->topic), RMQI_STR_ARG(n->group), (int)n->queue_id,
			 (long long)old, (long long)n->offset, rmqi_conn_peer_text(t->conn));
		return false;
	}
	if (next < 0)
		return true;
	commit_order(b, n, next);
	if (mb_pop_order_blocks(b, q, RMQI_STR(""), n->receipt.invisible_ms))
		return true;
	mb_pop_wake(b, n->topic, n->group, MB_POP_ALL_QUEUES);
	mb_pop_wake(b, n->topic, n->group, n->queue_id);
	return true;
}

static void ack_point(struct mb_broker *b, const struct named *n)
{
	const struct mb_pop_queue *q = queue_of(b, n);
	struct mb_check_point *p =
		q ? mb_check_point_find(q, n->receipt.start, n->receipt.pop_ms) : NULL;

	if (p)
		mb_revive_ack(b, p, mb_check_point_bit(p, n->offset));
}

static bool check_offset(struct mb_broker *b, const struct mb_ticket *t, const struct named *n)
{
	int64_t min = mb_store_min_offset(b->store, n->topic, n->queue_id);
	int64_t max = mb_store_max_offset(b->store, n->topic, n->queue_id);

	if (n->offset >= min && n->offset <= max)
		return true;
	mb_answer_error(t, RMQI_RESP_NO_MESSAGE,
			"offset is illegal, key:%.*s@%d, commit:%lld, store:%lld~%lld",
			RMQI_STR_ARG(n->topic), (int)n->queue_id, (long long)n->offset,
			(long long)min, (long long)max);
	return false;
}

static void ack_message(void *arg, struct mb_request *r)
{
	const struct rmqi_h_ack_message *h = r->header;
	struct named n = {.topic = h->topic,
			  .group = h->consumerGroup,
			  .queue_id = h->queueId,
			  .offset = h->offset};
	char remark[MB_REMARK_MAX];

	if (h->liteTopic.len > 0 && mb_lites_are_on(arg)) {
		mb_lite_ack(arg, r);
		return;
	}
	if (!check_queue(arg, &r->ticket, &n) || !check_offset(arg, &r->ticket, &n) ||
	    !read_receipt(&r->ticket, h->extraInfo, &n))
		return;
	if (n.receipt.revive_queue != RMQI_POP_ORDERLY_QUEUE)
		ack_point(arg, &n);
	else if (!ack_orderly(arg, &r->ticket, &n, remark)) {
		mb_answer_error(&r->ticket, RMQI_RESP_MESSAGE_ILLEGAL, "%s", remark);
		return;
	}
	mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
}

/* --- Many at once ----------------------------------------------------------------------------------------- */

/* The part of a batch that is one check point's. */
struct part {
	struct named n;
	const struct rmqi_batch_ack *ack;
	int64_t min, max;
};

static bool has_bit(const struct rmqi_batch_ack *a, size_t i)
{
	return i / 8 < a->bits_len && (a->bits[i / 8] >> i % 8 & 1) != 0;
}

static bool is_in_queue(const struct part *part, size_t i, int64_t *offset)
{
	return has_bit(part->ack, i) &&
	       !__builtin_add_overflow(part->ack->start, (int64_t)i, offset) &&
	       *offset >= part->min && *offset <= part->max;
}

static void ack_points(struct mb_broker *b, const struct part *part)
{
	const struct mb_pop_queue *q = queue_of(b, &part->n);
	struct mb_check_point *p =
		q ? mb_check_point_find(q, part->ack->start, part->ack->pop_ms) : NULL;
	uint32_t bits = 0;
	int64_t offset;

	for (uint32_t i = 0; p && i < p->count; i++)
		if (is_in_queue(part, (size_t)p->steps[i], &offset))
			bits |= UINT32_C(1) << i;
	if (p)
		mb_revive_ack(b, p, bits);
}

static bool ack_all_orderly(struct mb_broker *b, const struct mb_ticket *t, struct part *part,
			    char remark[MB_REMARK_MAX])
{
	bool is_fine = true;

	for (size_t i = 0; i < part->ack->bits_len * 8; i++)
		if (is_in_queue(part, i, &part->n.offset))
			is_fine = ack_orderly(b, t, &part->n, remark) && is_fine;
	return is_fine;
}

/* False: something of it was not popped so. */
static bool ack_part(struct mb_broker *b, const struct mb_ticket *t, const struct rmqi_batch_ack *a,
		     char remark[MB_REMARK_MAX])
{
	char name[RMQI_RETRY_TOPIC_MAX + 1];
	struct rmqi_str topic = rmqi_str(a->topic), group = rmqi_str(a->consumer_group);
	struct part part = {.n = {.group = group, .queue_id = a->queue_id}, .ack = a};

	part.n.topic = a->mark == RMQI_POP_NORMAL
			       ? topic
			       : rmqi_str(mb_pop_retry_topic(group, topic,
							     a->mark == RMQI_POP_RETRY_V2, name));
	part.n.receipt.pop_ms = a->pop_ms;
	part.n.receipt.invisible_ms = a->invisible_ms;
	part.min = mb_store_min_offset(b->store, part.n.topic, a->queue_id);
	part.max = mb_store_max_offset(b->store, part.n.topic, a->queue_id);
	if (!mb_topic_find(b, part.n.topic))
		return true;
	if (a->revive_queue == RMQI_POP_ORDERLY_QUEUE)
		return ack_all_orderly(b, t, &part, remark);
	ack_points(b, &part);
	return true;
}

static void batch_ack(void *arg, struct mb_request *r)
{
	struct rmqi_batch_acks body = {0};
	char remark[MB_REMARK_MAX];
	enum rmq_error err = RMQ_OK;
	bool is_fine = true;

	if (r->command->body.len > 0)
		err = rmqi_batch_acks_decode(r->command->body, &body);
	if (err != RMQ_OK) {
		mb_answer_failure(&r->ticket, err);
		return;
	}
	for (size_t i = 0; i < body.count; i++)
		is_fine = ack_part(arg, &r->ticket, &body.acks[i], remark) && is_fine;
	if (!is_fine)
		mb_answer_error(&r->ticket, RMQI_RESP_MESSAGE_ILLEGAL, "%s", remark);
	else
		mb_answer_code(&r->ticket,
			       body.count > 0 ? RMQI_RESP_SUCCESS : RMQI_RESP_NO_MESSAGE);
	rmqi_batch_acks_deinit(&body);
}

/* --- Another time -------------------------------------------------------------------------------------------- */

/* The remark is what an answer of Java has that nobody gave one. `h` NULL: nothing in it. */
static void answer_change(const struct mb_ticket *t, int32_t code,
			  const struct rmqi_h_change_invisible_time_response *h)
{
	static const struct rmqi_h_change_invisible_time_response nothing = {0};
	const struct rmqi_outgoing response = {
		.code = code,
		.remark = RMQI_STR("not set any response code"),
		.desc = &rmqi_desc_change_invisible_time_response,
		.header = h ? h : &nothing,
	};

	mb_answer(t, &response);
}

/* A check point of its own from *pop_ms on, which no other one of this offset has; then the message is done in
 * the old one. */
static bool move_to_new_point(struct mb_broker *b, const struct named *n, int64_t *pop_ms,
			      const struct rmqi_h_change_invisible_time *h)
{
	struct mb_check_points *points = &b->pops.points;
	struct mb_check_point *p = mb_check_point_new(points);

	if (!p)
		return false;
	p->queue = mb_pop_queue_get(points, n->topic, n->group, n->queue_id);
	while (p->queue && mb_check_point_find(p->queue, n->offset, *pop_ms))
		++*pop_ms;
	p->start = n->offset;
	p->pop_ms = *pop_ms;
	p->invisible_ms = h->invisibleTime;
	p->is_suspended = h->suspend && b->config->release >= MB_RELEASE_5_5;
	p->log_queue = n->receipt.revive_queue < 0 ? 0 : n->receipt.revive_queue;
	p->count = 1;
	p->steps[0] = 0;
	if (p->queue && mb_revive_watch(b, p) == RMQ_OK) {
		ack_point(b, n);
		return true;
	}
	mb_check_point_free(points, p);
	return false;
}

static void change_orderly(struct mb_broker *b, const struct mb_ticket *t, const struct named *n,
			   int64_t invisible_ms)
{
	struct rmqi_h_change_invisible_time_response h = {.popTime = n->receipt.pop_ms,
							  .reviveQid = n->receipt.revive_queue};
	int64_t visible;

	if (n->offset < committed(b, n)) {
		answer_change(t, RMQI_RESP_SUCCESS, NULL);
		return;
	}
	if (__builtin_add_overflow(mb_broker_wall_ms(b), invisible_ms, &visible))
		visible = INT64_MAX;
	mb_pop_order_change(queue_of(b, n), n->offset, n->receipt.pop_ms, visible);
	if (__builtin_sub_overflow(visible, n->receipt.pop_ms, &h.invisibleTime))
		h.invisibleTime = INT64_MAX;
	answer_change(t, RMQI_RESP_SUCCESS, &h);
}

static void change_point(struct mb_broker *b, const struct mb_ticket *t, const struct named *n,
			 const struct rmqi_h_change_invisible_time *asked)
{
	struct rmqi_h_change_invisible_time_response h = {
		.popTime = mb_broker_wall_ms(b),
		.invisibleTime = asked->invisibleTime,
		.reviveQid = n->receipt.revive_queue,
	};

	if (move_to_new_point(b, n, &h.popTime, asked))
		answer_change(t, RMQI_RESP_SUCCESS, &h);
	else
		answer_change(t, RMQI_RESP_SYSTEM_ERROR, NULL);
}

static void change_invisible_time(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_change_invisible_time *h = r->header;
	struct named n = {.topic = h->topic,
			  .group = h->consumerGroup,
			  .queue_id = h->queueId,
			  .offset = h->offset};

	if (h->liteTopic.len > 0 && mb_lites_are_on(b)) {
		mb_lite_change(b, r);
		return;
	}
	if (!check_queue(b, &r->ticket, &n))
		return;
	if (n.offset < mb_store_min_offset(b->store, n.topic, n.queue_id) ||
	    n.offset >= mb_store_max_offset(b->store, n.topic, n.queue_id))
		answer_change(&r->ticket, RMQI_RESP_NO_MESSAGE, NULL);
	else if (!read_receipt(&r->ticket, h->extraInfo, &n))
		return;
	else if (n.receipt.revive_queue == RMQI_POP_ORDERLY_QUEUE)
		change_orderly(b, &r->ticket, &n, h->invisibleTime);
	else
		change_point(b, &r->ticket, &n, h);
}

const struct mb_handler mb_ack_handlers[] = {
	{RMQI_REQ_ACK_MESSAGE, ack_message},
	{RMQI_REQ_BATCH_ACK_MESSAGE, batch_ack},
	{RMQI_REQ_CHANGE_MESSAGE_INVISIBLETIME, change_invisible_time},
	{0, NULL},
};
