/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mock_time_api.c - <rocketmq/mock_time.h>: checks arguments, calls down.
 */
#include <rocketmq/mock_time.h>

#include "mock-broker/api_entry.h"
#include "mock-broker/cluster.h"
#include "mock-broker/cluster_time.h"

enum rmq_error rmq_mock_cluster_advance_to_next(rmq_mock_cluster *c, int64_t *moved_us,
						rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c))
		entry.error = mb_cluster_advance_to_next(c, moved_us, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_cluster_settle(rmq_mock_cluster *c, int64_t max_ms,
				       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c) &&
	    (max_ms >= 0 || rmqi_entry_refuse(&entry, "%s: max_ms is %lld, allowed are 0..",
					      entry.function, (long long)max_ms)))
		entry.error = mb_cluster_settle(c, max_ms, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_cluster_step_wall(rmq_mock_cluster *c, int64_t ms,
					  rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c))
		entry.error = mb_cluster_step_wall(c, ms, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_cluster_set_time_scale(rmq_mock_cluster *c, int scale,
					       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c) &&
	    ((scale >= 1 && scale <= MB_TIME_SCALE_MAX) ||
	     rmqi_entry_refuse(&entry, "%s: scale is %d, allowed are 1..%d", entry.function, scale,
			       (int)MB_TIME_SCALE_MAX)))
		entry.error = mb_cluster_set_scale(c, scale, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_broker_set_skew(rmq_mock_cluster *c, const char *broker, int64_t ms,
					rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c) && rmqi_entry_has(&entry, "broker", broker))
		entry.error = mb_cluster_set_skew(c, broker, ms, entry.detail);
	return rmqi_entry_end(&entry);
}
