/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mock_broker_api.c - <rocketmq/mock_broker.h>: checks arguments, calls down.
 */
#include <rocketmq/mock_broker.h>

#include "mock-broker/api_entry.h"
#include "mock-broker/cluster.h"
#include "mock-broker/cluster_orders.h"

enum { MAX_QUEUES = 1024, MAX_PERM = 7 };

static bool is_within(struct rmqi_entry *entry, const char *name, int value, int most)
{
	return (value >= 0 && value <= most) ||
	       rmqi_entry_refuse(entry, "%s: %s is %d, allowed are 0..%d", entry->function, name,
				 value, most);
}

enum rmq_error rmq_mock_topic_set(rmq_mock_cluster *c, const char *topic, int read_queues,
				  int write_queues, int perm, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c) && rmqi_entry_has(&entry, "topic", topic) &&
	    is_within(&entry, "read_queues", read_queues, MAX_QUEUES) &&
	    is_within(&entry, "write_queues", write_queues, MAX_QUEUES) &&
	    is_within(&entry, "perm", perm, MAX_PERM))
		entry.error = mb_cluster_set_topic(c, topic, read_queues, write_queues, perm,
						   entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_check_transactions(rmq_mock_cluster *c, const char *broker,
					   rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c))
		entry.error = mb_cluster_check_transactions(c, broker, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_group_rebalance(rmq_mock_cluster *c, const char *group,
					rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c) && rmqi_entry_has(&entry, "group", group))
		entry.error = mb_cluster_rebalance(c, group, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_group_reset_offset(rmq_mock_cluster *c, const char *topic,
					   const char *group, int64_t timestamp_ms,
					   rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c) && rmqi_entry_has(&entry, "topic", topic) &&
	    rmqi_entry_has(&entry, "group", group))
		entry.error =
			mb_cluster_reset_offset(c, topic, group, timestamp_ms, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_node_busy(rmq_mock_cluster *c, const char *node, enum rmq_mock_busy kind,
				  int requests, int64_t ms, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	/* The two enums are one. */
	if (mb_entry_has_cluster(&entry, c) && rmqi_entry_has(&entry, "node", node) &&
	    is_within(&entry, "kind", (int)kind, MB_BUSY_PCBUSY_CLEAN) &&
	    is_within(&entry, "requests", requests, INT32_MAX))
		entry.error = mb_cluster_set_busy(c, node, (enum mb_busy_kind)kind,
						  (uint64_t)requests, ms, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_namesrv_freeze(rmq_mock_cluster *c, const char *namesrv, bool is_frozen,
				       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c) && rmqi_entry_has(&entry, "namesrv", namesrv))
		entry.error = mb_cluster_freeze_routes(c, namesrv, is_frozen, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_namesrv_set_route(rmq_mock_cluster *c, const char *namesrv,
					  const char *topic, const char *body,
					  rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c) && rmqi_entry_has(&entry, "namesrv", namesrv) &&
	    rmqi_entry_has(&entry, "topic", topic))
		entry.error = mb_cluster_set_route(c, namesrv, topic, body, entry.detail);
	return rmqi_entry_end(&entry);
}
