/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message_query.h - messages of a topic by id, key, time or place (MQAdminImpl.queryMessage, viewMessage;
 * the pulls of QueryMsgByOffsetSubCommand and PrintMessageSubCommand).
 *
 * Names and ranges are checked by the callers; topics here. Thread: any, but not the loop.
 */
#ifndef RMQI_ADMIN_MESSAGE_QUERY_H
#define RMQI_ADMIN_MESSAGE_QUERY_H

#include "admin/admin.h"
#include "admin/found.h"

enum { RMQI_FOUND_USUAL = 64, RMQI_FOUND_MAX = 100000 };

struct rmq_message_query {
	int64_t begin_ms;
	int64_t end_ms; /* INT64_MAX: no end */
	int max;
	char *broker_name; /* owned; NULL: any */
	int32_t queue_id;  /* -1: any */
};

/* message_query.c. `query` and options may be NULL. */
enum rmq_error rmqi_admin_messages_by_offset_id(struct rmq_admin *a, const char *topic,
						const char *id,
						const struct rmq_admin_options *options,
						struct rmq_found_messages **out,
						struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_admin_messages_by_unique_id(struct rmq_admin *a, const char *topic,
						const char *id,
						const struct rmq_message_query *query,
						const struct rmq_admin_options *options,
						struct rmq_found_messages **out,
						struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_admin_messages_by_key(struct rmq_admin *a, const char *topic, const char *key,
					  const struct rmq_message_query *query,
					  const struct rmq_admin_options *options,
					  struct rmq_found_messages **out,
					  struct rmq_error_detail *detail) RMQI_MUST_USE;
/* message_range.c */
enum rmq_error rmqi_admin_messages_by_time(struct rmq_admin *a, const char *topic,
					   const struct rmq_message_query *query,
					   const struct rmq_admin_options *options,
					   struct rmq_found_messages **out,
					   struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_admin_messages_at(struct rmq_admin *a, const struct rmq_queue *queue,
				      int64_t offset, int count,
				      const struct rmq_admin_options *options,
				      struct rmq_found_messages **out,
				      struct rmq_error_detail *detail) RMQI_MUST_USE;

/* For both: the query of all defaults; and a topic, if it may be asked for by this caller now. */
extern const struct rmq_message_query rmqi_message_query_usual;
enum rmq_error rmqi_message_query_begin(const struct rmq_admin *a, const char *topic,
					struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
