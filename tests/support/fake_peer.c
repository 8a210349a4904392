/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fake_peer.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sim.h"
#include "codec/body.h"
#include "codec/codes.h"
#include "codec/properties.h"
#include "mock-broker/faults.h"
#include "mock-broker/node.h"
#include "mock-broker/ticket.h"
#include "net/conn.h"
#include "net/loop.h"
#include "tests/support/fake_fields.h"

enum { PLANS_MAX = 256, CONNS_MAX = 64, REQUESTS_MAX = 200000, BROKERS_MAX = 8 };

/* Tests inject failing allocations into the code under test: what a fake keeps comes from elsewhere. */
static void *need(void *ptr)
{
	assert(ptr);
	return ptr;
}

static char *copy_text(const void *bytes, size_t len)
{
	char *copy = need(calloc(1, len + 1));

	if (len > 0)
		memcpy(copy, bytes, len);
	return copy;
}

/* --- World --------------------------------------------------------------------------------- */

void fake_world_init(struct fake_world *w, uint64_t seed)
{
	enum rmq_error err = rmqi_sim_new(seed, INT64_C(1767225600000), &w->sim);

	assert(err == RMQ_OK);
	err = rmqi_inproc_new(w->sim, &w->net);
	assert(err == RMQ_OK);
	w->env =
		(struct rmqi_env){.clock = rmqi_sim_clock(w->sim), .sim = w->sim, .inproc = w->net};
}

void fake_world_deinit(struct fake_world *w)
{
	rmqi_inproc_free(w->net);
	rmqi_sim_free(w->sim);
}

void fake_world_advance(struct fake_world *w, int64_t ms)
{
	rmqi_sim_advance(w->sim, ms * 1000);
}

int64_t fake_world_now(const struct fake_world *w)
{
	return rmqi_clock_us(w->env.clock) / 1000;
}

/* --- Peer ------------------------------------------------------------------------------------ */

struct plan {
	int32_t code;
	int reaction;
	bool is_standing;
};

struct topic {
	char *name;
	char *brokers; /* NULL: unknown */
};

struct conn {
	struct rmqi_conn *conn;
	unsigned number;
};

struct fake_peer {
	const struct rmqi_env *env;
	struct rmqi_loop *loop;
	struct mb_node *node;
	struct mb_counters counters;
	struct mb_faults faults;
	struct rmqi_call call;
	struct rmqi_mutex mu;
	/* mu, all below */
	struct plan plans[PLANS_MAX];
	size_t plan_count;
	struct topic topics[16];
	size_t topic_count;
	char *cluster;
	char *remark;
	struct conn conns[CONNS_MAX];
	size_t conn_count;
	unsigned conns_seen;
	struct fake_request **requests;
	size_t request_count;
	size_t request_cap;
	int64_t next_offset;
	int told;
};

/* --- Answers ------------------------------------------------------------------------------------ */

static void reply_text(const struct mb_ticket *t, const char *body)
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

static void answer_route(const struct mb_ticket *t, const char *text)
{
	struct rmqi_str rest = rmqi_str(text), one;
	char *brokers, *queues, *body;
	size_t len;
	FILE *b = need(open_memstream(&brokers, &len)), *q = need(open_memstream(&queues, &len));
	bool more = true, is_first = true;

	while (more) {
		rest = rmqi_str_cut(rest, ",", &one, &more);
		write_broker(one, is_first, b, q);
		is_first = false;
	}
	fclose(b);
	fclose(q);
	if (asprintf(&body, "{\"brokerDatas\":[%s],\"filterServerTable\":{},\"queueDatas\":[%s]}",
		     brokers, queues) < 0)
		abort();
	reply_text(t, body);
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
			text = copy_text(p->topics[i].brokers, strlen(p->topics[i].brokers));
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

	reply_text(&r->ticket, p->cluster);
}

static void on_send(void *node, struct mb_request *r)
{
	struct fake_peer *p = node;
	const struct rmqi_h_send_message *h = r->header;
	struct rmqi_h_send_message_response out = {.queueId = h->queueId,
						   .msgId = RMQI_STR("OFFSET-ID")};

	assert(!r->bad_field);
	rmqi_mutex_lock(&p->mu);
	out.queueOffset = p->next_offset++;
	rmqi_mutex_unlock(&p->mu);
	RMQI_SET(&out, send_message_response, transactionId, RMQI_STR("TX"));
	mb_answer_header(&r->ticket, &rmqi_desc_send_message_response, &out);
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

static const struct mb_handler handlers[] = {
	{RMQI_REQ_GET_ROUTEINFO_BY_TOPIC | MB_LENIENT, on_route},
	{RMQI_REQ_GET_BROKER_CLUSTER_INFO | MB_LENIENT, on_cluster},
	{RMQI_REQ_SEND_MESSAGE_V2 | MB_LENIENT, on_send},
	{RMQI_REQ_GET_MAX_OFFSET | MB_LENIENT, on_offset},
	{RMQI_REQ_GET_MIN_OFFSET | MB_LENIENT, on_offset},
	{RMQI_REQ_QUERY_CONSUMER_OFFSET | MB_LENIENT, on_offset},
	{RMQI_REQ_HEART_BEAT | MB_LENIENT, on_other},
	{RMQI_REQ_UNREGISTER_CLIENT | MB_LENIENT, on_other},
	{RMQI_REQ_UPDATE_AND_CREATE_TOPIC | MB_LENIENT, on_other},
	{0, NULL},
};

/* --- Requests ---------------------------------------------------------------------------------------- */

/* @locks: mu held */
static unsigned number_of(const struct fake_peer *p, const struct rmqi_conn *c)
{
	for (size_t i = 0; i < p->conn_count; i++)
		if (p->conns[i].conn == c)
			return p->conns[i].number;
	return 0;
}

/* @locks: mu held */
static struct fake_request *keep(struct fake_peer *p, struct rmqi_conn *c,
				 const struct rmqi_command *request)
{
	struct fake_request *r = need(calloc(1, sizeof(*r)));

	r->code = request->code;
	r->version = request->version;
	r->is_oneway = rmqi_command_is_oneway(request);
	r->is_binary = request->serialization == RMQI_BINARY;
	r->at_ms = rmqi_clock_us(p->env->clock) / 1000;
	r->conn = number_of(p, c);
	fake_fields_keep(&r->fields, request);
	r->body = copy_text(request->body.ptr, request->body.len);
	r->body_len = request->body.len;
	assert(p->request_count < REQUESTS_MAX);
	if (p->request_count == p->request_cap) {
		p->request_cap = p->request_cap ? p->request_cap * 2 : 64;
		p->requests =
			need(realloc(p->requests, p->request_cap * sizeof(struct fake_request *)));
	}
	p->requests[p->request_count++] = r;
	return r;
}

/* @locks: mu held */
static int take_reaction(struct fake_peer *p, int32_t code)
{
	int standing = FAKE_BEHAVE;

	for (size_t i = 0; i < p->plan_count; i++) {
		struct plan *plan = &p->plans[i];
		int reaction = plan->reaction;

		if (plan->code != code)
			continue;
		if (plan->is_standing) {
			standing = reaction;
			continue;
		}
		memmove(plan, plan + 1, (p->plan_count - i - 1) * sizeof(*plan));
		p->plan_count--;
		return reaction;
	}
	return standing;
}

/* Was the message of this send stored all the same? */
static bool is_stored(int32_t code, int reaction)
{
	return code == RMQI_REQ_SEND_MESSAGE_V2 && (reaction == RMQI_RESP_FLUSH_DISK_TIMEOUT ||
						    reaction == RMQI_RESP_FLUSH_SLAVE_TIMEOUT ||
						    reaction == RMQI_RESP_SLAVE_NOT_AVAILABLE);
}

/* True: it behaves; what is left to do is done to the answer. */
static bool react(const struct mb_ticket *t, int reaction)
{
	if (reaction <= FAKE_LATE || reaction == FAKE_BEHAVE || is_stored(t->code, reaction))
		return true;
	if (reaction == FAKE_HANG_UP)
		rmqi_conn_close(t->conn, RMQ_OK);
	else if (reaction == FAKE_GARBAGE)
		reply_text(t, "{\"brokerDatas\":[{");
	else if (reaction != FAKE_SILENT)
		mb_answer_code(t, reaction == FAKE_EMPTY ? RMQI_RESP_SUCCESS : reaction);
	return false;
}

static bool receive(struct fake_peer *p, struct mb_ticket *t, const struct rmqi_command *request)
{
	struct fake_request *kept;

	rmqi_mutex_lock(&p->mu);
	kept = keep(p, t->conn, request);
	kept->reaction = take_reaction(p, request->code);
	rmqi_mutex_unlock(&p->mu);
	t->rule = kept;
	return react(t, kept->reaction);
}

static void finish(const struct fake_peer *p, struct mb_passage *passage)
{
	const struct fake_request *kept = passage->ticket->rule;
	struct rmqi_outgoing *response = passage->response;

	if (kept->reaction <= FAKE_LATE)
		passage->delay_ms = FAKE_LATE - kept->reaction;
	else if (is_stored(kept->code, kept->reaction))
		response->code = kept->reaction;
	if (response->code != RMQI_RESP_SUCCESS)
		response->remark = rmqi_str(p->remark);
}

static bool on_stage(struct mb_faults *f, struct mb_passage *passage)
{
	struct fake_peer *p = RMQI_CONTAINER(f, struct fake_peer, faults);

	if (passage->stage == MB_STAGE_RECEIVED)
		return receive(p, passage->ticket, passage->command);
	if (passage->stage == MB_STAGE_RESPONSE)
		finish(p, passage);
	return true;
}

static void on_open(void *arg, struct rmqi_conn *c)
{
	struct fake_peer *p = arg;

	rmqi_mutex_lock(&p->mu);
	assert(p->conn_count < CONNS_MAX);
	p->conns[p->conn_count++] = (struct conn){.conn = c, .number = ++p->conns_seen};
	rmqi_mutex_unlock(&p->mu);
}

static void on_closed(void *arg, struct rmqi_conn *c)
{
	struct fake_peer *p = arg;
	size_t i = 0;

	rmqi_mutex_lock(&p->mu);
	while (i < p->conn_count && p->conns[i].conn != c)
		i++;
	assert(i < p->conn_count);
	p->conns[i] = p->conns[--p->conn_count];
	rmqi_mutex_unlock(&p->mu);
}

/* --- Life -------------------------------------------------------------------------------------------- */

struct fake_peer *fake_peer_new(const struct rmqi_env *env)
{
	struct fake_peer *p = need(calloc(1, sizeof(*p)));
	static const struct mb_handler *const lists[] = {handlers, NULL};
	struct mb_node_config config = {.name = "fake-peer",
					.host = "127.0.0.1",
					.lists = lists,
					.on_open = on_open,
					.on_closed = on_closed,
					.arg = p};
	enum rmq_error err;

	p->env = env;
	p->told = -1;
	p->cluster = copy_text("{}", 2);
	p->remark = copy_text("said so by the test", 19);
	rmqi_mutex_init(&p->mu);
	mb_counters_init(&p->counters);
	p->faults.on_stage = on_stage;
	err = rmqi_loop_new(env, "fake-peer", &p->loop);
	assert(err == RMQ_OK);
	config.loop = p->loop;
	config.counters = &p->counters;
	config.faults = &p->faults;
	err = mb_node_new(&config, &p->node, NULL);
	assert(err == RMQ_OK);
	return p;
}

void fake_peer_free(struct fake_peer *p)
{
	if (!p)
		return;
	mb_node_free(p->node);
	rmqi_loop_free(p->loop);
	mb_counters_deinit(&p->counters);
	for (size_t i = 0; i < p->request_count; i++) {
		fake_fields_deinit(&p->requests[i]->fields);
		free(p->requests[i]->body);
		free(p->requests[i]);
	}
	free(p->requests);
	for (size_t i = 0; i < p->topic_count; i++) {
		free(p->topics[i].name);
		free(p->topics[i].brokers);
	}
	free(p->cluster);
	free(p->remark);
	rmqi_mutex_deinit(&p->mu);
	free(p);
}

const char *fake_peer_address(const struct fake_peer *p)
{
	return mb_node_address(p->node);
}

/* --- The script ------------------------------------------------------------------------------------------ */

void fake_peer_route(struct fake_peer *p, const char *topic, const char *brokers)
{
	size_t i = 0;

	rmqi_mutex_lock(&p->mu);
	while (i < p->topic_count && strcmp(p->topics[i].name, topic) != 0)
		i++;
	assert(i < sizeof(p->topics) / sizeof(p->topics[0]));
	if (i == p->topic_count) {
		p->topics[i].name = copy_text(topic, strlen(topic));
		p->topic_count++;
	}
	free(p->topics[i].brokers);
	p->topics[i].brokers = brokers ? copy_text(brokers, strlen(brokers)) : NULL;
	rmqi_mutex_unlock(&p->mu);
}

void fake_peer_cluster(struct fake_peer *p, const char *json)
{
	free(p->cluster);
	p->cluster = copy_text(json, strlen(json));
}

void fake_peer_remark(struct fake_peer *p, const char *remark)
{
	free(p->remark);
	p->remark = copy_text(remark, strlen(remark));
}

static void plan(struct fake_peer *p, int32_t code, int reaction, bool is_standing)
{
	size_t i = 0;

	rmqi_mutex_lock(&p->mu);
	while (i < p->plan_count &&
	       !(is_standing && p->plans[i].is_standing && p->plans[i].code == code))
		i++;
	assert(i < PLANS_MAX);
	p->plans[i] = (struct plan){.code = code, .reaction = reaction, .is_standing = is_standing};
	if (i == p->plan_count)
		p->plan_count++;
	rmqi_mutex_unlock(&p->mu);
}

void fake_peer_next(struct fake_peer *p, int32_t code, int reaction)
{
	plan(p, code, reaction, false);
}

void fake_peer_always(struct fake_peer *p, int32_t code, int reaction)
{
	plan(p, code, reaction, true);
}

static void hang_up(void *arg)
{
	struct fake_peer *p = arg;

	rmqi_mutex_lock(&p->mu);
	for (size_t i = 0; i < p->conn_count; i++)
		rmqi_conn_close(p->conns[i].conn, RMQ_OK);
	rmqi_mutex_unlock(&p->mu);
}

void fake_peer_hang_up(struct fake_peer *p)
{
	rmqi_loop_call(p->loop, hang_up, p);
}

size_t fake_peer_conn_count(struct fake_peer *p)
{
	size_t count;

	rmqi_mutex_lock(&p->mu);
	count = p->conn_count;
	rmqi_mutex_unlock(&p->mu);
	return count;
}

struct tell_call {
	struct fake_peer *peer;
	struct rmqi_outgoing out;
};

static void tell(void *arg)
{
	struct tell_call *t = arg;

	for (size_t i = 0; i < t->peer->conn_count; i++) {
		enum rmq_error err = rmqi_conn_oneway(t->peer->conns[i].conn, &t->out);

		assert(err == RMQ_OK);
	}
}

void fake_peer_tell(struct fake_peer *p, int32_t code, const struct rmqi_header_desc *desc,
		    const void *header)
{
	struct tell_call t = {.peer = p, .out = {.code = code, .desc = desc, .header = header}};

	rmqi_loop_call(p->loop, tell, &t);
}

static void on_told(struct rmqi_call *call, enum rmq_error error,
		    const struct rmqi_command *response)
{
	struct fake_peer *p = RMQI_CONTAINER(call, struct fake_peer, call);

	p->told = error == RMQ_OK ? response->code : -2;
}

static void ask(void *arg)
{
	struct tell_call *t = arg;
	enum rmq_error err;

	t->peer->call.fn = on_told;
	t->peer->told = -1;
	err = rmqi_conn_call(t->peer->conns[0].conn, &t->out,
			     rmqi_clock_deadline(t->peer->env->clock, 3000), &t->peer->call);
	assert(err == RMQ_OK);
}

void fake_peer_ask(struct fake_peer *p, int32_t code)
{
	struct tell_call t = {.peer = p, .out = {.code = code}};

	rmqi_loop_call(p->loop, ask, &t);
}

int fake_peer_told(const struct fake_peer *p)
{
	return p->told;
}

/* --- What came --------------------------------------------------------------------------------------------- */

size_t fake_peer_count(struct fake_peer *p, int32_t code)
{
	size_t count = 0;

	rmqi_mutex_lock(&p->mu);
	for (size_t i = 0; i < p->request_count; i++)
		count += code == 0 || p->requests[i]->code == code;
	rmqi_mutex_unlock(&p->mu);
	return count;
}

const struct fake_request *fake_peer_request(struct fake_peer *p, int32_t code, size_t n)
{
	const struct fake_request *found = NULL;

	rmqi_mutex_lock(&p->mu);
	for (size_t i = 0; i < p->request_count && !found; i++)
		if ((code == 0 || p->requests[i]->code == code) && n-- == 0)
			found = p->requests[i];
	rmqi_mutex_unlock(&p->mu);
	assert(found);
	return found;
}

const struct fake_request *fake_peer_last(struct fake_peer *p, int32_t code)
{
	return fake_peer_request(p, code, fake_peer_count(p, code) - 1);
}

const char *fake_request_field(const struct fake_request *r, const char *key)
{
	return fake_fields_get(&r->fields, key);
}

const char *fake_request_property(const struct fake_request *r, const char *name)
{
	static char text[512];
	struct rmqi_str value;

	if (!rmqi_properties_get(rmqi_str(fake_request_field(r, "i")), name, &value))
		return NULL;
	snprintf(text, sizeof(text), "%.*s", RMQI_STR_ARG(value));
	return text;
}
