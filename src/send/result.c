/* SPDX-License-Identifier: Apache-2.0 */
#include "send/result.h"

#include "base/mem.h"
#include "base/str.h"

static const char *put_text(char **at, struct rmqi_str s)
{
	char *text = *at;

	rmqi_memcpy(text, s.ptr, s.len);
	text[s.len] = '\0';
	*at += s.len + 1;
	return text;
}

struct rmq_send_result *rmqi_send_result_new(enum rmq_send_status status,
					     const struct rmqi_send_request *request,
					     const struct rmqi_publish_queue *queue,
					     const struct rmqi_h_send_message_response *answer)
{
	struct rmqi_str topic = request->header.topic, broker = rmqi_str(queue->broker_name);
	struct rmqi_str region =
		answer->MSG_REGION.len ? answer->MSG_REGION : RMQI_STR("DefaultRegion");
	size_t texts = answer->msgId.len + topic.len + broker.len + answer->transactionId.len +
		       region.len + 5;
	struct rmq_send_result *r = rmqi_alloc(sizeof(*r) + texts);
	char *at;

	if (!r)
		return NULL;
	at = (char *)(r + 1);
	r->status = status;
	r->queue.queue_id = answer->queueId;
	r->queue_offset = answer->queueOffset;
	rmqi_memcpy(r->message_id, request->uniq_key, sizeof(r->message_id));
	r->offset_message_id = put_text(&at, answer->msgId);
	r->queue.topic = put_text(&at, topic);
	r->queue.broker_name = put_text(&at, broker);
	r->transaction_id = put_text(&at, answer->transactionId);
	r->region_id = put_text(&at, region);
	return r;
}
