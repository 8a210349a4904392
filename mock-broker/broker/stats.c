/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stats.c - offsets of topics and groups, for operators, and their reset
 * (AdminBrokerProcessor.getTopicStatsInfo, getConsumeStats, resetOffset).
 */
#include "codec/names.h"
#include "mock-broker/broker/forward.h"
#include "mock-broker/broker/handlers.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/json_text.h"

static int64_t not_negative(int64_t n)
{
	return n < 0 ? 0 : n;
}

static void get_topic_stats(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	struct rmqi_buf *out = &b->body;
	const struct rmqi_h_get_topic_stats_info *h = r->header;
	const struct mb_topic *t;
	int32_t queues;

	t = mb_topic_find(b, h->topic);
	if (!t) {
		mb_answer_error(&r->ticket, RMQI_RESP_TOPIC_NOT_EXIST, "topic[%.*s] not exist",
				RMQI_STR_ARG(h->topic));
		return;
	}
	queues = t->config.write_queue_nums > t->config.read_queue_nums ? t->config.write_queue_nums
									: t->config.read_queue_nums;
	rmqi_buf_reset(out);
	rmqi_buf_add_text(out, "{\"offsetTable\":{");
	for (int32_t q = 0; q < queues; q++) {
		int64_t max = mb_store_max_offset(b->store, h->topic, q);

		if (q)
			rmqi_buf_add_u8(out, ',');
		mb_json_queue(out, h->topic, rmqi_str(b->config->broker_name), q);
		rmqi_buf_add_text(out, ":{");
		mb_json_i64(out, "lastUpdateTimestamp",
			    max > 0 ? not_negative(mb_store_time_at(b->store, h->topic, q, max - 1))
				    : 0);
		mb_json_i64(out, "maxOffset", not_negative(max));
		mb_json_i64(out, "minOffset",
			    not_negative(mb_store_min_offset(b->store, h->topic, q)));
		rmqi_buf_add_u8(out, '}');
	}
	rmqi_buf_add_text(out, "},\"topicPutTps\":");
	rmqi_json_add_real(out, mb_figures_topic_tps(b, h->topic));
	rmqi_buf_add_u8(out, '}');
	mb_answer_body(&r->ticket, out);
}

/* What is told of a group, over its topics. */
struct consumption {
	struct mb_broker *broker;
	struct rmqi_str group;
	double tps;
	bool is_first;
};

static void add_rate(struct consumption *c, struct rmqi_str topic)
{
	c->tps += mb_figures_group_tps(c->broker, topic, c->group);
}

static void add_queues(struct consumption *c, struct rmqi_str topic)
{
	struct mb_broker *b = c->broker;
	const struct mb_topic *t = mb_topic_find(b, topic);
	struct rmqi_buf *out = &b->body;

	for (int32_t q = 0; t && q < t->config.read_queue_nums; q++) {
		const struct mb_queue_offsets *row =
			mb_offsets_find(&b->offsets, topic, c->group, q);
		int64_t committed = row ? not_negative(row->committed) : 0;
		int64_t pulled = row && row->pulled > committed ? row->pulled : committed;
		int64_t time =
			committed > 0 ? mb_store_time_at(b->store, topic, q, committed - 1) : 0;

		mb_json_next(out, &c->is_first);
		mb_json_queue(out, topic, rmqi_str(b->config->broker_name), q);
		rmqi_buf_add_text(out, ":{");
		mb_json_i64(out, "brokerOffset", mb_store_max_offset(b->store, topic, q));
		mb_json_i64(out, "consumerOffset", committed);
		mb_json_i64(out, "lastTimestamp", not_negative(time));
		mb_json_i64(out, "pullOffset", pulled);
		rmqi_buf_add_u8(out, '}');
	}
}

/* Topics that the group has offsets for; when it is online only those it subscribes. */
static void each_known_topic(struct consumption *c,
			     void (*fn)(struct consumption *c, struct rmqi_str topic))
{
	const struct mb_broker *b = c->broker;
	const struct mb_client_group *online = mb_consumers_find(b, c->group);

	for (size_t i = 0; i < b->offsets.table.count; i++) {
		const struct mb_group_offsets *g = rmqi_map_at(&b->offsets.table, i, NULL);

		if (!rmqi_str_eq(g->group, c->group) || !mb_group_offsets_committed(g))
			continue;
		if (online && !rmqi_map_get(&online->subscriptions, g->topic))
			continue;
		fn(c, g->topic);
	}
}

static void each_topic(struct consumption *c, const struct rmqi_h_get_consume_stats *h,
		       void (*fn)(struct consumption *c, struct rmqi_str topic))
{
	struct rmqi_str list = h->topicList;
	struct rmqi_str topic;
	bool more = true;

	while (list.len && more) {
		list = rmqi_str_cut(list, ";", &topic, &more);
		fn(c, topic);
	}
	if (h->topic.len)
		fn(c, h->topic);
	else if (!h->topicList.len)
		each_known_topic(c, fn);
}

static void get_consume_stats(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_get_consume_stats *h = r->header;
	struct consumption c = {.broker = b, .group = h->consumerGroup, .is_first = true};

	each_topic(&c, h, add_rate);
	rmqi_buf_reset(&b->body);
	rmqi_buf_add_text(&b->body, "{\"consumeTps\":");
	rmqi_json_add_real(&b->body, c.tps);
	rmqi_buf_add_text(&b->body, ",\"offsetTable\":{");
	each_topic(&c, h, add_queues);
	rmqi_buf_add_text(&b->body, "}}");
	mb_answer_body(&r->ticket, &b->body);
}

/* Online groups, then those with offsets. */
static void query_consumed_by(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	struct rmqi_buf *out = &b->body;
	const struct rmqi_h_query_topic_consume_by_who *h = r->header;
	bool is_first = true;
	struct rmqi_str name;

	rmqi_buf_reset(out);
	rmqi_buf_add_text(out, "{\"groupList\":[");
	for (size_t i = 0; i < b->clients.consumers.count; i++) {
		const struct mb_client_group *g = rmqi_map_at(&b->clients.consumers, i, &name);

		if (!rmqi_map_get(&g->subscriptions, h->topic))
			continue;
		mb_json_next(out, &is_first);
		rmqi_json_add_string(out, name);
	}
	for (size_t i = 0; i < b->offsets.table.count; i++) {
		const struct mb_group_offsets *o = rmqi_map_at(&b->offsets.table, i, NULL);
		const struct mb_client_group *g = mb_consumers_find(b, o->group);

		if (!rmqi_str_eq(o->topic, h->topic) || !mb_group_offsets_committed(o) ||
		    (g && rmqi_map_get(&g->subscriptions, h->topic)))
			continue;
		mb_json_next(out, &is_first);
		rmqi_json_add_string(out, o->group);
	}
	rmqi_buf_add_text(out, "]}");
	mb_answer_body(&r->ticket, out);
}

static void query_topics_of(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_query_topics_by_consumer *h = r->header;
	bool is_first = true;

	rmqi_buf_reset(&b->body);
	rmqi_buf_add_u8(&b->body, '{');
	mb_json_text(&b->body, "brokerAddr", b->address);
	rmqi_buf_add_text(&b->body, ",\"topicList\":[");
	for (size_t i = 0; i < b->offsets.table.count; i++) {
		const struct mb_group_offsets *o = rmqi_map_at(&b->offsets.table, i, NULL);

		if (!rmqi_str_eq(o->group, h->group) || !mb_group_offsets_committed(o))
			continue;
		mb_json_next(&b->body, &is_first);
		rmqi_json_add_string(&b->body, o->topic);
	}
	rmqi_buf_add_text(&b->body, "]}");
	mb_answer_body(&r->ticket, &b->body);
}

/* False: answered. */
static bool reset_target(struct mb_broker *b, struct mb_request *r,
			 const struct rmqi_h_reset_offset *h, int32_t queue_id, int64_t *out)
{
	int64_t min = mb_store_min_offset(b->store, h->topic, queue_id);
	int64_t max = mb_store_max_offset(b->store, h->topic, queue_id);
	bool is_exact = RMQI_HAS(h, reset_offset, queueId) && h->queueId >= 0 &&
			RMQI_HAS(h, reset_offset, offset) && h->offset != -1;

	if (is_exact && (h->offset < min || h->offset > max + 1)) {
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR,
				"Target offset %lld not in consume queue range [%lld-%lld]",
				(long long)h->offset, (long long)min, (long long)max);
		return false;
	}
	if (is_exact)
		*out = h->offset;
	else if (h->timestamp < 0)
		*out = max;
	else
		*out = mb_store_offset_by_time(b->store, h->topic, queue_id, h->timestamp, false);
	return true;
}

static bool reset_queue(struct mb_broker *b, struct mb_request *r,
			const struct rmqi_h_reset_offset *h, int32_t queue_id, bool *is_first)
{
	int64_t target = 0;
	enum rmq_error err;

	if (!reset_target(b, r, h, queue_id, &target))
		return false;
	err = mb_offsets_reset(b, h->topic, h->group, queue_id, target);
	if (err != RMQ_OK) {
		mb_answer_failure(&r->ticket, err);
		return false;
	}
	mb_json_next(&b->body, is_first);
	mb_json_queue(&b->body, h->topic, rmqi_str(b->config->broker_name), queue_id);
	rmqi_buf_addf(&b->body, ":%lld", (long long)target);
	return true;
}

/* useServerSideResetOffset: the next pull of each queue is sent there. */
static void reset_offset(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_reset_offset *h = r->header;
	const struct mb_topic *t;
	bool is_first = true;
	int32_t first = 0, last;

	if (!b->config->server_side_reset) {
		mb_reset_push(b, r);
		return;
	}
	t = mb_topic_find(b, h->topic);
	if (!t) {
		mb_answer_error(&r->ticket, RMQI_RESP_TOPIC_NOT_EXIST, "Topic %.*s does not exist",
				RMQI_STR_ARG(h->topic));
		return;
	}
	if (!mb_group_find(b, h->group)) {
		mb_answer_error(&r->ticket, RMQI_RESP_SUBSCRIPTION_GROUP_NOT_EXIST,
				"Group %.*s does not exist", RMQI_STR_ARG(h->group));
		return;
	}
	last = t->config.read_queue_nums - 1;
	if (RMQI_HAS(h, reset_offset, queueId) && h->queueId >= 0)
		first = last = h->queueId;
	rmqi_buf_reset(&b->body);
	rmqi_buf_add_text(&b->body, "{\"offsetTable\":{");
	for (int32_t q = first; q <= last; q++) {
		if (!reset_queue(b, r, h, q, &is_first))
			return;
	}
	rmqi_buf_add_text(&b->body, "}}");
	mb_answer_body(&r->ticket, &b->body);
}

const struct mb_handler mb_stats_handlers[] = {
	{RMQI_REQ_GET_TOPIC_STATS_INFO, get_topic_stats},
	{RMQI_REQ_GET_CONSUME_STATS, get_consume_stats},
	{RMQI_REQ_QUERY_TOPIC_CONSUME_BY_WHO, query_consumed_by},
	{RMQI_REQ_QUERY_TOPICS_BY_CONSUMER, query_topics_of},
	{RMQI_REQ_INVOKE_BROKER_TO_RESET_OFFSET, reset_offset},
	{0, NULL},
};
