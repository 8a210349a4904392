/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notification.c - is there something to pop (NotificationProcessor.java), and how many wait for it
 * (PollingInfoProcessor.java)?
 */
#include "base/mem.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/pop.h"
#include "mock-broker/broker/pop_order.h"
#include "mock-broker/broker/pop_wait.h"

enum {
	FILTERED_MAX = 64 /* maxMessageFilterNumForNotification: of as many one is wanted */
};

struct question {
	struct mb_broker *b;
	struct mb_ticket ticket;
	const struct rmqi_h_notification *h; /* borrowed */
	const struct mb_topic *topic;
	struct rmqi_subscription *tags; /* owned; NULL: everything */
};

struct held {
	struct mb_parked parked;
	struct mb_broker *b;
	struct mb_ticket ticket;      /* holds a ref on the connection */
	struct rmqi_h_notification h; /* its texts point into `texts` */
	char texts[];
};

static void process(struct question *q);

/* --- Waiting ------------------------------------------------------------------------------------------ */

static void held_free(struct held *held)
{
	mb_pop_unparked(held->b);
	rmqi_conn_unref(held->ticket.conn);
	rmqi_free(held);
}

static void held_drop(struct mb_parked *parked)
{
	held_free(RMQI_CONTAINER(parked, struct held, parked));
}

static void held_resume(struct mb_parked *parked)
{
	struct held *held = RMQI_CONTAINER(parked, struct held, parked);
	struct question q = {.b = held->b, .ticket = held->ticket, .h = &held->h};

	process(&q);
	rmqi_subscription_free(q.tags);
	held_free(held);
}

static struct mb_parked *held_new(const void *arg)
{
	const struct question *q = arg;
	const struct rmqi_h_notification *h = q->h;
	struct held *held =
		rmqi_alloc(sizeof(*held) + h->consumerGroup.len + h->topic.len + h->attemptId.len +
			   h->expType.len + h->exp.len);
	char *at;

	if (!held)
		return NULL;
	at = held->texts;
	held->parked = (struct mb_parked){.resume = held_resume, .drop = held_drop};
	held->b = q->b;
	held->ticket = q->ticket;
	held->h = *h;
	held->h.consumerGroup = mb_parked_text(&at, h->consumerGroup);
	held->h.topic = mb_parked_text(&at, h->topic);
	held->h.attemptId = mb_parked_text(&at, h->attemptId);
	held->h.expType = mb_parked_text(&at, h->expType);
	held->h.exp = mb_parked_text(&at, h->exp);
	held->h.bname = (struct rmqi_str){0};
	rmqi_conn_ref(held->ticket.conn);
	return &held->parked;
}

/* --- The filter (5.5.0) ---------------------------------------------------------------------------------- */

/* Tags only are looked at; another expression must be one. */
static bool take_filter(struct question *q)
{
	const struct rmqi_h_notification *h = q->h;
	struct mb_expression *expression = NULL;
	enum rmq_error err;

	if (q->b->config->release < MB_RELEASE_5_5 || h->expType.len == 0 || h->exp.len == 0)
		return true;
	err = rmqi_subscription_new(h->topic, h->exp, h->expType, 0, &q->tags);
	if (err == RMQ_OK && !rmqi_str_is(h->expType, "TAG")) {
		err = mb_filter_compile(q->tags->expression_type, q->tags->sub_string, &expression,
					NULL);
		mb_expression_unref(expression);
		rmqi_subscription_free(q->tags);
		q->tags = NULL;
	}
	if (err == RMQ_OK)
		return true;
	mb_pop_refuse(&q->ticket, RMQI_RESP_SUBSCRIPTION_PARSE_FAILED,
		      "parse the consumer's subscription failed");
	return false;
}

struct look {
	const struct rmqi_subscription *tags;
	bool is_wanted;
};

static void look_at(void *arg, const struct mb_queue_entry_view *e)
{
	struct look *l = arg;

	l->is_wanted = l->is_wanted || rmqi_subscription_matches_code(l->tags, e->tags_code);
}

/* Is one of those from `offset` on wanted, of which `left` are left? */
static bool is_wanted(const struct question *q, int32_t queue_id, int64_t offset, int64_t left)
{
	struct look l = {.tags = q->tags};

	if (!q->tags || left >= FILTERED_MAX)
		return left > 0;
	return mb_store_entries(q->b->store, q->h->topic, queue_id, offset, FILTERED_MAX, look_at,
				&l) &&
	       l.is_wanted;
}

/* --- Is there something? --------------------------------------------------------------------------------- */

/* What is in a retry topic is always wanted. */
static bool has_in_queue(const struct question *q, struct rmqi_str topic, int32_t queue_id)
{
	struct mb_broker *b = q->b;
	struct rmqi_str group = q->h->consumerGroup;
	const struct mb_queue_offsets *row = mb_offsets_find(&b->offsets, topic, group, queue_id);
	int64_t offset = row && row->committed != MB_NO_OFFSET
				 ? row->committed
				 : mb_store_min_offset(b->store, topic, queue_id);
	int64_t left = mb_store_max_offset(b->store, topic, queue_id) - offset;

	if (q->h->order &&
	    mb_pop_order_blocks(b, mb_pop_queue_find(&b->pops.points, q->h->topic, group, queue_id),
				q->h->attemptId, 0))
		return false;
	return rmqi_str_eq(topic, q->h->topic) ? is_wanted(q, queue_id, offset, left) : left > 0;
}

static bool has_in_topic(const struct question *q, const struct mb_topic *t)
{
	if (!t)
		return false;
	for (int32_t id = 0; id < t->config.read_queue_nums; id++)
		if (has_in_queue(q, rmqi_str_n(t->config.topic_name, t->name_len), id))
			return true;
	return false;
}

static bool has_in_retry(const struct question *q)
{
	const struct mb_broker_config *c = q->b->config;
	char name[RMQI_RETRY_TOPIC_MAX + 1];

	mb_pop_retry_topic(q->h->consumerGroup, q->h->topic, c->retry_topic_v2, name);
	if (has_in_topic(q, mb_topic_find(q->b, rmqi_str(name))))
		return true;
	if (!c->retry_topic_v2 || !c->pop_retry_v1_too)
		return false;
	mb_pop_retry_topic(q->h->consumerGroup, q->h->topic, false, name);
	return has_in_topic(q, mb_topic_find(q->b, rmqi_str(name)));
}

static bool has_message(const struct question *q)
{
	if (q->h->queueId < 0 ? has_in_topic(q, q->topic)
			      : has_in_queue(q, q->h->topic, q->h->queueId))
		return true;
	return has_in_retry(q);
}

/* The remark is what an answer of Java has that nobody gave one. */
static void answer_with(const struct mb_ticket *t, const struct rmqi_header_desc *desc,
			const void *header)
{
	const struct rmqi_outgoing response = {.code = RMQI_RESP_SUCCESS,
					       .remark = RMQI_STR("not set any response code"),
					       .desc = desc,
					       .header = header};

	mb_answer(t, &response);
}

static void answer(const struct question *q, bool has, bool is_full)
{
	struct rmqi_h_notification_response h = {.hasMsg = has};

	RMQI_SET(&h, notification_response, pollingFull, is_full);
	answer_with(&q->ticket, &rmqi_desc_notification_response, &h);
}

static void wait_or_answer(const struct question *q)
{
	const struct mb_pop_waiter w = {
		.topic = q->h->topic,
		.group = q->h->consumerGroup,
		.queue_id = q->h->queueId,
		.born_ms = q->h->bornTime,
		.poll_ms = q->h->pollTime,
		.kind = MB_WAIT_NOTIFICATION,
	};

	switch (mb_pop_park(q->b, &q->ticket, &w, held_new, q)) {
	case MB_PARKED:
		break;
	case MB_PARKING_FULL:
		answer(q, false, true);
		break;
	case MB_PARKING_OFF:
	case MB_PARKING_OVER:
		answer(q, false, false);
		break;
	}
}

static void process(struct question *q)
{
	const struct mb_pop_request r = {
		.topic = q->h->topic,
		.group = q->h->consumerGroup,
		.queue_id = q->h->queueId,
		.what = "peeking message",
	};
	const struct mb_group *group;

	if (!mb_pop_check_place(q->b, &q->ticket, &r, &q->topic, &group) || !take_filter(q))
		return;
	if (has_message(q))
		answer(q, true, false);
	else
		wait_or_answer(q);
}

static void notification(void *arg, struct mb_request *r)
{
	struct rmqi_h_notification h = *(const struct rmqi_h_notification *)r->header;
	struct question q = {.b = arg, .ticket = r->ticket, .h = &h};

	if (h.bornTime == 0)
		h.bornTime = mb_broker_client_ms(q.b);
	process(&q);
	rmqi_subscription_free(q.tags);
}

static void polling_info(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_polling_info *h = r->header;
	const struct mb_pop_request place = {
		.topic = h->topic,
		.group = h->consumerGroup,
		.queue_id = h->queueId,
		.what = "peeking message",
	};
	struct rmqi_h_polling_info_response answer_header = {0};
	const struct mb_topic *topic;
	const struct mb_group *group;
	const struct mb_pop_queue *q;

	if (!mb_pop_check_place(b, &r->ticket, &place, &topic, &group))
		return;
	q = mb_pop_queue_find(&b->pops.points, h->topic, h->consumerGroup,
			      h->queueId < 0 ? MB_POP_ALL_QUEUES : h->queueId);
	answer_header.pollingNum = q ? (int32_t)q->waiting[MB_WAIT_POP].count : 0;
	answer_with(&r->ticket, &rmqi_desc_polling_info_response, &answer_header);
}

const struct mb_handler mb_notification_handlers[] = {
	{RMQI_REQ_NOTIFICATION, notification},
	{RMQI_REQ_POLLING_INFO, polling_info},
	{0, NULL},
};
