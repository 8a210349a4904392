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

#include "admin/attributes.h"
#include "base/macros.h"
#include "client/client.h"
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
	bool is_lite;
	bool is_ordered;
	struct rmqi_attributes attributes;
};

struct rmq_queue_offsets {
	struct rmq_queue queue; /* the texts are the route's */
	int64_t min;
	int64_t max;
	int64_t consumer;
	int64_t stored_ms;
	enum rmq_error error;            /* why there are no numbers */
	struct rmq_error_detail *detail; /* owned; NULL: memory was out for it */
};

struct rmq_topic_offsets {
	struct rmqi_topic_route *route; /* a reference */
	size_t count;
	struct rmq_queue_offsets rows[];
};

struct rmq_admin {
	struct rmqi_client *client;
};

enum rmq_error rmqi_admin_new(const struct rmq_config *config, struct rmq_admin **out,
			      struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_admin_free(struct rmq_admin *a);
bool rmqi_admin_is_inherited(const struct rmq_admin *a); /* as of a client */
/* When a call that begins now must end. */
int64_t rmqi_admin_deadline(const struct rmq_admin *a, const struct rmq_admin_options *options);
/* settings and options may be NULL. */
enum rmq_error rmqi_admin_create_topic(struct rmq_admin *a, const char *cluster, const char *topic,
				       const struct rmq_topic_settings *settings,
				       const struct rmq_admin_options *options,
				       struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_admin_topic_offsets(struct rmq_admin *a, const char *topic, const char *group,
					const struct rmq_admin_options *options,
					struct rmq_topic_offsets **out,
					struct rmq_error_detail *detail) RMQI_MUST_USE;
/* request_mode.c */
enum rmq_error rmqi_admin_set_request_mode(struct rmq_admin *a, const char *cluster,
					   const char *topic, const char *group,
					   enum rmq_request_mode mode, int share_queues,
					   const struct rmq_admin_options *options,
					   struct rmq_error_detail *detail) RMQI_MUST_USE;
/* lite_group.c */
enum rmq_error rmqi_admin_create_lite_group(struct rmq_admin *a, const char *cluster,
					    const char *group, const char *parent,
					    bool is_exclusive,
					    const struct rmq_admin_options *options,
					    struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_topic_offsets_free(struct rmq_topic_offsets *o);

#endif
