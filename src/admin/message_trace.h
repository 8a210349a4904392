/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message_trace.h - the inside of rmq_message_traces (rocketmq/admin_message.h): records of the trace topic, read
 * as TraceView.decodeFromTraceTransData of mqadmin does, and more of each (doc/reference/trace.md).
 *
 * A consumer tells twice, before and after its listener, by one request id: both are one row.
 */
#ifndef RMQI_ADMIN_MESSAGE_TRACE_H
#define RMQI_ADMIN_MESSAGE_TRACE_H

#include "admin/admin.h"
#include "admin/found.h"
#include "admin/message_query.h"

enum { RMQI_TRACES_MAX = 10000 };

enum rmqi_trace_text {
	RMQI_TRACE_REQUEST_ID,
	RMQI_TRACE_GROUP,
	RMQI_TRACE_IN_TOPIC,
	RMQI_TRACE_TAG,
	RMQI_TRACE_KEYS,
	RMQI_TRACE_CLIENT,
	RMQI_TRACE_BROKER,
	RMQI_TRACE_OFFSET_ID,
	RMQI_TRACE_STATE,
	RMQI_TRACE_TRANSACTION_ID,
	RMQI_TRACE_TEXTS
};

struct rmq_message_trace {
	enum rmq_trace_kind kind;
	enum rmq_trace_status status;
	int64_t time_ms;
	int64_t cost_ms;
	int32_t retry_times;
	bool is_check;
	const char *outcome;           /* static; "" */
	char *texts[RMQI_TRACE_TEXTS]; /* owned; NULL: none */
};

struct rmq_message_traces {
	struct rmq_message_trace *rows;
	size_t count;
	size_t room;
	struct rmq_found_messages *found; /* owned; who did not answer */
};

/* Adds what the body of a trace message says of the message with that id; `client` is where it came from.
 * RMQ_ERR_TOO_LARGE: over RMQI_TRACES_MAX; RMQ_ERR_NO_MEMORY. */
enum rmq_error rmqi_message_traces_read(struct rmq_message_traces *l, struct rmqi_cursor body,
					const char *id, const char *client) RMQI_MUST_USE;
enum rmq_error rmqi_admin_message_traces(struct rmq_admin *a, const char *topic, const char *id,
					 const struct rmq_message_query *query,
					 const struct rmq_admin_options *options,
					 struct rmq_message_traces **out,
					 struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_message_traces_free(struct rmq_message_traces *l);

#endif
