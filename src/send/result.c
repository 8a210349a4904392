/* SPDX-License-Identifier: Apache-2.0 */
#include "send/result.h"

#include "base/mem.h"
#include "base/str.h"
#include "client/namespace.h"
#include "codec/writer.h"

static const char *put_text(char **at, struct rmqi_str s)
{
	char *text = *at;
	struct rmqi_writer w = {.at = (uint8_t *)text};

	rmqi_writer_raw(&w, s.ptr, s.len);
	text[s.len] = '\0';
	*at += s.len + 1;
	return text;
}

static struct rmq_send_result *make_room(struct rmq_send_result *old, size_t room)
{
	struct rmq_send_result *r;

	if (old && old->room >= room)
		return old;
	r = rmqi_alloc(room);
	if (!r)
		return NULL;
	r->room = room;
	rmqi_free(old);
	return r;
}

struct rmq_send_result *rmqi_send_result_renew(struct rmq_send_result *old,
					       enum rmq_send_status status,
					       const struct rmqi_send_request *request,
					       const struct rmqi_publish_queue *queue,
					       const struct rmqi_h_send_message_response *answer)
{
	struct rmqi_str topic =
		rmqi_namespace_plain(rmqi_client_namespace(request->client), request->header.topic);
	struct rmqi_str broker = rmqi_str(queue->broker_name);
	struct rmqi_str region =
		answer->MSG_REGION.len ? answer->MSG_REGION : RMQI_STR("DefaultRegion");
	size_t texts = answer->msgId.len + topic.len + broker.len + answer->transactionId.len +
		       region.len + answer->recallHandle.len + 6;
	struct rmq_send_result *r = make_room(old, sizeof(*r) + texts);
	char *at;

	if (!r)
		return NULL;
	at = (char *)(r + 1);
	r->status = status;
	r->queue.queue_id = answer->queueId;
	r->queue_offset = answer->queueOffset;
	r->is_untraced = RMQI_HAS(answer, send_message_response, TRACE_ON) && !answer->TRACE_ON;
	rmqi_memcpy(r->message_id, request->uniq_key, sizeof(r->message_id));
	r->offset_message_id = put_text(&at, answer->msgId);
	r->queue.topic = put_text(&at, topic);
	r->queue.broker_name = put_text(&at, broker);
	r->transaction_id = put_text(&at, answer->transactionId);
	r->region_id = put_text(&at, region);
	r->recall_handle = put_text(&at, answer->recallHandle);
	return r;
}

struct rmq_send_result *rmqi_send_result_dup(const struct rmq_send_result *from)
{
	struct rmqi_str offset_id = rmqi_str(from->offset_message_id);
	struct rmqi_str topic = rmqi_str(from->queue.topic);
	struct rmqi_str broker = rmqi_str(from->queue.broker_name);
	struct rmqi_str transaction = rmqi_str(from->transaction_id);
	struct rmqi_str region = rmqi_str(from->region_id);
	struct rmqi_str recall = rmqi_str(from->recall_handle);
	size_t room = sizeof(*from) + offset_id.len + topic.len + broker.len + transaction.len +
		      region.len + recall.len + 6;
	struct rmq_send_result *r = rmqi_alloc(room);
	char *at;

	if (!r)
		return NULL;
	*r = *from;
	r->room = room;
	at = (char *)(r + 1);
	r->offset_message_id = put_text(&at, offset_id);
	r->queue.topic = put_text(&at, topic);
	r->queue.broker_name = put_text(&at, broker);
	r->transaction_id = put_text(&at, transaction);
	r->region_id = put_text(&at, region);
	r->recall_handle = put_text(&at, recall);
	return r;
}
