/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin.h - topics, offsets and who pops, for tools and tests (DefaultMQAdminExt.java).
 *
 * An admin object has a client of its own: one loop thread, connections when
 * first needed. Results are owned by the caller and outlive it.
 *
 * In the child of a fork every call of an object that the parent made fails with RMQ_ERR_FORKED, and free
 * leaves it as it is. One that the child makes works.
 *
 * Thread: any, several calls at once; not from a log callback. Each call runs on
 * the caller's thread and returns within its timeout. Options and settings: one
 * owner at a time while they are set; calls only read them, several at once.
 */
#ifndef ROCKETMQ_ADMIN_H
#define ROCKETMQ_ADMIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/common.h>
#include <rocketmq/config.h>
#include <rocketmq/error.h>
#include <rocketmq/queue.h>

RMQ_BEGIN_DECLS

typedef struct rmq_admin rmq_admin;

/* Copies the configuration and starts its thread; connects when first used. Errors as rmq_producer_new. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_admin_new(const rmq_config *config, rmq_admin **out,
						  rmq_error_detail **detail);
/* No other call may be under way. */
RMQ_API void rmq_admin_free(rmq_admin *a);

/* --- Options of every call below. NULL: all defaults ------------------------------------------------ */

typedef struct rmq_admin_options rmq_admin_options;

/* All defaults. NULL when memory is out. */
RMQ_API rmq_admin_options *rmq_admin_options_new(void);
/* 1.. ms: the budget of the whole call, whatever it has to ask, more than a day counts as a day; -1, the
 * default: 6000. RMQ_ERR_INVALID_ARGUMENT: o is NULL, or another number. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_admin_options_set_timeout(rmq_admin_options *o, int64_t timeout_ms, rmq_error_detail **detail);
RMQ_API void rmq_admin_options_free(rmq_admin_options *o);

/* --- Topics -------------------------------------------------------------------------------------- */

/* What a topic is to be like on each broker (TopicConfig.java). NULL: all defaults. */
typedef struct rmq_topic_settings rmq_topic_settings;

/* PermName.java */
enum rmq_permission {
	RMQ_PERMISSION_WRITE = 2, /* producers may send */
	RMQ_PERMISSION_READ = 4   /* consumers may pull */
};

/* 8 queues, both permissions. NULL when memory is out. */
RMQ_API rmq_topic_settings *rmq_topic_settings_new(void);
/* 1..1024 queues for both writing and reading, on each broker. RMQ_ERR_INVALID_ARGUMENT, here and below:
 * s is NULL, or the value is out of range. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_topic_settings_set_queues(rmq_topic_settings *s, int count,
								  rmq_error_detail **detail);
/* One of the two: to have fewer queues, first write less, then, when they are read empty, read less. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_topic_settings_set_write_queues(rmq_topic_settings *s, int count, rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_topic_settings_set_read_queues(rmq_topic_settings *s, int count, rmq_error_detail **detail);
/* Bits of enum rmq_permission; 0: neither. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_topic_settings_set_permission(rmq_topic_settings *s,
								      unsigned permission,
								      rmq_error_detail **detail);
/* Its messages are those of lite topics (5.5.0; simple_consumer.h): its attribute message.type is LITE then. A topic
 * that exists keeps what it has with false. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_topic_settings_set_lite(rmq_topic_settings *s, bool is_lite,
								rmq_error_detail **detail);
RMQ_API void rmq_topic_settings_free(rmq_topic_settings *s);

/* Creates or alters the topic on every master of the cluster (NULL: of all clusters), all at once; when one refuses,
 * the others have it, and the detail has an attempt for each that has not. Clients see it when they ask their name
 * server next. topic as in message.h. RMQ_ERR_NOT_FOUND: the name server knows no such cluster, or no master of
 * it; RMQ_ERR_BROKER: refused, with code and remark in the detail; RMQ_ERR_UNSUPPORTED: it does not know the request;
 * else what the network said. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_admin_create_topic(rmq_admin *a, const char *cluster,
							   const char *topic,
							   const rmq_topic_settings *settings,
							   const rmq_admin_options *options,
							   rmq_error_detail **detail);

/* Creates a group on every master of the cluster, as rmq_admin_create_topic does, that receives the lite topics of this
 * parent and nothing else (lite.bind.topic); is_exclusive: each of them has one client at a time (lite.sub.model). One
 * that exists becomes such a one; what else it was told (its retries, whether it may consume) is as for a new group
 * then. Brokers before 5.5.0 refuse the attributes. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_admin_create_lite_group(rmq_admin *a, const char *cluster, const char *group,
			    const char *parent, bool is_exclusive, const rmq_admin_options *options,
			    rmq_error_detail **detail);

/* --- Offsets -------------------------------------------------------------------------------------- */

/* Owned: a list of the queues of a topic that may be read, by broker name and queue id. Immutable. */
typedef struct rmq_topic_offsets rmq_topic_offsets;
/* One of them. Borrowed, as long as the list. */
typedef struct rmq_queue_offsets rmq_queue_offsets;

/* Asks the master of each queue, all brokers at once. group NULL: without the offsets of a group. A broker that cannot be asked,
 * or refuses, is told in its rows (rmq_queue_offsets_error); only when no row has numbers does the call fail,
 * with the first row's error: RMQ_ERR_NO_BROKER: the broker has no master now; RMQ_ERR_BROKER: refused, with
 * code and remark in the detail; else what the network said. RMQ_ERR_NO_ROUTE: no name server knows the
 * topic. RMQ_ERR_UNSUPPORTED: it is a static topic (logical queues). */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_admin_topic_offsets(rmq_admin *a, const char *topic,
							    const char *group,
							    const rmq_admin_options *options,
							    rmq_topic_offsets **out,
							    rmq_error_detail **detail);
RMQ_API void rmq_topic_offsets_free(rmq_topic_offsets *o);

RMQ_API size_t rmq_topic_offsets_count(const rmq_topic_offsets *o);
/* NULL past the end. */
RMQ_API const rmq_queue_offsets *rmq_topic_offsets_at(const rmq_topic_offsets *o, size_t index);
RMQ_API const struct rmq_queue *rmq_queue_offsets_queue(const rmq_queue_offsets *q);
/* RMQ_OK, or why this row has no numbers. RMQ_ERR_INVALID_ARGUMENT of NULL. */
RMQ_API enum rmq_error rmq_queue_offsets_error(const rmq_queue_offsets *q);
/* The sentence to it, with the broker's code and remark. Borrowed, as long as the list; NULL: the row has
 * numbers, or memory was out. */
RMQ_API const rmq_error_detail *rmq_queue_offsets_detail(const rmq_queue_offsets *q);
/* -1, all three, of NULL and of a row with an error. */
RMQ_API int64_t rmq_queue_offsets_min(const rmq_queue_offsets *q);
RMQ_API int64_t rmq_queue_offsets_max(const rmq_queue_offsets *q); /* the next one to be written */
/* What the group has committed; -1: nothing, or no group was asked for. */
RMQ_API int64_t rmq_queue_offsets_consumer(const rmq_queue_offsets *q);
/* When the last message of the queue was stored, ms since 1970; 0: it holds none; -1: the broker did not tell. */
RMQ_API int64_t rmq_queue_offsets_stored_at(const rmq_queue_offsets *q);

/* --- Who pops ---------------------------------------------------------------------------------------- */

/* MessageRequestMode.java */
enum rmq_request_mode {
	RMQ_REQUEST_MODE_PULL, /* members share the queues, and pull theirs; what brokers take for granted */
	RMQ_REQUEST_MODE_POP /* brokers hand out messages of any queue (simple_consumer.h) */
};

/* How the members of a group that ask brokers for their queues (clientRebalance=false) get the messages of a
 * topic from now on; running ones notice with their next rebalance (rebalanceWaitInterval). Told to every master of
 * the cluster (NULL: of all clusters), as rmq_admin_create_topic does. POP before the group has
 * a member lets it have no moment of pulling.
 *   share_queues  of POP (popShareQueueNum): 0: every member pops all queues. 1.. : a member pops its share
 *                 and those of so many members behind it. 0 with PULL
 * RMQ_ERR_UNSUPPORTED: a broker is older than 5.0. RMQ_ERR_BROKER: it has no such topic, among others. Else as
 * rmq_admin_create_topic. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_admin_set_message_request_mode(rmq_admin *a, const char *cluster, const char *topic,
				   const char *group, enum rmq_request_mode mode, int share_queues,
				   const rmq_admin_options *options, rmq_error_detail **detail);

RMQ_END_DECLS

#endif
