/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reply.c - SEND_REPLY_MESSAGE, SEND_REPLY_MESSAGE_V2 (ReplyMessageProcessor.java).
 *
 *     the replier --325--> checks --326--> the producer with the client id REPLY_TO_CLIENT
 *                                             |
 *     the replier <------- answer <- stored <-+ its answer, or 10 s
 *
 * The reply is stored whatever became of the push (storeReplyMessageEnable), but the answer is that of
 * the push. It is stored with the properties as they came and without its sysFlag, as Java does: a
 * compressed body cannot be told from a plain one there.
 */
#include <stdio.h>

#include "base/mem.h"
#include "codec/properties.h"
#include "mock-broker/broker/handlers.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/send_properties.h"
#include "mock-broker/push.h"

enum { CALL_MS = 10000 }; /* Broker2Client.callClient */

/* A reply on its way. */
struct reply {
	struct mb_push push;
	struct mb_broker *b;
	struct mb_ticket ticket;      /* holds a ref */
	struct rmqi_stored_message m; /* what it points to is in `bytes` */
	struct rmqi_buf bytes;        /* body, topic, properties, client id */
	struct rmqi_str client_id;    /* REPLY_TO_CLIENT; empty: it has none */
};

static void reply_free(struct reply *r)
{
	rmqi_conn_unref(r->ticket.conn);
	rmqi_buf_deinit(&r->bytes);
	rmqi_free(r);
}

/* --- The end ------------------------------------------------------------------------------------ */

static bool store(struct reply *r, struct rmqi_h_send_message_response *h,
		  char msg_id[RMQI_ID_SIZE])
{
	struct mb_broker *b = r->b;
	struct mb_put_result put;

	if (!b->config->store_reply_message || b->is_stopping)
		return false;
	mb_store_put(b->store, &r->m, &put);
	if (!mb_put_is_stored(put.status)) {
		RMQI_LOG(b->log, RMQ_LOG_WARN, "broker: a reply is not stored: %s",
			 mb_put_status_name(put.status));
		return false;
	}
	mb_figures_put(b, r->m.topic, put.count, put.store_timestamp);
	b->put_count += put.count;
	b->put_bytes += put.size;
	h->msgId =
		rmqi_str_n(msg_id, rmqi_offset_id(&r->m.store_host, put.physical_offset, msg_id));
	h->queueOffset = put.queue_offset;
	return true;
}

static void answer_failed(struct reply *r, bool is_stored, struct rmqi_h_send_message_response *h,
			  const char *remark)
{
	const struct mb_broker_config *c = r->b->config;
	const struct rmqi_ext ext[] = {
		{RMQI_STR("MSG_REGION"), rmqi_str(c->region_id)},
		{RMQI_STR("TRACE_ON"), rmqi_str(c->trace_on ? "true" : "false")},
	};
	struct rmqi_outgoing response = {.code = RMQI_RESP_SYSTEM_ERROR,
					 .remark = rmqi_str(remark),
					 .desc = is_stored ? &rmqi_desc_send_message_response
							   : NULL,
					 .header = h,
					 .extra = ext,
					 .extra_count = RMQI_COUNT(ext)};

	mb_answer(&r->ticket, &response);
}

/* `remark`: why it could not be pushed; NULL: it was. */
static void finish(struct reply *r, const char *remark)
{
	/* Java's client cannot read an answer without these. */
	struct rmqi_h_send_message_response h = {.msgId = RMQI_STR("0"), .queueId = r->m.queue_id};
	char msg_id[RMQI_ID_SIZE];
	bool is_stored = store(r, &h, msg_id);

	if (remark) {
		RMQI_LOG(r->b->log, RMQ_LOG_WARN, "broker: %s", remark);
		answer_failed(r, is_stored, &h, remark);
	} else {
		mb_send_answer(r->b, &r->ticket, RMQI_RESP_SUCCESS, &h);
	}
	reply_free(r);
}

static void finish_unpushed(struct reply *r)
{
	char remark[MB_REMARK_MAX];

	snprintf(remark, sizeof(remark), "push reply message to %.*sfail.",
		 RMQI_STR_ARG(r->client_id));
	finish(r, remark);
}

static void on_answer(struct mb_push *push, enum rmq_error error,
		      const struct rmqi_command *response)
{
	struct reply *r = RMQI_CONTAINER(push, struct reply, push);

	if (error == RMQ_OK && response->code == RMQI_RESP_SUCCESS) {
		finish(r, NULL);
		return;
	}
	RMQI_LOG(r->b->log, RMQ_LOG_WARN, "broker: a reply is not taken by %.*s: %s, code %d: %.*s",
		 RMQI_STR_ARG(r->client_id), rmq_error_text(error),
		 error == RMQ_OK ? (int)response->code : -1,
		 error == RMQ_OK ? (int)response->remark.len : 0,
		 error == RMQ_OK ? response->remark.ptr : "");
	finish_unpushed(r);
}

/* --- The push ----------------------------------------------------------------------------------- */

static struct rmqi_str pushed_properties(struct reply *r)
{
	static const char *const old[] = {"PUSH_REPLY_TIME", NULL};
	struct rmqi_buf *out = &r->b->properties;
	char now[24];

	rmqi_buf_reset(out);
	rmqi_properties_copy_without(out, r->m.properties, old);
	snprintf(now, sizeof(now), "%lld", (long long)mb_broker_wall_ms(r->b));
	rmqi_properties_add(out, RMQI_STR("PUSH_REPLY_TIME"), rmqi_str(now));
	return rmqi_cursor_str(rmqi_buf_cursor(out));
}

static enum rmq_error push_to_client(struct reply *r, struct rmqi_conn *to,
			   const struct rmqi_h_send_message *from)
{
	char born[64], stored[64];
	struct rmqi_h_reply_message h = {
		.producerGroup = from->producerGroup,
		.topic = from->topic,
		.defaultTopic = from->defaultTopic,
		.defaultTopicQueueNums = from->defaultTopicQueueNums,
		.queueId = from->queueId,
		.sysFlag = from->sysFlag,
		.bornTimestamp = from->bornTimestamp,
		.flag = from->flag,
		.bornHost = rmqi_str(rmqi_host_text(&r->m.born_host, born, sizeof(born))),
		.storeHost = rmqi_str(rmqi_host_text(&r->m.store_host, stored, sizeof(stored))),
		.storeTimestamp = mb_broker_wall_ms(r->b),
	};
	struct rmqi_outgoing request = {.code = RMQI_REQ_PUSH_REPLY_MESSAGE_TO_CLIENT,
					.desc = &rmqi_desc_reply_message,
					.header = &h,
					.body = &r->m.body,
					.body_count = r->m.body.len ? 1 : 0};

	RMQI_SET(&h, reply_message, properties, pushed_properties(r));
	RMQI_SET(&h, reply_message, unitMode, from->unitMode);
	if (RMQI_HAS(from, send_message, reconsumeTimes))
		RMQI_SET(&h, reply_message, reconsumeTimes, from->reconsumeTimes);
	r->push.fn = on_answer;
	return mb_push_call(&r->b->node->door, to, &request,
			    rmqi_clock_deadline(rmqi_loop_env(r->b->loop)->clock, CALL_MS),
			    &r->push);
}

/* --- The beginning ------------------------------------------------------------------------------ */

static struct rmqi_str keep(struct rmqi_buf *bytes, size_t *at, size_t len)
{
	struct rmqi_str kept = rmqi_str_n((const char *)rmqi_buf_data(bytes) + *at, len);

	*at += len;
	return kept;
}

/* All that is needed when the handler has returned. */
static bool copy_message(struct reply *r, struct rmqi_cursor body, struct rmqi_str topic,
			 struct rmqi_str properties)
{
	struct rmqi_str kept;
	size_t at = 0;

	rmqi_buf_init(&r->bytes, RMQI_FRAME_MAX);
	rmqi_buf_add(&r->bytes, body.ptr, body.len);
	rmqi_buf_add_str(&r->bytes, topic);
	rmqi_buf_add_str(&r->bytes, properties);
	if (rmqi_buf_status(&r->bytes) != RMQ_OK)
		return false;
	kept = keep(&r->bytes, &at, body.len);
	r->m.body = rmqi_cursor(kept.ptr, kept.len);
	r->m.topic = keep(&r->bytes, &at, topic.len);
	r->m.properties = keep(&r->bytes, &at, properties.len);
	/* A value within them. */
	(void)rmqi_properties_get(r->m.properties, "REPLY_TO_CLIENT", &r->client_id);
	return true;
}

static struct reply *reply_new(struct mb_broker *b, const struct mb_request *request,
			       const struct mb_topic *topic)
{
	const struct rmqi_h_send_message *h = request->header;
	struct reply *r = rmqi_calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->b = b;
	r->ticket = request->ticket;
	rmqi_conn_ref(r->ticket.conn);
	r->m.flag = h->flag;
	r->m.born_timestamp = h->bornTimestamp;
	r->m.born_host = *rmqi_conn_peer_host(r->ticket.conn);
	r->m.store_host = b->store_host;
	r->m.reconsume_times = h->reconsumeTimes;
	if (copy_message(r, request->command->body, rmqi_str(topic->config.topic_name),
			 mb_send_properties_utf8(h->properties, &b->sends.utf8)))
		return r;
	reply_free(r);
	return NULL;
}

static void send_reply(void *arg, struct mb_request *request)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_send_message *h = request->header;
	char remark[MB_REMARK_MAX];
	const struct mb_channel *ch;
	const struct mb_topic *topic;
	struct reply *r;
	int32_t queue_id;

	topic = mb_send_check(b, &request->ticket, h, &queue_id);
	if (!topic)
		return;
	r = reply_new(b, request, topic);
	if (!r) {
		mb_answer_failure(&request->ticket, RMQ_ERR_NO_MEMORY);
		return;
	}
	r->m.queue_id = queue_id;
	ch = mb_producer_by_id(b, r->client_id);
	if (!r->client_id.len) {
		finish(r, "reply message properties[REPLY_TO_CLIENT] is null");
	} else if (!ch) {
		snprintf(remark, sizeof(remark),
			 "push reply message fail, channel of <%.*s> not found.",
			 RMQI_STR_ARG(r->client_id));
		finish(r, remark);
	} else if (push_to_client(r, ch->peer->conn, h) != RMQ_OK) {
		finish_unpushed(r);
	}
}

const struct mb_handler mb_reply_handlers[] = {
	{RMQI_REQ_SEND_REPLY_MESSAGE, send_reply},
	{RMQI_REQ_SEND_REPLY_MESSAGE_V2, send_reply},
	{0, NULL},
};
