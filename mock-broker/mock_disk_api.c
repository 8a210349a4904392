/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mock_disk_api.c - <rocketmq/mock_disk.h>: checks arguments, calls down.
 */
#include <rocketmq/mock_disk.h>

#include "base/entry.h"
#include "mock-broker/cluster.h"
#include "mock-broker/cluster_disk.h"

enum { FULL = 100, ERRNO_MAX = 4095, MS_MAX = 1000 * 1000 * 1000 };

static bool has_broker(struct rmqi_entry *entry, const rmq_mock_cluster *c, const char *broker)
{
	if (!rmqi_entry_has(entry, "c", c))
		return false;
	if (mb_cluster_is_inherited(c))
		return rmqi_entry_refuse_child(entry);
	return rmqi_entry_has(entry, "broker", broker);
}

static bool is_within(struct rmqi_entry *entry, const char *name, int64_t value, int least,
		      int most)
{
	return (value >= least && value <= most) ||
	       rmqi_entry_refuse(entry, "%s: %s is %lld, allowed are %d..%d", entry->function,
				 name, (long long)value, least, most);
}

enum rmq_error rmq_mock_disk_set_used(rmq_mock_cluster *c, const char *broker, int percent,
				      rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_broker(&entry, c, broker) &&
	    is_within(&entry, "percent", percent, MB_DISK_TRUTH, FULL))
		entry.error = mb_cluster_disk_used(c, broker, percent, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_disk_set_slow(rmq_mock_cluster *c, const char *broker, int64_t sync_ms,
				      rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_broker(&entry, c, broker) && is_within(&entry, "sync_ms", sync_ms, 0, MS_MAX))
		entry.error = mb_cluster_disk_slow(c, broker, sync_ms, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_disk_fail(rmq_mock_cluster *c, const char *broker,
				  enum rmq_mock_disk_op op, int nth, int count, int error_number,
				  rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	/* The two enums are one. */
	if (has_broker(&entry, c, broker) &&
	    is_within(&entry, "op", (int64_t)op, 0, MB_DISK_OPS - 1) &&
	    is_within(&entry, "nth", nth, 1, INT32_MAX) &&
	    is_within(&entry, "count", count, 0, INT32_MAX) &&
	    is_within(&entry, "error_number", error_number, 1, ERRNO_MAX))
		entry.error =
			mb_cluster_disk_fail(c, broker, (enum mb_disk_op)op, (uint64_t)nth,
					     (uint64_t)count, error_number, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_broker_crash_power(rmq_mock_cluster *c, const char *broker,
					   rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_broker(&entry, c, broker))
		entry.error = mb_cluster_crash_power(c, broker, entry.detail);
	return rmqi_entry_end(&entry);
}
