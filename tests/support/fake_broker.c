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
#include "mock-broker/faults.h"
#include "mock-broker/node.h"
#include "mock-broker/ticket.h"
#include "net/conn.h"
#include "net/loop.h"
#include "tests/support/fake_fields.h"

enum { QUEUES_MAX = 64, CLIENTS_MAX = 8, RULES_MAX = 16, CODES = 512, BODY_MAX = 1 << 24 };

struct stored {
	char body[64];
	char tag[32];
	char retry_topic[64];
	int reconsume_times;
	bool is_corrupt;
};

struct queue {
	struct fake_broker *broker;
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
	struct mb_ticket ticket; /* with a ref on its connection */
	struct queue *queue;
	struct rmqi_h_pull_message h;
};

struct client {
	struct rmqi_conn *conn;
	char *id; /* NULL: no heartbeat yet */
};

struct fake_broker {
	struct rmqi_loop *loop;
	struct mb_node *node;
	struct mb_counters counters;
	struct mb_faults faults;
	uint64_t understood; /* requests that were applied, or that the test has taken */
	struct queue queues[QUEUES_MAX];
	size_t queue_count;
	struct rule rules[RULES_MAX];
	struct client clients[CLIENTS_MAX];
	const char *member_override;
	struct fake_fields last[CODES];
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

static struct queue *need_queue(struct fake_broker *b, struct rmqi_str topic, int id)
{
	struct queue *q = find_queue(b, topic, id);

	assert(q);
	return q;
}

static void say_no(const struct mb_request *r, int code)
{
	mb_answer_error(&r->ticket, code, "said so by the test");
}

static void say_yes(const struct mb_request *r)
{
	mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
}

/* --- Name server ----------------------------------------------------------------------------- */

static int count_queues(const struct fake_broker *b, struct rmqi_str topic)
{
	int count = 0;

	for (size_t i = 0; i < b->queue_count; i++)
		count += rmqi_str_is(topic, b->queues[i].topic) ? 1 : 0;
	return count;
}

static void on_route(void *node, struct mb_request *r)
{
	struct fake_broker *b = node;
	const struct rmqi_h_get_route_info *h = r->header;
	struct rmqi_broker_address address = {.id = 0};
	struct rmqi_queue_data queue = {.perm = RMQI_PERM_READ | RMQI_PERM_WRITE};
	struct rmqi_broker_data broker = {.addresses = &address, .address_count = 1};
	struct rmqi_route route = {
		.queues = &queue, .queue_count = 1, .brokers = &broker, .broker_count = 1};
	struct rmqi_buf body;
	char name[] = "broker-a", cluster[] = "C", at[64];
	int count = count_queues(b, h->topic);

	if (count == 0) {
		say_no(r, RMQI_RESP_TOPIC_NOT_EXIST);
		return;
	}
	snprintf(at, sizeof(at), "%s", mb_node_address(b->node));
	address.address = at;
	queue.broker_name = broker.broker_name = name;
	broker.cluster = cluster;
	queue.read_queue_nums = queue.write_queue_nums = count;
	rmqi_buf_init(&body, BODY_MAX);
	if (rmqi_route_encode(&route, true, &body) == RMQ_OK)
		mb_answer_body(&r->ticket, &body);
	rmqi_buf_deinit(&body);
}

/* --- Clients ------------------------------------------------------------------------------------ */

/* NULL: a free one. */
static struct client *client_of(struct fake_broker *b, const struct rmqi_conn *c)
{
	size_t i = 0;

	while (i < CLIENTS_MAX && b->clients[i].conn != c)
		i++;
	assert(i < CLIENTS_MAX);
	return &b->clients[i];
}

static void on_heartbeat(void *node, struct mb_request *r)
{
	struct fake_broker *b = node;
	struct client *client = client_of(b, r->ticket.conn);
	struct rmqi_cursor body = r->command->body;
	struct rmqi_heartbeat h = {0};
	enum rmq_error err = rmqi_heartbeat_decode(body, &h);

	assert(err == RMQ_OK);
	rmqi_free(client->id);
	client->id = rmqi_strdup(h.client_id);
	rmqi_heartbeat_deinit(&h);
	rmqi_free(b->heartbeat);
	b->heartbeat = rmqi_strndup((const char *)body.ptr, body.len);
	say_yes(r);
}

static void on_members(void *node, struct mb_request *r)
{
	struct fake_broker *b = node;
	char *ids[CLIENTS_MAX * 2], copy[1024];
	size_t count = 0;
	struct rmqi_buf body;

	snprintf(copy, sizeof(copy), "%s", b->member_override ? b->member_override : "*");
	for (char *save, *id = strtok_r(copy, ",", &save); id; id = strtok_r(NULL, ",", &save)) {
		if (strcmp(id, "*") != 0)
			ids[count++] = id;
		for (size_t i = 0; i < CLIENTS_MAX && strcmp(id, "*") == 0; i++)
			if (b->clients[i].id)
				ids[count++] = b->clients[i].id;
	}
	rmqi_buf_init(&body, BODY_MAX);
	if (count == 0)
		say_no(r, RMQI_RESP_SYSTEM_ERROR);
	else if (rmqi_consumer_list_encode(ids, count, &body) == RMQ_OK)
		mb_answer_body(&r->ticket, &body);
	rmqi_buf_deinit(&body);
}

/* --- Offsets --------------------------------------------------------------------------------------- */

static void on_query_offset(void *node, struct mb_request *r)
{
	const struct rmqi_h_query_consumer_offset *h = r->header;
	struct rmqi_h_query_consumer_offset_response out = {
		.offset = need_queue(node, h->topic, h->queueId)->committed};

	if (out.offset < 0)
		say_no(r, RMQI_RESP_QUERY_NOT_FOUND);
	else
		mb_answer_header(&r->ticket, &rmqi_desc_query_consumer_offset_response, &out);
}

static void on_update_offset(void *node, struct mb_request *r)
{
	const struct rmqi_h_update_consumer_offset *h = r->header;

	need_queue(node, h->topic, h->queueId)->committed = h->commitOffset;
	say_yes(r);
}

static void on_max_offset(void *node, struct mb_request *r)
{
	const struct rmqi_h_get_max_offset *h = r->header;
	struct rmqi_h_get_max_offset_response out = {
		.offset = need_queue(node, h->topic, h->queueId)->max};

	mb_answer_header(&r->ticket, &rmqi_desc_get_max_offset_response, &out);
}

/* A number that no other answer has. */
static void on_search_offset(void *node, struct mb_request *r)
{
	const struct rmqi_h_search_offset *h = r->header;
	struct rmqi_h_search_offset_response out = {
		.offset = need_queue(node, h->topic, h->queueId)->max - 1};

	mb_answer_header(&r->ticket, &rmqi_desc_search_offset_response, &out);
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
	size_t before = out->len;
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
	if (s->is_corrupt)
		rmqi_buf_patch_u32(out, before + 88, 0x3f3f3f3f);
	assert(out->len > before + 92);
}

static void answer_pull(const struct mb_ticket *ticket, const struct queue *q,
			const struct rmqi_h_pull_message *h)
{
	struct rmqi_h_pull_message_response r = {
		.minOffset = q->min, .maxOffset = q->max, .nextBeginOffset = h->queueOffset};
	struct rmqi_outgoing out = {.desc = &rmqi_desc_pull_message_response, .header = &r};
	struct rmqi_cursor piece;
	struct rmqi_buf body;

	rmqi_buf_init(&body, BODY_MAX);
	if (h->queueOffset < q->min || h->queueOffset > q->max) {
		out.code = RMQI_RESP_PULL_OFFSET_MOVED;
		r.nextBeginOffset = h->queueOffset < q->min ? q->min : q->max;
	} else if (h->queueOffset == q->max) {
		out.code = RMQI_RESP_PULL_NOT_FOUND;
	}
	while (out.code == RMQI_RESP_SUCCESS && r.nextBeginOffset < q->max &&
	       r.nextBeginOffset - h->queueOffset < h->maxMsgNums)
		encode_message(q, r.nextBeginOffset++, &body);
	piece = rmqi_buf_cursor(&body);
	out.body = &piece;
	out.body_count = out.code == RMQI_RESP_SUCCESS;
	mb_answer(ticket, &out);
	rmqi_buf_deinit(&body);
}

static void free_held(struct held *h)
{
	rmqi_list_remove(&h->link);
	rmqi_timer_deinit(&h->timer);
	rmqi_conn_unref(h->ticket.conn);
	rmqi_free(h);
}

static void release(struct held *h)
{
	answer_pull(&h->ticket, h->queue, &h->h);
	free_held(h);
}

static void on_hold_over(struct rmqi_timer *t)
{
	release(RMQI_CONTAINER(t, struct held, timer));
}

static void hold(struct queue *q, const struct mb_ticket *ticket,
		 const struct rmqi_h_pull_message *h)
{
	struct fake_broker *b = q->broker;
	struct held *held = rmqi_calloc(1, sizeof(*held));
	enum rmq_error err;

	assert(held);
	held->ticket = *ticket;
	rmqi_conn_ref(ticket->conn);
	held->queue = q;
	held->h.queueOffset = h->queueOffset;
	held->h.maxMsgNums = h->maxMsgNums;
	rmqi_list_push(&b->held, &held->link);
	err = rmqi_timer_init(&held->timer, rmqi_loop_timers(b->loop), on_hold_over);
	assert(err == RMQ_OK);
	rmqi_timer_start_ms(&held->timer, h->suspendTimeoutMillis);
}

static void on_pull(void *node, struct mb_request *r)
{
	const struct rmqi_h_pull_message *h = r->header;
	struct queue *q = find_queue(node, h->topic, h->queueId);

	if (!q) {
		say_no(r, RMQI_RESP_TOPIC_NOT_EXIST);
		return;
	}
	if (h->sysFlag & 1)
		q->committed = h->commitOffset;
	if (h->queueOffset == q->max)
		hold(q, &r->ticket, h);
	else
		answer_pull(&r->ticket, q, h);
}

/* --- Storing -------------------------------------------------------------------------------------- */

static void wake(void *arg)
{
	struct queue *q = arg;

	RMQI_LIST_EACH(node, &q->broker->held) {
		struct held *h = RMQI_LIST_ITEM(node, struct held, link);

		if (h->queue == q)
			release(h);
	}
}

static int64_t store(struct queue *q, const char *body, const char *tag, int reconsume_times)
{
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
	rmqi_loop_call(q->broker->loop, wake, q);
	return q->max - 1;
}

static void on_send_back(void *node, struct mb_request *r)
{
	struct fake_broker *b = node;
	const struct rmqi_h_consumer_send_msg_back *h = r->header;
	int64_t at = h->offset / 1000;
	struct stored s;

	if (b->stores_retries) {
		s = b->queues[at / 10000].messages[at % 10000];
		store(need_queue(b, RMQI_STR("%RETRY%G"), 0), s.body, s.tag, s.reconsume_times + 1);
	}
	say_yes(r);
}

static void on_send(void *node, struct mb_request *r)
{
	struct fake_broker *b = node;
	const struct rmqi_h_send_message *h = r->header;
	struct rmqi_h_send_message_response sent = {.msgId = RMQI_STR("0")};
	struct rmqi_cursor bytes = r->command->body;
	char body[64];

	snprintf(body, sizeof(body), "%.*s", (int)bytes.len, (const char *)bytes.ptr);
	if (b->stores_retries)
		store(need_queue(b, h->topic, h->queueId), body, NULL, h->reconsumeTimes);
	mb_answer_header(&r->ticket, &rmqi_desc_send_message_response, &sent);
}

/* --- Requests ------------------------------------------------------------------------------------------ */

static const struct mb_handler handlers[] = {
	{RMQI_REQ_GET_ROUTEINFO_BY_TOPIC, on_route},
	{RMQI_REQ_HEART_BEAT, on_heartbeat},
	{RMQI_REQ_GET_CONSUMER_LIST_BY_GROUP, on_members},
	{RMQI_REQ_QUERY_CONSUMER_OFFSET, on_query_offset},
	{RMQI_REQ_UPDATE_CONSUMER_OFFSET, on_update_offset},
	{RMQI_REQ_GET_MAX_OFFSET, on_max_offset},
	{RMQI_REQ_SEARCH_OFFSET_BY_TIMESTAMP, on_search_offset},
	{RMQI_REQ_PULL_MESSAGE, on_pull},
	{RMQI_REQ_SEND_MESSAGE_V2, on_send},
	{RMQI_REQ_CONSUMER_SEND_MSG_BACK, on_send_back},
	{0, NULL},
};

static bool is_handled(int32_t code)
{
	size_t i = 0;

	while (handlers[i].handle && handlers[i].code != code)
		i++;
	return handlers[i].handle;
}

static bool is_refused(struct fake_broker *b, const struct mb_ticket *t)
{
	struct rule *r = b->rules;

	while (r < b->rules + RULES_MAX && (r->code != t->code || r->times == 0))
		r++;
	if (r == b->rules + RULES_MAX)
		return false;
	r->times--;
	if (r->response == FAKE_CLOSE)
		rmqi_conn_close(t->conn, RMQ_OK);
	else if (r->response != FAKE_NO_ANSWER)
		mb_answer_error(t, r->response, "said so by the test");
	return true;
}

/* False: the test, or the fake by itself, has dealt with it. */
static bool receive(struct fake_broker *b, const struct mb_passage *p)
{
	const struct mb_ticket *t = p->ticket;

	assert(t->code < CODES);
	fake_fields_keep(&b->last[t->code], p->command);
	if (is_refused(b, t))
		return false;
	if (is_handled(t->code))
		return true;
	mb_answer_code(t, RMQI_RESP_SUCCESS);
	return false;
}

static bool on_stage(struct mb_faults *f, struct mb_passage *p)
{
	struct fake_broker *b = RMQI_CONTAINER(f, struct fake_broker, faults);
	bool goes_on = p->stage != MB_STAGE_RECEIVED || receive(b, p);

	if (p->stage == MB_STAGE_APPLY || !goes_on)
		b->understood++;
	return goes_on;
}

static void on_open(void *arg, struct rmqi_conn *c)
{
	client_of(arg, NULL)->conn = c;
}

static void on_closed(void *arg, struct rmqi_conn *c)
{
	struct fake_broker *b = arg;
	struct client *client = client_of(b, c);

	rmqi_free(client->id);
	*client = (struct client){0};
	RMQI_LIST_EACH(node, &b->held) {
		struct held *h = RMQI_LIST_ITEM(node, struct held, link);

		if (h->ticket.conn == c)
			free_held(h);
	}
}

/* --- For the test --------------------------------------------------------------------------------------- */

struct fake_broker *fake_broker_new(const struct rmqi_env *env)
{
	static const struct mb_handler *const lists[] = {handlers, NULL};
	struct fake_broker *b = rmqi_calloc(1, sizeof(*b));
	struct mb_node_config config = {.name = "fake-broker",
					.host = "127.0.0.1",
					.lists = lists,
					.on_open = on_open,
					.on_closed = on_closed,
					.arg = b};
	enum rmq_error err;

	assert(b);
	rmqi_list_init(&b->held);
	mb_counters_init(&b->counters);
	b->faults.on_stage = on_stage;
	err = rmqi_loop_new(env, "fake-broker", &b->loop);
	assert(err == RMQ_OK);
	config.loop = b->loop;
	config.counters = &b->counters;
	config.faults = &b->faults;
	err = mb_node_new(&config, &b->node, NULL);
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
	mb_node_free(b->node);
	rmqi_loop_free(b->loop);
	/* No request had a header that cannot be read. */
	assert(b->understood == b->counters.received);
	mb_counters_deinit(&b->counters);
	for (size_t i = 0; i < b->queue_count; i++)
		rmqi_free(b->queues[i].messages);
	for (size_t i = 0; i < CODES; i++)
		fake_fields_deinit(&b->last[i]);
	rmqi_free(b->heartbeat);
	rmqi_free(b);
}

const char *fake_broker_address(const struct fake_broker *b)
{
	return mb_node_address(b->node);
}

void fake_broker_topic(struct fake_broker *b, const char *topic, int queues)
{
	for (int i = count_queues(b, rmqi_str(topic)); i < queues; i++) {
		struct queue *q = &b->queues[b->queue_count++];

		assert(b->queue_count <= QUEUES_MAX);
		q->broker = b;
		snprintf(q->topic, sizeof(q->topic), "%s", topic);
		q->id = i;
		q->number = (int64_t)b->queue_count - 1;
		q->committed = -1;
	}
}

int64_t fake_broker_put(struct fake_broker *b, const char *topic, int queue, const char *body,
			const char *tag)
{
	return store(need_queue(b, rmqi_str(topic), queue), body, tag,
		     rmqi_topic_is_retry(rmqi_str(topic)));
}

void fake_broker_retry(struct fake_broker *b)
{
	b->stores_retries = true;
}

void fake_broker_trim(struct fake_broker *b, const char *topic, int queue, int64_t min)
{
	need_queue(b, rmqi_str(topic), queue)->min = min;
}

void fake_broker_cut(struct fake_broker *b, const char *topic, int queue, int64_t max)
{
	struct queue *q = need_queue(b, rmqi_str(topic), queue);

	q->max = max;
	rmqi_loop_call(b->loop, wake, q);
}

void fake_broker_corrupt(struct fake_broker *b, const char *topic, int queue, int64_t offset,
			 bool is_corrupt)
{
	need_queue(b, rmqi_str(topic), queue)->messages[offset].is_corrupt = is_corrupt;
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

	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &n->broker->clients[i];
		enum rmq_error err = client->id ? rmqi_conn_oneway(client->conn, &out) : RMQ_OK;

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

	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		if (b->clients[i].conn)
			rmqi_conn_close(b->clients[i].conn, RMQ_OK);
	}
}

void fake_broker_hang_up(struct fake_broker *b)
{
	rmqi_loop_call(b->loop, hang_up, b);
}

void fake_broker_set_committed(struct fake_broker *b, const char *topic, int queue, int64_t offset)
{
	need_queue(b, rmqi_str(topic), queue)->committed = offset;
}

int64_t fake_broker_committed(struct fake_broker *b, const char *topic, int queue)
{
	return need_queue(b, rmqi_str(topic), queue)->committed;
}

unsigned fake_broker_count(const struct fake_broker *b, int code)
{
	return (unsigned)mb_counters_get(&b->counters, code);
}

const char *fake_broker_last(const struct fake_broker *b, int code, const char *key)
{
	return fake_fields_get(&b->last[code], key);
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
