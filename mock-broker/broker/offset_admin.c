/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offset_admin.c - offsets of groups beside each other, for operators
 * (AdminBrokerProcessor.queryConsumeTimeSpan, queryCorrectionOffset, cloneGroupOffset,
 * fetchAllConsumeStatsInBroker).
 */
#include "mock-broker/broker/handlers.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/json_text.h"

static int64_t committed_or_0(const struct mb_broker *b, struct rmqi_str topic,
			      struct rmqi_str group, int32_t queue_id)
{
	const struct mb_queue_offsets *row = mb_offsets_find(&b->offsets, topic, group, queue_id);

	return row && row->committed > 0 ? row->committed : 0;
}

/* An online group counts only where it subscribes. */
static bool is_consuming(const struct mb_broker *b, struct rmqi_str group, struct rmqi_str topic)
{
	const struct mb_client_group *online = mb_consumers_find(b, group);

	return !online || online->subscriptions.count == 0 ||
	       rmqi_map_get(&online->subscriptions, topic);
}

/* --- How far a group is behind, in time -------------------------------------------------------- */

static void add_time_span(struct mb_broker *b, const struct rmqi_h_query_consume_time_span *h,
			  int32_t queue_id)
{
	struct rmqi_buf *out = &b->body;
	int64_t max = mb_store_max_offset(b->store, h->topic, queue_id);
	int64_t earliest = mb_store_earliest_time(b->store, h->topic, queue_id);
	int64_t offset = committed_or_0(b, h->topic, h->group, queue_id);
	int64_t consumed = offset > 0 ? mb_store_time_at(b->store, h->topic, queue_id, offset - 1)
				      : earliest;
	int64_t delay = 0;

	if (offset < max)
		delay = mb_broker_wall_ms(b) -
			mb_store_time_at(b->store, h->topic, queue_id, offset);
	rmqi_buf_add_u8(out, '{');
	mb_json_i64(out, "consumeTimeStamp", consumed);
	mb_json_i64(out, "delayTime", delay);
	mb_json_i64(out, "maxTimeStamp", mb_store_time_at(b->store, h->topic, queue_id, max - 1));
	mb_json_name(out, "messageQueue");
	mb_json_queue(out, h->topic, rmqi_str(b->config->broker_name), queue_id);
	mb_json_i64(out, "minTimeStamp", earliest);
	rmqi_buf_add_u8(out, '}');
}

static void query_time_span(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_query_consume_time_span *h = r->header;
	const struct mb_topic *t = mb_topic_find(b, h->topic);
	bool is_first = true;

	if (!t) {
		mb_answer_error(&r->ticket, RMQI_RESP_TOPIC_NOT_EXIST, "topic[%.*s] not exist",
				RMQI_STR_ARG(h->topic));
		return;
	}
	rmqi_buf_reset(&b->body);
	rmqi_buf_add_text(&b->body, "{\"consumeTimeSpanSet\":[");
	for (int32_t q = 0; q < t->config.write_queue_nums; q++) {
		mb_json_next(&b->body, &is_first);
		add_time_span(b, h, q);
	}
	rmqi_buf_add_text(&b->body, "]}");
	mb_answer_body(&r->ticket, &b->body);
}

/* --- The lowest offset of all groups of a topic --------------------------------------------------- */

/* Surprising, and Java's: the offsets of these groups are lost, for all topics. */
static void drop_groups(struct mb_broker *b, struct rmqi_str list)
{
	struct rmqi_str group;
	bool more = list.len > 0;

	while (more) {
		list = rmqi_str_cut(list, ",", &group, &more);
		mb_offsets_remove_group(&b->offsets, group);
	}
}

/* Of the groups whose offset is still in the queue; MB_NO_OFFSET: there is none. */
static int64_t lowest_offset(struct mb_broker *b, struct rmqi_str topic, int32_t queue_id)
{
	int64_t min = mb_store_min_offset(b->store, topic, queue_id);
	int64_t lowest = MB_NO_OFFSET;

	for (size_t i = 0; i < b->offsets.table.count; i++) {
		const struct mb_group_offsets *g = rmqi_map_at(&b->offsets.table, i, NULL);
		const struct mb_queue_offsets *row;

		if (!rmqi_str_eq(g->topic, topic))
			continue;
		row = mb_offsets_find(&b->offsets, topic, g->group, queue_id);
		if (!row || row->committed == MB_NO_OFFSET || row->committed < min)
			continue;
		if (lowest == MB_NO_OFFSET || row->committed < lowest)
			lowest = row->committed;
	}
	return lowest;
}

static void query_correction(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_query_correction_offset *h = r->header;
	const struct mb_topic *t = mb_topic_find(b, h->topic);
	const char *separator = "";

	drop_groups(b, h->filterGroups);
	rmqi_buf_reset(&b->body);
	rmqi_buf_add_text(&b->body, "{\"correctionOffsets\":{");
	for (int32_t q = 0; t && q < t->config.read_queue_nums; q++) {
		const struct mb_queue_offsets *compared =
			mb_offsets_find(&b->offsets, h->topic, h->compareGroup, q);
		int64_t lowest = lowest_offset(b, h->topic, q);

		if (lowest == MB_NO_OFFSET)
			continue;
		if (compared && compared->committed != MB_NO_OFFSET && lowest > compared->committed)
			lowest = INT64_MAX;
		rmqi_buf_addf(&b->body, "%s%d:%lld", separator, (int)q, (long long)lowest);
		separator = ",";
	}
	rmqi_buf_add_text(&b->body, "}}");
	mb_answer_body(&r->ticket, &b->body);
}

/* --- Cloning ---------------------------------------------------------------------------------------- */

/* What the other group has stands for all queues: its own offsets there are given up. */
static void clone_offsets(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_clone_group_offset *h = r->header;
	enum rmq_error err = RMQ_OK;

	/* Java walks all topics of the group when none is given, but copies the offsets of that one. */
	if (h->topic.len > 0 && mb_topic_find(b, h->topic) &&
	    (h->offline || is_consuming(b, h->srcGroup, h->topic)))
		err = mb_offsets_clone(b, h->topic, h->srcGroup, h->destGroup);
	if (err == RMQ_OK)
		mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
	else
		mb_answer_failure(&r->ticket, err);
}

/* --- All groups of the broker --------------------------------------------------------------------- */

struct totals {
	int64_t behind;
	int64_t in_flight;
};

static void add_queue(struct mb_broker *b, struct rmqi_str topic, struct rmqi_str group,
		      int32_t queue_id, struct totals *sum)
{
	struct rmqi_buf *out = &b->body;
	int64_t max = mb_store_max_offset(b->store, topic, queue_id);
	int64_t offset = committed_or_0(b, topic, group, queue_id);
	int64_t time = offset > 0 ? mb_store_time_at(b->store, topic, queue_id, offset - 1) : 0;

	mb_json_queue(out, topic, rmqi_str(b->config->broker_name), queue_id);
	rmqi_buf_add_text(out, ":{");
	mb_json_i64(out, "brokerOffset", max);
	mb_json_i64(out, "consumerOffset", offset);
	mb_json_i64(out, "lastTimestamp", time > 0 ? time : 0);
	mb_json_i64(out, "pullOffset", 0); /* Java leaves it out, and sums it up all the same */
	rmqi_buf_add_u8(out, '}');
	sum->behind += max - offset;
	sum->in_flight -= offset;
}

static void add_topic(struct mb_broker *b, const struct mb_topic *t, struct rmqi_str group,
		      struct totals *sum)
{
	struct rmqi_str topic = rmqi_str_n(t->config.topic_name, t->name_len);
	bool is_first = true;

	rmqi_buf_add_u8(&b->body, '{');
	mb_json_name(&b->body, "consumeTps");
	rmqi_json_add_real(&b->body, mb_figures_group_tps(b, topic, group));
	rmqi_buf_add_text(&b->body, ",\"offsetTable\":{");
	for (int32_t q = 0; q < t->config.write_queue_nums; q++) {
		mb_json_next(&b->body, &is_first);
		add_queue(b, topic, group, q, sum);
	}
	rmqi_buf_add_text(&b->body, "}}");
}

static void add_group(struct mb_broker *b, struct rmqi_str group, bool is_order, struct totals *sum)
{
	bool is_first = true;

	rmqi_buf_add_u8(&b->body, '{');
	rmqi_json_add_string(&b->body, group);
	rmqi_buf_add_text(&b->body, ":[");
	for (size_t i = 0; i < b->offsets.table.count; i++) {
		const struct mb_group_offsets *g = rmqi_map_at(&b->offsets.table, i, NULL);
		const struct mb_topic *t = mb_topic_find(b, g->topic);

		if (!t || !rmqi_str_eq(g->group, group) || !mb_group_offsets_committed(g) ||
		    (is_order && !t->config.order) || !is_consuming(b, group, g->topic))
			continue;
		mb_json_next(&b->body, &is_first);
		add_topic(b, t, group, sum);
	}
	rmqi_buf_add_text(&b->body, "]}");
}

static void get_all_consume_stats(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_get_broker_consume_stats *h = r->header;
	struct totals sum = {0, 0};
	bool is_first = true;
	struct rmqi_str group;

	rmqi_buf_reset(&b->body);
	rmqi_buf_add_u8(&b->body, '{');
	mb_json_text(&b->body, "brokerAddr", b->address);
	rmqi_buf_add_text(&b->body, ",\"consumeStatsList\":[");
	for (size_t i = 0; i < b->groups.by_name.count; i++) {
		rmqi_map_at(&b->groups.by_name, i, &group);
		mb_json_next(&b->body, &is_first);
		add_group(b, group, h->isOrder, &sum);
	}
	rmqi_buf_add_u8(&b->body, ']');
	mb_json_i64(&b->body, "totalDiff", sum.behind);
	mb_json_i64(&b->body, "totalInflightDiff", sum.in_flight);
	rmqi_buf_add_u8(&b->body, '}');
	mb_answer_body(&r->ticket, &b->body);
}

const struct mb_handler mb_offset_admin_handlers[] = {
	{RMQI_REQ_QUERY_CONSUME_TIME_SPAN, query_time_span},
	{RMQI_REQ_QUERY_CORRECTION_OFFSET, query_correction},
	{RMQI_REQ_CLONE_GROUP_OFFSET, clone_offsets},
	{RMQI_REQ_GET_BROKER_CONSUME_STATS, get_all_consume_stats},
	{0, NULL},
};
