/* SPDX-License-Identifier: Apache-2.0 */
/*
 * groups.h - the inside of admin_group.h.
 *
 * Thread: any, but not the loop.
 */
#ifndef RMQI_ADMIN_GROUPS_H
#define RMQI_ADMIN_GROUPS_H

#include <rocketmq/admin_group.h>

#include "admin/admin.h"
#include "admin/asking.h"
#include "codec/body_admin.h"

/* A broker that did not answer, or of a list that has a row a broker: any. */
struct rmqi_broker_row {
	char *broker_name;
	char *address; /* NULL: no master */
	enum rmq_error error;
	struct rmq_error_detail *detail; /* owned */
};

struct rmq_group {
	char *name; /* NULL: a broker that did not answer */
	struct rmqi_broker_row broker;
};

struct rmq_groups {
	struct rmq_group *list;
	size_t count;
};

struct rmq_group_config {
	struct rmqi_broker_row broker;
	struct rmqi_group_config config; /* empty with an error */
};

struct rmq_group_configs {
	struct rmq_group_config *rows;
	size_t count;
};

struct rmq_group_settings {
	struct rmqi_group_config config; /* without name and attributes */
	struct rmqi_attributes attributes;
};

struct rmq_group_member {
	struct rmqi_connection connection; /* without client id: a broker that did not answer */
	struct rmqi_broker_row broker;
};

struct rmq_group_members {
	struct rmq_group_member *list;
	size_t count;
	char *consume_type; /* NULL, these three: none is online */
	char *message_model;
	char *consume_from_where;
	struct rmqi_subscription **subscriptions;
	size_t subscription_count;
};

struct rmq_queue_lag {
	struct rmq_queue queue; /* the texts are those of the stats, or of the broker */
	int64_t broker_offset;
	int64_t consumer_offset;
	int64_t pull_offset;
	int64_t last_ms;
	const char *owner; /* NULL: none; the text is the owners' */
	struct rmqi_broker_row broker;
};

struct rmq_topic_lag {
	const char *topic;
	int64_t total;
	int64_t in_flight;
};

struct rmq_group_lag {
	struct rmqi_consume_stats *stats; /* one a broker, whose texts the rows have */
	size_t stat_count;
	struct rmqi_queue_owners *owners; /* one a topic */
	size_t owner_count;
	struct rmq_queue_lag *rows;
	size_t count;
	struct rmq_topic_lag *topics;
	size_t topic_count;
	int64_t total;
	int64_t in_flight;
	double tps;
};

/* broker_row.c: as the question ended; what there is to own is taken over. RMQ_ERR_NO_MEMORY. */
enum rmq_error rmqi_broker_row_init(struct rmqi_broker_row *row,
				    struct rmqi_ask *ask) RMQI_MUST_USE;
void rmqi_broker_row_deinit(struct rmqi_broker_row *row);
/* One question to the master of each broker of a cluster: what a call has to hold until its rows are made. */
struct rmqi_survey {
	struct rmqi_cluster_info info;
	struct rmqi_ask *asks;
	size_t count;
};
/* Finds the brokers; the caller then sets `read` and `arg` of each of the asks, and asks. Deinit it in any case. */
enum rmq_error rmqi_survey_begin(struct rmqi_survey *s, struct rmq_admin *a, const char *cluster,
				 const struct rmqi_outgoing *request, int64_t deadline_us,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
/* rmqi_asking, and rmqi_asking_judge. */
enum rmq_error rmqi_survey_ask(struct rmqi_survey *s, struct rmq_admin *a, int64_t deadline_us,
			       struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_survey_deinit(struct rmqi_survey *s);
/* May the call be made, of a group of that name? */
enum rmq_error rmqi_survey_check(struct rmq_admin *a, const char *group,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;

/* groups.c */
enum rmq_error rmqi_admin_groups(struct rmq_admin *a, const char *cluster,
				 const struct rmq_admin_options *options, struct rmq_groups **out,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_groups_free(struct rmq_groups *g);
bool rmqi_group_is_system(const char *name);
/* group_config.c */
enum rmq_error rmqi_admin_group_config(struct rmq_admin *a, const char *cluster, const char *group,
				       const struct rmq_admin_options *options,
				       struct rmq_group_configs **out,
				       struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_group_configs_free(struct rmq_group_configs *c);
/* group_create.c; settings may be NULL. */
enum rmq_error rmqi_admin_create_group(struct rmq_admin *a, const char *cluster, const char *group,
				       const struct rmq_group_settings *settings,
				       const struct rmq_admin_options *options,
				       struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_admin_delete_group(struct rmq_admin *a, const char *cluster, const char *group,
				       unsigned with, const struct rmq_admin_options *options,
				       struct rmq_error_detail *detail) RMQI_MUST_USE;
/* members.c */
enum rmq_error rmqi_admin_group_members(struct rmq_admin *a, const char *cluster, const char *group,
					const struct rmq_admin_options *options,
					struct rmq_group_members **out,
					struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_admin_group_producers(struct rmq_admin *a, const char *cluster, const char *group,
					const struct rmq_admin_options *options,
					struct rmq_group_members **out,
					struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_group_members_free(struct rmq_group_members *m);
/* member_info.c */
enum rmq_error rmqi_admin_member_info(struct rmq_admin *a, const char *cluster, const char *group,
				      const char *client_id,
				      const struct rmq_admin_options *options, char **json,
				      struct rmq_error_detail *detail) RMQI_MUST_USE;
/* lag.c; topic may be NULL. */
enum rmq_error rmqi_admin_group_lag(struct rmq_admin *a, const char *cluster, const char *group,
				    const char *topic, bool with_owners,
				    const struct rmq_admin_options *options,
				    struct rmq_group_lag **out,
				    struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_group_lag_free(struct rmq_group_lag *l);

#endif
