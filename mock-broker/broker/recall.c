/* SPDX-License-Identifier: Apache-2.0 */
/* RECALL_MESSAGE (RecallMessageProcessor.java): puts a message into the slot of the one to be recalled. */
#include "codec/recall.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "codec/properties.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/send_properties.h"

static bool refuse(const struct mb_broker *b, const struct mb_ticket *t, int32_t code,
		   const char *format, ...) RMQI_PRINTF(4, 5);
static bool refuse(const struct mb_broker *b, const struct mb_ticket *t, int32_t code,
		   const char *format, ...)
{
	const struct rmqi_ext ext[] = {{RMQI_STR("MSG_REGION"), rmqi_str(b->config->region_id)}};
	struct rmqi_outgoing response = {
		.code = code, .extra = ext, .extra_count = RMQI_COUNT(ext)};
	char remark[MB_REMARK_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(remark, sizeof(remark), format, args);
	va_end(args);
	response.remark = rmqi_str(remark);
	mb_answer(t, &response);
	return false;
}

static bool check_broker(const struct mb_broker *b, const struct mb_ticket *t,
			 struct rmqi_str topic)
{
	const struct mb_broker_config *c = b->config;

	if (!c->recall_message)
		return refuse(b, t, RMQI_RESP_NO_PERMISSION,
			      "recall failed, operation is forbidden");
	if (mb_broker_wall_ms(b) < c->start_accept_send_ms ||
	    (!mb_broker_can(b, RMQI_PERM_WRITE) && !c->recall_when_not_writeable))
		return refuse(b, t, RMQI_RESP_SERVICE_NOT_AVAILABLE,
			      "recall failed, broker service not available");
	if (!mb_topic_find((struct mb_broker *)(uintptr_t)b, topic))
		return refuse(b, t, RMQI_RESP_TOPIC_NOT_EXIST,
			      "recall failed, the topic[%.*s] not exist", RMQI_STR_ARG(topic));
	return true;
}

static bool check_handle(const struct mb_broker *b, const struct mb_ticket *t,
			 const struct rmqi_h_recall_message *h, char text[RMQI_RECALL_TEXT_MAX],
			 struct rmqi_recall *r)
{
	int64_t at, left;

	if (!rmqi_recall_read(h->recallHandle, text, r))
		return refuse(b, t, RMQI_RESP_ILLEGAL_OPERATION, "recall handle is invalid");
	if (!rmqi_str_eq(h->topic, r->topic))
		return refuse(b, t, RMQI_RESP_ILLEGAL_OPERATION, "recall failed, topic not match");
	if (!rmqi_str_is(r->broker_name, b->config->broker_name))
		return refuse(b, t, RMQI_RESP_ILLEGAL_OPERATION,
			      "recall failed, broker service not available");
	if (!rmqi_str_to_i64(r->deliver_ms, &at) || at < 0)
		at = -1; /* the sender wrote it: it may be any number */
	left = at - mb_broker_wall_ms(b);
	if (left <= 0 || left >= b->config->timer_max_delay_sec * 1000)
		return refuse(b, t, RMQI_RESP_ILLEGAL_OPERATION,
			      "recall failed, timestamp invalid");
	return true;
}

static void write_properties(struct mb_broker *b, const struct rmqi_recall *r,
			     struct rmqi_str group)
{
	char key[RMQI_RECALL_TEXT_MAX], born[24];

	rmqi_buf_reset(&b->properties);
	snprintf(key, sizeof(key), "%.*s+%.*s", RMQI_STR_ARG(r->topic),
		 RMQI_STR_ARG(r->message_id));
	snprintf(born, sizeof(born), "%" PRId64, mb_broker_wall_ms(b));
	rmqi_properties_add(&b->properties, RMQI_STR(RMQI_PROP_TIMER_DEL_UNIQKEY), rmqi_str(key));
	rmqi_properties_add(&b->properties, RMQI_STR(RMQI_PROP_UNIQ_KEY), r->message_id);
	rmqi_properties_add(&b->properties, RMQI_STR(RMQI_PROP_TIMER_DELIVER_MS), r->deliver_ms);
	rmqi_properties_add(&b->properties, RMQI_STR("BORN_TIMESTAMP"), rmqi_str(born));
	if (group.len > 0)
		rmqi_properties_add(&b->properties, RMQI_STR(RMQI_PROP_PGROUP), group);
	rmqi_properties_add(&b->properties, RMQI_STR(RMQI_PROP_TAGS), RMQI_STR("_RECALL_TAG_"));
}

static bool put(struct mb_broker *b, const struct mb_ticket *t, const struct rmqi_recall *r)
{
	struct rmqi_stored_message m = {.topic = r->topic,
					.born_timestamp = mb_broker_wall_ms(b),
					.born_host = *rmqi_conn_peer_host(t->conn),
					.store_host = b->store_host,
					.body = rmqi_cursor("0", 1)};
	struct mb_send_properties p;
	struct mb_put_result result;
	int64_t out_ms;

	m.properties = rmqi_cursor_str(rmqi_buf_cursor(&b->properties));
	mb_send_properties_read(m.properties, &p);
	if (mb_timing_of(b, &p, true, &out_ms) != MB_TIMING_LATER)
		return false;
	mb_timing_apply(&m, &b->properties, out_ms);
	mb_store_put(b->store, &m, &result);
	return mb_put_is_stored(result.status);
}

static void recall(void *arg, struct mb_request *request)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_recall_message *h = request->header;
	struct rmqi_h_recall_message_response answer = {0};
	char text[RMQI_RECALL_TEXT_MAX];
	struct rmqi_recall r;

	if (!check_broker(b, &request->ticket, h->topic) ||
	    !check_handle(b, &request->ticket, h, text, &r))
		return;
	write_properties(b, &r, h->producerGroup);
	if (!put(b, &request->ticket, &r)) {
		refuse(b, &request->ticket, RMQI_RESP_SYSTEM_ERROR, "recall failed, execute error");
		return;
	}
	answer.msgId = r.message_id;
	RMQI_SET(&answer, recall_message_response, MSG_REGION, rmqi_str(b->config->region_id));
	mb_answer_header(&request->ticket, &rmqi_desc_recall_message_response, &answer);
}

const struct mb_handler mb_recall_handlers[] = {
	{RMQI_REQ_RECALL_MESSAGE, recall},
	{0, NULL},
};
