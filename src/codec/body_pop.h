/* SPDX-License-Identifier: Apache-2.0 */
/*
 * body_pop.h - JSON bodies of POP: who pops what (400, 401), and what is done (200151).
 *
 * As body.h: every struct is owned by the caller, _decode fills a fresh one, _deinit frees what it holds,
 * _encode appends JSON and reads what it is given only.
 */
#ifndef RMQI_CODEC_BODY_POP_H
#define RMQI_CODEC_BODY_POP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/macros.h"
#include "codec/body.h"
#include "codec/receipt.h"

/* QueryAssignmentRequestBody.java */
struct rmqi_assignment_query {
	char *topic;
	char *consumer_group;
	char *client_id;
	char *strategy_name; /* "AVG", "AVG_BY_CIRCLE": a broker knows no others */
	char *message_model; /* "CLUSTERING", "BROADCASTING" */
};

enum rmq_error rmqi_assignment_query_encode(const struct rmqi_assignment_query *q,
					    struct rmqi_buf *out) RMQI_MUST_USE;
enum rmq_error rmqi_assignment_query_decode(struct rmqi_cursor body,
					    struct rmqi_assignment_query *out) RMQI_MUST_USE;
void rmqi_assignment_query_deinit(struct rmqi_assignment_query *q);

/* MessageQueueAssignment.java */
struct rmqi_assignment {
	struct rmqi_queue queue; /* queue_id -1: all queues of that broker (POP only) */
	bool is_pop;             /* mode POP; PULL else */
};

/* QueryAssignmentResponseBody.java */
struct rmqi_assignments {
	bool is_told; /* false: the broker has no valid answer, what is held stays */
	struct rmqi_assignment *items;
	size_t count;
};

enum rmq_error rmqi_assignments_encode(const struct rmqi_assignments *a,
				       struct rmqi_buf *out) RMQI_MUST_USE;
enum rmq_error rmqi_assignments_decode(struct rmqi_cursor body,
				       struct rmqi_assignments *out) RMQI_MUST_USE;
void rmqi_assignments_deinit(struct rmqi_assignments *a);

/* SetMessageRequestModeRequestBody.java */
struct rmqi_request_mode {
	char *topic;
	char *consumer_group;
	bool is_pop;
	int32_t share_queues; /* popShareQueueNum: of so many members behind it a member pops the queues, too;
			       * 0 and below: every member pops everywhere */
};

enum rmq_error rmqi_request_mode_encode(const struct rmqi_request_mode *m,
					struct rmqi_buf *out) RMQI_MUST_USE;
enum rmq_error rmqi_request_mode_decode(struct rmqi_cursor body,
					struct rmqi_request_mode *out) RMQI_MUST_USE;
void rmqi_request_mode_deinit(struct rmqi_request_mode *m);

/* BatchAck.java: messages of one check point. */
struct rmqi_batch_ack {
	char *consumer_group;
	char *topic; /* never the retry topic */
	enum rmqi_pop_mark mark;
	int64_t start;
	int32_t queue_id;
	int32_t revive_queue;
	int64_t pop_ms;
	int64_t invisible_ms;
	uint8_t *bits; /* bit i of byte i / 8: offset start + i is done */
	size_t bits_len;
};

/* BatchAckMessageRequestBody.java */
struct rmqi_batch_acks {
	char *broker_name;
	struct rmqi_batch_ack *acks;
	size_t count;
};

enum rmq_error rmqi_batch_acks_encode(const struct rmqi_batch_acks *b,
				      struct rmqi_buf *out) RMQI_MUST_USE;
enum rmq_error rmqi_batch_acks_decode(struct rmqi_cursor body,
				      struct rmqi_batch_acks *out) RMQI_MUST_USE;
void rmqi_batch_acks_deinit(struct rmqi_batch_acks *b);

#endif
