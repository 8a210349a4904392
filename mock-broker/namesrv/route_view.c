/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/namesrv/route_view.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

/* TopicValidator.SYNC_BROKER_MEMBER_GROUP_PREFIX */
#define MEMBER_GROUP_PREFIX "rmq_sys_SYNC_BROKER_MEMBER_"

static int by_queue_broker(const void *a, const void *b)
{
	const struct rmqi_queue_data *x = a, *y = b;

	return strcmp(x->broker_name, y->broker_name);
}

static enum rmq_error add_mappings(const struct mb_routes *r, struct rmqi_str topic,
				   struct rmqi_route *route)
{
	const struct mb_topic_mappings *t = rmqi_map_get(&r->mappings, topic);
	struct rmqi_topic_mapping *rows;

	if (!t)
		return RMQ_OK;
	rows = rmqi_calloc(t->by_broker.count, sizeof(*rows));
	if (!rows)
		return RMQ_ERR_NO_MEMORY;
	for (size_t i = 0; i < t->by_broker.count; i++)
		rows[i] = *(const struct rmqi_topic_mapping *)rmqi_map_at(&t->by_broker, i, NULL);
	route->mappings = rows;
	route->mapping_count = t->by_broker.count;
	return RMQ_OK;
}

static enum rmq_error add_queues(const struct mb_topic_route *t, struct rmqi_route *route)
{
	route->queues = rmqi_calloc(t->queues.count, sizeof(*route->queues));
	if (!route->queues)
		return RMQ_ERR_NO_MEMORY;
	for (size_t i = 0; i < t->queues.count; i++)
		route->queues[route->queue_count++] =
			*(const struct rmqi_queue_data *)rmqi_map_at(&t->queues, i, NULL);
	qsort(route->queues, route->queue_count, sizeof(*route->queues), by_queue_broker);
	return RMQ_OK;
}

/* All addresses of the route's brokers; also how many brokers there are. */
static size_t count_addresses(const struct mb_routes *r, const struct rmqi_route *route,
			      size_t *brokers)
{
	size_t addresses = 0;

	*brokers = 0;
	for (size_t i = 0; i < route->queue_count; i++) {
		const struct rmqi_broker_data *b =
			rmqi_map_get(&r->brokers, rmqi_str(route->queues[i].broker_name));

		*brokers += b != NULL;
		addresses += b ? b->address_count : 0;
	}
	return addresses;
}

/* The rows of addresses stand in one block behind those of brokers. */
static enum rmq_error add_brokers(const struct mb_routes *r, struct rmqi_route *route)
{
	size_t brokers, addresses = count_addresses(r, route, &brokers);
	struct rmqi_broker_address *next;

	if (brokers == 0)
		return RMQ_ERR_NOT_FOUND;
	route->brokers = rmqi_calloc(1, brokers * sizeof(*route->brokers) +
						addresses * sizeof(*next));
	if (!route->brokers)
		return RMQ_ERR_NO_MEMORY;
	next = (void *)(route->brokers + brokers);
	for (size_t i = 0; i < route->queue_count; i++) {
		const struct rmqi_broker_data *b =
			rmqi_map_get(&r->brokers, rmqi_str(route->queues[i].broker_name));

		if (!b)
			continue;
		if (b->address_count)
			rmqi_memcpy(next, b->addresses, b->address_count * sizeof(*next));
		route->brokers[route->broker_count] = *b;
		route->brokers[route->broker_count++].addresses = next;
		next += b->address_count;
	}
	return RMQ_OK;
}

/* filterServerTable: of those addresses that have some. */
static enum rmq_error add_filters(const struct mb_routes *r, struct rmqi_route *route)
{
	size_t brokers, most = count_addresses(r, route, &brokers);

	if (r->filters.count == 0 || most == 0)
		return RMQ_OK;
	route->filters = rmqi_calloc(most, sizeof(*route->filters));
	if (!route->filters)
		return RMQ_ERR_NO_MEMORY;
	for (size_t i = 0; i < route->broker_count; i++) {
		const struct rmqi_broker_data *b = &route->brokers[i];

		for (size_t at = 0; at < b->address_count; at++) {
			const char *address = b->addresses[at].address;
			const char *list = mb_routes_filters(r, rmqi_str(b->cluster),
							     rmqi_str(address));

			if (list)
				route->filters[route->filter_count++] =
					(struct rmqi_filter_servers){address, list};
		}
	}
	return RMQ_OK;
}

enum rmq_error mb_routes_find(const struct mb_routes *r, struct rmqi_str topic,
			      struct rmqi_route *out)
{
	const struct mb_topic_route *t = rmqi_map_get(&r->topics, topic);
	struct rmqi_route route = {0};
	enum rmq_error err;

	if (!t || t->queues.count == 0)
		return RMQ_ERR_NOT_FOUND;
	err = add_queues(t, &route);
	if (err == RMQ_OK)
		err = add_brokers(r, &route);
	if (err == RMQ_OK)
		err = add_mappings(r, topic, &route);
	if (err == RMQ_OK)
		err = add_filters(r, &route);
	if (err != RMQ_OK)
		mb_routes_release(&route);
	else
		*out = route;
	return err;
}

void mb_routes_release(struct rmqi_route *route)
{
	rmqi_free(route->queues);
	rmqi_free(route->brokers);
	rmqi_free(route->mappings);
	rmqi_free(route->filters);
	*route = (struct rmqi_route){0};
}

static bool has_master(const struct rmqi_broker_data *b)
{
	return b->address_count && b->addresses[0].id == 0;
}

/* May anybody write to the broker's queues of this topic? */
static bool is_writable(const struct rmqi_route *route, const char *broker_name)
{
	for (size_t i = 0; i < route->queue_count; i++) {
		if (strcmp(route->queues[i].broker_name, broker_name) == 0)
			return (route->queues[i].perm & RMQI_PERM_WRITE) != 0;
	}
	return true;
}

void mb_route_show_acting(struct rmqi_route *route, struct rmqi_str topic)
{
	if (rmqi_str_has_prefix(topic, MEMBER_GROUP_PREFIX))
		return;
	for (size_t i = 0; i < route->broker_count; i++) {
		struct rmqi_broker_data *b = &route->brokers[i];

		if (b->address_count && !has_master(b) && b->enable_acting_master &&
		    !is_writable(route, b->broker_name))
			b->addresses[0].id = 0; /* the lowest stands first */
	}
}

static bool is_near(const struct rmqi_broker_data *b, struct rmqi_str zone)
{
	return !has_master(b) || (b->zone_name && strlen(b->zone_name) == zone.len &&
				  strncasecmp(b->zone_name, zone.ptr, zone.len) == 0);
}

static void drop_filters(struct rmqi_route *route, const struct rmqi_broker_data *b)
{
	size_t kept = 0;

	for (size_t i = 0; i < route->filter_count; i++) {
		int64_t id = MB_NO_BROKER_ID;

		for (size_t at = 0; at < b->address_count; at++) {
			if (strcmp(b->addresses[at].address, route->filters[i].address) == 0)
				id = b->addresses[at].id;
		}
		if (id == MB_NO_BROKER_ID)
			route->filters[kept++] = route->filters[i];
	}
	route->filter_count = kept;
}

static void drop_queues(struct rmqi_route *route, const char *broker_name)
{
	size_t kept = 0;

	for (size_t i = 0; i < route->queue_count; i++) {
		if (strcmp(route->queues[i].broker_name, broker_name) != 0)
			route->queues[kept++] = route->queues[i];
	}
	route->queue_count = kept;
}

void mb_route_keep_zone(struct rmqi_route *route, struct rmqi_str zone)
{
	size_t kept = 0;

	for (size_t i = 0; i < route->broker_count; i++) {
		const struct rmqi_broker_data b = route->brokers[i];

		if (is_near(&b, zone)) {
			route->brokers[kept++] = b;
			continue;
		}
		drop_filters(route, &b);
		drop_queues(route, b.broker_name);
	}
	route->broker_count = kept;
}
