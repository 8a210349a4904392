/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/place.h"

#include "base/detail.h"
#include "base/mem.h"
#include "send/queues.h"

enum rmq_error rmqi_place_init(struct rmqi_place *p, const struct rmqi_member *m,
			       const struct rmq_queue *queue, int64_t deadline_us,
			       struct rmq_error_detail *detail)
{
	struct rmqi_client *client = m->consumer.client;
	enum rmq_error err = rmqi_handle_topic(m, queue->topic, p->topic, detail);
	const char *address;

	if (err == RMQ_OK)
		err = rmqi_client_route(client, p->topic, false, deadline_us, &p->route, detail);
	if (err != RMQ_OK)
		return err;
	p->queue = (struct rmq_queue){p->topic, queue->broker_name, queue->queue_id};
	address = rmqi_topic_route_address(p->route, queue->broker_name, 0, false, NULL);
	if (!address) {
		rmqi_client_refresh_routes(client);
		rmqi_topic_route_unref(p->route);
		return rmqi_detail_set(detail, RMQ_ERR_NO_BROKER, RMQ_ERROR_RETRIABLE,
				       "broker %s is not in the route of topic %s now",
				       queue->broker_name, queue->topic);
	}
	p->question = (struct rmqi_question){
		client, address, p->topic, queue->broker_name, queue->queue_id, deadline_us};
	return RMQ_OK;
}

void rmqi_place_deinit(struct rmqi_place *p)
{
	rmqi_topic_route_unref(p->route);
}

static struct rmq_queues *copy_queues(const struct rmqi_topic_route *route, const char *space)
{
	size_t count = route->subscribe_count;
	const struct rmqi_queue **all = rmqi_calloc(count ? count : 1, sizeof(*all));
	struct rmq_queues *q;

	if (!all)
		return NULL;
	for (size_t i = 0; i < count; i++)
		all[i] = &route->subscribe[i];
	q = rmqi_queues_copy(all, count, space);
	rmqi_free(all);
	return q;
}

enum rmq_error rmqi_place_queues(const struct rmqi_member *m, const char *topic,
				 int64_t deadline_us, struct rmq_queues **out,
				 struct rmq_error_detail *detail)
{
	struct rmqi_client *client = m->consumer.client;
	struct rmqi_topic_route *route;
	struct rmq_queues *q;
	char name[RMQI_NAMED_MAX];
	enum rmq_error err = rmqi_handle_topic(m, topic, name, detail);

	if (err == RMQ_OK)
		err = rmqi_client_route(client, name, false, deadline_us, &route, detail);
	if (err != RMQ_OK)
		return err;
	q = copy_queues(route, rmqi_client_namespace(client));
	rmqi_topic_route_unref(route);
	if (!q)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	*out = q;
	return RMQ_OK;
}
