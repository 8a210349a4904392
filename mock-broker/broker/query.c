/* SPDX-License-Identifier: Apache-2.0 */
/*
 * query.c - messages by key (QueryMessageProcessor.queryMessage).
 *
 * What is found has a key of the same hash; the text is the client's to compare. So Apache's answer to a key that
 * nobody has may hold messages, too, and ours is the same.
 */
#include "mock-broker/broker/handlers.h"
#include "mock-broker/broker/internal.h"

static enum mb_index_kind kind_of(const struct mb_broker *b, const struct rmqi_h_query_message *h)
{
	if (h->uniqueKeyQuery)
		return MB_INDEX_UNIQ_KEY;
	/* MessageConst.INDEX_TAG_TYPE; the other two have one place in a file. */
	if (b->config->release >= MB_RELEASE_5_4 && rmqi_str_is(h->indexType, "T"))
		return MB_INDEX_TAG;
	return MB_INDEX_KEY;
}

static struct mb_query query_of(const struct mb_broker *b, const struct rmqi_h_query_message *h)
{
	const struct mb_broker_config *c = b->config;
	int64_t max = h->uniqueKeyQuery ? c->query_max_default : h->maxNum;

	if (max > c->query_max)
		max = c->query_max;
	return (struct mb_query){
		.topic = h->topic,
		.key = h->key,
		.kind = kind_of(b, h),
		.max = max > 0 ? (size_t)max : 0,
		.begin_ms = h->beginTimestamp,
		.end_ms = h->endTimestamp,
	};
}

static void query_message(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	struct mb_query q = query_of(b, r->header);
	struct mb_get_result *got = &b->got;
	struct rmqi_h_query_message_response answer = {0};
	struct rmqi_outgoing response = {.desc = &rmqi_desc_query_message_response,
					 .header = &answer};

	if (mb_store_query(b->store, &q, got) != RMQ_OK) {
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR, "the index cannot be read");
		return;
	}
	if (got->count > 0) {
		answer.indexLastUpdateTimestamp = mb_store_index_ms(b->store);
		answer.indexLastUpdatePhyoffset = mb_store_index_offset(b->store);
		response.body = got->records;
		response.body_count = got->count;
	} else {
		response.code = RMQI_RESP_QUERY_NOT_FOUND;
		response.remark = RMQI_STR("can not find message, maybe time range not correct");
	}
	mb_answer(&r->ticket, &response);
}

const struct mb_handler mb_query_handlers[] = {
	{RMQI_REQ_QUERY_MESSAGE, query_message},
	{0, NULL},
};
