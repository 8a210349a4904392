/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/broker/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "net/loop.h"

enum { CALL_MS = 60000 };

void rig_options(struct mb_cluster_options *o)
{
	*o = (struct mb_cluster_options){.brokers = 1,
					 .namesrvs = 1,
					 .virtual_time = true,
					 .seed = 7,
					 .start_ms = MB_START_MS,
					 .log_level = RMQ_LOG_ERROR};
}

struct rig *rig_new_with(const struct mb_cluster_options *options)
{
	struct rig *r = calloc(1, sizeof(*r));
	const char *end, *broker;

	ck_assert_ptr_nonnull(r);
	ck_assert_int_eq(mb_cluster_new(options, &r->cluster, NULL), RMQ_OK);
	r->env = mb_cluster_env(r->cluster);
	end = strchr(mb_cluster_namesrv(r->cluster), ';');
	snprintf(r->namesrv, sizeof(r->namesrv), "%.*s",
		 end ? (int)(end - mb_cluster_namesrv(r->cluster)) : 63,
		 mb_cluster_namesrv(r->cluster));
	broker = mb_cluster_broker_address(r->cluster, BROKER);
	snprintf(r->broker, sizeof(r->broker), "%s", broker ? broker : "");
	return r;
}

struct rig *rig_new_namesrv(const char *conf)
{
	struct mb_cluster_options o;

	rig_options(&o);
	o.brokers = 0;
	o.namesrv_conf = conf;
	return rig_new_with(&o);
}

struct rig *rig_new(const char *broker_conf)
{
	struct mb_cluster_options o;

	rig_options(&o);
	o.broker_conf = broker_conf;
	return rig_new_with(&o);
}

void rig_free(struct rig *r)
{
	mb_cluster_free(r->cluster);
	free(r);
}

void rig_advance(struct rig *r, int64_t ms)
{
	ck_assert_int_eq(mb_cluster_advance(r->cluster, ms, NULL), RMQ_OK);
}

int64_t rig_now(const struct rig *r)
{
	return rmqi_clock_wall_ms(r->env->clock);
}

static void on_request(void *arg, struct rmqi_conn *c, const char *address,
		       const struct rmqi_command *request)
{
	struct peer *p = arg;
	struct rmqi_str group;

	(void)address;
	if (request->code != RMQI_REQ_NOTIFY_CONSUMER_IDS_CHANGED) {
		if (p->on_request)
			p->on_request(p, c, request);
		return;
	}
	p->notices++;
	if (rmqi_command_ext(request, "consumerGroup", &group))
		snprintf(p->notice_group, sizeof(p->notice_group), "%.*s", RMQI_STR_ARG(group));
}

/* AclClientRPCHook */
static enum rmq_error sign(void *arg, const char *address, const struct rmqi_outgoing *request,
			   struct rmqi_ext *ext, size_t *count, struct rmqi_hook_kept *kept)
{
	const struct peer *p = arg;
	struct rmqi_ext all[RMQI_EXT_MAX];
	struct rmqi_signed what = {.desc = request->desc,
				   .header = request->header,
				   .extra = all,
				   .body = request->body,
				   .body_count = request->body_count};

	(void)address;
	if (!p->signer)
		return RMQ_OK;
	ext[*count] =
		(struct rmqi_ext){RMQI_STR(RMQI_EXT_ACCESS_KEY), rmqi_str(p->access_key)};
	for (size_t i = 0; i < request->extra_count; i++)
		all[what.extra_count++] = request->extra[i];
	all[what.extra_count++] = ext[(*count)++];
	rmqi_sign(p->signer, &what, kept->text);
	ext[(*count)++] = (struct rmqi_ext){RMQI_STR(RMQI_EXT_SIGNATURE),
					    rmqi_str_n(kept->text, RMQI_SIGNATURE_LEN)};
	return RMQ_OK;
}

void peer_sign_as(struct peer *p, const char *access_key, const char *secret_key)
{
	rmqi_signer_free(p->signer);
	p->signer = NULL;
	p->access_key = access_key;
	if (access_key)
		ck_assert_int_eq(rmqi_signer_new(rmqi_str(secret_key), &p->signer), RMQ_OK);
}

static void open_rpc(struct peer *p)
{
	const struct rmqi_rpc_config config = {.loop = p->loop,
					       .on_request = on_request,
					       .arg = p,
					       .hooks = {{.before = sign, .arg = p}}};

	ck_assert_int_eq(rmqi_rpc_new(&config, &p->rpc), RMQ_OK);
}

struct peer *peer_new(struct rig *r)
{
	struct peer *p = calloc(1, sizeof(*p));

	ck_assert_ptr_nonnull(p);
	p->rig = r;
	rmqi_response_init(&p->answer);
	ck_assert_int_eq(rmqi_loop_new(r->env, "peer", &p->loop), RMQ_OK);
	open_rpc(p);
	return p;
}

void peer_die(struct peer *p)
{
	rmqi_rpc_close(p->rpc);
	rmqi_rpc_free(p->rpc);
	open_rpc(p);
	rig_advance(p->rig, 1);
}

void peer_free(struct peer *p)
{
	rmqi_rpc_close(p->rpc);
	rmqi_rpc_free(p->rpc);
	rmqi_loop_free(p->loop);
	rmqi_response_deinit(&p->answer);
	free(p);
}

int32_t peer_ask_bytes(struct peer *p, const char *address, int32_t code,
		       const struct rmqi_header_desc *desc, const void *header,
		       struct rmqi_cursor body)
{
	const struct rmqi_outgoing request = {.code = code,
					      .desc = desc,
					      .header = header,
					      .body = &body,
					      .body_count = body.len ? 1 : 0};

	ck_assert_int_eq(rmqi_rpc_call(p->rpc, address, &request,
				       rmqi_clock_deadline(p->rig->env->clock, CALL_MS), &p->answer,
				       NULL, NULL),
			 RMQ_OK);
	return p->answer.command.code;
}

int32_t peer_ask(struct peer *p, const char *address, int32_t code,
		 const struct rmqi_header_desc *desc, const void *header, const char *body)
{
	return peer_ask_bytes(p, address, code, desc, header,
			      rmqi_cursor(body, body ? strlen(body) : 0));
}

/* A copy that lives until eight further copies were made. */
static const char *text(struct rmqi_str s)
{
	static char *copies[8];
	static size_t at;

	at = (at + 1) % RMQI_COUNT(copies);
	free(copies[at]);
	copies[at] = strndup(s.len ? s.ptr : "", s.len);
	return copies[at];
}

const char *peer_remark(struct peer *p)
{
	return text(p->answer.command.remark);
}

const char *peer_body(struct peer *p)
{
	return text(rmqi_cursor_str(p->answer.command.body));
}

const char *peer_ext(struct peer *p, const char *key)
{
	struct rmqi_str value;

	return rmqi_command_ext(&p->answer.command, key, &value) ? text(value) : NULL;
}

int64_t peer_ext_i64(struct peer *p, const char *key)
{
	struct rmqi_str value;
	int64_t n = 0;

	ck_assert_msg(rmqi_command_ext(&p->answer.command, key, &value), "%s is missing", key);
	ck_assert(rmqi_str_to_i64(value, &n));
	return n;
}

size_t peer_message_count(struct peer *p)
{
	struct rmqi_cursor c = p->answer.command.body;
	struct rmqi_stored_message m;
	size_t n = 0;

	for (; c.len; n++)
		ck_assert_int_eq(rmqi_message_decode(&c, &m), RMQ_OK);
	return n;
}

struct rmqi_stored_message peer_message(struct peer *p, size_t n)
{
	struct rmqi_cursor c = p->answer.command.body;
	struct rmqi_stored_message m = {0};

	for (size_t i = 0; i <= n; i++)
		ck_assert_int_eq(rmqi_message_decode(&c, &m), RMQ_OK);
	return m;
}

const char *peer_property(struct peer *p, size_t n, const char *name)
{
	struct rmqi_stored_message m = peer_message(p, n);
	struct rmqi_str value;

	return rmqi_properties_get(m.properties, name, &value) ? text(value) : "";
}

/* "A=1,B=2" to the stored form. */
static void add_properties(struct rmqi_buf *out, const char *properties)
{
	struct rmqi_str rest = rmqi_str(properties);
	struct rmqi_str one, name, value;
	bool more = rest.len > 0;

	while (more) {
		rest = rmqi_str_cut(rest, ",", &one, &more);
		value = rmqi_str_cut(one, "=", &name, NULL);
		rmqi_properties_add(out, name, value);
	}
}

int32_t peer_send_with(struct peer *p, const char *topic, int32_t queue_id, const char *body,
		       const char *properties, void (*change)(struct rmqi_h_send_message *h))
{
	struct rmqi_h_send_message h = {
		.producerGroup = rmqi_str("P"),
		.topic = rmqi_str(topic),
		.defaultTopic = rmqi_str("TBW102"),
		.defaultTopicQueueNums = 4,
		.queueId = queue_id,
		.bornTimestamp = rig_now(p->rig),
	};
	struct rmqi_buf text_of;
	int32_t code;

	rmqi_buf_init(&text_of, 64 * 1024);
	add_properties(&text_of, properties);
	RMQI_SET(&h, send_message, properties, rmqi_cursor_str(rmqi_buf_cursor(&text_of)));
	if (change)
		change(&h);
	code = peer_ask(p, p->rig->broker, p->send_code ? p->send_code : RMQI_REQ_SEND_MESSAGE_V2,
			p->send_code == RMQI_REQ_SEND_REPLY_MESSAGE ||
					p->send_code == RMQI_REQ_SEND_MESSAGE
				? &rmqi_desc_send_message
				: &rmqi_desc_send_message_v2,
			&h, body);
	rmqi_buf_deinit(&text_of);
	return code;
}

int32_t peer_send(struct peer *p, const char *topic, int32_t queue_id, const char *body,
		  const char *properties)
{
	return peer_send_with(p, topic, queue_id, body, properties, NULL);
}

void peer_pull_header(struct rmqi_h_pull_message *h, const char *group, const char *topic,
		      int32_t queue_id, int64_t offset)
{
	*h = (struct rmqi_h_pull_message){
		.consumerGroup = rmqi_str(group),
		.topic = rmqi_str(topic),
		.queueId = queue_id,
		.queueOffset = offset,
		.maxMsgNums = 32,
		.sysFlag = 4,
	};
	RMQI_SET(h, pull_message, subscription, rmqi_str("*"));
}

int32_t peer_pull(struct peer *p, const char *group, const char *topic, int32_t queue_id,
		  int64_t offset, int64_t suspend_ms)
{
	struct rmqi_h_pull_message h;

	peer_pull_header(&h, group, topic, queue_id, offset);
	if (suspend_ms) {
		h.sysFlag |= 2;
		h.suspendTimeoutMillis = suspend_ms;
	}
	return peer_ask(p, p->rig->broker, RMQI_REQ_PULL_MESSAGE, &rmqi_desc_pull_message, &h,
			NULL);
}

static void held_done(struct rmqi_call *call, enum rmq_error error,
		      const struct rmqi_command *response)
{
	struct held *held = RMQI_CONTAINER(call, struct held, call);
	struct rmqi_str value;

	held->is_done = true;
	held->error = error;
	held->done_ms = rig_now(held->peer->rig);
	if (error != RMQ_OK)
		return;
	held->code = response->code;
	held->body_len = response->body.len;
	if (rmqi_command_ext(response, "nextBeginOffset", &value))
		(void)!rmqi_str_to_i64(value, &held->next_offset);
}

static void hold(struct peer *p, struct held *held, struct rmqi_h_pull_message *h,
		 int64_t suspend_ms)
{
	const struct rmqi_outgoing request = {
		.code = RMQI_REQ_PULL_MESSAGE, .desc = &rmqi_desc_pull_message, .header = h};

	*held = (struct held){.call = {.fn = held_done}, .peer = p, .next_offset = -1};
	h->sysFlag |= 2;
	h->suspendTimeoutMillis = suspend_ms;
	rmqi_rpc_call_async(p->rpc, p->rig->broker, &request,
			    rmqi_clock_deadline(p->rig->env->clock, 10 * CALL_MS), &held->call);
	rig_advance(p->rig, 1);
}

void peer_hold(struct peer *p, struct held *held, const char *group, const char *topic,
	       int32_t queue_id, int64_t offset, int64_t suspend_ms, const char *expression)
{
	struct rmqi_h_pull_message h;

	peer_pull_header(&h, group, topic, queue_id, offset);
	h.subscription = rmqi_str(expression);
	hold(p, held, &h, suspend_ms);
}

void peer_hold_as_member(struct peer *p, struct held *held, const char *group, const char *topic,
			 int32_t queue_id, int64_t offset, int64_t suspend_ms)
{
	struct rmqi_h_pull_message h;

	peer_pull_header(&h, group, topic, queue_id, offset);
	h.sysFlag = 0;
	hold(p, held, &h, suspend_ms);
}

int32_t peer_create_topic(struct peer *p, const char *topic, int32_t queues)
{
	struct rmqi_h_create_topic h = {
		.topic = rmqi_str(topic),
		.defaultTopic = rmqi_str("TBW102"),
		.readQueueNums = queues,
		.writeQueueNums = queues,
		.perm = 6,
		.topicFilterType = rmqi_str("SINGLE_TAG"),
	};

	return peer_ask(p, p->rig->broker, RMQI_REQ_UPDATE_AND_CREATE_TOPIC,
			&rmqi_desc_create_topic, &h, NULL);
}

static int32_t beat(struct peer *p, const struct rmqi_heartbeat *h)
{
	struct rmqi_buf body;
	int32_t code;

	rmqi_buf_init(&body, 1024 * 1024);
	ck_assert_int_eq(rmqi_heartbeat_encode(h, &body), RMQ_OK);
	code = peer_ask_bytes(p, p->rig->broker, RMQI_REQ_HEART_BEAT, NULL, NULL,
			      rmqi_buf_cursor(&body));
	rmqi_buf_deinit(&body);
	return code;
}

static int32_t consumer_beat(struct peer *p, const char *client_id, const char *group,
			     const char *topic, const char *type, const char *expression,
			     int64_t version)
{
	struct rmqi_subscription *s = NULL;
	struct rmqi_consumer_data data = {
		.group_name = (char *)(uintptr_t)group,
		.consume_type = (char *)(uintptr_t) "CONSUME_PASSIVELY",
		.message_model = (char *)(uintptr_t) "CLUSTERING",
		.consume_from_where = (char *)(uintptr_t) "CONSUME_FROM_LAST_OFFSET",
		.subscriptions = &s,
		.subscription_count = 1,
	};
	struct rmqi_heartbeat h = {
		.client_id = (char *)(uintptr_t)client_id, .consumers = &data, .consumer_count = 1};
	int32_t code;

	ck_assert_int_eq(rmqi_subscription_new(rmqi_str(topic), rmqi_str(expression),
					       rmqi_str(type), version, &s),
			 RMQ_OK);
	code = beat(p, &h);
	rmqi_subscription_free(s);
	return code;
}

int32_t peer_consumer_beat(struct peer *p, const char *client_id, const char *group,
			   const char *topic, const char *expression, int64_t version)
{
	return consumer_beat(p, client_id, group, topic, "TAG", expression, version);
}

int32_t peer_consumer_beat_sql(struct peer *p, const char *client_id, const char *group,
			       const char *topic, const char *expression, int64_t version)
{
	return consumer_beat(p, client_id, group, topic, "SQL92", expression, version);
}

int32_t peer_producer_beat(struct peer *p, const char *client_id, const char *group)
{
	char *groups[] = {(char *)(uintptr_t)group};
	struct rmqi_heartbeat h = {.client_id = (char *)(uintptr_t)client_id,
				   .producer_groups = groups,
				   .producer_count = 1};

	return beat(p, &h);
}

int32_t peer_unregister(struct peer *p, const char *client_id, const char *consumer_group)
{
	struct rmqi_h_unregister_client h = {.clientID = rmqi_str(client_id)};

	RMQI_SET(&h, unregister_client, consumerGroup, rmqi_str(consumer_group));
	return peer_ask(p, p->rig->broker, RMQI_REQ_UNREGISTER_CLIENT, &rmqi_desc_unregister_client,
			&h, NULL);
}

int32_t peer_commit(struct peer *p, const char *group, const char *topic, int32_t queue_id,
		    int64_t offset)
{
	struct rmqi_h_update_consumer_offset h = {.consumerGroup = rmqi_str(group),
						  .topic = rmqi_str(topic),
						  .queueId = queue_id,
						  .commitOffset = offset};

	return peer_ask(p, p->rig->broker, RMQI_REQ_UPDATE_CONSUMER_OFFSET,
			&rmqi_desc_update_consumer_offset, &h, NULL);
}

int64_t peer_committed(struct peer *p, const char *group, const char *topic, int32_t queue_id)
{
	struct rmqi_h_query_consumer_offset h = {
		.consumerGroup = rmqi_str(group), .topic = rmqi_str(topic), .queueId = queue_id};
	int32_t code = peer_ask(p, p->rig->broker, RMQI_REQ_QUERY_CONSUMER_OFFSET,
				&rmqi_desc_query_consumer_offset, &h, NULL);

	return code ? -code : peer_ext_i64(p, "offset");
}

int64_t peer_max_offset(struct peer *p, const char *topic, int32_t queue_id)
{
	struct rmqi_h_get_max_offset h = {.topic = rmqi_str(topic), .queueId = queue_id};

	ck_assert_int_eq(peer_ask(p, p->rig->broker, RMQI_REQ_GET_MAX_OFFSET,
				  &rmqi_desc_get_max_offset, &h, NULL),
			 0);
	return peer_ext_i64(p, "offset");
}

int32_t peer_send_back(struct peer *p, const char *group, int64_t physical_offset,
		       int32_t delay_level)
{
	struct rmqi_h_consumer_send_msg_back h = {
		.offset = physical_offset, .group = rmqi_str(group), .delayLevel = delay_level};

	return peer_ask(p, p->rig->broker, RMQI_REQ_CONSUMER_SEND_MSG_BACK,
			&rmqi_desc_consumer_send_msg_back, &h, NULL);
}

int32_t peer_route(struct peer *p, const char *topic)
{
	struct rmqi_h_get_route_info h = {.topic = rmqi_str(topic)};

	return peer_ask(p, p->rig->namesrv, RMQI_REQ_GET_ROUTEINFO_BY_TOPIC,
			&rmqi_desc_get_route_info, &h, NULL);
}
