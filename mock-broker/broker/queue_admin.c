/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue_admin.c - the queues of the store, for operators
 * (AdminBrokerProcessor.queryConsumeQueue, cleanUnusedTopic).
 */
#include <stdio.h>

#include "mock-broker/broker/connections.h"
#include "mock-broker/broker/handlers.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/json_text.h"

/* --- Entries of a queue --------------------------------------------------------------------------- */

struct listing {
	struct rmqi_buf *out;
	bool is_first;
};

static void add_entry(void *arg, const struct mb_queue_entry_view *e)
{
	struct listing *l = arg;

	mb_json_next(l->out, &l->is_first);
	rmqi_buf_add_u8(l->out, '{');
	mb_json_bool(l->out, "eval", false); /* of a bit map that no queue of ours has */
	mb_json_i64(l->out, "physicOffset", e->physical_offset);
	mb_json_i64(l->out, "physicSize", e->size);
	mb_json_i64(l->out, "tagsCode", e->tags_code);
	rmqi_buf_add_u8(l->out, '}');
}

/* What the group subscribes there; NULL: nothing, or it is offline. */
static const struct rmqi_subscription *subscription_of(const struct mb_broker *b,
						       const struct rmqi_h_query_consume_queue *h)
{
	const struct mb_client_group *g = mb_consumers_find(b, h->consumerGroup);

	return g ? rmqi_map_get(&g->subscriptions, h->topic) : NULL;
}

/* Compiled filters are not shown: for all that subscribe it is what Java says of tags. */
static void add_filter(struct rmqi_buf *out, const struct rmqi_h_query_consume_queue *h,
		       bool is_online)
{
	char text[1024] = "null";

	if (!is_online)
		(void)snprintf(text, sizeof(text), "%.*s@%.*s is not online!",
			       RMQI_STR_ARG(h->consumerGroup), RMQI_STR_ARG(h->topic));
	mb_json_text(out, "filterData", text);
}

/* False: there is no entry at that index. */
static bool write_entries(struct mb_broker *b, const struct rmqi_h_query_consume_queue *h)
{
	bool has_group = RMQI_HAS(h, query_consume_queue, consumerGroup);
	const struct rmqi_subscription *s = has_group ? subscription_of(b, h) : NULL;
	struct rmqi_buf *out = &b->body;
	struct listing listing = {out, true};

	rmqi_buf_reset(out);
	rmqi_buf_add_u8(out, '{');
	if (has_group)
		add_filter(out, h, s != NULL);
	mb_json_i64(out, "maxQueueIndex", mb_store_max_offset(b->store, h->topic, h->queueId));
	mb_json_i64(out, "minQueueIndex", mb_store_min_offset(b->store, h->topic, h->queueId));
	mb_json_name(out, "queueData");
	rmqi_buf_add_u8(out, '[');
	if (!mb_store_entries(b->store, h->topic, h->queueId, h->index, h->count, add_entry,
			      &listing))
		return false;
	rmqi_buf_add_u8(out, ']');
	if (s) {
		mb_json_name(out, "subscriptionData");
		mb_subscription_write(s, out);
	}
	rmqi_buf_add_u8(out, '}');
	return true;
}

static void query_queue(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_query_consume_queue *h = r->header;
	char remark[512];
	struct rmqi_outgoing empty = {.code = RMQI_RESP_SUCCESS};

	if (!mb_store_has_queue(b->store, h->topic, h->queueId)) {
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR, "%d@%.*s is not exist!",
				(int)h->queueId, RMQI_STR_ARG(h->topic));
		return;
	}
	if (write_entries(b, h)) {
		mb_answer_body(&r->ticket, &b->body);
		return;
	}
	/* Java answers with a success that has no body. */
	(void)snprintf(remark, sizeof(remark), "Index %lld of %d@%.*s is not exist!",
		       (long long)h->index, (int)h->queueId, RMQI_STR_ARG(h->topic));
	empty.remark = rmqi_str(remark);
	mb_answer(&r->ticket, &empty);
}

/* --- What nobody needs any more ------------------------------------------------------------------- */

struct unused {
	const struct mb_broker *broker;
	struct rmqi_str topic; /* of the store; empty: none was found */
};

static void find_unused(void *arg, struct rmqi_str topic)
{
	struct unused *u = arg;

	if (!u->topic.len && !mb_topic_find(u->broker, topic) && !rmqi_topic_is_system(topic))
		u->topic = topic;
}

/* Topics may not be deleted while they are walked, so that each is looked for anew; there are few, as a topic that
 * is deleted takes its queues along. */
static void clean_topics(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	struct unused u = {.broker = b};
	enum rmq_error err = RMQ_OK;

	do {
		u.topic = (struct rmqi_str){NULL, 0};
		mb_store_topics(b->store, find_unused, &u);
		if (u.topic.len)
			err = mb_store_delete_topic(b->store, u.topic);
	} while (u.topic.len && err == RMQ_OK);
	if (err == RMQ_OK)
		mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
	else
		mb_answer_failure(&r->ticket, err);
}

const struct mb_handler mb_queue_admin_handlers[] = {
	{RMQI_REQ_QUERY_CONSUME_QUEUE, query_queue},
	{RMQI_REQ_CLEAN_UNUSED_TOPIC, clean_topics},
	{0, NULL},
};
