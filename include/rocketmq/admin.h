/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin.h - topics and offsets, for tools and tests.
 *
 * Thread: one owner at a time. Every call blocks for at most timeout_ms (-1: 6000).
 */
#ifndef ROCKETMQ_ADMIN_H
#define ROCKETMQ_ADMIN_H

#include <stddef.h>
#include <stdint.h>

#include <rocketmq/common.h>
#include <rocketmq/config.h>
#include <rocketmq/error.h>

RMQ_BEGIN_DECLS

typedef struct rmq_admin rmq_admin;

/* Connects when first used. */
RMQ_API enum rmq_error rmq_admin_new(const rmq_config *config, rmq_admin **out,
				     rmq_error_detail **detail);
RMQ_API void rmq_admin_free(rmq_admin *a);

/* Creates or alters the topic on every master of the cluster (cluster NULL: all clusters), each with
 * `queues` (1..1024) read and write queues. */
RMQ_API enum rmq_error rmq_admin_create_topic(rmq_admin *a, const char *cluster, const char *topic,
					      int queues, int64_t timeout_ms,
					      rmq_error_detail **detail);

struct rmq_queue_offsets {
	const char *broker_name; /* borrowed until the next call on this admin object */
	int32_t queue_id;
	int64_t min_offset;
	int64_t max_offset;      /* the next one to be written */
	int64_t consumer_offset; /* of `group`; -1 when it has none, or group was NULL */
};

/* One row a readable queue of the topic, ordered by broker name and queue id. *rows is
 * borrowed until the next call. */
RMQ_API enum rmq_error rmq_admin_topic_offsets(rmq_admin *a, const char *topic, const char *group,
					       int64_t timeout_ms,
					       const struct rmq_queue_offsets **rows, size_t *count,
					       rmq_error_detail **detail);

RMQ_END_DECLS

#endif
