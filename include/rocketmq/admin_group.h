/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_group.h - consumer groups: which there are, how they are set, who is in them, how far they are behind.
 *
 * Lists are owned by the caller, immutable, and outlive the admin object; their rows are borrowed from them. A broker
 * that cannot be asked is a row of its own, with an error and its name; only when no broker has answered does the call
 * fail, with the first row's error. Every getter takes NULL.
 *
 * `cluster` of a call: its masters are asked or told; NULL: those of all clusters. RMQ_ERR_NOT_FOUND, of all calls: the
 * name server knows no such cluster, or no master of it.
 *
 * Thread: of the calls, any, as in admin.h; of a list, any, but for its free.
 */
#ifndef ROCKETMQ_ADMIN_GROUP_H
#define ROCKETMQ_ADMIN_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/admin.h>
#include <rocketmq/common.h>
#include <rocketmq/error.h>
#include <rocketmq/queue.h>

RMQ_BEGIN_DECLS

/* --- Which there are ---------------------------------------------------------------------------------- */

/* By name, each once; behind them the brokers that did not answer. */
typedef struct rmq_groups rmq_groups;
typedef struct rmq_group rmq_group;

/* The consumer groups of a cluster. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_admin_groups(rmq_admin *a, const char *cluster,
						     const rmq_admin_options *options,
						     rmq_groups **out, rmq_error_detail **detail);
RMQ_API void rmq_groups_free(rmq_groups *g);
RMQ_API size_t rmq_groups_count(const rmq_groups *g);
/* NULL past the end. */
RMQ_API const rmq_group *rmq_groups_at(const rmq_groups *g, size_t index);
RMQ_API const char *rmq_group_name(const rmq_group *g); /* "" of a broker that did not answer */
/* One of the brokers' own (MixAll.isSysConsumerGroup, and those that a broker makes at its start). */
RMQ_API bool rmq_group_is_system(const rmq_group *g);
/* RMQ_OK, or why this broker has no answer; RMQ_ERR_INVALID_ARGUMENT of NULL. */
RMQ_API enum rmq_error rmq_group_error(const rmq_group *g);
RMQ_API const rmq_error_detail *rmq_group_detail(const rmq_group *g);
RMQ_API const char *rmq_group_broker_name(const rmq_group *g); /* of a row with an error; else "" */

/* --- How one is set ------------------------------------------------------------------------------------- */

/* A row a broker (SubscriptionGroupConfig.java), by its name. */
typedef struct rmq_group_configs rmq_group_configs;
typedef struct rmq_group_config rmq_group_config;

/* A broker that does not know the group has RMQ_ERR_NOT_FOUND in its row. It is not made by the question. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_admin_group_config(rmq_admin *a, const char *cluster, const char *group,
		       const rmq_admin_options *options, rmq_group_configs **out,
		       rmq_error_detail **detail);
RMQ_API void rmq_group_configs_free(rmq_group_configs *c);
RMQ_API size_t rmq_group_configs_count(const rmq_group_configs *c);
/* NULL past the end. */
RMQ_API const rmq_group_config *rmq_group_configs_at(const rmq_group_configs *c, size_t index);
RMQ_API const char *rmq_group_config_broker_name(const rmq_group_config *c);
RMQ_API const char *rmq_group_config_address(const rmq_group_config *c); /* "": it has no master now */
RMQ_API enum rmq_error rmq_group_config_error(const rmq_group_config *c);
RMQ_API const rmq_error_detail *rmq_group_config_detail(const rmq_group_config *c);
/* May it consume at all, and as BROADCASTING? */
RMQ_API bool rmq_group_config_is_enabled(const rmq_group_config *c);
RMQ_API bool rmq_group_config_is_broadcast_enabled(const rmq_group_config *c);
RMQ_API bool rmq_group_config_is_orderly(const rmq_group_config *c);
/* Are its members told when one comes or goes? */
RMQ_API bool rmq_group_config_is_notified(const rmq_group_config *c);
/* -1, these four, of a row without an answer. */
RMQ_API int rmq_group_config_retry_max_times(const rmq_group_config *c);
RMQ_API int rmq_group_config_retry_queues(const rmq_group_config *c);
RMQ_API int64_t rmq_group_config_broker_id(const rmq_group_config *c); /* who is pulled from */
RMQ_API int64_t rmq_group_config_slow_broker_id(const rmq_group_config *c); /* by who is far behind */
/* Objects of JSON, "{}" when there is none: groupRetryPolicy and attributes (5.0). */
RMQ_API const char *rmq_group_config_retry_policy(const rmq_group_config *c);
RMQ_API const char *rmq_group_config_attributes(const rmq_group_config *c);

/* --- Making, altering, deleting -------------------------------------------------------------------------- */

/* What a group is to be like on each broker; what is not set is as of a new one, also for a group that exists. */
typedef struct rmq_group_settings rmq_group_settings;

/* It may consume, in both ways, has 16 retries in one queue, is told of its members. NULL when memory is out. */
RMQ_API rmq_group_settings *rmq_group_settings_new(void);
/* As this row says, to alter a part of it; NULL when memory is out, or the row has no answer. */
RMQ_API rmq_group_settings *rmq_group_settings_of(const rmq_group_config *c);
RMQ_API void rmq_group_settings_free(rmq_group_settings *s);
/* RMQ_ERR_INVALID_ARGUMENT, of all below: s is NULL, or the value is not allowed. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_group_settings_set_enabled(rmq_group_settings *s, bool is_enabled, rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error rmq_group_settings_set_broadcast_enabled(
	rmq_group_settings *s, bool is_enabled, rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_group_settings_set_orderly(rmq_group_settings *s, bool is_orderly, rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_group_settings_set_notified(rmq_group_settings *s, bool is_notified, rmq_error_detail **detail);
/* 0.. ; a member's maxReconsumeTimes goes before it. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_group_settings_set_retry_max_times(rmq_group_settings *s, int times, rmq_error_detail **detail);
/* 0..1024 queues of %RETRY%group; with 0 nothing is retried. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_group_settings_set_retry_queues(rmq_group_settings *s, int count, rmq_error_detail **detail);
/* 0.. ; 0 is the master. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_group_settings_set_broker_id(rmq_group_settings *s,
								     int64_t broker_id,
								     rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error rmq_group_settings_set_slow_broker_id(
	rmq_group_settings *s, int64_t broker_id, rmq_error_detail **detail);
/* GroupRetryPolicy.java as JSON: {"type":"EXPONENTIAL","exponentialRetryPolicy":{"initial":5000,..}}. NULL: the
 * broker's. RMQ_ERR_INVALID_ARGUMENT: it is no JSON object. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_group_settings_set_retry_policy(rmq_group_settings *s, const char *json, rmq_error_detail **detail);
/* As rmq_topic_settings_set_attribute: of SubscriptionGroupAttributes.java. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_group_settings_set_attribute(rmq_group_settings *s,
								     const char *name,
								     const char *value,
								     rmq_error_detail **detail);

/* Creates or alters the group on every master; settings NULL: as a new one is. Errors as rmq_admin_create_topic. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_admin_create_group(rmq_admin *a, const char *cluster,
							   const char *group,
							   const rmq_group_settings *settings,
							   const rmq_admin_options *options,
							   rmq_error_detail **detail);

/* What else goes with a group. */
enum rmq_group_remains {
	RMQ_GROUP_OFFSETS = 1, /* what it has consumed: else a group of that name goes on there */
	RMQ_GROUP_TOPICS = 2 /* %RETRY%group and %DLQ%group with all their messages (DeleteSubscriptionGroupCommand.java) */
};

/* From every master; `with` are bits of enum rmq_group_remains. One that does not know it has nothing to do. A member
 * that runs brings it back, where groups are made by themselves (autoCreateSubscriptionGroup). Errors as
 * rmq_admin_delete_topic. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_admin_delete_group(rmq_admin *a, const char *cluster,
							   const char *group, unsigned with,
							   const rmq_admin_options *options,
							   rmq_error_detail **detail);

/* --- Who is in it --------------------------------------------------------------------------------------- */

/* By client id, each once; behind them the brokers that did not answer. None: it is not online. */
typedef struct rmq_group_members rmq_group_members;
typedef struct rmq_group_member rmq_group_member;
/* A topic that the group reads, as its last heartbeat said. */
typedef struct rmq_group_subscription rmq_group_subscription;

/* Who is connected, and what they read. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_admin_group_members(rmq_admin *a, const char *cluster, const char *group,
			const rmq_admin_options *options, rmq_group_members **out,
			rmq_error_detail **detail);
/* The same of a group of producers (ProducerConnectionSubCommand.java): brokers know those that have sent to them, or whose
 * transactions they may ask about. Words and subscriptions are none. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_admin_group_producers(rmq_admin *a, const char *cluster, const char *group,
			  const rmq_admin_options *options, rmq_group_members **out,
			  rmq_error_detail **detail);
RMQ_API void rmq_group_members_free(rmq_group_members *m);
RMQ_API size_t rmq_group_members_count(const rmq_group_members *m);
/* NULL past the end. */
RMQ_API const rmq_group_member *rmq_group_members_at(const rmq_group_members *m, size_t index);
RMQ_API const char *rmq_group_member_client_id(const rmq_group_member *m);
RMQ_API const char *rmq_group_member_address(const rmq_group_member *m);  /* "ip:port", of one connection */
RMQ_API const char *rmq_group_member_language(const rmq_group_member *m); /* "JAVA", "CPP" .. */
RMQ_API int rmq_group_member_version(const rmq_group_member *m); /* MQVersion.java's number; -1: no answer */
RMQ_API enum rmq_error rmq_group_member_error(const rmq_group_member *m);
RMQ_API const rmq_error_detail *rmq_group_member_detail(const rmq_group_member *m);
RMQ_API const char *rmq_group_member_broker_name(const rmq_group_member *m); /* of a row with an error; else "" */
/* What all of them do, in Java's words; "" when none is online. */
RMQ_API const char *rmq_group_members_consume_type(const rmq_group_members *m); /* CONSUME_PASSIVELY: push */
RMQ_API const char *rmq_group_members_message_model(const rmq_group_members *m);
RMQ_API const char *rmq_group_members_consume_from_where(const rmq_group_members *m);
/* By topic. */
RMQ_API size_t rmq_group_members_subscription_count(const rmq_group_members *m);
RMQ_API const rmq_group_subscription *
rmq_group_members_subscription_at(const rmq_group_members *m, size_t index);
RMQ_API const char *rmq_group_subscription_topic(const rmq_group_subscription *s);
RMQ_API const char *rmq_group_subscription_expression(const rmq_group_subscription *s);
RMQ_API const char *rmq_group_subscription_type(const rmq_group_subscription *s); /* "TAG" or "SQL92" */

/* What a member says of itself (ConsumerRunningInfo.java), by way of a broker that it is connected to: one text of JSON,
 * with its configuration, subscriptions, queues (their names are texts of JSON) and rates. *json is owned:
 * rmq_member_info_free. RMQ_ERR_BROKER: it is not online at any broker; RMQ_ERR_TIMEOUT: it does not answer. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_admin_member_info(rmq_admin *a, const char *cluster, const char *group, const char *client_id,
		      const rmq_admin_options *options, char **json, rmq_error_detail **detail);
RMQ_API void rmq_member_info_free(char *json);

/* --- How far it is behind ------------------------------------------------------------------------------ */

/* By topic, broker name and queue id; behind them the brokers that did not answer. */
typedef struct rmq_group_lag rmq_group_lag;
typedef struct rmq_queue_lag rmq_queue_lag;
/* The sums of a topic. */
typedef struct rmq_topic_lag rmq_topic_lag;

/* topic NULL: all that the group has offsets for, %RETRY%group among them; while it is online, of these the ones that it
 * subscribes. A queue of which it has no offset counts as read up to 0, as mqadmin has it. with_owners: the
 * members are asked, too, which queues they hold. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_admin_group_lag(rmq_admin *a, const char *cluster,
							const char *group, const char *topic,
							bool with_owners,
							const rmq_admin_options *options,
							rmq_group_lag **out,
							rmq_error_detail **detail);
RMQ_API void rmq_group_lag_free(rmq_group_lag *l);
RMQ_API size_t rmq_group_lag_count(const rmq_group_lag *l);
/* NULL past the end. */
RMQ_API const rmq_queue_lag *rmq_group_lag_at(const rmq_group_lag *l, size_t index);
/* Sums of all rows that have an answer. */
RMQ_API int64_t rmq_group_lag_total(const rmq_group_lag *l);
RMQ_API int64_t rmq_group_lag_in_flight(const rmq_group_lag *l);
RMQ_API double rmq_group_lag_tps(const rmq_group_lag *l); /* messages a second that brokers handed out */
RMQ_API size_t rmq_group_lag_topic_count(const rmq_group_lag *l);
RMQ_API const rmq_topic_lag *rmq_group_lag_topic_at(const rmq_group_lag *l, size_t index);
RMQ_API const char *rmq_topic_lag_topic(const rmq_topic_lag *t);
RMQ_API int64_t rmq_topic_lag_total(const rmq_topic_lag *t);
RMQ_API int64_t rmq_topic_lag_in_flight(const rmq_topic_lag *t);

/* Of a broker that did not answer, its name and queue id -1. */
RMQ_API const struct rmq_queue *rmq_queue_lag_queue(const rmq_queue_lag *q);
RMQ_API enum rmq_error rmq_queue_lag_error(const rmq_queue_lag *q);
RMQ_API const rmq_error_detail *rmq_queue_lag_detail(const rmq_queue_lag *q);
/* -1, all these, of a row without an answer. */
RMQ_API int64_t rmq_queue_lag_broker_offset(const rmq_queue_lag *q); /* the next one to be written */
RMQ_API int64_t rmq_queue_lag_consumer_offset(const rmq_queue_lag *q);
RMQ_API int64_t rmq_queue_lag_pull_offset(const rmq_queue_lag *q); /* -1 also of brokers before 5.1 */
RMQ_API int64_t rmq_queue_lag_behind(const rmq_queue_lag *q);      /* broker offset - consumer offset */
RMQ_API int64_t rmq_queue_lag_in_flight(const rmq_queue_lag *q);   /* handed out, and not committed */
/* When the message before the consumer offset was stored, ms since 1970; 0: unknown, or there is none. */
RMQ_API int64_t rmq_queue_lag_stored_at(const rmq_queue_lag *q);
/* The client id of the member that holds the queue; "": none is known, or nobody asked. */
RMQ_API const char *rmq_queue_lag_owner(const rmq_queue_lag *q);

/* --- Setting offsets anew --------------------------------------------------------------------------------- */

/* Where a group is to go on. */
typedef struct rmq_offset_reset rmq_offset_reset;

/* To the end of all queues, so that what is there is skipped. NULL when memory is out. */
RMQ_API rmq_offset_reset *rmq_offset_reset_new(void);
RMQ_API void rmq_offset_reset_free(rmq_offset_reset *r);
/* One of these counts, the last one. RMQ_ERR_INVALID_ARGUMENT, of all below: r is NULL, or the value is negative. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_offset_reset_set_latest(rmq_offset_reset *r,
								rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error rmq_offset_reset_set_earliest(rmq_offset_reset *r,
								  rmq_error_detail **detail);
/* ms since 1970: to the first message stored then or later; to the end, if there is none. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_offset_reset_set_time(rmq_offset_reset *r, int64_t time_ms,
							      rmq_error_detail **detail);
/* That one; with rmq_offset_reset_set_queue only. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_offset_reset_set_offset(rmq_offset_reset *r, int64_t offset,
								rmq_error_detail **detail);
/* This queue of the topic alone; broker_name NULL: all again. RMQ_ERR_NO_MEMORY. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_offset_reset_set_queue(rmq_offset_reset *r,
							       const char *broker_name,
							       int32_t queue_id,
							       rmq_error_detail **detail);
/* Only says what would become of each queue. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_offset_reset_set_dry_run(rmq_offset_reset *r,
								 bool is_dry_run,
								 rmq_error_detail **detail);
/* false: a queue is moved back, and never forward over messages that were not read; true, the default (isForce). */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_offset_reset_set_force(rmq_offset_reset *r, bool is_force, rmq_error_detail **detail);

/* A row a queue of the topic that may be read, by broker name and queue id. */
typedef struct rmq_queue_resets rmq_queue_resets;
typedef struct rmq_queue_reset rmq_queue_reset;

/*
 * Sets the offsets of a group, whether its members are online or not: a broker since 5.2 sends their next pulls where they
 * are to go on, an older one tells them (which it can do for a time, the beginning or the end of all queues
 * only: RMQ_ERR_UNSUPPORTED in the rows of what else is asked of a group that is online). What they have got already they
 * may still hand to their listeners. A queue that could not be moved says so in its row; only when none could does the call
 * fail, with the first row's error: RMQ_ERR_INVALID_ARGUMENT: the offset is outside of the queue; RMQ_ERR_BROKER: refused,
 * as for a group that the broker does not know. RMQ_ERR_NOT_FOUND: no such queue. RMQ_ERR_NO_ROUTE: no name server
 * knows the topic. reset NULL: as a new one is.
 */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_admin_reset_offsets(rmq_admin *a, const char *group, const char *topic,
			const rmq_offset_reset *reset, const rmq_admin_options *options,
			rmq_queue_resets **out, rmq_error_detail **detail);
/* to_group goes on where from_group is now, on all queues of the topic for which that one has an offset. The rows are
 * those of to_group; else as rmq_admin_reset_offsets. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_admin_clone_offsets(rmq_admin *a, const char *from_group, const char *to_group,
			const char *topic, bool is_dry_run, const rmq_admin_options *options,
			rmq_queue_resets **out, rmq_error_detail **detail);
RMQ_API void rmq_queue_resets_free(rmq_queue_resets *r);
RMQ_API size_t rmq_queue_resets_count(const rmq_queue_resets *r);
/* NULL past the end. */
RMQ_API const rmq_queue_reset *rmq_queue_resets_at(const rmq_queue_resets *r, size_t index);
RMQ_API const struct rmq_queue *rmq_queue_reset_queue(const rmq_queue_reset *q);
RMQ_API enum rmq_error rmq_queue_reset_error(const rmq_queue_reset *q);
RMQ_API const rmq_error_detail *rmq_queue_reset_detail(const rmq_queue_reset *q);
/* What the group had committed; -1: nothing, or it could not be asked. */
RMQ_API int64_t rmq_queue_reset_before(const rmq_queue_reset *q);
/* Where it goes on now, or would; as before for a queue that is not moved; -1 with an error. */
RMQ_API int64_t rmq_queue_reset_after(const rmq_queue_reset *q);

RMQ_END_DECLS

#endif
