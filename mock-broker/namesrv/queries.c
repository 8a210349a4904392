/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queries.c - what clients and tools ask a name server (ClientRequestProcessor,
 * DefaultRequestProcessor).
 */
#include "mock-broker/json_text.h"
#include "mock-broker/namesrv/internal.h"
#include "mock-broker/namesrv/route_view.h"

static bool is_ready(const struct mb_namesrv *n)
{
	return !n->config->waits ||
	       mb_namesrv_now_ms(n) - n->start_ms >= n->config->wait_seconds * 1000;
}

/* Of the topic, as settings and extension fields of the request say. */
static void dress(const struct mb_namesrv *n, const struct mb_request *r, struct rmqi_str topic,
		  struct rmqi_route *route, bool *standard)
{
	struct rmqi_str mode, zone;

	if (n->config->acting_master)
		mb_route_show_acting(route, topic);
	if (n->config->order_message)
		route->order_topic_conf =
			mb_kv_get(&n->kv, RMQI_STR(MB_ORDER_TOPIC_CONFIG), topic);
	if (!rmqi_command_ext(r->command, "__ZONE_MODE", &mode) || !rmqi_str_to_bool(mode) ||
	    !rmqi_command_ext(r->command, "__ZONE_NAME", &zone) || rmqi_str_trim(zone).len == 0)
		return;
	mb_route_keep_zone(route, zone);
	*standard = false; /* the hook writes it anew */
}

static void answer_route(struct mb_namesrv *n, struct mb_request *r, struct rmqi_route *route)
{
	const struct rmqi_h_get_route_info *h = r->header;
	bool standard =
		h->acceptStandardJsonOnly || r->command->version >= RMQI_VERSION_STANDARD_JSON;
	enum rmq_error err;

	dress(n, r, h->topic, route, &standard);
	rmqi_buf_reset(&n->body);
	err = rmqi_route_encode(route, standard, &n->body);
	if (err == RMQ_OK)
		mb_answer_body(&r->ticket, &n->body);
	else
		mb_answer_failure(&r->ticket, err);
}

static void tell_unknown(struct mb_request *r, struct rmqi_str topic)
{
	mb_answer_error(&r->ticket, RMQI_RESP_TOPIC_NOT_EXIST,
			"No topic route info in name server for the topic: %.*s%s",
			RMQI_STR_ARG(topic), MB_FAQ);
}

static void answer_fixed(struct mb_namesrv *n, struct mb_request *r, struct rmqi_str topic,
			 const char *body)
{
	if (!body) {
		tell_unknown(r, topic);
		return;
	}
	rmqi_buf_reset(&n->body);
	rmqi_buf_add_text(&n->body, body);
	mb_answer_body(&r->ticket, &n->body);
}

static void get_route(void *arg, struct mb_request *r)
{
	struct mb_namesrv *n = arg;
	const struct rmqi_h_get_route_info *h = r->header;
	struct rmqi_route route;
	const char *body = NULL;
	enum rmq_error err;

	if (!is_ready(n)) {
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR, "name server not ready");
		return;
	}
	if (mb_fixed_find(&n->fixed, h->topic, &body)) {
		answer_fixed(n, r, h->topic, body);
		return;
	}
	err = mb_routes_find(&n->routes, h->topic, &route);
	if (err == RMQ_ERR_NOT_FOUND) {
		tell_unknown(r, h->topic);
		return;
	}
	if (err != RMQ_OK) {
		mb_answer_failure(&r->ticket, err);
		return;
	}
	answer_route(n, r, &route);
	mb_routes_release(&route);
}

static void add_broker_data(struct rmqi_buf *out, const struct rmqi_broker_data *b)
{
	rmqi_buf_add_text(out, "{\"brokerAddrs\":{");
	for (size_t i = 0; i < b->address_count; i++) {
		rmqi_buf_addf(out, "%s%lld:", i ? "," : "", (long long)b->addresses[i].id);
		rmqi_json_add_string(out, rmqi_str(b->addresses[i].address));
	}
	rmqi_buf_add_u8(out, '}');
	mb_json_text(out, "brokerName", b->broker_name);
	mb_json_text(out, "cluster", b->cluster);
	mb_json_bool(out, "enableActingMaster", b->enable_acting_master);
	if (b->zone_name)
		mb_json_text(out, "zoneName", b->zone_name);
	rmqi_buf_add_u8(out, '}');
}

static void get_cluster_info(void *arg, struct mb_request *r)
{
	struct mb_namesrv *n = arg;
	struct rmqi_buf *out = &n->body;
	struct rmqi_str name;

	rmqi_buf_reset(out);
	rmqi_buf_add_text(out, "{\"brokerAddrTable\":{");
	for (size_t i = 0; i < n->routes.brokers.count; i++) {
		const struct rmqi_broker_data *b = rmqi_map_at(&n->routes.brokers, i, &name);

		if (i)
			rmqi_buf_add_u8(out, ',');
		rmqi_json_add_string(out, name);
		rmqi_buf_add_u8(out, ':');
		add_broker_data(out, b);
	}
	rmqi_buf_add_text(out, "},\"clusterAddrTable\":{");
	for (size_t i = 0; i < n->routes.clusters.count; i++) {
		const struct mb_cluster_names *c = rmqi_map_at(&n->routes.clusters, i, &name);
		bool is_first = true;

		if (i)
			rmqi_buf_add_u8(out, ',');
		rmqi_json_add_string(out, name);
		rmqi_buf_add_text(out, ":[");
		mb_json_keys(out, &c->names, &is_first);
		rmqi_buf_add_u8(out, ']');
	}
	rmqi_buf_add_text(out, "}}");
	mb_answer_body(&r->ticket, out);
}

const struct mb_handler mb_namesrv_query_handlers[] = {
	{RMQI_REQ_GET_ROUTEINFO_BY_TOPIC, get_route},
	{RMQI_REQ_GET_BROKER_CLUSTER_INFO, get_cluster_info},
	{0, NULL},
};
