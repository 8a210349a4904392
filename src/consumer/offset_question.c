/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/offset_question.h"

#include "codec/codes.h"
#include "codec/schema.h"
#include "consumer/mq.h"

enum { OFFSET_TIMEOUT_MS = 5000 };

void rmqi_offset_ask(const struct rmqi_mq *mq, const char *address, struct rmqi_call *call)
{
	struct rmqi_consumer *c = mq->consumer;
	struct rmqi_h_query_consumer_offset h = {.consumerGroup = rmqi_str(c->group),
						 .topic = rmqi_str(mq->key.topic),
						 .queueId = mq->key.queue_id};
	struct rmqi_outgoing request = {.code = RMQI_REQ_QUERY_CONSUMER_OFFSET,
					.desc = &rmqi_desc_query_consumer_offset,
					.header = &h};

	RMQI_SET(&h, query_consumer_offset, bname, rmqi_str(mq->key.broker_name));
	rmqi_rpc_call_async(rmqi_client_rpc(c->client), address, &request,
			    rmqi_consumer_deadline(c, OFFSET_TIMEOUT_MS), call);
}

bool rmqi_offset_answer(const struct rmqi_command *response, int64_t *out)
{
	struct rmqi_h_query_consumer_offset_response h = {0};

	if (response->code == RMQI_RESP_QUERY_NOT_FOUND) {
		*out = -1;
		return true;
	}
	if (response->code != RMQI_RESP_SUCCESS ||
	    rmqi_header_decode(&rmqi_desc_query_consumer_offset_response, response, &h, NULL) !=
		    RMQ_OK ||
	    h.offset < 0)
		return false;
	*out = h.offset;
	return true;
}
