/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin.h - topics and offsets, for tools and tests (DefaultMQAdminExt.java).
 *
 * An admin object has a client of its own: one loop thread, connections when
 * first needed. Results are owned by the caller and outlive it.
 *
 * Thread: any, several calls at once; not from a log callback. Each call runs on
 * the caller's thread and returns within its timeout. Options and settings: one
 * owner at a time while they are set; calls only read them, several at once.
 */
#ifndef ROCKETMQ_ADMIN_H
#define ROCKETMQ_ADMIN_H

#include <stddef.h>
#include <stdint.h>

#include <rocketmq/common.h>
#include <rocketmq/config.h>
#include <rocketmq/error.h>
#include <rocketmq/queue.h>

RMQ_BEGIN_DECLS

typedef struct rmq_admin rmq_admin;

/* Copies the configuration and starts its thread; connects when first used. Errors as rmq_producer_new,
 * and RMQ_ERR_SYSTEM when the thread cannot be made. */
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
RMQ_API void rmq_topic_settings_free(rmq_topic_settings *s);

/* Creates or alters the topic on every master of the cluster (NULL: of all clusters), one after the other;
 * the first that refuses ends it, and those before have it. Clients see it when they ask their name server
 * next. topic as in message.h. RMQ_ERR_NOT_FOUND: the name server knows no such cluster, or no master of
 * it; RMQ_ERR_BROKER: refused, with code and remark in the detail; else what the network said. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_admin_create_topic(rmq_admin *a, const char *cluster,
							   const char *topic,
							   const rmq_topic_settings *settings,
							   const rmq_admin_options *options,
							   rmq_error_detail **detail);

/* --- Offsets -------------------------------------------------------------------------------------- */

/* Owned: a list of the queues of a topic that may be read, by broker name and queue id. Immutable. */
typedef struct rmq_topic_offsets rmq_topic_offsets;
/* One of them. Borrowed, as long as the list. */
typedef struct rmq_queue_offsets rmq_queue_offsets;

/* Asks the master of each queue. group NULL: without the offsets of a group. RMQ_ERR_NO_ROUTE: no name
 * server knows the topic; RMQ_ERR_NO_BROKER: a broker has no master now; RMQ_ERR_BROKER: refused, with code
 * and remark in the detail; else what the network said. */
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
/* -1, all three, of NULL. */
RMQ_API int64_t rmq_queue_offsets_min(const rmq_queue_offsets *q);
RMQ_API int64_t rmq_queue_offsets_max(const rmq_queue_offsets *q); /* the next one to be written */
/* What the group has committed; -1: nothing, or no group was asked for. */
RMQ_API int64_t rmq_queue_offsets_consumer(const rmq_queue_offsets *q);

RMQ_END_DECLS

#endif
