/* SPDX-License-Identifier: Apache-2.0 */
/*
 * topics.h - the inside of admin_topic.h.
 *
 * Thread: any, but not the loop.
 */
#ifndef RMQI_ADMIN_TOPICS_H
#define RMQI_ADMIN_TOPICS_H

#include <rocketmq/admin_topic.h>

#include "admin/admin.h"
#include "codec/body_admin.h"

struct rmq_topic {
	char *name;
	enum rmq_topic_kind kind;
};

struct rmq_topics {
	struct rmq_topic *list;
	size_t count;
};

struct rmq_topic_config {
	char *broker_name;
	char *address; /* NULL: no master */
	enum rmq_error error;
	struct rmq_error_detail *detail; /* owned */
	struct rmqi_topic_config config; /* empty with an error */
	char *message_type;
};

struct rmq_topic_configs {
	size_t count;
	struct rmq_topic_config rows[];
};

/* topics.c */
enum rmq_error rmqi_admin_topics(struct rmq_admin *a, const char *cluster,
				 const struct rmq_admin_options *options, struct rmq_topics **out,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_topics_free(struct rmq_topics *t);
/* topic_config.c */
enum rmq_error rmqi_admin_topic_config(struct rmq_admin *a, const char *topic,
				       const struct rmq_admin_options *options,
				       struct rmq_topic_configs **out,
				       struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_topic_configs_free(struct rmq_topic_configs *c);
/* topic_delete.c */
enum rmq_error rmqi_admin_delete_topic(struct rmq_admin *a, const char *cluster, const char *topic,
				       const struct rmq_admin_options *options,
				       struct rmq_error_detail *detail) RMQI_MUST_USE;
/* At the masters in `info` (of this cluster), then at the name servers, for more calls than one. */
enum rmq_error rmqi_topic_delete(struct rmqi_client *client, const struct rmqi_cluster_info *info,
				 const char *cluster, const char *topic, int64_t deadline_us,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
