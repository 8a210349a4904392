/* SPDX-License-Identifier: Apache-2.0 */
/*
 * topic_lists.c - the requests that are answered with names of topics
 * (RouteInfoManager.getAllTopicList, getTopicsByCluster, getUnitTopics, ...).
 */
#include "mock-broker/json_text.h"
#include "mock-broker/namesrv/internal.h"

/* TopicSysFlag.java */
enum { UNIT = 1, UNIT_SUB = 2 };

/* Does the list hold this topic? */
typedef bool (*takes_fn)(const struct mb_topic_route *t, const void *arg);

static void answer_list(struct mb_namesrv *n, struct mb_request *r, takes_fn takes, const void *arg)
{
	bool is_first = true;
	struct rmqi_str topic;

	rmqi_buf_reset(&n->body);
	rmqi_buf_add_text(&n->body, "{\"topicList\":[");
	for (size_t i = 0; i < n->routes.topics.count; i++) {
		const struct mb_topic_route *t = rmqi_map_at(&n->routes.topics, i, &topic);

		if (!takes(t, arg))
			continue;
		mb_json_next(&n->body, &is_first);
		rmqi_json_add_string(&n->body, topic);
	}
	rmqi_buf_add_text(&n->body, "]}");
	mb_answer_body(&r->ticket, &n->body);
}

/* False: it was answered. */
static bool may_list(struct mb_request *r, bool is_enabled)
{
	if (!is_enabled)
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR, "disable");
	return is_enabled;
}

static bool is_any(const struct mb_topic_route *t, const void *arg)
{
	(void)t;
	(void)arg;
	return true;
}

static void get_all_topics(void *arg, struct mb_request *r)
{
	struct mb_namesrv *n = arg;

	if (may_list(r, n->config->all_topic_list))
		answer_list(n, r, is_any, NULL);
}

/* `arg`: the names of a cluster, NULL: there is none of this name. */
static bool is_served_by(const struct mb_topic_route *t, const void *arg)
{
	const struct mb_cluster_names *c = arg;
	struct rmqi_str broker;

	for (size_t i = 0; c && i < t->queues.count; i++) {
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

	if (may_list(r, n->config->topic_list))
		answer_list(n, r, is_served_by, rmqi_map_get(&n->routes.clusters, h->cluster));
}

/* Flags that must be there, and one that must not. */
struct flags {
	int32_t has;
	int32_t lacks;
};

/* Of the first of its brokers, as in Java. */
static bool has_flags(const struct mb_topic_route *t, const void *arg)
{
	const struct flags *f = arg;
	const struct rmqi_queue_data *q;

	if (t->queues.count == 0)
		return false;
	q = rmqi_map_at(&t->queues, 0, NULL);
	return (q->topic_sys_flag & f->has) == f->has && !(q->topic_sys_flag & f->lacks);
}

static void answer_flags(struct mb_namesrv *n, struct mb_request *r, struct flags flags)
{
	if (may_list(r, n->config->topic_list))
		answer_list(n, r, has_flags, &flags);
}

static void get_unit_topics(void *arg, struct mb_request *r)
{
	answer_flags(arg, r, (struct flags){.has = UNIT});
}

static void get_unit_sub_topics(void *arg, struct mb_request *r)
{
	answer_flags(arg, r, (struct flags){.has = UNIT_SUB});
}

static void get_unit_sub_un_unit_topics(void *arg, struct mb_request *r)
{
	answer_flags(arg, r, (struct flags){.has = UNIT_SUB, .lacks = UNIT});
}

/* The address of the first broker that has one. */
static const char *any_address(const struct mb_routes *routes)
{
	for (size_t i = 0; i < routes->brokers.count; i++) {
		const struct rmqi_broker_data *b = rmqi_map_at(&routes->brokers, i, NULL);

		if (b->address_count)
			return b->addresses[0].address;
	}
	return NULL;
}

/* Each cluster with its brokers, and the address of some broker. */
static void get_system_topics(void *arg, struct mb_request *r)
{
	struct mb_namesrv *n = arg;
	const char *address = any_address(&n->routes);
	bool is_first = true;
	struct rmqi_str name;

	rmqi_buf_reset(&n->body);
	rmqi_buf_add_u8(&n->body, '{');
	if (address)
		mb_json_text(&n->body, "brokerAddr", address);
	mb_json_name(&n->body, "topicList");
	rmqi_buf_add_u8(&n->body, '[');
	for (size_t i = 0; i < n->routes.clusters.count; i++) {
		const struct mb_cluster_names *c = rmqi_map_at(&n->routes.clusters, i, &name);

		mb_json_next(&n->body, &is_first);
		rmqi_json_add_string(&n->body, name);
		mb_json_keys(&n->body, &c->names, &is_first);
	}
	rmqi_buf_add_text(&n->body, "]}");
	mb_answer_body(&r->ticket, &n->body);
}

const struct mb_handler mb_namesrv_list_handlers[] = {
	{RMQI_REQ_GET_ALL_TOPIC_LIST_FROM_NAMESERVER, get_all_topics},
	{RMQI_REQ_GET_TOPICS_BY_CLUSTER, get_topics_by_cluster},
	{RMQI_REQ_GET_UNIT_TOPIC_LIST, get_unit_topics},
	{RMQI_REQ_GET_HAS_UNIT_SUB_TOPIC_LIST, get_unit_sub_topics},
	{RMQI_REQ_GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST, get_unit_sub_un_unit_topics},
	{RMQI_REQ_GET_SYSTEM_TOPIC_LIST_FROM_NS, get_system_topics},
	{0, NULL},
};
