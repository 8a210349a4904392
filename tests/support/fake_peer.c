/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fake_peer.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "codec/codes.h"
#include "codec/properties.h"
#include "tests/support/fake_peer_impl.h"

void *fake_need(void *ptr)
{
	assert(ptr);
	return ptr;
}

char *fake_copy(const void *bytes, size_t len)
{
	char *copy = fake_need(calloc(1, len + 1));

	if (len > 0)
		memcpy(copy, bytes, len);
	return copy;
}

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
	struct fake_request *r = fake_need(calloc(1, sizeof(*r)));

	r->code = request->code;
	r->version = request->version;
	r->is_oneway = rmqi_command_is_oneway(request);
	r->is_binary = request->serialization == RMQI_BINARY;
	r->at_ms = rmqi_clock_us(p->env->clock) / 1000;
	r->conn = number_of(p, c);
	fake_fields_keep(&r->fields, request);
	r->body = fake_copy(request->body.ptr, request->body.len);
	r->body_len = request->body.len;
	assert(p->request_count < REQUESTS_MAX);
	if (p->request_count == p->request_cap) {
		p->request_cap = p->request_cap ? p->request_cap * 2 : 64;
		p->requests = fake_need(
			realloc(p->requests, p->request_cap * sizeof(struct fake_request *)));
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
	return (code == RMQI_REQ_SEND_MESSAGE_V2 || code == RMQI_REQ_SEND_BATCH_MESSAGE) &&
	       (reaction == RMQI_RESP_FLUSH_DISK_TIMEOUT ||
		reaction == RMQI_RESP_FLUSH_SLAVE_TIMEOUT ||
		reaction == RMQI_RESP_SLAVE_NOT_AVAILABLE);
}

/* True: it behaves; what is left to do is done to the answer. */
static bool react(const struct mb_ticket *t, int reaction)
{
	if (reaction <= FAKE_LATE || reaction == FAKE_BEHAVE || reaction == FAKE_TWICE ||
	    reaction == FAKE_ASTRAY || is_stored(t->code, reaction))
		return true;
	if (reaction == FAKE_HANG_UP)
		rmqi_conn_close(t->conn, RMQ_OK);
	else if (reaction == FAKE_GARBAGE)
		fake_reply_text(t, "{\"brokerDatas\":[{");
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

enum { ASTRAY = 1000000 }; /* further than requests are made */

/* The node tells the version that we are made for, and answers once who asked. */
static void answer_as(int32_t version, const struct mb_passage *passage)
{
	const struct fake_request *kept = passage->ticket->rule;
	const struct mb_ticket *t = passage->ticket;
	const struct rmqi_outgoing *response = passage->response;
	const struct rmqi_command_meta meta = {
		.serialization = t->serialization,
		.code = response->code,
		.version = version,
		.opaque = kept->reaction == FAKE_ASTRAY ? t->opaque + ASTRAY : t->opaque,
		.flag = RMQI_FLAG_RESPONSE,
		.remark = response->remark};
	size_t len = 0;
	struct rmqi_buf frame;
	enum rmq_error err;

	rmqi_buf_init(&frame, RMQI_FRAME_MAX);
	for (size_t i = 0; i < response->body_count; i++)
		len += response->body[i].len;
	err = rmqi_command_encode(&frame, &meta, response->desc, response->header, response->extra,
				  response->extra_count, len);
	assert(err == RMQ_OK);
	for (size_t i = 0; i < response->body_count; i++)
		rmqi_buf_add(&frame, response->body[i].ptr, response->body[i].len);
	assert(rmqi_buf_status(&frame) == RMQ_OK);
	err = rmqi_conn_write_raw(t->conn, rmqi_buf_data(&frame), frame.len);
	assert(err == RMQ_OK || err == RMQ_ERR_CONNECTION_LOST);
	rmqi_buf_deinit(&frame);
}

static bool on_stage(struct mb_faults *f, struct mb_passage *passage)
{
	struct fake_peer *p = RMQI_CONTAINER(f, struct fake_peer, faults);
	const struct fake_request *kept;

	if (passage->stage == MB_STAGE_RECEIVED)
		return receive(p, passage->ticket, passage->command);
	if (passage->stage != MB_STAGE_RESPONSE)
		return true;
	finish(p, passage);
	kept = passage->ticket->rule;
	if (p->version == RMQI_VERSION && kept->reaction != FAKE_ASTRAY &&
	    kept->reaction != FAKE_TWICE)
		return true;
	answer_as(p->version, passage);
	return kept->reaction == FAKE_TWICE;
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
	struct fake_peer *p = fake_need(calloc(1, sizeof(*p)));
	static const struct mb_handler *const lists[] = {fake_peer_handlers, NULL};
	struct mb_node_config config = {.name = "fake-peer",
					.host = "127.0.0.1",
					.lists = lists,
					.on_open = on_open,
					.on_closed = on_closed,
					.arg = p};
	enum rmq_error err;

	p->env = env;
	p->told = -1;
	p->offset_id = "OFFSET-ID";
	p->cluster = fake_copy("{}", 2);
	p->remark = fake_copy("said so by the test", 19);
	p->version = RMQI_VERSION;
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
	free(p->members);
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
		p->topics[i].name = fake_copy(topic, strlen(topic));
		p->topic_count++;
	}
	free(p->topics[i].brokers);
	p->topics[i].brokers = brokers ? fake_copy(brokers, strlen(brokers)) : NULL;
	rmqi_mutex_unlock(&p->mu);
}

void fake_peer_members(struct fake_peer *p, const char *ids)
{
	free(p->members);
	p->members = fake_copy(ids, strlen(ids));
}

void fake_peer_cluster(struct fake_peer *p, const char *json)
{
	free(p->cluster);
	p->cluster = fake_copy(json, strlen(json));
}

/* Before the node may answer: its loop reads it without a lock. */
void fake_peer_version(struct fake_peer *p, int32_t version)
{
	p->version = version;
}

void fake_peer_remark(struct fake_peer *p, const char *remark)
{
	free(p->remark);
	p->remark = fake_copy(remark, strlen(remark));
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

void fake_peer_offset_id(struct fake_peer *p, const char *id)
{
	p->offset_id = id;
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

void fake_peer_tell_body(struct fake_peer *p, int32_t code, const struct rmqi_header_desc *desc,
			 const void *header, struct rmqi_cursor body)
{
	struct tell_call t = {.peer = p,
			      .out = {.code = code,
				      .desc = desc,
				      .header = header,
				      .body = &body,
				      .body_count = body.len ? 1 : 0}};

	rmqi_loop_call(p->loop, tell, &t);
}

void fake_peer_tell(struct fake_peer *p, int32_t code, const struct rmqi_header_desc *desc,
		    const void *header)
{
	fake_peer_tell_body(p, code, desc, header, (struct rmqi_cursor){0});
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
