/* SPDX-License-Identifier: Apache-2.0 */
#include "client/route.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

enum { QUEUES_MAX = 1024 * 1024 }; /* of a topic, over all brokers; a route comes from a peer */

static const struct rmqi_broker_data *find_broker(const struct rmqi_route *r, const char *name)
{
	for (size_t i = 0; i < r->broker_count; i++)
		if (strcmp(r->brokers[i].broker_name, name) == 0)
			return &r->brokers[i];
	return NULL;
}

static const char *master_address(const struct rmqi_route *r, const char *broker_name)
{
	const struct rmqi_broker_data *b = find_broker(r, broker_name);

	/* Addresses are ordered by id, so a master comes first. */
	if (!b || b->address_count == 0 || b->addresses[0].id != 0)
		return NULL;
	return b->addresses[0].address;
}

static const struct rmqi_queue_data *find_queue_data(const struct rmqi_route *r,
						     struct rmqi_str broker_name)
{
	for (size_t i = 0; i < r->queue_count; i++)
		if (rmqi_str_is(broker_name, r->queues[i].broker_name))
			return &r->queues[i];
	return NULL;
}

static bool is_writable(const struct rmqi_queue_data *q)
{
	return (q->perm & RMQI_PERM_WRITE) && q->write_queue_nums > 0;
}

static bool is_readable(const struct rmqi_queue_data *q)
{
	return (q->perm & RMQI_PERM_READ) && q->read_queue_nums > 0;
}

/* Appends queues 0..count-1 of a broker; without room (publish NULL) it only counts. */
static void add_publish(struct rmqi_topic_route *r, bool only_count, const char *broker_name,
			const char *address, int32_t count)
{
	for (int32_t id = 0; id < count; id++) {
		if (!only_count) {
			r->publish[r->publish_count].broker_name = broker_name;
			r->publish[r->publish_count].address = address;
			r->publish[r->publish_count].queue_id = id;
			r->publish_names[r->publish_count] =
				(struct rmq_queue){r->topic, broker_name, id};
		}
		r->publish_count++;
	}
}

/* orderTopicConf "broker-a:4;broker-b:4" says exactly which queues there are. */
static void fill_ordered(struct rmqi_topic_route *r, bool only_count)
{
	struct rmqi_str rest = rmqi_str(r->route.order_topic_conf), item, broker;
	bool more = true;

	while (more) {
		const struct rmqi_queue_data *q;
		const char *address;
		int32_t count;

		rest = rmqi_str_cut(rest, ";", &item, &more);
		item = rmqi_str_cut(item, ":", &broker, NULL);
		q = find_queue_data(&r->route, broker);
		if (!q || !rmqi_str_to_i32(item, &count) || count > q->write_queue_nums)
			continue;
		address = master_address(&r->route, q->broker_name);
		if (address)
			add_publish(r, only_count, q->broker_name, address, count);
	}
}

static void fill_publish(struct rmqi_topic_route *r, bool only_count)
{
	r->publish_count = 0;
	if (r->route.order_topic_conf && r->route.order_topic_conf[0]) {
		fill_ordered(r, only_count);
		return;
	}
	for (size_t i = 0; i < r->route.queue_count; i++) {
		const struct rmqi_queue_data *q = &r->route.queues[i];
		const char *address = master_address(&r->route, q->broker_name);

		if (is_writable(q) && address)
			add_publish(r, only_count, q->broker_name, address, q->write_queue_nums);
	}
}

/* Adds up before anything is allocated. */
static bool is_sane(const struct rmqi_route *r)
{
	int64_t read = 0, write = 0;

	for (size_t i = 0; i < r->queue_count; i++) {
		if (r->queues[i].read_queue_nums < 0 || r->queues[i].write_queue_nums < 0)
			return false;
		read += r->queues[i].read_queue_nums;
		write += r->queues[i].write_queue_nums;
	}
	return read <= QUEUES_MAX && write <= QUEUES_MAX;
}

/* The queues of a broker stand together; one that an orderTopicConf names twice counts twice. */
static size_t count_brokers(const struct rmqi_topic_route *r)
{
	size_t count = 0;

	for (size_t i = 0; i < r->publish_count; i++)
		count += i == 0 ||
			 strcmp(r->publish[i].broker_name, r->publish[i - 1].broker_name) != 0;
	return count;
}

static enum rmq_error make_publish(struct rmqi_topic_route *r)
{
	fill_publish(r, true);
	/* An orderTopicConf may name a broker more than once. */
	if (r->publish_count > QUEUES_MAX)
		return RMQ_ERR_PROTOCOL;
	if (r->publish_count == 0)
		return RMQ_OK;
	r->publish = rmqi_calloc(r->publish_count, sizeof(*r->publish));
	r->publish_names = rmqi_calloc(r->publish_count, sizeof(*r->publish_names));
	if (!r->publish || !r->publish_names)
		return RMQ_ERR_NO_MEMORY;
	fill_publish(r, false);
	r->publish_brokers = count_brokers(r);
	return RMQ_OK;
}

static int by_queue(const void *a, const void *b)
{
	return rmqi_queue_cmp(a, b);
}

static enum rmq_error make_subscribe(struct rmqi_topic_route *r)
{
	size_t count = 0;

	for (size_t i = 0; i < r->route.queue_count; i++)
		if (is_readable(&r->route.queues[i]))
			count += (size_t)r->route.queues[i].read_queue_nums;
	if (count == 0)
		return RMQ_OK;
	r->subscribe = rmqi_calloc(count, sizeof(*r->subscribe));
	if (!r->subscribe)
		return RMQ_ERR_NO_MEMORY;
	for (size_t i = 0; i < r->route.queue_count; i++) {
		const struct rmqi_queue_data *q = &r->route.queues[i];

		for (int32_t id = 0; is_readable(q) && id < q->read_queue_nums; id++) {
			enum rmq_error err = rmqi_queue_init(&r->subscribe[r->subscribe_count],
							     r->topic, q->broker_name, id);

			if (err != RMQ_OK)
				return err;
			r->subscribe_count++;
		}
	}
	qsort(r->subscribe, r->subscribe_count, sizeof(*r->subscribe), by_queue);
	return RMQ_OK;
}

/* DefaultMQProducerImpl.tryToFindTopicPublishInfo: the template's queues, but not more than we would
 * ask the broker to make. */
static void cap_queues(struct rmqi_route *route, int32_t most)
{
	for (size_t i = 0; i < route->queue_count; i++) {
		struct rmqi_queue_data *q = &route->queues[i];
		int32_t n = q->read_queue_nums < most ? q->read_queue_nums : most;

		q->read_queue_nums = n;
		q->write_queue_nums = n;
	}
}

enum rmq_error rmqi_topic_route_new(const char *topic, struct rmqi_route *route,
				    int32_t default_queues, unsigned first,
				    struct rmqi_topic_route **out)
{
	struct rmqi_topic_route *r = rmqi_calloc(1, sizeof(*r));
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (!r) {
		rmqi_route_deinit(route);
		return RMQ_ERR_NO_MEMORY;
	}
	atomic_init(&r->refs, 1);
	r->route = *route;
	memset(route, 0, sizeof(*route));
	r->is_default = default_queues > 0;
	if (!is_sane(&r->route)) {
		err = RMQ_ERR_PROTOCOL;
		goto out;
	}
	if (r->is_default)
		cap_queues(&r->route, default_queues);
	r->topic = rmqi_strdup(topic);
	if (!r->topic)
		goto out;
	err = make_publish(r);
	if (err == RMQ_OK)
		err = make_subscribe(r);
	if (err != RMQ_OK)
		goto out;
	atomic_init(&r->next, first);
	*out = r;
	return RMQ_OK;
out:
	rmqi_topic_route_unref(r);
	return err;
}

void rmqi_topic_route_hide(struct rmqi_topic_route *r, size_t hidden)
{
	for (size_t i = 0; i < r->publish_count; i++)
		r->publish_names[i].topic += hidden;
}

struct rmqi_topic_route *rmqi_topic_route_ref(struct rmqi_topic_route *r)
{
	atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
	return r;
}

void rmqi_topic_route_unref(struct rmqi_topic_route *r)
{
	if (!r || atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < r->subscribe_count; i++)
		rmqi_queue_deinit(&r->subscribe[i]);
	rmqi_free(r->subscribe);
	rmqi_free(r->publish);
	rmqi_free(r->publish_names);
	rmqi_route_deinit(&r->route);
	rmqi_free(r->topic);
	rmqi_free(r);
}

static const struct rmqi_publish_queue *next_queue(struct rmqi_topic_route *r)
{
	unsigned n = atomic_fetch_add_explicit(&r->next, 1, memory_order_relaxed);

	return &r->publish[n % r->publish_count];
}

/* TopicPublishInfo.selectOneMessageQueue: one round with the filter, then a plain step. So the only
 * broker is not asked for the same queue again. */
const struct rmqi_publish_queue *rmqi_topic_route_choose(struct rmqi_topic_route *r,
							 const char *avoid_broker)
{
	if (r->publish_count == 0)
		return NULL;
	for (size_t i = 0; avoid_broker && i < r->publish_count; i++) {
		const struct rmqi_publish_queue *q = next_queue(r);

		if (strcmp(q->broker_name, avoid_broker) != 0)
			return q;
	}
	return next_queue(r);
}

bool rmqi_route_is_writable(const struct rmqi_route *r, const char *broker_name)
{
	const struct rmqi_queue_data *q = find_queue_data(r, rmqi_str(broker_name));

	return q && (q->perm & RMQI_PERM_WRITE);
}

static bool is_acting(const struct rmqi_route *r, const struct rmqi_broker_data *b)
{
	return b->enable_acting_master && !rmqi_route_is_writable(r, b->broker_name);
}

const char *rmqi_topic_route_address(const struct rmqi_topic_route *r, const char *broker_name,
				     int64_t id, bool only_this, int64_t *real_id)
{
	const struct rmqi_broker_data *b = find_broker(&r->route, broker_name);
	const struct rmqi_broker_address *found = NULL;

	if (!b || b->address_count == 0)
		return NULL;
	for (size_t i = 0; i < b->address_count && !found; i++)
		if (b->addresses[i].id == id)
			found = &b->addresses[i];
	for (size_t i = 0; i < b->address_count && !found && id != 0; i++)
		if (b->addresses[i].id == id + 1)
			found = &b->addresses[i];
	if (!found && only_this)
		return NULL;
	if (!found)
		found = &b->addresses[0];
	if (real_id)
		*real_id = found->id == 0 && is_acting(&r->route, b) ? RMQI_BROKER_ACTS : found->id;
	return found->address;
}

const char *rmqi_topic_route_slave(const struct rmqi_topic_route *r, const char *broker_name,
				   int64_t *id)
{
	const struct rmqi_broker_data *b = find_broker(&r->route, broker_name);

	for (size_t i = 0; b && i < b->address_count; i++) {
		if (b->addresses[i].id == 0)
			continue;
		*id = b->addresses[i].id;
		return b->addresses[i].address;
	}
	return NULL;
}
