/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/start.h"

#include "codec/codes.h"
#include "codec/schema.h"

enum {
	OFFSET_TIMEOUT_MS = 5000, /* MQAdminImpl asks with 6 s, RemoteBrokerOffsetStore with 5 s */
	CLOCKS_DIFFER_MS = 60 * 1000 /* ours and a broker's, at most */
};

void rmqi_start_failed(struct rmqi_mq *mq, enum rmq_error error,
		       const struct rmqi_command *response)
{
	struct rmqi_consumer *c = mq->consumer;
	bool is_refused = error == RMQ_OK && response->code != RMQI_RESP_SUCCESS;

	if (error != RMQ_OK)
		rmqi_client_refresh_routes(c->client);
	else
		error = is_refused ? RMQ_ERR_BROKER : RMQ_ERR_PROTOCOL;
	rmqi_mq_failed(mq, RMQI_TROUBLE_OFFSET, error, is_refused ? response->code : -1,
		       response ? response->remark : RMQI_STR(""), c->set.error_delay_ms);
}

void rmqi_start_found(struct rmqi_mq *mq, int64_t offset)
{
	mq->was_found = true;
	rmqi_mq_start_at(mq, offset);
}

/* From here on the group has a place: it is committed before anything is consumed. (Java waits for
 * a message; who takes over the queue until then finds no offset and starts further on.) */
static void start_here(struct rmqi_mq *mq, int64_t offset)
{
	struct rmqi_offset_store *store = mq->consumer->store;

	mq->is_placed = true;
	mq->user_offset = offset;
	rmqi_mq_start_at(mq, offset);
	store->commit(store, mq);
}

/* The answers of 29 and 30 have the same shape. */
static void on_edge(struct rmqi_call *call, enum rmq_error error,
		    const struct rmqi_command *response)
{
	struct rmqi_h_get_max_offset_response h = {0};
	struct rmqi_mq *mq;

	if (!rmqi_mq_call_ended(call, &mq))
		return;
	if (error != RMQ_OK || response->code != RMQI_RESP_SUCCESS ||
	    rmqi_header_decode(&rmqi_desc_get_max_offset_response, response, &h, NULL) != RMQ_OK ||
	    h.offset < 0)
		rmqi_start_failed(mq, error, response);
	else
		start_here(mq, h.offset);
	rmqi_mq_unref(mq);
}

static void ask_max(struct rmqi_mq *mq)
{
	struct rmqi_h_get_max_offset h = {.topic = rmqi_str(mq->key.topic),
					  .queueId = mq->key.queue_id};
	struct rmqi_outgoing request = {
		.code = RMQI_REQ_GET_MAX_OFFSET, .desc = &rmqi_desc_get_max_offset, .header = &h};

	RMQI_SET(&h, get_max_offset, bname, rmqi_str(mq->key.broker_name));
	rmqi_mq_call(mq, RMQI_MQ_FINDING, 0, &request, OFFSET_TIMEOUT_MS, on_edge);
}

/* The first message that was stored at this time or later. */
static void ask_time(struct rmqi_mq *mq, int64_t ms)
{
	struct rmqi_h_search_offset h = {
		.topic = rmqi_str(mq->key.topic), .queueId = mq->key.queue_id, .timestamp = ms};
	struct rmqi_outgoing request = {.code = RMQI_REQ_SEARCH_OFFSET_BY_TIMESTAMP,
					.desc = &rmqi_desc_search_offset,
					.header = &h};

	RMQI_SET(&h, search_offset, boundaryType, RMQI_STR("LOWER"));
	RMQI_SET(&h, search_offset, bname, rmqi_str(mq->key.broker_name));
	rmqi_mq_call(mq, RMQI_MQ_FINDING, 0, &request, OFFSET_TIMEOUT_MS, on_edge);
}

void rmqi_start_none(struct rmqi_mq *mq)
{
	switch (mq->consumer->set.from_where) {
	case RMQI_FROM_LAST:
		if (mq->is_retry)
			break;
		/* What was stored there since we began came after the end that was meant. */
		if (rmqi_sub_is_late_queue(mq->sub, &mq->key))
			ask_time(mq, mq->consumer->started_ms - CLOCKS_DIFFER_MS);
		else
			ask_max(mq);
		return;
	case RMQI_FROM_FIRST:
		break;
	case RMQI_FROM_TIMESTAMP:
		if (mq->is_retry)
			ask_max(mq);
		else
			ask_time(mq, mq->consumer->set.from_ms);
		return;
	}
	/* If it is not there any more, the first pull is told so. */
	rmqi_mq_start_at(mq, 0);
}
