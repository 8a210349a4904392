/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fake_broker.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/list.h"
#include "base/mem.h"
#include "codec/body.h"
#include "codec/codes.h"
#include "codec/names.h"
#include "codec/properties.h"
#include "codec/schema.h"
#include "net/conn.h"
#include "net/loop.h"
#include "net/server.h"

enum { QUEUES_MAX = 64, MEMBERS_MAX = 8, RULES_MAX = 16, CODES = 512, BODY_MAX = 1 << 24 };
enum { PULL_COUNT_MAX = 32 };

struct stored {
	char body[64];
	char tag[32];
	char retry_topic[64];
	int reconsume_times;
	bool is_corrupt;
};

struct queue {
	char topic[160];
	int id;
	int64_t min;
	int64_t max;
	int64_t committed;
	int64_t number;          /* among the queues of the broker */
	struct stored *messages; /* max of them */
};

struct rule {
	int code;
	int response;
	int times;
};

struct held {
	struct rmqi_list link;
	struct rmqi_timer timer;
	struct fake_broker *broker;
	struct rmqi_conn *conn;
	int32_t opaque;
	enum rmqi_serialization serialization;
	struct queue *queue;
	struct rmqi_h_pull_message h;
};

struct fake_broker {
	struct rmqi_loop *loop;
	struct rmqi_server *server;
	struct queue queues[QUEUES_MAX];
	size_t queue_count;
	struct rule rules[RULES_MAX];
	struct rmqi_conn *conns[MEMBERS_MAX];
	char *members[MEMBERS_MAX]; /* by conn */
	const char *member_override;
	unsigned counts[CODES];
	char *last[CODES]; /* key NUL value NUL ... */
	size_t last_len[CODES];
	char *heartbeat;
	struct rmqi_list held;
	bool stores_retries;
};

static struct queue *find_queue(struct fake_broker *b, struct rmqi_str topic, int id)
{
	for (size_t i = 0; i < b->queue_count; i++) {
		if (b->queues[i].id == id && rmqi_str_is(topic, b->queues[i].topic))
			return &b->queues[i];
	}
	return NULL;
}

static struct queue *need_queue(struct fake_broker *b, const char *topic, int id)
{
	struct queue *q = find_queue(b, rmqi_str(topic), id);

	assert(q);
	return q;
}

/* --- Answers ------------------------------------------------------------------------------ */

static void reply(struct rmqi_conn *c, int32_t opaque, enum rmqi_serialization how, int code,
		  const struct rmqi_header_desc *desc, const void *header, struct rmqi_buf *body)
{
	struct rmqi_cursor piece = body ? rmqi_buf_cursor(body) : rmqi_cursor(NULL, 0);
	struct rmqi_outgoing out = {.code = code,
				    .desc = desc,
				    .header = header,
				    .body = &piece,
				    .body_count = body ? 1 : 0};
	enum rmq_error err;

	if (code != RMQI_RESP_SUCCESS && !desc)
		out.remark = RMQI_STR("said so by the test");
	err = rmqi_conn_reply(c, opaque, how, &out);
	(void)err; /* the client may be gone */
}

static void answer(struct rmqi_conn *c, const struct rmqi_command *request, int code,
		   const struct rmqi_header_desc *desc, const void *header, struct rmqi_buf *body)
{
	reply(c, request->opaque, request->serialization, code, desc, header, body);
}

/* --- Name server ----------------------------------------------------------------------------- */

static int count_queues(const struct fake_broker *b, struct rmqi_str topic)
{
	int count = 0;

	for (size_t i = 0; i < b->queue_count; i++)
		count += rmqi_str_is(topic, b->queues[i].topic) ? 1 : 0;
	return count;
}

static void on_route(struct fake_broker *b, struct rmqi_conn *c, const struct rmqi_command *request)
{
	struct rmqi_broker_address address = {.id = 0};
	struct rmqi_queue_data queue = {.perm = RMQI_PERM_READ | RMQI_PERM_WRITE};
	struct rmqi_broker_data broker = {.addresses = &address, .address_count = 1};
	struct rmqi_route route = {
		.queues = &queue, .queue_count = 1, .brokers = &broker, .broker_count = 1};
	struct rmqi_str topic = {0};
	struct rmqi_buf body;
	char name[] = "broker-a", cluster[] = "C", at[64];
	int count;

	(void)rmqi_command_ext(request, "topic", &topic);
	count = count_queues(b, topic);
	if (count == 0) {
		answer(c, request, RMQI_RESP_TOPIC_NOT_EXIST, NULL, NULL, NULL);
		return;
	}
	snprintf(at, sizeof(at), "%s", rmqi_server_address(b->server));
	address.address = at;
	queue.broker_name = broker.broker_name = name;
	broker.cluster = cluster;
	queue.read_queue_nums = queue.write_queue_nums = count;
	rmqi_buf_init(&body, BODY_MAX);
	if (rmqi_route_encode(&route, true, &body) == RMQ_OK)
		answer(c, request, RMQI_RESP_SUCCESS, NULL, NULL, &body);
	rmqi_buf_deinit(&body);
}

/* --- Clients ------------------------------------------------------------------------------------ */

static size_t slot_of(struct fake_broker *b, struct rmqi_conn *c)
{
	size_t i = 0;

	while (i < MEMBERS_MAX && b->conns[i] != c)
		i++;
	return i;
}

static void on_heartbeat(struct fake_broker *b, struct rmqi_conn *c,
			 const struct rmqi_command *request)
{
	struct rmqi_heartbeat h = {0};
	size_t at = slot_of(b, c);
	enum rmq_error err = rmqi_heartbeat_decode(request->body, &h);

	assert(err == RMQ_OK && at < MEMBERS_MAX);
	rmqi_free(b->members[at]);
	b->members[at] = rmqi_strdup(h.client_id);
	rmqi_heartbeat_deinit(&h);
	rmqi_free(b->heartbeat);
	b->heartbeat = rmqi_strndup((const char *)request->body.ptr, request->body.len);
	answer(c, request, RMQI_RESP_SUCCESS, NULL, NULL, NULL);
}

static void on_members(struct fake_broker *b, struct rmqi_conn *c,
		       const struct rmqi_command *request)
{
	char *ids[MEMBERS_MAX * 2], copy[1024] = "";
	size_t count = 0;
	struct rmqi_buf body;

	snprintf(copy, sizeof(copy), "%s", b->member_override ? b->member_override : "");
	for (char *save, *id = strtok_r(copy, ",", &save); id; id = strtok_r(NULL, ",", &save)) {
		if (strcmp(id, "*") == 0) {
			for (size_t i = 0; i < MEMBERS_MAX; i++)
				if (b->members[i])
					ids[count++] = b->members[i];
		} else {
			ids[count++] = id;
		}
	}
	for (size_t i = 0; i < MEMBERS_MAX && !b->member_override; i++) {
		if (b->members[i])
			ids[count++] = b->members[i];
	}
	rmqi_buf_init(&body, BODY_MAX);
	if (count == 0)
		answer(c, request, RMQI_RESP_SYSTEM_ERROR, NULL, NULL, NULL);
	else if (rmqi_consumer_list_encode(ids, count, &body) == RMQ_OK)
		answer(c, request, RMQI_RESP_SUCCESS, NULL, NULL, &body);
	rmqi_buf_deinit(&body);
}

/* --- Offsets --------------------------------------------------------------------------------------- */

static void on_query_offset(struct fake_broker *b, struct rmqi_conn *c,
			    const struct rmqi_command *request)
{
	struct rmqi_h_query_consumer_offset h = {0};
	struct rmqi_h_query_consumer_offset_response r = {0};
	enum rmq_error err =
		rmqi_header_decode(&rmqi_desc_query_consumer_offset, request, &h, NULL);
	struct queue *q = find_queue(b, h.topic, h.queueId);

	assert(err == RMQ_OK && q);
	r.offset = q->committed;
	if (q->committed < 0)
		answer(c, request, RMQI_RESP_QUERY_NOT_FOUND, NULL, NULL, NULL);
	else
		answer(c, request, RMQI_RESP_SUCCESS, &rmqi_desc_query_consumer_offset_response, &r,
		       NULL);
}

static void on_update_offset(struct fake_broker *b, struct rmqi_conn *c,
			     const struct rmqi_command *request)
{
	struct rmqi_h_update_consumer_offset h = {0};
	enum rmq_error err =
		rmqi_header_decode(&rmqi_desc_update_consumer_offset, request, &h, NULL);
	struct queue *q = find_queue(b, h.topic, h.queueId);

	assert(err == RMQ_OK && q);
	q->committed = h.commitOffset;
	if (!rmqi_command_is_oneway(request))
		answer(c, request, RMQI_RESP_SUCCESS, NULL, NULL, NULL);
}

static void on_edge(struct fake_broker *b, struct rmqi_conn *c, const struct rmqi_command *request)
{
	struct rmqi_h_get_max_offset h = {0};
	struct rmqi_h_get_max_offset_response r = {0};
	enum rmq_error err = rmqi_header_decode(&rmqi_desc_get_max_offset, request, &h, NULL);
	struct queue *q = find_queue(b, h.topic, h.queueId);

	assert(err == RMQ_OK && q);
	/* By time: a number that no other answer has. */
	r.offset = request->code == RMQI_REQ_GET_MAX_OFFSET ? q->max : q->max - 1;
	answer(c, request, RMQI_RESP_SUCCESS, &rmqi_desc_get_max_offset_response, &r, NULL);
}

/* --- Pull -------------------------------------------------------------------------------------------- */

static void add_property(struct rmqi_buf *out, const char *name, const char *value)
{
	if (value[0])
		rmqi_properties_add(out, rmqi_str(name), rmqi_str(value));
}

static void encode_message(const struct queue *q, int64_t offset, struct rmqi_buf *out)
{
	const struct stored *s = &q->messages[offset];
	struct rmqi_stored_message m = {.queue_id = q->id,
					.queue_offset = offset,
					.physical_offset = (q->number * 10000 + offset) * 1000,
					.reconsume_times = s->reconsume_times,
					.body = rmqi_cursor(s->body, strlen(s->body)),
					.topic = rmqi_str(q->topic)};
	struct rmqi_buf properties;
	size_t before = out->len, len;
	enum rmq_error err;

	rmqi_buf_init(&properties, RMQI_PROPERTIES_MAX);
	add_property(&properties, RMQI_PROP_TAGS, s->tag);
	add_property(&properties, RMQI_PROP_UNIQ_KEY, s->body);
	add_property(&properties, RMQI_PROP_RETRY_TOPIC, s->retry_topic);
	m.properties = rmqi_cursor_str(rmqi_buf_cursor(&properties));
	err = rmqi_message_encode(out, &m);
	assert(err == RMQ_OK);
	rmqi_buf_deinit(&properties);
	/* The body stands behind 84 bytes and its length word. */
	len = out->len - before;
	if (s->is_corrupt)
		rmqi_buf_patch_u32(out, before + 88, 0x3f3f3f3f);
	assert(len > 92);
}

static void answer_pull(struct rmqi_conn *c, int32_t opaque, enum rmqi_serialization how,
			struct queue *q, const struct rmqi_h_pull_message *h)
{
	struct rmqi_h_pull_message_response r = {.minOffset = q->min, .maxOffset = q->max};
	struct rmqi_buf body;
	int code = RMQI_RESP_SUCCESS;

	rmqi_buf_init(&body, BODY_MAX);
	r.nextBeginOffset = h->queueOffset;
	if (h->queueOffset < q->min || h->queueOffset > q->max) {
		code = RMQI_RESP_PULL_OFFSET_MOVED;
		r.nextBeginOffset = h->queueOffset < q->min ? q->min : q->max;
	} else if (h->queueOffset == q->max) {
		code = RMQI_RESP_PULL_NOT_FOUND;
	}
	while (code == RMQI_RESP_SUCCESS && r.nextBeginOffset < q->max &&
	       r.nextBeginOffset - h->queueOffset < h->maxMsgNums)
		encode_message(q, r.nextBeginOffset++, &body);
	reply(c, opaque, how, code, &rmqi_desc_pull_message_response, &r,
	      code == RMQI_RESP_SUCCESS ? &body : NULL);
	rmqi_buf_deinit(&body);
}

static void free_held(struct held *h)
{
	rmqi_list_remove(&h->link);
	rmqi_timer_deinit(&h->timer);
	rmqi_conn_unref(h->conn);
	rmqi_free(h);
}

static void release(struct held *h)
{
	answer_pull(h->conn, h->opaque, h->serialization, h->queue, &h->h);
	free_held(h);
}

static void on_hold_over(struct rmqi_timer *t)
{
	release(RMQI_CONTAINER(t, struct held, timer));
}

static void on_pull(struct fake_broker *b, struct rmqi_conn *c, const struct rmqi_command *request)
{
	struct rmqi_h_pull_message h = {0};
	enum rmq_error err = rmqi_header_decode(&rmqi_desc_pull_message, request, &h, NULL);
	struct queue *q = find_queue(b, h.topic, h.queueId);
	struct held *held;

	assert(err == RMQ_OK);
	if (!q) {
		answer(c, request, RMQI_RESP_TOPIC_NOT_EXIST, NULL, NULL, NULL);
		return;
	}
	if (h.sysFlag & 1)
		q->committed = h.commitOffset;
	if (h.queueOffset != q->max) {
		answer_pull(c, request->opaque, request->serialization, q, &h);
		return;
	}
	held = rmqi_calloc(1, sizeof(*held));
	assert(held);
	held->broker = b;
	held->conn = rmqi_conn_ref(c);
	held->opaque = request->opaque;
	held->serialization = request->serialization;
	held->queue = q;
	held->h.queueOffset = h.queueOffset;
	held->h.maxMsgNums = h.maxMsgNums;
	rmqi_list_push(&b->held, &held->link);
	err = rmqi_timer_init(&held->timer, rmqi_loop_timers(b->loop), on_hold_over);
	assert(err == RMQ_OK);
	rmqi_timer_start_ms(&held->timer, h.suspendTimeoutMillis);
}

/* --- Storing -------------------------------------------------------------------------------------- */

struct put_call {
	struct fake_broker *broker;
	struct queue *queue;
};

static void wake(void *arg)
{
	struct put_call *p = arg;

	RMQI_LIST_EACH(node, &p->broker->held) {
		struct held *h = RMQI_LIST_ITEM(node, struct held, link);

		if (h->queue == p->queue)
			release(h);
	}
}

static int64_t store(struct fake_broker *b, struct queue *q, const char *body, const char *tag,
		     int reconsume_times)
{
	struct put_call p = {.broker = b, .queue = q};
	struct stored *s;

	q->messages = rmqi_realloc(q->messages, (size_t)(q->max + 1) * sizeof(*s));
	assert(q->messages);
	s = &q->messages[q->max];
	memset(s, 0, sizeof(*s));
	snprintf(s->body, sizeof(s->body), "%s", body);
	snprintf(s->tag, sizeof(s->tag), "%s", tag ? tag : "");
	if (reconsume_times > 0)
		snprintf(s->retry_topic, sizeof(s->retry_topic), "T");
	s->reconsume_times = reconsume_times;
	q->max++;
	rmqi_loop_call(b->loop, wake, &p);
	return q->max - 1;
}

static void on_send_back(struct fake_broker *b, struct rmqi_conn *c,
			 const struct rmqi_command *request)
{
	struct rmqi_h_consumer_send_msg_back h = {0};
	enum rmq_error err =
		rmqi_header_decode(&rmqi_desc_consumer_send_msg_back, request, &h, NULL);
	int64_t at = h.offset / 1000;
	struct stored s;

	assert(err == RMQ_OK);
	if (b->stores_retries) {
		s = b->queues[at / 10000].messages[at % 10000];
		store(b, need_queue(b, "%RETRY%G", 0), s.body, s.tag, s.reconsume_times + 1);
	}
	answer(c, request, RMQI_RESP_SUCCESS, NULL, NULL, NULL);
}

static void on_send(struct fake_broker *b, struct rmqi_conn *c, const struct rmqi_command *request)
{
	struct rmqi_h_send_message_response sent = {.msgId = RMQI_STR("0")};
	struct rmqi_h_send_message h = {0};
	enum rmq_error err = rmqi_header_decode(&rmqi_desc_send_message_v2, request, &h, NULL);
	char body[64];

	assert(err == RMQ_OK);
	snprintf(body, sizeof(body), "%.*s", (int)request->body.len,
		 (const char *)request->body.ptr);
	if (b->stores_retries)
		store(b, find_queue(b, h.topic, h.queueId), body, NULL, h.reconsumeTimes);
	answer(c, request, RMQI_RESP_SUCCESS, &rmqi_desc_send_message_response, &sent, NULL);
}

/* --- Requests ------------------------------------------------------------------------------------------ */

static void remember(struct fake_broker *b, const struct rmqi_command *request)
{
	int code = request->code;
	struct rmqi_buf text;

	b->counts[code]++;
	rmqi_buf_init(&text, BODY_MAX);
	for (size_t i = 0; i < request->ext_count; i++) {
		rmqi_buf_add_str(&text, request->ext[i].key);
		rmqi_buf_add_u8(&text, 0);
		rmqi_buf_add_str(&text, request->ext[i].value);
		rmqi_buf_add_u8(&text, 0);
	}
	rmqi_free(b->last[code]);
	b->last_len[code] = text.len;
	b->last[code] = rmqi_calloc(1, text.len + 1);
	if (b->last[code] && text.len > 0)
		memcpy(b->last[code], rmqi_buf_data(&text), text.len);
	rmqi_buf_deinit(&text);
}

static bool is_refused(struct fake_broker *b, struct rmqi_conn *c,
		       const struct rmqi_command *request)
{
	for (size_t i = 0; i < RULES_MAX; i++) {
		struct rule *r = &b->rules[i];

		if (r->code != request->code || r->times == 0)
			continue;
		r->times--;
		if (r->response == FAKE_CLOSE)
			rmqi_conn_close(c, RMQ_OK);
		else if (r->response != FAKE_NO_ANSWER)
			answer(c, request, r->response, NULL, NULL, NULL);
		return true;
	}
	return false;
}

static void on_request(void *arg, struct rmqi_conn *c, const struct rmqi_command *request)
{
	struct fake_broker *b = arg;

	assert(request->code < CODES);
	remember(b, request);
	if (is_refused(b, c, request))
		return;
	switch (request->code) {
	case RMQI_REQ_GET_ROUTEINFO_BY_TOPIC:
		on_route(b, c, request);
		break;
	case RMQI_REQ_HEART_BEAT:
		on_heartbeat(b, c, request);
		break;
	case RMQI_REQ_GET_CONSUMER_LIST_BY_GROUP:
		on_members(b, c, request);
		break;
	case RMQI_REQ_QUERY_CONSUMER_OFFSET:
		on_query_offset(b, c, request);
		break;
	case RMQI_REQ_UPDATE_CONSUMER_OFFSET:
		on_update_offset(b, c, request);
		break;
	case RMQI_REQ_GET_MAX_OFFSET:
	case RMQI_REQ_SEARCH_OFFSET_BY_TIMESTAMP:
		on_edge(b, c, request);
		break;
	case RMQI_REQ_PULL_MESSAGE:
		on_pull(b, c, request);
		break;
	case RMQI_REQ_SEND_MESSAGE_V2:
		on_send(b, c, request);
		break;
	case RMQI_REQ_CONSUMER_SEND_MSG_BACK:
		on_send_back(b, c, request);
		break;
	default:
		answer(c, request, RMQI_RESP_SUCCESS, NULL, NULL, NULL);
		break;
	}
}

static void on_open(void *arg, struct rmqi_conn *c)
{
	struct fake_broker *b = arg;
	size_t at = slot_of(b, NULL);

	assert(at < MEMBERS_MAX);
	b->conns[at] = c;
}

static void on_closed(void *arg, struct rmqi_conn *c)
{
	struct fake_broker *b = arg;
	size_t at = slot_of(b, c);

	assert(at < MEMBERS_MAX);
	b->conns[at] = NULL;
	rmqi_free(b->members[at]);
	b->members[at] = NULL;
	RMQI_LIST_EACH(node, &b->held) {
		struct held *h = RMQI_LIST_ITEM(node, struct held, link);

		if (h->conn == c)
			free_held(h);
	}
}

/* --- For the test --------------------------------------------------------------------------------------- */

struct fake_broker *fake_broker_new(const struct rmqi_env *env)
{
	struct fake_broker *b = rmqi_calloc(1, sizeof(*b));
	struct rmqi_server_config config = {.host = "127.0.0.1",
					    .on_request = on_request,
					    .on_open = on_open,
					    .on_closed = on_closed,
					    .arg = b};
	enum rmq_error err;

	assert(b);
	rmqi_list_init(&b->held);
	err = rmqi_loop_new(env, "fake-broker", &b->loop);
	assert(err == RMQ_OK);
	config.loop = b->loop;
	err = rmqi_server_new(&config, &b->server, NULL);
	assert(err == RMQ_OK);
	return b;
}

static void free_all_held(void *arg)
{
	struct fake_broker *b = arg;

	while (!rmqi_list_is_empty(&b->held))
		free_held(RMQI_LIST_ITEM(b->held.next, struct held, link));
}

void fake_broker_free(struct fake_broker *b)
{
	rmqi_loop_call(b->loop, free_all_held, b);
	rmqi_server_free(b->server);
	rmqi_loop_free(b->loop);
	for (size_t i = 0; i < b->queue_count; i++)
		rmqi_free(b->queues[i].messages);
	for (size_t i = 0; i < CODES; i++)
		rmqi_free(b->last[i]);
	rmqi_free(b->heartbeat);
	rmqi_free(b);
}

const char *fake_broker_address(const struct fake_broker *b)
{
	return rmqi_server_address(b->server);
}

void fake_broker_topic(struct fake_broker *b, const char *topic, int queues)
{
	for (int i = count_queues(b, rmqi_str(topic)); i < queues; i++) {
		struct queue *q = &b->queues[b->queue_count++];

		assert(b->queue_count <= QUEUES_MAX);
		snprintf(q->topic, sizeof(q->topic), "%s", topic);
		q->id = i;
		q->number = (int64_t)b->queue_count - 1;
		q->committed = -1;
	}
}

int64_t fake_broker_put(struct fake_broker *b, const char *topic, int queue, const char *body,
			const char *tag)
{
	return store(b, need_queue(b, topic, queue), body, tag,
		     rmqi_topic_is_retry(rmqi_str(topic)));
}

void fake_broker_retry(struct fake_broker *b)
{
	b->stores_retries = true;
}

void fake_broker_trim(struct fake_broker *b, const char *topic, int queue, int64_t min)
{
	need_queue(b, topic, queue)->min = min;
}

void fake_broker_cut(struct fake_broker *b, const char *topic, int queue, int64_t max)
{
	struct put_call p = {.broker = b, .queue = need_queue(b, topic, queue)};

	p.queue->max = max;
	rmqi_loop_call(b->loop, wake, &p);
}

void fake_broker_corrupt(struct fake_broker *b, const char *topic, int queue, int64_t offset,
			 bool is_corrupt)
{
	need_queue(b, topic, queue)->messages[offset].is_corrupt = is_corrupt;
}

void fake_broker_refuse(struct fake_broker *b, int code, int response, int times)
{
	size_t i = 0;

	while (i < RULES_MAX && b->rules[i].times > 0 && b->rules[i].code != code)
		i++;
	assert(i < RULES_MAX);
	b->rules[i] = (struct rule){.code = code, .response = response, .times = times};
}

void fake_broker_members(struct fake_broker *b, const char *ids)
{
	b->member_override = ids;
}

struct notify_call {
	struct fake_broker *broker;
	const char *group;
};

static void notify(void *arg)
{
	struct notify_call *n = arg;
	struct rmqi_h_notify_consumer_ids_changed h = {.consumerGroup = rmqi_str(n->group)};
	struct rmqi_outgoing out = {.code = RMQI_REQ_NOTIFY_CONSUMER_IDS_CHANGED,
				    .desc = &rmqi_desc_notify_consumer_ids_changed,
				    .header = &h};

	for (size_t i = 0; i < MEMBERS_MAX; i++) {
		enum rmq_error err = RMQ_OK;

		if (n->broker->members[i])
			err = rmqi_conn_oneway(n->broker->conns[i], &out);
		(void)err; /* the connection may be closing */
	}
}

void fake_broker_notify(struct fake_broker *b, const char *group)
{
	struct notify_call n = {.broker = b, .group = group};

	rmqi_loop_call(b->loop, notify, &n);
}

static void hang_up(void *arg)
{
	struct fake_broker *b = arg;

	for (size_t i = 0; i < MEMBERS_MAX; i++) {
		if (b->conns[i])
			rmqi_conn_close(b->conns[i], RMQ_OK);
	}
}

void fake_broker_hang_up(struct fake_broker *b)
{
	rmqi_loop_call(b->loop, hang_up, b);
}

void fake_broker_set_committed(struct fake_broker *b, const char *topic, int queue, int64_t offset)
{
	need_queue(b, topic, queue)->committed = offset;
}

int64_t fake_broker_committed(struct fake_broker *b, const char *topic, int queue)
{
	return need_queue(b, topic, queue)->committed;
}

unsigned fake_broker_count(const struct fake_broker *b, int code)
{
	return b->counts[code];
}

const char *fake_broker_last(const struct fake_broker *b, int code, const char *key)
{
	const char *at = b->last[code], *end = at ? at + b->last_len[code] : NULL;

	while (at && at < end) {
		const char *value = at + strlen(at) + 1;

		if (strcmp(at, key) == 0)
			return value;
		at = value + strlen(value) + 1;
	}
	return "";
}

const char *fake_broker_heartbeat(const struct fake_broker *b)
{
	return b->heartbeat ? b->heartbeat : "";
}

size_t fake_broker_held(const struct fake_broker *b)
{
	size_t count = 0;

	RMQI_LIST_EACH(node, &b->held)
		count++;
	return count;
}
