/* SPDX-License-Identifier: Apache-2.0 */
#include "producer/reply_path.h"

#include <string.h>

#include "base/mem.h"
#include "client/reply.h"

void rmqi_reply_path_init(struct rmqi_reply_path *p, struct rmqi_client *client)
{
	p->client = client;
	rmqi_mutex_init(&p->mu);
	rmqi_map_init(&p->topics);
}

void rmqi_reply_path_deinit(struct rmqi_reply_path *p)
{
	if (!p->client)
		return;
	rmqi_map_deinit(&p->topics, NULL);
	rmqi_mutex_deinit(&p->mu);
}

static bool is_known(struct rmqi_reply_path *p, const char *topic)
{
	bool is_known;

	rmqi_mutex_lock(&p->mu);
	is_known = rmqi_map_get(&p->topics, rmqi_str(topic)) != NULL;
	rmqi_mutex_unlock(&p->mu);
	return is_known;
}

/* Without memory it is looked up again. */
static void note_known(struct rmqi_reply_path *p, const char *topic)
{
	static char value;

	rmqi_mutex_lock(&p->mu);
	(void)!rmqi_map_set(&p->topics, rmqi_str(topic), &value, NULL);
	rmqi_mutex_unlock(&p->mu);
}

/* False: nobody could be asked. */
static bool learn_cluster(struct rmqi_reply_path *p, const char *cluster, const char *topic,
			  int64_t deadline_us)
{
	char *name = rmqi_reply_topic(cluster);
	struct rmqi_topic_route *route = NULL;
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (name)
		err = rmqi_client_route(p->client, name, false, deadline_us, &route, NULL);
	if (err == RMQ_ERR_NO_ROUTE)
		RMQI_LOG(
			rmqi_client_log(p->client), RMQ_LOG_WARN,
			"no reply to requests of topic %s can come: cluster %s has no topic %s (its "
			"brokers make it, from 4.6 on)",
			topic, cluster, name);
	rmqi_topic_route_unref(route);
	rmqi_free(name);
	return err == RMQ_OK || err == RMQ_ERR_NO_ROUTE;
}

/* Has a broker before this one the same cluster? */
static bool is_repeated(const struct rmqi_route *r, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (r->brokers[i].cluster &&
		    strcmp(r->brokers[i].cluster, r->brokers[at].cluster) == 0)
			return true;
	return false;
}

static void learn(struct rmqi_reply_path *p, const char *topic, int64_t deadline_us)
{
	struct rmqi_topic_route *route;
	bool is_complete = true;

	/* The send says what is wrong with it. */
	if (rmqi_client_route(p->client, topic, true, deadline_us, &route, NULL) != RMQ_OK)
		return;
	for (size_t i = 0; i < route->route.broker_count; i++) {
		const char *cluster = route->route.brokers[i].cluster;

		if (cluster && !is_repeated(&route->route, i))
			is_complete &= learn_cluster(p, cluster, topic, deadline_us);
	}
	rmqi_topic_route_unref(route);
	if (is_complete)
		note_known(p, topic);
}

void rmqi_reply_path_open(struct rmqi_reply_path *p, const char *topic, int64_t deadline_us)
{
	if (!is_known(p, topic))
		learn(p, topic, deadline_us);
	if (!rmqi_client_wait_joined(p->client, deadline_us))
		RMQI_LOG(
			rmqi_client_log(p->client), RMQ_LOG_WARN,
			"a request of topic %s is sent before every broker has taken our heartbeat: "
			"what one of these gets as its reply is lost",
			topic);
}

void rmqi_reply_path_rerouted(struct rmqi_reply_path *p, const char *topic)
{
	rmqi_mutex_lock(&p->mu);
	rmqi_map_remove(&p->topics, rmqi_str(topic));
	rmqi_mutex_unlock(&p->mu);
}
