/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offset_requests.c - offsets of groups and of queues (ConsumerManageProcessor.java,
 * AdminBrokerProcessor.java; doc/reference/store.md).
 */
#include <strings.h>

#include "codec/lite.h"
#include "mock-broker/broker/handlers.h"
#include "mock-broker/broker/internal.h"

static void answer_offset(struct mb_request *r, int64_t offset)
{
	struct rmqi_h_query_consumer_offset_response answer = {.offset = offset};

	mb_answer_header(&r->ticket, &rmqi_desc_query_consumer_offset_response, &answer);
}

/* Java asks whether message 0 is still in the page cache, so that there must be one. While the first commit log
 * file is there it may well be (DefaultMessageStore.checkInMemByConsumeOffset). */
static bool is_young(struct mb_broker *b, struct rmqi_str topic, int32_t queue_id)
{
	return mb_store_min_offset(b->store, topic, queue_id) <= 0 &&
	       mb_store_max_offset(b->store, topic, queue_id) > 0 &&
	       mb_store_min_physical_offset(b->store) <= 0;
}

static void query_consumer_offset(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_query_consumer_offset *h = r->header;
	const struct mb_queue_offsets *row;
	struct mb_place place;

	if (!mb_place_find(b, &r->ticket, r->command, h->topic, h->queueId, &place))
		return;
	row = mb_offsets_find(&b->offsets, h->topic, h->consumerGroup, place.queue_id);
	if (row && row->reset != MB_NO_OFFSET)
		answer_offset(r, row->reset);
	else if (row && row->committed != MB_NO_OFFSET)
		answer_offset(r, row->committed);
	else if (RMQI_HAS(h, query_consumer_offset, setZeroIfNotFound) && !h->setZeroIfNotFound)
		mb_answer_error(&r->ticket, RMQI_RESP_QUERY_NOT_FOUND,
				"Not found, do not set to zero, maybe this group boot first");
	else if (is_young(b, h->topic, place.queue_id))
		answer_offset(r, 0);
	else
		mb_answer_error(&r->ticket, RMQI_RESP_QUERY_NOT_FOUND,
				"Not found, V3_0_6_SNAPSHOT maybe this group consumer boot first");
}

static void commit(struct mb_broker *b, struct mb_request *r,
		   const struct rmqi_h_update_consumer_offset *h, int32_t queue_id)
{
	const struct mb_queue_offsets *row =
		mb_offsets_find(&b->offsets, h->topic, h->consumerGroup, queue_id);
	enum rmq_error err;

	if (row && row->reset != MB_NO_OFFSET) {
		struct rmqi_outgoing response = {
			.remark = RMQI_STR("Offset has been previously reset")};

		mb_answer(&r->ticket, &response);
		return;
	}
	err = mb_offsets_commit(b, h->topic, h->consumerGroup, queue_id, h->commitOffset);
	if (err == RMQ_OK)
		mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
	else
		mb_answer_failure(&r->ticket, err);
}

static void update_consumer_offset(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_update_consumer_offset *h = r->header;
	struct mb_place place;

	if (!r->bad_field &&
	    !mb_place_find(b, &r->ticket, r->command, h->topic, h->queueId, &place))
		return;
	/* 4.9 takes whatever is committed. */
	if (b->config->release < MB_RELEASE_5_3 && !r->bad_field)
		commit(b, r, h, place.queue_id);
	else if (!mb_group_find(b, h->consumerGroup))
		mb_answer_error(&r->ticket, RMQI_RESP_SUBSCRIPTION_GROUP_NOT_EXIST,
				"Group %.*s not exist!", RMQI_STR_ARG(h->consumerGroup));
	else if (!mb_topic_find(b, h->topic))
		mb_answer_error(&r->ticket, RMQI_RESP_TOPIC_NOT_EXIST, "Topic %.*s not exist!",
				RMQI_STR_ARG(h->topic));
	else if (r->bad_field && !RMQI_HAS(h, update_consumer_offset, queueId))
		mb_answer_error(&r->ticket, RMQI_RESP_INVALID_PARAMETER,
				"QueueId is null, topic is %.*s", RMQI_STR_ARG(h->topic));
	else if (r->bad_field)
		mb_answer_error(&r->ticket, RMQI_RESP_INVALID_PARAMETER,
				"Offset is null, topic is %.*s", RMQI_STR_ARG(h->topic));
	else
		commit(b, r, h, place.queue_id);
}

/* A time in a lite topic; what is no queue of one has no offset but 0. */
static int64_t lite_offset_by_time(struct mb_broker *b, const struct rmqi_h_search_offset *h,
				   bool upper)
{
	char queue[RMQI_LITE_QUEUE_MAX + 1];
	struct rmqi_str name = rmqi_str(rmqi_lite_queue_name(h->topic, h->liteTopic, queue));

	if (h->queueId != 0 || name.len == 0 || mb_store_light_max(b->store, name) <= 0)
		return 0;
	return mb_store_offset_by_time(b->store, name, 0, h->timestamp, upper);
}

static void search_offset(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_search_offset *h = r->header;
	struct mb_place place;
	bool upper;

	if (!mb_place_find(b, &r->ticket, r->command, h->topic, h->queueId, &place))
		return;
	upper = h->boundaryType.len == 5 && strncasecmp(h->boundaryType.ptr, "UPPER", 5) == 0;
	if (h->liteTopic.len > 0 && b->config->release >= MB_RELEASE_5_5)
		answer_offset(r, lite_offset_by_time(b, h, upper));
	else
		answer_offset(r, mb_store_offset_by_time(b->store, h->topic, place.queue_id,
							 h->timestamp, upper));
}

static void get_max_offset(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_get_max_offset *h = r->header;
	struct mb_place place;

	if (mb_place_find(b, &r->ticket, r->command, h->topic, h->queueId, &place))
		answer_offset(r, mb_store_max_offset(b->store, h->topic, place.queue_id));
}

static void get_min_offset(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_get_min_offset *h = r->header;
	struct mb_place place;

	if (mb_place_find(b, &r->ticket, r->command, h->topic, h->queueId, &place))
		answer_offset(r, mb_store_min_offset(b->store, h->topic, place.queue_id));
}

static void get_earliest_time(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_get_earliest_msg_storetime *h = r->header;
	struct rmqi_h_get_earliest_msg_storetime_response answer = {0};
	struct mb_place place;

	if (!mb_place_find(b, &r->ticket, r->command, h->topic, h->queueId, &place))
		return;
	/* Java keeps the logical id here. */
	answer.timestamp = mb_store_earliest_time(b->store, h->topic, h->queueId);
	mb_answer_header(&r->ticket, &rmqi_desc_get_earliest_msg_storetime_response, &answer);
}

const struct mb_handler mb_offset_handlers[] = {
	{RMQI_REQ_QUERY_CONSUMER_OFFSET, query_consumer_offset},
	{MB_LENIENT | RMQI_REQ_UPDATE_CONSUMER_OFFSET, update_consumer_offset},
	{RMQI_REQ_SEARCH_OFFSET_BY_TIMESTAMP, search_offset},
	{RMQI_REQ_GET_MAX_OFFSET, get_max_offset},
	{RMQI_REQ_GET_MIN_OFFSET, get_min_offset},
	{RMQI_REQ_GET_EARLIEST_MSG_STORETIME, get_earliest_time},
	{0, NULL},
};
