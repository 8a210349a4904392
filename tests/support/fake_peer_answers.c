/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "codec/body.h"
#include "codec/codes.h"
#include "codec/properties.h"
#include "tests/support/fake_peer_impl.h"

void fake_reply_text(const struct mb_ticket *t, const char *body)
{
	struct rmqi_cursor piece = rmqi_cursor(body, strlen(body));
	struct rmqi_outgoing out = {.body = &piece, .body_count = 1};

	mb_answer(t, &out);
}

/* NAME=[HOST:PORT]:QUEUES[r][+HOST:PORT] */
static void write_broker(struct rmqi_str text, bool is_first, FILE *brokers, FILE *queues)
{
	struct rmqi_str name, master, slave, rest = rmqi_str_cut(text, "=", &name, NULL);
	const char *comma = is_first ? "" : ",";
	size_t colon, digits = 0;
	int count;

	slave = rmqi_str_cut(rest, "+", &master, NULL);
	colon = master.len;
	while (colon > 0 && master.ptr[colon - 1] != ':')
		colon--;
	assert(colon > 0);
	while (colon + digits < master.len && master.ptr[colon + digits] != 'r')
		digits++;
	count = atoi(master.ptr + colon);
	fprintf(brokers, "%s{\"cluster\":\"C\",\"brokerName\":\"%.*s\",\"brokerAddrs\":{", comma,
		RMQI_STR_ARG(name));
	if (colon > 1)
		fprintf(brokers, "0:\"%.*s\"%s", (int)colon - 1, master.ptr, slave.len ? "," : "");
	if (slave.len)
		fprintf(brokers, "1:\"%.*s\"", RMQI_STR_ARG(slave));
	fprintf(brokers, "}}");
	fprintf(queues,
		"%s{\"brokerName\":\"%.*s\",\"perm\":%d,\"readQueueNums\":%d,"
		"\"writeQueueNums\":%d,\"topicSysFlag\":0}",
		comma, RMQI_STR_ARG(name), colon + digits < master.len ? 4 : 6, count, count);
}

#define STATIC "static "

static void answer_route(const struct mb_ticket *t, const char *text)
{
	struct rmqi_str rest = rmqi_str(text), one;
	char *brokers, *queues, *body;
	size_t len;
	FILE *b = fake_need(open_memstream(&brokers, &len)),
	     *q = fake_need(open_memstream(&queues, &len));
	bool more = true, is_first = true, is_static = strncmp(text, STATIC, strlen(STATIC)) == 0;

	if (is_static)
		rest = rmqi_str(text + strlen(STATIC));
	while (more) {
		rest = rmqi_str_cut(rest, ",", &one, &more);
		write_broker(one, is_first, b, q);
		is_first = false;
	}
	fclose(b);
	fclose(q);
	if (asprintf(&body, "{\"brokerDatas\":[%s],\"filterServerTable\":{},\"queueDatas\":[%s]%s}",
		     brokers, queues,
		     is_static ? ",\"topicQueueMappingByBroker\":{\"a\":{\"bname\":\"a\"}}" : "") <
	    0)
		abort();
	fake_reply_text(t, body);
	free(brokers);
	free(queues);
	free(body);
}

/* A copy, or NULL. */
static char *route_of(struct fake_peer *p, struct rmqi_str topic)
{
	char *text = NULL;

	rmqi_mutex_lock(&p->mu);
	for (size_t i = 0; i < p->topic_count; i++)
		if (rmqi_str_is(topic, p->topics[i].name) && p->topics[i].brokers)
			text = fake_copy(p->topics[i].brokers, strlen(p->topics[i].brokers));
	rmqi_mutex_unlock(&p->mu);
	return text;
}

static void on_route(void *node, struct mb_request *r)
{
	const struct rmqi_h_get_route_info *h = r->header;
	char *text = route_of(node, h->topic);

	if (text)
		answer_route(&r->ticket, text);
	else
		mb_answer_code(&r->ticket, RMQI_RESP_TOPIC_NOT_EXIST);
	free(text);
}

static void on_cluster(void *node, struct mb_request *r)
{
	struct fake_peer *p = node;

	fake_reply_text(&r->ticket, p->cluster);
}

static void on_members(void *node, struct mb_request *r)
{
	struct fake_peer *p = node;
	char *body;

	if (asprintf(&body, "{\"consumerIdList\":[%s]}", p->members ? p->members : "") < 0)
		abort();
	fake_reply_text(&r->ticket, body);
	free(body);
}

static bool has_property(struct rmqi_str properties, const char *name)
{
	struct rmqi_str value;

	return rmqi_properties_get(properties, name, &value);
}

static void on_send(void *node, struct mb_request *r)
{
	struct fake_peer *p = node;
	const struct rmqi_h_send_message *h = r->header;
	struct rmqi_h_send_message_response out = {.queueId = h->queueId,
						   .msgId = rmqi_str(p->offset_id)};

	assert(!r->bad_field);
	rmqi_mutex_lock(&p->mu);
	out.queueOffset = p->next_offset++;
	rmqi_mutex_unlock(&p->mu);
	RMQI_SET(&out, send_message_response, transactionId, RMQI_STR("TX"));
	if (has_property(h->properties, "TIMER_DELIVER_MS"))
		RMQI_SET(&out, send_message_response, recallHandle, RMQI_STR("HANDLE"));
	mb_answer_header(&r->ticket, &rmqi_desc_send_message_response, &out);
}

/* Answers "OFFSET-0000,OFFSET-0001,...", and takes that many offsets. */
static void on_send_batch(void *node, struct mb_request *r)
{
	struct fake_peer *p = node;
	const struct rmqi_h_send_message *h = r->header;
	struct rmqi_h_send_message_response out = {.queueId = h->queueId};
	struct rmqi_cursor rest = r->command->body;
	struct rmqi_batch_item item;
	struct rmqi_buf ids;
	int64_t count = 0;

	assert(!r->bad_field && h->batch);
	rmqi_buf_init(&ids, 1024 * 1024);
	for (; rest.len > 0 && rmqi_batch_decode(&rest, &item) == RMQ_OK; count++)
		rmqi_buf_addf(&ids, "%sOFFSET-%04lld", count ? "," : "", (long long)count);
	assert(rest.len == 0);
	rmqi_mutex_lock(&p->mu);
	out.queueOffset = p->next_offset;
	p->next_offset += count;
	rmqi_mutex_unlock(&p->mu);
	out.msgId = rmqi_str(rmqi_buf_text(&ids));
	mb_answer_header(&r->ticket, &rmqi_desc_send_message_response, &out);
	rmqi_buf_deinit(&ids);
}

/* Numbers that tell the questions apart: min q, max 100 + q, committed 50 + q. */
static void on_offset(void *node, struct mb_request *r)
{
	struct rmqi_h_get_max_offset_response out = {0};
	struct rmqi_str queue = {0};
	int32_t code = r->command->code;
	int64_t id = 0;

	(void)node;
	(void)rmqi_command_ext(r->command, "queueId", &queue);
	(void)rmqi_str_to_i64(queue, &id);
	out.offset = id + (code == RMQI_REQ_GET_MAX_OFFSET          ? 100
			   : code == RMQI_REQ_QUERY_CONSUMER_OFFSET ? 50
								    : 0);
	mb_answer_header(&r->ticket, &rmqi_desc_get_max_offset_response, &out);
}

static void on_other(void *node, struct mb_request *r)
{
	(void)node;
	mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
}

const struct mb_handler fake_peer_handlers[] = {
	{RMQI_REQ_GET_ROUTEINFO_BY_TOPIC | MB_LENIENT, on_route},
	{RMQI_REQ_GET_BROKER_CLUSTER_INFO | MB_LENIENT, on_cluster},
	{RMQI_REQ_SEND_MESSAGE_V2 | MB_LENIENT, on_send},
	{RMQI_REQ_SEND_BATCH_MESSAGE | MB_LENIENT, on_send_batch},
	{RMQI_REQ_GET_MAX_OFFSET | MB_LENIENT, on_offset},
	{RMQI_REQ_GET_MIN_OFFSET | MB_LENIENT, on_offset},
	{RMQI_REQ_QUERY_CONSUMER_OFFSET | MB_LENIENT, on_offset},
	{RMQI_REQ_HEART_BEAT | MB_LENIENT, on_other},
	{RMQI_REQ_GET_CONSUMER_LIST_BY_GROUP | MB_LENIENT, on_members},
	{RMQI_REQ_PULL_MESSAGE | MB_LENIENT, on_other},
	{RMQI_REQ_UPDATE_CONSUMER_OFFSET | MB_LENIENT, on_other},
	{RMQI_REQ_UNREGISTER_CLIENT | MB_LENIENT, on_other},
	{RMQI_REQ_UPDATE_AND_CREATE_TOPIC | MB_LENIENT, on_other},
	{RMQI_REQ_END_TRANSACTION | MB_LENIENT, on_other},
	{RMQI_REQ_RECALL_MESSAGE | MB_LENIENT, on_other},
	{0, NULL},
};
