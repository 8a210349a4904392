/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fake_broker.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/body.h"
#include "codec/codes.h"
#include "codec/names.h"
#include "codec/version.h"
#include "tests/support/fake_broker_impl.h"

void fake_say_no(const struct mb_request *r, int code)
{
	mb_answer_error(&r->ticket, code, "said so by the test");
}

void fake_say_yes(const struct mb_request *r)
{
	mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
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
	fake_say_yes(r);
}

static void on_members(void *node, struct mb_request *r)
{
	struct fake_broker *b = node;
	char *ids[MEMBERS_MAX], copy[MEMBERS_MAX * 32];
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
		fake_say_no(r, RMQI_RESP_SYSTEM_ERROR);
	else if (rmqi_consumer_list_encode(ids, count, &body) == RMQ_OK)
		mb_answer_body(&r->ticket, &body);
	rmqi_buf_deinit(&body);
}

static void on_connections(void *node, struct mb_request *r)
{
	const struct fake_broker *b = node;
	struct rmqi_buf body;

	if (!b->said_tag) {
		fake_say_no(r, RMQI_RESP_CONSUMER_NOT_ONLINE);
		return;
	}
	rmqi_buf_init(&body, BODY_MAX);
	rmqi_buf_addf(&body,
		      "{\"connectionSet\":[],\"subscriptionTable\":{\"T\":{\"codeSet\":[1],"
		      "\"expressionType\":\"TAG\",\"subString\":\"%s\",\"subVersion\":%lld,"
		      "\"tagsSet\":[\"%s\"],\"topic\":\"T\"}}}",
		      b->said_tag, (long long)b->said_version, b->said_tag);
	mb_answer_body(&r->ticket, &body);
	rmqi_buf_deinit(&body);
}

/* --- Requests ------------------------------------------------------------------------------------------ */

static const struct mb_handler handlers[] = {
	{RMQI_REQ_HEART_BEAT, on_heartbeat},
	{RMQI_REQ_GET_CONSUMER_LIST_BY_GROUP, on_members},
	{RMQI_REQ_GET_CONSUMER_CONNECTION_LIST, on_connections},
	{0, NULL},
};

static const struct mb_handler *const lists[] = {
	handlers,          fake_route_handlers, fake_queue_handlers, fake_lock_handlers,
	fake_pop_handlers, fake_lite_handlers,  NULL};

static bool is_handled(int32_t code)
{
	for (size_t i = 0; lists[i]; i++)
		for (const struct mb_handler *h = lists[i]; h->handle; h++)
			if (h->code == code)
				return true;
	return false;
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
		mb_answer_error(t, r->response, "%s",
				b->remark ? b->remark : "said so by the test");
	return true;
}

/* Where a request is kept: those of POP have codes of their own. */
static size_t slot_of(int32_t code)
{
	size_t slot = (size_t)(code < 200000 ? code : code - 200000 + POP_CODES);

	assert(slot < CODES);
	return slot;
}

/* False: the test, or the fake by itself, has dealt with it. */
static bool receive(struct fake_broker *b, const struct mb_passage *p)
{
	const struct mb_ticket *t = p->ticket;

	if (client_of(b, t->conn)->is_half_open)
		return false;
	fake_fields_keep(&b->last[slot_of(t->code)], p->command);
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
			fake_held_free(h);
	}
	fake_pop_forget(b, c);
	fake_lite_forget(b, c);
}

/* --- For the test --------------------------------------------------------------------------------------- */

struct fake_broker *fake_broker_new(const struct rmqi_env *env)
{
	struct fake_broker *b = rmqi_calloc(1, sizeof(*b));
	struct mb_node_config config = {.name = "fake-broker",
					.version = RMQI_VERSION_LITE,
					.host = "127.0.0.1",
					.lists = lists,
					.on_open = on_open,
					.on_closed = on_closed,
					.arg = b};
	enum rmq_error err;

	assert(b);
	b->named[0] = b;
	rmqi_list_init(&b->held);
	rmqi_list_init(&b->late);
	rmqi_list_init(&b->out);
	rmqi_list_init(&b->lites);
	rmqi_list_init(&b->asking);
	b->clock = env->clock;
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
		fake_held_free(RMQI_LIST_ITEM(b->held.next, struct held, link));
	fake_late_forget(b);
	fake_pop_forget(b, NULL);
	fake_lite_forget(b, NULL);
	fake_pop_end(b);
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
	for (int i = fake_count_queues(b, rmqi_str(topic)); i < queues; i++) {
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
	return fake_queue_put(fake_queue_need(b, rmqi_str(topic), queue), body, tag,
			      rmqi_topic_is_retry(rmqi_str(topic)));
}

void fake_broker_retry(struct fake_broker *b)
{
	b->stores_retries = true;
}

void fake_broker_trim(struct fake_broker *b, const char *topic, int queue, int64_t min)
{
	fake_queue_need(b, rmqi_str(topic), queue)->min = min;
}

void fake_broker_cut(struct fake_broker *b, const char *topic, int queue, int64_t max)
{
	struct queue *q = fake_queue_need(b, rmqi_str(topic), queue);

	q->max = max;
	rmqi_loop_call(b->loop, fake_queue_wake, q);
}

void fake_broker_corrupt(struct fake_broker *b, const char *topic, int queue, int64_t offset,
			 bool is_corrupt)
{
	fake_broker_damage(b, topic, queue, offset, is_corrupt ? FAKE_BODY : FAKE_SOUND);
}

void fake_broker_damage(struct fake_broker *b, const char *topic, int queue, int64_t offset,
			enum fake_damage damage)
{
	fake_queue_need(b, rmqi_str(topic), queue)->messages[offset].damage = damage;
}

void fake_broker_refuse(struct fake_broker *b, int code, int response, int times)
{
	size_t i = 0;

	while (i < RULES_MAX && b->rules[i].times > 0 && b->rules[i].code != code)
		i++;
	assert(i < RULES_MAX);
	b->rules[i] = (struct rule){.code = code, .response = response, .times = times};
}

void fake_broker_late_commit(struct fake_broker *b, int64_t ms)
{
	b->late_ms = ms;
}

void fake_broker_remark(struct fake_broker *b, const char *remark)
{
	b->remark = remark;
}

void fake_broker_said(struct fake_broker *b, const char *tag, int64_t version)
{
	b->said_tag = tag;
	b->said_version = version;
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

static void do_nothing(void *arg)
{
	(void)arg;
}

static void stay_frozen(struct rmqi_task *task)
{
	struct fake_broker *b = RMQI_CONTAINER(task, struct fake_broker, frozen);

	(void)rmqi_event_wait(&b->thawed, RMQI_FOREVER);
}

void fake_broker_freeze(struct fake_broker *b)
{
	rmqi_event_init(&b->thawed, rmqi_env_real());
	b->frozen.run = stay_frozen;
	rmqi_loop_post(b->loop, &b->frozen);
}

void fake_broker_thaw(struct fake_broker *b)
{
	rmqi_event_set(&b->thawed);
	rmqi_loop_call(b->loop, do_nothing, b);
	rmqi_event_deinit(&b->thawed);
}

static void hang_up(void *arg)
{
	struct fake_broker *b = arg;

	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		if (b->clients[i].conn)
			rmqi_conn_close(b->clients[i].conn, RMQ_OK);
	}
}

void fake_broker_role(struct fake_broker *b, enum fake_role role)
{
	b->role = role;
}

void fake_broker_only_tag(struct fake_broker *b, const char *tag)
{
	b->only_tag = tag;
}

void fake_broker_suggest(struct fake_broker *b, int64_t broker_id)
{
	b->suggested = broker_id;
}

static void half_open(void *arg)
{
	struct fake_broker *b = arg;

	for (size_t i = 0; i < CLIENTS_MAX; i++)
		b->clients[i].is_half_open = b->clients[i].conn != NULL;
	RMQI_LIST_EACH(node, &b->held)
		fake_held_free(RMQI_LIST_ITEM(node, struct held, link));
}

void fake_broker_half_open(struct fake_broker *b)
{
	rmqi_loop_call(b->loop, half_open, b);
}

void fake_broker_hang_up(struct fake_broker *b)
{
	rmqi_loop_call(b->loop, hang_up, b);
}

void fake_broker_set_committed(struct fake_broker *b, const char *topic, int queue, int64_t offset)
{
	fake_queue_need(b, rmqi_str(topic), queue)->committed = offset;
}

int64_t fake_broker_committed(struct fake_broker *b, const char *topic, int queue)
{
	return fake_queue_need(b, rmqi_str(topic), queue)->committed;
}

unsigned fake_broker_count(const struct fake_broker *b, int code)
{
	return (unsigned)mb_counters_get(&b->counters, code);
}

const char *fake_broker_last(const struct fake_broker *b, int code, const char *key)
{
	return fake_fields_get(&b->last[slot_of(code)], key);
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
