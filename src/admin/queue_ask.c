/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/queue_ask.h"

#include "base/detail.h"
#include "codec/codes.h"

/* The answers to all of these have that field alone. */
static enum rmq_error read_offset(void *arg, const struct rmqi_command *answer,
				  struct rmq_error_detail *detail)
{
	struct rmqi_h_get_max_offset_response h = {.offset = -1};
	const char *bad = NULL;
	enum rmq_error err;

	if (answer->code != RMQI_RESP_SUCCESS)
		return RMQ_OK;
	err = rmqi_header_decode(&rmqi_desc_get_max_offset_response, answer, &h, &bad);
	if (err != RMQ_OK)
		return rmqi_detail_set(detail, err, 0, "lacks %s", bad ? bad : "a field");
	*(int64_t *)arg = h.offset;
	return RMQ_OK;
}

static void fill(struct rmqi_ask *ask, int32_t code, const struct rmqi_header_desc *desc,
		 const void *header, int64_t *out)
{
	ask->request = (struct rmqi_outgoing){.code = code, .desc = desc, .header = header};
	ask->read = out ? read_offset : NULL;
	ask->arg = out;
}

/* A proxy sends each on by the name of the broker. */
void rmqi_queue_ask_min(struct rmqi_ask *ask, const struct rmqi_queue *q,
			union rmqi_queue_header *h, int64_t *out)
{
	h->min = (struct rmqi_h_get_min_offset){.topic = rmqi_str(q->topic),
						.queueId = q->queue_id};
	RMQI_SET(&h->min, get_min_offset, bname, rmqi_str(q->broker_name));
	fill(ask, RMQI_REQ_GET_MIN_OFFSET, &rmqi_desc_get_min_offset, &h->min, out);
}

void rmqi_queue_ask_max(struct rmqi_ask *ask, const struct rmqi_queue *q,
			union rmqi_queue_header *h, int64_t *out)
{
	h->max = (struct rmqi_h_get_max_offset){.topic = rmqi_str(q->topic),
						.queueId = q->queue_id};
	RMQI_SET(&h->max, get_max_offset, bname, rmqi_str(q->broker_name));
	fill(ask, RMQI_REQ_GET_MAX_OFFSET, &rmqi_desc_get_max_offset, &h->max, out);
}

void rmqi_queue_ask_at(struct rmqi_ask *ask, const struct rmqi_queue *q,
		       union rmqi_queue_header *h, int64_t time_ms, int64_t *out)
{
	h->search = (struct rmqi_h_search_offset){.topic = rmqi_str(q->topic),
						  .queueId = q->queue_id,
						  .timestamp = time_ms};
	RMQI_SET(&h->search, search_offset, boundaryType, RMQI_STR("LOWER"));
	RMQI_SET(&h->search, search_offset, bname, rmqi_str(q->broker_name));
	fill(ask, RMQI_REQ_SEARCH_OFFSET_BY_TIMESTAMP, &rmqi_desc_search_offset, &h->search, out);
}

void rmqi_queue_ask_committed(struct rmqi_ask *ask, const struct rmqi_queue *q,
			      union rmqi_queue_header *h, const char *group, int64_t *out)
{
	h->committed = (struct rmqi_h_query_consumer_offset){.consumerGroup = rmqi_str(group),
							     .topic = rmqi_str(q->topic),
							     .queueId = q->queue_id};
	RMQI_SET(&h->committed, query_consumer_offset, setZeroIfNotFound, false);
	RMQI_SET(&h->committed, query_consumer_offset, bname, rmqi_str(q->broker_name));
	fill(ask, RMQI_REQ_QUERY_CONSUMER_OFFSET, &rmqi_desc_query_consumer_offset, &h->committed,
	     out);
	ask->also = RMQI_RESP_QUERY_NOT_FOUND;
}

void rmqi_queue_ask_commit(struct rmqi_ask *ask, const struct rmqi_queue *q,
			   union rmqi_queue_header *h, const char *group, int64_t offset)
{
	h->commit = (struct rmqi_h_update_consumer_offset){.consumerGroup = rmqi_str(group),
							   .topic = rmqi_str(q->topic),
							   .queueId = q->queue_id,
							   .commitOffset = offset};
	RMQI_SET(&h->commit, update_consumer_offset, bname, rmqi_str(q->broker_name));
	fill(ask, RMQI_REQ_UPDATE_CONSUMER_OFFSET, &rmqi_desc_update_consumer_offset, &h->commit,
	     NULL);
}

void rmqi_queue_ask_reset(struct rmqi_ask *ask, const struct rmqi_queue *q,
			  union rmqi_queue_header *h, const char *group, int64_t offset)
{
	h->reset = (struct rmqi_h_reset_offset){.group = rmqi_str(group),
						.topic = rmqi_str(q->topic),
						.timestamp = -1,
						.isForce = true};
	RMQI_SET(&h->reset, reset_offset, queueId, q->queue_id);
	RMQI_SET(&h->reset, reset_offset, offset, offset);
	RMQI_SET(&h->reset, reset_offset, bname, rmqi_str(q->broker_name));
	fill(ask, RMQI_REQ_INVOKE_BROKER_TO_RESET_OFFSET, &rmqi_desc_reset_offset, &h->reset, NULL);
}
