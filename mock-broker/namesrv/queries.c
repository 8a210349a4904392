/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queries.c - what clients and tools ask a name server (ClientRequestProcessor,
 * DefaultRequestProcessor).
 */
#include "mock-broker/json_text.h"
#include "mock-broker/namesrv/internal.h"

static void get_route(void *arg, struct mb_request *r)
{
	struct mb_namesrv *n = arg;
	const struct rmqi_h_get_route_info *h = r->header;
	struct rmqi_route route;
	enum rmq_error err;
	bool standard;

	err = mb_routes_find(&n->routes, h->topic, &route);
	if (err == RMQ_ERR_NOT_FOUND) {
		mb_answer_error(&r->ticket, RMQI_RESP_TOPIC_NOT_EXIST,
				"No topic route info in name server for the topic: %.*s%s",
				RMQI_STR_ARG(h->topic), MB_FAQ);
		return;
	}
	if (err != RMQ_OK) {
		mb_answer_failure(&r->ticket, err);
		return;
	}
	standard = h->acceptStandardJsonOnly || r->command->version >= RMQI_VERSION_STANDARD_JSON;
	rmqi_buf_reset(&n->body);
	err = rmqi_route_encode(&route, standard, &n->body);
	mb_routes_release(&route);
	if (err == RMQ_OK)
		mb_answer_body(&r->ticket, &n->body);
	else
		mb_answer_failure(&r->ticket, err);
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

/* ["a","b"]: the keys of a map. */
static void add_keys(struct rmqi_buf *out, const struct rmqi_map *m, bool *is_first)
{
	struct rmqi_str key;

	for (size_t i = 0; i < m->count; i++) {
		rmqi_map_at(m, i, &key);
		mb_json_next(out, is_first);
		rmqi_json_add_string(out, key);
	}
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
		add_keys(out, &c->names, &is_first);
		rmqi_buf_add_u8(out, ']');
	}
	rmqi_buf_add_text(out, "}}");
	mb_answer_body(&r->ticket, out);
}

static void get_all_topics(void *arg, struct mb_request *r)
{
	struct mb_namesrv *n = arg;
	bool is_first = true;

	rmqi_buf_reset(&n->body);
	rmqi_buf_add_text(&n->body, "{\"topicList\":[");
	add_keys(&n->body, &n->routes.topics, &is_first);
	rmqi_buf_add_text(&n->body, "]}");
	mb_answer_body(&r->ticket, &n->body);
}

static bool is_served_by(const struct mb_topic_route *t, const struct mb_cluster_names *c)
{
	struct rmqi_str broker;

	for (size_t i = 0; i < t->queues.count; i++) {
		rmqi_map_at(&t->queues, i, &broker);
		if (rmqi_map_get(&c->names, broker))
			return true;
	}
	return false;
}

static void get_topics_by_cluster(void *arg, struct mb_request *r)
{
	struct mb_namesrv *n = arg;
	const struct rmqi_h_get_topics_by_cluster *h = r->header;
	const struct mb_cluster_names *cluster;
	bool is_first = true;
	struct rmqi_str topic;

	cluster = rmqi_map_get(&n->routes.clusters, h->cluster);
	rmqi_buf_reset(&n->body);
	rmqi_buf_add_text(&n->body, "{\"topicList\":[");
	for (size_t i = 0; cluster && i < n->routes.topics.count; i++) {
		const struct mb_topic_route *t = rmqi_map_at(&n->routes.topics, i, &topic);

		if (!is_served_by(t, cluster))
			continue;
		mb_json_next(&n->body, &is_first);
		rmqi_json_add_string(&n->body, topic);
	}
	rmqi_buf_add_text(&n->body, "]}");
	mb_answer_body(&r->ticket, &n->body);
}

/* Cluster and broker names, and the address of some broker. */
static void get_system_topics(void *arg, struct mb_request *r)
{
	struct mb_namesrv *n = arg;
	const struct rmqi_broker_data *b = NULL;
	bool is_first = true;

	if (n->routes.brokers.count)
		b = rmqi_map_at(&n->routes.brokers, 0, NULL);
	rmqi_buf_reset(&n->body);
	rmqi_buf_add_u8(&n->body, '{');
	if (b && b->address_count)
		mb_json_text(&n->body, "brokerAddr", b->addresses[0].address);
	mb_json_name(&n->body, "topicList");
	rmqi_buf_add_u8(&n->body, '[');
	add_keys(&n->body, &n->routes.clusters, &is_first);
	add_keys(&n->body, &n->routes.brokers, &is_first);
	rmqi_buf_add_text(&n->body, "]}");
	mb_answer_body(&r->ticket, &n->body);
}

const struct mb_handler mb_namesrv_query_handlers[] = {
	{RMQI_REQ_GET_ROUTEINFO_BY_TOPIC, get_route},
	{RMQI_REQ_GET_BROKER_CLUSTER_INFO, get_cluster_info},
	{RMQI_REQ_GET_ALL_TOPIC_LIST_FROM_NAMESERVER, get_all_topics},
	{RMQI_REQ_GET_TOPICS_BY_CLUSTER, get_topics_by_cluster},
	{RMQI_REQ_GET_SYSTEM_TOPIC_LIST_FROM_NS, get_system_topics},
	{0, NULL},
};
