/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/orders.h"

#include "base/mem.h"
#include "codec/names.h"
#include "mock-broker/broker/internal.h"

static bool is_count(int32_t queues)
{
	return queues >= 0 && queues <= MB_QUEUES_MAX;
}

enum rmq_error mb_order_topic(struct mb_broker *b, struct rmqi_str topic, int32_t read_queues,
			      int32_t write_queues, int32_t perm)
{
	struct rmqi_topic_config t = {0};
	char problem[512];
	char *name;
	enum rmq_error err;

	if (rmqi_topic_problem(topic, problem, sizeof(problem)) || !is_count(read_queues) ||
	    !is_count(write_queues) || perm < 0 || perm > 7)
		return RMQ_ERR_INVALID_ARGUMENT;
	name = rmqi_str_dup(topic);
	if (!name)
		return RMQ_ERR_NO_MEMORY;
	err = rmqi_topic_config_init(&t, name, read_queues, write_queues, perm);
	if (err == RMQ_OK)
		err = mb_topic_update(b, &t);
	rmqi_topic_config_deinit(&t);
	rmqi_free(name);
	return err;
}

enum rmq_error mb_broker_create_topic(struct mb_broker *b, struct rmqi_str topic, int32_t queues)
{
	if (queues < 1)
		return RMQ_ERR_INVALID_ARGUMENT;
	return mb_order_topic(b, topic, queues, queues, RMQI_PERM_READ | RMQI_PERM_WRITE);
}

void mb_order_checks(struct mb_broker *b)
{
	if (mb_ha_is_slave(&b->ha))
		return;
	b->transactions.is_round_ordered = true;
	rmqi_timer_start_ms(&b->transactions.check, 0);
}

void mb_order_rebalance(struct mb_broker *b, struct rmqi_str group)
{
	const struct mb_client_group *g = mb_consumers_find(b, group);

	if (g)
		mb_consumers_notify(b, g);
}

enum rmq_error mb_order_reset(struct mb_broker *b, struct rmqi_str topic, struct rmqi_str group,
			      int64_t timestamp_ms)
{
	const struct mb_topic *t = mb_topic_find(b, topic);
	enum rmq_error err = t ? RMQ_OK : RMQ_ERR_NOT_FOUND;

	for (int32_t q = 0; t && q < t->config.read_queue_nums && err == RMQ_OK; q++) {
		int64_t to = timestamp_ms < 0 ? mb_store_max_offset(b->store, topic, q)
					      : mb_store_offset_by_time(b->store, topic, q,
									timestamp_ms, false);

		err = mb_offsets_reset(b, topic, group, q, to);
	}
	return err;
}
