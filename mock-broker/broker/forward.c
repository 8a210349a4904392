/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forward.c - what a broker passes on to its consumers for an operator
 * (AdminBrokerProcessor.callConsumer, Broker2Client.java): running info (307), one
 * message (309), where they stand (223, by 221), and a reset that is pushed (220).
 *
 * The request waits until the consumer has answered, or its time is over.
 */
#include "mock-broker/broker/forward.h"

#include "base/mem.h"
#include "mock-broker/broker/handlers.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/json_text.h"
#include "mock-broker/push.h"

enum {
	CALL_MS = 10000,  /* Broker2Client.callClient */
	STATUS_MS = 5000, /* Broker2Client.getConsumeStatus */
	V3_0_7 = 28,      /* MQVersion.java */
	V3_1_8 = 62,
	STATUS_MAX = 16 * 1024 * 1024
};

static struct mb_channel *find_channel(const struct mb_broker *b, struct rmqi_str group,
				       struct rmqi_str client_id)
{
	const struct mb_client_group *g = mb_consumers_find(b, group);

	if (!g)
		return NULL;
	RMQI_LIST_EACH(node, &g->channels) {
		struct mb_channel *ch = RMQI_LIST_ITEM(node, struct mb_channel, of_group);

		if (rmqi_str_is(client_id, ch->client_id))
			return ch;
	}
	return NULL;
}

/* --- One consumer, its answer as it is --------------------------------------------------------- */

struct forward {
	struct mb_push push;
	struct mb_ticket ticket; /* holds a ref */
	char *group;             /* owned, as the next */
	char *client_id;
};

static void forward_free(struct forward *f)
{
	rmqi_conn_unref(f->ticket.conn);
	rmqi_free(f->group);
	rmqi_free(f->client_id);
	rmqi_free(f);
}

static void on_answer(struct mb_push *push, enum rmq_error error,
		      const struct rmqi_command *response)
{
	struct forward *f = RMQI_CONTAINER(push, struct forward, push);

	if (error == RMQ_OK) {
		struct rmqi_outgoing out = {.code = response->code,
					    .remark = response->remark,
					    .body = &response->body,
					    .body_count = response->body.len ? 1 : 0};

		mb_answer(&f->ticket, &out);
	} else if (error == RMQ_ERR_TIMEOUT) {
		mb_answer_error(&f->ticket, RMQI_RESP_CONSUME_MSG_TIMEOUT,
				"consumer <%s> <%s> Timeout: %s", f->group, f->client_id,
				rmq_error_text(error));
	} else {
		mb_answer_error(&f->ticket, RMQI_RESP_SYSTEM_ERROR,
				"invoke consumer <%s> <%s> Exception: %s", f->group, f->client_id,
				rmq_error_text(error));
	}
	forward_free(f);
}

static enum rmq_error pass_on(struct mb_broker *b, struct mb_request *r, struct mb_channel *ch,
			      const struct rmqi_outgoing *request)
{
	struct forward *f = rmqi_calloc(1, sizeof(*f));
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (!f)
		return err;
	f->push.fn = on_answer;
	f->ticket = r->ticket;
	rmqi_conn_ref(f->ticket.conn);
	f->group = rmqi_strdup(ch->group->name);
	f->client_id = rmqi_strdup(ch->client_id);
	if (f->group && f->client_id)
		err = mb_push_call(&b->node->door, ch->peer->conn, request,
				   rmqi_clock_deadline(rmqi_loop_env(b->loop)->clock, CALL_MS),
				   &f->push);
	if (err != RMQ_OK)
		forward_free(f);
	return err;
}

static void call_consumer(struct mb_broker *b, struct mb_request *r, struct rmqi_str group,
			  struct rmqi_str client_id, const struct rmqi_outgoing *request)
{
	struct mb_channel *ch = find_channel(b, group, client_id);
	enum rmq_error err;

	if (!ch) {
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR,
				"The Consumer <%.*s> <%.*s> not online", RMQI_STR_ARG(group),
				RMQI_STR_ARG(client_id));
		return;
	}
	if (ch->version < V3_1_8) {
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR,
				"The Consumer <%.*s> Version <%d> too low to finish, please "
				"upgrade it to V3_1_8_SNAPSHOT",
				RMQI_STR_ARG(client_id), (int)ch->version);
		return;
	}
	err = pass_on(b, r, ch, request);
	if (err != RMQ_OK)
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR,
				"invoke consumer <%.*s> <%.*s> Exception: %s", RMQI_STR_ARG(group),
				RMQI_STR_ARG(client_id), rmq_error_text(err));
}

static void get_running_info(void *arg, struct mb_request *r)
{
	const struct rmqi_h_get_consumer_running_info *h = r->header;
	struct rmqi_outgoing request = {.code = RMQI_REQ_GET_CONSUMER_RUNNING_INFO,
					.desc = &rmqi_desc_get_consumer_running_info,
					.header = h};

	call_consumer(arg, r, h->consumerGroup, h->clientId, &request);
}

/* The message goes with it, as it is stored. */
static void consume_directly(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	struct rmqi_h_consume_message_directly h =
		*(const struct rmqi_h_consume_message_directly *)r->header;
	struct rmqi_cursor record;
	struct rmqi_outgoing request = {.code = RMQI_REQ_CONSUME_MESSAGE_DIRECTLY,
					.desc = &rmqi_desc_consume_message_directly,
					.header = &h,
					.body = &record,
					.body_count = 1};
	struct rmqi_host host;
	int64_t offset;

	if (!rmqi_offset_id_parse(h.msgId, &host, &offset) ||
	    !mb_store_record_at(b->store, offset, &record)) {
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR, "no message with id %.*s",
				RMQI_STR_ARG(h.msgId));
		return;
	}
	RMQI_SET(&h, consume_message_directly, brokerName, rmqi_str(b->config->broker_name));
	call_consumer(b, r, h.consumerGroup, h.clientId, &request);
}

/* --- All consumers of a group, their answers together ------------------------------------------- */

struct status {
	struct mb_ticket ticket; /* holds a ref */
	struct rmqi_buf body;
	bool is_first;
	unsigned left; /* and one for who asks */
};

struct status_call {
	struct mb_push push;
	struct status *status;
	char *client_id; /* owned */
};

static void status_done(struct status *s)
{
	if (--s->left > 0)
		return;
	rmqi_buf_add_text(&s->body, "},\"messageQueueTable\":{}}");
	mb_answer_body(&s->ticket, &s->body);
	rmqi_buf_deinit(&s->body);
	rmqi_conn_unref(s->ticket.conn);
	rmqi_free(s);
}

static void add_rows(struct status *s, const char *client_id, const struct rmqi_queue_offset *rows,
		     size_t count)
{
	mb_json_next(&s->body, &s->is_first);
	rmqi_json_add_string(&s->body, rmqi_str(client_id));
	rmqi_buf_add_text(&s->body, ":{");
	for (size_t i = 0; i < count; i++) {
		const struct rmqi_queue *q = &rows[i].queue;

		if (i)
			rmqi_buf_add_u8(&s->body, ',');
		mb_json_queue(&s->body, rmqi_str(q->topic), rmqi_str(q->broker_name), q->queue_id);
		rmqi_buf_addf(&s->body, ":%lld", (long long)rows[i].offset);
	}
	rmqi_buf_add_u8(&s->body, '}');
}

/* Who does not answer is left out. */
static void on_status(struct mb_push *push, enum rmq_error error,
		      const struct rmqi_command *response)
{
	struct status_call *sc = RMQI_CONTAINER(push, struct status_call, push);
	struct rmqi_queue_offset *rows = NULL;
	size_t count = 0;

	if (error == RMQ_OK && response->code == RMQI_RESP_SUCCESS && response->body.len > 0 &&
	    rmqi_consumer_status_decode(response->body, &rows, &count) == RMQ_OK)
		add_rows(sc->status, sc->client_id, rows, count);
	rmqi_queue_offsets_free(rows, count);
	status_done(sc->status);
	rmqi_free(sc->client_id);
	rmqi_free(sc);
}

static void ask_status(struct mb_broker *b, struct status *s, const struct mb_channel *ch,
		       const struct rmqi_outgoing *request)
{
	struct status_call *sc = rmqi_calloc(1, sizeof(*sc));
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (!sc)
		return;
	sc->push.fn = on_status;
	sc->status = s;
	sc->client_id = rmqi_strdup(ch->client_id);
	if (sc->client_id)
		err = mb_push_call(&b->node->door, ch->peer->conn, request,
				   rmqi_clock_deadline(rmqi_loop_env(b->loop)->clock, STATUS_MS),
				   &sc->push);
	if (err == RMQ_OK) {
		s->left++;
		return;
	}
	rmqi_free(sc->client_id);
	rmqi_free(sc);
}

/* False: answered. */
static bool may_ask(struct mb_request *r, const struct mb_client_group *g, struct rmqi_str group)
{
	if (!g) {
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR,
				"No Any Consumer online in the consumer group: [%.*s]",
				RMQI_STR_ARG(group));
		return false;
	}
	RMQI_LIST_EACH(node, &g->channels) {
		const struct mb_channel *ch = RMQI_LIST_ITEM(node, struct mb_channel, of_group);

		if (ch->version >= V3_0_7)
			continue;
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR,
				"the client does not support this feature. version=%d",
				(int)ch->version);
		return false;
	}
	return true;
}

static void get_status(void *arg, struct mb_request *r)
{
	struct mb_broker *b = arg;
	const struct rmqi_h_get_consumer_status *h = r->header;
	const struct mb_client_group *g = mb_consumers_find(b, h->group);
	struct rmqi_h_get_consumer_status to_client = {.topic = h->topic, .group = h->group};
	struct rmqi_outgoing request = {.code = RMQI_REQ_GET_CONSUMER_STATUS_FROM_CLIENT,
					.desc = &rmqi_desc_get_consumer_status,
					.header = &to_client};
	struct status *s;

	if (!may_ask(r, g, h->group))
		return;
	s = rmqi_calloc(1, sizeof(*s));
	if (!s) {
		mb_answer_failure(&r->ticket, RMQ_ERR_NO_MEMORY);
		return;
	}
	s->ticket = r->ticket;
	rmqi_conn_ref(s->ticket.conn);
	s->is_first = true;
	s->left = 1;
	rmqi_buf_init(&s->body, STATUS_MAX);
	rmqi_buf_add_text(&s->body, "{\"consumerTable\":{");
	RMQI_LIST_EACH(node, &g->channels) {
		const struct mb_channel *ch = RMQI_LIST_ITEM(node, struct mb_channel, of_group);

		if (h->clientAddr.len == 0 || rmqi_str_is(h->clientAddr, ch->client_id))
			ask_status(b, s, ch, &request);
	}
	status_done(s);
}

/* --- A reset that is pushed ------------------------------------------------------------------------ */

/* Where a queue is to go on; without isForce a reset goes back only. False: answered. */
static bool push_target(struct mb_broker *b, struct mb_request *r,
			const struct rmqi_h_reset_offset *h, int32_t queue_id, int64_t *out)
{
	const struct mb_queue_offsets *row =
		mb_offsets_find(&b->offsets, h->topic, h->group, queue_id);
	int64_t target;

	if (!row || row->committed == MB_NO_OFFSET) {
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR,
				"THe consumer group <%.*s> not exist", RMQI_STR_ARG(h->group));
		return false;
	}
	target = h->timestamp == -1 ? mb_store_max_offset(b->store, h->topic, queue_id)
				    : mb_store_offset_by_time(b->store, h->topic, queue_id,
							      h->timestamp, false);
	if (target < 0)
		target = 0;
	*out = h->isForce || target < row->committed ? target : row->committed;
	return true;
}

/* ResetOffsetBodyForC.java */
static void add_list(struct rmqi_buf *out, const struct rmqi_queue_offset *rows, size_t count)
{
	rmqi_buf_add_text(out, "{\"offsetTable\":[");
	for (size_t i = 0; i < count; i++) {
		rmqi_buf_add_text(out, i ? ",{" : "{");
		mb_json_text(out, "brokerName", rows[i].queue.broker_name);
		mb_json_i64(out, "offset", rows[i].offset);
		mb_json_i64(out, "queueId", rows[i].queue.queue_id);
		mb_json_text(out, "topic", rows[i].queue.topic);
		rmqi_buf_add_u8(out, '}');
	}
	rmqi_buf_add_text(out, "]}");
}

static enum rmq_error write_push(struct mb_broker *b, const struct mb_request *r,
				 const struct rmqi_queue_offset *rows, size_t count)
{
	rmqi_buf_reset(&b->body);
	if (r->command->language != RMQI_LANGUAGE_CPP)
		return rmqi_reset_offset_encode(rows, count, &b->body);
	add_list(&b->body, rows, count);
	return rmqi_buf_status(&b->body);
}

static void push_to_all(struct mb_broker *b, struct mb_request *r,
			const struct rmqi_h_reset_offset *h, const struct mb_client_group *g,
			const struct rmqi_queue_offset *rows, size_t count)
{
	struct rmqi_h_reset_offset to_client = {
		.topic = h->topic, .group = h->group, .timestamp = h->timestamp};
	struct rmqi_cursor body;
	struct rmqi_outgoing request = {.code = RMQI_REQ_RESET_CONSUMER_CLIENT_OFFSET,
					.desc = &rmqi_desc_reset_offset,
					.header = &to_client,
					.body = &body,
					.body_count = 1};
	enum rmq_error err = write_push(b, r, rows, count);

	RMQI_SET(&to_client, reset_offset, queueId, -1);
	body = rmqi_buf_cursor(&b->body);
	RMQI_LIST_EACH(node, &g->channels) {
		const struct mb_channel *ch = RMQI_LIST_ITEM(node, struct mb_channel, of_group);

		if (err == RMQ_OK)
			err = mb_push_oneway(&b->node->door, ch->peer->conn, &request);
	}
	rmqi_buf_reset(&b->body);
	if (err == RMQ_OK)
		err = rmqi_reset_offset_encode(rows, count, &b->body);
	if (err == RMQ_OK)
		mb_answer_body(&r->ticket, &b->body);
	else
		mb_answer_failure(&r->ticket, err);
}

/* The rows of all queues that can be written; NULL: answered. */
static struct rmqi_queue_offset *push_rows(struct mb_broker *b, struct mb_request *r,
					   const struct rmqi_h_reset_offset *h,
					   const struct mb_topic *t, size_t *count)
{
	size_t n = t->config.write_queue_nums > 0 ? (size_t)t->config.write_queue_nums : 0;
	struct rmqi_queue_offset *rows = rmqi_calloc(n + 1, sizeof(*rows));

	if (!rows)
		mb_answer_failure(&r->ticket, RMQ_ERR_NO_MEMORY);
	for (*count = 0; rows && *count < n; ++*count) {
		struct rmqi_queue_offset *row = &rows[*count];

		row->queue = (struct rmqi_queue){t->config.topic_name, b->config->broker_name,
						 (int32_t)*count};
		if (push_target(b, r, h, (int32_t)*count, &row->offset))
			continue;
		rmqi_free(rows);
		return NULL;
	}
	return rows;
}

void mb_reset_push(struct mb_broker *b, struct mb_request *r)
{
	const struct rmqi_h_reset_offset *h = r->header;
	const struct mb_topic *t = mb_topic_find(b, h->topic);
	const struct mb_client_group *g = mb_consumers_find(b, h->group);
	struct rmqi_queue_offset *rows;
	size_t count;

	if (!t) {
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR,
				"[reset-offset] reset offset failed, no topic in this broker. "
				"topic=%.*s",
				RMQI_STR_ARG(h->topic));
		return;
	}
	rows = push_rows(b, r, h, t, &count);
	if (!rows)
		return;
	if (!g)
		mb_answer_error(&r->ticket, RMQI_RESP_CONSUMER_NOT_ONLINE,
				"Consumer not online, so can not reset offset, Group: %.*s Topic: "
				"%.*s Timestamp: %lld",
				RMQI_STR_ARG(h->group), RMQI_STR_ARG(h->topic),
				(long long)h->timestamp);
	else if (may_ask(r, g, h->group))
		push_to_all(b, r, h, g, rows, count);
	rmqi_free(rows); /* their texts are the topic's and the configuration's */
}

const struct mb_handler mb_forward_handlers[] = {
	{RMQI_REQ_INVOKE_BROKER_TO_GET_CONSUMER_STATUS, get_status},
	{RMQI_REQ_GET_CONSUMER_RUNNING_INFO, get_running_info},
	{RMQI_REQ_CONSUME_MESSAGE_DIRECTLY, consume_directly},
	{0, NULL},
};
