/* SPDX-License-Identifier: Apache-2.0 */
/* What pops: messages that are out, their acks, questions whether there is something, who pops what. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "codec/body_pop.h"
#include "codec/codes.h"
#include "codec/lite.h"
#include "codec/receipt.h"
#include "tests/support/fake_broker_impl.h"

/* A message that was popped, and is neither acknowledged nor over. */
struct out {
	struct rmqi_list link;
	struct queue *queue;
	int64_t offset;
	int64_t pop_ms;
	int64_t until_us;
};

/* A question that waits for messages. */
struct asking {
	struct rmqi_list link;
	struct rmqi_timer timer;
	struct mb_ticket ticket; /* with a ref on its connection */
	struct fake_broker *broker;
};

static int64_t now_us(const struct fake_broker *b)
{
	return rmqi_clock_us(b->clock);
}

static bool is_topic(const struct queue *q, struct rmqi_str topic)
{
	return rmqi_str_is(topic, q->topic);
}

/* %RETRY%G_T and queues of T. */
static bool is_of(const struct queue *q, struct rmqi_str topic)
{
	return is_topic(q, topic) || (rmqi_pop_mark_of(rmqi_str(q->topic)) == RMQI_POP_RETRY &&
				      strchr(q->topic, '_') != NULL);
}

/* --- What is out ----------------------------------------------------------------------------------- */

static void end_out(struct out *o)
{
	rmqi_list_remove(&o->link);
	rmqi_free(o);
}

/* What is over is stored once more, as the revive service does (PopReviveService). */
static void revive(struct fake_broker *b)
{
	RMQI_LIST_EACH(node, &b->out) {
		struct out *o = RMQI_LIST_ITEM(node, struct out, link);
		struct stored s;

		if (o->until_us > now_us(b))
			continue;
		s = o->queue->messages[o->offset];
		end_out(o);
		fake_broker_topic(b, "%RETRY%G_T", 1);
		fake_queue_put(fake_queue_need(b, RMQI_STR("%RETRY%G_T"), 0), s.body, s.tag,
			       s.reconsume_times + 1);
	}
}

static struct out *find_out(struct fake_broker *b, struct rmqi_str topic, int queue, int64_t offset,
			    int64_t pop_ms)
{
	RMQI_LIST_EACH(node, &b->out) {
		struct out *o = RMQI_LIST_ITEM(node, struct out, link);

		if (is_topic(o->queue, topic) && o->queue->id == queue && o->offset == offset &&
		    o->pop_ms == pop_ms)
			return o;
	}
	return NULL;
}

void fake_pop_end(struct fake_broker *b)
{
	while (!rmqi_list_is_empty(&b->out))
		end_out(RMQI_LIST_ITEM(b->out.next, struct out, link));
}

size_t fake_broker_out(struct fake_broker *b)
{
	size_t count = 0;

	RMQI_LIST_EACH(node, &b->out)
		count++;
	return count;
}

/* --- Pop --------------------------------------------------------------------------------------------- */

struct pop {
	struct fake_broker *broker;
	const struct rmqi_h_pop_message *h;
	struct rmqi_h_pop_message_response out;
	struct rmqi_buf body, starts, offsets;
	int32_t count;
};

static void pop_one(struct pop *p, struct queue *q)
{
	struct out *o = rmqi_calloc(1, sizeof(*o));

	assert(o);
	*o = (struct out){.queue = q,
			  .offset = q->popped,
			  .pop_ms = p->out.popTime,
			  .until_us = now_us(p->broker) + p->h->invisibleTime * 1000};
	rmqi_list_push(&p->broker->out, &o->link);
	fake_queue_encode(q, q->popped++, &p->body);
	p->count++;
}

static void pop_queue(struct pop *p, struct queue *q)
{
	enum rmqi_pop_mark mark = rmqi_pop_mark_of(rmqi_str(q->topic));
	int64_t start, taken[64];
	size_t count = 0;

	/* A pop goes on where pulls have committed, and commits (PopMessageProcessor). */
	if (q->committed > q->popped)
		q->popped = q->committed;
	start = q->popped;
	while (q->popped < q->max && p->count < p->h->maxMsgNums) {
		taken[count++] = q->popped;
		pop_one(p, q);
	}
	if (count == 0)
		return;
	q->committed = q->popped;
	rmqi_pop_add_start(&p->starts, mark, q->id, start);
	rmqi_pop_add_offsets(&p->offsets, mark, q->id, taken, count);
}

static int64_t rest_of(const struct fake_broker *b, struct rmqi_str topic)
{
	int64_t rest = 0;

	for (size_t i = 0; i < b->queue_count; i++)
		if (is_of(&b->queues[i], topic))
			rest += b->queues[i].max - b->queues[i].popped;
	return rest;
}

static void on_pop(void *node, struct mb_request *r)
{
	struct fake_broker *b = node;
	struct pop p = {.broker = b, .h = r->header};
	struct rmqi_outgoing out = {.desc = &rmqi_desc_pop_message_response, .header = &p.out};
	struct rmqi_cursor piece;

	revive(b);
	rmqi_buf_init(&p.body, BODY_MAX);
	rmqi_buf_init(&p.starts, BODY_MAX);
	rmqi_buf_init(&p.offsets, BODY_MAX);
	p.out.popTime = rmqi_clock_wall_ms(b->clock);
	p.out.invisibleTime = p.h->invisibleTime;
	p.out.reviveQid = 3;
	p.out.restNum = b->barren;
	b->barren -= b->barren > 0 && b->barren < FAKE_FOREVER ? 1 : 0;
	for (size_t i = 0; p.out.restNum == 0 && i < b->queue_count; i++)
		if (is_of(&b->queues[i], p.h->topic))
			pop_queue(&p, &b->queues[i]);
	if (p.out.restNum == 0)
		p.out.restNum = rest_of(b, p.h->topic);
	RMQI_SET(&p.out, pop_message_response, startOffsetInfo,
		 rmqi_cursor_str(rmqi_buf_cursor(&p.starts)));
	RMQI_SET(&p.out, pop_message_response, msgOffsetInfo,
		 rmqi_cursor_str(rmqi_buf_cursor(&p.offsets)));
	piece = rmqi_buf_cursor(&p.body);
	out.code = p.count > 0 ? RMQI_RESP_SUCCESS : RMQI_RESP_POLLING_TIMEOUT;
	out.body = &piece;
	out.body_count = 1;
	mb_answer(&r->ticket, &out);
	rmqi_buf_deinit(&p.body);
	rmqi_buf_deinit(&p.starts);
	rmqi_buf_deinit(&p.offsets);
}

void fake_pop_take(struct queue *q, int64_t offset, int64_t pop_ms, int64_t invisible_ms)
{
	struct out *o = rmqi_calloc(1, sizeof(*o));

	assert(o);
	*o = (struct out){.queue = q,
			  .offset = offset,
			  .pop_ms = pop_ms,
			  .until_us = now_us(q->broker) + invisible_ms * 1000};
	rmqi_list_push(&q->broker->out, &o->link);
}

/* --- Acks -------------------------------------------------------------------------------------------- */

static bool is_acked(struct fake_broker *b, struct rmqi_str topic, int queue, int64_t offset,
		     int64_t pop_ms)
{
	struct out *o = find_out(b, topic, queue, offset, pop_ms);

	if (o)
		end_out(o);
	return o != NULL;
}

static void on_ack(void *node, struct mb_request *r)
{
	const struct rmqi_h_ack_message *h = r->header;
	struct rmqi_receipt receipt;
	struct rmqi_str topic;
	char name[RMQI_LITE_QUEUE_MAX + 1];
	bool is_good = rmqi_receipt_read(h->extraInfo, &receipt);

	assert(is_good && receipt.offset == h->offset && receipt.queue_id == h->queueId);
	revive(node);
	topic = fake_lite_queue(h->topic, h->liteTopic, name);
	if (is_acked(node, topic, h->queueId, h->offset, receipt.pop_ms))
		fake_say_yes(r);
	else
		fake_say_no(r, RMQI_RESP_NO_MESSAGE);
}

static void ack_bits(struct fake_broker *b, const struct rmqi_batch_ack *a)
{
	char topic[RMQI_RETRY_TOPIC_MAX + 1];

	rmqi_pop_topic(a->mark, a->consumer_group, a->topic, topic);
	for (size_t i = 0; i < a->bits_len * 8; i++)
		if (a->bits[i / 8] & 1 << i % 8)
			(void)is_acked(b, rmqi_str(topic), a->queue_id, a->start + (int64_t)i,
				       a->pop_ms);
}

static void on_batch_ack(void *node, struct mb_request *r)
{
	struct rmqi_batch_acks acks = {0};
	enum rmq_error err = rmqi_batch_acks_decode(r->command->body, &acks);

	assert(err == RMQ_OK);
	revive(node);
	for (size_t i = 0; i < acks.count; i++)
		ack_bits(node, &acks.acks[i]);
	rmqi_batch_acks_deinit(&acks);
	fake_say_yes(r);
}

static void on_change(void *node, struct mb_request *r)
{
	struct fake_broker *b = node;
	const struct rmqi_h_change_invisible_time *h = r->header;
	struct rmqi_h_change_invisible_time_response out = {
		.popTime = rmqi_clock_wall_ms(b->clock) + 1,
		.invisibleTime = h->invisibleTime,
		.reviveQid = 4};
	struct rmqi_receipt receipt;
	bool is_good = rmqi_receipt_read(h->extraInfo, &receipt);
	char name[RMQI_LITE_QUEUE_MAX + 1];
	struct out *o;

	assert(is_good);
	revive(b);
	o = find_out(b, fake_lite_queue(h->topic, h->liteTopic, name), h->queueId, h->offset,
		     receipt.pop_ms);
	if (!o) {
		fake_say_no(r, RMQI_RESP_NO_MESSAGE);
		return;
	}
	o->pop_ms = out.popTime;
	o->until_us = now_us(b) + h->invisibleTime * 1000;
	mb_answer_header(&r->ticket, &rmqi_desc_change_invisible_time_response, &out);
}

/* --- Is there something? ------------------------------------------------------------------------------ */

static bool has_some(struct fake_broker *b)
{
	for (size_t i = 0; i < b->queue_count; i++) {
		const struct queue *q = &b->queues[i];

		if (q->popped < q->max && is_of(q, RMQI_STR("T")))
			return true;
	}
	return false;
}

static void end_asking(struct asking *a)
{
	rmqi_list_remove(&a->link);
	rmqi_timer_deinit(&a->timer);
	rmqi_conn_unref(a->ticket.conn);
	rmqi_free(a);
}

static void answer_asking(struct asking *a, bool has)
{
	struct rmqi_h_notification_response out = {.hasMsg = has};

	mb_answer_header(&a->ticket, &rmqi_desc_notification_response, &out);
	end_asking(a);
}

static void on_asked_enough(struct rmqi_timer *t)
{
	struct asking *a = RMQI_CONTAINER(t, struct asking, timer);

	/* What is revived answers those that ask; this one is answered here. */
	rmqi_list_remove(&a->link);
	revive(a->broker);
	answer_asking(a, has_some(a->broker));
}

static void on_notification(void *node, struct mb_request *r)
{
	struct fake_broker *b = node;
	const struct rmqi_h_notification *h = r->header;
	struct asking *a = rmqi_calloc(1, sizeof(*a));
	enum rmq_error err;

	assert(a);
	a->ticket = r->ticket;
	a->broker = b;
	rmqi_conn_ref(r->ticket.conn);
	rmqi_list_push(&b->asking, &a->link);
	err = rmqi_timer_init(&a->timer, rmqi_loop_timers(b->loop), on_asked_enough);
	assert(err == RMQ_OK);
	revive(b);
	if (has_some(b))
		answer_asking(a, true);
	else
		rmqi_timer_start_ms(&a->timer, h->pollTime);
}

void fake_pop_wake(struct fake_broker *b)
{
	if (has_some(b) && !rmqi_list_is_empty(&b->asking))
		answer_asking(RMQI_LIST_ITEM(b->asking.next, struct asking, link), true);
}

/* Of the connection; NULL: all. */
void fake_pop_forget(struct fake_broker *b, const struct rmqi_conn *c)
{
	RMQI_LIST_EACH(node, &b->asking) {
		struct asking *a = RMQI_LIST_ITEM(node, struct asking, link);

		if (!c || a->ticket.conn == c)
			end_asking(a);
	}
}

/* --- Who pops ------------------------------------------------------------------------------------------ */

void fake_broker_barren(struct fake_broker *b, int pops)
{
	b->barren = pops;
}

void fake_broker_pops(struct fake_broker *b, bool is_pop)
{
	b->is_pop = is_pop;
}

void fake_broker_assigns(struct fake_broker *b, enum fake_assignment how)
{
	b->assigns = how;
}

static void misassign(struct rmqi_assignments *all, enum fake_assignment how)
{
	static char other[] = "Other";

	for (size_t i = 0; how == FAKE_ASSIGNS_OTHERS && i < all->count; i++)
		all->items[i].queue.topic = other;
	all->is_told = how != FAKE_ASSIGNS_NOTHING;
}

static void assign(struct rmqi_assignment *a, char *topic, int queue, bool is_pop)
{
	static char broker[] = "broker-a";

	*a = (struct rmqi_assignment){.queue = {topic, broker, queue}, .is_pop = is_pop};
}

static void on_assignment(void *node, struct mb_request *r)
{
	struct fake_broker *b = node;
	struct rmqi_assignment_query q;
	struct rmqi_assignment items[QUEUES_MAX];
	struct rmqi_assignments all = {.is_told = true, .items = items};
	enum rmq_error err = rmqi_assignment_query_decode(r->command->body, &q);
	struct rmqi_buf body;

	assert(err == RMQ_OK);
	revive(b);
	for (size_t i = 0; i < b->queue_count; i++)
		if (is_topic(&b->queues[i], rmqi_str(q.topic)))
			assign(&items[all.count++], q.topic, b->queues[i].id, false);
	if (b->is_pop && all.count > 0 && !rmqi_topic_is_retry(rmqi_str(q.topic))) {
		assign(&items[0], q.topic, -1, true);
		all.count = 1;
	}
	misassign(&all, b->assigns);
	rmqi_buf_init(&body, BODY_MAX);
	err = rmqi_assignments_encode(&all, &body);
	assert(err == RMQ_OK);
	mb_answer_body(&r->ticket, &body);
	rmqi_buf_deinit(&body);
	rmqi_assignment_query_deinit(&q);
}

const struct mb_handler fake_pop_handlers[] = {
	{RMQI_REQ_POP_MESSAGE, on_pop},
	{RMQI_REQ_ACK_MESSAGE, on_ack},
	{RMQI_REQ_BATCH_ACK_MESSAGE, on_batch_ack},
	{RMQI_REQ_CHANGE_MESSAGE_INVISIBLETIME, on_change},
	{RMQI_REQ_NOTIFICATION, on_notification},
	{RMQI_REQ_QUERY_ASSIGNMENT, on_assignment},
	{0, NULL},
};
