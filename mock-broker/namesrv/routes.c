/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/namesrv/routes.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "mock-broker/namesrv/route_rows.h"

void mb_routes_init(struct mb_routes *r)
{
	rmqi_map_init(&r->topics);
	rmqi_map_init(&r->brokers);
	rmqi_map_init(&r->clusters);
	rmqi_map_init(&r->live);
	rmqi_map_init(&r->filters);
	rmqi_map_init(&r->mappings);
	r->on_min_id = NULL;
}

void mb_routes_deinit(struct mb_routes *r)
{
	rmqi_map_deinit(&r->topics, mb_topic_route_free);
	rmqi_map_deinit(&r->clusters, mb_cluster_names_free);
	rmqi_map_deinit(&r->brokers, mb_broker_data_free);
	rmqi_map_deinit(&r->live, mb_live_free);
	rmqi_map_deinit(&r->filters, rmqi_free);
	rmqi_map_deinit(&r->mappings, mb_topic_mappings_free);
}

/* The text is cut when it is too long; then it matches nothing. */
static struct rmqi_str live_key(struct rmqi_str cluster, struct rmqi_str address, char *buf,
				size_t size)
{
	int len = snprintf(buf, size, "%.*s,%.*s", RMQI_STR_ARG(cluster), RMQI_STR_ARG(address));

	return rmqi_str_n(buf, len < 0 ? 0 : (size_t)len < size ? (size_t)len : size - 1);
}

struct mb_live *mb_routes_live(const struct mb_routes *r, struct rmqi_str cluster,
			       struct rmqi_str address)
{
	char key[MB_LIVE_KEY_MAX];

	return rmqi_map_get(&r->live, live_key(cluster, address, key, sizeof(key)));
}

const char *mb_routes_filters(const struct mb_routes *r, struct rmqi_str cluster,
			      struct rmqi_str address)
{
	char key[MB_LIVE_KEY_MAX];

	return rmqi_map_get(&r->filters, live_key(cluster, address, key, sizeof(key)));
}

static void forget_live(struct mb_routes *r, struct rmqi_str cluster, struct rmqi_str address)
{
	char key[MB_LIVE_KEY_MAX];

	mb_live_free(rmqi_map_remove(&r->live, live_key(cluster, address, key, sizeof(key))));
}

static void forget_filters(struct mb_routes *r, struct rmqi_str cluster, struct rmqi_str address)
{
	char key[MB_LIVE_KEY_MAX];

	rmqi_free(rmqi_map_remove(&r->filters, live_key(cluster, address, key, sizeof(key))));
}

/* Steps 1 and 2. */
static struct rmqi_broker_data *enter(struct mb_routes *r, const struct mb_registration *g,
				      bool *is_first)
{
	struct mb_cluster_names *cluster = mb_cluster_names_get(&r->clusters, g->cluster);
	struct rmqi_broker_data *b = rmqi_map_get(&r->brokers, g->broker_name);

	if (!cluster)
		return NULL;
	*is_first = !b;
	if (!b)
		b = mb_broker_data_add(&r->brokers, g->cluster, g->broker_name);
	if (!b || rmqi_map_set(&cluster->names, g->broker_name, b, NULL) != RMQ_OK)
		return NULL;
	return b;
}

/* Step 6: does the address that has the id now keep it? */
static bool is_outvoted(struct mb_routes *r, const struct mb_registration *g, const char *owner)
{
	const struct mb_live *live = mb_routes_live(r, g->cluster, rmqi_str(owner));

	return live && live->version.state_version > g->topics->version.state_version;
}

/* Step 9, one topic. */
static enum rmq_error take_topic(struct mb_routes *r, const struct mb_registration *g,
				 const struct rmqi_topic_config *t, bool overwrite,
				 bool is_acting_slave)
{
	struct rmqi_queue_data data = {
		.read_queue_nums = t->read_queue_nums,
		.write_queue_nums = t->write_queue_nums,
		.perm = is_acting_slave ? t->perm & ~RMQI_PERM_WRITE : t->perm,
		.topic_sys_flag = t->topic_sys_flag,
	};
	struct mb_topic_route *route = rmqi_map_get(&r->topics, rmqi_str(t->topic_name));

	if (!overwrite && route && rmqi_map_get(&route->queues, g->broker_name))
		return RMQ_OK;
	return mb_topic_route_put(&r->topics, rmqi_str(t->topic_name), g->broker_name, &data);
}

static bool has_topic(const struct rmqi_topic_table *t, struct rmqi_str topic)
{
	for (size_t i = 0; i < t->topic_count; i++) {
		if (rmqi_str_is(topic, t->topics[i].topic_name))
			return true;
	}
	return false;
}

/* The broker serves no topic any more that it does not tell of. */
static void drop_missing(struct mb_routes *r, const struct mb_registration *g)
{
	struct rmqi_str topic;

	for (size_t i = 0; i < r->topics.count;) {
		struct mb_topic_route *route = rmqi_map_at(&r->topics, i, &topic);

		if (!has_topic(g->topics, topic))
			mb_queue_data_free(rmqi_map_remove(&route->queues, g->broker_name));
		if (route->queues.count == 0)
			mb_topic_route_free(rmqi_map_remove(&r->topics, topic));
		else
			i++;
	}
}

static enum rmq_error take_topics(struct mb_routes *r, const struct mb_registration *g,
				  const struct rmqi_broker_data *b, bool is_first)
{
	const struct mb_live *live = mb_routes_live(r, g->cluster, g->address);
	bool is_prime_slave =
		!g->is_old_version && g->broker_id != 0 && b->addresses[0].id == g->broker_id;
	bool overwrite =
		is_first || !live || !rmqi_data_version_eq(&live->version, &g->topics->version);
	enum rmq_error err = RMQ_OK;

	if (g->broker_id != 0 && !is_prime_slave)
		return RMQ_OK;
	if (g->drops_missing && g->topics->mapping_count == 0)
		drop_missing(r, g);
	for (size_t i = 0; i < g->topics->topic_count && err == RMQ_OK; i++)
		err = take_topic(r, g, &g->topics->topics[i], overwrite,
				 is_prime_slave && b->enable_acting_master);
	for (size_t i = 0; overwrite && i < g->topics->mapping_count && err == RMQ_OK; i++)
		err = mb_topic_mappings_put(&r->mappings, &g->topics->mappings[i]);
	return err;
}

static enum rmq_error note_live(struct mb_routes *r, const struct mb_registration *g)
{
	char key[MB_LIVE_KEY_MAX];
	struct mb_live *live = mb_live_new(g);
	void *old = NULL;
	enum rmq_error err;

	if (!live)
		return RMQ_ERR_NO_MEMORY;
	err = rmqi_map_set(&r->live, live_key(g->cluster, g->address, key, sizeof(key)), live,
			   &old);
	mb_live_free(err == RMQ_OK ? old : live);
	return err;
}

/* Step 11. */
static enum rmq_error note_filters(struct mb_routes *r, const struct mb_registration *g)
{
	char key[MB_LIVE_KEY_MAX];
	char *copy;
	void *old = NULL;
	enum rmq_error err;

	if (!g->topics->filter_servers) {
		forget_filters(r, g->cluster, g->address);
		return RMQ_OK;
	}
	copy = rmqi_strdup(g->topics->filter_servers);
	if (!copy)
		return RMQ_ERR_NO_MEMORY;
	err = rmqi_map_set(&r->filters, live_key(g->cluster, g->address, key, sizeof(key)), copy,
			   &old);
	rmqi_free(err == RMQ_OK ? old : copy);
	return err;
}

/* Step 12. */
static void tell_master(struct mb_routes *r, const struct mb_registration *g,
			const struct rmqi_broker_data *b, struct mb_registered *out)
{
	const char *master = mb_broker_data_address(b, 0);
	const struct mb_live *live;

	if (g->broker_id == 0 || !master)
		return;
	live = mb_routes_live(r, g->cluster, rmqi_str(master));
	if (!live)
		return;
	out->master_address = rmqi_str(master);
	out->ha_address = rmqi_str(live->ha_address);
}

/* Steps 5 to 8. `is_refused`: another one has the id. */
static enum rmq_error take_id(struct mb_routes *r, const struct mb_registration *g,
			      struct rmqi_broker_data *b, bool *is_first, bool *is_refused)
{
	const char *owner;

	mb_broker_data_leave(b, g->address, g->broker_id); /* 5 */
	owner = mb_broker_data_address(b, g->broker_id);
	*is_refused = owner && !rmqi_str_is(g->address, owner) && is_outvoted(r, g, owner); /* 6 */
	if (*is_refused) {
		forget_live(r, g->cluster, g->address);
		return RMQ_OK;
	}
	if (!owner && g->topics->topic_count == 1) /* 7 */
		return RMQ_ERR_STATE;
	if (!owner)
		*is_first = true;
	return mb_broker_data_join(b, g->broker_id, g->address); /* 8 */
}

/* RouteInfoManager.registerBroker; the numbers are those of doc/reference/namesrv.md. */
enum rmq_error mb_routes_register(struct mb_routes *r, const struct mb_registration *g,
				  struct mb_registered *out)
{
	bool is_first = false, is_lower, is_refused;
	struct rmqi_broker_data *b = enter(r, g, &is_first); /* 1, 2 */
	enum rmq_error err;

	*out = (struct mb_registered){0};
	if (!b)
		return RMQ_ERR_NO_MEMORY;
	b->enable_acting_master = !g->is_old_version && g->enable_acting_master; /* 3 */
	err = mb_broker_data_set_zone(b, g->zone_name);
	if (err != RMQ_OK)
		return err;
	is_lower = b->address_count && g->broker_id < b->addresses[0].id; /* 4 */
	err = take_id(r, g, b, &is_first, &is_refused);
	if (err != RMQ_OK || is_refused)
		return err;
	err = take_topics(r, g, b, is_first); /* 9 */
	if (err == RMQ_OK)
		err = note_live(r, g); /* 10 */
	if (err == RMQ_OK)
		err = note_filters(r, g);
	if (err != RMQ_OK)
		return err;
	tell_master(r, g, b, out);     /* 12 */
	if (is_lower && r->on_min_id) /* 13 */
		r->on_min_id(r->arg, b, (struct rmqi_str){0}, g->ha_address);
	return RMQ_OK;
}

/* The group has lost its last address: the name goes everywhere. */
static void forget_group(struct mb_routes *r, struct rmqi_str cluster, struct rmqi_str broker_name)
{
	struct mb_cluster_names *names = rmqi_map_get(&r->clusters, cluster);
	struct rmqi_str topic;

	if (names) {
		rmqi_map_remove(&names->names, broker_name);
		if (names->names.count == 0)
			mb_cluster_names_free(rmqi_map_remove(&r->clusters, cluster));
	}
	for (size_t i = 0; i < r->topics.count;) {
		struct mb_topic_route *route = rmqi_map_at(&r->topics, i, &topic);

		mb_queue_data_free(rmqi_map_remove(&route->queues, broker_name));
		if (route->queues.count == 0)
			mb_topic_route_free(rmqi_map_remove(&r->topics, topic));
		else
			i++;
	}
	mb_broker_data_free(rmqi_map_remove(&r->brokers, broker_name));
}

/* The address is gone from its group. */
static void leave_group(struct mb_routes *r, struct rmqi_str cluster, struct rmqi_str broker_name,
			struct rmqi_str address, int64_t broker_id)
{
	struct rmqi_broker_data *b = rmqi_map_get(&r->brokers, broker_name);
	bool was_lowest;

	if (!b)
		return;
	was_lowest = b->address_count && b->addresses[0].id == broker_id;
	mb_broker_data_leave(b, address, MB_NO_BROKER_ID);
	if (b->address_count == 0) {
		forget_group(r, cluster, broker_name);
		return;
	}
	if (!b->enable_acting_master)
		return;
	if (b->addresses[0].id != 0)
		mb_routes_set_write_perm(r, broker_name, false);
	if (was_lowest && r->on_min_id)
		r->on_min_id(r->arg, b, address, (struct rmqi_str){0});
}

/* RouteInfoManager.unRegisterBroker */
void mb_routes_unregister(struct mb_routes *r, struct rmqi_str cluster, struct rmqi_str broker_name,
			  struct rmqi_str address, int64_t broker_id)
{
	leave_group(r, cluster, broker_name, address, broker_id);
	forget_filters(r, cluster, address);
	forget_live(r, cluster, address); /* last: the texts may be its own */
}

void mb_routes_drop(struct mb_routes *r, const struct mb_live *live)
{
	struct rmqi_str cluster = rmqi_str(live->cluster);
	struct rmqi_str address = rmqi_str(live->address);
	struct rmqi_str name;

	for (size_t i = 0; i < r->brokers.count; i++) {
		const struct rmqi_broker_data *b = rmqi_map_at(&r->brokers, i, &name);
		int64_t id;

		if (rmqi_str_is(cluster, b->cluster) && mb_broker_data_id(b, address, &id)) {
			char copy[MB_LIVE_KEY_MAX]; /* unregister frees what the name points to */

			snprintf(copy, sizeof(copy), "%.*s", RMQI_STR_ARG(name));
			mb_routes_unregister(r, cluster, rmqi_str(copy), address, id);
			return;
		}
	}
	forget_live(r, cluster, address);
}

void mb_routes_conn_closed(struct mb_routes *r, const void *conn)
{
	const struct mb_live *first = NULL;

	for (size_t i = 0; i < r->live.count; i++) {
		struct mb_live *live = rmqi_map_at(&r->live, i, NULL);

		if (live->conn != conn)
			continue;
		live->conn = NULL;
		first = first ? first : live;
	}
	if (first)
		mb_routes_drop(r, first);
}

struct mb_live *mb_routes_expired(const struct mb_routes *r, int64_t now_ms)
{
	for (size_t i = 0; i < r->live.count; i++) {
		struct mb_live *live = rmqi_map_at(&r->live, i, NULL);

		if (live->last_ms + live->timeout_ms < now_ms)
			return live;
	}
	return NULL;
}

void mb_routes_delete_topic(struct mb_routes *r, struct rmqi_str topic, struct rmqi_str cluster)
{
	struct mb_topic_route *route = rmqi_map_get(&r->topics, topic);
	const struct mb_cluster_names *names = rmqi_map_get(&r->clusters, cluster);
	struct rmqi_str name;

	if (!route)
		return;
	for (size_t i = 0; cluster.len && names && i < names->names.count; i++) {
		rmqi_map_at(&names->names, i, &name);
		mb_queue_data_free(rmqi_map_remove(&route->queues, name));
	}
	if (!cluster.len || route->queues.count == 0)
		mb_topic_route_free(rmqi_map_remove(&r->topics, topic));
}

int32_t mb_routes_set_write_perm(struct mb_routes *r, struct rmqi_str broker_name, bool can_write)
{
	int32_t topics = 0;

	for (size_t i = 0; i < r->topics.count; i++) {
		struct mb_topic_route *route = rmqi_map_at(&r->topics, i, NULL);
		struct rmqi_queue_data *q = rmqi_map_get(&route->queues, broker_name);

		if (!q)
			continue;
		q->perm = can_write ? RMQI_PERM_READ | RMQI_PERM_WRITE : q->perm & ~RMQI_PERM_WRITE;
		topics++;
	}
	return topics;
}

/* Of a topic that is new, nothing is taken unless every broker is known; of another one, what stands before
 * the first that is not. */
enum rmq_error mb_routes_register_topic(struct mb_routes *r, struct rmqi_str topic,
					const struct rmqi_route *route)
{
	bool is_known = rmqi_map_get(&r->topics, topic) != NULL;
	enum rmq_error err = RMQ_OK;
	size_t good = 0;

	while (good < route->queue_count &&
	       rmqi_map_get(&r->brokers, rmqi_str(route->queues[good].broker_name)))
		good++;
	if (!is_known && good < route->queue_count)
		return RMQ_OK; /* as Java: stops silently */
	for (size_t i = 0; i < good && err == RMQ_OK; i++)
		err = mb_topic_route_put(&r->topics, topic, rmqi_str(route->queues[i].broker_name),
					 &route->queues[i]);
	return err;
}
