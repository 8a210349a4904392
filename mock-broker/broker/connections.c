/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connections.c - who is connected, for operators
 * (AdminBrokerProcessor.getConsumerConnectionList, getProducerConnectionList, querySubscriptionByConsumer).
 */
#include "mock-broker/broker/connections.h"

#include "mock-broker/broker/handlers.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/json_text.h"

/* {"connectionSet":[..]  (left open) */
static void add_connections(struct rmqi_buf *out, const struct mb_client_group *g)
{
	bool is_first = true;

	rmqi_buf_add_text(out, "{\"connectionSet\":[");
	RMQI_LIST_EACH(node, &g->channels) {
		const struct mb_channel *ch = RMQI_LIST_ITEM(node, struct mb_channel, of_group);

		mb_json_next(out, &is_first);
		rmqi_buf_add_u8(out, '{');
		mb_json_text(out, "clientAddr", rmqi_conn_peer_text(ch->peer->conn));
		mb_json_text(out, "clientId", ch->client_id);
		mb_json_text(out, "language", mb_language_name(ch->language));
		mb_json_i64(out, "version", ch->version);
		rmqi_buf_add_u8(out, '}');
	}
	rmqi_buf_add_u8(out, ']');
}

void mb_subscription_write(const struct rmqi_subscription *s, struct rmqi_buf *out)
{
	rmqi_buf_add_text(out, "{\"classFilterMode\":false,\"codeSet\":[");
	for (size_t i = 0; i < s->code_count; i++)
		rmqi_buf_addf(out, "%s%d", i ? "," : "", (int)s->codes[i]);
	rmqi_buf_add_u8(out, ']');
	mb_json_text(out, "expressionType", s->expression_type ? s->expression_type : "TAG");
	mb_json_text(out, "subString", s->sub_string ? s->sub_string : "*");
	mb_json_i64(out, "subVersion", s->sub_version);
	mb_json_name(out, "tagsSet");
	rmqi_buf_add_u8(out, '[');
	for (size_t i = 0; i < s->tag_count; i++) {
		if (i)
			rmqi_buf_add_u8(out, ',');
		rmqi_json_add_string(out, rmqi_str(s->tags[i]));
	}
	rmqi_buf_add_u8(out, ']');
	mb_json_text(out, "topic", s->topic);
	rmqi_buf_add_u8(out, '}');
}

static void get_consumers(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	struct rmqi_buf *out = &b->body;
	const struct rmqi_h_get_consumer_connection_list *h = r->header;
	const struct mb_client_group *g;
	bool is_first = true;
	struct rmqi_str topic;

	g = mb_consumers_find(b, h->consumerGroup);
	if (!g) {
		mb_answer_error(&r->ticket, RMQI_RESP_CONSUMER_NOT_ONLINE,
				"the consumer group[%.*s] not online",
				RMQI_STR_ARG(h->consumerGroup));
		return;
	}
	rmqi_buf_reset(out);
	add_connections(out, g);
	mb_json_text(out, "consumeFromWhere", g->consume_from_where);
	mb_json_text(out, "consumeType", g->consume_type);
	mb_json_text(out, "messageModel", g->message_model);
	mb_json_name(out, "subscriptionTable");
	rmqi_buf_add_u8(out, '{');
	for (size_t i = 0; i < g->subscriptions.count; i++) {
		const struct rmqi_subscription *s = rmqi_map_at(&g->subscriptions, i, &topic);

		mb_json_next(out, &is_first);
		rmqi_json_add_string(out, topic);
		rmqi_buf_add_u8(out, ':');
		mb_subscription_write(s, out);
	}
	rmqi_buf_add_text(out, "}}");
	mb_answer_body(&r->ticket, out);
}

static void get_producers(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_get_producer_connection_list *h = r->header;
	const struct mb_client_group *g;

	g = mb_producers_find(b, h->producerGroup);
	if (!g) {
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR,
				"the producer group[%.*s] not exist",
				RMQI_STR_ARG(h->producerGroup));
		return;
	}
	rmqi_buf_reset(&b->body);
	add_connections(&b->body, g);
	rmqi_buf_add_u8(&b->body, '}');
	mb_answer_body(&r->ticket, &b->body);
}

static void query_subscription(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_query_subscription_by_consumer *h = r->header;
	const struct mb_client_group *g = mb_consumers_find(b, h->group);
	const struct rmqi_subscription *s = g ? rmqi_map_get(&g->subscriptions, h->topic) : NULL;

	rmqi_buf_reset(&b->body);
	rmqi_buf_add_u8(&b->body, '{');
	mb_json_str(&b->body, "group", h->group);
	if (s) {
		mb_json_name(&b->body, "subscriptionData");
		mb_subscription_write(s, &b->body);
	}
	if (RMQI_HAS(h, query_subscription_by_consumer, topic))
		mb_json_str(&b->body, "topic", h->topic);
	rmqi_buf_add_u8(&b->body, '}');
	mb_answer_body(&r->ticket, &b->body);
}

const struct mb_handler mb_connection_handlers[] = {
	{RMQI_REQ_GET_CONSUMER_CONNECTION_LIST, get_consumers},
	{RMQI_REQ_GET_PRODUCER_CONNECTION_LIST, get_producers},
	{RMQI_REQ_QUERY_SUBSCRIPTION_BY_CONSUMER, query_subscription},
	{0, NULL},
};
