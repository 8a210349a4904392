/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mock_node_api.c - <rocketmq/mock_node.h>: checks arguments, calls down.
 */
#include <rocketmq/mock_node.h>

#include "base/entry.h"
#include "mock-broker/cluster.h"
#include "mock-broker/cluster_members.h"
#include "mock-broker/cluster_nodes.h"
#include "mock-broker/ha/backlog.h"

/* Both are there, and made in this process. */
static bool has_node(struct rmqi_entry *entry, const rmq_mock_cluster *c, const char *node)
{
	if (!rmqi_entry_has(entry, "c", c))
		return false;
	if (mb_cluster_is_inherited(c))
		return rmqi_entry_refuse_child(entry);
	return rmqi_entry_has(entry, "node", node);
}

const char *rmq_mock_node_name(const rmq_mock_cluster *c, size_t index)
{
	return c ? mb_cluster_node_name(c, index) : NULL;
}

const char *rmq_mock_node_state(rmq_mock_cluster *c, const char *node)
{
	const char *state = NULL;

	if (c && node && !mb_cluster_is_inherited(c)) {
		rmqi_guard_enter();
		state = mb_cluster_node_state(c, node);
		rmqi_guard_leave();
	}
	return state;
}

const char *rmq_mock_node_address(rmq_mock_cluster *c, const char *node)
{
	return c && node ? mb_cluster_node_address(c, node) : NULL;
}

enum rmq_error rmq_mock_node_stop(rmq_mock_cluster *c, const char *node, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_node(&entry, c, node))
		entry.error = mb_cluster_node_stop(c, node, false, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_node_start(rmq_mock_cluster *c, const char *node, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_node(&entry, c, node))
		entry.error = mb_cluster_node_start(c, node, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_node_restart(rmq_mock_cluster *c, const char *node,
				     rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_node(&entry, c, node))
		entry.error = mb_cluster_node_stop(c, node, false, entry.detail);
	if (entry.error == RMQ_OK)
		entry.error = mb_cluster_node_start(c, node, entry.detail);
	return rmqi_entry_end(&entry);
}

static enum rmq_error take_down(rmq_mock_cluster *c, const char *node, enum rmq_mock_down how,
				struct rmqi_entry *entry)
{
	switch (how) {
	case RMQ_MOCK_DOWN_REFUSE:
		return mb_cluster_node_reach(c, node, RMQI_REACH_REFUSED, entry->detail);
	case RMQ_MOCK_DOWN_BLACK_HOLE:
		return mb_cluster_node_reach(c, node, RMQI_REACH_SILENT, entry->detail);
	case RMQ_MOCK_DOWN_HANG:
		return mb_cluster_node_reach(c, node, RMQI_REACH_HELD, entry->detail);
	default:
		(void)rmqi_entry_refuse(entry, "%s: how is %d, which is no enum rmq_mock_down",
					entry->function, (int)how);
		return entry->error;
	}
}

enum rmq_error rmq_mock_node_down(rmq_mock_cluster *c, const char *node, enum rmq_mock_down how,
				  rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_node(&entry, c, node))
		entry.error = take_down(c, node, how, &entry);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_node_up(rmq_mock_cluster *c, const char *node, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_node(&entry, c, node))
		entry.error = mb_cluster_node_reach(c, node, RMQI_REACH_OPEN, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_cluster_cut(rmq_mock_cluster *c, const char *node, const char *other,
				    rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_node(&entry, c, node) && rmqi_entry_has(&entry, "other", other))
		entry.error = mb_cluster_set_cut(c, node, other, true, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_cluster_join(rmq_mock_cluster *c, const char *node, const char *other,
				     rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_node(&entry, c, node) && rmqi_entry_has(&entry, "other", other))
		entry.error = mb_cluster_set_cut(c, node, other, false, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_cluster_heal(rmq_mock_cluster *c, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "c", c) &&
	    (!mb_cluster_is_inherited(c) || rmqi_entry_refuse_child(&entry)))
		entry.error = mb_cluster_heal(c, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_broker_move(rmq_mock_cluster *c, const char *broker, int port,
				    rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_node(&entry, c, broker) &&
	    ((port >= 0 && port <= UINT16_MAX) ||
	     rmqi_entry_refuse(&entry, "%s: port is %d, allowed are 0..%d", entry.function, port,
			       UINT16_MAX)))
		entry.error = mb_cluster_broker_move(c, broker, (uint16_t)port, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_slave_promote(rmq_mock_cluster *c, const char *slave,
				      rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_node(&entry, c, slave))
		entry.error = mb_cluster_slave_promote(c, slave, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_slave_set_lag(rmq_mock_cluster *c, const char *slave, int64_t ms,
				      int64_t bytes, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_node(&entry, c, slave) &&
	    ((ms >= 0 && ms <= MB_LAG_MAX_MS && bytes >= 0) ||
	     rmqi_entry_refuse(&entry, "%s: ms is %lld and bytes %lld, allowed are 0..%d and 0..",
			       entry.function, (long long)ms, (long long)bytes, MB_LAG_MAX_MS)))
		entry.error = mb_cluster_slave_lag(c, slave, ms, bytes, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_broker_add(rmq_mock_cluster *c, const char *broker,
				   rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_node(&entry, c, broker))
		entry.error = mb_cluster_broker_add(c, broker, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_broker_remove(rmq_mock_cluster *c, const char *broker,
				      rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_node(&entry, c, broker))
		entry.error = mb_cluster_broker_remove(c, broker, entry.detail);
	return rmqi_entry_end(&entry);
}
