/* SPDX-License-Identifier: Apache-2.0 */
/* fake_broker_routes.c - the name server that a fake broker is: whom its routes name. */
#include "codec/body.h"
#include "codec/codes.h"
#include "tests/support/fake_broker_impl.h"

int fake_count_queues(const struct fake_broker *b, struct rmqi_str topic)
{
	int count = 0;

	for (size_t i = 0; i < b->queue_count; i++)
		count += rmqi_str_is(topic, b->queues[i].topic) ? 1 : 0;
	return count;
}

static void say_static(const struct mb_request *r)
{
	static const char text[] = "{\"brokerDatas\":[],\"queueDatas\":[],"
				   "\"topicQueueMappingByBroker\":{\"broker-a\":{}}}";
	struct rmqi_buf body;

	rmqi_buf_init(&body, BODY_MAX);
	rmqi_buf_add(&body, text, sizeof(text) - 1);
	mb_answer_body(&r->ticket, &body);
	rmqi_buf_deinit(&body);
}

static void answer_route(struct fake_broker *b, const struct mb_request *r,
			 const struct rmqi_queue_data *queue, const struct rmqi_broker_data *broker)
{
	char name[] = "broker-b";
	struct rmqi_broker_address address = {.id = 0};
	struct rmqi_queue_data queues[] = {*queue, *queue};
	struct rmqi_broker_data brokers[] = {*broker, *broker};
	size_t count = b->beside ? 2 : 1;
	struct rmqi_route route = {.queues = queues,
				   .queue_count = count,
				   .brokers = brokers,
				   .broker_count = count};
	struct rmqi_buf body;

	if (b->beside)
		address.address = (char *)(uintptr_t)fake_broker_address(b->beside);
	queues[1].broker_name = brokers[1].broker_name = name;
	brokers[1].addresses = &address;
	brokers[1].address_count = 1;
	rmqi_buf_init(&body, BODY_MAX);
	if (rmqi_route_encode(&route, true, &body) == RMQ_OK)
		mb_answer_body(&r->ticket, &body);
	rmqi_buf_deinit(&body);
}

static void on_route(void *node, struct mb_request *r)
{
	struct fake_broker *b = node;
	const struct rmqi_h_get_route_info *h = r->header;
	struct rmqi_broker_address addresses[RMQI_COUNT(b->named)];
	struct rmqi_queue_data queue = {.perm = RMQI_PERM_READ | RMQI_PERM_WRITE};
	struct rmqi_broker_data broker = {.addresses = addresses};
	char name[] = "broker-a", cluster[] = "C";
	int count = fake_count_queues(b, h->topic);

	if (b->static_topic && rmqi_str_is(h->topic, b->static_topic)) {
		say_static(r);
		return;
	}
	if (count == 0) {
		fake_say_no(r, RMQI_RESP_TOPIC_NOT_EXIST);
		return;
	}
	for (size_t i = 0; i < RMQI_COUNT(b->named); i++)
		if (b->named[i] && !(b->forgotten && rmqi_str_is(h->topic, b->forgotten)))
			addresses[broker.address_count++] = (struct rmqi_broker_address){
				.id = (int64_t)i,
				.address = (char *)(uintptr_t)fake_broker_address(b->named[i])};
	if (b->has_acting || (b->drained && rmqi_str_is(h->topic, b->drained)))
		queue.perm = RMQI_PERM_READ;
	broker.enable_acting_master = b->has_acting || b->drained;
	queue.broker_name = broker.broker_name = name;
	broker.cluster = cluster;
	queue.read_queue_nums = queue.write_queue_nums = count;
	answer_route(b, r, &queue, &broker);
}

const struct mb_handler fake_route_handlers[] = {
	{RMQI_REQ_GET_ROUTEINFO_BY_TOPIC, on_route},
	{0, NULL},
};

/* --- For the test --------------------------------------------------------------------------------- */

void fake_broker_static_topic(struct fake_broker *b, const char *topic)
{
	b->static_topic = topic;
}

void fake_broker_slave(struct fake_broker *b, bool is_slave)
{
	fake_broker_names(b, is_slave ? NULL : b, is_slave ? b : NULL);
}

void fake_broker_names(struct fake_broker *b, const struct fake_broker *master,
		       const struct fake_broker *slave)
{
	b->named[0] = master;
	b->named[1] = slave;
	b->has_acting = false;
}

void fake_broker_acts(struct fake_broker *b, const struct fake_broker *slave)
{
	fake_broker_names(b, slave, NULL);
	b->has_acting = true;
}

void fake_broker_drains(struct fake_broker *b, const char *topic)
{
	b->drained = topic;
}

void fake_broker_beside(struct fake_broker *b, const struct fake_broker *other)
{
	b->beside = other;
}

void fake_broker_forgets(struct fake_broker *b, const char *topic)
{
	b->forgotten = topic;
}
