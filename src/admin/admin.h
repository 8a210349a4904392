/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin.h - the inside of rmq_admin: questions and orders to name servers and
 * brokers (MQAdminImpl.java, DefaultMQAdminExtImpl.java).
 *
 * Thread: one owner at a time: the rows of an answer live in the object.
 */
#ifndef RMQI_ADMIN_ADMIN_H
#define RMQI_ADMIN_ADMIN_H

#include <rocketmq/admin.h>

#include "base/macros.h"

enum rmq_error rmqi_admin_new(const struct rmq_config *config, struct rmq_admin **out,
			      struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_admin_free(struct rmq_admin *a);
enum rmq_error rmqi_admin_create_topic(struct rmq_admin *a, const char *cluster, const char *topic,
				       int queues, int64_t timeout_ms,
				       struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_admin_topic_offsets(struct rmq_admin *a, const char *topic, const char *group,
					int64_t timeout_ms, const struct rmq_queue_offsets **rows,
					size_t *count,
					struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
