/* SPDX-License-Identifier: Apache-2.0 */
#include <rocketmq/admin.h>

#include "admin/admin.h"
#include "base/detail_out.h"

enum rmq_error rmq_admin_new(const rmq_config *config, rmq_admin **out, rmq_error_detail **detail)
{
	struct rmq_error_detail *d;

	if (!config || !out)
		return rmqi_detail_argument(detail, "rmq_admin_new: an argument is NULL");
	d = rmqi_detail_begin(detail);
	return rmqi_detail_end(detail, d, rmqi_admin_new(config, out, d));
}

void rmq_admin_free(rmq_admin *a)
{
	rmqi_admin_free(a);
}

enum rmq_error rmq_admin_create_topic(rmq_admin *a, const char *cluster, const char *topic,
				      int queues, int64_t timeout_ms, rmq_error_detail **detail)
{
	struct rmq_error_detail *d;

	if (!a || !topic)
		return rmqi_detail_argument(detail, "rmq_admin_create_topic: an argument is NULL");
	if (queues < 1 || queues > 1024)
		return rmqi_detail_argument(detail, "rmq_admin_create_topic: queues are 1..1024");
	if (timeout_ms < -1 || timeout_ms == 0)
		return rmqi_detail_argument(detail,
					    "rmq_admin_create_topic: timeout_ms is -1 or from 1");
	d = rmqi_detail_begin(detail);
	return rmqi_detail_end(detail, d,
			       rmqi_admin_create_topic(a, cluster, topic, queues, timeout_ms, d));
}

enum rmq_error rmq_admin_topic_offsets(rmq_admin *a, const char *topic, const char *group,
				       int64_t timeout_ms, const struct rmq_queue_offsets **rows,
				       size_t *count, rmq_error_detail **detail)
{
	struct rmq_error_detail *d;

	if (!a || !topic || !rows || !count)
		return rmqi_detail_argument(detail, "rmq_admin_topic_offsets: an argument is NULL");
	if (timeout_ms < -1 || timeout_ms == 0)
		return rmqi_detail_argument(detail,
					    "rmq_admin_topic_offsets: timeout_ms is -1 or from 1");
	d = rmqi_detail_begin(detail);
	return rmqi_detail_end(
		detail, d, rmqi_admin_topic_offsets(a, topic, group, timeout_ms, rows, count, d));
}
