/* SPDX-License-Identifier: Apache-2.0 */
/* orders.c - what nodes do at once when they are told: rocketmq/mock_broker.h, mock_disk.h, mock_node.h, mock_time.h. */
#include <limits.h>
#include <string.h>

#include "base/detail.h"
#include "mock-broker/cluster_disk.h"
#include "mock-broker/cluster_members.h"
#include "mock-broker/cluster_nodes.h"
#include "mock-broker/cluster_orders.h"
#include "mock-broker/cluster_time.h"
#include "mock-broker/control/handlers.h"

enum {
	QUEUES_USUAL = 8,
	QUEUES_MAX = 1024,
	PERM_USUAL = 6,
	PERM_MAX = 7,
	PERCENT_MAX = 100,
	SLOW_MAX_MS = 1000 * 1000 * 1000,
	ERRNO_USUAL = 5, /* EIO */
	ERRNO_MAX = 4095
};

static const char *const busy_kinds[] = {"not", "overload", "rejectRequest", "timeoutCleanQueue",
					 "pcbusyCleanQueue"};
static const char *const disk_ops[] = {"map", "reserve", "sync", "read", "replace"};

static const char *node_of(const struct mb_ask *a)
{
	return mb_args_text(&a->args, "node");
}

static enum rmq_error within(struct mb_ask *a, const char *name, int64_t least, int64_t most,
			     int64_t *number)
{
	return mb_args_within(&a->args, name, least, most, number, a->detail);
}

/* Which of the words it is; *index stays when it is not given. */
static enum rmq_error one_of(struct mb_ask *a, const char *name, const char *const *words,
			     size_t count, size_t *index)
{
	const char *text = mb_args_text(&a->args, name);
	size_t i = 0;

	if (!text)
		return RMQ_OK;
	while (i < count && strcmp(words[i], text) != 0)
		i++;
	if (i == count)
		return rmqi_detail_set(a->detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "%s: \"%s\" is none of those that GET /operations names",
				       name, text);
	*index = i;
	return RMQ_OK;
}

/* --- Brokers, and any node ------------------------------------------------------------------------ */

enum rmq_error mb_control_node_busy(struct mb_ask *a)
{
	size_t kind = MB_BUSY_OVERLOAD;
	int64_t requests = 0;
	enum rmq_error err = one_of(a, "kind", busy_kinds, RMQI_COUNT(busy_kinds), &kind);

	if (err == RMQ_OK)
		err = within(a, "requests", 0, INT_MAX, &requests);
	if (err == RMQ_OK)
		err = mb_cluster_set_busy(a->cluster, node_of(a), (enum mb_busy_kind)kind,
					  (uint64_t)requests, mb_args_number(&a->args, "ms", -1),
					  a->detail);
	return mb_control_done(a, err);
}

enum rmq_error mb_control_node_skew(struct mb_ask *a)
{
	return mb_control_done(a, mb_cluster_set_skew(a->cluster, node_of(a),
						      mb_args_number(&a->args, "ms", 0),
						      a->detail));
}

enum rmq_error mb_control_node_move(struct mb_ask *a)
{
	int64_t port = 0;
	enum rmq_error err = within(a, "port", 0, UINT16_MAX, &port);

	if (err == RMQ_OK)
		err = mb_cluster_broker_move(a->cluster, node_of(a), (uint16_t)port, a->detail);
	return mb_control_done(a, err);
}

enum rmq_error mb_control_node_promote(struct mb_ask *a)
{
	return mb_control_done(a, mb_cluster_slave_promote(a->cluster, node_of(a), a->detail));
}

enum rmq_error mb_control_node_lag(struct mb_ask *a)
{
	int64_t ms = 0, bytes = 0;
	enum rmq_error err = within(a, "ms", 0, MB_LAG_MAX_MS, &ms);

	if (err == RMQ_OK)
		err = within(a, "bytes", 0, INT64_MAX, &bytes);
	if (err == RMQ_OK)
		err = mb_cluster_slave_lag(a->cluster, node_of(a), ms, bytes, a->detail);
	return mb_control_done(a, err);
}

enum rmq_error mb_control_node_add(struct mb_ask *a)
{
	enum rmq_error err = mb_cluster_broker_add(a->cluster, node_of(a), a->detail);

	if (err == RMQ_OK)
		a->status = 201;
	return mb_control_done(a, err);
}

enum rmq_error mb_control_node_remove(struct mb_ask *a)
{
	return mb_control_done(a, mb_cluster_broker_remove(a->cluster, node_of(a), a->detail));
}

enum rmq_error mb_control_transactions_check(struct mb_ask *a)
{
	return mb_control_done(a,
			       mb_cluster_check_transactions(a->cluster, node_of(a), a->detail));
}

/* --- Disks ---------------------------------------------------------------------------------------- */

enum rmq_error mb_control_node_power_cut(struct mb_ask *a)
{
	return mb_control_done(a, mb_cluster_crash_power(a->cluster, node_of(a), a->detail));
}

enum rmq_error mb_control_disk_used(struct mb_ask *a)
{
	int64_t percent = MB_DISK_TRUTH;
	enum rmq_error err = within(a, "percent", MB_DISK_TRUTH, PERCENT_MAX, &percent);

	if (err == RMQ_OK)
		err = mb_cluster_disk_used(a->cluster, node_of(a), (int)percent, a->detail);
	return mb_control_done(a, err);
}

enum rmq_error mb_control_disk_slow(struct mb_ask *a)
{
	int64_t ms = 0;
	enum rmq_error err = within(a, "ms", 0, SLOW_MAX_MS, &ms);

	if (err == RMQ_OK)
		err = mb_cluster_disk_slow(a->cluster, node_of(a), ms, a->detail);
	return mb_control_done(a, err);
}

enum rmq_error mb_control_disk_fail(struct mb_ask *a)
{
	size_t op = 0;
	int64_t nth = 1, count = 1, cause = ERRNO_USUAL;
	enum rmq_error err = one_of(a, "op", disk_ops, RMQI_COUNT(disk_ops), &op);

	if (err == RMQ_OK)
		err = within(a, "nth", 1, INT_MAX, &nth);
	if (err == RMQ_OK)
		err = within(a, "count", 0, INT_MAX, &count);
	if (err == RMQ_OK)
		err = within(a, "error", 1, ERRNO_MAX, &cause);
	if (err == RMQ_OK)
		err = mb_cluster_disk_fail(a->cluster, node_of(a), (enum mb_disk_op)op,
					   (uint64_t)nth, (uint64_t)count, (int)cause, a->detail);
	return mb_control_done(a, err);
}

/* --- Topics, groups and routes -------------------------------------------------------------------- */

enum rmq_error mb_control_topic_set(struct mb_ask *a)
{
	int64_t read_queues = QUEUES_USUAL, write_queues = QUEUES_USUAL, perm = PERM_USUAL;
	enum rmq_error err = within(a, "readQueues", 0, QUEUES_MAX, &read_queues);

	if (err == RMQ_OK)
		err = within(a, "writeQueues", 0, QUEUES_MAX, &write_queues);
	if (err == RMQ_OK)
		err = within(a, "perm", 0, PERM_MAX, &perm);
	if (err == RMQ_OK)
		err = mb_cluster_set_topic(a->cluster, mb_args_text(&a->args, "topic"),
					   (int)read_queues, (int)write_queues, (int)perm,
					   a->detail);
	return mb_control_done(a, err);
}

enum rmq_error mb_control_group_rebalance(struct mb_ask *a)
{
	return mb_control_done(a, mb_cluster_rebalance(a->cluster,
						       mb_args_text(&a->args, "group"),
						       a->detail));
}

enum rmq_error mb_control_group_reset(struct mb_ask *a)
{
	return mb_control_done(a, mb_cluster_reset_offset(a->cluster,
							  mb_args_text(&a->args, "topic"),
							  mb_args_text(&a->args, "group"),
							  mb_args_number(&a->args, "time", -1),
							  a->detail));
}

enum rmq_error mb_control_routes_freeze(struct mb_ask *a)
{
	return mb_control_done(a, mb_cluster_freeze_routes(a->cluster, node_of(a), true, a->detail));
}

enum rmq_error mb_control_routes_thaw(struct mb_ask *a)
{
	return mb_control_done(a,
			       mb_cluster_freeze_routes(a->cluster, node_of(a), false, a->detail));
}

enum rmq_error mb_control_route_set(struct mb_ask *a)
{
	return mb_control_done(a, mb_cluster_set_route(a->cluster, node_of(a),
						       mb_args_text(&a->args, "topic"),
						       mb_args_text(&a->args, "body"),
						       a->detail));
}
