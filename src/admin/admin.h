/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin.h - the inside of rmq_admin: questions and orders to name servers and
 * brokers (MQAdminImpl.java, DefaultMQAdminExtImpl.java).
 *
 * An admin object is a client and nothing else: what a call learns is the call's.
 *
 * Thread: any.
 */
#ifndef RMQI_ADMIN_ADMIN_H
#define RMQI_ADMIN_ADMIN_H

#include <rocketmq/admin.h>

#include "base/macros.h"
#include "client/route.h"

enum {
	RMQI_ADMIN_QUEUES = 8, /* of a topic without settings (UpdateTopicSubCommand.java) */
	RMQI_ADMIN_QUEUES_MAX = 1024
};

struct rmq_admin_options {
	int64_t timeout_ms; /* -1: the default */
};

struct rmq_topic_settings {
	int write_queues;
	int read_queues;
	unsigned permission; /* bits of enum rmq_permission, which are PermName's */
};

struct rmq_queue_offsets {
	struct rmq_queue queue; /* the texts are the route's */
	int64_t min;
	int64_t max;
	int64_t consumer;
};

struct rmq_topic_offsets {
	struct rmqi_topic_route *route; /* a reference */
	size_t count;
	struct rmq_queue_offsets rows[];
};

enum rmq_error rmqi_admin_new(const struct rmq_config *config, struct rmq_admin **out,
			      struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_admin_free(struct rmq_admin *a);
/* settings and options may be NULL. */
enum rmq_error rmqi_admin_create_topic(struct rmq_admin *a, const char *cluster, const char *topic,
				       const struct rmq_topic_settings *settings,
				       const struct rmq_admin_options *options,
				       struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_admin_topic_offsets(struct rmq_admin *a, const char *topic, const char *group,
					const struct rmq_admin_options *options,
					struct rmq_topic_offsets **out,
					struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_topic_offsets_free(struct rmq_topic_offsets *o);

#endif
