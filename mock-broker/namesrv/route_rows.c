/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/namesrv/route_rows.h"

#include <string.h>

#include "base/mem.h"

void mb_queue_data_free(void *data)
{
	struct rmqi_queue_data *q = data;

	if (q)
		rmqi_free(q->broker_name);
	rmqi_free(q);
}

void mb_topic_route_free(void *route)
{
	struct mb_topic_route *t = route;

	if (t)
		rmqi_map_deinit(&t->queues, mb_queue_data_free);
	rmqi_free(t);
}

static void mapping_free(void *mapping)
{
	struct rmqi_topic_mapping *m = mapping;

	if (!m)
		return;
	rmqi_free(m->broker_name);
	rmqi_free(m->json);
	rmqi_free(m);
}

void mb_topic_mappings_free(void *mappings)
{
	struct mb_topic_mappings *m = mappings;

	if (m)
		rmqi_map_deinit(&m->by_broker, mapping_free);
	rmqi_free(m);
}

void mb_cluster_names_free(void *names)
{
	struct mb_cluster_names *c = names;

	if (c)
		rmqi_map_deinit(&c->names, NULL);
	rmqi_free(c);
}

void mb_broker_data_free(void *broker)
{
	struct rmqi_broker_data *b = broker;

	if (!b)
		return;
	for (size_t i = 0; i < b->address_count; i++)
		rmqi_free(b->addresses[i].address);
	rmqi_free(b->addresses);
	rmqi_free(b->cluster);
	rmqi_free(b->broker_name);
	rmqi_free(b->zone_name);
	rmqi_free(b);
}

void mb_live_free(void *live)
{
	struct mb_live *l = live;

	if (!l)
		return;
	rmqi_free(l->cluster);
	rmqi_free(l->address);
	rmqi_free(l->ha_address);
	rmqi_free(l);
}

struct mb_cluster_names *mb_cluster_names_get(struct rmqi_map *clusters, struct rmqi_str cluster)
{
	struct mb_cluster_names *c = rmqi_map_get(clusters, cluster);

	if (c)
		return c;
	c = rmqi_calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	rmqi_map_init(&c->names);
	if (rmqi_map_set(clusters, cluster, c, NULL) == RMQ_OK)
		return c;
	mb_cluster_names_free(c);
	return NULL;
}

struct rmqi_broker_data *mb_broker_data_add(struct rmqi_map *brokers, struct rmqi_str cluster,
					    struct rmqi_str broker_name)
{
	struct rmqi_broker_data *b = rmqi_calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->cluster = rmqi_str_dup(cluster);
	b->broker_name = rmqi_str_dup(broker_name);
	if (b->cluster && b->broker_name && rmqi_map_set(brokers, broker_name, b, NULL) == RMQ_OK)
		return b;
	mb_broker_data_free(b);
	return NULL;
}

enum rmq_error mb_broker_data_set_zone(struct rmqi_broker_data *b, struct rmqi_str zone)
{
	char *copy = NULL;

	if (zone.len) {
		copy = rmqi_str_dup(zone);
		if (!copy)
			return RMQ_ERR_NO_MEMORY;
	}
	rmqi_free(b->zone_name);
	b->zone_name = copy;
	return RMQ_OK;
}

const char *mb_broker_data_address(const struct rmqi_broker_data *b, int64_t id)
{
	for (size_t i = 0; i < b->address_count; i++) {
		if (b->addresses[i].id == id)
			return b->addresses[i].address;
	}
	return NULL;
}

bool mb_broker_data_id(const struct rmqi_broker_data *b, struct rmqi_str address, int64_t *id)
{
	for (size_t i = 0; i < b->address_count; i++) {
		if (rmqi_str_is(address, b->addresses[i].address)) {
			*id = b->addresses[i].id;
			return true;
		}
	}
	return false;
}

static void remove_at(struct rmqi_broker_data *b, size_t at)
{
	rmqi_free(b->addresses[at].address);
	b->address_count--;
	memmove(&b->addresses[at], &b->addresses[at + 1],
		(b->address_count - at) * sizeof(b->addresses[0]));
}

enum rmq_error mb_broker_data_join(struct rmqi_broker_data *b, int64_t id, struct rmqi_str address)
{
	char *copy = rmqi_str_dup(address);
	struct rmqi_broker_address *grown;
	size_t at = 0;

	if (!copy)
		return RMQ_ERR_NO_MEMORY;
	while (at < b->address_count && b->addresses[at].id < id)
		at++;
	if (at < b->address_count && b->addresses[at].id == id) {
		rmqi_free(b->addresses[at].address);
		b->addresses[at].address = copy;
		return RMQ_OK;
	}
	grown = rmqi_realloc(b->addresses, (b->address_count + 1) * sizeof(*grown));
	if (!grown) {
		rmqi_free(copy);
		return RMQ_ERR_NO_MEMORY;
	}
	b->addresses = grown;
	memmove(&grown[at + 1], &grown[at], (b->address_count - at) * sizeof(*grown));
	grown[at] = (struct rmqi_broker_address){.id = id, .address = copy};
	b->address_count++;
	return RMQ_OK;
}

void mb_broker_data_remove(struct rmqi_broker_data *b, int64_t id)
{
	for (size_t i = 0; i < b->address_count; i++) {
		if (b->addresses[i].id == id) {
			remove_at(b, i);
			return;
		}
	}
}

void mb_broker_data_leave(struct rmqi_broker_data *b, struct rmqi_str address, int64_t id)
{
	for (size_t i = 0; i < b->address_count;) {
		if (b->addresses[i].id != id && rmqi_str_is(address, b->addresses[i].address))
			remove_at(b, i);
		else
			i++;
	}
}

static struct mb_topic_route *topic_route(struct rmqi_map *topics, struct rmqi_str topic)
{
	struct mb_topic_route *t = rmqi_map_get(topics, topic);

	if (t)
		return t;
	t = rmqi_calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	rmqi_map_init(&t->queues);
	if (rmqi_map_set(topics, topic, t, NULL) == RMQ_OK)
		return t;
	mb_topic_route_free(t);
	return NULL;
}

enum rmq_error mb_topic_route_put(struct rmqi_map *topics, struct rmqi_str topic,
				  struct rmqi_str broker_name, const struct rmqi_queue_data *data)
{
	struct mb_topic_route *t = topic_route(topics, topic);
	struct rmqi_queue_data *q = rmqi_calloc(1, sizeof(*q));
	void *old = NULL;

	if (t && q) {
		*q = *data;
		q->broker_name = rmqi_str_dup(broker_name);
		if (q->broker_name && rmqi_map_set(&t->queues, broker_name, q, &old) == RMQ_OK) {
			mb_queue_data_free(old);
			return RMQ_OK;
		}
		mb_queue_data_free(q);
	} else {
		rmqi_free(q);
	}
	return RMQ_ERR_NO_MEMORY;
}

static struct mb_topic_mappings *topic_mappings(struct rmqi_map *mappings, struct rmqi_str topic)
{
	struct mb_topic_mappings *t = rmqi_map_get(mappings, topic);

	if (t)
		return t;
	t = rmqi_calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	rmqi_map_init(&t->by_broker);
	if (rmqi_map_set(mappings, topic, t, NULL) == RMQ_OK)
		return t;
	mb_topic_mappings_free(t);
	return NULL;
}

enum rmq_error mb_topic_mappings_put(struct rmqi_map *mappings, const struct rmqi_topic_mapping *m)
{
	struct mb_topic_mappings *t = topic_mappings(mappings, rmqi_str(m->topic));
	struct rmqi_topic_mapping *copy = rmqi_calloc(1, sizeof(*copy));
	void *old = NULL;

	if (t && copy) {
		copy->broker_name = rmqi_strdup(m->broker_name);
		copy->json = rmqi_strdup(m->json);
		if (copy->broker_name && copy->json &&
		    rmqi_map_set(&t->by_broker, rmqi_str(m->broker_name), copy, &old) == RMQ_OK) {
			mapping_free(old);
			return RMQ_OK;
		}
	}
	mapping_free(copy);
	return RMQ_ERR_NO_MEMORY;
}

struct mb_live *mb_live_new(const struct mb_registration *g)
{
	struct mb_live *l = rmqi_calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->last_ms = g->now_ms;
	l->timeout_ms = g->timeout_ms ? g->timeout_ms : MB_LIVE_TIMEOUT_MS;
	l->version = g->topics->version;
	l->conn = g->conn;
	l->cluster = rmqi_str_dup(g->cluster);
	l->address = rmqi_str_dup(g->address);
	l->ha_address = rmqi_str_dup(g->ha_address);
	if (l->cluster && l->address && l->ha_address)
		return l;
	mb_live_free(l);
	return NULL;
}
