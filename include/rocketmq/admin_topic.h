/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_topic.h - which topics there are, how they are set on each broker, and how they go.
 *
 * To make and alter one: rmq_admin_create_topic; its offsets: rmq_admin_topic_offsets (admin.h).
 *
 * Lists are owned by the caller, immutable, and outlive the admin object; their rows are borrowed from them. Every
 * getter takes NULL.
 *
 * Thread: of the calls, any, as in admin.h; of a list, any, but for its free.
 */
#ifndef ROCKETMQ_ADMIN_TOPIC_H
#define ROCKETMQ_ADMIN_TOPIC_H

#include <stdbool.h>
#include <stddef.h>

#include <rocketmq/admin.h>
#include <rocketmq/common.h>
#include <rocketmq/error.h>

RMQ_BEGIN_DECLS

/* --- Which there are ---------------------------------------------------------------------------------- */

enum rmq_topic_kind {
	RMQ_TOPIC_NORMAL,
	RMQ_TOPIC_RETRY,       /* %RETRY%group: what a group is to get again */
	RMQ_TOPIC_DEAD_LETTER, /* %DLQ%group: what it has failed at too often */
	RMQ_TOPIC_SYSTEM       /* of the brokers themselves (TopicValidator.java) */
};

/* By name. */
typedef struct rmq_topics rmq_topics;
typedef struct rmq_topic rmq_topic;

/* All that the name server knows; of a cluster: those that one of its brokers has. RMQ_ERR_NOT_FOUND: the name server
 * knows no such cluster. RMQ_ERR_BROKER: it refused, as one with enableTopicList=false or enableAllTopicList=false
 * does. Else what the network said. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_admin_topics(rmq_admin *a, const char *cluster,
						     const rmq_admin_options *options,
						     rmq_topics **out, rmq_error_detail **detail);
RMQ_API void rmq_topics_free(rmq_topics *t);
RMQ_API size_t rmq_topics_count(const rmq_topics *t);
/* NULL past the end. */
RMQ_API const rmq_topic *rmq_topics_at(const rmq_topics *t, size_t index);
RMQ_API const char *rmq_topic_name(const rmq_topic *t); /* "" of NULL */
RMQ_API enum rmq_topic_kind rmq_topic_kind(const rmq_topic *t);

/* --- How one is set ------------------------------------------------------------------------------------- */

/* A row a broker that has the topic, by its name (TopicConfig.java). */
typedef struct rmq_topic_configs rmq_topic_configs;
typedef struct rmq_topic_config rmq_topic_config;

/* Asks the master of each broker in the topic's route. One that cannot be asked, refuses or does not know the topic
 * any more (RMQ_ERR_NOT_FOUND) says so in its row; only when no row has an answer does the call fail, with the first
 * row's error. RMQ_ERR_NO_ROUTE: no name server knows the topic. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_admin_topic_config(rmq_admin *a, const char *topic,
							   const rmq_admin_options *options,
							   rmq_topic_configs **out,
							   rmq_error_detail **detail);
RMQ_API void rmq_topic_configs_free(rmq_topic_configs *c);
RMQ_API size_t rmq_topic_configs_count(const rmq_topic_configs *c);
/* NULL past the end. */
RMQ_API const rmq_topic_config *rmq_topic_configs_at(const rmq_topic_configs *c, size_t index);
RMQ_API const char *rmq_topic_config_broker_name(const rmq_topic_config *c);
RMQ_API const char *rmq_topic_config_address(const rmq_topic_config *c); /* "": it has no master now */
/* RMQ_OK, or why this row has no answer. RMQ_ERR_INVALID_ARGUMENT of NULL. */
RMQ_API enum rmq_error rmq_topic_config_error(const rmq_topic_config *c);
/* The sentence to it; NULL: there is an answer, or memory was out. */
RMQ_API const rmq_error_detail *rmq_topic_config_detail(const rmq_topic_config *c);
/* -1, these two, of a row without an answer. */
RMQ_API int rmq_topic_config_read_queues(const rmq_topic_config *c);
RMQ_API int rmq_topic_config_write_queues(const rmq_topic_config *c);
/* Bits of enum rmq_permission; 1 is PermName's INHERIT, of topics that others are made after. */
RMQ_API unsigned rmq_topic_config_permission(const rmq_topic_config *c);
RMQ_API bool rmq_topic_config_is_ordered(const rmq_topic_config *c);
/* What it is said to hold (its attribute message.type): "FIFO", "DELAY" ..; "UNSPECIFIED" when nothing is said. */
RMQ_API const char *rmq_topic_config_message_type(const rmq_topic_config *c);
/* All its attributes as JSON, an object of texts; "{}": none, and of brokers before 5.0. */
RMQ_API const char *rmq_topic_config_attributes(const rmq_topic_config *c);

/* New settings with what this row says, to alter a part of it; NULL when memory is out, or the row has no answer. */
RMQ_API rmq_topic_settings *rmq_topic_settings_of(const rmq_topic_config *c);
/* The flag `order` of the topic; brokers before 5.0 do not set it. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_topic_settings_set_ordered(rmq_topic_settings *s, bool is_ordered, rmq_error_detail **detail);
/* An attribute of TopicAttributes.java (5.0): "message.type" (NORMAL, FIFO, DELAY, TRANSACTION, ..), "cleanup.policy",
 * "reserve.time", .. value NULL: the topic is to lose it. One that is not named stays as it is. Brokers check names and
 * values; before 5.0 they ignore them. RMQ_ERR_INVALID_ARGUMENT: empty, or with a ',', '=' or control character;
 * RMQ_ERR_NO_MEMORY. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_topic_settings_set_attribute(rmq_topic_settings *s,
								     const char *name,
								     const char *value,
								     rmq_error_detail **detail);

/* --- Deleting --------------------------------------------------------------------------------------------- */

/* From every master of the cluster (NULL: of all clusters), with its messages and the offsets of all groups; then from
 * the name servers, all of them. One that does not know it has nothing to do. When a broker fails, no name server is
 * told, and the call may be made again: the others have deleted it, and the detail has an attempt for each
 * that has not. A broker without a master is left out: it brings the topic back when it returns. Errors as
 * rmq_admin_create_topic. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_admin_delete_topic(rmq_admin *a, const char *cluster,
							   const char *topic,
							   const rmq_admin_options *options,
							   rmq_error_detail **detail);

RMQ_END_DECLS

#endif
