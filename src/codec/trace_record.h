/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace_record.h - the records of Apache's message trace (TraceDataEncoder.java,
 * doc/reference/trace.md).
 *
 *     type 0x01 field 0x01 field ... field 0x02
 *
 * The body of a trace message is such records, one behind the other. A text that is not there is written as
 * "null", as Java prints it: its reader would lose an empty one at the end of a record.
 *
 * Pure; thread: any.
 */
#ifndef RMQI_CODEC_TRACE_RECORD_H
#define RMQI_CODEC_TRACE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/str.h"

#define RMQI_TRACE_TOPIC "RMQ_SYS_TRACE_TOPIC" /* TopicValidator */
#define RMQI_TRACE_REGION "DefaultRegion"      /* MixAll.DEFAULT_TRACE_REGION_ID */

/* MessageType.java, by ordinal. */
enum rmqi_trace_message {
	RMQI_TRACE_NORMAL = 0,
	RMQI_TRACE_HALF = 1,
	RMQI_TRACE_COMMITTED = 2,
	RMQI_TRACE_DELAYED = 3,
	RMQI_TRACE_ORDERED = 4
};

/* ConsumeReturnType.java, by ordinal. */
enum rmqi_trace_outcome {
	RMQI_TRACE_SUCCESS = 0,
	RMQI_TRACE_TIME_OUT = 1,
	RMQI_TRACE_EXCEPTION = 2,
	RMQI_TRACE_NO_RETURN = 3,
	RMQI_TRACE_FAILED = 4
};

/* What records have. Each type uses its own; empty texts are "null". */
struct rmqi_trace_record {
	int64_t timestamp_ms; /* Pub: when it began; SubAfter: when it ended */
	struct rmqi_str region;
	struct rmqi_str group;
	struct rmqi_str topic;
	struct rmqi_str message_id;
	struct rmqi_str tags;
	struct rmqi_str keys;
	struct rmqi_str store_host; /* address of the broker */
	int64_t body_len;
	int64_t cost_ms;
	enum rmqi_trace_message message_type;
	struct rmqi_str offset_id; /* offset message id */
	bool is_success;
	struct rmqi_str request_id;      /* one for a SubBefore and its SubAfter */
	int32_t retry_times;             /* of a delivery */
	enum rmqi_trace_outcome outcome; /* SubAfter */
	struct rmqi_str transaction_id;
	struct rmqi_str
		state; /* LocalTransactionState.java: COMMIT_MESSAGE, ROLLBACK_MESSAGE, UNKNOW */
	bool is_check; /* the broker asked */
};

/* Appended whole, or the buffer says why not (rmqi_buf_status). */
void rmqi_trace_add_pub(struct rmqi_buf *out, const struct rmqi_trace_record *r);
void rmqi_trace_add_sub_before(struct rmqi_buf *out, const struct rmqi_trace_record *r);
void rmqi_trace_add_sub_after(struct rmqi_buf *out, const struct rmqi_trace_record *r);
void rmqi_trace_add_end_transaction(struct rmqi_buf *out, const struct rmqi_trace_record *r);
void rmqi_trace_add_recall(struct rmqi_buf *out, const struct rmqi_trace_record *r);

enum { RMQI_TRACE_FIELDS = 16 };

/* A record as it is read: its type and its fields. */
struct rmqi_trace_fields {
	size_t count; /* with the type, at most RMQI_TRACE_FIELDS: more are dropped */
	struct rmqi_str field[RMQI_TRACE_FIELDS]; /* borrowed; [0] is the type */
};

/* Takes the next record off the body; false at its end. What has no end of its own ends with the body. */
bool rmqi_trace_next(struct rmqi_cursor *body, struct rmqi_trace_fields *out);

#endif
