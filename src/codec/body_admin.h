/* SPDX-License-Identifier: Apache-2.0 */
/*
 * body_admin.h - JSON bodies that are answers to operators: lists, offsets, configurations, connections.
 *
 * As in body.h: _decode fills a fresh struct, which the caller owns; _deinit is harmless on a zeroed one.
 */
#ifndef RMQI_CODEC_BODY_ADMIN_H
#define RMQI_CODEC_BODY_ADMIN_H

#include "codec/body.h"

/* TopicList.java: its topicList; GroupList.java: its groupList. Owned like a consumer list. */
enum rmq_error rmqi_topic_list_decode(struct rmqi_cursor body, char ***names,
				      size_t *count) RMQI_MUST_USE;
enum rmq_error rmqi_group_list_decode(struct rmqi_cursor body, char ***names,
				      size_t *count) RMQI_MUST_USE;

/* The answer to GET_TOPIC_CONFIG: a TopicConfig.java. */
enum rmq_error rmqi_topic_config_decode(struct rmqi_cursor body,
					struct rmqi_topic_config *out) RMQI_MUST_USE;

/* TopicOffset.java */
struct rmqi_topic_stat {
	struct rmqi_queue queue;
	int64_t min;
	int64_t max;
	int64_t last_update_ms; /* 0: nothing is in the queue */
};

/* TopicStatsTable.java */
struct rmqi_topic_stats {
	struct rmqi_topic_stat *rows;
	size_t count;
};

enum rmq_error rmqi_topic_stats_decode(struct rmqi_cursor body,
				       struct rmqi_topic_stats *out) RMQI_MUST_USE;
void rmqi_topic_stats_deinit(struct rmqi_topic_stats *s);

/* OffsetWrapper.java */
struct rmqi_consume_stat {
	struct rmqi_queue queue;
	int64_t broker_offset;
	int64_t consumer_offset;
	int64_t pull_offset; /* -1: brokers before 5.1 do not tell */
	int64_t last_ms;     /* when the last one consumed was stored; 0: unknown */
};

/* ConsumeStats.java */
struct rmqi_consume_stats {
	struct rmqi_consume_stat *rows;
	size_t count;
	double tps;
};

enum rmq_error rmqi_consume_stats_decode(struct rmqi_cursor body,
					 struct rmqi_consume_stats *out) RMQI_MUST_USE;
void rmqi_consume_stats_deinit(struct rmqi_consume_stats *s);

/* GetConsumerStatusBody.java, as a broker answers: its consumerTable. */
struct rmqi_queue_owner {
	char *client_id;
	struct rmqi_queue queue;
};

struct rmqi_queue_owners {
	struct rmqi_queue_owner *rows;
	size_t count;
};

enum rmq_error rmqi_queue_owners_decode(struct rmqi_cursor body,
					struct rmqi_queue_owners *out) RMQI_MUST_USE;
void rmqi_queue_owners_deinit(struct rmqi_queue_owners *o);

/* What is to be changed of attributes: "+name" is to have the value, "-name" is to go. */
struct rmqi_attribute {
	char *name;
	char *value;
};

/* SubscriptionGroupConfig.java */
struct rmqi_group_config {
	char *group_name;
	bool consume_enable;
	bool consume_from_min_enable;
	bool consume_broadcast_enable;
	bool consume_message_orderly;
	bool notify_ids_changed;
	int32_t retry_queue_nums;
	int32_t retry_max_times;
	int32_t group_sys_flag;
	int32_t consume_timeout_minute;
	int64_t broker_id;
	int64_t slow_broker_id;
	/* JSON texts of objects; NULL: absent or empty. */
	char *retry_policy_json;
	char *attributes_json;
	const struct rmqi_attribute *changes; /* what is written as attributes; borrowed */
	size_t change_count;
};

/* As a new one is. RMQ_ERR_NO_MEMORY. */
enum rmq_error rmqi_group_config_init(struct rmqi_group_config *g, const char *name) RMQI_MUST_USE;
void rmqi_group_config_deinit(struct rmqi_group_config *g);
/* As UPDATE_AND_CREATE_SUBSCRIPTIONGROUP wants it: with `changes` in the place of the attributes.
 * RMQ_ERR_INVALID_ARGUMENT: retry_policy_json is no JSON. */
enum rmq_error rmqi_group_config_encode(const struct rmqi_group_config *g,
					struct rmqi_buf *out) RMQI_MUST_USE;

/* SubscriptionGroupWrapper.java, the answer to GET_ALL_SUBSCRIPTIONGROUP_CONFIG. */
struct rmqi_group_table {
	struct rmqi_group_config *groups;
	size_t count;
};

enum rmq_error rmqi_group_table_decode(struct rmqi_cursor body,
				       struct rmqi_group_table *out) RMQI_MUST_USE;
void rmqi_group_table_deinit(struct rmqi_group_table *t);

/* Connection.java */
struct rmqi_connection {
	char *client_id;
	char *address;
	char *language;  /* the name of a LanguageCode */
	int32_t version; /* MQVersion.java */
};

/* ConsumerConnection.java without its subscriptions (rmqi_consumer_connection_decode), ProducerConnection.java. */
struct rmqi_connections {
	struct rmqi_connection *rows;
	size_t count;
	char *consume_type; /* NULL, these three: absent */
	char *message_model;
	char *consume_from_where;
};

enum rmq_error rmqi_connections_decode(struct rmqi_cursor body,
				       struct rmqi_connections *out) RMQI_MUST_USE;
void rmqi_connections_deinit(struct rmqi_connections *c);

#endif
