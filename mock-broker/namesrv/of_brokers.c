/* SPDX-License-Identifier: Apache-2.0 */
/*
 * of_brokers.c - requests that brokers make: registration and signs of life
 * (DefaultRequestProcessor.java; doc/reference/namesrv.md).
 */
#include "codec/crc32.h"
#include "codec/names.h"
#include "mock-broker/json_text.h"
#include "mock-broker/namesrv/internal.h"

static void answer_registered(struct mb_namesrv *n, struct mb_request *r,
			      const struct mb_registered *told)
{
	struct rmqi_h_register_broker_response h = {0};
	struct rmqi_cursor piece;
	struct rmqi_outgoing response = {
		.desc = &rmqi_desc_register_broker_response, .header = &h, .body = &piece};

	if (told->master_address.len) {
		RMQI_SET(&h, register_broker_response, masterAddr, told->master_address);
		RMQI_SET(&h, register_broker_response, haServerAddr, told->ha_address);
	}
	rmqi_buf_reset(&n->body);
	if (n->config->return_order_config &&
	    mb_kv_list(&n->kv, RMQI_STR(MB_ORDER_TOPIC_CONFIG), &n->body)) {
		piece = rmqi_buf_cursor(&n->body);
		response.body_count = 1;
	}
	mb_answer(&r->ticket, &response);
}

static void take(struct mb_namesrv *n, struct mb_request *r, const struct rmqi_h_register_broker *h,
		 const struct rmqi_topic_table *topics)
{
	struct mb_registration g = {
		.cluster = h->clusterName,
		.broker_name = h->brokerName,
		.address = h->brokerAddr,
		.ha_address = h->haServerAddr,
		.zone_name = h->zoneName,
		.broker_id = h->brokerId,
		.timeout_ms = h->heartbeatTimeoutMillis,
		.is_old_version = !RMQI_HAS(h, register_broker, enableActingMaster),
		.enable_acting_master = h->enableActingMaster,
		.drops_missing = n->config->drops_missing,
		.topics = topics,
		.conn = r->ticket.conn,
		.now_ms = mb_namesrv_now_ms(n),
	};
	struct mb_registered told;
	enum rmq_error err = mb_routes_register(&n->routes, &g, &told);

	if (err == RMQ_ERR_STATE)
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR, "register broker failed");
	else if (err != RMQ_OK)
		mb_answer_failure(&r->ticket, err);
	else
		answer_registered(n, r, &told);
}

/* NULL: they may stand in routes. */
static const char *label_problem(const struct rmqi_h_register_broker *h, char *buf, size_t size)
{
	const struct {
		struct rmqi_str text;
		const char *what;
		bool may_be_empty;
	} labels[] = {
		{h->clusterName, "clusterName", false}, {h->brokerName, "brokerName", false},
		{h->brokerAddr, "brokerAddr", false},   {h->haServerAddr, "haServerAddr", true},
		{h->zoneName, "zoneName", true},
	};

	for (size_t i = 0; i < RMQI_COUNT(labels); i++) {
		if (labels[i].may_be_empty && labels[i].text.len == 0)
			continue;
		if (rmqi_label_problem(labels[i].text, labels[i].what, buf, size))
			return buf;
	}
	return NULL;
}

static void register_broker(void *arg, struct mb_request *r)
{
	const struct rmqi_h_register_broker *h = r->header;
	struct rmqi_topic_table topics = {0};
	struct rmqi_cursor body = r->command->body;
	char problem[RMQI_PROBLEM_SIZE];
	enum rmq_error err = RMQ_OK;

	if (label_problem(h, problem, sizeof(problem))) {
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR, "%s", problem);
		return;
	}
	if (h->bodyCrc32 != 0 && (uint32_t)h->bodyCrc32 != rmqi_crc32_31(body.ptr, body.len)) {
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR, "crc32 not match");
		return;
	}
	if (body.len)
		err = rmqi_register_body_decode(body, h->compressed, r->command->version, &topics);
	if (err == RMQ_OK)
		take(arg, r, h, &topics);
	else
		mb_answer_failure(&r->ticket, err);
	rmqi_topic_table_deinit(&topics);
}

static void unregister_broker(void *arg, struct mb_request *r)
{
	struct mb_namesrv *n = arg;
	const struct rmqi_h_unregister_broker *h = r->header;

	mb_routes_unregister(&n->routes, h->clusterName, h->brokerName, h->brokerAddr, h->brokerId);
	mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
}

static void add_version(struct rmqi_buf *b, const struct rmqi_data_version *v)
{
	rmqi_buf_add_u8(b, '{');
	mb_json_i64(b, "counter", v->counter);
	mb_json_i64(b, "stateVersion", v->state_version);
	mb_json_i64(b, "timestamp", v->timestamp);
	rmqi_buf_add_u8(b, '}');
}

static bool read_version(struct rmqi_cursor body, struct rmqi_data_version *out)
{
	struct rmqi_json *root;

	if (rmqi_json_parse(body, &root) != RMQ_OK)
		return false;
	out->counter = rmqi_json_i64(root, "counter", 0);
	out->state_version = rmqi_json_i64(root, "stateVersion", 0);
	out->timestamp = rmqi_json_i64(root, "timestamp", 0);
	rmqi_json_free(root);
	return true;
}

static void query_data_version(void *arg, struct mb_request *r)
{
	struct mb_namesrv *n = arg;
	const struct rmqi_h_query_data_version *h = r->header;
	struct rmqi_h_query_data_version_response answer = {0};
	struct rmqi_data_version version;
	struct rmqi_cursor piece;
	struct rmqi_outgoing response = {
		.desc = &rmqi_desc_query_data_version_response, .header = &answer, .body = &piece};
	struct mb_live *live;

	if (!read_version(r->command->body, &version)) {
		mb_answer_failure(&r->ticket, RMQ_ERR_PROTOCOL);
		return;
	}
	live = mb_routes_live(&n->routes, h->clusterName, h->brokerAddr);
	answer.changed = !live || !rmqi_data_version_eq(&live->version, &version);
	if (live) {
		live->last_ms = mb_namesrv_now_ms(n);
		rmqi_buf_reset(&n->body);
		add_version(&n->body, &live->version);
		piece = rmqi_buf_cursor(&n->body);
		response.body_count = 1;
	}
	mb_answer(&r->ticket, &response);
}

static void broker_heartbeat(void *arg, struct mb_request *r)
{
	struct mb_namesrv *n = arg;
	const struct rmqi_h_broker_heartbeat *h = r->header;
	struct mb_live *live;

	live = mb_routes_live(&n->routes, h->clusterName, h->brokerAddr);
	if (live)
		live->last_ms = mb_namesrv_now_ms(n);
	mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
}

static void get_member_group(void *arg, struct mb_request *r)
{
	struct mb_namesrv *n = arg;
	const struct rmqi_h_get_broker_member_group *h = r->header;
	const struct rmqi_broker_data *b;
	struct rmqi_buf *out = &n->body;
	struct rmqi_cursor piece;
	/* The remark is what createResponseCommand(null) leaves there. */
	const struct rmqi_outgoing response = {
		.remark = RMQI_STR("not set any response code"), .body = &piece, .body_count = 1};

	b = rmqi_map_get(&n->routes.brokers, h->brokerName);
	rmqi_buf_reset(out);
	rmqi_buf_add_text(out, "{\"brokerMemberGroup\":{\"brokerAddrs\":{");
	for (size_t i = 0; b && i < b->address_count; i++) {
		rmqi_buf_addf(out, "%s%lld:", i ? "," : "", (long long)b->addresses[i].id);
		rmqi_json_add_string(out, rmqi_str(b->addresses[i].address));
	}
	rmqi_buf_add_u8(out, '}');
	mb_json_str(out, "brokerName", h->brokerName);
	mb_json_str(out, "cluster", h->clusterName);
	rmqi_buf_add_text(out, "}}");
	piece = rmqi_buf_cursor(out);
	if (rmqi_buf_status(out) == RMQ_OK)
		mb_answer(&r->ticket, &response);
	else
		mb_answer_failure(&r->ticket, rmqi_buf_status(out));
}

static void register_topic(void *arg, struct mb_request *r)
{
	struct mb_namesrv *n = arg;
	const struct rmqi_h_register_topic *h = r->header;
	struct rmqi_route route = {0};
	enum rmq_error err;

	err = rmqi_route_decode(r->command->body, &route);
	if (err == RMQ_OK)
		err = mb_routes_register_topic(&n->routes, h->topic, &route);
	rmqi_route_deinit(&route);
	if (err == RMQ_OK)
		mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
	else
		mb_answer_failure(&r->ticket, err);
}

const struct mb_handler mb_namesrv_broker_handlers[] = {
	{RMQI_REQ_REGISTER_BROKER, register_broker},
	{RMQI_REQ_UNREGISTER_BROKER, unregister_broker},
	{RMQI_REQ_QUERY_DATA_VERSION, query_data_version},
	{RMQI_REQ_BROKER_HEARTBEAT, broker_heartbeat},
	{RMQI_REQ_GET_BROKER_MEMBER_GROUP, get_member_group},
	{RMQI_REQ_REGISTER_TOPIC_IN_NAMESRV, register_topic},
	{0, NULL},
};
